//! An activation finds an instance, however an administrator ends one on the way to it.

use super::{machines, support::*};
use complus_catalog::Catalog;
use complus_core::{
    Result,
    attribute::ThreadingModel,
    hresult::{HResult, RPC_E_DISCONNECTED, RPC_E_SERVER_DIED_DNE, S_OK},
};
use complus_runtime::{Activation, ClassFactory, Object, Runtime};
use complus_sync::{Arc, explore::explore, thread};
use uuid::Uuid;

const CLSID: Uuid = Uuid::from_u128(0x8F2B_5C1E_51A0_4D0B_9C55_0E5A_3D1F_0101);
const CATALOG: &str = r#"
    format = 1
    defaults = "ws2003"
    [[application]]
    id = "{8F2B5C1E-51A0-4D0B-9C55-0E5A3D1F0001}"
    name = "Server"
    [[application.component]]
    clsid = "{8F2B5C1E-51A0-4D0B-9C55-0E5A3D1F0101}"
    threading_model = "both"
"#;

struct Plain;

impl Object for Plain {
    fn supports(&self, _: Uuid) -> bool {
        true
    }
}

struct PlainClass;

impl ClassFactory for PlainClass {
    fn create_instance(&self) -> Result<Arc<dyn Object>> {
        Ok(Arc::new(Plain))
    }
}

fn catalog() -> Catalog {
    let source = complus_diagnostic::Source::new("server.toml", CATALOG);
    complus_catalog::parse(source, complus_catalog::Options::default()).unwrap().catalog
}

/// One thread creates an object, another one ends every instance that is there; what the creator is told.
fn create_while(runtime: &Runtime, end: fn(&Runtime)) -> HResult {
    runtime.register_class(CLSID, ThreadingModel::Both, || std::sync::Arc::new(PlainClass));
    runtime.start();
    let creating = mta_thread(runtime, || code(Activation::of(CLSID).create().map(drop)));
    let ending = thread::spawn({
        let runtime = runtime.clone();
        move || end(&runtime)
    });
    ending.join().unwrap();
    creating.join().unwrap()
}

#[test]
fn who_creates_while_the_application_is_shut_down_gets_an_object() {
    for machine in machines() {
        explore(600, move || {
            let runtime = machine().catalog(catalog()).build().unwrap();
            let end = |runtime: &Runtime| runtime.shutdown_application("Server").unwrap();
            assert_eq!(create_while(&runtime, end), S_OK);
        });
    }
}

#[test]
fn who_creates_while_the_process_dies_loses_a_creation_that_has_begun_at_most() {
    for machine in machines() {
        explore(600, move || {
            let runtime = machine().catalog(catalog()).build().unwrap();
            let end = |runtime: &Runtime| {
                runtime.application_instances().iter().for_each(|instance| instance.process().kill());
            };
            let code = create_while(&runtime, end);
            assert!([S_OK, RPC_E_DISCONNECTED, RPC_E_SERVER_DIED_DNE].contains(&code), "{code}");
        });
    }
}
