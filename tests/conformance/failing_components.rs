//! Components whose lives fail: factories, constructors, Activate, panics (ACT 7.7, AD-30, AD-31).

use crate::support::components::{
    Kept, Probes, QUIET, REQUIRED, Row, SUPPORTED, call, create, inside, own_transaction, try_create, with_components,
    with_switches,
};
use crate::{
    hooks::{self, Hooks},
    support::*,
};
use complus::{
    Compat, FailFast, LifecycleErrors,
    attribute::ThreadingModel,
    context::StreamState,
    event::{ObjectStep, What},
    hresult::*,
};

const CONSTRUCTED: &str = "construction_enabled = true\nsynchronization = \"required\"";
const JIT: &str = "just_in_time_activation = true\nsynchronization = \"required\"\nconstruction_enabled = true\nconstructor_string = \
     \"\"";
const RAW: &str = "transaction = \"disabled\"\nconstruction_enabled = true";

const NONE: [&str; 0] = [];
const FAILURE: HResult = HResult::from_bits(0x8004_1234);

fn with_policy(policy: LifecycleErrors, classes: &[Row<'_>], test: impl Fn(&World, &Probes) + Sync) {
    with_switches(Compat { lifecycle_errors: policy, ..Compat::default() }, QUIET, classes, test);
}

/// The steps that were observed.
fn steps(world: &World) -> Vec<ObjectStep> {
    let step = |what| if let What::Object { step, .. } = what { Some(step) } else { None };
    world.log.take_whats().into_iter().filter_map(step).collect()
}

#[test]
fn the_failure_of_a_class_factory_passes_unchanged() {
    for policy in [LifecycleErrors::Mapped, LifecycleErrors::Raw] {
        with_policy(policy, &[("Raw", RAW), ("Plain", CONSTRUCTED), ("Jit", JIT)], |_, probes| {
            probes.behave(|it| it.create = FAILURE);
            for name in ["Raw", "Plain", "Jit"] {
                assert_eq!(code(try_create(name)), FAILURE, "{name}");
                assert_eq!(probes.told().len(), 1, "nothing but the factory was called");
            }
            probes.behave(|it| it.create = S_OK);
            let jit = create("Jit");
            inside(&jit, || here().set_complete().unwrap());
            probes.told();
            probes.behave(|it| it.create = FAILURE);
            assert_eq!(code(call(&jit, || Ok(()))), FAILURE, "and of the next instance it is the result of the call");
            probes.behave(|it| it.create = S_OK);
            inside(&jit, || ());
        });
    }
}

#[test]
fn a_failing_constructor_and_none_at_all_are_mapped_or_raw() {
    for (policy, expected) in [
        (LifecycleErrors::Mapped, [CO_E_INITIALIZATIONFAILED, CO_E_INITIALIZATIONFAILED]),
        (LifecycleErrors::Raw, [FAILURE, E_NOINTERFACE]),
    ] {
        with_policy(policy, &[("Raw", RAW), ("Plain", CONSTRUCTED), ("Jit", JIT)], |world, probes| {
            for (name, number) in [("Raw", 1), ("Plain", 3), ("Jit", 5)] {
                probes.behave(|it| (it.construct, it.constructs) = (FAILURE, true));
                world.log.take();
                assert_eq!(code(try_create(name)), expected[0], "{name}");
                let told = ["create", "construct \"\"", "destroy"].map(|it| format!("{it} {number}"));
                assert_eq!(probes.told(), told);
                if world.observed {
                    use ObjectStep::*;
                    assert_eq!(steps(world), [Created, Constructed(FAILURE), Destroyed], "the code goes to the trace");
                }
                probes.behave(|it| it.constructs = false);
                assert_eq!(code(try_create(name)), expected[1], "{name}");
                assert_eq!(probes.told(), ["create", "destroy"].map(|it| format!("{it} {}", number + 1)));
                if world.observed {
                    use ObjectStep::*;
                    assert_eq!(steps(world), [Created, Constructed(E_NOINTERFACE), Destroyed]);
                }
            }
        });
    }
}

#[test]
fn a_failing_activate_is_mapped_or_raw_and_is_the_result_of_the_call() {
    for (policy, expected) in [(LifecycleErrors::Mapped, CO_E_ACTIVATIONFAILED), (LifecycleErrors::Raw, FAILURE)] {
        with_policy(policy, &[("Plain", CONSTRUCTED), ("Jit", JIT), ("Raw", RAW)], |world, probes| {
            probes.behave(|it| it.activate = FAILURE);
            assert_eq!(code(try_create("Plain")), expected);
            assert_eq!(probes.told(), ["create 1", "construct \"\" 1", "activate 1", "destroy 1"]);
            if world.observed {
                use ObjectStep::*;
                assert_eq!(steps(world), [Created, Constructed(S_OK), Activated(FAILURE), Destroyed]);
            }
            let jit = create("Jit");
            probes.told();
            assert_eq!(
                code(call(&jit, || -> complus::Result<()> { unreachable!("the method does not run") })),
                expected
            );
            assert_eq!(probes.told(), ["activate 2", "destroy 2"], "without Deactivate");
            probes.behave(|it| it.activate = S_OK);
            inside(&jit, || ());
            assert_eq!(probes.told(), ["create 3", "construct \"\" 3", "activate 3"]);
            probes.behave(|it| it.activate = FAILURE);
            let _raw = create("Raw");
            assert_eq!(probes.told(), ["create 4", "construct \"\" 4"], "what shares a context is not controlled");
        });
    }
}

#[test]
fn a_failing_activate_dooms_the_transaction() {
    with_components(&[("R", REQUIRED), ("I", SUPPORTED)], |_, probes| {
        let (r, probes, watched) = (create("R"), probes.clone(), Kept::new());
        let seen = watched.clone();
        let result = call(&r, move || {
            let i = create("I");
            probes.behave(|it| it.activate = FAILURE);
            // The instance of I was made before, and behaves as it did then.
            inside(&i, || here().set_complete().unwrap());
            assert_eq!(code(call(&i, || Ok(()))), CO_E_ACTIVATIONFAILED);
            let transaction = own_transaction();
            assert_eq!(transaction.state(), StreamState::Doomed);
            seen.put(transaction);
            here().set_complete()
        });
        assert_eq!(code(result), CONTEXT_E_ABORTED);
        assert_eq!(watched.take().state(), StreamState::Aborted);
    });
}

#[test]
fn what_a_component_demands_has_to_be_configured() {
    let rows = [
        ("Pooled", "transaction = \"none\"\nrequires = [\"pooling\"]"),
        ("Constructed", "transaction = \"none\"\nrequires = [\"construction\"]"),
        ("Jit", "transaction = \"required\"\nrequires = [\"construction\"]"),
        ("Fine", "transaction = \"none\"\nrequires = [\"construction\"]\nconstruction_enabled = true"),
    ];
    with_components(&rows, |_, probes| {
        assert_eq!(code(try_create("Pooled")), CO_E_NOTPOOLED);
        assert_eq!(code(try_create("Constructed")), CO_E_NOTCONSTRUCTED);
        assert_eq!(code(try_create("Jit")), CO_E_NOTCONSTRUCTED);
        assert_eq!(probes.told(), NONE);
        let _fine = create("Fine");
    });
}

#[test]
fn a_panic_in_any_step_ends_the_process_and_the_transaction() {
    for step in ["activate", "method", "deactivate"] {
        with_components(&[("R", REQUIRED)], |world, probes| {
            let (r, watched) = (create("R"), Kept::new());
            inside(&r, || here().set_complete().unwrap());
            probes.told();
            let seen = watched.clone();
            probes.at(step, move || {
                seen.put(own_transaction());
                panic!("in {step}")
            });
            let (seen, method) = (watched.clone(), step == "method");
            let result = call(&r, move || {
                seen.put(own_transaction());
                if method {
                    panic!("in a method")
                }
                here().set_complete()
            });
            assert_eq!(code(result), RPC_E_SERVERFAULT, "{step}");
            assert_eq!(watched.take().state(), StreamState::Aborted, "{step}");
            assert!(!world.runtime.is_alive(), "{step}");
            assert_eq!(code(call(&r, || Ok(()))), RPC_E_DISCONNECTED, "{step}");
        });
    }
}

#[test]
fn a_panic_in_the_drop_of_an_instance_ends_the_process_pooled_or_not() {
    let pooled = format!("{REQUIRED}\nobject_pooling_enabled = true");
    for name in ["R", "P"] {
        with_components(&[("R", REQUIRED), ("P", &pooled)], |world, _| {
            let destructor = hooks::code(|| panic!("in the drop"));
            let hooks = Hooks { destructor, stays_out: true, ..Hooks::default() };
            hooks::register(world, name, ThreadingModel::Both, &hooks);
            let r = create(name);
            assert_eq!(code(call(&r, || here().set_complete())), RPC_E_SERVERFAULT, "{name}");
            assert!(!world.runtime.is_alive(), "{name}");
        });
    }
}

#[test]
fn a_panic_in_the_deactivation_of_another_member_is_the_roots_fault() {
    for failfast in [FailFast::KillInstance, FailFast::Contain] {
        with_switches(
            Compat { failfast, ..Compat::default() },
            QUIET,
            &[("R", REQUIRED), ("I", SUPPORTED)],
            |world, probes| {
                let (r, watched, child) = (create("R"), Kept::new(), Kept::new());
                let (seen, held) = (watched.clone(), child.clone());
                inside(&r, move || {
                    let i = create("I");
                    inside(&i, || ());
                    held.put(i);
                });
                probes.told();
                let own = probes.clone();
                // The root is deactivated first.
                probes.at("deactivate", move || {
                    let count = own.story.told().len();
                    assert!(count < 3, "the second one");
                });
                let result = call(&r, move || {
                    seen.put(own_transaction());
                    here().set_complete()
                });
                assert_eq!(code(result), RPC_E_SERVERFAULT);
                assert_eq!(probes.told(), ["deactivate 1", "destroy 1", "deactivate 2", "destroy 2"]);
                assert_eq!(watched.take().state(), StreamState::Aborted);
                assert_eq!(world.runtime.is_alive(), failfast == FailFast::Contain);
            },
        );
    }
}

#[test]
fn a_contained_panic_costs_the_call_and_its_transaction_and_no_more() {
    let compat = Compat { failfast: FailFast::Contain, ..Compat::default() };
    with_switches(compat, QUIET, &[("R", REQUIRED)], |world, probes| {
        let r = create("R");
        let watched = Kept::new();
        let seen = watched.clone();
        let result: complus::Result<()> = call(&r, move || {
            seen.put(own_transaction());
            panic!("in a method")
        });
        assert_eq!(code(result), RPC_E_SERVERFAULT);
        assert_eq!(watched.take().state(), StreamState::Aborted);
        assert_eq!(probes.told(), ["create 1", "activate 1", "destroy 1"], "without Deactivate");
        assert!(world.runtime.is_alive());
        inside(&r, || here().set_complete().unwrap());
    });
}

#[test]
fn a_panic_in_deactivate_at_the_last_release_ends_the_process() {
    for class in ["Plain", "Jit"] {
        with_components(&[("Plain", CONSTRUCTED), ("Jit", JIT)], |world, probes| {
            let object = create(class);
            inside(&object, || ());
            probes.at("deactivate", || panic!("in Deactivate"));
            drop(object);
            assert!(!world.runtime.is_alive(), "{class}");
            assert!(probes.told().ends_with(&["deactivate 1".into(), "destroy 1".into()]), "{class}");
        });
    }
}
