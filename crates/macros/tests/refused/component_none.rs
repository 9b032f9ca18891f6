//! What is no component is neither installed, nor made an object, nor has a reference to itself.

use complus::{Ref, Result};

#[complus::interface]
trait Account {
    fn heir(&self) -> Result<Ref<dyn Account>>;
}

struct Plain;

impl Account for Plain {
    fn heir(&self) -> Result<Ref<dyn Account>> {
        Ref::to_self(self)
    }
}

fn main() {
    let _ = complus::install::<Plain>();
    let _ = Ref::<dyn Account>::new(Plain);
}
