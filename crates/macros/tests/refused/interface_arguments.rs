//! The arguments of the attribute, and what it stands on.

use complus::Result;

#[complus::interface(iid = "7f1c8b52")]
trait Short {
    fn nothing(&self) -> Result<()>;
}

#[complus::interface(idd = "7f1c8b52-6a0e-4c3a-9d7b-2f5d6e8a9b02")]
trait Misspelt {
    fn nothing(&self) -> Result<()>;
}

#[complus::interface]
struct Account;

fn main() {}
