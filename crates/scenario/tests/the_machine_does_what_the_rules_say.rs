//! The reasons that `--why` gives are those of the machine: decided beforehand, compared with what it did.

mod support;

use complus_core::{
    event::What,
    hresult::{CONTEXT_E_TMNOTAVAILABLE, E_FAIL},
};
use complus_scenario::{Options, Source, parse, run, trace::Kind};
use support::shipped;

#[test]
fn every_entry_of_every_shipped_scenario_is_as_the_rules_decided_it() {
    let mut compared = 0;
    for (name, text) in shipped() {
        let run = run(&parse(Source::new(&name, text)).unwrap(), &Options::default()).unwrap();
        for (at, record) in run.records.iter().enumerate() {
            let Kind::Decided(decision) = &record.kind else { continue };
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
    assert!(compared > 40, "{compared}");
}
