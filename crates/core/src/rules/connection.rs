//! What keeps an object alive from outside its apartment: strong references, weak table entries, locks (SYN 10.2,
//! 10.6).

/// The references to an object from outside. It has to be let go of when it says so, once.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Connection {
    /// Strong ones: of proxies, normal and table-strong packets, and external locks.
    pub strong: u32,
    /// Table-weak packets that were not released.
    pub weak: u32,
    /// The object has IExternalConnection, and decides for itself when it is no longer needed.
    pub external_connection: bool,
}

/// Why a strong reference goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cause {
    /// CoReleaseMarshalData.
    PacketReleased,
    /// A normal packet came back to the object's apartment.
    UnmarshaledAtHome,
    /// A proxy went, or its apartment.
    ProxyReleased,
    /// The object's own apartment ended.
    ApartmentEnded,
    /// CoLockObjectExternal without lock, and its last argument.
    Unlocked {
        /// The last unlock releases the object.
        last_unlock_releases: bool,
    },
}

impl Cause {
    /// What IExternalConnection is told: whether the last release closes the connection (W66 to W70, W76).
    #[inline]
    pub const fn last_release_closes(self) -> bool {
        match self {
            Self::PacketReleased | Self::ProxyReleased => true,
            Self::UnmarshaledAtHome | Self::ApartmentEnded => false,
            Self::Unlocked { last_unlock_releases } => last_unlock_releases,
        }
    }
}

impl Connection {
    /// An object that nobody outside knows.
    #[inline]
    pub const fn new(external_connection: bool) -> Self {
        Self { strong: 0, weak: 0, external_connection }
    }

    /// Somebody holds it.
    #[inline]
    pub const fn is_held(&self) -> bool {
        self.strong > 0 || self.weak > 0
    }

    /// One more strong reference.
    #[inline]
    pub const fn add_strong(&mut self) {
        self.strong += 1;
    }

    /// One more weak one.
    #[inline]
    pub const fn add_weak(&mut self) {
        self.weak += 1;
    }

    /// One strong reference less; whether the object is let go of. Weak entries go with the last strong reference,
    /// unless the object has IExternalConnection or the release does not close the connection (W80, W83, 10.6).
    pub const fn release_strong(&mut self, cause: Cause) -> bool {
        if self.strong == 0 {
            return false;
        }
        self.strong -= 1;
        if self.strong > 0 {
            return false;
        }
        if cause.last_release_closes() && !self.external_connection {
            self.weak = 0;
        }
        self.weak == 0
    }

    /// One weak entry less; whether the object is let go of: by the last one, if nothing else holds it (W82, W84).
    pub const fn release_weak(&mut self) -> bool {
        if self.weak == 0 {
            return false;
        }
        self.weak -= 1;
        !self.is_held()
    }

    /// CoDisconnectObject, or the end of the object's apartment: all references go. Whether there were any.
    pub const fn disconnect(&mut self) -> bool {
        let held = self.is_held();
        self.strong = 0;
        self.weak = 0;
        held
    }
}
