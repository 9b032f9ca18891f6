//! [`Worker`]: the steps of a thread, or of a call that a thread runs, one after another.

use super::{
    calls::ends_the_call,
    instances::State,
    outcome::{Last, Performed, StepError},
    recorder::now_at,
    references::{Held, Packed},
    world::{Caller, Entered, World},
};
use crate::{
    model::{Action, Step},
    trace::{Kind, StepPlace},
};
use complus_core::{
    HResult,
    event::What,
    hresult::{self, RPC_E_SERVERFAULT, S_OK, XACT_E_NOTRANSACTION},
};
use complus_runtime::{AsPrincipal, ServiceDomain};
use complus_sync::Arc;

/// A block being carried out.
pub(super) struct Block<'s> {
    pub(super) steps: &'s [Step],
    pub(super) next: usize,
    pub(super) place: StepPlace,
    pub(super) kind: BlockKind,
}

pub(super) enum BlockKind {
    /// All of it: the steps of the thread, or of the call.
    Whole,
    Domain(ServiceDomain),
    ExpectPanic(Option<String>),
    Repeat(u32),
    AsUser {
        _principal: AsPrincipal,
        user: String,
    },
}

/// A call that is run: OnCall or OnError.
pub(super) struct Served {
    /// The context of the call; OnError has left it.
    pub(super) entered: Option<Entered>,
    pub(super) caller: Caller,
    /// What the call object answers.
    pub(super) result: HResult,
}

/// What belongs to the code that runs: a method of a class has names of its own.
#[derive(Default)]
pub(super) struct Scope {
    pub(super) is_method: bool,
    /// References that are held as long as it runs.
    pub(super) locals: Vec<(String, Held)>,
    /// What the object keeps.
    pub(super) state: Option<Arc<State>>,
    /// What the method gives back.
    pub(super) given: Option<Packed>,
}

impl Scope {
    pub(super) fn local(&self, name: &str) -> Option<&Held> {
        self.locals.iter().rev().find(|(known, _)| known == name).map(|(_, held)| held)
    }
}

pub(super) struct Worker<'s> {
    pub(super) world: &'s Arc<World>,
    /// Number of this thread in the trace.
    pub(super) index: usize,
    steps: &'s [Step],
    pub(super) served: Option<Served>,
    pub(super) scope: Scope,
    pub(super) blocks: Vec<Block<'s>>,
    pub(super) last: Last,
    /// Events before this mark were expected already.
    pub(super) mark: usize,
}

impl<'s> Worker<'s> {
    /// The worker of thread `index` of the file.
    pub(super) fn new(world: &'s Arc<World>, index: usize) -> Self {
        Self::with(world, index, &world.scenario.threads[index].steps, None)
    }

    /// A worker that runs a call on thread `index` of the trace.
    pub(super) fn serving(
        world: &'s Arc<World>,
        index: usize,
        steps: &'s [Step],
        entered: Option<Entered>,
        caller: Caller,
    ) -> Self {
        Self::with(world, index, steps, Some(Served { entered, caller, result: S_OK }))
    }

    fn with(world: &'s Arc<World>, index: usize, steps: &'s [Step], served: Option<Served>) -> Self {
        let (last, mark) = (Last { hresult: S_OK, status: None }, world.recorder.len());
        Self { world, index, steps, served, scope: Scope::default(), blocks: Vec::new(), last, mark }
    }

    pub(super) fn with_scope(self, scope: Scope) -> Self {
        Self { scope, ..self }
    }

    /// Does all the steps. `None` after a panic that nothing in them expects.
    pub(super) fn carry_out(&mut self, place: StepPlace) -> Option<()> {
        self.blocks.push(Block { steps: self.steps, next: 0, place, kind: BlockKind::Whole });
        while self.step() {}
        // What a failure left open is abandoned, innermost first.
        let panicked = self.blocks.is_empty();
        while let Some(block) = self.blocks.pop() {
            self.at(block.place);
            let is_whole = matches!(block.kind, BlockKind::Whole);
            let mark = self.world.recorder.len();
            drop(block);
            self.note_left(mark);
            if !is_whole {
                self.ended(hresult::E_UNEXPECTED, None);
            }
        }
        self.let_go_of_all();
        (!panicked).then_some(())
    }

    /// Runs a call; its answer, or `None` after a panic.
    pub(super) fn serve(&mut self, place: StepPlace) -> Option<HResult> {
        self.carry_out(place)?;
        Some(self.served.as_ref().map_or(S_OK, |served| served.result))
    }

    /// Does one step, or ends a block; false when the thread has nothing more to do.
    fn step(&mut self) -> bool {
        let Some(block) = self.blocks.last_mut() else { return false };
        let Some(step) = block.steps.get(block.next) else { return self.end_block() };
        block.next += 1;
        self.world.runtime.switch_point();
        if self.world.stopped() {
            return false;
        }
        let place = StepPlace { line: step.line, span: step.span };
        self.at(place);
        if !self.allowed() {
            self.world.fail(self.index, place, "the scenario has taken more steps than a run may take".into());
            return false;
        }
        let expectation = matches!(step.action, Action::Expect(_));
        if !expectation {
            self.world.recorder.record(Kind::Began);
        }
        match self.perform(step, place) {
            Ok(Performed::Done) => self.finish(Ok(S_OK), place),
            Ok(Performed::Returned(code)) => self.finish(Ok(code), place),
            Ok(Performed::Opened(block)) => {
                self.blocks.push(block);
                true
            }
            Ok(Performed::Panicked(text)) => {
                self.ended(RPC_E_SERVERFAULT, Some(format!("panicked: {text}")));
                self.unwind(&text, place)
            }
            Ok(Performed::Expected) => true,
            Err(error) if ends_the_call(&step.action) && !self.is_expected_next() => self.end_call(error, place),
            Err(error) => self.finish(Err(error), place),
        }
    }

    /// A call that is run ends here, with this code; a thread fails.
    fn end_call(&mut self, error: StepError, place: StepPlace) -> bool {
        match &mut self.served {
            Some(served) => {
                served.result = error.hresult;
                self.ended(error.hresult, None);
                false
            }
            None => self.finish(Err(error), place),
        }
    }

    fn is_expected_next(&self) -> bool {
        self.blocks.last().is_some_and(|block| match block.steps.get(block.next).map(|step| &step.action) {
            Some(Action::Expect(expectation)) => expectation.hresult().is_some(),
            _ => false,
        })
    }

    fn allowed(&self) -> bool {
        let mut shared = self.world.shared.lock();
        shared.steps = match shared.steps.checked_sub(1) {
            Some(left) => left,
            None => return false,
        };
        true
    }

    /// The step at `place` has ended; a failure that is not expected next ends the scenario.
    pub(super) fn finish(&mut self, result: Result<HResult, StepError>, place: StepPlace) -> bool {
        let (hresult, error) = match result {
            Ok(code) => (code, None),
            Err(error) => (error.hresult, Some(error)),
        };
        self.last.hresult = hresult;
        self.ended(hresult, error.as_ref().map(|error| error.message.clone()));
        match error.filter(|_| !self.is_expected_next()) {
            Some(error) => {
                if !error.is_consequence {
                    self.world.fail(self.index, place, error.message);
                }
                false
            }
            None => true,
        }
    }

    fn end_block(&mut self) -> bool {
        let Some(mut block) = self.blocks.pop() else { return false };
        let place = block.place;
        self.at(place);
        match block.kind {
            BlockKind::Whole => {
                // Put back: that nothing is open tells a panic.
                block.next = block.steps.len();
                self.blocks.push(block);
                false
            }
            BlockKind::Domain(domain) => {
                let result = self.leave(domain);
                self.finish(result.map(|()| S_OK), place)
            }
            BlockKind::AsUser { .. } => {
                drop(block.kind);
                self.finish(Ok(S_OK), place)
            }
            BlockKind::Repeat(left) if left > 1 => {
                (block.kind, block.next) = (BlockKind::Repeat(left - 1), 0);
                self.blocks.push(block);
                true
            }
            BlockKind::Repeat(_) => self.finish(Ok(S_OK), place),
            BlockKind::ExpectPanic(text) => {
                self.panic_verdict(text.as_deref(), None, place);
                self.finish(Ok(S_OK), place)
            }
        }
    }

    /// Whom the thread runs as.
    pub(super) fn principal(&self) -> &str {
        let assumed = self.blocks.iter().rev().find_map(|block| match &block.kind {
            BlockKind::AsUser { user, .. } => Some(user.as_str()),
            _ => None,
        });
        assumed.or(self.world.scenario.principal.as_deref()).unwrap_or("INTERACTIVE USER")
    }

    pub(super) fn at(&self, place: StepPlace) {
        now_at(Some(self.index), Some(place));
    }

    pub(super) fn ended(&self, hresult: HResult, message: Option<String>) {
        self.world.recorder.record(Kind::Ended { hresult, message });
    }

    /// Takes down the status of every domain that was left since `mark`, however it was left.
    pub(super) fn note_left(&self, mark: usize) {
        for event in self.world.recorder.since(mark) {
            if let (What::DomainLeft { status, .. }, Some(context)) = (&event.what, event.context)
                && let Some(domain) = self.world.shared.lock().domains.get_mut(&context)
            {
                domain.status = Some(status.map_or(XACT_E_NOTRANSACTION, |status| status.hresult()));
            }
        }
    }
}
