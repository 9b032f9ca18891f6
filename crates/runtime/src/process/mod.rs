//! A simulated process: its apartments, who may use which partition, alive or dead.
//!
//! The host program is one. It dies by failfast: nothing can be entered in it any more, while the host
//! itself lives on.

mod partition;
mod principal;

pub use partition::Partition;
pub(crate) use partition::Partitions;
pub use principal::AsPrincipal;

use complus_sync::{
    Mutex,
    atomic::{AtomicU64, Ordering},
};

/// The apartments of a process, as far as they belong to no single thread.
#[derive(Default)]
pub(crate) struct Process {
    /// Number of the MTA's default context; 0 while there is no MTA.
    mta: AtomicU64,
    roles: Mutex<Roles>,
}

#[derive(Default)]
struct Roles {
    mta_threads: usize,
    /// The thread whose STA came first.
    main_sta: Option<u32>,
    main_sta_taken: bool,
}

impl Process {
    /// The MTA's default context, if there is an MTA.
    #[inline]
    pub(crate) fn mta(&self) -> Option<u64> {
        match self.mta.load(Ordering::Acquire) {
            0 => None,
            number => Some(number),
        }
    }

    /// A thread joins the MTA; `number` becomes the default context's if it is the first.
    pub(crate) fn join_mta(&self, number: impl FnOnce() -> u64) -> u64 {
        let mut roles = self.roles.lock();
        roles.mta_threads += 1;
        if roles.mta_threads == 1 {
            self.mta.store(number(), Ordering::Release);
        }
        self.mta.load(Ordering::Acquire)
    }

    /// A thread leaves the MTA; the last one takes it along.
    pub(crate) fn leave_mta(&self) {
        let mut roles = self.roles.lock();
        roles.mta_threads -= 1;
        if roles.mta_threads == 0 {
            self.mta.store(0, Ordering::Release);
        }
    }

    /// A thread gets an STA; tells whether it is the main one.
    pub(crate) fn open_sta(&self, thread: u32) -> bool {
        let mut roles = self.roles.lock();
        let main = !std::mem::replace(&mut roles.main_sta_taken, true);
        if main {
            roles.main_sta = Some(thread);
        }
        main
    }

    /// A thread's STA ends; the main role is vacant until the next new one (Y-22).
    pub(crate) fn close_sta(&self, thread: u32) {
        let mut roles = self.roles.lock();
        if roles.main_sta == Some(thread) {
            (roles.main_sta, roles.main_sta_taken) = (None, false);
        }
    }
}
