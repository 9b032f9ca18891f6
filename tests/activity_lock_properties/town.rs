//! A machine with activity objects in which a program runs, and what can be seen of it from inside the calls.

use crate::program::{Kind, Program, Step};
use crate::support::{bound_sta, enter, mta, own_activity, sta, until};
use complus::{hresult::CONTEXT_E_WOULD_DEADLOCK, prelude::*};
use proptest::prelude::*;
use std::{
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering},
        mpsc,
    },
    time::Duration,
};

/// A program that takes longer has stopped for good.
const PATIENCE: Duration = Duration::from_secs(60);

/// Who works: a thread of the program, or an asynchronous call, which has a causality of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Who(usize);

pub(crate) struct Town {
    runtime: Runtime,
    pub(crate) objects: Vec<Activity>,
    places: Vec<Place>,
    nested: bool,
    names: AtomicUsize,
    made: AtomicUsize,
    ran: AtomicUsize,
    refused: AtomicUsize,
    /// Threads and asynchronous calls that are not over.
    open: AtomicUsize,
    wrong: Mutex<Vec<String>>,
}

/// What is seen of one activity, or of the object without one, from inside the calls.
#[derive(Default)]
struct Place {
    /// It is an activity: calls of different causalities keep apart.
    exclusive: bool,
    inside: Mutex<Option<(Who, usize)>>,
    /// The asynchronous calls in the order in which they were submitted.
    submitted: Mutex<Vec<Who>>,
    /// Those that have begun.
    begun: Mutex<Vec<Who>>,
}

impl Town {
    pub(crate) fn build(runtime: Runtime, program: &Program) -> Arc<Self> {
        let _bound = runtime.enter();
        let _apartment = Apartment::initialize(ApartmentModel::Multithreaded).unwrap();
        let pools = match program.kind {
            Kind::Mixture => vec![mta(), bound_sta(), sta()],
            Kind::Calls | Kind::Graph => vec![mta()],
        };
        // Both objects of an activity are made inside a domain, and share its activity.
        let domains: Vec<_> = (0..program.activities)
            .map(|n| {
                let domain = enter(&own_activity());
                let object = |place: usize| {
                    let config = pools[place % pools.len()].clone();
                    Activity::create(&config.synchronization(SynchronizationConfig::NewIfNecessary)).unwrap()
                };
                let both = [object(n), object(n + 1)];
                domain.leave().unwrap();
                both
            })
            .collect();
        let mut objects: Vec<_> =
            [0, 1].iter().flat_map(|which| domains.iter().map(move |both| both[*which].clone())).collect();
        objects.push(Activity::create(&mta()).unwrap());
        let exclusive = |n| Place { exclusive: n < program.activities, ..Place::default() };
        let places = (0..=program.activities).map(exclusive).collect();
        Arc::new(Self {
            runtime: runtime.clone(),
            objects,
            places,
            nested: program.kind != Kind::Mixture,
            names: AtomicUsize::new(0),
            made: AtomicUsize::new(0),
            ran: AtomicUsize::new(0),
            refused: AtomicUsize::new(0),
            open: AtomicUsize::new(0),
            wrong: Mutex::default(),
        })
    }

    /// Runs the program to its end; its threads take turns if they are `scheduled`.
    pub(crate) fn run(self: &Arc<Self>, program: &Program, scheduled: bool) {
        let (over, is_over) = mpsc::channel();
        let start = |body: Box<dyn FnOnce() + Send>| {
            let (runtime, over) = (self.runtime.clone(), over.clone());
            let thread = move || {
                let apartment = Apartment::initialize(ApartmentModel::Multithreaded).unwrap();
                body();
                drop(apartment);
                over.send(()).unwrap();
            };
            match scheduled {
                true => runtime.spawn(thread),
                false => std::thread::spawn(move || {
                    let _bound = runtime.enter();
                    thread();
                }),
            }
        };
        for steps in &program.threads {
            let (town, steps, who) = (self.clone(), steps.clone(), self.name());
            self.open.fetch_add(1, Ordering::SeqCst);
            start(Box::new(move || {
                town.steps(&steps, who, true);
                town.one_is_over();
            }));
        }
        let town = self.clone();
        start(Box::new(move || town.visit(scheduled)));
        self.runtime.start();
        for _ in 0..=program.threads.len() {
            is_over.recv_timeout(PATIENCE).expect("the program does not end");
        }
    }

    /// When everything is over every activity is free: whoever comes enters.
    fn visit(&self, scheduled: bool) {
        let over = || (self.open.load(Ordering::SeqCst) == 0).then_some(());
        if scheduled {
            self.runtime.block_until(over).expect("all threads wait for ever");
        } else {
            until(|| over().is_some());
        }
        self.objects.iter().for_each(|object| object.call(|| ()).unwrap());
        if scheduled {
            // The threads of the pools come to rest.
            self.runtime.advance(Duration::ZERO).unwrap();
        }
    }

    /// What is seen of the activity of an object.
    fn place(&self, object: usize) -> &Place {
        let activities = self.places.len() - 1;
        &self.places[if object == 2 * activities { activities } else { object % activities }]
    }

    fn name(&self) -> Who {
        Who(self.names.fetch_add(1, Ordering::SeqCst))
    }

    fn one_is_over(&self) {
        self.open.fetch_sub(1, Ordering::SeqCst);
        self.runtime.wake();
    }

    fn wrong(&self, what: String) {
        self.wrong.lock().unwrap().push(what);
    }

    fn steps(self: &Arc<Self>, steps: &[Step], who: Who, outermost: bool) {
        for step in steps {
            match step {
                Step::Switch => {
                    self.runtime.switch_point();
                    std::thread::yield_now();
                }
                Step::Call(object, inside) => self.call(*object, inside.clone(), who, outermost),
                Step::Submit(object, inside) => self.submit(*object, inside.clone()),
            }
        }
    }

    fn call(self: &Arc<Self>, object: usize, inside: Vec<Step>, who: Who, outermost: bool) {
        self.made.fetch_add(1, Ordering::SeqCst);
        let place = self.place(object);
        // Whoever enters from outside stands behind the asynchronous calls that are queued now (O6).
        let ahead = if outermost && place.exclusive { place.submitted.lock().unwrap().len() } else { 0 };
        let town = self.clone();
        let called = self.objects[object].call(move || {
            let begun = town.place(object).begun.lock().unwrap().len();
            if begun < ahead {
                town.wrong(format!("{who:?} passed {ahead} calls of {object}, of which {begun} had begun"));
            }
            town.inside(object, &inside, who);
        });
        match called {
            Ok(()) => {}
            Err(error) if error.hresult() == CONTEXT_E_WOULD_DEADLOCK => {
                self.refused.fetch_add(1, Ordering::SeqCst);
                self.runtime.note(&format!("would deadlock {object}"));
            }
            Err(error) => self.wrong(format!("{who:?} calls {object}: {error}")),
        }
    }

    fn submit(self: &Arc<Self>, object: usize, inside: Vec<Step>) {
        let (town, who) = (self.clone(), self.name());
        self.made.fetch_add(1, Ordering::SeqCst);
        self.open.fetch_add(1, Ordering::SeqCst);
        let mut submitted = self.place(object).submitted.lock().unwrap();
        submitted.push(who);
        let accepted = self.objects[object].asynchronous_call(move || {
            town.place(object).begun.lock().unwrap().push(who);
            town.inside(object, &inside, who);
            town.one_is_over();
        });
        drop(submitted);
        if let Err(error) = accepted {
            self.wrong(format!("{object} does not accept: {error}"));
        }
    }

    /// What runs inside a call.
    fn inside(self: &Arc<Self>, object: usize, steps: &[Step], who: Who) {
        self.ran.fetch_add(1, Ordering::SeqCst);
        let place = self.place(object);
        let enter = |inside: &mut Option<(Who, usize)>| match inside {
            Some((owner, depth)) if *owner == who => *depth += 1,
            Some(other) => self.wrong(format!("{who:?} enters {object} where {other:?} is")),
            None => *inside = Some((who, 1)),
        };
        if place.exclusive {
            enter(&mut place.inside.lock().unwrap());
        }
        if self.nested {
            self.steps(steps, who, false);
        } else {
            self.runtime.switch_point();
        }
        if place.exclusive {
            let mut inside = place.inside.lock().unwrap();
            *inside = match inside.take() {
                Some((owner, depth)) if owner == who => (depth > 1).then(|| (who, depth - 1)),
                other => {
                    self.wrong(format!("{who:?} leaves {object} where {other:?} is"));
                    other
                }
            };
        }
    }

    /// What has to hold when the program is over.
    pub(crate) fn check(&self) -> Result<(), TestCaseError> {
        let wrong = self.wrong.lock().unwrap();
        prop_assert!(wrong.is_empty(), "{:#?}", *wrong);
        prop_assert!(self.runtime.is_alive());
        let count = |counter: &AtomicUsize| counter.load(Ordering::SeqCst);
        prop_assert_eq!(count(&self.made), count(&self.ran) + count(&self.refused), "none is lost, none runs twice");
        prop_assert!(self.objects.iter().all(|object| object.waiting_calls() == 0));
        for place in &self.places {
            prop_assert_eq!(*place.inside.lock().unwrap(), None);
            if place.exclusive {
                let (submitted, begun) = (place.submitted.lock().unwrap(), place.begun.lock().unwrap());
                prop_assert_eq!(&*submitted, &*begun, "in the order of submission (O5)");
            }
        }
        prop_assert!(self.runtime.process().deadlocks().is_empty());
        Ok(())
    }
}
