//! Components that give out references to themselves (ACT 8.1 I5).

use crate::support::*;
use complus::{
    MessageQueue, Result,
    hresult::{E_NOINTERFACE, E_UNEXPECTED},
    message_loop,
    prelude::*,
};

/// Gives itself out.
#[complus::interface]
trait Selfish {
    fn itself(&self) -> Result<Ref<dyn Selfish>>;
    /// Whether it is no proxy here, the same each time, and of no interface that it lacks.
    fn is_sound(&self) -> Result<bool>;
    /// Introduces itself, and gives what the other one says of it.
    fn meet(&self, other: Ref<dyn Selfish>) -> Result<Ran>;
    /// Calls it.
    fn greet(&self, guest: Ref<dyn Selfish>) -> Result<Ran>;
    fn whereabouts(&self) -> Result<Ran>;
    /// Counts its calls, calling itself so many times through a reference.
    fn count(&self, more: u32) -> Result<u32>;
    #[auto_complete]
    fn close(&self) -> Result<()>;
    /// What becomes of it if a part of it asks.
    fn part(&self) -> Result<Ref<dyn Selfish>>;
    fn made(&self) -> Result<complus::HResult>;
}

/// What such a component has: a part, which is a component as well, and what its constructor was told.
#[repr(C)] // the part is where the whole is
struct State {
    part: Part,
    calls: ActivityCell<u32>,
    made: complus::HResult,
}

/// Something that is never given out.
#[complus::component(interfaces(Named))]
#[derive(Default)]
struct Part;

impl Named for Part {
    fn name(&self) -> Result<String> {
        Ok(String::new())
    }
    fn rename(&self, name: String) -> Result<String> {
        Ok(name)
    }
}

/// Components of all kinds, which are alike.
macro_rules! selfish {
    ($($name:ident($($arguments:tt)*);)+) => {$(
        #[complus::component(interfaces(Selfish), event_tracking = false, create = $name::new, control, $($arguments)*)]
        #[repr(transparent)]
        struct $name(State);

        impl $name {
            fn new() -> Self {
                let mut fresh = Self(State { part: Part, calls: ActivityCell::default(), made: complus::hresult::S_OK });
                fresh.0.made = code(Ref::<dyn Selfish>::to_self(&fresh));
                fresh
            }
        }

        impl ObjectControl for $name {}

        impl Selfish for $name {
            fn itself(&self) -> Result<Ref<dyn Selfish>> {
                Ref::to_self(self)
            }
            fn is_sound(&self) -> Result<bool> {
                let itself = Ref::<dyn Selfish>::to_self(self)?;
                assert_eq!(code(Ref::<dyn Missing>::to_self(self)), E_NOINTERFACE);
                Ok(!itself.is_proxy() && itself == self.itself()? && itself == itself.itself()?)
            }
            fn meet(&self, other: Ref<dyn Selfish>) -> Result<Ran> {
                other.greet(Ref::to_self(self)?)
            }
            fn greet(&self, guest: Ref<dyn Selfish>) -> Result<Ran> {
                assert_eq!(guest, guest.itself()?);
                guest.whereabouts()
            }
            fn whereabouts(&self) -> Result<Ran> {
                Ok(Ran::here())
            }
            fn count(&self, more: u32) -> Result<u32> {
                self.0.calls.with(|calls| *calls += 1)?;
                match more.checked_sub(1) {
                    Some(more) => Ref::<dyn Selfish>::to_self(self)?.count(more),
                    None => self.0.calls.with(|calls| *calls),
                }
            }
            fn close(&self) -> Result<()> {
                Ok(())
            }
            fn part(&self) -> Result<Ref<dyn Selfish>> {
                Ref::to_self(&self.0.part)
            }
            fn made(&self) -> Result<complus::HResult> {
                Ok(self.0.made)
            }
        }
    )+};
}
selfish! {
    Raw(prog_id = "Selfish.Raw", transaction = Disabled);
    RawApartment(prog_id = "Selfish.RawApartment", transaction = Disabled, threading = Apartment);
    RawFree(prog_id = "Selfish.RawFree", transaction = Disabled, threading = Free);
    RawNeutral(prog_id = "Selfish.RawNeutral", transaction = Disabled, threading = Neutral);
    Agile(prog_id = "Selfish.Agile", transaction = Disabled, free_threaded_marshaler);
    Own(prog_id = "Selfish.Own", transaction = Disabled, synchronization = Required);
    OwnApartment(prog_id = "Selfish.OwnApartment", transaction = Disabled, synchronization = Required, threading = Apartment);
    OwnNeutral(prog_id = "Selfish.OwnNeutral", transaction = Disabled, synchronization = Required, threading = Neutral);
    Root(prog_id = "Selfish.Root", transaction = RequiresNew);
    Jit(prog_id = "Selfish.Jit", transaction = Disabled, synchronization = Required, just_in_time);
    Pooled(prog_id = "Selfish.Pooled", transaction = Disabled, pooled(max = 3));
    PooledJit(prog_id = "Selfish.PooledJit", transaction = Disabled, synchronization = Required, just_in_time, pooled(max = 3));
}

fn install(world: &World) {
    let runtime = &world.runtime;
    runtime.install::<Raw>().unwrap();
    runtime.install::<RawApartment>().unwrap();
    runtime.install::<RawFree>().unwrap();
    runtime.install::<RawNeutral>().unwrap();
    runtime.install::<Agile>().unwrap();
    runtime.install::<Own>().unwrap();
    runtime.install::<OwnApartment>().unwrap();
    runtime.install::<OwnNeutral>().unwrap();
    runtime.install::<Root>().unwrap();
    runtime.install::<Jit>().unwrap();
    runtime.install::<Pooled>().unwrap();
    runtime.install::<PooledJit>().unwrap();
}

const ALL: [&str; 12] = [
    "Raw",
    "RawApartment",
    "RawFree",
    "RawNeutral",
    "Agile",
    "Own",
    "OwnApartment",
    "OwnNeutral",
    "Root",
    "Jit",
    "Pooled",
    "PooledJit",
];

fn create(name: &str) -> Ref<dyn Selfish> {
    complus::create_instance(format!("Selfish.{name}")).unwrap_or_else(|error| panic!("{name}: {error}"))
}

/// Ends a message loop, also after a panic.
struct Quit(MessageQueue);

impl Drop for Quit {
    fn drop(&mut self) {
        self.0.post_quit().unwrap();
    }
}

/// Runs `test` for each of them, created by a thread with an STA and by one in the MTA.
fn each(test: impl Fn(&str, Ref<dyn Selfish>) + Copy + Send + Sync + 'static) {
    every_machine(move |world| {
        install(world);
        for name in ALL {
            test(name, create(name));
        }
        let queue = MessageQueue::current().unwrap();
        let on_mta = mta_thread(&world.runtime, move || {
            let _quit = Quit(queue);
            ALL.iter().for_each(|name| test(name, create(name)));
        });
        message_loop().unwrap(); // objects of the main STA are called
        on_mta.join().unwrap();
    });
}

#[test]
fn a_component_gives_the_reference_that_its_client_holds() {
    each(|name, object| {
        for _ in 0..3 {
            let itself = object.itself().unwrap();
            assert_eq!((itself.is_proxy(), &itself), (object.is_proxy(), &object), "{name}");
            object.close().unwrap(); // the next one is another instance, where it is activated just in time
        }
    });
}

#[test]
fn within_its_context_the_component_is_no_proxy() {
    each(|name, object| assert_eq!(object.is_sound(), Ok(true), "{name}"));
}

#[test]
fn others_call_it_back_where_it_lives() {
    each(|name, object| {
        let there = object.whereabouts().unwrap();
        for friend in ["Raw", "Own", "RawFree", "OwnNeutral", "Jit"] {
            let ran = object.meet(create(friend)).unwrap();
            // One with the free-threaded marshaler runs wherever it is called.
            assert!(ran.token == there.token || name == "Agile", "{name} meets {friend}");
        }
    });
}

#[test]
fn a_component_that_calls_itself_is_called_directly_and_stays_active() {
    each(|name, object| {
        let before = object.count(0).unwrap(); // a pooled instance may have been called by others
        assert_eq!(object.count(5), Ok(before + 6), "{name}");
        assert_eq!(object.count(0), Ok(before + 7), "{name}: the same instance");
    });
}

#[test]
fn neither_a_component_in_its_constructor_nor_a_part_of_one_has_a_reference() {
    each(|name, object| {
        assert_eq!(object.made(), Ok(E_UNEXPECTED), "{name}");
        assert_eq!(object.part().err().map(Into::into), Some(E_UNEXPECTED), "{name}");
    });
}

#[test]
fn an_object_that_no_class_made_has_itself_as_well() {
    every_machine(|_| {
        let objects =
            [Ref::<dyn Selfish>::new(Raw::new()).unwrap(), Ref::<dyn Selfish>::new(RawApartment::new()).unwrap()];
        for object in objects {
            assert_eq!(object.itself(), Ok(object));
        }
        assert_eq!(code(Ref::<dyn Selfish>::to_self(&Raw::new())), E_UNEXPECTED);
    });
}
