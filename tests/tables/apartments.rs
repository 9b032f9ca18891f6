//! Joining apartments, apartment types, placement: SYN 4.9, 6, 11.

use crate::support::{check, outcome};
use complus_core::{
    attribute::{ApartmentModel, ApartmentType, CoInit, ThreadType},
    error::ApartmentError,
    hresult::{CO_E_NOTINITIALIZED, HResult, S_OK},
    rules::{
        apartment_type::{self, Member},
        class_apartment::{self, Creator, Home, HostSta, HostedActivity},
        initialization::{self, Joined, Left, State},
    },
};

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

/// The same decision in the words of the contexts part, whose table tells configured from unconfigured classes by what
/// follows in `activation_reference`, not here.
#[test]
fn the_contexts_part_places_an_object_in_the_same_apartment() {
    check("executing_apartment", 30, ["object_in"], |row| {
        let creators = [
            ("main_sta", Creator::MainSta),
            ("other_sta", Creator::Sta),
            ("mta", Creator::Mta),
            ("na_on_sta", Creator::NeutralOnSta),
            ("na_on_mta", Creator::NeutralOnMta),
        ];
        let creator = row.pick("executes_in", &creators);
        let home = class_apartment::place(row.value("model"), creator, &mut ()).home;
        vec![[match (home, creator) {
            (Home::ThreadsSta, Creator::NeutralOnSta) => "the_threads_sta",
            (Home::ThreadsSta, _) => "this_sta",
            (Home::MainSta, _) => "main_sta",
            (Home::HostSta, _) => "host_sta",
            (Home::Mta, _) => "mta",
            (Home::Neutral, _) => "na",
        }
        .into()]]
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
fn an_unknown_cookie_of_the_mta_is_tolerated() {
    check("mta_usage", 4, ["result", "error"], |row| {
        let known = row.pick("cookie", &[("known", true), ("unknown", false)]);
        vec![outcome(initialization::decrement_mta_usage(known, row.flag("strict_misuse")).map(|()| "ok"))]
    });
}
