//! `expect`: what has to hold, and what was found instead.

use super::{
    order::{details, in_order},
    references::Made,
    worker::Worker,
    world::{Entered, Named},
};
use crate::{
    expectation::{Check, EventPattern, Expectation},
    trace::{self, Kind, StepPlace, Verdict},
};
use complus_core::{HResult, event::Event, hresult::S_OK, id::PartitionId};
use complus_runtime::{ObjectContext, apartment_type};

/// `None`: it holds; else what was found.
pub(super) type Found = Option<String>;

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
            Check::HResult(expected) => match self.hresult_of(target) {
                Ok(found) => differs("hresult", *expected, found, HResult::to_string),
                Err(found) => Some(found),
            },
            Check::Status(expected) => self.status(target, *expected),
            Check::Context(identity) => self.about(target, |context| self.context(context, identity)),
            Check::Thread(identity) => self.thread(target, identity),
            Check::Transaction(identity) => self.about(target, |domain| self.transaction(domain, identity)),
            Check::Activity(identity) => self.about(target, |domain| self.activity(domain, identity)),
            Check::Apartment(expected) => {
                let mut found = apartment_type().ok().map(|(apartment, _)| apartment);
                let problem = target.and_then(|name| {
                    self.about(Some(name), |context| {
                        found = context.and_then(|context| context.apartment);
                        None
                    })
                });
                problem.or_else(|| match found {
                    Some(found) => differs("apartment", *expected, found, |it| it.name().into()),
                    None => Some("the thread is in no apartment".into()),
                })
            }
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
            Check::Proxy(expected) => match self.proxy(target) {
                Ok(found) => differs("proxy", *expected, found, bool::to_string),
                Err(found) => Some(found),
            },
            Check::State { name, value } => {
                let found = self.scope.state.as_ref().and_then(|state| state.lock().get(name).cloned());
                let word = |it: &Option<String>| it.as_ref().map_or_else(|| "none".into(), |it| format!("{it:?}"));
                differs("the state", value.clone(), found, word)
            }
            Check::Events(expected) => self.events(expected),
        }
    }

    /// Asks about something with a name, or about the current context: `None` is a default context.
    pub(super) fn about(&self, target: Option<&str>, check: impl FnOnce(Option<&Entered>) -> Found) -> Found {
        let Some(name) = target else { return check(self.current().as_ref()) };
        match self.named(name) {
            Some(Ok(entered)) => check(Some(&entered)),
            Some(Err(code)) => Some(format!("`{name}` was refused: {code}")),
            None => Some(format!("`{name}` was not entered")),
        }
    }

    /// The current context; `None` is a default context.
    pub(super) fn current(&self) -> Option<Entered> {
        let id = ObjectContext::current().ok()?.context_id().ok()?;
        let own = self.served.as_ref().and_then(|served| served.entered.as_ref());
        own.filter(|own| own.context == Some(id)).cloned().or_else(|| self.world.domain(id))
    }

    /// What a name stands for: a context, an activity object, or the code with which it was refused.
    pub(super) fn named(&self, name: &str) -> Option<Result<Entered, HResult>> {
        if let Some(held) = self.scope.local(name) {
            return Some(Ok(self.up_to_date(&held.made)));
        }
        match self.world.named(name)? {
            Named::Reference(made) => Some(Ok(self.up_to_date(&made))),
            Named::Domain(id) => Some(Ok(self.world.domain(id)?)),
            Named::Object(object) => Some(Ok(*object)),
            Named::Refused(code) => Some(Err(code)),
            Named::Call(call) => {
                let progress = call.progress();
                progress.entered.map(Ok).or(progress.code.map(Err))
            }
        }
    }

    /// What is known of an object by now.
    fn up_to_date(&self, made: &Made) -> Entered {
        let made = &made.entered;
        let (context, caller) = (made.context.filter(|_| !made.is_default), made.caller);
        let known = context.and_then(|id| self.world.domain(id));
        let apartment = made.apartment.or_else(|| self.world.apartment(made.context?));
        Entered { caller, apartment, ..known.unwrap_or_else(|| made.clone()) }
    }

    /// Whether calls through the reference are intercepted.
    fn proxy(&self, target: Option<&str>) -> Result<bool, String> {
        let name = target.unwrap_or_default();
        let made = self.scope.local(name).map(|held| held.made.clone());
        match (made, self.world.named(name)) {
            (Some(made), _) => Ok(made.is_proxy),
            (None, Some(Named::Reference(made))) => Ok(made.is_proxy),
            (None, Some(Named::Refused(code))) => Err(format!("`{name}` was refused: {code}")),
            (None, _) => Err(format!("`{name}` is no reference")),
        }
    }

    fn hresult_of(&self, target: Option<&str>) -> Result<HResult, String> {
        let Some(name) = target else { return Ok(self.last.hresult) };
        match self.world.named(name) {
            Some(Named::Refused(code)) => Ok(code),
            Some(Named::Call(call)) => call.progress().code.ok_or_else(|| format!("`{name}` has not returned")),
            Some(Named::Domain(_) | Named::Object(_) | Named::Reference(_)) if self.last.hresult.is_success() => {
                Ok(S_OK)
            }
            _ => Ok(self.last.hresult),
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

    fn events(&self, expected: &[EventPattern]) -> Found {
        let found = self.world.recorder.since(self.mark);
        let named = self.world.scenario.names().collect();
        if in_order(expected, &found, &named) {
            return None;
        }
        let word = |event: &Event| match details(&event.what, &named).first() {
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
