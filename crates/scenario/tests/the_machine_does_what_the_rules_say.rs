//! The reasons that `--why` gives are those of the machine: decided beforehand, compared with what it did.

mod support;

use complus_core::{
    event::{Event, What},
    hresult::{CONTEXT_E_TMNOTAVAILABLE, E_FAIL},
    rules::{apartment::Affinity, synchronization::Activity},
};
use complus_scenario::{
    Options, run,
    trace::{Activated, Decision, Kind, Record, Subject},
};
use support::{read, shipped};

#[test]
fn every_entry_of_every_shipped_scenario_is_as_the_rules_decided_it() {
    let (mut compared, mut objects, mut components) = (0, 0, 0);
    for (name, text) in shipped() {
        let run = run(&read(&name, text), &Options::default()).unwrap();
        for (at, record) in run.records.iter().enumerate() {
            if let Kind::Activated(activated) = &record.kind {
                components += 1;
                check_component(&name, activated, &run.records[..at]);
            }
            let Kind::Decided(decision) = &record.kind else { continue };
            if let Subject::Activity(made) = decision.subject {
                objects += 1;
                check_object(&name, decision, made.map(|(_, affinity)| affinity), &run.records[at..]);
                continue;
            }
            let later = run.records[at..].iter().filter(|later| later.thread == record.thread);
            let done = later.filter_map(|later| match &later.kind {
                Kind::Event(event) => Some(&event.what),
                _ => None,
            });
            let done = done.into_iter().find_map(|what| match what {
                What::DomainEntered { transaction, activity, .. } => Some(Ok((*transaction, *activity))),
                What::DomainRefused { error } => Some(Err(*error)),
                _ => None,
            });
            let decided = decision.answer.map(|it| (it.flow.transaction, it.flow.activity));
            compared += 1;
            match done.unwrap() {
                // What only the machine knows: whether its transaction manager answers, and injected faults.
                Err(CONTEXT_E_TMNOTAVAILABLE | E_FAIL) => assert!(decided.is_ok()),
                done => assert_eq!(done, decided, "{name}, line {:?}", record.step.map(|step| step.line)),
            }
            assert!(!decision.reasons.is_empty());
        }
    }
    assert!(compared > 40 && objects >= 10 && components > 50, "{compared} {objects} {components}");
}

/// A component: that it was activated, where, or refused.
fn check_component(name: &str, activated: &Activated, before: &[Record]) {
    let told = before.iter().rev().find_map(|record| match &record.kind {
        Kind::Event(Event { what: What::Activating { placement, .. }, .. }) => Some(Ok(Some(*placement))),
        Kind::Event(Event { what: What::ActivationRefused { error, .. }, .. }) => Some(Err(*error)),
        _ => None,
    });
    assert!(!activated.reasons.is_empty(), "{name}");
    match activated.answer {
        Ok(Some(_)) => assert_eq!(told, Some(activated.answer), "{name}: {}", activated.class),
        // Of a class without configuration nothing is told, and of one that fails after it was placed no refusal.
        Ok(None) => {}
        Err(code) => assert!(told.is_some_and(|told| told.err().is_none_or(|told| told == code)), "{name}"),
    }
}

/// An activity object: whether it was made, whether that made an activity, and whether it was bound to an apartment.
fn check_object(name: &str, decision: &Decision, affinity: Option<Affinity>, records: &[Record]) {
    let own = || records.iter().filter(|record| record.thread == records[0].thread);
    let ended = own().position(|record| matches!(record.kind, Kind::Ended { .. })).unwrap();
    let Kind::Ended { hresult, .. } = &own().nth(ended).unwrap().kind else { unreachable!() };
    assert_eq!(decision.answer.err(), hresult.is_failure().then_some(*hresult), "{name}");
    let told = |what: fn(&What) -> bool| {
        own().take(ended).any(|record| matches!(&record.kind, Kind::Event(event) if what(&event.what)))
    };
    let new = decision.answer.is_ok_and(|resolution| resolution.flow.activity == Activity::New);
    assert_eq!(told(|what| *what == What::ActivityCreated), new, "{name}");
    assert_eq!(told(|what| matches!(what, What::ThreadBound { .. })), affinity == Some(Affinity::OneSta), "{name}");
    assert!(!decision.reasons.is_empty());
}
