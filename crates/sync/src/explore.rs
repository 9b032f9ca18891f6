//! Runs a test under many interleavings of its threads.
//!
//! A failing one is printed as a token; with that token in the environment variable `COMPLUS_SCHEDULE` the
//! same test runs that interleaving alone, as often as one likes. `COMPLUS_ITERATIONS` multiplies the number
//! of interleavings, for a long search.

use shuttle::{
    Config, MaxSteps, Runner,
    scheduler::{DfsScheduler, PctScheduler, RandomScheduler, ReplayScheduler, Scheduler},
};
use std::env;

/// Steps after which an interleaving is taken for one that never ends.
const STEPS: usize = 100_000;
/// Seeds both searches, so that every run of a test tries the same interleavings.
const SEED: u64 = 0x0C0F_FEE5;
/// How many times the second search takes the turn from a thread that could go on: few suffice for most
/// faults.
const DEPTH: usize = 3;

/// Runs `test` under `iterations` interleavings, half of them chosen at random, half by few preemptions
/// (PCT). Everything that the test needs, machines and threads, has to be made inside.
///
/// # Panics
/// When the test panics, when none of its threads can go on, or when it does not end.
pub fn explore(iterations: usize, test: impl Fn() + Send + Sync + 'static) {
    if let Ok(token) = env::var("COMPLUS_SCHEDULE") {
        run(ReplayScheduler::new_from_encoded(&token), test);
        return;
    }
    let times = env::var("COMPLUS_ITERATIONS").ok().and_then(|times| times.parse().ok()).unwrap_or(1);
    let each = (iterations * times).div_ceil(2);
    let test = std::sync::Arc::new(test);
    let again = test.clone();
    run(RandomScheduler::new_from_seed(SEED, each), move || again());
    run(PctScheduler::new_from_seed(SEED, DEPTH, each), move || test());
}

/// Runs `test` under every interleaving that there is; only for very few steps.
///
/// # Panics
/// As [`explore`].
pub fn exhaust(test: impl Fn() + Send + Sync + 'static) {
    match env::var("COMPLUS_SCHEDULE") {
        Ok(token) => run(ReplayScheduler::new_from_encoded(&token), test),
        Err(_) => run(DfsScheduler::new(None, false), test),
    }
}

fn run(scheduler: impl Scheduler + 'static, test: impl Fn() + Send + Sync + 'static) {
    let mut config = Config::new();
    config.stack_size = 0x4_0000;
    config.max_steps = MaxSteps::FailAfter(STEPS);
    config.silence_warnings = true;
    Runner::new(scheduler, config).run(test);
}
