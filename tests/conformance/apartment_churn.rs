//! Apartments that come and go, against a model of SYN 6.8.

use crate::support::*;
use complus::{
    MtaUsageCookie,
    attribute::{ApartmentType, ApartmentTypeQualifier as Qualifier, CoInit, ThreadType},
    com::*,
    hresult::*,
    prelude::*,
    rules::context_interface::ContextInterface,
};
use proptest::{collection::vec, prelude::*};
use std::{
    sync::mpsc,
    thread::{self, JoinHandle},
};

/// A step that some thread takes.
#[derive(Clone, Copy, Debug)]
enum Step {
    Initialize(CoInit),
    Uninitialize,
    Increment,
    /// Gives back the cookie at this place, if there is one.
    Decrement(usize),
    /// The thread ends as it is, and a new one takes its place.
    End,
}

fn steps() -> impl Strategy<Value = Vec<(usize, Step)>> {
    let step = prop_oneof![
        3 => Just(Step::Initialize(CoInit::APARTMENT_THREADED)),
        3 => Just(Step::Initialize(CoInit::MULTITHREADED)),
        5 => Just(Step::Uninitialize),
        1 => Just(Step::Increment),
        2 => (0..3_usize).prop_map(Step::Decrement),
        1 => Just(Step::End),
    ];
    vec((0..4_usize, step), 1..60)
}

/// What a thread is told: the code, type and qualifier, and what IComThreadingInfo says.
type Told = (HResult, ApartmentType, Qualifier, Option<ThreadType>);

fn told() -> Told {
    let (mut apartment, mut qualifier) = (ApartmentType::Na, Qualifier::ApplicationSta);
    let result = co_get_apartment_type(Some(&mut apartment), Some(&mut qualifier));
    let info = co_get_object_context(ContextInterface::ComThreadingInfo.iid()).ok();
    let thread = info.and_then(|info| info.threading_info()?.current_thread_type().ok());
    (result.map_or_else(|error| error.hresult(), |()| S_OK), apartment, qualifier, thread)
}

/// A thread that does what it is told.
struct Actor {
    orders: mpsc::Sender<Box<dyn FnOnce() + Send>>,
    thread: JoinHandle<()>,
}

impl Actor {
    fn start(runtime: &Runtime) -> Self {
        let (orders, ordered) = mpsc::channel::<Box<dyn FnOnce() + Send>>();
        let runtime = runtime.clone();
        let thread = thread::spawn(move || {
            let _bound = runtime.enter();
            ordered.into_iter().for_each(|order| order());
        });
        Self { orders, thread }
    }

    fn does<T: Send + 'static>(&self, order: impl FnOnce() -> T + Send + 'static) -> T {
        let (tell, hear) = mpsc::channel();
        self.orders.send(Box::new(move || tell.send(order()).unwrap())).unwrap();
        hear.recv().unwrap()
    }

    fn end(self) {
        drop(self.orders);
        self.thread.join().unwrap();
    }
}

/// What the process is like.
#[derive(Default)]
struct Model {
    /// Of each thread, the model and how often it was initialised.
    threads: [Option<(CoInit, u32)>; 4],
    main: Option<usize>,
    cookies: usize,
}

impl Model {
    fn initialize(&mut self, thread: usize, flags: CoInit) -> HResult {
        match &mut self.threads[thread] {
            Some((own, count)) if *own == flags => {
                *count += 1;
                S_FALSE
            }
            Some(_) => RPC_E_CHANGED_MODE,
            fresh => {
                *fresh = Some((flags, 1));
                if flags == CoInit::APARTMENT_THREADED {
                    self.main.get_or_insert(thread);
                }
                S_OK
            }
        }
    }

    fn uninitialize(&mut self, thread: usize) {
        match &mut self.threads[thread] {
            Some((_, count)) if *count > 1 => *count -= 1,
            _ => self.leave(thread),
        }
    }

    fn leave(&mut self, thread: usize) {
        self.threads[thread] = None;
        self.main = self.main.filter(|main| *main != thread);
    }

    fn told(&self, thread: usize) -> Told {
        let in_mta = |it: &Option<(CoInit, u32)>| it.is_some_and(|(flags, _)| flags == CoInit::MULTITHREADED);
        let has_mta = self.cookies > 0 || self.threads.iter().any(in_mta);
        let (blocks, pumps) = (Some(ThreadType::BlockMessages), Some(ThreadType::ProcessMessages));
        match self.threads[thread] {
            None if has_mta => (S_OK, ApartmentType::Mta, Qualifier::ImplicitMta, blocks),
            None => (CO_E_NOTINITIALIZED, ApartmentType::Current, Qualifier::None, None),
            Some((CoInit::MULTITHREADED, _)) => (S_OK, ApartmentType::Mta, Qualifier::None, blocks),
            Some(_) if self.main == Some(thread) => (S_OK, ApartmentType::MainSta, Qualifier::None, pumps),
            Some(_) => (S_OK, ApartmentType::Sta, Qualifier::None, pumps),
        }
    }
}

fn run(runtime: &Runtime, steps: &[(usize, Step)]) {
    let mut actors = [0; 4].map(|_| Actor::start(runtime));
    let (mut model, mut cookies) = (Model::default(), Vec::<MtaUsageCookie>::new());
    for &(thread, step) in steps {
        let actor = &mut actors[thread];
        match step {
            Step::Initialize(flags) => {
                let result = actor.does(move || co_initialize_ex(None, flags));
                let result = result.unwrap_or_else(|error| error.hresult());
                assert_eq!(result, model.initialize(thread, flags), "{thread} {step:?}");
            }
            Step::Uninitialize => {
                actor.does(co_uninitialize);
                model.uninitialize(thread);
            }
            Step::Increment => {
                cookies.push(actor.does(|| co_increment_mta_usage().unwrap()));
                model.cookies += 1;
            }
            Step::Decrement(place) if place < cookies.len() => {
                let cookie = cookies.swap_remove(place);
                actor.does(move || co_decrement_mta_usage(cookie).unwrap());
                model.cookies -= 1;
            }
            Step::Decrement(_) => {}
            Step::End => {
                std::mem::replace(actor, Actor::start(runtime)).end();
                model.leave(thread);
            }
        }
        for (thread, actor) in actors.iter().enumerate() {
            assert_eq!(actor.does(told), model.told(thread), "{thread} after {step:?}");
        }
    }
    actors.into_iter().for_each(Actor::end);
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn syn_j4_apartments_come_and_go_as_the_model_says(steps in steps()) {
        every_bare_machine(|builder| builder, |world| run(&world.runtime, &steps));
    }
}
