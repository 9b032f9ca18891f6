//! What is left to do in an object's context after somebody has begun or ceased to hold it.

use super::{Object, Residence, slot::Slot};
use crate::application;
use complus_core::{error::Result, rules::activity_lock::Call};
use complus_sync::Arc;

/// What IExternalConnection is to be told.
#[derive(Clone, Copy)]
pub(super) enum News {
    Added,
    Released { closes: bool },
}

/// What is left to do in the object's context after its connection changed: to tell it, and to let it go.
#[must_use]
pub(super) struct Farewell {
    pub(super) slot: Arc<Slot>,
    pub(super) news: Vec<News>,
    pub(super) object: Option<Arc<dyn Object>>,
    /// The object is let go of; otherwise it is only told.
    pub(super) gone: bool,
}

impl Farewell {
    pub(super) fn nothing(slot: &Arc<Slot>) -> Self {
        Self { slot: slot.clone(), news: Vec::new(), object: None, gone: false }
    }

    /// Does it, without waiting (Y-14).
    pub(super) fn deliver(self, call: Call) {
        let Self { slot, news, object, gone } = self;
        let Some(object) = object else { return };
        let call = if gone { call } else { Call::ReferenceTraffic };
        let residence = slot.residence.clone();
        slot.residence.visit(call, move || take_leave(&news, object, gone.then_some(&residence)));
    }

    /// Does it at the end of the object's apartment.
    pub(super) fn clean_up(self) {
        let Self { slot, news, object, .. } = self;
        if let Some(object) = object {
            let residence = slot.residence.clone();
            slot.residence.clean_up(move || take_leave(&news, object, Some(&residence)));
        }
    }

    /// Does it, and waits until it is done.
    ///
    /// # Errors
    /// What keeps a call from being made into the object's context.
    pub(super) fn deliver_and_wait(self) -> Result<()> {
        let Self { slot, news, object, gone } = self;
        let residence = slot.residence.clone();
        match object {
            Some(object) => {
                slot.residence.visit_and_wait(move || take_leave(&news, object, gone.then_some(&residence)))
            }
            None => Ok(()),
        }
    }
}

/// `from`: where it is let go of.
fn take_leave(news: &[News], object: Arc<dyn Object>, from: Option<&Residence>) {
    if let Some(connection) = object.external_connection() {
        for news in news {
            match *news {
                News::Added => connection.add_connection(),
                News::Released { closes } => connection.release_connection(closes),
            }
        }
    }
    drop(object);
    if let Some(Residence { context, .. }) = from {
        application::object_left(&context.machine, &context.process);
    }
}
