//! Apartments: joining, leaving, asking (ACT 2, SYN 6); the queue of an STA and calls between apartments (SYN 7, 8).

mod call;
mod filter;
mod home;
mod message;
mod outgoing;
mod pump;
mod sta;
mod wait;
mod window;

pub use call::Method;
pub(crate) use call::{Body, Call};
pub use filter::{
    CallType, IncomingCall, MessageFilter, PendingMessage, PendingType, ServerCall, register_message_filter,
};
pub(crate) use home::Home;
pub use message::WindowMessage;
pub(crate) use message::{Message, WindowProcedure};
pub(crate) use outgoing::{call, is_here, may_call_out, notify, post};
pub(crate) use pump::{run as run_call, serve_queue};
pub(crate) use sta::{Announced, Sta};
pub(crate) use wait::wait_for;
pub use window::{MessageQueue, message_loop, pump_messages, set_window_procedure};

pub(crate) use complus_core::rules::message::Category;

use crate::{
    machine::Machine,
    observation::Place,
    process::ProcessState,
    thread::{self, Binding, BindingKey, Membership, frame::Frame},
};
use complus_core::{
    attribute::{ApartmentModel, ApartmentType, ApartmentTypeQualifier},
    error::{ApartmentError, Result},
    event::What,
    hresult::HResult,
    rules::{
        apartment_type::{self, Member},
        initialization::{self, Joined, Left, State},
    },
    stack::PushedBy,
};
use complus_sync::{Arc, Signal};
use std::marker::PhantomData;

/// The thread is in an apartment until this is dropped: CoInitializeEx and CoUninitialize.
///
/// When the last one on a thread is dropped the thread leaves its apartment; domains that are still open
/// are left with abort votes first (S-24).
#[derive(Debug)]
#[must_use = "the apartment is left when this is dropped"]
pub struct Apartment {
    joined: Joined,
    /// The binding in which the thread joined: in another one, dropping this undoes nothing.
    binding: BindingKey,
    not_send: PhantomData<*const ()>,
}

impl Apartment {
    /// Joins the multithreaded apartment, or gives the thread a single-threaded one of its own.
    ///
    /// # Errors
    /// RPC_E_CHANGED_MODE when the thread already is in an apartment of the other kind, and inside a call in the
    /// neutral apartment.
    pub fn initialize(model: ApartmentModel) -> Result<Self> {
        let (joined, binding) = thread::bound(|binding| (join(binding, model), binding.key))?;
        let (joined, news) = joined?;
        if let Some((machine, place, apartment)) = news {
            machine.emit(place, What::ApartmentJoined { apartment });
        }
        Ok(Self { joined, binding, not_send: PhantomData })
    }

    /// Whether the thread was initialised before: S_FALSE instead of S_OK.
    pub fn was_initialized(&self) -> bool {
        self.joined == Joined::Again
    }

    /// S_OK, or S_FALSE where the thread already was in the apartment.
    pub fn hresult(&self) -> HResult {
        self.joined.hresult()
    }

    /// The thread stays initialised: nobody undoes this call, until [`uninitialize`](Self::uninitialize).
    pub fn forget(self) {
        std::mem::forget(self);
    }

    /// CoUninitialize: undoes one initialisation. Without one it has no effect. The last one of an STA serves the calls
    /// that are queued, and discards other messages.
    pub fn uninitialize() {
        if thread::refuse_observers().is_err() {
            return;
        }
        let left = thread::active(|binding| {
            let left = initialization::uninitialize(binding.initializations);
            // At zero it is still there while it drains.
            if left == Left::Stays {
                binding.initializations -= 1;
            }
            left
        });
        if left == Ok(Left::Leaves) {
            leave_for_good();
        }
    }
}

impl Drop for Apartment {
    fn drop(&mut self) {
        if thread::active(|binding| binding.key == self.binding).unwrap_or(false) {
            Self::uninitialize();
        }
    }
}

/// Keeps the MTA on behalf of this thread, until it leaves COM or ends; made if there is none. The Windows Runtime does
/// so (SYN 6.6).
///
/// # Errors
/// CO_E_NOTINITIALIZED when the thread is in no apartment.
pub(crate) fn keep_mta_for_thread() -> Result<()> {
    thread::bound(|binding| {
        let process = binding.process.clone().filter(|_| binding.apartment().is_some());
        let process = process.ok_or(ApartmentError::NotInitialized)?;
        if !std::mem::replace(&mut binding.com_mut().keeps_mta, true) {
            let number = binding.number();
            process.apartments.keep_mta(|| number);
        }
        Ok(())
    })?
}

/// What CoGetApartmentType answers for this thread.
///
/// # Errors
/// CO_E_NOTINITIALIZED when the thread is in no apartment and the process has no MTA.
pub fn apartment_type() -> Result<(ApartmentType, ApartmentTypeQualifier)> {
    let answer = query()?;
    if answer.hresult.is_failure() {
        return Err(ApartmentError::NotInitialized.into());
    }
    Ok((answer.apartment, answer.qualifier))
}

/// The same, with what is written when it fails, and the type of the thread.
///
/// # Errors
/// E_UNEXPECTED when an observer calls or the thread is ending.
pub(crate) fn query() -> Result<apartment_type::Answer> {
    thread::bound(|binding| {
        let mta = binding.process.as_ref().is_some_and(|process| process.apartments.mta().is_some());
        apartment_type::query(member(binding), binding.neutral, mta, &mut ())
    })
}

/// The apartment that the thread belongs to.
pub(crate) fn member(binding: &Binding) -> Member {
    match &binding.membership {
        Membership::None => Member::None,
        Membership::Mta => Member::Mta,
        Membership::Sta(sta) if sta.is_main() => Member::MainSta,
        Membership::Sta(_) => Member::Sta,
    }
}

type News = Option<(Arc<Machine>, Place, ApartmentType)>;

fn join(binding: &mut Binding, model: ApartmentModel) -> Result<(Joined, News)> {
    let state = match &binding.membership {
        _ if binding.neutral => State::Neutral,
        Membership::None => State::None,
        Membership::Sta(_) => State::Sta,
        Membership::Mta => State::Mta,
    };
    let joined = initialization::initialize(state, model, &mut ())?;
    let (Some(machine), Some(process)) = (binding.machine.clone(), binding.process.clone()) else {
        return Err(ApartmentError::NotInitialized.into());
    };
    match joined {
        Joined::Again => {
            binding.initializations += 1;
            return Ok((joined, None));
        }
        Joined::Mta => join_mta(binding, &process),
        Joined::NewSta => {
            let (number, thread) = (binding.number(), binding.thread);
            let signal = binding.signal().ok_or(ApartmentError::NotInitialized)?;
            let sta = process.apartments.open_sta(|main| Sta::new(number, thread, main, signal));
            join_sta(binding, sta);
        }
    }
    if !is_hosted(binding) {
        process.apartments.member_joined();
    }
    let news = binding.apartment().map(|apartment| (machine, Place::here(binding), apartment));
    Ok((joined, news))
}

fn join_mta(binding: &mut Binding, process: &ProcessState) {
    let fresh = binding.number();
    let number = process.apartments.keep_mta(|| fresh);
    binding.membership = Membership::Mta;
    binding.initializations = 1;
    base(binding, number);
}

fn join_sta(binding: &mut Binding, sta: Arc<Sta>) {
    let number = sta.number;
    binding.membership = Membership::Sta(sta);
    binding.initializations = 1;
    base(binding, number);
}

/// Puts the default context at the bottom of the stack. An implicit member may have domains open; they stay where they
/// are, above the new default context.
fn base(binding: &mut Binding, number: u64) {
    match binding.stack.bottom_mut() {
        Some(base) => {
            (base.number, base.rare) = (number, None);
            base.derive_kind();
        }
        None => binding.stack.push(Frame::plain(number, PushedBy::Apartment)),
    }
}

/// Whether the thread is one of the runtime's own.
fn is_hosted(binding: &Binding) -> bool {
    binding.com.as_ref().is_some_and(|com| com.hosted)
}

/// A pool's thread joins the MTA of its process.
pub(crate) fn join_mta_as_worker() {
    let _ = thread::bound(|binding| binding.com_mut().hosted = true);
    let _ = Apartment::initialize(ApartmentModel::Multithreaded).map(Apartment::forget);
}

/// The STA of a pool's thread that is about to be started; it is never the main one.
pub(crate) fn new_pool_sta(machine: &Machine, process: &ProcessState, thread: u32) -> Arc<Sta> {
    let number = machine.new_context_number();
    process.apartments.add_sta(Sta::new(number, thread, false, Signal::new(&machine.scheduler)))
}

/// The STA of a thread that COM hosts and that is about to be started: the main one, if there is none (SYN 6.4).
pub(crate) fn new_host_sta(machine: &Machine, process: &ProcessState, thread: u32) -> Arc<Sta> {
    let number = machine.new_context_number();
    process.apartments.open_sta(|main| Sta::new(number, thread, main, Signal::new(&machine.scheduler)))
}

/// The STA of a pool that starts no more threads: it takes no calls.
pub(crate) fn ended_pool_sta(machine: &Machine) -> Arc<Sta> {
    let sta = Sta::new(machine.new_context_number(), 0, false, Signal::new(&machine.scheduler));
    drop(sta.close());
    sta
}

/// A pool's thread takes over the STA that was made for it.
pub(crate) fn adopt_pool_sta(sta: &Arc<Sta>) -> Result<()> {
    let news = thread::bound(|binding| {
        binding.com_mut().hosted = true;
        binding.adopt_signal(sta.signal().clone());
        join_sta(binding, sta.clone());
        Some((binding.machine.clone()?, Place::here(binding), binding.apartment()?))
    })?;
    if let Some((machine, place, apartment)) = news {
        machine.emit(place, What::ApartmentJoined { apartment });
    }
    Ok(())
}

/// Leaves open domains with abort votes, then the apartment. An STA serves its queued calls first (SYN 6.2).
pub(crate) fn leave_for_good() {
    crate::interception::unwind(1);
    if thread::machine().is_some() {
        pump::drain();
    }
    crate::interception::unwind(1);
    // What lives in the STA ends in it.
    let sta = thread::look(|binding| Some((binding.process.clone()?, binding.membership.sta()?.number)));
    if let Some((process, number)) = &sta {
        process.apartment_ended(*number);
    }
    let left = thread::active(|binding| {
        let machine = binding.machine.clone();
        let process = binding.process.clone()?;
        let apartment = (!binding.membership.is_none()).then(|| binding.apartment()).flatten();
        let place = Place::here(binding);
        let membership = std::mem::take(&mut binding.membership);
        if let Membership::Sta(sta) = &membership {
            process.apartments.close_sta(sta);
        }
        binding.initializations = 0;
        let (mut keeps_mta, mut hosted) = (false, false);
        if let Some(com) = &mut binding.com {
            com.filter = None;
            (keeps_mta, hosted) = (std::mem::take(&mut com.keeps_mta), com.hosted);
        }
        binding.stack.pop();
        Some((machine, process, place, apartment, membership, keeps_mta, hosted))
    });
    if let Ok(Some((machine, process, place, apartment, membership, keeps_mta, hosted))) = left {
        // Out here, where nothing is borrowed: calls that nobody serves any more are answered as they are dropped, and
        // what was marshaled meanwhile ends.
        let was_member = !membership.is_none() && !hosted;
        match membership {
            Membership::None => {}
            Membership::Sta(sta) => {
                for message in sta.close() {
                    if let Message::Window(_, Some(sent)) = &message {
                        sent.answer(None);
                    }
                }
                process.apartment_ended(sta.number);
            }
            Membership::Mta => process.release_mta(),
        }
        if keeps_mta {
            process.release_mta();
        }
        if was_member {
            process.member_left();
        }
        if let (Some(machine), Some(apartment)) = (machine, apartment) {
            machine.emit(place, What::ApartmentLeft { apartment });
        }
    }
}
