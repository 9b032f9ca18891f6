//! The pool of single-threaded apartments: SYN 12.

use crate::support::{check, load};
use complus_core::rules::thread_pool::{self, Choice, Knobs, Load};
use std::time::Duration;

#[test]
fn a_pool_is_sized_by_the_processors() {
    check("pool_size", 6, ["min", "max", "activities_per_thread"], |row| {
        let processors = row.get("processors").parse().unwrap();
        let knobs = if row.flag("mts") { Knobs::mts() } else { Knobs::new(processors) };
        vec![[knobs.min_threads, knobs.max_threads, knobs.activities_per_thread].map(|number| number.to_string())]
    });
    let Knobs { queue_depth, activity_ratio, cpu_metric, aggressive, mta_max_threads, mta_throttle, .. } =
        Knobs::default();
    assert_eq!((queue_depth, activity_ratio, cpu_metric, aggressive), (5, 1.0, false, false), "Y-34");
    assert_eq!((mta_max_threads, mta_throttle), (0, 0), "Y-34");
}

#[test]
fn work_goes_to_the_least_loaded_thread_or_to_a_new_one() {
    check("pool_choice", 22, ["result"], |row| {
        let number = |column| row.get(column).parse().unwrap();
        let knobs = Knobs { min_threads: number("min"), max_threads: number("max"), ..Knobs::default() };
        let started: Vec<Load> = row.get("started").split_whitespace().map(load).collect();
        let choice = match row.get("work") {
            "bind" => thread_pool::bind(&started, &knobs),
            "serve" => thread_pool::serve(&started, &knobs),
            work => panic!("{row:?}: work is {work:?}"),
        };
        vec![[match choice {
            Choice::New => "new".into(),
            Choice::Started(index) => index.to_string(),
        }]]
    });
}

#[test]
fn a_pool_reports_at_least_its_minimum_and_refuses_beyond_its_limit() {
    check("pool_limits", 8, ["result"], |row| {
        let (count, limit) = (row.get("count").parse().unwrap(), row.get("limit").parse().unwrap());
        vec![[match row.get("question") {
            "nominal" => {
                let knobs = Knobs { min_threads: limit, ..Knobs::default() };
                thread_pool::nominal(count, &knobs).to_string()
            }
            "accept" => {
                let knobs = Knobs { max_queued_requests: limit, ..Knobs::default() };
                let accepted = thread_pool::accept(count, &knobs);
                accepted.map_or_else(|error| error.hresult().name().unwrap().into(), |()| "accepted".into())
            }
            question => panic!("{row:?}: question is {question:?}"),
        }]]
    });
}

#[test]
fn a_thread_without_work_ends_above_the_minimum() {
    check("pool_shrink", 6, ["result"], |row| {
        let knobs = Knobs { delete_delay: Duration::from_secs(60), ..Knobs::new(1) };
        let idle = Duration::from_secs(row.get("idle").parse().unwrap());
        let started = row.get("started").parse().unwrap();
        let ends = thread_pool::ends(&load(row.get("load")), idle, started, &knobs);
        vec![[if ends { "ends" } else { "stays" }.into()]]
    });
}

#[test]
fn objects_outside_any_activity_take_the_started_threads_in_turn() {
    assert_eq!(thread_pool::in_turn(None, 0), Choice::New);
    let mut previous = None;
    let taken = [0; 5].map(|_| match thread_pool::in_turn(previous, 3) {
        Choice::Started(index) => {
            previous = Some(index);
            index
        }
        Choice::New => panic!("three are started"),
    });
    assert_eq!(taken, [0, 1, 2, 0, 1]);
}

/// SYN-C14: fifty activities, then a hundred and fifty, each bound to a thread of its own choice.
#[test]
fn a_pool_grows_to_its_maximum_and_no_further() {
    let fill = |knobs: Knobs, activities: usize| {
        let mut pool: Vec<Load> = Vec::new();
        for _ in 0..activities {
            let index = match thread_pool::bind(&pool, &knobs) {
                Choice::Started(index) => index,
                Choice::New => {
                    pool.push(Load::default());
                    pool.len() - 1
                }
            };
            pool[index].bound += 1;
        }
        (pool.len(), pool.iter().map(|load| load.bound).max().unwrap_or(0))
    };
    assert_eq!(fill(Knobs::new(1), 8), (8, 1));
    assert_eq!(fill(Knobs::new(1), 40), (8, 5));
    assert_eq!(fill(Knobs::new(1), 50), (10, 5));
    assert_eq!(fill(Knobs::new(1), 51), (10, 6));
    assert_eq!(fill(Knobs::mts(), 50), (50, 1));
    assert_eq!(fill(Knobs::mts(), 150), (100, 2));
}
