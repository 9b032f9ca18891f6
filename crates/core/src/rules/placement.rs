//! Where a component is activated: in its creator's context, in a context of its own, or in a default context
//! (ACT 3.2, 4.3 to 4.6).
//!
//! The decision composes the rules of the single properties: [`own_reasons`] says whether the component may share its
//! creator's context, [`transaction`] and [`synchronization`] what an own context gets.

use super::{
    coherence::Services,
    own_reasons::{self, OwnReasons},
    reference::Destination,
    security::Switches,
    synchronization::{self, Activity},
    transaction::{self, Transaction},
};
use crate::{
    Compat,
    attribute::{IsolationLevel, SynchronizationAttribute, ThreadingModel, TransactionAttribute},
    error::ActivationError,
    explain::{Explain, Reason},
};
use alloc::{format, string::String};

/// What the catalog says of a component, as far as an activation asks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Component {
    /// The Transaction attribute.
    pub transaction: TransactionAttribute,
    /// TxIsolationLevel.
    pub isolation: IsolationLevel,
    /// The Synchronization attribute.
    pub synchronization: SynchronizationAttribute,
    /// JustInTimeActivation.
    pub just_in_time: bool,
    /// ThreadingModel.
    pub threading_model: ThreadingModel,
    /// EventTrackingEnabled, and EventsEnabled of its application.
    pub tracked: bool,
    /// The switches of role checks.
    pub security: Switches,
    /// MustRunInClientContext.
    pub must_run_in_client_context: bool,
    /// MustRunInDefaultContext.
    pub must_run_in_default_context: bool,
}

impl Component {
    /// The raw-configured component: nothing is asked for, so that it lands with its creator (ACT 4.7).
    pub const RAW: Self = Self {
        transaction: TransactionAttribute::Disabled,
        isolation: IsolationLevel::Serializable,
        synchronization: SynchronizationAttribute::Disabled,
        just_in_time: false,
        threading_model: ThreadingModel::Both,
        tracked: false,
        security: Switches { application_checks: false, component_level: false, component_checks: false },
        must_run_in_client_context: false,
        must_run_in_default_context: false,
    };

    /// A freshly installed component in a freshly made application (ACT 3.4).
    pub const INSTALLED: Self = Self {
        transaction: TransactionAttribute::NotSupported,
        tracked: true,
        security: Switches { application_checks: true, component_level: true, component_checks: false },
        ..Self::RAW
    };

    /// Its attributes that depend on each other.
    #[inline]
    pub const fn services(&self) -> Services {
        let Self { transaction, just_in_time, synchronization, .. } = *self;
        Services { transaction, just_in_time, synchronization }
    }
}

/// The creator's context, and how the component relates to it.
///
/// For an activation with CLSCTX_FROM_DEFAULT_CONTEXT it is the default context of the creator's apartment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Origin {
    /// It is a default context.
    pub default_context: bool,
    /// It is in an activity.
    pub activity: bool,
    /// The level of its transaction, also between two of its stream; `None` if it is in none.
    pub transaction: Option<IsolationLevel>,
    /// The level of the transaction that the request brings along; `None` if it brings none.
    pub brought: Option<IsolationLevel>,
    /// It carries the security property of the component's own application.
    pub same_security: bool,
    /// It is of the component's partition.
    pub same_partition: bool,
    /// The component's apartment is the creator's.
    pub same_apartment: bool,
    /// The component runs in the creator's process.
    pub same_process: bool,
}

impl Origin {
    /// A default context; the component fits its apartment.
    pub const DEFAULT_CONTEXT: Self = Self {
        default_context: true,
        activity: false,
        transaction: None,
        brought: None,
        same_security: false,
        same_partition: true,
        same_apartment: true,
        same_process: true,
    };

    /// The level of the transaction that a component would join here.
    #[inline]
    pub const fn enclosing(&self) -> Option<IsolationLevel> {
        if self.brought.is_some() { self.brought } else { self.transaction }
    }
}

/// Where a component is activated.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Placement {
    /// In its creator's context, whose properties it sees.
    CreatorsContext,
    /// In a new context, for these reasons.
    OwnContext {
        /// Why.
        reasons: OwnReasons,
        /// Its activity.
        activity: Activity,
        /// Its transaction; `New` makes it the root of a stream.
        transaction: Transaction,
    },
    /// In the default context of its apartment; all its services are off.
    DefaultContext,
}

impl Placement {
    /// Whether the object comes to live in the creator's context: its creator then gets a plain pointer, and may
    /// aggregate it.
    #[inline]
    pub const fn is_creators(&self, origin: &Origin) -> bool {
        match self {
            Self::CreatorsContext => true,
            Self::OwnContext { .. } => false,
            Self::DefaultContext => origin.default_context && origin.same_apartment && origin.same_process,
        }
    }

    /// Where the reference to the object goes, seen from the object, when `apartments` lies between its apartment and
    /// the creator's ([`class_apartment::border`](super::class_apartment::border)).
    #[inline]
    pub const fn border(&self, origin: &Origin, apartments: Destination) -> Destination {
        match apartments {
            _ if !origin.same_process => Destination::OtherProcess,
            Destination::SameContext | Destination::SameApartment if self.is_creators(origin) => {
                Destination::SameContext
            }
            _ => apartments,
        }
    }
}

/// Where a configured component is activated (ACT 3.2, 4.3, 4.5). The [`gates`](super::gates) were passed before.
///
/// # Errors
/// CO_E_ATTEMPT_TO_CREATE_OUTSIDE_CLIENT_CONTEXT when it must run in its creator's context and cannot.
#[inline(always)]
pub fn component(
    component: &Component,
    origin: &Origin,
    compat: &Compat,
    explain: &mut impl Explain,
) -> Result<Placement, ActivationError> {
    if component.must_run_in_default_context {
        explain.because(|| Reason {
            rule: "ACT 4.5: MustRunInDefaultContext",
            inputs: "its services are off while the flag is set".into(),
            verdict: "the default context of its apartment".into(),
            source: "enforcing-activation-in-the-default-context",
        });
        return Ok(Placement::DefaultContext);
    }
    let reasons = own_reasons::own_reasons(component, origin, compat);
    own_reasons::tell(reasons, component, origin, compat, explain);
    let refused = component.must_run_in_client_context && !reasons.is_empty();
    explain.because(|| Reason {
        rule: match (reasons.is_empty(), refused) {
            (true, _) => "ACT 3.2, step 12",
            (false, true) => "ACT 4.5: MustRunInClientContext",
            (false, false) => "ACT 3.2, step 14",
        },
        inputs: format!("reasons for a context of its own: {reasons}"),
        verdict: match (reasons.is_empty(), refused) {
            (true, _) => "the creator's context".into(),
            (false, true) => format!("{}", ActivationError::OutsideClientContext.hresult()),
            (false, false) => "a context of its own".into(),
        },
        source: if refused { "enforcing-activation-in-the-caller-s-context" } else { "context-activation" },
    });
    if reasons.is_empty() {
        return Ok(Placement::CreatorsContext);
    }
    if refused {
        return Err(ActivationError::OutsideClientContext);
    }
    let transaction = match origin.brought {
        Some(_) => transaction::component_brought(component.transaction, explain),
        None => transaction::component(component.transaction, origin.transaction.is_some(), true, explain),
    };
    let activity = synchronization::component(component.synchronization, origin.activity, true, explain);
    Ok(Placement::OwnContext { reasons, activity, transaction })
}

/// Where a class without catalog entry is activated: with its creator if their apartments agree (ACT 4.6).
#[inline]
pub fn unconfigured(same_apartment: bool, explain: &mut impl Explain) -> Placement {
    let placement = if same_apartment { Placement::CreatorsContext } else { Placement::DefaultContext };
    explain.because(|| Reason {
        rule: "ACT 4.6",
        inputs: String::from(if same_apartment { "its apartment is the creator's" } else { "another apartment" }),
        verdict: String::from(if same_apartment {
            "the creator's context"
        } else {
            "the default context of its apartment"
        }),
        source: "context-activation",
    });
    placement
}
