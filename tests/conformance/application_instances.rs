//! Instances of server applications: where their components live, how they start and end (ACT 3.2 step 7, SEC D.6).

use crate::support::{
    World,
    applications::{id_of, library, only_instance, server, with_applications},
    code,
    components::{PLAIN, PROBE, Probes, RAW, REQUIRED, SUPPORTED, clsid, create, inside, place, place_of, try_create},
    until,
};
use complus::{
    Activation, ApplicationInstance, Reference, ServiceConfig,
    attribute::ClassContext,
    event::{ApplicationStep, What},
    hresult::*,
    prelude::*,
    rules::application_instance::{RecycleReason, State},
};

/// What became of instances since the last time.
fn steps(world: &World) -> Vec<ApplicationStep> {
    let step = |what| match what {
        What::Application { step, .. } => Some(step),
        _ => None,
    };
    world.log.take_whats().into_iter().filter_map(step).collect()
}

/// What the object's code sees of its process.
fn instance_of(object: &Reference) -> Option<ApplicationInstance> {
    inside(object, || ApplicationInstance::current().unwrap())
}

#[test]
fn a_component_of_a_server_application_lives_in_an_instance() {
    with_applications(&[server("Server", &[("S", RAW)]), library("Library", &[("L", RAW)])], |world, _| {
        assert_eq!(world.runtime.application_instances(), []);
        let s = create("S");
        let instance = only_instance(world);
        assert!(s.is_proxy());
        assert_eq!(
            (instance.application(), instance.name(), instance.state()),
            (id_of("Server"), "Server", State::Running)
        );
        assert_eq!(instance_of(&s), Some(instance.clone()));
        let (application, id) = inside(&s, || {
            let info = ObjectContext::current().unwrap().info();
            (info.application_id().unwrap(), info.application_instance_id().unwrap())
        });
        assert_eq!((application, id), (id_of("Server"), instance.id().guid()));
        // What it creates of its own application, and of libraries, is in the same process, here even in its context.
        let (own, child, of_library) = inside(&s, || (place(), place_of(&create("S")), place_of(&create("L"))));
        assert_eq!((own, own), (child, of_library));
        assert_eq!(world.runtime.application_instances(), [instance]);
        if world.observed {
            assert_eq!(steps(world), [ApplicationStep::Started]);
        }
    });
}
