//! Properties of a component, as one application configures it (SEC A.4).

use super::{Condition, properties};
use crate::value::Text;
use complus_core::attribute::{
    Bitness, IsolationLevel, SynchronizationAttribute, ThreadingModel, TransactionAttribute,
};
use uuid::Uuid;

/// Services that the code of a class insists on (SEC A.7, A.10).
pub(crate) const REQUIRED_SERVICES: &[(i32, &str)] = &[
    (POOLING_REQUIRED, "Pooling"),
    (CONSTRUCTION_REQUIRED, "Construction"),
    (SYNCHRONIZATION_REQUIRED, "Synchronization"),
];

/// `Requires`: without object pooling, an activation fails with CO_E_NOTPOOLED.
pub const POOLING_REQUIRED: i32 = 1;
/// `Requires`: without a construction string, CO_E_NOTCONSTRUCTED.
pub const CONSTRUCTION_REQUIRED: i32 = 2;
/// `Requires`: without synchronization, CO_E_NOSYNCHRONIZATION.
pub const SYNCHRONIZATION_REQUIRED: i32 = 4;

const POOLED: &[Condition] = &[Condition::on(OBJECT_POOLING_ENABLED)];
const TRANSACTIONAL: &[Condition] = &[Condition::among(TRANSACTION, &[2, 3, 4])];
const ROOT: &[Condition] = &[Condition::among(TRANSACTION, &[3, 4])];
const ROOT_WITH_TIMEOUT: &[Condition] =
    &[Condition::among(TRANSACTION, &[3, 4]), Condition::on(COMPONENT_TRANSACTION_TIMEOUT_ENABLED)];

properties! {
    /// The table of the Components collection.
    CLSID "CLSID": Uuid, read_only(), caption("CLSID");
    PROG_ID "ProgID": Text, read_only(), longest(39), caption("ProgID");
    APPLICATION_ID "ApplicationID": Uuid, ancestor(1), caption("Application");
    DESCRIPTION "Description": Text, caption("Description");
    DLL "DLL": Text, read_only(), in_file("Factory"), caption("DLL");
    BITNESS "Bitness": Bitness, read_only(), number(2);
    THREADING_MODEL "ThreadingModel": ThreadingModel, read_only(), number(5), caption("Threading model");
    VERSION_MAJOR "VersionMajor": Text, read_only();
    VERSION_MINOR "VersionMinor": Text, read_only();
    VERSION_BUILD "VersionBuild": Text, read_only();
    VERSION_SUB_BUILD "VersionSubBuild": Text, read_only();
    IS_INSTALLED "IsInstalled": bool, below();
    IS_ENABLED "IsEnabled": bool, yes(), spelt(&["Enabled"]), caption("Enabled");
    IS_PRIVATE_COMPONENT "IsPrivateComponent": bool, spelt(&["Private"]), caption("Mark component private to application");
    TRANSACTION "Transaction": TransactionAttribute, number(1), caption("Transaction support");
    TX_ISOLATION_LEVEL "TxIsolationLevel": IsolationLevel, number(4), effect(TRANSACTIONAL), caption("Transaction isolation level");
    COMPONENT_TRANSACTION_TIMEOUT_ENABLED "ComponentTransactionTimeoutEnabled": bool, effect(ROOT), caption("Override global transaction timeout value");
    COMPONENT_TRANSACTION_TIMEOUT "ComponentTransactionTimeout": i32, range(0, 3600), number(60), effect(ROOT_WITH_TIMEOUT), caption("Transaction timeout (seconds)");
    SYNCHRONIZATION "Synchronization": SynchronizationAttribute, caption("Synchronization support");
    JUST_IN_TIME_ACTIVATION "JustInTimeActivation": bool, caption("Enable Just In Time Activation");
    OBJECT_POOLING_ENABLED "ObjectPoolingEnabled": bool, spelt(&["ObjectPooling"]), caption("Enable object pooling");
    MIN_POOL_SIZE "MinPoolSize": i32, range(0, 1_048_576), effect(POOLED), caption("Minimum pool size");
    MAX_POOL_SIZE "MaxPoolSize": i32, range(1, 1_048_576), number(1_048_576), effect(POOLED), caption("Maximum pool size");
    CREATION_TIMEOUT "CreationTimeout": i32, range(0, i32::MAX), effect(POOLED), caption("Creation timeout (ms)");
    CONSTRUCTION_ENABLED "ConstructionEnabled": bool, caption("Enable object construction");
    CONSTRUCTOR_STRING "ConstructorString": Text, effect(&[Condition::on(CONSTRUCTION_ENABLED)]), caption("Constructor string");
    MUST_RUN_IN_CLIENT_CONTEXT "MustRunInClientContext": bool, caption("Must be activated in callers context");
    MUST_RUN_IN_DEFAULT_CONTEXT "MustRunInDefaultContext": bool, caption("Must be activated in the default context");
    COMPONENT_ACCESS_CHECKS_ENABLED "ComponentAccessChecksEnabled": bool, yes_in_w2k(), spelt(&["ComponentAccessChecks"]), caption("Enforce component level access checks");
    EVENT_TRACKING_ENABLED "EventTrackingEnabled": bool, yes(), caption("Component supports events and statistics");
    INITIALIZE_SERVER_APPLICATION "InitializeServerApplication": bool, spelt(&["InitializesServerApplication"]);
    EXCEPTION_CLASS "ExceptionClass": Text, caption("Queuing exception class");
    LOAD_BALANCING_SUPPORTED "LoadBalancingSupported": bool;
    IIS_INTRINSICS "IISIntrinsics": bool, caption("Enable IIS intrinsic properties");
    COMTI_INTRINSICS "COMTIIntrinsics": bool;
    IS_EVENT_CLASS "IsEventClass": bool, read_only();
    PUBLISHER_ID "PublisherID": Text, needs(IS_EVENT_CLASS, "R5"), caption("Publisher ID");
    MULTI_INTERFACE_PUBLISHER_FILTER_CLSID "MultiInterfacePublisherFilterCLSID": Uuid, needs(PUBLISHER_ID, "R5");
    ALLOW_INPROC_SUBSCRIBERS "AllowInprocSubscribers": bool, yes(), effect(&[Condition::on(IS_EVENT_CLASS)]), caption("Allow in-process subscribers");
    FIRE_IN_PARALLEL "FireInParallel": bool, needs(IS_EVENT_CLASS, "R5"), caption("Fire in parallel");
    SOAP_ASSEMBLY_NAME "SoapAssemblyName": Text;
    SOAP_TYPE_NAME "SoapTypeName": Text;
    REQUIRES "Requires": i32, read_only(), flags(REQUIRED_SERVICES);
}
