//! A call of a method through a typed reference.

use super::{Interface, Marshal, Ref, caster::cast};
use crate::apartment::Method;
use complus_core::{
    error::{Error, Result},
    hresult::HResult,
};

/// Calls a method of the interface, its `number`th. In the object's own context that is a call with these arguments and
/// nothing else; over a border arguments and result are packed and unpacked where they are valid, and a result that came
/// with CONTEXT_E_ABORTED is dropped as a packet, which releases its references (ACT 8.6).
///
/// # Errors
/// As for [`Reference::call`](crate::Reference::call); E_NOINTERFACE for an object without a caster; those of packing.
#[doc(hidden)]
pub fn call<I: Interface + ?Sized, A: Marshal, R: Marshal>(
    reference: &Ref<I>,
    number: u16,
    arguments: A,
    method: impl FnOnce(&I, A) -> Result<R> + Send + 'static,
) -> Result<R> {
    let id = Method { interface: I::IID, number };
    let reference = reference.as_reference();
    if !reference.is_proxy() {
        return reference.call(id, move |object| method(cast(object)?, arguments));
    }
    let arguments = arguments.pack()?;
    let result = reference.call(id, move |object| method(cast(object)?, A::unpack(arguments)?)?.pack())?;
    R::unpack(result)
}

/// The same for a method that answers a bare code: a success travels unchanged, a failure is one everywhere on its way.
#[doc(hidden)]
pub fn call_for_code<I: Interface + ?Sized, A: Marshal>(
    reference: &Ref<I>,
    number: u16,
    arguments: A,
    method: impl FnOnce(&I, A) -> HResult + Send + 'static,
) -> HResult {
    let checked = move |object: &I, arguments| match method(object, arguments) {
        code if code.is_success() => Ok(code),
        code => Err(Error::from(code)),
    };
    call(reference, number, arguments, checked).unwrap_or_else(HResult::from)
}
