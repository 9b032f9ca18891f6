//! Calls on activity objects: what OnCall and OnError do, on whichever thread the machine runs them.

use super::{
    outcome::{Performed, StepError},
    recorder::{self, now_at},
    worker::Worker,
    world::{Caller, Entered, Named, World},
};
use crate::{
    model::{Action, CallStep},
    trace::{Kind, StepPlace},
};
use complus_core::{
    HResult,
    attribute::{ApartmentType, TransactionStatus},
    hresult::{E_UNEXPECTED, RPC_E_SERVERFAULT, XACT_E_NOTRANSACTION},
    id::PartitionId,
    rules::{synchronization::Activity, transaction::Transaction},
};
use complus_runtime::{AsyncErrorNotify, ObjectContext, ServiceCall, apartment_type};
use complus_sync::{Arc, Mutex};
use std::panic::resume_unwind;

/// Calls that one thread may run inside each other; each takes its part of the thread's stack.
pub(super) const DEEPEST: usize = 48;

/// How a call stands.
pub(super) struct CallState {
    pub(super) caller: Caller,
    progress: Mutex<Progress>,
}

#[derive(Clone, Default)]
pub(super) struct Progress {
    /// Its context, once it has been entered.
    pub(super) entered: Option<Entered>,
    /// Its code, once it is known.
    pub(super) code: Option<HResult>,
}

impl CallState {
    pub(super) fn made_by(caller: Caller) -> Self {
        Self { caller, progress: Mutex::default() }
    }

    /// It is run, in this context.
    pub(super) fn entered(&self, entered: Option<Entered>) {
        self.progress.lock().entered = entered;
    }

    pub(super) fn progress(&self) -> Progress {
        self.progress.lock().clone()
    }

    /// The machine says that it returned; `None` is a panic.
    pub(super) fn returned(&self, result: Option<HResult>, status: Option<TransactionStatus>) {
        let mut progress = self.progress.lock();
        progress.code = Some(result.unwrap_or(RPC_E_SERVERFAULT));
        if let Some(entered) = &mut progress.entered {
            let none = entered.transaction.is_none().then_some(XACT_E_NOTRANSACTION);
            entered.status = status.map(|status| status.hresult()).or(none);
        }
    }

    /// What came of it in the end: who waited for it, or was told of it, has this code.
    pub(super) fn came_to(&self, code: HResult) {
        self.progress.lock().code = Some(code);
    }
}

/// The call object of a step: IServiceCall, and IAsyncErrorNotify if the file wants it.
pub(super) struct Scripted {
    world: Arc<World>,
    step: Arc<CallStep>,
    place: StepPlace,
    object: Entered,
    state: Arc<CallState>,
}

impl Scripted {
    /// Runs OnCall on this thread.
    fn run(&self) -> HResult {
        let (world, before) = (&*self.world, recorder::here());
        let depth = recorder::runs(self.state.clone(), true);
        let Some(thread) = before.0.filter(|_| !world.stopped()) else { return E_UNEXPECTED };
        self.state.progress.lock().entered = self.entered(thread);
        now_at(Some(thread), Some(self.place));
        world.recorder.record(Kind::Runs);
        if depth > DEEPEST {
            world.fail(thread, self.place, format!("more than {DEEPEST} calls run inside each other on this thread"));
            return E_UNEXPECTED;
        }
        let entered = self.state.progress().entered;
        let result =
            Worker::serving(&self.world, thread, &self.step.body, entered, self.state.caller).serve(self.place);
        now_at(before.0, before.1);
        // A real panic, as a component of a program has it; without the hook's message.
        result.unwrap_or_else(|| resume_unwind(Box::new(())))
    }

    /// The context that this thread has just entered for the call.
    fn entered(&self, thread: usize) -> Option<Entered> {
        let event = self.world.recorder.call_entered()?;
        let level = ObjectContext::current().and_then(|it| it.transaction_info().isolation_level_and_timeout());
        let transaction = event.transaction;
        Some(Entered {
            context: event.context,
            transaction,
            activity: event.activity,
            isolation: level.ok().filter(|_| transaction.is_some()).map(|(level, _)| level),
            caller: self.state.caller,
            status: None,
            thread,
            apartment: here(),
            ..self.object.clone()
        })
    }

    fn names(&self) -> impl Iterator<Item = &str> {
        [Some(&self.step.target), self.step.name.as_ref()].into_iter().flatten().map(String::as_str)
    }
}

impl ServiceCall for Scripted {
    fn on_call(&self) -> HResult {
        self.run()
    }

    fn async_error_notify(&self) -> Option<&dyn AsyncErrorNotify> {
        self.step.is_notified().then_some(self)
    }
}

impl AsyncErrorNotify for Scripted {
    fn on_error(&self, error: HResult) -> HResult {
        self.state.came_to(error);
        let (world, before) = (&*self.world, recorder::here());
        let (Some(block), Some(thread)) = (&self.step.on_error, before.0) else { return complus_core::hresult::S_OK };
        let place = StepPlace { line: block.line, span: block.span };
        now_at(Some(thread), Some(place));
        world.recorder.record(Kind::Began);
        let mut worker = Worker::serving(&self.world, thread, &block.body, None, self.state.caller);
        worker.last.hresult = error;
        let result = worker.serve(place);
        now_at(Some(thread), Some(place));
        world.recorder.record(Kind::Ended { hresult: result.unwrap_or(RPC_E_SERVERFAULT), message: None });
        now_at(before.0, before.1);
        result.unwrap_or_else(|| resume_unwind(Box::new(())))
    }
}

/// Nobody holds the call any more: it has ended, whether it was run or not.
impl Drop for Scripted {
    fn drop(&mut self) {
        self.world.count_call(self.names(), false);
        self.world.wake();
    }
}

impl<'s> Worker<'s> {
    pub(super) fn call(&mut self, step: &Arc<CallStep>, place: StepPlace) -> Result<Performed<'s>, StepError> {
        let (world, step) = (self.world, step.clone());
        let activity = self.activity_object(&step.target)?;
        let Some(Named::Object(object)) = world.named(&step.target) else { return Err(self.missing(&step.target)) };
        let state = Arc::new(CallState::made_by(self.caller()));
        if let Some(name) = &step.name {
            world.name(name, Named::Call(state.clone()));
        }
        let (is_synchronous, world_again) = (step.is_synchronous, world.clone());
        let scripted = Arc::new(Scripted { world: world_again, step, place, object: *object, state: state.clone() });
        world.count_call(scripted.names(), true);
        let result = if is_synchronous {
            let result = activity.synchronous_call(scripted);
            state.came_to(result.unwrap_or_else(|error| error.hresult()));
            result.map(Performed::Returned)
        } else {
            let result = activity.asynchronous_call(scripted);
            if let Err(error) = result {
                state.came_to(error.hresult());
            }
            result.map(|()| Performed::Done)
        };
        self.at(place);
        // Once something has failed, calls fail because of that.
        result.map_err(|error| StepError { is_consequence: world.stopped(), ..error.into() })
    }

    /// Where a call is made from, a domain entered from, or an activity object made in.
    pub(super) fn caller(&self) -> Caller {
        let context = ObjectContext::current().ok();
        Caller {
            context: context.as_ref().and_then(|context| context.context_id().ok()),
            transaction: context.as_ref().and_then(|context| context.transaction_id().ok().flatten()),
            activity: context.as_ref().and_then(|context| context.activity_id().ok().flatten()),
            thread: self.index,
        }
    }
}

/// The context that this thread is in, entered from `caller`; `None` in a default context.
pub(super) fn facts(world: &World, caller: Caller, thread: usize) -> Option<Entered> {
    let context = ObjectContext::current().ok()?;
    let (id, transaction) = (context.context_id().ok()?, context.transaction_id().ok().flatten());
    let level = context.transaction_info().isolation_level_and_timeout();
    let known = world.domain(id);
    Some(Entered {
        context: Some(id),
        is_default: false,
        transaction,
        activity: context.activity_id().ok().flatten(),
        origin: known.as_ref().map_or((Transaction::None, Activity::None), |known| known.origin),
        partition: known.as_ref().map_or(PartitionId::GLOBAL, |known| known.partition),
        isolation: level.ok().filter(|_| transaction.is_some()).map(|(level, _)| level),
        assembly: known.is_some_and(|known| known.assembly),
        caller,
        status: None,
        thread,
        apartment: here(),
    })
}

/// The apartment of this thread.
pub(super) fn here() -> Option<ApartmentType> {
    apartment_type().ok().map(|(apartment, _)| apartment)
}

/// Whether a failing step ends the call that it is in, with its code.
pub(super) fn ends_the_call(action: &Action) -> bool {
    matches!(action, Action::Fail(_))
}
