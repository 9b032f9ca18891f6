//! Serving the queue of a thread: taking messages out and executing them, on that thread.

use super::{
    Sta,
    call::Call,
    filter, hook,
    message::{Message, WindowMessage},
    queue::Queue,
};
use crate::{
    error_info,
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

/// Executes what a modal wait dispatches, one message, in the order of the classes (SYN 7.2); whether there was one. In
/// a wait for a reply the message filter has had a word in it.
pub(super) fn serve_one(here: &Here, wait: Wait) -> bool {
    for class in [Class::Calls, Class::Dde, Class::PaintAndSent] {
        let chosen = |message: &Message, told: Option<bool>| {
            let left = wait == Wait::Reply && told == Some(false);
            !left && message::fate(wait, message.kind(), &mut ()) == Fate::Dispatch(class)
        };
        if let Some((message, was_busy)) = here.sta.take_to_run(chosen) {
            execute(Some(here), message, was_busy);
            return true;
        }
    }
    false
}

/// Executes the first message of the thread's queue, whatever it is; whether there was one, and whether it was the quit.
pub(super) fn serve_first(queue: &Queue) -> Option<Kind> {
    let here = Here::of_thread().ok().flatten();
    let (message, was_busy) = match &here {
        Some(here) => here.sta.take_to_run(|_, _| true)?,
        None => (queue.take(|_, _| true)?, false),
    };
    let kind = message.kind();
    if kind != Kind::Quit {
        execute(here.as_ref(), message, was_busy);
    } else if let Some(here) = &here {
        here.sta.set_busy(was_busy);
    }
    Some(kind)
}

/// Serves one message of this thread's STA, whatever it is; whether there was one.
pub(crate) fn serve_queue() -> bool {
    Here::of_thread().ok().flatten().is_some_and(|here| serve_first(here.sta.queue()).is_some())
}

/// Waits until something may have come.
///
/// # Errors
/// RPC_E_DISCONNECTED when the process dies.
pub(super) fn rest(queue: &Queue) -> Result<()> {
    let (_, process) = thread::here()?;
    if process.is_dead() {
        return Err(CallError::Disconnected.into());
    }
    queue.signal().wait(thread::turn().as_deref());
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
            |message: &Message, _| message::fate(Wait::Uninitialize, message.kind(), &mut ()) == Fate::Discarded;
        // Whoever sent it is told that nobody handles it, as it is dropped.
        if here.sta.queue().take(discarded).is_none() && !serve_one(&here, Wait::Uninitialize) {
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

fn execute(here: Option<&Here>, message: Message, was_busy: bool) {
    match (message, here) {
        (Message::Call(call), Some(here)) => receive(here, call),
        // Its STA has ended since: dropped, it is answered.
        (Message::Call(_), None) => {}
        (Message::Work(work), _) => {
            dispatching(Dispatching::Call, || work.run());
        }
        (Message::Window(window, sent), _) => {
            let answer = handle(window, sent.as_ref().map(super::message::Delivery::from));
            if let Some(sent) = sent {
                sent.answer(answer.unwrap_or(0));
            }
        }
    }
    if let Some(here) = here {
        here.sta.set_busy(was_busy);
    }
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
    let hooked = hook::Hooked::server(&call);
    let reply = call.reply.clone();
    // The caller of a panicking callee sees the panic, not the end of the process that follows from it (SYN 7.6).
    let panicked = |returned: interception::Returned| {
        if let Some(reply) = &reply {
            reply.last(returned.result());
        }
    };
    let method = call.method;
    let own = error_info::replace(None); // of a call that waits beneath
    let returned = thread::in_causality(call.causality, || {
        hooked.arrived();
        let body = &mut *call.body;
        let returned =
            dispatching(what, || interception::run_and(context.target().calling(method), admission, body, panicked));
        hooked.leaves(call.reply.is_some());
        returned
    });
    call.leave_error(error_info::replace(own));
    if context.target().process.is_dead() {
        return call.returned(Err(CallError::Disconnected.into()));
    }
    call.returned(returned.and_then(interception::Returned::result));
}

/// A window message: the thread's window procedure handles it. `sender`: the number of the sender's process, if it was
/// sent. A panic in the procedure is no answer.
pub(super) fn handle(window: WindowMessage, sender: Option<u32>) -> Option<isize> {
    let (procedure, own) =
        thread::bound(|binding| Some((binding.com.as_ref()?.procedure.clone()?, binding.process.as_ref()?.number)))
            .ok()
            .flatten()?;
    let what = match sender {
        Some(process) => Dispatching::SentMessage { foreign: process != own },
        None => Dispatching::PostedMessage,
    };
    dispatching(what, || catch_unwind(AssertUnwindSafe(|| procedure(window))).ok())
}
