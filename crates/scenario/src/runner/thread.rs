//! A thread of the file: its apartment, and its end.

use super::{outcome::StepError, recorder::now_at, worker::Worker, world::World};
use crate::{model::ApartmentChoice, trace::StepPlace};
use complus_core::attribute::ApartmentModel;
use complus_runtime::Apartment;
use complus_sync::Arc;

/// The thread is counted no more, however it ends.
struct Running<'w>(&'w World);

impl Drop for Running<'_> {
    fn drop(&mut self) {
        self.0.shared.lock().running -= 1;
        self.0.wake();
    }
}

/// Does what thread `index` of the file does.
pub(super) fn run(world: &Arc<World>, index: usize) {
    let _running = Running(world);
    now_at(Some(index), None);
    let mut worker = Worker::new(world, index);
    let place = StepPlace { line: 1, span: Default::default() };
    let apartment = match join(world, index) {
        Ok(apartment) => apartment,
        Err(error) => return world.fail(index, place, error.message),
    };
    worker.carry_out(place);
    // The apartment ends: it serves the calls that are queued, and what was entered without a block is left.
    now_at(Some(index), None);
    let mark = world.recorder.len();
    drop(apartment);
    worker.note_left(mark);
}

fn join(world: &World, index: usize) -> Result<Option<Apartment>, StepError> {
    let choice = world.scenario.threads[index].apartment;
    let main_first = world.scenario.threads.iter().any(|thread| thread.apartment == ApartmentChoice::MainSta);
    let model = match choice {
        ApartmentChoice::None => return Ok(None),
        ApartmentChoice::Mta => ApartmentModel::Multithreaded,
        ApartmentChoice::MainSta => ApartmentModel::ApartmentThreaded,
        ApartmentChoice::Sta => {
            if main_first {
                let ready = || (world.shared.lock().main_sta || world.stopped()).then_some(());
                world.runtime.block_until(ready).ok_or_else(|| StepError::runner("nobody made the main STA"))?;
            }
            ApartmentModel::ApartmentThreaded
        }
    };
    let apartment = Apartment::initialize(model)?;
    if choice == ApartmentChoice::MainSta {
        world.shared.lock().main_sta = true;
        world.wake();
    }
    Ok(Some(apartment))
}
