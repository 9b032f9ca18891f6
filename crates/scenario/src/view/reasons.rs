//! Reasons of a decision, for people and for programs.

use crate::trace::{self, Activated, Decision, Subject};
use complus_core::{Error, explain::Reason, rules::service_domain::Resolution};
use serde_json::{Value, json};

/// What a reason decides about; the page that it rests on tells.
fn subject(reason: &Reason) -> &'static str {
    match reason.source.rsplit_once("csc_").map_or(reason.source, |(_, page)| page) {
        "sxsconfig" => "assembly",
        "threadpool" => "thread",
        "trackerconfig" => "tracker",
        "partitionconfig" => "partition",
        "transactionconfig" => "transaction",
        "synchronizationconfig" => "activity",
        "iisintrinsicsconfig" => "IIS intrinsics",
        "comtiintrinsicsconfig" => "COMTI intrinsics",
        "inheritanceconfig" => "properties",
        "configuring-transactions" | "inheriting-manual-transactions" => "transaction",
        "synchronization-attribute-values" => "activity",
        "threading-model-attribute" if reason.rule.starts_with("SYN") => "apartment",
        "interception-of-cross-context-calls" => "reference",
        "com--application-pooling-concepts" => "instance",
        "locating-partitions-during-activation.md" => "partition",
        "locating-a-component-for-activation.md" => "configuration",
        _ if reason.rule.starts_with("ACT 3.1") => "class context",
        _ if reason.rule.starts_with("ACT 3.3") => "gates",
        _ => "context",
    }
}

/// A reason in one line: what, which rule, from what, where it stands.
pub fn line(reason: &Reason) -> String {
    format!("{}: {} [{}: {}; {}]", subject(reason), reason.verdict, reason.rule, reason.inputs, reason.source)
}

/// A decision and its reasons, one block of lines per reason.
pub fn text(decision: &Decision) -> String {
    let name = decision.name.as_deref().map_or_else(|| "the domain".into(), |name| format!("`{name}`"));
    let mut text = match (decision.answer, decision.subject) {
        (Err(code), _) => format!("{name} is refused: {code}\n"),
        (Ok(_), Subject::Domain) => format!("{name} gets a context of its own:\n"),
        (Ok(_), Subject::Activity(_)) => format!("{name} is an activity object; its calls get contexts of its own:\n"),
    };
    for reason in &decision.reasons {
        text += &block(reason);
    }
    text
}

/// An activation and its reasons, one block of lines per reason.
pub fn activation_text(activated: &Activated) -> String {
    activated.reasons.iter().fold(super::objects::text(activated), |text, reason| text + &block(reason))
}

/// The same as one JSON object.
pub fn activation_json(activated: &Activated) -> Value {
    json!({
        "component": activated.name,
        "class": activated.class,
        "placement": activated.answer.ok().flatten().map(|it| trace::placement(&it)),
        "refused": activated.answer.err().map(|code| code.to_string()),
        "reasons": activated.reasons.iter().map(value).collect::<Vec<_>>(),
    })
}

/// A reason in a block of lines.
pub(super) fn block(reason: &Reason) -> String {
    format!(
        "\n  {}: {}\n    rule    {}\n    inputs  {}\n    source  {}\n",
        subject(reason),
        reason.verdict,
        reason.rule,
        reason.inputs,
        reason.source
    )
}

/// What the answer says beside the reasons: the advice of an error.
pub fn advice(answer: &Result<Resolution, Error>) -> Option<String> {
    answer.as_ref().err().map(ToString::to_string)
}

/// The same as one JSON object.
pub fn json(decision: &Decision) -> Value {
    let reasons: Vec<Value> = decision.reasons.iter().map(value).collect();
    let name = match decision.subject {
        Subject::Domain => "domain",
        Subject::Activity(_) => "activity",
    };
    json!({
        name: decision.name,
        "refused": decision.answer.err().map(|code| code.to_string()),
        "reasons": reasons,
    })
}

/// A reason as a JSON object.
pub(super) fn value(it: &Reason) -> Value {
    json!({ "about": subject(it), "rule": it.rule, "inputs": it.inputs, "verdict": it.verdict, "source": it.source })
}
