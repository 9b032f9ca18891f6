//! CoRegisterClassObject: class objects that an apartment registers, for itself or for others (SYN 10.6).

use crate::{
    reference::{Holder, Reference},
    thread,
};
use complus_core::{
    attribute::{ClassContext, RegistrationUse},
    error::{ClassError, Result},
};
use uuid::Uuid;

/// The class objects that the apartments of a process have registered.
#[derive(Default)]
pub(super) struct Registrations {
    last: u32,
    entries: Vec<Registration>,
}

struct Registration {
    cookie: u32,
    clsid: Uuid,
    contexts: ClassContext,
    r#use: RegistrationUse,
    apartment: u64,
    class: Reference,
    /// Was handed out to another apartment, and may be so but once.
    spent: bool,
}

impl Registration {
    /// The class contexts it is found by within its own apartment: one that may be used any number of times is found
    /// there as well, if it was registered for others.
    fn at_home(&self) -> ClassContext {
        match self.r#use {
            RegistrationUse::Multiple if self.contexts.contains(ClassContext::LOCAL_SERVER) => {
                self.contexts | ClassContext::INPROC_SERVER
            }
            _ => self.contexts,
        }
    }
}

impl Registrations {
    pub(super) fn len(&self) -> usize {
        self.entries.len()
    }

    /// The class object that an apartment has registered for itself.
    pub(super) fn find(&self, clsid: Uuid, contexts: ClassContext, apartment: u64) -> Option<Reference> {
        let fits = |entry: &&Registration| {
            entry.apartment == apartment && entry.clsid == clsid && entry.at_home().intersects(contexts)
        };
        self.entries.iter().find(fits).map(|entry| entry.class.clone())
    }

    /// The class object that some apartment has registered for others.
    pub(super) fn find_for_others(&mut self, clsid: Uuid) -> Option<Reference> {
        let fits = |entry: &&mut Registration| {
            entry.clsid == clsid && entry.contexts.contains(ClassContext::LOCAL_SERVER) && !entry.spent
        };
        let entry = self.entries.iter_mut().find(fits)?;
        entry.spent = entry.r#use == RegistrationUse::Single;
        Some(entry.class.clone())
    }

    /// Takes out what an apartment registered.
    pub(super) fn end(&mut self, apartment: u64) -> Vec<Reference> {
        self.entries.extract_if(.., |entry| entry.apartment == apartment).map(|entry| entry.class).collect()
    }
}

/// CoRegisterClassObject: the class object is found by [`get_class_object`](super::get_class_object), in this apartment
/// or, with [`ClassContext::LOCAL_SERVER`], in all others, until it is revoked or the apartment ends. Answers a cookie,
/// never zero.
///
/// # Errors
/// CO_E_NOTINITIALIZED; CO_E_OBJISREG when this apartment has registered the class already.
pub fn register_class_object(
    clsid: Uuid,
    class: &Reference,
    contexts: ClassContext,
    r#use: RegistrationUse,
) -> Result<u32> {
    let (_, process) = thread::here()?;
    let apartment = Holder::current().map_err(|_| ClassError::NotInitialized)?.apartment;
    let class = class.query(crate::reference::iid::UNKNOWN)?;
    process.classes.change_registrations(|registrations| {
        let mut others = registrations.entries.iter().filter(|entry| entry.apartment == apartment);
        if others.any(|entry| entry.clsid == clsid && entry.contexts.intersects(contexts)) {
            return Err(ClassError::AlreadyRegistered.into());
        }
        registrations.last += 1;
        let cookie = registrations.last;
        registrations.entries.push(Registration { cookie, clsid, contexts, r#use, apartment, class, spent: false });
        Ok(cookie)
    })
}

/// CoRevokeClassObject.
///
/// # Errors
/// CO_E_NOTINITIALIZED; E_INVALIDARG for an unknown cookie; RPC_E_WRONG_THREAD outside the apartment that registered it.
pub fn revoke_class_object(cookie: u32) -> Result<()> {
    let (_, process) = thread::here()?;
    let apartment = Holder::current().map_err(|_| ClassError::NotInitialized)?.apartment;
    let revoked = process.classes.change_registrations(|registrations| {
        let place = registrations.entries.iter().position(|entry| entry.cookie == cookie);
        let place = place.ok_or(ClassError::UnknownCookie)?;
        if registrations.entries[place].apartment != apartment {
            return Err(ClassError::WrongThread);
        }
        Ok(registrations.entries.swap_remove(place))
    })?;
    drop(revoked); // Out here: it may be the class object's end.
    Ok(())
}
