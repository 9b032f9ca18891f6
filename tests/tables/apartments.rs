//! Joining apartments, apartment types, placement and thread pools: SYN 4.9, 6, 11, 12.

use crate::support::{check, load, outcome};
use complus_core::{
    attribute::{ApartmentModel, ApartmentType, CoInit, ThreadType},
    error::ApartmentError,
    hresult::{CO_E_NOTINITIALIZED, HResult, S_OK},
    rules::{
        apartment_type::{self, Member},
        class_apartment::{self, Creator, Home, HostSta, HostedActivity},
        initialization::{self, Joined, Left, State},
        thread_pool::{self, Choice, Knobs, Load},
    },
};
use std::time::Duration;

#[test]
fn a_thread_joins_one_apartment_and_stays_with_its_model() {
    check("initialization", 10, ["result", "error", "count"], |row| {
        let states = [
            ("none", State::None),
            ("sta", State::Sta),
            ("mta", State::Mta),
            ("neutral", State::Neutral),
            ("mta_dispatch", State::MtaDispatch),
        ];
        let state = row.pick("state", &states);
        let result = initialization::initialize(state, row.value("model"), &mut ());
        let count = match result {
            Err(_) => "unchanged",
            Ok(_) if state == State::None => "1",
            Ok(_) => "+1",
        };
        let [result, error] = outcome(result.map(|joined| match joined {
            Joined::NewSta => "new_sta",
            Joined::Mta => "mta",
            Joined::Again => "again",
        }));
        vec![[result, error, count.into()]]
    });
}

#[test]
fn the_flags_ask_for_a_model_and_more_that_does_not_matter_here() {
    check("initialization_flags", 14, ["result", "error"], |row| {
        let flags = CoInit(row.get("flags").parse().unwrap());
        let null = row.pick("reserved", &[("null", true), ("given", false)]);
        let word = |model| match model {
            ApartmentModel::Multithreaded => "multithreaded",
            ApartmentModel::ApartmentThreaded => "apartment_threaded",
        };
        vec![outcome(initialization::model(flags, null).map(word))]
    });
}

/// A thread that does what the rules of initialisation say.
#[derive(Default)]
struct Thread {
    sta: bool,
    com: u32,
    ole: u32,
}

impl Thread {
    fn state(&self) -> State {
        match (self.com, self.sta) {
            (0, _) => State::None,
            (_, true) => State::Sta,
            (_, false) => State::Mta,
        }
    }

    fn joined(&mut self, joined: Joined) {
        self.com += 1;
        if joined != Joined::Again {
            self.sta = joined == Joined::NewSta;
        }
    }

    fn initialize(&mut self, model: ApartmentModel) -> HResult {
        match initialization::initialize(self.state(), model, &mut ()) {
            Ok(joined) => {
                self.joined(joined);
                joined.hresult()
            }
            Err(error) => error.hresult(),
        }
    }

    fn uninitialize(&mut self) {
        let left = initialization::uninitialize(self.com);
        assert_eq!(left == Left::Leaves, self.com == 1);
        if left != Left::Unbalanced {
            self.com -= 1;
        }
    }

    fn call(&mut self, call: &str) -> Option<HResult> {
        match call {
            "co_initialize" => Some(self.initialize(ApartmentModel::ApartmentThreaded)),
            "co_initialize_mta" => Some(self.initialize(ApartmentModel::Multithreaded)),
            "co_create_instance" => Some(if self.com > 0 { S_OK } else { CO_E_NOTINITIALIZED }),
            "ole_initialize" => Some(match initialization::ole_initialize(self.state(), self.ole, &mut ()) {
                Ok(joined) => {
                    self.joined(joined.apartment);
                    self.ole += 1;
                    joined.hresult
                }
                Err(error) => error.hresult(),
            }),
            "co_uninitialize" => {
                self.uninitialize();
                None
            }
            "ole_uninitialize" => {
                if initialization::ole_uninitialize(self.ole) {
                    self.ole -= 1;
                    self.uninitialize();
                }
                None
            }
            _ => panic!("{call} is no call"),
        }
    }
}

#[test]
fn com_and_ole_count_their_initialisations_each_for_itself() {
    check("initialization_sequences", 10, ["results"], |row| {
        let mut thread = Thread::default();
        let results: Vec<_> = row
            .get("calls")
            .split(' ')
            .map(|call| thread.call(call).map_or("void", |hresult| hresult.name().unwrap()))
            .collect();
        vec![[results.join(" ")]]
    });
}

#[test]
fn a_thread_is_told_its_apartment_type() {
    check("apartment_type", 9, ["hresult", "apartment", "qualifier", "thread"], |row| {
        let members =
            [("none", Member::None), ("main_sta", Member::MainSta), ("sta", Member::Sta), ("mta", Member::Mta)];
        let (member, neutral) = (row.pick("member", &members), row.flag("neutral"));
        let processes = row.pick("mta", &[("any", vec![false, true]), ("true", vec![true]), ("false", vec![false])]);
        let ask = |mta| {
            let answer = apartment_type::query(member, neutral, mta, &mut ());
            [
                answer.hresult.name().unwrap(),
                answer.apartment.com_name(),
                answer.qualifier.com_name(),
                answer.thread.map_or("", ThreadType::com_name),
            ]
            .map(Into::into)
        };
        processes.into_iter().map(ask).collect()
    });
    // the last row: both places are needed
    for (apartment, qualifier) in [(false, true), (true, false), (false, false)] {
        assert_eq!(apartment_type::results(apartment, qualifier), Err(ApartmentError::InvalidArgument));
    }
    assert_eq!(apartment_type::results(true, true), Ok(()));
}

#[test]
fn a_default_context_is_named_by_an_apartment_that_is_there() {
    check("default_context", 11, ["result", "error"], |row| {
        let asked: ApartmentType = row.value("asked");
        let exists = row.pick("exists", &[("", None), ("true", Some(true)), ("false", Some(false))]);
        let result = apartment_type::default_context(asked, row.flag("initialized"), |apartment| {
            assert_eq!(apartment, asked);
            exists.unwrap_or_else(|| panic!("{row:?}: nobody needs to know"))
        });
        vec![outcome(result.map(|()| "context"))]
    });
}

#[test]
fn an_object_is_placed_by_threading_model_and_creator() {
    check("class_apartment", 30, ["home", "proxy"], |row| {
        let creators = [
            ("sta", Creator::Sta),
            ("main_sta", Creator::MainSta),
            ("mta", Creator::Mta),
            ("na_on_sta", Creator::NeutralOnSta),
            ("na_on_mta", Creator::NeutralOnMta),
        ];
        let placement = class_apartment::place(row.value("model"), row.pick("creator", &creators), &mut ());
        let home = match placement.home {
            Home::ThreadsSta => "threads_sta",
            Home::MainSta => "main_sta",
            Home::HostSta => "host_sta",
            Home::Mta => "mta",
            Home::Neutral => "na",
        };
        vec![[home.into(), placement.proxy.to_string()]]
    });
}

#[test]
fn a_hosted_apartment_is_the_activitys_or_the_pools() {
    check("host_sta", 6, ["result"], |row| {
        let activities = [
            ("none", HostedActivity::None),
            ("unassigned", HostedActivity::Unassigned),
            ("assigned", HostedActivity::Assigned),
        ];
        vec![[match class_apartment::host_sta(row.pick("activity", &activities), row.flag("pool")) {
            HostSta::Activitys => "activitys",
            HostSta::LeastLoaded => "least_loaded",
            HostSta::InTurn => "in_turn",
            HostSta::TheHost => "the_host",
        }
        .into()]]
    });
}

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
