//! Random programs of calls over activities: what has to hold whatever the threads do (SYN 13, SYN-B25, J2, J6).
//!
//! Each program runs on threads that the system schedules, and one thread at a time in an order that a seed decides;
//! then the events tell exactly who was where, and a failure can be replayed: proptest prints program and seed.

mod checks;
mod program;
#[path = "../support/mod.rs"]
mod support;
mod town;

use complus::{Schedule, VirtualClock, prelude::*};
use program::{Kind, Program, programs};
use proptest::prelude::*;
use support::Recorder;
use town::Town;

/// So many programs for each way of running them.
fn cases(count: u32) -> ProptestConfig {
    ProptestConfig { cases: count, failure_persistence: None, ..ProptestConfig::default() }
}

/// Runs it freely: once on the fast paths, once observed.
fn freely(program: &Program) -> Result<(), TestCaseError> {
    for observed in [false, true] {
        let log = Recorder::default();
        let mut builder = Runtime::builder().seed(1);
        if observed {
            builder = builder.observer(log.observer());
        }
        let town = Town::build(builder.build().unwrap(), program);
        town.run(program, false);
        town.check()?;
    }
    Ok(())
}

/// Runs it in the order that the seed decides, and checks every step by the events.
fn in_order(program: &Program, seed: u64) -> Result<Vec<complus::event::Event>, TestCaseError> {
    let log = Recorder::default();
    let builder = Runtime::builder().seed(1).clock(VirtualClock::new()).schedule(Schedule::Deterministic(seed));
    let town = Town::build(builder.observer(log.observer()).build().unwrap(), program);
    log.take(); // the domains in which the objects were made
    town.run(program, true);
    town.check()?;
    let events = log.events();
    checks::check(&events, &town)?;
    Ok(events)
}

proptest! {
    #![proptest_config(cases(96))]

    #[test]
    fn syn_b25_nested_calls_keep_apart_enter_in_order_and_leave_as_often(
        program in programs(Kind::Calls), seed in any::<u64>()
    ) {
        freely(&program)?;
        in_order(&program, seed)?;
    }

    #[test]
    fn syn_j2_calls_of_both_kinds_keep_apart_and_in_order_and_none_is_lost(
        program in programs(Kind::Mixture), seed in any::<u64>()
    ) {
        freely(&program)?;
        in_order(&program, seed)?;
    }

    #[test]
    fn syn_j6_every_call_graph_ends_and_what_would_deadlock_would(
        program in programs(Kind::Graph), seed in any::<u64>()
    ) {
        freely(&program)?;
        in_order(&program, seed)?;
    }

    #[test]
    fn the_same_seed_tells_the_same_events(program in programs(Kind::Graph), seed in any::<u64>()) {
        let (first, again) = (in_order(&program, seed)?, in_order(&program, seed)?);
        let differ = first.iter().zip(&again).find(|(one, other)| one != other);
        prop_assert_eq!(differ, None);
        prop_assert_eq!(first.len(), again.len());
    }
}
