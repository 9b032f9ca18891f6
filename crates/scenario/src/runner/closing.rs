//! The end of a run: when all is done, or when nothing can go on any more.

use super::{recorder::now_at, world::World};
use crate::trace::{Kind, Names, Record, StepPlace};
use complus_core::{
    event::{Event, What},
    id::{ActivityId, CausalityId},
};
use std::time::Duration;

/// Waits until the threads of the file and all calls have ended; then lets go what the scenario still holds. `false`
/// if some thread could not be brought to its end.
pub(super) fn close(world: &World) -> bool {
    now_at(None, None);
    let ended = watch(world);
    // Pool threads come to rest as well; nobody else runs meanwhile.
    let _ = world.runtime.advance(Duration::ZERO);
    let (transactions, activities, references) = {
        let mut shared = world.shared.lock();
        let transactions = std::mem::take(&mut shared.transactions);
        (transactions, std::mem::take(&mut shared.activities), std::mem::take(&mut shared.references))
    };
    references.into_iter().rev().for_each(drop);
    // Transactions that nobody ended abort now, in the order of their names; then the last references go.
    transactions.into_values().filter(|transaction| !transaction.state().is_over()).for_each(|transaction| {
        let _ = transaction.abort();
    });
    activities.into_values().for_each(drop);
    ended
}

/// Waits for the end. If nothing can go on, the scenario fails and everybody who waits is let go.
fn watch(world: &World) -> bool {
    let ended = || {
        let shared = world.shared.lock();
        (shared.running == 0 && shared.open_calls.values().all(|open| *open == 0)).then_some(())
    };
    let (mut told, mut rounds) = (false, 0);
    while world.runtime.block_until(ended).is_none() {
        rounds += 1;
        let deadlock = deadlock(world);
        if let Some((place, thread, message)) = deadlock.filter(|_| !told) {
            told = true;
            world.fail(thread, place, message);
        } else if rounds == 1 {
            // Those who wait at a barrier, or for a call, are told by the same moment, and say so themselves.
        } else if !world.stopped() {
            let (place, thread, message) = standstill(world);
            world.fail(thread, place, message);
        } else if !std::mem::replace(&mut world.shared.lock().killed, true) {
            world.runtime.process().kill();
            world.wake();
        } else {
            return false;
        }
    }
    true
}

type Finding = (StepPlace, usize, String);

/// A deadlock of activities: who waits for which, in a circle.
fn deadlock(world: &World) -> Option<Finding> {
    let cycles = world.runtime.process().deadlocks();
    let cycle = cycles.first()?;
    let names = activity_names(world);
    world.recorder.look(|records| {
        let mut first = None;
        let waits = cycle.iter().map(|(causality, activity)| {
            let waiter = waiter(records, *causality);
            first = first.or(waiter);
            let who = waiter.map_or_else(
                || "somebody".into(),
                |(place, thread)| format!("{} (line {})", world.recorder.thread_name(thread), place.line),
            );
            format!("{who} waits for {}", names(*activity, records))
        });
        let waits = waits.collect::<Vec<_>>().join(", ");
        let (place, thread) = first.unwrap_or_default();
        Some((place, thread, format!("deadlock: {waits}; each is inside what the one before waits for")))
    })
}

/// The step in which a causality waits, and on which thread of the trace.
fn waiter(records: &[Record], causality: CausalityId) -> Option<(StepPlace, usize)> {
    let of = |record: &&Record| matches!(&record.kind, Kind::Event(event) if event.causality == Some(causality));
    let last = |which: &dyn Fn(&Event) -> bool| {
        let found = records.iter().rev().filter(of).find(|record| match &record.kind {
            Kind::Event(event) => which(event) && record.step.is_some(),
            _ => false,
        })?;
        Some((found.step?, found.thread?))
    };
    last(&|event| matches!(event.what, What::ActivityWaiting { .. } | What::CallSent { .. }))
        .or_else(|| last(&|_| true))
}

/// How an activity is called: by the activity object that has it, and as the views call it.
fn activity_names(world: &World) -> impl Fn(ActivityId, &[Record]) -> String {
    let shared = world.shared.lock();
    let objects: Vec<_> =
        shared.activities.iter().filter_map(|(name, object)| Some((object.activity_id()?, name.clone()))).collect();
    move |activity, records| {
        let short = Names::of(records).activity(activity).to_owned();
        match objects.iter().find(|(id, _)| *id == activity) {
            Some((_, name)) => format!("the activity of `{name}` ({short})"),
            None => short,
        }
    }
}

/// Nothing goes on although no activities are at fault: where each thread stands.
fn standstill(world: &World) -> Finding {
    world.recorder.look(|records| {
        let mut open: Vec<(usize, Vec<StepPlace>)> = Vec::new();
        for record in records {
            let (Some(thread), Some(place)) = (record.thread, record.step) else { continue };
            if open.iter().all(|(known, _)| *known != thread) {
                open.push((thread, Vec::new()));
            }
            let Some((_, steps)) = open.iter_mut().find(|(known, _)| *known == thread) else { continue };
            match record.kind {
                Kind::Began => steps.push(place),
                Kind::Ended { .. } => _ = steps.pop(),
                _ => {}
            }
        }
        let stuck: Vec<_> = open.iter().filter_map(|(thread, steps)| Some((*thread, *steps.last()?))).collect();
        let told = stuck.iter().map(|(thread, place)| {
            let source = world.scenario.source.first_line(place.span);
            format!("{} waits in line {} ({source})", world.recorder.thread_name(*thread), place.line)
        });
        let told = told.collect::<Vec<_>>().join(", ");
        let (thread, place) = stuck.first().copied().unwrap_or_default();
        (place, thread, format!("nothing can go on: {told}"))
    })
}
