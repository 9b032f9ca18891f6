//! What collections do (SEC A.8), beside the scenarios.

mod support;

use complus_catalog::{
    Administrator, Catalog, Options, Rights, Value,
    schema::{CollectionId, application as app, component},
};
use complus_core::{CatalogDefaults, Compat, HResult, hresult::*};
use support::*;
use uuid::Uuid;

fn code<T: std::fmt::Debug>(result: complus_core::Result<T>) -> HResult {
    result.unwrap_err().hresult()
}

#[test]
fn every_misuse_of_a_value_is_an_invalid_argument_and_changes_nothing() {
    let catalog = bank();
    let mut applications = collection(&catalog, "Applications", &[]);
    let item = applications.item_mut(0).unwrap();
    assert_eq!(code(item.put("Nmae", "x")), E_INVALIDARG);
    assert_eq!(code(item.put("Name", 3)), E_INVALIDARG);
    assert_eq!(code(item.put("RunForever", 1)), E_INVALIDARG, "O-04: bool only");
    assert_eq!(code(item.put("RunForever", "Y")), E_INVALIDARG, "O-04");
    assert_eq!(code(item.put("IsSystem", true)), E_INVALIDARG);
    assert_eq!(code(item.value("Password")), E_INVALIDARG);
    assert_eq!(
        code(item.set(component::TRANSACTION, complus_core::attribute::TransactionAttribute::Required)),
        E_INVALIDARG
    );
    assert_eq!(item.is_property_write_only("Password"), Ok(true));
    assert_eq!(item.is_property_read_only("IsSystem"), Ok(true));
    assert!(!item.is_pending() && item.valid());
    assert_eq!(code(applications.item(2)), E_INVALIDARG);
    assert_eq!(code(applications.collection("Nothing", "x")), E_INVALIDARG);
    assert_eq!(code(applications.collection("UsersInRole", MERIDIAN_BANK)), E_INVALIDARG, "not below applications");
    assert_eq!(code(catalog.administer().collection("Components")), E_INVALIDARG, "no top-level collection");
    assert_eq!(code(catalog.administer().collection_by_query("Components", &[])), E_INVALIDARG);
    assert_eq!(code(catalog.administer().collection_by_query("Components", &["no id".into()])), E_INVALIDARG);
    assert_eq!(save(&mut applications), (0, None, vec![]));
}

#[test]
fn a_password_is_taken_and_forgotten() {
    let catalog = bank();
    let mut applications = collection(&catalog, "Applications", &[]);
    applications.item_mut(0).unwrap().put("Password", "secret").unwrap();
    assert_eq!(save(&mut applications), (1, None, vec![]));
    for language in [complus_catalog::Language::Toml, complus_catalog::Language::Json] {
        assert!(!catalog.to_text(language).contains("secret"));
    }
    assert!(!format!("{applications:?}").contains("secret"));
}

#[test]
fn what_cannot_be_added_or_removed_is_not_implemented() {
    let catalog = bank();
    let mut components = collection(&catalog, "Components", &[MERIDIAN_BANK.into()]);
    assert!(!components.add_enabled() && components.remove_enabled());
    assert_eq!(code(components.add()), E_NOTIMPL, "O-01");
    let mut machine = collection(&catalog, "LocalComputer", &[]);
    assert!(!machine.add_enabled() && !machine.remove_enabled());
    assert_eq!(code(machine.remove(0)), E_NOTIMPL, "O-01");
    assert_eq!(code(machine.populate_by_query("anything")), E_NOTIMPL);
    assert_eq!((machine.count(), save(&mut machine)), (1, (0, None, vec![])));
}

#[test]
fn a_key_that_is_missing_has_a_row_and_the_others_are_there() {
    let catalog = bank();
    let mut components = collection(&catalog, "Components", &[MERIDIAN_BANK.into()]);
    let [there, missing] = [bank_id(0x0103), bank_id(0x0199)].map(Value::Guid);
    assert_eq!(code(components.populate_by_key(&[missing.clone(), there.clone()])), COMADMIN_E_OBJECTERRORS, "O-23");
    assert_eq!(components.iter().map(|item| item.key()).collect::<Vec<_>>(), std::slice::from_ref(&there));
    let rows = components.error_info();
    assert_eq!((rows.len(), rows[0].error.hresult()), (1, COMADMIN_E_KEYMISSING));
    assert_eq!(rows[0].major_ref, missing.to_string());
    assert_eq!(components.populate_by_key(&[there.to_string().as_str().into()]), Ok(()), "an id as text");
    assert_eq!(components.count(), 1);
}

#[test]
fn what_is_gone_is_told_when_it_is_asked_for() {
    let catalog = bank();
    let mut stale = collection(&catalog, "Components", &[MERIDIAN_TOOLS.into()]);
    let mut applications = collection(&catalog, "Applications", &[]);
    let index = applications.iter().position(|item| item.name() == "Meridian Tools").unwrap();
    applications.remove(index).unwrap();
    assert_eq!(save(&mut applications), (1, None, vec![]));
    stale.item_mut(0).unwrap().put("Description", "late").unwrap();
    let key = Value::Guid(bank_id(0x0106)).to_string();
    let row = (key, "<Invalid>".to_string(), COMADMIN_E_OBJECT_PARENT_MISSING);
    assert_eq!(save(&mut stale), (1, Some(COMADMIN_E_OBJECTERRORS), vec![row]));
    assert_eq!(code(stale.populate()), COMADMIN_E_OBJECT_PARENT_MISSING);
    // an item that somebody else removed
    let keys = [MERIDIAN_BANK.into()];
    let (mut mine, mut theirs) = (collection(&catalog, "Roles", &keys), collection(&catalog, "Roles", &keys));
    theirs.remove(0).unwrap();
    assert_eq!(save(&mut theirs), (1, None, vec![]));
    mine.item_mut(0).unwrap().put("Description", "late").unwrap();
    assert_eq!(save(&mut mine).2[0].2, COMADMIN_E_KEYMISSING);
    mine.remove(0).unwrap();
    assert_eq!(save(&mut mine).2[0].2, COMADMIN_E_KEYMISSING);
}

#[test]
fn the_order_of_a_save_is_removals_changes_additions() {
    let catalog = bank();
    let mut roles = collection(&catalog, "Roles", &[MERIDIAN_BANK.into()]);
    // the new one can have the name of the one that goes
    roles.add().unwrap().put("Name", "Teller").unwrap();
    let index = roles.iter().position(|item| item.name() == "Teller").unwrap();
    roles.item_mut(index + 1).unwrap().put("Description", "changed").unwrap();
    roles.remove(index).unwrap();
    assert_eq!(save(&mut roles), (3, None, vec![]));
    roles.populate().unwrap();
    assert_eq!(roles.iter().map(|item| item.name()).collect::<Vec<_>>(), ["Manager", "Auditor", "Web", "Teller"]);
}

#[test]
fn a_refused_item_stays_pending_and_can_be_corrected() {
    let catalog = Catalog::new(options());
    let mut applications = collection(&catalog, "Applications", &[]);
    applications.add().unwrap().put("ShutdownAfter", 5000).unwrap();
    assert_eq!(save(&mut applications).2[0].1, "ShutdownAfter");
    applications.item_mut(0).unwrap().put("ShutdownAfter", 50).unwrap();
    assert_eq!(save(&mut applications), (1, None, vec![]));
    assert_eq!(save(&mut applications), (0, None, vec![]));
    assert_eq!(catalog.snapshot().applications()[0].node().get(app::SHUTDOWN_AFTER), 50);
}

#[test]
fn whoever_only_reads_may_not_write() {
    let catalog = bank();
    let reader = catalog.administer().with_rights(Rights::Reader);
    let mut applications = reader.collection("Applications").unwrap();
    applications.populate().unwrap();
    applications.item_mut(0).unwrap().put("Description", "x").unwrap();
    assert_eq!(save(&mut applications), (1, Some(E_ACCESSDENIED), vec![]));
    assert_eq!(code(reader.install_component("Meridian Bank", &class(1))), E_ACCESSDENIED);
}

#[test]
fn collections_about_collections_name_properties_and_children() {
    let catalog = bank();
    let names = |collection: &str, of: &complus_catalog::Collection| {
        let mut about = of.collection(collection, "").unwrap();
        about.populate().unwrap();
        about.iter().map(|item| item.name()).collect::<Vec<_>>()
    };
    let components = collection(&catalog, "Components", &[MERIDIAN_BANK.into()]);
    let properties = names("PropertyInfo", &components);
    assert_eq!(properties.len(), component::PROPERTIES.len());
    assert!(properties.contains(&"MustRunInClientContext".to_string()));
    let related = names("RelatedCollectionInfo", &components);
    let below = ["RolesForComponent", "InterfacesForComponent", "SubscriptionsForComponent"];
    assert_eq!(related, [&below[..], &["PropertyInfo", "RelatedCollectionInfo", "ErrorInfo"]].concat());
    let mut root = catalog.administer().collection("RelatedCollectionInfo").unwrap();
    root.populate().unwrap();
    assert!(
        root.iter().any(|item| item.name() == "Applications") && root.iter().all(|item| item.name() != "Principals")
    );
    for name in [
        "ComputerList",
        "DCOMProtocols",
        "ApplicationCluster",
        "WOWInprocServers",
        "FilesForImport",
        "ApplicationInstances",
    ] {
        assert_eq!(collection(&catalog, name, &[]).count(), 0, "{name}");
    }
}

#[test]
fn event_classes_are_found_by_interface() {
    let (catalog, _) = component_of(&class(1).event_class());
    catalog.administer().install_component("Test", &class(2)).unwrap();
    assert_eq!(collection(&catalog, "EventClassesForIID", &[Value::Guid(Uuid::from_u128(0x2001))]).count(), 1);
    assert_eq!(
        collection(&catalog, "EventClassesForIID", &[Value::Guid(Uuid::from_u128(0x2002))]).count(),
        0,
        "no event class"
    );
    let all = collection(&catalog, "EventClassesForIID", &[]);
    assert_eq!(all.item(0).unwrap().get(component::APPLICATION_ID), catalog.administer().application("Test").unwrap());
}

#[test]
fn keys_of_the_objects_above_are_properties_of_those_below() {
    let catalog = bank();
    let keys = [MERIDIAN_BANK.into(), Value::Guid(bank_id(0x0101)), Value::Guid(bank_id(0x0201))];
    let methods = collection(&catalog, "MethodsForInterface", &keys);
    let item = methods.item(0).unwrap();
    assert_eq!((item.value("CLSID"), item.value("IID")), (Ok(keys[1].clone()), Ok(keys[2].clone())));
    let components = collection(&catalog, "Components", &keys[..1]);
    assert_eq!(components.item(0).unwrap().get(component::APPLICATION_ID), bank_id(1));
}

#[test]
fn the_profile_decides_the_default_of_component_access_checks() {
    for (defaults, expected) in [(CatalogDefaults::Ws2003, false), (CatalogDefaults::W2k, true)] {
        let compat = Compat { defaults, ..Compat::default() };
        let catalog = Catalog::new(Options { compat, ..options() });
        application(&catalog, "Test");
        catalog.administer().install_component("Test", &class(1)).unwrap();
        assert_eq!(
            catalog.snapshot().classes().iter().next().unwrap().component.security.component_checks,
            expected,
            "{defaults:?} (O-09)"
        );
        let text = catalog.to_text(complus_catalog::Language::Toml);
        assert!(!text.contains("ComponentAccessChecksEnabled"), "a default is not written: {text}");
        let name = if expected { "w2k" } else { "ws2003" };
        assert!(text.contains(&format!("defaults = \"{name}\"")), "{text}");
    }
}

fn describe(administrator: &Administrator, text: &str) -> complus_core::Result<()> {
    let mut machine = administrator.collection("LocalComputer")?;
    machine.populate()?;
    machine.item_mut(0)?.put("Description", text)?;
    machine.save_changes().result
}

#[test]
fn a_transaction_publishes_all_of_its_changes_at_once() {
    let catalog = bank();
    let before = catalog.generation();
    let transaction = catalog.begin();
    let inside = transaction.administer();
    describe(&inside, "first").unwrap();
    inside.install_component("Meridian Tools", &class(1)).unwrap();
    assert_eq!((catalog.generation(), catalog.snapshot().classes().len()), (before, 6));
    transaction.commit().unwrap();
    assert_eq!((catalog.generation(), catalog.snapshot().classes().len()), (before + 1, 7));
    assert_eq!(code(describe(&inside, "too late")), XACT_E_NOTRANSACTION);
    // nothing written, nothing published; dropped is aborted
    catalog.begin().commit().unwrap();
    let dropped = catalog.begin();
    describe(&dropped.administer(), "dropped").unwrap();
    drop(dropped);
    assert_eq!(catalog.generation(), before + 1);
    describe(&catalog.administer(), "free").unwrap();
}

#[test]
fn restarting_the_system_application_cures_a_hung_transaction() {
    let catalog = bank();
    let before = catalog.generation();
    let hung = catalog.begin();
    let inside = hung.administer();
    describe(&inside, "hung").unwrap();
    std::thread::scope(|scope| {
        let waiting = scope.spawn(|| describe(&catalog.administer(), "waited"));
        while catalog.waiting_writers() == 0 {
            std::thread::yield_now();
        }
        catalog.restart_system_application();
        assert_eq!(waiting.join().unwrap(), Ok(()));
    });
    assert_eq!(code(describe(&inside, "again")), XACT_E_NOTRANSACTION);
    assert_eq!(code(hung.commit()), XACT_E_NOTRANSACTION);
    assert_eq!(catalog.generation(), before + 1);
}

#[test]
fn a_change_costs_only_what_lies_on_its_way() {
    let catalog = bank();
    let before = catalog.snapshot();
    describe(&catalog.administer(), "changed").unwrap();
    let after = catalog.snapshot();
    let shared = |index: usize| std::ptr::eq(before.applications()[index].node(), after.applications()[index].node());
    assert!(shared(0) && shared(1), "applications are shared by both states");
    assert_eq!(before.root().below(CollectionId::LocalComputer).len(), 1);
}
