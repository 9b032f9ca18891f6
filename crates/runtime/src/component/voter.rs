//! The members of a stream as voters in a transaction that somebody else ends (TXN 11.2).

use super::{ending::deactivate, stream::Stream};
use complus_sync::Weak;
use complus_transaction::{Outcome, Voter};

/// All members of a stream: they are deactivated, and with that
/// their flags are read, when it is about to commit, and lost when it aborts (TXN 11.2).
pub(super) struct Member(pub(super) Weak<Stream>);

impl Voter for Member {
    fn vote(&self) -> bool {
        let Some(stream) = self.0.upgrade() else { return true };
        let members = stream.members();
        let consistent = members.iter().all(|member| !member.is_active() || member.flags.get().consistent);
        for member in members.iter().filter(|member| member.is_active() && !member.is_in_call()) {
            let _ = deactivate(member, false);
        }
        consistent
    }

    fn outcome(&self, _: Outcome) {
        let Some(stream) = self.0.upgrade() else { return };
        for member in stream.over() {
            if member.is_active() && !member.is_in_call() {
                let _ = deactivate(&member, false);
            }
        }
    }
}
