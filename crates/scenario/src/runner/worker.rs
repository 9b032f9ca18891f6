//! [`Worker`]: one thread of a scenario, step by step.

use super::{recorder::now_at, world::World};
use crate::{
    model::{Action, ApartmentChoice, Step, Thread},
    trace::{Kind, StepPlace},
};
use complus_core::{
    Error, HResult,
    attribute::ApartmentModel,
    event::What,
    hresult::{self, RPC_E_SERVERFAULT, S_OK, XACT_E_NOTRANSACTION},
};
use complus_runtime::{Apartment, AsPrincipal, ServiceDomain};

/// Why a step failed.
pub(super) struct StepError {
    pub(super) hresult: HResult,
    pub(super) message: String,
}

impl StepError {
    /// A failure that no HRESULT of COM+ names.
    pub(super) fn runner(message: impl Into<String>) -> Self {
        Self { hresult: hresult::E_UNEXPECTED, message: message.into() }
    }
}

impl From<Error> for StepError {
    fn from(error: Error) -> Self {
        Self { hresult: error.hresult(), message: error.to_string() }
    }
}

/// What performing a step came to.
pub(super) enum Performed<'s> {
    /// It is done.
    Done,
    /// Its block is to be carried out; the step ends with it.
    Opened(Block<'s>),
    /// It panicked.
    Panicked(String),
    /// It was an expectation and said so itself.
    Expected,
}

/// A block being carried out.
pub(super) struct Block<'s> {
    pub(super) steps: &'s [Step],
    pub(super) next: usize,
    pub(super) place: StepPlace,
    pub(super) kind: BlockKind,
}

pub(super) enum BlockKind {
    Thread,
    Domain(ServiceDomain),
    ExpectPanic(Option<String>),
    Repeat(u32),
    AsUser { _principal: AsPrincipal, user: String },
}

/// How the step before went, for an expectation without a target.
pub(super) struct Last {
    pub(super) hresult: HResult,
    pub(super) status: Option<HResult>,
}

pub(super) struct Worker<'s> {
    pub(super) world: &'s World,
    pub(super) index: usize,
    thread: &'s Thread,
    pub(super) blocks: Vec<Block<'s>>,
    pub(super) last: Last,
    /// Events before this mark were expected already.
    pub(super) mark: usize,
}

impl<'s> Worker<'s> {
    pub(super) fn new(world: &'s World, index: usize) -> Self {
        let thread = &world.scenario.threads[index];
        let last = Last { hresult: S_OK, status: None };
        Self { world, index, thread, blocks: Vec::new(), last, mark: 0 }
    }

    pub(super) fn work(mut self) {
        now_at(Some(self.index), None);
        self.mark = self.world.recorder.len();
        let place = StepPlace { line: 1, span: Default::default() };
        let apartment = match self.join() {
            Ok(apartment) => apartment,
            Err(error) => return self.world.fail(self.index, place, error.message),
        };
        self.blocks.push(Block { steps: &self.thread.steps, next: 0, place, kind: BlockKind::Thread });
        while self.step() {}
        // What a failure left open is abandoned, innermost first; then the apartment ends, and with it what
        // was entered without a block and never left.
        while let Some(block) = self.blocks.pop() {
            self.at(block.place);
            drop(block);
        }
        now_at(Some(self.index), None);
        let mark = self.world.recorder.len();
        drop(apartment);
        self.note_left(mark);
    }

    fn join(&self) -> Result<Option<Apartment>, StepError> {
        let world = self.world;
        let main_first = world.scenario.threads.iter().any(|thread| thread.apartment == ApartmentChoice::MainSta);
        let model = match self.thread.apartment {
            ApartmentChoice::None => return Ok(None),
            ApartmentChoice::Mta => ApartmentModel::Multithreaded,
            ApartmentChoice::MainSta => ApartmentModel::ApartmentThreaded,
            ApartmentChoice::Sta => {
                if main_first {
                    let ready = || (world.shared.lock().main_sta || world.stopped()).then_some(());
                    world.runtime.block_until(ready).ok_or_else(|| StepError::runner("nobody made the main STA"))?;
                }
                ApartmentModel::ApartmentThreaded
            }
        };
        let apartment = Apartment::initialize(model)?;
        if self.thread.apartment == ApartmentChoice::MainSta {
            world.shared.lock().main_sta = true;
            world.runtime.wake();
        }
        Ok(Some(apartment))
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
            Ok(Performed::Done) => self.finish(Ok(()), place),
            Ok(Performed::Opened(block)) => {
                self.blocks.push(block);
                true
            }
            Ok(Performed::Panicked(text)) => {
                self.ended(RPC_E_SERVERFAULT, Some(format!("panicked: {text}")));
                self.unwind(&text, place)
            }
            Ok(Performed::Expected) => true,
            Err(error) => self.finish(Err(error), place),
        }
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
    pub(super) fn finish(&mut self, result: Result<(), StepError>, place: StepPlace) -> bool {
        let (hresult, message) = match result {
            Ok(()) => (S_OK, None),
            Err(error) => (error.hresult, Some(error.message)),
        };
        self.last.hresult = hresult;
        self.ended(hresult, message.clone());
        let expected = self.blocks.last().and_then(|block| match &block.steps.get(block.next)?.action {
            Action::Expect(expectation) => expectation.hresult(),
            _ => None,
        });
        match message {
            Some(message) if expected.is_none() => {
                self.world.fail(self.index, place, message);
                false
            }
            _ => true,
        }
    }

    fn end_block(&mut self) -> bool {
        let Some(mut block) = self.blocks.pop() else { return false };
        let place = block.place;
        self.at(place);
        match block.kind {
            BlockKind::Thread => false,
            BlockKind::Domain(domain) => {
                let result = self.leave(domain);
                self.finish(result, place)
            }
            BlockKind::AsUser { .. } => {
                drop(block.kind);
                self.finish(Ok(()), place)
            }
            BlockKind::Repeat(left) if left > 1 => {
                (block.kind, block.next) = (BlockKind::Repeat(left - 1), 0);
                self.blocks.push(block);
                true
            }
            BlockKind::Repeat(_) => self.finish(Ok(()), place),
            BlockKind::ExpectPanic(text) => {
                self.panic_verdict(text.as_deref(), None, place);
                self.finish(Ok(()), place)
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
