//! Messages, message filters, calling out and waiting: SYN 7, 8, 10.1.

use crate::support::{CALLS, MESSAGES, check, outcome};
use complus_core::{
    attribute::{CallType, PendingType, ServerCall, ThreadType, WaitFlags},
    error::Error,
    rules::{
        apartment_type::Member,
        call_out::{self, Doing, Failure, Here, Use},
        message::{self, Arrival, Category, Class, Fate, Message, Reception, Wait},
        message_filter::{self, Outstanding, Refusal, Retry},
        wait::{self, Next, Seen},
    },
};

const REFUSALS: [(&str, Refusal); 2] = [("rejected", Refusal::Rejected), ("retry_later", Refusal::RetryLater)];
const HERE: [(&str, Here); 3] = [("home", Here::Home), ("elsewhere", Here::Elsewhere), ("nowhere", Here::Nowhere)];

#[test]
fn a_modal_wait_serves_calls_then_dde_then_paint_and_sent_messages() {
    check("modal_wait", 24, ["fate", "class"], |row| {
        let waits = [("reply", Wait::Reply), ("handles", Wait::Handles), ("uninitialize", Wait::Uninitialize)];
        let fate = message::fate(row.pick("wait", &waits), row.pick("message", &MESSAGES), &mut ());
        let (word, class) = match fate {
            Fate::Dispatch(Class::Calls) => ("dispatched", "1"),
            Fate::Dispatch(Class::Dde) => ("dispatched", "2"),
            Fate::Dispatch(Class::PaintAndSent) => ("dispatched", "3"),
            Fate::Stays => ("stays", ""),
            Fate::HeldAside => ("held_aside", ""),
            Fate::Discarded => ("discarded", ""),
        };
        vec![[word.into(), class.into()]]
    });
    assert!(Class::Calls < Class::Dde && Class::Dde < Class::PaintAndSent);
}

#[test]
fn what_arrives_during_an_outgoing_call_is_dispatched_by_its_causality_and_kind() {
    check("reentrancy", 9, ["result", "call_type"], |row| {
        let same_causality = row.pick("causality", &[("", false), ("same", true), ("other", false)]);
        let arrival = match row.get("arrival") {
            "reply" => Arrival::Reply,
            "sent" => Arrival::Sent,
            "posted" => Arrival::Posted,
            _ => Arrival::Call { category: row.pick("arrival", &CALLS), same_causality },
        };
        let (word, call_type) = match message::reception(arrival, &mut ()) {
            Reception::EndsTheWait => ("ends_the_wait", None),
            Reception::Dispatched(call_type) => ("dispatched", call_type),
            Reception::UnlessRefused(call_type) => ("unless_refused", Some(call_type)),
            Reception::StaysQueued => ("stays_queued", None),
        };
        vec![[word.into(), call_type.map_or("", CallType::com_name).into()]]
    });
}

#[test]
fn a_filter_is_told_the_call_type() {
    check("call_type", 9, ["call_type"], |row| {
        let outstanding = [
            ("none", Outstanding::None),
            ("other_causality", Outstanding::OtherCausality),
            ("same_causality", Outstanding::SameCausality),
        ];
        let call_type = message_filter::call_type(row.pick("call", &CALLS), row.pick("outstanding", &outstanding));
        vec![[call_type.com_name().into()]]
    });
}

#[test]
fn a_filter_may_refuse_synchronous_calls_of_other_causalities() {
    check("filter_answer", 34, ["result"], |row| {
        let (call, call_type) = (row.pick("call", &CALLS), row.value("call_type"));
        let answer = row.get("answer").parse().unwrap();
        vec![[match message_filter::incoming(call, call_type, answer, &mut ()) {
            Ok(()) => "dispatched".into(),
            Err(Refusal::Rejected) => "rejected".into(),
            Err(Refusal::RetryLater) => "retry_later".into(),
        }]]
    });
    assert_eq!(Refusal::Rejected.reject_type(), ServerCall::Rejected);
    assert_eq!(Refusal::RetryLater.reject_type(), ServerCall::RetryLater);
}

#[test]
fn a_refused_call_fails_or_is_made_again() {
    check("refused_call", 12, ["result", "error"], |row| {
        let refusal = row.pick("refusal", &REFUSALS);
        let result = match (row.flag("filter"), row.get("answer")) {
            (false, "") => Err(refusal.without_filter()),
            (true, answer) => message_filter::retry(answer.parse().unwrap(), &mut ()),
            _ => panic!("{row:?}: an answer without a filter"),
        };
        vec![outcome(result.map(|retry| match retry {
            Retry::AtOnce => "at_once".to_owned(),
            Retry::After(milliseconds) => format!("after {milliseconds}"),
        }))]
    });
}

#[test]
fn a_pending_message_cancels_the_call_stays_or_is_dispatched() {
    check("message_pending", 16, ["result", "error"], |row| {
        let (answer, message) = (row.get("answer").parse().unwrap(), row.pick("message", &MESSAGES));
        assert!(message_filter::is_told_of(message), "{row:?}");
        let dispatched = message_filter::pending(answer, message, &mut ());
        vec![outcome(dispatched.map(|dispatched| if dispatched { "dispatched" } else { "left" }))]
    });
    let untold = Message::ALL.into_iter().filter(|message| !message_filter::is_told_of(*message));
    assert!(untold.eq(Category::ALL.map(Message::Call).into_iter().chain([Message::Quit])));
    assert_eq!(message_filter::pending_type(false), PendingType::TopLevel);
    assert_eq!(message_filter::pending_type(true), PendingType::Nested);
}

#[test]
fn only_a_single_threaded_apartment_has_a_filter() {
    check("filter_registration", 4, ["result", "error"], |row| {
        let members =
            [("none", Member::None), ("mta", Member::Mta), ("sta", Member::Sta), ("main_sta", Member::MainSta)];
        let result = message_filter::registration(row.pick("member", &members));
        vec![outcome(result.map(|()| "registered"))]
    });
}

#[test]
fn what_a_thread_does_may_forbid_it_to_call_out() {
    check("call_out", 12, ["result", "error"], |row| {
        let sent = |outstanding, posts| Doing::SentMessage { outstanding, posts };
        let doing = match row.get("doing") {
            "ordinary" => Doing::Ordinary,
            "message_filter" => Doing::MessageFilter,
            "sent" => sent(false, false),
            "sent posts" => sent(false, true),
            "sent outstanding" => sent(true, false),
            "sent outstanding posts" => sent(true, true),
            _ => Doing::Dispatching(row.pick("doing", &CALLS)),
        };
        vec![outcome(call_out::allowed(row.pick("here", &HERE), doing, &mut ()).map(|()| "call"))]
    });
}

#[test]
fn a_proxy_works_in_its_apartment() {
    check("proxy_use", 9, ["result", "error"], |row| {
        let uses = [("method", Use::Method), ("query_interface", Use::QueryInterface), ("release", Use::Release)];
        vec![outcome(call_out::proxy(row.pick("use", &uses), row.pick("here", &HERE)).map(|()| "works"))]
    });
}

#[test]
fn a_caller_sees_how_its_callee_failed() {
    let failures = [
        ("disconnected", Failure::Disconnected),
        ("destroyed_while_queued", Failure::DestroyedWhileQueued),
        ("destroyed_while_executing", Failure::DestroyedWhileExecuting),
        ("callers_apartment_gone", Failure::CallersApartmentGone),
        ("panicked", Failure::Panicked),
        ("instance_killed", Failure::InstanceKilled),
    ];
    check("callee_failure", Failure::ALL.len(), ["error"], |row| {
        let error = call_out::seen_by_caller(row.pick("failure", &failures));
        vec![[error.hresult().name().unwrap().into()]]
    });
}

#[test]
fn a_wait_needs_a_place_for_the_index_and_a_list_of_handles() {
    check("wait_arguments", 5, ["result", "error", "written"], |row| {
        let handles = row.pick("handles", &[("null", None), ("0", Some(0)), ("1", Some(1))]);
        let result = wait::arguments(row.pick("index", &[("given", true), ("null", false)]), handles);
        let written = match result.map_err(wait::index_after) {
            Ok(()) => String::new(),
            Err(None) => "nothing".into(),
            Err(Some(index)) => index.to_string(),
        };
        let [result, error] = outcome(result.map(|()| "wait"));
        vec![[result, error, written]]
    });
}

#[test]
fn a_wait_ends_by_a_handle_a_procedure_or_its_time() {
    check("wait", 23, ["result", "error"], |row| {
        let threads = [("sta", ThreadType::ProcessMessages), ("mta", ThreadType::BlockMessages)];
        let flags = WaitFlags(row.get("flags").parse().unwrap());
        assert_eq!(flags.unknown(), 0, "{row:?}");
        let signalled: Vec<bool> = row.get("signalled").split(' ').map(|word| word == "yes").collect();
        let seen = Seen { signalled: &signalled, procedure: row.flag("procedure"), timed_out: row.flag("timed_out") };
        let next = wait::next(row.pick("thread", &threads), flags, seen, &mut ());
        let next = next.map_err(|error| {
            assert_eq!(wait::index_after(error), Some(0));
            Error::from(error)
        });
        vec![outcome(next.map(|next| match next {
            Next::Over(index) => index.to_string(),
            Next::Pump => "pump".into(),
            Next::Block => "block".into(),
        }))]
    });
}
