//! Keeping the multithreaded apartment without a thread in it: CoIncrementMTAUsage (SYN 6.7).

use crate::{process::ProcessState, thread};
use complus_core::{error::Result, rules::initialization};
use complus_sync::{Arc, Weak};

/// A cookie of [`increment_mta_usage`]: not zero, and different from those that are in use.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct MtaUsageCookie(pub u64);

/// CoIncrementMTAUsage: the process has an MTA until the cookie is given back, on any thread.
///
/// # Errors
/// E_UNEXPECTED when the thread is ending or an observer calls.
pub fn increment_mta_usage() -> Result<MtaUsageCookie> {
    let (_, process) = thread::here()?;
    let fresh = thread::bound(|binding| binding.number())?;
    Ok(MtaUsageCookie(process.apartments.increment_mta_usage(|| fresh)))
}

/// CoDecrementMTAUsage. A cookie that is not in use has no effect (Y-23).
///
/// # Errors
/// E_INVALIDARG for such a cookie under [`Compat::strict_misuse`](complus_core::Compat::strict_misuse).
pub fn decrement_mta_usage(cookie: MtaUsageCookie) -> Result<()> {
    let (machine, process) = thread::here()?;
    let known = process.decrement_mta_usage(cookie.0);
    Ok(initialization::decrement_mta_usage(known, machine.compat.strict_misuse)?)
}

/// The process has an MTA until this is dropped, on any thread.
///
/// ```
/// # use complus_runtime::*;
/// # use complus_core::{attribute::*, hresult::*};
/// # let runtime = Runtime::builder().build()?;
/// # let _bound = runtime.enter();
/// let kept = MtaUsage::keep()?;
/// assert_eq!(apartment_type()?, (ApartmentType::Mta, ApartmentTypeQualifier::ImplicitMta));
/// drop(kept);
/// assert!(apartment_type().is_err());
/// # Ok::<(), complus_core::Error>(())
/// ```
#[must_use = "the MTA is given up when this is dropped"]
pub struct MtaUsage {
    cookie: MtaUsageCookie,
    process: Weak<ProcessState>,
}

impl MtaUsage {
    /// Keeps the MTA of this thread's process.
    ///
    /// # Errors
    /// As for [`increment_mta_usage`].
    pub fn keep() -> Result<Self> {
        let (_, process) = thread::here()?;
        Ok(Self { cookie: increment_mta_usage()?, process: Arc::downgrade(&process) })
    }
}

impl Drop for MtaUsage {
    fn drop(&mut self) {
        if let Some(process) = self.process.upgrade() {
            process.decrement_mta_usage(self.cookie.0);
        }
    }
}

impl std::fmt::Debug for MtaUsage {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("MtaUsage").field(&self.cookie).finish()
    }
}
