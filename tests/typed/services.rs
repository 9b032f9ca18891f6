//! Components with services, called through typed references.

use crate::support::*;
use complus::{
    Result,
    hresult::{CONTEXT_E_ABORTED, E_FAIL},
    prelude::*,
};
use std::sync::{Arc, Mutex};

/// What became of the objects of a test, one line each.
static TOLD: Mutex<Vec<(usize, String)>> = Mutex::new(Vec::new());

/// Tells it for the machine of this thread: tests run at once.
fn tell(what: impl Into<String>) {
    TOLD.lock().unwrap().push((machine(), what.into()));
}

fn told() -> Vec<String> {
    let here = machine();
    TOLD.lock().unwrap().extract_if(.., |(machine, _)| *machine == here).map(|(_, what)| what).collect()
}

/// Something that tells machines apart.
fn machine() -> usize {
    std::ptr::from_ref(Runtime::current().transaction_manager()).addr()
}

/// A root of transactions, activated just in time.
#[complus::interface]
trait Ledger {
    fn enter(&self, amount: i64) -> Result<i64>;
    #[auto_complete]
    fn close(&self) -> Result<i64>;
    /// Gives a page, wanting to commit what cannot be.
    fn page(&self, doom: bool) -> Result<Ref<dyn Page>>;
    #[auto_complete]
    fn fail(&self) -> Result<Ref<dyn Page>>;
    fn pages(&self) -> Result<usize>;
}

#[complus::component(
    prog_id = "Services.Ledger",
    interfaces(Ledger),
    transaction = RequiresNew,
    construction = "DSN=ledger",
    control,
    construct,
    create = LedgerComponent::open
)]
struct LedgerComponent {
    sum: ActivityCell<i64>,
    pages: Arc<()>,
}

impl LedgerComponent {
    fn open() -> Self {
        tell("made");
        Self { sum: ActivityCell::default(), pages: PAGES.get_or_insert() }
    }
}

/// What pages hold, for each machine.
struct Pages(Mutex<Vec<(usize, Arc<()>)>>);

static PAGES: Pages = Pages(Mutex::new(Vec::new()));

impl Pages {
    fn get_or_insert(&self) -> Arc<()> {
        let mut pages = self.0.lock().unwrap();
        if let Some((_, known)) = pages.iter().find(|(known, _)| *known == machine()) {
            return known.clone();
        }
        let fresh = Arc::new(());
        pages.push((machine(), fresh.clone()));
        fresh
    }
}

impl ObjectControl for LedgerComponent {
    fn activate(&self) -> Result<()> {
        tell("activate");
        Ok(())
    }
    fn deactivate(&self) {
        tell("deactivate");
    }
    fn can_be_pooled(&self) -> bool {
        false
    }
}

impl ObjectConstruct for LedgerComponent {
    fn construct(&self, string: &str) -> Result<()> {
        tell(format!("construct {string}"));
        Ok(())
    }
}

impl Ledger for LedgerComponent {
    fn enter(&self, amount: i64) -> Result<i64> {
        assert!(here().is_in_transaction()?);
        self.sum.with(|sum| {
            *sum += amount;
            *sum
        })
    }
    fn close(&self) -> Result<i64> {
        self.sum.with(|sum| *sum)
    }
    fn page(&self, doom: bool) -> Result<Ref<dyn Page>> {
        let page = Ref::new(PageComponent { _ledger: Some(self.pages.clone()) })?;
        if doom {
            here().info().transaction()?.expect("it is transactional").doom();
            here().set_complete()?;
        }
        Ok(page)
    }
    fn fail(&self) -> Result<Ref<dyn Page>> {
        let _page = self.page(false)?;
        Err(E_FAIL.into())
    }
    fn pages(&self) -> Result<usize> {
        Ok(Arc::strong_count(&self.pages) - 2) // this, and the list
    }
}

#[complus::interface]
trait Page {
    fn turn(&self) -> Result<()>;
}

#[complus::component(interfaces(Page))]
#[derive(Default)]
struct PageComponent {
    _ledger: Option<Arc<()>>,
}

impl Page for PageComponent {
    fn turn(&self) -> Result<()> {
        Ok(())
    }
}

fn ledger(world: &World) -> Ref<dyn Ledger> {
    world.runtime.install::<LedgerComponent>().unwrap();
    told();
    complus::create_instance("Services.Ledger").unwrap()
}

#[test]
fn a_component_lives_its_life_behind_a_typed_reference() {
    every_machine(|world| {
        let ledger = ledger(world);
        assert!(ledger.is_proxy(), "it has a context of its own");
        assert_eq!([ledger.enter(30), ledger.enter(12), ledger.close()], [Ok(30), Ok(42), Ok(42)]);
        assert_eq!(told(), ["made", "construct DSN=ledger", "activate", "deactivate"]);
        // Done, it begins anew.
        assert_eq!(ledger.enter(1), Ok(1));
        ledger.release().unwrap();
        assert_eq!(told(), ["made", "construct DSN=ledger", "activate", "deactivate"]);
    });
}

#[test]
fn references_that_came_with_an_aborted_call_are_released() {
    every_machine(|world| {
        let ledger = ledger(world);
        let page = ledger.page(false).unwrap();
        assert!(page.is_proxy());
        assert_eq!((page.turn(), ledger.pages()), (Ok(()), Ok(1)));
        assert_eq!(code(ledger.page(true)), CONTEXT_E_ABORTED);
        assert_eq!(ledger.pages(), Ok(1), "the other page was let go of");
        page.release().unwrap();
        assert_eq!(ledger.pages(), Ok(0));
    });
}

#[test]
fn a_failing_code_is_what_it_was() {
    every_machine(|world| {
        let ledger = ledger(world);
        assert_eq!(code(ledger.fail()), E_FAIL);
        assert_eq!(ledger.pages(), Ok(0));
    });
}
