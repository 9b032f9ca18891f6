//! A pool hands every object to somebody, whoever comes, gives up, or goes at the same time.

use super::{in_mta, machine, machines, support::*};
use complus_core::{Result, hresult};
use complus_runtime::{ClassFactory, Method, Object, ObjectControl, Runtime, ServicePool, ServicePoolConfig, iid};
use complus_sync::{
    Arc,
    atomic::{AtomicU32, Ordering},
    explore::explore,
    thread,
};
use std::time::Duration;
use uuid::Uuid;

const METHOD: Method = Method { interface: iid::UNKNOWN, number: 3 };
const TIMEOUT: Duration = Duration::from_secs(1);

/// A room that is there once, whatever becomes of the objects that lead to it: no two of them are in use at once.
struct Door(Arc<Doors>);

#[derive(Default)]
struct Doors {
    room: Room,
    live: AtomicU32,
    /// After so many uses an object cannot be pooled.
    uses: AtomicU32,
}

impl Object for Door {
    fn supports(&self, _: Uuid) -> bool {
        true
    }

    fn control(&self) -> Option<&dyn ObjectControl> {
        Some(self)
    }
}

impl ObjectControl for Door {
    fn can_be_pooled(&self) -> bool {
        self.0.uses.fetch_add(1, Ordering::Relaxed).is_multiple_of(2)
    }
}

impl Drop for Door {
    fn drop(&mut self) {
        self.0.live.fetch_sub(1, Ordering::Relaxed);
    }
}

struct DoorClass(Arc<Doors>);

impl ClassFactory for DoorClass {
    fn create_instance(&self) -> Result<Arc<dyn Object>> {
        assert_eq!(self.0.live.fetch_add(1, Ordering::Relaxed), 0, "above the maximum");
        Ok(Arc::new(Door(self.0.clone())))
    }
}

/// A pool of one door.
fn pool(runtime: &Runtime, timeout: Duration) -> ServicePool {
    in_mta(runtime, || {
        let pool = ServicePool::new();
        let config = ServicePoolConfig::new(Arc::new(DoorClass(Arc::default()))).max_pool_size(1);
        pool.initialize(&config.creation_timeout(timeout)).unwrap();
        pool
    })
}

fn visit(pool: &ServicePool) -> hresult::HResult {
    code(pool.object(iid::UNKNOWN).and_then(|door| {
        door.call_as(METHOD, |door: &Door| {
            door.0.room.visit();
            Ok(())
        })
    }))
}

/// Nothing is lost: what the pool counts is there, and can be had.
fn settle(runtime: &Runtime, pool: &ServicePool) {
    in_mta(runtime, || {
        let figures = pool.statistics().unwrap();
        assert_eq!((figures.pooled, figures.waiting, figures.objects), (figures.idle, 0, 0));
        assert_eq!(visit(pool), hresult::S_OK);
    });
}

#[test]
fn everybody_is_served_by_one_object_after_another() {
    for machine in machines() {
        explore(400, move || {
            let runtime = machine().build().unwrap();
            runtime.start();
            let pool = pool(&runtime, Duration::ZERO);
            let visiting = [(); 3].map(|()| {
                let pool = pool.clone();
                mta_thread(&runtime, move || [visit(&pool), visit(&pool)])
            });
            for thread in visiting {
                assert_eq!(thread.join().unwrap(), [hresult::S_OK; 2]);
            }
            settle(&runtime, &pool);
        });
    }
}

#[test]
fn what_is_given_to_one_who_gives_up_is_not_lost() {
    // Both outcomes come about.
    ends(1500, [hresult::S_OK, hresult::CO_E_ACTIVATIONFAILED_TIMEOUT], || {
        let runtime = machine().build().unwrap();
        runtime.start();
        let pool = pool(&runtime, TIMEOUT);
        let (own, story, told) = (pool.clone(), Story::new(), Story::new());
        let (begun, goes) = (story.clone(), told.clone());
        let holding = mta_thread(&runtime, move || {
            let door = own.object(iid::UNKNOWN).unwrap();
            begun.tell(());
            goes.wait_for(1);
            drop(door);
        });
        story.wait_for(1);
        let own = pool.clone();
        let waiting = mta_thread(&runtime, move || visit(&own));
        while in_mta(&runtime, || pool.statistics().unwrap().waiting) == 0 {
            thread::yield_now();
        }
        let clock = runtime.clone();
        let advancing = thread::spawn(move || clock.advance(TIMEOUT).unwrap());
        told.tell(());
        [holding, advancing].into_iter().for_each(|thread| thread.join().unwrap());
        // The deadline may have been set after the time had passed.
        while in_mta(&runtime, || pool.statistics().unwrap().waiting) != 0 {
            runtime.advance(TIMEOUT).unwrap();
            thread::yield_now();
        }
        let end = waiting.join().unwrap();
        settle(&runtime, &pool);
        end
    });
}

#[test]
fn who_waits_when_the_process_dies_is_let_go() {
    ends(800, [hresult::S_OK, hresult::RPC_E_DISCONNECTED], || {
        let runtime = machine().build().unwrap();
        runtime.start();
        let pool = pool(&runtime, Duration::ZERO);
        let visiting = [(); 2].map(|()| {
            let pool = pool.clone();
            mta_thread(&runtime, move || code(pool.object(iid::UNKNOWN)))
        });
        let process = runtime.process();
        let killing = thread::spawn(move || process.kill());
        let codes = visiting.map(|thread| thread.join().unwrap());
        killing.join().unwrap();
        codes.into_iter().max_by_key(|code| code.is_failure()).unwrap()
    });
}
