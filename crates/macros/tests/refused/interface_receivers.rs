//! The same object can be on the stack twice.

use complus::Result;

#[complus::interface]
trait Account {
    fn debit(&mut self, amount: i64) -> Result<()>;
    fn close(self) -> Result<()>;
    fn count() -> Result<usize>;
}

fn main() {}
