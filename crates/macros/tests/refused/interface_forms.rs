//! An interface has one set of methods, each with one form.

use complus::Result;

#[complus::interface]
trait Account<T>: Clone {
    const LIMIT: i64;
    type Key;
    fn find<K>(&self, key: K) -> Result<()>;
    fn all(&self, pick: impl Fn(i64) -> bool) -> Result<()>;
    async fn wait(&self) -> Result<()>;
    unsafe fn poke(&self) -> Result<()>;
    extern "C" fn plain(&self) -> Result<()>;
    fn release(&self) -> Result<()>;
    #[auto_complete(true)]
    fn credit(&self, amount: i64) -> Result<()>;
}

fn main() {}
