//! The peers: libraries in which a message, a job or a task runs later. Actors and queues run theirs one after another,
//! pools run them beside each other.

use std::sync::{Arc, OnceLock, mpsc};
use std::thread;
use std::time::Duration;

use criterion::BenchmarkGroup;
use criterion::measurement::WallTime;
use tokio::runtime::Runtime;

use crate::actors::{ActixCounter, Handled, KameoCounter, RactorCounter, RactorMessage, Told, two_threads};
use crate::drive::{Latch, drive};
use crate::timed::{Row, add_rows};

const ROWS: &[Row] = &[
    ("desync_1p_1a", desync::<1>),
    ("desync_1p_1000a", desync::<1_000>),
    ("actix_1p_1a", actix::<1>),
    ("actix_1p_1000a", actix::<1_000>),
    ("ractor_1p_1a", ractor::<1>),
    ("ractor_1p_1000a", ractor::<1_000>),
    ("kameo_1p_1a", kameo::<1>),
    ("kameo_1p_1000a", kameo::<1_000>),
    ("rayon_spawn", rayon_spawn),
    ("tokio_spawn", tokio_spawn),
];

/// Adds the rows of the peers to the group.
pub(crate) fn rows(group: &mut BenchmarkGroup<'_, WallTime>) {
    add_rows(group, "peer", ROWS);
}

impl Handled for Latch {
    fn handled(&self) {
        self.hit();
    }
}

fn tokio() -> &'static Runtime {
    static RUNTIME: OnceLock<Runtime> = OnceLock::new();
    RUNTIME.get_or_init(two_threads)
}

/// Models the call as a job for data that has a queue of its own.
fn desync<const A: usize>(n: u64) -> Duration {
    static DATA: OnceLock<Vec<desync::Desync<u64>>> = OnceLock::new();
    let data = DATA.get_or_init(|| (0..1_000).map(desync::Desync::new).collect());
    drive(n, 1, A, || {
        |target, latch: Arc<Latch>| {
            data[target].desync(move |count| {
                *count += 1;
                latch.hit();
            });
        }
    })
}

/// Models the call as a message to an actor of actix; all run on one thread, which is not the producer's.
fn actix<const A: usize>(n: u64) -> Duration {
    use actix::Actor;
    let (started, starts) = mpsc::channel();
    let system = thread::spawn(move || {
        let system = actix::System::new();
        system.block_on(async {
            let actors: Vec<_> = (0..A).map(|_| ActixCounter::default().start()).collect();
            started.send((actors, actix::System::current())).expect("the bench waits");
        });
        system.run().expect("the system ends well");
    });
    let (actors, current) = starts.recv().expect("the system starts");
    let elapsed = drive(n, 1, A, || |target: usize, latch| actors[target].do_send(Told(latch)));
    current.stop();
    system.join().expect("the system ends");
    elapsed
}

/// Models the call as a message to an actor of ractor, on two threads.
fn ractor<const A: usize>(n: u64) -> Duration {
    let actors: Vec<_> = tokio().block_on(async {
        let mut actors = Vec::new();
        for _ in 0..A {
            actors.push(ractor::Actor::spawn(None, RactorCounter, ()).await.expect("the actor starts").0);
        }
        actors
    });
    let elapsed = drive(n, 1, A, || {
        |target: usize, latch: Arc<Latch>| {
            actors[target].cast(RactorMessage::Tell(latch)).expect("the actor lives");
        }
    });
    actors.iter().for_each(|actor| actor.stop(None));
    elapsed
}

/// Models the call as a message to an actor of kameo with an unbounded mailbox, on two threads.
fn kameo<const A: usize>(n: u64) -> Duration {
    use kameo::actor::Spawn;
    let spawn = |_| KameoCounter::spawn_with_mailbox(KameoCounter::default(), kameo::mailbox::unbounded());
    let actors: Vec<_> = tokio().block_on(async { (0..A).map(spawn).collect() });
    let elapsed =
        drive(n, 1, A, || |target: usize, latch| actors[target].tell(Told(latch)).try_send().expect("the actor lives"));
    actors.iter().for_each(|actor| actor.kill());
    elapsed
}

/// Models the call as a job of a pool of two threads that steal from each other; no order is kept.
fn rayon_spawn(n: u64) -> Duration {
    static POOL: OnceLock<rayon::ThreadPool> = OnceLock::new();
    let pool = POOL.get_or_init(|| rayon::ThreadPoolBuilder::new().num_threads(2).build().expect("the pool starts"));
    drive(n, 1, 1, || |_, latch: Arc<Latch>| pool.spawn(move || latch.hit()))
}

/// Models the call as a task of a runtime with two threads; no order is kept.
fn tokio_spawn(n: u64) -> Duration {
    drive(n, 1, 1, || |_, latch: Arc<Latch>| drop(tokio().spawn(async move { latch.hit() })))
}
