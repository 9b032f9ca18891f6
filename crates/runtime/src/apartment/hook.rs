//! Channel hooks: who watches calls as they cross from apartment to apartment (IChannelHook, SYN 5.1, W56).
//!
//! A hook sees; it carries no data along, since calls here have no buffers.

use super::call::{Call, Method};
use crate::{
    interception::Target,
    machine::Machine,
    process::{Process, ProcessState},
    thread,
};
use complus_core::{
    error::Result,
    id::{ContextId, ProcessId},
};
use complus_sync::Arc;
use std::panic::{AssertUnwindSafe, catch_unwind};
use uuid::Uuid;

/// A moment of a call that crosses from one apartment to another, in the order of the methods of IChannelHook.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum HookPhase {
    /// ClientGetSize: the call is about to be sent.
    ClientGetSize,
    /// ClientFillBuffer: the call is sent.
    ClientFillBuffer,
    /// ServerNotify: the call has come, its method has not run.
    ServerNotify,
    /// ServerGetSize: the method has run. Not for an asynchronous call, which has no reply.
    ServerGetSize,
    /// ServerFillBuffer: the reply is sent.
    ServerFillBuffer,
    /// ClientNotify: the reply has come.
    ClientNotify,
}

/// What a hook is told of a call: SChannelHookCallInfo.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct HookedCall {
    /// The causality that the call belongs to: the logical thread id of the thread.
    pub causality: Uuid,
    /// The method.
    pub method: Method,
    /// The callee's process.
    pub server: ProcessId,
    /// The context that the call enters, which stands for the object; `None` on the client's side before the call.
    pub target: Option<ContextId>,
}

/// Watches the calls of a process, made and served. Called on the thread of the phase.
pub trait ChannelHook: Send + Sync {
    /// The call is in this phase. A panic is ignored.
    fn passes(&self, phase: HookPhase, call: &HookedCall);
}

/// CoRegisterChannelHook: `hook` is told of all calls of this thread's process from now on.
///
/// # Errors
/// E_UNEXPECTED when the thread is ending or an observer calls.
pub fn register_channel_hook(hook: Arc<dyn ChannelHook>) -> Result<()> {
    let (_, process) = thread::here()?;
    process.hooks.write().push(hook);
    Ok(())
}

/// A call, and the hooks of one side.
pub(super) struct Hooked {
    hooks: Vec<Arc<dyn ChannelHook>>,
    call: Option<HookedCall>,
}

impl Hooked {
    /// The caller's side.
    pub(super) fn client(own: &ProcessState, target: Target<'_>, causality: u64, method: Method) -> Self {
        Self::of(own, target, causality, method)
    }

    /// The callee's side.
    pub(super) fn server(call: &Call) -> Self {
        let target = call.context.target();
        Self::of(target.process, target, call.causality, call.method)
    }

    fn of(side: &ProcessState, target: Target<'_>, causality: u64, method: Method) -> Self {
        let hooks = side.hooks.read().clone();
        let call = (!hooks.is_empty()).then(|| {
            let machine: &Machine = target.machine;
            let causality = machine.logical_thread_id(causality);
            let server = machine.process_id(target.process);
            HookedCall { causality, method, server, target: machine.context_id(target.number) }
        });
        Self { hooks, call }
    }

    fn passes(&self, phase: HookPhase, knows_target: bool) {
        let Some(mut call) = self.call else { return };
        if !knows_target {
            call.target = None;
        }
        for hook in &self.hooks {
            let _ = catch_unwind(AssertUnwindSafe(|| hook.passes(phase, &call)));
        }
    }

    /// The caller sends it.
    pub(super) fn departs(&self) {
        self.passes(HookPhase::ClientGetSize, false);
        self.passes(HookPhase::ClientFillBuffer, false);
    }

    /// The callee has got it.
    pub(super) fn arrived(&self) {
        self.passes(HookPhase::ServerNotify, true);
    }

    /// The callee has run it, and answers if somebody waits.
    pub(super) fn leaves(&self, replies: bool) {
        if replies {
            self.passes(HookPhase::ServerGetSize, true);
            self.passes(HookPhase::ServerFillBuffer, true);
        }
    }

    /// The caller has got the answer.
    pub(super) fn returned(&self) {
        self.passes(HookPhase::ClientNotify, true);
    }
}

impl Process {
    /// As [`register_channel_hook`], for this process.
    pub fn register_channel_hook(&self, hook: Arc<dyn ChannelHook>) {
        self.state.hooks.write().push(hook);
    }
}
