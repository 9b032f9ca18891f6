//! The last release of an activity object: a transaction that its calls left open ends, and so does its activity.

use super::ActivityObject;
use crate::{
    interception::{Current, TransactionProperty},
    machine::gate,
    observation::Place,
    thread::{self, frame::Owned},
};
use complus_core::{
    context::StreamState,
    event::{AbortReason, What},
    rules::{
        activity_object,
        leave::{Ending, Role},
    },
};

impl Drop for ActivityObject {
    fn drop(&mut self) {
        if let TransactionProperty::UntilDone { current, .. } = &self.properties.transaction
            && let Current::Open { owned, consistent } = std::mem::take(&mut *current.lock())
        {
            self.end(owned, consistent);
        }
        if self.lock().is_some_and(|lock| lock.number() == self.number) && self.machine.is_observed() {
            let mut place = thread::look(|binding| Some(Place::here(binding))).unwrap_or_default();
            place.activity = self.number;
            self.machine.emit(place, What::ActivityDestroyed);
        }
    }
}

impl ActivityObject {
    /// Commits or aborts what was left open (SWC 8.8). In a dead process everything aborts.
    fn end(&self, owned: Owned, consistent: bool) {
        let machine = &self.machine;
        let consistent = consistent && !(machine.gate() & gate::DEAD != 0 && self.process.is_dead());
        let state = owned.state();
        let transaction = match owned.shared {
            Some(shared) => shared.handle,
            None => machine.manager.adopt(owned.stream, None),
        };
        // Nobody is left who could be told how it went; observers are.
        let _ = match activity_object::release(Role::Root, consistent, Some(state), &machine.compat) {
            Ending::Commit => transaction.commit(),
            Ending::Abort if state == StreamState::Doomed => transaction.abort_because(AbortReason::Doomed),
            Ending::Abort => transaction.abort_because(AbortReason::Requested),
            Ending::Doom | Ending::Nothing => Ok(()),
        };
    }
}
