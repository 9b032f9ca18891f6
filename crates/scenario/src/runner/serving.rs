//! Threads that wait: those of an STA serve its queue meanwhile, as COM wants it.

use super::{outcome::StepError, worker::Worker};
use complus_core::attribute::ApartmentType;
use complus_runtime::{MessageQueue, apartment_type, message_loop, pump_messages};
use complus_sync::Cell;

complus_sync::thread_local! {
    /// Waits of this thread that serve its queue, one inside the other.
    static SERVING: Cell<u32> = const { Cell::new(0) };
}

/// Whether others may reach this thread only through its queue, so that it has to be served while the thread waits.
fn is_in_an_sta() -> bool {
    matches!(apartment_type(), Ok((ApartmentType::Sta | ApartmentType::MainSta, _)))
}

impl Worker<'_> {
    /// The `pump` step: serves what is queued until nothing is left, or until all are at a barrier.
    pub(super) fn pump(&self, until: Option<&str>) -> Result<(), StepError> {
        let queue = MessageQueue::current()?;
        match until {
            Some(barrier) => self.barrier(barrier, true),
            None => {
                while !queue.is_empty() {
                    pump_messages()?;
                }
                Ok(())
            }
        }
    }

    /// The `wait` step: until no asynchronous call of this name is open.
    pub(super) fn wait(&self, name: &str) -> Result<(), StepError> {
        let world = self.world;
        if world.named(name).is_none() {
            return Err(StepError::runner(format!("nothing of the name `{name}` has been made yet")));
        }
        let ended = || {
            let shared = world.shared.lock();
            let ended = shared.open_calls.get(name).is_none_or(|open| *open == 0);
            (ended || !shared.failures.is_empty()).then_some(ended)
        };
        let ended = if is_in_an_sta() { self.serve_until(ended)? } else { world.runtime.block_until(ended) };
        match ended {
            Some(true) => Ok(()),
            Some(false) => Err(StepError {
                is_consequence: true,
                ..StepError::runner(format!("another thread failed before `{name}` ended"))
            }),
            None => Err(StepError::runner(format!("`{name}` never ends: every thread waits or has ended"))),
        }
    }

    /// Serves the queue of this thread's STA until `ready` gives something.
    pub(super) fn serve_until<T>(&self, ready: impl Fn() -> Option<T>) -> Result<Option<T>, StepError> {
        let queue = MessageQueue::current()?;
        SERVING.set(SERVING.get() + 1);
        let result = loop {
            self.world.shared.lock().pumping.push(queue.clone());
            if let Some(value) = ready() {
                break Ok(Some(value));
            }
            // Ends when somebody changed what is waited for, and posted a quit.
            if let Err(error) = message_loop() {
                break Err(error.into());
            }
        };
        SERVING.set(SERVING.get() - 1);
        self.world.shared.lock().pumping.retain(|other| other.thread() != queue.thread());
        if SERVING.get() > 0 {
            // The quit of the wait around this one may have been taken out here.
            let _ = queue.post_quit();
        }
        result
    }
}
