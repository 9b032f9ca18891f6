//! Activity objects and the calls on them.

use super::{
    Reading,
    reader::{Reader, head, name_span},
    references::Kind,
    services, steps, value,
};
use crate::model::{Action, ActivityDeclaration, CallStep, OnErrorBlock, PartitionDeclaration};
use complus_diagnostic::Diagnostic;
use complus_sync::Arc;
use kdl::{KdlDocument, KdlNode};

/// Where an `on-error` block stands.
pub(super) const ON_ERROR: &str = "on-error";

/// `activity as="a" pool="mta" ..`
pub(super) fn read(node: &KdlNode, reading: &mut Reading<'_>, partitions: &[PartitionDeclaration]) -> Option<Action> {
    let mut reader = Reader::new(node);
    let name = reader.property(reading, "as", value::text);
    match &name {
        Some((name, span)) => reading.declare(Kind::Activity, name, *span),
        None => {
            let problem = Diagnostic::new(name_span(node), "`activity` needs a name", "no `as=` follows");
            reading.problem(problem.help("activity as=\"account\" pool=\"mta\": calls name it"));
        }
    }
    let services = services::read(&mut reader, reading, partitions);
    let activity_timeout = reader.property(reading, "activity-timeout", value::duration).map(|it| it.0);
    reader.finish(reading);
    // As everywhere, no time is for ever.
    let activity_timeout = activity_timeout.filter(|timeout| !timeout.is_zero());
    Some(Action::Activity(Box::new(ActivityDeclaration { name: name?.0, services, activity_timeout })))
}

/// `synchronous-call "a" as="c" { .. }`
pub(super) fn synchronous(
    node: &KdlNode,
    reading: &mut Reading<'_>,
    partitions: &[PartitionDeclaration],
) -> Option<Action> {
    call(node, reading, partitions, true).map(|call| Action::SynchronousCall(Arc::new(call)))
}

/// `asynchronous-call "a" as="c" notify=#true { ..; on-error { .. } }`
pub(super) fn asynchronous(
    node: &KdlNode,
    reading: &mut Reading<'_>,
    partitions: &[PartitionDeclaration],
) -> Option<Action> {
    call(node, reading, partitions, false).map(|call| Action::AsynchronousCall(Arc::new(call)))
}

fn call(
    node: &KdlNode,
    reading: &mut Reading<'_>,
    partitions: &[PartitionDeclaration],
    is_synchronous: bool,
) -> Option<CallStep> {
    let mut reader = Reader::new(node);
    let target = object(&mut reader, reading);
    let name = reader.property(reading, "as", value::text);
    if let Some((name, span)) = &name {
        reading.declare(Kind::Call, name, *span);
    }
    let notify = if is_synchronous { None } else { reader.property(reading, "notify", value::flag) };
    let block = reader.required_block(reading);
    reader.finish(reading);
    let on_error = block.and_then(|block| on_error(block, reading, partitions, is_synchronous));
    let body = steps::read_but(block?, ON_ERROR, reading, partitions);
    let (notify, name) = (notify.is_some_and(|it| it.0), name.map(|it| it.0));
    Some(CallStep { is_synchronous, target: target?, name, body, notify, on_error })
}

/// The `on-error` block in the block of a call.
fn on_error(
    block: &KdlDocument,
    reading: &mut Reading<'_>,
    partitions: &[PartitionDeclaration],
    is_synchronous: bool,
) -> Option<OnErrorBlock> {
    let mut found = None;
    for node in block.nodes().iter().filter(|node| node.name().value() == ON_ERROR) {
        let mut reader = Reader::new(node);
        let body = reader.required_block(reading);
        reader.finish(reading);
        if is_synchronous {
            misplaced(node, reading);
        } else if found.is_some() {
            reading.problem(Diagnostic::new(name_span(node), "a call has one `on-error`", "the second one"));
        }
        let body = body.map(|body| steps::read(body, reading, partitions)).unwrap_or_default();
        let span = head(node);
        found = Some(OnErrorBlock { span, line: reading.line(span.start), body });
    }
    found
}

/// An `on-error` that belongs to no asynchronous call.
pub(super) fn misplaced(node: &KdlNode, reading: &mut Reading<'_>) {
    let message = "`on-error` belongs into the block of an `asynchronous-call`";
    let problem = Diagnostic::new(name_span(node), message, "nobody is told here");
    reading.problem(problem.help("a synchronous call gives its code back: `expect hresult=` after it"));
}

/// The name of an activity object.
pub(super) fn object(reader: &mut Reader<'_>, reading: &mut Reading<'_>) -> Option<String> {
    named(reader, reading, "the name of an activity object", Kind::Activity)
}

/// What `wait` waits for.
pub(super) fn awaited(reader: &mut Reader<'_>, reading: &mut Reading<'_>) -> Option<String> {
    named(reader, reading, "the name of a call", Kind::CallOrActivity)
}

fn named(reader: &mut Reader<'_>, reading: &mut Reading<'_>, what: &str, kind: Kind) -> Option<String> {
    let (name, span) = reader.required(reading, what, value::text)?;
    reading.references.refer(kind, &name, span);
    Some(name)
}
