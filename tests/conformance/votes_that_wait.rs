//! The vote of a brought transaction waits for participants that are in a call (TXN 11.2 rule 5, T-29).

use crate::support::{components::*, *};
use complus::{
    Activation, Activity, AgileReference, Reference, ResourceManager, Result, Runtime, RuntimeBuilder, Schedule,
    Transaction, TransactionOptions, VirtualClock, Vote, Voter,
    context::StreamState::{Aborted, Active, Committed},
    event::{Diagnostic, What},
    hresult::{CONTEXT_E_OLDREF, XACT_E_ABORTED},
    id::TransactionId,
    prelude::*,
};
use std::{
    sync::{Arc, Mutex},
    thread::JoinHandle,
    time::Duration,
};

const IN_ACTIVITY: &str = "transaction = \"disabled\"\nsynchronization = \"requires_new\"";
const CLASSES: [Row<'_>; 4] = [
    ("I", REQUIRED),
    ("S", SUPPORTED),
    ("C", IN_ACTIVITY),
    ("A", "transaction = \"disabled\"\nthreading_model = \"apartment\""),
];

/// Asked right before the participants: the vote has begun.
struct Begun(Latch);

impl Voter for Begun {
    fn vote(&self) -> bool {
        self.0.open();
        true
    }
}

/// A transaction of the client's own with this time-out in seconds, and what opens when it is about to commit.
fn begin(runtime: &Runtime, timeout: u32) -> (Transaction, Latch) {
    let options = TransactionOptions { timeout: Some(timeout), ..Default::default() };
    let transaction = runtime.transaction_manager().begin(options).unwrap();
    let voting = Latch::default();
    transaction.register_voter(Arc::new(Begun(voting.clone()))).unwrap();
    (transaction, voting)
}

fn bring(name: &str, transaction: &Transaction) -> AgileReference {
    agile(&Activation::of(clsid(name)).interface(PROBE).transaction(transaction).create().unwrap())
}

fn at(object: &AgileReference) -> Reference {
    object.resolve(PROBE).unwrap()
}

/// A method of the object that is running when this returns, on a thread of its own.
fn running<T: Send + 'static>(
    runtime: &Runtime,
    object: &AgileReference,
    run: impl FnOnce() -> Result<T> + Send + 'static,
) -> JoinHandle<Result<T>> {
    let (object, inside) = (object.clone(), Latch::default());
    let begun = inside.clone();
    let thread = mta_thread(runtime, move || {
        call(&at(&object), move || {
            begun.open();
            run()
        })
    });
    inside.wait();
    thread
}

/// A method that answers 7 once the latch is open.
fn held(runtime: &Runtime, object: &AgileReference) -> (Latch, JoinHandle<Result<u32>>) {
    let go = Latch::default();
    let open = go.clone();
    let called = running(runtime, object, move || {
        go.wait();
        Ok(7)
    });
    (open, called)
}

fn committing(runtime: &Runtime, transaction: &Transaction) -> JoinHandle<Result<()>> {
    let transaction = transaction.clone();
    mta_thread(runtime, move || transaction.commit())
}

fn waits(what: &What) -> bool {
    matches!(what, What::ActivityWaiting { .. })
}

#[test]
fn a_commit_reads_the_flags_of_a_participant_when_its_call_is_over() {
    for (before, after, outcome) in [
        ("nothing", "disable_commit", Aborted),
        ("disable_commit", "enable_commit", Committed),
        ("disable_commit", "set_complete", Committed),
        ("enable_commit", "set_abort", Aborted),
    ] {
        with_components(&CLASSES, |world, probes| {
            let (transaction, voting) = begin(&world.runtime, 0);
            let i = bring("I", &transaction);
            let called = running(&world.runtime, &i, move || {
                act(before);
                voting.wait();
                act(after);
                Ok(7)
            });
            let result = transaction.commit().map_err(|error| error.hresult());
            assert_eq!(called.join().unwrap(), Ok(7), "its own result");
            assert_eq!(result, if outcome == Committed { Ok(()) } else { Err(XACT_E_ABORTED) }, "{before} {after}");
            assert_eq!(transaction.state(), outcome);
            assert_eq!(probes.told(), ["create 1", "activate 1", "deactivate 1", "destroy 1"]);
            assert_eq!(code(call(&at(&i), || Ok(()))), CONTEXT_E_OLDREF);
            world.assert_diagnostics(&[]);
        });
    }
}

#[test]
fn it_waits_for_every_participant_also_for_those_that_come_meanwhile() {
    with_components(&CLASSES, |world, _| {
        let (transaction, voting) = begin(&world.runtime, 0);
        let (i, s) = (bring("I", &transaction), bring("S", &transaction));
        inside(&at(&s), || ());
        let called = running(&world.runtime, &i, move || {
            voting.wait();
            let child = create("I");
            inside(&child, || act("disable_commit"));
            Ok(agile(&child))
        });
        assert_eq!(code(transaction.commit()), XACT_E_ABORTED, "the child has a say");
        drop((called.join().unwrap().unwrap(), i, s));
    });
}

/// Tells that it prepares.
struct Preparing(Latch);

impl ResourceManager for Preparing {
    fn name(&self) -> &str {
        "preparing"
    }

    fn prepare(&self, _: TransactionId) -> Vote {
        self.0.open();
        Vote::Prepared
    }

    fn commit(&self, _: TransactionId) {}

    fn abort(&self, _: TransactionId) {}
}

#[test]
fn who_is_called_after_the_vote_finds_the_transaction_over() {
    with_components(&CLASSES, |world, _| {
        let (transaction, _) = begin(&world.runtime, 0);
        let i = bring("I", &transaction);
        inside(&at(&i), || ());
        let preparing = Latch::default();
        transaction.enlist(Arc::new(Preparing(preparing.clone()))).unwrap();
        let (begun, object) = (preparing.clone(), i.clone());
        let late = mta_thread(&world.runtime, move || {
            begun.wait();
            call(&at(&object), || Ok(()))
        });
        transaction.commit().unwrap();
        assert_eq!(code(late.join().unwrap()), CONTEXT_E_OLDREF);
    });
}

#[test]
fn it_waits_as_long_as_the_transaction_lasts() {
    with_components(&CLASSES, |world, _| {
        if !world.is_virtual() {
            return;
        }
        let (transaction, voting) = begin(&world.runtime, 20);
        let i = bring("I", &transaction);
        let (open, called) = held(&world.runtime, &i);
        let committing = committing(&world.runtime, &transaction);
        voting.wait();
        world.runtime.advance(Duration::from_millis(19_999)).unwrap();
        assert_eq!(transaction.state(), Active);
        world.runtime.advance(Duration::from_millis(1)).unwrap();
        assert_eq!(transaction.state(), Aborted);
        assert_eq!(code(committing.join().unwrap()), XACT_E_ABORTED, "while the call is still running");
        open.open();
        assert_eq!(called.join().unwrap(), Ok(7));
        world.assert_diagnostics(&[]);
    });
}

/// The same on machines that wait as long as `patience`, if it is not the default.
fn with_patience(patience: Option<Duration>, test: impl Fn(&World) + Sync) {
    let build = |builder: RuntimeBuilder| {
        let builder = builder.catalog(catalog(QUIET, &CLASSES));
        match patience {
            Some(patience) => builder.vote_wait(patience),
            None => builder,
        }
    };
    every_bare_machine(build, |world| {
        Probes::default().register(&world.runtime);
        let _apartment = Apartment::initialize(ApartmentModel::Multithreaded).unwrap();
        test(world);
    });
}

#[test]
fn a_transaction_without_end_is_refused_after_a_while() {
    for patience in [None, Some(Duration::from_millis(50))] {
        with_patience(patience, |world| {
            let longest = patience.unwrap_or(Duration::from_secs(5));
            if patience.is_none() && !world.is_virtual() {
                return; // five seconds are long
            }
            let (transaction, _) = begin(&world.runtime, 0);
            let i = bring("I", &transaction);
            let (open, called) = held(&world.runtime, &i);
            let committing = committing(&world.runtime, &transaction);
            if world.is_virtual() && world.observed {
                until(|| world.log.events().iter().any(|event| waits(&event.what)));
                world.runtime.advance(longest - Duration::from_millis(1)).unwrap();
                assert_eq!(transaction.state(), Active);
                world.runtime.advance(Duration::from_millis(1)).unwrap();
            } else if world.is_virtual() {
                until(|| {
                    world.runtime.advance(longest).unwrap();
                    transaction.state() != Active
                });
            }
            assert_eq!(code(committing.join().unwrap()), XACT_E_ABORTED, "while the call is still running");
            open.open();
            assert_eq!(called.join().unwrap(), Ok(7));
            world.assert_diagnostics(&[Diagnostic::ParticipantInCall]);
        });
    }
}

#[test]
fn an_abort_ends_the_wait() {
    with_components(&CLASSES, |world, _| {
        let (transaction, voting) = begin(&world.runtime, 0);
        let i = bring("I", &transaction);
        let (open, called) = held(&world.runtime, &i);
        let committing = committing(&world.runtime, &transaction);
        voting.wait();
        transaction.participant().abort().unwrap();
        assert_eq!(code(committing.join().unwrap()), XACT_E_ABORTED, "while the call is still running");
        open.open();
        assert_eq!(called.join().unwrap(), Ok(7));
        world.assert_diagnostics(&[]);
    });
}

#[test]
fn a_participant_that_commits_its_own_transaction_refuses() {
    with_components(&CLASSES, |world, _| {
        let (transaction, _) = begin(&world.runtime, 0);
        let i = at(&bring("I", &transaction));
        let own = transaction.clone();
        let result = inside(&i, move || own.commit());
        assert_eq!(code(result), XACT_E_ABORTED, "the call cannot end before the vote (T-29)");
        assert_eq!(transaction.state(), Aborted);
        world.assert_diagnostics(&[Diagnostic::ParticipantWaitsForVote]);
    });
}

#[test]
fn a_participant_that_waits_for_who_commits_refuses() {
    with_components(&CLASSES, |world, _| {
        if !world.observed {
            return; // nobody sees that it waits
        }
        let (transaction, voting) = begin(&world.runtime, 0);
        let (i, c) = (bring("I", &transaction), agile(&create("C")));
        let (busy, log, own, runtime) = (c.clone(), world.log.clone(), transaction.clone(), world.runtime.clone());
        let (result, called) = inside(&at(&c), move || {
            let called = running(&runtime, &i, move || call(&at(&busy), || Ok(7)));
            until(|| log.events().iter().any(|event| waits(&event.what)));
            (own.commit(), called)
        });
        assert_eq!(code(result), XACT_E_ABORTED);
        assert_eq!(called.join().unwrap(), Ok(7), "it goes on when that is gone");
        voting.wait();
        world.assert_diagnostics(&[Diagnostic::ParticipantWaitsForVote]);
    });
}

#[test]
fn an_sta_serves_its_queue_while_it_waits_for_a_participant() {
    with_components(&CLASSES, |world, _| {
        let (transaction, voting) = begin(&world.runtime, 0);
        let i = bring("I", &transaction);
        let (process, runtime) = (world.runtime.process(), world.runtime.clone());
        let committing = std::thread::spawn(move || {
            let _bound = process.enter();
            let _apartment = Apartment::initialize(ApartmentModel::ApartmentThreaded).unwrap();
            let home = std::thread::current().id();
            let a = agile(&create("A"));
            let called = running(&runtime, &i, move || {
                voting.wait();
                call(&at(&a), || Ok(std::thread::current().id()))
            });
            let result = transaction.commit();
            assert_eq!(called.join().unwrap(), Ok(home));
            result
        });
        assert_eq!(committing.join().unwrap(), Ok(()));
    });
}

#[test]
fn a_thread_of_nowhere_commits_like_any_other() {
    with_components(&CLASSES, |world, probes| {
        let (transaction, voting) = begin(&world.runtime, 0);
        let i = bring("I", &transaction);
        let called = running(&world.runtime, &i, move || {
            act("disable_commit");
            voting.wait();
            act("enable_commit");
            Ok(())
        });
        let own = transaction.clone();
        assert_eq!(std::thread::spawn(move || own.commit()).join().unwrap(), Ok(()));
        called.join().unwrap().unwrap();
        assert_eq!(probes.told(), ["create 1", "activate 1", "deactivate 1", "destroy 1"]);
    });
}

#[test]
fn it_waits_for_the_calls_of_an_activity_object() {
    for (before, after, outcome) in
        [("nothing", "disable_commit", Aborted), ("disable_commit", "enable_commit", Committed)]
    {
        every_mta_machine(|world| {
            let (transaction, voting) = begin(&world.runtime, 0);
            let activity = Activity::create(&mta().bring_your_own_transaction(&transaction)).unwrap();
            let (inside, result) = (Latch::default(), Arc::new(Mutex::new(None)));
            let (begun, kept) = (inside.clone(), result.clone());
            activity
                .asynchronous_call(move || {
                    begun.open();
                    act(before);
                    voting.wait();
                    act(after);
                    *kept.lock().unwrap() = Some(());
                })
                .unwrap();
            inside.wait();
            let committed = transaction.commit().is_ok();
            assert!(result.lock().unwrap().is_some(), "the call is over");
            assert_eq!((committed, transaction.state()), (outcome == Committed, outcome));
        });
    }
}

#[test]
fn it_takes_turns_under_a_deterministic_schedule() {
    let run = |seed| {
        let log = Recorder::default();
        let builder = Runtime::builder().seed(1).clock(VirtualClock::new()).schedule(Schedule::Deterministic(seed));
        let runtime = builder.observer(log.observer()).catalog(catalog(QUIET, &CLASSES)).build().unwrap();
        let probes = Probes::default();
        probes.register(&runtime);
        let (transaction, _) = begin(&runtime, 0);
        let (turns, spawning, own) = (runtime.clone(), runtime.clone(), runtime.clone());
        let thread = runtime.spawn(move || {
            let _mta = complus::increment_mta_usage().unwrap(); // it stays until the machine ends
            let i = bring("I", &transaction);
            let called = spawning.spawn(move || {
                let _apartment = Apartment::initialize(ApartmentModel::Multithreaded).unwrap();
                call(&at(&i), move || {
                    act("disable_commit");
                    (0..3).for_each(|_| turns.switch_point());
                    act("enable_commit");
                    Ok(())
                })
            });
            (0..2).for_each(|_| own.switch_point());
            let result = transaction.commit().map_err(|error| error.hresult());
            (result, called)
        });
        runtime.start();
        let (result, called) = thread.join().unwrap();
        let results = (result, called.join().unwrap().map_err(|error| error.hresult()));
        // Threads of the pool may let go of what is left while the machine ends.
        let mut story = log.take();
        let over = story.iter().position(|event| event.what == What::TransactionCommitted).unwrap();
        story.truncate(over + 1);
        (results, story)
    };
    let (mut waited, mut late) = (0, 0);
    for seed in 0..40 {
        let (first, again) = (run(seed), run(seed));
        assert!(first == again, "{seed}");
        // It commits in any case: before the call, which is too late then, or after it.
        assert!([(Ok(()), Ok(())), (Ok(()), Err(CONTEXT_E_OLDREF))].contains(&first.0), "{seed}: {:?}", first.0);
        waited += u32::from(first.1.iter().any(|event| waits(&event.what)));
        late += u32::from(first.0.1.is_err());
    }
    assert!(waited > 0 && late > 0, "{waited} waits, {late} calls that came too late");
}
