//! Interfaces: traits that can be called through references, and what is known of them.

use uuid::Uuid;

/// A trait whose methods can be called through a [`Ref`](super::Ref). `#[complus::interface]` implements it for `dyn Trait`.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is no interface",
    note = "an interface is `dyn Trait` of a trait with `#[complus::interface]`"
)]
pub trait Interface: 'static {
    /// Its IID.
    const IID: Uuid;
    /// Its name.
    const NAME: &'static str;
    /// Its methods, in their order; those of IUnknown are not among them.
    const METHODS: &'static [MethodInfo];
}

/// What is known of an interface.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct InterfaceInfo {
    /// Its IID.
    pub iid: Uuid,
    /// Its name.
    pub name: &'static str,
    /// Its methods, in their order.
    pub methods: &'static [MethodInfo],
}

impl InterfaceInfo {
    /// What is known of `I`.
    pub const fn of<I: Interface + ?Sized>() -> Self {
        Self { iid: I::IID, name: I::NAME, methods: I::METHODS }
    }
}

/// What is known of a method.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MethodInfo {
    /// Its place in the interface, from 3: three are those of IUnknown.
    pub number: u16,
    /// Its name.
    pub name: &'static str,
    /// It gives nothing back but its code, so that calls of it can be queued.
    pub in_only: bool,
    /// AutoComplete: when it returns, the object is done unless it says otherwise (ACT 7.4).
    pub auto_complete: bool,
}

/// The namespace of ids that are derived from names.
const NAMESPACE: Uuid = Uuid::from_u128(0x3d64_8c1f_52ce_4b0a_9f0e_6a1d_70b6_c2e5);

/// Bytes that a namespace and a name may have together.
const LONGEST: usize = 1024;

/// The id that belongs to a name: version 5 of RFC 9562, the same in every build.
#[doc(hidden)]
pub const fn derived_id(name: &str) -> Uuid {
    let mut text = [0; LONGEST];
    let mut length = 0;
    let parts: [&[u8]; 2] = [NAMESPACE.as_bytes(), name.as_bytes()];
    let mut part = 0;
    while part < 2 {
        let mut at = 0;
        while at < parts[part].len() {
            text[length] = parts[part][at];
            (length, at) = (length + 1, at + 1);
        }
        part += 1;
    }
    let hash = const_sha1::sha1(text.split_at(length).0).as_bytes();
    let mut id = [0; 16];
    let mut at = 0;
    while at < 16 {
        id[at] = hash[at];
        at += 1;
    }
    id[6] = id[6] & 0x0f | 0x50;
    id[8] = id[8] & 0x3f | 0x80;
    Uuid::from_bytes(id)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_derived_id_is_that_of_version_5() {
        for name in
            ["", "bank::Account", "a name that is longer than one block of the hash, which has sixty-four bytes"]
        {
            assert_eq!(derived_id(name), Uuid::new_v5(&NAMESPACE, name.as_bytes()), "{name}");
        }
    }
}
