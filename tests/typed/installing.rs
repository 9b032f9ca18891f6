//! Installing components: what the catalog says of them afterwards.

use crate::support::*;
use complus::{
    Result,
    attribute::{Activation, IsolationLevel, SynchronizationAttribute, ThreadingModel, TransactionAttribute},
    catalog::{Class, Pool, schema},
    hresult::{
        COMADMIN_E_COMPFILE_NOTINSTALLABLE, COMADMIN_E_NOTCHANGEABLE, COMADMIN_E_PROGIDINUSEBYCLSID,
        COMADMIN_E_PROPERTYSAVEFAILED,
    },
    prelude::*,
    typed::Component,
};
use std::time::Duration;

#[complus::interface(iid = "7f1c8b52-6a0e-4c3a-9d7b-2f5d6e8a9b02")]
trait Account {
    #[auto_complete]
    fn debit(&self, amount: i64) -> Result<()>;
    fn heir(&self) -> Result<Option<Ref<dyn Account>>>;
}

/// Everything that can be said.
#[complus::component(
    prog_id = "Meridian.Account",
    clsid = "{7f1c8b52-6a0e-4c3a-9d7b-2f5d6e8a9b01}",
    application = "Bank",
    description = "Holds money",
    threading = Both,
    transaction = RequiresNew,
    isolation = RepeatableRead,
    timeout = 30,
    synchronization = Required,
    just_in_time = true,
    pooled(min = 1, max = 5, creation_timeout = 2000),
    construction = "DSN=x",
    access_checks,
    event_tracking = false,
    interfaces(Account, crate::support::Named),
    control,
    construct,
)]
#[derive(Default)]
struct Everything;

impl Account for Everything {
    fn debit(&self, _: i64) -> Result<()> {
        Ok(())
    }
    fn heir(&self) -> Result<Option<Ref<dyn Account>>> {
        Ok(None)
    }
}

impl Named for Everything {
    fn name(&self) -> Result<String> {
        Ok(String::new())
    }
    fn rename(&self, name: String) -> Result<String> {
        Ok(name)
    }
}

impl ObjectControl for Everything {}

impl ObjectConstruct for Everything {
    fn construct(&self, _: &str) -> Result<()> {
        Ok(())
    }
}

fn class<T: Component>(world: &World) -> Class {
    let snapshot = world.runtime.catalog().snapshot();
    let [class] = snapshot.classes().configurations(T::DESCRIPTION.clsid) else { panic!("not one") };
    class.clone()
}

#[test]
fn a_component_is_installed_with_all_that_it_says() {
    every_machine(|world| {
        world.runtime.install::<Everything>().unwrap();
        let class = class::<Everything>(world);
        assert_eq!(class.clsid.to_string(), "7f1c8b52-6a0e-4c3a-9d7b-2f5d6e8a9b01");
        assert_eq!((class.progid(), class.factory()), ("Meridian.Account", "typed::installing::Everything"));
        assert_eq!(class.component.threading_model, ThreadingModel::Both);
        assert_eq!(class.transaction(), TransactionAttribute::RequiresNew);
        assert_eq!(class.component.isolation, IsolationLevel::RepeatableRead);
        assert_eq!(class.transaction_timeout, Some(Duration::from_secs(30)));
        assert_eq!(class.synchronization(), SynchronizationAttribute::Required);
        assert!(
            class.component.just_in_time
                && class.component.security.component_checks
                && !class.component.tracked
                && !class.private
        );
        let pool = Pool { min: 1, max: 5, creation_timeout: Some(Duration::from_secs(2)) };
        assert_eq!(class.pool, Some(pool));
        assert_eq!((class.constructed, class.constructor_string()), (true, "DSN=x"));
        assert!(!class.component.must_run_in_client_context && !class.component.must_run_in_default_context);
        assert_eq!(class.node().get(schema::component::DESCRIPTION), "Holds money");

        let snapshot = world.runtime.catalog().snapshot();
        let application = snapshot.classes().application_of(&class);
        assert_eq!((application.name(), application.activation), ("Bank", Activation::Library));
        assert!(!application.access_checks);

        let methods = |interface: &complus::catalog::Interface<'_>| -> Vec<(i32, String, bool)> {
            interface.methods().map(|it| (it.index(), it.name().to_string(), it.auto_complete())).collect()
        };
        let mut interfaces: Vec<_> = class.interfaces().map(|it| (it.name().to_string(), methods(&it))).collect();
        interfaces.sort();
        assert_eq!(
            interfaces,
            [
                ("Account".into(), vec![(3, "debit".into(), true), (4, "heir".into(), false)]),
                ("Named".into(), vec![(3, "name".into(), false), (4, "rename".into(), false)]),
            ]
        );
        let account = class.interfaces().find(|it| it.name() == "Account").unwrap();
        assert_eq!(account.iid().to_string(), "7f1c8b52-6a0e-4c3a-9d7b-2f5d6e8a9b02");
    });
}

#[test]
fn installing_again_changes_nothing_and_the_catalog_has_the_last_word() {
    every_machine(|world| {
        world.runtime.install::<Everything>().unwrap();
        let before = world.runtime.catalog().generation();
        world.runtime.install::<Everything>().unwrap();
        complus::install::<Everything>().unwrap();
        assert_eq!(world.runtime.catalog().generation(), before);

        let administrator = world.runtime.catalog().administer();
        let mut applications = administrator.collection("Applications").unwrap();
        applications.populate().unwrap();
        assert_eq!(applications.count(), 1);
        let key = applications.item(0).unwrap().key();
        let mut components = applications.collection("Components", key).unwrap();
        components.populate().unwrap();
        components.item_mut(0).unwrap().set(schema::component::CONSTRUCTOR_STRING, "DSN=y").unwrap();
        components.save_changes().result.unwrap();
        world.runtime.install::<Everything>().unwrap();
        assert_eq!(class::<Everything>(world).constructor_string(), "DSN=y");
    });
}

#[complus::component(prog_id = "Meridian.Plain", interfaces(Account), transaction = Required)]
#[derive(Default)]
struct Plain;

#[complus::component(prog_id = "Meridian.Unsafe", interfaces(Account), transaction = Required, synchronization = NotSupported)]
#[derive(Default)]
struct Contradictory;

#[complus::component(prog_id = "Meridian.Hasty", interfaces(Account), transaction = Required, just_in_time = false)]
#[derive(Default)]
struct Hasty;

#[complus::component(prog_id = "Meridian.Account", interfaces(Account))]
#[derive(Default)]
struct Namesake;

#[complus::component(prog_id = "Meridian.Nothing")]
#[derive(Default)]
struct Nothing;

#[complus::component(interfaces(Account), must_run_in_client_context, must_run_in_default_context)]
#[derive(Default)]
struct Torn;

#[complus::component(interfaces(Account), pooled(min = 6, max = 5))]
#[derive(Default)]
struct Narrow;

macro_rules! accounts {
    ($($name:ident),+) => {$(
        impl Account for $name {
            fn debit(&self, _: i64) -> Result<()> {
                Ok(())
            }
            fn heir(&self) -> Result<Option<Ref<dyn Account>>> {
                Ok(None)
            }
        }
    )+};
}
accounts!(Plain, Contradictory, Hasty, Namesake, Torn, Narrow);

#[test]
fn what_is_not_said_follows_from_the_rest() {
    every_machine(|world| {
        world.runtime.install::<Plain>().unwrap();
        let account = Ref::<dyn Account>::new(Plain).unwrap();
        assert_eq!((account.debit(1), account.heir()), (Ok(()), Ok(None)));
        let class = class::<Plain>(world);
        assert_eq!(class.synchronization(), SynchronizationAttribute::Required);
        assert!(class.component.just_in_time);
        let snapshot = world.runtime.catalog().snapshot();
        assert_eq!(snapshot.classes().application_of(&class).name(), "Meridian", "the first part of the ProgID");
        assert_eq!(Torn::DESCRIPTION.application, "complus", "the package");
        assert_eq!(Torn::DESCRIPTION.prog_id, "");
    });
}

#[test]
fn a_component_that_contradicts_itself_is_not_installed_and_nothing_is_changed() {
    every_machine(|world| {
        let runtime = &world.runtime;
        let before = runtime.catalog().generation();
        assert_eq!(code(runtime.install::<Contradictory>()), COMADMIN_E_PROPERTYSAVEFAILED);
        assert_eq!(code(runtime.install::<Hasty>()), COMADMIN_E_PROPERTYSAVEFAILED);
        assert_eq!(code(runtime.install::<Torn>()), COMADMIN_E_PROPERTYSAVEFAILED);
        assert_eq!(code(runtime.install::<Narrow>()), COMADMIN_E_PROPERTYSAVEFAILED);
        assert_eq!(code(runtime.install::<Nothing>()), COMADMIN_E_COMPFILE_NOTINSTALLABLE);
        assert_eq!(runtime.catalog().generation(), before);
        assert!(runtime.catalog().snapshot().applications().is_empty());
        let unknown = complus::create_instance::<dyn Account>(Contradictory::DESCRIPTION.clsid);
        assert_eq!(code(unknown), complus::hresult::REGDB_E_CLASSNOTREG);

        runtime.install::<Everything>().unwrap();
        assert_eq!(code(runtime.install::<Namesake>()), COMADMIN_E_PROGIDINUSEBYCLSID);
    });
}

#[test]
fn an_application_that_is_there_is_used_and_a_locked_one_refuses() {
    every_machine(|world| {
        let administrator = world.runtime.catalog().administer();
        let mut applications = administrator.collection("Applications").unwrap();
        applications.populate().unwrap();
        applications.add().unwrap().put("Name", "bank").unwrap();
        applications.save_changes().result.unwrap();
        world.runtime.install::<Everything>().unwrap();
        let snapshot = world.runtime.catalog().snapshot();
        let [application] = snapshot.classes().applications() else { panic!("not one") };
        assert_eq!((application.name(), application.activation), ("bank", Activation::Server));

        let fresh = applications.add().unwrap();
        fresh.put("Name", "Meridian").unwrap();
        fresh.put("Changeable", false).unwrap();
        applications.save_changes().result.unwrap();
        assert_eq!(code(world.runtime.install::<Plain>()), COMADMIN_E_NOTCHANGEABLE);
    });
}

#[test]
fn ids_are_the_same_in_every_build() {
    // Version 5 ids in the namespace of the library, computed elsewhere.
    let derived = [Plain::DESCRIPTION.clsid, Torn::DESCRIPTION.clsid];
    assert_eq!(
        derived.map(|id| id.to_string()),
        ["ab250361-2876-5dd4-a65a-f8e064086cb4", "70a7738d-fb8c-5cc8-b413-a5c6908d9008"]
    );
}
