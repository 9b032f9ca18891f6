//! Objects that give out references to themselves (ACT 8.1 I5, SEC E.1 SafeRef).

use crate::{
    placement::SYNCHRONIZED,
    support::{Story, World, code, components::*, enter, every_bare_machine, here, mta_thread},
};
use complus::{
    ClassFactory, Marshaled, Object, ObjectConstruct, ObjectControl, Reference, Result, ServicePool, ServicePoolConfig,
    attribute::ThreadingModel,
    com, disconnect_object,
    hresult::{
        CO_E_ACTIVATIONFAILED, CO_E_NOTINITIALIZED, E_FAIL, E_NOINTERFACE, E_UNEXPECTED, RPC_E_DISCONNECTED, S_OK,
    },
    iid,
    prelude::*,
};
use std::{
    any::Any,
    sync::{Arc, Mutex},
};
use uuid::Uuid;

const JIT: &str = "transaction = \"disabled\"\nsynchronization = \"required\"\njust_in_time_activation = true";
const POOLED: &str = "transaction = \"disabled\"\nobject_pooling_enabled = true";
const POOLED_JIT: &str = "transaction = \"disabled\"\nsynchronization = \"required\"\njust_in_time_activation = \
                          true\nobject_pooling_enabled = true";
const POOLED_OWN: &str = "transaction = \"disabled\"\nsynchronization = \"required\"\nobject_pooling_enabled = true";

/// Every flavour of a component, and whether it has a context of its own.
const FLAVOURS: [(&str, &str, bool); 7] = [
    ("Raw", RAW, false),
    ("Pooled", POOLED, false),
    ("Own", SYNCHRONIZED, true),
    ("Jit", JIT, true),
    ("Root", REQUIRED, true),
    ("PooledOwn", POOLED_OWN, true),
    ("PooledJit", POOLED_JIT, true),
];

fn rows() -> Vec<Row<'static>> {
    FLAVOURS.map(|(name, properties, _)| (name, properties)).to_vec()
}

/// The object's reference to itself, on its way to whoever asks.
fn itself(object: &Reference) -> Marshaled {
    object.call(PLAIN, |object| Reference::to_self(object)?.marshal_for(PROBE)).unwrap()
}

#[test]
fn an_object_gives_the_reference_that_its_client_holds() {
    with_components(&rows(), |_, _| {
        for (name, _, own) in FLAVOURS {
            let object = create(name);
            assert_eq!(object.is_proxy(), own, "{name}");
            // A component that is called again goes a shorter way.
            for _ in 0..3 {
                assert_eq!(itself(&object).unmarshal().unwrap(), object, "{name}");
            }
        }
    });
}

#[test]
fn within_its_context_it_is_no_proxy_and_always_the_same() {
    with_components(&rows(), |_, _| {
        for (name, _, _) in FLAVOURS {
            let (object, kept) = (create(name), Kept::new());
            let keep = kept.clone();
            let keeps = move |object: &dyn Object| {
                let itself = Reference::to_self(object)?;
                assert_eq!((itself.is_proxy(), &itself), (false, &Reference::to_self(object)?));
                assert_eq!(code(itself.query(Uuid::from_u128(7))), E_NOINTERFACE);
                keep.put(itself);
                Ok(())
            };
            object.call(PLAIN, keeps).unwrap();
            let keep = kept.clone();
            // With just-in-time activation this one is another instance.
            object.call(AUTO_DONE, |_| Ok(())).unwrap();
            object
                .call(PLAIN, move |object| {
                    assert_eq!(Reference::to_self(object)?, keep.take(), "the same object");
                    Ok(())
                })
                .unwrap();
        }
    });
}

#[test]
fn it_is_translated_on_its_way_to_others_and_home_again() {
    with_components(&rows(), |_, _| {
        for (name, _, own) in FLAVOURS {
            let (object, friend) = (create(name), create("Own"));
            let friend = agile(&friend);
            let gives = move |object: &dyn Object| {
                let (itself, friend) = (Reference::to_self(object)?, friend.resolve(PROBE)?);
                let (place, packet) = (place(), itself.marshal_for(PROBE)?);
                let home = friend.call(PLAIN, move |_| {
                    let guest = packet.unmarshal()?;
                    assert!(guest.is_proxy(), "in the friend's context");
                    assert_eq!(place_of(&guest), place, "a call comes back here");
                    guest.marshal_for(PROBE)
                })?;
                assert_eq!(home.unmarshal()?, itself);
                itself.marshal_for(PROBE)
            };
            let back = object.call(PLAIN, gives).unwrap().unmarshal().unwrap();
            assert_eq!((back.is_proxy(), back), (own, object), "{name}");
        }
    });
}

#[test]
fn calls_on_it_from_within_are_part_of_the_running_call() {
    with_components(&rows(), |_, probes| {
        for name in ["Jit", "Root", "PooledJit"] {
            let object = create(name);
            inside(&object, || ());
            probes.told();
            let calls = |object: &dyn Object| {
                let (itself, outside) = (Reference::to_self(object)?, (number_of(object), place()));
                // Methods that would be auto-done, if anybody intercepted them.
                let inside = itself.call(AUTO_DONE, |object| Ok((number_of(object), place())))?;
                assert_eq!(inside, outside, "the active instance, here");
                assert_eq!(code(itself.call(AUTO_DONE, |_| Err::<(), _>(E_FAIL.into()))), E_FAIL);
                ObjectContext::current()?.state().deactivate_on_return()
            };
            assert_eq!(object.call(PLAIN, calls), Ok(false), "{name}");
            assert!(probes.told().is_empty(), "it is still active");
            // A word that is said in such a call holds, and for the whole call.
            let done = |object: &dyn Object| {
                Reference::to_self(object)?.call(PLAIN, |_| here().set_complete())?;
                assert_eq!(here().state().deactivate_on_return(), Ok(true));
                Reference::to_self(object)?.call(PLAIN, |_| Ok(()))
            };
            object.call(PLAIN, done).unwrap();
            assert!(probes.told()[0].starts_with("deactivate"), "when the outermost call returned");
        }
    });
}

/// Which instance it is.
fn number_of(object: &dyn Object) -> u32 {
    let object: &dyn Any = object;
    object.downcast_ref::<Probe>().unwrap().number
}

#[test]
fn it_outlives_the_call_and_keeps_the_object() {
    with_components(&rows(), |world, probes| {
        for (name, _, _) in FLAVOURS {
            let (object, kept) = (create(name), Kept::new());
            let token = place_of(&object).token;
            let keep = kept.clone();
            let keeps = move |object: &dyn Object| {
                keep.put(Reference::to_self(object)?);
                Ok(())
            };
            object.call(PLAIN, keeps).unwrap();
            let packet = itself(&object);
            object.release().unwrap();
            probes.told();
            // It is called later, from another thread and another context.
            let called = mta_thread(&world.runtime, move || {
                let friend = create("Own");
                friend.call(PLAIN, move |_| Ok(place_of(&packet.unmarshal()?).token)).unwrap()
            });
            let called = called.join().unwrap();
            assert_eq!(called, token, "{name}: it runs where it always ran");
            probes.told();
            drop(kept.take());
            let told = probes.told();
            let ends = matches!(name, "Raw" | "Own" | "Jit" | "Root");
            assert_eq!(told.iter().any(|what| what.starts_with("destroy")), ends, "{name}: {told:?}");
            let back = matches!(name, "Pooled" | "PooledOwn" | "PooledJit");
            assert_eq!(told.iter().any(|what| what.starts_with("can be pooled")), back, "{name}: {told:?}");
        }
    });
}

#[test]
fn an_object_that_keeps_itself_stays() {
    with_components(&[("Own", SYNCHRONIZED)], |_, probes| {
        let (object, own) = (create("Own"), Kept::new());
        let keep = own.clone(); // as if it were the object's state
        object.call(PLAIN, move |object| Reference::to_self(object).map(|itself| keep.put(itself))).unwrap();
        probes.told();
        object.release().unwrap();
        assert!(probes.told().is_empty(), "nobody else has it, and it stays");
        own.take().release().unwrap();
        assert_eq!(probes.told(), ["deactivate 1", "destroy 1"]);
    });
}

/// What an object was answered at each step of its life, when it asked for itself.
#[derive(Clone, Default)]
struct Answers {
    story: Story,
    /// What it was given in Activate.
    given: Arc<Mutex<Option<Marshaled>>>,
    fails: bool,
}

/// Asks for itself all the time.
struct Curious(Answers);

impl Curious {
    fn ask(&self, step: &str) -> Option<Reference> {
        let answer = Reference::to_self(self);
        let code = answer.as_ref().map_or_else(|error| error.hresult(), |_| S_OK);
        self.0.story.tell(format!("{step} {code}"));
        answer.ok()
    }
}

impl Object for Curious {
    fn supports(&self, interface: Uuid) -> bool {
        interface == PROBE
    }

    fn control(&self) -> Option<&dyn ObjectControl> {
        Some(self)
    }

    fn construction(&self) -> Option<&dyn ObjectConstruct> {
        Some(self)
    }
}

impl ObjectConstruct for Curious {
    fn construct(&self, _: &str) -> Result<()> {
        self.ask("Construct");
        Ok(())
    }
}

impl ObjectControl for Curious {
    fn activate(&self) -> Result<()> {
        if let Some(itself) = self.ask("Activate") {
            assert_eq!(code(itself.call(PLAIN, |_| Ok(()))), RPC_E_DISCONNECTED, "L2: before Activate has returned");
            *self.0.given.lock().unwrap() = Some(itself.marshal_for(PROBE)?);
        }
        if self.0.fails { Err(E_FAIL.into()) } else { Ok(()) }
    }

    fn deactivate(&self) {
        self.ask("Deactivate");
    }

    fn can_be_pooled(&self) -> bool {
        self.ask("CanBePooled");
        false
    }
}

impl Drop for Curious {
    fn drop(&mut self) {
        self.ask("drop");
    }
}

impl ClassFactory for Answers {
    fn create_instance(&self) -> Result<Arc<dyn Object>> {
        let object = Curious(self.clone());
        object.ask("constructor");
        Ok(Arc::new(object))
    }
}

fn curious(world: &World, fails: bool) -> Answers {
    let answers = Answers { fails, ..Answers::default() };
    let class = answers.clone();
    world.runtime.register_factory("probe", move || Arc::new(class.clone()));
    answers
}

fn constructed() -> Vec<(&'static str, String)> {
    FLAVOURS.map(|(name, properties, _)| (name, format!("{properties}\nconstruction_enabled = true"))).to_vec()
}

#[test]
fn an_object_has_itself_from_activate_to_deactivate() {
    let constructed = constructed();
    let rows: Vec<Row<'_>> = constructed.iter().map(|(name, properties)| (*name, properties.as_str())).collect();
    with_components(&rows, |world, _| {
        for (name, _, _) in FLAVOURS {
            let answers = curious(world, false);
            let object = create(name);
            // Twice, as another instance where it is activated just in time.
            for _ in 0..2 {
                object
                    .call(AUTO_DONE, |object| {
                        assert!(Reference::to_self(object).is_ok());
                        Ok(())
                    })
                    .unwrap();
            }
            // What it was given in Activate is what others hold.
            let given = answers.given.lock().unwrap().take();
            if name != "Raw" {
                let given = given.expect("Activate is called").unmarshal().unwrap();
                assert_eq!((&given, given.call(PLAIN, |_| Ok(7))), (&object, Ok(7)), "{name}");
            }
            answers.given.lock().unwrap().take();
            object.release().unwrap();
            let (unexpected, ok) = (E_UNEXPECTED, S_OK);
            let life = |controlled: &[&str]| {
                let made = ["constructor", "drop", "Construct"].map(|step| format!("{step} {unexpected}")).to_vec();
                let controlled = controlled.iter().map(|step| match *step {
                    "Activate" => format!("{step} {ok}"),
                    _ => format!("{step} {unexpected}"),
                });
                let mut life = vec![made[0].clone(), made[2].clone()];
                life.extend(controlled);
                life.push(made[1].clone());
                life
            };
            let one = match name {
                "Raw" => life(&[]),
                "Own" | "Jit" | "Root" => life(&["Activate", "Deactivate"]),
                _ => life(&["Activate", "Deactivate", "CanBePooled"]),
            };
            let just_in_time = matches!(name, "Jit" | "Root" | "PooledJit");
            let all = vec![one; if just_in_time { 3 } else { 1 }].concat();
            assert_eq!(answers.story.take(), all, "{name}");
        }
    });
}

#[test]
fn what_was_given_out_in_an_activation_that_failed_is_disconnected() {
    let constructed = constructed();
    let rows: Vec<Row<'_>> = constructed.iter().map(|(name, properties)| (*name, properties.as_str())).collect();
    with_components(&rows, |world, _| {
        for name in ["Own", "Pooled", "PooledOwn"] {
            let answers = curious(world, true);
            assert_eq!(code(try_create(name)), CO_E_ACTIVATIONFAILED, "{name}");
            let given = answers.given.lock().unwrap().take().expect("Activate is called").unmarshal().unwrap();
            assert_eq!(answers.story.take().len(), 4, "{name}: constructor, Construct, Activate, drop");
            assert_eq!(code(given.call(PLAIN, |_| Ok(()))), RPC_E_DISCONNECTED, "{name}");
            assert_eq!(answers.story.take(), [""; 0], "{name}: nothing is made any more");
        }
    });
}

#[test]
fn a_domain_in_a_method_sees_the_component_as_a_proxy_and_a_plain_object_as_its_own() {
    with_components(&rows(), |_, _| {
        for (name, _, own) in FLAVOURS {
            let object = create(name);
            let token = place_of(&object).token;
            let enters = move |object: &dyn Object| {
                let domain = enter(&ServiceConfig::inheriting());
                let itself = Reference::to_self(object)?;
                assert_eq!(itself.is_proxy(), own, "{name}");
                let ran = place_of(&itself).token;
                assert_eq!(ran, if own { token } else { complus::context_token()? }, "{name}");
                let packet = itself.marshal_for(PROBE)?;
                drop(itself);
                domain.leave()?;
                Ok(packet)
            };
            let back = object.call(PLAIN, enters).unwrap().unmarshal();
            if own {
                assert_eq!(back, Ok(object), "{name}");
            }
        }
    });
}

#[test]
fn an_object_in_its_creators_context_is_itself_there_and_a_proxy_elsewhere() {
    with_components(&rows(), |_, _| {
        for name in ["Raw", "Pooled"] {
            let creator = create("Own");
            let makes = move || {
                let child = create(name);
                let itself = child.call(PLAIN, Reference::to_self).unwrap();
                assert_eq!((itself.is_proxy(), &itself), (false, &child), "{name}");
                child.marshal_for(PROBE).unwrap()
            };
            let child = inside(&creator, makes).unmarshal().unwrap();
            assert_eq!(place_of(&child), place_of(&creator), "{name}");
            assert_eq!(itself(&child).unmarshal().unwrap(), child, "{name}");
        }
    });
}

#[test]
fn an_object_with_the_free_threaded_marshaler_is_itself_everywhere() {
    with_components(&rows(), |_, probes| {
        probes.behave(|behaviour| behaviour.agile = true);
        for name in ["Raw", "Own"] {
            let object = create(name);
            let here = complus::context_token().unwrap();
            let asks = move |object: &dyn Object| {
                assert_eq!(complus::context_token()?, here, "it runs in its caller's context");
                Reference::to_self(object)
            };
            assert_eq!(object.call(PLAIN, asks).unwrap(), object, "{name}");
        }
    });
}

#[test]
fn a_class_that_is_not_configured_and_an_object_without_class_have_themselves_as_well() {
    with_components(&[], |world, _| {
        let answers = Answers::default();
        let class = answers.clone();
        world.runtime.register_class(clsid("U"), ThreadingModel::Both, move || Arc::new(class.clone()));
        for object in [create("U"), Reference::new(Arc::new(Curious(answers))).unwrap()] {
            assert_eq!(object.call(PLAIN, Reference::to_self).unwrap(), object);
        }
    });
}

#[test]
fn an_object_of_a_service_pool_has_what_was_lent() {
    every_bare_machine(
        |builder| builder,
        |_| {
            let _apartment = Apartment::initialize(ApartmentModel::Multithreaded).unwrap();
            let (pool, answers) = (ServicePool::new(), Answers::default());
            pool.initialize(&ServicePoolConfig::new(Arc::new(answers.clone())).max_pool_size(1)).unwrap();
            let lent = pool.object(PROBE).unwrap();
            let itself = lent.call(PLAIN, Reference::to_self).unwrap();
            assert_eq!(itself, lent);
            answers.story.take();
            drop(lent);
            assert_eq!(itself.call(PLAIN, |_| Ok(7)), Ok(7));
            assert!(answers.story.take().is_empty(), "it is still lent");
            drop(itself);
            let steps = ["Deactivate", "CanBePooled", "drop"].map(|step| format!("{step} {E_UNEXPECTED}"));
            assert_eq!(answers.story.take(), steps);
        },
    );
}

#[test]
fn what_nobody_was_given_has_no_reference() {
    with_components(&[("Own", SYNCHRONIZED)], |_, _| {
        let object = Curious(Answers::default());
        assert_eq!(code(Reference::to_self(&object)), E_UNEXPECTED);
        let object = Arc::new(object);
        let stranger = object.clone();
        inside(&create("Own"), move || assert_eq!(code(Reference::to_self(&*stranger)), E_UNEXPECTED));
        let reference = Reference::new(object.clone()).unwrap();
        assert_eq!(Reference::to_self(&*object).unwrap(), reference);
        let runtime = Runtime::builder().build().unwrap();
        std::thread::scope(|scope| {
            scope.spawn(|| {
                let _bound = runtime.enter();
                assert_eq!(code(Reference::to_self(&*object)), CO_E_NOTINITIALIZED);
                let _apartment = Apartment::initialize(ApartmentModel::Multithreaded).unwrap();
                assert_eq!(code(Reference::to_self(&*object)), E_UNEXPECTED, "of another machine");
            });
        });
    });
}

#[test]
fn a_component_that_was_let_go_of_meanwhile_is_disconnected_and_may_be_given_out_anew() {
    with_components(&[("Own", SYNCHRONIZED)], |_, _| {
        let object = create("Own");
        let asks = |object: &dyn Object| {
            let itself = Reference::to_self(object)?;
            disconnect_object(&itself)?;
            Reference::to_self(object)?.marshal_for(PROBE)
        };
        let anew = object.call(PLAIN, asks).unwrap().unmarshal().unwrap();
        assert_eq!(code(object.call(PLAIN, |_| Ok(()))), RPC_E_DISCONNECTED);
        assert_eq!(anew.call(PLAIN, |_| Ok(7)), Ok(7));
        assert_ne!(anew, object);
    });
}

#[test]
fn many_objects_come_and_go_and_those_that_stay_find_themselves() {
    with_components(&[("Raw", RAW)], |_, _| {
        let stay: Vec<Reference> = (0..100)
            .map(|_| {
                (0..10).for_each(|_| drop(create("Raw")));
                create("Raw")
            })
            .collect();
        for object in &stay {
            assert_eq!(object.call(PLAIN, Reference::to_self).as_ref(), Ok(object));
        }
    });
}

#[test]
fn safe_ref_gives_the_interface_or_nothing() {
    with_components(&rows(), |_, _| {
        for (name, _, _) in FLAVOURS {
            let object = create(name);
            let asks = |object: &dyn Object| {
                assert_eq!(com::safe_ref(Uuid::from_u128(7), Some(object)), None);
                assert_eq!(com::safe_ref(PROBE, None), None);
                assert_eq!(com::safe_ref(iid::UNKNOWN, Some(object)), com::safe_ref(PROBE, Some(object)));
                com::safe_ref(PROBE, Some(object)).expect("it has the interface").marshal_for(PROBE)
            };
            assert_eq!(object.call(PLAIN, asks).unwrap().unmarshal().unwrap(), object, "{name}");
        }
        assert_eq!(com::safe_ref(PROBE, Some(&Curious(Answers::default()))), None);
    });
}
