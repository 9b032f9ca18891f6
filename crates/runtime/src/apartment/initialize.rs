//! CoInitializeEx, OleInitialize and their counterparts (SYN 6.1 to 6.3).

use super::{
    membership::{self, join},
    query,
    spy::Watch,
};
use crate::thread::{self, BindingKey};
use complus_core::{
    attribute::CoInit,
    error::Result,
    event::What,
    hresult::HResult,
    rules::initialization::{self, Joined, Left},
};
use std::marker::PhantomData;

/// The thread is in an apartment until this is dropped: CoInitializeEx and CoUninitialize.
///
/// When the last one on a thread is dropped the thread leaves its apartment; domains that are still open
/// are left with abort votes first (S-24).
#[derive(Debug)]
#[must_use = "the apartment is left when this is dropped"]
pub struct Apartment {
    joined: Joined,
    hresult: HResult,
    /// The binding in which the thread joined: in another one, dropping this undoes nothing.
    binding: BindingKey,
    not_send: PhantomData<*const ()>,
}

impl Apartment {
    /// Joins the multithreaded apartment, or gives the thread a single-threaded one of its own. A model will do for the
    /// flags.
    ///
    /// # Errors
    /// RPC_E_CHANGED_MODE when the thread already is in an apartment of the other kind, and inside a call in the
    /// neutral apartment; E_INVALIDARG for flags without a name, and no spy is asked.
    pub fn initialize(flags: impl Into<CoInit>) -> Result<Self> {
        let (made, _) = initialize(flags.into())?;
        made
    }

    /// Whether the thread was initialised before: S_FALSE instead of S_OK.
    pub fn was_initialized(&self) -> bool {
        self.joined == Joined::Again
    }

    /// S_OK, or S_FALSE where the thread already was in the apartment; or what the thread's spies made of it. The thread
    /// is initialised in any case.
    pub fn hresult(&self) -> HResult {
        self.hresult
    }

    /// The thread stays initialised: nobody undoes this call, until [`uninitialize`](Self::uninitialize).
    pub fn forget(self) {
        std::mem::forget(self);
    }

    /// CoUninitialize: undoes one initialisation. Without one it has no effect but that spies are told. The last one of
    /// an STA serves the calls that are queued, and discards other messages.
    ///
    /// Inside a call that the apartment serves it ends the apartment under the call, whose caller gets
    /// RPC_E_SERVER_DIED (SYN 7.6). What COM itself initialised, a pool's thread, stays so.
    pub fn uninitialize() {
        if thread::refuse_observers().is_err() {
            return;
        }
        let spies = Watch::begin();
        spies.pre_uninitialize();
        let left = thread::active(|binding| {
            let by_com = u32::from(binding.made_by_com);
            let left = initialization::uninitialize(binding.initializations.saturating_sub(by_com));
            let is_last = left == Left::Leaves && by_com == 0;
            // At zero it is still there while it drains.
            if left != Left::Unbalanced && !is_last {
                binding.initializations -= 1;
            }
            is_last
        });
        if left == Ok(true) {
            membership::leave_for_good();
        }
        spies.post_uninitialize();
    }
}

impl Drop for Apartment {
    fn drop(&mut self) {
        if thread::active(|binding| binding.key == self.binding).unwrap_or(false) {
            Self::uninitialize();
        }
    }
}

/// CoInitializeEx: what became of the thread, and the code that the spies let through.
///
/// # Errors
/// E_INVALIDARG for flags without a name; E_UNEXPECTED when an observer calls or the thread is ending.
pub(crate) fn initialize(flags: CoInit) -> Result<(Result<Apartment>, HResult)> {
    initialization::model(flags, true)?;
    thread::refuse_observers()?;
    let spies = Watch::begin();
    spies.pre_initialize(flags);
    let (joined, binding) = thread::bound(|binding| (join(binding, flags), binding.key))?;
    let joined = joined.map(|(joined, news)| {
        if let Some((machine, place, apartment)) = news {
            machine.emit(place, What::ApartmentJoined { apartment });
        }
        joined
    });
    let result = joined.map_or_else(HResult::from, Joined::hresult);
    let hresult = spies.post_initialize(result, flags);
    Ok((joined.map(|joined| Apartment { joined, hresult, binding, not_send: PhantomData }), hresult))
}

/// OleInitialize: an initialisation for a single-threaded apartment, counted once more by OLE. Answers what OLE counts:
/// S_OK the first time, S_FALSE again.
///
/// # Errors
/// RPC_E_CHANGED_MODE as for [`Apartment::initialize`], and OLE counts nothing.
pub fn ole_initialize() -> Result<HResult> {
    let joined = thread::bound(|binding| {
        let ole = binding.com.as_ref().map_or(0, |com| com.ole);
        initialization::ole_initialize(query::state(binding), ole, &mut ())
    })?;
    let (made, _) = initialize(CoInit::APARTMENT_THREADED)?;
    made?.forget();
    thread::bound(|binding| binding.com_mut().ole += 1)?;
    Ok(joined?.hresult)
}

/// OleUninitialize: undoes one [`ole_initialize`]; a surplus one has no effect.
pub fn ole_uninitialize() {
    let counted = thread::bound(|binding| {
        let ole = binding.com.as_ref().map_or(0, |com| com.ole);
        let counted = initialization::ole_uninitialize(ole);
        if counted {
            binding.com_mut().ole -= 1;
        }
        counted
    });
    if counted == Ok(true) {
        Apartment::uninitialize();
    }
}
