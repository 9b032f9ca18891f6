//! A catalog of a hundred thousand classes: how long it takes to load, to save into, and to look up in.
//!
//! `cargo run --release -p complus-catalog --example hundred_thousand`
#![allow(clippy::print_stdout, reason = "an example prints")]

use complus_catalog::{Creator, Found, Options, parse};
use complus_diagnostic::Source;
use hashbrown::HashMap;
use std::{fmt::Write as _, hint::black_box, time::Instant};
use uuid::Uuid;

const CLASSES: u32 = 100_000;
const LOOKUPS: u32 = 2_000_000;

fn clsid(number: u32) -> Uuid {
    Uuid::from_u128(0x8F2B_5C1E_51A0_4D0B_9C55_0000_0000_0000 + u128::from(number))
}

fn file() -> String {
    let mut text = String::from("format = 1\ndefaults = \"ws2003\"\n");
    for number in 0..CLASSES {
        if number % 1000 == 0 {
            let id = Uuid::from_u128(u128::from(number) + 1).braced();
            let _ = write!(text, "\n[[application]]\nid = \"{id}\"\nname = \"Application {}\"\n", number / 1000);
        }
        let id = clsid(number).braced();
        let _ = write!(
            text,
            "\n[[application.component]]\nclsid = \"{id}\"\nprogid = \"Big.Class{number}\"\n\
             threading_model = \"both\"\nfactory = \"big::class{number}\"\ntransaction = \"required\"\n"
        );
    }
    text
}

fn main() {
    let text = file();
    println!("{} MB of TOML", text.len() / 1_000_000);
    let start = Instant::now();
    let catalog = parse(Source::new("big.toml", text), Options::default()).expect("a correct file").catalog;
    println!("load, check and freeze {CLASSES} classes: {:?}", start.elapsed());

    let start = Instant::now();
    let mut machine = catalog.administer().collection("LocalComputer").expect("a collection");
    machine.populate().expect("populated");
    machine.item_mut(0).expect("one item").put("TransactionTimeout", 30).expect("a value");
    machine.save_changes().result.expect("saved");
    println!("save one property and freeze anew: {:?}", start.elapsed());

    let readers = |count: u32| {
        let start = Instant::now();
        std::thread::scope(|scope| {
            for seed in 0..count {
                let mut reader = catalog.reader();
                scope.spawn(move || {
                    let mut number = seed;
                    for _ in 0..LOOKUPS {
                        number = (number.wrapping_mul(1_664_525).wrapping_add(1_013_904_223)) % CLASSES;
                        let found = reader.snapshot().locate(clsid(number), &Creator::default(), &mut ());
                        let Ok(Found::Configured { class, .. }) = found else { panic!("class {number} is there") };
                        black_box(class.check_at_activation(&mut ())).expect("coherent");
                    }
                });
            }
        });
        start.elapsed() / LOOKUPS
    };
    let (one, two) = (readers(1), readers(2));
    println!("one reader: {one:?} per look-up and check of the services");
    println!("two readers: {two:?} each, {:.2} times the throughput", 2.0 * one.as_secs_f64() / two.as_secs_f64());
    let few: Vec<Uuid> = (0..64).map(clsid).collect();
    let mut reader = catalog.reader();
    let found = fastest(|at| {
        let found = reader.snapshot().locate(few[at % few.len()], &Creator::default(), &mut ());
        let Ok(Found::Configured { class, .. }) = found else { return };
        let _ = black_box(class.check_at_activation(&mut ()));
    });
    let floor: HashMap<Uuid, u32> = (0..CLASSES).map(|number| (clsid(number), number)).collect();
    let floor = fastest(|at| {
        let _ = black_box(floor.get(&few[at % few.len()]));
    });
    println!("a few classes: {found:.1} ns per look-up and check, {floor:.1} ns for a look into a hash map alone");
}

/// Nanoseconds of one of many calls, of the fastest round.
fn fastest(mut call: impl FnMut(usize)) -> f64 {
    const ROUND: usize = 20_000;
    let round = |_| {
        let start = Instant::now();
        (0..ROUND).for_each(&mut call);
        start.elapsed().as_secs_f64() * 1e9 / ROUND as f64
    };
    (0..200).map(round).fold(f64::INFINITY, f64::min)
}
