//! `expect`: what has to hold, and what was found instead.

use super::{
    order::in_order,
    worker::Worker,
    world::{Domain, Named},
};
use crate::{
    expectation::{Check, EventPattern, Expectation, Identity},
    trace::{self, Kind, StepPlace, Verdict},
};
use complus_core::{
    HResult,
    event::Event,
    hresult::S_OK,
    id::PartitionId,
    rules::{synchronization::Activity, transaction::Transaction},
};
use complus_runtime::{ObjectContext, apartment_type};

/// `None`: it holds; else what was found.
type Found = Option<String>;

impl Worker<'_> {
    pub(super) fn expect(&mut self, expectation: &Expectation, place: StepPlace) {
        let target = expectation.target.as_deref();
        let found: Vec<String> = expectation.checks.iter().filter_map(|check| self.check(target, check)).collect();
        let expected = self.world.scenario.source.first_line(place.span).to_owned();
        self.world.recorder.record(Kind::Expected(Verdict { holds: found.is_empty(), expected, found }));
        if expectation.checks.iter().any(|check| matches!(check, Check::Events(_))) {
            self.mark = self.world.recorder.len();
        }
    }

    fn check(&self, target: Option<&str>, check: &Check) -> Found {
        match check {
            Check::HResult(expected) => differs("hresult", *expected, self.hresult_of(target), HResult::to_string),
            Check::Status(expected) => self.status(target, *expected),
            Check::Context(identity) => self.context(target, identity),
            Check::Transaction(identity) => self.about(target, |domain| self.transaction(domain, identity)),
            Check::Activity(identity) => self.about(target, |domain| self.activity(domain, identity)),
            Check::Apartment(expected) => match apartment_type() {
                Ok((found, _)) => differs("apartment", *expected, found, |it| it.name().into()),
                Err(_) => Some("the thread is in no apartment".into()),
            },
            Check::InTransaction(expected) => match target {
                Some(_) => self.about(target, |domain| {
                    let found = domain.is_some_and(|domain| domain.transaction.is_some());
                    differs("in-transaction", *expected, found, bool::to_string)
                }),
                None => {
                    let found = ObjectContext::current().and_then(|it| it.is_in_transaction()).unwrap_or(false);
                    differs("in-transaction", *expected, found, bool::to_string)
                }
            },
            Check::Partition(expected) => self.about(target, |domain| {
                let found = domain.map_or(PartitionId::GLOBAL, |domain| domain.partition);
                differs("partition", *expected, found, |id| self.partition_name(*id))
            }),
            Check::Vote(expected) => match ObjectContext::current().and_then(|it| it.state().my_transaction_vote()) {
                Ok(found) => differs("vote", *expected, found, |it| it.name().to_lowercase()),
                Err(error) => Some(format!("there is no vote: {}", error.hresult())),
            },
            Check::Isolation(expected) => self.about(target, |domain| match domain.and_then(|it| it.isolation) {
                Some(found) => differs("isolation", *expected, found, |it| it.name().into()),
                None => Some("there is no transaction".into()),
            }),
            Check::Balance { manager, key, balance } => {
                let found = self.world.managers.get(manager).map_or(0, |store| store.get(key));
                differs("the balance", *balance, found, i64::to_string)
            }
            Check::Property { name, value } => {
                let found = ObjectContext::current().and_then(|it| it.properties().get(name)).ok();
                let word = |it: &Option<String>| it.as_ref().map_or_else(|| "none".into(), |it| format!("{it:?}"));
                differs("the property", value.clone(), found, word)
            }
            Check::Events(expected) => self.events(expected),
        }
    }

    /// Asks about a named domain, or about the current context: `None` is a default context.
    fn about(&self, target: Option<&str>, check: impl FnOnce(Option<&Domain>) -> Found) -> Found {
        match target.map(|name| (name, self.named(name))) {
            None => check(self.current().as_ref()),
            Some((_, Some(Ok(domain)))) => check(Some(&domain)),
            Some((name, Some(Err(code)))) => Some(format!("`{name}` was refused: {code}")),
            Some((name, None)) => Some(format!("`{name}` was not entered")),
        }
    }

    fn current(&self) -> Option<Domain> {
        self.world.domain(ObjectContext::current().ok()?.context_id().ok()?)
    }

    fn named(&self, name: &str) -> Option<Result<Domain, HResult>> {
        let named = self.world.shared.lock().names.get(name).copied();
        Some(match named? {
            Named::Entered(id) => Ok(self.world.domain(id)?),
            Named::Refused(code) => Err(code),
        })
    }

    fn hresult_of(&self, target: Option<&str>) -> HResult {
        match target.and_then(|name| self.named(name)) {
            Some(Err(code)) => code,
            Some(Ok(_)) if self.last.hresult.is_success() => S_OK,
            _ => self.last.hresult,
        }
    }

    fn status(&self, target: Option<&str>, expected: HResult) -> Found {
        let found = match target {
            None => self.last.status,
            Some(_) => {
                let mut status = None;
                let problem = self.about(target, |domain| {
                    status = domain.and_then(|domain| domain.status);
                    None
                });
                if problem.is_some() {
                    return problem;
                }
                status
            }
        };
        match found {
            Some(found) => differs("status", expected, found, HResult::to_string),
            None => Some("the domain has not been left".into()),
        }
    }

    fn context(&self, target: Option<&str>, identity: &Identity) -> Found {
        let domain = match target {
            None => self.current(),
            Some(_) => {
                let mut found = None;
                let problem = self.about(target, |domain| {
                    found = domain.cloned();
                    None
                });
                if problem.is_some() {
                    return problem;
                }
                found
            }
        };
        let is = match (&domain, identity) {
            (Some(_), Identity::New) | (None, Identity::Default) => return None,
            // Whatever a domain is entered from, its own context is another one.
            (Some(_), _) if matches!(identity, Identity::SameAs(_)) => {
                let Identity::SameAs(other) = identity else { return None };
                let other_id = self.named(other).and_then(Result::ok).map(|other| other.context);
                if other_id == domain.as_ref().map(|domain| domain.context) {
                    return None;
                }
                "another context"
            }
            (Some(_), _) => "a context of its own",
            (None, _) => "the default context",
        };
        Some(format!("it is {is}"))
    }

    fn transaction(&self, domain: Option<&Domain>, identity: &Identity) -> Found {
        let found = domain.and_then(|domain| domain.transaction);
        let origin = domain.map_or(Transaction::None, |domain| domain.origin.0);
        let holds = match identity {
            Identity::New => origin == Transaction::New,
            Identity::Brought => origin == Transaction::Brought,
            Identity::None | Identity::Default => found.is_none(),
            Identity::Same => domain.is_some_and(|domain| found == domain.caller.0),
            Identity::SameAs(other) => {
                let begun = self.world.transaction(other).map(|transaction| transaction.id());
                let domains = self.named(other).and_then(Result::ok).and_then(|other| other.transaction);
                found.is_some() && (found == domains || found == begun)
            }
        };
        let told = match origin {
            Transaction::None => "there is no transaction",
            Transaction::Callers => "it is the caller's transaction",
            Transaction::New => "it is a new transaction",
            Transaction::Brought => "it is the brought transaction",
        };
        (!holds).then(|| told.into())
    }

    fn activity(&self, domain: Option<&Domain>, identity: &Identity) -> Found {
        let found = domain.and_then(|domain| domain.activity);
        let origin = domain.map_or(Activity::None, |domain| domain.origin.1);
        let holds = match identity {
            Identity::New => origin == Activity::New,
            Identity::None | Identity::Default | Identity::Brought => found.is_none(),
            Identity::Same => domain.is_some_and(|domain| found == domain.caller.1),
            Identity::SameAs(other) => {
                let other = self.named(other).and_then(Result::ok).and_then(|other| other.activity);
                found.is_some() && found == other
            }
        };
        let told = match origin {
            Activity::None => "there is no activity",
            Activity::Callers => "it is the caller's activity",
            Activity::New => "it is a new activity",
        };
        (!holds).then(|| told.into())
    }

    fn events(&self, expected: &[EventPattern]) -> Found {
        let found = self.world.recorder.since(self.mark);
        if in_order(expected, &found) {
            return None;
        }
        let word = |event: &Event| match trace::detail(&event.what) {
            Some(detail) => format!("{} {detail:?}", trace::name(&event.what)),
            None => trace::name(&event.what).into(),
        };
        Some(format!("the events are {}", found.iter().map(word).collect::<Vec<_>>().join("; ")))
    }

    fn partition_name(&self, id: PartitionId) -> String {
        if id == PartitionId::GLOBAL {
            return "global".into();
        }
        let declared = self.world.scenario.partitions.iter().find(|partition| partition.id == id);
        declared.map_or_else(|| id.to_string(), |partition| partition.name.clone())
    }
}

fn differs<T: PartialEq>(what: &str, expected: T, found: T, word: impl Fn(&T) -> String) -> Found {
    (expected != found).then(|| format!("{what} is {}, not {}", word(&found), word(&expected)))
}
