//! The two flags around a method of a JIT-activated object, and when it is deactivated (ACT 7.3, 7.4, TXN 5.2).

use crate::context::Flags;

/// Which of the flags the methods of this call have written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Written {
    /// The consistent flag.
    pub consistent: bool,
    /// The done flag.
    pub done: bool,
}

/// The flags with which a method begins: an outermost one is done from the start if its AutoComplete says so, and the
/// vote of earlier calls stays (7.3 step 3).
#[inline]
pub const fn begin(flags: Flags, auto_complete: bool, nested: bool) -> Flags {
    if nested { flags } else { Flags { consistent: flags.consistent, done: auto_complete } }
}

/// The flags after a method has returned; `succeeded` says what its HRESULT is (7.4, AD-26).
///
/// Without AutoComplete a code changes nothing. With it a failure always takes the consent back, and a success gives it
/// only if the method wrote neither flag: an explicit vote to abort never becomes one to commit.
#[inline]
pub const fn end(flags: Flags, written: Written, auto_complete: bool, succeeded: bool) -> Flags {
    let consistent = match (auto_complete, succeeded) {
        (false, _) => flags.consistent,
        (true, false) => false,
        (true, true) => flags.consistent || !(written.consistent || written.done),
    };
    Flags { consistent, done: flags.done }
}

/// Whether the object is deactivated as its method returns: only when no other call is being served in its context,
/// whatever the inner one wrote (7.3 step 6, T-12). Without JIT activation nobody looks at the flag (T-10).
#[inline]
pub const fn deactivates(just_in_time: bool, flags: Flags, nested: bool) -> bool {
    just_in_time && flags.done && !nested
}
