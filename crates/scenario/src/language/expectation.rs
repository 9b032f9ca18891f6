//! `expect`, `expect-events` and `expect-balance`.

use super::{
    Reading, about,
    reader::{Reader, name_span},
    steps::manager_name,
    value::{self, Wrong},
};
use crate::{
    expectation::{ANY_EVENTS, Check, EventPattern, Expectation},
    model::{Action, PartitionDeclaration},
    trace::EVENT_NAMES,
};
use complus_diagnostic::{Diagnostic, suggest};
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
            property(&mut reader, reading).map(|(name, value)| Check::Property { name, value })
        }
        (Some("state"), 3) => {
            reader.optional(reading, value::text);
            property(&mut reader, reading).map(|(name, value)| Check::State { name, value })
        }
        _ => return about::read(node, reader, reading, partitions),
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

/// A name and its value, or none.
fn property(reader: &mut Reader<'_>, reading: &mut Reading<'_>) -> Option<(String, Option<String>)> {
    let name = reader.required(reading, "a name", value::text)?.0;
    let value = reader.required(reading, "a value, or #null for none", |it| match it {
        KdlValue::Null => Ok(None),
        other => value::text(other).map(Some).map_err(|_| ("a string or #null".into(), None)),
    });
    Some((name, value?.0))
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
