//! A probe that tells where it runs, and hosts to make it on.

#[path = "../support/mod.rs"]
mod shared;

pub(crate) use shared::*;

use complus::{
    ContextCallback, ContextToken, Marshal, MessageQueue, Method, Result, context_token, message_loop, prelude::*,
};
use std::{
    sync::mpsc,
    thread::{self, JoinHandle, ThreadId},
};

/// Where something ran.
#[derive(Clone, Copy, Debug, PartialEq, Marshal)]
pub(crate) struct Ran {
    pub(crate) thread: ThreadId,
    pub(crate) token: ContextToken,
}

impl Ran {
    pub(crate) fn here() -> Self {
        Self { thread: thread::current().id(), token: context_token().unwrap() }
    }
}

/// Tells where it runs, keeps another one, and calls it.
#[complus::interface]
pub(crate) trait Probe {
    fn whereabouts(&self) -> Result<Ran>;
    fn keep(&self, other: Option<Ref<dyn Probe>>) -> Result<()>;
    fn kept(&self) -> Result<Option<Ref<dyn Probe>>>;
    fn is_kept_direct(&self) -> Result<bool>;
    fn same_as_kept(&self, other: Ref<dyn Probe>) -> Result<bool>;
    fn visit(&self, other: Ref<dyn Probe>) -> Result<Ran>;
}

/// Another interface of the probes.
#[complus::interface]
pub(crate) trait Named {
    fn name(&self) -> Result<String>;
    fn rename(&self, name: String) -> Result<String>;
}

/// An interface that no probe has.
#[complus::interface]
pub(crate) trait Missing {
    fn nothing(&self) -> Result<()>;
}

/// What a probe has in mind.
#[derive(Default)]
pub(crate) struct Mind {
    kept: Option<Ref<dyn Probe>>,
    name: String,
}

/// Components of every threading model, all alike.
macro_rules! probes {
    ($($name:ident($($arguments:tt)*);)+) => {$(
        #[complus::component(interfaces(Probe, Named), transaction = Disabled, event_tracking = false, $($arguments)*)] // no reason for a context of its own
        #[derive(Default)]
        pub(crate) struct $name(ActivityCell<Mind>);

        impl Probe for $name {
            fn whereabouts(&self) -> Result<Ran> {
                Ok(Ran::here())
            }
            fn keep(&self, other: Option<Ref<dyn Probe>>) -> Result<()> {
                self.0.with(|mind| mind.kept = other)
            }
            fn kept(&self) -> Result<Option<Ref<dyn Probe>>> {
                self.0.with(|mind| mind.kept.clone())
            }
            fn is_kept_direct(&self) -> Result<bool> {
                self.0.with(|mind| mind.kept.as_ref().is_some_and(|kept| !kept.is_proxy()))
            }
            fn same_as_kept(&self, other: Ref<dyn Probe>) -> Result<bool> {
                self.0.with(|mind| mind.kept.as_ref() == Some(&other))
            }
            fn visit(&self, other: Ref<dyn Probe>) -> Result<Ran> {
                other.whereabouts()
            }
        }

        impl Named for $name {
            fn name(&self) -> Result<String> {
                self.0.with(|mind| mind.name.clone())
            }
            fn rename(&self, name: String) -> Result<String> {
                self.0.with(|mind| std::mem::replace(&mut mind.name, name))
            }
        }
    )+};
}
probes! {
    BothProbe(prog_id = "Probes.Both", threading = Both);
    FreeProbe(prog_id = "Probes.Free", threading = Free);
    NeutralProbe(prog_id = "Probes.Neutral", threading = Neutral);
    ApartmentProbe(prog_id = "Probes.Apartment", threading = Apartment);
    MainProbe(prog_id = "Probes.Main", threading = Main);
    AgileProbe(prog_id = "Probes.Agile", free_threaded_marshaler);
}

/// Installs them all.
pub(crate) fn install_probes(world: &World) {
    let runtime = &world.runtime;
    runtime.install::<BothProbe>().unwrap();
    runtime.install::<FreeProbe>().unwrap();
    runtime.install::<NeutralProbe>().unwrap();
    runtime.install::<ApartmentProbe>().unwrap();
    runtime.install::<MainProbe>().unwrap();
    runtime.install::<AgileProbe>().unwrap();
}

/// A thread with an STA that serves calls.
pub(crate) struct Sta {
    door: ContextCallback,
    queue: MessageQueue,
    thread: JoinHandle<()>,
    pub(crate) ran: Ran,
}

impl Sta {
    pub(crate) fn start(world: &World) -> Self {
        let runtime = world.runtime.clone();
        let (started, starts) = mpsc::channel();
        let thread = thread::spawn(move || {
            let _bound = runtime.enter();
            let _apartment = Apartment::initialize(ApartmentModel::ApartmentThreaded).unwrap();
            let queue = MessageQueue::current().unwrap();
            started.send((ContextCallback::current().unwrap(), queue, Ran::here())).unwrap();
            message_loop().unwrap();
        });
        let (door, queue, ran) = starts.recv().unwrap();
        Self { door, queue, thread, ran }
    }

    /// Runs `body` there, and gives what it gives.
    pub(crate) fn run<T: Send + 'static>(&self, body: impl FnOnce() -> T + Send + 'static) -> T {
        const DOOR: Method = Method { interface: uuid::Uuid::from_u128(0xd00d), number: 5 };
        let (answer, answers) = mpsc::channel();
        self.door.call(DOOR, move || answer.send(body()).unwrap()).unwrap();
        answers.recv().unwrap()
    }

    /// A probe that lives there, as this context sees it.
    pub(crate) fn probe(&self) -> Ref<dyn Probe> {
        let made = self.run(|| Ref::<dyn Probe>::new(BothProbe::default()).unwrap().pack().unwrap());
        Ref::unpack(made).unwrap()
    }

    pub(crate) fn end(self) {
        self.queue.post_quit().unwrap();
        self.thread.join().unwrap();
    }
}
