//! Several applications for tests: libraries and servers, in partitions or not.

use super::{
    World, code,
    components::{Probes, QUIET, Row, clsid, component_text, parsed, try_create},
};
use complus::{
    ApplicationInstance, Compat, HResult, RuntimeBuilder,
    catalog::{Collection, Value},
    event::What,
    prelude::*,
};
use std::fmt::Write;
use uuid::Uuid;

/// An application of a test.
#[derive(Clone, Copy)]
pub(crate) struct App<'a> {
    /// Its name.
    pub(crate) name: &'a str,
    /// It has a process of its own.
    pub(crate) server: bool,
    /// Its partition; empty for the global one.
    pub(crate) partition: &'a str,
    /// More properties, as lines of a catalog file.
    pub(crate) properties: &'a str,
    /// Its classes.
    pub(crate) classes: &'a [Row<'a>],
}

/// A server application of these classes.
pub(crate) const fn server<'a>(name: &'a str, classes: &'a [Row<'a>]) -> App<'a> {
    App { name, server: true, partition: "", properties: "", classes }
}

/// A library application of these classes.
pub(crate) const fn library<'a>(name: &'a str, classes: &'a [Row<'a>]) -> App<'a> {
    App { name, server: false, partition: "", properties: "", classes }
}

/// The id of an application or a partition of tests.
pub(crate) fn id_of(name: &str) -> Uuid {
    Uuid::new_v5(&Uuid::NAMESPACE_URL, name.as_bytes())
}

/// The text of a catalog with these applications; `machine` are properties of the machine and further objects.
pub(crate) fn text(machine: &str, applications: &[App<'_>]) -> String {
    let mut text = format!("format = 1\ndefaults = \"ws2003\"\n{machine}\n");
    for App { name, server, partition, properties, classes } in applications {
        let (activation, rest) = if *server { ("server", "") } else { ("library", "authentication = \"default\"\n") };
        let partition =
            if partition.is_empty() { String::new() } else { format!("partition = \"{{{}}}\"\n", id_of(partition)) };
        let id = id_of(name);
        write!(
            text,
            "\n[[application]]\nid = \"{{{id}}}\"\nname = \"{name}\"\nactivation = \
             \"{activation}\"\n{rest}{partition}{QUIET}\n{properties}\n"
        )
        .unwrap();
        classes.iter().for_each(|row| text += &component_text(row));
    }
    text
}

/// Runs `test` on every machine with these applications, in the MTA of the host program.
#[track_caller]
pub(crate) fn with_applications(applications: &[App<'_>], test: impl Fn(&World, &Probes) + Sync) {
    with_built(|builder| builder, "", applications, test);
}

/// The same on a machine that is built further, whose catalog says `machine` of it.
#[track_caller]
pub(crate) fn with_built(
    build: impl Fn(RuntimeBuilder) -> RuntimeBuilder + Sync,
    machine: &str,
    applications: &[App<'_>],
    test: impl Fn(&World, &Probes) + Sync,
) {
    let text = text(machine, applications);
    let build = |builder: RuntimeBuilder| build(builder.catalog(parsed(Compat::default(), &text)));
    super::every_bare_machine(build, |world| {
        let probes = Probes::default();
        probes.register(&world.runtime);
        let _apartment = Apartment::initialize(ApartmentModel::Multithreaded).unwrap();
        test(world, &probes);
    });
}

/// The only instance that there is.
#[track_caller]
pub(crate) fn only_instance(world: &World) -> ApplicationInstance {
    let mut all = world.runtime.application_instances();
    assert_eq!(all.len(), 1, "{all:?}");
    all.remove(0)
}

/// Changes a property of an application, as an administrator does.
#[track_caller]
pub(crate) fn put_application(world: &World, name: &str, property: &str, value: impl Into<Value>) {
    let admin = world.runtime.catalog().administer();
    save(admin.collection("Applications").unwrap(), Value::Guid(id_of(name)), property, value);
}

/// Changes a property of the machine.
#[track_caller]
pub(crate) fn put_machine(world: &World, property: &str, value: impl Into<Value>) {
    let admin = world.runtime.catalog().administer();
    save(admin.collection("LocalComputer").unwrap(), Value::from("My Computer"), property, value);
}

/// Changes a property of a component.
#[track_caller]
pub(crate) fn put_component(world: &World, app: &str, name: &str, property: &str, value: impl Into<Value>) {
    let admin = world.runtime.catalog().administer();
    let components = admin.collection_by_query("Components", &[Value::Guid(id_of(app))]).unwrap();
    save(components, Value::Guid(clsid(name)), property, value);
}

#[track_caller]
fn save(mut collection: Collection, key: Value, property: &str, value: impl Into<Value>) {
    collection.populate().unwrap();
    collection.find_mut(&key).unwrap().put(property, value).unwrap();
    assert_eq!(collection.save_changes().result, Ok(()), "{property}");
}

/// The activation fails with this code, and nothing is made: no object, no context, no instance of an application; nobody
/// is told of anything else.
#[track_caller]
pub(crate) fn refused(world: &World, probes: &Probes, name: &str, expected: HResult) {
    let instances = world.runtime.application_instances();
    probes.told();
    world.log.take();
    assert_eq!(code(try_create(name)), expected);
    assert_eq!(probes.told(), [] as [String; 0]);
    assert_eq!(world.runtime.application_instances(), instances);
    if world.observed {
        let mut told = world.log.take_whats();
        // A pool may still be starting threads, for what went before.
        told.retain(|what| !matches!(what, What::ThreadStarted | What::ApartmentJoined { .. }));
        assert_eq!(told, [What::ActivationRefused { class: clsid(name), error: expected }]);
    }
}
