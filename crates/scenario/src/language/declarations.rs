//! The top level of a file: title, machine, threads.

use super::{
    Reading, catalog, classes,
    reader::{Reader, head, name_span},
    references::Kind,
    steps, value,
};
use crate::model::{ApartmentChoice, Manager, PartitionDeclaration, Pools, Scenario, Thread};
use complus_core::Compat;
use complus_diagnostic::{Diagnostic, suggest};
use kdl::{KdlDocument, KdlNode};

const NODES: [&str; 12] = [
    "title",
    "seed",
    "compat",
    "pools",
    "manager",
    "partition",
    "principal",
    "default-timeout",
    "catalog",
    "application",
    "class",
    "thread",
];

/// Read before the others, which need them.
const FIRST: [&str; 5] = ["partition", "compat", "catalog", "application", "class"];

const APARTMENTS: [(&str, ApartmentChoice); 4] = [
    ("sta", ApartmentChoice::Sta),
    ("main-sta", ApartmentChoice::MainSta),
    ("mta", ApartmentChoice::Mta),
    ("none", ApartmentChoice::None),
];

pub(super) fn scenario(document: &KdlDocument, reading: &mut Reading<'_>) -> Scenario {
    let mut scenario = Scenario {
        title: String::new(),
        seed: None,
        compat: Compat::default(),
        managers: Vec::new(),
        partitions: Vec::new(),
        principal: None,
        default_timeout: None,
        pools: Pools::default(),
        catalog: None,
        classes: Vec::new(),
        threads: Vec::new(),
        source: reading.source.clone(),
    };
    for node in document.nodes().iter().filter(|node| node.name().value() == "compat") {
        super::compat::read(node, &mut scenario.compat, reading);
    }
    // What the catalog has is known before the threads, which may stand above it, are read.
    (scenario.catalog, scenario.partitions) = catalog::read(document, &scenario.compat, reading);
    scenario.classes = classes::read(document, scenario.catalog.as_ref(), reading, &scenario.partitions);
    for node in document.nodes().iter().filter(|node| !FIRST.contains(&node.name().value())) {
        declaration(node, &mut scenario, reading);
    }
    if scenario.threads.is_empty() && reading.problems.is_empty() {
        let problem = Diagnostic::new(Default::default(), "the scenario has no thread", "nothing happens here");
        reading.problem(problem.help("add `thread \"client\" apartment=\"mta\" { .. }`"));
    }
    scenario
}

fn declaration(node: &KdlNode, scenario: &mut Scenario, reading: &mut Reading<'_>) {
    let mut reader = Reader::new(node);
    match node.name().value() {
        "title" => {
            scenario.title = reader.required(reading, "a text", value::text).map(|it| it.0).unwrap_or_default();
        }
        "seed" => scenario.seed = reader.required(reading, "a number", value::seed).map(|it| it.0),
        "pools" => return super::pools::read(node, &mut scenario.pools, reading),
        "manager" => return scenario.managers.extend(manager(node, reading)),
        "principal" => scenario.principal = reader.required(reading, "a name", value::text).map(|it| it.0),
        "default-timeout" => {
            scenario.default_timeout = reader.required(reading, "a duration", value::duration).map(|it| it.0);
        }
        "thread" => {
            let thread = thread(node, reading, &scenario.partitions);
            if let Some(thread) = &thread
                && scenario.threads.iter().any(|known| known.name == thread.name)
            {
                let message = format!("there are two threads `{}`", thread.name);
                reading.problem(Diagnostic::new(head(node), message, "the second one"));
            }
            let is_main = |thread: &Thread| thread.apartment == ApartmentChoice::MainSta;
            if thread.as_ref().is_some_and(is_main) && scenario.threads.iter().any(is_main) {
                let problem = Diagnostic::new(head(node), "a process has one main STA", "the second one");
                reading.problem(problem.help("apartment=\"sta\" is a single-threaded apartment of its own"));
            }
            return scenario.threads.extend(thread);
        }
        name => return unknown(node, name, reading),
    }
    reader.finish(reading);
}

fn unknown(node: &KdlNode, name: &str, reading: &mut Reading<'_>) {
    let problem = if steps::NODES.contains(&name) {
        Diagnostic::new(name_span(node), format!("`{name}` is a step of a thread"), "outside of any thread")
            .help("put it into `thread \"client\" apartment=\"mta\" { .. }`")
    } else {
        Diagnostic::new(name_span(node), format!("there is no node `{name}` at the top of a scenario"), "unknown node")
            .help(suggest::advice(name, NODES))
    };
    reading.problem(problem);
}

fn manager(node: &KdlNode, reading: &mut Reading<'_>) -> Option<Manager> {
    let mut reader = Reader::new(node);
    let name = reader.required(reading, "a name", value::text);
    let kinds = [("volatile", true), ("sqlite", false), ("redb", false), ("postgres", false)];
    if let Some((false, span)) = reader.property(reading, "kind", |it| value::word(it, &kinds)) {
        let problem = Diagnostic::new(span, "this kind of resource manager is not available yet", "not yet");
        reading.problem(problem.help("use kind=\"volatile\": balances in memory"));
    }
    let floor = reader.property(reading, "floor", value::integer).map(|it| it.0);
    let mut seeds = Vec::new();
    for child in reader.block().into_iter().flat_map(KdlDocument::nodes) {
        let mut reader = Reader::new(child);
        if child.name().value() != "seed" {
            let message = format!("a manager's block has no node `{}`", child.name().value());
            let problem = Diagnostic::new(name_span(child), message, "unknown node");
            reading.problem(problem.help("it has `seed \"account\" 100`"));
            continue;
        }
        let key = reader.required(reading, "an account", value::text);
        let balance = reader.required(reading, "a balance", value::integer);
        seeds.extend(key.zip(balance).map(|(key, balance)| (key.0, balance.0)));
        reader.finish(reading);
    }
    reader.finish(reading);
    let (name, span) = name?;
    if !reading.references.declare(Kind::Manager, &name) {
        reading.problem(Diagnostic::new(span, format!("there are two managers `{name}`"), "the second one"));
    }
    Some(Manager { name, floor, seeds })
}

fn thread(node: &KdlNode, reading: &mut Reading<'_>, partitions: &[PartitionDeclaration]) -> Option<Thread> {
    let mut reader = Reader::new(node);
    let name = reader.required(reading, "a name", value::text);
    if let Some((name, _)) = &name {
        reading.references.declare(Kind::Thread, name);
    }
    let apartment = reader.property(reading, "apartment", |it| value::word(it, &APARTMENTS));
    let block = reader.required_block(reading);
    reader.finish(reading);
    let steps = block.map(|block| steps::read(block, reading, partitions)).unwrap_or_default();
    Some(Thread { name: name?.0, apartment: apartment.map_or(ApartmentChoice::Mta, |it| it.0), steps })
}
