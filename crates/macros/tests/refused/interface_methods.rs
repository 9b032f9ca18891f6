//! Methods that could not be called, or not by their places.

use complus::Result;

#[complus::interface(iid = "7f1c8b52-6a0e-4c3a-9d7b-2f5d6e8a9b02", iid = "7f1c8b52-6a0e-4c3a-9d7b-2f5d6e8a9b03")]
trait Twice {
    fn nothing(&self) -> Result<()>;
}

#[complus::interface]
trait Places {
    #[cfg(windows)]
    fn sometimes(&self) -> Result<()>;
    fn clone(&self) -> Result<()>;
    #[rustfmt::skip]
    fn much(
        &self, a: u8, b: u8, c: u8, d: u8, e: u8, f: u8, g: u8, h: u8, i: u8, j: u8, k: u8, l: u8, m: u8,
    ) -> Result<()>;
}

#[complus::component(pooled(max = 1, max = 2))]
#[derive(Default)]
struct Pooled;

fn main() {}
