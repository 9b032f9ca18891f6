//! What code inside a context sees (ACT 9).

mod callback;
mod info;
mod properties;
mod reference;
mod security;
mod shared;
mod state;
mod threading_info;
mod transaction_info;

pub use callback::{CALLBACK_WITH_NO_REENTRANCY, ContextCallback, ENTER_ACTIVITY_WITH_NO_LOCK};
pub use info::ObjectContextInfo;
pub use properties::ContextProperties;
pub use reference::ContextReference;
pub(crate) use reference::Identity;
pub use security::SecurityContext;
pub use shared::SharedContext;
pub use state::ContextState;
pub use threading_info::ThreadingInfo;
pub use transaction_info::ContextTransactionInfo;

use crate::{
    machine::gate,
    observation::Place,
    thread::{
        self, Binding,
        frame::{Frame, Kind, Owned},
    },
};
use complus_core::{
    context::Flags,
    error::{ContextError, Result},
    event::{FlagCall, What},
    id::{ActivityId, ContextId, TransactionId},
    rules::{context_state::Capabilities, leave::Role},
    stack::PushedBy,
};
use complus_sync::Arc;
use std::{marker::PhantomData, num::NonZeroU64};

/// The object context of the code that runs: IObjectContext and, through its methods, its siblings.
///
/// A token, good on this thread while its context is the current one; every call elsewhere, or in an inner
/// or outer context, is E_UNEXPECTED. [`share`](Self::share) makes something that can travel.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ObjectContext {
    context: u64,
    not_send: PhantomData<*const ()>,
}

/// Identity of a context: equal tokens, same context. Holds no reference.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ContextToken(NonZeroU64);

/// CoGetContextToken: the identity of the current context, default contexts included.
///
/// # Errors
/// CO_E_NOTINITIALIZED when the thread is in no apartment.
pub fn context_token() -> Result<ContextToken> {
    thread::bound(|binding| {
        binding.ensure_base()?;
        let number = binding.stack.top().map_or(0, |top| top.number);
        NonZeroU64::new(number).map(ContextToken).ok_or_else(|| ContextError::NoContext.into())
    })?
}

impl ObjectContext {
    /// GetObjectContext: the object context of the current context.
    ///
    /// # Errors
    /// CONTEXT_E_NOCONTEXT in a default context and on a thread that is in none.
    #[inline]
    pub fn current() -> Result<Self> {
        let context = thread::try_active(|binding| match binding.stack.top() {
            Some(Frame { pushed_by: PushedBy::Apartment | PushedBy::DefaultCall | PushedBy::Masked, .. }) => None,
            top => top.map(|top| top.number),
        });
        match context {
            Some(context) => Ok(Self { context, not_send: PhantomData }),
            None => thread::refuse_observers().and(Err(ContextError::NoContext.into())),
        }
    }

    /// The object context of the context with this token, good where that is the current one.
    fn of(token: ContextToken) -> Self {
        Self { context: token.0.get(), not_send: PhantomData }
    }

    /// SetComplete: consistent and done. Without transaction it has no effect.
    ///
    /// # Errors
    /// E_UNEXPECTED outside its context; so all methods here.
    #[inline]
    pub fn set_complete(&self) -> Result<()> {
        self.set_flags(FlagCall::SetComplete, Flags::set_complete)
    }

    /// SetAbort: inconsistent and done. Without transaction it has no effect.
    ///
    /// # Errors
    /// E_UNEXPECTED.
    #[inline]
    pub fn set_abort(&self) -> Result<()> {
        self.set_flags(FlagCall::SetAbort, Flags::set_abort)
    }

    /// EnableCommit: consistent, not done. Without transaction it has no effect.
    ///
    /// # Errors
    /// E_UNEXPECTED.
    #[inline]
    pub fn enable_commit(&self) -> Result<()> {
        self.set_flags(FlagCall::EnableCommit, Flags::enable_commit)
    }

    /// DisableCommit: inconsistent, not done. Without transaction it has no effect.
    ///
    /// # Errors
    /// E_UNEXPECTED.
    #[inline]
    pub fn disable_commit(&self) -> Result<()> {
        self.set_flags(FlagCall::DisableCommit, Flags::disable_commit)
    }

    /// IsInTransaction; true for a component with a transaction also between two of them (ACT 9.4 \[stream-gap\]).
    ///
    /// # Errors
    /// E_UNEXPECTED.
    pub fn is_in_transaction(&self) -> Result<bool> {
        self.with(|binding| binding.stack.top().is_some_and(|top| top.transaction.is_some() || top.is_in_stream()))
    }

    /// IsSecurityEnabled: false, since a domain has no component whose roles could be checked.
    ///
    /// # Errors
    /// E_UNEXPECTED.
    pub fn is_security_enabled(&self) -> Result<bool> {
        self.security().is_security_enabled()
    }

    /// IsCallerInRole: true wherever security is not enabled; the name is not looked up then.
    ///
    /// # Errors
    /// E_UNEXPECTED.
    pub fn is_caller_in_role(&self, role: &str) -> Result<bool> {
        self.security().is_caller_in_role(role)
    }

    /// The context's id.
    ///
    /// # Errors
    /// E_UNEXPECTED.
    pub fn context_id(&self) -> Result<ContextId> {
        self.info().context_id()
    }

    /// The id of its activity; `None` stands for GUID_NULL.
    ///
    /// # Errors
    /// E_UNEXPECTED.
    pub fn activity_id(&self) -> Result<Option<ActivityId>> {
        self.info().activity_id()
    }

    /// The id of its transaction; `None` stands for S_FALSE and GUID_NULL.
    ///
    /// # Errors
    /// As for [`ObjectContextInfo::transaction_id`].
    pub fn transaction_id(&self) -> Result<Option<TransactionId>> {
        self.info().transaction_id()
    }

    /// IContextState: the flags one by one.
    pub const fn state(&self) -> ContextState {
        ContextState(*self)
    }

    /// IObjectContextInfo, IObjectContextInfo2 and IObjectContextActivity.
    pub const fn info(&self) -> ObjectContextInfo {
        ObjectContextInfo(*self)
    }

    /// IContextTransactionInfo.
    pub const fn transaction_info(&self) -> ContextTransactionInfo {
        ContextTransactionInfo(*self)
    }

    /// IContextProperties.
    pub const fn properties(&self) -> ContextProperties {
        ContextProperties(*self)
    }

    /// ISecurityProperty's questions about the caller.
    pub const fn security(&self) -> SecurityContext {
        SecurityContext(*self)
    }

    /// ICheckSxsConfig::IsSameSxsConfig: whether the context runs with this side-by-side assembly.
    ///
    /// # Errors
    /// E_FAIL when it runs with another one or with none; E_UNEXPECTED.
    pub fn is_same_sxs_config(&self, name: Option<&str>, directory: &str) -> Result<()> {
        let assembly = self.with(|binding| binding.stack.top()?.details()?.assembly.clone())?;
        match assembly {
            Some(assembly) if assembly.is_same(name, directory) => Ok(()),
            _ => Err(ContextError::OtherAssembly.into()),
        }
    }

    /// The names under which the domain is tracked: application and context.
    ///
    /// # Errors
    /// E_UNEXPECTED.
    pub fn tracker(&self) -> Result<Option<Arc<complus_core::context::Tracker>>> {
        self.with(|binding| binding.stack.top()?.details()?.tracker.clone())
    }

    /// A handle on the context that can be sent to other threads and outlives the context. The context's
    /// transaction moves to where they can reach it.
    ///
    /// # Errors
    /// E_UNEXPECTED.
    pub fn share(&self) -> Result<SharedContext> {
        self.with(SharedContext::of)?
    }

    /// Calls `with` on the binding, if the current context is this one.
    fn with<T>(&self, with: impl FnOnce(&mut Binding) -> T) -> Result<T> {
        thread::refuse_observers()?;
        thread::active(|binding| match binding.stack.top() {
            Some(top) if top.number == self.context => Ok(with(binding)),
            _ => Err(ContextError::ForeignContext.into()),
        })?
    }

    /// Sets flags of the current context, if it is this one.
    #[inline]
    fn set_flags(&self, call: FlagCall, set: impl FnOnce(&mut Flags)) -> Result<()> {
        let observed = thread::try_active(|binding| {
            let top = binding.stack.top_mut().filter(|top| top.number == self.context)?;
            if top.kind == Kind::Other
                && let Some(component) = top.component()
            {
                component.takes_flags().then(|| component.flags.write(call, set))?;
            } else if top.role != Role::None {
                // Flags are read back only where somebody counts them: reading what was just written costs more.
                match binding.transactions.get(top.transaction.index()).and_then(Owned::ballot) {
                    None => set(&mut top.flags),
                    Some(ballot) => {
                        let before = top.flags;
                        set(&mut top.flags);
                        ballot.changed(before, top.flags);
                    }
                }
            }
            Some(binding.machine.as_deref()?.gate() & gate::OBSERVED != 0)
        });
        match observed {
            Some(false) => Ok(()),
            Some(true) => self.tell_flags(call),
            // It is another context, or one whose object is being deactivated (T-21).
            None => self.with(|_| ()).and(Err(ContextError::ForeignContext.into())),
        }
    }

    #[cold]
    fn tell_flags(&self, call: FlagCall) -> Result<()> {
        let (machine, place, flags, exist) = self.with(|binding| {
            let top = binding.stack.top().map(|top| (top.all_flags(), top.has_flags()));
            let (flags, exist) = top.unwrap_or_default();
            (binding.machine.clone(), Place::here(binding), flags, exist)
        })?;
        if let Some(machine) = machine.filter(|_| exist) {
            machine.emit(place, What::FlagsSet { call, consistent: flags.consistent, done: flags.done });
        }
        Ok(())
    }

    /// What the context has of JIT and transaction: a domain's transaction brings both.
    fn capabilities(&self) -> Result<Capabilities> {
        let transaction = self.is_in_transaction()?;
        let jit = self.with(|binding| {
            let component = binding.component();
            component.map_or(transaction, |component| component.is_just_in_time())
        })?;
        Ok(Capabilities { jit, transaction })
    }
}
