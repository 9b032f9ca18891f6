//! Installing a component: into the catalog, and among the classes of the machine.

use super::{Component, Description, Instance};
use crate::{Runtime, class::ClassFactory, reference::Object};
use complus_catalog::{
    Administrator, Snapshot,
    schema::{CollectionId, application, component},
};
use complus_core::{
    attribute::{Activation, AuthenticationLevel},
    error::{CatalogError, Result},
};
use complus_sync::Arc;
use std::marker::PhantomData;

impl Runtime {
    /// Installs a component: into its application in the [catalog](Self::catalog), with its interfaces, methods and
    /// attributes, and as a class of which this machine can make objects.
    ///
    /// An application that is missing is made: a library application that checks no access, since it has no roles. A class
    /// that the catalog configures already stays as it is configured there; of such a one, and of one that is installed a
    /// second time, only the factory is registered.
    ///
    /// # Errors
    /// COMADMIN_E_COMPFILE_NOTINSTALLABLE for a component without interfaces; COMADMIN_E_PROPERTYSAVEFAILED for attributes
    /// that contradict each other, COMADMIN_E_OBJECTNOTPOOLABLE, COMADMIN_E_PROGIDINUSEBYCLSID when another class has its
    /// ProgID, COMADMIN_E_NOTCHANGEABLE for a locked application, and the other codes of
    /// [`Administrator::install_component`]. Then nothing has changed.
    pub fn install<T: Component>(&self) -> Result<()> {
        let description = T::DESCRIPTION;
        let is_configured = |snapshot: &Snapshot| !snapshot.classes().configurations(description.clsid).is_empty();
        if !is_configured(&self.catalog().snapshot()) {
            match self.configure(&description) {
                // Somebody else was faster.
                Err(_) if is_configured(&self.catalog().snapshot()) => {}
                result => result?,
            }
        }
        self.register_class(description.clsid, description.threading, || Arc::new(Factory::<T>(PhantomData)));
        self.register_factory(description.factory, || Arc::new(Factory::<T>(PhantomData)));
        Ok(())
    }

    fn configure(&self, description: &Description) -> Result<()> {
        let transaction = self.catalog().begin();
        let administrator = transaction.administer();
        let name = description.application;
        make_application(&administrator, name)?;
        administrator.install_component(name, &description.descriptor())?;
        let view = administrator.view();
        let mut components = view.applications().iter().flat_map(|it| it.below(CollectionId::Components));
        let installed = components.find(|it| it.get(component::CLSID) == description.clsid);
        if !installed.is_some_and(|component| description.settings.hold(component)) {
            return Err(CatalogError::PropertySaveFailed.into());
        }
        transaction.commit()
    }
}

/// The application, if it is not there.
fn make_application(administrator: &Administrator, name: &str) -> Result<()> {
    let mut applications = administrator.collection("Applications")?;
    applications.populate()?;
    if applications.iter().any(|application| application.name().eq_ignore_ascii_case(name)) {
        return Ok(());
    }
    let fresh = applications.add()?;
    fresh.set(application::NAME, name)?;
    fresh.set(application::ACTIVATION, Activation::Library)?;
    fresh.set(application::AUTHENTICATION, AuthenticationLevel::Default)?;
    fresh.set(application::APPLICATION_ACCESS_CHECKS_ENABLED, false)?;
    let saved = applications.save_changes().result;
    // The reason says more than that there is one.
    saved.map_err(|error| applications.error_info().first().map_or(error, |row| row.error))
}

/// Installs a component on the thread's machine, else on the default one.
///
/// # Errors
/// As for [`Runtime::install`].
pub fn install<T: Component>() -> Result<()> {
    Runtime::current().install::<T>()
}

/// Makes the objects of a component.
struct Factory<T>(PhantomData<fn() -> T>);

impl<T: Component> ClassFactory for Factory<T> {
    fn create_instance(&self) -> Result<Arc<dyn Object>> {
        Ok(Arc::new(T::Instance::new(T::create()?)))
    }
}
