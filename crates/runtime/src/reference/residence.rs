//! Where an object lives, and how something is done there on behalf of those who hold it from elsewhere.

use super::Holder;
use crate::{
    apartment::{self, Method},
    interception::{self, Admission, Context, InContext, Target, Visit, Visiting},
    thread::{
        self, Binding,
        frame::{Details, Frame, Rare},
    },
};
use complus_core::{
    error::Result,
    hresult::{CONTEXT_E_ABORTED, HResult, S_OK, XACT_E_INDOUBT},
    rules::activity_lock::Call,
    stack::PushedBy,
};
use complus_sync::Arc;
use std::panic::{AssertUnwindSafe, catch_unwind};

/// The context of an object, which calls can be made into from anywhere.
#[derive(Clone)]
pub(crate) struct Residence {
    pub(crate) context: Arc<Context>,
    /// Number of its apartment's default context.
    pub(crate) apartment: u64,
}

/// How this thread stands to a residence.
enum Access {
    /// It is there.
    Inside,
    /// It can enter without waiting.
    Open,
    /// Another thread has to do it, or this one later.
    Away,
}

/// How a release gets into the activity of the object.
fn admission(call: Call) -> Admission {
    if call.enters() { Admission::Enter } else { Admission::NoLock }
}

/// `work` as a body that does it the first time. A panic in it ends here: there is nobody whom it would concern.
fn once(work: impl FnOnce() + Send + 'static) -> impl FnMut() -> HResult + Send + 'static {
    let mut work = Some(work);
    move || {
        if let Some(work) = work.take()
            && let Err(panic) = catch_unwind(AssertUnwindSafe(work))
        {
            std::mem::forget(panic); // its drop may panic again
        }
        S_OK
    }
}

impl Residence {
    /// The current context.
    ///
    /// # Errors
    /// CO_E_NOTINITIALIZED when the thread is in no apartment.
    pub(crate) fn here() -> Result<Self> {
        if let Some(captured) = thread::try_active(|binding| Self::captured(binding)) {
            return Ok(captured);
        }
        let here = Self { apartment: Holder::current()?.apartment, context: interception::capture()? };
        let replaced = thread::active(|binding| {
            let stays = Self::stays_as_captured(binding.stack.top()?);
            stays.then(|| binding.com_mut().captured.replace(here.clone()))
        });
        drop(replaced); // out here: it may be the last hold on a context
        Ok(here)
    }

    /// The current context as it was captured before.
    #[inline]
    fn captured(binding: &Binding) -> Option<Self> {
        let captured = binding.com.as_ref()?.captured.as_ref()?;
        let top = binding.stack.top()?;
        (captured.context.number() == top.number && Self::stays_as_captured(top)).then(|| captured.clone())
    }

    /// Whether a context is captured alike each time: one with nothing but an activity, which it never changes.
    #[inline]
    fn stays_as_captured(top: &Frame) -> bool {
        let by_itself = matches!(top.pushed_by, PushedBy::Apartment | PushedBy::Domain);
        let plain = |rare: &Rare| rare.component.is_none() && rare.details == Details::default();
        by_itself && !top.transaction.is_some() && top.rare.as_deref().is_none_or(plain)
    }

    /// As references see it.
    #[inline]
    pub(crate) fn holder(&self) -> Holder {
        Holder { apartment: self.apartment, context: self.context.number() }
    }

    /// Whether this thread is in the context.
    pub(crate) fn is_current(&self) -> bool {
        thread::look(|binding| Some(binding.stack.top()?.number == self.context.number())).unwrap_or(false)
    }

    fn access(&self, call: Call) -> Access {
        let access = thread::look(|binding| {
            if binding.stack.top().is_some_and(|top| top.number == self.context.number()) {
                return Some(Access::Inside);
            }
            let own = binding.process.as_ref()?;
            let here = Arc::ptr_eq(own, &self.context.process) && self.context.home.is_here(binding);
            let locked = self.context.properties.lock.as_ref().is_some_and(|lock| {
                let owner = lock.owner();
                call.enters() && owner != 0 && owner != binding.causality
            });
            (here && !locked).then_some(Access::Open)
        });
        match access {
            Some(access) if thread::refuse_observers().is_ok() => access,
            _ => Access::Away,
        }
    }

    /// Does `work` in the context, for the sake of `call`, which is a release: at once if it can be entered from here
    /// without waiting, else as soon as its apartment gets to it. Never blocks. If the apartment has ended `work` is
    /// dropped undone.
    pub(super) fn visit(&self, call: Call, work: impl FnOnce() + Send + 'static) {
        if let Err(run) = self.visit_here(call, once(work)) {
            let admission = admission(call);
            let _ = apartment::post(&self.to_release(), admission, Method::RELEASE, Box::new(run));
        }
    }

    /// The same while the apartment ends, when nobody else would do it: here in any case.
    pub(super) fn clean_up(&self, work: impl FnOnce() + Send + 'static) {
        if let Err(mut run) = self.visit_here(Call::CleanupRelease, once(work)) {
            run();
        }
    }

    /// Runs it in the context if that can be entered from here without waiting; gives it back otherwise.
    fn visit_here<F: FnMut() -> HResult>(&self, call: Call, mut run: F) -> Result<(), F> {
        match self.access(call) {
            Access::Inside => {
                run();
            }
            Access::Open => {
                let target = Target { visit: Visit::Release, ..self.context.target() };
                let _ = interception::run(target, admission(call), &mut run);
                run(); // A context that cannot be entered any more holds nothing up.
            }
            Access::Away => return Err(run),
        }
        Ok(())
    }

    /// The same, and waits until it is done.
    ///
    /// # Errors
    /// What keeps a call from being made into the context.
    pub(super) fn visit_and_wait(&self, work: impl FnOnce() + Send + 'static) -> Result<()> {
        if self.is_current() {
            work();
            return Ok(());
        }
        // Where no call can be made it is done all the same, and not waited for.
        let context = self.in_context();
        if let Err(error) = Holder::current().and_then(|_| apartment::may_call_to(context.target().home)) {
            self.visit(Call::FinalRelease, work);
            return Err(error);
        }
        let mut work = Some(work);
        let body = move || {
            if let Some(work) = work.take() {
                work();
            }
            S_OK
        };
        let called = apartment::call(
            &self.to_release(),
            Admission::Enter,
            apartment::Category::Synchronous,
            Method::RELEASE,
            Box::new(body),
        );
        match called {
            // Nobody learns what became of the transaction that a root ends with it (TXN 8.1).
            Err(error) if [CONTEXT_E_ABORTED, XACT_E_INDOUBT].contains(&error.hresult()) => Ok(()),
            called => called.map(|_: HResult| ()),
        }
    }

    fn to_release(&self) -> Arc<dyn InContext> {
        Arc::new(Visiting::release(self.context.clone()))
    }

    pub(crate) fn in_context(&self) -> Arc<dyn InContext> {
        self.context.clone()
    }
}
