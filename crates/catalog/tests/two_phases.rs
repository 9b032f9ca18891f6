//! A transaction of the catalog that is committed together with others: it promises first, and keeps its promise.

mod support;

use complus_catalog::{Administrator, Catalog, Host, Options, Waker, schema::machine};
use complus_core::{error::CatalogError, hresult::*};
use std::{
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};
use support::*;

fn describe(administrator: &Administrator, text: &str) -> complus_core::Result<()> {
    let mut machine = administrator.collection("LocalComputer")?;
    machine.populate()?;
    machine.item_mut(0)?.put("Description", text)?;
    machine.save_changes().result
}

#[track_caller]
fn code<T: std::fmt::Debug>(result: complus_core::Result<T>) -> complus_core::HResult {
    result.unwrap_err().hresult()
}

fn description(catalog: &Catalog) -> String {
    catalog.snapshot().root().machine().get(machine::DESCRIPTION).to_string()
}

/// Writers do not wait for each other.
fn impatient() -> Catalog {
    bank_with(Options { writer_wait: Some(Duration::ZERO), ..options() })
}

#[test]
fn what_has_promised_is_published_at_commit_and_takes_nothing_more() {
    let catalog = impatient();
    let before = catalog.generation();
    let transaction = catalog.begin();
    let inside = transaction.administer();
    describe(&inside, "inside").unwrap();
    assert_eq!(transaction.prepare(), Ok(true));
    assert_eq!(transaction.prepare(), Ok(true), "asked twice is asked once");
    assert_eq!(code(describe(&inside, "too late")), XACT_E_NOTRANSACTION);
    assert_eq!(inside.view().machine().get(machine::DESCRIPTION), "inside");
    assert_eq!((description(&catalog).as_str(), catalog.generation()), ("", before));
    assert_eq!(code(describe(&catalog.administer(), "other")), COMADMIN_E_REGDB_SYSTEMERR, "it holds the database");
    transaction.commit().unwrap();
    assert_eq!((description(&catalog).as_str(), catalog.generation()), ("inside", before + 1));
    describe(&catalog.administer(), "free").unwrap();
}

#[test]
fn what_has_promised_may_still_be_aborted() {
    let catalog = impatient();
    let before = catalog.generation();
    let transaction = catalog.begin();
    describe(&transaction.administer(), "inside").unwrap();
    assert_eq!(transaction.prepare(), Ok(true));
    transaction.abort();
    assert_eq!((description(&catalog).as_str(), catalog.generation()), ("", before));
    describe(&catalog.administer(), "free").unwrap();
}

#[test]
fn a_transaction_that_wrote_nothing_promises_nothing() {
    let catalog = impatient();
    let transaction = catalog.begin();
    let inside = transaction.administer();
    assert_eq!(transaction.prepare(), Ok(false));
    assert_eq!(code(describe(&inside, "too late")), XACT_E_NOTRANSACTION);
    describe(&catalog.administer(), "free").unwrap();
    transaction.commit().unwrap();
    assert_eq!(description(&catalog), "free");
}

#[test]
fn a_restart_takes_the_database_from_the_hung_and_not_from_those_who_have_promised() {
    let catalog = impatient();
    let hung = catalog.begin();
    describe(&hung.administer(), "hung").unwrap();
    catalog.restart_system_application();
    assert_eq!(hung.prepare().map_err(|error| error.hresult()), Err(XACT_E_NOTRANSACTION));
    let promised = catalog.begin();
    describe(&promised.administer(), "promised").unwrap();
    assert_eq!(promised.prepare(), Ok(true));
    catalog.restart_system_application();
    assert_eq!(code(describe(&catalog.administer(), "other")), COMADMIN_E_REGDB_SYSTEMERR);
    promised.commit().unwrap();
    assert_eq!(description(&catalog), "promised");
    // and the next one can be restarted again
    let hung = catalog.begin();
    describe(&hung.administer(), "hung").unwrap();
    catalog.restart_system_application();
    describe(&catalog.administer(), "cured").unwrap();
    drop(hung);
    assert_eq!(description(&catalog), "cured");
}

#[test]
fn who_waits_in_a_transaction_that_ends_meanwhile_waits_no_longer() {
    let catalog = bank();
    let holder = catalog.begin();
    describe(&holder.administer(), "held").unwrap();
    let waiting = catalog.begin();
    let inside = waiting.administer();
    std::thread::scope(|scope| {
        let writer = scope.spawn(|| describe(&inside, "waited"));
        while catalog.waiting_writers() == 0 {
            std::thread::yield_now();
        }
        waiting.abort();
        assert_eq!(code(writer.join().unwrap()), XACT_E_NOTRANSACTION);
    });
    assert_eq!(catalog.waiting_writers(), 0);
    holder.commit().unwrap();
    assert_eq!(description(&catalog), "held");
}

/// A machine that counts, and waits by looking so many times.
#[derive(Debug, Default)]
struct Counting {
    refuses: bool,
    waits: AtomicUsize,
    woken: Arc<AtomicUsize>,
}

impl Host for Counting {
    fn takes_work(&self) -> Result<(), CatalogError> {
        if self.refuses { Err(CatalogError::TransactionDoomed) } else { Ok(()) }
    }

    fn waker(&self) -> Waker {
        let woken = self.woken.clone();
        Arc::new(move || {
            woken.fetch_add(1, Ordering::Relaxed);
        })
    }

    fn wait(&self, limit: Option<Duration>, ready: &mut dyn FnMut() -> bool) {
        assert_eq!(limit, None);
        self.waits.fetch_add(1, Ordering::Relaxed);
        while self.woken.load(Ordering::Relaxed) == 0 {
            assert!(!ready(), "somebody else has the database");
            std::thread::yield_now();
        }
        assert!(ready());
    }
}

#[test]
fn a_host_says_whether_a_transaction_takes_work_and_how_its_threads_wait() {
    let catalog = bank();
    let transaction = catalog.begin();
    let doomed = transaction.administer().hosted(Arc::new(Counting { refuses: true, ..Counting::default() }));
    assert_eq!(code(describe(&doomed, "doomed")), XACT_E_ABORTING);
    assert_eq!(description(&catalog), "");
    // outside a transaction nobody is asked whether it takes work
    describe(&catalog.administer().hosted(Arc::new(Counting { refuses: true, ..Counting::default() })), "out").unwrap();

    let host = Arc::new(Counting::default());
    let hosted = transaction.administer().hosted(host.clone());
    let holder = catalog.begin();
    describe(&holder.administer(), "held").unwrap();
    std::thread::scope(|scope| {
        let writer = scope.spawn(|| describe(&hosted, "hosted"));
        while host.waits.load(Ordering::Relaxed) == 0 || catalog.waiting_writers() == 0 {
            std::thread::yield_now();
        }
        holder.commit().unwrap();
        writer.join().unwrap().unwrap();
    });
    assert_eq!(host.waits.load(Ordering::Relaxed), 1);
    transaction.commit().unwrap();
    assert_eq!(description(&catalog), "hosted");
}

#[test]
fn what_an_open_transaction_installs_cannot_be_started_yet() {
    let catalog = bank();
    let transaction = catalog.begin();
    let inside = transaction.administer();
    let mut applications = inside.collection("Applications").unwrap();
    applications.populate().unwrap();
    applications.add().unwrap().put("Name", "New").unwrap();
    applications.save_changes().result.unwrap();
    inside.install_component("New", &class(1)).unwrap();
    assert_eq!(code(inside.check_start("New")), COMADMIN_E_OBJECT_DOES_NOT_EXIST);
    transaction.commit().unwrap();
    inside.check_start("New").unwrap();
}
