//! The members of a stream as voters in a transaction that somebody else ends (TXN 11.2).

use super::{Component, ending::deactivate, stream::Stream};
use crate::activity::{self, Asked, Busy, Quiet};
use complus_sync::{Arc, Weak};
use complus_transaction::{Outcome, Voter};

/// All members of a stream: they are deactivated, and with that
/// their flags are read, when it is about to commit, and lost when it aborts (TXN 11.2).
pub(super) struct Member {
    stream: Weak<Stream>,
    quiet: Quiet,
}

impl Member {
    pub(super) fn of(stream: &Arc<Stream>) -> Arc<Self> {
        Arc::new(Self { stream: Arc::downgrade(stream), quiet: Quiet::default() })
    }

    /// Waits until no call runs in the activity of any member (rule 5), and keeps them so; gives the members. They may
    /// become more while a call of one comes to its end.
    fn quiet_members(&self, stream: &Stream) -> Result<Vec<Arc<Component>>, Busy> {
        let mut held = 0;
        loop {
            let members = stream.members();
            if members.len() <= held {
                break;
            }
            for member in &members[held..] {
                self.hold(stream, member).inspect_err(|busy| busy.tell(&member.machine))?;
            }
            held = members.len();
        }
        Ok(stream.members())
    }

    fn hold(&self, stream: &Stream, member: &Component) -> Result<(), Busy> {
        let context = member.context();
        if let Some(lock) = context.as_ref().and_then(|context| context.properties.lock.as_ref()) {
            let limit = activity::vote_limit(&member.machine, stream.current().as_ref());
            self.quiet.hold(&member.machine, lock, limit)?;
        }
        // Nobody else is inside: the call that is waits for this vote (T-29).
        if member.is_in_call() { Err(Busy::Deadlock) } else { Ok(()) }
    }
}

impl Voter for Member {
    fn vote(&self) -> bool {
        let Some(stream) = self.stream.upgrade() else { return true };
        let Some(first) = stream.members().into_iter().next() else { return true };
        let _asked = Asked::of(&first.machine, &first.process);
        let Ok(members) = self.quiet_members(&stream) else { return false };
        let consistent = members.iter().all(|member| !member.is_active() || member.flags.get().consistent);
        for member in members.iter().filter(|member| member.is_active()) {
            let _ = deactivate(member, false);
        }
        consistent
    }

    fn overtaken(&self) {
        self.quiet.overtaken();
    }

    fn outcome(&self, _: Outcome) {
        let members = self.stream.upgrade().map(|stream| stream.over());
        self.quiet.release(); // whoever comes in finds it over
        for member in members.into_iter().flatten() {
            if member.is_active() && !member.is_in_call() {
                let _ = deactivate(&member, false);
            }
        }
    }
}
