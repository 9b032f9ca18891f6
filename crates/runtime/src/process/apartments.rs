//! The apartments of a process, as far as they belong to no single thread (SYN 6.4, 6.6, 6.7).

use crate::apartment::Sta;
use complus_sync::{
    Arc, Mutex,
    atomic::{AtomicU64, Ordering},
};

/// Who keeps which apartment.
#[derive(Default)]
pub(crate) struct Apartments {
    /// Number of the MTA's default context; 0 while there is no MTA.
    mta: AtomicU64,
    roles: Mutex<Roles>,
}

#[derive(Default)]
struct Roles {
    /// Threads in the MTA, cookies of CoIncrementMTAUsage, and what the runtime itself keeps.
    mta_references: usize,
    cookies: Vec<u64>,
    next_cookie: u64,
    /// COM itself keeps the MTA.
    hosts_mta: bool,
    /// Threads of the program that joined an apartment.
    members: usize,
    /// Number of the neutral apartment's default context, made when first asked for.
    neutral: Option<u64>,
    stas: Vec<Arc<Sta>>,
}

impl Apartments {
    /// The MTA's default context, if there is an MTA.
    #[inline]
    pub(crate) fn mta(&self) -> Option<u64> {
        match self.mta.load(Ordering::Acquire) {
            0 => None,
            number => Some(number),
        }
    }

    /// Somebody keeps the MTA; `number` becomes its default context's if it is the first.
    pub(crate) fn keep_mta(&self, number: impl FnOnce() -> u64) -> u64 {
        let mut roles = self.roles.lock();
        self.keep(&mut roles, number)
    }

    /// COM keeps the MTA for as long as the process uses COM (SYN 6.4); its default context.
    pub(crate) fn host_mta(&self, number: impl FnOnce() -> u64) -> u64 {
        let mut roles = self.roles.lock();
        if std::mem::replace(&mut roles.hosts_mta, true) {
            self.mta().unwrap_or(0)
        } else {
            self.keep(&mut roles, number)
        }
    }

    /// A thread of the program has joined an apartment.
    pub(crate) fn member_joined(&self) {
        self.roles.lock().members += 1;
    }

    /// One has left.
    pub(super) fn member_left(&self) {
        self.roles.lock().members -= 1;
    }

    /// Whether nobody in the program uses COM any more: no thread is in an apartment, no cookie keeps the MTA. Whether
    /// COM itself kept the MTA, and has to let it go.
    pub(super) fn is_down(&self) -> Option<bool> {
        let mut roles = self.roles.lock();
        (roles.members == 0 && roles.cookies.is_empty()).then(|| std::mem::take(&mut roles.hosts_mta))
    }

    fn keep(&self, roles: &mut Roles, number: impl FnOnce() -> u64) -> u64 {
        roles.mta_references += 1;
        if roles.mta_references == 1 {
            self.mta.store(number(), Ordering::Release);
        }
        self.mta.load(Ordering::Acquire)
    }

    /// Somebody keeps the MTA no longer; the number of its default context if it ended.
    pub(super) fn release_mta(&self) -> Option<u64> {
        let mut roles = self.roles.lock();
        self.release(&mut roles)
    }

    fn release(&self, roles: &mut Roles) -> Option<u64> {
        roles.mta_references -= 1;
        (roles.mta_references == 0).then(|| self.mta.swap(0, Ordering::AcqRel))
    }

    /// CoIncrementMTAUsage: a cookie that is not zero and not in use.
    pub(crate) fn increment_mta_usage(&self, number: impl FnOnce() -> u64) -> u64 {
        let mut roles = self.roles.lock();
        self.keep(&mut roles, number);
        roles.next_cookie += 1;
        let cookie = roles.next_cookie;
        roles.cookies.push(cookie);
        cookie
    }

    /// CoDecrementMTAUsage; `None` for a cookie that is not in use, else the number of the MTA's default context if the
    /// MTA ended.
    pub(super) fn decrement_mta_usage(&self, cookie: u64) -> Option<Option<u64>> {
        let mut roles = self.roles.lock();
        let place = roles.cookies.iter().position(|known| *known == cookie)?;
        roles.cookies.swap_remove(place);
        Some(self.release(&mut roles))
    }

    /// The neutral apartment's default context.
    pub(crate) fn neutral(&self, number: impl FnOnce() -> u64) -> u64 {
        *self.roles.lock().neutral.get_or_insert_with(number)
    }

    /// The same, if it was asked for.
    pub(super) fn known_neutral(&self) -> Option<u64> {
        self.roles.lock().neutral
    }

    /// A new STA; the first one is the main one, and so is the first one after that has ended (Y-22).
    pub(crate) fn open_sta(&self, make: impl FnOnce(bool) -> Arc<Sta>) -> Arc<Sta> {
        let mut roles = self.roles.lock();
        let vacant = !roles.stas.iter().any(|sta| sta.is_main());
        let sta = make(vacant);
        roles.stas.push(sta.clone());
        sta
    }

    /// An STA that is never the main one: a pool's.
    pub(crate) fn add_sta(&self, sta: Arc<Sta>) -> Arc<Sta> {
        self.roles.lock().stas.push(sta.clone());
        sta
    }

    /// An STA ends.
    pub(crate) fn close_sta(&self, sta: &Arc<Sta>) {
        self.roles.lock().stas.retain(|open| !Arc::ptr_eq(open, sta));
    }

    /// The main STA.
    pub(crate) fn main_sta(&self) -> Option<Arc<Sta>> {
        self.roles.lock().stas.iter().find(|sta| sta.is_main()).cloned()
    }
}
