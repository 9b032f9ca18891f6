//! A thousand classes, as all look-up rows have them, and two readers at once.

use std::collections::HashMap;
use std::hash::{BuildHasherDefault, Hasher};
use std::hint::black_box;
use std::sync::Arc;
use std::time::{Duration, Instant};

/// How many classes there are.
pub(crate) const CLASSES: u64 = 1000;

/// What a class is configured with, as far as a floor or a peer keeps it.
pub(crate) struct Configuration {
    pub(crate) number: u64,
    pub(crate) transaction: u8,
    pub(crate) synchronization: u8,
    pub(crate) just_in_time: bool,
}

/// The CLSID of class `number`: bits without pattern, the same in every run.
pub(crate) const fn clsid(number: u64) -> u128 {
    let mut bits = number.wrapping_add(1).wrapping_mul(0x9E37_79B9_7F4A_7C15);
    bits = (bits ^ (bits >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    ((bits as u128) << 64) | (bits.rotate_left(23) ^ 0x1234_5678) as u128
}

/// The CLSID that look-up `turn` asks for: no two neighbours in memory one after the other.
pub(crate) fn wanted(clsids: &[u128], turn: u64) -> &u128 {
    &clsids[(turn.wrapping_mul(7919) % CLSIDS_LENGTH) as usize]
}

const CLSIDS_LENGTH: u64 = CLASSES;

/// All of them.
pub(crate) fn clsids() -> Vec<u128> {
    (0..CLASSES).map(clsid).collect()
}

/// The configuration of class `number`.
pub(crate) fn configuration(number: u64) -> Arc<Configuration> {
    Arc::new(Configuration {
        number,
        transaction: (number % 5) as u8,
        synchronization: (number % 5) as u8,
        just_in_time: number.is_multiple_of(2),
    })
}

/// A CLSID is a random number already: its halves are folded with one multiplication.
#[derive(Default, Clone, Copy)]
pub(crate) struct FoldHasher(u64);

impl Hasher for FoldHasher {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.0 = (self.0.rotate_left(5) ^ u64::from(*byte)).wrapping_mul(0x517c_c1b7_2722_0a95);
        }
    }

    fn write_u128(&mut self, value: u128) {
        self.0 = ((value as u64) ^ ((value >> 64) as u64)).wrapping_mul(0x9E37_79B9_7F4A_7C15);
    }
}

/// Hashes CLSIDs.
pub(crate) type Folding = BuildHasherDefault<FoldHasher>;

/// The classes in a plain map.
pub(crate) fn map() -> HashMap<u128, Arc<Configuration>, Folding> {
    (0..CLASSES).map(|number| (clsid(number), configuration(number))).collect()
}

/// The decision in its smallest form: what the class and two facts about the creator come to, in registers.
#[inline(always)]
pub(crate) fn decide(class: &Configuration, turn: u64) {
    let (in_transaction, in_activity) = (black_box(turn & 1 == 0), black_box(turn & 2 == 0));
    let gets = |setting: u8, callers: bool| match setting {
        1 => u8::from(callers),
        2 if callers => 1,
        2 | 3 => 2,
        _ => 0,
    };
    let (transaction, activity) = (gets(class.transaction, in_transaction), gets(class.synchronization, in_activity));
    let own = transaction == 2 || activity == 2 || class.just_in_time || (transaction == 0) == in_transaction;
    black_box((transaction, activity, own, class.number));
}

/// The time of `iterations` operations that two threads share, each with what `prepare` gives it.
pub(crate) fn by_two<T>(
    iterations: u64,
    prepare: impl Fn() -> T + Sync,
    operation: impl Fn(&mut T, u64) + Sync,
) -> Duration {
    let barrier = std::sync::Barrier::new(3);
    std::thread::scope(|scope| {
        for reader in 0..2u64 {
            let (barrier, prepare, operation) = (&barrier, &prepare, &operation);
            scope.spawn(move || {
                let mut own = prepare();
                barrier.wait();
                for turn in 0..iterations / 2 {
                    operation(&mut own, turn + reader * 500);
                }
                barrier.wait();
            });
        }
        barrier.wait();
        let start = Instant::now();
        barrier.wait();
        start.elapsed()
    })
}
