//! What an activity object is made of: a bundle of properties, and a context for each apartment in which it has run.

use super::{ActivityLock, lock::SharedQueue, work::Work};
use crate::{
    apartment::{Announced, Home, Sta},
    interception::{InContext, Properties, Target, Visit},
    machine::Machine,
    process::ProcessState,
    thread,
};
use complus_core::{
    error::{CallError, Result},
    event::What,
    rules::{
        activity_object::{self, Bound, Place},
        apartment::Pool,
    },
};
use complus_sync::{Arc, Mutex};
use once_cell::sync::OnceCell;

/// An activity object, shared by its handles and its calls.
pub(crate) struct ActivityObject {
    pub(crate) machine: Arc<Machine>,
    pub(crate) process: Arc<ProcessState>,
    /// Number of its context in the MTA, of its stream, and of its activity if that was made with it.
    pub(crate) number: u64,
    pub(crate) properties: Properties,
    /// What one in the STA pool has; `None` for the MTA.
    pub(crate) sta: Option<Box<StaSide>>,
    /// Where its asynchronous calls wait for its activity; known once one had to.
    pub(super) queue: OnceCell<SharedQueue>,
}

/// The STA side of an activity object.
#[derive(Default)]
pub(crate) struct StaSide {
    bound: Mutex<Option<Binding>>,
    /// The number of its context in each STA in which it has run, by the number of the STA (S-26).
    contexts: Mutex<Vec<(u64, u64)>>,
}

/// The STA that an activity object is bound to.
struct Binding {
    sta: Arc<Sta>,
}

impl Drop for Binding {
    fn drop(&mut self) {
        self.sta.unbind_activity();
    }
}

static MTA: Home = Home::Mta;

/// The context of one in the MTA.
impl InContext for ActivityObject {
    fn target(&self) -> Target<'_> {
        Target {
            machine: &self.machine,
            process: &self.process,
            number: self.number,
            stream: self.number,
            home: &MTA,
            properties: &self.properties,
            is_default: false,
            visit: Visit::Call,
            method: None,
        }
    }
}

/// The context of an activity object in one STA.
struct InSta {
    object: Arc<ActivityObject>,
    home: Home,
    number: u64,
}

impl InContext for InSta {
    fn target(&self) -> Target<'_> {
        Target { number: self.number, home: &self.home, ..self.object.target() }
    }
}

impl ActivityObject {
    /// The lock of its activity, if it is in one.
    pub(crate) fn lock(&self) -> Option<&Arc<ActivityLock>> {
        self.properties.lock.as_ref()
    }

    /// Which pool serves it.
    pub(crate) fn pool(&self) -> Pool {
        if self.sta.is_some() { Pool::Sta } else { Pool::Mta }
    }

    /// The STA that it is bound to.
    pub(crate) fn bound_to(&self) -> Option<Arc<Sta>> {
        self.sta.as_ref()?.bound.lock().as_ref().map(|binding| binding.sta.clone())
    }

    /// The same for a request that is sent there: its thread does not end before, even if the object is freed of it now.
    fn announced_to(&self) -> Option<Announced> {
        self.sta.as_ref()?.bound.lock().as_ref().map(|binding| binding.sta.announce())
    }

    /// How the rules see that.
    pub(crate) fn bound(&self) -> Bound {
        if self.bound_to().is_some() { Bound::ToSta } else { Bound::No }
    }

    /// Binds it to an STA: later calls go there.
    pub(crate) fn bind(&self, sta: Arc<Sta>) {
        let Some(side) = &self.sta else { return };
        let activities = sta.bind_activity();
        let before = side.bound.lock().replace(Binding { sta });
        drop(before);
        self.machine.emit_here(What::ThreadBound { activities });
    }

    /// Frees it: later calls go to any STA of the pool.
    pub(crate) fn unbind(&self) {
        let Some(side) = &self.sta else { return };
        if let Some(before) = side.bound.lock().take() {
            let sta = before.sta.clone();
            drop(before);
            let activities = sta.activities();
            self.machine.emit_here(What::ThreadUnbound { activities });
        }
    }

    /// Its context in an STA.
    pub(crate) fn context_in(self: &Arc<Self>, sta: &Arc<Sta>) -> Arc<dyn InContext> {
        let number = self.sta.as_ref().map_or(self.number, |side| {
            let mut contexts = side.contexts.lock();
            match contexts.iter().find(|(in_sta, _)| *in_sta == sta.number) {
                Some((_, number)) => *number,
                None => {
                    // The first STA has the object's own number.
                    let fresh = || thread::bound(|binding| binding.number()).unwrap_or(self.number);
                    let number = if contexts.is_empty() { self.number } else { fresh() };
                    contexts.push((sta.number, number));
                    number
                }
            }
        });
        Arc::new(InSta { object: self.clone(), home: Home::Sta(sta.clone()), number })
    }

    /// Its context on this thread, which is one of its pool.
    pub(crate) fn context_here(self: &Arc<Self>) -> Arc<dyn InContext> {
        let sta = thread::look(|binding| binding.membership.sta().cloned());
        match sta.filter(|_| self.sta.is_some()) {
            Some(sta) => self.context_in(&sta),
            None => self.clone(),
        }
    }

    /// Sends work to where it runs.
    pub(crate) fn dispatch(&self, work: Work) {
        let pools = &self.process.pools;
        let mut work = work;
        loop {
            let bound = self.announced_to();
            let state = if bound.is_some() { Bound::ToSta } else { Bound::No };
            let returned = match (activity_object::queue(self.pool(), state), &bound) {
                (Place::BoundSta, Some(announced)) => work.post_to(announced.sta()),
                (Place::AnySta, _) => {
                    let announced = pools.sta.serve(&self.machine, &self.process);
                    work.post_to(announced.sta())
                }
                (Place::MtaPool | Place::Inline | Place::BoundSta, _) => {
                    pools.mta.submit(&self.machine, &self.process, work);
                    return;
                }
            };
            match returned {
                Ok(()) => return,
                // Its STA has ended: a bound one can serve no call any more.
                Err(back) if bound.is_some() || pools.sta.is_stopped() => return back.fail(CallError::Disconnected),
                Err(back) => work = back,
            }
        }
    }

    /// The STA for a synchronous call from elsewhere, which is announced there until it begins.
    pub(crate) fn sta_for_call(&self) -> Result<Announced> {
        match self.announced_to() {
            Some(announced) if announced.sta().is_open() => Ok(announced),
            Some(_) => Err(CallError::Disconnected.into()),
            None => Ok(self.process.pools.sta.serve(&self.machine, &self.process)),
        }
    }
}
