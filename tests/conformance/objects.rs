//! Objects to hold references to, and threads for them to live on.

use crate::support::*;
use complus::{
    ClassFactory, ContextCallback, ContextToken, Error, ExternalConnection, MessageQueue, Method, Object, Reference,
    context_token, iid, message_loop, prelude::*,
};
use std::{
    sync::{
        Arc, Mutex, Weak,
        atomic::{AtomicBool, AtomicI32, Ordering},
        mpsc,
    },
    thread::{self, JoinHandle, ThreadId},
};
use uuid::Uuid;

/// An interface of the probes.
pub(crate) const IID_PROBE: Uuid = Uuid::from_u128(0x0a11_ce00_0000_4000_8000_0000_0000_0001);
/// Another one.
pub(crate) const IID_OTHER: Uuid = Uuid::from_u128(0x0a11_ce00_0000_4000_8000_0000_0000_0002);
/// One that the probes have, and nobody marshals.
pub(crate) const IID_UNMARSHALABLE: Uuid = Uuid::from_u128(0x0a11_ce00_0000_4000_8000_0000_0000_0003);
/// One that they do not have.
pub(crate) const IID_MISSING: Uuid = Uuid::from_u128(0x0a11_ce00_0000_4000_8000_0000_0000_0004);

/// A method of the probes.
pub(crate) const PROBE_METHOD: Method = Method { interface: IID_PROBE, number: 3 };

/// What an object with IExternalConnection was told.
#[derive(Default)]
pub(crate) struct Connections {
    count: AtomicI32,
    last_release_closes: AtomicBool,
}

impl Connections {
    /// How many there are.
    pub(crate) fn count(&self) -> i32 {
        self.count.load(Ordering::SeqCst)
    }

    /// What the last release said.
    pub(crate) fn last_release_closes(&self) -> bool {
        self.last_release_closes.load(Ordering::SeqCst)
    }
}

impl ExternalConnection for Connections {
    fn add_connection(&self) {
        self.count.fetch_add(1, Ordering::SeqCst);
    }

    fn release_connection(&self, last_release_closes: bool) {
        self.count.fetch_sub(1, Ordering::SeqCst);
        self.last_release_closes.store(last_release_closes, Ordering::SeqCst);
    }
}

/// Where something ran.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Ran {
    pub(crate) thread: ThreadId,
    pub(crate) token: ContextToken,
}

impl Ran {
    pub(crate) fn here() -> Self {
        Self { thread: thread::current().id(), token: context_token().unwrap() }
    }
}

/// An object that tells where its methods run, and where it ends.
#[derive(Default)]
pub(crate) struct Probe {
    pub(crate) external: Option<Arc<Connections>>,
    pub(crate) free_threaded: bool,
    pub(crate) no_marshal: bool,
    _ending: Ending,
}

/// Tells where it ends.
#[derive(Default)]
struct Ending(Option<mpsc::Sender<Option<Ran>>>);

impl Probe {
    /// An object, and who tells whether it is there.
    pub(crate) fn make() -> (Arc<Self>, Weak<Self>) {
        Self::default().share()
    }

    /// One with IExternalConnection.
    pub(crate) fn connected() -> (Arc<Self>, Weak<Self>, Arc<Connections>) {
        let connections = Arc::<Connections>::default();
        let (object, weak) = Self { external: Some(connections.clone()), ..Self::default() }.share();
        (object, weak, connections)
    }

    /// One that aggregates the free-threaded marshaler.
    pub(crate) fn free() -> (Arc<Self>, Weak<Self>) {
        Self { free_threaded: true, ..Self::default() }.share()
    }

    /// One with INoMarshal.
    pub(crate) fn refusing() -> (Arc<Self>, Weak<Self>) {
        Self { no_marshal: true, ..Self::default() }.share()
    }

    fn share(self) -> (Arc<Self>, Weak<Self>) {
        let object = Arc::new(self);
        let weak = Arc::downgrade(&object);
        (object, weak)
    }

    /// One that tells where it ends.
    pub(crate) fn told() -> (Arc<Self>, mpsc::Receiver<Option<Ran>>) {
        let (ended, tells) = mpsc::channel();
        (Arc::new(Self { _ending: Ending(Some(ended)), ..Self::default() }), tells)
    }

    /// A method.
    pub(crate) fn whereabouts(&self) -> Ran {
        Ran::here()
    }
}

impl Drop for Ending {
    fn drop(&mut self) {
        if let Some(ended) = &self.0 {
            let ran = context_token().ok().map(|token| Ran { thread: thread::current().id(), token });
            let _ = ended.send(ran);
        }
    }
}

impl Object for Probe {
    fn supports(&self, interface: Uuid) -> bool {
        [IID_PROBE, IID_OTHER, IID_UNMARSHALABLE].contains(&interface)
    }

    fn is_marshalable(&self, interface: Uuid) -> bool {
        interface != IID_UNMARSHALABLE && self.supports(interface)
    }

    fn external_connection(&self) -> Option<&dyn ExternalConnection> {
        self.external.as_deref().map(|connections| connections as _)
    }

    fn is_free_threaded(&self) -> bool {
        self.free_threaded
    }

    fn no_marshal(&self) -> bool {
        self.no_marshal
    }
}

/// A class object of probes.
#[derive(Default)]
pub(crate) struct ProbeClass {
    /// The probes that it made.
    pub(crate) made: Mutex<Vec<Weak<Probe>>>,
}

impl ClassFactory for ProbeClass {
    fn create_instance(&self) -> Result<Arc<dyn Object>, Error> {
        let (object, weak) = Probe::make();
        self.made.lock().unwrap().push(weak);
        Ok(object)
    }
}

impl Object for ProbeClass {
    fn supports(&self, interface: Uuid) -> bool {
        interface == iid::CLASS_FACTORY
    }

    fn class_factory(&self) -> Option<&dyn ClassFactory> {
        Some(self)
    }
}

/// Calls a probe's method.
pub(crate) fn whereabouts(reference: &Reference) -> complus::Result<Ran> {
    reference.call_as(PROBE_METHOD, |probe: &Probe| Ok(probe.whereabouts()))
}

/// A thread that does what it is asked; one with an STA serves calls meanwhile.
pub(crate) struct Host {
    asks: Asks,
    thread: JoinHandle<()>,
    /// Where it runs what it is asked, if it is in an apartment.
    pub(crate) ran: Option<Ran>,
}

/// How a thread is asked.
enum Asks {
    /// By calls to its STA.
    Calls(ContextCallback, MessageQueue),
    /// Through a channel, so that nobody but it runs what it is asked.
    Tasks(mpsc::Sender<Box<dyn FnOnce() + Send>>),
}

impl Host {
    /// A thread with an STA.
    pub(crate) fn sta(world: &World) -> Self {
        Self::start(world, Some(ApartmentModel::ApartmentThreaded), true)
    }

    /// A thread with an STA that ends without CoUninitialize.
    pub(crate) fn careless_sta(world: &World) -> Self {
        Self::start(world, Some(ApartmentModel::ApartmentThreaded), false)
    }

    /// A thread in the MTA.
    pub(crate) fn mta(world: &World) -> Self {
        Self::start(world, Some(ApartmentModel::Multithreaded), true)
    }

    /// A thread that does not initialise COM.
    pub(crate) fn bare(world: &World) -> Self {
        Self::start(world, None, true)
    }

    fn start(world: &World, model: Option<ApartmentModel>, balanced: bool) -> Self {
        let runtime = world.runtime.clone();
        let (started, starts) = mpsc::channel();
        let thread = thread::spawn(move || {
            let bound = runtime.enter();
            let apartment = model.map(|model| Apartment::initialize(model).unwrap());
            let ran = apartment.is_some().then(Ran::here);
            match model {
                Some(ApartmentModel::ApartmentThreaded) => {
                    let queue = MessageQueue::current().unwrap();
                    started.send((Asks::Calls(ContextCallback::current().unwrap(), queue), ran)).unwrap();
                    message_loop().unwrap();
                }
                _ => {
                    let (ask, asked) = mpsc::channel::<Box<dyn FnOnce() + Send>>();
                    started.send((Asks::Tasks(ask), ran)).unwrap();
                    asked.iter().for_each(|task| task());
                }
            }
            if balanced {
                drop(apartment);
            } else {
                apartment.into_iter().for_each(Apartment::forget);
                std::mem::forget(bound);
            }
        });
        let (asks, ran) = starts.recv().unwrap();
        Self { asks, thread, ran }
    }

    /// Runs `body` there and gives what it gives.
    pub(crate) fn run<T: Send + 'static>(&self, body: impl FnOnce() -> T + Send + 'static) -> T {
        let (answer, answers) = mpsc::channel();
        let task = move || answer.send(body()).unwrap();
        match &self.asks {
            Asks::Calls(door, _) => drop(door.call(PROBE_METHOD, task).unwrap()),
            Asks::Tasks(ask) => ask.send(Box::new(task)).unwrap(),
        }
        answers.recv().unwrap()
    }

    /// The thread ends.
    pub(crate) fn end(self) {
        match self.asks {
            Asks::Calls(_, queue) => queue.post_quit().unwrap(),
            Asks::Tasks(ask) => drop(ask),
        }
        self.thread.join().unwrap();
    }
}

/// A stream for a probe that was made by `host`, and what tells whether the probe is there.
pub(crate) fn exported(host: &Host) -> (complus::Stream, Weak<Probe>) {
    host.run(|| {
        let (object, weak) = Probe::make();
        let reference = Reference::new(object).unwrap();
        (complus::Stream::between_threads(&reference, IID_PROBE).unwrap(), weak)
    })
}
