//! A rule that is asked why tells one reason, with the place of its table and the answer.

use complus_core::{
    ActivityTransaction, Compat,
    attribute::{
        ApartmentModel, CallType, MarshalFlags, SynchronizationAttribute, ThreadType, ThreadingModel,
        TransactionAttribute, WaitFlags,
    },
    explain::{Reason, Reasons},
    hresult::E_FAIL,
    rules::{
        activation,
        activity_lock::{self, Admission, Target},
        activity_object,
        activity_result::{self, Ended, Unit, Work},
        apartment_type::{self, Member},
        call_out::{self, Doing, Here},
        class_apartment::{self, Creator},
        class_location::{self, Named},
        coherence::Services,
        gates::{self, Facts, Instance},
        initialization::{self, State},
        leave::Role,
        marshal::{At, Object, Packet},
        message::{self, Arrival, Category, Message, Wait},
        message_filter,
        placement::{self, Component, Origin},
        reference::{self, Destination},
        transaction_call::{self, Call},
        wait::{self, Seen},
    },
};

/// The only reason that a rule tells.
fn reason<T>(rule: impl FnOnce(&mut Reasons) -> T) -> Reason {
    let mut reasons = Reasons::default();
    rule(&mut reasons);
    assert_eq!(reasons.0.len(), 1, "{:?}", reasons.0);
    reasons.0.remove(0)
}

#[test]
fn a_rule_tells_where_it_stands_and_what_it_decided() {
    use CallType::TopLevel;
    use Category::Synchronous;
    let seen = Seen { signalled: &[false, true], procedure: false, timed_out: false };
    let object = Object { connected: true, supports: true };
    let sent = Doing::SentMessage { outstanding: true, posts: false };
    let failed = Work::Ran(Ended::Returned(E_FAIL), Unit::NONE);
    let ends = ActivityTransaction::PerCall;
    for (reason, rule, verdict) in [
        (
            reason(|why| initialization::initialize(State::Mta, ApartmentModel::ApartmentThreaded, why)),
            "SYN 6.1",
            "RPC_E_CHANGED_MODE (0x80010106)",
        ),
        (
            reason(|why| apartment_type::query(Member::Sta, true, false, why)),
            "SYN 6.8",
            "S_OK (0x00000000), APTTYPE_NA, APTTYPEQUALIFIER_NA_ON_STA",
        ),
        (
            reason(|why| class_apartment::place(ThreadingModel::Free, Creator::Sta, why)),
            "SYN 6.5",
            "Mta, not the creator's apartment",
        ),
        (
            reason(|why| class_location::partition(true, None, Some(Named::Unknown), None, why)),
            "ACT 4.8",
            "the global partition",
        ),
        (
            reason(|why| class_location::component(true, None, None, false, why)),
            "ACT 4.8",
            "REGDB_E_CLASSNOTREG (0x80040154)",
        ),
        (reason(|why| Services::DEFAULT.check_at_activation(why)), "SEC A.6.1", "coherent"),
        (reason(|why| message::fate(Wait::Reply, Message::Quit, why)), "SYN 7.2", "HeldAside"),
        (reason(|why| message::reception(Arrival::Posted, why)), "SYN 7.4", "StaysQueued"),
        (reason(|why| message_filter::incoming(Synchronous, TopLevel, 1, why)), "SYN 8.1", "not dispatched: Rejected"),
        (reason(|why| message_filter::retry(250, why)), "SYN 8.2", "After(250)"),
        (reason(|why| message_filter::pending(0, Message::Posted, why)), "SYN 8.3", "RPC_E_CALL_CANCELED (0x80010002)"),
        (
            reason(|why| call_out::allowed(Here::Home, sent, why)),
            "SYN 7.5",
            "RPC_E_CANTCALLOUT_ININPUTSYNCCALL (0x8001010D)",
        ),
        (reason(|why| wait::next(ThreadType::ProcessMessages, WaitFlags::DEFAULT, seen, why)), "SYN 7.3", "Over(1)"),
        (reason(|why| activity_lock::entry(activity_lock::Call::Method, Target::Inside, why)), "SYN 4.4", "Reenter"),
        (reason(|why| activity_lock::incoming(Ok(()), Some(Admission::Waits), why)), "SYN 4.5", "Parked"),
        (
            reason(|why| activity_object::start(Role::Interior, None, ends, why)),
            "SWC 8.8 (S-31)",
            "CONTEXT_E_OLDREF (0x8004E007)",
        ),
        (
            reason(|why| activity_result::synchronous(Ended::Panicked, Unit::NONE, why)),
            "SWC 8.3 (S-27)",
            "RPC_E_SERVERFAULT (0x80010105)",
        ),
        (reason(|why| activity_result::asynchronous(failed, true, why)), "SWC 8.5", "OnError(E_FAIL (0x80004005))"),
        (
            reason(|why| {
                let root = Call { role: Role::Root, held: None, old_sequence: false, nested: false, manager: false };
                let _ = transaction_call::enter(root, why);
            }),
            "TXN 4 (T-5)",
            "CONTEXT_E_TMNOTAVAILABLE (0x8004E00F), Nothing",
        ),
        (reason(|why| placement::unconfigured(true, why)), "ACT 4.6", "the creator's context"),
        (
            reason(|why| {
                let paused = Facts { instance: Instance::Paused, ..Facts::OPEN };
                let compat = Compat::default();
                gates::check(&paused, &Component::RAW, &Origin::DEFAULT_CONTEXT, &compat, why)
            }),
            "ACT 3.3: application instance",
            "CO_E_SERVER_PAUSED (0x80004025)",
        ),
        (reason(|why| reference::translate(Destination::AcrossNeutral, false, why)), "ACT 8.1", "Lightweight"),
        (reason(|why| Packet::new(MarshalFlags::Normal).unmarshal(At::Home, object, false, why)), "SYN 10.2", "Raw"),
    ] {
        assert_eq!((reason.rule, reason.verdict.as_str()), (rule, verdict));
        assert!(!reason.inputs.is_empty() && !reason.source.is_empty(), "{rule}");
    }
}

#[test]
fn an_activation_tells_every_step_and_each_reason_for_an_own_context() {
    let component = Component {
        transaction: TransactionAttribute::Required,
        synchronization: SynchronizationAttribute::Required,
        just_in_time: true,
        ..Component::INSTALLED
    };
    let mut reasons = Reasons::default();
    let (request, compat) = (activation::Request::default(), Compat::default());
    let origin = Origin::DEFAULT_CONTEXT;
    activation::configured(&Facts::OPEN, &component, request, Creator::Sta, &origin, &compat, &mut reasons).unwrap();
    let told: Vec<_> = reasons.0.iter().map(|reason| (reason.rule, reason.verdict.as_str())).collect();
    assert_eq!(
        told,
        [
            ("ACT 3.3", "may be activated"),
            ("SYN 6.5", "ThreadsSta, the creator's apartment"),
            ("ACT 3.2: Jit", "needs a done flag of its own"),
            ("ACT 3.2: Tx", "needs a consistent flag of its own"),
            ("ACT 3.2: Sync", "its activity is not its creator's"),
            ("ACT 3.2: Stats", "its calls are counted and timed at a border"),
            ("ACT 3.2: Security", "its calls are checked at a border"),
            ("ACT 3.2, step 14", "a context of its own"),
            ("ACT 4.1", "a new transaction, as root"),
            ("ACT 4.2", "a new activity"),
            ("ACT 8.1", "Lightweight"),
        ]
    );
    assert!(reasons.0.iter().all(|reason| !reason.inputs.is_empty() && !reason.source.is_empty()));
}
