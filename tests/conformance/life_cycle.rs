//! The life of an object: construction, activation, deactivation (ACT 7; ACT-E).

use crate::support::components::{Kept, PLAIN, PROBE, Probe, create, inside, place, place_of, with_components};
use crate::support::*;
use complus::{
    call_context,
    event::{ObjectStep, What},
    hresult::{CO_E_NO_SECCTX_IN_ACTIVATE, CONTEXT_E_NOCONTEXT, E_NOINTERFACE, S_OK},
    prelude::*,
};
use uuid::Uuid;

const CONSTRUCTED: &str = "construction_enabled = true\nconstructor_string = \"DSN=x\"\nsynchronization = \"required\"";
const JIT: &str = "just_in_time_activation = true\nsynchronization = \"required\"";
const JIT_CONSTRUCTED: &str = "just_in_time_activation = true\nsynchronization = \"required\"\nconstruction_enabled = true\nconstructor_string = \
     \"DSN=x\"";

const ISECURITYCALLCONTEXT: Uuid = Uuid::from_u128(0xcafc_823e_b441_11d1_b82b_0000_f875_7e2a);

#[test]
fn act_e01_a_constructor_string_is_given_once_before_everything_else() {
    with_components(&[("P", CONSTRUCTED), ("J", JIT_CONSTRUCTED)], |world, probes| {
        let plain = create("P");
        inside(&plain, {
            let probes = probes.clone();
            move || probes.story.tell("method")
        });
        inside(&plain, || ());
        assert_eq!(probes.told(), ["create 1", "construct \"DSN=x\" 1", "activate 1", "method"]);
        let just_in_time = create("J");
        assert_eq!(probes.told(), ["create 2", "construct \"DSN=x\" 2"], "Activate waits for the first method");
        for _ in 0..2 {
            inside(&just_in_time, || ());
        }
        assert_eq!(probes.told(), ["activate 2"]);
        drop((plain, just_in_time));
        assert_eq!(probes.told(), ["deactivate 1", "destroy 1", "deactivate 2", "destroy 2"]);
        if world.observed {
            let step = |what| if let What::Object { step, .. } = what { Some(step) } else { None };
            let steps: Vec<_> = world.log.take_whats().into_iter().filter_map(step).collect();
            use ObjectStep::*;
            let life = [Created, Constructed(S_OK), Activated(S_OK), Created, Constructed(S_OK), Activated(S_OK)];
            let end = [Deactivated, Destroyed, Deactivated, Destroyed];
            assert_eq!(steps, [&life[..], &end[..]].concat());
        }
    });
}

#[test]
fn act_e02_an_empty_constructor_string_is_given_and_a_stored_one_is_not_if_construction_is_off() {
    let empty = "construction_enabled = true\nsynchronization = \"required\"";
    let off = "constructor_string = \"stored\"\nsynchronization = \"required\"";
    with_components(&[("Empty", empty), ("Off", off)], |_, probes| {
        let _empty = create("Empty");
        assert_eq!(probes.told(), ["create 1", "construct \"\" 1", "activate 1"]);
        let _off = create("Off");
        assert_eq!(probes.told(), ["create 2", "activate 2"]);
    });
}

#[test]
fn act_e03_a_constructor_has_no_object_context_and_activate_has() {
    for properties in [CONSTRUCTED, JIT_CONSTRUCTED] {
        with_components(&[("C", properties)], |_, probes| {
            let tokens = Kept::new();
            for step in ["create", "construct"] {
                let tokens = tokens.clone();
                probes.at(step, move || {
                    assert_eq!(code(ObjectContext::current()), CONTEXT_E_NOCONTEXT);
                    tokens.put(complus::context_token().unwrap());
                });
            }
            let seen = Kept::new();
            let activation = seen.clone();
            probes.at("activate", move || activation.put(place()));
            let c = create("C");
            let own = place_of(&c);
            assert_eq!(seen.take(), own);
            assert_eq!(tokens.take(), own.token, "the constructor runs in the object's context");
            assert!(own.activity.is_some());
        });
    }
}

#[test]
fn act_e05_an_object_that_is_done_goes_and_the_next_call_makes_another_behind_the_same_proxy() {
    with_components(&[("J", JIT_CONSTRUCTED)], |_, probes| {
        let j = create("J");
        let first = inside(&j, || {
            here().set_complete().unwrap();
            place()
        });
        let life = |number| {
            ["create", "construct \"DSN=x\"", "activate", "deactivate", "destroy"].map(|it| format!("{it} {number}"))
        };
        assert_eq!(probes.told(), life(1), "before the client has seen the result");
        let context = Kept::new();
        let kept = context.clone();
        let second = inside(&j, move || {
            kept.put(here().context_id().unwrap());
            here().set_complete().unwrap();
            place()
        });
        assert_eq!((first.token, first.activity), (second.token, second.activity));
        assert_eq!(probes.told(), life(2));
        assert_eq!(inside(&j, || here().context_id().unwrap()), context.take());
    });
}

#[test]
fn act_e06_an_object_whose_flags_are_left_alone_stays() {
    with_components(&[("J", JIT)], |_, probes| {
        let j = create("J");
        let number = || j.call_as(PLAIN, |probe: &Probe| Ok(probe.number));
        assert_eq!((number(), number(), number()), (Ok(1), Ok(1), Ok(1)));
        assert_eq!(probes.told(), ["create 1", "activate 1"]);
    });
}

#[test]
fn act_e10_an_active_object_is_deactivated_as_its_client_releases_it_and_an_inactive_one_is_not() {
    with_components(&[("J", JIT)], |_, probes| {
        let (active, done, unused) = (create("J"), create("J"), create("J"));
        inside(&active, || ());
        inside(&done, || here().set_complete().unwrap());
        probes.told();
        active.release().unwrap();
        assert_eq!(probes.told(), ["deactivate 1", "destroy 1"]);
        done.release().unwrap();
        assert_eq!(probes.told(), [""; 0]);
        unused.release().unwrap();
        assert_eq!(probes.told(), ["destroy 3"], "it was never active");
    });
}

#[test]
fn act_e11_methods_of_iunknown_do_not_activate() {
    with_components(&[("J", JIT)], |_, probes| {
        let j = create("J");
        let ask = || {
            let second = j.clone();
            let queried = second.query(PROBE).unwrap();
            assert_eq!(code(second.query(Uuid::from_u128(1))), E_NOINTERFACE);
            drop((second, queried));
        };
        ask();
        assert_eq!(probes.told(), ["create 1"]);
        inside(&j, || here().set_complete().unwrap());
        probes.told();
        let again = j.query(PROBE).unwrap();
        drop(again);
        assert_eq!(probes.told(), [""; 0]);
        inside(&j, || here().disable_commit().unwrap());
        probes.told();
        ask();
        assert_eq!(probes.told(), [""; 0]);
        inside(&j, || assert!(!here().state().deactivate_on_return().unwrap()));
    });
}

#[test]
fn act_e13_there_is_no_security_call_context_in_activate() {
    with_components(&[("J", JIT), ("P", CONSTRUCTED)], |_, probes| {
        let asked = Kept::new();
        let answer = asked.clone();
        probes.at("activate", move || {
            answer.put(code(call_context(ISECURITYCALLCONTEXT)));
            assert_eq!(code(call_context(PROBE)), E_NOINTERFACE, "other interfaces are merely not there");
        });
        let j = create("J");
        inside(&j, || assert_eq!(code(call_context(ISECURITYCALLCONTEXT)), E_NOINTERFACE, "a method has none either"));
        assert_eq!(asked.take(), CO_E_NO_SECCTX_IN_ACTIVATE);
        let _plain = create("P");
        assert_eq!(asked.take(), CO_E_NO_SECCTX_IN_ACTIVATE);
    });
}
