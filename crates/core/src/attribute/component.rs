//! Attributes of a configured component (ACT 4, TXN 2.1, SYN 2.1).

use super::{NotAValue, attribute};

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

attribute! {
    /// How often a registered class object is handed out to others.
    RegistrationUse: "REGCLS" {
        /// Once.
        Single = 0 "REGCLS_SINGLEUSE",
        /// Any number of times; within its own apartment as well.
        Multiple = 1 "REGCLS_MULTIPLEUSE",
        /// Any number of times, and not within its own apartment unless registered for that.
        MultipleSeparate = 2 "REGCLS_MULTI_SEPARATE",
    }
}

impl ThreadingModel {
    /// Reads the ThreadingModel value of an in-process class: `Apartment`, `Free`, `Both` or `Neutral`, in any
    /// letter case; without a value the class is for the main STA (SYN 6.5).
    ///
    /// # Errors
    /// [`NotAValue`] for any other text; an activation then answers REGDB_E_BADTHREADINGMODEL (ACT 5.2).
    pub fn from_registry(value: Option<&str>) -> Result<Self, NotAValue> {
        let Some(text) = value else { return Ok(Self::NotSpecified) };
        [Self::Apartment, Self::Free, Self::Both, Self::Neutral]
            .into_iter()
            .find(|model| model.name().eq_ignore_ascii_case(text))
            .ok_or(NotAValue { enumeration: "ThreadingModel" })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_threading_model_is_read_as_the_registry_spells_it() {
        for (text, model) in [
            (None, Ok(ThreadingModel::NotSpecified)),
            (Some("Apartment"), Ok(ThreadingModel::Apartment)),
            (Some("free"), Ok(ThreadingModel::Free)),
            (Some("BOTH"), Ok(ThreadingModel::Both)),
            (Some("Neutral"), Ok(ThreadingModel::Neutral)),
            (Some("Main"), Err(NotAValue { enumeration: "ThreadingModel" })),
            (Some(""), Err(NotAValue { enumeration: "ThreadingModel" })),
        ] {
            assert_eq!(ThreadingModel::from_registry(text), model, "{text:?}");
        }
    }
}
