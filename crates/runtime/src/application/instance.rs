//! An instance of a server application: what its process is to it.

use crate::{machine::Machine, process::ProcessState};
use complus_catalog::{Application, schema::application as app};
use complus_core::{
    event::{ApplicationStep, What},
    id::ApplicationInstanceId,
    rules::application_instance::State,
};
use complus_sync::{
    Arc, Mutex,
    atomic::{AtomicU32, AtomicU64, Ordering},
};
use std::time::Duration;
use uuid::Uuid;

/// A process that was started for an application.
pub(crate) struct Instance {
    pub(crate) id: ApplicationInstanceId,
    pub(crate) application: Uuid,
    pub(crate) name: Arc<str>,
    pub(crate) process: Arc<ProcessState>,
    pub(super) limits: Limits,
    pub(super) state: Mutex<State>,
    /// Activations on their way here: their objects are not held by anybody yet.
    pub(super) arriving: AtomicU32,
    /// Counts what keeps an idle process from ending.
    pub(super) busy: AtomicU64,
    pub(super) activations: AtomicU32,
    pub(super) calls: AtomicU32,
    /// Keeps its MTA.
    pub(super) mta_usage: u64,
}

/// What the catalog said when it was started.
pub(super) struct Limits {
    /// Without an object for so long, it ends; none is never.
    pub(super) idle: Option<Duration>,
    pub(super) lifetime: Option<Duration>,
    /// So long a recycled one may go on.
    pub(super) expiration: Duration,
    /// 0 is no limit.
    pub(super) calls: u32,
    pub(super) activations: u32,
    /// In KB.
    pub(super) memory: u32,
}

impl Limits {
    fn of(application: &Application) -> Self {
        let node = application.node();
        let minutes = |minutes: i32| Duration::from_secs(u64::try_from(minutes).unwrap_or(0) * 60);
        let count = |count: i32| u32::try_from(count).unwrap_or(0);
        Self {
            idle: (!node.get(app::RUN_FOREVER)).then(|| minutes(node.get(app::SHUTDOWN_AFTER))),
            lifetime: Some(minutes(node.get(app::RECYCLE_LIFETIME_LIMIT))).filter(|limit| !limit.is_zero()),
            expiration: minutes(node.get(app::RECYCLE_EXPIRATION_TIMEOUT)),
            calls: count(node.get(app::RECYCLE_CALL_LIMIT)),
            activations: count(node.get(app::RECYCLE_ACTIVATION_LIMIT)),
            memory: count(node.get(app::RECYCLE_MEMORY_LIMIT)),
        }
    }
}

impl Instance {
    /// Starts a process for the application. Nobody is told yet.
    pub(super) fn start(machine: &Arc<Machine>, application: &Application) -> Arc<Self> {
        let process = machine.new_process();
        let mta_usage = process.apartments.increment_mta_usage(|| machine.new_context_number());
        let instance = Arc::new(Self {
            id: machine.instance_id(&process),
            application: application.id,
            name: application.name().into(),
            process: process.clone(),
            limits: Limits::of(application),
            state: Mutex::new(State::Running),
            arriving: AtomicU32::new(0),
            busy: AtomicU64::new(0),
            activations: AtomicU32::new(0),
            calls: AtomicU32::new(0),
            mta_usage,
        });
        process.set_instance(&instance);
        instance
    }

    /// How it stands; one whose process has died has ended.
    pub(crate) fn state(&self) -> State {
        if self.process.is_dead() { State::Stopped } else { *self.state.lock() }
    }

    /// Whether it has ended, or is about to: it serves nobody new.
    pub(crate) fn has_ended(&self) -> bool {
        matches!(self.state(), State::Stopping | State::Stopped)
    }

    /// Whether nobody outside holds anything in it, or is about to.
    pub(super) fn is_idle(&self) -> bool {
        self.arriving.load(Ordering::Acquire) == 0 && self.process.references.is_unused()
    }

    /// Tells what became of it.
    pub(super) fn tell(&self, machine: &Machine, step: ApplicationStep) {
        machine.emit_here(What::Application { application: self.application, instance: self.id, step });
    }
}
