//! `class`: what the objects of a class do.

use super::{
    Reading,
    catalog::{id_of, own_interface_name},
    reader::{Reader, head, name_span},
    references::Kind,
    steps, value,
};
use crate::model::{Class, Interface, Life, Method, PartitionDeclaration, Turn};
use complus_catalog::Catalog;
use complus_core::attribute::ThreadingModel;
use complus_diagnostic::{Diagnostic, Span, suggest};
use complus_sync::Arc;
use kdl::{KdlDocument, KdlNode, KdlValue};

const NODES: [&str; 6] = ["method", "interface", "construct", "activate", "deactivate", "can-be-pooled"];

/// Every class: those of the catalog, and those that the document declares.
pub(super) fn read(
    document: &KdlDocument,
    catalog: Option<&Catalog>,
    reading: &mut Reading<'_>,
    partitions: &[PartitionDeclaration],
) -> Vec<Arc<Class>> {
    let mut classes: Vec<Class> = catalog.map(configured).unwrap_or_default();
    let mut seen: Vec<String> = Vec::new();
    for node in document.nodes().iter().filter(|node| node.name().value() == "class") {
        let mut reader = Reader::new(node);
        let name = reader.required(reading, "the name of a class", value::text);
        if let Some((name, span)) = &name {
            if seen.contains(name) {
                reading.problem(Diagnostic::new(*span, format!("there are two classes `{name}`"), "the second one"));
            }
            seen.push(name.clone());
            reading.references.declare(Kind::Class, name);
        }
        let name = name.map(|it| it.0).unwrap_or_default();
        let at = classes.iter().position(|class| class.name == name).unwrap_or_else(|| {
            let known = catalog.and_then(|catalog| catalog.snapshot().classes().clsid(&name));
            classes.push(Class {
                clsid: known.unwrap_or_else(|| id_of("component", &name)),
                name,
                threading_model: ThreadingModel::Both,
                methods: Vec::new(),
                interfaces: Vec::new(),
                life: Life::default(),
                free_threaded: false,
                private: false,
            });
            classes.len() - 1
        });
        class(&mut reader, &mut classes[at], reading, partitions);
        reader.finish(reading);
    }
    classes.into_iter().map(Arc::new).collect()
}

/// The classes of a catalog, which do nothing yet.
fn configured(catalog: &Catalog) -> Vec<Class> {
    let class = |class: &complus_catalog::Class| {
        let methods = class.interfaces().flat_map(|interface| {
            let known = Interface { name: interface.name().into(), iid: interface.iid() };
            interface.methods().map(move |method| Method {
                name: method.name().into(),
                interface: known.clone(),
                number: u16::try_from(method.index()).unwrap_or_default(),
                takes: None,
                body: Vec::new(),
            })
        });
        let interfaces = class.interfaces().map(|it| Interface { name: it.name().into(), iid: it.iid() });
        Class {
            name: class.progid().into(),
            clsid: class.clsid,
            threading_model: class.component.threading_model,
            methods: methods.collect(),
            interfaces: interfaces.collect(),
            life: Life::default(),
            free_threaded: false,
            private: false,
        }
    };
    let mut all: Vec<Class> = Vec::new();
    for class in catalog.snapshot().classes().iter().map(class) {
        // Configured in several partitions: one class all the same.
        let Some(known) = all.iter_mut().find(|known| known.clsid == class.clsid) else {
            all.push(class);
            continue;
        };
        let others = class.interfaces.into_iter().filter(|it| !known.interfaces.contains(it)).collect::<Vec<_>>();
        let new = |method: &Method| others.contains(&method.interface);
        known.methods.extend(class.methods.into_iter().filter(new));
        known.interfaces.extend(others);
    }
    all
}

fn class(reader: &mut Reader<'_>, class: &mut Class, reading: &mut Reading<'_>, partitions: &[PartitionDeclaration]) {
    let model = |it: &KdlValue| value::choice(it, ThreadingModel::ALL, ThreadingModel::name, ThreadingModel::value);
    if let Some((model, _)) = reader.property(reading, "threading-model", model) {
        class.threading_model = model;
    }
    class.free_threaded = reader.property(reading, "free-threaded", value::flag).is_some_and(|it| it.0);
    class.private = reader.property(reading, "marshaled", value::flag).is_some_and(|it| !it.0);
    for node in reader.block().into_iter().flat_map(KdlDocument::nodes) {
        let mut reader = Reader::new(node);
        match node.name().value() {
            "method" => {
                let interface = Interface { name: own_interface_name(&class.name), iid: Default::default() };
                method(&mut reader, class, interface, reading, partitions);
            }
            "interface" => interface(&mut reader, class, reading, partitions),
            "construct" => class.life.construct = turn(node, &mut reader, reading, partitions),
            "activate" => class.life.activate = turn(node, &mut reader, reading, partitions),
            "deactivate" => class.life.deactivate = turn(node, &mut reader, reading, partitions),
            "can-be-pooled" => {
                let answer = reader.required(reading, "#true or #false", value::flag);
                class.life.can_be_pooled = answer.map(|it| it.0);
            }
            name => {
                let message = format!("a class has no `{name}`");
                let problem = Diagnostic::new(name_span(node), message, "unknown node");
                reading.problem(problem.help(suggest::advice(name, NODES)));
                continue;
            }
        }
        reader.finish(reading);
    }
}

fn interface(
    reader: &mut Reader<'_>,
    class: &mut Class,
    reading: &mut Reading<'_>,
    partitions: &[PartitionDeclaration],
) {
    let Some((name, _)) = reader.required(reading, "the name of an interface", value::text) else { return };
    reading.references.declare(Kind::Interface, &name);
    let known = identified(class, Interface { name, iid: Default::default() });
    class.interfaces.push(known.clone());
    for node in reader.block().into_iter().flat_map(KdlDocument::nodes) {
        let mut reader = Reader::new(node);
        if node.name().value() == "method" {
            method(&mut reader, class, known.clone(), reading, partitions);
            reader.finish(reading);
        } else {
            let message = format!("an interface's block has no node `{}`", node.name().value());
            let problem = Diagnostic::new(name_span(node), message, "unknown node");
            reading.problem(problem.help("it has `method \"Debit\" { .. }`"));
        }
    }
}

/// The interface as the class knows it already, or with an id that follows from its name.
fn identified(class: &Class, interface: Interface) -> Interface {
    let known = class.interfaces().find(|known| known.name == interface.name).cloned();
    known.unwrap_or_else(|| Interface { iid: id_of("interface", &interface.name), ..interface })
}

/// `method "Debit" takes="account" { .. }`: what the method of the catalog does, or one that the catalog need not know.
fn method(
    reader: &mut Reader<'_>,
    class: &mut Class,
    interface: Interface,
    reading: &mut Reading<'_>,
    partitions: &[PartitionDeclaration],
) {
    let name = reader.required(reading, "the name of a method", value::text);
    let takes = reader.property(reading, "takes", value::text);
    if let Some((name, span)) = &takes {
        reading.declare(Kind::Reference, name, *span);
    }
    let body = reader.required_block(reading).map(|block| steps::read(block, reading, partitions));
    let (Some((name, span)), Some(body)) = (name, body) else { return };
    reading.references.declare(Kind::Method, &name);
    let takes = takes.map(|it| it.0);
    let own = own_interface_name(&class.name);
    let fits = |method: &&mut Method| {
        method.name == name && (method.interface.name == interface.name || interface.name == own)
    };
    if let Some(known) = class.methods.iter_mut().find(fits) {
        if !known.body.is_empty() {
            reading.problem(Diagnostic::new(span, format!("there are two methods `{name}`"), "the second one"));
        }
        (known.takes, known.body) = (takes, body);
        return;
    }
    let interface = identified(class, interface);
    reading.references.declare(Kind::Interface, &interface.name);
    let of = class.methods.iter().filter(|method| method.interface == interface);
    let number = of.map(|method| method.number + 1).max().unwrap_or(3);
    class.methods.push(Method { name, interface, number, takes, body });
}

fn turn(
    node: &KdlNode,
    reader: &mut Reader<'_>,
    reading: &mut Reading<'_>,
    partitions: &[PartitionDeclaration],
) -> Option<Turn> {
    let block = reader.required_block(reading)?;
    let span: Span = head(node);
    Some(Turn { span, line: reading.line(span.start), body: steps::read(block, reading, partitions) })
}
