//! Activity objects: SWC 3 and 8.

use crate::support::{Entry, TRANSACTIONS, check, outcome};
use complus_core::{
    ActivityTransaction, Compat, HResult,
    attribute::*,
    context::StreamState,
    error::Error,
    rules::{
        activity_object::{self, Bound, Interface, Place, Start, Submitter},
        activity_result::{self, Ended, Report, Unit, Work},
        apartment::Pool,
        leave::{Ending, Role},
        partition, side_by_side,
        transaction::Brought,
    },
};

const ROLES: [(&str, Role); 4] =
    [("none", Role::None), ("root", Role::Root), ("interior", Role::Interior), ("brought", Role::Brought)];
const ENDS: [(&str, ActivityTransaction); 2] =
    [("per_call", ActivityTransaction::PerCall), ("until_done", ActivityTransaction::UntilDone)];
const POOLS: [(&str, Pool); 2] = [("sta", Pool::Sta), ("mta", Pool::Mta)];
const BOUND: [(&str, Bound); 2] = [("true", Bound::ToSta), ("false", Bound::No)];

/// How OnCall or OnError ended: a code, or a panic.
fn ended(word: &str) -> Ended {
    if word == "panic" { Ended::Panicked } else { Ended::Returned(hresult(word)) }
}

fn hresult(word: &str) -> HResult {
    word.parse().unwrap_or_else(|_| panic!("{word} is no HRESULT"))
}

fn name(hresult: HResult) -> String {
    hresult.name().map_or_else(|| hresult.to_string(), Into::into)
}

/// Puts a fault of a row into an otherwise good creation.
fn put(fault: &str, entry: &mut Entry, interface: &mut Interface) {
    let other = |enabled, known, member| Some(partition::Named::Other { enabled, known, member });
    match fault {
        "interface" => *interface = Interface::Other,
        "interface_unknown" => *interface = Interface::Unknown,
        "apartment" => entry.caller.initialized = false,
        "pool" => entry.settings.thread_pool = ThreadPool::None,
        "pool_inherit" => entry.settings.thread_pool = ThreadPool::Inherit,
        "binding" => {
            entry.settings.thread_pool = ThreadPool::Sta;
            entry.settings.binding = Binding::BindToPoolThread;
        }
        "binding_mta" => entry.settings.binding = Binding::BindToPoolThread,
        "sxs_directory" | "sxs_manifest" => {
            entry.settings.sxs = SxsConfig::New;
            let directory = fault == "sxs_manifest";
            entry.machine.assembly = Some(side_by_side::Named { directory, readable: false });
        }
        "tracker_application" | "tracker_context" => {
            entry.settings.tracker = TrackerConfig::Use;
            entry.machine.tracker = Some((fault == "tracker_context", false));
        }
        "brought_over" => entry.machine.brought = Brought::Over,
        _ => {
            entry.settings.partition = PartitionConfig::New;
            entry.machine.partition = match fault {
                "partition_member" => other(true, true, false),
                "partition_unknown" => other(true, false, false),
                "partition_disabled" => other(false, true, true),
                "partition_null" => Some(partition::Named::Nothing),
                _ => panic!("{fault} is no fault"),
            };
        }
    }
}

#[test]
fn creation_is_checked_in_order() {
    check("activity_object_errors", 23, ["result", "error"], |row| {
        let mut entry = Entry::PLAIN;
        entry.settings.thread_pool = ThreadPool::Mta;
        let mut interface = Interface::ServiceActivity;
        row.get("fault").split_whitespace().for_each(|fault| put(fault, &mut entry, &mut interface));
        let Entry { settings, caller, machine } = entry;
        let create = |apartment| {
            let compat = Compat::default();
            let created = activity_object::create(&settings, interface, apartment, &caller, &machine, &compat, &mut ());
            outcome(created.map(|created| {
                // whatever can be created, the same settings without a pool can be entered, into the same context
                let domain = Entry { settings: plain(entry).settings, ..entry };
                assert_eq!(domain.resolve(), Ok(created.context), "{row:?}");
                "created"
            }))
        };
        ApartmentKind::ALL.iter().map(|apartment| create(*apartment)).collect()
    });
}

/// The same without pool and binding.
fn plain(mut entry: Entry) -> Entry {
    entry.settings.thread_pool = ThreadPool::None;
    entry.settings.binding = Binding::NoBinding;
    entry
}

#[test]
fn a_call_runs_inline_where_its_thread_is_the_right_one() {
    check("activity_object_place", 7, ["synchronous", "asynchronous"], |row| {
        let submitters =
            [("mta", Submitter::Mta), ("bound_sta", Submitter::BoundSta), ("other_sta", Submitter::OtherSta)];
        let (pool, bound) = (row.pick("pool", &POOLS), row.pick("bound", &BOUND));
        let submitter = row.pick("submitter", &submitters);
        let word = |place| match place {
            Place::Inline => "inline",
            Place::MtaPool => "mta_pool",
            Place::AnySta => "any_sta",
            Place::BoundSta => "bound_sta",
        };
        let places = [activity_object::place(pool, bound, submitter), activity_object::queue(pool, bound)];
        vec![places.map(|place| word(place).into())]
    });
}

#[test]
fn only_a_single_threaded_activity_object_is_bound_to_a_thread() {
    check("activity_object_binding", 9, ["effect"], |row| {
        let callers = [("sta", ApartmentKind::Sta), ("mta", ApartmentKind::Mta)];
        let (pool, caller) = (row.pick("pool", &POOLS), row.pick("caller", &callers));
        let bound = row.pick("bound", &BOUND);
        vec![[match row.get("call") {
            "bind" if activity_object::binds(pool, caller) => "bound",
            "unbind" if activity_object::unbinds(pool, bound) => "unbound",
            "bind" | "unbind" => "nothing",
            call => panic!("{row:?}: call is {call:?}"),
        }
        .into()]]
    });
}

#[test]
fn a_call_starts_with_the_transaction_that_its_activity_object_has() {
    check("activity_object_start", 22, ["result", "error"], |row| {
        let (role, ends) = (row.pick("role", &ROLES), row.pick("ends", &ENDS));
        let start = activity_object::start(role, row.pick("transaction", &TRANSACTIONS), ends, &mut ());
        vec![outcome(start.map(|start| match start {
            Start::NoTransaction => "no_transaction",
            Start::Begin => "begin",
            Start::Join => "join",
        }))]
    });
}

#[test]
fn a_call_ends_the_transaction_that_it_began() {
    check("activity_object_end", 19, ["result"], |row| {
        let (role, consistent) = (row.pick("role", &ROLES), row.flag("consistent"));
        let transaction = row.pick("transaction", &TRANSACTIONS);
        let compat = Compat { activity_transaction: row.pick("ends", &ENDS), ..Compat::default() };
        let dones = row.pick(
            "done",
            &[("any", vec![false, true]), ("true", vec![true]), ("false", vec![false]), ("", vec![false])],
        );
        let ask = |done| {
            let ending = match row.get("event") {
                "return" => activity_object::ending(role, consistent, done, transaction.unwrap(), &compat),
                "release" => activity_object::release(role, consistent, transaction, &compat),
                event => panic!("{row:?}: event is {event:?}"),
            };
            [match ending {
                Ending::Nothing => "nothing".into(),
                Ending::Commit => "commit".into(),
                Ending::Abort => "abort".into(),
                Ending::Doom => "doom".into(),
            }]
        };
        dones.into_iter().map(ask).collect()
    });
}

#[test]
fn a_synchronous_call_returns_what_on_call_returned_unless_its_commit_failed() {
    check("synchronous_result", 14, ["result"], |row| {
        let unit = Unit {
            role: row.pick("role", &ROLES),
            wanted_commit: row.flag("wanted_commit"),
            outcome: row.pick("transaction", &TRANSACTIONS),
        };
        let result = activity_result::synchronous(ended(row.get("on_call")), unit, &mut ());
        vec![[name(result.unwrap_or_else(|error| Error::from(error).hresult()))]]
    });
}

fn report_word(report: Report) -> String {
    match report {
        Report::Nothing => "nothing".into(),
        Report::OnError(hresult) => format!("on_error {}", name(hresult)),
        Report::Diagnostic(hresult) => format!("diagnostic {}", name(hresult)),
        Report::FailFast => "failfast".into(),
    }
}

#[test]
fn an_asynchronous_failure_is_told_to_the_call_object_or_lost() {
    check("asynchronous_report", 12, ["result"], |row| {
        let outcome = if row.flag("commit_failed") { StreamState::Aborted } else { StreamState::Committed };
        let unit = Unit { role: Role::Root, wanted_commit: true, outcome: Some(outcome) };
        let work = match row.get("on_call").strip_prefix("not_entered ") {
            Some(reason) => Work::NotEntered(hresult(reason)),
            None => Work::Ran(ended(row.get("on_call")), unit),
        };
        vec![[report_word(activity_result::asynchronous(work, row.flag("notify"), &mut ()))]]
    });
}

#[test]
fn a_failing_on_error_ends_the_process() {
    check("on_error_report", 4, ["result"], |row| {
        vec![[report_word(activity_result::after_on_error(ended(row.get("on_error"))))]]
    });
}
