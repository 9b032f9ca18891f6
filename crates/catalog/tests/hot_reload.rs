//! A catalog file that changes on disk: running threads see the new state whole, are never kept waiting, and see nothing
//! of a file that is wrong.

mod support;

use complus_catalog::{Catalog, CatalogFile, FileWatch, LoadError, Look, schema::component};
use complus_core::hresult::*;
use std::{
    fs,
    path::PathBuf,
    sync::{
        Barrier,
        atomic::{AtomicBool, Ordering},
        mpsc,
    },
    thread,
};
use support::*;

/// A file in a folder of its own, which goes with it.
struct Scratch(PathBuf);

impl Scratch {
    fn new(name: &str) -> Self {
        let folder = std::env::temp_dir().join(format!("complus-catalog-{}-{name}", std::process::id()));
        fs::create_dir_all(&folder).unwrap();
        Self(folder)
    }

    fn file(&self) -> CatalogFile {
        CatalogFile::new(self.0.join("catalog.toml"))
    }

    fn write(&self, text: &str) {
        fs::write(self.file().path(), text).unwrap();
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

/// A database in which `value` stands twice: as description and as construction string of one class.
fn twice(value: &str) -> String {
    format!(
        "format = 1\ndefaults = \"ws2003\"\n[[application]]\nid = \"{{00000000-0000-0000-0000-0000000000B0}}\"\n\
         [[application.component]]\nclsid = \"{{00000000-0000-0000-0000-000000000011}}\"\n\
         description = \"{value}\"\nconstructor_string = \"{value}\"\n"
    )
}

/// Both values, as a reader finds them now.
fn both(catalog: &Catalog) -> (String, String) {
    let snapshot = catalog.snapshot();
    let class = snapshot.classes().iter().next().unwrap();
    (class.node().get(component::DESCRIPTION).to_string(), class.constructor_string().to_string())
}

fn describe(catalog: &Catalog, text: &str) -> complus_catalog::CatalogTransaction {
    let transaction = catalog.begin();
    let mut machine = transaction.administer().collection("LocalComputer").unwrap();
    machine.populate().unwrap();
    machine.item_mut(0).unwrap().put("Description", text).unwrap();
    machine.save_changes().result.unwrap();
    transaction
}

/// Tells readers to end, when dropped by a panic.
struct Tells<'a>(&'a AtomicBool);

impl Drop for Tells<'_> {
    fn drop(&mut self) {
        self.0.store(thread::panicking(), Ordering::Relaxed);
    }
}

#[test]
fn running_readers_see_each_state_of_the_file_whole_and_the_last_one_in_the_end() {
    const ROUNDS: u32 = 60;
    let scratch = Scratch::new("whole");
    scratch.write(&twice("0"));
    let catalog = scratch.file().load(options()).unwrap().catalog;
    let (start, over) = (Barrier::new(3), AtomicBool::new(false));
    thread::scope(|scope| {
        for _ in 0..2 {
            scope.spawn(|| {
                let mut reader = catalog.reader();
                start.wait();
                let mut last = 0;
                while last < ROUNDS && !over.load(Ordering::Relaxed) {
                    let class = reader.snapshot().classes().iter().next().unwrap();
                    assert_eq!(class.node().get(component::DESCRIPTION), class.constructor_string(), "a mixture");
                    let seen = class.constructor_string().parse().unwrap();
                    assert!(seen >= last, "never back");
                    last = seen;
                }
            });
        }
        start.wait();
        let _over = Tells(&over); // also when something here fails
        let mut watch = FileWatch::new(scratch.file(), catalog.clone());
        for round in 1..=ROUNDS {
            scratch.write(&twice(&round.to_string()));
            if round % 2 == 0 {
                assert!(scratch.file().reload(&catalog).unwrap().is_none());
            } else {
                assert!(matches!(watch.look(), Look::Taken(None)), "{round}");
            }
            // somebody else writes a file that is wrong, and it is as if he had not
            scratch.write(&format!("format = 1 # {round}\n"));
            assert!(matches!(watch.look(), Look::Wrong(LoadError::Mistakes(_))));
            assert_eq!(both(&catalog), (round.to_string(), round.to_string()));
        }
    });
}

#[test]
fn readers_do_not_wait_for_an_administrator_who_has_not_finished() {
    let catalog = bank();
    let transaction = describe(&catalog, "open");
    let generation = catalog.generation();
    // if one of them waited for the transaction, nobody would ever come to its end
    thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                let mut reader = catalog.reader();
                for _ in 0..1_000 {
                    assert_eq!(reader.snapshot().generation(), generation);
                    assert_eq!(catalog.snapshot().classes().len(), 6);
                }
            });
        }
    });
    transaction.commit().unwrap();
    assert_eq!(catalog.reader().snapshot().generation(), generation + 1);
}

#[test]
fn a_reload_waits_for_another_writer_and_a_look_does_not() {
    let scratch = Scratch::new("busy");
    scratch.write(BANK);
    let catalog = scratch.file().load(options()).unwrap().catalog;
    let mut watch = FileWatch::new(scratch.file(), catalog.clone());
    assert!(matches!(watch.look(), Look::Same), "the file says what is there");
    let transaction = describe(&catalog, "open");
    scratch.write(&twice("new"));
    assert!(matches!(watch.look(), Look::Busy));
    assert!(matches!(watch.look(), Look::Busy), "it is not forgotten");
    let (told, result) = mpsc::channel();
    thread::scope(|scope| {
        scope.spawn(|| told.send(scratch.file().reload(&catalog).map(|warnings| warnings.is_none())).unwrap());
        while catalog.waiting_writers() == 0 {
            thread::yield_now();
        }
        assert_eq!(catalog.snapshot().classes().len(), 6, "not yet");
        assert!(result.try_recv().is_err(), "it waits");
        transaction.commit().unwrap();
        assert!(result.recv().unwrap().unwrap());
    });
    assert_eq!(both(&catalog), ("new".into(), "new".into()));
    assert!(matches!(watch.look(), Look::Same), "the file says what is there by now");
}

#[test]
fn a_reload_gives_up_where_writers_do_and_leaves_everything() {
    let scratch = Scratch::new("gives-up");
    scratch.write(&twice("new"));
    let impatient = complus_catalog::Options { writer_wait: Some(std::time::Duration::ZERO), ..options() };
    let catalog = bank_with(impatient);
    let before = catalog.generation();
    let _open = describe(&catalog, "open");
    let error = scratch.file().reload(&catalog).unwrap_err();
    assert_eq!(error.reason().hresult(), COMADMIN_E_REGDB_SYSTEMERR);
    assert!(matches!(error, LoadError::NotTaken(error) if error.hresult() == COMADMIN_E_REGDB_SYSTEMERR));
    assert_eq!((catalog.generation(), catalog.snapshot().classes().len()), (before, 6));
}

#[test]
fn each_state_of_the_file_is_told_once() {
    let scratch = Scratch::new("once");
    let catalog = Catalog::new(options());
    let mut watch = FileWatch::new(scratch.file(), catalog.clone());
    let unreadable = |look| matches!(look, Look::Wrong(LoadError::Unreadable(_)));
    assert!(unreadable(watch.look()), "there is none");
    assert!(matches!(watch.look(), Look::Same));
    scratch.write(&twice("a"));
    assert!(matches!(watch.look(), Look::Taken(None)));
    assert!(matches!(watch.look(), Look::Same));
    // the same length, and as far as the file system can tell perhaps the same moment
    scratch.write(&twice("b"));
    assert!(matches!(watch.look(), Look::Taken(None)));
    assert_eq!(both(&catalog).0, "b");
    // another layout, the same content
    let generation = catalog.generation();
    scratch.write(&format!("# mine\n{}", twice("b")));
    assert!(matches!(watch.look(), Look::Same));
    assert_eq!(catalog.generation(), generation);
    scratch.write("format = 1\ndefaults = \"ws2003\"\n[machine]\ntransacton_timeout = 1\n");
    let Look::Wrong(LoadError::Mistakes(mistakes)) = watch.look() else { panic!("it has a mistake") };
    assert!(mistakes.to_string().contains("catalog.toml:4:1"), "{mistakes}");
    assert!(matches!(watch.look(), Look::Same));
    assert_eq!((both(&catalog).0.as_str(), catalog.generation()), ("b", generation), "a wrong file changes nothing");
    fs::remove_file(watch.file().path()).unwrap();
    assert!(unreadable(watch.look()));
    scratch.write(&twice("b"));
    assert!(matches!(watch.look(), Look::Same), "it is back, and says what is there");
    // what a program saves is no news for it
    let mut machine = collection(&catalog, "LocalComputer", &[]);
    machine.item_mut(0).unwrap().put("TransactionTimeout", 7).unwrap();
    assert_eq!(save(&mut machine), (1, None, vec![]));
    scratch.file().save(&catalog).unwrap();
    let generation = catalog.generation();
    assert!(matches!(watch.look(), Look::Same));
    assert_eq!(catalog.generation(), generation);
}

#[test]
fn a_file_that_is_tolerated_is_taken_with_its_warnings() {
    let scratch = Scratch::new("warnings");
    scratch.write(&BANK.replace("recycle_expiration_timeout = 15", "recycle_expiration_timeout = 0"));
    let catalog = Catalog::new(options());
    let Look::Taken(Some(warnings)) = FileWatch::new(scratch.file(), catalog.clone()).look() else {
        panic!("it is right, and worth a word")
    };
    assert!(warnings.to_string().contains("zero is kept"), "{warnings}");
    assert_eq!(catalog.snapshot().classes().len(), 6);
    assert!(scratch.file().reload(&catalog).unwrap().is_some());
}
