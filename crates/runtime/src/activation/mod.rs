//! Activation: a new object of a class, in the context that it asks for (ACT 3).
//!
//! [`Activation::create`] finds the class, takes down the facts about its creator, and lets the rules decide
//! (`core::rules::activation`). What they decide is then made: nothing, where the object shares its creator's context;
//! a default context's neighbour; or a context of its own with what flows into it.

mod again;
mod class_object;
mod configured;
mod creator;
mod elsewhere;
mod locate;
mod moniker;
mod own_context;
mod place;
mod remembered;

pub(crate) use class_object::ConfiguredClass;
pub(crate) use configured::Configured;
pub(crate) use locate::locate;
pub(crate) use place::{default_context, in_its_apartment, in_its_default_context};
pub(crate) use remembered::Remembered;

use crate::{
    class::{self, Located},
    reference::{Reference, iid},
};
use complus_core::{attribute::ClassContext, error::Result, explain::Explain, id::PartitionId, rules::activation};
use complus_transaction::Transaction;
use uuid::Uuid;

/// A request for a new object: CoCreateInstance with everything that can be asked for beside the class.
///
/// ```
/// # use complus_runtime::{*, class::*};
/// # use complus_core::{attribute::*, Result};
/// # use std::sync::Arc;
/// # struct Account;
/// # impl Object for Account {
/// #     fn supports(&self, _: uuid::Uuid) -> bool {
/// #         true
/// #     }
/// # }
/// # struct AccountClass;
/// # impl ClassFactory for AccountClass {
/// #     fn create_instance(&self) -> Result<Arc<dyn Object>> {
/// #         Ok(Arc::new(Account))
/// #     }
/// # }
/// # const CLSID: uuid::Uuid = uuid::Uuid::from_u128(0xacc0);
/// # let runtime = Runtime::builder().build()?;
/// # runtime.register_class(CLSID, ThreadingModel::Both, || Arc::new(AccountClass));
/// # let _bound = runtime.enter();
/// # let _apartment = Apartment::initialize(ApartmentModel::Multithreaded)?;
/// let account = Activation::of(CLSID).create()?;
/// assert!(!account.is_proxy()); // An unconfigured class shares its creator's context.
/// # Ok::<(), complus_core::Error>(())
/// ```
#[derive(Clone, Debug)]
#[must_use]
pub struct Activation {
    clsid: Uuid,
    contexts: ClassContext,
    interface: Uuid,
    partition: Option<PartitionId>,
    transaction: Option<Transaction>,
    aggregated: bool,
}

impl Activation {
    /// An object of this class, served from wherever its configuration says.
    pub fn of(clsid: Uuid) -> Self {
        Self {
            clsid,
            contexts: ClassContext::INPROC_SERVER | ClassContext::LOCAL_SERVER,
            interface: iid::UNKNOWN,
            partition: None,
            transaction: None,
            aggregated: false,
        }
    }

    /// CLSCTX: where it may be served from, and CLSCTX_FROM_DEFAULT_CONTEXT.
    pub fn contexts(mut self, contexts: ClassContext) -> Self {
        self.contexts = contexts;
        self
    }

    /// The interface that the reference is for; IUnknown by default.
    pub fn interface(mut self, interface: Uuid) -> Self {
        self.interface = interface;
        self
    }

    /// The class is looked for in this partition first: `partition:{..}/new:{..}`.
    pub fn partition(mut self, partition: PartitionId) -> Self {
        self.partition = Some(partition);
        self
    }

    /// The object is to work in this transaction, which it does not end: ICreateWithTransactionEx.
    pub fn transaction(mut self, transaction: &Transaction) -> Self {
        self.transaction = Some(transaction.participant());
        self
    }

    /// The new object is to become a part of another one.
    pub fn aggregated(mut self) -> Self {
        self.aggregated = true;
        self
    }

    /// Makes it.
    ///
    /// # Errors
    /// CO_E_NOTINITIALIZED; REGDB_E_CLASSNOTREG, COMADMIN_E_PRIVATE_ACCESSDENIED and the others of ACT 4.8; the gates
    /// of ACT 3.3; CO_E_ATTEMPT_TO_CREATE_OUTSIDE_CLIENT_CONTEXT, CLASS_E_NOAGGREGATION; the failures of the class
    /// factory and of the object's life (ACT 7.7); E_NOINTERFACE. Nothing has been made then.
    pub fn create(&self) -> Result<Reference> {
        match again::create(self) {
            Some(created) => created,
            None => self.create_and(&mut ()),
        }
    }

    /// The same, and tells why.
    ///
    /// # Errors
    /// As for [`create`](Self::create).
    pub fn create_and(&self, explain: &mut impl Explain) -> Result<Reference> {
        match class::locate(self, explain)? {
            Located::Registered(class) => class.brought_here(iid::CLASS_FACTORY)?.create_instance(self.interface),
            Located::InProcess(class) => place::unconfigured(self, class, explain),
            Located::Configured(configured) => configured.create(self, explain),
        }
    }

    pub(crate) fn clsid(&self) -> Uuid {
        self.clsid
    }

    pub(crate) fn class_contexts(&self) -> ClassContext {
        self.contexts
    }

    fn request(&self, pooled: bool) -> activation::Request {
        activation::Request { aggregated: self.aggregated, pooled }
    }
}
