//! How long a call takes that is made into an activity at rest: until it has run and its maker knows. The 50th and the
//! 99th percentile, beside what it costs to wake a thread and be woken by it.
//!
//! usage: `activity_latency [ROUNDS]`. Rows are measured in turn, a thousand calls at a time.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread::{self, Thread};
use std::time::{Duration, Instant};

use complus::prelude::*;

#[path = "support/drive.rs"]
mod drive;

use drive::Latch;

const CALLS: usize = 1_000;

/// A thread that answers whenever it is woken.
struct Echo {
    turn: Arc<AtomicU64>,
    thread: Thread,
}

/// The number that ends an [`Echo`].
const END: u64 = u64::MAX;

impl Echo {
    fn start() -> Self {
        let (turn, maker) = (Arc::new(AtomicU64::new(0)), thread::current());
        let own = turn.clone();
        let echo = thread::spawn(move || {
            loop {
                match own.load(Ordering::Acquire) {
                    END => return,
                    number if number % 2 == 1 => {
                        own.store(number + 1, Ordering::Release);
                        maker.unpark();
                    }
                    _ => thread::park(),
                }
            }
        });
        Self { turn, thread: echo.thread().clone() }
    }

    /// Wakes the thread and waits for its answer.
    fn call(&self) {
        let number = self.turn.load(Ordering::Relaxed) + 1;
        self.turn.store(number, Ordering::Release);
        self.thread.unpark();
        while self.turn.load(Ordering::Acquire) == number {
            thread::park();
        }
    }
}

impl Drop for Echo {
    fn drop(&mut self) {
        self.turn.store(END, Ordering::Release);
        self.thread.unpark();
    }
}

/// Times [`CALLS`] calls, after a pause in which the other thread goes to sleep.
fn measure(times: &mut Vec<Duration>, call: impl Fn()) {
    for _ in 0..CALLS {
        thread::sleep(Duration::from_micros(50));
        let start = Instant::now();
        call();
        times.push(start.elapsed());
    }
}

fn percentile(times: &mut [Duration], percent: usize) -> f64 {
    times.sort_unstable();
    times[(times.len() - 1) * percent / 100].as_secs_f64() * 1e6
}

#[expect(clippy::print_stdout, reason = "a program prints its figures")]
fn main() {
    let rounds = std::env::args().nth(1).and_then(|rounds| rounds.parse().ok()).unwrap_or(10);
    let runtime = Runtime::builder().build().expect("the machine is consistent");
    let _bound = runtime.enter();
    let _apartment = Apartment::initialize(ApartmentModel::Multithreaded).expect("the thread is fresh");
    let mta = ServiceConfig::new().thread_pool(ThreadPool::Mta).synchronization(SynchronizationConfig::New);
    let sta = ServiceConfig::new().thread_pool(ThreadPool::Sta).binding(Binding::BindToPoolThread);
    let [mta, sta] = [mta, sta].map(|config| Activity::create(&config).expect("the activity is made"));
    let echo = Echo::start();

    let mut rows = ["park and unpark", "asynchronous, MTA", "asynchronous, STA", "synchronous, to an STA"]
        .map(|name| (name, Vec::new()));
    let asynchronous = |activity: &Activity| {
        let latch = Latch::new(1);
        let hit = latch.clone();
        activity.asynchronous_call(move || hit.hit()).expect("the call is accepted");
        latch.wait();
    };
    for _ in 0..rounds {
        measure(&mut rows[0].1, || echo.call());
        measure(&mut rows[1].1, || asynchronous(&mta));
        measure(&mut rows[2].1, || asynchronous(&sta));
        measure(&mut rows[3].1, || sta.call(|| ()).expect("the call succeeds"));
    }
    println!("| call | p50 \u{b5}s | p99 \u{b5}s |\n| --- | ---: | ---: |");
    for (name, times) in &mut rows {
        println!("| {name} | {:.1} | {:.1} |", percentile(times, 50), percentile(times, 99));
    }
}
