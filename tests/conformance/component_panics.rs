//! What observers are told when code of a component panics: OnExceptionUser first, then what the policy does about it
//! (SEC C.5, D.8; AD-30).

use crate::support::{
    World,
    applications::{only_instance, server, with_applications},
    code,
    components::{PLAIN, QUIET, REQUIRED, create, inside, try_create, with_switches},
    pools::pooled,
};
use complus::{
    Compat, FailFast, Reference, Result,
    event::{ApplicationStep, ObjectStep, What},
    hresult::{RPC_E_DISCONNECTED, RPC_E_SERVERFAULT, S_OK},
    rules::application_instance::State,
};

fn contain() -> Compat {
    Compat { failfast: FailFast::Contain, ..Compat::default() }
}

#[derive(Debug, PartialEq)]
enum Told {
    Exception(Option<String>),
    Doomed,
    Aborted,
    Object(ObjectStep),
    Returned(Option<complus::HResult>),
    ActivityLeft,
    Died,
    Application(ApplicationStep),
}

fn told(world: &World) -> Vec<Told> {
    let of_panics = |what| {
        Some(match what {
            What::ExceptionUser { message } => Told::Exception(message.map(|it| it.to_string())),
            What::TransactionDoomed => Told::Doomed,
            What::TransactionAborted { .. } => Told::Aborted,
            What::Object { step, .. } => Told::Object(step),
            What::CallReturned { result, .. } => Told::Returned(result),
            What::ActivityLeft => Told::ActivityLeft,
            What::Failfast => Told::Died,
            What::Application { step, .. } => Told::Application(step),
            _ => return None,
        })
    };
    world.log.take_whats().into_iter().filter_map(of_panics).collect()
}

#[track_caller]
fn assert_told(world: &World, expected: &[Told]) {
    let told = told(world);
    if world.observed {
        assert_eq!(told, expected);
    }
}

fn panicking(object: &Reference) -> complus::HResult {
    code(object.call(PLAIN, |_| -> Result<()> { panic!("out of a method") }))
}

/// What a panic in a method of a just-in-time root is told as, up to the end of its call.
fn of_a_root() -> Vec<Told> {
    let text = Told::Exception(Some("out of a method".into()));
    vec![
        text,
        Told::Doomed,
        Told::Object(ObjectStep::Destroyed),
        Told::Aborted,
        Told::Returned(None),
        Told::ActivityLeft,
    ]
}

#[test]
fn a_panic_is_told_and_then_the_instance_of_the_application_is_forced_down() {
    with_applications(&[server("Server", &[("R", REQUIRED)])], |world, _| {
        let root = create("R");
        let context = inside(&root, || complus::ObjectContext::current().unwrap().info().context_id().unwrap());
        let instance = only_instance(world);
        world.log.take();
        assert_eq!(panicking(&root), RPC_E_SERVERFAULT);
        let event = world.log.events().into_iter().find(|it| matches!(it.what, What::ExceptionUser { .. }));
        assert_eq!(event.is_some(), world.observed);
        if let Some(event) = event {
            assert_eq!(event.context, Some(context), "it stands in the component's context");
            assert!(event.activity.is_some() && event.transaction.is_some());
        }
        let mut expected = of_a_root();
        expected.extend([Told::Died, Told::Application(ApplicationStep::ForcedDown)]);
        assert_told(world, &expected);
        assert_eq!(instance.state(), State::Stopped);
        assert_eq!(panicking(&root), RPC_E_DISCONNECTED);
        assert_told(world, &[]);
    });
}

#[test]
fn a_contained_panic_is_told_and_nobody_dies() {
    with_switches(contain(), QUIET, &[("R", REQUIRED)], |world, _| {
        let root = create("R");
        for _ in 0..2 {
            inside(&root, || ());
            world.log.take();
            assert_eq!(panicking(&root), RPC_E_SERVERFAULT);
            assert_told(world, &of_a_root());
            assert!(world.runtime.is_alive());
        }
    });
}

#[test]
fn a_panic_with_something_else_than_a_text_has_none() {
    with_switches(contain(), QUIET, &[("R", REQUIRED)], |world, _| {
        let root = create("R");
        world.log.take();
        let number = root.call(PLAIN, |_| -> Result<()> { std::panic::panic_any(7) });
        assert_eq!(code(number), RPC_E_SERVERFAULT);
        let owned = root.call(PLAIN, |_| -> Result<()> { panic!("{} and {}", 1, 2) });
        assert_eq!(code(owned), RPC_E_SERVERFAULT);
        let texts = told(world).into_iter().filter(|it| matches!(it, Told::Exception(_)));
        if world.observed {
            assert!(texts.eq([Told::Exception(None), Told::Exception(Some("1 and 2".into()))]));
        }
    });
}

#[test]
fn a_panic_in_the_life_of_an_instance_is_told_where_it_happened() {
    let properties = pooled("synchronization = \"required\"");
    for failfast in [FailFast::Contain, FailFast::KillInstance] {
        with_switches(Compat { failfast, ..Compat::default() }, QUIET, &[("P", &properties)], |world, probes| {
            probes.at("activate", || panic!("out of Activate"));
            let unless_contained = |mut told: Vec<Told>| {
                told.extend((failfast == FailFast::KillInstance).then_some(Told::Died));
                told
            };
            if failfast == FailFast::Contain {
                assert_eq!(code(try_create("P")), RPC_E_SERVERFAULT);
                let expected = [
                    Told::Object(ObjectStep::Created),
                    Told::Object(ObjectStep::TakenFromPool),
                    Told::Exception(Some("out of Activate".into())),
                    Told::Object(ObjectStep::Destroyed),
                    Told::Returned(None),
                    Told::ActivityLeft,
                ];
                assert_told(world, &expected);
            }
            probes.at("activate", || ());
            probes.at("deactivate", || panic!("out of Deactivate"));
            let object = create("P");
            world.log.take();
            drop(object);
            let died = unless_contained(vec![
                Told::Exception(Some("out of Deactivate".into())),
                Told::Object(ObjectStep::Deactivated),
                Told::Object(ObjectStep::CanBePooled(false)),
                Told::Object(ObjectStep::Destroyed),
            ]);
            let left = [Told::Returned(Some(S_OK)), Told::ActivityLeft];
            assert_told(world, &died.into_iter().chain(left).collect::<Vec<_>>());
            assert_eq!(world.runtime.is_alive(), failfast == FailFast::Contain);
        });
    }
}
