//! Flag words: numbers whose bits are set one by one (SYN 2.1, SEC A.3).

use super::ApartmentModel;
use core::ops::BitOr;

/// Declares a flag word: constant = bit, header name, documentation.
macro_rules! bits {
    ($(#[$meta:meta])* $name:ident: $header:literal { $($(#[$cmeta:meta])* $constant:ident = $bit:literal $com:literal,)+ }) => {
        $(#[$meta])*
        #[doc = ""]
        #[doc = concat!("`", $header, "` of the headers. A word may hold bits without a name; [`unknown`](Self::unknown) tells.")]
        #[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
        pub struct $name(pub u32);

        impl $name {
            $($(#[$cmeta])* pub const $constant: Self = Self($bit);)+

            /// Every bit that has a name, with the name that the headers use.
            pub const NAMES: &'static [(Self, &'static str)] = &[$((Self::$constant, $com)),+];

            /// Whether all bits of `other` are set here.
            #[inline]
            pub const fn contains(self, other: Self) -> bool {
                self.0 & other.0 == other.0
            }

            /// The bits that have no name.
            #[inline]
            pub const fn unknown(self) -> u32 {
                self.0 & !(0 $(| $bit)+)
            }
        }

        impl BitOr for $name {
            type Output = Self;
            fn bitor(self, other: Self) -> Self {
                Self(self.0 | other.0)
            }
        }
    };
}

bits! {
    /// What a thread asks for when it initialises COM. Without [`APARTMENT_THREADED`](Self::APARTMENT_THREADED)
    /// it asks for the multithreaded apartment.
    CoInit: "COINIT" {
        /// A single-threaded apartment of its own.
        APARTMENT_THREADED = 0x2 "COINIT_APARTMENTTHREADED",
        /// No DDE for OLE 1; says nothing about the apartment.
        DISABLE_OLE1DDE = 0x4 "COINIT_DISABLE_OLE1DDE",
        /// Memory for speed; says nothing about the apartment.
        SPEED_OVER_MEMORY = 0x8 "COINIT_SPEED_OVER_MEMORY",
    }
}

impl CoInit {
    /// The multithreaded apartment: no bit at all.
    pub const MULTITHREADED: Self = Self(0);
}

/// The flag word that asks for a model and nothing else.
impl From<ApartmentModel> for CoInit {
    fn from(model: ApartmentModel) -> Self {
        match model {
            ApartmentModel::Multithreaded => Self::MULTITHREADED,
            ApartmentModel::ApartmentThreaded => Self::APARTMENT_THREADED,
        }
    }
}

bits! {
    /// What COM has noted about a thread, in its thread-local storage (SYN 5.1, W19).
    ThreadFlags: "OLETLSFLAGS" {
        /// The thread has a logical thread id.
        UUID_INITIALIZED = 0x2 "OLETLS_UUIDINITIALIZED",
        /// No DDE for OLE 1.
        DISABLE_OLE1DDE = 0x40 "OLETLS_DISABLE_OLE1DDE",
        /// The thread has a single-threaded apartment.
        APARTMENT_THREADED = 0x80 "OLETLS_APARTMENTTHREADED",
        /// The thread joined the multithreaded apartment; not set for implicit members.
        MULTITHREADED = 0x100 "OLETLS_MULTITHREADED",
    }
}

bits! {
    /// How CoWaitForMultipleHandles waits.
    WaitFlags: "COWAIT_FLAGS" {
        /// Until all handles are signalled, not just one.
        WAIT_ALL = 0x1 "COWAIT_WAITALL",
        /// A queued asynchronous procedure ends the wait.
        ALERTABLE = 0x2 "COWAIT_ALERTABLE",
        /// Input that was seen and left in the queue counts as new.
        INPUT_AVAILABLE = 0x4 "COWAIT_INPUTAVAILABLE",
        /// An application STA takes calls; others always do.
        DISPATCH_CALLS = 0x8 "COWAIT_DISPATCH_CALLS",
        /// An application STA takes window messages; others always do.
        DISPATCH_WINDOW_MESSAGES = 0x10 "COWAIT_DISPATCH_WINDOW_MESSAGES",
    }
}

bits! {
    /// What identity outgoing calls show and what is demanded of their security (SEC A.3, B.9). The last five
    /// are MS-COMA's.
    AuthenticationCapability: "COMAdminAuthenticationCapabilitiesOptions" {
        /// Both sides prove who they are.
        MUTUAL = 0x1 "EOAC_MUTUAL_AUTH",
        /// References are counted securely.
        SECURE_REFERENCE = 0x2 "COMAdminAuthenticationCapabilitiesSecureReference",
        /// The identity of the first call.
        STATIC_CLOAKING = 0x20 "COMAdminAuthenticationCapabilitiesStaticCloaking",
        /// The identity of the moment.
        DYNAMIC_CLOAKING = 0x40 "COMAdminAuthenticationCapabilitiesDynamicCloaking",
        /// Any authority may certify.
        ANY_AUTHORITY = 0x80 "EOAC_ANY_AUTHORITY",
        /// Make certificates fully standard.
        MAKE_FULL_SIC = 0x100 "EOAC_MAKE_FULLSIC",
        /// Demand fully standard certificates.
        REQUIRE_FULL_SIC = 0x200 "EOAC_REQUIRE_FULLSIC",
        /// No activation as the activator.
        DISABLE_AAA = 0x1000 "EOAC_DISABLE_AAA",
        /// No marshaling by foreign code.
        NO_CUSTOM_MARSHAL = 0x2000 "EOAC_NO_CUSTOM_MARSHAL",
    }
}

impl WaitFlags {
    /// Until one handle is signalled.
    pub const DEFAULT: Self = Self(0);
}

bits! {
    /// Where the code of a class runs, as far as the caller cares.
    ClassContext: "CLSCTX" {
        /// In the caller's process.
        INPROC_SERVER = 0x1 "CLSCTX_INPROC_SERVER",
        /// In the caller's process, on behalf of another one.
        INPROC_HANDLER = 0x2 "CLSCTX_INPROC_HANDLER",
        /// In a process of its own, or in whoever registered a class object for others.
        LOCAL_SERVER = 0x4 "CLSCTX_LOCAL_SERVER",
        /// On another machine.
        REMOTE_SERVER = 0x10 "CLSCTX_REMOTE_SERVER",
        /// As if the creator's code ran in the default context of its apartment.
        FROM_DEFAULT_CONTEXT = 0x2_0000 "CLSCTX_FROM_DEFAULT_CONTEXT",
    }
}

impl ClassContext {
    /// Wherever it runs on this machine.
    pub const ALL: Self = Self(0x17);

    /// In the caller's process, whichever way.
    pub const IN_PROCESS: Self = Self(0x3);
    /// In another process, here or elsewhere.
    pub const OUT_OF_PROCESS: Self = Self(0x14);

    /// Whether one of `others` is set here.
    #[inline]
    pub const fn intersects(self, others: Self) -> bool {
        self.0 & others.0 != 0
    }
}

bits! {
    /// How CoWaitForMultipleObjects waits: always for one object.
    ObjectWaitFlags: "CWMO_FLAGS" {
        /// As [`WaitFlags::DISPATCH_CALLS`].
        DISPATCH_CALLS = 0x1 "CWMO_DISPATCH_CALLS",
        /// As [`WaitFlags::DISPATCH_WINDOW_MESSAGES`].
        DISPATCH_WINDOW_MESSAGES = 0x2 "CWMO_DISPATCH_WINDOW_MESSAGES",
    }
}

/// The same wait in the words of the older sibling (SYN 7.3).
impl From<ObjectWaitFlags> for WaitFlags {
    fn from(flags: ObjectWaitFlags) -> Self {
        let named = |flag, as_wait: Self| if flags.contains(flag) { as_wait } else { Self::DEFAULT };
        named(ObjectWaitFlags::DISPATCH_CALLS, Self::DISPATCH_CALLS)
            | named(ObjectWaitFlags::DISPATCH_WINDOW_MESSAGES, Self::DISPATCH_WINDOW_MESSAGES)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_word_contains_its_bits_and_knows_those_without_a_name() {
        let flags = WaitFlags::WAIT_ALL | WaitFlags::ALERTABLE;
        assert_eq!(flags.0, 3);
        assert!(flags.contains(WaitFlags::ALERTABLE) && flags.contains(WaitFlags::DEFAULT));
        assert!(!flags.contains(WaitFlags::ALERTABLE | WaitFlags::INPUT_AVAILABLE));
        assert_eq!(flags.unknown(), 0);
        assert_eq!(WaitFlags(0x21).unknown(), 0x20);
        assert_eq!(CoInit(0x1 | 0xE).unknown(), 1);
    }

    #[test]
    fn the_numbers_are_those_of_the_headers() {
        let wait: [u32; 5] = [1, 2, 4, 8, 0x10];
        assert!(WaitFlags::NAMES.iter().map(|(flag, _)| flag.0).eq(wait));
        assert!(CoInit::NAMES.iter().map(|(flag, _)| flag.0).eq([2, 4, 8]));
        assert!(ClassContext::NAMES.iter().map(|(flag, _)| flag.0).eq([1, 2, 4, 0x10, 0x2_0000]));
        assert!(ThreadFlags::NAMES.iter().map(|(flag, _)| flag.0).eq([2, 0x40, 0x80, 0x100]));
        let both = ObjectWaitFlags::DISPATCH_CALLS | ObjectWaitFlags::DISPATCH_WINDOW_MESSAGES;
        assert_eq!((both.0, WaitFlags::from(both).0), (3, 0x18));
    }
}
