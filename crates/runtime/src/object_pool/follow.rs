//! What an administrator changes about a pooled class holds from the next operation of its pool on (O-24).
//!
//! Every operation compares the number of the catalog's state with the one that the pool knows: two loads, unless
//! something was saved since.
//!
//! | changed | what becomes of the pool |
//! |---|---|
//! | a larger MaxPoolSize | who waits is served as far as there is room now |
//! | a smaller one | idle instances above it are destroyed, lent ones when they come back |
//! | MinPoolSize | the clean-up cycle fills, or trims |
//! | CreationTimeout | the next ones wait so long; who waits already keeps his |
//! | how an instance is made | the instances there are go, lent ones when they come back: all of a pool are alike (P1) |
//! | pooling is off, or the class is gone | the same, and its minimum is zero: only objects that were made pooled use it |

use super::{Key, Settings, maker::Maker, pool::ObjectPool, waiter::Served};
use crate::machine::Machine;
use complus_catalog::{Class, Snapshot};
use complus_core::object_pool::Limits;
use complus_sync::{Arc, atomic::Ordering};

impl Key {
    /// The class as this state of the catalog configures it; none if its objects are not pooled.
    fn pooled_in(self, snapshot: &Snapshot) -> Option<&Class> {
        let classes = snapshot.classes();
        let is_it =
            |class: &&Class| class.partition == self.partition && classes.application_of(class).id == self.application;
        classes.configurations(self.clsid).iter().find(is_it).filter(|class| class.pool.is_some())
    }
}

impl ObjectPool {
    /// An operation begins: what the catalog says by now holds for it. Instances may be destroyed here, so nothing may be
    /// locked or borrowed.
    pub(super) fn follow(&self, machine: &Arc<Machine>) {
        if let Some(key) = self.key
            && self.seen.load(Ordering::Acquire) < machine.catalog.generation()
        {
            self.catch_up(machine, key);
        }
    }

    #[cold]
    fn catch_up(&self, machine: &Arc<Machine>, key: Key) {
        let snapshot = machine.catalog.snapshot();
        let configured = key.pooled_in(&snapshot).and_then(|class| {
            let factory = machine.classes.factory(class.clsid, class.component.threading_model, class.factory())?;
            Some((Settings::of(class.pool?), Arc::new(Maker::configured(class, &factory))))
        });
        let mut setup = self.setup.write();
        if self.seen.load(Ordering::Acquire) >= snapshot.generation() {
            return; // another operation has seen this state, or a later one
        }
        let mut state = self.state.lock();
        let kept = state.limits();
        let (limits, is_other, before) = match configured {
            Some((settings, maker)) => {
                setup.timeout = settings.timeout;
                let is_other = !setup.maker.makes_the_same_as(&maker);
                (settings.limits, is_other, Some(std::mem::replace(&mut setup.maker, maker)))
            }
            None => (Limits { min: 0, ..kept }, true, None),
        };
        let mut gone = if is_other { state.shut_down() } else { Vec::new() };
        let change = state.set_limits(limits);
        gone.extend(change.surplus);
        let served: Vec<_> = change.served.into_iter().map(Served::give).collect();
        let uneven = state.is_uneven();
        drop(state);
        self.seen.store(snapshot.generation(), Ordering::Release);
        drop(setup);
        drop(before);
        drop(served);
        self.destroy_all(gone);
        if uneven {
            self.arm(machine);
        }
    }
}
