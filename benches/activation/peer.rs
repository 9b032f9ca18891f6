//! The peer rows: concurrent maps to look classes up in, and pools of objects.

use std::hint::black_box;
use std::time::Duration;

use criterion::BenchmarkGroup;
use criterion::measurement::WallTime;

use crate::classes::{CLASSES, Folding, by_two, clsid, clsids, configuration, decide, map, wanted};
use crate::timed::{Row, add_rows, timed};

const ROWS: &[Row] = &[
    ("papaya", papaya),
    ("papaya_2_readers", papaya_2_readers),
    ("dashmap", dashmap),
    ("dashmap_2_readers", dashmap_2_readers),
    ("rwlock", rwlock),
    ("rwlock_2_readers", rwlock_2_readers),
    ("r2d2", r2d2),
    ("deadpool", deadpool),
];

/// Adds the peer rows to the group.
pub(crate) fn rows(group: &mut BenchmarkGroup<'_, WallTime>) {
    add_rows(group, "peer", ROWS);
}

type Papaya = papaya::HashMap<u128, std::sync::Arc<crate::classes::Configuration>, Folding>;
type Dashmap = dashmap::DashMap<u128, std::sync::Arc<crate::classes::Configuration>, Folding>;

fn papaya_map() -> Papaya {
    let map = Papaya::default();
    (0..CLASSES).for_each(|number| {
        map.pin().insert(clsid(number), configuration(number));
    });
    map
}

fn dashmap_map() -> Dashmap {
    (0..CLASSES).map(|number| (clsid(number), configuration(number))).collect()
}

fn papaya(iterations: u64) -> Duration {
    let (map, clsids) = (papaya_map(), clsids());
    timed(iterations, |turn| decide(map.pin().get(wanted(&clsids, turn)).expect("it is there"), turn))
}

fn papaya_2_readers(iterations: u64) -> Duration {
    let (map, clsids) = (papaya_map(), clsids());
    by_two(iterations, || (), |(), turn| decide(map.pin().get(wanted(&clsids, turn)).expect("it is there"), turn))
}

fn dashmap(iterations: u64) -> Duration {
    let (map, clsids) = (dashmap_map(), clsids());
    timed(iterations, |turn| decide(&map.get(wanted(&clsids, turn)).expect("it is there"), turn))
}

fn dashmap_2_readers(iterations: u64) -> Duration {
    let (map, clsids) = (dashmap_map(), clsids());
    by_two(iterations, || (), |(), turn| decide(&map.get(wanted(&clsids, turn)).expect("it is there"), turn))
}

fn rwlock(iterations: u64) -> Duration {
    let (map, clsids) = (parking_lot::RwLock::new(map()), clsids());
    timed(iterations, |turn| decide(&map.read()[wanted(&clsids, turn)], turn))
}

fn rwlock_2_readers(iterations: u64) -> Duration {
    let (map, clsids) = (parking_lot::RwLock::new(map()), clsids());
    by_two(iterations, || (), |(), turn| decide(&map.read()[wanted(&clsids, turn)], turn))
}

/// Makes objects for the pools.
struct Objects;

impl ::r2d2::ManageConnection for Objects {
    type Connection = Box<u64>;
    type Error = std::convert::Infallible;

    fn connect(&self) -> Result<Box<u64>, Self::Error> {
        Ok(Box::new(0))
    }

    fn is_valid(&self, _: &mut Box<u64>) -> Result<(), Self::Error> {
        Ok(())
    }

    fn has_broken(&self, _: &mut Box<u64>) -> bool {
        false
    }
}

/// An object is taken, looked at, and given back.
fn r2d2(iterations: u64) -> Duration {
    let pool = ::r2d2::Pool::builder().max_size(4).test_on_check_out(false).build(Objects).expect("a pool of four");
    timed(iterations, |_| {
        black_box(&*pool.get().expect("nobody else takes one"));
    })
}

fn deadpool(iterations: u64) -> Duration {
    let pool = ::deadpool::unmanaged::Pool::from(vec![Box::new(0u64), Box::new(1), Box::new(2), Box::new(3)]);
    timed(iterations, |_| {
        black_box(&*pool.try_get().expect("nobody else takes one"));
    })
}
