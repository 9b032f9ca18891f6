//! The steps that make objects and call them.

use super::{
    Reading,
    partitions::partition_id,
    reader::{Reader, name_span},
    references::Kind,
    steps,
    value::{self, Wrong},
};
use crate::model::{Action, Cast, Create, Invoke, PartitionDeclaration};
use complus_core::{attribute::ClassContext, id::PartitionId};
use complus_diagnostic::{Diagnostic, suggest};
use complus_sync::Arc;
use kdl::{KdlNode, KdlValue};

/// `create "Bank.Account" as="account" ..`
pub(super) fn create(node: &KdlNode, reading: &mut Reading<'_>, partitions: &[PartitionDeclaration]) -> Option<Action> {
    let mut reader = Reader::new(node);
    let class = referred(&mut reader, reading, "the name of a class", Kind::Class);
    let name = made(&mut reader, reading, "as");
    let interface = reader.property(reading, "interface", value::text);
    if let Some((interface, span)) = &interface {
        reading.references.refer(Kind::Interface, interface, *span);
    }
    let partition = reader.property(reading, "partition", |it| partition(it, partitions)).map(|it| it.0);
    let transaction = reader.property(reading, "transaction", value::text);
    if let Some((name, span)) = &transaction {
        reading.references.refer(Kind::Transaction, name, *span);
    }
    let contexts = reader.property(reading, "clsctx", contexts).map(|it| it.0);
    reader.finish(reading);
    let (interface, transaction) = (interface.map(|it| it.0), transaction.map(|it| it.0));
    Some(Action::Create(Box::new(Create { class: class?, name, interface, partition, transaction, contexts })))
}

/// `call "account" "Debit" with="other" gives="result" as="c" { .. }`
pub(super) fn call(node: &KdlNode, reading: &mut Reading<'_>, partitions: &[PartitionDeclaration]) -> Option<Action> {
    let mut reader = Reader::new(node);
    let target = referred(&mut reader, reading, "the name of a reference", Kind::Reference);
    let method = reader.optional(reading, value::text);
    let interface = reader.property(reading, "interface", value::text);
    if let Some((interface, span)) = &interface {
        reading.references.refer(Kind::Interface, interface, *span);
    }
    let name = reader.property(reading, "as", value::text);
    if let Some((name, span)) = &name {
        reading.declare(Kind::Call, name, *span);
    }
    let with = reader.property(reading, "with", value::text);
    if let Some((name, span)) = &with {
        reading.references.refer(Kind::Reference, name, *span);
    }
    let gives = made(&mut reader, reading, "gives");
    let block = reader.block();
    reader.finish(reading);
    match (&method, block) {
        (Some((method, span)), None) => reading.references.refer(Kind::Method, method, *span),
        (None, None) => {
            let problem = Diagnostic::new(name_span(node), "`call` needs a method or a block", "what is called?");
            reading.problem(problem.help("call \"account\" \"Debit\", or call \"account\" { .. }"));
        }
        _ => {}
    }
    let body = block.map(|block| steps::read(block, reading, partitions));
    let [method, interface, name, with] = [method, interface, name, with].map(|it| it.map(|it| it.0));
    Some(Action::Invoke(Arc::new(Invoke { target: target?, method, interface, name, with, gives, body })))
}

/// `cast "account" "IInquiry" as="inquiry"`
pub(super) fn cast(reader: &mut Reader<'_>, reading: &mut Reading<'_>) -> Option<Action> {
    let target = referred(reader, reading, "the name of a reference", Kind::Reference);
    let interface = referred(reader, reading, "the name of an interface", Kind::Interface);
    let name = made(reader, reading, "as");
    Some(Action::Cast(Box::new(Cast { target: target?, interface: interface?, name })))
}

/// `give "account"`
pub(super) fn give(reader: &mut Reader<'_>, reading: &mut Reading<'_>) -> Option<Action> {
    referred(reader, reading, "the name of a reference", Kind::Reference).map(Action::Give)
}

/// `release "a"`
pub(super) fn release(reader: &mut Reader<'_>, reading: &mut Reading<'_>) -> Option<Action> {
    referred(reader, reading, "the name of a reference or an activity object", Kind::Released).map(Action::Release)
}

/// `state "Name" "value"`
pub(super) fn state(reader: &mut Reader<'_>, reading: &mut Reading<'_>) -> Option<Action> {
    let name = reader.required(reading, "a name", value::text);
    let value = reader.required(reading, "a value", value::text);
    name.zip(value).map(|(name, value)| Action::State(name.0, value.0))
}

fn referred(reader: &mut Reader<'_>, reading: &mut Reading<'_>, what: &str, kind: Kind) -> Option<String> {
    let (name, span) = reader.required(reading, what, value::text)?;
    reading.references.refer(kind, &name, span);
    Some(name)
}

/// The name of a reference that the step makes.
fn made(reader: &mut Reader<'_>, reading: &mut Reading<'_>, key: &'static str) -> Option<String> {
    let (name, span) = reader.property(reading, key, value::text)?;
    reading.declare(Kind::Reference, &name, span);
    Some(name)
}

fn partition(value: &KdlValue, partitions: &[PartitionDeclaration]) -> Result<PartitionId, Wrong> {
    let word = value.as_string().unwrap_or_default();
    match partitions.iter().find(|partition| partition.name == word) {
        Some(partition) => Ok(partition.id),
        None => partition_id(value),
    }
}

/// Names of CLSCTX, with or without prefix, between bars.
fn contexts(value: &KdlValue) -> Result<ClassContext, Wrong> {
    const ALL: [(&str, ClassContext); 5] = [
        ("INPROC_SERVER", ClassContext::INPROC_SERVER),
        ("INPROC_HANDLER", ClassContext::INPROC_HANDLER),
        ("LOCAL_SERVER", ClassContext::LOCAL_SERVER),
        ("REMOTE_SERVER", ClassContext::REMOTE_SERVER),
        ("FROM_DEFAULT_CONTEXT", ClassContext::FROM_DEFAULT_CONTEXT),
    ];
    let names = || ALL.iter().map(|(name, _)| *name);
    let mut found = ClassContext::default();
    for word in value::text(value)?.split('|').map(str::trim) {
        let plain = word.to_uppercase();
        let plain = plain.strip_prefix("CLSCTX_").unwrap_or(&plain);
        let Some((_, flag)) = ALL.iter().find(|(name, _)| *name == plain) else {
            let near = suggest::nearest(plain, names()).map(|name| format!("did you mean `{name}`?"));
            return Err((format!("names among {}", names().collect::<Vec<_>>().join(", ")), near));
        };
        found = found | *flag;
    }
    // Where it may be served from is left open: all that is known.
    let places = ClassContext::ALL;
    Ok(if found.intersects(places) { found } else { found | ClassContext::INPROC_SERVER | ClassContext::LOCAL_SERVER })
}
