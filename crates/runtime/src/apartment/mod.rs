//! Apartments: joining, leaving, asking (ACT 2, SYN 6).

use crate::{
    machine::Machine,
    observation::Place,
    thread::{self, Binding, BindingKey, Membership, frame::Frame},
};
use complus_core::{
    attribute::{ApartmentModel, ApartmentType, ApartmentTypeQualifier},
    error::{ApartmentError, Result},
    event::What,
    stack::PushedBy,
};
use complus_sync::Arc;
use std::marker::PhantomData;

/// The thread is in an apartment until this is dropped: CoInitializeEx and CoUninitialize.
///
/// When the last one on a thread is dropped the thread leaves its apartment; domains that are still open
/// are left with abort votes first (S-24).
#[derive(Debug)]
#[must_use = "the apartment is left when this is dropped"]
pub struct Apartment {
    again: bool,
    /// The binding in which the thread joined: in another one, dropping this undoes nothing.
    binding: BindingKey,
    not_send: PhantomData<*const ()>,
}

impl Apartment {
    /// Joins the multithreaded apartment, or gives the thread a single-threaded one of its own.
    ///
    /// # Errors
    /// RPC_E_CHANGED_MODE when the thread already is in an apartment of the other kind.
    pub fn initialize(model: ApartmentModel) -> Result<Self> {
        let (joined, binding) = thread::bound(|binding| (join(binding, model), binding.key))?;
        let joined = joined?;
        if let Some((machine, place, apartment)) = joined.first {
            machine.emit(place, What::ApartmentJoined { apartment });
        }
        Ok(Self { again: joined.again, binding, not_send: PhantomData })
    }

    /// Whether the thread was initialised before: S_FALSE instead of S_OK.
    pub fn was_initialized(&self) -> bool {
        self.again
    }

    /// The thread stays initialised: nobody undoes this call, until [`uninitialize`](Self::uninitialize).
    pub fn forget(self) {
        std::mem::forget(self);
    }

    /// CoUninitialize: undoes one initialisation. Without one it has no effect.
    pub fn uninitialize() {
        if thread::refuse_observers().is_err() {
            return;
        }
        let last = thread::active(|binding| {
            binding.initializations = binding.initializations.saturating_sub(1);
            binding.initializations == 0 && binding.membership != Membership::None
        });
        if last.unwrap_or(false) {
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

/// What CoGetApartmentType answers for this thread.
///
/// # Errors
/// CO_E_NOTINITIALIZED when the thread is in no apartment and the process has no MTA.
pub fn apartment_type() -> Result<(ApartmentType, ApartmentTypeQualifier)> {
    thread::bound(|binding| {
        let qualifier = match binding.membership {
            Membership::None => ApartmentTypeQualifier::ImplicitMta,
            _ => ApartmentTypeQualifier::None,
        };
        binding.apartment().map(|apartment| (apartment, qualifier)).ok_or_else(|| ApartmentError::NotInitialized.into())
    })?
}

struct Joined {
    again: bool,
    first: Option<(Arc<Machine>, Place, ApartmentType)>,
}

fn join(binding: &mut Binding, model: ApartmentModel) -> Result<Joined> {
    let same = match binding.membership {
        Membership::None => None,
        Membership::Sta { .. } => Some(model == ApartmentModel::ApartmentThreaded),
        Membership::Mta => Some(model == ApartmentModel::Multithreaded),
    };
    match same {
        Some(false) => return Err(ApartmentError::ChangedMode.into()),
        Some(true) => {
            binding.initializations += 1;
            return Ok(Joined { again: true, first: None });
        }
        None => {}
    }
    let Some(machine) = binding.machine.clone() else { return Err(ApartmentError::NotInitialized.into()) };
    let fresh = binding.number();
    let number = match model {
        ApartmentModel::Multithreaded => {
            binding.membership = Membership::Mta;
            machine.process.join_mta(|| fresh)
        }
        ApartmentModel::ApartmentThreaded => {
            let main = machine.process.open_sta(binding.thread);
            binding.membership = Membership::Sta { main };
            fresh
        }
    };
    binding.initializations = 1;
    // An implicit member may have domains open; they stay where they are, above the new default context.
    match binding.stack.bottom_mut() {
        Some(base) => {
            (base.number, base.rare) = (number, None);
            base.derive_kind();
        }
        None => binding.stack.push(Frame::plain(number, PushedBy::Apartment)),
    }
    let first = binding.apartment().map(|apartment| (machine, Place::here(binding), apartment));
    Ok(Joined { again: false, first })
}

/// Leaves open domains with abort votes, then the apartment.
pub(crate) fn leave_for_good() {
    crate::interception::unwind(1);
    let left = thread::active(|binding| {
        let machine = binding.machine.clone()?;
        let apartment = (binding.membership != Membership::None).then(|| binding.apartment()).flatten();
        let place = Place::here(binding);
        match std::mem::replace(&mut binding.membership, Membership::None) {
            Membership::None => {}
            Membership::Sta { .. } => machine.process.close_sta(binding.thread),
            Membership::Mta => machine.process.leave_mta(),
        }
        binding.initializations = 0;
        binding.stack.pop();
        Some((machine, place, apartment?))
    });
    if let Ok(Some((machine, place, apartment))) = left {
        machine.emit(place, What::ApartmentLeft { apartment });
    }
}
