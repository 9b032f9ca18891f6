//! The scenarios of SEC F.1, and those of other parts that need the catalog alone.

mod support;

use complus_catalog::{
    Administrator, Catalog, ExportOptions, InstallOptions, Language, Options, Value, parse,
    schema::{Access, CollectionId, application as app, assigned_role, component, partition_user},
};
use complus_core::{
    CatalogDefaults, Compat,
    attribute::{SynchronizationAttribute as Sync, ThreadingModel, TransactionAttribute as Tx},
    hresult::*,
};
use complus_diagnostic::Source;
use support::*;
use uuid::Uuid;

const INVALID: &str = "<Invalid>";

#[test]
fn sec_cat_01_an_empty_catalog_has_no_applications_and_no_partitions_collection() {
    let catalog = Catalog::new(options());
    let mut applications = catalog.administer().collection("Applications").unwrap();
    assert_eq!(applications.populate(), Ok(()));
    assert_eq!(applications.count(), 0);
    let mut partitions = catalog.administer().collection("Partitions").unwrap();
    assert_eq!(partitions.populate().unwrap_err().hresult(), COMADMIN_E_PARTITIONS_DISABLED);
}

#[test]
fn sec_cat_02_a_new_application_has_a_new_id_and_the_defaults() {
    for profile in [CatalogDefaults::Ws2003, CatalogDefaults::W2k] {
        let compat = Compat { defaults: profile, ..Compat::default() };
        let catalog = Catalog::new(Options { compat, ..options() });
        let mut applications = collection(&catalog, "Applications", &[]);
        applications.add().unwrap().put("Name", "Bank").unwrap();
        assert_eq!(save(&mut applications), (1, None, vec![]));
        applications.populate().unwrap();
        let item = applications.item(0).unwrap();
        assert!(!item.get(app::ID).is_nil());
        for property in applications.schema().properties.iter().filter(|it| it.access != Access::WriteOnly) {
            let value = item.value(property.name).unwrap();
            match property.name {
                "ID" => {}
                "Name" => assert_eq!(value, Value::from("Bank")),
                name => assert_eq!(value, property.default(profile).to_value(), "{name}"),
            }
        }
    }
}

#[test]
fn sec_cat_03_the_id_of_a_saved_application_cannot_be_written() {
    let catalog = Catalog::new(options());
    let id = application(&catalog, "Bank");
    let mut applications = collection(&catalog, "Applications", &[]);
    let item = applications.item_mut(0).unwrap();
    let other = Value::Guid(Uuid::from_u128(7));
    assert_eq!(item.put("ID", other).unwrap_err().hresult(), E_INVALIDARG);
    assert!(item.is_property_read_only("ID").unwrap());
    assert_eq!(save(&mut applications), (0, None, vec![]));
    applications.populate().unwrap();
    assert_eq!(applications.item(0).unwrap().get(app::ID), id);
    // before it is saved it can be
    let added = applications.add().unwrap();
    assert!(!added.is_property_read_only("ID").unwrap());
    added.put("ID", "{00000000-0000-0000-0000-000000000007}").unwrap();
    assert_eq!(save(&mut applications), (1, None, vec![]));
    assert_eq!(applications.item(1).unwrap().get(app::ID), Uuid::from_u128(7));
}

#[test]
fn sec_cat_04_a_name_loses_its_outer_blanks() {
    let catalog = Catalog::new(options());
    application(&catalog, "  Bank  ".trim());
    let mut applications = collection(&catalog, "Applications", &[]);
    applications.item_mut(0).unwrap().put("Name", "  Bank  ").unwrap();
    assert_eq!(save(&mut applications), (1, None, vec![]));
    applications.populate().unwrap();
    assert_eq!(applications.item(0).unwrap().name(), "Bank");
}

#[test]
fn sec_cat_05_a_transaction_switches_jit_on_and_asks_for_synchronization() {
    let (catalog, mut components) = component_of(&class(1));
    components.item_mut(0).unwrap().put("Transaction", 3).unwrap();
    assert_eq!(save(&mut components), (1, None, vec![]));
    assert_eq!(services(&catalog), (Tx::Required, true, Sync::Required));
}

/// A component that requires a transaction.
fn transactional() -> (Catalog, complus_catalog::Collection) {
    component_of(&class(1).attribute(component::TRANSACTION, Tx::Required))
}

fn refused(property: &str) -> (usize, Option<complus_core::HResult>, Vec<(String, String, complus_core::HResult)>) {
    let row = (clsid(1).to_string(), property.to_string(), COMADMIN_E_PROPERTYSAVEFAILED);
    (1, Some(COMADMIN_E_OBJECTERRORS), vec![row])
}

#[test]
fn sec_cat_06_a_transaction_keeps_its_synchronization() {
    let (catalog, mut components) = transactional();
    components.item_mut(0).unwrap().put("Synchronization", 1).unwrap();
    assert_eq!(save(&mut components), refused("Synchronization"));
    assert_eq!(services(&catalog), (Tx::Required, true, Sync::Required));
    // the same through the collection of errors
    let mut errors = components.collection("ErrorInfo", "").unwrap();
    errors.populate().unwrap();
    assert_eq!(errors.count(), 1);
    let row = errors.item(0).unwrap();
    assert_eq!(row.value("ErrorCode"), Ok(Value::from("0x80110437")));
    assert_eq!(row.value("MajorRef"), Ok(Value::from(clsid(1).to_string())));
    assert_eq!(row.value("MinorRef"), Ok(Value::from("Synchronization")));
    // and the next operation forgets it
    components.populate().unwrap();
    let mut errors = components.collection("ErrorInfo", "").unwrap();
    errors.populate().unwrap();
    assert_eq!(errors.count(), 0);
}

#[test]
fn sec_cat_07_a_transaction_keeps_jit_activation() {
    let (catalog, mut components) = transactional();
    components.item_mut(0).unwrap().put("JustInTimeActivation", false).unwrap();
    assert_eq!(save(&mut components), refused("JustInTimeActivation"));
    assert_eq!(services(&catalog), (Tx::Required, true, Sync::Required));
}

#[test]
fn sec_cat_08_a_new_transaction_may_have_a_new_activity() {
    let (catalog, mut components) = component_of(&class(1).attribute(component::TRANSACTION, Tx::RequiresNew));
    components.item_mut(0).unwrap().put("Synchronization", 4).unwrap();
    assert_eq!(save(&mut components), (1, None, vec![]));
    assert_eq!(services(&catalog), (Tx::RequiresNew, true, Sync::RequiresNew));
}

#[test]
fn sec_cat_09_a_joining_transaction_may_not_have_a_new_activity() {
    let (catalog, mut components) = transactional();
    components.item_mut(0).unwrap().put("Synchronization", 4).unwrap();
    assert_eq!(save(&mut components), refused("Synchronization"));
    assert_eq!(services(&catalog), (Tx::Required, true, Sync::Required));
}

#[test]
fn sec_cat_13_jit_activation_asks_for_synchronization() {
    let (catalog, mut components) = component_of(&class(1));
    components.item_mut(0).unwrap().put("JustInTimeActivation", true).unwrap();
    assert_eq!(save(&mut components), (1, None, vec![]));
    assert_eq!(services(&catalog), (Tx::NotSupported, true, Sync::Required));
}

fn not_poolable() -> Vec<(String, String, complus_core::HResult)> {
    vec![(clsid(1).to_string(), "ObjectPoolingEnabled".into(), COMADMIN_E_OBJECTNOTPOOLABLE)]
}

#[test]
fn sec_cat_14_an_object_bound_to_a_thread_is_not_pooled() {
    for model in [ThreadingModel::Apartment, ThreadingModel::Main, ThreadingModel::NotSpecified] {
        let (_, mut components) = component_of(&class(1).threading_model(model));
        components.item_mut(0).unwrap().put("ObjectPoolingEnabled", true).unwrap();
        assert_eq!(save(&mut components), (1, Some(COMADMIN_E_OBJECTERRORS), not_poolable()), "{model}");
    }
    for model in [ThreadingModel::Free, ThreadingModel::Both, ThreadingModel::Neutral] {
        let (_, mut components) = component_of(&class(1).threading_model(model));
        components.item_mut(0).unwrap().put("ObjectPoolingEnabled", true).unwrap();
        assert_eq!(save(&mut components), (1, None, vec![]), "{model}");
    }
}

#[test]
fn act_f06_pooling_needs_a_threading_model_without_a_thread() {
    let (catalog, mut components) = component_of(&class(1).threading_model(ThreadingModel::Apartment));
    components.item_mut(0).unwrap().put("ObjectPoolingEnabled", true).unwrap();
    assert_eq!(save(&mut components), (1, Some(COMADMIN_E_OBJECTERRORS), not_poolable()));
    assert!(catalog.snapshot().classes().iter().all(|class| class.pool.is_none()));
}

#[test]
fn act_c08_both_must_run_flags_are_refused_and_fail_an_activation_if_they_are_there() {
    let (catalog, mut components) = component_of(&class(1));
    let item = components.item_mut(0).unwrap();
    item.put("MustRunInClientContext", true).unwrap();
    item.put("MustRunInDefaultContext", true).unwrap();
    let row = (clsid(1).to_string(), INVALID.to_string(), COMADMIN_E_PROPERTYSAVEFAILED);
    assert_eq!(save(&mut components), (1, Some(COMADMIN_E_OBJECTERRORS), vec![row]));
    components.populate().unwrap();
    components.item_mut(0).unwrap().put("MustRunInClientContext", true).unwrap();
    assert_eq!(save(&mut components), (1, None, vec![]));
    components.item_mut(0).unwrap().put("MustRunInDefaultContext", true).unwrap();
    assert_eq!(save(&mut components), refused("MustRunInDefaultContext"));
    // forced in
    let snapshot = catalog.snapshot();
    let mut class = snapshot.classes().iter().next().unwrap().clone();
    assert_eq!(class.check_at_activation(&mut ()), Ok(()));
    class.component.must_run_in_default_context = true;
    assert_eq!(class.check_at_activation(&mut ()).unwrap_err().hresult(), CO_E_ACTIVATIONFAILED_CATALOGERROR);
}

#[test]
fn syn_a10_the_catalog_enforces_synchronization_of_transactions() {
    let (catalog, mut components) = transactional();
    components.item_mut(0).unwrap().set(component::SYNCHRONIZATION, Sync::NotSupported).unwrap();
    assert_eq!(save(&mut components), refused("Synchronization"));
    assert_eq!(services(&catalog), (Tx::Required, true, Sync::Required));
    let (catalog, mut components) = component_of(&class(1));
    components.item_mut(0).unwrap().set(component::TRANSACTION, Tx::Required).unwrap();
    assert_eq!(save(&mut components), (1, None, vec![]));
    assert_eq!(services(&catalog), (Tx::Required, true, Sync::Required));
}

#[test]
fn syn_a11_jit_activation_may_have_a_new_activity() {
    let (catalog, mut components) = component_of(&class(1).attribute(component::JUST_IN_TIME_ACTIVATION, true));
    assert_eq!(services(&catalog), (Tx::NotSupported, true, Sync::Required));
    components.item_mut(0).unwrap().set(component::SYNCHRONIZATION, Sync::RequiresNew).unwrap();
    assert_eq!(save(&mut components), (1, None, vec![]));
    assert_eq!(services(&catalog), (Tx::NotSupported, true, Sync::RequiresNew));
}

#[test]
fn sec_cat_15_the_smallest_pool_is_no_larger_than_the_largest() {
    let pooled = class(1).attribute(component::OBJECT_POOLING_ENABLED, true).attribute(component::MAX_POOL_SIZE, 8);
    let (_, mut components) = component_of(&pooled);
    components.item_mut(0).unwrap().put("MinPoolSize", 9).unwrap();
    assert_eq!(save(&mut components), refused("MinPoolSize"));
    components.populate().unwrap();
    components.item_mut(0).unwrap().put("MinPoolSize", 8).unwrap();
    assert_eq!(save(&mut components), (1, None, vec![]));
    components.item_mut(0).unwrap().put("MaxPoolSize", 7).unwrap();
    assert_eq!(save(&mut components), refused("MaxPoolSize"));
}

#[test]
fn sec_cat_17_an_application_that_may_not_be_deleted_stays() {
    let catalog = Catalog::new(options());
    let id = application(&catalog, "Bank");
    let mut applications = collection(&catalog, "Applications", &[]);
    applications.item_mut(0).unwrap().put("Deleteable", false).unwrap();
    assert_eq!(save(&mut applications), (1, None, vec![]));
    applications.remove(0).unwrap();
    let row = (Value::Guid(id).to_string(), INVALID.to_string(), COMADMIN_E_NOTDELETEABLE);
    assert_eq!(save(&mut applications), (1, Some(COMADMIN_E_OBJECTERRORS), vec![row]));
    applications.populate().unwrap();
    assert_eq!(applications.count(), 1);
}

#[test]
fn sec_cat_18_an_application_goes_with_everything_in_it() {
    let catalog = bank();
    let mut applications = collection(&catalog, "Applications", &[]);
    let index = applications.iter().position(|item| item.name() == "Meridian Bank").unwrap();
    applications.remove(index).unwrap();
    assert_eq!(save(&mut applications), (1, None, vec![]));
    assert_eq!(catalog.violations().len(), 0);
    let snapshot = catalog.snapshot();
    assert_eq!(snapshot.applications().iter().map(|it| it.name()).collect::<Vec<_>>(), ["Meridian Tools"]);
    assert!(snapshot.classes().iter().all(|class| class.clsid == bank_id(0x0106)));
    // and a role goes with its members and every assignment of it
    let catalog = bank();
    let mut roles = collection(&catalog, "Roles", &[MERIDIAN_BANK.into()]);
    let index = roles.iter().position(|item| item.name() == "Teller").unwrap();
    roles.remove(index).unwrap();
    assert_eq!(save(&mut roles), (1, None, vec![]));
    assert_eq!(catalog.violations().len(), 0);
    let snapshot = catalog.snapshot();
    assert!(snapshot.applications()[0].role_members().all(|(role, _)| role != "Teller"));
    for class in snapshot.classes().iter() {
        assert!(class.roles().all(|role| role != "Teller"));
        for interface in class.interfaces() {
            assert!(
                interface.roles().chain(interface.methods().flat_map(|it| it.roles())).all(|role| role != "Teller")
            );
        }
    }
}

/// The keys of ITransfer.Move.
fn transfer_move() -> [Value; 4] {
    [MERIDIAN_BANK.into(), Value::Guid(bank_id(0x0101)), Value::Guid(bank_id(0x0201)), Value::Long(3)]
}

#[test]
fn sec_cat_20_a_method_is_assigned_roles_of_its_application_only() {
    let catalog = bank();
    let mut roles = collection(&catalog, "RolesForMethod", &transfer_move());
    roles.add().unwrap().set(assigned_role::NAME, "Ghost").unwrap();
    let row = ("Ghost".to_string(), "Name".to_string(), COMADMIN_E_ROLE_DOES_NOT_EXIST);
    assert_eq!(save(&mut roles), (1, Some(COMADMIN_E_OBJECTERRORS), vec![row]));
    roles.populate().unwrap();
    assert_eq!(roles.iter().map(|item| item.name()).collect::<Vec<_>>(), ["Teller"]);
}

#[test]
fn sec_cat_21_the_legal_item_is_saved_and_the_illegal_one_is_not() {
    for atomic_saves in [false, true] {
        let compat = Compat { atomic_saves, ..Compat::default() };
        let catalog = Catalog::new(Options { compat, ..options() });
        let id = application(&catalog, "Test");
        catalog.administer().install_components("Test", &[class(1), class(2)]).unwrap();
        let mut components = collection(&catalog, "Components", &[Value::Guid(id)]);
        components.find_mut(&clsid(1)).unwrap().put("MinPoolSize", -1).unwrap();
        components.find_mut(&clsid(2)).unwrap().put("Description", "legal").unwrap();
        let row = (clsid(1).to_string(), "MinPoolSize".to_string(), COMADMIN_E_PROPERTYSAVEFAILED);
        assert_eq!(save(&mut components), (2, Some(COMADMIN_E_OBJECTERRORS), vec![row]));
        components.populate().unwrap();
        let stored = |components: &mut complus_catalog::Collection, number| {
            let item = components.find_mut(&clsid(number)).unwrap();
            (item.get(component::MIN_POOL_SIZE), item.get(component::DESCRIPTION).to_string())
        };
        assert_eq!(stored(&mut components, 1), (0, String::new()));
        let description = if atomic_saves { "" } else { "legal" };
        assert_eq!(stored(&mut components, 2), (0, description.to_string()), "atomic_saves {atomic_saves} (O-21)");
    }
}

#[test]
fn sec_cat_22_populating_again_loses_what_was_not_saved() {
    let catalog = bank();
    let mut applications = collection(&catalog, "Applications", &[]);
    applications.item_mut(0).unwrap().put("Description", "lost").unwrap();
    applications.add().unwrap();
    applications.remove(1).unwrap();
    assert_eq!(applications.populate(), Ok(()));
    assert_eq!(save(&mut applications), (0, None, vec![]));
    assert_eq!(applications.count(), 2);
    assert!(applications.iter().all(|item| item.get(app::DESCRIPTION).is_empty()));
}

#[test]
fn sec_cat_24_the_last_writers_whole_view_counts() {
    let catalog = bank();
    let mut first = collection(&catalog, "Applications", &[]);
    let mut second = collection(&catalog, "Applications", &[]);
    first.item_mut(0).unwrap().put("Description", "by the first").unwrap();
    second.item_mut(0).unwrap().put("CreatedBy", "the second").unwrap();
    assert_eq!(save(&mut first), (1, None, vec![]));
    assert_eq!(save(&mut second), (1, None, vec![]));
    first.populate().unwrap();
    let item = first.item(0).unwrap();
    assert_eq!((item.get(app::DESCRIPTION), item.get(app::CREATED_BY)), ("", "the second"));
}

#[test]
fn sec_cat_25_removing_renumbers_and_writes_nothing_until_it_is_saved() {
    let catalog = bank();
    let mut applications = collection(&catalog, "Applications", &[]);
    applications.add().unwrap().put("Name", "Third").unwrap();
    assert_eq!(applications.count(), 3);
    assert_eq!(applications.item(2).unwrap().name(), "Third");
    let second = applications.item(1).unwrap().name();
    applications.remove(0).unwrap();
    assert_eq!(applications.count(), 2);
    assert_eq!(applications.item(0).unwrap().name(), second);
    assert_eq!(applications.item(1).unwrap().name(), "Third");
    assert_eq!(applications.remove(2).unwrap_err().hresult(), E_INVALIDARG);
    assert_eq!(catalog.snapshot().applications().len(), 2, "nothing was written");
    assert_eq!(save(&mut applications), (2, None, vec![]));
    let snapshot = catalog.snapshot();
    assert_eq!(snapshot.applications().iter().map(|it| it.name()).collect::<Vec<_>>(), [second.as_str(), "Third"]);
}

#[test]
fn sec_cat_27_a_query_leads_where_the_steps_lead() {
    let catalog = bank();
    let direct = collection(&catalog, "RolesForMethod", &transfer_move());
    let [application, clsid, iid, index] = transfer_move();
    let mut step = collection(&catalog, "Applications", &[]);
    let way = [
        ("Components", application),
        ("InterfacesForComponent", clsid),
        ("MethodsForInterface", iid),
        ("RolesForMethod", index),
    ];
    for (name, key) in way {
        step = step.collection(name, key).unwrap();
        step.populate().unwrap();
    }
    let keys = |collection: &complus_catalog::Collection| collection.iter().map(|item| item.key()).collect::<Vec<_>>();
    assert_eq!(keys(&direct), [Value::from("Teller")]);
    assert_eq!(keys(&step), keys(&direct));
}

/// Writes a description through an administrator.
fn describe(administrator: &Administrator, text: &str) -> complus_core::Result<()> {
    let mut applications = administrator.collection("Applications")?;
    applications.populate()?;
    applications.item_mut(0)?.put("Description", text)?;
    applications.save_changes().result
}

fn description(administrator: &Administrator) -> String {
    administrator.view().applications()[0].get(app::DESCRIPTION).to_string()
}

#[test]
fn sec_cat_28_a_writer_waits_for_the_transaction_that_holds_the_catalog() {
    let catalog = bank();
    let transaction = catalog.begin();
    describe(&transaction.administer(), "inside").unwrap();
    std::thread::scope(|scope| {
        let other = scope.spawn(|| describe(&catalog.administer(), "outside"));
        while catalog.waiting_writers() == 0 {
            std::thread::yield_now();
        }
        // readers do not wait: inside they see the interim state, outside the committed one
        assert_eq!(description(&transaction.administer()), "inside");
        assert_eq!(description(&catalog.administer()), "");
        transaction.commit().unwrap();
        assert_eq!(other.join().unwrap(), Ok(()));
    });
    assert_eq!(description(&catalog.administer()), "outside");
}

#[test]
fn sec_cat_30_an_aborted_transaction_leaves_nothing_and_holds_nothing() {
    let catalog = bank_with(Options { writer_wait: Some(std::time::Duration::ZERO), ..options() });
    let before = catalog.snapshot().generation();
    let transaction = catalog.begin();
    describe(&transaction.administer(), "inside").unwrap();
    assert_eq!(describe(&catalog.administer(), "too early").unwrap_err().hresult(), COMADMIN_E_REGDB_SYSTEMERR);
    transaction.abort();
    assert_eq!((description(&catalog.administer()), catalog.snapshot().generation()), (String::new(), before));
    describe(&catalog.administer(), "free").unwrap();
    assert_eq!(description(&catalog.administer()), "free");
}

#[test]
fn sec_cat_31_only_an_enabled_server_application_with_components_starts() {
    let catalog = bank();
    let administrator = catalog.administer();
    let start = |name: &str| administrator.check_start(name).map_err(|error| error.hresult());
    assert_eq!(start("Meridian Tools"), Err(COMADMIN_E_CAN_NOT_START_APP));
    assert_eq!(start("Meridian Bank"), Ok(bank_id(1)));
    assert_eq!(start("Nobody"), Err(COMADMIN_E_OBJECT_DOES_NOT_EXIST));
    application(&catalog, "Empty");
    assert_eq!(start("Empty"), Err(COMADMIN_E_START_APP_NEEDS_COMPONENTS));
    let mut applications = collection(&catalog, "Applications", &[]);
    applications.find_mut(&MERIDIAN_BANK.into()).unwrap().put("IsEnabled", false).unwrap();
    assert_eq!(save(&mut applications), (1, None, vec![]));
    assert_eq!(start("Meridian Bank"), Err(COMADMIN_E_START_APP_DISABLED));
}

#[test]
fn sec_cat_33_what_is_exported_without_users_comes_back_without_users() {
    let from = bank();
    for language in [Language::Toml, Language::Json] {
        let name = if language == Language::Toml { "bank.toml" } else { "bank.json" };
        let text = from.administer().export_application("Meridian Bank", ExportOptions::default(), language).unwrap();
        let file = Source::new(name, text);
        let to = Catalog::new(options());
        let install = || to.administer().install_application(&file, &InstallOptions { users: true, partition: None });
        assert_eq!(install().unwrap(), [bank_id(1)], "the id is free (O-26)");
        assert_eq!(install().unwrap_err().error().hresult(), COMADMIN_E_APPLICATIONEXISTS);
        let (before, after) = (from.snapshot(), to.snapshot());
        assert_eq!(after.applications()[0].role_members().count(), 0);
        let differences = complus_catalog::diff(before.applications()[0].node(), after.applications()[0].node());
        let lines: Vec<String> = differences.iter().map(ToString::to_string).collect();
        let gone = ["Teller/UsersInRole/MERIDIAN\\Tellers", "Manager/UsersInRole/MERIDIAN\\marta"];
        let gone = gone.into_iter().chain(["Auditor/UsersInRole/MERIDIAN\\olga", "Web/UsersInRole/MERIDIAN\\svc-web"]);
        let expected: Vec<String> = gone.map(|user| format!("- Roles/{user}")).collect();
        assert_eq!(lines, expected);
    }
    // to another partition: a new id, since the old one is taken
    let to = bank();
    switch_partitions_on(&to);
    let partition = add_partition(&to, "P1");
    let text = to.administer().export_application("Meridian Tools", ExportOptions::default(), Language::Toml).unwrap();
    let options = InstallOptions { users: false, partition: Some("P1".into()) };
    let ids = to.administer().install_application(&Source::new("tools.toml", text), &options).unwrap();
    assert_ne!(ids, [bank_id(2)]);
    assert_eq!(to.snapshot().classes().configurations(bank_id(0x0106)).len(), 2);
    assert!(to.snapshot().applications().iter().any(|it| it.id == ids[0] && it.partition.0 == partition));
}

fn switch_partitions_on(catalog: &Catalog) {
    let mut machine = collection(catalog, "LocalComputer", &[]);
    machine.item_mut(0).unwrap().put("PartitionsEnabled", true).unwrap();
    assert_eq!(save(&mut machine), (1, None, vec![]));
}

fn add_partition(catalog: &Catalog, name: &str) -> Uuid {
    let mut partitions = collection(catalog, "Partitions", &[]);
    partitions.add().unwrap().put("Name", name).unwrap();
    assert_eq!(save(&mut partitions), (1, None, vec![]), "{:?}", partitions.error_info());
    catalog.administer().partition(name).unwrap()
}

#[test]
fn sec_cat_34_the_text_form_comes_back_byte_for_byte_and_an_unknown_key_is_shown() {
    let catalog = bank();
    assert_eq!(catalog.update_toml(BANK), BANK, "nothing differs, so nothing is touched");
    for (language, name) in [(Language::Toml, "bank.toml"), (Language::Json, "bank.json")] {
        let first = catalog.to_text(language);
        let again =
            parse(Source::new(name, first.clone()), options()).unwrap_or_else(|error| panic!("{error}")).catalog;
        assert_eq!(again.to_text(language), first);
        assert_eq!(complus_catalog::diff(catalog.snapshot().root(), again.snapshot().root()), []);
    }
    let wrong = BANK.replace("min_pool_size = 2", "min_pool_sise = 2");
    let line = wrong.lines().position(|line| line.starts_with("min_pool_sise")).unwrap() + 1;
    let error = parse(Source::new("bank.toml", wrong), options()).unwrap_err().to_string();
    assert!(error.contains(&format!("bank.toml:{line}:1")), "{error}");
    assert!(error.contains("^^^^^^^^^^^^^") && error.contains("did you mean `MinPoolSize`?"), "{error}");
}

#[test]
fn sec_cat_36_applications_are_not_copied_where_one_of_their_classes_is_configured() {
    let catalog = bank();
    switch_partitions_on(&catalog);
    add_partition(&catalog, "P1");
    let copy = |names: &[&str]| catalog.administer().copy_applications(names, "P1").map_err(|error| error.hresult());
    let ids = copy(&["Meridian Tools"]).unwrap();
    assert_eq!(ids.len(), 1);
    assert_ne!(ids[0], bank_id(2));
    let before = catalog.snapshot();
    // the tools are there already, so the bank does not come either
    assert_eq!(copy(&["Meridian Bank", "{8F2B5C1E-51A0-4D0B-9C55-0E5A3D1F0002}"]), Err(COMADMIN_E_APPLICATIONEXISTS));
    // nor under another name
    let mut applications = collection(&catalog, "Applications", &[]);
    applications.find_mut(&Value::Guid(ids[0])).unwrap().put("Name", "Other Tools").unwrap();
    assert_eq!(save(&mut applications), (1, None, vec![]));
    assert_eq!(copy(&["{8F2B5C1E-51A0-4D0B-9C55-0E5A3D1F0002}"]), Err(COMADMIN_E_COMPONENTEXISTS));
    assert_eq!(catalog.snapshot().applications().len(), before.applications().len());
    // what is copied has neither identity nor members
    let ids = copy(&["Meridian Bank"]).unwrap();
    let snapshot = catalog.snapshot();
    let copied = snapshot.applications().iter().find(|it| it.id == ids[0]).unwrap();
    assert_eq!((copied.identity(), copied.role_members().count()), ("Interactive User", 0));
    assert_eq!(catalog.violations().len(), 0);
}

#[test]
fn sec_par_09_the_default_partition_of_a_user_stays() {
    let catalog = Catalog::new(options());
    switch_partitions_on(&catalog);
    let partition = add_partition(&catalog, "P1");
    let mut users = collection(&catalog, "PartitionUsers", &[]);
    let user = users.add().unwrap();
    user.set(partition_user::ACCOUNT_NAME, "anna").unwrap();
    user.set(partition_user::DEFAULT_PARTITION_ID, partition).unwrap();
    assert_eq!(save(&mut users), (1, None, vec![]));
    let mut partitions = collection(&catalog, "Partitions", &[]);
    partitions.remove(0).unwrap();
    let row = (Value::Guid(partition).to_string(), INVALID.to_string(), COMADMIN_E_CAT_PARTITION_IN_USE);
    assert_eq!(save(&mut partitions), (1, Some(COMADMIN_E_OBJECTERRORS), vec![row]));
    partitions.populate().unwrap();
    assert_eq!(partitions.count(), 1);
    assert_eq!(partitions.schema().id, CollectionId::Partitions);
}
