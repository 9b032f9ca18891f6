//! The slot of an object: what the runtime keeps for those who hold it from outside its context. COM calls it the stub
//! manager.

use super::{
    Holder, Object, Residence,
    farewell::{Farewell, News},
    object,
    registry::Key,
};
use crate::process::ProcessState;
use complus_core::{
    error::{CallError, Result},
    rules::{
        activity_lock::Call,
        call_out::{Failure, seen_by_caller},
        connection::{Cause, Connection},
        marshal::{Hold, Packet},
    },
};
use complus_sync::{
    Arc, Mutex, Weak,
    atomic::{AtomicU64, Ordering},
};
use std::collections::BTreeMap;
use uuid::Uuid;

/// An object seen from outside. There is one for each object and context that it is given out in.
pub(crate) struct Slot {
    /// Its number, the object id of its packets.
    pub(crate) number: u64,
    /// What it is found by.
    pub(super) key: Key,
    pub(crate) residence: Residence,
    object: Weak<dyn Object>,
    /// The object has IExternalConnection.
    external: bool,
    /// How often somebody began to hold it.
    holds: AtomicU64,
    /// The state's, for those who only want to know whether they still are connected.
    epoch: AtomicU64,
    state: Mutex<State>,
}

struct State {
    connection: Connection,
    /// Counts how often it was let go of: who was connected before is not connected now.
    epoch: u64,
    /// How many of the strong references are external locks.
    locks: u32,
    /// While somebody outside holds it.
    object: Option<Arc<dyn Object>>,
    /// The packets that were written, and whether each is to stay in the process.
    packets: BTreeMap<u64, (Packet, bool)>,
    next_packet: u64,
}

impl Slot {
    pub(super) fn new(number: u64, key: Key, object: &Arc<dyn Object>, residence: Residence) -> Arc<Self> {
        let external = object.external_connection().is_some();
        Arc::new(Self {
            number,
            key,
            residence,
            object: Arc::downgrade(object),
            external,
            holds: AtomicU64::new(0),
            epoch: AtomicU64::new(0),
            state: Mutex::new(State {
                connection: Connection::new(external),
                epoch: 0,
                locks: 0,
                object: None,
                packets: BTreeMap::new(),
                next_packet: 1,
            }),
        })
    }

    /// The context that the object lives in.
    pub(crate) fn holder(&self) -> Holder {
        self.residence.holder()
    }

    pub(super) fn process(&self) -> &Arc<ProcessState> {
        &self.residence.context.process
    }

    /// One more who holds the object, known by the reference that the caller has; answers since when it is connected.
    pub(super) fn connect(self: &Arc<Self>, object: &Arc<dyn Object>, hold: Hold) -> u64 {
        self.take_hold(object, hold, 0)
    }

    /// CoLockObjectExternal with lock.
    pub(super) fn lock(self: &Arc<Self>, object: &Arc<dyn Object>) {
        self.take_hold(object, Hold::Strong, 1);
    }

    fn take_hold(self: &Arc<Self>, object: &Arc<dyn Object>, hold: Hold, locks: u32) -> u64 {
        let mut state = self.state.lock();
        if state.object.is_none() {
            state.object = Some(object.clone());
            self.process().references.keep(self);
        }
        state.locks += locks;
        let (epoch, news) = (state.epoch, self.add(&mut state, hold));
        drop(state);
        self.tell(news);
        epoch
    }

    /// One more who holds the object, by somebody who is connected since `epoch`.
    ///
    /// # Errors
    /// RPC_E_DISCONNECTED.
    pub(super) fn reconnect(self: &Arc<Self>, epoch: u64, hold: Hold) -> Result<()> {
        let mut state = self.state.lock();
        if !state.is_connected(epoch) {
            return Err(seen_by_caller(Failure::Disconnected).into());
        }
        let news = self.add(&mut state, hold);
        drop(state);
        self.tell(news);
        Ok(())
    }

    /// One less. Without effect if the object was let go of since.
    pub(super) fn release(self: &Arc<Self>, epoch: u64, hold: Hold, cause: Cause) -> Farewell {
        self.state.lock().release(self, epoch, hold, cause)
    }

    /// Lets the object go, whoever holds it.
    pub(super) fn disconnect(self: &Arc<Self>) -> Farewell {
        let mut state = self.state.lock();
        let strong = state.connection.strong;
        if !state.connection.disconnect() {
            return Farewell::nothing(self);
        }
        let object = self.let_go(&mut state);
        let closes = Cause::ApartmentEnded.last_release_closes();
        let news = if self.external { vec![News::Released { closes }; strong as usize] } else { Vec::new() };
        Farewell { slot: self.clone(), news, object, gone: true }
    }

    /// CoLockObjectExternal without lock. Without effect if it is not locked.
    pub(super) fn unlock(self: &Arc<Self>, last_unlock_releases: bool) -> Farewell {
        let mut state = self.state.lock();
        if state.locks == 0 {
            return Farewell::nothing(self);
        }
        state.locks -= 1;
        let epoch = state.epoch;
        state.release(self, epoch, Hold::Strong, Cause::Unlocked { last_unlock_releases })
    }

    /// The object, for a call by somebody who is connected since `epoch`.
    ///
    /// # Errors
    /// RPC_E_DISCONNECTED.
    pub(crate) fn object(&self, epoch: u64) -> Result<Arc<dyn Object>, CallError> {
        let state = self.state.lock();
        let object = state.object.clone().filter(|_| state.is_connected(epoch));
        object.ok_or(seen_by_caller(Failure::Disconnected))
    }

    /// The object, if anybody has it.
    pub(super) fn any_object(&self) -> Option<Arc<dyn Object>> {
        self.object.upgrade()
    }

    /// Whether somebody who connected at `epoch` still is.
    pub(super) fn is_connected(&self, epoch: u64) -> bool {
        self.state.lock().is_connected(epoch)
    }

    /// Whether somebody who has held the object since `epoch`, and has not let go of it, still does.
    #[inline]
    pub(crate) fn is_still_held(&self, epoch: u64) -> bool {
        self.epoch.load(Ordering::Acquire) == epoch
    }

    /// From now on calls ask for the object step by step.
    pub(crate) fn close_shortcuts(&self) {
        self.epoch.store(u64::MAX, Ordering::Release);
    }

    /// Whether the proxy that holds the object since `epoch` is all that ever did, and nobody has the slot beside it and
    /// the table of those that are held.
    #[inline]
    pub(super) fn has_one_holder(self: &Arc<Self>, epoch: u64) -> bool {
        self.holds.load(Ordering::Acquire) == 1
            && self.is_still_held(epoch)
            && Arc::strong_count(self) == 2
            && self.object.strong_count() == 1
    }

    /// Notes a packet that holds the object already; answers its number.
    pub(super) fn enter_packet(&self, packet: Packet, stays_in_process: bool) -> u64 {
        let mut state = self.state.lock();
        let number = state.next_packet;
        state.next_packet += 1;
        state.packets.insert(number, (packet, stays_in_process));
        number
    }

    /// Lets `step` take a packet further, seeing whether the object is connected; what it gave up is given back for
    /// `cause`. A packet that is not known is `otherwise`.
    pub(super) fn step_packet<T>(
        self: &Arc<Self>,
        place: PacketPlace,
        otherwise: Packet,
        step: impl FnOnce(Packet, bool) -> (Packet, T),
    ) -> T {
        let mut state = self.state.lock();
        let connected = state.is_connected(place.epoch);
        let packet = state.packets.get(&place.number).filter(|_| connected).map_or(otherwise, |(packet, _)| *packet);
        let (after, result) = step(packet, connected);
        // One that is spent looks like one that was released, but to who is strict (Y-31).
        let strict = self.residence.context.machine.compat.strict_misuse;
        if !connected {
            // What the number stood for went with the connection.
        } else if after.hold() == Hold::None && !strict {
            state.packets.remove(&place.number);
        } else if connected && let Some((packet, _)) = state.packets.get_mut(&place.number) {
            *packet = after;
        }
        result
    }

    /// Whether a packet is of use in the object's process only; one that is spent is.
    pub(super) fn stays_in_process(&self, place: PacketPlace) -> bool {
        self.state.lock().packets.get(&place.number).is_none_or(|(_, stays)| *stays)
    }

    fn add(&self, state: &mut State, hold: Hold) -> Option<Arc<dyn Object>> {
        self.holds.store(self.holds.load(Ordering::Relaxed) + 1, Ordering::Release);
        match hold {
            Hold::Strong => state.connection.add_strong(),
            Hold::Weak => state.connection.add_weak(),
            Hold::None => {}
        }
        state.object.clone().filter(|_| self.external && hold == Hold::Strong)
    }

    fn tell(self: &Arc<Self>, object: Option<Arc<dyn Object>>) {
        if let Some(object) = object {
            let farewell = Farewell { slot: self.clone(), news: vec![News::Added], object: Some(object), gone: false };
            farewell.deliver(Call::ReferenceTraffic);
        }
    }

    fn let_go(&self, state: &mut State) -> Option<Arc<dyn Object>> {
        state.epoch += 1;
        self.epoch.store(state.epoch, Ordering::Release);
        state.locks = 0;
        state.packets.clear();
        self.process().references.keep_no_longer(self);
        state.object.take()
    }
}

impl State {
    fn is_connected(&self, epoch: u64) -> bool {
        self.epoch == epoch && self.connection.is_held()
    }

    fn release(&mut self, slot: &Arc<Slot>, epoch: u64, hold: Hold, cause: Cause) -> Farewell {
        if !self.is_connected(epoch) || hold == Hold::None {
            return Farewell::nothing(slot);
        }
        let gone = match hold {
            Hold::Strong => self.connection.release_strong(cause),
            Hold::Weak => self.connection.release_weak(),
            Hold::None => false,
        };
        let told = slot.external && hold == Hold::Strong;
        let news = if told { vec![News::Released { closes: cause.last_release_closes() }] } else { Vec::new() };
        let object = if gone { slot.let_go(self) } else { self.object.clone().filter(|_| told) };
        Farewell { slot: slot.clone(), news, object, gone }
    }
}

impl Drop for Slot {
    fn drop(&mut self) {
        self.process().references.forget(self);
    }
}

/// A packet of a slot.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct PacketPlace {
    /// Since when it is connected.
    pub(super) epoch: u64,
    pub(super) number: u64,
}

impl PacketPlace {
    /// The interface pointer id that stands for it in a stream.
    pub(super) fn id(self) -> Uuid {
        Uuid::from_u64_pair(self.epoch, self.number)
    }

    pub(super) fn from_id(id: Uuid) -> Self {
        let (epoch, number) = id.as_u64_pair();
        Self { epoch, number }
    }
}

/// Whether the slot's object has `interface`, and whether a proxy for it would; `(false, false)` if it is gone.
pub(super) fn supports(slot: &Slot, interface: Uuid) -> (bool, bool) {
    match slot.any_object() {
        Some(object) => (object::object_supports(&*object, interface), object::proxy_supports(&*object, interface)),
        None => (false, false),
    }
}
