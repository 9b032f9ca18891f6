//! The `CSC_*` settings of a service configuration (SWC 1.4).

use super::attribute;

attribute! {
    /// From what a new context is derived. Beware: 0 is *inherit*, and the default is 1, *ignore*.
    InheritanceConfig: "CSC_InheritanceConfig" {
        /// Derived from the caller's context.
        Inherit = 0 "CSC_Inherit",
        /// Derived from the default context.
        Ignore = 1 "CSC_Ignore",
    }
}

attribute! {
    /// Which thread pool serves an activity object.
    ThreadPool: "CSC_ThreadPool" {
        /// None: right for a service domain, refused by CoCreateActivity.
        None = 0 "CSC_ThreadPoolNone",
        /// That of the caller's apartment.
        Inherit = 1 "CSC_ThreadPoolInherit",
        /// The pool of single-threaded apartments.
        Sta = 2 "CSC_STAThreadPool",
        /// The multithreaded apartment.
        Mta = 3 "CSC_MTAThreadPool",
    }
}

attribute! {
    /// Whether all work of an activity object stays on one thread.
    Binding: "CSC_Binding" {
        /// Any thread of the pool.
        NoBinding = 0 "CSC_NoBinding",
        /// One thread of the pool.
        BindToPoolThread = 1 "CSC_BindToPoolThread",
    }
}

attribute! {
    /// What a domain does about transactions.
    TransactionConfig: "CSC_TransactionConfig" {
        /// Never in a transaction.
        NoTransaction = 0 "CSC_NoTransaction",
        /// In the caller's transaction, if there is one.
        IfContainerIsTransactional = 1 "CSC_IfContainerIsTransactional",
        /// In the caller's transaction, else in a new one.
        CreateIfNecessary = 2 "CSC_CreateTransactionIfNecessary",
        /// Always in a new transaction.
        New = 3 "CSC_NewTransaction",
    }
}

attribute! {
    /// What a domain does about activities.
    SynchronizationConfig: "CSC_SynchronizationConfig" {
        /// In no activity.
        NoSynchronization = 0 "CSC_NoSynchronization",
        /// In the caller's activity, if there is one.
        IfContainerIsSynchronized = 1 "CSC_IfContainerIsSynchronized",
        /// In the caller's activity, else in a new one.
        NewIfNecessary = 2 "CSC_NewSynchronizationIfNecessary",
        /// Always in a new activity.
        New = 3 "CSC_NewSynchronization",
    }
}

attribute! {
    /// Whether the work is reported to the tracker.
    TrackerConfig: "CSC_TrackerConfig" {
        /// Not reported.
        DontUse = 0 "CSC_DontUseTracker",
        /// Reported under the configured names.
        Use = 1 "CSC_UseTracker",
    }
}

attribute! {
    /// In which partition a domain runs.
    PartitionConfig: "CSC_PartitionConfig" {
        /// The global partition.
        NoPartition = 0 "CSC_NoPartition",
        /// The caller's partition.
        Inherit = 1 "CSC_InheritPartition",
        /// The configured partition.
        New = 2 "CSC_NewPartition",
    }
}

attribute! {
    /// Whether the caller's IIS intrinsics are visible inside.
    IisIntrinsicsConfig: "CSC_IISIntrinsicsConfig" {
        /// Hidden.
        No = 0 "CSC_NoIISIntrinsics",
        /// The caller's.
        Inherit = 1 "CSC_InheritIISIntrinsics",
    }
}

attribute! {
    /// Whether the caller's COMTI intrinsics are visible inside.
    ComtiIntrinsicsConfig: "CSC_COMTIIntrinsicsConfig" {
        /// Hidden.
        No = 0 "CSC_NoCOMTIIntrinsics",
        /// The caller's.
        Inherit = 1 "CSC_InheritCOMTIIntrinsics",
    }
}

attribute! {
    /// Which side-by-side assembly a domain sees.
    SxsConfig: "CSC_SxsConfig" {
        /// None.
        No = 0 "CSC_NoSxs",
        /// The caller's.
        Inherit = 1 "CSC_InheritSxs",
        /// The configured one.
        New = 2 "CSC_NewSxs",
    }
}

attribute! {
    /// The numeric doors of a service configuration: one per setter that takes a number.
    Property: "Property" {
        /// ContainingContextTreatment.
        Inheritance = 0 "ContainingContextTreatment",
        /// SelectThreadPool.
        ThreadPool = 1 "SelectThreadPool",
        /// SetBindingInfo.
        Binding = 2 "SetBindingInfo",
        /// ConfigureTransaction.
        Transaction = 3 "ConfigureTransaction",
        /// IsolationLevel.
        IsolationLevel = 4 "IsolationLevel",
        /// TransactionTimeout, in seconds; the bits are read as an unsigned number.
        TransactionTimeout = 5 "TransactionTimeout",
        /// ConfigureSynchronization.
        Synchronization = 6 "ConfigureSynchronization",
        /// IISIntrinsicsConfig.
        IisIntrinsics = 7 "IISIntrinsicsConfig",
        /// ComTIIntrinsicsConfig.
        ComtiIntrinsics = 8 "ComTIIntrinsicsConfig",
        /// TrackerConfig; the names stay as they are.
        Tracker = 9 "TrackerConfig",
        /// SxsConfig.
        Sxs = 10 "SxsConfig",
        /// PartitionConfig.
        Partition = 11 "PartitionConfig",
    }
}
