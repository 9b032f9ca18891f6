//! The table of apartments on a whole machine (ACT 5.1, SYN 6.5): five places of the creator, six threading models,
//! four kinds of classes.

use crate::{
    hooks::{self, Hooks},
    placement_table::{Cells, rows},
    support::{METHOD, World, components::*, enter, own_activity},
    threads::StaThread,
};
use complus::{ContextCallback, ContextToken, apartment_type, attribute::*, prelude::*};
use std::{
    sync::mpsc,
    thread::{self, ThreadId},
};

/// Runs code behind the door.
pub(crate) fn through<T: Send + 'static>(door: &ContextCallback, run: impl FnOnce() -> T + Send + 'static) -> T {
    let (tell, hear) = mpsc::channel();
    door.call(METHOD, move || tell.send(run()).unwrap()).unwrap();
    hear.recv().unwrap()
}

const CREATORS: [&str; 5] = ["sta", "main_sta", "mta", "na_on_sta", "na_on_mta"];
const MODELS: [(&str, ThreadingModel); 6] = [
    ("apartment", ThreadingModel::Apartment),
    ("free", ThreadingModel::Free),
    ("both", ThreadingModel::Both),
    ("neutral", ThreadingModel::Neutral),
    ("main", ThreadingModel::Main),
    ("not_specified", ThreadingModel::NotSpecified),
];
/// Kinds of classes: the catalog does not know it; it has no reason for a context of its own; it has one; it is for a
/// default context.
const KINDS: [(&str, &str); 4] = [
    ("unconfigured", ""),
    ("shares", RAW),
    ("own", "transaction = \"not_supported\""),
    ("default", "transaction = \"disabled\"\nmust_run_in_default_context = true"),
];

/// Runs code where such a creator's code would.
fn by(creator: &str, main: &StaThread, other: &StaThread, run: impl FnOnce() -> Told + Send + 'static) -> Told {
    let neutral = |run: Box<dyn FnOnce() -> Told + Send>| {
        let door = ContextCallback::into_neutral_apartment().unwrap();
        through(&door, run)
    };
    match creator {
        "sta" => through(&other.door, run),
        "main_sta" => through(&main.door, run),
        "mta" => run(),
        "na_on_sta" => through(&other.door, move || neutral(Box::new(run))),
        "na_on_mta" => neutral(Box::new(run)),
        creator => panic!("{creator:?}"),
    }
}

/// Some code's place.
#[derive(Clone, Copy, Debug)]
struct Spot {
    apartment: ApartmentType,
    thread: ThreadId,
    token: ContextToken,
    has_context: bool,
}

impl Spot {
    fn here() -> Self {
        Self {
            apartment: apartment_type().unwrap().0,
            thread: thread::current().id(),
            token: complus::context_token().unwrap(),
            has_context: ObjectContext::current().is_ok(),
        }
    }
}

/// Its creator's place, an object's, and whether the creator has a proxy.
type Told = (Spot, Spot, bool);

fn told(name: &str) -> Told {
    let object = create(name);
    (Spot::here(), inside(&object, Spot::here), object.is_proxy())
}

#[track_caller]
fn check(row: &Cells, kind: &str, in_domain: bool, [main, other]: [ThreadId; 2], (creator, object, is_proxy): Told) {
    let case = format!("{row:?}, {kind}, in a domain: {in_domain}, {creator:?}, {object:?}");
    // The apartment.
    match row["home"].as_str() {
        "threads_sta" => assert_eq!(object.thread, creator.thread, "{case}"),
        "main_sta" => assert_eq!((object.apartment, object.thread), (ApartmentType::MainSta, main), "{case}"),
        "host_sta" => {
            assert_eq!(object.apartment, ApartmentType::Sta, "{case}");
            assert!(![main, other, creator.thread].contains(&object.thread), "{case}");
        }
        "mta" => assert_eq!(object.apartment, ApartmentType::Mta, "{case}"),
        "na" => assert_eq!((object.apartment, object.thread), (ApartmentType::Na, creator.thread), "{case}"),
        home => panic!("{home:?}"),
    }
    assert!(row["home"] != "threads_sta" || [ApartmentType::MainSta, ApartmentType::Sta].contains(&object.apartment));
    // The context in it, and what lies between.
    let other_apartment = row["proxy"] == "true";
    let shares = match kind {
        "unconfigured" | "shares" => !other_apartment,
        "own" => false,
        _ => !other_apartment && !in_domain,
    };
    assert_eq!((object.token == creator.token, is_proxy), (shares, !shares), "{case}");
    let has_context = if shares { in_domain } else { matches!(kind, "shares" | "own") };
    assert_eq!(object.has_context, has_context, "{case}");
}

fn every_cell(test: impl Fn(&World, &StaThread, &StaThread) + Sync) {
    let named = |kind: &str, model: &str| format!("{kind} {model}");
    let classes = KINDS[1..].iter().flat_map(|(kind, properties)| {
        MODELS.map(|(model, _)| (named(kind, model), format!("{properties}\nthreading_model = \"{model}\"")))
    });
    let classes: Vec<_> = classes.collect();
    let classes: Vec<Row<'_>> = classes.iter().map(|(name, properties)| (&**name, &**properties)).collect();
    with_components(&classes, |world, _| {
        for (name, model) in MODELS {
            hooks::register(world, &named("unconfigured", name), model, &Hooks::default());
        }
        let (main, other) = (StaThread::start(world), StaThread::start(world));
        test(world, &main, &other);
    });
}

#[test]
fn syn_d10_every_class_is_put_where_its_threading_model_wants_it_from_everywhere() {
    let rows = rows(include_str!("../tables/class_apartment.csv"));
    let rows: Vec<Cells> = rows.into_iter().filter(|row| row["section"] == "6.5").collect();
    assert_eq!(rows.len(), CREATORS.len() * MODELS.len());
    every_cell(|_, main, other| {
        let threads = [main, other].map(|sta| through(&sta.door, || thread::current().id()));
        for row in &rows {
            for (kind, _) in KINDS {
                for in_domain in [false, true] {
                    let name = format!("{kind} {}", row["model"]);
                    let make = move || {
                        let domain = in_domain.then(|| enter(&own_activity()));
                        let told = told(&name);
                        drop(domain);
                        told
                    };
                    check(row, kind, in_domain, threads, by(&row["creator"], main, other, make));
                }
            }
        }
    });
}
