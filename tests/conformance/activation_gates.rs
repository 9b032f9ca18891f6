//! The gates of activation: each with its code, and nothing made (ACT 3.3, SEC D.7).

use crate::support::{
    World,
    applications::{App, library, put_application, put_component, refused, server, with_applications, with_built},
    code,
    components::{PLAIN, Probes, RAW, REQUIRED, call, clsid, create, inside, try_create},
};
use complus::{
    Activation, ClassFactory, Object,
    attribute::{ClassContext, SynchronizationAttribute, ThreadingModel},
    catalog::schema::component,
    hresult::*,
    prelude::*,
    rules::memory::Memory,
};
use std::sync::{Arc, Mutex};

const CLASSES: &[(&str, &str)] = &[("R", REQUIRED), ("D", RAW)];

/// Runs the test with a library and with a server application.
#[track_caller]
fn both_kinds(test: impl Fn(&World, &Probes) + Sync) {
    for app in [library("App", CLASSES), server("App", CLASSES)] {
        with_applications(&[app], &test);
    }
}

#[test]
fn act_b22_a_transaction_without_synchronization_is_refused() {
    both_kinds(|world, probes| {
        let catalog = world.runtime.catalog();
        catalog.damage(clsid("R"), component::SYNCHRONIZATION, SynchronizationAttribute::Disabled).unwrap();
        refused(world, probes, "R", CO_E_NOSYNCHRONIZATION);
        // So is just-in-time activation.
        catalog.damage(clsid("D"), component::JUST_IN_TIME_ACTIVATION, true).unwrap();
        refused(world, probes, "D", CO_E_NOSYNCHRONIZATION);
    });
}

#[test]
fn act_b23_a_disabled_component_is_refused_and_its_objects_go_on() {
    both_kinds(|world, probes| {
        let r = create("R");
        put_component(world, "App", "R", "IsEnabled", false);
        refused(world, probes, "R", CO_E_CLASS_DISABLED);
        assert_eq!(call(&r, || Ok(7)), Ok(7));
        put_component(world, "App", "R", "IsEnabled", true);
        create("R").release().unwrap();
        // The same of a whole application.
        put_application(world, "App", "IsEnabled", false);
        refused(world, probes, "D", CO_E_CLASS_DISABLED);
        assert_eq!(call(&r, || Ok(8)), Ok(8));
    });
}

#[test]
fn act_b24_a_paused_application_is_refused_until_it_is_resumed() {
    with_applications(&[server("App", CLASSES)], |world, probes| {
        let r = create("R");
        world.runtime.pause_application("App").unwrap();
        refused(world, probes, "R", CO_E_SERVER_PAUSED);
        assert_eq!(call(&r, || Ok(7)), Ok(7));
        // Objects of its own are refused as well (ACT 3.3).
        assert_eq!(inside(&r, || code(try_create("D"))), CO_E_SERVER_PAUSED);
        world.runtime.resume_application("App").unwrap();
        create("R");
    });
}

#[test]
fn act_b25_a_stronger_isolation_level_is_refused_and_dooms_the_transaction() {
    const WEAK: &str = "transaction = \"required\"\ntx_isolation_level = \"read_committed\"";
    const STRONG: &str = "transaction = \"supported\"\ntx_isolation_level = \"serializable\"";
    for server in [false, true] {
        let child = App { server, ..library("Child", &[("S", STRONG)]) };
        with_applications(&[library("App", &[("R", WEAK)]), child], |_, _| {
            let r = create("R");
            let gone_wrong = call(&r, || {
                assert_eq!(code(try_create("S")), CO_E_ISOLEVELMISMATCH);
                ObjectContext::current()?.set_complete()
            });
            assert_eq!(code(gone_wrong), CONTEXT_E_ABORTED);
            // Outside the transaction it can be created.
            create("S");
        });
    }
}

#[test]
fn both_must_run_flags_and_a_changed_threading_model_are_refused() {
    both_kinds(|world, probes| {
        let catalog = world.runtime.catalog();
        catalog.damage(clsid("D"), component::MUST_RUN_IN_CLIENT_CONTEXT, true).unwrap();
        catalog.damage(clsid("D"), component::MUST_RUN_IN_DEFAULT_CONTEXT, true).unwrap();
        refused(world, probes, "D", CO_E_ACTIVATIONFAILED_CATALOGERROR);
        world.runtime.register_class(clsid("D"), ThreadingModel::Apartment, || Arc::new(NoClass));
        refused(world, probes, "D", CO_E_THREADINGMODEL_CHANGED); // which comes first
    });
}

/// Makes nothing.
struct NoClass;

impl ClassFactory for NoClass {
    fn create_instance(&self) -> complus::Result<Arc<dyn Object>> {
        Err(E_FAIL.into())
    }
}

/// Runs the test on machines whose memory it can set.
#[track_caller]
fn with_memory(app: App<'_>, test: impl Fn(&World, &Probes, &dyn Fn(u8, bool)) + Sync) {
    // One place for the four machines, which run at the same time, would not do: each finds its own by its thread.
    std::thread_local! {
        static MEMORY: Arc<Mutex<Memory>> = Arc::new(Mutex::new(Memory::PLENTY));
    }
    let build = |builder: complus::RuntimeBuilder| {
        let memory = MEMORY.with(Arc::clone);
        builder.memory(move || *memory.lock().unwrap())
    };
    with_built(build, "", &[app], |world, probes| {
        let memory = MEMORY.with(Arc::clone);
        test(world, probes, &move |free, grows| *memory.lock().unwrap() = Memory { free, grows });
    });
}

#[test]
fn sec_svc_22_without_memory_no_object_is_made() {
    with_memory(library("App", CLASSES), |world, probes, memory| {
        memory(4, false);
        refused(world, probes, "R", E_OUTOFMEMORY);
        // At five percent, or when the paging file grows, it is.
        memory(5, false);
        create("R");
        memory(0, true);
        create("R");
        // The gate is for configured classes only.
        memory(0, false);
        world.runtime.register_class(clsid("plain"), ThreadingModel::Both, || Arc::new(NoClass));
        assert_eq!(code(Activation::of(clsid("plain")).create()), E_FAIL);
    });
}

#[test]
fn a_server_process_needs_twice_the_memory_of_an_object() {
    with_memory(server("App", CLASSES), |world, probes, memory| {
        memory(9, false);
        refused(world, probes, "R", E_OUTOFMEMORY);
        assert_eq!(code(world.runtime.start_application("App")), E_OUTOFMEMORY);
        memory(10, false);
        let r = create("R");
        memory(5, false);
        create("D").release().unwrap(); // the process is there
        inside(&r, || drop(create("D")));
        memory(4, false);
        refused(world, probes, "D", E_OUTOFMEMORY);
        assert_eq!(call(&r, || Ok(7)), Ok(7));
    });
}

#[test]
fn a_component_is_served_where_the_class_context_says() {
    let apps = [library("Library", &[("L", RAW)]), server("Server", &[("S", RAW)])];
    with_applications(&apps, |world, _| {
        let created = |name, contexts| Activation::of(clsid(name)).contexts(contexts).create();
        let (own, local, remote) =
            (ClassContext::INPROC_SERVER, ClassContext::LOCAL_SERVER, ClassContext::REMOTE_SERVER);
        assert_eq!(code(created("L", local)), REGDB_E_CLASSNOTREG);
        assert_eq!(code(created("S", own)), REGDB_E_CLASSNOTREG);
        assert_eq!(world.runtime.application_instances(), []);
        assert!(!created("L", own).unwrap().is_proxy());
        assert!(created("S", local).unwrap().is_proxy());
        assert!(created("S", own | local).unwrap().is_proxy());
        assert!(created("S", remote).unwrap().is_proxy());
        // In its own process both are right.
        let s = create("S");
        let both = s.call(PLAIN, move |_| {
            let created = |contexts| Activation::of(clsid("S")).contexts(contexts).create();
            Ok((created(own)?.is_proxy(), created(local)?.is_proxy()))
        });
        assert_eq!(both, Ok((false, false)));
    });
}
