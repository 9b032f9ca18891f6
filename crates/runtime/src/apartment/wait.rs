//! Waiting, as COM has it: a thread of an STA serves its queue meanwhile, any other blocks (SYN 7.2).

use super::pump::{self, Here};
use crate::{machine::Machine, process::ProcessState, thread};
use complus_core::{
    error::{CallError, Result},
    rules::message::Wait,
};

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
    modal(machine, process, Wait::Reply, deadline, ready, |_| Ok(true))
}

/// The same for a `wait` of some sort; `allows` says whether a window message may be dispatched, or ends the wait
/// with an error.
pub(super) fn modal<T>(
    machine: &Machine,
    process: &ProcessState,
    wait: Wait,
    deadline: Option<u64>,
    mut ready: impl FnMut() -> Option<T>,
    mut allows: impl FnMut(&Here) -> Result<bool>,
) -> Result<Option<T>> {
    let signal = thread::bound(|binding| binding.signal())?.ok_or(CallError::Disconnected)?;
    let here = Here::of_thread()?;
    let turn = thread::turn();
    loop {
        // Asked in this order: what was answered before the process died has come in time.
        let is_dead = process.is_dead();
        if let Some(value) = ready() {
            return Ok(Some(value));
        }
        if is_dead {
            return Err(CallError::Disconnected.into());
        }
        if let Some(here) = &here {
            let windows = allows(here)?;
            if pump::serve_one(here, wait, |_| windows) {
                continue;
            }
        }
        match deadline {
            None => signal.wait(turn.as_deref()),
            Some(deadline) if machine.clock.now() >= deadline => return Ok(None),
            Some(deadline) => {
                signal.wait_until(turn.as_deref(), &machine.timers, deadline);
            }
        }
    }
}
