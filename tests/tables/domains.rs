//! Service domains, components and what a context has: SWC, ACT, TXN.
//!
//! A table of service domains is asked for twice: from the rule of its property, and from a complete entry.

use crate::support::{Entry, Row, activity_word, check, outcome, transaction_word};
use complus_core::{
    ByotAbort, IntoHResult,
    attribute::*,
    context::{Flags, StreamState},
    error::{ContextError, Error},
    rules::{
        apartment::{self, Affinity, Pool},
        context_state::{self, Capabilities},
        inheritance, intrinsics,
        leave::{self, Ending, Role},
        partition::{self, Partition},
        service_domain::{self, Flow, Settings},
        side_by_side::{self, Assembly},
        synchronization::{self, Adjustment},
        tracker::{self, Tracking},
        transaction::{self, Brought, Enclosing, Transaction},
    },
};
use std::fmt::Display;

/// The levels that a transaction can run at.
const LEVELS: [IsolationLevel; 4] = [
    IsolationLevel::ReadUncommitted,
    IsolationLevel::ReadCommitted,
    IsolationLevel::RepeatableRead,
    IsolationLevel::Serializable,
];

const PRESENT: [(&str, bool); 2] = [("none", false), ("activity", true)];
const BROUGHT: [(&str, Brought); 3] = [("none", Brought::None), ("active", Brought::Active), ("over", Brought::Over)];

/// Same word, for components: their caller is their creator.
fn of_creator(word: &str) -> String {
    if word == "callers" { "creators".into() } else { word.into() }
}

/// The requested level and the caller's transaction, in every way that `caller` can mean. SWC 4.3:
/// compatible is equal, or nothing asked for.
fn transactions(caller: &str) -> Vec<(IsolationLevel, Enclosing)> {
    let pairs = |wanted: fn(IsolationLevel, IsolationLevel) -> bool| {
        let all = IsolationLevel::ALL.iter().flat_map(|&asked| LEVELS.map(|level| (asked, level)));
        all.filter(|&(asked, level)| wanted(asked, level))
            .map(|(asked, level)| (asked, Enclosing::Active(level)))
            .collect()
    };
    match caller {
        "none" | "activity" => IsolationLevel::ALL.iter().map(|&asked| (asked, Enclosing::None)).collect(),
        "active_compatible" | "transaction_and_activity" => {
            pairs(|asked, level| asked == IsolationLevel::Any || asked == level)
        }
        "active_other_isolation" | "transaction_and_activity_other_isolation" => {
            pairs(|asked, level| asked != IsolationLevel::Any && asked != level)
        }
        "doomed" => vec![(IsolationLevel::Any, Enclosing::Doomed)],
        "over" => vec![(IsolationLevel::Any, Enclosing::Over)],
        _ => panic!("{caller} is no caller"),
    }
}

#[test]
fn a_domain_gets_its_transaction() {
    check("transaction_domain", 60, ["result", "error"], |row| {
        let setting = row.value("setting");
        let brought = row.pick("brought", &BROUGHT);
        let ask = |(isolation, caller)| {
            let mut entry = Entry::PLAIN;
            entry.settings = Settings { transaction: setting, isolation, ..entry.settings };
            entry.caller.transaction = caller;
            entry.caller.activity = caller != Enclosing::None;
            entry.machine.brought = brought;
            [
                outcome(
                    transaction::service_domain(setting, isolation, brought, caller, &mut ()).map(transaction_word),
                ),
                outcome(entry.resolve().map(|context| transaction_word(context.flow.transaction))),
            ]
        };
        transactions(row.get("caller")).into_iter().flat_map(ask).collect()
    });
}

#[test]
fn a_domain_gets_its_activity_when_no_transaction_results() {
    check("synchronization_domain", 8, ["result"], |row| {
        let setting = row.value("setting");
        let caller = row.pick("caller_activity", &PRESENT);
        let mut entry = Entry::PLAIN;
        entry.settings.synchronization = setting;
        entry.caller.activity = caller;
        let (activity, adjustment) = synchronization::service_domain(setting, Transaction::None, caller, &mut ());
        assert_eq!(adjustment, Adjustment::None, "{row:?}");
        [activity, entry.resolve().unwrap().flow.activity].map(|activity| [activity_word(activity).into()]).into()
    });
}

#[test]
fn a_domains_activity_follows_from_its_transaction() {
    check("combined_domain", 68, ["tx_result", "activity_result", "adjustment"], |row| {
        let (settings, brought) = match row.get("tx_setting") {
            "brought" => (TransactionConfig::ALL.to_vec(), Brought::Active),
            _ => (vec![row.value("tx_setting")], Brought::None),
        };
        let synchronization = row.value("sync_setting");
        let caller = row.get("caller");
        let ask = |(isolation, enclosing)| {
            settings.iter().flat_map(move |&transaction| {
                let mut entry = Entry::PLAIN;
                entry.settings = Settings { transaction, synchronization, isolation, ..entry.settings };
                entry.caller.transaction = enclosing;
                entry.caller.activity = caller != "none";
                entry.machine.brought = brought;
                let flow = service_domain::flow(&entry.settings, brought, enclosing, entry.caller.activity, &mut ());
                [flow.unwrap(), entry.resolve().unwrap().flow].map(|Flow { transaction, activity, adjustment }| {
                    let adjustment = match adjustment {
                        Adjustment::None => "none",
                        Adjustment::Raised => "raised",
                        Adjustment::Limited => "limited",
                    };
                    [transaction_word(transaction), activity_word(activity), adjustment].map(Into::into)
                })
            })
        };
        transactions(caller).into_iter().flat_map(ask).collect()
    });
}

#[test]
fn an_enclosing_level_serves_if_it_is_equal_or_none_is_asked_for() {
    check("isolation", 20, ["compatible"], |row| {
        let compatible = transaction::is_compatible(row.value("requested"), row.value("enclosing"));
        vec![[compatible.to_string()]]
    });
}

#[test]
fn a_root_that_asks_for_no_level_is_serializable() {
    check("isolation_root", 5, ["effective", "dtc_value"], |row| {
        let level = transaction::root_isolation(row.value("requested"));
        let word = if level == row.value("effective") { row.get("effective") } else { level.name() };
        vec![[word.into(), format!("{:#x}", level.dtc_value())]]
    });
}

#[test]
fn a_domain_gets_its_partition() {
    check("partition", 44, ["result", "error"], |row| {
        let setting = row.value("setting");
        let caller = row.pick("caller", &[("global", "global"), ("partition", "callers")]);
        let enabled = row.flag("partitions_enabled");
        let other = || partition::Named::Other { enabled, known: row.flag("known"), member: row.flag("member") };
        let named = match row.get("id") {
            "" => None,
            "null" => Some(partition::Named::Nothing),
            "global" => Some(partition::Named::Global),
            "same" | "other" => Some(other()),
            id => panic!("{row:?}: id is {id:?}"),
        };
        let word = |partition| match partition {
            Partition::Global => "global",
            Partition::Callers => caller,
            Partition::Configured => "configured",
        };
        let mut entry = Entry::PLAIN;
        entry.settings.partition = setting;
        entry.machine.partition = named;
        vec![
            outcome(partition::service_domain(setting, || named.unwrap(), &mut ()).map(word)),
            outcome(entry.resolve().map(|context| word(context.partition))),
        ]
    });
}

#[test]
fn a_domain_sees_its_side_by_side_assembly() {
    check("side_by_side", 12, ["result", "error"], |row| {
        let setting = row.value("setting");
        let caller = row.pick("caller", &[("none", false), ("assembly", true)]);
        let directory = row.pick("directory", &[("set", Some(true)), ("unset", Some(false)), ("", None)]);
        let readable = row.pick("manifest", &[("readable", true), ("unreadable", false), ("", false)]);
        let named = directory.map(|directory| side_by_side::Named { directory, readable });
        let word = |assembly| match assembly {
            Assembly::None => "none",
            Assembly::Callers => "callers",
            Assembly::New => "new",
        };
        let mut entry = Entry::PLAIN;
        entry.settings.sxs = setting;
        entry.caller.assembly = caller;
        entry.machine.assembly = named;
        vec![
            outcome(side_by_side::service_domain(setting, caller, || named.unwrap(), &mut ()).map(word)),
            outcome(entry.resolve().map(|context| word(context.assembly))),
        ]
    });
}

#[test]
fn a_domain_sees_its_callers_intrinsics_if_it_inherits_them() {
    check("intrinsics", 8, ["result"], |row| {
        let inherit = row.pick("setting", &[("no", false), ("inherit", true)]);
        let caller = row.pick("caller", &[("none", false), ("has", true)]);
        let mut entry = Entry::PLAIN;
        let visible = match row.get("kind") {
            "iis" => {
                let setting = if inherit { IisIntrinsicsConfig::Inherit } else { IisIntrinsicsConfig::No };
                entry.settings.iis = setting;
                entry.caller.iis = caller;
                [intrinsics::iis(setting, caller, &mut ()), entry.resolve().unwrap().iis]
            }
            "comti" => {
                let setting = if inherit { ComtiIntrinsicsConfig::Inherit } else { ComtiIntrinsicsConfig::No };
                entry.settings.comti = setting;
                entry.caller.comti = caller;
                [intrinsics::comti(setting, caller, &mut ()), entry.resolve().unwrap().comti]
            }
            kind => panic!("{row:?}: kind is {kind:?}"),
        };
        visible.map(|visible| [if visible { "callers" } else { "none" }.into()]).into()
    });
}

#[test]
fn a_domain_is_tracked_under_its_own_names_only() {
    check("tracker", 20, ["result", "error"], |row| {
        let setting = row.value("setting");
        row.ignore("caller", &["tracked", "not_tracked"]);
        let names = [("set", Some(true)), ("unset", Some(false)), ("empty", Some(false)), ("", None)];
        let application = row.pick("application_name", &names);
        let context = row.pick("context_name", &names);
        let word = |tracking| match tracking {
            Tracking::Off => "not_tracked",
            Tracking::Named => "tracked",
            Tracking::NamedByContextId => "tracked_with_context_id",
        };
        let mut entry = Entry::PLAIN;
        entry.settings.tracker = setting;
        entry.machine.tracker = application.zip(context);
        let asked = tracker::service_domain(setting, || application.unwrap(), || context.unwrap(), &mut ());
        vec![outcome(asked.map(word)), outcome(entry.resolve().map(|context| word(context.tracking)))]
    });
}

#[test]
fn an_activity_object_has_a_pool_and_a_domain_has_none() {
    check("thread_pool", 24, ["result", "error"], |row| {
        let setting = row.value("setting");
        let apartments =
            [("sta", ApartmentKind::Sta), ("mta", ApartmentKind::Mta), ("neutral", ApartmentKind::Neutral)];
        let caller = row.pick("apartment", &apartments);
        match row.get("api") {
            "create_activity" => {
                let pool = apartment::activity_object(setting, caller, &mut ());
                vec![outcome(pool.map(|pool| match pool {
                    Pool::Sta => "sta_pool",
                    Pool::Mta => "mta",
                }))]
            }
            "enter" => {
                let mut entry = Entry::PLAIN;
                entry.settings.thread_pool = setting;
                vec![
                    outcome(apartment::service_domain(setting, Binding::NoBinding, &mut ()).map(|()| "callers")),
                    outcome(entry.resolve().map(|_| "callers")),
                ]
            }
            api => panic!("{row:?}: api is {api:?}"),
        }
    });
}

#[test]
fn a_binding_counts_in_the_sta_pool_only() {
    check("binding", 6, ["result", "error"], |row| {
        let binding = row.value("binding");
        match (row.get("api"), row.pick("pool", &[("sta", Some(Pool::Sta)), ("mta", Some(Pool::Mta)), ("", None)])) {
            ("create_activity", Some(pool)) => {
                vec![outcome::<_, Error>(Ok(match apartment::affinity(binding, pool) {
                    Affinity::AnySta => "any_sta",
                    Affinity::OneSta => "one_sta",
                    Affinity::NoEffect => "no_effect",
                }))]
            }
            ("enter", None) => {
                let mut entry = Entry::PLAIN;
                entry.settings.binding = binding;
                vec![
                    outcome(apartment::service_domain(ThreadPool::None, binding, &mut ()).map(|()| "no_effect")),
                    outcome(entry.resolve().map(|_| "no_effect")),
                ]
            }
            _ => panic!("{row:?}: api and pool"),
        }
    });
}

/// What something does to a value, given the values before and after: `unchanged`, or always the same
/// value.
fn effect<T: PartialEq + Display>(values: impl Iterator<Item = (T, T)> + Clone) -> String {
    if values.clone().all(|(before, after)| before == after) {
        return "unchanged".into();
    }
    let mut after: Vec<T> = values.map(|(_, after)| after).collect();
    after.dedup();
    match after.as_slice() {
        [always] => always.to_string(),
        _ => "depends".into(),
    }
}

/// The number of the setting in a row of SWC 2.1, and the settings once for each value of that row.
///
/// Rows 12 to 16 are `None`: they are no numbered settings, so that `reset` cannot touch them.
fn numbered(settings: Settings, property: &str) -> Option<(i32, Vec<Settings>)> {
    // without `..`: a setting that has no row here does not compile
    let Settings {
        inheritance,
        comti,
        iis,
        partition,
        sxs,
        synchronization,
        thread_pool,
        transaction,
        binding,
        tracker,
        isolation,
    } = settings;
    macro_rules! row {
        ($field:ident: $enumeration:ident) => {
            Some(($field.value(), $enumeration::ALL.iter().map(|&$field| Settings { $field, ..settings }).collect()))
        };
    }
    match property {
        "inheritance" => row!(inheritance: InheritanceConfig),
        "comti_intrinsics" => row!(comti: ComtiIntrinsicsConfig),
        "iis_intrinsics" => row!(iis: IisIntrinsicsConfig),
        "partition" => row!(partition: PartitionConfig),
        "sxs" => row!(sxs: SxsConfig),
        "synchronization" => row!(synchronization: SynchronizationConfig),
        "thread_pool" => row!(thread_pool: ThreadPool),
        "transaction" => row!(transaction: TransactionConfig),
        "binding" => row!(binding: Binding),
        "tracker" => row!(tracker: TrackerConfig),
        "isolation_level" => row!(isolation: IsolationLevel),
        "transaction_timeout"
        | "byot_source"
        | "transaction_description"
        | "partition_id"
        | "sxs_name_and_directory" => None,
        _ => panic!("{property} is no property"),
    }
}

#[test]
fn containing_context_treatment_resets_rows_one_to_eight() {
    check("inheritance", 16, ["native_default", "inherit", "ignore"], |row| {
        let property = row.get("property");
        let Some((default, starts)) = numbered(inheritance::DEFAULT, property) else {
            // the defaults of rows 12 to 16 are the runtime's: here they are only unreachable
            return vec![[row.get("native_default"), "unchanged", "unchanged"].map(Into::into)];
        };
        let number = |settings| numbered(settings, property).unwrap().0;
        let after = |treatment| {
            effect(starts.iter().map(|&start| (number(start), number(inheritance::reset(start, treatment)))))
        };
        let default = if property == "isolation_level" && default == IsolationLevel::Any.value() {
            "any".into()
        } else {
            default.to_string()
        };
        vec![[default, after(InheritanceConfig::Inherit), after(InheritanceConfig::Ignore)]]
    });
}

#[test]
fn a_component_gets_its_transaction() {
    check("transaction_component", 12, ["result", "root", "needs_own_context"], |row| {
        let attribute = row.value("attribute");
        let creator = row.pick("creator", &[("none", false), ("transaction", true)]);
        let own = row.pick("placement", &[("shared", false), ("own", true)]);
        let transaction = transaction::component(attribute, creator, own, &mut ());
        let needs_own_context = transaction::component_needs_own_context(attribute);
        vec![[
            of_creator(transaction_word(transaction)),
            (transaction == Transaction::New).to_string(),
            needs_own_context.to_string(),
        ]]
    });
}

#[test]
fn a_component_gets_its_activity() {
    check("synchronization_component", 29, ["result", "may_share"], |row| {
        let attribute = row.value("attribute");
        let creator = row.pick("creator", &PRESENT);
        let own = row.pick("placement", &[("shared", false), ("own", true)]);
        let activity = synchronization::component(attribute, creator, own, &mut ());
        let may_share = synchronization::component_may_share(attribute, creator, row.flag("sync_required_shares"));
        vec![[of_creator(activity_word(activity)), may_share.to_string()]]
    });
}

#[test]
fn a_managed_option_means_what_the_native_setting_does() {
    check("managed_options", 15, ["managed_value", "native"], |row| match row.get("option") {
        // The five options are the component's attribute, the four settings the domain's. The setting
        // that stands for an option treats every caller as a component in a context of its own is
        // treated (SWC 4.1, SYN 3.3); there is exactly one.
        "transaction" => {
            let option: TransactionAttribute = row.value("name");
            let same = |setting: &TransactionConfig| {
                [false, true].iter().all(|&caller| {
                    let enclosing =
                        if caller { Enclosing::Active(IsolationLevel::Serializable) } else { Enclosing::None };
                    let any = IsolationLevel::Any;
                    transaction::service_domain(*setting, any, Brought::None, enclosing, &mut ())
                        == Ok(transaction::component(option, caller, true, &mut ()))
                })
            };
            let settings = TransactionConfig::ALL.iter().filter(|setting| same(setting));
            settings.map(|setting| [option.value(), setting.value()].map(|value| value.to_string())).collect()
        }
        "synchronization" => {
            let option: SynchronizationAttribute = row.value("name");
            let same = |setting: &SynchronizationConfig| {
                [false, true].iter().all(|&caller| {
                    synchronization::service_domain(*setting, Transaction::None, caller, &mut ()).0
                        == synchronization::component(option, caller, true, &mut ())
                })
            };
            let settings = SynchronizationConfig::ALL.iter().filter(|setting| same(setting));
            settings.map(|setting| [option.value(), setting.value()].map(|value| value.to_string())).collect()
        }
        "status" => {
            let status: TransactionStatus = row.value("name");
            assert_eq!(TransactionStatus::from_hresult(status.hresult()), Some(status), "{row:?}");
            vec![[status.value().to_string(), status.hresult().name().unwrap().into()]]
        }
        option => panic!("{row:?}: option is {option:?}"),
    });
}

/// Does to the flags what a row's call does.
fn apply(row: &Row<'_>, flags: &mut Flags) {
    match row.get("call") {
        "initial" => *flags = Flags::INITIAL,
        "enable_commit" => flags.enable_commit(),
        "disable_commit" => flags.disable_commit(),
        "set_complete" => flags.set_complete(),
        "set_abort" => flags.set_abort(),
        "set_my_transaction_vote" => {
            let votes = [("commit", TransactionVote::Commit), ("abort", TransactionVote::Abort)];
            flags.vote(row.pick("argument", &votes));
        }
        "set_deactivate_on_return" => flags.deactivate_on_return(row.flag("argument")),
        call => panic!("{row:?}: call is {call:?}"),
    }
}

#[test]
fn a_call_sets_one_flag_or_both() {
    const ALL: [Flags; 4] = [
        Flags { consistent: true, done: false },
        Flags { consistent: false, done: false },
        Flags { consistent: false, done: true },
        Flags { consistent: true, done: true },
    ];
    check("context_flags", 9, ["consistent", "done"], |row| {
        let after = ALL.map(|before| {
            let mut flags = before;
            apply(row, &mut flags);
            assert_eq!(flags.my_vote() == TransactionVote::Commit, flags.consistent, "{row:?}");
            flags
        });
        let word = |flag: fn(Flags) -> bool| effect(ALL.into_iter().map(flag).zip(after.into_iter().map(flag)));
        vec![[word(|flags| flags.consistent), word(|flags| flags.done)]]
    });
    assert_eq!(Flags::default(), Flags::INITIAL);
}

#[test]
fn the_flags_are_for_contexts_that_have_them() {
    check("context_state_errors", 27, ["result"], |row| {
        let context = Capabilities { jit: row.flag("jit"), transaction: row.flag("transaction") };
        let arguments =
            row.pick("argument", &[("valid", [Some(0), Some(1)]), ("invalid", [Some(7); 2]), ("", [None; 2])]);
        let ask = |argument: Option<i32>| {
            let result = match (row.get("call"), argument) {
                ("set_deactivate_on_return" | "get_deactivate_on_return", Some(_)) => {
                    context_state::deactivate_on_return(context)
                }
                ("set_my_transaction_vote", Some(vote)) => {
                    context_state::set_my_transaction_vote(context, vote).map(|granted| {
                        assert_eq!(granted.value(), vote, "{row:?}");
                    })
                }
                ("get_my_transaction_vote", Some(_)) => context_state::get_my_transaction_vote(context),
                // no rule stands before these four: they cannot fail
                ("set_complete" | "set_abort" | "enable_commit" | "disable_commit", None) => {
                    apply(row, &mut Flags::default());
                    Ok(())
                }
                call => panic!("{row:?}: call is {call:?}"),
            };
            let hresult = result.map_err(ContextError::hresult).into_hresult();
            [hresult.name().unwrap().into()]
        };
        arguments.map(ask).into()
    });
}

#[test]
fn leaving_a_domain_reports_what_becomes_of_its_transaction() {
    use StreamState::{Aborted, Active, Committed, Doomed, InDoubt};
    check("leave_status", 26, ["status"], |row| {
        let roles =
            [("none", Role::None), ("root", Role::Root), ("interior", Role::Interior), ("brought", Role::Brought)];
        let role = row.pick("role", &roles);
        let consistent = row.pick("vote", &[("commit", true), ("abort", false)]);
        // the transaction as it is met, and what comes of an attempt to commit it
        let (before, commit) = match row.get("transaction") {
            "" => (vec![Active, Doomed, Committed, Aborted, InDoubt], None),
            "healthy" => (vec![Active], None),
            "doomed" => (vec![Doomed], None),
            "timed_out" | "aborted" => (vec![Aborted], None),
            "committed_by_owner" => (vec![Committed], None),
            "committed" => (vec![Active], Some(Committed)),
            "refused" => (vec![Active], Some(Aborted)),
            "in_doubt" => (vec![Active], Some(InDoubt)),
            state => panic!("{row:?}: transaction is {state:?}"),
        };
        let leave = |before| {
            let after = match leave::ending(role, consistent, before, ByotAbort::Veto) {
                Ending::Nothing => before,
                Ending::Commit => commit.unwrap_or_else(|| panic!("{row:?}: commit is attempted")),
                Ending::Abort => Aborted,
                Ending::Doom => Doomed,
            };
            let status = leave::status(role, after, &mut ());
            [status.map_or("not_called", |status| status.hresult().name().unwrap()).into()]
        };
        before.into_iter().map(leave).collect()
    });
}
