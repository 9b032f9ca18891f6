//! Where a thread is, as references see it: its context, in its apartment.

use crate::{
    apartment::Home,
    thread::{self, Binding},
};
use complus_core::{
    error::{ApartmentError, Error, Result},
    rules::call_out::{self, Here, Use},
};

/// The context that a reference belongs to, and its apartment.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Holder {
    /// Number of the apartment's default context.
    pub(crate) apartment: u64,
    /// Number of the context.
    pub(crate) context: u64,
}

impl Holder {
    /// The current context.
    ///
    /// # Errors
    /// CO_E_NOTINITIALIZED when the thread is in no apartment.
    pub(crate) fn current() -> Result<Self> {
        thread::bound(Self::of)?
    }

    fn of(binding: &mut Binding) -> Result<Self> {
        let context = current_context(binding)?;
        let (Some(home), Some(machine), Some(process)) = (Home::of(binding), &binding.machine, &binding.process) else {
            return Err(ApartmentError::NotInitialized.into());
        };
        let apartment = match &home {
            Home::Sta(sta) => sta.number,
            Home::Mta => process.apartments.mta().ok_or(ApartmentError::NotInitialized)?,
            Home::Neutral => process.apartments.neutral(|| machine.new_context_number()),
        };
        Ok(Self { apartment, context })
    }

    /// Whether a reference of this context may be used here (SYN 10.1, ACT 8.3 \[wrong-context\]).
    ///
    /// # Errors
    /// RPC_E_WRONG_THREAD, CO_E_NOTINITIALIZED.
    #[inline]
    pub(crate) fn may_use(self, r#use: Use) -> Result<()> {
        let here = match thread::bound(|binding| current_context(binding).ok())? {
            Some(current) if current == self.context => return Ok(()),
            Some(_) => Here::Elsewhere,
            None => Here::Nowhere,
        };
        call_out::proxy(r#use, here).map_err(Error::from)
    }
}

/// The number of the current context.
fn current_context(binding: &mut Binding) -> Result<u64> {
    binding.ensure_base()?;
    binding.stack.top().map(|top| top.number).ok_or_else(|| ApartmentError::NotInitialized.into())
}
