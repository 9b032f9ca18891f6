//! Tables of the pool of single-threaded apartments: its sizes, which thread works, which one ends (SYN 12).

use super::{Grid, Known};
use complus_core::rules::thread_pool::{self, Choice, Knobs, Load};
use std::time::Duration;

/// In the order of the specification.
pub(super) const KNOWN: &[Known] = &[
    ("pool-size", "The sizes of the STA pool", "SYN 12.1, 12.3", size),
    (
        "pool-choice",
        "The thread of the STA pool for an activity or a request, between 2 and 3 threads",
        "SYN 12.3",
        choice,
    ),
    ("pool-end", "Which thread of the STA pool ends, with a minimum of 8", "SYN 12.3", end),
];

fn size() -> Grid {
    let mut grid = Grid::new(["processors", "minimum", "maximum", "activities for each thread"]);
    let sizes = [1, 2, 4, 8, 16].map(|processors| (processors.to_string(), Knobs::new(processors)));
    for (word, knobs) in sizes.into_iter().chain([("EmulateMTSBehavior".into(), Knobs::mts())]) {
        let numbers = [knobs.min_threads, knobs.max_threads, knobs.activities_per_thread];
        grid.row([word].into_iter().chain(numbers.map(|number| number.to_string())));
    }
    grid
}

/// What the started threads have to do; up to two of them.
const STARTED: [&[Load]; 13] = [
    &[],
    &[load(0, 0, false)],
    &[load(1, 0, false)],
    &[load(0, 0, true)],
    &[load(2, 0, false), load(2, 0, false)],
    &[load(3, 0, false), load(2, 0, false)],
    &[load(2, 0, false), load(1, 4, true)],
    &[load(5, 0, false), load(4, 0, false)],
    &[load(5, 0, false), load(5, 0, false)],
    &[load(0, 2, true), load(0, 1, true)],
    &[load(0, 5, true), load(0, 5, true)],
    &[load(0, 6, true), load(0, 6, true)],
    &[load(6, 8, true), load(6, 6, true)],
];

const fn load(bound: u32, queued: u32, busy: bool) -> Load {
    Load { bound, queued, busy }
}

fn load_word(load: &Load) -> String {
    let Load { bound, queued, busy } = load;
    format!("{bound} bound, {queued} queued, {}", if *busy { "busy" } else { "idle" })
}

fn choice() -> Grid {
    let mut grid = Grid::new([
        "first thread",
        "second thread",
        "for a new activity",
        "for any request",
        "the same, 2 threads at most",
    ]);
    let knobs = Knobs { min_threads: 2, max_threads: 3, ..Knobs::default() };
    let full = Knobs { max_threads: 2, ..knobs };
    for started in STARTED {
        let word = |at: usize| started.get(at).map_or_else(|| "not started".into(), load_word);
        let choices = [
            thread_pool::bind(started, &knobs),
            thread_pool::serve(started, &knobs),
            thread_pool::serve(started, &full),
        ];
        let cells = choices.map(|choice| match choice {
            Choice::New => "a new one".to_owned(),
            Choice::Started(0) => "the first".into(),
            Choice::Started(_) => "the second".into(),
        });
        grid.row([word(0), word(1)].into_iter().chain(cells));
    }
    grid
}

fn end() -> Grid {
    let mut grid = Grid::new(["thread", "threads started", "without work for 59 s", "for 60 s"]);
    let knobs = Knobs::new(1);
    for load in [load(0, 0, false), load(1, 0, false), load(0, 1, false), load(0, 0, true)] {
        for started in [knobs.min_threads, knobs.min_threads + 1] {
            let cells = [59, 60].map(|seconds| {
                let ends = thread_pool::ends(&load, Duration::from_secs(seconds), started, &knobs);
                if ends { "ends" } else { "stays" }.to_owned()
            });
            grid.row([load_word(&load), started.to_string()].into_iter().chain(cells));
        }
    }
    grid
}
