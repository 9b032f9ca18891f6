//! The second object of a class and the thousandth: a thread remembers classes and keeps contexts, and nobody can tell.
//!
//! Where somebody observes, every activation goes step by step; each test holds on machines with an observer and without.

use crate::{
    hooks::{self, Hooks},
    support::{Story, applications::*, code, components::*, enter, here, mta_thread},
};
use complus::{
    Activation, ClassFactory, Compat, FailFast, Object, Reference,
    attribute::*,
    class::{self, register_class_object, revoke_class_object},
    com,
    hresult::*,
    prelude::*,
};
use std::{
    collections::BTreeSet,
    sync::{
        Arc, Mutex,
        atomic::{AtomicU32, Ordering},
    },
};
use uuid::Uuid;

const PLAIN_OWN: &str = "transaction = \"not_supported\"";
const POOLED: &str = "transaction = \"not_supported\"\nobject_pooling_enabled = true\nmax_pool_size = 1";
/// A panic costs its call, and no more.
fn contain() -> Compat {
    Compat { failfast: FailFast::Contain, ..Compat::default() }
}

/// Creates an object of the class, calls it, and lets it go.
fn use_once(name: &str) {
    let object = create(name);
    inside(&object, || ());
    drop(object);
}

#[test]
fn each_object_lives_as_the_first_one_did() {
    with_components(&[("Own", PLAIN_OWN), ("Raw", RAW), ("Pooled", POOLED)], |_, probes| {
        for round in 1..=4 {
            use_once("Own");
            let life = ["create", "activate", "deactivate", "destroy"].map(|step| format!("{step} {round}"));
            assert_eq!(probes.told(), life);
        }
        for round in 5..=8 {
            use_once("Raw");
            assert_eq!(probes.told(), ["create", "destroy"].map(|step| format!("{step} {round}")));
        }
        for round in 1..=4 {
            use_once("Pooled");
            let life = ["activate 9", "deactivate 9", "can be pooled 9"].map(String::from);
            let made = (round == 1).then(|| "create 9".to_owned());
            assert_eq!(probes.told(), made.into_iter().chain(life).collect::<Vec<_>>());
        }
    });
}

#[test]
fn each_object_has_a_context_that_nobody_had_before() {
    with_components(&[("Own", PLAIN_OWN), ("Pooled", POOLED)], |_, _| {
        for class in ["Own", "Pooled"] {
            let mut seen = BTreeSet::new();
            for round in 0..6 {
                let object = create(class);
                // Also where the context is known by its number before.
                (0..round).for_each(|_| inside(&object, || ()));
                let id = inside(&object, || here().context_id().unwrap());
                assert!(seen.insert(id), "{class}, round {round}");
                assert_eq!(inside(&object, || here().context_id().unwrap()), id, "{class}, round {round}");
            }
        }
    });
}

#[test]
fn the_constructor_reaches_no_object_context_and_the_rest_of_life_does() {
    with_components(&[("Own", PLAIN_OWN)], |world, _| {
        let story = Story::default();
        let tell = |what: &'static str| {
            let story = story.clone();
            hooks::code(move || {
                let reached = ObjectContext::current().map_or_else(|error| error.hresult(), |_| S_OK);
                story.tell(format!("{what} {reached}"));
                Ok(())
            })
        };
        let hooks = Hooks {
            constructor: tell("constructor"),
            activate: tell("activate"),
            deactivate: tell("deactivate"),
            destructor: tell("destructor"),
            ..Hooks::default()
        };
        hooks::register(world, "Own", ThreadingModel::Both, &hooks);
        for round in 0..3 {
            use_once("Own");
            let masked = CONTEXT_E_NOCONTEXT;
            let expected = [
                format!("constructor {masked}"),
                format!("activate {S_OK}"),
                format!("deactivate {S_OK}"),
                format!("destructor {masked}"),
            ];
            assert_eq!(story.take(), expected, "round {round}");
        }
    });
}

#[test]
fn what_is_created_on_the_way_comes_from_the_objects_own_context() {
    with_components(&[("Own", PLAIN_OWN), ("Raw", RAW)], |world, _| {
        let tokens = Arc::new(Mutex::new(Vec::new()));
        let note = || {
            let tokens = tokens.clone();
            hooks::code(move || {
                let raw = create("Raw");
                assert!(!raw.is_proxy(), "it shares the context");
                tokens.lock().unwrap().push((complus::context_token()?, place_of(&raw).token));
                Ok(())
            })
        };
        let hooks = Hooks { constructor: note(), activate: note(), deactivate: note(), ..Hooks::default() };
        hooks::register(world, "Own", ThreadingModel::Both, &hooks);
        for _ in 0..3 {
            let object = create("Own");
            let token = place_of(&object).token;
            drop(object);
            assert_eq!(std::mem::take(&mut *tokens.lock().unwrap()), [(token, token); 3]);
        }
    });
}

#[test]
fn what_an_object_left_behind_is_of_no_use_to_the_next() {
    with_components(&[("Own", PLAIN_OWN), ("Other", PLAIN_OWN)], |_, _| {
        let first = create("Own");
        let (left, kept) = (Kept::new(), Kept::new());
        let (proxy, raw) = (left.clone(), kept.clone());
        inside(&first, move || {
            proxy.put(create("Other"));
            raw.put(Reference::new(Arc::new(Nothing)).unwrap());
        });
        drop(first);
        let (proxy, raw) = (left.take(), kept.take());
        let second = create("Own");
        let used = inside(&second, move || {
            let used = [code(call(&proxy, || Ok(()))), code(raw.call(PLAIN, |_| Ok(())))];
            drop((proxy, raw));
            used
        });
        assert_eq!(used, [RPC_E_WRONG_THREAD; 2]);
    });
}

struct Nothing;

impl Object for Nothing {
    fn supports(&self, _: Uuid) -> bool {
        true
    }
}

#[test]
fn user_properties_go_with_their_object() {
    with_components(&[("Own", PLAIN_OWN)], |_, _| {
        for _ in 0..3 {
            let object = create("Own");
            assert_eq!(inside(&object, || here().properties().count().unwrap()), 0);
            inside(&object, || here().properties().set("Color", "red").unwrap());
            assert_eq!(inside(&object, || here().properties().count().unwrap()), 1);
        }
    });
}

#[test]
fn user_properties_flow_into_each_of_them() {
    with_components(&[("Own", PLAIN_OWN)], |_, _| {
        use_once("Own");
        let _domain = enter(&ServiceConfig::new());
        for round in 0..3 {
            let count = inside(&create("Own"), || here().properties().count().unwrap());
            assert_eq!(count, round, "what the creator had then");
            here().properties().set(&format!("Color {round}"), "red").unwrap();
        }
    });
}

#[test]
fn a_failing_life_fails_alike_each_time_and_harms_nobody() {
    with_components(&[("Own", PLAIN_OWN), ("Raw", RAW), ("Pooled", POOLED)], |_, probes| {
        for class in ["Own", "Raw", "Pooled"] {
            for warm in [false, true] {
                if warm {
                    use_once(class);
                }
                probes.behave(|how| how.create = E_ACCESSDENIED);
                let made = try_create(class);
                // The pool still has the instance of before.
                let expected = if class == "Pooled" && warm { S_OK } else { E_ACCESSDENIED };
                assert_eq!(made.map_or_else(|error| error.hresult(), |_| S_OK), expected, "{class}, warm {warm}");
                probes.behave(|how| how.create = S_OK);
            }
        }
        probes.told();
        for _ in 0..2 {
            probes.behave(|how| how.activate = E_FAIL);
            assert_eq!(code(try_create("Own")), CO_E_ACTIVATIONFAILED);
            probes.behave(|how| how.activate = S_OK);
            let told = probes.told();
            let steps: Vec<_> = told.iter().filter_map(|step| step.split(' ').next()).collect();
            assert_eq!(steps, ["create", "activate", "destroy"]);
            use_once("Own");
            probes.told();
        }
        for class in ["Own", "Raw"] {
            for _ in 0..2 {
                let other = Activation::of(clsid(class)).interface(Uuid::from_u128(77)).create();
                assert_eq!(code(other), E_NOINTERFACE, "{class}");
                use_once(class);
            }
        }
    });
}

#[test]
fn a_contained_panic_of_any_step_is_a_fault_of_the_server() {
    for step in ["create", "activate", "deactivate"] {
        with_switches(contain(), QUIET, &[("Own", PLAIN_OWN)], |world, probes| {
            for _ in 0..2 {
                use_once("Own");
                probes.at(step, || panic!("on purpose"));
                match step {
                    "deactivate" => use_once("Own"),
                    _ => assert_eq!(code(try_create("Own")), RPC_E_SERVERFAULT, "{step}"),
                }
                probes.at(step, || ());
                assert!(world.runtime.is_alive());
                assert_eq!(ObjectContext::current().err().map(|error| error.hresult()), Some(CONTEXT_E_NOCONTEXT));
            }
            use_once("Own");
        });
    }
}

#[test]
fn an_instance_that_has_panicked_serves_no_more() {
    with_switches(contain(), QUIET, &[("Own", PLAIN_OWN)], |_, probes| {
        // At its first call, and when calls go straight to it.
        for calls in 0..4 {
            use_once("Own");
            probes.told();
            let object = create("Own");
            (0..calls).for_each(|_| inside(&object, || ()));
            let created = probes.told();
            let failed: complus::Result<()> = call(&object, || panic!("on purpose"));
            assert_eq!(code(failed), RPC_E_SERVERFAULT, "after {calls} calls");
            let clone = object.clone();
            assert_eq!(code(call(&clone, || Ok(()))), RPC_E_DISCONNECTED, "after {calls} calls");
            assert_eq!(code(call(&object, || Ok(()))), RPC_E_DISCONNECTED, "after {calls} calls");
            drop((object, clone));
            // A reference whose calls went straight to the instance has it until now.
            assert_eq!(probes.told(), [created[0].replace("create", "destroy")]);
        }
    });
}

#[test]
fn what_the_administrator_changes_holds_for_the_next_object() {
    let classes = &[("Own", PLAIN_OWN)];
    with_applications(&[App { name: "App", server: false, partition: "", properties: "", classes }], |world, _| {
        use_once("Own");
        use_once("Own");
        put_component(world, "App", "Own", "IsEnabled", false);
        assert_eq!(code(try_create("Own")), CO_E_CLASS_DISABLED);
        put_component(world, "App", "Own", "IsEnabled", true);
        use_once("Own");
        put_component(world, "App", "Own", "Synchronization", 3);
        assert!(place_of(&create("Own")).activity.is_some());
        put_component(world, "App", "Own", "Synchronization", 0);
        put_component(world, "App", "Own", "Transaction", 0);
        assert!(!create("Own").is_proxy());
    });
}

#[test]
fn what_the_program_registers_holds_for_the_next_object() {
    with_components(&[("Own", PLAIN_OWN), ("Raw", RAW)], |world, _| {
        for class in ["Own", "Raw"] {
            use_once(class);
            use_once(class);
        }
        // Another factory, a class of this very CLSID, a class object. What is loaded stays until it is unloaded.
        let other = Probes::default();
        other.register(&world.runtime);
        use_once("Own");
        assert_eq!(other.told().len(), 0);
        com::co_free_unused_libraries();
        use_once("Own");
        use_once("Raw");
        assert_eq!(other.told().len(), 4 + 2);
        let story = Story::default();
        let told = story.clone();
        let constructor = hooks::code(move || {
            told.tell("constructor");
            Ok(())
        });
        hooks::register(world, "Raw", ThreadingModel::Both, &Hooks { constructor, ..Hooks::default() });
        com::co_free_unused_libraries();
        drop(create("Raw"));
        assert_eq!((story.take().len(), other.told().len()), (1, 0));
        let of_own = class::get_class_object(clsid("Own"), ClassContext::INPROC_SERVER, complus::iid::CLASS_FACTORY);
        let cookie = register_class_object(
            clsid("Raw"),
            &of_own.unwrap(),
            ClassContext::INPROC_SERVER,
            RegistrationUse::Multiple,
        );
        assert!(create("Raw").is_proxy(), "an object of the other class");
        revoke_class_object(cookie.unwrap()).unwrap();
        assert!(!create("Raw").is_proxy());
    });
}

/// A class that counts how often it is loaded.
struct Counted(Arc<AtomicU32>);

impl Drop for Counted {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::SeqCst);
    }
}

impl ClassFactory for Counted {
    fn create_instance(&self) -> complus::Result<Arc<dyn Object>> {
        Ok(Arc::new(Nothing))
    }
}

#[test]
fn to_remember_a_class_keeps_nobody_from_unloading_it() {
    with_components(&[("Own", PLAIN_OWN), ("Raw", RAW)], |world, _| {
        for class in ["Own", "Raw"] {
            let (loaded, loads) = (Arc::new(AtomicU32::new(0)), Arc::new(AtomicU32::new(0)));
            let (now, count) = (loaded.clone(), loads.clone());
            world.runtime.register_class(clsid(class), ThreadingModel::Both, move || {
                now.fetch_add(1, Ordering::SeqCst);
                count.fetch_add(1, Ordering::SeqCst);
                Arc::new(Counted(now.clone()))
            });
            for round in 1..=3 {
                let object = create(class);
                com::co_free_unused_libraries();
                assert_eq!(loaded.load(Ordering::SeqCst), 1, "{class}: an object is there");
                drop(object);
                drop(create(class));
                com::co_free_unused_libraries();
                assert_eq!((loaded.load(Ordering::SeqCst), loads.load(Ordering::SeqCst)), (0, round), "{class}");
            }
        }
    });
}

#[test]
fn objects_can_be_let_go_of_by_any_thread() {
    with_components(&[("Own", PLAIN_OWN), ("Pooled", POOLED)], |world, probes| {
        for class in ["Own", "Pooled"] {
            for _ in 0..3 {
                use_once(class);
                let object = create(class);
                inside(&object, || ());
                mta_thread(&world.runtime, move || drop(object)).join().unwrap();
                assert!(!probes.told().is_empty());
                // Also one that another thread has made.
                let object = mta_thread(&world.runtime, move || {
                    use_once(class);
                    create(class)
                });
                let object = object.join().unwrap();
                inside(&object, || ());
                drop(object);
            }
        }
    });
}

#[test]
fn a_context_can_go_from_thread_to_thread() {
    with_components(&[("Own", PLAIN_OWN), ("Raw", RAW)], |world, _| {
        for _ in 0..3 {
            use_once("Own");
            let object = create("Own");
            // The other thread keeps the context, and gives it to an object that it makes for this one.
            let object = mta_thread(&world.runtime, move || {
                drop(object);
                use_once("Own");
                create("Own")
            });
            let object = object.join().unwrap();
            let token = inside(&object, || {
                here().properties().set("Color", "red").unwrap();
                place_of(&create("Raw")).token
            });
            assert_eq!(place_of(&object).token, token);
            assert_eq!(inside(&object, || here().properties().count().unwrap()), 1);
        }
    });
}

#[test]
fn clones_and_what_was_marshaled_keep_the_object() {
    with_components(&[("Own", PLAIN_OWN)], |_, probes| {
        for _ in 0..3 {
            use_once("Own");
            probes.told();
            let object = create("Own");
            let (clone, agile) = (object.clone(), agile(&object));
            assert_eq!(object, clone);
            drop(object);
            inside(&clone, || ());
            drop(clone);
            let (told, again) = (probes.told(), agile.resolve(PROBE).unwrap());
            assert_eq!(told.len(), 2, "made and activated: {told:?}");
            inside(&again, || ());
            drop((again, agile));
            assert_eq!(probes.told().len(), 2);
        }
    });
}

#[test]
fn nothing_is_kept_when_the_apartment_ends() {
    let kept = Arc::new(());
    let runtime =
        Runtime::builder().catalog(catalog(QUIET, &[("Own", PLAIN_OWN), ("Pooled", POOLED)])).build().unwrap();
    let own = kept.clone();
    runtime.register_factory("probe", move || {
        let _own = own.clone();
        Arc::new(Counted(Arc::new(AtomicU32::new(1))))
    });
    let bound = runtime.enter();
    for _ in 0..2 {
        let apartment = Apartment::initialize(ApartmentModel::Multithreaded).unwrap();
        (0..3).for_each(|_| drop((create("Own"), create("Pooled"))));
        drop(apartment);
    }
    drop((bound, runtime));
    assert_eq!(Arc::strong_count(&kept), 1, "the machine is gone");
}
