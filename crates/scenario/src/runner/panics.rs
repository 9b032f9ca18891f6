//! Panics of a scenario: real ones, so that guards of domains see what they would see in a program.
//!
//! A panic that nothing in a call expects goes on through the machine, which catches it (SWC 8.5).

use super::worker::{Block, BlockKind, Worker};
use crate::trace::{Kind, StepPlace, Verdict};
use complus_core::hresult::{RPC_E_SERVERFAULT, S_OK};
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};

/// Blocks that a panic unwinds through, left innermost first, while the panic is under way.
struct Unwinding<'w, 's>(&'w Worker<'s>, Vec<Block<'s>>);

impl Drop for Unwinding<'_, '_> {
    fn drop(&mut self) {
        while let Some(block) = self.1.pop() {
            self.0.at(block.place);
            drop(block.kind);
            self.0.ended(RPC_E_SERVERFAULT, None);
        }
    }
}

impl Worker<'_> {
    /// A panic with `text`: unwinds to the block that expects one, else it ends the thread.
    pub(super) fn unwind(&mut self, text: &str, place: StepPlace) -> bool {
        let catcher = self.blocks.iter().rposition(|block| matches!(block.kind, BlockKind::ExpectPanic(_)));
        let lost = self.blocks.split_off(catcher.map_or(1, |at| at + 1));
        let mark = self.world.recorder.len();
        // A real panic, so that the guards see what they would see in a program; without the hook's message.
        let _ = catch_unwind(AssertUnwindSafe(|| {
            let _unwinding = Unwinding(self, lost);
            resume_unwind(Box::new(()))
        }));
        self.note_left(mark);
        let Some(Block { kind: BlockKind::ExpectPanic(expected), place: caught_at, .. }) =
            catcher.and_then(|_| self.blocks.pop())
        else {
            match self.served {
                // Nothing is open any more: so the panic is known.
                Some(_) => self.blocks.clear(),
                None => self.world.fail(self.index, place, format!("a panic that nothing expects: {text}")),
            }
            return false;
        };
        self.at(caught_at);
        self.panic_verdict(expected.as_deref(), Some(text), caught_at);
        self.finish(Ok(S_OK), caught_at)
    }

    pub(super) fn panic_verdict(&self, expected: Option<&str>, found: Option<&str>, place: StepPlace) {
        let holds = found.is_some_and(|found| expected.is_none_or(|expected| expected == found));
        let told = found.map_or_else(|| "no panic".into(), |found| format!("the panic {found:?}"));
        let expected = self.world.scenario.source.first_line(place.span).to_owned();
        let found = if holds { Vec::new() } else { vec![format!("found {told}")] };
        self.world.recorder.record(Kind::Expected(Verdict { holds, expected, found }));
    }
}
