//! The steps of a thread.

use super::{
    Reading, activity, components, enter, expectation,
    reader::{Reader, head, name_span},
    references::Kind,
    value,
};
use crate::model::{Action, Administration, PartitionDeclaration, Step, Work};
use complus_core::attribute::{IsolationLevel, TransactionVote};
use complus_diagnostic::{Diagnostic, Span, suggest};
use kdl::{KdlDocument, KdlNode};

/// Every step.
pub(super) const NODES: [&str; 47] = [
    "enter",
    "leave",
    "activity",
    "synchronous-call",
    "asynchronous-call",
    "create",
    "call",
    "cast",
    "give",
    "state",
    "bind",
    "unbind",
    "release",
    "wait",
    "pump",
    "begin",
    "commit",
    "abort",
    "set-complete",
    "set-abort",
    "enable-commit",
    "disable-commit",
    "vote",
    "done",
    "enlist",
    "write",
    "set",
    "refuse-prepare",
    "fail",
    "panic",
    "expect-panic",
    "property",
    "advance",
    "barrier",
    "repeat",
    "as-user",
    "note",
    "start-application",
    "pause-application",
    "resume-application",
    "recycle-application",
    "shutdown-application",
    "manager-available",
    "inject-fault",
    "expect",
    "expect-events",
    "expect-balance",
];

pub(super) fn read(block: &KdlDocument, reading: &mut Reading<'_>, partitions: &[PartitionDeclaration]) -> Vec<Step> {
    block.nodes().iter().filter_map(|node| step(node, reading, partitions)).collect()
}

/// The same without nodes of this name, which somebody else reads.
pub(super) fn read_but(
    block: &KdlDocument,
    but: &str,
    reading: &mut Reading<'_>,
    partitions: &[PartitionDeclaration],
) -> Vec<Step> {
    let nodes = block.nodes().iter().filter(|node| node.name().value() != but);
    nodes.filter_map(|node| step(node, reading, partitions)).collect()
}

fn step(node: &KdlNode, reading: &mut Reading<'_>, partitions: &[PartitionDeclaration]) -> Option<Step> {
    let span = head(node);
    let action = action(node, reading, partitions)?;
    Some(Step { span, line: reading.line(span.start), action })
}

fn action(node: &KdlNode, reading: &mut Reading<'_>, partitions: &[PartitionDeclaration]) -> Option<Action> {
    let mut reader = Reader::new(node);
    let action = match node.name().value() {
        "enter" => return enter::read(node, reading, partitions).map(|enter| Action::Enter(Box::new(enter))),
        "activity" => return activity::read(node, reading, partitions),
        "synchronous-call" => return activity::synchronous(node, reading, partitions),
        "asynchronous-call" => return activity::asynchronous(node, reading, partitions),
        "create" => return components::create(node, reading, partitions),
        "call" => return components::call(node, reading, partitions),
        "expect" => return expectation::read(node, reading, partitions),
        "expect-events" => return expectation::read_events(node, reading),
        "expect-balance" => return expectation::read_balance(node, reading),
        "leave" => Some(Action::Leave),
        "bind" => activity::object(&mut reader, reading).map(Action::Bind),
        "unbind" => activity::object(&mut reader, reading).map(Action::Unbind),
        "release" => components::release(&mut reader, reading),
        "cast" => components::cast(&mut reader, reading),
        "give" => components::give(&mut reader, reading),
        "state" => components::state(&mut reader, reading),
        "wait" => activity::awaited(&mut reader, reading).map(Action::Wait),
        "pump" => Some(Action::Pump(reader.property(reading, "until", value::text).map(|it| it.0))),
        "begin" => begin(&mut reader, reading),
        "commit" => transaction_name(&mut reader, reading).map(Action::Commit),
        "abort" => transaction_name(&mut reader, reading).map(Action::Abort),
        "set-complete" => Some(Action::SetComplete),
        "set-abort" => Some(Action::SetAbort),
        "enable-commit" => Some(Action::EnableCommit),
        "disable-commit" => Some(Action::DisableCommit),
        "vote" => {
            let votes = [("commit", TransactionVote::Commit), ("abort", TransactionVote::Abort)];
            let vote = reader.required(reading, "`commit` or `abort`", |it| value::word(it, &votes));
            vote.map(|(vote, _)| Action::Vote(vote))
        }
        "done" => reader.required(reading, "#true or #false", value::flag).map(|(done, _)| Action::Done(done)),
        "enlist" => work(&mut reader, reading, |_, _| Some(Work::Enlist)),
        "write" => work(&mut reader, reading, |reader, reading| amount(reader, reading, Work::Add)),
        "set" => work(&mut reader, reading, |reader, reading| amount(reader, reading, Work::Set)),
        "refuse-prepare" => manager_name(&mut reader, reading).map(Action::RefusePrepare),
        "fail" => reader.required(reading, "an HRESULT", value::hresult).map(|(code, _)| Action::Fail(code)),
        "panic" => {
            let text = reader.optional(reading, value::text);
            Some(Action::Panic(text.map_or_else(|| "panic".into(), |it| it.0)))
        }
        "expect-panic" => {
            let text = reader.optional(reading, value::text).map(|it| it.0);
            body(&mut reader, reading, partitions).map(|body| Action::ExpectPanic { text, body })
        }
        "property" => {
            let name = reader.required(reading, "a name", value::text);
            let value = reader.required(reading, "a value", value::text);
            name.zip(value).map(|(name, value)| Action::Property(name.0, value.0))
        }
        "advance" => reader.required(reading, "a duration", value::duration).map(|(by, _)| Action::Advance(by)),
        "barrier" => reader.required(reading, "a name", value::text).map(|(name, _)| Action::Barrier(name)),
        "repeat" => {
            let times = reader.required(reading, "a count", value::count);
            let body = body(&mut reader, reading, partitions);
            times.zip(body).map(|((times, _), body)| Action::Repeat(times, body))
        }
        "as-user" => {
            let user = reader.required(reading, "a principal", value::text);
            let body = body(&mut reader, reading, partitions);
            user.zip(body).map(|((user, _), body)| Action::AsUser(user, body))
        }
        "note" => reader.required(reading, "a text", value::text).map(|(text, _)| Action::Note(text)),
        "start-application" => administer(&mut reader, reading, Administration::Start),
        "pause-application" => administer(&mut reader, reading, Administration::Pause),
        "resume-application" => administer(&mut reader, reading, Administration::Resume),
        "recycle-application" => administer(&mut reader, reading, Administration::Recycle),
        "shutdown-application" => administer(&mut reader, reading, Administration::Shutdown),
        "manager-available" => {
            reader.required(reading, "#true or #false", value::flag).map(|(yes, _)| Action::ManagerAvailable(yes))
        }
        "inject-fault" => {
            let count = reader.optional(reading, value::count).map_or(1, |it| it.0);
            Some(Action::InjectFault(count))
        }
        name => {
            unknown(node, name, reading);
            return None;
        }
    };
    reader.finish(reading);
    action
}

fn unknown(node: &KdlNode, name: &str, reading: &mut Reading<'_>) {
    if name == activity::ON_ERROR {
        return activity::misplaced(node, reading);
    }
    let problem = Diagnostic::new(name_span(node), format!("there is no step `{name}`"), "unknown step");
    reading.problem(problem.help(suggest::advice(name, NODES)));
}

fn body(reader: &mut Reader<'_>, reading: &mut Reading<'_>, partitions: &[PartitionDeclaration]) -> Option<Vec<Step>> {
    let block = reader.required_block(reading)?;
    Some(read(block, reading, partitions))
}

fn begin(reader: &mut Reader<'_>, reading: &mut Reading<'_>) -> Option<Action> {
    let (name, span) = reader.required(reading, "a name", value::text)?;
    if !reading.references.declare(Kind::Transaction, &name) {
        reading.problem(Diagnostic::new(span, format!("there are two transactions `{name}`"), "the second one"));
    }
    let level =
        |it: &kdl::KdlValue| value::choice(it, IsolationLevel::ALL, IsolationLevel::name, IsolationLevel::value);
    let isolation = reader.property(reading, "isolation", level).map(|it| it.0);
    let timeout = reader.property(reading, "timeout", value::duration).map(|it| it.0);
    Some(Action::Begin { name, isolation, timeout })
}

fn transaction_name(reader: &mut Reader<'_>, reading: &mut Reading<'_>) -> Option<String> {
    let (name, span) = reader.required(reading, "the name of a transaction", value::text)?;
    reading.references.refer(Kind::Transaction, &name, span);
    Some(name)
}

pub(super) fn manager_name(reader: &mut Reader<'_>, reading: &mut Reading<'_>) -> Option<String> {
    let (name, span): (String, Span) = reader.required(reading, "the name of a resource manager", value::text)?;
    reading.references.refer(Kind::Manager, &name, span);
    Some(name)
}

fn administer(reader: &mut Reader<'_>, reading: &mut Reading<'_>, act: Administration) -> Option<Action> {
    let (name, span) = reader.required(reading, "the name of an application", value::text)?;
    reading.references.refer(Kind::Application, &name, span);
    Some(Action::Administer(act, name))
}

fn work(
    reader: &mut Reader<'_>,
    reading: &mut Reading<'_>,
    read: impl FnOnce(&mut Reader<'_>, &mut Reading<'_>) -> Option<Work>,
) -> Option<Action> {
    let manager = manager_name(reader, reading);
    let work = read(reader, reading);
    let transaction = reader.property(reading, "transaction", value::text);
    if let Some((name, span)) = &transaction {
        reading.references.refer(Kind::Transaction, name, *span);
    }
    Some(Action::Work { manager: manager?, work: work?, transaction: transaction.map(|it| it.0) })
}

fn amount(reader: &mut Reader<'_>, reading: &mut Reading<'_>, work: fn(String, i64) -> Work) -> Option<Work> {
    let key = reader.required(reading, "an account", value::text);
    let amount = reader.required(reading, "an amount", value::integer);
    key.zip(amount).map(|(key, amount)| work(key.0, amount.0))
}
