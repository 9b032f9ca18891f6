//! A component whose instances come from a pool (ACT 7.6).

use super::{Component, instance::Instance};
use crate::reference::Object;
use complus_core::{
    error::{ActivationError, Result},
    object_pool::Lease,
};
use complus_sync::Arc;
use complus_transaction::Transaction;

impl Component {
    /// Takes an instance from the pool, or makes one.
    pub(super) fn check_out(&self) -> Result<(Arc<dyn Object>, Lease)> {
        let pool = self.pool.as_ref().ok_or(ActivationError::ActivationFailed)?;
        pool.check_out(&self.machine, &self.process, self.unit_of_work().as_ref())
    }

    /// Gives an instance back, if it is `poolable`. `None` if it was destroyed instead and panicked.
    pub(super) fn check_in(&self, instance: Arc<dyn Object>, lease: Option<Lease>, poolable: bool) -> Option<()> {
        let Some(pool) = &self.pool else { return Some(()) };
        match lease.filter(|_| poolable) {
            Some(lease) => {
                pool.check_in(&self.machine, instance, lease, self.unit_of_work().as_ref());
                Some(())
            }
            None => pool.give_up(&self.machine, instance),
        }
    }

    /// The current transaction of its stream, if it takes part in that: what its instances are affine to.
    fn unit_of_work(&self) -> Option<Transaction> {
        let membership = self.membership.as_ref()?;
        membership.stream.current_of(membership)
    }

    /// Nobody has the component any more: what it still has of a pool, because something panicked, goes back.
    pub(super) fn return_to_pool(&mut self) {
        if self.pool.is_some() && !matches!(self.instance.get_mut(), Instance::None) {
            self.destroy();
        }
    }
}
