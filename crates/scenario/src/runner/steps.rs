//! The steps that are neither domains nor expectations.

use super::{
    outcome::{Performed, StepError},
    worker::{Block, BlockKind, Worker},
};
use crate::{
    model::{Action, Administration, Step, Work},
    trace::StepPlace,
};
use complus_core::{error::ContextError, rules::application_instance::RecycleReason};
use complus_runtime::{AsPrincipal, ObjectContext, Runtime};
use complus_sync::Arc;
use complus_transaction::{Transaction, TransactionOptions};

fn administer(runtime: &Runtime, act: Administration, application: &str) -> complus_core::Result<()> {
    match act {
        Administration::Start => runtime.start_application(application).map(drop),
        Administration::Pause => runtime.pause_application(application),
        Administration::Resume => runtime.resume_application(application),
        Administration::Recycle => runtime.recycle_application(application, RecycleReason::ADMINISTRATOR),
        Administration::Shutdown => runtime.shutdown_application(application),
    }
}

impl<'s> Worker<'s> {
    pub(super) fn perform(&mut self, step: &'s Step, place: StepPlace) -> Result<Performed<'s>, StepError> {
        let world = self.world;
        let opened = |steps: &'s [Step], kind| Performed::Opened(Block { steps, next: 0, place, kind });
        match &step.action {
            Action::Enter(enter) => return self.enter(enter, place),
            Action::Activity(declared) => return self.create_activity(declared),
            Action::SynchronousCall(call) | Action::AsynchronousCall(call) => return self.call(call, place),
            Action::Bind(name) => self.activity_object(name)?.bind_to_current_thread()?,
            Action::Unbind(name) => self.activity_object(name)?.unbind_from_thread()?,
            Action::Release(name) => self.release(name)?,
            Action::Create(create) => return self.create(create, place),
            Action::Invoke(call) => return self.invoke(call, place),
            Action::Cast(cast) => self.cast(cast)?,
            Action::Give(name) => self.give(name)?,
            Action::State(name, value) => self.keep(name, value)?,
            Action::Wait(name) => self.wait(name)?,
            Action::Pump(until) => self.pump(until.as_deref())?,
            Action::Leave => self.leave_top()?,
            Action::Begin { name, isolation, timeout } => {
                let options = TransactionOptions {
                    isolation: *isolation,
                    timeout: timeout.map(super::seconds),
                    description: Some(Arc::from(name.as_str())),
                };
                let transaction = world.runtime.transaction_manager().begin(options)?;
                // One of this name from an earlier turn of a `repeat` aborts here, unless it has ended.
                let before = world.shared.lock().transactions.insert(name.clone(), transaction);
                if let Some(before) = before.filter(|before| !before.state().is_over()) {
                    let _ = before.abort();
                }
            }
            Action::Commit(name) => self.begun(name)?.commit()?,
            Action::Abort(name) => self.begun(name)?.abort()?,
            Action::SetComplete => ObjectContext::current()?.set_complete()?,
            Action::SetAbort => ObjectContext::current()?.set_abort()?,
            Action::EnableCommit => ObjectContext::current()?.enable_commit()?,
            Action::DisableCommit => ObjectContext::current()?.disable_commit()?,
            Action::Vote(vote) => ObjectContext::current()?.state().set_my_transaction_vote(*vote)?,
            Action::Done(done) => ObjectContext::current()?.state().set_deactivate_on_return(*done)?,
            Action::Work { manager, transaction, work } => self.on_manager(manager, transaction.as_deref(), work)?,
            Action::RefusePrepare(manager) => {
                if let Some(store) = world.managers.get(manager) {
                    store.refuse_next_prepare();
                }
            }
            Action::Fail(hresult) => {
                let text = hresult.meaning().map_or_else(|| hresult.to_string(), |it| format!("{hresult}: {it}"));
                return Err(StepError { hresult: *hresult, message: text, is_consequence: false });
            }
            Action::Panic(text) => return Ok(Performed::Panicked(text.clone())),
            Action::ExpectPanic { text, body } => return Ok(opened(body, BlockKind::ExpectPanic(text.clone()))),
            Action::Property(name, value) => ObjectContext::current()?.properties().set(name, value)?,
            Action::Advance(by) => world.runtime.advance(*by)?,
            Action::Barrier(name) => self.barrier(name, false)?,
            // Without a step in it a block could be repeated for ever and never reach the limit of steps.
            Action::Repeat(times, body) if *times == 0 || body.is_empty() => {}
            Action::Repeat(times, body) => return Ok(opened(body, BlockKind::Repeat(*times))),
            Action::AsUser(user, body) => {
                let kind = BlockKind::AsUser { _principal: AsPrincipal::assume(user)?, user: user.clone() };
                return Ok(opened(body, kind));
            }
            Action::Note(text) => world.runtime.note(text),
            Action::Administer(act, application) => administer(&world.runtime, *act, application)?,
            Action::ManagerAvailable(yes) => world.runtime.transaction_manager().set_available(*yes),
            Action::InjectFault(count) => world.runtime.inject_faults(*count),
            Action::Expect(expectation) => {
                self.expect(expectation, place);
                return Ok(Performed::Expected);
            }
        }
        Ok(Performed::Done)
    }

    fn begun(&self, name: &str) -> Result<Transaction, StepError> {
        let missing = || StepError::runner(format!("the transaction `{name}` has not begun yet"));
        self.world.transaction(name).ok_or_else(missing)
    }

    fn on_manager(&self, manager: &str, outside: Option<&str>, work: &Work) -> Result<(), StepError> {
        let Some(store) = self.world.managers.get(manager) else { return Ok(()) };
        let transaction = match outside {
            Some(name) => self.begun(name)?,
            None => {
                let context = ObjectContext::current()?;
                context.info().transaction()?.ok_or(complus_core::Error::from(ContextError::NoTransaction))?
            }
        };
        match work {
            Work::Enlist => transaction.enlist(Arc::new(store.clone()))?,
            Work::Add(key, amount) => store.add(&transaction, key, *amount)?,
            Work::Set(key, balance) => store.set(&transaction, key, *balance)?,
        }
        Ok(())
    }
}
