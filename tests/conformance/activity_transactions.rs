//! Transactions of activity objects: one for each call, or until a call is done.

use crate::support::*;
use complus::{
    ActivityTransaction, Compat, HResult, SharedContext,
    context::StreamState,
    event::{AbortReason, What},
    hresult::{CONTEXT_E_ABORTED, CONTEXT_E_ABORTING, CONTEXT_E_OLDREF, E_FAIL, S_OK},
    id::{StreamId, TransactionId},
    prelude::*,
};

/// The streams of the transactions that began, and how many committed.
fn streams(world: &World) -> (Vec<(StreamId, TransactionId)>, Vec<TransactionId>) {
    let (mut begun, mut committed) = (Vec::new(), Vec::new());
    for event in world.log.take() {
        match event.what {
            What::TransactionStarted { stream, .. } => begun.push((stream, event.transaction.unwrap())),
            What::TransactionCommitted => committed.push(event.transaction.unwrap()),
            What::TransactionAborted { reason } => panic!("{reason:?}"),
            _ => {}
        }
    }
    (begun, committed)
}

/// Two synchronous calls: two transactions of one stream, both committed.
#[track_caller]
fn one_for_each_call(vote: fn()) {
    every_mta_machine(|world| {
        for pool in [mta(), sta(), bound_sta()] {
            let activity = Activity::create(&pool.transaction(TransactionConfig::New)).unwrap();
            assert!(activity.activity_id().is_some(), "a transaction brings an activity");
            world.log.take();
            let call = move || {
                vote();
                place().transaction.unwrap()
            };
            let ids = [activity.call(call).unwrap(), activity.call(call).unwrap()];
            assert_ne!(ids[0], ids[1]);
            let last = move || {
                vote();
                S_OK
            };
            assert_eq!(activity.synchronous_call(last).unwrap(), S_OK);
            if world.observed {
                let (begun, committed) = streams(world);
                assert_eq!(begun.len(), 3);
                assert!(begun.iter().all(|(stream, _)| *stream == begun[0].0), "{begun:?}");
                let begun: Vec<_> = begun.into_iter().map(|(_, transaction)| transaction).collect();
                assert_eq!(begun[..2], ids);
                assert_eq!(committed, begun);
                // Another activity object has another stream.
                let other = Activity::create(&mta().transaction(TransactionConfig::New)).unwrap();
                let first = activity.call(call).and(other.call(call)).map(|_| streams(world).0).unwrap();
                assert_ne!(first[0].0, first[1].0);
            }
        }
    });
}

#[test]
fn swc_84_two_calls_have_two_transactions_of_one_stream() {
    one_for_each_call(|| here().set_complete().unwrap());
}

#[test]
fn txn_f11_two_calls_without_votes_both_commit() {
    one_for_each_call(|| ());
}

#[test]
fn a_calls_flags_decide_and_its_code_does_not() {
    every_mta_machine(|_| {
        let activity = Activity::create(&mta().transaction(TransactionConfig::New)).unwrap();
        let voting = |vote: fn(&ObjectContext) -> complus::Result<()>, answer: HResult| {
            let (told, hears) = std::sync::mpsc::channel();
            let result = activity.synchronous_call(move || {
                vote(&here()).unwrap();
                told.send(here().share().unwrap()).unwrap();
                answer
            });
            (result.map_err(|error| error.hresult()), hears.recv().unwrap().transaction_state().unwrap())
        };
        use StreamState::{Aborted, Committed};
        assert_eq!(voting(ObjectContext::set_complete, S_OK), (Ok(S_OK), Committed));
        assert_eq!(voting(ObjectContext::enable_commit, E_FAIL), (Err(E_FAIL), Committed));
        assert_eq!(voting(ObjectContext::set_abort, S_OK), (Ok(S_OK), Aborted));
        assert_eq!(voting(ObjectContext::disable_commit, S_OK), (Ok(S_OK), Aborted));
    });
}

#[test]
fn a_commit_that_fails_is_reported_to_who_waits_and_to_who_is_notified() {
    every_mta_machine(|_| {
        let activity = Activity::create(&mta().transaction(TransactionConfig::New)).unwrap();
        // Somebody else dooms the transaction, and the call does not know.
        let call = || {
            let transaction = here().info().transaction().unwrap().unwrap();
            transaction.doom();
            S_OK
        };
        assert_eq!(code(activity.synchronous_call(call)), CONTEXT_E_ABORTED);
        let (told, hears) = std::sync::mpsc::channel();
        activity.asynchronous_call(call.on_error(move |error| told.send(error).unwrap())).unwrap();
        assert_eq!(hears.recv().unwrap(), CONTEXT_E_ABORTED);
    });
}

#[test]
fn calls_only_vote_on_an_inherited_transaction_and_are_refused_when_it_is_over() {
    every_mta_machine(|world| {
        let domain = enter(&root());
        let t1 = place().transaction;
        let activity = Activity::create(&mta().transaction(TransactionConfig::IfContainerIsTransactional)).unwrap();
        world.log.take();
        assert_eq!(activity.call(|| place().transaction).unwrap(), t1);
        let abort = || here().set_abort().unwrap();
        activity.call(abort).unwrap();
        assert_eq!(code(activity.synchronous_call(|| S_OK)), CONTEXT_E_ABORTING);
        if world.observed {
            let told = world.log.take_whats();
            assert_eq!(told.iter().filter(|what| **what == What::TransactionDoomed).count(), 1, "{told:?}");
        }
        assert_eq!(domain.leave().unwrap(), TransactionStatus::Aborted);
        assert_eq!(code(activity.synchronous_call(|| S_OK)), CONTEXT_E_OLDREF);
        let (told, hears) = std::sync::mpsc::channel();
        let never = || -> HResult { unreachable!("the context cannot be entered") };
        activity.asynchronous_call(never.on_error(move |error| told.send(error).unwrap())).unwrap();
        assert_eq!(hears.recv().unwrap(), CONTEXT_E_OLDREF);
        if world.observed {
            let told = world.log.take_whats();
            assert!(told.contains(&What::TransactionAborted { reason: AbortReason::Doomed }), "{told:?}");
        }
    });
}

/// Runs on machines where a transaction lasts until a call is done.
#[track_caller]
fn until_done(test: impl Fn(&World) + Sync) {
    let compat = Compat { activity_transaction: ActivityTransaction::UntilDone, ..Compat::default() };
    let in_mta = |world: &World| {
        let _apartment = Apartment::initialize(ApartmentModel::Multithreaded).unwrap();
        test(world);
    };
    every_bare_machine(|builder| builder.compat(compat), in_mta);
}

/// What a call sees of its transaction, after it has voted.
fn voting(activity: &Activity, vote: fn(&ObjectContext) -> complus::Result<()>) -> (SharedContext, TransactionVote) {
    let call = move || {
        let before = here().state().my_transaction_vote().unwrap();
        vote(&here()).unwrap();
        (here().share().unwrap(), before)
    };
    activity.call(call).unwrap()
}

/// A call that does not vote.
fn silent(_: &ObjectContext) -> complus::Result<()> {
    Ok(())
}

#[test]
fn until_done_a_transaction_stays_open_until_a_call_says_done() {
    until_done(|world| {
        for pool in [mta(), bound_sta(), sta()] {
            let activity = Activity::create(&pool.transaction(TransactionConfig::New)).unwrap();
            let opened = [silent, ObjectContext::enable_commit].map(|vote| voting(&activity, vote).0);
            assert_eq!(opened[0].transaction_id(), opened[1].transaction_id());
            assert_eq!(opened[0].transaction_state(), Some(StreamState::Active));
            let last = voting(&activity, ObjectContext::set_complete).0;
            assert_eq!(last.transaction_id(), opened[0].transaction_id());
            assert_eq!(last.transaction_state(), Some(StreamState::Committed));
            let next = voting(&activity, ObjectContext::set_abort).0;
            assert_ne!(next.transaction_id(), last.transaction_id());
            assert_eq!(next.transaction_state(), Some(StreamState::Aborted));
            if world.observed {
                let begun = world.log.take_whats().into_iter().filter_map(|what| match what {
                    What::TransactionStarted { stream, .. } => Some(stream),
                    _ => None,
                });
                let begun: Vec<_> = begun.collect();
                assert_eq!((begun.len(), begun[0]), (2, begun[1]), "two of one stream");
            }
        }
    });
}

#[test]
fn until_done_the_consistent_flag_lasts_from_call_to_call() {
    until_done(|_| {
        let activity = Activity::create(&mta().transaction(TransactionConfig::New)).unwrap();
        assert_eq!(voting(&activity, ObjectContext::disable_commit).1, TransactionVote::Commit);
        assert_eq!(voting(&activity, silent).1, TransactionVote::Abort);
        assert_eq!(voting(&activity, ObjectContext::enable_commit).1, TransactionVote::Abort);
        let (shared, before) = voting(&activity, ObjectContext::set_complete);
        assert_eq!((before, shared.transaction_state()), (TransactionVote::Commit, Some(StreamState::Committed)));
    });
}

#[test]
fn until_done_the_last_release_commits_or_aborts_what_is_open() {
    until_done(|world| {
        let release = |vote| {
            let activity = Activity::create(&mta().transaction(TransactionConfig::New)).unwrap();
            let shared = voting(&activity, vote).0;
            let other = activity.clone();
            drop(activity);
            assert!(!shared.transaction_state().unwrap().is_over(), "not the last");
            world.log.take();
            drop(other);
            if world.observed {
                let told = world.log.take_whats();
                assert_eq!(told.last(), Some(&What::ActivityDestroyed), "{told:?}");
            }
            shared.transaction_state()
        };
        assert_eq!(release(silent), Some(StreamState::Committed));
        assert_eq!(release(ObjectContext::disable_commit), Some(StreamState::Aborted));
        let doom = |context: &ObjectContext| -> complus::Result<()> {
            context.info().transaction()?.unwrap().doom();
            Ok(())
        };
        assert_eq!(release(doom), Some(StreamState::Aborted));
    });
}

#[test]
fn until_done_a_call_inside_a_call_joins_and_votes() {
    until_done(|_| {
        let activity = Activity::create(&mta().transaction(TransactionConfig::New)).unwrap();
        let nested = |vote: fn(&ObjectContext) -> complus::Result<()>| {
            let own = activity.clone();
            let call = move || {
                let outer = here().share().unwrap();
                let inner = voting(&own, vote).0;
                assert_eq!(inner.transaction_id(), outer.transaction_id());
                here().set_complete().unwrap();
                outer
            };
            activity.call(call).map(|shared| shared.transaction_state())
        };
        assert_eq!(nested(silent).unwrap(), Some(StreamState::Committed));
        assert_eq!(code(nested(ObjectContext::set_abort)), CONTEXT_E_ABORTED);
        assert_eq!(nested(ObjectContext::set_complete).unwrap(), Some(StreamState::Committed), "a new one");
    });
}

#[test]
fn until_done_a_transaction_that_ends_meanwhile_fails_one_call() {
    until_done(|world| {
        let config = mta().transaction(TransactionConfig::New).transaction_timeout(std::time::Duration::from_secs(1));
        let activity = Activity::create(&config).unwrap();
        let lost = voting(&activity, silent).0;
        world.wait(2);
        assert_eq!(code(activity.synchronous_call(|| S_OK)), CONTEXT_E_ABORTING);
        assert_eq!(lost.transaction_state(), Some(StreamState::Aborted));
        let next = voting(&activity, ObjectContext::set_complete).0;
        assert_ne!(next.transaction_id(), lost.transaction_id());
        assert_eq!(next.transaction_state(), Some(StreamState::Committed));
    });
}
