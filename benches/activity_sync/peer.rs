//! The peers: libraries in which a caller waits for the answer of something that handles one message at a time.
//!
//! The actors run on the thread that asks them, which is the fastest way to have them: no other thread is woken.

use std::hint::black_box;
use std::time::{Duration, Instant};

use actix::Actor;
use criterion::BenchmarkGroup;
use criterion::measurement::WallTime;
use kameo::actor::Spawn;

use crate::actors::{ActixCounter, KameoCounter, Question, RactorCounter, RactorMessage, one_thread};
use crate::timed::{Row, add_rows, timed};

const ROWS: &[Row] =
    &[("desync", desync), ("actix_ask", actix_ask), ("ractor_call", ractor_call), ("kameo_ask", kameo_ask)];

/// Adds the rows of the peers to the group.
pub(crate) fn rows(group: &mut BenchmarkGroup<'_, WallTime>) {
    add_rows(group, "peer", ROWS);
}

/// Models a call into data with a queue of its own: nobody is in the queue, so the caller runs it.
fn desync(iterations: u64) -> Duration {
    let counter = desync::Desync::new(0_u64);
    timed(iterations, |call| {
        black_box(counter.sync(move |count| {
            *count += call;
            *count
        }));
    })
}

/// Models a question to an actor of actix.
fn actix_ask(iterations: u64) -> Duration {
    actix::System::new().block_on(async {
        let actor = ActixCounter::default().start();
        let start = Instant::now();
        for call in 0..iterations {
            black_box(actor.send(Question(call)).await.expect("the actor lives"));
        }
        start.elapsed()
    })
}

/// Models a question to an actor of ractor.
fn ractor_call(iterations: u64) -> Duration {
    one_thread().block_on(async {
        let spawned = ractor::Actor::spawn(None, RactorCounter, ()).await;
        let (actor, ended) = spawned.expect("the actor starts");
        let start = Instant::now();
        for call in 0..iterations {
            black_box(actor.call(|reply| RactorMessage::Ask(call, reply), None).await.expect("the actor lives"));
        }
        let elapsed = start.elapsed();
        actor.stop(None);
        ended.await.expect("the actor ends");
        elapsed
    })
}

/// Models a question to an actor of kameo.
fn kameo_ask(iterations: u64) -> Duration {
    one_thread().block_on(async {
        let actor = KameoCounter::spawn(KameoCounter::default());
        let start = Instant::now();
        for call in 0..iterations {
            black_box(actor.ask(Question(call)).await.expect("the actor lives"));
        }
        start.elapsed()
    })
}
