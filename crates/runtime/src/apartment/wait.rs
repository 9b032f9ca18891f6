//! Waiting, as COM has it: a thread of an STA serves its queue meanwhile, any other blocks (SYN 7.2).

use super::pump::{self, Here};
use crate::{machine::Machine, process::ProcessState, thread};
use complus_core::{
    error::{CallError, Result},
    rules::message::Wait,
};

/// So many messages are served after the time is over, before the wait ends: otherwise it might never.
const LATE: u32 = 100;

/// Waits until `ready` gives something, or until `deadline` on the machine's clock (`None` then). `ready` is asked
/// whenever the thread's signal is set.
///
/// # Errors
/// RPC_E_DISCONNECTED when the process dies.
pub(crate) fn wait_for<T>(
    machine: &Machine,
    process: &ProcessState,
    deadline: Option<u64>,
    ready: impl FnMut() -> Option<T>,
) -> Result<Option<T>> {
    modal(machine, process, Wait::Reply, deadline, ready, |_| Ok(()))
}

/// The same for a `wait` of some sort; `arrived` is called before messages are dispatched, and may end the wait with an
/// error.
pub(super) fn modal<T>(
    machine: &Machine,
    process: &ProcessState,
    wait: Wait,
    deadline: Option<u64>,
    mut ready: impl FnMut() -> Option<T>,
    mut arrived: impl FnMut(&Here) -> Result<()>,
) -> Result<Option<T>> {
    let signal = thread::bound(|binding| binding.signal())?.ok_or(CallError::Disconnected)?;
    let turn = thread::turn();
    let is_over = || deadline.is_some_and(|deadline| machine.clock.now() >= deadline);
    let mut late = 0;
    loop {
        // Asked in this order: what was answered before the process died has come in time.
        let is_dead = process.is_dead();
        if let Some(value) = ready() {
            return Ok(Some(value));
        }
        if is_dead {
            return Err(CallError::Disconnected.into());
        }
        // Asked again each time: what was dispatched may have ended the apartment.
        if let Some(here) = Here::of_thread()? {
            arrived(&here)?;
            if pump::serve_one(&here, wait) {
                late += u32::from(is_over());
                if late < LATE {
                    continue;
                }
            }
        }
        match deadline {
            None => signal.wait(turn.as_deref()),
            Some(_) if is_over() => return Ok(ready()),
            Some(deadline) => {
                signal.wait_until(turn.as_deref(), &machine.timers, deadline);
            }
        }
    }
}
