//! Calls out of this context: run here, or sent to a thread of the callee's apartment and waited for (SYN 7).

use super::{
    call::{Answer, Body, Call, Method, Reply},
    filter,
    home::Home,
    hook::Hooked,
    message::Message,
    wait,
};
use crate::{
    error_info,
    interception::{self, Admission, InContext, Target},
    process::ProcessState,
    thread::{self, Binding, Dispatching},
};
use complus_core::{
    error::{CallError, Result},
    event::What,
    hresult::HResult,
    rules::{
        call_out::{self, Doing, Failure},
        message::{Category, Wait},
        message_filter::{Refusal, Retry},
    },
};
use complus_sync::{Arc, Signal};

/// Makes a call into `context` and waits for its end.
///
/// # Errors
/// The restrictions on calling out (SYN 7.5), the failures of a callee (7.6), what message filters say (8), and what
/// [`interception::run`] answers.
pub(crate) fn call(
    context: &Arc<dyn InContext>,
    admission: Admission,
    category: Category,
    method: Method,
    body: Body,
) -> Result<HResult> {
    let target = context.target().calling(method);
    interception::calling(target, || cross(context, admission, category, method, body), interception::code_of)
}

fn cross(
    context: &Arc<dyn InContext>,
    admission: Admission,
    category: Category,
    method: Method,
    body: Body,
) -> Result<HResult> {
    let target = context.target().calling(method);
    let here = thread::bound(|binding| {
        binding.ensure_base()?;
        Ok::<_, complus_core::Error>(is_here(binding, context))
    })??;
    check_home(target)?;
    let mut body = body;
    if here {
        return interception::run(target, admission, &mut *body)?.result();
    }
    may_call_to(target.home)?;
    let (machine, process) = (target.machine.clone(), target.process.clone());
    let (signal, causality, caller, own) = thread::bound(|binding| {
        Some((binding.signal()?, binding.causality, binding.thread, binding.process.clone()?))
    })?
    .ok_or(CallError::Disconnected)?;
    let made = machine.clock.now();
    let hooked = Hooked::client(&own, target, causality, method);
    hooked.departs();
    let _outgoing = Outgoing::begin(causality);
    let mut body = Some(body);
    loop {
        let reply = Reply::new(signal.clone());
        let call = Box::new(Call {
            context: context.clone(),
            admission,
            category,
            causality,
            caller,
            made,
            method,
            body: body.take().ok_or(CallError::Rejected)?,
            reply: Some(reply.clone()),
            begun: false,
        });
        if machine.is_observed() {
            machine.emit_here(What::CallSent { apartment: target.home.apartment_type() });
        }
        let callee = send(&process, &machine, target.home, call)?;
        let let_go = (!Arc::ptr_eq(&own, &process)).then(|| LetGo::with(&process, caller, &signal));
        let answer = wait_for_reply(&machine, &own, &process, &reply, callee, made);
        drop(let_go);
        match answer? {
            Answer::Returned(result) => {
                if !method.is_reference_traffic() {
                    error_info::replace(reply.error());
                }
                hooked.returned();
                return result;
            }
            Answer::Refused(refusal, returned) => {
                body = Some(returned);
                again(&machine, &own, callee, made, refusal)?;
            }
        }
    }
}

/// A notification: made, and not waited for.
///
/// # Errors
/// As for [`call`], as far as they are known before the call runs.
pub(crate) fn notify(context: &Arc<dyn InContext>, method: Method, body: Body) -> Result<()> {
    let target = context.target();
    check_home(target)?;
    may_call_to(target.home)?;
    let (causality, caller, own) =
        thread::bound(|binding| (binding.causality, binding.thread, binding.process.clone()))?;
    if let Some(own) = own {
        Hooked::client(&own, target, causality, method).departs();
    }
    send_off(context, Admission::Enter, Category::Asynchronous, (causality, caller), method, body)
}

/// Has a thread of the context's apartment do something for a reference; nobody waits for it, and nothing that this
/// thread is doing forbids it.
///
/// # Errors
/// RPC_E_DISCONNECTED when the apartment has ended.
pub(crate) fn post(context: &Arc<dyn InContext>, admission: Admission, method: Method, body: Body) -> Result<()> {
    let sender = thread::look(|binding| Some((binding.causality, binding.thread))).unwrap_or_default();
    send_off(context, admission, Category::Synchronous, sender, method, body)
}

/// Sends a call that nobody waits for, from this thread: its causality, its number.
fn send_off(
    context: &Arc<dyn InContext>,
    admission: Admission,
    category: Category,
    (causality, caller): (u64, u32),
    method: Method,
    body: Body,
) -> Result<()> {
    let target = context.target();
    let call = Box::new(Call {
        context: context.clone(),
        admission,
        category,
        causality,
        caller,
        made: target.machine.clock.now(),
        method,
        body,
        reply: None,
        begun: false,
    });
    send(target.process, target.machine, target.home, call).map(drop)
}

/// Refuses a call into the default context of an MTA that has ended. An STA takes no calls then, and other contexts of the
/// MTA last as long as what lives in them.
fn check_home(target: Target<'_>) -> Result<()> {
    let is_over = || target.process.apartments.mta() != Some(target.number);
    if target.is_default && matches!(target.home, Home::Mta) && is_over() {
        return Err(call_out::seen_by_caller(Failure::Disconnected).into());
    }
    Ok(())
}

/// Whether this thread can run the context's code itself.
pub(crate) fn is_here(binding: &Binding, context: &Arc<dyn InContext>) -> bool {
    let target = context.target();
    let same_process = binding.process.as_ref().is_some_and(|own| Arc::ptr_eq(own, target.process));
    same_process && target.home.is_here(binding)
}

/// Sends the call to a thread of the apartment; answers its number, 0 for one of the MTA.
fn send(
    process: &Arc<crate::process::ProcessState>,
    machine: &Arc<crate::machine::Machine>,
    home: &Home,
    call: Box<Call>,
) -> Result<u32> {
    if process.is_dead() {
        return refuse(*call, CallError::Disconnected);
    }
    match home {
        Home::Sta(sta) => {
            let thread = sta.thread;
            match sta.post(Message::Call(call)) {
                Ok(()) => Ok(thread),
                Err(Message::Call(call)) => refuse(*call, CallError::Disconnected),
                Err(_) => Err(CallError::Disconnected.into()),
            }
        }
        // The neutral apartment has no threads: one of the MTA serves the call of another process.
        Home::Mta | Home::Neutral => {
            process.pools.mta.submit_call(machine, process, call);
            Ok(0)
        }
    }
}

fn refuse<T>(mut call: Call, error: CallError) -> Result<T> {
    call.reply = None;
    Err(error.into())
}

fn wait_for_reply(
    machine: &crate::machine::Machine,
    own: &crate::process::ProcessState,
    callees: &crate::process::ProcessState,
    reply: &Reply,
    callee: u32,
    made: u64,
) -> Result<Answer> {
    let ready = || reply.take(callees.is_dead());
    let nested = thread::look(|binding| Some(binding.com.as_ref()?.serves_call())).unwrap_or(false);
    let answer =
        wait::modal(machine, own, Wait::Reply, None, ready, |here| filter::pending(here, callee, made, nested))?;
    answer.ok_or_else(|| CallError::Disconnected.into())
}

/// A call was refused: asks this side's filter, and waits as long as it says.
fn again(
    machine: &crate::machine::Machine,
    own: &crate::process::ProcessState,
    callee: u32,
    made: u64,
    refusal: Refusal,
) -> Result<()> {
    match filter::retries(machine, callee, made, refusal)? {
        Retry::AtOnce => Ok(()),
        Retry::After(milliseconds) => {
            let deadline = machine.clock.now() + u64::from(milliseconds) * 1_000_000;
            wait::modal(machine, own, Wait::Reply, Some(deadline), || None::<()>, |_| Ok(())).map(drop)
        }
    }
}

/// Whether what the thread is doing allows a call into the apartment (SYN 7.5); one to an STA is a posted message.
pub(crate) fn may_call_to(home: &Home) -> Result<()> {
    let doing = thread::look(|binding| {
        let com = binding.com.as_ref()?;
        let outstanding = !com.outgoing.is_empty();
        Some(match com.dispatching.last()? {
            Dispatching::Call | Dispatching::PostedMessage => Doing::Dispatching(Category::Synchronous),
            Dispatching::AsynchronousCall => Doing::Dispatching(Category::Asynchronous),
            Dispatching::InputSynchronousCall => Doing::Dispatching(Category::InputSynchronous),
            Dispatching::SentMessage { foreign } => {
                Doing::SentMessage { outstanding, posts: *foreign && matches!(home, Home::Sta(_)) }
            }
            Dispatching::Filter => Doing::MessageFilter,
        })
    })
    .unwrap_or(Doing::Ordinary);
    Ok(call_out::allowed(call_out::Here::Home, doing, &mut ())?)
}

/// A call of this causality is outstanding until this is dropped.
struct Outgoing;

impl Outgoing {
    fn begin(causality: u64) -> Self {
        let _ = thread::active(|binding| binding.com_mut().outgoing.push(causality));
        Self
    }
}

impl Drop for Outgoing {
    fn drop(&mut self) {
        let _ = thread::active(|binding| binding.com_mut().outgoing.pop());
    }
}

/// A thread of another process is let go with those of the callee's, should that die.
struct LetGo<'a> {
    process: &'a ProcessState,
    thread: u32,
    /// An outer call of the same thread.
    before: Option<Signal>,
}

impl<'a> LetGo<'a> {
    fn with(process: &'a ProcessState, thread: u32, signal: &Signal) -> Self {
        Self { process, thread, before: process.waiters.insert(thread, signal.clone()) }
    }
}

impl Drop for LetGo<'_> {
    fn drop(&mut self) {
        match self.before.take() {
            Some(outer) => drop(self.process.waiters.insert(self.thread, outer)),
            None => drop(self.process.waiters.remove(&self.thread)),
        }
    }
}
