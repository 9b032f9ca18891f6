//! Futures in a service domain.

use super::{Completed, ServiceConfig};
use crate::{
    Runtime,
    interception::{self, Vote},
    thread::{self, Membership, frame::Segment},
};
use complus_core::{
    attribute::TransactionStatus,
    error::{DomainError, Result},
};
use std::{
    future::Future,
    num::NonZeroU64,
    pin::Pin,
    task::{Context, Poll},
};

/// A future that runs in a service domain; made by [`ServiceDomain::scope`](super::ServiceDomain::scope).
#[must_use = "futures do nothing unless polled"]
pub struct Scope<F> {
    config: ServiceConfig,
    future: Pin<Box<F>>,
    state: State,
}

enum State {
    New,
    Suspended(Suspended),
    /// Being polled, or finished.
    Away,
}

/// A domain that is on no thread.
struct Suspended {
    runtime: Runtime,
    home: Home,
    context: NonZeroU64,
    segment: Segment,
}

/// The apartment that the context belongs to.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Home {
    Mta,
    /// The STA of this thread of the machine.
    Sta(u32),
}

impl Drop for Suspended {
    fn drop(&mut self) {
        if !self.segment.frames.is_empty() {
            interception::abandon_detached(&self.runtime, self.context, std::mem::take(&mut self.segment));
        }
    }
}

impl<F: Future> Scope<F> {
    pub(super) fn new(config: ServiceConfig, future: F) -> Self {
        Self { config, future: Box::pin(future), state: State::New }
    }
}

impl<F: Future> Future for Scope<F> {
    type Output = Result<Completed<F::Output>>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let this = &mut *self;
        // Bound before entered: should the future panic, the domain is left before the binding ends.
        let (state, bound);
        match std::mem::replace(&mut this.state, State::Away) {
            State::Suspended(suspended) => {
                let here = thread::machine().is_some_and(|machine| std::ptr::eq(&*machine, &*suspended.runtime.0));
                bound = (!here).then(|| suspended.runtime.enter());
                state = State::Suspended(suspended);
            }
            other => (state, bound) = (other, None),
        }
        let entered = match state {
            State::New => Entered::first(&this.config)?,
            State::Suspended(suspended) => Entered::again(suspended)?,
            State::Away => return Poll::Ready(Err(DomainError::NotEntered.into())),
        };
        // If the future panics, `entered` leaves with an abort vote while the panic goes on.
        let polled = this.future.as_mut().poll(cx);
        let result = match polled {
            Poll::Pending => match entered.suspend() {
                Ok(suspended) => {
                    this.state = State::Suspended(suspended);
                    Poll::Pending
                }
                Err(error) => Poll::Ready(Err(error)),
            },
            Poll::Ready(value) => {
                let status = entered.leave()?;
                Poll::Ready(Ok(Completed { value, status }))
            }
        };
        drop(bound);
        result
    }
}

/// A domain that is on this thread while its future is polled.
struct Entered {
    runtime: Runtime,
    home: Home,
    context: NonZeroU64,
    /// It is on the stack; otherwise nothing is left to do.
    open: bool,
}

impl Entered {
    fn first(config: &ServiceConfig) -> Result<Self> {
        let context = interception::enter_poll(config)?;
        Ok(Self { runtime: Runtime::current(), home: home()?, context, open: true })
    }

    /// # Errors
    /// RPC_E_WRONG_THREAD when the thread is in another apartment, E_OUTOFMEMORY at the limit of its stack; the
    /// domain is then left with an abort vote.
    fn again(mut suspended: Suspended) -> Result<Self> {
        if home() != Ok(suspended.home) {
            return Err(DomainError::WrongApartment.into());
        }
        interception::has_room_for(&suspended.segment)?;
        interception::resume(std::mem::take(&mut suspended.segment))?;
        Ok(Self { runtime: suspended.runtime.clone(), home: suspended.home, context: suspended.context, open: true })
    }

    fn suspend(mut self) -> Result<Suspended> {
        let segment = interception::suspend(self.context.get())?;
        self.open = false;
        Ok(Suspended { runtime: self.runtime.clone(), home: self.home, context: self.context, segment })
    }

    fn leave(mut self) -> Result<TransactionStatus> {
        self.open = false;
        interception::leave_poll(self.context, Vote::AsSet)
    }
}

impl Drop for Entered {
    fn drop(&mut self) {
        if self.open {
            interception::abandon_poll(self.context);
        }
    }
}

/// The apartment of this thread; every thread of the MTA, implicit ones too, is at home in it.
fn home() -> Result<Home> {
    thread::bound(|binding| match binding.membership {
        Membership::Sta(_) => Ok(Home::Sta(binding.thread)),
        Membership::Mta => Ok(Home::Mta),
        Membership::None => binding.ensure_base().map(|()| Home::Mta),
    })?
}
