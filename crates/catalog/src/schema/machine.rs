//! Properties of the machine, the single item of LocalComputer (SEC A.5).

use super::properties;
use crate::value::Text;
use complus_core::attribute::{AuthenticationLevel, ImpersonationLevel};

properties! {
    /// The table of LocalComputer.
    NAME "Name": Text, write_once(), text("My Computer"), name_like(), caption("Name");
    DESCRIPTION "Description": Text, caption("Description");
    TRANSACTION_TIMEOUT "TransactionTimeout": i32, range(0, 3600), number(60), caption("Transaction timeout (seconds)");
    DEFAULT_AUTHENTICATION_LEVEL "DefaultAuthenticationLevel": AuthenticationLevel, number(2), caption("Default Authentication Level");
    DEFAULT_IMPERSONATION_LEVEL "DefaultImpersonationLevel": ImpersonationLevel, number(2), caption("Default Impersonation Level");
    PARTITIONS_ENABLED "PartitionsEnabled": bool, caption("Enable partitions");
    LOCAL_PARTITION_LOOKUP_ENABLED "LocalPartitionLookupEnabled": bool, yes(), caption("Check local store when choosing the partition");
    DS_PARTITION_LOOKUP_ENABLED "DSPartitionLookupEnabled": bool, yes(), caption("Check Active Directory when choosing the partition");
    SECURITY_TRACKING_ENABLED "SecurityTrackingEnabled": bool, yes();
    RESOURCE_POOLING_ENABLED "ResourcePoolingEnabled": bool, yes(), caption("Enable resource pooling");
    DCOM_ENABLED "DCOMEnabled": bool, yes(), caption("Enable Distributed COM on this computer");
    CIS_ENABLED "CISEnabled": bool, caption("Enable COM Internet Services on this computer");
    RPC_PROXY_ENABLED "RPCProxyEnabled": bool;
    SECURE_REFERENCES_ENABLED "SecureReferencesEnabled": bool, caption("Provide additional security for reference tracking");
    IS_ROUTER "IsRouter": bool;
    SRP_RUNNING_OBJECT_CHECKS "SRPRunningObjectChecks": bool, yes();
    SRP_ACTIVATE_AS_ACTIVATOR_CHECKS "SRPActivateAsActivatorChecks": bool, yes();
}
