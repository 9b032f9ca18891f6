//! Whatever holds values that can travel can travel, element by element.

use super::Marshal;
use complus_core::error::{CallError, Result};
use std::{
    collections::{BTreeMap, BTreeSet, HashMap, HashSet, VecDeque},
    hash::{BuildHasher, Hash},
};

impl<T: Marshal> Marshal for Option<T> {
    type Packet = Option<T::Packet>;

    fn pack(self) -> Result<Self::Packet> {
        self.map(T::pack).transpose()
    }

    fn unpack(packet: Self::Packet) -> Result<Self> {
        packet.map(T::unpack).transpose()
    }
}

/// As a value within others; what a method itself answers is a value or a code.
impl<T: Marshal, E: Marshal> Marshal for Result<T, E> {
    type Packet = Result<T::Packet, E::Packet>;

    fn pack(self) -> Result<Self::Packet> {
        Ok(match self {
            Ok(value) => Ok(value.pack()?),
            Err(error) => Err(error.pack()?),
        })
    }

    fn unpack(packet: Self::Packet) -> Result<Self> {
        Ok(match packet {
            Ok(value) => Ok(T::unpack(value)?),
            Err(error) => Err(E::unpack(error)?),
        })
    }
}

impl<T: Marshal> Marshal for Box<T> {
    type Packet = Box<T::Packet>;

    fn pack(self) -> Result<Self::Packet> {
        (*self).pack().map(Box::new)
    }

    fn unpack(packet: Self::Packet) -> Result<Self> {
        T::unpack(*packet).map(Box::new)
    }
}

impl<T: Marshal> Marshal for Box<[T]> {
    type Packet = Vec<T::Packet>;

    fn pack(self) -> Result<Self::Packet> {
        self.into_vec().pack()
    }

    fn unpack(packet: Self::Packet) -> Result<Self> {
        Vec::unpack(packet).map(Vec::into_boxed_slice)
    }
}

impl<T: Marshal, const N: usize> Marshal for [T; N] {
    type Packet = [T::Packet; N];

    fn pack(self) -> Result<Self::Packet> {
        let packed = self.into_iter().map(T::pack).collect::<Result<Vec<_>>>()?;
        packed.try_into().map_err(|_| CallError::ServerFault.into()) // It has N elements.
    }

    fn unpack(packet: Self::Packet) -> Result<Self> {
        let unpacked = packet.into_iter().map(T::unpack).collect::<Result<Vec<_>>>()?;
        unpacked.try_into().map_err(|_| CallError::ServerFault.into())
    }
}

macro_rules! lists {
    ($($list:ident<T $(, $state:ident)?>: $($bound:ident)*;)+) => {$(
        impl<T: Marshal $(+ $bound)* $(, $state: BuildHasher + Default + 'static + Send)?> Marshal for $list<T $(, $state)?> {
            type Packet = Vec<T::Packet>;

            fn pack(self) -> Result<Self::Packet> {
                self.into_iter().map(T::pack).collect()
            }

            fn unpack(packet: Self::Packet) -> Result<Self> {
                packet.into_iter().map(T::unpack).collect()
            }
        }
    )+};
}
lists! {
    Vec<T>: ;
    VecDeque<T>: ;
    BTreeSet<T>: Ord;
    HashSet<T, S>: Eq Hash;
}

macro_rules! maps {
    ($($map:ident<K, V $(, $state:ident)?>: $($bound:ident)+;)+) => {$(
        impl<K: Marshal $(+ $bound)+, V: Marshal $(, $state: BuildHasher + Default + 'static + Send)?> Marshal for $map<K, V $(, $state)?> {
            type Packet = Vec<(K::Packet, V::Packet)>;

            fn pack(self) -> Result<Self::Packet> {
                self.into_iter().map(<(K, V)>::pack).collect()
            }

            fn unpack(packet: Self::Packet) -> Result<Self> {
                packet.into_iter().map(<(K, V)>::unpack).collect()
            }
        }
    )+};
}
maps! {
    BTreeMap<K, V>: Ord;
    HashMap<K, V, S>: Eq Hash;
}

macro_rules! tuples {
    ($($($name:ident)+;)+) => {$(
        impl<$($name: Marshal),+> Marshal for ($($name,)+) {
            type Packet = ($($name::Packet,)+);

            #[expect(non_snake_case, reason = "values are called like their types")]
            fn pack(self) -> Result<Self::Packet> {
                let ($($name,)+) = self;
                Ok(($($name.pack()?,)+))
            }

            #[expect(non_snake_case, reason = "values are called like their types")]
            fn unpack(packet: Self::Packet) -> Result<Self> {
                let ($($name,)+) = packet;
                Ok(($($name::unpack($name)?,)+))
            }
        }
    )+};
}
tuples! {
    A;
    A B;
    A B C;
    A B C D;
    A B C D E;
    A B C D E F;
    A B C D E F G;
    A B C D E F G H;
    A B C D E F G H I;
    A B C D E F G H I J;
    A B C D E F G H I J K;
    A B C D E F G H I J K L;
}
