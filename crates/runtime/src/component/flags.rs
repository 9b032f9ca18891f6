//! The two flags of a component's context, and which of them were written in the call that runs.

use complus_core::{context::Flags, event::FlagCall, rules::just_in_time::Written};
use complus_sync::atomic::{AtomicU8, Ordering};

/// The flags outlive the calls into the context, which may run on one thread after another; a nested call sees those
/// of the outer one. Whoever is inside has the activity, so a plain store does.
pub(crate) struct ContextFlags(AtomicU8);

const CONSISTENT: u8 = 1;
const DONE: u8 = 2;
const WROTE_CONSISTENT: u8 = 4;
const WROTE_DONE: u8 = 8;

impl ContextFlags {
    pub(super) const fn new() -> Self {
        Self(AtomicU8::new(CONSISTENT))
    }

    /// As they are.
    pub(crate) fn get(&self) -> Flags {
        let bits = self.0.load(Ordering::Acquire);
        Flags { consistent: bits & CONSISTENT != 0, done: bits & DONE != 0 }
    }

    /// Which of them were written since they were last put.
    pub(super) fn written(&self) -> Written {
        let bits = self.0.load(Ordering::Acquire);
        Written { consistent: bits & WROTE_CONSISTENT != 0, done: bits & WROTE_DONE != 0 }
    }

    /// Puts them, as written by nobody.
    pub(super) fn put(&self, flags: Flags) {
        self.0.store(Self::bits(flags), Ordering::Release);
    }

    /// Puts them, and still knows what was written.
    pub(super) fn keep(&self, flags: Flags) {
        let wrote = self.0.load(Ordering::Acquire) & (WROTE_CONSISTENT | WROTE_DONE);
        self.0.store(Self::bits(flags) | wrote, Ordering::Release);
    }

    /// What the program does with them.
    pub(crate) fn write(&self, call: FlagCall, set: impl FnOnce(&mut Flags)) {
        let mut flags = self.get();
        set(&mut flags);
        let wrote = match call {
            FlagCall::SetMyTransactionVote => WROTE_CONSISTENT,
            FlagCall::SetDeactivateOnReturn => WROTE_DONE,
            FlagCall::SetComplete | FlagCall::SetAbort | FlagCall::EnableCommit | FlagCall::DisableCommit => {
                WROTE_CONSISTENT | WROTE_DONE
            }
        };
        let before = self.0.load(Ordering::Acquire) & (WROTE_CONSISTENT | WROTE_DONE);
        self.0.store(Self::bits(flags) | before | wrote, Ordering::Release);
    }

    const fn bits(flags: Flags) -> u8 {
        (if flags.consistent { CONSISTENT } else { 0 }) | (if flags.done { DONE } else { 0 })
    }
}
