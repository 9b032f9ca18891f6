//! What is borrowed cannot travel.

use complus::{Ref, Result};
use std::borrow::Cow;

#[complus::interface]
trait Account {
    fn rename(&self, name: &str) -> Result<()>;
    fn merge(&self, others: Vec<&Ref<dyn Account>>) -> Result<()>;
    fn label(&self, label: Cow<'_, str>) -> Result<()>;
    fn name(&self) -> Result<&str>;
}

fn main() {}
