//! Properties of an application (SEC A.3).

use super::{Condition, properties};
use crate::value::Text;
use complus_core::attribute::{
    AccessChecksLevel, Activation, AuthenticationLevel, ImpersonationLevel, QueueAuthentication,
};
use uuid::Uuid;

/// The bits of AuthenticationCapability, by the names that files use.
pub(crate) const CAPABILITIES: &[(i32, &str)] = &[
    (0x1, "MutualAuthentication"),
    (0x2, "SecureReference"),
    (0x20, "StaticCloaking"),
    (0x40, "DynamicCloaking"),
    (0x80, "AnyAuthority"),
    (0x100, "MakeFullSic"),
    (0x200, "RequireFullSic"),
    (0x1000, "DisableAaa"),
    (0x2000, "NoCustomMarshal"),
];

/// Disallowed, fully trusted.
const TRUST: &[i32] = &[0, 0x4_0000];

/// What a library application takes from its host (R11).
const SERVER: &[Condition] = &[Condition::among(ACTIVATION, &[1])];

properties! {
    /// The table of the Applications collection.
    ID "ID": Uuid, write_once(), generated(), caption("Application ID");
    NAME "Name": Text, text("New Application"), name_like(), caption("Name");
    DESCRIPTION "Description": Text, caption("Description");
    CREATED_BY "CreatedBy": Text;
    APP_PARTITION_ID "AppPartitionID": Uuid, read_only(), id(super::GLOBAL_PARTITION), in_file("Partition"), caption("Partition ID");
    ACTIVATION "Activation": Activation, number(1), caption("Activation type");
    APPLICATION_ACCESS_CHECKS_ENABLED "ApplicationAccessChecksEnabled": bool, yes(), spelt(&["ApplicationAccessChecks"]), caption("Enforce access checks for this application");
    ACCESS_CHECKS_LEVEL "AccessChecksLevel": AccessChecksLevel, number(1), effect(&[Condition::on(APPLICATION_ACCESS_CHECKS_ENABLED)]), caption("Security level");
    AUTHENTICATION "Authentication": AuthenticationLevel, number(4), caption("Authentication level for calls");
    IMPERSONATION_LEVEL "ImpersonationLevel": ImpersonationLevel, number(3), effect(SERVER), caption("Impersonation level");
    AUTHENTICATION_CAPABILITY "AuthenticationCapability": i32, flags(CAPABILITIES), number(0x40);
    IDENTITY "Identity": Text, text("Interactive User"), effect(SERVER), caption("Account");
    PASSWORD "Password": Text, forgotten(), caption("Password");
    IS_ENABLED "IsEnabled": bool, yes(), spelt(&["Enabled"]);
    CHANGEABLE "Changeable": bool, yes(), caption("Disable changes (inverted)");
    DELETEABLE "Deleteable": bool, yes(), caption("Disable deletion (inverted)");
    IS_SYSTEM "IsSystem": bool, read_only();
    APPLICATION_PROXY "ApplicationProxy": bool, read_only(), caption("Application proxy");
    APPLICATION_PROXY_SERVER_NAME "ApplicationProxyServerName": Text, needs(APPLICATION_PROXY, "R10"), caption("Remote server name");
    RUN_FOREVER "RunForever": bool, effect(SERVER), caption("Leave running when idle");
    SHUTDOWN_AFTER "ShutdownAfter": i32, range(0, 1440), number(3), effect(&[Condition::among(ACTIVATION, &[1]), Condition::off(RUN_FOREVER)]), caption("Minutes until idle shutdown");
    CONCURRENT_APPS "ConcurrentApps": i32, range(1, 1_048_576), number(1), effect(SERVER), caption("Pool size");
    RECYCLE_LIFETIME_LIMIT "RecycleLifetimeLimit": i32, range(0, 30_240), effect(SERVER), caption("Lifetime limit (minutes)");
    RECYCLE_MEMORY_LIMIT "RecycleMemoryLimit": i32, range(0, 1_048_576), effect(SERVER), caption("Memory limit (KB)");
    RECYCLE_CALL_LIMIT "RecycleCallLimit": i32, range(0, 1_048_576), effect(SERVER), caption("Call limit");
    RECYCLE_ACTIVATION_LIMIT "RecycleActivationLimit": i32, range(0, 1_048_576), effect(SERVER), caption("Activation limit");
    RECYCLE_EXPIRATION_TIMEOUT "RecycleExpirationTimeout": i32, range(1, 1440), number(15), zero_tolerated(), effect(SERVER), caption("Expiration timeout (minutes)");
    QUEUING_ENABLED "QueuingEnabled": bool, caption("Queued");
    QUEUE_LISTENER_ENABLED "QueueListenerEnabled": bool, needs(QUEUING_ENABLED, "R7"), caption("Listen");
    QC_LISTENER_MAX_THREADS "QCListenerMaxThreads": i32, range(0, 1000), needs(QUEUE_LISTENER_ENABLED, "R7"), caption("Maximum concurrent players");
    QC_AUTHENTICATE_MSGS "QCAuthenticateMsgs": QueueAuthentication, needs(QUEUING_ENABLED, "R7"), caption("Message authentication");
    EVENTS_ENABLED "EventsEnabled": bool, yes();
    CRM_ENABLED "CRMEnabled": bool, caption("Enable Compensating Resource Managers");
    CRM_LOG_FILE "CRMLogFile": Text, effect(&[Condition::on(CRM_ENABLED)]);
    DUMP_ENABLED "DumpEnabled": bool, caption("Enable image dump on application fault");
    DUMP_ON_EXCEPTION "DumpOnException": bool, needs(DUMP_ENABLED, "R9");
    DUMP_ON_FAILFAST "DumpOnFailfast": bool, needs(DUMP_ENABLED, "R9");
    DUMP_PATH "DumpPath": Text, text("%systemroot%\\system32\\com\\dmp"), effect(&[Condition::on(DUMP_ENABLED)]), caption("Directory");
    MAX_DUMP_COUNT "MaxDumpCount": i32, range(1, 200), number(5), zero_tolerated(), effect(&[Condition::on(DUMP_ENABLED)]), caption("Maximum number of dump images");
    COMMAND_LINE "CommandLine": Text, effect(SERVER), caption("Debugger path");
    THREE_GIG_SUPPORT_ENABLED "3GigSupportEnabled": bool, caption("Enable 3GB support");
    APPLICATION_DIRECTORY "ApplicationDirectory": Text, caption("Application root directory");
    SERVICE_NAME "ServiceName": Text, read_only(), caption("Service name");
    REPLICABLE "Replicable": bool, yes();
    SOAP_ACTIVATED "SoapActivated": bool, caption("Uses SOAP");
    SOAP_BASE_URL "SoapBaseUrl": Text, effect(&[Condition::on(SOAP_ACTIVATED)]);
    SOAP_MAIL_TO "SoapMailTo": Text, effect(&[Condition::on(SOAP_ACTIVATED)]);
    SOAP_VROOT "SoapVRoot": Text, effect(&[Condition::on(SOAP_ACTIVATED)]), caption("SOAP VRoot");
    SRP_ENABLED "SRPEnabled": bool, caption("Apply software restriction policy");
    SRP_TRUST_LEVEL "SRPTrustLevel": i32, one_of(TRUST), number(0x4_0000), effect(&[Condition::on(SRP_ENABLED)]), caption("Restriction level");
}
