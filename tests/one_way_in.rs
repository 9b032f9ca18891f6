//! Whoever supplies the code of a method, calls take one way: the machine tells the same story of components whose
//! methods are closures and of those whose methods stand in a scenario, event by event and id by id.

mod support;

use complus::{
    Activation, ClassFactory, Method, Object, Reference, Result, Schedule, VirtualClock,
    event::{Event, What},
    id::{ActivityId, ContextId, TransactionId},
    prelude::*,
};
use complus_scenario::{Options, Scenario, Source, model::Class, parse, run};
use std::sync::Arc;
use support::Recorder;
use uuid::Uuid;

/// A root with auto-done, a member of its transaction without, an object in another apartment, a neutral one.
const STORY: &str = r#"
application "Bank" activation="library" {
    component "Bank.Transfer" ThreadingModel="Both" Transaction="RequiresNew" { method "Move" AutoComplete=#true }
    component "Bank.Account" ThreadingModel="Both" Transaction="Required" { method "Debit" }
    component "Bank.Rates" ThreadingModel="Neutral" Synchronization="Required" { method "Get" }
    component "Bank.Tool" ThreadingModel="Both" Transaction="Required" MustRunInDefaultContext=#true { method "Use" }
}
class "Bank.Transfer" {
    method "Move" {
        create "Bank.Account" as="account"
        call "account" "Debit"
        create "Bank.Rates" as="rates"
        call "rates" "Get"
        create "Bank.Tool" as="tool"
        call "tool" "Use"
        call "account" "Debit"
    }
}
thread "client" apartment="mta" {
    create "Bank.Transfer" as="transfer"
    call "transfer" "Move"
    call "transfer" "Move"
}
"#;

/// What happened, and where.
type Told = Vec<(What, Option<ContextId>, Option<ActivityId>, Option<TransactionId>)>;

fn told<'e>(events: impl Iterator<Item = &'e Event>) -> Told {
    let place = |event: &Event| (event.what.clone(), event.context, event.activity, event.transaction);
    events.map(place).collect()
}

fn scenario() -> Scenario {
    parse(Source::new("story.kdl", STORY)).unwrap_or_else(|error| panic!("{error}"))
}

/// The story as data.
fn scripted() -> Told {
    let run = run(&scenario(), &Options::default()).unwrap();
    assert!(run.holds(), "{:?}", run.failures);
    told(run.events())
}

/// The same machine, on which `tell` tells the story.
fn in_code(classes: impl Fn(&Runtime, &Class), tell: impl FnOnce(&Names) + Send + 'static) -> Told {
    let (scenario, recorder) = (scenario(), Recorder::default());
    let builder = Runtime::builder().seed(42).clock(VirtualClock::new()).schedule(Schedule::Deterministic(42));
    let catalog = scenario.catalog.clone().unwrap();
    let runtime = builder.catalog(catalog).observer(Arc::new(recorder.clone())).build().unwrap();
    scenario.classes.iter().for_each(|class| classes(&runtime, class));
    let names = Names(scenario);
    let client = runtime.spawn(move || {
        let _apartment = Apartment::initialize(ApartmentModel::Multithreaded).unwrap();
        tell(&names);
    });
    runtime.start();
    client.join().unwrap();
    told(recorder.events().iter())
}

/// What the classes and methods of the story are to the machine.
#[derive(Clone)]
struct Names(Scenario);

impl Names {
    fn class(&self, name: &str) -> &Class {
        self.0.classes.iter().find(|class| class.name == name).unwrap()
    }

    fn create(&self, class: &str) -> Reference {
        Activation::of(self.class(class).clsid).create().unwrap()
    }

    fn method(&self, class: &str, name: &str) -> Method {
        let method = self.class(class).method(name, None).unwrap();
        Method { interface: method.interface.iid, number: method.number }
    }
}

struct Plain(Vec<Uuid>);

impl Object for Plain {
    fn supports(&self, interface: Uuid) -> bool {
        self.0.contains(&interface)
    }
}

impl ClassFactory for Plain {
    fn create_instance(&self) -> Result<Arc<dyn Object>> {
        Ok(Arc::new(Plain(self.0.clone())))
    }
}

fn register(runtime: &Runtime, class: &Class) {
    let interfaces: Vec<Uuid> = class.interfaces().map(|interface| interface.iid).collect();
    runtime.register_class(class.clsid, class.threading_model, move || Arc::new(Plain(interfaces.clone())));
}

/// The story as closures that are called through references.
fn closures() -> Told {
    in_code(register, |names| {
        let transfer = names.create("Bank.Transfer");
        for _ in 0..2 {
            let inside = names.clone();
            let moving = move |_: &dyn Object| {
                let call = |object: &Reference, class, method| object.call(inside.method(class, method), |_| Ok(()));
                let account = inside.create("Bank.Account");
                call(&account, "Bank.Account", "Debit")?;
                let rates = inside.create("Bank.Rates");
                call(&rates, "Bank.Rates", "Get")?;
                let tool = inside.create("Bank.Tool");
                call(&tool, "Bank.Tool", "Use")?;
                call(&account, "Bank.Account", "Debit")?;
                [tool, rates, account].into_iter().try_for_each(Reference::release)
            };
            transfer.call(names.method("Bank.Transfer", "Move"), moving).unwrap();
        }
        transfer.release().unwrap();
    })
}

/// How often a context was entered, and left.
fn entries(told: &Told) -> (usize, usize) {
    let count = |is: fn(&What) -> bool| told.iter().filter(|(what, ..)| is(what)).count();
    let entered = count(|what| matches!(what, What::CallEntered { .. }));
    (entered, count(|what| matches!(what, What::CallReturned { .. })))
}

#[test]
fn methods_of_scenarios_and_closures_go_the_same_way() {
    let (scripted, closures) = (scripted(), closures());
    // Each creation, each call and each last release enters a context once: 1 + 2 x (1 + 3 + 4 + 3) + 1.
    assert_eq!(entries(&closures), (24, 24));
    for (place, (scripted, closure)) in scripted.iter().zip(&closures).enumerate() {
        assert_eq!(scripted, closure, "event {place}");
    }
    assert_eq!(scripted.len(), closures.len());
}
