//! Policies of the program: order, refusal, panics, and every way into a context (ACT 8.2).

mod support;

use complus::{
    ContextCallback, CrossingCall, HResult, Policy, Result,
    event::Diagnostic,
    hresult::{E_ACCESSDENIED, E_FAIL, S_OK},
    prelude::*,
};
use std::sync::{
    Arc,
    atomic::{AtomicBool, Ordering},
};
use support::{
    components::{PLAIN, REQUIRED, catalog, create, inside, place},
    *,
};

/// A policy that tells what it sees, and refuses or panics when it is told to.
#[derive(Default)]
struct Teller {
    name: &'static str,
    story: Story,
    refuses: AtomicBool,
    panics: AtomicBool,
}

impl Teller {
    fn new(name: &'static str, story: &Story) -> Arc<Self> {
        Arc::new(Self { name, story: story.clone(), ..Self::default() })
    }
}

impl Policy for Teller {
    fn leaves_caller(&self, _: &CrossingCall) {
        self.story.tell(format!("{}: call", self.name));
    }

    fn enters_callee(&self, call: &CrossingCall) -> Result<()> {
        let context = ObjectContext::current().and_then(|context| context.context_id()).ok();
        let place = if context == call.callee { "there" } else { "elsewhere" };
        self.story.tell(format!("{}: enter {place}", self.name));
        assert!(!self.panics.load(Ordering::Relaxed), "as it was told");
        if self.refuses.load(Ordering::Relaxed) { Err(E_ACCESSDENIED.into()) } else { Ok(()) }
    }

    fn leaves_callee(&self, _: &CrossingCall, result: HResult) {
        self.story.tell(format!("{}: leave {result}", self.name));
    }

    fn returns_to_caller(&self, _: &CrossingCall, result: HResult) {
        self.story.tell(format!("{}: return {result}", self.name));
    }
}

/// Runs `test` on every machine with two policies, "a" before "b", and a transactional component "R".
fn with_policies(test: impl Fn(&World, &Story, &Teller, &Teller) + Sync) {
    let run = |virtually: bool| {
        let story = Story::default();
        let (a, b) = (Teller::new("a", &story), Teller::new("b", &story));
        let log = Recorder::default();
        let mut builder = Runtime::builder()
            .catalog(catalog(components::QUIET, &[("R", REQUIRED)]))
            .policy(a.clone())
            .policy(b.clone())
            .observer(log.observer());
        if virtually {
            builder = builder.clock(complus::VirtualClock::new());
        }
        let runtime = builder.build().unwrap();
        components::Probes::default().register(&runtime);
        let _bound = runtime.enter();
        let _apartment = Apartment::initialize(ApartmentModel::Multithreaded).unwrap();
        test(&World::of(runtime.clone(), log), &story, &a, &b);
    };
    run(false);
    run(true);
}

const ROUND: [&str; 8] = [
    "a: call",
    "b: call",
    "a: enter there",
    "b: enter there",
    "b: leave S_OK (0x00000000)",
    "a: leave S_OK (0x00000000)",
    "b: return S_OK (0x00000000)",
    "a: return S_OK (0x00000000)",
];

#[test]
fn policies_fire_in_their_order_and_back_in_the_opposite_one() {
    with_policies(|_, story, _, _| {
        let object = create("R");
        story.take();
        inside(&object, || ());
        assert_eq!(story.take(), ROUND);
    });
}

#[test]
fn every_way_into_a_context_passes_them() {
    with_policies(|_, story, _, _| {
        let activity = Activity::create(&synchronized()).unwrap();
        story.take();
        activity.synchronous_call(|| S_OK).unwrap();
        assert_eq!(story.take(), ROUND);
        let object = create("R");
        let door = inside(&object, || ContextCallback::current().unwrap());
        story.take();
        door.call(PLAIN, || S_OK).unwrap();
        assert_eq!(story.take(), ROUND);
    });
}

#[test]
fn a_call_within_a_context_passes_none() {
    with_policies(|_, story, _, _| {
        let domain = enter(&ServiceConfig::new());
        let _ = place();
        domain.leave().unwrap();
        assert_eq!(story.take(), [""; 0]);
    });
}

#[test]
fn a_refusal_keeps_the_method_and_later_policies_from_running() {
    with_policies(|_, story, a, _| {
        let object = create("R");
        a.refuses.store(true, Ordering::Relaxed);
        story.take();
        let ran = Story::default();
        let refused = object.call(PLAIN, {
            let ran = ran.clone();
            move |_| {
                ran.tell("ran");
                Ok(())
            }
        });
        assert_eq!(code(refused), E_ACCESSDENIED);
        assert_eq!(ran.take(), [""; 0]);
        let denied = "E_ACCESSDENIED (0x80070005)";
        let expected = [
            "a: call".into(),
            "b: call".into(),
            "a: enter there".into(),
            format!("b: return {denied}"),
            format!("a: return {denied}"),
        ];
        assert_eq!(story.take(), expected);
        a.refuses.store(false, Ordering::Relaxed);
        inside(&object, || ());
    });
}

#[test]
fn a_second_policy_that_refuses_lets_the_first_one_leave() {
    with_policies(|_, story, _, b| {
        let object = create("R");
        b.refuses.store(true, Ordering::Relaxed);
        story.take();
        assert_eq!(code(object.call(PLAIN, |_| Ok(()))), E_ACCESSDENIED);
        let told = story.take();
        assert_eq!(told[2..5], ["a: enter there", "b: enter there", "a: leave E_ACCESSDENIED (0x80070005)"]);
    });
}

#[test]
fn a_panic_on_the_way_in_is_a_refusal_and_a_diagnostic() {
    with_policies(|world, _, a, _| {
        let object = create("R");
        a.panics.store(true, Ordering::Relaxed);
        assert_eq!(code(object.call(PLAIN, |_| Ok(()))), complus::hresult::E_UNEXPECTED);
        assert_eq!(world.log.diagnostics(), [Diagnostic::CallbackPanicked]);
        a.panics.store(false, Ordering::Relaxed);
        inside(&object, || ());
    });
}

#[test]
fn a_failing_method_keeps_its_code() {
    with_policies(|_, story, _, _| {
        let object = create("R");
        story.take();
        assert_eq!(code(object.call(PLAIN, |_| Err::<(), _>(E_FAIL.into()))), E_FAIL);
        assert_eq!(story.take()[4], "b: leave E_FAIL (0x80004005)");
    });
}
