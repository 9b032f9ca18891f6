//! Identities: a cheap sequence number first, the GUID on demand.
//!
//! An id is a number that is unique in its machine together with the machine's seed. Making one
//! costs an increment of a thread's own counter; its GUID is a pure function of kind, seed and
//! number, so it is the same whenever and wherever it is asked for, and a machine that is built with
//! the same seed gives the same GUIDs again.

use core::{fmt, num::NonZeroU64};
use uuid::{Builder, Uuid};

/// SplitMix64's finalizer: a bijection that spreads every bit of its argument.
const fn mix(mut z: u64) -> u64 {
    z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    z ^ (z >> 31)
}

/// What [`mix`] made `z` of.
const fn unmix(mut z: u64) -> u64 {
    z = (z ^ (z >> 31) ^ (z >> 62)).wrapping_mul(0x3196_42B2_D24D_8EC3);
    z = (z ^ (z >> 27) ^ (z >> 54)).wrapping_mul(0x96DE_1B17_3F11_9089);
    z ^ (z >> 30) ^ (z >> 60)
}

/// The GUID of thing `number` of a `kind` in a machine with this `seed`.
fn guid(kind: u64, seed: u64, number: u64) -> Uuid {
    let low = mix(number ^ mix(seed ^ kind));
    let high = mix(low ^ mix(number.wrapping_add(kind)) ^ seed);
    Builder::from_random_bytes(((u128::from(high) << 64) | u128::from(low)).to_be_bytes()).into_uuid()
}

/// The number behind a GUID; `None` if it is of another kind or another machine.
fn number(kind: u64, seed: u64, of: Uuid) -> Option<NonZeroU64> {
    // The variant has overwritten the two highest bits of the lower half.
    let low = of.as_u64_pair().1 & (u64::MAX >> 2);
    let numbers = (0..4).map(|highest: u64| unmix(low | highest << 62) ^ mix(seed ^ kind));
    numbers.filter_map(NonZeroU64::new).find(|number| guid(kind, seed, number.get()) == of)
}

macro_rules! ids {
    ($($(#[$meta:meta])* $name:ident = $kind:literal;)+) => {$(
        $(#[$meta])*
        #[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub struct $name {
            number: NonZeroU64,
            seed: u64,
        }

        impl $name {
            /// Thing `number` of the machine with this `seed`.
            #[inline]
            pub const fn new(seed: u64, number: NonZeroU64) -> Self {
                Self { number, seed }
            }

            /// The sequence number: unique within the machine, free of charge.
            #[inline]
            pub const fn number(self) -> u64 {
                self.number.get()
            }

            /// The GUID form, computed on demand.
            pub fn guid(self) -> Uuid {
                guid($kind, self.seed, self.number.get())
            }

            /// The id with this GUID form; `None` if it is none of the machine with this `seed`.
            pub fn from_guid(seed: u64, guid: Uuid) -> Option<Self> {
                Some(Self { number: number($kind, seed, guid)?, seed })
            }
        }

        /// Braces and upper case, as StringFromGUID2 writes it (SYN Y-09).
        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, "{:X}", self.guid().braced())
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, concat!(stringify!($name), "({})"), self.number)
            }
        }
    )+};
}

ids! {
    /// A context.
    ContextId = 1;
    /// An activity: the synchronization boundary.
    ActivityId = 2;
    /// One transaction.
    TransactionId = 3;
    /// A transaction stream: what a context's transaction property points to.
    StreamId = 4;
    /// A causality: the chain of calls that may re-enter an activity.
    CausalityId = 5;
    /// A simulated process.
    ProcessId = 6;
    /// An object of the catalog that was added without an id of its own.
    CatalogId = 7;
    /// An instance of an application.
    ApplicationInstanceId = 8;
}

/// The id of a partition: a GUID that somebody chose.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct PartitionId(pub Uuid);

impl PartitionId {
    /// The global (base application) partition, open to everyone.
    pub const GLOBAL: Self = Self(Uuid::from_u128(0x41E9_0F3E_56C1_4633_81C3_6E8B_AC8B_DD70));
    /// No partition named: GUID_NULL.
    pub const NULL: Self = Self(Uuid::nil());
}

/// Braces and upper case.
impl fmt::Display for PartitionId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:X}", self.0.braced())
    }
}

#[cfg(test)]
mod tests {
    extern crate std;
    use super::*;
    use std::{collections::HashSet, string::ToString};

    fn number(n: u64) -> NonZeroU64 {
        NonZeroU64::new(n).unwrap()
    }

    #[test]
    fn a_guid_is_reproducible_and_depends_on_seed_number_and_kind() {
        let id = ContextId::new(7, number(1));
        assert_eq!(id.guid(), ContextId::new(7, number(1)).guid());
        assert_ne!(id.guid(), ContextId::new(8, number(1)).guid());
        assert_ne!(id.guid(), ContextId::new(7, number(2)).guid());
        assert_ne!(id.guid(), ActivityId::new(7, number(1)).guid());
    }

    #[test]
    fn an_id_is_found_again_by_its_guid_in_its_own_machine_and_kind_only() {
        for n in (1..1000).chain([1 << 24, u64::MAX >> 16, u64::MAX]) {
            let id = ActivityId::new(7, number(n));
            assert_eq!(ActivityId::from_guid(7, id.guid()), Some(id));
            assert_eq!(ActivityId::from_guid(8, id.guid()), None);
            assert_eq!(ContextId::from_guid(7, id.guid()), None);
        }
        assert_eq!(ActivityId::from_guid(7, Uuid::nil()), None);
    }

    #[test]
    fn guids_do_not_collide_in_a_hundred_thousand() {
        let all: HashSet<_> = (1..=100_000).map(|n| TransactionId::new(42, number(n)).guid()).collect();
        assert_eq!(all.len(), 100_000);
    }

    #[test]
    fn the_text_form_has_braces_and_upper_case() {
        assert_eq!(PartitionId::GLOBAL.to_string(), "{41E90F3E-56C1-4633-81C3-6E8BAC8BDD70}");
    }
}
