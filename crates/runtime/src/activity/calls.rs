//! Calls that stand one behind the other: of one kind, side by side, without a box for each.
//!
//! Whoever submits the same closure again and again, from the same place in the program, makes calls of one type. They
//! are kept in one list of that type, so that a call costs no allocation of its own, and the thread that runs it gives
//! nothing back to the allocator of the thread that submitted it: a box that goes from one processor to the other and back
//! costs more than all the rest. Calls of other types come after in lists of their own; a call that is alone in its list
//! is one allocation.

use super::service_call::Queued;
use complus_core::hresult::HResult;
use std::{any::Any, collections::VecDeque};

/// Calls of one kind, in their order; never none.
pub(super) trait Calls: Any + Send {
    /// Causality of the first one.
    fn causality(&self) -> u64;

    /// OnCall of the first one, which stays the first.
    fn on_call(&mut self) -> HResult;

    /// Whether somebody is told of its failure.
    fn has_notify(&self) -> bool;

    /// OnError of the first one.
    fn on_error(&mut self, error: HResult) -> HResult;

    /// Causality of the one after the first.
    fn next(&self) -> Option<u64>;

    /// The first one is over: drops it, and gives the causality of the next, which is the first now. `None` if there
    /// is no other; nothing changes then.
    fn advance(&mut self) -> Option<u64>;

    /// All but the first.
    fn split(&mut self) -> Option<Box<dyn Calls>>;

    /// The list that the others were in, if there is one and it is empty: it can be used again.
    fn spare(&mut self) -> Option<Spare>;
}

/// An empty list that was used, of whatever type.
pub(super) type Spare = Box<dyn Any + Send>;

/// Empty lists; they are used again for calls of the same kind.
#[derive(Default)]
pub(super) struct Spares(Vec<Spare>);

/// So many empty lists are kept while somebody is inside, and one when the activity is at rest.
const SPARES: usize = 8;

impl Spares {
    /// A list of this type.
    pub(super) fn take<T: Any + Send + Default>(&mut self) -> Box<T> {
        let place = self.0.iter().rposition(|spare| spare.is::<T>());
        place.and_then(|place| self.0.swap_remove(place).downcast().ok()).unwrap_or_default()
    }

    /// They are to be used again, unless there are enough.
    pub(super) fn keep(&mut self, spares: impl IntoIterator<Item = Spare>) {
        for spare in spares {
            if self.0.len() < SPARES {
                self.0.push(spare);
            }
        }
    }

    /// The activity is at rest.
    pub(super) fn rest(&mut self) {
        self.0.truncate(1);
    }
}

/// A list is no longer than this: what holds it is moved when it grows.
const BYTES: usize = 4096;

/// Calls with their causalities.
type List<Q> = VecDeque<(u64, Q)>;

/// Calls that are kept as `Q`. The list is boxed so that a call that is alone is small.
struct OfOneKind<Q> {
    causality: u64,
    first: Q,
    following: Option<Box<List<Q>>>,
}

/// A call, which others of its kind may follow.
pub(super) fn begin<Q: Queued>(causality: u64, call: Q) -> Box<dyn Calls> {
    Box::new(OfOneKind { causality, first: call, following: None })
}

/// Puts a call after `calls`; gives it back if it is of another kind, or there is no room.
#[inline]
pub(super) fn append<Q: Queued>(calls: &mut dyn Calls, causality: u64, call: Q, spares: &mut Spares) -> Option<Q> {
    let room = const { BYTES / size_of::<(u64, Q)>() };
    let calls: &mut dyn Any = calls;
    match calls.downcast_mut::<OfOneKind<Q>>() {
        Some(calls) if calls.following.as_ref().map_or(0, |list| list.len()) < room => {
            calls.following.get_or_insert_with(|| spares.take()).push_back((causality, call));
            None
        }
        _ => Some(call),
    }
}

impl<Q: Queued> Calls for OfOneKind<Q> {
    fn causality(&self) -> u64 {
        self.causality
    }

    #[inline]
    fn on_call(&mut self) -> HResult {
        self.first.on_call()
    }

    fn has_notify(&self) -> bool {
        self.first.has_notify()
    }

    fn on_error(&mut self, error: HResult) -> HResult {
        self.first.on_error(error)
    }

    #[inline]
    fn next(&self) -> Option<u64> {
        self.following.as_ref()?.front().map(|(causality, _)| *causality)
    }

    #[inline]
    fn advance(&mut self) -> Option<u64> {
        let (causality, next) = self.following.as_mut()?.pop_front()?;
        (self.causality, self.first) = (causality, next);
        Some(causality)
    }

    fn split(&mut self) -> Option<Box<dyn Calls>> {
        let mut following = self.following.take()?;
        let (causality, first) = following.pop_front()?;
        Some(Box::new(Self { causality, first, following: Some(following) }))
    }

    fn spare(&mut self) -> Option<Spare> {
        self.following.take_if(|list| list.is_empty()).map(|list| list as Spare)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use complus_core::hresult::{E_UNEXPECTED, S_OK};
    use std::sync::Arc;

    /// A call of so many bytes.
    struct Held<const BYTES: usize>(#[expect(dead_code, reason = "it counts those that live")] Arc<()>, [u8; BYTES]);

    impl<const BYTES: usize> Queued for Held<BYTES> {
        fn on_call(&mut self) -> HResult {
            S_OK
        }

        fn has_notify(&self) -> bool {
            true
        }

        fn on_error(&mut self, error: HResult) -> HResult {
            error
        }
    }

    fn held<const BYTES: usize>(alive: &Arc<()>) -> Held<BYTES> {
        Held(alive.clone(), [0; BYTES])
    }

    #[test]
    fn calls_of_one_kind_are_dropped_one_by_one_in_their_order() {
        let (alive, mut spares) = (Arc::new(()), Spares::default());
        let mut calls = begin(1, held::<8>(&alive));
        for causality in 2..=4 {
            assert!(append(&mut *calls, causality, held::<8>(&alive), &mut spares).is_none());
        }
        assert!(append(&mut *calls, 5, held::<9>(&alive), &mut spares).is_some(), "it is of another kind");
        for causality in 2..=4 {
            assert_eq!((calls.next(), calls.on_call()), (Some(causality), S_OK));
            assert_eq!((calls.advance(), calls.causality()), (Some(causality), causality));
            assert_eq!(Arc::strong_count(&alive), 1 + 5 - causality as usize);
        }
        assert_eq!((calls.advance(), calls.next(), calls.causality()), (None, None, 4));
        assert_eq!((calls.has_notify(), calls.on_error(E_UNEXPECTED)), (true, E_UNEXPECTED));
    }

    #[test]
    fn a_list_has_room_for_so_many_bytes() {
        let (alive, mut spares) = (Arc::new(()), Spares::default());
        let mut calls = begin(1, held::<1000>(&alive));
        let fits = |calls: &mut Box<dyn Calls>, spares: &mut Spares| {
            append(&mut **calls, 2, held::<1000>(&alive), spares).is_none()
        };
        assert_eq!([(); 6].map(|()| fits(&mut calls, &mut spares)), [true, true, true, true, false, false]);
        let mut large = begin(1, held::<BYTES>(&alive));
        assert!(append(&mut *large, 2, held::<BYTES>(&alive), &mut spares).is_some());
        assert!(large.spare().is_none());
    }

    #[test]
    fn all_but_the_first_are_calls_of_their_own() {
        let (alive, mut spares) = (Arc::new(()), Spares::default());
        let mut calls = begin(1, held::<8>(&alive));
        assert!(calls.split().is_none());
        for causality in 2..=3 {
            append(&mut *calls, causality, held::<8>(&alive), &mut spares);
        }
        let mut rest = calls.split().unwrap();
        assert_eq!((calls.causality(), calls.next(), rest.causality(), rest.next()), (1, None, 2, Some(3)));
        assert_eq!((rest.advance(), rest.advance()), (Some(3), None));
    }

    #[test]
    fn an_empty_list_is_used_again_for_calls_of_its_kind() {
        let (alive, mut spares) = (Arc::new(()), Spares::default());
        let mut calls = begin(1, held::<8>(&alive));
        append(&mut *calls, 2, held::<8>(&alive), &mut spares);
        assert!(calls.spare().is_none(), "it is not empty");
        calls.advance();
        spares.keep(calls.spare());
        assert!(calls.spare().is_none(), "it was given away");
        let list = |spares: &Spares| {
            spares.0.first().and_then(|list| list.downcast_ref::<VecDeque<(u64, Held<8>)>>().map(VecDeque::capacity))
        };
        assert!(list(&spares) > Some(0));
        append(&mut *begin(1, held::<9>(&alive)), 2, held::<9>(&alive), &mut spares);
        assert!(list(&spares) > Some(0), "calls of another kind leave it");
        append(&mut *calls, 3, held::<8>(&alive), &mut spares);
        assert_eq!(list(&spares), None);
        spares.keep((0..20).map(|_| Box::new(()) as Spare));
        assert_eq!(spares.0.len(), SPARES);
        spares.rest();
        assert_eq!(spares.0.len(), 1);
    }
}
