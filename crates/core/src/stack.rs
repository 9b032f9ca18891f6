//! [`ContextStack`]: the contexts a thread is in, strict last-in-first-out.
//!
//! Each frame says what pushed it. A service domain may be left only if it is on top: nothing else's
//! frame is ever popped by a leave (SWC S-22), and a frame that opened domains and ends without
//! closing them has them unwound first (SWC S-24).

use alloc::vec::Vec;

/// What pushed a frame.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PushedBy {
    /// The thread joined an apartment: its default context, at the bottom.
    Apartment,
    /// CoEnterServiceDomain.
    Domain,
    /// A poll of a future that runs in a domain.
    Poll,
    /// A call that came from outside: a method, OnCall, a context callback. No leave reaches through it.
    Call,
    /// A call into an apartment's default context, which has no object context.
    DefaultCall,
    /// A context whose object is being made, and has no object context yet.
    Masked,
    /// CoEnterServiceDomain, and the domain is being left: its participants are asked, and whatever they do,
    /// they leave nothing that they did not enter.
    Leaving,
}

/// A frame of a [`ContextStack`].
pub trait Frame {
    /// What pushed it.
    fn pushed_by(&self) -> PushedBy;
    /// Number of its context, unique in the machine.
    fn number(&self) -> u64;
}

/// Something that leaves a value behind where it was, so that the place can be used again.
pub trait Vacant {
    /// The value left behind; it holds nothing.
    const VACANT: Self;
}

/// A list that grows and shrinks at its end and keeps its places: what is written is written in place, and
/// nothing is given back to the allocator.
#[derive(Debug)]
pub struct Places<T> {
    places: Vec<T>,
    length: usize,
    limit: usize,
}

impl<T: Vacant> Places<T> {
    /// An empty list.
    pub const fn new() -> Self {
        Self { places: Vec::new(), length: 0, limit: usize::MAX }
    }

    /// Sets how long the list may become; room beyond it is never made.
    pub const fn limit_to(&mut self, limit: usize) {
        self.limit = limit;
    }

    /// Whether the list is as long as it may be.
    pub const fn is_full(&self) -> bool {
        self.length >= self.limit
    }

    /// Number of elements.
    #[inline]
    pub const fn len(&self) -> usize {
        self.length
    }

    /// Whether there are none.
    #[inline]
    pub const fn is_empty(&self) -> bool {
        self.length == 0
    }

    /// The elements, oldest first.
    #[inline]
    pub fn as_slice(&self) -> &[T] {
        self.places.get(..self.length).unwrap_or_default()
    }

    /// The element at `index`.
    #[inline]
    pub fn get(&self, index: usize) -> Option<&T> {
        if index < self.length { self.places.get(index) } else { None }
    }

    /// The element at `index`.
    #[inline]
    pub fn get_mut(&mut self, index: usize) -> Option<&mut T> {
        if index < self.length { self.places.get_mut(index) } else { None }
    }

    /// The newest element.
    #[inline]
    pub fn last(&self) -> Option<&T> {
        self.places.get(self.length.wrapping_sub(1))
    }

    /// The newest element.
    #[inline]
    pub fn last_mut(&mut self) -> Option<&mut T> {
        self.places.get_mut(self.length.wrapping_sub(1))
    }

    /// Whether a place is free, so that adding an element asks for no memory.
    #[inline]
    pub fn has_room(&self) -> bool {
        self.length < self.places.len()
    }

    /// Adds an element where a place is free, and gives it to be written: it is vacant, or what
    /// [`forget_last`](Self::forget_last) left there.
    #[inline(always)]
    pub fn claim(&mut self) -> Option<&mut T> {
        let place = self.places.get_mut(self.length)?;
        self.length += 1;
        Some(place)
    }

    /// Adds an element, unless the list is full.
    pub fn push(&mut self, value: T) {
        if !self.has_room() {
            self.grow();
        }
        if let Some(place) = self.claim() {
            *place = value;
        }
    }

    /// Makes room for one more, and for some to come.
    #[cold]
    #[inline(never)]
    fn grow(&mut self) {
        let more = self.places.len().max(8).min(self.limit.saturating_sub(self.places.len()));
        self.places.extend((0..more).map(|_| T::VACANT));
    }

    /// Takes the newest element off.
    #[inline]
    pub fn pop(&mut self) -> Option<T> {
        let place = self.places.get_mut(self.length.wrapping_sub(1))?;
        self.length -= 1;
        Some(core::mem::replace(place, T::VACANT))
    }

    /// Forgets the newest element, which must hold nothing that a drop would free: its place is overwritten
    /// by the next one.
    #[inline]
    pub fn forget_last(&mut self) {
        if self.length != 0 {
            self.length -= 1;
        }
    }

    /// Takes off the elements from `index` upwards, oldest first.
    pub fn split_off(&mut self, index: usize) -> Vec<T> {
        let end = self.length;
        self.length = index.min(end);
        self.places[self.length..end].iter_mut().map(|place| core::mem::replace(place, T::VACANT)).collect()
    }

    /// Adds elements in their order.
    pub fn extend(&mut self, values: impl IntoIterator<Item = T>) {
        values.into_iter().for_each(|value| self.push(value));
    }
}

impl<T: Vacant> Default for Places<T> {
    fn default() -> Self {
        Self::new()
    }
}

/// A leave that met no domain of its own on top.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NotEntered;

/// A thread's stack of contexts.
#[derive(Debug)]
pub struct ContextStack<F> {
    frames: Places<F>,
}

impl<F: Frame + Vacant> ContextStack<F> {
    /// An empty stack.
    pub const fn new() -> Self {
        Self { frames: Places::new() }
    }

    /// Sets how many frames there may be.
    pub const fn limit_to(&mut self, limit: usize) {
        self.frames.limit_to(limit);
    }

    /// Whether there are as many frames as there may be.
    pub const fn is_full(&self) -> bool {
        self.frames.is_full()
    }

    /// Number of frames.
    #[inline]
    pub const fn depth(&self) -> usize {
        self.frames.len()
    }

    /// The frames, bottom first.
    #[inline]
    pub fn frames(&self) -> &[F] {
        self.frames.as_slice()
    }

    /// The bottom frame.
    pub fn bottom_mut(&mut self) -> Option<&mut F> {
        self.frames.get_mut(0)
    }

    /// The frame at `position`, counted from the bottom.
    #[inline]
    pub fn get(&self, position: usize) -> Option<&F> {
        self.frames.get(position)
    }

    /// The frame at `position`, counted from the bottom.
    #[inline]
    pub fn get_mut(&mut self, position: usize) -> Option<&mut F> {
        self.frames.get_mut(position)
    }

    /// The current frame.
    #[inline]
    pub fn top(&self) -> Option<&F> {
        self.frames.last()
    }

    /// The current frame.
    #[inline]
    pub fn top_mut(&mut self) -> Option<&mut F> {
        self.frames.last_mut()
    }

    /// Pushes a frame; its context becomes current.
    pub fn push(&mut self, frame: F) {
        self.frames.push(frame);
    }

    /// Whether a frame can be pushed without asking for memory.
    #[inline]
    pub fn has_room(&self) -> bool {
        self.frames.has_room()
    }

    /// Pushes a frame, if there is room, and gives its place to be written (see [`Places::claim`]).
    #[inline(always)]
    pub fn claim(&mut self) -> Option<&mut F> {
        self.frames.claim()
    }

    /// Checks that the top is a domain, and if a `number` is given, that very one.
    #[inline]
    pub fn leavable(&self, number: Option<u64>) -> Result<&F, NotEntered> {
        match self.frames.last() {
            Some(top) if top.pushed_by() == PushedBy::Domain && number.is_none_or(|n| n == top.number()) => Ok(top),
            _ => Err(NotEntered),
        }
    }

    /// Pops the top frame, whatever pushed it.
    #[inline]
    pub fn pop(&mut self) -> Option<F> {
        self.frames.pop()
    }

    /// Drops the top frame, whatever pushed it; it must hold nothing that a drop would free.
    #[inline]
    pub fn forget_top(&mut self) {
        self.frames.forget_last();
    }

    /// Where the frame of context `number` is, searched from the top.
    pub fn position(&self, number: u64) -> Option<usize> {
        self.frames().iter().rposition(|frame| frame.number() == number)
    }

    /// Takes off the frames from `position` upwards, bottom first, to be put back by [`resume`].
    ///
    /// [`resume`]: Self::resume
    pub fn suspend(&mut self, position: usize) -> Vec<F> {
        self.frames.split_off(position)
    }

    /// Puts suspended frames on top, in their old order.
    pub fn resume(&mut self, frames: Vec<F>) {
        self.frames.extend(frames);
    }
}

impl<F: Frame + Vacant> Default for ContextStack<F> {
    fn default() -> Self {
        Self::new()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Clone, Copy, Debug, PartialEq, Eq)]
    struct Plain(PushedBy, u64);
    impl Frame for Plain {
        fn pushed_by(&self) -> PushedBy {
            self.0
        }
        fn number(&self) -> u64 {
            self.1
        }
    }
    impl Vacant for Plain {
        const VACANT: Self = Self(PushedBy::Apartment, 0);
    }

    #[test]
    fn leave_never_pops_a_frame_that_enter_did_not_push() {
        let mut stack = ContextStack::new();
        assert_eq!(stack.leavable(None), Err(NotEntered));
        stack.push(Plain(PushedBy::Apartment, 1));
        assert_eq!(stack.leavable(None), Err(NotEntered));
        stack.push(Plain(PushedBy::Domain, 2));
        assert_eq!(stack.leavable(Some(3)), Err(NotEntered));
        assert_eq!(stack.leavable(Some(2)), Ok(&Plain(PushedBy::Domain, 2)));
        stack.push(Plain(PushedBy::Poll, 3));
        assert_eq!(stack.leavable(None), Err(NotEntered));
    }

    #[test]
    fn a_suspended_segment_comes_back_in_order() {
        let mut stack = ContextStack::new();
        for n in 1..=4 {
            stack.push(Plain(PushedBy::Domain, n));
        }
        let position = stack.position(3).unwrap();
        let segment = stack.suspend(position);
        assert_eq!(stack.depth(), 2);
        stack.resume(segment);
        assert_eq!(stack.frames().iter().map(|f| f.1).collect::<Vec<_>>(), [1, 2, 3, 4]);
    }

    #[test]
    fn places_are_used_again_and_nothing_beyond_the_end_is_seen() {
        let mut stack = ContextStack::new();
        for round in 0..3 {
            for n in 0..100 {
                stack.push(Plain(PushedBy::Domain, 1000 * round + n));
            }
            assert_eq!((stack.depth(), stack.frames().len()), (100, 100));
            assert_eq!(stack.position(1000 * round + 7), Some(7));
            while stack.depth() > 0 {
                stack.forget_top();
            }
            assert_eq!((stack.top(), stack.get(0)), (None, None));
            assert_eq!(stack.pop(), None);
        }
    }
}
