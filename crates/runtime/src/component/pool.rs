//! Object pools (ACT 7.6).

use super::Component;
use crate::{class, reference::Object};
use complus_core::{error::Result, event::ObjectStep};
use complus_sync::Arc;
use complus_transaction::Transaction;

impl Component {
    /// Takes an instance from the pool, or makes one.
    pub(super) fn check_out(&self) -> Result<Arc<dyn Object>> {
        let object = class::load(&self.factory)?.make_instance()?;
        self.tell(ObjectStep::Created);
        if self.class.constructed {
            self.construct(&*object)?;
        }
        Ok(object)
    }

    /// Gives an instance back.
    pub(super) fn check_in(&self, object: Arc<dyn Object>, poolable: bool) {
        let _ = poolable;
        drop(object);
        self.tell(ObjectStep::Destroyed);
    }

    /// The transaction that the component took part in has ended.
    pub(super) fn transaction_ended(&self, transaction: &Transaction) {
        let _ = transaction;
    }
}
