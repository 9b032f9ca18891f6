//! [`ActivityCell`]: state of a component, which an activity protects.

use complus_core::error::{ComponentError, Result};
use complus_sync::{Mutex, MutexGuard};
use std::{
    fmt,
    ops::{Deref, DerefMut},
};

/// State that one method at a time works on, without ever waiting.
///
/// A component's activity lets in one causality at a time, but the same object may be on the stack twice: a method that
/// calls out can be called back into. A lock would then wait for itself. Here the second borrow is an error, like one by
/// another thread in a component that has no activity. So a borrow should end before its method calls out.
///
/// ```
/// use complus_runtime::typed::ActivityCell;
/// let balance = ActivityCell::new(100);
/// *balance.borrow_mut()? -= 30;
/// assert_eq!(balance.with(|balance| *balance)?, 70);
///
/// let held = balance.borrow()?;
/// assert!(balance.borrow_mut().is_err()); // E_UNEXPECTED, whoever asks
/// # drop(held);
/// # Ok::<(), complus_core::Error>(())
/// ```
#[derive(Default)]
pub struct ActivityCell<S: ?Sized>(Mutex<S>);

/// State that is borrowed for reading.
#[must_use = "the state is borrowed as long as this lives"]
pub struct ActivityRef<'a, S: ?Sized>(MutexGuard<'a, S>);

/// State that is borrowed for writing.
#[must_use = "the state is borrowed as long as this lives"]
pub struct ActivityRefMut<'a, S: ?Sized>(MutexGuard<'a, S>);

impl<S> ActivityCell<S> {
    /// State.
    pub fn new(state: S) -> Self {
        Self(Mutex::new(state))
    }

    /// The state.
    pub fn into_inner(self) -> S {
        self.0.into_inner()
    }

    /// Puts in another state, and gives the one before.
    ///
    /// # Errors
    /// E_UNEXPECTED while it is borrowed.
    pub fn replace(&self, state: S) -> Result<S> {
        Ok(std::mem::replace(&mut *self.borrow_mut()?, state))
    }
}

impl<S: ?Sized> ActivityCell<S> {
    /// The state, to read.
    ///
    /// # Errors
    /// E_UNEXPECTED while it is borrowed, for reading or writing.
    pub fn borrow(&self) -> Result<ActivityRef<'_, S>> {
        self.lock().map(ActivityRef)
    }

    /// The state, to write.
    ///
    /// # Errors
    /// E_UNEXPECTED while it is borrowed, for reading or writing.
    pub fn borrow_mut(&self) -> Result<ActivityRefMut<'_, S>> {
        self.lock().map(ActivityRefMut)
    }

    /// Does something with the state, and gives what that gives.
    ///
    /// # Errors
    /// E_UNEXPECTED while it is borrowed, for reading or writing.
    pub fn with<T>(&self, work: impl FnOnce(&mut S) -> T) -> Result<T> {
        Ok(work(&mut *self.lock()?))
    }

    /// The state, of which nobody else can know.
    pub fn get_mut(&mut self) -> &mut S {
        self.0.get_mut()
    }

    fn lock(&self) -> Result<MutexGuard<'_, S>> {
        self.0.try_lock().ok_or_else(|| ComponentError::StateBorrowed.into())
    }
}

impl<S> From<S> for ActivityCell<S> {
    fn from(state: S) -> Self {
        Self::new(state)
    }
}

impl<S: ?Sized + fmt::Debug> fmt::Debug for ActivityCell<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0.try_lock() {
            Some(state) => f.debug_tuple("ActivityCell").field(&&*state).finish(),
            None => f.write_str("ActivityCell(<borrowed>)"),
        }
    }
}

impl<S: ?Sized> Deref for ActivityRef<'_, S> {
    type Target = S;

    fn deref(&self) -> &S {
        &self.0
    }
}

impl<S: ?Sized> Deref for ActivityRefMut<'_, S> {
    type Target = S;

    fn deref(&self) -> &S {
        &self.0
    }
}

impl<S: ?Sized> DerefMut for ActivityRefMut<'_, S> {
    fn deref_mut(&mut self) -> &mut S {
        &mut self.0
    }
}

impl<S: ?Sized + fmt::Debug> fmt::Debug for ActivityRef<'_, S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        (**self).fmt(f)
    }
}

impl<S: ?Sized + fmt::Debug> fmt::Debug for ActivityRefMut<'_, S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        (**self).fmt(f)
    }
}

const _: () = {
    const fn shared<T: Send + Sync>() {}
    shared::<ActivityCell<std::cell::Cell<i64>>>();
};
