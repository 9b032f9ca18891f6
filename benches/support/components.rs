//! Components for the benches: a catalog, and objects that do nothing.

use std::sync::Arc;

use complus::{
    Activation, ClassFactory, Method, Object,
    attribute::ClassContext,
    catalog::{Catalog, Options},
    prelude::*,
};
use uuid::Uuid;

/// The CLSID of a machine's only class.
const CLASS: u128 = 0xc1a5;

/// A catalog with one library application of these properties, and these classes, each with the lines that `class`
/// gives for it.
pub(crate) fn catalog(
    application: &str,
    classes: impl Iterator<Item = u128>,
    class: impl Fn(usize) -> String,
) -> Catalog {
    let mut text = format!(
        "format = 1\ndefaults = \"ws2003\"\n\n[[application]]\nid = \"{{{}}}\"\nname = \"Bench\"\nactivation = \
         \"library\"\nauthentication = \"default\"\naccess_checks_level = \"application\"\n{application}\n",
        Uuid::from_u128(0xa)
    );
    for (number, clsid) in classes.enumerate() {
        text += &format!(
            "\n[[application.component]]\nclsid = \"{{{}}}\"\nprogid = \"Bench.Class{number}\"\nfactory = \
             \"bench\"\nthreading_model = \"both\"\n{}\n",
            Uuid::from_u128(clsid),
            class(number)
        );
    }
    let source = complus_diagnostic::Source::new("bench.toml", text);
    complus::catalog::parse(source, Options::default()).expect("the catalog obeys the rules").catalog
}

/// An object that does nothing, so that what surrounds it is measured.
struct Idle;

impl Object for Idle {
    fn supports(&self, interface: Uuid) -> bool {
        interface == METHOD.interface
    }
}

/// Gives the same object again and again: making one costs nothing.
struct IdleClass(Arc<Idle>);

impl ClassFactory for IdleClass {
    fn create_instance(&self) -> complus::Result<Arc<dyn Object>> {
        Ok(self.0.clone())
    }
}

/// Its only method.
pub(crate) const METHOD: Method = Method { interface: Uuid::from_u128(0x1d1e), number: 3 };

/// A request for the only class.
pub(crate) fn request() -> Activation {
    Activation::of(Uuid::from_u128(CLASS)).contexts(ClassContext::INPROC_SERVER).interface(METHOD.interface)
}

/// Runs `body` on a thread in the MTA of a machine with one class of these properties.
pub(crate) fn with_class<T>(application: &str, properties: &str, body: impl FnOnce(&Runtime) -> T) -> T {
    let catalog = catalog(application, std::iter::once(CLASS), |_| properties.to_owned());
    let runtime = Runtime::builder().catalog(catalog).build().expect("the machine is consistent");
    runtime.register_factory("bench", || Arc::new(IdleClass(Arc::new(Idle))));
    let _bound = runtime.enter();
    let _apartment = Apartment::initialize(ApartmentModel::Multithreaded).expect("the thread is fresh");
    body(&runtime)
}
