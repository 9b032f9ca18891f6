//! What a component can be.

use complus::Result;

#[complus::interface]
trait Account {
    fn debit(&self, amount: i64) -> Result<()>;
}

#[complus::component]
#[derive(Default)]
struct Generic<T>(T);

#[complus::component]
impl Account for String {
    fn debit(&self, _: i64) -> Result<()> {
        Ok(())
    }
}

#[complus::component]
trait Teller {}

#[complus::component(threading = Apartment, pooled, free_threaded_marshaler)]
#[derive(Default)]
struct Pooled;

fn main() {}
