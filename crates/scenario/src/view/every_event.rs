//! Every event there is, as each view tells it: a golden file that shows the whole vocabulary.

use super::{json, phrase};
use crate::trace::{self, EVENT_NAMES, Kind, Names, Record, Run};
use complus_core::{
    attribute::{ApartmentType, IsolationLevel, TransactionStatus},
    context::Tracker,
    event::{
        AbortReason, ApplicationStep, Diagnostic, Event, FlagCall, ObjectStep, PoolStep, PrepareAnswer,
        What::{self, *},
    },
    hresult::{CO_E_SERVER_PAUSED, CONTEXT_E_ABORTED, E_FAIL, S_OK},
    id::{ActivityId, ApplicationInstanceId, CausalityId, ContextId, PartitionId, StreamId, TransactionId},
    rules::{
        application_instance::RecycleReason, leave::Role, placement::Placement, synchronization::Activity,
        transaction::Transaction,
    },
};
use complus_sync::Arc;
use std::{collections::BTreeSet, num::NonZeroU64, time::Duration};
use uuid::Uuid;

const CLASS: Uuid = Uuid::from_u128(1);
const BANK: Uuid = Uuid::from_u128(2);
const SALES: Uuid = Uuid::from_u128(3);
const ONE: NonZeroU64 = NonZeroU64::MIN;

/// At least one of each kind; every value of those that are told in different words.
fn samples() -> Vec<What> {
    let sta = ApartmentType::Sta;
    let second = Duration::from_secs(1);
    let mut all = vec![
        ApartmentJoined { apartment: sta },
        ApartmentLeft { apartment: sta },
        DomainEntered {
            caller: Some(ContextId::new(1, ONE)),
            transaction: Transaction::New,
            activity: Activity::New,
            partition: Some(PartitionId(SALES)),
            tracker: Some(Arc::new(Tracker { application: "app".into(), context: "screen".into() })),
        },
        DomainRefused { error: E_FAIL },
        DomainLeft { role: Role::Root, consistent: true, status: Some(TransactionStatus::Committed) },
        DomainLeft { role: Role::None, consistent: true, status: None },
        DomainSuspended,
        DomainResumed,
        ActivityCreated,
        ActivityDestroyed,
        ActivityEntered,
        ActivityReentered { depth: 2 },
        ActivityWaiting { activity: Some(ActivityId::new(1, ONE)) },
        ActivityLeft,
        ActivityLeftSame { depth: 1 },
        ActivityTimedOut { timeout: second },
        CallSent { apartment: ApartmentType::Mta },
        CallSent { apartment: ApartmentType::MainSta },
        CallSent { apartment: sta },
        CallEntered { caller: None },
        CallReturned { result: Some(CONTEXT_E_ABORTED), status: Some(TransactionStatus::Aborted) },
        CallReturned { result: None, status: None },
        CallAccepted { causality: Some(CausalityId::new(1, ONE)) },
        CallRejected,
        ErrorNotified { error: E_FAIL },
        ThreadStarted,
        ThreadEnded,
        ThreadBound { activities: 1 },
        ThreadUnbound { activities: 0 },
        Activating { class: CLASS, placement: Placement::CreatorsContext },
        Activating { class: CLASS, placement: Placement::DefaultContext },
        ActivationRefused { class: CLASS, error: CO_E_SERVER_PAUSED },
        TransactionStarted {
            stream: StreamId::new(1, ONE),
            isolation: IsolationLevel::Serializable,
            timeout: 60,
            description: Some("transfer".into()),
        },
        TransactionDoomed,
        ResourceEnlisted { manager: "ledger".into() },
        TransactionPrepared { yes: true },
        TransactionCommitted,
        TransactionInDoubt,
        ExceptionUser { message: Some("text".into()) },
        ExceptionUser { message: None },
        Failfast,
        Note("text".into()),
    ];
    let objects = [
        ObjectStep::Created,
        ObjectStep::Constructed(S_OK),
        ObjectStep::Constructed(E_FAIL),
        ObjectStep::Activated(S_OK),
        ObjectStep::Activated(E_FAIL),
        ObjectStep::Deactivated,
        ObjectStep::CanBePooled(true),
        ObjectStep::CanBePooled(false),
        ObjectStep::PutIntoPool,
        ObjectStep::TakenFromPool,
        ObjectStep::TakenFromTransaction,
        ObjectStep::RecycledToTransaction,
        ObjectStep::Destroyed,
    ];
    all.extend(objects.map(|step| Object { class: CLASS, step }));
    let wait = Duration::from_millis(100);
    let pools = [
        PoolStep::Created { min: 1, max: 4, timeout: Some(wait) },
        PoolStep::Created { min: 0, max: 4, timeout: None },
        PoolStep::CreateDecision { waiting: 2, available: 0, created: 3, min: 1, max: 4 },
        PoolStep::TimedOut { timeout: wait },
    ];
    all.extend(pools.map(|step| Pool { class: CLASS, step }));
    let reasons = [
        RecycleReason::NONE,
        RecycleReason::LIFETIME,
        RecycleReason::ACTIVATIONS,
        RecycleReason::CALLS,
        RecycleReason::MEMORY,
        RecycleReason::ADMINISTRATOR,
        RecycleReason(7),
    ];
    let steps = [
        ApplicationStep::Started,
        ApplicationStep::Paused(true),
        ApplicationStep::Paused(false),
        ApplicationStep::ShutDown,
        ApplicationStep::ForcedDown,
    ];
    let steps = steps.into_iter().chain(reasons.map(ApplicationStep::Recycled));
    let instance = ApplicationInstanceId::new(1, ONE);
    all.extend(steps.map(|step| Application { application: BANK, instance, step }));
    let calls = [
        FlagCall::SetComplete,
        FlagCall::SetAbort,
        FlagCall::EnableCommit,
        FlagCall::DisableCommit,
        FlagCall::SetMyTransactionVote,
        FlagCall::SetDeactivateOnReturn,
    ];
    all.extend(calls.map(|call| FlagsSet { call, consistent: call != FlagCall::SetAbort, done: true }));
    let answers = [
        PrepareAnswer::Prepared,
        PrepareAnswer::ReadOnly,
        PrepareAnswer::SinglePhase,
        PrepareAnswer::Refused,
        PrepareAnswer::InDoubt,
    ];
    all.extend(answers.map(|answer| ResourcePrepared { manager: "ledger".into(), answer }));
    let aborts = [
        AbortReason::Requested,
        AbortReason::Doomed,
        AbortReason::TimedOut { deadline: second },
        AbortReason::Refused,
        AbortReason::ManagerLost,
    ];
    all.extend(aborts.map(|reason| TransactionAborted { reason }));
    let diagnostics = [
        Diagnostic::LeaveWithoutEnter,
        Diagnostic::UnbalancedDomain,
        Diagnostic::DroppedDomain,
        Diagnostic::PanicInDomain,
        Diagnostic::SynchronizationLimited,
        Diagnostic::BroughtTransactionInNewActivity,
        Diagnostic::AsynchronousErrorLost,
        Diagnostic::CallbackPanicked,
        Diagnostic::ParticipantInCall,
        Diagnostic::ParticipantWaitsForVote,
    ];
    all.extend(diagnostics.map(Diagnostic));
    all
}

fn event(what: What) -> Event {
    Event {
        at: Duration::ZERO,
        thread: 1,
        causality: Some(CausalityId::new(1, ONE)),
        context: Some(ContextId::new(1, ONE)),
        activity: Some(ActivityId::new(1, ONE)),
        transaction: Some(TransactionId::new(1, ONE)),
        what,
    }
}

#[test]
fn every_event_is_told_in_every_view() {
    let records: Vec<Record> = samples()
        .into_iter()
        .map(|what| Record { number: 1, at: Duration::ZERO, thread: None, step: None, kind: Kind::Event(event(what)) })
        .collect();
    let named = [(CLASS, "Bank.Account".to_owned()), (BANK, "Bank".to_owned()), (SALES, "Sales".to_owned())];
    let names = Names::of(&records).with_names(named.into_iter());
    let (title, threads, failures) = (String::new(), Vec::new(), Vec::new());
    let run = Run { title, seed: 1, threads, records, failures, names };

    let mut text = String::new();
    for found in run.events() {
        let name = trace::name(&found.what);
        let detail = trace::detail(&found.what).map_or_else(String::new, |detail| format!(" {detail:?}"));
        let told = phrase::event(found, &run.names, None).map_or("(by the line that it belongs to)".into(), |it| it.1);
        let members = serde_json::to_string(&json::details(&run, found)).unwrap();
        text += &format!("{name}{detail}\n    {told}\n    {members}\n");
    }
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/expected/every-event.txt");
    if std::env::var_os("UPDATE_EXPECTED").is_some() {
        std::fs::write(path, &text).unwrap();
    }
    assert_eq!(text, std::fs::read_to_string(path).unwrap_or_default(), "UPDATE_EXPECTED=1 accepts it");

    let told: BTreeSet<&str> = run.events().map(|found| trace::name(&found.what)).collect();
    assert_eq!(told, EVENT_NAMES.iter().copied().collect(), "each has a sample, and a name for `expect-events`");
    assert_eq!(told.len(), EVENT_NAMES.len(), "no name stands for two");
    let documented = include_str!("../../../../docs/trace-format.md");
    for name in EVENT_NAMES {
        assert!(documented.contains(&format!("`{name}`")), "docs/trace-format.md does not know {name}");
    }
}
