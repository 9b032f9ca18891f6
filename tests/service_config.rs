//! The configuration value: its sixteen properties, what resets them, what an entry takes of it.

mod support;

use complus::{
    BroughtTransaction, ContextProperties, Partition, Result, TransactionProxy,
    attribute::Property,
    hresult::{
        CO_E_NOIISINTRINSICS, CO_E_SXS_CONFIG, CO_E_THREADPOOL_CONFIG, CO_E_TRACKER_CONFIG, E_FAIL, E_INVALIDARG, S_OK,
        XACT_E_NOTRANSACTION,
    },
    id::PartitionId,
    prelude::*,
    rules::service_domain::Settings,
};
use std::{fs, path::PathBuf, sync::Arc, time::Duration};
use support::*;
use uuid::Uuid;

/// The property that carries the COMTI object.
const COMTI: &str = "host-security-callback.cedar.microsoft.com";

/// Rows 1 to 11 of SWC 2.1 at the native defaults.
const NATIVE: Settings = Settings {
    inheritance: InheritanceConfig::Ignore,
    comti: ComtiIntrinsicsConfig::No,
    iis: IisIntrinsicsConfig::No,
    partition: PartitionConfig::NoPartition,
    sxs: SxsConfig::No,
    synchronization: SynchronizationConfig::NoSynchronization,
    thread_pool: ThreadPool::None,
    transaction: TransactionConfig::NoTransaction,
    binding: Binding::NoBinding,
    tracker: TrackerConfig::DontUse,
    isolation: IsolationLevel::Any,
};

/// The same after ContainingContextTreatment(CSC_Inherit).
const INHERITING: Settings = Settings {
    inheritance: InheritanceConfig::Inherit,
    comti: ComtiIntrinsicsConfig::Inherit,
    iis: IisIntrinsicsConfig::Inherit,
    partition: PartitionConfig::Inherit,
    sxs: SxsConfig::Inherit,
    synchronization: SynchronizationConfig::IfContainerIsSynchronized,
    thread_pool: ThreadPool::Inherit,
    transaction: TransactionConfig::IfContainerIsTransactional,
    ..NATIVE
};

/// A directory with a manifest `bank.manifest` and a default one.
fn assembly(name: &str) -> PathBuf {
    let directory = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(name);
    fs::create_dir_all(&directory).unwrap();
    for file in ["bank.manifest", "application.manifest"] {
        fs::write(directory.join(file), "<assembly manifestVersion=\"1.0\"/>").unwrap();
    }
    directory
}

/// Everything set to something else than its default, rows 1 to 11.
fn filled() -> ServiceConfig {
    ServiceConfig::inheriting()
        .comti_intrinsics(ComtiIntrinsicsConfig::No)
        .iis_intrinsics(IisIntrinsicsConfig::No)
        .partition(PartitionConfig::New)
        .sxs(SxsConfig::New)
        .synchronization(SynchronizationConfig::New)
        .thread_pool(ThreadPool::Mta)
        .transaction(TransactionConfig::New)
        .binding(Binding::BindToPoolThread)
        .tracker(TrackerConfig::Use, Some("app"), Some("context"))
        .isolation_level(IsolationLevel::ReadCommitted)
}

#[test]
fn the_defaults_are_those_of_csc_ignore() {
    assert_eq!(*ServiceConfig::new().settings(), NATIVE);
    assert_eq!(*ServiceConfig::default().settings(), NATIVE);
    assert_eq!(*ServiceConfig::inheriting().settings(), INHERITING);
    every_machine_with(
        |builder| builder.partitions([]).default_timeout(77),
        |_| {
            let domain = enter(&ServiceConfig::new().transaction(TransactionConfig::New));
            let context = here();
            assert_eq!(
                context.transaction_info().isolation_level_and_timeout().unwrap(),
                (IsolationLevel::Serializable, 77)
            );
            assert_eq!(context.info().transaction().unwrap().unwrap().description(), None);
            assert_eq!(context.info().partition_id().unwrap(), PartitionId::GLOBAL);
            assert_eq!(context.tracker().unwrap(), None);
            assert_eq!(code(context.is_same_sxs_config(None, "/")), E_FAIL);
            domain.leave().unwrap();
        },
    );
    // Unset: GUID_NULL, no directory, no tracker names, the machine's own time-out of a minute.
    every_machine_with(
        |builder| builder.partitions([]),
        |_| {
            let refused = |config| code(ServiceDomain::enter(&config));
            assert_eq!(refused(ServiceConfig::new().partition(PartitionConfig::New)), E_INVALIDARG);
            assert_eq!(refused(ServiceConfig::new().sxs(SxsConfig::New)), CO_E_SXS_CONFIG);
            let mut tracked = ServiceConfig::new();
            tracked.set(Property::Tracker, 1).unwrap();
            assert_eq!(refused(tracked), CO_E_TRACKER_CONFIG);
            let domain = enter(&root());
            assert_eq!(here().transaction_info().isolation_level_and_timeout().unwrap().1, 60);
            domain.leave().unwrap();
        },
    );
}

#[test]
fn containing_context_treatment_resets_rows_one_to_eight_and_no_others() {
    let kept = |settings: Settings| Settings {
        binding: Binding::BindToPoolThread,
        tracker: TrackerConfig::Use,
        isolation: IsolationLevel::ReadCommitted,
        ..settings
    };
    for start in
        [filled(), filled().inheritance(InheritanceConfig::Ignore), filled().inheritance(InheritanceConfig::Inherit)]
    {
        for (value, expected) in [(InheritanceConfig::Inherit, INHERITING), (InheritanceConfig::Ignore, NATIVE)] {
            assert_eq!(*start.clone().inheritance(value).settings(), kept(expected));
            let mut by_number = start.clone();
            by_number.set(Property::Inheritance, value.value()).unwrap();
            assert_eq!(*by_number.settings(), kept(expected));
        }
    }
}

#[test]
fn what_is_no_enumeration_survives_containing_context_treatment() {
    let directory = assembly("survives");
    let directory = directory.to_str().unwrap();
    let q = PartitionId(Uuid::from_u128(3));
    every_machine_with(
        |builder| builder.partitions([Partition::new(q)]),
        |world| {
            for value in [InheritanceConfig::Inherit, InheritanceConfig::Ignore] {
                let config = ServiceConfig::new()
                    .transaction_timeout(Duration::from_secs(7))
                    .transaction_description("transfer")
                    .partition_id(q)
                    .sxs_name("bank")
                    .sxs_directory(directory)
                    .tracker(TrackerConfig::Use, Some("app"), Some("context"))
                    .inheritance(value)
                    .partition(PartitionConfig::New)
                    .sxs(SxsConfig::New)
                    .transaction(TransactionConfig::New);
                let domain = enter(&config);
                let context = here();
                assert_eq!(context.transaction_info().isolation_level_and_timeout().unwrap().1, 7);
                assert_eq!(context.info().transaction().unwrap().unwrap().description(), Some("transfer"));
                assert_eq!(context.info().partition_id().unwrap(), q);
                context.is_same_sxs_config(Some("BANK.manifest"), directory).unwrap();
                assert_eq!(code(context.is_same_sxs_config(None, directory)), E_FAIL);
                let tracker = context.tracker().unwrap().unwrap();
                assert_eq!((tracker.application.as_str(), tracker.context.as_str()), ("app", "context"));
                domain.leave().unwrap();

                let t = world.runtime.transaction_manager().begin(Default::default()).unwrap();
                let domain = enter(&ServiceConfig::new().bring_your_own_transaction(&t).inheritance(value));
                assert_eq!(place().transaction, Some(t.id()));
                domain.leave().unwrap();
                t.commit().unwrap();

                let bound = ServiceConfig::new().binding(Binding::BindToPoolThread).inheritance(value);
                assert_eq!(code(ServiceDomain::enter(&bound)), CO_E_THREADPOOL_CONFIG);
            }
        },
    );
}

/// The numeric setters and the first number past their enumeration; the time-out takes any.
const ENUMERATIONS: [(Property, i32); 11] = [
    (Property::Inheritance, 2),
    (Property::ThreadPool, 4),
    (Property::Binding, 2),
    (Property::Transaction, 4),
    (Property::IsolationLevel, 5),
    (Property::Synchronization, 4),
    (Property::IisIntrinsics, 2),
    (Property::ComtiIntrinsics, 2),
    (Property::Tracker, 2),
    (Property::Sxs, 3),
    (Property::Partition, 3),
];

#[test]
fn a_number_outside_its_enumeration_leaves_the_behaviour_as_it_was() {
    every_machine(|_| {
        let mut config =
            joining().transaction_timeout(Duration::from_secs(5)).isolation_level(IsolationLevel::ReadCommitted);
        for (property, end) in ENUMERATIONS {
            for value in [-1, end, i32::MIN, i32::MAX] {
                assert_eq!(code(config.set(property, value)), E_INVALIDARG, "{property} {value}");
            }
            let domain = enter(&config);
            let found = here().transaction_info().isolation_level_and_timeout().unwrap();
            assert_eq!(found, (IsolationLevel::ReadCommitted, 5), "{property}");
            assert_eq!(domain.leave().unwrap(), TransactionStatus::Committed);
        }
    });
}

#[test]
fn every_number_inside_its_enumeration_is_taken() {
    for (property, end) in ENUMERATIONS {
        for value in 0..end {
            let mut config = ServiceConfig::new();
            config.set(property, value).unwrap();
            let settings = config.settings();
            let found = match property {
                Property::Inheritance => settings.inheritance.value(),
                Property::ThreadPool => settings.thread_pool.value(),
                Property::Binding => settings.binding.value(),
                Property::Transaction => settings.transaction.value(),
                Property::IsolationLevel => settings.isolation.value(),
                Property::Synchronization => settings.synchronization.value(),
                Property::IisIntrinsics => settings.iis.value(),
                Property::ComtiIntrinsics => settings.comti.value(),
                Property::Tracker => settings.tracker.value(),
                Property::Sxs => settings.sxs.value(),
                Property::Partition => settings.partition.value(),
                Property::TransactionTimeout => unreachable!(),
            };
            assert_eq!(found, value, "{property}");
        }
    }
}

#[test]
fn a_time_out_is_any_32_bit_number_of_seconds() {
    every_machine(|_| {
        for seconds in [0, 1, 3600, 3601, u32::MAX] {
            let mut by_number = root();
            by_number.set(Property::TransactionTimeout, seconds.cast_signed()).unwrap();
            for config in [by_number, root().transaction_timeout(Duration::from_secs(seconds.into()))] {
                let domain = enter(&config);
                assert_eq!(here().transaction_info().isolation_level_and_timeout().unwrap().1, seconds);
                assert_eq!(domain.leave().unwrap(), TransactionStatus::Committed);
            }
        }
        for (given, seconds) in
            [(Duration::from_millis(1), 1), (Duration::from_millis(1500), 2), (Duration::MAX, u32::MAX)]
        {
            let domain = enter(&root().transaction_timeout(given));
            assert_eq!(here().transaction_info().isolation_level_and_timeout().unwrap().1, seconds);
            domain.leave().unwrap();
        }
    });
}

#[test]
fn an_entry_takes_a_snapshot() {
    every_machine(|_| {
        let mut config = root();
        let copy = config.clone();
        let domain = enter(&config);
        let inside = place();
        config.set(Property::Transaction, 0).unwrap();
        config.set(Property::ThreadPool, 2).unwrap();
        let config = config
            .transaction_timeout(Duration::from_secs(1))
            .synchronization(SynchronizationConfig::NoSynchronization);
        assert_eq!(place(), inside);
        assert_eq!(here().transaction_info().isolation_level_and_timeout().unwrap().1, 60);
        assert_eq!(code(ServiceDomain::enter(&config)), CO_E_THREADPOOL_CONFIG);
        assert_eq!(domain.leave().unwrap(), TransactionStatus::Committed);
        // A clone made before the changes has none of them; it can be used again and again.
        for _ in 0..2 {
            assert_eq!(enter(&copy).leave().unwrap(), TransactionStatus::Committed);
        }
        // Names are not shared between clones either.
        let named = ServiceConfig::new().tracker(TrackerConfig::Use, Some("one"), None);
        let other = named.clone().tracker(TrackerConfig::Use, Some("two"), None);
        for (config, name) in [(&named, "one"), (&other, "two")] {
            let domain = enter(config);
            assert_eq!(here().tracker().unwrap().unwrap().application, name);
            domain.leave().unwrap();
        }
    });
}

#[test]
fn the_last_transaction_brought_counts() {
    every_machine(|world| {
        let begin = || world.runtime.transaction_manager().begin(Default::default()).unwrap();
        let (one, two) = (begin(), begin());
        let url = two.tip_url();
        let proxy: Arc<dyn TransactionProxy> = Arc::new(Proxy(one.clone()));
        let sources = [
            (BroughtTransaction::from(&one), one.id()),
            (BroughtTransaction::TipUrl(url), two.id()),
            (BroughtTransaction::Proxy(proxy), one.id()),
            (BroughtTransaction::from(&two), two.id()),
        ];
        for (first, _) in &sources {
            for (last, id) in &sources {
                let config = ServiceConfig::new()
                    .bring_your_own_transaction(first.clone())
                    .bring_your_own_transaction(last.clone());
                let domain = enter(&config);
                assert_eq!(place().transaction, Some(*id), "{first:?}, {last:?}");
                domain.leave().unwrap();
            }
        }
        one.commit().unwrap();
        two.commit().unwrap();
        for (source, _) in sources {
            let config = ServiceConfig::new().bring_your_own_transaction(source);
            assert_eq!(code(ServiceDomain::enter(&config)), XACT_E_NOTRANSACTION);
        }
    });
}

struct Proxy(Transaction);

impl TransactionProxy for Proxy {
    fn commit(&self, _: Uuid) -> Result<()> {
        panic!("never called on a brought transaction")
    }
    fn abort(&self) -> Result<()> {
        self.0.abort()
    }
    fn promote(&self) -> Result<Transaction> {
        Ok(self.0.participant())
    }
}

#[test]
fn a_brought_transactions_settings_override_all_others() {
    every_machine(|world| {
        let options = complus::TransactionOptions {
            isolation: Some(IsolationLevel::RepeatableRead),
            timeout: Some(99),
            description: Some("the owner's".into()),
        };
        let t = world.runtime.transaction_manager().begin(options).unwrap();
        let config = ServiceConfig::new()
            .transaction(TransactionConfig::New)
            .isolation_level(IsolationLevel::ReadUncommitted)
            .transaction_timeout(Duration::from_secs(1))
            .transaction_description("the domain's")
            .bring_your_own_transaction(&t);
        let domain = enter(&config);
        let found = here().transaction_info().isolation_level_and_timeout().unwrap();
        assert_eq!(found, (IsolationLevel::RepeatableRead, 99));
        assert_eq!(here().info().transaction().unwrap().unwrap().description(), Some("the owner's"));
        domain.leave().unwrap();
        t.commit().unwrap();
    });
}

#[test]
fn a_new_transactions_description_falls_back_to_the_trackers_context_name() {
    every_machine(|_| {
        let tracked = root().tracker(TrackerConfig::Use, Some("app"), Some("context"));
        for (config, expected) in [
            (root(), None),
            (root().transaction_description("transfer"), Some("transfer")),
            (tracked.clone().transaction_description("transfer"), Some("transfer")),
            (tracked, Some("context")),
            // The tracker is not used, so it has no context name.
            (root().tracker(TrackerConfig::DontUse, Some("app"), Some("context")), None),
        ] {
            let domain = enter(&config);
            assert_eq!(here().info().transaction().unwrap().unwrap().description(), expected, "{config:?}");
            domain.leave().unwrap();
        }
    });
}

#[test]
fn setters_commute_but_for_containing_context_treatment() {
    type Setter = fn(ServiceConfig) -> ServiceConfig;
    let setters: [Setter; 10] = [
        |config| config.comti_intrinsics(ComtiIntrinsicsConfig::Inherit),
        |config| config.iis_intrinsics(IisIntrinsicsConfig::Inherit),
        |config| config.partition(PartitionConfig::Inherit),
        |config| config.sxs(SxsConfig::Inherit),
        |config| config.synchronization(SynchronizationConfig::NewIfNecessary),
        |config| config.thread_pool(ThreadPool::Inherit),
        |config| config.transaction(TransactionConfig::New),
        |config| config.isolation_level(IsolationLevel::ReadCommitted),
        |config| config.tracker(TrackerConfig::Use, Some("app"), None),
        |config| config.transaction_timeout(Duration::from_secs(5)),
    ];
    for one in setters {
        for other in setters {
            assert_eq!(other(one(ServiceConfig::new())).settings(), one(other(ServiceConfig::new())).settings());
        }
        assert_eq!(
            *one(ServiceConfig::new()).inheritance(InheritanceConfig::Inherit).settings(),
            Settings {
                tracker: one(ServiceConfig::new()).settings().tracker,
                isolation: one(ServiceConfig::new()).settings().isolation,
                ..INHERITING
            }
        );
    }
}

/// The names of all properties inside of a domain with `config`.
fn names_in(config: &ServiceConfig) -> Vec<String> {
    ServiceDomain::run(config, || here().properties().names().unwrap()).unwrap().value
}

#[test]
fn intrinsics_flow_by_their_settings_and_other_properties_by_the_inheritance() {
    every_machine(|_| {
        let caller = enter(&ServiceConfig::new());
        let properties: ContextProperties = here().properties();
        for name in ["Session", COMTI, "Color"] {
            properties.set(name, "value").unwrap();
        }
        let ignoring = ServiceConfig::new();
        assert_eq!(names_in(&ignoring), [""; 0]);
        assert_eq!(names_in(&ignoring.clone().iis_intrinsics(IisIntrinsicsConfig::Inherit)), ["Session"]);
        assert_eq!(names_in(&ignoring.comti_intrinsics(ComtiIntrinsicsConfig::Inherit)), [COMTI]);
        let inheriting = ServiceConfig::inheriting();
        assert_eq!(names_in(&inheriting), ["Color", COMTI, "Session"]);
        let no_intrinsics =
            inheriting.iis_intrinsics(IisIntrinsicsConfig::No).comti_intrinsics(ComtiIntrinsicsConfig::No);
        assert_eq!(names_in(&no_intrinsics), ["Color"]);
        // What is set inside stays inside.
        let domain = enter(&ServiceConfig::inheriting());
        here().properties().set("Color", "other").unwrap();
        here().properties().remove("Session").unwrap();
        assert_eq!(code(here().properties().get("Session")), CO_E_NOIISINTRINSICS);
        domain.leave().unwrap();
        assert_eq!(properties.get("Color").unwrap(), "value");
        assert_eq!(properties.count().unwrap(), 3);
        caller.leave().unwrap();
    });
}

#[test]
fn assemblies_are_new_inherited_or_hidden() {
    let directories = [assembly("x"), assembly("y")];
    let [x, y] = directories.each_ref().map(|path| path.to_str().unwrap());
    let unreadable = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("unreadable");
    fs::create_dir_all(&unreadable).unwrap();
    fs::write(unreadable.join("bank.manifest"), "no manifest").unwrap();
    every_machine(|_| {
        let new = |directory: &str| ServiceConfig::new().sxs(SxsConfig::New).sxs_directory(directory);
        let is = |name: Option<&str>, directory: &str| {
            here().is_same_sxs_config(name, directory).map_or_else(|e| e.hresult(), |()| S_OK)
        };
        let caller = enter(&new(x)); // without a name: the default file name
        assert_eq!((is(None, x), is(Some("bank"), x), is(None, y)), (S_OK, E_FAIL, E_FAIL));
        let inside =
            |config: &ServiceConfig| ServiceDomain::run(config, || (is(None, x), is(Some("bank"), y))).unwrap().value;
        assert_eq!(inside(&ServiceConfig::new().sxs(SxsConfig::Inherit)), (S_OK, E_FAIL));
        assert_eq!(inside(&ServiceConfig::new()), (E_FAIL, E_FAIL));
        for name in ["bank", "bank.manifest"] {
            assert_eq!(inside(&new(y).sxs_name(name)), (E_FAIL, S_OK), "{name}");
        }
        for config in
            [new("/no/such/directory"), new(x).sxs_name("none"), new(unreadable.to_str().unwrap()).sxs_name("bank")]
        {
            assert_eq!(code(ServiceDomain::enter(&config)), CO_E_SXS_CONFIG);
        }
        caller.leave().unwrap();
    });
}
