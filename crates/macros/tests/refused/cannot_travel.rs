//! A value that is neither plain nor made of values that can travel.

use complus::{Marshal, Result};
use std::rc::Rc;

struct Money(i64);

#[complus::interface]
trait Account {
    fn debit(&self, amount: Money) -> Result<()>;
    fn log(&self) -> Result<Rc<String>>;
}

#[derive(Marshal)]
struct Order {
    amount: Money,
}

#[derive(Marshal)]
struct Note<'a>(&'a str);

#[derive(Marshal)]
union Bits {
    whole: u32,
    part: f32,
}

fn main() {}
