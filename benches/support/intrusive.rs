//! The least that entering and leaving a context can cost: a child context of 64 bytes, derived
//! from its parent by value, in a frame on the machine stack that is linked into a per-thread list.
//!
//! It lives apart from the rows because the time bench and the instruction bench both measure it.

#![expect(
    unsafe_code,
    reason = "the floor follows a raw pointer to its parent frame, which safe code must pay to avoid"
)]

use std::cell::Cell;
use std::hint::black_box;
use std::marker::PhantomData;
use std::ptr;

/// What a context holds at least: its id, its activity, its transaction, its apartment and flags.
#[derive(Clone, Copy, Default)]
pub(crate) struct Context {
    pub(crate) id: u128,
    pub(crate) activity: u128,
    pub(crate) transaction: u64,
    pub(crate) apartment: u64,
    pub(crate) flags: u64,
}

const _: () = assert!(size_of::<Context>() == 64, "the rows model 64 bytes");

impl Context {
    /// A child that inherits everything but its id and one flag.
    #[inline(always)]
    pub(crate) fn child(&self) -> Self {
        Self {
            id: self.id.wrapping_add(1),
            activity: self.activity,
            transaction: self.transaction,
            apartment: self.apartment,
            flags: self.flags | 1,
        }
    }
}

struct Frame {
    context: Context,
    parent: *const Frame,
}

thread_local! {
    static TOP: Cell<*const Frame> = const { Cell::new(ptr::null()) };
}

/// Proof that this thread has a root frame. It cannot leave the thread ([`PhantomData`] of a
/// pointer) and, only lent by [`with_root`], not outlive the frame.
pub(crate) struct Root(PhantomData<*const ()>);

/// Runs `body` above a root frame.
#[inline(always)]
pub(crate) fn with_root<R>(body: impl FnOnce(&Root) -> R) -> R {
    let root = Frame { context: Context::default(), parent: TOP.get() };
    TOP.set(&raw const root);
    let _restore = Restore(root.parent);
    body(&Root(PhantomData))
}

/// Takes the root frame off the stack, also when the body panics.
struct Restore(*const Frame);

impl Drop for Restore {
    fn drop(&mut self) {
        TOP.set(self.0);
    }
}

impl Root {
    /// Enters a child context and leaves it.
    #[inline(always)]
    pub(crate) fn enter_leave(&self) {
        let parent = TOP.get();
        // SAFETY: while a `Root` is lent out, the frame of its `with_root` call is alive, and a
        // frame above it is replaced by its parent before it dies (a root by `Restore`, a child
        // below, where nothing between the two `set`s can panic): the top frame is alive.
        let inherited = unsafe { &(*parent).context };
        let child = Frame { context: inherited.child(), parent };
        TOP.set(&raw const child);
        black_box(TOP.get());
        TOP.set(child.parent);
    }
}
