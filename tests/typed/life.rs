//! Where components are made, called and dropped; IObjectControl and IObjectConstruct.

use crate::support::*;
use complus::{
    Object, Result,
    hresult::{E_FAIL, RPC_E_WRONG_THREAD},
    prelude::*,
    typed::{Component, Instance, OneThread},
};
use std::{
    cell::RefCell,
    rc::Rc,
    sync::{Arc, Mutex, mpsc},
    thread::{self, ThreadId},
};

#[test]
fn a_component_lives_where_its_threading_model_says() {
    every_machine(|world| {
        install_probes(world);
        let here = Ran::here();
        let make = |name| complus::create_instance::<dyn Probe>(name).unwrap_or_else(|error| panic!("{name}: {error}"));
        for (name, proxy) in [
            ("Probes.Both", false),
            ("Probes.Agile", false),
            ("Probes.Apartment", false),
            ("Probes.Main", false),
            ("Probes.Free", true),
            ("Probes.Neutral", true),
        ] {
            let probe = make(name);
            let ran = probe.whereabouts().unwrap();
            assert_eq!(probe.is_proxy(), proxy, "{name}");
            assert_eq!(ran.token == here.token, !proxy, "{name}");
            assert_eq!(ran.thread == here.thread, name != "Probes.Free", "{name}");
        }
        // The main STA is this one; from elsewhere it is found.
        let host = Sta::start(world);
        let main = host.run(|| complus::create_instance::<dyn Probe>("Probes.Main").unwrap().pack().unwrap());
        assert_eq!(Ref::<dyn Probe>::unpack(main).unwrap().whereabouts().map(|ran| ran.thread), Ok(here.thread));
        host.end();
    });
}

/// What happened to a component, and on which thread.
type Told = (&'static str, ThreadId);

static TELLS: Mutex<Vec<mpsc::Sender<Told>>> = Mutex::new(Vec::new());

fn tell(what: &'static str) {
    for sender in TELLS.lock().unwrap().iter() {
        let _ = sender.send((what, thread::current().id()));
    }
}

/// Not `Send`, and proud of it.
#[complus::component(prog_id = "Life.Bound", threading = Apartment, interfaces(Named), create = Bound::made)]
struct Bound {
    name: Rc<RefCell<String>>,
}

impl Bound {
    fn made() -> Result<Self> {
        tell("made");
        Ok(Self { name: Rc::default() })
    }
}

impl Drop for Bound {
    fn drop(&mut self) {
        tell("dropped");
    }
}

impl Named for Bound {
    fn name(&self) -> Result<String> {
        tell("called");
        Ok(self.name.borrow().clone())
    }
    fn rename(&self, name: String) -> Result<String> {
        Ok(self.name.replace(name))
    }
}

#[test]
fn a_component_of_an_apartment_is_made_called_and_dropped_on_its_thread() {
    let runtime = Runtime::builder().build().unwrap();
    let (sender, receiver) = mpsc::channel();
    TELLS.lock().unwrap().push(sender);
    let tells = || receiver.recv().unwrap();
    runtime.install::<Bound>().unwrap();
    let client = mta_thread(&runtime, move || {
        let bound: Ref<dyn Named> = complus::create_instance("Life.Bound").unwrap();
        assert!(bound.is_proxy());
        assert_eq!(bound.rename("Ann".into()), Ok(String::new()));
        assert_eq!(bound.name(), Ok("Ann".into()));
        bound.release().unwrap();
        thread::current().id()
    });
    let client = client.join().unwrap();
    let told = [tells(), tells(), tells()];
    assert_eq!(told.map(|(what, _)| what), ["made", "called", "dropped"]);
    let threads = told.map(|(_, thread)| thread);
    assert!(threads.iter().all(|thread| *thread == threads[0] && *thread != client), "{threads:?}, not {client:?}");
}

#[test]
fn what_is_bound_to_a_thread_is_of_no_use_on_another_and_is_not_dropped_there() {
    let alive = Arc::new(());
    let (object, weak) = {
        let token = alive.clone();
        thread::spawn(move || {
            let object = OneThread::new(Held { _token: token });
            assert!(object.get().is_ok());
            let object: Arc<OneThread<Held>> = Arc::new(object);
            let weak = Arc::downgrade(&object);
            (object, weak)
        })
        .join()
        .unwrap()
    };
    assert_eq!(code(object.get()), RPC_E_WRONG_THREAD);
    let control = object.control().unwrap();
    assert_eq!(code(control.activate()), RPC_E_WRONG_THREAD);
    control.deactivate();
    assert!(!control.can_be_pooled());
    assert_eq!(code(object.construction().unwrap().construct("x")), RPC_E_WRONG_THREAD);
    drop(object);
    assert_eq!(
        (weak.strong_count(), Arc::strong_count(&alive)),
        (0, 2),
        "the object is gone, what it held is not touched"
    );
}

/// Bound to a thread, with everything that a component can have.
#[complus::component(threading = Main, interfaces(Named), control, construct, create = Held::never)]
struct Held {
    _token: Arc<()>,
}

impl Held {
    fn never() -> Result<Self> {
        Err(E_FAIL.into())
    }
}

impl Named for Held {
    fn name(&self) -> Result<String> {
        Ok(String::new())
    }
    fn rename(&self, name: String) -> Result<String> {
        Ok(name)
    }
}

impl ObjectControl for Held {}

impl ObjectConstruct for Held {
    fn construct(&self, _: &str) -> Result<()> {
        Ok(())
    }
}

/// Keeps a diary of its life.
#[complus::component(prog_id = "Life.Diary", interfaces(Named), control, construct, construction = "DSN=x")]
#[derive(Default)]
struct Diary(ActivityCell<Vec<String>>);

/// The same, bound to its thread.
#[complus::component(threading = Apartment, interfaces(Named), control, construct)]
#[derive(Default)]
struct BoundDiary(RefCell<Vec<String>>);

impl ObjectControl for Diary {
    fn activate(&self) -> Result<()> {
        self.0.with(|diary| diary.push("activate".into()))
    }
    fn deactivate(&self) {
        self.0.with(|diary| diary.push("deactivate".into())).unwrap();
    }
    fn can_be_pooled(&self) -> bool {
        false
    }
}

impl ObjectConstruct for Diary {
    fn construct(&self, string: &str) -> Result<()> {
        if string.is_empty() {
            return Err(E_FAIL.into());
        }
        self.0.with(|diary| diary.push(string.into()))
    }
}

impl Named for Diary {
    fn name(&self) -> Result<String> {
        self.0.with(|diary| diary.join(", "))
    }
    fn rename(&self, name: String) -> Result<String> {
        Ok(name)
    }
}

impl ObjectControl for BoundDiary {
    fn activate(&self) -> Result<()> {
        self.0.borrow_mut().push("activate".into());
        Ok(())
    }
    fn deactivate(&self) {
        self.0.borrow_mut().push("deactivate".into());
    }
    fn can_be_pooled(&self) -> bool {
        false
    }
}

impl ObjectConstruct for BoundDiary {
    fn construct(&self, string: &str) -> Result<()> {
        if string.is_empty() {
            return Err(E_FAIL.into());
        }
        self.0.borrow_mut().push(string.into());
        Ok(())
    }
}

impl Named for BoundDiary {
    fn name(&self) -> Result<String> {
        Ok(self.0.borrow().join(", "))
    }
    fn rename(&self, name: String) -> Result<String> {
        Ok(name)
    }
}

#[test]
fn the_life_cycle_interfaces_are_the_components_own() {
    fn live<T: Component + Named>() -> String {
        let object = T::Instance::new(T::create().unwrap());
        let (control, construction) = (object.control().unwrap(), object.construction().unwrap());
        assert_eq!(code(construction.construct("")), E_FAIL);
        construction.construct("DSN=x").unwrap();
        control.activate().unwrap();
        control.deactivate();
        assert!(!control.can_be_pooled());
        object.get().unwrap().name().unwrap()
    }
    assert_eq!(live::<Diary>(), "DSN=x, activate, deactivate");
    assert_eq!(live::<BoundDiary>(), "DSN=x, activate, deactivate");
    let object = <BothProbe as Component>::Instance::new(BothProbe::default());
    assert!(object.control().is_none() && object.construction().is_none());
}

#[test]
fn what_keeps_a_component_from_being_made_is_told_to_its_creator() {
    every_machine(|world| {
        world.runtime.install::<Held>().unwrap();
        let clsid = Held::DESCRIPTION.clsid;
        assert_eq!(code(complus::create_instance::<dyn Named>(clsid)), E_FAIL);
        let host = Sta::start(world);
        assert_eq!(host.run(move || code(complus::create_instance::<dyn Named>(clsid))), E_FAIL);
        host.end();
    });
}

/// The class object of a component can be had, too.
#[test]
fn a_component_has_a_class_object() {
    every_machine(|world| {
        install_probes(world);
        let class = complus::class::get_class_object(
            BothProbe::DESCRIPTION.clsid,
            complus::attribute::ClassContext::ALL,
            complus::iid::CLASS_FACTORY,
        )
        .unwrap();
        let made = Ref::<dyn Probe>::try_from(class.create_instance(complus::iid::UNKNOWN).unwrap()).unwrap();
        assert_eq!(made.whereabouts(), Ok(Ran::here()));
    });
}
