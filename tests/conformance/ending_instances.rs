//! Activations whose instance ends before they have reached it: another one takes them (ACT 3.3, SEC D.6).

use crate::support::{
    Recorder, World,
    applications::{server, text},
    code,
    components::{Probes, RAW, call, create, inside, parsed, try_create},
    until,
};
use complus::{
    ApplicationInstance, Compat, HResult, Runtime, VirtualClock,
    event::{ApplicationStep, Event, What},
    hresult::*,
    prelude::*,
};
use std::{
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, Ordering},
        mpsc,
    },
    thread,
};

/// Runs `test` on machines with the application Server of the class S, whose administrator does `act` whenever an event
/// is told for which `when` holds; the thread that tells it goes on afterwards.
#[track_caller]
fn with_administrator(
    when: fn(&What) -> bool,
    act: impl Fn(&Runtime) + Copy + Send + Sync + 'static,
    test: impl Fn(&World, &Probes, &AtomicBool),
) {
    for virtually in [false, true] {
        let log = Recorder::default();
        let is_there = Arc::new(AtomicBool::new(true));
        let (ask, asked) = mpsc::channel();
        let (answer, answered) = mpsc::channel();
        let between = Mutex::new((ask.clone(), answered));
        let works = is_there.clone();
        let observer = move |event: &Event| {
            if when(&event.what) && works.load(Ordering::SeqCst) {
                let between = between.lock().unwrap();
                between.0.send(true).unwrap();
                between.1.recv().unwrap();
            }
        };
        let catalog = parsed(Compat::default(), &text("", &[server("Server", &[("S", RAW)])]));
        let mut builder = Runtime::builder().catalog(catalog).observer(log.observer());
        builder = builder.observer(Arc::new(observer));
        if virtually {
            builder = builder.clock(VirtualClock::new());
        }
        let runtime = builder.build().unwrap();
        let administrator = thread::spawn({
            let runtime = runtime.clone();
            move || {
                while asked.recv().unwrap() {
                    act(&runtime);
                    answer.send(()).unwrap();
                }
            }
        });
        let _bound = runtime.enter();
        let probes = Probes::default();
        probes.register(&runtime);
        let apartment = Apartment::initialize(ApartmentModel::Multithreaded).unwrap();
        test(&World::of(runtime.clone(), log), &probes, &is_there);
        drop(apartment);
        ask.send(false).unwrap();
        administrator.join().unwrap();
    }
}

/// It was decided where the object goes, and who makes it: the request is about to leave.
fn is_decided(what: &What) -> bool {
    matches!(what, What::Activating { .. })
}

/// An instance was started for the request.
fn is_started(what: &What) -> bool {
    matches!(what, What::Application { step: ApplicationStep::Started, .. })
}

fn shut_down(runtime: &Runtime) {
    runtime.shutdown_application("Server").unwrap();
}

fn kill(runtime: &Runtime) {
    runtime.application_instances().iter().for_each(|instance| instance.process().kill());
}

/// What became of instances, how often it was decided on an activation, and the codes of those that were refused.
#[derive(Debug, Default, PartialEq)]
struct Told {
    steps: Vec<ApplicationStep>,
    decided: usize,
    refused: Vec<HResult>,
}

fn told(world: &World) -> Told {
    let mut told = Told::default();
    for what in world.log.take_whats() {
        match what {
            What::Application { step, .. } => told.steps.push(step),
            What::Activating { .. } => told.decided += 1,
            What::ActivationRefused { error, .. } => told.refused.push(error),
            _ => {}
        }
    }
    told
}

/// The instance that was chosen ends on the way to it.
#[track_caller]
fn the_next_instance_takes_it(act: fn(&Runtime), ended: ApplicationStep) {
    with_administrator(is_decided, act, |world, probes, is_there| {
        let s = create("S");
        is_there.store(false, Ordering::SeqCst);
        let (started, decided) = (ApplicationStep::Started, 1);
        assert_eq!(told(world), Told { steps: vec![started, ended, started], decided, refused: vec![] });
        assert_eq!(probes.told(), ["create 1", "activate 1"], "it is made once");
        let instance = inside(&s, || ApplicationInstance::current().unwrap()).unwrap();
        assert_eq!(world.runtime.application_instances(), [instance]);
        assert_eq!(call(&s, || Ok(7)), Ok(7));
    });
}

#[test]
fn an_instance_that_is_shut_down_before_the_request_arrives_is_replaced() {
    the_next_instance_takes_it(shut_down, ApplicationStep::ShutDown);
}

#[test]
fn an_instance_that_dies_before_the_request_arrives_is_replaced() {
    the_next_instance_takes_it(kill, ApplicationStep::ForcedDown);
}

#[test]
fn one_instance_after_the_other_that_ends_is_server_stopping() {
    with_administrator(is_started, shut_down, |world, probes, is_there| {
        assert_eq!(code(try_create("S")), CO_E_SERVER_STOPPING);
        let steps = [ApplicationStep::Started, ApplicationStep::ShutDown].repeat(5);
        assert_eq!(told(world), Told { steps, decided: 1, refused: vec![CO_E_SERVER_STOPPING] });
        assert_eq!(probes.told(), [] as [String; 0]);
        assert_eq!(world.runtime.application_instances(), []);
        is_there.store(false, Ordering::SeqCst);
        assert_eq!(call(&create("S"), || Ok(7)), Ok(7), "once the administrator rests");
    });
}

#[test]
fn the_next_instance_may_be_paused() {
    let act = |runtime: &Runtime| {
        shut_down(runtime);
        runtime.start_application("Server").unwrap().pause().unwrap();
    };
    with_administrator(is_decided, act, |world, probes, _| {
        assert_eq!(code(try_create("S")), CO_E_SERVER_PAUSED);
        let steps = vec![
            ApplicationStep::Started,
            ApplicationStep::ShutDown,
            ApplicationStep::Started,
            ApplicationStep::Paused(true),
        ];
        assert_eq!(told(world), Told { steps, decided: 1, refused: vec![CO_E_SERVER_PAUSED] });
        assert_eq!(probes.told(), [] as [String; 0]);
    });
}

fn own_instance() -> ApplicationInstance {
    ApplicationInstance::current().unwrap().unwrap()
}

#[test]
fn a_creation_that_has_begun_is_not_tried_again_when_its_instance_ends() {
    with_administrator(
        |_| false,
        |_| (),
        |world, probes, _| {
            // In peace: what runs comes to its end, what comes later finds nobody.
            probes.at("create", || own_instance().shutdown().unwrap());
            let s = create("S");
            assert_eq!(code(call(&s, || Ok(7))), RPC_E_DISCONNECTED);
            let steps = vec![ApplicationStep::Started, ApplicationStep::ShutDown];
            assert_eq!(told(world), Told { steps, decided: 1, refused: vec![] });
            // Its thread lets it go, on its way out.
            until(|| probes.story.told().len() == 4);
            assert_eq!(probes.told(), ["create 1", "activate 1", "deactivate 1", "destroy 1"]);

            probes.at("create", || own_instance().process().kill());
            assert_eq!(code(try_create("S")), RPC_E_DISCONNECTED);
            let steps = vec![ApplicationStep::Started, ApplicationStep::ForcedDown];
            assert_eq!(told(world), Told { steps, decided: 1, refused: vec![] });
            assert_eq!(probes.told()[0], "create 2");
        },
    );
}

#[test]
fn a_factory_that_answers_as_one_that_is_gone_is_believed() {
    with_administrator(
        |_| false,
        |_| (),
        |world, probes, _| {
            probes.behave(|behaviour| behaviour.create = RPC_E_DISCONNECTED);
            assert_eq!(code(try_create("S")), RPC_E_DISCONNECTED);
            assert_eq!(told(world), Told { steps: vec![ApplicationStep::Started], decided: 1, refused: vec![] });
        },
    );
}
