//! Thread-locals of explored threads end as those of the system's do.

use complus_sync::{Arc, Cell, Mutex, RefCell, explore::explore, thread, thread_local};
use std::mem::ManuallyDrop;

thread_local! {
    /// Needs no drop.
    static NAME: Cell<u32> = const { Cell::new(0) };
    static KEPT: ManuallyDrop<RefCell<Vec<u32>>> = const { ManuallyDrop::new(RefCell::new(Vec::new())) };
    static LAST: RefCell<Option<Last>> = const { RefCell::new(None) };
}

struct Last(Arc<Mutex<Vec<u32>>>);

impl Drop for Last {
    fn drop(&mut self) {
        assert!(LAST.try_with(|_| ()).is_err());
        let mut log = self.0.lock();
        log.push(NAME.with(Cell::get));
        log.append(&mut KEPT.with(|kept| kept.take()));
    }
}

#[test]
fn what_needs_no_drop_can_be_reached_by_the_destructors_of_others() {
    explore(200, || {
        let log = Arc::new(Mutex::new(Vec::new()));
        let threads = [1, 2].map(|name| {
            let log = log.clone();
            thread::spawn(move || {
                NAME.set(name);
                KEPT.with(|kept| kept.borrow_mut().push(name * 10));
                LAST.with(|last| *last.borrow_mut() = Some(Last(log)));
                thread::yield_now();
                assert_eq!(NAME.get(), name);
            })
        });
        threads.into_iter().for_each(|thread| thread.join().unwrap());
        let log = log.lock();
        assert!(*log == [1, 10, 2, 20] || *log == [2, 20, 1, 10], "{log:?}");
    });
}
