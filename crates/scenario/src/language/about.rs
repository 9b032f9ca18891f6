//! What an expectation says of the current context, or of a named domain, activity object or call.

use super::{
    Reading,
    partitions::partition_id,
    reader::{Reader, head},
    references::Kind,
    value::{self, Wrong},
};
use crate::{
    expectation::{Check, Expectation, Identity, ThreadIdentity},
    model::{Action, PartitionDeclaration},
};
use complus_core::{
    attribute::{ApartmentType, IsolationLevel, TransactionVote},
    id::PartitionId,
};
use complus_diagnostic::{Diagnostic, Span, suggest};
use kdl::{KdlNode, KdlValue};

/// `expect ["a"] ..`
pub(super) fn read(
    node: &KdlNode,
    mut reader: Reader<'_>,
    reading: &mut Reading<'_>,
    partitions: &[PartitionDeclaration],
) -> Option<Action> {
    let target = reader.optional(reading, value::text);
    if let Some((name, span)) = &target {
        reading.references.refer(Kind::Target, name, *span);
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
    check!("thread", thread, Check::Thread);
    check!("apartment", apartment, Check::Apartment);
    check!("in-transaction", value::flag, Check::InTransaction);
    check!("partition", |it| partition(it, partitions), Check::Partition);
    let votes = [("commit", TransactionVote::Commit), ("abort", TransactionVote::Abort)];
    check!("vote", |it| value::word(it, &votes), Check::Vote);
    let level = |it: &KdlValue| value::choice(it, IsolationLevel::ALL, IsolationLevel::name, IsolationLevel::value);
    check!("isolation", level, Check::Isolation);
    if let Some((proxy, span)) = reader.property(reading, "proxy", value::flag) {
        checks.push((span, Check::Proxy(proxy)));
        if let Some((name, span)) = &target {
            reading.references.refer(Kind::Reference, name, *span);
        } else {
            let problem = Diagnostic::new(span, "`proxy` is asked of a reference", "of which one?");
            reading.problem(problem.help("expect \"account\" proxy=#true"));
        }
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
            reading.references.refer(Kind::Target, name, *span);
        } else if let Check::Transaction(Identity::SameAs(name)) = check {
            reading.references.refer(Kind::Transactional, name, *span);
        } else if let Check::Thread(ThreadIdentity::SameAs(name) | ThreadIdentity::OtherThan(name)) = check {
            reading.references.refer(Kind::CallOrThread, name, *span);
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

fn thread(value: &KdlValue) -> Result<ThreadIdentity, Wrong> {
    let word = value.as_string().unwrap_or_default();
    if let Some(name) = word.strip_prefix("same-as:") {
        return Ok(ThreadIdentity::SameAs(name.into()));
    }
    if let Some(name) = word.strip_prefix("other-than:") {
        return Ok(ThreadIdentity::OtherThan(name.into()));
    }
    let words = [("same", ThreadIdentity::Same), ("other", ThreadIdentity::Other)];
    let found = words.iter().find(|(known, _)| *known == word).map(|(_, identity)| identity.clone());
    found.ok_or_else(|| ("one of same, other, same-as:NAME, other-than:NAME".into(), None))
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
