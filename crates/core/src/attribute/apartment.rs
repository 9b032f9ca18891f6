//! Kinds of apartments and threads (ACT 2, SYN 2.1).

use super::attribute;

attribute! {
    /// The concurrency model that a thread asks for when it initialises COM.
    ApartmentModel: "COINIT" {
        /// Joins the multithreaded apartment.
        Multithreaded = 0 "COINIT_MULTITHREADED",
        /// Gets a single-threaded apartment of its own.
        ApartmentThreaded = 2 "COINIT_APARTMENTTHREADED",
    }
}

attribute! {
    /// What CoGetApartmentType answers.
    ApartmentType: "APTTYPE" {
        /// The caller's own; also written when there is none.
        Current = -1 "APTTYPE_CURRENT",
        /// A single-threaded apartment that is not the main one.
        Sta = 0 "APTTYPE_STA",
        /// The multithreaded apartment.
        Mta = 1 "APTTYPE_MTA",
        /// The neutral apartment.
        Na = 2 "APTTYPE_NA",
        /// The main single-threaded apartment.
        MainSta = 3 "APTTYPE_MAINSTA",
    }
}

attribute! {
    /// What lies beneath the apartment type.
    ApartmentTypeQualifier: "APTTYPEQUALIFIER" {
        /// Nothing to add.
        None = 0 "APTTYPEQUALIFIER_NONE",
        /// A thread that never initialised COM, in a process that has an MTA.
        ImplicitMta = 1 "APTTYPEQUALIFIER_IMPLICIT_MTA",
        /// Neutral, on an MTA thread.
        NaOnMta = 2 "APTTYPEQUALIFIER_NA_ON_MTA",
        /// Neutral, on an STA thread.
        NaOnSta = 3 "APTTYPEQUALIFIER_NA_ON_STA",
        /// Neutral, on an implicit MTA thread.
        NaOnImplicitMta = 4 "APTTYPEQUALIFIER_NA_ON_IMPLICIT_MTA",
        /// Neutral, on the main STA thread.
        NaOnMainSta = 5 "APTTYPEQUALIFIER_NA_ON_MAINSTA",
        /// An application STA.
        ApplicationSta = 6 "APTTYPEQUALIFIER_APPLICATION_STA",
    }
}

attribute! {
    /// Whether the thread of an apartment pumps messages.
    ThreadType: "THDTYPE" {
        /// A thread of the MTA: it blocks.
        BlockMessages = 0 "THDTYPE_BLOCKMESSAGES",
        /// A thread of an STA: it pumps.
        ProcessMessages = 1 "THDTYPE_PROCESSMESSAGES",
    }
}

attribute! {
    /// The three kinds of apartment, as the flow rules see them.
    ApartmentKind: "ApartmentKind" {
        /// Single-threaded.
        Sta = 0 "STA",
        /// Multithreaded.
        Mta = 1 "MTA",
        /// Neutral.
        Neutral = 2 "NA",
    }
}
