//! What StartApplication asks of the catalog (SEC A.9).

use super::application;
use crate::{
    Administrator,
    schema::{CollectionId, application as app},
    value::ValueRef,
};
use complus_core::{
    attribute::Activation,
    error::{CatalogError, Result},
};
use uuid::Uuid;

impl Administrator {
    /// Whether an application, by id or name, can be started; its id. What an open transaction has written does not
    /// count yet: applications are started and activated from the committed state (A.8).
    ///
    /// # Errors
    /// COMADMIN_E_OBJECT_DOES_NOT_EXIST and COMADMIN_E_AMBIGUOUS_APPLICATION_NAME as for
    /// [`application`](Administrator::application); COMADMIN_E_CAN_NOT_START_APP for a library application or a proxy,
    /// COMADMIN_E_START_APP_DISABLED when it is disabled, COMADMIN_E_START_APP_NEEDS_COMPONENTS when it is empty.
    pub fn check_start(&self, id_or_name: &str) -> Result<Uuid> {
        let view = self.catalog().snapshot();
        let view = view.root();
        let id = application(view, id_or_name)?;
        let node = view.find(CollectionId::Applications, ValueRef::Guid(id)).ok_or(CatalogError::DoesNotExist)?;
        let library = node.get(app::ACTIVATION) == Activation::Library;
        let empty =
            node.below(CollectionId::Components).is_empty() && node.below(CollectionId::LegacyComponents).is_empty();
        match () {
            () if library || node.get(app::APPLICATION_PROXY) => Err(CatalogError::CannotStart.into()),
            () if !node.get(app::IS_ENABLED) => Err(CatalogError::StartDisabled.into()),
            () if empty => Err(CatalogError::StartNeedsComponents.into()),
            () => Ok(id),
        }
    }
}
