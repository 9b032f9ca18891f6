//! Properties of subscriptions to loosely coupled events (SEC D.3).

use super::properties;
use crate::value::Text;
use uuid::Uuid;

properties! {
    /// The table of SubscriptionsForComponent and TransientSubscriptions.
    ID "ID": Uuid, write_once(), generated(), caption("Subscription ID");
    NAME "Name": Text, name_like(), text("New Subscription"), caption("Name");
    DESCRIPTION "Description": Text, caption("Description");
    ENABLED "Enabled": bool, yes(), caption("Enabled");
    EVENT_CLSID "EventCLSID": Uuid, caption("Event CLSID");
    PUBLISHER_ID "PublisherID": Text, caption("Publisher ID");
    INTERFACE_ID "InterfaceID": Uuid, caption("Interface ID");
    METHOD_NAME "MethodName": Text, caption("Method name");
    FILTER_CRITERIA "FilterCriteria": Text, caption("Filter criteria");
    PER_USER "PerUser": bool;
    USER_NAME "UserName": Text;
    QUEUED "Queued": bool, caption("Queued");
    SUBSCRIBER_MONIKER "SubscriberMoniker": Text;
    MACHINE_NAME "MachineName": Text, caption("Server name");
    EVENT_CLASS_PARTITION_ID "EventClassPartitionID": Uuid;
    SUBSCRIBER_PARTITION_ID "SubscriberPartitionID": Uuid;
}

/// A named value beside a subscription, for filters.
pub mod named {
    use crate::{schema::properties, value::Text};

    properties! {
        /// The table of PublisherProperties, SubscriberProperties and their transient twins.
        NAME "Name": Text, write_once(), name_like();
        VALUE "Value": Text;
    }
}
