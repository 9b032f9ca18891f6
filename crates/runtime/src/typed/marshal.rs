//! What can travel with a call: arguments on their way in, results on their way out (ACT 8.1 I1).

use super::{Interface, Ref};
use crate::reference::{Marshaled, Reference, iid};
use complus_core::{
    error::{Error, Result},
    hresult::HResult,
};
use complus_sync::Arc;
use uuid::Uuid;

/// A value that can be an argument or a result of a method.
///
/// A call within a context passes it as it is. At a border it is packed on one side and unpacked on the other: plain
/// values travel as they are, references are translated, so that they can be used on the other side - one that comes
/// home is the object itself - and whatever holds values has each of them packed. A packet that is dropped on the way
/// gives back what it holds.
///
/// Structs and enums of such values derive it; types of other crates are wrapped in [`Plain`].
///
/// ```text
/// #[derive(complus::Marshal)]
/// struct Order {
///     amount: i64,
///     beneficiary: Option<Ref<dyn Account>>,
/// }
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot travel with a call",
    label = "neither a plain value, nor a reference, nor made of these",
    note = "`#[derive(complus::Marshal)]` on a struct or enum of values that can travel makes it one of them"
)]
pub trait Marshal: Sized + Send + 'static {
    /// The value on its way.
    type Packet: Send + 'static;

    /// Packs it, in the context that it is valid in.
    ///
    /// # Errors
    /// As for [`Reference::marshal_for`] of the references in it.
    fn pack(self) -> Result<Self::Packet>;

    /// Unpacks it, in the context that it is for.
    ///
    /// # Errors
    /// As for [`Marshaled::unmarshal`] of the references in it; the rest of them is released.
    fn unpack(packet: Self::Packet) -> Result<Self>;
}

/// Values that mean the same everywhere.
macro_rules! plain {
    ($($type:ty),+ $(,)?) => {$(
        impl Marshal for $type {
            type Packet = Self;

            fn pack(self) -> Result<Self> {
                Ok(self)
            }

            fn unpack(packet: Self) -> Result<Self> {
                Ok(packet)
            }
        }
    )+};
}
plain!(
    (),
    bool,
    char,
    i8,
    i16,
    i32,
    i64,
    i128,
    isize,
    u8,
    u16,
    u32,
    u64,
    u128,
    usize,
    f32,
    f64,
    String,
    Box<str>,
    Arc<str>,
    &'static str,
    std::ffi::OsString,
    std::path::PathBuf,
    std::time::Duration,
    std::thread::ThreadId,
    Uuid,
    HResult,
    Error,
    complus_core::id::ActivityId,
    complus_core::id::CausalityId,
    complus_core::id::ContextId,
    complus_core::id::PartitionId,
    complus_core::id::ProcessId,
    complus_core::id::TransactionId,
    crate::ContextToken,
);

/// A value of a type of others that travels as it is: dates, decimals, whatever means the same everywhere.
///
/// A reference in it would not be translated; it would be of no use on the other side.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Plain<T>(pub T);

impl<T: Send + 'static> Marshal for Plain<T> {
    type Packet = Self;

    fn pack(self) -> Result<Self> {
        Ok(self)
    }

    fn unpack(packet: Self) -> Result<Self> {
        Ok(packet)
    }
}

/// Translated: the object itself at home, a proxy elsewhere.
impl<I: Interface + ?Sized> Marshal for Ref<I> {
    type Packet = Marshaled;

    fn pack(self) -> Result<Marshaled> {
        self.as_reference().marshal_for(I::IID)
    }

    fn unpack(packet: Marshaled) -> Result<Self> {
        packet.unmarshal().map(Self::known)
    }
}

/// As IUnknown.
impl Marshal for Reference {
    type Packet = Marshaled;

    fn pack(self) -> Result<Marshaled> {
        self.marshal_for(iid::UNKNOWN)
    }

    fn unpack(packet: Marshaled) -> Result<Self> {
        packet.unmarshal()
    }
}
