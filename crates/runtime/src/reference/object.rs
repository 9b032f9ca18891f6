//! What the runtime has to know of an object: its interfaces, and how they can be moved.

use crate::class::ClassFactory;
use complus_core::error::Result;
use std::any::Any;
use uuid::Uuid;

/// An object that others hold [references](super::Reference) to. It lives as long as somebody has an `Arc` of it: the
/// program, a reference in its own context, or the runtime, for those who hold it from other contexts.
///
/// The methods here are asked on any thread and always answer alike; the object's own methods run in its context.
///
/// ```
/// use complus_runtime::{Apartment, Method, Object, Reference};
/// # use complus_core::attribute::ApartmentModel;
/// # use std::sync::Arc;
/// # let runtime = complus_runtime::Runtime::builder().build()?;
/// # let _bound = runtime.enter();
/// # let _apartment = Apartment::initialize(ApartmentModel::ApartmentThreaded)?;
/// const IID_ACCOUNT: uuid::Uuid = uuid::Uuid::from_u128(0x5f1a_7b5e_0000_4000_8000_0000_0000_0001);
/// struct Account;
/// impl Object for Account {
///     fn supports(&self, interface: uuid::Uuid) -> bool {
///         interface == IID_ACCOUNT
///     }
/// }
/// let account = Reference::new(Arc::new(Account))?;
/// assert!(!account.is_proxy() && account.query(IID_ACCOUNT)? == account);
/// # Ok::<(), complus_core::Error>(())
/// ```
pub trait Object: Any + Send + Sync {
    /// QueryInterface: whether it has this interface. IUnknown needs not be named.
    fn supports(&self, interface: Uuid) -> bool;

    /// Whether somebody marshals this interface: it can be called from other contexts.
    fn is_marshalable(&self, interface: Uuid) -> bool {
        self.supports(interface)
    }

    /// What gives the object as this interface of Rust: a static [`Caster`](crate::typed::Caster). Components have one
    /// for each of their interfaces; typed references call through it.
    fn caster(&self, interface: Uuid) -> Option<&'static (dyn Any + Send + Sync)> {
        let _ = interface;
        None
    }

    /// The address of `self` in its methods, by which [`Reference::to_self`](super::Reference::to_self) finds the object.
    #[doc(hidden)]
    fn self_address(&self) -> usize {
        std::ptr::from_ref(self).addr()
    }

    /// IExternalConnection, if it has it.
    fn external_connection(&self) -> Option<&dyn ExternalConnection> {
        None
    }

    /// IClassFactory, if it has it.
    fn class_factory(&self) -> Option<&dyn ClassFactory> {
        None
    }

    /// IObjectControl, if it has it.
    fn control(&self) -> Option<&dyn ObjectControl> {
        None
    }

    /// IObjectConstruct, if it has it.
    fn construction(&self) -> Option<&dyn ObjectConstruct> {
        None
    }

    /// It aggregates the free-threaded marshaler: everybody in the process gets the object itself, and its methods run
    /// in the caller's context (SYN 10.5).
    fn is_free_threaded(&self) -> bool {
        false
    }

    /// It has INoMarshal: it refuses to be moved.
    fn no_marshal(&self) -> bool {
        false
    }
}

/// IExternalConnection: is told of each strong reference from outside, in the object's context. An object that has it
/// is kept by its table-weak packets until they are released (SYN 10.6).
pub trait ExternalConnection {
    /// AddConnection.
    fn add_connection(&self);
    /// ReleaseConnection: `last_release_closes` if the object may go with its last connection.
    fn release_connection(&self, last_release_closes: bool);
}

/// IObjectControl: a component that is told when it is activated and deactivated, in the context that it serves
/// (ACT 7.1).
pub trait ObjectControl {
    /// Activate: comes before every other method of an activation.
    ///
    /// # Errors
    /// Whatever keeps it from working; the caller gets CO_E_ACTIVATIONFAILED ([`LifecycleErrors`]).
    ///
    /// [`LifecycleErrors`]: complus_core::LifecycleErrors
    fn activate(&self) -> Result<()> {
        Ok(())
    }

    /// Deactivate: ends the activation. It must not call objects of its own activity.
    fn deactivate(&self) {}

    /// CanBePooled, asked after each deactivation if objects are pooled: false ends the object.
    fn can_be_pooled(&self) -> bool {
        true
    }
}

/// IObjectConstruct: a component that is given the constructor string of its configuration, once in its life (ACT 7.1).
pub trait ObjectConstruct {
    /// Construct.
    ///
    /// # Errors
    /// Whatever keeps it from working; the creator gets CO_E_INITIALIZATIONFAILED
    /// ([`LifecycleErrors`](complus_core::LifecycleErrors)).
    fn construct(&self, string: &str) -> Result<()>;
}

/// Interfaces that the runtime knows.
pub mod iid {
    use uuid::Uuid;

    const fn ole(first: u32) -> Uuid {
        Uuid::from_u128(((first as u128) << 96) | 0xc000_0000_0000_0046)
    }

    /// IUnknown.
    pub const UNKNOWN: Uuid = ole(0);
    /// IClassFactory.
    pub const CLASS_FACTORY: Uuid = ole(1);
    /// IMarshal.
    pub const MARSHAL: Uuid = ole(3);
    /// IExternalConnection.
    pub const EXTERNAL_CONNECTION: Uuid = ole(0x19);
    /// IMultiQI: proxies answer it, objects do not.
    pub const MULTI_QI: Uuid = ole(0x20);
    /// IClientSecurity: as [`MULTI_QI`].
    pub const CLIENT_SECURITY: Uuid = ole(0x13d);
    /// IGlobalInterfaceTable.
    pub const GLOBAL_INTERFACE_TABLE: Uuid = ole(0x146);
    /// IAgileObject.
    pub const AGILE_OBJECT: Uuid = Uuid::from_u128(0x94ea_2b94_e9cc_49e0_c0ff_ee64_ca8f_5b90);
    /// IObjectControl.
    pub const OBJECT_CONTROL: Uuid = Uuid::from_u128(0x5137_2aec_cae7_11cf_be81_00aa_00a2_fa25);
    /// IObjectConstruct.
    pub const OBJECT_CONSTRUCT: Uuid = Uuid::from_u128(0x41c4_f8b3_7439_11d2_98cb_00c0_4f8e_e1c4);
    /// INoMarshal.
    pub const NO_MARSHAL: Uuid = Uuid::from_u128(0xecc8_691b_c1db_4dc0_855e_65f6_c551_af49);
    /// IAgileReference.
    pub const AGILE_REFERENCE: Uuid = Uuid::from_u128(0xc03f_6a43_65a4_9818_987e_e0b8_10d2_a6f2);
}

/// Whether the object itself has the interface, beside its own those that the runtime gives it.
pub(super) fn object_supports(object: &dyn Object, interface: Uuid) -> bool {
    match interface {
        iid::UNKNOWN => true,
        iid::MARSHAL | iid::AGILE_OBJECT if object.is_free_threaded() => true,
        iid::NO_MARSHAL if object.no_marshal() => true,
        iid::EXTERNAL_CONNECTION if object.external_connection().is_some() => true,
        iid::CLASS_FACTORY if object.class_factory().is_some() => true,
        iid::OBJECT_CONTROL if object.control().is_some() => true,
        iid::OBJECT_CONSTRUCT if object.construction().is_some() => true,
        _ => object.supports(interface),
    }
}

/// Whether the interface can be moved to another context.
pub(super) fn is_marshalable(object: &dyn Object, interface: Uuid) -> bool {
    match interface {
        iid::UNKNOWN => true,
        iid::CLASS_FACTORY if object.class_factory().is_some() => true,
        _ => object_supports(object, interface) && object.is_marshalable(interface),
    }
}

/// Whether a proxy for the object has the interface: those of every proxy, and those that can be moved.
pub(super) fn proxy_supports(object: &dyn Object, interface: Uuid) -> bool {
    matches!(interface, iid::MULTI_QI | iid::CLIENT_SECURITY | iid::MARSHAL) || is_marshalable(object, interface)
}
