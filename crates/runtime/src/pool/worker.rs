//! A thread of a pool: how it is started, and how it waits for work without keeping the machine alive.

use super::Start;
use crate::{machine::Machine, thread};
use complus_core::event::What;
use complus_sync::{Arc, Schedule, thread as os};

/// Starts a thread of a pool. It belongs to the schedule of the machine, if that has one; `run` is called on it, bound
/// to the process. While it waits only its binding knows the machine, and lets it go. `false` if the system refuses a
/// thread: its work is left to the others.
pub(super) fn start(name: &str, start: Start, run: impl FnOnce() + Send + 'static) -> bool {
    let turn = is_scheduled(&start.machine).then(|| start.machine.scheduler.register());
    let process = start.process.clone();
    let thread = move || {
        let turn = turn.inspect(|turn| turn.begin()).map(std::rc::Rc::new);
        let process = start.process.clone();
        let depth = thread::bind_as(start.machine, start.process, start.number);
        if let Some(turn) = turn {
            thread::set_turn(turn);
        }
        if let Some(machine) = thread::machine() {
            machine.emit_here(What::ThreadStarted);
        }
        run();
        // Told before it gives up its turn: the order of a schedule does not depend on the system.
        process.pools.open.thread_ends();
        thread::unbind(depth);
    };
    process.pools.open.start(|| os::Builder::new().name(name.into()).spawn(thread))
}

/// Whether the threads of the machine's pools belong to its schedule. Under a free one, on the system's clock, nobody
/// asks whether a pool is at rest, and turns would cost.
pub(crate) fn is_scheduled(machine: &Machine) -> bool {
    machine.scheduler.schedule() != Schedule::Free || machine.clock.as_virtual().is_some()
}

/// Tells that this thread ends.
pub(super) fn tell_end() {
    if let Some(machine) = thread::machine() {
        machine.emit_here(What::ThreadEnded);
    }
}

/// Waits, with the machine let go: a pool that waits for work keeps nothing alive. `None` if the machine is gone.
pub(super) fn without_machine<T>(wait: impl FnOnce() -> T) -> (T, Option<Arc<Machine>>) {
    let machine = thread::active(|binding| binding.machine.take()).ok().flatten();
    let weak = machine.as_ref().map(Arc::downgrade);
    drop(machine);
    let waited = wait();
    let machine = weak.and_then(|weak| weak.upgrade());
    let again = machine.clone();
    let _ = thread::active(|binding| binding.machine = again);
    (waited, machine)
}
