//! The floor with unsafe code: a strand is a list of jobs that is pushed to with a compare-and-swap, one allocation a
//! job; a pool of two threads takes a strand and runs all it has.

#![expect(unsafe_code, reason = "the floor links jobs by raw pointers, which safe code must pay to avoid")]

use std::mem::ManuallyDrop;
use std::ptr;
use std::sync::atomic::{AtomicPtr, Ordering};
use std::sync::{Arc, OnceLock};

use crate::strand_pool::{self, Pool};

/// The head of a job: the job before it, and what runs it.
struct Head {
    next: *mut Head,
    run: unsafe fn(*mut Head),
}

#[repr(C)]
struct Job<F> {
    head: Head,
    call: ManuallyDrop<F>,
}

/// Runs a job and frees it.
///
/// # Safety
/// `head` is the head of a `Job<F>` that was made by `Box::into_raw` and is used by nobody after this.
unsafe fn run<F: FnOnce()>(head: *mut Head) {
    // SAFETY: as said above; the head is the first field of a `repr(C)` struct.
    let job = unsafe { Box::from_raw(head.cast::<Job<F>>()) };
    ManuallyDrop::into_inner(job.call)();
}

/// Being run, with nothing in the list; null is a strand at rest.
const BUSY: *mut Head = ptr::without_provenance_mut(1);

/// Jobs that run one after another.
pub(crate) struct Strand(AtomicPtr<Head>);

impl Default for Strand {
    fn default() -> Self {
        Self(AtomicPtr::new(ptr::null_mut()))
    }
}

impl Strand {
    /// Puts a job at the end.
    #[inline]
    pub(crate) fn post<F: FnOnce() + Send + 'static>(self: &Arc<Self>, call: F) {
        let job = Job { head: Head { next: ptr::null_mut(), run: run::<F> }, call: ManuallyDrop::new(call) };
        let head = Box::into_raw(Box::new(job)).cast::<Head>();
        let mut current = self.0.load(Ordering::Relaxed);
        loop {
            let next = if current == BUSY { ptr::null_mut() } else { current };
            // SAFETY: nobody else has the job before the exchange below succeeds.
            unsafe { (*head).next = next };
            match self.0.compare_exchange_weak(current, head, Ordering::AcqRel, Ordering::Relaxed) {
                Ok(_) => break,
                Err(now) => current = now,
            }
        }
        if current.is_null() {
            pool().push(self.clone());
        }
    }
}

impl strand_pool::Strand for Strand {
    fn run(self: Arc<Self>) {
        let mut newest = self.0.swap(BUSY, Ordering::AcqRel);
        let mut oldest: *mut Head = ptr::null_mut();
        while !newest.is_null() && newest != BUSY {
            // SAFETY: the swap took the whole list, whose jobs are alive and nobody else's.
            let next = unsafe { std::mem::replace(&mut (*newest).next, oldest) };
            oldest = newest;
            newest = next;
        }
        while !oldest.is_null() {
            // SAFETY: as above; each job is run, and freed, once, after its successor was read.
            let next = unsafe {
                let next = (*oldest).next;
                ((*oldest).run)(oldest);
                next
            };
            oldest = next;
        }
        if self.0.compare_exchange(BUSY, ptr::null_mut(), Ordering::AcqRel, Ordering::Relaxed).is_err() {
            pool().push(self);
        }
    }
}

fn pool() -> &'static Pool<Strand> {
    static POOL: OnceLock<Pool<Strand>> = OnceLock::new();
    POOL.get_or_init(|| Pool::start(pool))
}
