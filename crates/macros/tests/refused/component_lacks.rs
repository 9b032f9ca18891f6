//! What was announced, and is not there.

use complus::Result;

#[complus::interface]
trait Account {
    fn debit(&self, amount: i64) -> Result<()>;
}

trait Plain {}

#[complus::component(interfaces(Account))]
#[derive(Default)]
struct NoInterface;

#[complus::component(interfaces(Plain))]
#[derive(Default)]
struct NoSuchInterface;

#[complus::component(control, construct)]
#[derive(Default)]
struct NoControl;

#[complus::component]
struct NoDefault;

#[complus::component(create = NoMaker::make)]
struct NoMaker;

impl NoMaker {
    fn make() -> Option<Self> {
        None
    }
}

fn main() {}
