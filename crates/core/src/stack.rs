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
}

/// A frame of a [`ContextStack`].
pub trait Frame {
    /// What pushed it.
    fn pushed_by(&self) -> PushedBy;
    /// Number of its context, unique in the machine.
    fn number(&self) -> u64;
}

/// A leave that met no domain of its own on top.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NotEntered;

/// A thread's stack of contexts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ContextStack<F> {
    frames: Vec<F>,
}

impl<F: Frame> ContextStack<F> {
    /// An empty stack.
    pub const fn new() -> Self {
        Self { frames: Vec::new() }
    }

    /// Number of frames.
    #[inline]
    pub fn depth(&self) -> usize {
        self.frames.len()
    }

    /// Number of service domains, counted from the bottom.
    pub fn domains(&self) -> usize {
        self.frames.iter().filter(|frame| frame.pushed_by() == PushedBy::Domain).count()
    }

    /// The frames, bottom first.
    #[inline]
    pub fn frames(&self) -> &[F] {
        &self.frames
    }

    /// The frames, bottom first.
    #[inline]
    pub fn frames_mut(&mut self) -> &mut [F] {
        &mut self.frames
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
    #[inline]
    pub fn push(&mut self, frame: F) {
        self.frames.push(frame);
    }

    /// Checks that the top is a domain, and if a `number` is given, that very one.
    #[inline]
    pub fn leavable(&self, number: Option<u64>) -> Result<(), NotEntered> {
        match self.frames.last() {
            Some(top) if top.pushed_by() == PushedBy::Domain && number.is_none_or(|n| n == top.number()) => Ok(()),
            _ => Err(NotEntered),
        }
    }

    /// Pops the top frame, whatever pushed it.
    #[inline]
    pub fn pop(&mut self) -> Option<F> {
        self.frames.pop()
    }

    /// Where the frame of context `number` is, searched from the top.
    pub fn position(&self, number: u64) -> Option<usize> {
        self.frames.iter().rposition(|frame| frame.number() == number)
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

impl<F: Frame> Default for ContextStack<F> {
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

    #[test]
    fn leave_never_pops_a_frame_that_enter_did_not_push() {
        let mut stack = ContextStack::new();
        assert_eq!(stack.leavable(None), Err(NotEntered));
        stack.push(Plain(PushedBy::Apartment, 1));
        assert_eq!(stack.leavable(None), Err(NotEntered));
        stack.push(Plain(PushedBy::Domain, 2));
        assert_eq!(stack.leavable(Some(3)), Err(NotEntered));
        assert_eq!(stack.leavable(Some(2)), Ok(()));
        stack.push(Plain(PushedBy::Poll, 3));
        assert_eq!(stack.leavable(None), Err(NotEntered));
    }

    #[test]
    fn a_suspended_segment_comes_back_in_order() {
        let mut stack = ContextStack::new();
        for n in 1..=4 {
            stack.push(Plain(PushedBy::Domain, n));
        }
        let segment = stack.suspend(stack.position(3).unwrap());
        assert_eq!(stack.depth(), 2);
        stack.resume(segment);
        assert_eq!(stack.frames().iter().map(|f| f.1).collect::<Vec<_>>(), [1, 2, 3, 4]);
    }
}
