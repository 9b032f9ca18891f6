//! Whoever supplies the code of a method, calls take one way: the machine tells the same story of components whose
//! methods are closures, of those whose methods stand in a scenario, and of those that are Rust traits, event by event
//! and id by id.

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

/// The same classes in Rust; their ids are those that the scenario's names stand for.
mod typed {
    use complus::{Result, prelude::*};

    #[complus::interface(iid = "4bcf748d-04d3-5e33-bb56-f5a5c51506eb")]
    pub(crate) trait Transfer {
        #[auto_complete]
        fn move_money(&self) -> Result<()>;
    }

    #[complus::interface(iid = "f82e5fed-f98c-5814-8846-17c988e5126e")]
    pub(crate) trait Account {
        fn debit(&self) -> Result<()>;
    }

    #[complus::interface(iid = "c4612e61-3f68-5597-ad5f-e1fa8f32dd96")]
    pub(crate) trait Rates {
        fn get(&self) -> Result<()>;
    }

    #[complus::interface(iid = "9348f0da-3633-5000-b896-72542433924a")]
    pub(crate) trait Tool {
        fn use_it(&self) -> Result<()>;
    }

    #[complus::component(prog_id = "Bank.Transfer", clsid = "0bce35bf-b5bc-521b-8b24-06948f21fc9a", threading = Both, interfaces(Transfer))]
    #[derive(Default)]
    pub(crate) struct TransferClass;

    #[complus::component(prog_id = "Bank.Account", clsid = "5e3bd908-5c98-5f7e-ba83-b4834c114128", threading = Both, interfaces(Account))]
    #[derive(Default)]
    pub(crate) struct AccountClass;

    #[complus::component(prog_id = "Bank.Rates", clsid = "8e748899-47fb-5035-aa21-9ba683abc65f", threading = Neutral, interfaces(Rates))]
    #[derive(Default)]
    pub(crate) struct RatesClass;

    #[complus::component(prog_id = "Bank.Tool", clsid = "31bed79c-e86c-52b4-8fb1-93b0ae44ca44", threading = Both, interfaces(Tool))]
    #[derive(Default)]
    pub(crate) struct ToolClass;

    impl Transfer for TransferClass {
        fn move_money(&self) -> Result<()> {
            let account: Ref<dyn Account> = complus::create_instance("Bank.Account")?;
            account.debit()?;
            let rates: Ref<dyn Rates> = complus::create_instance("Bank.Rates")?;
            rates.get()?;
            let tool: Ref<dyn Tool> = complus::create_instance("Bank.Tool")?;
            tool.use_it()?;
            account.debit()?;
            tool.release()?;
            rates.release()?;
            account.release()
        }
    }

    impl Account for AccountClass {
        fn debit(&self) -> Result<()> {
            Ok(())
        }
    }

    impl Rates for RatesClass {
        fn get(&self) -> Result<()> {
            Ok(())
        }
    }

    impl Tool for ToolClass {
        fn use_it(&self) -> Result<()> {
            Ok(())
        }
    }

    /// Makes the classes known to a machine whose catalog has them.
    pub(crate) fn install(runtime: &Runtime) {
        runtime.install::<TransferClass>().unwrap();
        runtime.install::<AccountClass>().unwrap();
        runtime.install::<RatesClass>().unwrap();
        runtime.install::<ToolClass>().unwrap();
    }
}

/// The story as methods of Rust traits.
fn in_rust() -> Told {
    use typed::Transfer;
    in_code(
        |runtime, _| typed::install(runtime),
        |_| {
            let transfer: Ref<dyn Transfer> = complus::create_instance("Bank.Transfer").unwrap();
            transfer.move_money().unwrap();
            transfer.move_money().unwrap();
            transfer.release().unwrap();
        },
    )
}

/// How often a context was entered, and left.
fn entries(told: &Told) -> (usize, usize) {
    let count = |is: fn(&What) -> bool| told.iter().filter(|(what, ..)| is(what)).count();
    let entered = count(|what| matches!(what, What::CallEntered { .. }));
    (entered, count(|what| matches!(what, What::CallReturned { .. })))
}

#[test]
fn methods_of_scenarios_of_rust_traits_and_closures_go_the_same_way() {
    let (scripted, closures, typed) = (scripted(), closures(), in_rust());
    // Each creation, each call and each last release enters a context once: 1 + 2 x (1 + 3 + 4 + 3) + 1.
    assert_eq!(entries(&closures), (24, 24));
    for other in [scripted, typed] {
        for (place, (one, closure)) in other.iter().zip(&closures).enumerate() {
            assert_eq!(one, closure, "event {place}");
        }
        assert_eq!(other.len(), closures.len());
    }
}
