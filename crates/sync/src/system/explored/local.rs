//! Thread-locals of the explorer's threads.
//!
//! In the system, a thread-local whose value needs no drop can be reached for as long as its thread runs,
//! also by destructors of others. Shuttle ends them all in the order in which they were made. So such a
//! value moves, when its turn comes, into a second place, made then and therefore ended after all others.

use shuttle::thread::{AccessError, LocalKey as Slot};
use std::{
    cell::{Cell, OnceCell},
    mem::needs_drop,
};

/// A value for each thread, as in the standard library; made by [`thread_local!`](crate::thread_local).
#[derive(Debug)]
pub struct LocalKey<T: 'static> {
    first: &'static Slot<First<T>>,
    last: &'static Slot<OnceCell<Box<T>>>,
}

/// The value while its thread runs.
#[doc(hidden)]
#[derive(Debug)]
pub struct First<T: 'static> {
    value: Option<Box<T>>,
    last: &'static Slot<OnceCell<Box<T>>>,
}

impl<T> First<T> {
    #[doc(hidden)]
    pub fn new(value: T, last: &'static Slot<OnceCell<Box<T>>>) -> Self {
        Self { value: Some(Box::new(value)), last }
    }
}

impl<T> Drop for First<T> {
    fn drop(&mut self) {
        if let Some(value) = self.value.take().filter(|_| !needs_drop::<T>()) {
            let _ = self.last.try_with(|last| last.set(value));
        }
    }
}

impl<T> LocalKey<T> {
    #[doc(hidden)]
    pub const fn new(first: &'static Slot<First<T>>, last: &'static Slot<OnceCell<Box<T>>>) -> Self {
        Self { first, last }
    }

    /// Calls `with` on the thread's value, which is made at first.
    ///
    /// # Panics
    /// When the thread ends and the value has been dropped.
    pub fn with<R>(&'static self, with: impl FnOnce(&T) -> R) -> R {
        self.try_with(with).expect("the thread-local has been dropped")
    }

    /// Calls `with` on the thread's value, which is made at first.
    ///
    /// # Errors
    /// When the thread ends and the value has been dropped.
    pub fn try_with<R>(&'static self, with: impl FnOnce(&T) -> R) -> Result<R, AccessError> {
        let mut with = Some(with);
        let mut call = |value: &T| with.take().map(|with| with(value));
        let first = self.first.try_with(|first| first.value.as_deref().and_then(&mut call));
        match first {
            Ok(Some(result)) => Ok(result),
            Ok(None) => unreachable!("the value is there until it is dropped"),
            Err(error) => self.last.try_with(|last| last.get().and_then(|value| call(value)))?.ok_or(error),
        }
    }
}

impl<T> LocalKey<Cell<T>> {
    /// The thread's value.
    ///
    /// # Panics
    /// As [`with`](Self::with).
    pub fn get(&'static self) -> T
    where
        T: Copy,
    {
        self.with(Cell::get)
    }

    /// Sets the thread's value.
    ///
    /// # Panics
    /// As [`with`](Self::with).
    pub fn set(&'static self, value: T) {
        self.with(|cell| cell.set(value));
    }
}

/// Declares thread-locals, as in the standard library; each with a `const { .. }` initialiser.
#[macro_export]
macro_rules! thread_local {
    ($($(#[$attribute:meta])* $visibility:vis static $name:ident: $type:ty = const $value:block);+ $(;)?) => {
        $(
            $(#[$attribute])*
            $visibility static $name: $crate::LocalKey<$type> = {
                $crate::shuttle::thread_local! {
                    static FIRST: $crate::First<$type> = $crate::First::new($value, &LAST);
                    static LAST: ::std::cell::OnceCell<::std::boxed::Box<$type>> = ::std::cell::OnceCell::new()
                }
                $crate::LocalKey::new(&FIRST, &LAST)
            };
        )+
    };
}
