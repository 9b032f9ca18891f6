//! The trace as JSON lines; the format is described in `docs/trace-format.md`.

use crate::{
    Scenario,
    trace::{self, Failure, Kind, Record, Run},
};
use complus_core::{
    event::{ApplicationStep, Event, ObjectStep, PoolStep, What},
    rules::placement::Placement,
};
use serde::Serialize;
use serde_json::{Value, json};
use std::{collections::BTreeMap, time::Duration};

/// Version of the format; counts up when a member changes its meaning.
pub const FORMAT: u32 = 1;

type Members = BTreeMap<&'static str, Value>;

/// The first line.
#[derive(Serialize)]
struct Head<'r> {
    event: &'r str,
    format: u32,
    file: &'r str,
    title: &'r str,
    seed: u64,
    threads: &'r [String],
}

/// A thread that failed.
#[derive(Serialize)]
struct Failed<'r> {
    event: &'r str,
    thread: &'r str,
    line: usize,
    message: &'r str,
}

/// The last line.
#[derive(Serialize)]
struct Tail<'r> {
    event: &'r str,
    holds: bool,
    expectations: usize,
    failing: usize,
}

/// A line of the trace; members that do not apply are left out.
#[derive(Serialize)]
struct Line<'r> {
    seq: usize,
    at_ns: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    thread: Option<&'r str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    line: Option<usize>,
    event: &'r str,
    #[serde(skip_serializing_if = "Option::is_none")]
    causality: Option<&'r str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    context: Option<&'r str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    activity: Option<&'r str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    transaction: Option<&'r str>,
    #[serde(flatten)]
    details: Members,
}

/// The run as JSON lines: a head, the events and expectations, a verdict.
pub fn render(scenario: &Scenario, run: &Run) -> String {
    let head = Head {
        event: "Scenario",
        format: FORMAT,
        file: &scenario.source.name,
        title: &run.title,
        seed: run.seed,
        threads: run.threads.get(..scenario.threads.len()).unwrap_or_default(),
    };
    let mut lines: Vec<String> = serde_json::to_string(&head).into_iter().collect();
    let mut seq = 0;
    for record in &run.records {
        if let Some(line) = line(run, record, seq + 1) {
            seq += 1;
            lines.push(line);
        }
    }
    for Failure { thread, step, message } in &run.failures {
        lines.extend(serde_json::to_string(&Failed { event: "Failure", thread, line: step.line, message }));
    }
    let expectations = run.expectations().count();
    let failing = run.expectations().filter(|(_, verdict)| !verdict.holds).count();
    lines.extend(serde_json::to_string(&Tail { event: "Verdict", holds: run.holds(), expectations, failing }));
    lines.join("\n") + "\n"
}

fn line(run: &Run, record: &Record, seq: usize) -> Option<String> {
    let mut line = Line {
        seq,
        at_ns: nanoseconds(record.at),
        thread: record.thread.and_then(|thread| run.threads.get(thread)).map(String::as_str),
        line: record.step.map(|step| step.line),
        event: "",
        causality: None,
        context: None,
        activity: None,
        transaction: None,
        details: Members::new(),
    };
    match &record.kind {
        Kind::Event(event) => {
            line.event = trace::name(&event.what);
            line.causality = event.causality.map(|id| run.names.causality(id));
            line.context = event.context.map(|id| run.names.context(id));
            line.activity = event.activity.map(|id| run.names.activity(id));
            line.transaction = event.transaction.map(|id| run.names.transaction(id));
            line.details = details(run, event);
        }
        Kind::Expected(verdict) => {
            line.event = "Expectation";
            line.details.insert("expected", json!(verdict.expected));
            line.details.insert("holds", json!(verdict.holds));
            if !verdict.holds {
                line.details.insert("found", json!(verdict.found));
            }
        }
        Kind::Ended { hresult, message: Some(message) } => {
            line.event = "StepFailed";
            line.details.insert("hresult", json!(hresult.to_string()));
            line.details.insert("message", json!(message));
        }
        Kind::Began | Kind::Runs | Kind::Ended { .. } | Kind::Decided(_) | Kind::Activated(_) => return None,
    }
    serde_json::to_string(&line).ok()
}

fn nanoseconds(duration: Duration) -> u64 {
    u64::try_from(duration.as_nanos()).unwrap_or(u64::MAX)
}

/// What an event says beside its place; each new thing is given its GUID once.
pub(super) fn details(run: &Run, event: &Event) -> Members {
    let mut members = Members::new();
    let mut put = |name, value| {
        members.insert(name, value);
    };
    match &event.what {
        What::ApartmentJoined { apartment } | What::ApartmentLeft { apartment } => {
            put("apartment", json!(apartment.com_name()));
        }
        What::DomainEntered { caller, transaction, activity, partition, tracker } => {
            put("context_id", json!(event.context.map(|id| id.to_string())));
            put("caller", json!(caller.map(|id| run.names.context(id))));
            put("transaction_from", json!(format!("{transaction:?}")));
            put("activity_from", json!(format!("{activity:?}")));
            if let Some(partition) = partition {
                put("partition", json!(partition.to_string()));
            }
            if let Some(tracker) = tracker {
                put("tracker", json!([tracker.application, tracker.context]));
            }
        }
        What::DomainRefused { error } => put("error", json!(error.to_string())),
        What::DomainLeft { role, consistent, status } => {
            put("role", json!(format!("{role:?}")));
            put("consistent", json!(consistent));
            put("status", json!(status.map(|status| status.hresult().to_string())));
        }
        What::ActivityCreated => put("activity_id", json!(event.activity.map(|id| id.to_string()))),
        What::ActivityReentered { depth } | What::ActivityLeftSame { depth } => put("depth", json!(depth)),
        What::ActivityWaiting { activity } => put("awaited", json!(activity.map(|id| run.names.activity(id)))),
        What::ActivityTimedOut { timeout } => put("timeout_ns", json!(nanoseconds(*timeout))),
        What::CallSent { apartment } => put("apartment", json!(apartment.com_name())),
        What::CallEntered { caller } => {
            put("context_id", json!(event.context.map(|id| id.to_string())));
            put("caller", json!(caller.map(|id| run.names.context(id))));
        }
        What::CallReturned { result, status } => {
            put("result", json!(result.map(|code| code.to_string())));
            put("status", json!(status.map(|status| status.hresult().to_string())));
        }
        What::CallAccepted { causality } => put("accepted", json!(causality.map(|id| run.names.causality(id)))),
        What::ErrorNotified { error } => put("error", json!(error.to_string())),
        What::ThreadBound { activities } | What::ThreadUnbound { activities } => {
            put("activities", json!(activities));
        }
        What::Activating { class, placement } => {
            put("class", json!(run.names.class(*class)));
            put("placement", json!(trace::placement(placement)));
            if let Placement::OwnContext { reasons, activity, transaction } = placement {
                put("reasons", json!(reasons.iter().map(|reason| reason.name()).collect::<Vec<_>>()));
                put("transaction_from", json!(format!("{transaction:?}")));
                put("activity_from", json!(format!("{activity:?}")));
            }
        }
        What::ActivationRefused { class, error } => {
            put("class", json!(run.names.class(*class)));
            put("error", json!(error.to_string()));
        }
        What::Object { class, step } => {
            put("class", json!(run.names.class(*class)));
            match step {
                ObjectStep::Constructed(code) | ObjectStep::Activated(code) => put("result", json!(code.to_string())),
                ObjectStep::CanBePooled(answer) => put("answer", json!(answer)),
                ObjectStep::Created
                | ObjectStep::Deactivated
                | ObjectStep::PutIntoPool
                | ObjectStep::TakenFromPool
                | ObjectStep::TakenFromTransaction
                | ObjectStep::RecycledToTransaction
                | ObjectStep::Destroyed => {}
            }
        }
        What::Application { application, instance, step } => {
            put("application", json!(run.names.application(*application)));
            put("instance", json!(run.names.instance(*instance)));
            match step {
                ApplicationStep::Started => put("instance_id", json!(instance.to_string())),
                ApplicationStep::Recycled(reason) => put("reason", json!(trace::recycle_reason(*reason))),
                ApplicationStep::Paused(_) | ApplicationStep::ShutDown | ApplicationStep::ForcedDown => {}
            }
        }
        What::Pool { class, step } => {
            put("class", json!(run.names.class(*class)));
            match step {
                PoolStep::Created { min, max, timeout } => {
                    put("min", json!(min));
                    put("max", json!(max));
                    put("timeout_ns", json!(timeout.map(nanoseconds)));
                }
                PoolStep::CreateDecision { waiting, available, created, min, max } => {
                    let figures = [("waiting", waiting), ("available", available), ("created", created)];
                    figures.into_iter().chain([("min", min), ("max", max)]).for_each(|(name, it)| put(name, json!(it)));
                }
                PoolStep::TimedOut { timeout } => put("timeout_ns", json!(nanoseconds(*timeout))),
            }
        }
        What::TransactionStarted { isolation, timeout, description, .. } => {
            put("transaction_id", json!(event.transaction.map(|id| id.to_string())));
            put("isolation", json!(isolation.name()));
            put("timeout_s", json!(timeout));
            if let Some(description) = description {
                put("description", json!(&**description));
            }
        }
        What::FlagsSet { call, consistent, done } => {
            put("call", json!(format!("{call:?}")));
            put("consistent", json!(consistent));
            put("done", json!(done));
        }
        What::ResourceEnlisted { manager } => put("manager", json!(&**manager)),
        What::ResourcePrepared { manager, answer } => {
            put("manager", json!(&**manager));
            put("answer", json!(format!("{answer:?}")));
        }
        What::TransactionPrepared { yes } => put("yes", json!(yes)),
        What::TransactionAborted { reason } => put("reason", json!(trace::abort_reason(*reason))),
        What::Diagnostic(diagnostic) => put("diagnostic", json!(format!("{diagnostic:?}"))),
        What::ExceptionUser { message } => put("text", json!(message.as_deref())),
        What::Note(text) => put("text", json!(&**text)),
        What::DomainSuspended
        | What::DomainResumed
        | What::ActivityDestroyed
        | What::ActivityEntered
        | What::ActivityLeft
        | What::CallRejected
        | What::ThreadStarted
        | What::ThreadEnded
        | What::TransactionDoomed
        | What::TransactionCommitted
        | What::TransactionInDoubt
        | What::Failfast => {}
    }
    members
}
