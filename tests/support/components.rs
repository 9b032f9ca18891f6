//! Components for tests: a catalog of some classes, and objects that tell what becomes of them.

use super::{Story, World};
use complus::{
    Activation, AgileReference, ClassFactory, Compat, Method, Object, ObjectConstruct, ObjectControl, Reference,
    Result, RuntimeBuilder,
    attribute::{AgileReferenceOptions, TransactionVote},
    catalog::{Catalog, Options},
    id::{ActivityId, TransactionId},
    prelude::*,
};
use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex},
};
use uuid::Uuid;

/// The CLSID of a class of tests.
pub(crate) fn clsid(name: &str) -> Uuid {
    Uuid::new_v5(&Uuid::NAMESPACE_OID, name.as_bytes())
}

/// The interface of all objects of tests.
pub(crate) const PROBE: Uuid = Uuid::from_u128(0x0070_726f_6265);
/// A method that is not auto-done.
pub(crate) const PLAIN: Method = Method { interface: PROBE, number: 3 };
/// One that is, in [`AUTO`] components.
pub(crate) const AUTO_DONE: Method = Method { interface: PROBE, number: 4 };

/// Properties of a component without any service: it shares its creator's context.
pub(crate) const RAW: &str = "transaction = \"disabled\"";
/// Those of an application whose components need no context of their own because of it.
pub(crate) const QUIET: &str = "access_checks_level = \"application\"\nevents_enabled = false";
/// A transactional component; synchronization and just-in-time activation follow.
pub(crate) const REQUIRED: &str = "transaction = \"required\"";
/// The same, which needs no transaction.
pub(crate) const SUPPORTED: &str = "transaction = \"supported\"";
/// The same with a transaction of its own.
pub(crate) const REQUIRES_NEW: &str = "transaction = \"requires_new\"";

/// A class of a test: its name and its properties, as lines of a catalog file.
pub(crate) type Row<'a> = (&'a str, &'a str);

/// The text of a catalog with one library application of these properties and these classes. All are made by the
/// factory "probe", threading model Both unless they say so.
pub(crate) fn catalog_text(application: &str, classes: &[Row<'_>]) -> String {
    let mut text = format!(
        "format = 1\ndefaults = \"ws2003\"\n\n[[application]]\nid = \"{{{}}}\"\nname = \"Tests\"\nactivation = \
         \"library\"\nauthentication = \"default\"\n{application}\n",
        Uuid::from_u128(0xa)
    );
    classes.iter().for_each(|row| text += &component_text(row));
    text
}

/// A class as the component of an application.
pub(crate) fn component_text((name, properties): &Row<'_>) -> String {
    let model = if properties.contains("threading_model") { "" } else { "threading_model = \"both\"\n" };
    let component = format!(
        "\n[[application.component]]\nclsid = \"{{{}}}\"\nprogid = \"Tests.{name}\"\nfactory = \
         \"probe\"\n{model}{properties}\n",
        clsid(name)
    );
    let interface = |auto: &str| {
        format!(
            "\n[[application.component.interface]]\niid = \"{{{PROBE}}}\"\nname = \
             \"IProbe\"\n\n[[application.component.interface.method]]\nindex = 4\nname = \"Auto\"\n{auto}\n"
        )
    };
    let is_jit = ["\"required\"\n", "\"supported\"\n", "\"requires_new\"\n"]
        .iter()
        .any(|value| format!("{properties}\n").contains(&format!("transaction = {value}")))
        || properties.contains("just_in_time_activation = true");
    component + &interface(if is_jit { "auto_complete = true" } else { "" })
}

/// The catalog itself.
#[track_caller]
pub(crate) fn catalog(application: &str, classes: &[Row<'_>]) -> Catalog {
    catalog_with(Compat::default(), application, classes)
}

/// The same under other policy switches.
#[track_caller]
pub(crate) fn catalog_with(compat: Compat, application: &str, classes: &[Row<'_>]) -> Catalog {
    parsed(compat, &catalog_text(application, classes))
}

/// The catalog that a text says.
#[track_caller]
pub(crate) fn parsed(compat: Compat, text: &str) -> Catalog {
    let source = complus_diagnostic::Source::new("tests.toml", text);
    match complus::catalog::parse(source, Options { compat, ..Options::default() }) {
        Ok(loaded) => loaded.catalog,
        Err(error) => panic!("{error:?}\n{text}"),
    }
}

/// How the objects of a class behave; everything succeeds by default.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Behaviour {
    /// It has IObjectControl.
    pub(crate) controls: bool,
    /// It has IObjectConstruct.
    pub(crate) constructs: bool,
    /// What the class factory answers.
    pub(crate) create: HResult,
    /// What Construct answers.
    pub(crate) construct: HResult,
    /// What Activate answers.
    pub(crate) activate: HResult,
    /// What CanBePooled answers.
    pub(crate) poolable: bool,
    /// It aggregates the free-threaded marshaler.
    pub(crate) agile: bool,
    /// Its class lets objects become parts of others.
    pub(crate) aggregates: bool,
}

impl Default for Behaviour {
    fn default() -> Self {
        let ok = complus::hresult::S_OK;
        Self {
            controls: true,
            constructs: true,
            create: ok,
            construct: ok,
            activate: ok,
            poolable: true,
            agile: false,
            aggregates: true,
        }
    }
}

/// What the objects of a machine tell, and how they behave.
#[derive(Clone, Default)]
pub(crate) struct Probes {
    /// What became of them, in its order.
    pub(crate) story: Story,
    behaviour: Arc<Mutex<Behaviour>>,
    made: Arc<Mutex<u32>>,
    hooks: Arc<Mutex<BTreeMap<&'static str, Hook>>>,
}

type Hook = Arc<dyn Fn() + Send + Sync>;

impl Probes {
    /// How objects behave from now on.
    pub(crate) fn behave(&self, change: impl FnOnce(&mut Behaviour)) {
        change(&mut self.behaviour.lock().unwrap());
    }

    /// What objects do from now on at this step: "create", "construct", "activate", "deactivate", "can be pooled".
    pub(crate) fn at(&self, step: &'static str, hook: impl Fn() + Send + Sync + 'static) {
        self.hooks.lock().unwrap().insert(step, Arc::new(hook));
    }

    fn reach(&self, step: &str) {
        let hook = self.hooks.lock().unwrap().get(step).cloned();
        if let Some(hook) = hook {
            hook();
        }
    }

    /// What was told since the last time.
    pub(crate) fn told(&self) -> Vec<String> {
        self.story.take()
    }

    /// Makes the classes of a machine known.
    pub(crate) fn register(&self, runtime: &Runtime) {
        let probes = self.clone();
        runtime.register_factory("probe", move || Arc::new(ProbeClass(probes.clone())));
    }
}

struct ProbeClass(Probes);

impl ClassFactory for ProbeClass {
    fn create_instance(&self) -> Result<Arc<dyn Object>> {
        let mut made = self.0.made.lock().unwrap();
        *made += 1;
        let number = *made;
        drop(made);
        self.0.story.tell(format!("create {number}"));
        self.0.reach("create");
        answer(self.0.behaviour.lock().unwrap().create)?;
        Ok(Arc::new(Probe { number, probes: self.0.clone(), behaviour: *self.0.behaviour.lock().unwrap() }))
    }

    fn aggregates(&self) -> bool {
        self.0.behaviour.lock().unwrap().aggregates
    }
}

/// An object that tells what becomes of it.
pub(crate) struct Probe {
    /// Its number among those of its machine.
    pub(crate) number: u32,
    probes: Probes,
    behaviour: Behaviour,
}

fn answer(code: HResult) -> Result<()> {
    if code.is_failure() { Err(code.into()) } else { Ok(()) }
}

impl Probe {
    fn tell(&self, what: &str) {
        self.probes.story.tell(format!("{what} {}", self.number));
    }
}

impl Object for Probe {
    fn supports(&self, interface: Uuid) -> bool {
        interface == PROBE
    }

    fn control(&self) -> Option<&dyn ObjectControl> {
        self.behaviour.controls.then_some(self)
    }

    fn construction(&self) -> Option<&dyn ObjectConstruct> {
        self.behaviour.constructs.then_some(self)
    }

    fn is_free_threaded(&self) -> bool {
        self.behaviour.agile
    }
}

impl ObjectControl for Probe {
    fn activate(&self) -> Result<()> {
        self.tell("activate");
        self.probes.reach("activate");
        answer(self.behaviour.activate)
    }

    fn deactivate(&self) {
        self.tell("deactivate");
        self.probes.reach("deactivate");
    }

    fn can_be_pooled(&self) -> bool {
        self.tell("can be pooled");
        self.probes.reach("can be pooled");
        self.probes.behaviour.lock().unwrap().poolable
    }
}

impl ObjectConstruct for Probe {
    fn construct(&self, string: &str) -> Result<()> {
        self.tell(&format!("construct {string:?}"));
        self.probes.reach("construct");
        answer(self.behaviour.construct)
    }
}

impl Drop for Probe {
    fn drop(&mut self) {
        self.tell("destroy");
    }
}

/// Runs `test` on every machine with these classes, in the MTA; what the objects tell is kept in `Probes`.
#[track_caller]
pub(crate) fn with_components(classes: &[Row<'_>], test: impl Fn(&World, &Probes) + Sync) {
    with_application(QUIET, classes, test);
}

/// The same in an application with these properties.
#[track_caller]
pub(crate) fn with_application(application: &str, classes: &[Row<'_>], test: impl Fn(&World, &Probes) + Sync) {
    with_switches(Compat::default(), application, classes, test);
}

/// The same under other policy switches.
#[track_caller]
pub(crate) fn with_switches(
    compat: Compat,
    application: &str,
    classes: &[Row<'_>],
    test: impl Fn(&World, &Probes) + Sync,
) {
    let build = |builder: RuntimeBuilder| builder.compat(compat).catalog(catalog_with(compat, application, classes));
    super::every_bare_machine(build, |world| {
        let probes = Probes::default();
        probes.register(&world.runtime);
        let _apartment = Apartment::initialize(ApartmentModel::Multithreaded).unwrap();
        test(world, &probes);
    });
}

/// A new object of a class of tests.
pub(crate) fn try_create(name: &str) -> Result<Reference> {
    Activation::of(clsid(name)).interface(PROBE).create()
}

/// The same, which has to succeed.
#[track_caller]
pub(crate) fn create(name: &str) -> Reference {
    try_create(name).unwrap_or_else(|error| panic!("{name}: {error:?}"))
}

/// Runs code as a method of the object.
pub(crate) fn call<T: Send + 'static>(
    object: &Reference,
    run: impl FnOnce() -> Result<T> + Send + 'static,
) -> Result<T> {
    object.call(PLAIN, move |_| run())
}

/// Runs code as a method of the object, which has to succeed.
#[track_caller]
pub(crate) fn inside<T: Send + 'static>(object: &Reference, run: impl FnOnce() -> T + Send + 'static) -> T {
    call(object, move || Ok(run())).unwrap()
}

/// Something that a method leaves for others: for another method of its object, or for the test.
pub(crate) struct Kept<T>(Arc<Mutex<Option<T>>>);

impl<T> Kept<T> {
    /// Nothing yet.
    pub(crate) fn new() -> Self {
        Self(Arc::default())
    }

    /// Keeps it.
    pub(crate) fn put(&self, it: T) {
        let before = self.0.lock().unwrap().replace(it);
        drop(before);
    }

    /// Takes it away.
    #[track_caller]
    pub(crate) fn take(&self) -> T {
        let it = self.0.lock().unwrap().take();
        it.expect("somebody left it")
    }
}

impl<T: Clone> Kept<T> {
    /// What is kept.
    #[track_caller]
    pub(crate) fn get(&self) -> T {
        self.0.lock().unwrap().clone().expect("somebody left it")
    }
}

impl<T> Clone for Kept<T> {
    fn clone(&self) -> Self {
        Self(self.0.clone())
    }
}

/// The transaction of this code.
#[track_caller]
pub(crate) fn own_transaction() -> Transaction {
    super::here().info().transaction().unwrap().expect("in a transaction")
}

/// A call on the object context, by its word in the tables.
#[track_caller]
pub(crate) fn act(word: &str) {
    let (context, state) = (super::here(), super::here().state());
    match word {
        "nothing" => Ok(()),
        "set_complete" => context.set_complete(),
        "set_abort" => context.set_abort(),
        "enable_commit" => context.enable_commit(),
        "disable_commit" => context.disable_commit(),
        "vote_commit" => state.set_my_transaction_vote(TransactionVote::Commit),
        "vote_abort" => state.set_my_transaction_vote(TransactionVote::Abort),
        "deactivate_true" => state.set_deactivate_on_return(true),
        "deactivate_false" => state.set_deactivate_on_return(false),
        _ => panic!("{word} is no call"),
    }
    .unwrap();
}

/// The object, for every context.
pub(crate) fn agile(object: &Reference) -> AgileReference {
    AgileReference::new(object, PROBE, AgileReferenceOptions::Default).unwrap()
}

/// Where code runs: context, activity, transaction.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Here {
    /// Token of the context.
    pub(crate) token: complus::ContextToken,
    /// Its activity.
    pub(crate) activity: Option<ActivityId>,
    /// Its transaction.
    pub(crate) transaction: Option<TransactionId>,
}

/// Where this code runs.
#[track_caller]
pub(crate) fn place() -> Here {
    let token = complus::context_token().unwrap();
    match ObjectContext::current() {
        Ok(context) => {
            Here { token, activity: context.activity_id().unwrap(), transaction: context.transaction_id().unwrap() }
        }
        Err(_) => Here { token, activity: None, transaction: None },
    }
}

/// Where the object's methods run.
#[track_caller]
pub(crate) fn place_of(object: &Reference) -> Here {
    inside(object, place)
}
