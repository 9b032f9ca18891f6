//! Joining an apartment and leaving it for good (SYN 6.1, 6.2).

use super::{Apartment, Sta, query};
use crate::{
    machine::Machine,
    observation::Place,
    process::ProcessState,
    thread::{self, Binding, Membership, frame::Frame},
};
use complus_core::{
    attribute::{ApartmentModel, ApartmentType, CoInit},
    error::{ApartmentError, Result},
    event::What,
    rules::initialization::{self, Joined},
    stack::PushedBy,
};
use complus_sync::{Arc, Signal};

/// What observers are told of somebody who joined.
pub(super) type News = Option<(Arc<Machine>, Place, ApartmentType)>;

pub(super) fn join(binding: &mut Binding, flags: CoInit) -> Result<(Joined, News)> {
    let joined = initialization::initialize(query::state(binding), initialization::model(flags, true)?, &mut ())?;
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
            let number = binding.number();
            let queue = binding.queue().ok_or(ApartmentError::NotInitialized)?;
            let sta = process.apartments.open_sta(|main| Sta::on(queue, number, main));
            join_sta(binding, sta);
        }
    }
    binding.com_mut().flags = flags;
    if !binding.made_by_com {
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

/// A pool's thread joins the MTA of its process.
pub(crate) fn join_mta_as_worker() {
    let _ = thread::bound(|binding| binding.made_by_com = true);
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

/// A pool's thread takes over the STA that was made for it.
pub(crate) fn adopt_pool_sta(sta: &Arc<Sta>) -> Result<()> {
    let news = thread::bound(|binding| {
        binding.made_by_com = true;
        binding.adopt_queue(sta.queue().clone());
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
    super::pump::drain();
    crate::interception::unwind(1);
    let remembered = thread::active(|binding| {
        let com = binding.com.as_mut()?;
        Some((com.classes.take(), com.captured.take(), std::mem::take(&mut com.spares)))
    });
    drop(remembered);
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
        let mut keeps_mta = false;
        if let Some(com) = &mut binding.com {
            com.filter = None;
            com.flags = CoInit::MULTITHREADED;
            keeps_mta = std::mem::take(&mut com.keeps_mta);
        }
        binding.stack.pop();
        Some((machine, process, place, apartment, membership, keeps_mta, binding.made_by_com))
    });
    if let Ok(Some((machine, process, place, apartment, membership, keeps_mta, by_com))) = left {
        // Out here, where nothing is borrowed: calls that nobody serves any more are answered as they are dropped, and
        // what was marshaled meanwhile ends.
        let was_member = !membership.is_none() && !by_com;
        match membership {
            Membership::None => {}
            Membership::Sta(sta) => {
                drop(sta.close());
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
