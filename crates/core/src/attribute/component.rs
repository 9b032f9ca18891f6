//! Attributes of a configured component (ACT 4, TXN 2.1, SYN 2.1).

use super::attribute;

attribute! {
    /// The Transaction attribute.
    TransactionAttribute: "COMAdminTransactionOptions" {
        /// Plays no part; console caption "Disabled".
        Disabled = 0 "COMAdminTransactionIgnored",
        /// Never in a transaction.
        NotSupported = 1 "COMAdminTransactionNone",
        /// In the creator's transaction, if there is one.
        Supported = 2 "COMAdminTransactionSupported",
        /// In the creator's transaction, else root of a new one.
        Required = 3 "COMAdminTransactionRequired",
        /// Root of a new transaction.
        RequiresNew = 4 "COMAdminTransactionRequiresNew",
    }
}

attribute! {
    /// The Synchronization attribute.
    SynchronizationAttribute: "COMAdminSynchronizationOptions" {
        /// Plays no part; console caption "Disabled".
        Disabled = 0 "COMAdminSynchronizationIgnored",
        /// In no activity.
        NotSupported = 1 "COMAdminSynchronizationNone",
        /// In the creator's activity, if there is one.
        Supported = 2 "COMAdminSynchronizationSupported",
        /// In the creator's activity, else in a new one.
        Required = 3 "COMAdminSynchronizationRequired",
        /// In a new activity.
        RequiresNew = 4 "COMAdminSynchronizationRequiresNew",
    }
}

attribute! {
    /// The ThreadingModel attribute.
    ThreadingModel: "COMAdminThreadingModels" {
        /// In a single-threaded apartment.
        Apartment = 0 "COMAdminThreadingModelApartment",
        /// In the multithreaded apartment.
        Free = 1 "COMAdminThreadingModelFree",
        /// In the main single-threaded apartment.
        Main = 2 "COMAdminThreadingModelMain",
        /// Wherever the creator is.
        Both = 3 "COMAdminThreadingModelBoth",
        /// In the neutral apartment.
        Neutral = 4 "COMAdminThreadingModelNeutral",
        /// Not recorded; treated like Main.
        NotSpecified = 5 "COMAdminThreadingModelNotSpecified",
    }
}
