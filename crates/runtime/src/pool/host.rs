//! The STAs that COM itself makes, for classes that need one where the creator has none (SYN 6.4).

use super::{Start, worker};
use crate::{
    apartment::{self, Sta},
    machine::Machine,
    process::ProcessState,
    thread,
};
use complus_sync::{
    Arc, Mutex,
    atomic::{AtomicBool, Ordering},
};

/// The STAs of a process that have a thread of COM's own.
#[derive(Default)]
pub(crate) struct Hosts(Mutex<Vec<Host>>);

struct Host {
    sta: Arc<Sta>,
    ends: Arc<AtomicBool>,
}

impl Hosts {
    /// The host STA, made if need be; the first STA of a process is the main one.
    pub(crate) fn host(&self, machine: &Arc<Machine>, process: &Arc<ProcessState>) -> Arc<Sta> {
        let mut hosts = self.0.lock();
        match hosts.first() {
            Some(host) => host.sta.clone(),
            None => Self::start(&mut hosts, machine, process),
        }
    }

    /// The main STA, made if there is none: a host STA that is there already is not promoted (Y-22).
    pub(crate) fn main(&self, machine: &Arc<Machine>, process: &Arc<ProcessState>) -> Arc<Sta> {
        let mut hosts = self.0.lock();
        match process.apartments.main_sta() {
            Some(main) => main,
            None => Self::start(&mut hosts, machine, process),
        }
    }

    fn start(hosts: &mut Vec<Host>, machine: &Arc<Machine>, process: &Arc<ProcessState>) -> Arc<Sta> {
        let number = machine.new_thread();
        let sta = apartment::new_host_sta(machine, process, number);
        let ends = Arc::new(AtomicBool::new(false));
        hosts.push(Host { sta: sta.clone(), ends: ends.clone() });
        let start = Start { machine: machine.clone(), process: process.clone(), number };
        let own = sta.clone();
        worker::start("complus-host-sta", start, move || run(&own, &ends));
        sta
    }

    /// Lets the threads end when they have served their queues; answers whose they are.
    pub(crate) fn end(&self) -> Vec<Arc<Sta>> {
        let hosts = std::mem::take(&mut *self.0.lock());
        let end = |host: Host| {
            host.ends.store(true, Ordering::Release);
            host.sta.wake();
            host.sta
        };
        hosts.into_iter().map(end).collect()
    }
}

/// The thread of a host STA: serves its queue until it is told to end.
fn run(sta: &Arc<Sta>, ends: &AtomicBool) {
    if apartment::adopt_pool_sta(sta).is_err() {
        return;
    }
    let turn = thread::turn();
    let signal = sta.signal().clone();
    loop {
        while apartment::serve_queue() {}
        if ends.load(Ordering::Acquire) {
            break;
        }
        let ((), machine) = worker::without_machine(|| signal.wait(turn.as_deref()));
        if machine.is_none() {
            break;
        }
    }
    worker::tell_end();
    apartment::leave_for_good();
}
