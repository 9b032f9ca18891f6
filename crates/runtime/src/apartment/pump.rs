//! Serving the queue of an STA: taking messages out and executing them, on the STA's own thread.

use super::{
    Sta,
    call::Call,
    filter,
    message::{Message, WindowMessage},
};
use crate::{
    interception::{self, Admission},
    machine::Machine,
    process::ProcessState,
    thread::{self, Dispatching},
};
use complus_core::{
    error::{CallError, Result},
    rules::message::{self, Category, Class, Fate, Message as Kind, Wait},
};
use complus_sync::Arc;
use std::panic::{AssertUnwindSafe, catch_unwind};

/// Executes what a modal wait dispatches, one message, in the order of the classes (SYN 7.2); whether there was one.
/// `also` has a word in it for window messages.
pub(super) fn serve_one(here: &Here, wait: Wait, allows: impl Fn(WindowMessage) -> bool) -> bool {
    for class in [Class::Calls, Class::Dde, Class::PaintAndSent] {
        let chosen = |message: &Message| {
            message::fate(wait, message.kind(), &mut ()) == Fate::Dispatch(class)
                && match message {
                    Message::Window(window, _) => allows(*window),
                    Message::Call(_) | Message::Work(_) => true,
                }
        };
        if let Some((message, was_busy)) = here.sta.take_to_run(chosen) {
            execute(here, message, was_busy);
            return true;
        }
    }
    false
}

/// Executes the first message of the queue, whatever it is; whether there was one, and whether it was the quit.
pub(super) fn serve_first(here: &Here) -> Option<Kind> {
    let (message, was_busy) = here.sta.take_to_run(|_| true)?;
    let kind = message.kind();
    match kind {
        Kind::Quit => drop(here.sta.set_busy(was_busy)),
        _ => execute(here, message, was_busy),
    }
    Some(kind)
}

/// Serves one message of this thread's STA, whatever it is; whether there was one.
pub(crate) fn serve_queue() -> bool {
    Here::of_thread().ok().flatten().is_some_and(|here| serve_first(&here).is_some())
}

/// Waits until something may have come.
///
/// # Errors
/// RPC_E_DISCONNECTED when the process dies.
pub(super) fn rest(here: &Here) -> Result<()> {
    if here.process.is_dead() {
        return Err(CallError::Disconnected.into());
    }
    here.sta.signal().wait(thread::turn().as_deref());
    Ok(())
}

/// Serves the calls that are queued, before the apartment ends, and discards window messages (SYN 6.2).
pub(super) fn drain() {
    // A pool's thread whose machine is gone has nothing to serve, and must not be bound to another one now.
    if !thread::active(|binding| binding.is_bound()).unwrap_or(false) {
        return;
    }
    let Ok(Some(here)) = Here::of_thread() else { return };
    loop {
        let discarded =
            |message: &Message| message::fate(Wait::Uninitialize, message.kind(), &mut ()) == Fate::Discarded;
        if let Some(Message::Window(_, sent)) = here.sta.take(discarded) {
            sent.iter().for_each(|sent| sent.answer(None));
        } else if !serve_one(&here, Wait::Uninitialize, |_| true) {
            return;
        }
    }
}

/// The STA that a thread serves, with where it is.
pub(crate) struct Here {
    pub(crate) machine: Arc<Machine>,
    pub(crate) process: Arc<ProcessState>,
    pub(crate) sta: Arc<Sta>,
}

impl Here {
    /// The thread's own STA; `None` if it has none.
    pub(crate) fn of_thread() -> Result<Option<Self>> {
        thread::bound(|binding| {
            Some(Self {
                machine: binding.machine.clone()?,
                process: binding.process.clone()?,
                sta: binding.membership.sta()?.clone(),
            })
        })
    }
}

fn execute(here: &Here, message: Message, was_busy: bool) {
    match message {
        Message::Call(call) => receive(here, call),
        Message::Work(work) => {
            dispatching(Dispatching::Call, || work.run());
        }
        Message::Window(window, sent) => {
            let answer = handle(window, sent.is_some());
            if let Some(sent) = sent {
                sent.answer(Some(answer.unwrap_or(0)));
            }
        }
    }
    here.sta.set_busy(was_busy);
}

/// Notes what the thread is doing for others while it does it.
pub(super) fn dispatching<T>(what: Dispatching, body: impl FnOnce() -> T) -> T {
    let _ = thread::active(|binding| binding.com_mut().dispatching.push(what));
    let result = body();
    let _ = thread::active(|binding| binding.com_mut().dispatching.pop());
    result
}

/// A call has come: the message filter is asked first, the activity second (Y-16).
fn receive(here: &Here, call: Box<Call>) {
    // Having been put aside and handed the lock, it was let in before.
    if call.admission == Admission::Enter {
        if !call.method.is_reference_traffic()
            && let Err(refusal) = filter::admits(&here.machine, &call)
        {
            return call.refused(refusal);
        }
        let lock = call.context.target().properties.lock.clone();
        if let Some(lock) = lock {
            match lock.enter_or_park(&here.machine, &here.process, call, &here.sta) {
                Some(mut inside) => {
                    inside.admission = Admission::Entered;
                    return run(inside);
                }
                None => return,
            }
        }
    }
    run(call);
}

/// Executes a call that nothing holds up any more.
pub(crate) fn run(mut call: Box<Call>) {
    let what = match call.category {
        Category::Synchronous => Dispatching::Call,
        Category::Asynchronous => Dispatching::AsynchronousCall,
        Category::InputSynchronous => Dispatching::InputSynchronousCall,
    };
    call.begun = true;
    let (context, admission) = (call.context.clone(), call.admission);
    let returned = thread::in_causality(call.causality, || {
        dispatching(what, || interception::run_contained(context.target(), admission, &mut *call.body))
    });
    call.returned(returned.and_then(interception::Returned::result));
    // The caller has heard of it before the process dies.
    if let Ok(returned) = returned {
        returned.fail_fast(context.target());
    }
}

/// A window message: the thread's window procedure handles it. A panic in it is no answer.
pub(super) fn handle(window: WindowMessage, sent: bool) -> Option<isize> {
    let procedure = thread::bound(|binding| binding.com.as_ref()?.procedure.clone()).ok().flatten()?;
    let what = if sent { Dispatching::SentMessage } else { Dispatching::PostedMessage };
    dispatching(what, || catch_unwind(AssertUnwindSafe(|| procedure(window))).ok())
}
