//! What a component says of itself: its class, its interfaces, and the attributes that it comes with.

use super::InterfaceInfo;
use complus_catalog::{
    ClassDescriptor, InterfaceDescriptor, MethodDescriptor, Node, Stored,
    schema::{Field, component as attribute},
};
use complus_core::attribute::{IsolationLevel, SynchronizationAttribute, ThreadingModel, TransactionAttribute};
use uuid::Uuid;

/// What the catalog is told of a component.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Description {
    /// Its CLSID.
    pub clsid: Uuid,
    /// Its ProgID; may be empty.
    pub prog_id: &'static str,
    /// The application that it is installed into.
    pub application: &'static str,
    /// The name of its factory: that of its type.
    pub factory: &'static str,
    /// Where its objects live.
    pub threading: ThreadingModel,
    /// Its objects aggregate the free-threaded marshaler.
    pub free_threaded_marshaler: bool,
    /// Its interfaces.
    pub interfaces: &'static [InterfaceInfo],
    /// Its attributes.
    pub settings: Settings,
}

/// Attributes of a component. What it does not say is left to the catalog: a default, or what follows from the others.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Settings {
    /// Description.
    pub description: Option<&'static str>,
    /// Transaction.
    pub transaction: Option<TransactionAttribute>,
    /// TxIsolationLevel.
    pub isolation: Option<IsolationLevel>,
    /// ComponentTransactionTimeout, in seconds; enables it.
    pub timeout: Option<i32>,
    /// Synchronization.
    pub synchronization: Option<SynchronizationAttribute>,
    /// JustInTimeActivation.
    pub just_in_time: Option<bool>,
    /// Enables object pooling.
    pub pool: Option<Pool>,
    /// ConstructorString; enables construction.
    pub construction: Option<&'static str>,
    /// MustRunInClientContext.
    pub must_run_in_client_context: Option<bool>,
    /// MustRunInDefaultContext.
    pub must_run_in_default_context: Option<bool>,
    /// IsPrivateComponent.
    pub private: Option<bool>,
    /// ComponentAccessChecksEnabled.
    pub access_checks: Option<bool>,
    /// EventTrackingEnabled.
    pub event_tracking: Option<bool>,
}

/// The pool of a component.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub struct Pool {
    /// MinPoolSize.
    pub min: Option<i32>,
    /// MaxPoolSize.
    pub max: Option<i32>,
    /// CreationTimeout, in milliseconds.
    pub creation_timeout: Option<i32>,
}

impl Settings {
    /// Nothing said.
    pub const NONE: Self = Self {
        description: None,
        transaction: None,
        isolation: None,
        timeout: None,
        synchronization: None,
        just_in_time: None,
        pool: None,
        construction: None,
        must_run_in_client_context: None,
        must_run_in_default_context: None,
        private: None,
        access_checks: None,
        event_tracking: None,
    };

    /// Shows every attribute that is said to `visitor`.
    fn visit(&self, visitor: &mut impl Visitor) {
        let pool = self.pool.unwrap_or_default();
        visitor.see(attribute::DESCRIPTION, self.description);
        visitor.see(attribute::TRANSACTION, self.transaction);
        visitor.see(attribute::TX_ISOLATION_LEVEL, self.isolation);
        visitor.see(attribute::COMPONENT_TRANSACTION_TIMEOUT_ENABLED, self.timeout.map(|_| true));
        visitor.see(attribute::COMPONENT_TRANSACTION_TIMEOUT, self.timeout);
        visitor.see(attribute::SYNCHRONIZATION, self.synchronization);
        visitor.see(attribute::JUST_IN_TIME_ACTIVATION, self.just_in_time);
        visitor.see(attribute::OBJECT_POOLING_ENABLED, self.pool.map(|_| true));
        visitor.see(attribute::MIN_POOL_SIZE, pool.min);
        visitor.see(attribute::MAX_POOL_SIZE, pool.max);
        visitor.see(attribute::CREATION_TIMEOUT, pool.creation_timeout);
        visitor.see(attribute::CONSTRUCTION_ENABLED, self.construction.map(|_| true));
        visitor.see(attribute::CONSTRUCTOR_STRING, self.construction);
        visitor.see(attribute::MUST_RUN_IN_CLIENT_CONTEXT, self.must_run_in_client_context);
        visitor.see(attribute::MUST_RUN_IN_DEFAULT_CONTEXT, self.must_run_in_default_context);
        visitor.see(attribute::IS_PRIVATE_COMPONENT, self.private);
        visitor.see(attribute::COMPONENT_ACCESS_CHECKS_ENABLED, self.access_checks);
        visitor.see(attribute::EVENT_TRACKING_ENABLED, self.event_tracking);
    }

    /// Whether an installed component has these, and none was changed on behalf of the others.
    pub(super) fn hold(&self, component: &Node) -> bool {
        let mut comparison = Comparison { component, same: true };
        self.visit(&mut comparison);
        comparison.same
    }
}

impl Description {
    /// Whether this is one of its interfaces.
    pub(super) fn has(&self, interface: Uuid) -> bool {
        self.interfaces.iter().any(|info| info.iid == interface)
    }

    /// The same as the catalog takes it.
    pub(super) fn descriptor(&self) -> ClassDescriptor {
        let class =
            ClassDescriptor::new(self.clsid, self.prog_id).factory(self.factory).threading_model(self.threading);
        let class = self.interfaces.iter().fold(class, |class, info| class.interface(interface(info)));
        let mut presets = Presets(Some(class));
        self.settings.visit(&mut presets);
        presets.0.unwrap_or_else(|| ClassDescriptor::new(self.clsid, self.prog_id))
    }
}

fn interface(info: &InterfaceInfo) -> InterfaceDescriptor {
    info.methods.iter().fold(InterfaceDescriptor::new(info.iid, info.name), |interface, method| {
        interface.method(MethodDescriptor {
            index: method.number.into(),
            name: method.name,
            in_only: method.in_only,
            auto_complete: method.auto_complete,
        })
    })
}

/// Somebody who looks at attributes.
trait Visitor {
    fn see<'a, T: Stored>(&mut self, field: Field<T>, value: Option<T::View<'a>>)
    where
        T::View<'a>: PartialEq;
}

/// Presets them in a class that is about to be installed.
struct Presets(Option<ClassDescriptor>);

impl Visitor for Presets {
    fn see<'a, T: Stored>(&mut self, field: Field<T>, value: Option<T::View<'a>>)
    where
        T::View<'a>: PartialEq,
    {
        if let Some(value) = value {
            self.0 = self.0.take().map(|class| class.attribute(field, value));
        }
    }
}

/// Compares them with those of a component.
struct Comparison<'c> {
    component: &'c Node,
    same: bool,
}

impl Visitor for Comparison<'_> {
    fn see<'a, T: Stored>(&mut self, field: Field<T>, value: Option<T::View<'a>>)
    where
        T::View<'a>: PartialEq,
    {
        self.same &= value.is_none_or(|value| T::store(value) == T::store(self.component.get(field)));
    }
}
