//! What holds for every entry into a service domain (SWC 13): all settings, all callers, all machines.

use super::{Choices, Entry, Machine, all};
use complus_core::{
    ByotAbort, Compat, HResult,
    attribute::*,
    context::StreamState,
    hresult::*,
    rules::{
        inheritance,
        leave::{self, Ending, Role},
        partition::{self, Partition},
        service_domain::{self, Caller, Settings, resolve},
        side_by_side::{self, Assembly},
        synchronization::Activity,
        tracker::Tracking,
        transaction::{Brought, Enclosing, Transaction},
    },
};

fn settings(choices: &mut Choices) -> Settings {
    Settings {
        inheritance: choices.pick(InheritanceConfig::ALL),
        comti: choices.pick(ComtiIntrinsicsConfig::ALL),
        iis: choices.pick(IisIntrinsicsConfig::ALL),
        partition: choices.pick(PartitionConfig::ALL),
        sxs: choices.pick(SxsConfig::ALL),
        synchronization: choices.pick(SynchronizationConfig::ALL),
        thread_pool: choices.pick(ThreadPool::ALL),
        transaction: choices.pick(TransactionConfig::ALL),
        binding: choices.pick(Binding::ALL),
        tracker: choices.pick(TrackerConfig::ALL),
        isolation: choices.pick(IsolationLevel::ALL),
    }
}

/// Every caller, also one that cannot be: in a transaction and in no activity.
fn caller(choices: &mut Choices) -> Caller {
    Caller {
        transaction: choices.pick(&[
            Enclosing::None,
            Enclosing::Active(IsolationLevel::Any),
            Enclosing::Active(IsolationLevel::ReadUncommitted),
            Enclosing::Active(IsolationLevel::ReadCommitted),
            Enclosing::Active(IsolationLevel::RepeatableRead),
            Enclosing::Active(IsolationLevel::Serializable),
            Enclosing::Doomed,
            Enclosing::Over,
        ]),
        activity: choices.flag(),
        assembly: choices.flag(),
        iis: choices.flag(),
        comti: choices.flag(),
        initialized: choices.flag(),
    }
}

/// Every machine. It has no answer to what `settings` give no reason to ask.
fn machine(settings: Settings) -> impl Fn(&mut Choices) -> Machine {
    move |choices| Machine {
        brought: choices.pick(&[Brought::None, Brought::Active, Brought::Over]),
        partition: (settings.partition == PartitionConfig::New).then(|| {
            let other =
                partition::Named::Other { enabled: choices.flag(), known: choices.flag(), member: choices.flag() };
            choices.pick(&[other, partition::Named::Nothing, partition::Named::Global])
        }),
        assembly: (settings.sxs == SxsConfig::New)
            .then(|| side_by_side::Named { directory: choices.flag(), readable: choices.flag() }),
        tracker: (settings.tracker == TrackerConfig::Use).then(|| (choices.flag(), choices.flag())),
    }
}

/// SWC 3, read once more: the code of the first fault, in the order of S-07.
fn first_fault(Entry { settings, caller, machine }: &Entry) -> Option<HResult> {
    if !caller.initialized {
        return Some(CO_E_NOTINITIALIZED);
    }
    if machine.assembly.is_some_and(|assembly| !assembly.directory || !assembly.readable) {
        return Some(CO_E_SXS_CONFIG);
    }
    if matches!(settings.thread_pool, ThreadPool::Sta | ThreadPool::Mta)
        || matches!(settings.binding, Binding::BindToPoolThread)
    {
        return Some(CO_E_THREADPOOL_CONFIG);
    }
    if machine.tracker.is_some_and(|(application, _)| !application) {
        return Some(CO_E_TRACKER_CONFIG);
    }
    match machine.partition {
        Some(partition::Named::Nothing) => return Some(E_INVALIDARG),
        Some(partition::Named::Other { enabled: false, .. }) => return Some(COMADMIN_E_PARTITIONS_DISABLED),
        Some(partition::Named::Other { known, member, .. }) if !known || !member => {
            return Some(COMADMIN_E_PARTITION_ACCESSDENIED);
        }
        _ => {}
    }
    let joins = matches!(
        settings.transaction,
        TransactionConfig::IfContainerIsTransactional | TransactionConfig::CreateIfNecessary
    );
    let over = match machine.brought {
        Brought::None => joins && caller.transaction == Enclosing::Over,
        brought => brought == Brought::Over,
    };
    over.then_some(XACT_E_NOTRANSACTION)
}

/// Everything that holds for a single entry.
fn check(entry: &Entry) {
    let Entry { settings, caller, machine } = entry;
    let resolution = entry.resolve();
    match (&resolution, first_fault(entry)) {
        (Ok(_), None) => {}
        (Err(error), Some(fault)) if error.hresult() == fault => {}
        (_, fault) => panic!("{entry:?}: {fault:?} expected, actual {resolution:?}"),
    }

    if settings.is_plain() && caller.initialized {
        let flow = service_domain::flow(settings, machine.brought, caller.transaction, caller.activity, &mut ());
        assert_eq!(resolution.map(|context| context.flow), flow.map_err(Into::into), "{entry:?}");
    }

    let strict = Compat { strict_misuse: true, ..Compat::default() };
    let strictly = || resolve(settings, caller, machine, &strict, &mut ());
    let Ok(context) = resolution else {
        return assert_eq!(strictly(), resolution, "{entry:?}: strict");
    };
    match (context.flow.transaction, settings.synchronization) {
        (Transaction::Brought, SynchronizationConfig::New) => {
            assert_eq!(strictly().unwrap_err().hresult(), E_INVALIDARG, "{entry:?}: S-16, strict");
        }
        _ => assert_eq!(strictly(), resolution, "{entry:?}: strict"),
    }

    if context.flow.transaction != Transaction::None {
        assert_ne!(context.flow.activity, Activity::None, "{entry:?}: SWC 13.2");
    }
    if context.flow.transaction == Transaction::Callers && caller.activity {
        assert_eq!(context.flow.activity, Activity::Callers, "{entry:?}: SWC 13.3");
    }
    if *settings == inheritance::DEFAULT && machine.brought == Brought::None {
        assert_eq!(context.flow.transaction, Transaction::None, "{entry:?}: SWC 13.6");
        assert_eq!(context.flow.activity, Activity::None, "{entry:?}: SWC 13.6");
        assert_eq!(context.partition, Partition::Global, "{entry:?}: SWC 13.6");
        assert_eq!(context.assembly, Assembly::None, "{entry:?}: SWC 13.6");
        assert_eq!(context.tracking, Tracking::Off, "{entry:?}: SWC 13.6");
        assert!(!context.iis && !context.comti && !context.user_properties, "{entry:?}: SWC 13.6");
    }
}

#[test]
fn every_entry_from_every_caller_is_decided_as_the_invariants_say() {
    let callers: Vec<Caller> = all(caller).collect();
    let mut entries = 0;
    for settings in all(settings) {
        let machines: Vec<Machine> = all(machine(settings)).collect();
        for &caller in &callers {
            // one machine after the other; the next test takes every machine
            check(&Entry { settings, caller, machine: machines[entries % machines.len()] });
            entries += 1;
        }
    }
    assert_eq!(entries, 92_160 * 256);
}

#[test]
fn every_entry_on_every_machine_is_decided_as_the_invariants_say() {
    let callers: Vec<Caller> = all(caller).filter(|caller| caller.initialized).collect();
    let mut entries = 0;
    for settings in all(settings) {
        for machine in all(machine(settings)) {
            check(&Entry { settings, caller: callers[entries % callers.len()], machine });
            entries += 1;
        }
    }
    assert_eq!(entries, 92_160 / 18 * (1 + 1 + 24) * (1 + 1 + 4) * (1 + 4) * 3);
}

#[test]
fn containing_context_treatment_is_idempotent_and_forgets_rows_two_to_eight() {
    for settings in all(settings) {
        for &treatment in InheritanceConfig::ALL {
            let reset = inheritance::reset(settings, treatment);
            assert_eq!(inheritance::reset(reset, treatment), reset, "{settings:?}: SWC 13.7");
            let Settings { binding, tracker, isolation, .. } = settings;
            let fresh = Settings { binding, tracker, isolation, ..inheritance::DEFAULT };
            assert_eq!(reset, inheritance::reset(fresh, treatment), "{settings:?}: SWC 13.7");
        }
    }
}

#[test]
fn a_left_root_has_an_outcome_and_a_brought_transaction_is_never_committed() {
    use StreamState::{Aborted, Active, Committed, Doomed, InDoubt};
    for (role, before) in [Role::Root, Role::Interior, Role::Brought].into_iter().flat_map(|role| {
        // an automatic transaction that somebody else has ended is aborted: its root is still open
        let ended: &[_] = if role == Role::Brought { &[Aborted, Committed, InDoubt] } else { &[Aborted] };
        [Active, Doomed].iter().chain(ended).map(move |&before| (role, before))
    }) {
        for (consistent, byot_abort) in
            all(|choices| (choices.flag(), choices.pick(&[ByotAbort::Veto, ByotAbort::Immediate])))
        {
            let case = format!("{role:?}, consistent {consistent}, {before:?}, {byot_abort:?}");
            let ending = leave::ending(role, consistent, before, byot_abort);
            let after: &[StreamState] = match ending {
                Ending::Nothing => &[before],
                Ending::Commit => &[Committed, Aborted, InDoubt],
                Ending::Abort => &[Aborted],
                Ending::Doom => &[Doomed],
            };
            assert!(ending != Ending::Commit || (role == Role::Root && consistent), "{case}: SWC 13.9");
            for &after in after {
                let status = leave::status(role, after, &mut ()).expect("a transaction has a status").hresult();
                match role {
                    Role::Root => assert!(![XACT_S_LOCALLY_OK, XACT_E_ABORTING].contains(&status), "{case}: SWC 13.4"),
                    Role::Interior => assert_ne!(status, S_OK, "{case}: SWC 13.4"),
                    _ if consistent || before != Active => {}
                    _ => assert_eq!(status == XACT_E_ABORTED, byot_abort == ByotAbort::Immediate, "{case}: S-14"),
                }
            }
        }
    }
}
