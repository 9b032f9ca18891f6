//! `expect`, `expect-events` and `expect-balance`.

use super::{
    Reading,
    declarations::partition_id,
    reader::{Reader, head, name_span},
    references::Kind,
    steps::manager_name,
    value::{self, Wrong},
};
use crate::{
    expectation::{ANY_EVENTS, Check, EventPattern, Expectation, Identity},
    model::{Action, PartitionDeclaration},
    trace::EVENT_NAMES,
};
use complus_core::{
    attribute::{ApartmentType, IsolationLevel, TransactionVote},
    id::PartitionId,
};
use complus_diagnostic::{Diagnostic, Span, suggest};
use kdl::{KdlNode, KdlValue};

pub(super) fn read(node: &KdlNode, reading: &mut Reading<'_>, partitions: &[PartitionDeclaration]) -> Option<Action> {
    let mut reader = Reader::new(node);
    let first = node.entries().iter().find(|entry| entry.name().is_none()).and_then(|entry| entry.value().as_string());
    let check = match (first, reader.count()) {
        (Some("balance"), 4) => {
            reader.optional(reading, value::text);
            balance(&mut reader, reading)
        }
        (Some("property"), 3) => {
            reader.optional(reading, value::text);
            property(&mut reader, reading)
        }
        _ => return domain(node, reader, reading, partitions),
    };
    reader.finish(reading);
    expectation(vec![check?])
}

pub(super) fn read_balance(node: &KdlNode, reading: &mut Reading<'_>) -> Option<Action> {
    let mut reader = Reader::new(node);
    let check = balance(&mut reader, reading);
    reader.finish(reading);
    expectation(vec![check?])
}

/// Events as arguments, or as nodes of a block, there with a detail if need be.
pub(super) fn read_events(node: &KdlNode, reading: &mut Reading<'_>) -> Option<Action> {
    let mut reader = Reader::new(node);
    let mut events = Vec::new();
    while reader.count() > events.len() {
        let name = reader.optional(reading, event_name)?.0;
        events.push(EventPattern { name, detail: None });
    }
    for child in reader.block().into_iter().flat_map(kdl::KdlDocument::nodes) {
        let mut event = Reader::new(child);
        let detail = event.optional(reading, value::text).map(|it| it.0);
        event.finish(reading);
        match event_name(&KdlValue::String(child.name().value().into())) {
            Ok(name) => events.push(EventPattern { name, detail }),
            Err((expected, help)) => {
                let mut problem =
                    Diagnostic::new(name_span(child), format!("this must be {expected}"), "unknown event");
                problem.help = help;
                reading.problem(problem);
            }
        }
    }
    reader.finish(reading);
    expectation(vec![Check::Events(events)])
}

fn expectation(checks: Vec<Check>) -> Option<Action> {
    Some(Action::Expect(Box::new(Expectation { target: None, checks })))
}

fn balance(reader: &mut Reader<'_>, reading: &mut Reading<'_>) -> Option<Check> {
    let manager = manager_name(reader, reading);
    let key = reader.required(reading, "an account", value::text);
    let balance = reader.required(reading, "a balance", value::integer);
    Some(Check::Balance { manager: manager?, key: key?.0, balance: balance?.0 })
}

fn property(reader: &mut Reader<'_>, reading: &mut Reading<'_>) -> Option<Check> {
    let name = reader.required(reading, "a name", value::text)?.0;
    let value = reader.required(reading, "a value, or #null for none", |it| match it {
        KdlValue::Null => Ok(None),
        other => value::text(other).map(Some).map_err(|_| ("a string or #null".into(), None)),
    });
    Some(Check::Property { name, value: value?.0 })
}

fn event_name(value: &KdlValue) -> Result<String, Wrong> {
    let word = value.as_string().unwrap_or_default();
    if word == ANY_EVENTS {
        return Ok(word.into());
    }
    let same = |name: &&&str| name.eq_ignore_ascii_case(&word.replace('-', ""));
    EVENT_NAMES.iter().find(same).map(|name| (*name).into()).ok_or_else(|| {
        let near = suggest::nearest(word, EVENT_NAMES.iter().copied());
        let advice =
            near.map_or_else(|| "docs/trace-format.md lists them".into(), |it| format!("did you mean `{it}`?"));
        ("the name of an event".into(), Some(advice))
    })
}

/// What can be said of the current context or of a named domain.
fn domain(
    node: &KdlNode,
    mut reader: Reader<'_>,
    reading: &mut Reading<'_>,
    partitions: &[PartitionDeclaration],
) -> Option<Action> {
    let target = reader.optional(reading, value::text);
    if let Some((name, span)) = &target {
        reading.references.refer(Kind::Domain, name, *span);
    }
    let mut checks: Vec<(Span, Check)> = Vec::new();
    macro_rules! check {
        ($key:literal, $read:expr, $check:expr) => {
            if let Some((value, span)) = reader.property(reading, $key, $read) {
                checks.push((span, $check(value)));
            }
        };
    }
    check!("hresult", value::hresult, Check::HResult);
    check!("status", value::status, Check::Status);
    check!("context", |it| identity(it, &["new", "same", "default"]), Check::Context);
    check!("transaction", |it| identity(it, &["new", "none", "same", "brought"]), Check::Transaction);
    check!("transaction-of", |it| value::text(it).map(Identity::SameAs), Check::Transaction);
    check!("activity", |it| identity(it, &["new", "none", "same"]), Check::Activity);
    check!("activity-of", |it| value::text(it).map(Identity::SameAs), Check::Activity);
    check!("apartment", apartment, Check::Apartment);
    check!("in-transaction", value::flag, Check::InTransaction);
    check!("partition", |it| partition(it, partitions), Check::Partition);
    let votes = [("commit", TransactionVote::Commit), ("abort", TransactionVote::Abort)];
    check!("vote", |it| value::word(it, &votes), Check::Vote);
    let level = |it: &KdlValue| value::choice(it, IsolationLevel::ALL, IsolationLevel::name, IsolationLevel::value);
    check!("isolation", level, Check::Isolation);
    if let Some((_, span)) = reader.property(reading, "proxy", value::flag) {
        let problem = Diagnostic::new(span, "`proxy` is not available yet", "needs components");
        reading.problem(problem.help("scenarios reach service domains, transactions and apartments so far"));
    }
    let nothing = node.entries().iter().all(|entry| entry.name().is_none());
    reader.finish(reading);
    if nothing {
        let problem = Diagnostic::new(head(node), "`expect` expects nothing", "no property says what has to hold");
        reading.problem(problem.help("for example hresult=\"S_OK\", status=\"S_OK\", transaction=\"new\""));
    }
    // In the order of the file, so that what fails first is told first.
    checks.sort_by_key(|(span, _)| *span);
    for (span, check) in &checks {
        if let Check::Context(Identity::SameAs(name)) | Check::Activity(Identity::SameAs(name)) = check {
            reading.references.refer(Kind::Domain, name, *span);
        } else if let Check::Transaction(Identity::SameAs(name)) = check {
            reading.references.refer(Kind::DomainOrTransaction, name, *span);
        }
    }
    let checks = checks.into_iter().map(|(_, check)| check).collect();
    Some(Action::Expect(Box::new(Expectation { target: target.map(|it| it.0), checks })))
}

fn identity(value: &KdlValue, allowed: &[&str]) -> Result<Identity, Wrong> {
    let word = value.as_string().unwrap_or_default();
    if let Some(name) = word.strip_prefix("same-as:") {
        return Ok(Identity::SameAs(name.into()));
    }
    let found = match word {
        word if !allowed.contains(&word) => None,
        "new" => Some(Identity::New),
        "none" => Some(Identity::None),
        "same" => Some(Identity::Same),
        "brought" => Some(Identity::Brought),
        "default" => Some(Identity::Default),
        _ => None,
    };
    found.ok_or_else(|| {
        let expected = format!("one of {}, same-as:NAME", allowed.join(", "));
        (expected, suggest::nearest(word, allowed.iter().copied()).map(|near| format!("did you mean `{near}`?")))
    })
}

fn apartment(value: &KdlValue) -> Result<ApartmentType, Wrong> {
    let all = [
        ("sta", ApartmentType::Sta),
        ("main-sta", ApartmentType::MainSta),
        ("mta", ApartmentType::Mta),
        ("neutral", ApartmentType::Na),
    ];
    value::word(value, &all)
}

fn partition(value: &KdlValue, partitions: &[PartitionDeclaration]) -> Result<PartitionId, Wrong> {
    let word = value.as_string().unwrap_or_default();
    if word == "global" {
        return Ok(PartitionId::GLOBAL);
    }
    if let Some(partition) = partitions.iter().find(|partition| partition.name == word) {
        return Ok(partition.id);
    }
    partition_id(value).map_err(|_| {
        let names = partitions.iter().map(|one| one.name.as_str()).chain(["global"]);
        ("a partition's name, its id, or `global`".into(), Some(suggest::advice(word, names)))
    })
}
