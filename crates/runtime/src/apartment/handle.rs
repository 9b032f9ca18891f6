//! Things that a thread can wait for: events and semaphores (SYN 7.3).

use complus_core::error::{Result, WaitError};
use complus_sync::{
    Arc, Mutex, Signal,
    atomic::{AtomicU64, Ordering},
};

/// A handle of something that can be waited for. Clones are handles of the same thing.
#[derive(Clone)]
pub struct WaitHandle(Arc<Waitable>);

struct Waitable {
    kind: Kind,
    state: Mutex<State>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    /// An event that stays signalled.
    Manual,
    /// An event that lets one wait through.
    Automatic,
    /// A semaphore with its maximum.
    Semaphore(u32),
}

struct State {
    /// It is signalled while this is not zero.
    count: u32,
    waiters: Vec<(u64, Signal)>,
}

impl WaitHandle {
    fn new(kind: Kind, count: u32) -> Self {
        Self(Arc::new(Waitable { kind, state: Mutex::new(State { count, waiters: Vec::new() }) }))
    }

    /// Whether a wait for it would end at once.
    pub fn is_signalled(&self) -> bool {
        self.0.state.lock().count > 0
    }

    /// Changes the count; `None` refuses. Wakes who waits, if it is signalled now. Answers the count before.
    fn change(&self, change: impl FnOnce(u32) -> Option<u32>) -> Option<u32> {
        let mut state = self.0.state.lock();
        let before = state.count;
        state.count = change(before)?;
        let waiters: Vec<Signal> = match state.count {
            0 => Vec::new(),
            _ => state.waiters.iter().map(|(_, waiter)| waiter.clone()).collect(),
        };
        drop(state);
        waiters.iter().for_each(Signal::set);
        Some(before)
    }
}

impl Waitable {
    /// What a successful wait leaves.
    fn after_wait(&self, count: u32) -> u32 {
        if self.kind == Kind::Manual { count } else { count - 1 }
    }
}

impl std::fmt::Debug for WaitHandle {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("WaitHandle").field("kind", &self.0.kind).field("is_signalled", &self.is_signalled()).finish()
    }
}

/// An event: set or not.
///
/// ```
/// # use complus_runtime::*;
/// # use complus_core::{attribute::*, hresult::*};
/// # let runtime = Runtime::builder().build()?;
/// # let _bound = runtime.enter();
/// use std::time::Duration;
/// let event = Event::auto_reset(true);
/// event.wait(WaitFlags::DEFAULT, None)?;
/// let again = event.wait(WaitFlags::DEFAULT, Some(Duration::ZERO));
/// assert_eq!(again.unwrap_err().hresult(), RPC_S_CALLPENDING);
/// # Ok::<(), complus_core::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct Event(WaitHandle);

impl Event {
    /// An event that stays set until it is reset.
    pub fn manual_reset(is_set: bool) -> Self {
        Self(WaitHandle::new(Kind::Manual, u32::from(is_set)))
    }

    /// An event that each wait it ends resets.
    pub fn auto_reset(is_set: bool) -> Self {
        Self(WaitHandle::new(Kind::Automatic, u32::from(is_set)))
    }

    /// SetEvent.
    pub fn set(&self) {
        self.0.change(|_| Some(1));
    }

    /// ResetEvent.
    pub fn reset(&self) {
        self.0.change(|_| Some(0));
    }

    /// Its handle.
    pub fn handle(&self) -> WaitHandle {
        self.0.clone()
    }
}

/// A semaphore: each wait that it ends takes one from its count.
#[derive(Clone, Debug)]
pub struct Semaphore {
    handle: WaitHandle,
    most: u32,
}

impl Semaphore {
    /// CreateSemaphore.
    ///
    /// # Errors
    /// E_INVALIDARG for a maximum of 0, and for a count above it.
    pub fn new(count: u32, most: u32) -> Result<Self> {
        if most == 0 || count > most {
            return Err(WaitError::Count.into());
        }
        Ok(Self { handle: WaitHandle::new(Kind::Semaphore(most), count), most })
    }

    /// ReleaseSemaphore: adds to the count; answers what it was.
    ///
    /// # Errors
    /// E_INVALIDARG for 0, and when the count would go beyond its maximum; nothing is added then.
    pub fn release(&self, count: u32) -> Result<u32> {
        let most = self.most;
        let add = |before: u32| before.checked_add(count).filter(|after| count > 0 && *after <= most);
        self.handle.change(add).ok_or_else(|| WaitError::Count.into())
    }

    /// Its handle.
    pub fn handle(&self) -> WaitHandle {
        self.handle.clone()
    }
}

static WAITS: AtomicU64 = AtomicU64::new(0);

/// The handles of one wait: they wake `signal` until this is dropped.
pub(super) struct Waiting<'a> {
    handles: &'a [WaitHandle],
    wait: u64,
}

impl<'a> Waiting<'a> {
    pub(super) fn begin(handles: &'a [WaitHandle], signal: &Signal) -> Self {
        let wait = WAITS.fetch_add(1, Ordering::Relaxed);
        for handle in handles {
            handle.0.state.lock().waiters.push((wait, signal.clone()));
        }
        Self { handles, wait }
    }

    /// Which of them are signalled.
    pub(super) fn signalled(&self) -> Vec<bool> {
        self.handles.iter().map(WaitHandle::is_signalled).collect()
    }

    /// Ends the wait by one handle; false if another thread was quicker.
    pub(super) fn take(&self, index: usize) -> bool {
        self.handles.get(index).is_some_and(|handle| take_all(std::slice::from_ref(handle)))
    }

    /// Ends the wait by all handles, or by none.
    pub(super) fn take_all(&self) -> bool {
        take_all(self.handles)
    }
}

/// Locks them all, in the order of their addresses: others wait for some of the same.
fn take_all(handles: &[WaitHandle]) -> bool {
    let mut waitables: Vec<&Arc<Waitable>> = handles.iter().map(|handle| &handle.0).collect();
    waitables.sort_by_key(|waitable| Arc::as_ptr(waitable).addr());
    waitables.dedup_by(|a, b| Arc::ptr_eq(a, b));
    let mut states: Vec<_> = waitables.iter().map(|waitable| (waitable, waitable.state.lock())).collect();
    if states.iter().any(|(_, state)| state.count == 0) {
        return false;
    }
    for (waitable, state) in &mut states {
        state.count = waitable.after_wait(state.count);
    }
    true
}

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        for handle in self.handles {
            handle.0.state.lock().waiters.retain(|(wait, _)| *wait != self.wait);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use complus_core::hresult::E_INVALIDARG;

    #[test]
    fn a_wait_takes_what_it_waited_for_and_all_or_nothing() {
        let (manual, automatic) = (Event::manual_reset(true), Event::auto_reset(true));
        let semaphore = Semaphore::new(1, 2).unwrap();
        let handles = [manual.handle(), automatic.handle(), semaphore.handle(), automatic.handle()];
        assert!(take_all(&handles));
        let signalled: Vec<bool> = handles.iter().map(WaitHandle::is_signalled).collect();
        assert_eq!(signalled, [true, false, false, false]);
        automatic.set();
        assert!(!take_all(&handles));
        assert!(automatic.handle().is_signalled());
        manual.reset();
        assert!(!manual.handle().is_signalled());
    }

    #[test]
    fn a_semaphore_counts_to_its_maximum() {
        for (count, most) in [(0, 0), (3, 2)] {
            assert_eq!(Semaphore::new(count, most).unwrap_err().hresult(), E_INVALIDARG);
        }
        let semaphore = Semaphore::new(1, 3).unwrap();
        assert_eq!(semaphore.release(1).unwrap(), 1);
        for count in [0, 2, u32::MAX] {
            assert_eq!(semaphore.release(count).unwrap_err().hresult(), E_INVALIDARG);
        }
        assert_eq!(semaphore.release(1).unwrap(), 2);
    }
}
