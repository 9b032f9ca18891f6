//! The lock of an activity, driven by real threads: [`complus_core::activity_lock`] decides.
//!
//! One per activity and process. Free and re-entered, it costs an atomic operation or none; whoever has to wait goes
//! through the line, under a mutex. See the README beside this file.

use super::{
    ActivityObject,
    calls::{Spare, Spares},
    service_call::Queued,
    wait_graph::Wanted,
    word::Word,
    work::Work,
};
use crate::{
    apartment::{self, Call, Message, Resident, Sta},
    interception::Admission,
    machine::Machine,
    observation::Place,
    process::ProcessState,
    thread,
};
use complus_core::{
    DeadlockPolicy,
    activity_lock::{Line, Ticket},
    error::{CallError, Result},
    event::What,
};
use complus_sync::{
    Arc, Mutex, Signal, Weak,
    atomic::{AtomicU8, Ordering},
};
use once_cell::race::OnceBox;
use std::time::Duration;

/// The lock of one activity in one process.
pub(crate) struct ActivityLock {
    /// Number of the activity: the same in every process.
    number: u64,
    word: Word,
    /// Made by the first who waits, or who sets something that is kept there.
    queue: OnceBox<SharedQueue>,
    process: Weak<ProcessState>,
}

/// The queue of an activity. It lives apart from the rest of the lock, which the thread inside writes to with every
/// call: whoever only adds to a queue does not disturb it.
pub(crate) type SharedQueue = Arc<Mutex<Queue>>;

/// What an activity needs that somebody waits for.
pub(crate) struct Queue {
    line: Line<Waiter>,
    /// Time-out of each who waits, in nanoseconds; infinite unless a test or a peer says otherwise (Y-10).
    timeout: u64,
    /// The STA of the pool that the objects of the activity live in (SYN 4.9).
    host: Option<Arc<Resident>>,
    /// Empty lists for calls that come to stand one behind the other.
    spares: Spares,
}

/// The default time-out, INFINITE.
pub(crate) const INFINITE: u64 = u64::MAX;

impl Default for Queue {
    fn default() -> Self {
        Self { line: Line::new(), timeout: INFINITE, host: None, spares: Spares::default() }
    }
}

/// What is woken when the lock is handed over.
pub(crate) enum Waiter {
    /// A thread that waits here.
    Thread(Arc<Waiting>),
    /// A call that an STA has put aside: its thread must go on pumping (SYN 4.5).
    Parked(Box<Call>, Arc<Sta>),
    /// Asynchronous work.
    Work(Work),
}

/// How a thread that waits stands.
pub(crate) struct Waiting {
    signal: Signal,
    entered: AtomicU8,
}

/// What came of an entry.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Entered {
    Outermost,
    Again(u32),
}

impl ActivityLock {
    /// The lock of an activity in `process`, free.
    pub(crate) fn new(process: &Arc<ProcessState>, number: u64) -> Arc<Self> {
        Self::held_by(process, number, 0)
    }

    /// The lock of an activity that `causality` is in already, once.
    pub(crate) fn held_by(process: &Arc<ProcessState>, number: u64, causality: u64) -> Arc<Self> {
        let lock = Self::of(process, number, causality);
        process.activities.insert(number, Arc::downgrade(&lock));
        lock
    }

    /// The lock of an activity that came from another process: made if nobody here has it, with the time-out that came
    /// along.
    pub(crate) fn imported(process: &Arc<ProcessState>, number: u64, timeout: Option<Duration>) -> Arc<Self> {
        let mut entry = process.activities.entry(number).or_default();
        if let Some(lock) = entry.upgrade() {
            return lock;
        }
        let lock = Self::of(process, number, 0);
        lock.set_timeout(timeout);
        *entry = Arc::downgrade(&lock);
        lock
    }

    fn of(process: &Arc<ProcessState>, number: u64, causality: u64) -> Arc<Self> {
        Arc::new(Self { number, word: Word::of(causality), queue: OnceBox::new(), process: Arc::downgrade(process) })
    }

    /// Number of the activity.
    pub(crate) fn number(&self) -> u64 {
        self.number
    }

    /// Number of the causality inside; zero is nobody.
    pub(crate) fn owner(&self) -> u64 {
        self.word.owner()
    }

    /// Enters if that needs no waiting; answers whether it did. Nobody is told.
    #[inline]
    pub(crate) fn try_enter(&self, causality: u64) -> bool {
        self.word.try_enter(causality)
    }

    /// Leaves if nobody waits; answers whether it did. Nobody is told.
    #[inline]
    pub(crate) fn try_leave(&self) -> bool {
        self.word.try_leave()
    }

    /// Enters for `causality` on this thread, waiting if need be; an STA pumps meanwhile.
    ///
    /// # Errors
    /// CONTEXT_E_WOULD_DEADLOCK when the wait would close a cycle, CONTEXT_E_SYNCH_TIMEOUT, RPC_E_DISCONNECTED when
    /// the process dies meanwhile.
    pub(crate) fn enter(&self, machine: &Machine, causality: u64) -> Result<()> {
        let entered = match self.try_enter(causality) {
            true => self.entered(),
            false => self.enter_slowly(machine, causality)?,
        };
        if machine.is_observed() {
            self.tell(machine, entered);
        }
        Ok(())
    }

    fn entered(&self) -> Entered {
        match self.word.depth() {
            1 => Entered::Outermost,
            depth => Entered::Again(depth),
        }
    }

    #[cold]
    fn enter_slowly(&self, machine: &Machine, causality: u64) -> Result<Entered> {
        let signal = thread::bound(|binding| binding.signal())?.ok_or(CallError::Disconnected)?;
        self.wait_in_line(machine, causality, signal, None, || false)?.ok_or_else(|| CallError::ActivityTimeout.into())
    }

    /// The same for somebody who waits until `limit` at most, and only as long as it is not called `off`, which is asked
    /// whenever the signal is set; answers whether it is inside.
    ///
    /// # Errors
    /// As for [`enter`](Self::enter).
    pub(super) fn enter_until(
        &self,
        machine: &Machine,
        causality: u64,
        signal: Signal,
        limit: u64,
        off: impl Fn() -> bool,
    ) -> Result<bool> {
        let entered = match self.try_enter(causality) {
            true => Some(self.entered()),
            false => self.wait_in_line(machine, causality, signal, Some(limit), off)?,
        };
        if let Some(entered) = entered.filter(|_| machine.is_observed()) {
            self.tell(machine, entered);
        }
        Ok(entered.is_some())
    }

    /// `None` is for `limit` and `off`.
    fn wait_in_line(
        &self,
        machine: &Machine,
        causality: u64,
        signal: Signal,
        limit: Option<u64>,
        off: impl Fn() -> bool,
    ) -> Result<Option<Entered>> {
        let process = self.process.upgrade().ok_or(CallError::Disconnected)?;
        let waiting = Arc::new(Waiting { signal, entered: AtomicU8::new(0) });
        let joined = self.join(machine, &process, causality, || Waiter::Thread(waiting.clone()))?;
        let Joined::Waits(ticket, timeout) = joined else { return Ok(Some(self.entered())) };
        let deadline = timeout.into_iter().chain(limit).min();
        if machine.is_observed() {
            machine.emit_here(What::ActivityWaiting { activity: machine.activity_id(self.number) });
        }
        let inside = || waiting.entered.load(Ordering::Acquire) != 0;
        let ready = || if inside() { Some(true) } else { off().then_some(false) };
        match apartment::wait_for(machine, &process, deadline, ready) {
            Ok(Some(true)) => Ok(Some(Entered::Outermost)),
            given_up => match self.cancel(&process, ticket) {
                // It was handed over at the last moment.
                None => Ok(Some(Entered::Outermost)),
                Some(_) if given_up?.is_none() && timeout.is_some() && deadline == timeout => {
                    self.tell_timeout(machine, causality);
                    Err(CallError::ActivityTimeout.into())
                }
                Some(_) => Ok(None),
            },
        }
    }

    /// Enters for a call that came to an STA, or puts it aside until it is handed the lock: the STA's thread must not
    /// block (SYN 4.5). Gives the call back when it may go on now.
    pub(crate) fn enter_or_park(
        &self,
        machine: &Arc<Machine>,
        process: &Arc<ProcessState>,
        call: Box<Call>,
        sta: &Arc<Sta>,
    ) -> Option<Box<Call>> {
        let causality = call.causality;
        if self.try_enter(causality) {
            return Some(call);
        }
        let mut call = Some(call);
        let joined = self.join(machine, process, causality, || {
            let call = call.take().expect("the line takes a waiter once");
            Waiter::Parked(call, sta.clone())
        });
        match (joined, call) {
            (Ok(Joined::Inside), call) => call,
            (Err(error), Some(call)) => {
                call.returned(Err(error));
                None
            }
            (Ok(Joined::Waits(ticket, deadline)), _) => {
                // It cannot run before this thread has returned to its queue.
                if machine.is_observed() {
                    let here = thread::look(|binding| Some(Place::here(binding))).unwrap_or_default();
                    let activity = machine.activity_id(self.number);
                    machine.emit(Place { causality, ..here }, What::ActivityWaiting { activity });
                }
                self.give_up_at(machine, process, ticket, deadline);
                None
            }
            (Err(_), None) => None,
        }
    }

    /// The queue, made if need be.
    fn queue(&self) -> &SharedQueue {
        self.queue.get_or_init(Box::default)
    }

    /// An asynchronous call of `object` joins the line (O5, O6), unless nobody is inside: then it is handed the lock
    /// and sent to its thread at once.
    ///
    /// Behind calls of the same object it joins without a look at the lock: as long as somebody is in the line, nobody
    /// can free it.
    #[inline]
    pub(super) fn submit<Q: Queued>(&self, object: &Arc<ActivityObject>, causality: u64, call: Q) {
        let queue = match object.queue.get() {
            Some(queue) => queue,
            None if self.word.take(causality) => {
                return object.dispatch(Work::new(object.clone(), causality, call).entered());
            }
            None => object.queue.get_or_init(|| self.queue().clone()),
        };
        let mut queue = queue.lock();
        let Queue { line, spares, .. } = &mut *queue;
        if let Some(Waiter::Work(work)) = line.last_mut()
            && Arc::ptr_eq(&work.object, object)
            && work.has_room()
        {
            return work.append(causality, call, spares);
        }
        let work = Work::new(object.clone(), causality, call);
        if self.word.take_or_announce(causality) {
            drop(queue);
            return object.dispatch(work.entered());
        }
        line.join(causality, Waiter::Work(work));
    }

    /// Passes the lock from a call to the next one of the same work, which this thread runs; `ahead` more come after
    /// it. Whether others wait shows when the last one leaves.
    #[inline]
    pub(super) fn pass_to(&self, causality: u64, ahead: usize) {
        self.word.pass_to(causality, ahead);
    }

    /// Work that has the lock and is not run now goes back to the head of the line; the call that it came after keeps
    /// the lock.
    pub(super) fn put_back(&self, work: Work) {
        let mut queue = self.queue().lock();
        queue.line.put_back(work.causality(), Waiter::Work(work));
        self.word.put_back();
    }

    /// Leaves once; the outermost leave hands the lock to the head of the line.
    pub(crate) fn leave(&self, machine: &Machine) {
        if machine.is_observed() {
            let depth = self.word.depth();
            let what = if depth > 1 { What::ActivityLeftSame { depth: depth - 1 } } else { What::ActivityLeft };
            let mut place = thread::look(|binding| Some(Place::here(binding))).unwrap_or_default();
            place.activity = self.number;
            machine.emit(place, what);
        }
        if !self.try_leave() {
            self.hand_over();
        }
    }

    /// The owner goes on as another causality: its future is polled by another thread.
    pub(crate) fn travel_to(&self, causality: u64) {
        let _line = self.queue().lock(); // nobody hands the lock over meanwhile
        self.word.rename(causality);
    }

    /// Hands the lock to the head of the line.
    #[cold]
    pub(crate) fn hand_over(&self) {
        while let Some(waiter) = self.next_owner([None, None]) {
            if waiter.wake() {
                return;
            }
            // Its apartment is gone: the next one.
        }
    }

    /// Leaves, and takes work for the MTA pool if that heads the line, so that this thread goes on with it; whoever
    /// else heads the line is handed the lock. `spares` are what held the calls that were run.
    pub(super) fn leave_for_next(&self, spares: [Option<Spare>; 2]) -> Option<Work> {
        if spares.iter().all(Option::is_none) && self.try_leave() {
            return None;
        }
        match self.next_owner(spares)? {
            Waiter::Work(work) if work.is_mta() => Some(work.entered()),
            waiter => {
                if !waiter.wake() {
                    self.hand_over();
                }
                None
            }
        }
    }

    fn next_owner(&self, spares: [Option<Spare>; 2]) -> Option<Waiter> {
        let mut queue = self.queue().lock();
        let (head, word) = queue.line.hand_over();
        queue.spares.keep(spares.into_iter().flatten());
        if head.is_none() {
            queue.spares.rest();
        }
        let mut ahead = 0;
        if let Some(head) = &head {
            match &head.waiter {
                Waiter::Work(work) => ahead = work.len() - 1,
                Waiter::Thread(_) | Waiter::Parked(..) => {
                    if let Some(process) = self.process.upgrade() {
                        process.waits.resolved(head.causality);
                    }
                }
            }
        }
        self.word.hand_over(word, ahead);
        head.map(|head| head.waiter)
    }

    /// Joins the line, unless the lock was freed meanwhile.
    fn join(
        &self,
        machine: &Machine,
        process: &ProcessState,
        causality: u64,
        waiter: impl FnOnce() -> Waiter,
    ) -> Result<Joined> {
        let mut queue = self.queue().lock();
        if self.word.enter_or_announce(causality) {
            return Ok(Joined::Inside);
        }
        let refuse = machine.compat.deadlock == DeadlockPolicy::FailWouldDeadlock;
        let lock = process.activities.get(&self.number).map(|lock| lock.value().clone()).unwrap_or_default();
        let wanted = Wanted { process: process.number, activity: self.number, lock };
        if !process.waits.add(causality, wanted, refuse) {
            self.put_right(&queue.line);
            return Err(CallError::WouldDeadlock.into());
        }
        let deadline = (queue.timeout != INFINITE).then(|| machine.clock.now().saturating_add(queue.timeout));
        Ok(Joined::Waits(queue.line.join(causality, waiter()), deadline))
    }

    /// Takes somebody out of the line; `None` when the lock was handed over before.
    fn cancel(&self, process: &ProcessState, ticket: Ticket) -> Option<Waiter> {
        let line = &mut self.queue.get()?.lock().line;
        let gone = line.cancel(ticket)?;
        process.waits.resolved(gone.causality);
        self.put_right(line);
        Some(gone.waiter)
    }

    /// The word is put right after somebody gave up: nobody waits if the line, which is locked, is empty.
    fn put_right(&self, line: &Line<Waiter>) {
        if line.is_empty() {
            self.word.denounce();
        }
    }

    /// Lets a parked call fail when its time is over.
    fn give_up_at(&self, machine: &Arc<Machine>, process: &Arc<ProcessState>, ticket: Ticket, deadline: Option<u64>) {
        let Some(deadline) = deadline else { return };
        let (weak, number) = (Arc::downgrade(machine), self.number);
        let process = Arc::downgrade(process);
        machine.timers.set(
            deadline,
            Box::new(move || {
                let (Some(machine), Some(process)) = (weak.upgrade(), process.upgrade()) else { return };
                let Some(lock) = process.lock_of(number) else { return };
                if let Some(Waiter::Parked(call, _)) = lock.cancel(&process, ticket) {
                    lock.tell_timeout(&machine, call.causality);
                    call.returned(Err(CallError::ActivityTimeout.into()));
                }
            }),
        );
    }

    /// Sets how long each may wait from now on; `None` is for ever.
    pub(crate) fn set_timeout(&self, timeout: Option<Duration>) {
        let nanoseconds = timeout.map(|timeout| u64::try_from(timeout.as_nanos()).unwrap_or(INFINITE - 1));
        self.queue().lock().timeout = nanoseconds.unwrap_or(INFINITE);
    }

    /// How long each may wait; `None` is for ever.
    pub(crate) fn timeout(&self) -> Option<Duration> {
        let timeout = self.queue.get().map_or(INFINITE, |queue| queue.lock().timeout);
        (timeout != INFINITE).then(|| Duration::from_nanos(timeout))
    }

    /// The STA that the activity is assigned to, until it ends.
    pub(crate) fn host(&self) -> Option<Arc<Resident>> {
        self.queue.get()?.lock().host.clone()
    }

    /// Assigns it to an STA.
    pub(crate) fn set_host(&self, host: Arc<Resident>) {
        self.queue().lock().host = Some(host);
    }

    /// How many wait.
    pub(crate) fn waiting(&self) -> usize {
        let calls = |waiter: &Waiter| if let Waiter::Work(work) = waiter { work.len() } else { 1 };
        let in_line = self.queue.get().map_or(0, |queue| queue.lock().line.iter().map(calls).sum());
        in_line + self.word.ahead()
    }

    /// Everybody who waits is let go: the process is dead.
    pub(crate) fn abandon(&self) {
        let gone = {
            let Some(queue) = self.queue.get() else { return };
            let mut queue = queue.lock();
            // Threads see for themselves that the process is dead, and leave the line on their own.
            let gone = queue.line.abandon(|waiter| !matches!(waiter, Waiter::Thread(_)));
            self.put_right(&queue.line);
            gone
        };
        let process = self.process.upgrade();
        for waiting in gone {
            process.iter().for_each(|process| process.waits.resolved(waiting.causality));
            if let Waiter::Parked(call, _) = waiting.waiter {
                call.returned(Err(CallError::Disconnected.into()));
            }
        }
    }

    fn tell(&self, machine: &Machine, entered: Entered) {
        let mut place = thread::look(|binding| Some(Place::here(binding))).unwrap_or_default();
        place.activity = self.number;
        machine.emit(
            place,
            match entered {
                Entered::Outermost => What::ActivityEntered,
                Entered::Again(depth) => What::ActivityReentered { depth },
            },
        );
    }

    /// Tells that this thread is inside, having been handed the lock.
    pub(crate) fn tell_entered(&self, machine: &Machine) {
        if machine.is_observed() {
            self.tell(machine, self.entered());
        }
    }

    fn tell_timeout(&self, machine: &Machine, causality: u64) {
        let timeout = self.timeout().unwrap_or_default();
        let mut place = thread::look(|binding| Some(Place::here(binding))).unwrap_or_default();
        (place.activity, place.causality) = (self.number, causality);
        machine.emit(place, What::ActivityTimedOut { timeout });
    }
}

/// What came of joining a line.
enum Joined {
    Inside,
    Waits(Ticket, Option<u64>),
}

impl Waiter {
    /// It has been handed the lock; `false` when it is gone.
    fn wake(self) -> bool {
        match self {
            Self::Thread(waiting) => {
                waiting.entered.store(1, Ordering::Release);
                waiting.signal.set();
                true
            }
            Self::Parked(mut call, sta) => {
                call.admission = Admission::Entered;
                match sta.post(Message::Call(call)) {
                    Ok(()) => true,
                    // Dropped, it is answered; the lock goes on from here, not from its hands as well.
                    Err(mut message) => {
                        if let Message::Call(call) = &mut message {
                            call.admission = Admission::Enter;
                        }
                        false
                    }
                }
            }
            Self::Work(work) => {
                work.send();
                true
            }
        }
    }
}

impl Drop for ActivityLock {
    fn drop(&mut self) {
        if let Some(process) = self.process.upgrade() {
            // Another lock of the activity may have been made since nobody held this one.
            process.activities.remove_if(&self.number, |_, lock| lock.strong_count() == 0);
        }
    }
}
