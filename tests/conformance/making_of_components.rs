//! While an object is made: what its constructor reaches, and what a failure leaves behind (ACT 7.1, 7.7, 12.13).

use crate::{
    hooks::{self, Hooks},
    interception::IN_ACTIVITY,
    placement::SYNCHRONIZED,
    support::{Story, code, components::*, enter, here, own_activity},
};
use complus::{
    ContextReference, Result, attribute::ThreadingModel, event::What, hresult::*, prelude::*,
    rules::context_interface::ContextInterface,
};
use std::sync::{Arc, Mutex};

const NOT_SUPPORTED: &str = "transaction = \"not_supported\"";

/// What code can reach of its context: the code of GetObjectContext, if it fails; whether a base interface is there; the
/// token.
type Reached = (Option<HResult>, bool, complus::ContextToken);

fn reach() -> Reached {
    let base = ContextReference::current(ContextInterface::ComThreadingInfo.iid()).is_ok();
    let com_plus = ObjectContext::current().map_err(|error| error.hresult()).err();
    let interface = ContextReference::current(ContextInterface::ObjectContextInfo.iid()).is_ok();
    assert_eq!(interface, com_plus.is_none());
    (com_plus, base, complus::context_token().unwrap())
}

#[test]
fn the_constructor_of_every_further_instance_reaches_no_object_context_either() {
    let jit = format!("{REQUIRED}\nconstruction_enabled = true");
    let pooled = format!(
        "{SYNCHRONIZED}\njust_in_time_activation = true\nobject_pooling_enabled = true\nconstruction_enabled = true"
    );
    with_components(&[("J", &jit), ("P", &pooled)], |_, probes| {
        for name in ["J", "P"] {
            let object = create(name);
            probes.behave(|behaviour| behaviour.poolable = false); // the pool makes one each time
            for _ in 0..2 {
                inside(&object, || here().set_complete().unwrap());
                let seen = Kept::new();
                for step in ["create", "construct"] {
                    let seen = seen.clone();
                    probes.at(step, move || seen.put(reach()));
                }
                let own = inside(&object, || (reach(), here().set_complete()).0);
                assert_eq!(seen.take(), (Some(CONTEXT_E_NOCONTEXT), true, own.2), "{name}");
                assert_eq!(own.0, None, "{name}: the method has one");
            }
        }
    });
}

#[test]
fn a_constructor_reaches_no_object_context_and_activate_does() {
    let built = "construction_enabled = true";
    let (own, shared) = (format!("{SYNCHRONIZED}\n{built}"), format!("{RAW}\n{built}"));
    let jit = format!("{REQUIRED}\n{built}");
    with_components(&[("X", REQUIRED), ("O", &own), ("D", &shared), ("J", &jit)], |world, _| {
        let (hooks, told) = tellers();
        let hooks = Hooks { deactivate: None, destructor: None, ..hooks };
        for name in ["O", "D", "J", "U"] {
            hooks::register(world, name, ThreadingModel::Both, &hooks);
        }
        let masked = |what, token| (what, (Some(CONTEXT_E_NOCONTEXT), true, token));
        for name in ["O", "J"] {
            let token = place_of(&create(name)).token;
            let all = told();
            let expected =
                [masked("constructor", token), masked("construct", token), ("activate", (None, true, token))];
            assert_eq!(all, expected, "{name}");
        }
        // In a context that is shared it is out of their reach as well, and in reach of their creator again.
        let x = create("X");
        for (name, moments) in [("D", 2), ("U", 1)] {
            let (token, after) = inside(&x, move || (place_of(&create(name)).token, reach()));
            assert_eq!(after, (None, true, token));
            let all = told();
            let expected = [masked("constructor", token), masked("construct", token)];
            assert_eq!(all, expected[..moments], "{name}");
        }
    });
}

#[test]
fn what_a_constructor_creates_is_created_from_its_context_all_the_same() {
    with_components(&[("X", REQUIRED), ("S", SUPPORTED), ("O", SUPPORTED)], |world, _| {
        let made: Arc<Mutex<Vec<Here>>> = Arc::default();
        let tell = made.clone();
        let constructor = hooks::code(move || {
            tell.lock().unwrap().push(place_of(&try_create("S")?));
            Ok(())
        });
        let hooks = Hooks { constructor, ..Hooks::default() };
        for name in ["U", "O"] {
            hooks::register(world, name, ThreadingModel::Both, &hooks);
        }
        for name in ["U", "O"] {
            let own = inside(&create("X"), move || (place(), drop(create(name))).0);
            let in_domain = enter(&crate::support::root());
            let of_domain = place();
            drop(create(name));
            drop(in_domain);
            let all = std::mem::take(&mut *made.lock().unwrap());
            let of = |place: &Here| (place.activity, place.transaction);
            assert_eq!(all.iter().map(of).collect::<Vec<_>>(), [of(&own), of(&of_domain)], "{name}");
        }
    });
}

#[test]
fn an_activation_that_fails_leaves_nothing_behind() {
    let built = "construction_enabled = true";
    let classes = [("D", RAW), ("S", SYNCHRONIZED), ("J", IN_ACTIVITY), ("R", REQUIRED), ("N", NOT_SUPPORTED)];
    let classes = classes.map(|(name, services)| (name, format!("{services}\n{built}")));
    let classes: Vec<Row<'_>> = classes.iter().map(|(name, services)| (*name, services.as_str())).collect();
    let eagerly = complus::Compat { eager_begin: true, ..complus::Compat::default() };
    with_switches(eagerly, QUIET, &[&classes[..], &[("X", SYNCHRONIZED)]].concat(), |world, probes| {
        let x = create("X");
        for (construct, activate, expected) in
            [(E_NOTIMPL, S_OK, CO_E_INITIALIZATIONFAILED), (S_OK, E_NOTIMPL, CO_E_ACTIVATIONFAILED)]
        {
            probes.behave(|behaviour| (behaviour.construct, behaviour.activate) = (construct, activate));
            probes.told();
            world.log.take();
            for (name, _) in &classes {
                let name: &'static str = match *name {
                    "D" => "D",
                    "S" => "S",
                    "J" => "J",
                    "R" => "R",
                    _ => "N",
                };
                // Just-in-time components are activated by their first call; what shares a context never is.
                let at_once = construct != S_OK || ["S", "N"].contains(&name);
                let attempt = move || -> Result<()> {
                    let object = try_create(name)?;
                    call(&object, || Ok(())).map(drop)
                };
                let codes = move || (attempt().map_err(|error| error.hresult()), place());
                let before = place();
                let failed = Err(expected);
                let alone = if name == "D" && !at_once { Ok(()) } else { failed };
                assert_eq!(codes(), (alone, before), "{name}");
                // In an activity, synchronized objects share their creator's context.
                let result = if construct == S_OK && name == "S" { Ok(()) } else { alone };
                let domain = enter(&own_activity());
                let before = place();
                assert_eq!(codes(), (result, before), "{name}");
                domain.leave().unwrap();
                let inner = inside(&x, move || (place(), codes()));
                assert_eq!(inner.1, (result, inner.0), "{name}");
            }
            // Whatever was made is gone, and whatever was begun is over.
            let told = probes.told();
            let count = |what: &str| told.iter().filter(|it| it.starts_with(what)).count();
            assert_eq!((count("create"), count("destroy"), count("deactivate")), (15, 15, 0));
            if world.observed {
                let whats = world.log.take_whats();
                let begun = whats.iter().filter(|what| matches!(what, What::TransactionStarted { .. })).count();
                let over = whats.iter().filter(|what| matches!(what, What::TransactionAborted { .. })).count();
                assert_eq!((begun, over), (3, 3));
            }
        }
    });
}

#[test]
fn a_factory_that_fails_gives_its_code_and_nothing_else() {
    let built = format!("{REQUIRED}\nconstruction_enabled = true");
    let classes = [("D", RAW), ("S", SYNCHRONIZED), ("J", IN_ACTIVITY), ("R", &built), ("N", NOT_SUPPORTED)];
    with_components(&classes, |world, _| {
        let story = Story::default();
        let tell = |what: &'static str, result: Result<()>| {
            let story = story.clone();
            hooks::code(move || {
                story.tell(what);
                result
            })
        };
        let hooks = Hooks {
            constructor: tell("constructor", Err(E_ACCESSDENIED.into())),
            construct: tell("construct", Ok(())),
            activate: tell("activate", Ok(())),
            ..Hooks::default()
        };
        let before = place();
        for name in classes.map(|(name, _)| name).into_iter().chain(["U"]) {
            hooks::register(world, name, ThreadingModel::Both, &hooks);
            assert_eq!(code(try_create(name)), E_ACCESSDENIED, "{name}");
            assert_eq!((story.take(), place()), (vec!["constructor".to_owned()], before), "{name}");
        }
    });
}

/// Hooks that tell what their moments reach, and what they told since the last time.
fn tellers() -> (Hooks, impl Fn() -> Vec<(&'static str, Reached)>) {
    let told: Arc<Mutex<Vec<(&str, Reached)>>> = Arc::default();
    let tell = |what: &'static str| {
        let told = told.clone();
        hooks::code(move || {
            told.lock().unwrap().push((what, reach()));
            Ok(())
        })
    };
    let hooks = Hooks {
        constructor: tell("constructor"),
        construct: tell("construct"),
        activate: tell("activate"),
        deactivate: tell("deactivate"),
        destructor: tell("destructor"),
        ..Hooks::default()
    };
    (hooks, move || std::mem::take(&mut *told.lock().unwrap()))
}

#[test]
fn a_constructor_reaches_no_object_context_at_a_later_call_either() {
    let built = "construction_enabled = true";
    let (required, in_activity) = (format!("{REQUIRED}\n{built}"), format!("{IN_ACTIVITY}\n{built}"));
    with_components(&[("R", &required), ("J", &in_activity)], |world, _| {
        let (hooks, told) = tellers();
        for name in ["R", "J"] {
            hooks::register(world, name, ThreadingModel::Both, &hooks);
            let object = create(name);
            let done = || (act("set_complete"), place()).1.token;
            let token = inside(&object, done);
            let hidden = (Some(CONTEXT_E_NOCONTEXT), true, token);
            let seen = (None, true, token);
            let whole = [
                ("constructor", hidden),
                ("construct", hidden),
                ("activate", seen),
                ("deactivate", seen),
                ("destructor", hidden), // in the last Release, a method of IUnknown
            ];
            assert_eq!(told(), whole, "{name}: the first instance");
            // The method that the new instance was made for has the object context, as Activate had.
            for _ in 0..2 {
                assert_eq!(inside(&object, move || (reach(), act("set_complete")).0), seen, "{name}");
                assert_eq!(told(), whole, "{name}: a later one");
            }
        }
    });
}

#[test]
fn a_later_instance_that_cannot_be_made_leaves_the_context_in_reach() {
    let built = format!("{REQUIRED}\nconstruction_enabled = true");
    with_components(&[("R", &built)], |world, probes| {
        let r = create("R");
        inside(&r, || act("set_complete"));
        for (create, construct, expected) in
            [(E_ACCESSDENIED, S_OK, E_ACCESSDENIED), (S_OK, E_NOTIMPL, CO_E_INITIALIZATIONFAILED)]
        {
            probes.behave(|behaviour| (behaviour.create, behaviour.construct) = (create, construct));
            assert_eq!(code(call(&r, || Ok(()))), expected);
            probes.behave(|behaviour| (behaviour.create, behaviour.construct) = (S_OK, S_OK));
            inside(&r, || {
                assert_eq!(reach().0, None);
                act("set_complete");
            });
        }
        assert!(world.runtime.is_alive());
    });
}

#[test]
fn a_pool_makes_its_instances_out_of_reach_of_every_object_context() {
    let pool = "object_pooling_enabled = true\nconstruction_enabled = true\nmax_pool_size = 8";
    let row = |services: &str, more: &str| format!("{services}\n{pool}\n{more}");
    let (filled, own, jit) = (row(RAW, "min_pool_size = 2"), row(SYNCHRONIZED, ""), row(REQUIRED, ""));
    let classes = [("X", REQUIRED), ("F", &*filled), ("O", &own), ("J", &jit)];
    with_components(&classes, |world, _| {
        let (hooks, told) = tellers();
        for name in ["F", "O", "J"] {
            hooks::register(world, name, ThreadingModel::Both, &hooks);
        }
        let made = |told: &[(&'static str, Reached)]| {
            let made = |&&(what, _): &&(&str, Reached)| ["constructor", "construct"].contains(&what);
            told.iter().filter(made).map(|(what, (code, base, _))| (*what, *code, *base)).collect::<Vec<_>>()
        };
        let hidden = |what| (what, Some(CONTEXT_E_NOCONTEXT), true);
        let one = [hidden("constructor"), hidden("construct")];
        // Ahead of any request, by whoever comes first; the pool of F makes two.
        let x = create("X");
        inside(&x, || drop(create("F")));
        assert_eq!(made(&told()), [one, one].concat());
        assert_eq!(inside(&x, reach).0, None);
        // In the clean-up cycle, which here runs where there is an object context.
        let held = create("F");
        told();
        let domain = enter(&crate::support::root());
        world.runtime.process().pool_manager().clean_up();
        assert_eq!(made(&told()), one);
        assert_eq!(reach().0, None);
        domain.leave().unwrap();
        drop(held);
        world.runtime.process().pool_manager().shutdown_pool("Tests.F").unwrap();
        // For a request: at the creation, or at the first call of a just-in-time object.
        for name in ["O", "J"] {
            let object = inside(&x, move || agile(&create(name))).resolve(PROBE).unwrap();
            let seen = inside(&object, reach);
            assert_eq!(seen.0, None, "{name}");
            let all = told();
            assert_eq!(made(&all), one, "{name}");
            assert_eq!(all.last(), Some(&("activate", seen)), "{name}");
            drop(object);
            world.runtime.process().pool_manager().shutdown_pool(&format!("Tests.{name}")).unwrap();
            let gone = told();
            assert_eq!(gone.last().map(|(what, (code, ..))| (*what, *code)), Some(("destructor", one[0].1)), "{name}");
        }
    });
}
