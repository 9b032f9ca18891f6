//! Apartment, thread pool and binding: SWC 3 and 6.1.

use crate::{
    attribute::{ApartmentKind, Binding, ThreadPool},
    error::DomainError,
    explain::{Explain, Reason},
};
use alloc::format;

/// Which pool serves an activity object.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Pool {
    /// The pool of single-threaded apartments.
    Sta,
    /// The multithreaded apartment.
    Mta,
}

/// Which threads of the pool serve the calls of one activity object.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Affinity {
    /// Any thread of the STA pool.
    AnySta,
    /// One thread of the STA pool.
    OneSta,
    /// Binding has no meaning in the MTA.
    NoEffect,
}

/// A domain stays in the caller's apartment on the caller's thread; asking for a pool or a binding is
/// CO_E_THREADPOOL_CONFIG, also for the apartment the caller is in (SWC 3, S-08).
#[inline]
pub fn service_domain(pool: ThreadPool, binding: Binding, explain: &mut impl Explain) -> Result<(), DomainError> {
    let plain = matches!(pool, ThreadPool::None | ThreadPool::Inherit) && matches!(binding, Binding::NoBinding);
    let result = if plain { Ok(()) } else { Err(DomainError::ThreadPool) };
    explain.because(|| Reason {
        rule: "SWC 6.1",
        inputs: format!("thread pool {pool}, binding {binding}"),
        verdict: match result {
            Ok(()) => "the caller's apartment and thread".into(),
            Err(error) => format!("{}", error.hresult()),
        },
        source: "ne-comsvcs-csc_threadpool",
    });
    result
}

/// The pool of an activity object made from `caller`'s apartment; a neutral caller counts as STA (SWC 6.1).
#[inline]
pub fn activity_object(
    setting: ThreadPool,
    caller: ApartmentKind,
    explain: &mut impl Explain,
) -> Result<Pool, DomainError> {
    let result = match (setting, caller) {
        (ThreadPool::None, _) => Err(DomainError::NoThreadPool),
        (ThreadPool::Mta, _) | (ThreadPool::Inherit, ApartmentKind::Mta) => Ok(Pool::Mta),
        (ThreadPool::Sta, _) | (ThreadPool::Inherit, ApartmentKind::Sta | ApartmentKind::Neutral) => Ok(Pool::Sta),
    };
    explain.because(|| Reason {
        rule: "SWC 6.1",
        inputs: format!("thread pool {setting}, caller in {caller}"),
        verdict: match result {
            Ok(Pool::Mta) => "the multithreaded apartment".into(),
            Ok(Pool::Sta) => "the pool of single-threaded apartments".into(),
            Err(error) => format!("{}", error.hresult()),
        },
        source: "ne-comsvcs-csc_threadpool",
    });
    result
}

/// What a binding means in a pool (SWC 6.1, second table).
#[inline]
pub const fn affinity(binding: Binding, pool: Pool) -> Affinity {
    match (binding, pool) {
        (_, Pool::Mta) => Affinity::NoEffect,
        (Binding::NoBinding, Pool::Sta) => Affinity::AnySta,
        (Binding::BindToPoolThread, Pool::Sta) => Affinity::OneSta,
    }
}
