//! Instances of server applications: where their components live, how they start and end (ACT 3.2 step 7, SEC D.6, D.8).

use crate::support::{
    World,
    applications::{App, id_of, library, only_instance, server, with_applications, with_built},
    code,
    components::{PLAIN, RAW, REQUIRED, SUPPORTED, call, create, inside, place, place_of, try_create},
    synchronized,
};
use complus::{
    Activation, ApplicationInstance, MemoryProbe, Reference, RuntimeBuilder, apartment_type,
    attribute::{ApartmentType, ClassContext},
    event::{ApplicationStep, What},
    hresult::*,
    id::ApplicationInstanceId,
    prelude::*,
    rules::{
        application_instance::{RecycleReason, State},
        memory::Memory,
    },
};
use std::{
    sync::{
        Arc, Mutex,
        atomic::{AtomicU32, Ordering},
    },
    time::Duration,
};

/// What became of instances since the last time.
fn steps(world: &World) -> Vec<ApplicationStep> {
    let step = |what| match what {
        What::Application { step, .. } => Some(step),
        _ => None,
    };
    world.log.take_whats().into_iter().filter_map(step).collect()
}

/// These steps were told, where somebody observes.
#[track_caller]
fn assert_steps(world: &World, expected: &[ApplicationStep]) {
    if world.observed {
        assert_eq!(steps(world), expected);
    }
}

/// The instance that the object lives in.
#[track_caller]
fn instance_of(object: &Reference) -> ApplicationInstance {
    inside(object, || ApplicationInstance::current().unwrap()).unwrap()
}

#[test]
fn a_component_of_a_server_application_lives_in_an_instance() {
    with_applications(&[server("Server", &[("S", RAW)]), library("Library", &[("L", RAW)])], |world, _| {
        assert_eq!(world.runtime.application_instances(), []);
        let s = create("S");
        let instance = only_instance(world);
        assert!(s.is_proxy());
        let told = (instance.application(), instance.name(), instance.state());
        assert_eq!(told, (id_of("Server"), "Server", State::Running));
        assert_eq!(instance_of(&s), instance);
        let ids = inside(&s, || {
            let info = ObjectContext::current().unwrap().info();
            (info.application_id().unwrap(), info.application_instance_id().unwrap())
        });
        assert_eq!(ids, (id_of("Server"), instance.id().guid()));
        // What it creates of its own application, and of libraries, is in the same process, here even in its context.
        let (own, child, of_library) = inside(&s, || (place(), place_of(&create("S")), place_of(&create("L"))));
        assert_eq!((own, own), (child, of_library));
        assert_eq!(world.runtime.application_instances(), [instance]);
        assert_steps(world, &[ApplicationStep::Started]);
    });
}

#[test]
fn a_library_component_lives_with_its_creator_and_belongs_to_its_own_application() {
    with_applications(&[library("Library", &[("R", REQUIRED)])], |world, _| {
        let r = create("R");
        let ids = inside(&r, || {
            let info = ObjectContext::current().unwrap().info();
            (info.application_id().unwrap(), info.application_instance_id().unwrap().is_nil())
        });
        assert_eq!(ids, (id_of("Library"), false));
        assert_eq!(inside(&r, || ApplicationInstance::current().unwrap()), None);
        assert_eq!(world.runtime.application_instances(), []);
    });
}

const SYNCHRONIZED: &str = "transaction = \"disabled\"\nsynchronization = \"required\"";

#[test]
fn activity_and_transaction_travel_to_the_instance() {
    let apps = [library("Library", &[("R", REQUIRED)]), server("Server", &[("S", SUPPORTED), ("Q", SYNCHRONIZED)])];
    with_applications(&apps, |_, _| {
        let r = create("R");
        let (own, s, q) = inside(&r, || (place(), place_of(&create("S")), place_of(&create("Q"))));
        assert!(own.activity.is_some() && own.transaction.is_some());
        assert_eq!((s.activity, s.transaction), (own.activity, own.transaction));
        assert_eq!((q.activity, q.transaction), (own.activity, None));
        assert!(own.token != s.token && own.token != q.token);
    });
}

#[test]
fn a_vote_in_the_instance_decides_on_the_creators_transaction() {
    let apps = [library("Library", &[("R", REQUIRED)]), server("Server", &[("S", SUPPORTED)])];
    with_applications(&apps, |_, _| {
        for commits in [true, false] {
            let r = create("R");
            let ended = call(&r, move || {
                let s = create("S");
                inside(&s, move || {
                    let state = ObjectContext::current().unwrap();
                    if commits { state.set_complete() } else { state.set_abort() }.unwrap();
                });
                ObjectContext::current()?.set_complete()
            });
            assert_eq!(ended.map_err(|error| error.hresult()), if commits { Ok(()) } else { Err(CONTEXT_E_ABORTED) });
        }
    });
}

#[test]
fn the_time_out_of_an_activity_travels_and_its_lock_does_not() {
    with_applications(&[server("Server", &[("Q", SYNCHRONIZED)])], |_, _| {
        let o = Activity::create(&synchronized()).unwrap();
        o.set_activity_timeout(Some(Duration::from_millis(70)));
        let (own, imported) = o
            .call(|| {
                let property = || ObjectContext::current().unwrap().info().activity_property().unwrap().unwrap();
                let q = create("Q");
                (property(), inside(&q, property))
            })
            .unwrap();
        assert_eq!(own, imported);
        assert_eq!(imported.timeout, Some(Duration::from_millis(70)));
    });
}

#[test]
fn user_properties_travel_by_the_prototype_rule() {
    const INTRINSICS: &str = "transaction = \"disabled\"\niis_intrinsics = true";
    with_applications(&[server("Server", &[("I", INTRINSICS), ("N", RAW)])], |_, _| {
        let domain = crate::support::enter(&ServiceConfig::new().synchronization(SynchronizationConfig::New));
        let properties = ObjectContext::current().unwrap().properties();
        properties.set("Colour", "blue").unwrap();
        properties.set("Request", "GET").unwrap();
        let seen = |class: &str, name: &'static str| {
            inside(&create(class), move || ObjectContext::current().unwrap().properties().get(name).ok())
        };
        assert_eq!((seen("I", "Colour"), seen("N", "Colour")), (Some("blue".into()), Some("blue".into())));
        assert_eq!((seen("I", "Request"), seen("N", "Request")), (Some("GET".into()), None));
        domain.leave().unwrap();
    });
}

#[test]
fn an_activation_arrives_in_the_mta_of_the_instance() {
    use ApartmentType as A;
    let model = |name| format!("transaction = \"disabled\"\nthreading_model = \"{name}\"");
    let models = ["apartment", "free", "both", "neutral", "main"].map(|name| (name, model(name)));
    let classes = models.each_ref().map(|(name, properties)| (*name, properties.as_str()));
    with_applications(&[server("Server", &classes)], |world, _| {
        let types = |from: &str| {
            let wanted =
                [("apartment", A::Sta), ("free", A::Mta), ("both", A::Mta), ("neutral", A::Na), ("main", A::MainSta)];
            for (name, expected) in wanted {
                let found = inside(&create(name), || apartment_type().unwrap().0);
                assert_eq!(found, expected, "{name} from {from}");
            }
        };
        types("the MTA");
        // An STA here makes no difference there.
        let process = world.runtime.process();
        let sta = std::thread::spawn(move || {
            let _bound = process.enter();
            let _apartment = Apartment::initialize(ApartmentModel::ApartmentThreaded).unwrap();
            inside(&create("both"), || apartment_type().unwrap().0)
        });
        assert_eq!(sta.join().unwrap(), A::Mta);
    });
}

#[test]
fn act_c05_what_must_run_with_its_client_is_not_made_in_another_process() {
    const WITH_CLIENT: &str = "transaction = \"disabled\"\nmust_run_in_client_context = true";
    with_applications(&[server("Server", &[("C", WITH_CLIENT), ("R", REQUIRED)])], |world, probes| {
        assert_eq!(code(try_create("C")), CO_E_ATTEMPT_TO_CREATE_OUTSIDE_CLIENT_CONTEXT);
        assert_eq!((world.runtime.application_instances(), probes.told()), (vec![], vec![]));
        let r = create("R");
        let (own, c) = inside(&r, || (place(), place_of(&create("C"))));
        assert_eq!(own, c);
    });
}

#[test]
fn what_must_run_in_the_default_context_does_so_in_the_instance() {
    const IN_DEFAULT: &str = "must_run_in_default_context = true";
    const IN_STA: &str = "must_run_in_default_context = true\nthreading_model = \"apartment\"";
    with_applications(&[server("Server", &[("M", IN_DEFAULT), ("A", IN_STA)])], |_, _| {
        for (name, apartment) in [("M", ApartmentType::Mta), ("A", ApartmentType::MainSta)] {
            let object = create(name);
            let (found, context) = inside(&object, || (apartment_type().unwrap().0, ObjectContext::current().err()));
            assert_eq!((found, context.map(|error| error.hresult())), (apartment, Some(CONTEXT_E_NOCONTEXT)), "{name}");
            instance_of(&object);
        }
    });
}

#[test]
fn nothing_travels_from_the_default_context() {
    let apps = [library("Library", &[("R", REQUIRED)]), server("Server", &[("S", SUPPORTED)])];
    with_applications(&apps, |_, _| {
        let contexts = ClassContext::LOCAL_SERVER | ClassContext::FROM_DEFAULT_CONTEXT;
        let s = inside(&create("R"), move || {
            let clsid = crate::support::components::clsid("S");
            place_of(&Activation::of(clsid).contexts(contexts).create().unwrap())
        });
        assert_eq!(s.transaction, None);
        let r = create("R");
        assert_ne!(s.activity, inside(&r, place).activity);
    });
}

#[test]
fn agile_objects_of_an_instance_are_called_there() {
    with_applications(&[server("Server", &[("S", RAW)])], |world, probes| {
        probes.behave(|behaviour| behaviour.agile = true);
        let s = create("S");
        assert!(s.is_proxy());
        assert_eq!(instance_of(&s), only_instance(world));
    });
}

#[test]
fn sec_svc_20_a_paused_instance_refuses_activations_and_serves_calls() {
    with_applications(&[server("Server", &[("S", RAW)])], |world, _| {
        assert_eq!(code(world.runtime.pause_application("Server")), COMADMIN_E_APP_NOT_RUNNING);
        let s = create("S");
        let instance = only_instance(world);
        instance.pause().unwrap();
        instance.pause().unwrap(); // once is enough
        assert_eq!(code(try_create("S")), CO_E_SERVER_PAUSED);
        assert_eq!(call(&s, || Ok(7)), Ok(7));
        instance.resume().unwrap();
        assert_eq!(code(instance.resume()), CO_E_SERVER_NOT_PAUSED);
        assert_eq!(instance_of(&create("S")), instance);
        assert_steps(world, &[ApplicationStep::Started, ApplicationStep::Paused(true), ApplicationStep::Paused(false)]);
    });
}

#[test]
fn sec_svc_21_what_cannot_be_recycled_says_so() {
    with_applications(&[library("Library", &[("L", RAW)]), server("Server", &[("S", RAW)])], |world, _| {
        let recycle = |name| world.runtime.recycle_application(name, RecycleReason::NONE);
        assert_eq!(code(recycle("Library")), COMADMIN_E_CANTRECYCLELIBRARYAPPS);
        assert_eq!(code(recycle("Server")), COMADMIN_E_APP_NOT_RUNNING);
        assert_eq!(code(recycle("Nobody")), COMADMIN_E_OBJECT_DOES_NOT_EXIST);
        let s = create("S");
        let instance = instance_of(&s);
        instance.pause().unwrap();
        assert_eq!(code(recycle("Server")), COMADMIN_E_PAUSEDPROCESSMAYNOTBERECYCLED);
        instance.resume().unwrap();
        recycle("Server").unwrap();
        assert_eq!(code(recycle("Server")), COMADMIN_E_PROCESSALREADYRECYCLED);
        assert_eq!(code(instance.pause()), COMADMIN_E_RECYCLEDPROCESSMAYNOTBEPAUSED);
    });
}

#[test]
fn a_recycled_instance_serves_its_objects_and_ends_with_the_last() {
    with_applications(&[server("Server", &[("R", REQUIRED), ("D", RAW)])], |world, _| {
        let old = create("R");
        let instance = instance_of(&old);
        instance.recycle(RecycleReason(7)).unwrap();
        let new = create("R");
        assert_ne!(instance_of(&new), instance);
        assert_eq!(world.runtime.application_instances().len(), 2);
        // What its objects need they still get from it.
        let child = inside(&old, || create("D"));
        assert_eq!(inside(&old, || ApplicationInstance::current().unwrap().unwrap()), instance);
        child.release().unwrap();
        old.release().unwrap();
        assert_eq!(instance.state(), State::Stopped);
        assert!(!instance.process().is_alive());
        assert_eq!(world.runtime.application_instances(), [instance_of(&new)]);
        assert_steps(
            world,
            &[
                ApplicationStep::Started,
                ApplicationStep::Recycled(RecycleReason(7)),
                ApplicationStep::Started,
                ApplicationStep::ShutDown,
            ],
        );
        // One without an object ends at once.
        new.release().unwrap();
        let idle = world.runtime.start_application("Server").unwrap();
        idle.recycle(RecycleReason::ADMINISTRATOR).unwrap();
        assert_eq!(idle.state(), State::Stopped);
    });
}

#[test]
fn a_recycled_instance_is_ended_by_force_when_it_takes_too_long() {
    let app = App { properties: "recycle_expiration_timeout = 2", ..server("Server", &[("S", RAW)]) };
    with_applications(&[app], |world, _| {
        if !world.is_virtual() {
            return;
        }
        let s = create("S");
        let instance = instance_of(&s);
        instance.recycle(RecycleReason::ADMINISTRATOR).unwrap();
        world.runtime.advance(Duration::from_secs(119)).unwrap();
        assert_eq!(call(&s, || Ok(7)), Ok(7));
        world.runtime.advance(Duration::from_secs(1)).unwrap();
        assert_eq!(instance.state(), State::Stopped);
        assert_eq!(code(call(&s, || Ok(7))), RPC_E_DISCONNECTED);
        assert_steps(
            world,
            &[
                ApplicationStep::Started,
                ApplicationStep::Recycled(RecycleReason::ADMINISTRATOR),
                ApplicationStep::ForcedDown,
            ],
        );
    });
}

#[test]
fn the_criteria_of_recycling() {
    let limited = |properties| App { properties, ..server("Server", &[("S", RAW)]) };
    with_applications(&[limited("recycle_activation_limit = 2")], |_, _| {
        let objects = [(); 3].map(|()| create("S"));
        let [first, second, third] = objects.each_ref().map(instance_of);
        assert_eq!((&first, first.state(), first.activations()), (&second, State::Recycled, 2));
        assert!(third != first && third.state() == State::Running);
    });
    with_applications(&[limited("recycle_call_limit = 3")], |world, _| {
        let s = create("S");
        let instance = only_instance(world);
        let states = [(); 3].map(|()| {
            inside(&s, || ());
            instance.state()
        });
        assert_eq!(states, [State::Running, State::Running, State::Recycled]);
    });
    with_applications(&[limited("recycle_lifetime_limit = 1\nrun_forever = true")], |world, _| {
        if world.is_virtual() {
            let _s = create("S");
            let instance = only_instance(world);
            world.runtime.advance(Duration::from_secs(59)).unwrap();
            assert_eq!(instance.state(), State::Running);
            world.runtime.advance(Duration::from_secs(1)).unwrap();
            assert_eq!(instance.state(), State::Recycled);
            let expected = [ApplicationStep::Started, ApplicationStep::Recycled(RecycleReason::LIFETIME)];
            assert_steps(world, &expected);
        }
    });
}

#[test]
fn an_instance_without_objects_ends_after_a_while() {
    let minutes = Duration::from_secs(60);
    with_applications(&[server("Server", &[("S", RAW)])], |world, _| {
        if !world.is_virtual() {
            return;
        }
        let s = create("S");
        let instance = only_instance(world);
        world.runtime.advance(10 * minutes).unwrap();
        assert_eq!(instance.state(), State::Running, "it has an object");
        s.release().unwrap();
        world.runtime.advance(2 * minutes).unwrap();
        // Whoever comes meanwhile starts the time anew.
        create("S").release().unwrap();
        world.runtime.advance(2 * minutes).unwrap();
        assert_eq!(instance.state(), State::Running);
        world.runtime.advance(minutes).unwrap();
        assert_eq!(instance.state(), State::Stopped);
        assert_steps(world, &[ApplicationStep::Started, ApplicationStep::ShutDown]);
        // A paused one is not forgotten.
        let paused = world.runtime.start_application("Server").unwrap();
        paused.pause().unwrap();
        world.runtime.advance(10 * minutes).unwrap();
        assert_eq!(paused.state(), State::Paused);
    });
    let forever = App { properties: "run_forever = true", ..server("Server", &[("S", RAW)]) };
    with_applications(&[forever], |world, _| {
        create("S").release().unwrap();
        if world.is_virtual() {
            world.runtime.advance(100 * minutes).unwrap();
        }
        assert_eq!(only_instance(world).state(), State::Running);
    });
    let at_once = App { properties: "shutdown_after = 0", ..server("Server", &[("S", RAW)]) };
    with_applications(&[at_once], |world, _| {
        let instance = world.runtime.start_application("Server").unwrap();
        let s = create("S");
        assert_eq!(instance_of(&s), instance);
        s.release().unwrap();
        assert_eq!(instance.state(), State::Stopped);
    });
}

#[test]
fn a_pool_is_filled_and_then_takes_turns() {
    let app = App { properties: "concurrent_apps = 3", ..server("Server", &[("S", RAW)]) };
    with_applications(&[app], |world, _| {
        let objects = [(); 7].map(|()| create("S"));
        let all = world.runtime.application_instances();
        assert_eq!(all.len(), 3);
        let turns = objects.each_ref().map(|object| all.iter().position(|one| *one == instance_of(object)).unwrap());
        assert_eq!(turns, [0, 1, 2, 0, 1, 2, 0]);
        // A paused one is left out; with all of them paused nobody is left.
        all[1].pause().unwrap();
        assert_eq!(instance_of(&create("S")), all[2]);
        assert_eq!(instance_of(&create("S")), all[0]);
        world.runtime.pause_application("Server").unwrap();
        assert_eq!(code(try_create("S")), CO_E_SERVER_PAUSED);
        assert_eq!(world.runtime.application_instances(), all);
    });
}

#[test]
fn starting_an_application() {
    let apps = [library("Library", &[("L", RAW)]), server("Server", &[("S", RAW)]), server("Empty", &[])];
    with_applications(&apps, |world, _| {
        let start = |name: &str| world.runtime.start_application(name);
        assert_eq!(code(start("Library")), COMADMIN_E_CAN_NOT_START_APP);
        assert_eq!(code(start("Empty")), COMADMIN_E_START_APP_NEEDS_COMPONENTS);
        assert_eq!(code(start("Nobody")), COMADMIN_E_OBJECT_DOES_NOT_EXIST);
        let instance = start("server").unwrap();
        assert_eq!(start(&id_of("Server").braced().to_string()).unwrap(), instance, "it runs already");
        assert_eq!(instance_of(&create("S")), instance);
        crate::support::applications::put_application(world, "Server", "IsEnabled", false);
        assert_eq!(code(start("Server")), COMADMIN_E_START_APP_DISABLED);
        assert_steps(world, &[ApplicationStep::Started]);
    });
}

#[test]
fn a_shutdown_lets_the_objects_go_in_peace() {
    with_applications(&[server("Server", &[("R", REQUIRED), ("D", RAW)])], |world, probes| {
        let (r, d) = (create("R"), create("D"));
        inside(&r, || ());
        let instance = only_instance(world);
        probes.told();
        world.runtime.shutdown_application("Server").unwrap();
        let mut told = probes.told();
        told.sort();
        assert_eq!(told, ["deactivate 1", "deactivate 2", "destroy 1", "destroy 2"]);
        assert_eq!(instance.state(), State::Stopped);
        for object in [&r, &d] {
            assert_eq!(code(call(object, || Ok(7))), RPC_E_DISCONNECTED);
        }
        for failed in [instance.pause(), instance.resume(), instance.recycle(RecycleReason::NONE)] {
            assert_eq!(code(failed), COMADMIN_E_APP_NOT_RUNNING);
        }
        instance.shutdown().unwrap(); // without effect
        assert_ne!(instance_of(&create("R")), instance);
        assert_steps(world, &[ApplicationStep::Started, ApplicationStep::ShutDown, ApplicationStep::Started]);
        assert!(world.runtime.is_alive());
    });
}

#[test]
fn an_instance_that_is_ending_makes_no_more_objects() {
    with_applications(&[server("Server", &[("S", RAW)])], |world, _| {
        let s = create("S");
        // The object of the context keeps its thread there, so that the end finds it at work.
        let ended = call(&s, || {
            let own = ApplicationInstance::current()?.unwrap();
            own.shutdown()?;
            Ok((own.state(), code(try_create("S"))))
        });
        assert_eq!(ended, Ok((State::Stopped, CO_E_SERVER_STOPPING)));
        assert_eq!(code(call(&s, || Ok(7))), RPC_E_DISCONNECTED);
        assert_eq!(world.runtime.application_instances(), []);
        create("S");
    });
}

#[test]
fn act_e15_a_component_that_panics_ends_its_instance() {
    with_applications(&[server("Server", &[("R", REQUIRED), ("D", RAW)])], |world, _| {
        let (r, d) = (create("R"), create("D"));
        let instance = only_instance(world);
        let panicked = r.call(PLAIN, |_| -> complus::Result<()> { panic!("out of a method") });
        assert_eq!(code(panicked), RPC_E_SERVERFAULT);
        assert_eq!(instance.state(), State::Stopped);
        for object in [&r, &d] {
            assert_eq!(code(call(object, || Ok(7))), RPC_E_DISCONNECTED);
        }
        assert!(world.runtime.is_alive(), "the caller lives on");
        assert_steps(world, &[ApplicationStep::Started, ApplicationStep::ForcedDown]);
        assert_ne!(instance_of(&create("R")), instance);
    });
}

#[test]
fn a_panic_dooms_the_transaction_that_came_along() {
    let apps = [library("Library", &[("R", REQUIRED)]), server("Server", &[("S", SUPPORTED)])];
    with_applications(&apps, |_, _| {
        let r = create("R");
        let ended = call(&r, || {
            let s = create("S");
            let panicked = s.call(PLAIN, |_| -> complus::Result<()> { panic!("out of a method") });
            assert_eq!(code(panicked), RPC_E_SERVERFAULT);
            ObjectContext::current()?.set_complete()
        });
        assert_eq!(code(ended), CONTEXT_E_ABORTED);
    });
}

/// A machine in which every instance takes up so many kilobytes.
#[derive(Clone, Default)]
struct Used(Arc<AtomicU32>);

impl MemoryProbe for Used {
    fn memory(&self) -> Memory {
        Memory::PLENTY
    }

    fn used_by(&self, _: ApplicationInstanceId) -> u32 {
        self.0.load(Ordering::Relaxed)
    }
}

#[test]
fn an_instance_that_takes_up_too_much_memory_for_over_a_minute_is_recycled() {
    let used = Used::default();
    let app = App { properties: "recycle_memory_limit = 1000", ..server("Server", &[("S", RAW)]) };
    let build = |builder: RuntimeBuilder| builder.memory(used.clone());
    with_built(build, "", &[app], |world, _| {
        let minute = Duration::from_secs(60);
        if !world.is_virtual() {
            return;
        }
        let _s = create("S");
        let instance = only_instance(world);
        let state_after_a_minute_with = |kilobytes| {
            used.0.store(kilobytes, Ordering::Relaxed);
            world.runtime.advance(minute).unwrap();
            instance.state()
        };
        let _alone = ONE_AT_A_TIME.lock().unwrap();
        let states = [1001, 1000, 1001, 1001].map(state_after_a_minute_with);
        assert_eq!(states, [State::Running, State::Running, State::Running, State::Recycled]);
        assert_steps(world, &[ApplicationStep::Started, ApplicationStep::Recycled(RecycleReason::MEMORY)]);
    });
}

/// The machines of a test share what they are told of memory.
static ONE_AT_A_TIME: Mutex<()> = Mutex::new(());
