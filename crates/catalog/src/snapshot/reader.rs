//! [`Reader`]: a thread's own hold on the committed state.

use super::Snapshot;
use crate::Catalog;
use complus_sync::Arc;

/// Keeps a snapshot and takes a new one when there is one: as long as nothing changes, a look costs one load, and
/// two readers write to no common memory.
///
/// ```
/// use complus_catalog::{Catalog, Options};
/// let catalog = Catalog::new(Options::default());
/// let mut reader = catalog.reader();
/// assert!(reader.snapshot().classes().is_empty());
/// ```
#[derive(Clone, Debug)]
pub struct Reader {
    catalog: Catalog,
    snapshot: Arc<Snapshot>,
}

impl Reader {
    pub(crate) fn new(catalog: Catalog) -> Self {
        let snapshot = catalog.snapshot();
        Self { catalog, snapshot }
    }

    /// The committed state of now.
    #[inline]
    pub fn snapshot(&mut self) -> &Snapshot {
        if self.catalog.generation() != self.snapshot.generation() {
            self.renew();
        }
        &self.snapshot
    }

    #[cold]
    fn renew(&mut self) {
        self.snapshot = self.catalog.snapshot();
    }
}
