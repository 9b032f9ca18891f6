//! [`ActivityCell`]: a borrow that cannot be had is an error, and nobody waits.

use crate::support::*;
use complus::{ErrorKind, Result, error::ComponentError, hresult::E_UNEXPECTED, prelude::*};

#[test]
fn a_second_borrow_is_an_error_whoever_asks() {
    let cell = ActivityCell::new(1);
    for write in [false, true] {
        let (read, written) = if write { (None, cell.borrow_mut().ok()) } else { (cell.borrow().ok(), None) };
        assert_eq!(read.is_some(), written.is_none());
        std::thread::scope(|scope| {
            let elsewhere = scope.spawn(|| code(cell.with(|_| ())));
            assert_eq!(elsewhere.join().unwrap(), E_UNEXPECTED);
        });
        assert_eq!([code(cell.borrow()), code(cell.borrow_mut()), code(cell.replace(5))], [E_UNEXPECTED; 3]);
        assert_eq!(format!("{cell:?}"), "ActivityCell(<borrowed>)");
        let error = cell.with(|_| ()).unwrap_err();
        assert_eq!((error, error.kind()), (ComponentError::StateBorrowed.into(), ErrorKind::Misuse));
    }
    assert_eq!((cell.replace(2), *cell.borrow().unwrap()), (Ok(1), 2));
    assert_eq!(format!("{cell:?}"), "ActivityCell(2)");
    assert_eq!(cell.into_inner(), 2);
}

#[test]
fn a_borrow_ends_with_a_panic_too() {
    let cell = ActivityCell::new(1);
    let panicking = std::panic::AssertUnwindSafe(|| cell.with(|_| std::panic::resume_unwind(Box::new(()))));
    assert!(std::panic::catch_unwind(panicking).is_err());
    assert_eq!(cell.with(|value| *value), Ok(1));
}

/// Calls out while it holds its state, or after.
#[complus::interface]
trait Teller {
    fn calls_while_holding(&self, back: Ref<dyn Teller>, holding: bool) -> Result<i64>;
    fn balance(&self) -> Result<i64>;
    fn ask(&self, back: Ref<dyn Teller>) -> Result<i64>;
}

#[complus::component(interfaces(Teller))]
#[derive(Default)]
struct Desk(ActivityCell<i64>);

impl Teller for Desk {
    fn calls_while_holding(&self, back: Ref<dyn Teller>, holding: bool) -> Result<i64> {
        let me = Ref::<dyn Teller>::try_from(OWN.with_borrow(|own| own.clone().unwrap()))?;
        let held = self.0.borrow_mut()?;
        if !holding {
            drop(held);
        }
        back.ask(me)
    }
    fn balance(&self) -> Result<i64> {
        self.0.with(|balance| *balance)
    }
    fn ask(&self, back: Ref<dyn Teller>) -> Result<i64> {
        back.balance()
    }
}

thread_local! {
    /// The desk's reference to itself.
    static OWN: std::cell::RefCell<Option<complus::Reference>> = const { std::cell::RefCell::new(None) };
}

#[test]
fn a_method_that_calls_out_while_it_holds_its_state_is_told_so_when_it_is_called_back() {
    every_machine(|world| {
        let host = Sta::start(world);
        let other = Ref::unpack(host.run(|| Ref::<dyn Teller>::new(Desk::default()).unwrap().pack().unwrap())).unwrap();
        let own = Ref::<dyn Teller>::new(Desk(ActivityCell::new(7))).unwrap();
        OWN.set(Some(own.as_reference().clone()));
        assert_eq!(own.calls_while_holding(other.clone(), false), Ok(7));
        assert_eq!(code(own.calls_while_holding(other, true)), E_UNEXPECTED);
        assert_eq!(own.balance(), Ok(7));
        OWN.set(None);
        host.end();
    });
}
