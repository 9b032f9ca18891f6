//! Partitions: where a class is looked for, and where its objects then are (ACT 4.8, SEC C.1; ACT-J, SEC-PAR).

use crate::support::{
    World,
    applications::{App, id_of, library, server, with_applications, with_built},
    code,
    components::{PLAIN, PROBE, Probes, RAW, REQUIRED, SUPPORTED, clsid, create, inside, try_create},
    enter,
};
use complus::{
    Activation, AsPrincipal, Reference,
    catalog::{Value, schema::partition as part},
    hresult::*,
    id::PartitionId,
    prelude::*,
};

const GLOBAL: PartitionId = PartitionId::GLOBAL;

/// The id of a partition of tests.
fn partition(name: &str) -> PartitionId {
    PartitionId(id_of(name))
}

/// Partitions P1 and P2 on a machine where they are switched on; anna's is P1, and P3 has one activator.
fn machine() -> String {
    let one =
        |name: &str, more: &str| format!("\n[[partition]]\nid = \"{{{}}}\"\nname = \"{name}\"\n{more}", id_of(name));
    format!(
        "machine.partitions_enabled = true\npartition_user = [{{ account_name = \"anna\", default_partition = \"{{{}}}\" \
         }}]\n{}{}{}",
        id_of("P1"),
        one("P1", ""),
        one("P2", ""),
        one("P3", "role = [{ name = \"Activators\", users = [\"olga\"] }]\n")
    )
}

/// Runs the test with these applications in partitions.
#[track_caller]
fn partitioned(applications: &[App<'_>], test: impl Fn(&World, &Probes) + Sync) {
    with_built(|builder| builder, &machine(), applications, test);
}

/// The application in this partition.
fn within<'a>(partition: &'a str, app: App<'a>) -> App<'a> {
    App { partition, ..app }
}

/// A new object by its moniker.
fn by_moniker(partition: PartitionId, name: &str) -> complus::Result<Reference> {
    let moniker = format!("partition:{}/new:{}", partition, clsid(name).braced());
    Activation::from_moniker(&moniker)?.interface(PROBE).create()
}

/// The partition that code is in.
fn current() -> PartitionId {
    ObjectContext::current().unwrap().info().partition_id().unwrap()
}

/// The partition and the application of an object's context.
fn home_of(object: &Reference) -> (PartitionId, uuid::Uuid) {
    inside(object, || (current(), ObjectContext::current().unwrap().info().application_id().unwrap()))
}

#[test]
fn act_j01_a_moniker_chooses_the_partition_and_its_children_start_from_there() {
    let classes = &[("R", REQUIRED), ("S", SUPPORTED)];
    let apps = [within("P1", library("One", classes)), within("P2", library("Two", classes))];
    partitioned(&apps, |_, _| {
        let r = by_moniker(partition("P1"), "R").unwrap();
        assert_eq!(home_of(&r), (partition("P1"), id_of("One")));
        let (s, child, grandchild) = inside(&r, || {
            let s = by_moniker(partition("P2"), "S").unwrap();
            (home_of(&s), home_of(&create("S")), inside(&s, || home_of(&create("R"))))
        });
        assert_eq!(s, (partition("P2"), id_of("Two")));
        assert_eq!(child, (partition("P1"), id_of("One")));
        assert_eq!(grandchild, (partition("P2"), id_of("Two")));
    });
}

#[test]
fn act_j02_private_components_are_passed_over_for_public_ones() {
    const PRIVATE: &str = "transaction = \"supported\"\nprivate = true";
    let one = [("Both", SUPPORTED), ("Hidden", PRIVATE), ("Secret", PRIVATE)];
    let apps = [
        within("P1", server("One", &one)),
        server("Base", &[("Both", SUPPORTED), ("Hidden", SUPPORTED), ("Own", PRIVATE)]),
        within("P1", library("Client", &[("R", REQUIRED)])),
    ];
    partitioned(&apps, |world, _| {
        let r = by_moniker(partition("P1"), "R").unwrap();
        let (both, hidden) = inside(&r, || (home_of(&create("Both")), home_of(&create("Hidden"))));
        assert_eq!(both, (partition("P1"), id_of("One")), "the public one of the partition");
        // The context stays in the chosen partition, also when the configuration is the global one's.
        assert_eq!(hidden, (partition("P1"), id_of("Base")));
        let codes = inside(&r, || ["Secret", "Own", "Nobody"].map(|name| code(try_create(name))));
        assert_eq!(codes, [COMADMIN_E_PRIVATE_ACCESSDENIED, COMADMIN_E_PRIVATE_ACCESSDENIED, REGDB_E_CLASSNOTREG]);
        assert_eq!(world.runtime.application_instances().len(), 2);
    });
}

#[test]
fn act_j03_a_private_component_is_open_to_its_own_application() {
    const PRIVATE: &str = "transaction = \"supported\"\nprivate = true";
    with_applications(&[server("Server", &[("R", REQUIRED), ("P", PRIVATE)])], |_, _| {
        assert_eq!(code(try_create("P")), COMADMIN_E_PRIVATE_ACCESSDENIED);
        let (own, child) = inside(&create("R"), || {
            let application = || ObjectContext::current().unwrap().info().application_id().unwrap();
            (application(), inside(&create("P"), application))
        });
        assert_eq!(own, child);
    });
}

#[test]
fn sec_par_01_the_default_partition_of_the_user_is_the_objects() {
    let apps = [library("Base", &[("R", REQUIRED)]), within("P1", library("One", &[("R", REQUIRED)]))];
    partitioned(&apps, |_, _| {
        assert_eq!(home_of(&create("R")), (GLOBAL, id_of("Base")), "nobody in particular");
        let _anna = AsPrincipal::assume("anna").unwrap();
        assert_eq!(home_of(&create("R")), (partition("P1"), id_of("One")));
        // The partition of a context comes before the user's.
        let (found, default) = inside(&by_moniker(GLOBAL, "R").unwrap(), || {
            let _anna = AsPrincipal::assume("anna").unwrap();
            (home_of(&create("R")), current())
        });
        assert_eq!((found, default), ((GLOBAL, id_of("Base")), GLOBAL));
    });
}

#[test]
fn sec_par_03_a_moniker_for_the_global_partition_leads_out_of_another_one() {
    let apps = [library("Base", &[("R", REQUIRED)]), within("P1", library("One", &[("R", REQUIRED)]))];
    partitioned(&apps, |_, _| {
        let r = by_moniker(partition("P1"), "R").unwrap();
        let found = inside(&r, || home_of(&by_moniker(GLOBAL, "R").unwrap()));
        assert_eq!(found, (GLOBAL, id_of("Base")));
    });
}

#[test]
fn sec_par_05_private_components_alone_are_denied() {
    const PRIVATE: &str = "transaction = \"supported\"\nprivate = true";
    let apps = [server("Base", &[("P", PRIVATE)]), within("P1", server("One", &[("P", PRIVATE)]))];
    partitioned(&apps, |world, _| {
        for id in [GLOBAL, partition("P1")] {
            assert_eq!(code(by_moniker(id, "P")), COMADMIN_E_PRIVATE_ACCESSDENIED);
            assert_eq!(code(by_moniker(id, "Nobody")), REGDB_E_CLASSNOTREG);
        }
        assert_eq!(world.runtime.application_instances(), []);
    });
}

#[test]
fn sec_par_06_a_domain_in_a_partition_is_where_its_objects_are_looked_for() {
    let apps = [library("Base", &[("R", REQUIRED)]), within("P1", library("One", &[("R", REQUIRED)]))];
    partitioned(&apps, |_, _| {
        let outer = enter(&ServiceConfig::new().inheritance(InheritanceConfig::Ignore));
        let config = ServiceConfig::new().partition(PartitionConfig::New).partition_id(partition("P1"));
        let inner = enter(&config);
        assert_eq!((current(), home_of(&create("R"))), (partition("P1"), (partition("P1"), id_of("One"))));
        inner.leave().unwrap();
        assert_eq!((current(), home_of(&create("R"))), (GLOBAL, (GLOBAL, id_of("Base"))));
        // A context in the global partition is in one: the user's default does not count (O-51).
        let _anna = AsPrincipal::assume("anna").unwrap();
        assert_eq!(home_of(&create("R")), (GLOBAL, id_of("Base")));
        outer.leave().unwrap();
    });
}

#[test]
fn sec_par_07_a_new_partition_needs_an_id() {
    partitioned(&[], |_, _| {
        let config = ServiceConfig::new().partition(PartitionConfig::New);
        assert_eq!(code(ServiceDomain::enter(&config)), E_INVALIDARG);
        assert_eq!(code(ObjectContext::current()), CONTEXT_E_NOCONTEXT);
    });
}

#[test]
fn sec_par_08_a_domain_inherits_its_partition_or_ignores_it() {
    partitioned(&[within("P1", library("One", &[("R", REQUIRED)]))], |_, _| {
        let r = by_moniker(partition("P1"), "R").unwrap();
        let found = inside(&r, || {
            [InheritanceConfig::Inherit, InheritanceConfig::Ignore].map(|inheritance| {
                let domain = enter(&ServiceConfig::new().inheritance(inheritance));
                let partition = current();
                domain.leave().unwrap();
                partition
            })
        });
        assert_eq!(found, [partition("P1"), GLOBAL]);
    });
}

#[test]
fn a_partition_that_is_named_has_to_exist_and_to_be_open_to_the_user() {
    let apps = [library("Base", &[("R", REQUIRED)]), within("P3", library("Three", &[("R", REQUIRED)]))];
    partitioned(&apps, |world, probes| {
        assert_eq!(code(by_moniker(partition("P9"), "R")), COMADMIN_E_INVALID_PARTITION);
        assert_eq!(code(by_moniker(partition("P3"), "R")), COMADMIN_E_PARTITION_ACCESSDENIED);
        assert_eq!(probes.told(), [] as [String; 0]);
        let in_domain = |name| {
            let config = ServiceConfig::new().partition(PartitionConfig::New).partition_id(partition(name));
            ServiceDomain::enter(&config)?.leave()
        };
        assert_eq!(["P3", "P9"].map(|name| code(in_domain(name))), [COMADMIN_E_PARTITION_ACCESSDENIED; 2]);
        let _olga = AsPrincipal::assume("olga").unwrap();
        assert_eq!(home_of(&by_moniker(partition("P3"), "R").unwrap()), (partition("P3"), id_of("Three")));
        in_domain("P3").unwrap();
        world.log.take();
    });
}

#[test]
fn without_partitions_only_the_global_one_can_be_named() {
    with_applications(&[library("Base", &[("R", REQUIRED)])], |_, _| {
        assert_eq!(code(by_moniker(partition("P1"), "R")), COMADMIN_E_PARTITIONS_DISABLED);
        let r = by_moniker(GLOBAL, "R").unwrap();
        let asked = inside(&r, || code(ObjectContext::current().unwrap().info().partition_id()));
        assert_eq!(asked, COMADMIN_E_PARTITIONS_DISABLED);
    });
}

#[test]
fn a_partition_of_the_catalog_can_be_used_as_soon_as_it_is_there_and_no_longer() {
    partitioned(&[library("Base", &[("R", REQUIRED), ("S", SUPPORTED)])], |world, _| {
        let fresh = partition("Fresh");
        assert_eq!(code(by_moniker(fresh, "R")), COMADMIN_E_INVALID_PARTITION);
        let mut partitions = world.runtime.catalog().administer().collection("Partitions").unwrap();
        partitions.populate().unwrap();
        let item = partitions.add().unwrap();
        item.set(part::ID, fresh.0).unwrap();
        item.set(part::NAME, "Fresh").unwrap();
        assert_eq!(partitions.save_changes().result, Ok(()));
        let r = by_moniker(fresh, "R").unwrap();
        assert_eq!(home_of(&r), (fresh, id_of("Base")));
        let config = ServiceConfig::new().partition(PartitionConfig::New).partition_id(fresh);
        let domain = enter(&config);
        assert_eq!((current(), home_of(&create("S"))), (fresh, (fresh, id_of("Base"))));
        domain.leave().unwrap();
        // Gone again, an inherited id falls back to the global partition, and one that is named is refused (O-52).
        partitions.populate().unwrap();
        let place = partitions.iter().position(|item| item.key() == Value::Guid(fresh.0)).unwrap();
        partitions.remove(place).unwrap();
        assert_eq!(partitions.save_changes().result, Ok(()));
        let (own, child) = inside(&r, || (current(), home_of(&create("S"))));
        assert_eq!((own, child), (fresh, (GLOBAL, id_of("Base"))));
        assert_eq!(code(by_moniker(fresh, "R")), COMADMIN_E_INVALID_PARTITION);
        assert_eq!(code(ServiceDomain::enter(&config)), COMADMIN_E_PARTITION_ACCESSDENIED);
    });
}

#[test]
fn another_partition_is_a_reason_for_a_context_of_its_own() {
    let apps =
        [within("P1", library("One", &[("R", REQUIRED), ("D", RAW)])), within("P2", library("Two", &[("D", RAW)]))];
    partitioned(&apps, |_, _| {
        let r = by_moniker(partition("P1"), "R").unwrap();
        let (shares, differs) =
            inside(&r, || (!create("D").is_proxy(), home_of(&by_moniker(partition("P2"), "D").unwrap())));
        assert_eq!((shares, differs), (true, (partition("P2"), id_of("Two"))));
    });
}

#[test]
fn the_partition_goes_with_the_request_to_another_process() {
    let apps = [
        within("P1", library("One", &[("R", REQUIRED)])),
        within("P1", server("Server", &[("S", SUPPORTED), ("D", RAW)])),
        server("Base", &[("S", SUPPORTED)]),
    ];
    partitioned(&apps, |_, _| {
        let r = by_moniker(partition("P1"), "R").unwrap();
        let (s, child) = inside(&r, || {
            let s = create("S");
            (home_of(&s), inside(&s, || home_of(&create("D"))))
        });
        assert_eq!((s, child), ((partition("P1"), id_of("Server")), (partition("P1"), id_of("Server"))));
        assert_eq!(home_of(&create("S")), (GLOBAL, id_of("Base")));
    });
}

#[test]
fn names_of_classes() {
    with_applications(&[library("App", &[("R", REQUIRED)])], |_, _| {
        let clsid = clsid("R");
        let monikers = [
            format!("new:{}", clsid.braced()),
            format!("New:{clsid}"),
            "new:tests.r".to_owned(),
            format!("partition:{{{}}}/new:Tests.R", GLOBAL.0),
        ];
        for moniker in &monikers {
            let made = Activation::from_moniker(moniker).and_then(|request| request.interface(PROBE).create()).unwrap();
            assert_eq!(made.call(PLAIN, |_| Ok(7)), Ok(7), "{moniker}");
        }
        Activation::of_prog_id("TESTS.R").unwrap().create().unwrap();
        assert_eq!(Activation::of_prog_id("Tests.Nobody").unwrap_err().hresult(), CO_E_CLASSSTRING);
        let bad = [
            "",
            "new:",
            "new:{7}",
            "tests.r",
            "old:tests.r",
            "partition:{7}/new:Tests.R",
            "partition:/",
            "/new:Tests.R",
        ];
        for moniker in bad {
            assert_eq!(Activation::from_moniker(moniker).unwrap_err().hresult(), MK_E_SYNTAX, "{moniker}");
        }
    });
}
