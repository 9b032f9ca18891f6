//! The class registration database is administered in COM+ transactions (SEC A.8), and follows a file that changes.

mod support;

use complus::{
    VolatileStore,
    catalog::{Administrator, Catalog, CatalogFile, LoadError, Look, Options, schema::machine},
    context::StreamState,
    hresult::{
        COMADMIN_E_REGDB_SYSTEMERR, XACT_E_ABORTED, XACT_E_ABORTING, XACT_E_COMMITPREVENTED, XACT_E_NOTRANSACTION,
    },
    prelude::*,
};
use std::{
    fs,
    sync::{Arc, Mutex},
    time::Duration,
};
use support::*;

/// Writes the description of the machine.
fn describe(administrator: &Administrator, text: &str) -> complus::Result<()> {
    let mut computer = administrator.collection("LocalComputer")?;
    computer.populate()?;
    computer.item_mut(0)?.put("Description", text)?;
    computer.save_changes().result
}

/// The committed description.
fn description(runtime: &Runtime) -> String {
    runtime.catalog().snapshot().root().machine().get(machine::DESCRIPTION).to_string()
}

/// The description as an administrator sees it.
fn seen_by(administrator: &Administrator) -> String {
    administrator.view().machine().get(machine::DESCRIPTION).to_string()
}

/// Every machine, with a database whose writers wait for each other so long.
fn every_machine_whose_writers_wait(wait: Option<Duration>, test: impl Fn(&World) + Sync) {
    let catalog = || Catalog::new(Options { writer_wait: wait, ..Options::default() });
    every_machine_with(|builder| builder.catalog(catalog()), test);
}

/// Writers do not wait.
fn every_impatient_machine(test: impl Fn(&World) + Sync) {
    every_machine_whose_writers_wait(Some(Duration::ZERO), test);
}

#[test]
fn changes_become_visible_together_when_the_domain_commits() {
    every_impatient_machine(|world| {
        let runtime = &world.runtime;
        let before = runtime.catalog().generation();
        let domain = enter(&root());
        describe(&runtime.administer().unwrap(), "first").unwrap();
        describe(&runtime.administer().unwrap(), "second").unwrap();
        assert_eq!(seen_by(&runtime.administer().unwrap()), "second", "the interim state is the transaction's");
        assert_eq!((description(runtime).as_str(), runtime.catalog().generation()), ("", before));
        assert_eq!(code(describe(&runtime.catalog().administer(), "other")), COMADMIN_E_REGDB_SYSTEMERR);
        assert_eq!(domain.leave().unwrap(), TransactionStatus::Committed);
        assert_eq!((description(runtime).as_str(), runtime.catalog().generation()), ("second", before + 1));
        describe(&runtime.administer().unwrap(), "free").unwrap();
        assert_eq!(description(runtime), "free", "without a transaction a save is visible at once");
    });
}

#[test]
fn changes_vanish_when_the_domain_aborts_and_hold_nothing() {
    every_impatient_machine(|world| {
        let runtime = &world.runtime;
        let before = runtime.catalog().generation();
        let domain = enter(&root());
        let inside = runtime.administer().unwrap();
        describe(&inside, "inside").unwrap();
        here().set_abort().unwrap();
        assert_eq!(domain.leave().unwrap(), TransactionStatus::Aborted);
        assert_eq!((description(runtime).as_str(), runtime.catalog().generation()), ("", before));
        assert_eq!(seen_by(&inside), "", "what is left of it sees the committed state");
        assert_eq!(code(describe(&inside, "too late")), XACT_E_NOTRANSACTION);
        describe(&runtime.administer().unwrap(), "free").unwrap();
    });
}

#[test]
fn a_transaction_that_only_reads_changes_and_holds_nothing() {
    every_impatient_machine(|world| {
        let runtime = &world.runtime;
        let before = runtime.catalog().generation();
        let domain = enter(&root());
        let inside = runtime.administer().unwrap();
        assert_eq!(seen_by(&inside), "");
        describe(&runtime.catalog().administer(), "other").unwrap();
        assert_eq!(seen_by(&inside), "other", "it has no interim state");
        assert_eq!(domain.leave().unwrap(), TransactionStatus::Committed);
        assert_eq!(runtime.catalog().generation(), before + 1);
        assert_eq!(code(describe(&inside, "too late")), XACT_E_NOTRANSACTION);
    });
}

#[test]
fn joined_contexts_share_the_interim_state_and_independent_ones_wait_for_its_end() {
    every_impatient_machine(|world| {
        let runtime = &world.runtime;
        let outer = enter(&root());
        describe(&runtime.administer().unwrap(), "outer").unwrap();
        let joined = enter(&joining());
        assert_eq!(seen_by(&runtime.administer().unwrap()), "outer");
        describe(&runtime.administer().unwrap(), "joined").unwrap();
        assert_eq!(joined.leave().unwrap(), TransactionStatus::LocallyOk);
        for independent in [root(), ServiceConfig::new()] {
            let domain = enter(&independent);
            let administrator = runtime.administer().unwrap();
            assert_eq!(seen_by(&administrator), "", "readers outside see the committed state");
            assert_eq!(code(describe(&administrator, "independent")), COMADMIN_E_REGDB_SYSTEMERR);
            domain.leave().unwrap();
        }
        assert_eq!(seen_by(&runtime.administer().unwrap()), "joined");
        assert_eq!(outer.leave().unwrap(), TransactionStatus::Committed);
        assert_eq!(description(runtime), "joined");
    });
}

#[test]
fn the_catalog_and_a_store_commit_both_or_neither() {
    every_impatient_machine(|world| {
        let runtime = &world.runtime;
        let ledger = VolatileStore::with_floor("ledger", 0);
        for (amount, status, text, balance) in
            [(-1, TransactionStatus::Aborted, "", 0), (5, TransactionStatus::Committed, "both", 5)]
        {
            let domain = enter(&root());
            let transaction = here().info().transaction().unwrap().unwrap();
            ledger.add(&transaction, "alice", amount).unwrap();
            describe(&runtime.administer().unwrap(), "both").unwrap();
            assert_eq!(domain.leave().unwrap(), status);
            assert_eq!((description(runtime).as_str(), ledger.get("alice")), (text, balance));
        }
        describe(&runtime.administer().unwrap(), "free").unwrap();
    });
}

#[test]
fn a_restart_of_the_system_application_refuses_the_commit() {
    every_impatient_machine(|world| {
        let runtime = &world.runtime;
        let ledger = VolatileStore::new("ledger");
        for alone in [true, false] {
            let domain = enter(&root());
            let inside = runtime.administer().unwrap();
            describe(&inside, "hung").unwrap();
            if !alone {
                ledger.add(&here().info().transaction().unwrap().unwrap(), "alice", 1).unwrap();
            }
            runtime.catalog().restart_system_application();
            describe(&runtime.catalog().administer(), "cured").unwrap();
            assert_eq!(code(describe(&inside, "again")), XACT_E_NOTRANSACTION);
            assert_eq!(domain.leave().unwrap(), TransactionStatus::Aborted, "alone {alone}");
            assert_eq!((description(runtime).as_str(), ledger.get("alice")), ("cured", 0));
        }
    });
}

#[test]
fn a_doomed_transaction_takes_no_more_changes() {
    every_impatient_machine(|world| {
        let runtime = &world.runtime;
        let outer = enter(&root());
        let inside = runtime.administer().unwrap();
        describe(&inside, "before").unwrap();
        let inner = enter(&joining());
        here().set_abort().unwrap();
        assert_eq!(inner.leave().unwrap(), TransactionStatus::Aborting);
        assert_eq!(code(describe(&inside, "after")), XACT_E_ABORTING);
        assert_eq!(code(runtime.administer()), XACT_E_ABORTING);
        assert_eq!(seen_by(&inside), "before", "what was written is seen inside to the end");
        assert_eq!(outer.leave().unwrap(), TransactionStatus::Aborted);
        assert_eq!(description(runtime), "");
    });
}

#[test]
fn a_transaction_that_is_owned_outside_is_committed_by_its_owner() {
    every_impatient_machine(|world| {
        let runtime = &world.runtime;
        let transaction = runtime.transaction_manager().begin(Default::default()).unwrap();
        let outside = runtime.administer_in(&transaction.participant()).unwrap();
        describe(&outside, "outside").unwrap();
        let domain = enter(&ServiceConfig::new().bring_your_own_transaction(&transaction));
        assert_eq!(seen_by(&runtime.administer().unwrap()), "outside", "the same transaction, the same state");
        describe(&runtime.administer().unwrap(), "brought").unwrap();
        assert_eq!(domain.leave().unwrap(), TransactionStatus::LocallyOk);
        assert_eq!(code(transaction.participant().commit()), XACT_E_COMMITPREVENTED);
        assert_eq!(description(runtime), "");
        transaction.commit().unwrap();
        assert_eq!(description(runtime), "brought");
        assert_eq!(code(runtime.administer_in(&transaction)), XACT_E_NOTRANSACTION);
        assert_eq!(code(describe(&outside, "too late")), XACT_E_NOTRANSACTION);
    });
}

#[test]
fn a_time_out_gives_the_database_back() {
    every_machine_whose_writers_wait(None, |world| {
        let runtime = &world.runtime;
        let domain = enter(&root().transaction_timeout(Duration::from_secs(1)));
        let inside = runtime.administer().unwrap();
        describe(&inside, "hung").unwrap();
        world.wait(1);
        assert_eq!(code(describe(&inside, "again")), XACT_E_NOTRANSACTION);
        describe(&runtime.catalog().administer(), "other").unwrap();
        assert_eq!(domain.leave().unwrap(), TransactionStatus::Aborted);
        assert_eq!(description(runtime), "other");
    });
}

#[test]
fn another_thread_waits_for_the_end_of_the_transaction_and_then_writes() {
    every_machine_whose_writers_wait(None, |world| {
        let runtime = &world.runtime;
        for abort in [false, true] {
            let domain = enter(&root());
            describe(&runtime.administer().unwrap(), "held").unwrap();
            let other = runtime.clone();
            let writer = mta_thread(runtime, move || {
                let domain = enter(&root());
                let administrator = other.administer().unwrap();
                let read = seen_by(&administrator);
                describe(&administrator, "waited").unwrap();
                (read, domain.leave().unwrap())
            });
            until(|| runtime.catalog().waiting_writers() == 1);
            if abort {
                here().set_abort().unwrap();
            }
            domain.leave().unwrap();
            let before = if abort { "waited" } else { "" };
            assert_eq!(writer.join().unwrap(), (before.into(), TransactionStatus::Committed));
            assert_eq!(description(runtime), "waited");
        }
    });
}

#[test]
fn a_writer_gives_up_after_his_time_on_the_machines_clock() {
    every_machine_whose_writers_wait(Some(Duration::from_secs(2)), |world| {
        if !world.is_virtual() {
            return; // it would wait for two seconds
        }
        let runtime = &world.runtime;
        // without a time-out of its own: nobody knows how often the clock is set
        let domain = enter(&root().transaction_timeout(Duration::ZERO));
        describe(&runtime.administer().unwrap(), "held").unwrap();
        let other = runtime.clone();
        let writer = mta_thread(runtime, move || code(describe(&other.administer().unwrap(), "impatient")));
        until(|| runtime.catalog().waiting_writers() == 1);
        // set once more where the wait began between two looks at the clock
        until(|| {
            runtime.advance(Duration::from_secs(1)).unwrap();
            runtime.catalog().waiting_writers() == 0
        });
        assert_eq!(writer.join().unwrap(), COMADMIN_E_REGDB_SYSTEMERR);
        assert_eq!(domain.leave().unwrap(), TransactionStatus::Committed);
        assert_eq!(description(runtime), "held");
    });
}

#[test]
fn a_writer_whose_transaction_ends_meanwhile_waits_no_longer() {
    every_machine_whose_writers_wait(None, |world| {
        let runtime = &world.runtime;
        let domain = enter(&root());
        describe(&runtime.administer().unwrap(), "held").unwrap();
        let transaction = runtime.transaction_manager().begin(Default::default()).unwrap();
        let (other, participant) = (runtime.clone(), transaction.participant());
        let writer = mta_thread(runtime, move || {
            let administrator = other.administer_in(&participant).unwrap();
            code(describe(&administrator, "waited"))
        });
        until(|| runtime.catalog().waiting_writers() == 1);
        transaction.abort().unwrap();
        assert_eq!(writer.join().unwrap(), XACT_E_NOTRANSACTION);
        assert_eq!(transaction.state(), StreamState::Aborted);
        assert_eq!(code(transaction.commit()), XACT_E_ABORTED);
        domain.leave().unwrap();
        assert_eq!(description(runtime), "held");
    });
}

#[test]
fn under_a_deterministic_schedule_writers_take_turns() {
    use complus::{Schedule, VirtualClock};
    let order = |seed| {
        let builder = Runtime::builder().clock(VirtualClock::new()).schedule(Schedule::Deterministic(seed)).seed(seed);
        let runtime = builder.build().unwrap();
        let story = Story::default();
        let threads = ["a", "b", "c"].map(|name| {
            let (runtime, story) = (runtime.clone(), story.clone());
            runtime.clone().spawn(move || {
                let _apartment = Apartment::initialize(ApartmentModel::Multithreaded).unwrap();
                let domain = enter(&root());
                describe(&runtime.administer().unwrap(), name).unwrap();
                story.tell(format!("{name} writes"));
                runtime.switch_point();
                story.tell(format!("{name} leaves"));
                domain.leave().unwrap();
            })
        });
        runtime.start();
        threads.into_iter().for_each(|thread| thread.join().unwrap());
        let told = story.told();
        for pair in told.chunks(2) {
            assert_eq!(pair[0].split(' ').next(), pair[1].split(' ').next(), "one after the other: {told:?}");
        }
        assert_eq!(description(&runtime), told[4].split(' ').next().unwrap(), "the last one counts");
        told
    };
    for seed in 0..20 {
        assert_eq!(order(seed), order(seed));
    }
}

/// A catalog file in a folder of its own.
struct Scratch(std::path::PathBuf);

impl Scratch {
    fn new() -> Self {
        static NUMBER: std::sync::atomic::AtomicU32 = std::sync::atomic::AtomicU32::new(0);
        let number = NUMBER.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
        let folder = std::env::temp_dir().join(format!("complus-watched-{}-{number}", std::process::id()));
        fs::create_dir_all(&folder).unwrap();
        Self(folder)
    }

    fn file(&self) -> CatalogFile {
        CatalogFile::new(self.0.join("catalog.toml"))
    }

    fn describe(&self, description: &str) {
        self.write(&format!("format = 1\ndefaults = \"ws2003\"\nmachine.description = \"{description}\"\n"));
    }

    /// Whoever looks meanwhile sees the old text or the new one.
    fn write(&self, text: &str) {
        let new = self.0.join("new");
        fs::write(&new, text).unwrap();
        fs::rename(new, self.file().path()).unwrap();
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

#[test]
fn a_machine_follows_a_catalog_file_that_changes() {
    every_machine(|world| {
        let runtime = &world.runtime;
        let scratch = Scratch::new();
        scratch.describe("first");
        let looks: Arc<Mutex<Vec<String>>> = Arc::default();
        let told = looks.clone();
        let report = move |look| {
            told.lock().unwrap().push(match look {
                Look::Same => "same".into(),
                Look::Taken(warnings) => format!("taken, warnings {}", warnings.is_some()),
                Look::Busy => "busy".into(),
                Look::Wrong(LoadError::Mistakes(mistakes)) => format!("{} mistakes", mistakes.diagnostics().len()),
                Look::Wrong(error) => error.to_string(),
            });
            if told.lock().unwrap().len() == 2 {
                panic!("the report's own affair");
            }
        };
        // a second on the virtual clock, a moment on the system's
        let every = if world.is_virtual() { Duration::from_secs(1) } else { Duration::from_millis(5) };
        let watcher = runtime.watch_catalog(scratch.file(), every, report).unwrap();
        let passes = || {
            if world.is_virtual() {
                runtime.advance(every).unwrap();
            }
            std::thread::yield_now();
        };
        let after = |number: usize| {
            until(|| {
                passes();
                looks.lock().unwrap().len() >= number
            });
            looks.lock().unwrap()[number - 1].clone()
        };
        assert_eq!(after(1), "taken, warnings false");
        assert_eq!(description(runtime), "first");
        scratch.write("format = 1\n");
        assert_eq!(after(2), "1 mistakes");
        assert_eq!(description(runtime), "first", "a wrong file changes nothing");
        // somebody administers, so that the file has to wait; those who read do not
        let domain = enter(&root());
        describe(&runtime.administer().unwrap(), "inside").unwrap();
        scratch.describe("second");
        assert_eq!(after(3), "busy");
        assert_eq!(description(runtime), "first");
        domain.leave().unwrap();
        until(|| {
            passes();
            description(runtime) == "second"
        });
        until(|| looks.lock().unwrap().last().is_some_and(|look| look == "taken, warnings false"));
        drop(watcher);
    });
}
