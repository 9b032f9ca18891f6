//! A pool whose maximum an administrator changes serves everybody, and comes to its new maximum.

use super::{in_mta, machines, support::*};
use complus_catalog::{Options, Value, parse};
use complus_core::{Result, hresult};
use complus_diagnostic::Source;
use complus_runtime::{Activation, ClassFactory, Method, Object, Runtime, iid};
use complus_sync::{
    Arc,
    atomic::{AtomicU32, Ordering},
    explore::explore,
    thread,
};
use uuid::Uuid;

const METHOD: Method = Method { interface: iid::UNKNOWN, number: 3 };
const APPLICATION: Uuid = Uuid::from_u128(0xa);
const CLASS: Uuid = Uuid::from_u128(0xc);

/// One of at most two that there are at once, whatever the maximum is.
struct One(Arc<AtomicU32>);

impl Object for One {
    fn supports(&self, _: Uuid) -> bool {
        true
    }
}

impl Drop for One {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

struct OneClass(Arc<AtomicU32>);

impl ClassFactory for OneClass {
    fn create_instance(&self) -> Result<Arc<dyn Object>> {
        assert!(self.0.fetch_add(1, Ordering::Relaxed) < 2, "above every maximum");
        Ok(Arc::new(One(self.0.clone())))
    }
}

/// A pooled class of a library application; one object at most.
fn text() -> String {
    format!(
        "format = 1\ndefaults = \"ws2003\"\n\n[[application]]\nid = \"{{{APPLICATION}}}\"\nname = \
         \"Tests\"\nactivation = \"library\"\nauthentication = \"default\"\naccess_checks_level = \
         \"application\"\nevents_enabled = false\n\n[[application.component]]\nclsid = \"{{{CLASS}}}\"\nprogid = \
         \"Tests.One\"\nfactory = \"one\"\nthreading_model = \"both\"\ntransaction = \
         \"disabled\"\nobject_pooling_enabled = true\nmax_pool_size = 1\n"
    )
}

fn visit() -> hresult::HResult {
    code(Activation::of(CLASS).create().and_then(|it| it.call_as(METHOD, |_: &One| Ok(()))))
}

/// An administrator changes the maximum.
fn put_maximum(runtime: &Runtime, maximum: i32) {
    let mut classes =
        runtime.catalog().administer().collection_by_query("Components", &[Value::Guid(APPLICATION)]).unwrap();
    classes.populate().unwrap();
    classes.find_mut(&Value::Guid(CLASS)).unwrap().put("MaxPoolSize", maximum).unwrap();
    assert_eq!(classes.save_changes().result, Ok(()));
}

#[test]
fn everybody_is_served_while_the_maximum_grows_and_shrinks() {
    for machine in machines() {
        explore(150, move || {
            let catalog = parse(Source::new("one.toml", text()), Options::default()).unwrap().catalog;
            let runtime = machine().catalog(catalog).build().unwrap();
            runtime.start();
            let live = Arc::new(AtomicU32::new(0));
            runtime.register_factory("one", move || Arc::new(OneClass(live.clone())));
            let (keeps, own) = (Story::new(), runtime.clone());
            let over = keeps.clone();
            // Somebody keeps the apartment, and its pools, all the time.
            let keeping = mta_thread(&runtime, move || keeps.wait_for(1));
            let visiting = [(); 2].map(|()| mta_thread(&runtime, || [visit(), visit()]));
            let changing = thread::spawn(move || [2, 1].into_iter().for_each(|maximum| put_maximum(&own, maximum)));
            for thread in visiting {
                assert_eq!(thread.join().unwrap(), [hresult::S_OK; 2]);
            }
            changing.join().unwrap();
            in_mta(&runtime, || {
                assert_eq!(visit(), hresult::S_OK);
                let figures = runtime.process().pool_manager().statistics(CLASS).unwrap();
                assert_eq!((figures.pooled, figures.idle, figures.waiting, figures.objects), (1, 1, 0, 0));
            });
            over.tell(());
            keeping.join().unwrap();
        });
    }
}
