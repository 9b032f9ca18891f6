//! Short names for ids: C1, T1, A1, L1, I1 in the order in which they first occur; the names that the catalog has.

use super::{Kind, Record};
use complus_core::{
    event::{Event, What},
    id::{ActivityId, ApplicationInstanceId, CausalityId, ContextId, PartitionId, TransactionId},
};
use std::collections::{BTreeMap, BTreeSet};
use uuid::Uuid;

/// The short names of one run.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Names {
    contexts: BTreeMap<ContextId, String>,
    transactions: BTreeMap<TransactionId, String>,
    activities: BTreeMap<ActivityId, String>,
    causalities: BTreeMap<CausalityId, String>,
    instances: BTreeMap<ApplicationInstanceId, String>,
    /// Classes, applications and partitions.
    named: BTreeMap<Uuid, String>,
}

impl Names {
    /// Names everything in a trace.
    pub fn of(records: &[Record]) -> Self {
        let mut names = Self::default();
        let events = || {
            records.iter().filter_map(|record| match &record.kind {
                Kind::Event(event) => Some(event),
                _ => None,
            })
        };
        let entered =
            events().filter(|event| matches!(event.what, What::DomainEntered { .. } | What::CallEntered { .. }));
        let mut own: BTreeSet<ContextId> = entered.filter_map(|event| event.context).collect();
        // Calls enter default contexts as well.
        for record in records {
            let default = match &record.kind {
                Kind::Event(Event { what: What::ApartmentJoined { .. }, context, .. }) => *context,
                Kind::Activated(activated) if !activated.is_own() => activated.other.map(|other| other.0),
                _ => None,
            };
            default.map(|id| own.remove(&id));
        }
        let (mut domain, mut default) = (0, 0);
        for event in events() {
            let waits_for = match event.what {
                What::ActivityWaiting { activity } => activity,
                _ => None,
            };
            for id in [event.activity, waits_for].into_iter().flatten() {
                let next = names.activities.len() + 1;
                names.activities.entry(id).or_insert_with(|| format!("A{next}"));
            }
            let accepted = match event.what {
                What::CallAccepted { causality } => causality,
                _ => None,
            };
            for id in [event.causality, accepted].into_iter().flatten() {
                let next = names.causalities.len() + 1;
                names.causalities.entry(id).or_insert_with(|| format!("L{next}"));
            }
            if let What::Application { instance, .. } = event.what {
                let next = names.instances.len() + 1;
                names.instances.entry(instance).or_insert_with(|| format!("I{next}"));
            }
            if let Some(id) = event.transaction {
                let next = names.transactions.len() + 1;
                names.transactions.entry(id).or_insert_with(|| format!("T{next}"));
            }
            if let Some(id) = event.context {
                let (letter, counter) = if own.contains(&id) { ('C', &mut domain) } else { ('D', &mut default) };
                names.contexts.entry(id).or_insert_with(|| {
                    *counter += 1;
                    format!("{letter}{counter}")
                });
            }
        }
        names
    }

    /// The same with the names of classes, applications and partitions.
    pub(crate) fn with_names(mut self, named: impl Iterator<Item = (Uuid, String)>) -> Self {
        self.named = named.collect();
        self
    }

    /// The ProgID of a class.
    pub fn class(&self, clsid: Uuid) -> &str {
        self.named.get(&clsid).map_or("?", String::as_str)
    }

    /// The name of an application.
    pub fn application(&self, id: Uuid) -> &str {
        self.named.get(&id).map_or("?", String::as_str)
    }

    /// The name of a partition; its id, if the catalog does not know it.
    pub fn partition(&self, id: PartitionId) -> String {
        self.named.get(&id.0).cloned().unwrap_or_else(|| id.to_string())
    }

    /// I1 for the first instance of an application.
    pub fn instance(&self, id: ApplicationInstanceId) -> &str {
        self.instances.get(&id).map_or("?", String::as_str)
    }

    /// C1 for the first context of a domain or a call, D1 for the first default context.
    pub fn context(&self, id: ContextId) -> &str {
        self.contexts.get(&id).map_or("?", String::as_str)
    }

    /// T1 for the first transaction.
    pub fn transaction(&self, id: TransactionId) -> &str {
        self.transactions.get(&id).map_or("?", String::as_str)
    }

    /// A1 for the first activity.
    pub fn activity(&self, id: ActivityId) -> &str {
        self.activities.get(&id).map_or("?", String::as_str)
    }

    /// L1 for the first causality, the logical thread.
    pub fn causality(&self, id: CausalityId) -> &str {
        self.causalities.get(&id).map_or("?", String::as_str)
    }
}
