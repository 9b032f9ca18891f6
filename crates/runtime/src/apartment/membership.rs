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
    let _ = Apartment::initialize(ApartmentModel::Multithreaded).map(Apartment::forget);
    let _ = thread::active(|binding| binding.made_by_com = true);
}

/// The STA of a pool's thread that is about to be started; it is never the main one.
pub(crate) fn new_pool_sta(machine: &Machine, process: &ProcessState, thread: u32) -> Arc<Sta> {
    let number = machine.new_context_number();
    process.apartments.add_sta(Sta::new(number, thread, false, Signal::new(&machine.scheduler)))
}

/// A pool's thread takes over the STA that was made for it.
pub(crate) fn adopt_pool_sta(sta: &Arc<Sta>) -> Result<()> {
    let news = thread::bound(|binding| {
        binding.adopt_queue(sta.queue().clone());
        join_sta(binding, sta.clone());
        binding.made_by_com = true;
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
    let left = thread::active(|binding| {
        let machine = binding.machine.clone();
        let process = binding.process.clone()?;
        let apartment = (!binding.membership.is_none()).then(|| binding.apartment()).flatten();
        let place = Place::here(binding);
        let membership = std::mem::take(&mut binding.membership);
        match &membership {
            Membership::None => {}
            Membership::Sta(sta) => process.apartments.close_sta(sta),
            Membership::Mta => {
                process.apartments.release_mta();
            }
        }
        binding.initializations = 0;
        if let Some(com) = &mut binding.com {
            com.filter = None;
            com.flags = CoInit::MULTITHREADED;
        }
        binding.stack.pop();
        Some((machine, place, apartment, membership))
    });
    if let Ok(Some((machine, place, apartment, membership))) = left {
        // Out here, where nothing is borrowed: calls that nobody serves any more are answered as they are dropped.
        drop(membership.sta().map(|sta| sta.close()));
        if let (Some(machine), Some(apartment)) = (machine, apartment) {
            machine.emit(place, What::ApartmentLeft { apartment });
        }
    }
}
