//! Short names for ids: C1, T1, A1 in the order in which they first occur.

use super::{Kind, Record};
use complus_core::{
    event::What,
    id::{ActivityId, ContextId, TransactionId},
};
use std::collections::{BTreeMap, BTreeSet};

/// The short names of one run.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Names {
    contexts: BTreeMap<ContextId, String>,
    transactions: BTreeMap<TransactionId, String>,
    activities: BTreeMap<ActivityId, String>,
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
        let entered = events().filter(|event| matches!(event.what, What::DomainEntered { .. }));
        let domains: BTreeSet<ContextId> = entered.filter_map(|event| event.context).collect();
        let (mut domain, mut default) = (0, 0);
        for event in events() {
            if let Some(id) = event.activity {
                let next = names.activities.len() + 1;
                names.activities.entry(id).or_insert_with(|| format!("A{next}"));
            }
            if let Some(id) = event.transaction {
                let next = names.transactions.len() + 1;
                names.transactions.entry(id).or_insert_with(|| format!("T{next}"));
            }
            if let Some(id) = event.context {
                let (letter, counter) = if domains.contains(&id) { ('C', &mut domain) } else { ('D', &mut default) };
                names.contexts.entry(id).or_insert_with(|| {
                    *counter += 1;
                    format!("{letter}{counter}")
                });
            }
        }
        names
    }

    /// C1 for the first domain, D1 for the first default context.
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
}
