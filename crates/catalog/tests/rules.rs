//! The rules of SEC A.6.2 and the cascades of A.6.3, each refused or carried out as it says.

mod support;

use complus_catalog::{
    Catalog, ClassDescriptor, InstallOptions, InterfaceDescriptor, Value, parse,
    schema::{application as app, component, partition_user, subscription as sub},
};
use complus_core::{HResult, attribute::*, hresult::*};
use complus_diagnostic::Source;
use support::*;
use uuid::Uuid;

/// Writes properties of an object; gives MinorRef and code of the refusal.
fn write(
    catalog: &Catalog,
    name: &str,
    keys: &[Value],
    key: &Value,
    values: &[(&str, Value)],
) -> Result<(), (String, HResult)> {
    let mut items = collection(catalog, name, keys);
    let item = items.find_mut(key).expect("the object is there");
    for (name, value) in values {
        item.put(name, value.clone()).unwrap();
    }
    match save(&mut items) {
        (1, None, _) => Ok(()),
        (1, Some(COMADMIN_E_OBJECTERRORS), rows) if rows.len() == 1 => Err((rows[0].1.clone(), rows[0].2)),
        other => panic!("{other:?}"),
    }
}

fn refused(property: &str, code: HResult) -> Result<(), (String, HResult)> {
    Err((property.into(), code))
}

const SAVE: HResult = COMADMIN_E_PROPERTYSAVEFAILED;

/// Writes properties of the Bank's server application.
fn of_bank(catalog: &Catalog, values: &[(&str, Value)]) -> Result<(), (String, HResult)> {
    write(catalog, "Applications", &[], &MERIDIAN_BANK.into(), values)
}

/// Writes properties of one of its components.
fn of_component(catalog: &Catalog, suffix: u16, values: &[(&str, Value)]) -> Result<(), (String, HResult)> {
    write(catalog, "Components", &[MERIDIAN_BANK.into()], &Value::Guid(bank_id(suffix)), values)
}

#[test]
fn r1_numbers_stay_in_their_ranges() {
    let cases: [(&str, i32, i32, HResult); 8] = [
        ("ShutdownAfter", 1440, 1441, SAVE),
        ("ConcurrentApps", 1, 0, SAVE),
        ("RecycleLifetimeLimit", 30_240, 30_241, SAVE),
        ("RecycleExpirationTimeout", 1, 0, SAVE),
        ("MaxDumpCount", 200, 201, SAVE),
        ("QCListenerMaxThreads", 1000, 1001, SAVE),
        ("SRPTrustLevel", 0x4_0000, 1, SAVE),
        ("ImpersonationLevel", 4, 5, SAVE),
    ];
    for (property, legal, illegal, code) in cases {
        let catalog = bank();
        assert_eq!(of_bank(&catalog, &[(property, illegal.into())]), refused(property, code));
        assert_eq!(of_bank(&catalog, &[(property, legal.into())]), Ok(()), "{property}");
    }
    let catalog = bank();
    let both = [("MinPoolSize", 9.into()), ("MaxPoolSize", 8.into())];
    assert_eq!(of_component(&catalog, 0x0104, &both), refused("<Invalid>", SAVE), "both were written");
    assert_eq!(
        of_component(&catalog, 0x0104, &[("ComponentTransactionTimeout", 3601.into())]),
        refused("ComponentTransactionTimeout", SAVE)
    );
}

#[test]
fn r2_and_r3_pool_settings_are_kept_where_nothing_is_pooled() {
    let catalog = bank();
    assert_eq!(
        of_component(&catalog, 0x0105, &[("ObjectPoolingEnabled", true.into())]),
        refused("ObjectPoolingEnabled", COMADMIN_E_OBJECTNOTPOOLABLE)
    );
    assert_eq!(
        of_component(&catalog, 0x0105, &[("MinPoolSize", 3.into()), ("ConstructorString", "kept".into())]),
        Ok(())
    );
    let snapshot = catalog.snapshot();
    let class = &snapshot.classes().configurations(bank_id(0x0105))[0];
    assert_eq!((class.pool, class.constructed, class.constructor_string()), (None, false, "kept"));
    let record = &class.node().record;
    assert!(!record.is_effective(component::MIN_POOL_SIZE.property()));
    assert!(record.is_effective(component::TX_ISOLATION_LEVEL.property()));
}

/// The Bank without queues, so that it may become a library.
fn unqueued() -> Catalog {
    let catalog = bank();
    let off = [("QueueListenerEnabled", false.into()), ("QueuingEnabled", false.into())];
    assert_eq!(of_bank(&catalog, &off), Ok(()));
    catalog
}

#[test]
fn r4_r11_and_r19_a_library_application_has_no_process_of_its_own() {
    let library: [(&str, Value); 2] = [("Activation", 0.into()), ("Authentication", 0.into())];
    let catalog = unqueued();
    assert_eq!(of_bank(&catalog, &library[..1]), refused("Activation", SAVE), "R11: authentication is the host's");
    assert_eq!(of_component(&catalog, 0x0101, &[("InitializeServerApplication", true.into())]), Ok(()));
    assert_eq!(of_bank(&catalog, &library), refused("<Invalid>", SAVE), "R4, through both that were written");
    assert_eq!(of_component(&catalog, 0x0101, &[("InitializesServerApplication", false.into())]), Ok(()), "O-05");
    assert_eq!(of_component(&catalog, 0x0101, &[("IsPrivateComponent", true.into())]), Ok(()), "O-15");
    assert_eq!(of_bank(&catalog, &library), refused("<Invalid>", SAVE), "R19");
    assert_eq!(of_component(&catalog, 0x0101, &[("IsPrivateComponent", false.into())]), Ok(()));
    assert_eq!(of_bank(&catalog, &library), Ok(()));
    assert_eq!(
        of_component(&catalog, 0x0101, &[("IsPrivateComponent", true.into())]),
        refused("IsPrivateComponent", SAVE)
    );
    assert_eq!(
        of_component(&catalog, 0x0101, &[("InitializeServerApplication", true.into())]),
        refused("InitializeServerApplication", SAVE)
    );
    assert_eq!(of_bank(&catalog, &[("Authentication", 4.into())]), refused("Authentication", SAVE));
    assert_eq!(of_bank(&catalog, &[("RunForever", true.into())]), Ok(()), "R11: kept, without effect");
}

#[test]
fn r5_what_belongs_to_event_classes_needs_one() {
    let (catalog, _) = component_of(&class(1));
    let test = Value::Guid(catalog.administer().application("Test").unwrap());
    let write =
        |values: &[(&str, Value)]| self::write(&catalog, "Components", std::slice::from_ref(&test), &clsid(1), values);
    assert_eq!(write(&[("FireInParallel", true.into())]), refused("FireInParallel", SAVE));
    assert_eq!(write(&[("PublisherID", "me".into())]), refused("PublisherID", SAVE));
    let (catalog, _) = component_of(&class(1).event_class());
    let filter = Value::Guid(Uuid::from_u128(9));
    let test = Value::Guid(catalog.administer().application("Test").unwrap());
    let write =
        |values: &[(&str, Value)]| self::write(&catalog, "Components", std::slice::from_ref(&test), &clsid(1), values);
    let property = "MultiInterfacePublisherFilterCLSID";
    assert_eq!(write(&[(property, filter.clone())]), refused(property, SAVE));
    assert_eq!(write(&[(property, filter), ("PublisherID", "me".into()), ("FireInParallel", true.into())]), Ok(()));
}

#[test]
fn r6_an_interface_with_results_is_not_queued() {
    let catalog = bank();
    let keys = |component: u16| [MERIDIAN_BANK.into(), Value::Guid(bank_id(component))];
    let queue = |component, iid: u16, on: bool| {
        write(
            &catalog,
            "InterfacesForComponent",
            &keys(component),
            &Value::Guid(bank_id(iid)),
            &[("QueuingEnabled", on.into())],
        )
    };
    assert_eq!(queue(0x0101, 0x0201, true), refused("QueuingEnabled", SAVE));
    assert_eq!(queue(0x0105, 0x0207, false), Ok(()));
    assert_eq!(queue(0x0105, 0x0207, true), Ok(()), "all methods take arguments only");
}

#[test]
fn r7_and_r8_queues_need_a_server_and_something_to_queue() {
    let catalog = unqueued();
    assert_eq!(
        of_bank(&catalog, &[("QueueListenerEnabled", true.into())]),
        refused("QueueListenerEnabled", SAVE),
        "O-14"
    );
    assert_eq!(of_bank(&catalog, &[("QCListenerMaxThreads", 4.into())]), refused("QCListenerMaxThreads", SAVE));
    assert_eq!(of_bank(&catalog, &[("QCAuthenticateMsgs", 1.into())]), refused("QCAuthenticateMsgs", SAVE));
    assert_eq!(
        of_bank(
            &catalog,
            &[
                ("QueuingEnabled", true.into()),
                ("QueueListenerEnabled", true.into()),
                ("QCListenerMaxThreads", 4.into())
            ]
        ),
        Ok(())
    );
    assert_eq!(
        of_bank(&catalog, &[("QueuingEnabled", false.into())]),
        refused("QueuingEnabled", SAVE),
        "the listener needs it"
    );
    let catalog = bank();
    application(&catalog, "Empty");
    let empty = Value::Guid(catalog.administer().application("Empty").unwrap());
    assert_eq!(
        write(&catalog, "Applications", &[], &empty, &[("QueuingEnabled", true.into())]),
        refused("QueuingEnabled", SAVE)
    );
    // the last component with a queue stays while the application is queued
    let mut components = collection(&catalog, "Components", &[MERIDIAN_BANK.into()]);
    let index = components.iter().position(|item| item.name() == "Meridian.Statement").unwrap();
    components.remove(index).unwrap();
    let row = (Value::Guid(bank_id(0x0105)).to_string(), "<Invalid>".to_string(), SAVE);
    assert_eq!(save(&mut components), (1, Some(COMADMIN_E_OBJECTERRORS), vec![row]));
    let moved = of_component(&catalog, 0x0105, &[("ApplicationID", MERIDIAN_TOOLS.into())]);
    assert_eq!(moved, refused("<Invalid>", SAVE), "nor is it moved away");
}

#[test]
fn r9_dumps_have_to_be_enabled_first() {
    let catalog = bank();
    assert_eq!(of_bank(&catalog, &[("DumpOnException", true.into())]), refused("DumpOnException", SAVE));
    assert_eq!(of_bank(&catalog, &[("DumpEnabled", true.into()), ("DumpOnFailfast", true.into())]), Ok(()));
}

/// A catalog from a text.
fn text(text: &str) -> Catalog {
    let text = format!("format = 1\ndefaults = \"ws2003\"\n{text}");
    parse(Source::new("test.toml", text), options()).unwrap_or_else(|error| panic!("{error}")).catalog
}

const SPECIAL: &str = r#"
[[application]]
id = "{00000000-0000-0000-0000-0000000000B0}"
name = "Proxy"
application_proxy = true
application_proxy_server_name = "elsewhere"
[[application]]
id = "{00000000-0000-0000-0000-0000000000B1}"
name = "Service"
service_name = "svc"
[[application]]
id = "{00000000-0000-0000-0000-0000000000B2}"
name = "System"
is_system = true
role = [{ name = "Reader" }]
[[application]]
id = "{00000000-0000-0000-0000-0000000000B3}"
name = "Locked"
changeable = false
component = [{ clsid = "{00000000-0000-0000-0000-000000000011}", progid = "Test.Locked" }]
"#;

fn special(number: u128) -> Value {
    Value::Guid(Uuid::from_u128(0xB0 + number))
}

#[test]
fn r10_a_proxy_is_described_and_not_configured() {
    let catalog = text(SPECIAL);
    let write = |values: &[(&str, Value)]| write(&catalog, "Applications", &[], &special(0), values);
    assert_eq!(write(&[("ShutdownAfter", 5.into())]), refused("<Invalid>", COMADMIN_E_NOTCHANGEABLE));
    assert_eq!(write(&[("Description", "far".into()), ("ApplicationProxyServerName", "there".into())]), Ok(()));
    assert_eq!(
        of_bank(&bank(), &[("ApplicationProxyServerName", "x".into())]),
        refused("ApplicationProxyServerName", SAVE)
    );
}

#[test]
fn r12_a_service_is_neither_pooled_nor_recycled() {
    let catalog = text(SPECIAL);
    for property in ["RecycleCallLimit", "RecycleActivationLimit", "RecycleMemoryLimit", "RecycleLifetimeLimit"] {
        let result = write(&catalog, "Applications", &[], &special(1), &[(property, 5.into())]);
        assert_eq!(result, refused(property, COMADMIN_E_SVCAPP_NOT_POOLABLE_OR_RECYCLABLE));
    }
    let result = write(&catalog, "Applications", &[], &special(1), &[("ConcurrentApps", 2.into())]);
    assert_eq!(result, refused("ConcurrentApps", COMADMIN_E_SVCAPP_NOT_POOLABLE_OR_RECYCLABLE));
    let library = [("Activation", 0.into()), ("Authentication", 0.into())];
    let result = write(&catalog, "Applications", &[], &special(1), &library);
    assert_eq!(result, refused("Activation", COMADMIN_E_CANTMAKEINPROCSERVICE));
}

#[test]
fn r13_cloaking_is_static_or_dynamic() {
    let catalog = bank();
    assert_eq!(
        of_bank(&catalog, &[("AuthenticationCapability", 0x60.into())]),
        refused("AuthenticationCapability", SAVE)
    );
    assert_eq!(
        of_bank(&catalog, &[("AuthenticationCapability", 0x4.into())]),
        refused("AuthenticationCapability", SAVE)
    );
    assert_eq!(of_bank(&catalog, &[("AuthenticationCapability", 0x22.into())]), Ok(()));
}

#[test]
fn r14_and_r25_one_must_run_flag_goes_with_anything() {
    let catalog = bank();
    assert_eq!(of_component(&catalog, 0x0101, &[("MustRunInClientContext", true.into())]), Ok(()));
    assert_eq!(of_component(&catalog, 0x0102, &[("MustRunInDefaultContext", true.into())]), Ok(()));
}

/// Adds an item; gives MinorRef and code of the refusal.
fn add(catalog: &Catalog, name: &str, keys: &[Value], values: &[(&str, Value)]) -> Result<(), (String, HResult)> {
    let mut items = collection(catalog, name, keys);
    let item = items.add().unwrap();
    for (name, value) in values {
        item.put(name, value.clone()).unwrap();
    }
    match save(&mut items) {
        (1, None, _) => Ok(()),
        (1, Some(COMADMIN_E_OBJECTERRORS), rows) => Err((rows[0].1.clone(), rows[0].2)),
        other => panic!("{other:?}"),
    }
}

#[test]
fn r15_and_r16_roles_are_there_once_and_assigned_where_they_are() {
    let catalog = bank();
    let bank_key: [Value; 1] = [MERIDIAN_BANK.into()];
    let component = [MERIDIAN_BANK.into(), Value::Guid(bank_id(0x0101))];
    assert_eq!(
        add(&catalog, "RolesForComponent", &component, &[("Name", "Ghost".into())]),
        refused("Name", COMADMIN_E_ROLE_DOES_NOT_EXIST)
    );
    assert_eq!(add(&catalog, "RolesForComponent", &component, &[("Name", "auditor".into())]), Ok(()), "O-35");
    assert_eq!(
        add(&catalog, "RolesForComponent", &component, &[("Name", "Auditor".into())]),
        refused("Name", COMADMIN_E_OBJECTEXISTS)
    );
    assert_eq!(
        add(&catalog, "Roles", &bank_key, &[("Name", "TELLER".into())]),
        refused("Name", COMADMIN_E_ROLEEXISTS),
        "O-35"
    );
    assert_eq!(add(&catalog, "Roles", &bank_key, &[("Name", "  ".into())]), refused("Name", SAVE));
    let teller = [MERIDIAN_BANK.into(), "Teller".into()];
    assert_eq!(
        add(&catalog, "UsersInRole", &teller, &[("User", "meridian\\tellers".into())]),
        refused("User", COMADMIN_E_OBJECTEXISTS)
    );
    assert_eq!(add(&catalog, "UsersInRole", &teller, &[("User", "MERIDIAN\\guest".into())]), Ok(()));
}

#[test]
fn r17_ids_of_applications_are_unique_among_applications_and_classes() {
    let catalog = bank();
    let add = |id: Value, name: &str| add(&catalog, "Applications", &[], &[("ID", id), ("Name", name.into())]);
    assert_eq!(add(MERIDIAN_BANK.into(), "Other"), refused("ID", COMADMIN_E_APPLICATIONEXISTS));
    assert_eq!(add(Value::Guid(bank_id(0x0101)), "Other"), refused("ID", COMADMIN_E_APPLID_MATCHES_CLSID));
    assert_eq!(add("{01885945-612C-4A53-A479-E97507453926}".into(), "Other"), refused("ID", COMADMIN_E_SYSTEMAPP));
    assert_eq!(add(Value::Guid(bank_id(3)), "meridian BANK"), refused("Name", COMADMIN_E_APPLICATIONEXISTS));
    let same = ClassDescriptor::new(bank_id(1), "Test.Same").interface(InterfaceDescriptor::new(bank_id(0x299), "I"));
    let error = catalog.administer().install_component("Meridian Bank", &same).unwrap_err();
    assert_eq!(error.hresult(), COMADMIN_E_APPLID_MATCHES_CLSID);
}

#[test]
fn r18_a_class_is_configured_once_in_a_partition_and_has_its_progid_alone() {
    let catalog = bank();
    let administrator = catalog.administer();
    let install = |class: &ClassDescriptor| {
        administrator.install_component("Meridian Tools", class).map_err(|error| error.hresult())
    };
    let interface = || InterfaceDescriptor::new(bank_id(0x299), "I");
    const LONG: &str = "A.ProgID.Of.Forty.Characters.Is.Too.Long";
    let described = |suffix, progid| {
        ClassDescriptor::new(bank_id(suffix), progid).threading_model(ThreadingModel::Both).interface(interface())
    };
    assert_eq!(install(&described(0x0101, "Test.New")), Err(COMADMIN_E_COMPONENTEXISTS));
    assert_eq!(install(&described(0x0106, "Test.New")), Err(COMADMIN_E_COMPONENTEXISTS));
    assert_eq!(install(&described(0x0110, "meridian.account")), Err(COMADMIN_E_PROGIDINUSEBYCLSID));
    assert_eq!(install(&ClassDescriptor::new(bank_id(0x0110), "Test.New")), Err(COMADMIN_E_COMPFILE_NOTINSTALLABLE));
    assert_eq!(install(&described(0x0110, LONG)), Err(COMADMIN_E_PROPERTY_OVERFLOW));
    assert_eq!(
        install(&described(0x0110, "Test.New").attribute(app::RUN_FOREVER, true)),
        Err(E_INVALIDARG),
        "no component has it"
    );
    assert_eq!(install(&described(0x0110, "Test.New")), Ok(()));
    assert_eq!(catalog.violations().len(), 0);
}

#[test]
fn the_facts_of_a_class_are_the_same_in_all_partitions() {
    let catalog = bank();
    partitions_on(&catalog);
    let mut administrator = catalog.administer();
    administrator.set_current_partition("P1").unwrap();
    let mut applications = administrator.collection("Applications").unwrap();
    applications.populate().unwrap();
    applications.add().unwrap().put("Name", "Other").unwrap();
    assert_eq!(save(&mut applications), (1, None, vec![]));
    let interface = InterfaceDescriptor::new(bank_id(0x208), "IFormat");
    let format = ClassDescriptor::new(bank_id(0x0106), "Meridian.Format").interface(interface);
    let install =
        |class: ClassDescriptor| administrator.install_component("Other", &class).map_err(|error| error.hresult());
    assert_eq!(install(format.clone().threading_model(ThreadingModel::Free)), Err(COMADMIN_E_CLSIDORIIDMISMATCH));
    assert_eq!(install(format.threading_model(ThreadingModel::Both).factory("meridian::format")), Ok(()));
    assert_eq!(catalog.snapshot().classes().configurations(bank_id(0x0106)).len(), 2);
}

/// Switches partitions on and makes P1.
fn partitions_on(catalog: &Catalog) -> Value {
    let machine: Value = collection(catalog, "LocalComputer", &[]).item(0).unwrap().key();
    assert_eq!(write(catalog, "LocalComputer", &[], &machine, &[("PartitionsEnabled", true.into())]), Ok(()));
    assert_eq!(add(catalog, "Partitions", &[], &[("Name", "P1".into())]), Ok(()));
    Value::Guid(catalog.administer().partition("P1").unwrap())
}

#[test]
fn r19_and_moves_a_component_goes_where_it_may() {
    let catalog = bank();
    let administrator = catalog.administer();
    let go = |suffix, to: &str| {
        administrator.move_component("Meridian Bank", bank_id(suffix), to).map_err(|error| error.hresult())
    };
    assert_eq!(of_component(&catalog, 0x0101, &[("IsPrivateComponent", true.into())]), Ok(()));
    assert_eq!(go(0x0101, "Meridian Tools"), Err(COMADMIN_E_COMP_MOVE_PRIVATE));
    assert_eq!(go(0x0199, "Meridian Tools"), Err(COMADMIN_E_OBJECT_DOES_NOT_EXIST));
    // by writing ApplicationID; the roles stay behind
    assert_eq!(of_component(&catalog, 0x0104, &[("ApplicationID", MERIDIAN_TOOLS.into())]), Ok(()));
    let snapshot = catalog.snapshot();
    let class = &snapshot.classes().configurations(bank_id(0x0104))[0];
    assert_eq!(snapshot.classes().application_of(class).name(), "Meridian Tools");
    assert_eq!(class.roles().count(), 0);
    assert_eq!(
        of_component(&catalog, 0x0103, &[("ApplicationID", special(9))]),
        refused("<Invalid>", COMADMIN_E_COMP_MOVE_BAD_DEST)
    );
    let tools: Value = MERIDIAN_TOOLS.into();
    assert_eq!(write(&catalog, "Applications", &[], &tools, &[("Changeable", false.into())]), Ok(()));
    assert_eq!(go(0x0103, "Meridian Tools"), Err(COMADMIN_E_COMP_MOVE_DEST));
    assert_eq!(of_bank(&catalog, &[("Changeable", false.into())]), Ok(()));
    assert_eq!(go(0x0103, "Meridian Tools"), Err(COMADMIN_E_COMP_MOVE_LOCKED));
    assert_eq!(catalog.violations().len(), 0);
}

#[test]
fn an_alias_is_a_class_of_its_own_and_a_copy_needs_another_partition() {
    let catalog = bank();
    let administrator = catalog.administer();
    let alias = |clsid, progid: &str| {
        let aliased = administrator.alias_component("Meridian Bank", bank_id(0x0104), "Meridian Bank", clsid, progid);
        aliased.map_err(|error| error.hresult())
    };
    assert_eq!(alias(Some(bank_id(0x0101)), "Test.Alias"), Err(COMADMIN_E_COMPONENTEXISTS));
    assert_eq!(alias(None, "Meridian.Audit"), Err(COMADMIN_E_PROGIDINUSEBYCLSID));
    assert_eq!(alias(Some(bank_id(0x0120)), "Test.Alias"), Ok(bank_id(0x0120)));
    let snapshot = catalog.snapshot();
    assert_eq!(snapshot.classes().configurations(bank_id(0x0120))[0].roles().count(), 3);
    let copy =
        |to: &str| administrator.copy_component("Meridian Bank", bank_id(0x0104), to).map_err(|error| error.hresult());
    assert_eq!(copy("Meridian Tools"), Err(E_INVALIDARG), "O-25");
    let (catalog, _) = component_of(&class(1).event_class());
    let aliased = catalog.administer().alias_component("Test", Uuid::from_u128(0x1001), "Test", None, "Test.Alias");
    assert_eq!(aliased.unwrap_err().hresult(), COMADMIN_E_CANNOT_ALIAS_EVENTCLASS);
}

#[test]
fn r20_imported_components_are_in_the_global_partition() {
    let catalog = bank();
    let administrator = catalog.administer();
    let import = |to: &str, id: u16| administrator.import_component(to, bank_id(id)).map_err(|error| error.hresult());
    assert_eq!(import("Meridian Tools", 0x0130), Err(COMADMIN_E_NOTINREGISTRY));
    let plain = |id, progid: &str| {
        ClassDescriptor::new(bank_id(id), progid).threading_model(ThreadingModel::Both).factory("plain")
    };
    administrator.register_class(&plain(0x0130, "Test.Plain")).unwrap();
    administrator.register_class(&plain(0x0131, "Test.Other")).unwrap();
    assert_eq!(import("Meridian Tools", 0x0130), Ok(()));
    let components = collection(&catalog, "Components", &[MERIDIAN_TOOLS.into()]);
    let item = components.iter().find(|item| item.name() == "Test.Plain").unwrap();
    assert_eq!((item.get(component::DLL), item.get(component::IS_INSTALLED)), ("plain", false));
    let home = partitions_on(&catalog);
    let mut administrator_in = catalog.administer();
    administrator_in.set_current_partition(&home.to_string()).unwrap();
    let mut applications = administrator_in.collection("Applications").unwrap();
    applications.add().unwrap().put("Name", "Elsewhere").unwrap();
    assert_eq!(save(&mut applications), (1, None, vec![]));
    assert_eq!(import("Elsewhere", 0x0131), Err(COMADMIN_E_CAT_IMPORTED_COMPONENTS_NOT_ALLOWED));
    // the imported one cannot subscribe, nor can an event class
    let keys = [MERIDIAN_TOOLS.into(), Value::Guid(bank_id(0x0130))];
    let event: [(&str, Value); 1] = [("EventCLSID", Value::Guid(bank_id(0x0140)))];
    assert_eq!(
        add(&catalog, "SubscriptionsForComponent", &keys, &event),
        refused("<Invalid>", COMADMIN_E_CANT_SUBSCRIBE_TO_COMPONENT)
    );
}

#[test]
fn r21_a_subscription_names_an_event_class_or_a_publisher() {
    let catalog = bank();
    let keys = [MERIDIAN_BANK.into(), Value::Guid(bank_id(0x0103))];
    let add = |values: &[(&str, Value)]| add(&catalog, "SubscriptionsForComponent", &keys, values);
    let event = ("EventCLSID", Value::Guid(bank_id(0x0140)));
    assert_eq!(add(&[]), refused("EventCLSID", SAVE));
    assert_eq!(add(&[event.clone(), ("PublisherID", "me".into())]), refused("<Invalid>", SAVE));
    assert_eq!(add(&[event.clone(), ("PerUser", true.into())]), refused("PerUser", SAVE));
    assert_eq!(add(&[event.clone(), ("PerUser", true.into()), ("UserName", "anna".into())]), Ok(()));
    let subscriptions = collection(&catalog, "SubscriptionsForComponent", &keys);
    assert!(subscriptions.item(0).unwrap().get(sub::ENABLED));
    let (catalog, _) = component_of(&class(1).event_class());
    let test = Value::Guid(catalog.administer().application("Test").unwrap());
    let result = self::add(&catalog, "SubscriptionsForComponent", &[test, clsid(1)], &[event]);
    assert_eq!(result, refused("<Invalid>", COMADMIN_E_EVENTCLASS_CANT_BE_SUBSCRIBER));
}

#[test]
fn r22_partitions_have_names_of_their_own_and_go_with_their_applications() {
    let catalog = bank();
    let home = partitions_on(&catalog);
    assert_eq!(
        add(&catalog, "Partitions", &[], &[("Name", "p1".into())]),
        refused("Name", COMADMIN_E_CAT_DUPLICATE_PARTITION_NAME)
    );
    assert_eq!(
        add(&catalog, "Partitions", &[], &[("Name", " ".into())]),
        refused("Name", COMADMIN_E_CAT_INVALID_PARTITION_NAME)
    );
    catalog.administer().copy_applications(&["Meridian Bank"], "P1").unwrap();
    assert_eq!(collection(&catalog, "Applications", std::slice::from_ref(&home)).count(), 1);
    let roles = collection(&catalog, "RolesForPartition", std::slice::from_ref(&home));
    assert_eq!(roles.iter().map(|item| item.name()).collect::<Vec<_>>(), ["Activators"]);
    assert!(!roles.add_enabled() && !roles.remove_enabled());
    assert_eq!(
        add(&catalog, "UsersInPartitionRole", &[home.clone(), "Activators".into()], &[("User", "anna".into())]),
        Ok(())
    );
    let gone = Value::Guid(Uuid::from_u128(0xFF));
    let user = [("AccountName", "anna".into()), ("DefaultPartitionID", gone)];
    assert_eq!(
        add(&catalog, "PartitionUsers", &[], &user),
        refused("DefaultPartitionID", COMADMIN_E_INVALID_PARTITION)
    );
    let lock = |values: &[(&str, Value)]| write(&catalog, "Partitions", &[], &home, values);
    assert_eq!(lock(&[("Deleteable", false.into())]), Ok(()));
    let mut partitions = collection(&catalog, "Partitions", &[]);
    partitions.remove(0).unwrap();
    assert_eq!(save(&mut partitions).2[0].2, COMADMIN_E_NOTDELETEABLE);
    assert_eq!(lock(&[("Deleteable", true.into())]), Ok(()));
    partitions.populate().unwrap();
    partitions.remove(0).unwrap();
    assert_eq!(save(&mut partitions), (1, None, vec![]));
    assert_eq!(catalog.snapshot().applications().len(), 2, "its application went with it");
    assert_eq!(catalog.violations().len(), 0);
    assert_eq!(
        collection(&catalog, "PartitionUsers", &[])
            .iter()
            .filter(|item| item.get(partition_user::ACCOUNT_NAME) == "anna")
            .count(),
        0
    );
}

#[test]
fn r23_what_is_locked_is_locked_with_everything_in_it() {
    let catalog = text(SPECIAL);
    let locked = refused("<Invalid>", COMADMIN_E_NOTCHANGEABLE);
    let write_app = |number, values: &[(&str, Value)]| write(&catalog, "Applications", &[], &special(number), values);
    assert_eq!(write_app(3, &[("Description", "x".into())]), locked);
    assert_eq!(write_app(3, &[("Description", "x".into()), ("Changeable", true.into())]), locked, "not in one save");
    let component = Value::Guid(Uuid::from_u128(0x11));
    assert_eq!(write(&catalog, "Components", &[special(3)], &component, &[("Description", "x".into())]), locked);
    assert_eq!(add(&catalog, "Roles", &[special(3)], &[("Name", "R".into())]), locked);
    let mut components = collection(&catalog, "Components", &[special(3)]);
    components.remove(0).unwrap();
    assert_eq!(save(&mut components).2[0].2, COMADMIN_E_NOTCHANGEABLE);
    assert_eq!(
        catalog.administer().install_component("Locked", &class(1)).unwrap_err().hresult(),
        COMADMIN_E_NOTCHANGEABLE
    );
    assert_eq!(write_app(3, &[("Changeable", true.into())]), Ok(()));
    assert_eq!(write(&catalog, "Components", &[special(3)], &component, &[("Description", "x".into())]), Ok(()));
    // system applications: role members only
    let system = refused("<Invalid>", COMADMIN_E_SYSTEMAPP);
    assert_eq!(write_app(2, &[("Changeable", true.into())]), system);
    assert_eq!(add(&catalog, "Roles", &[special(2)], &[("Name", "R".into())]), system);
    assert_eq!(add(&catalog, "UsersInRole", &[special(2), "Reader".into()], &[("User", "anna".into())]), Ok(()));
    let export = catalog.administer().export_application("System", Default::default(), complus_catalog::Language::Toml);
    assert_eq!(export.unwrap_err().hresult(), COMADMIN_E_CAN_NOT_EXPORT_SYS_APP);
    let export = catalog.administer().export_application("Proxy", Default::default(), complus_catalog::Language::Toml);
    assert_eq!(export.unwrap_err().hresult(), COMADMIN_E_CAN_NOT_EXPORT_APP_PROXY);
    // and a partition locks its applications
    let home = partitions_on(&catalog);
    catalog.administer().copy_applications(&["Locked"], "P1").unwrap();
    assert_eq!(write(&catalog, "Partitions", &[], &home, &[("Changeable", false.into())]), Ok(()));
    let copied = collection(&catalog, "Applications", std::slice::from_ref(&home)).item(0).unwrap().key();
    assert_eq!(write(&catalog, "Applications", &[], &copied, &[("Description", "x".into())]), locked);
    let install = catalog.administer().copy_applications(&["Service"], "P1");
    assert_eq!(install.unwrap_err().hresult(), COMADMIN_E_NOTCHANGEABLE);
}

#[test]
fn auto_done_needs_jit_activation_when_it_is_switched_on() {
    let catalog = bank();
    let keys = [MERIDIAN_BANK.into(), Value::Guid(bank_id(0x0104)), Value::Guid(bank_id(0x0206))];
    let switch = || write(&catalog, "MethodsForInterface", &keys, &3.into(), &[("AutoComplete", true.into())]);
    assert_eq!(switch(), refused("AutoComplete", SAVE));
    assert_eq!(of_component(&catalog, 0x0104, &[("JustInTimeActivation", true.into())]), Ok(()));
    assert_eq!(switch(), Ok(()));
    assert_eq!(of_component(&catalog, 0x0104, &[("JustInTimeActivation", false.into())]), Ok(()), "it lies idle then");
}

#[test]
fn there_is_no_router_and_no_unknown_partition_to_install_into() {
    let catalog = bank();
    let machine = collection(&catalog, "LocalComputer", &[]).item(0).unwrap().key();
    let router = write(&catalog, "LocalComputer", &[], &machine, &[("IsRouter", true.into())]);
    assert_eq!(router, refused("IsRouter", COMADMIN_E_REQUIRES_DIFFERENT_PLATFORM));
    let file = Source::new("bank.toml", BANK);
    let options = |name: &str| InstallOptions { users: true, partition: Some(name.into()) };
    let install =
        |name: &str| catalog.administer().install_application(&file, &options(name)).unwrap_err().error().hresult();
    assert_eq!(install("Nowhere"), COMADMIN_E_OBJECT_DOES_NOT_EXIST);
    partitions_on(&catalog);
    let ids = catalog.administer().install_application(&file, &options("P1")).unwrap();
    assert_eq!(ids.len(), 2);
    assert_eq!(install("P1"), COMADMIN_E_APPLICATIONEXISTS, "by name: the ids are others");
    assert_eq!(catalog.snapshot().classes().configurations(bank_id(0x0101)).len(), 2);
}
