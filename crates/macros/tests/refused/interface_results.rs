//! Every call can fail on its way.

#[complus::interface]
trait Account {
    fn debit(&self, amount: i64);
    fn balance(&self) -> i64;
    fn owner(&self) -> Result<String, std::io::Error>;
    fn list(&self) -> impl Iterator<Item = i64>;
}

fn main() {}
