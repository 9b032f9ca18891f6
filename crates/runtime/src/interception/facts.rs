//! What the rules ask about: the caller's context, and the names in a configuration.

use crate::{
    domain::ServiceConfig,
    machine::Machine,
    observation::Place,
    thread::{Binding, frame::SharedTransaction},
};
use complus_core::{
    context::{PropertyKind, SideBySide},
    error::{DomainError, Result},
    rules::{
        partition, service_domain, side_by_side,
        transaction::{Brought, Enclosing},
    },
};
use complus_sync::Arc;
use complus_transaction::{BroughtTransaction, Transaction, TransactionProxy};
use std::{
    cell::OnceCell,
    panic::{AssertUnwindSafe, catch_unwind},
    path::Path,
    time::Duration,
};

/// The caller's context as plain values, and what of it has to be looked at without the binding borrowed.
pub(super) struct CallerFacts {
    base: Result<()>,
    in_line: Enclosing,
    shared: Option<Transaction>,
    activity: bool,
    assembly: bool,
    iis: bool,
    comti: bool,
    pub(super) principal: Option<Arc<str>>,
    /// The deadline of the caller's transaction, if it was just found to have passed, and where.
    pub(super) expired: Option<(Duration, Place)>,
}

impl CallerFacts {
    pub(super) fn of(binding: &mut Binding, now: impl FnOnce() -> u64) -> Self {
        let base = binding.ensure_base();
        let expired = match binding.transaction_mut() {
            Some(owned) if owned.shared.is_none() => {
                if owned.stream.settle(now()) {
                    owned.stream.deadline.moment()
                } else {
                    None
                }
            }
            _ => None,
        };
        let shared = binding.transaction().and_then(|owned| Some(owned.shared.as_ref()?.handle.participant()));
        let in_line = match binding.transaction() {
            Some(owned) if shared.is_none() => owned.enclosing(),
            _ => Enclosing::None,
        };
        let top = binding.stack.top();
        let details = top.and_then(|top| top.details());
        let has = |kind| binding.with_properties(|properties| properties.has(kind));
        let activity = top.is_some_and(|top| top.activity.is_some());
        let assembly = details.is_some_and(|details| details.assembly.is_some());
        let (iis, comti) = (has(PropertyKind::Iis), has(PropertyKind::Comti));
        Self {
            base,
            in_line,
            shared,
            activity,
            assembly,
            iis,
            comti,
            principal: binding.principal.clone(),
            expired: expired.map(|deadline| (deadline, Place::here(binding))),
        }
    }

    /// As if the caller's context were in another process, and only its activity had come along.
    pub(super) fn in_imported_activity(self) -> Self {
        let Self { base, principal, expired, .. } = self;
        Self {
            base,
            in_line: Enclosing::None,
            shared: None,
            activity: true,
            assembly: false,
            iis: false,
            comti: false,
            principal,
            expired,
        }
    }

    /// For the rules; settles a shared transaction, so the binding must not be borrowed.
    pub(super) fn caller(&self) -> service_domain::Caller {
        service_domain::Caller {
            initialized: self.base.is_ok(),
            transaction: self.shared.as_ref().map_or(self.in_line, |shared| shared.stream().enclosing()),
            activity: self.activity,
            assembly: self.assembly,
            iis: self.iis,
            comti: self.comti,
        }
    }
}

/// The names in a configuration, looked up when a rule asks.
pub(super) struct ConfiguredNames<'a> {
    config: &'a ServiceConfig,
    machine: &'a Machine,
    principal: &'a str,
    brought: OnceCell<Option<Transaction>>,
}

impl<'a> ConfiguredNames<'a> {
    pub(super) fn new(config: &'a ServiceConfig, machine: &'a Machine, principal: &'a str) -> Self {
        Self { config, machine, principal, brought: OnceCell::new() }
    }

    /// The brought transaction, for a participant: found anew at each entry, since a proxy may carry one
    /// transaction after another.
    pub(super) fn transaction(&self) -> Option<Transaction> {
        let source = self.config.rare.as_deref()?.brought.as_ref()?;
        let find = || match source {
            BroughtTransaction::Transaction(transaction) => Some(transaction.participant()),
            BroughtTransaction::Proxy(proxy) => promoted(proxy).ok(),
            BroughtTransaction::TipUrl(url) => self.machine.manager.import(url).ok(),
        };
        self.brought.get_or_init(find).clone()
    }

    /// The proxy through which the transaction was brought, if it was.
    pub(super) fn proxy(&self) -> Option<Arc<dyn TransactionProxy>> {
        match self.config.rare.as_deref()?.brought.as_ref()? {
            BroughtTransaction::Proxy(proxy) => Some(proxy.clone()),
            _ => None,
        }
    }
}

impl service_domain::Named for ConfiguredNames<'_> {
    fn partition(&self) -> partition::Named {
        let id = self.config.rare.as_deref().map(|rare| rare.partition).unwrap_or_default();
        self.machine.partitions.named(id.0, self.principal)
    }

    fn assembly(&self) -> side_by_side::Named {
        let assembly = self.config.assembly();
        side_by_side::Named { directory: assembly.is_some(), readable: assembly.is_some_and(|a| is_readable(&a)) }
    }

    fn tracker(&self) -> (bool, bool) {
        self.config.tracker_names()
    }

    fn brought(&self) -> Brought {
        match self.config.rare.as_deref().and_then(|rare| rare.brought.as_ref()) {
            None => Brought::None,
            Some(_) => match self.transaction() {
                Some(transaction) if !transaction.state().is_over() => Brought::Active,
                _ => Brought::Over,
            },
        }
    }
}

/// A brought transaction as a frame keeps it: with a ballot that votes for the contexts in it.
///
/// # Errors
/// XACT_E_NOTRANSACTION when it takes no voter any more.
pub(super) fn bring(
    handle: Transaction,
    proxy: Option<Arc<dyn TransactionProxy>>,
) -> Result<Box<SharedTransaction>, DomainError> {
    let ballot = match &proxy {
        // A proxy may carry one transaction after another, so it is asked at each entry.
        Some(proxy) => handle.ballot(|_| Ok(())).and_then(|ballot| {
            let registered = guarded(|| proxy.create_voter(ballot.clone()));
            registered.unwrap_or(Err(DomainError::TransactionOver.into())).map(|()| ballot)
        }),
        None => handle.ballot(|ballot| handle.register_voter(ballot)),
    };
    let mut shared = SharedTransaction::new(handle);
    shared.proxy = proxy.map(|proxy| (shared.handle.id().guid(), proxy));
    shared.ballot = Some(ballot.map_err(|_| DomainError::TransactionOver)?);
    Ok(shared)
}

/// The transaction that a proxy carries now.
///
/// # Errors
/// XACT_E_NOTRANSACTION when it carries none.
pub(super) fn promoted(proxy: &Arc<dyn TransactionProxy>) -> Result<Transaction, DomainError> {
    let promoted = guarded(|| proxy.promote().ok()).flatten();
    promoted.map(|transaction| transaction.participant()).ok_or(DomainError::TransactionOver)
}

/// Calls foreign code; a panic in it is no answer.
pub(crate) fn guarded<T>(call: impl FnOnce() -> T) -> Option<T> {
    catch_unwind(AssertUnwindSafe(call)).ok()
}

/// Whether the manifest is there and looks like one.
fn is_readable(assembly: &SideBySide) -> bool {
    std::fs::read_to_string(Path::new(&assembly.directory).join(assembly.manifest()))
        .is_ok_and(|manifest| manifest.contains("<assembly"))
}
