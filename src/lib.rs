//! The COM+ context runtime in pure Rust.

pub use complus_core::{
    ActivityTransaction, ByotAbort, CatalogDefaults, Compat, DeadlockPolicy, Error, ErrorKind, FailFast, HResult,
    IntoHResult, LifecycleErrors, Result, attribute, context, error, event, explain, hresult, id, rules,
};
pub use complus_runtime::{
    Apartment, AsPrincipal, Bound, Completed, ContextProperties, ContextState, ContextToken, ContextTransactionInfo,
    Limits, ObjectContext, ObjectContextInfo, Partition, Runtime, RuntimeBuilder, Scope, SecurityContext,
    ServiceConfig, ServiceDomain, SharedContext, StatusObject, StatusSink, apartment_type, com, context_token,
};
pub use complus_sync::{Clock, Schedule, VirtualClock};
pub use complus_transaction::{
    BroughtTransaction, ResourceManager, Transaction, TransactionManager, TransactionOptions, TransactionProxy,
    VolatileStore, Vote, Voter,
};

/// What most programs need.
pub mod prelude {
    pub use crate::{
        Apartment, Completed, HResult, ObjectContext, Runtime, ServiceConfig, ServiceDomain, StatusObject, StatusSink,
        Transaction, TransactionManager,
        attribute::{
            ApartmentModel, Binding, ComtiIntrinsicsConfig, IisIntrinsicsConfig, InheritanceConfig, IsolationLevel,
            PartitionConfig, Property, SxsConfig, SynchronizationConfig, ThreadPool, TrackerConfig, TransactionConfig,
            TransactionStatus, TransactionVote,
        },
    };
}
