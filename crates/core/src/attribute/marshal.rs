//! How an interface pointer is moved to another apartment (SYN 2.1, 10).

use super::attribute;

attribute! {
    /// Where a marshaled pointer goes.
    MarshalContext: "MSHCTX" {
        /// Another process of this machine.
        Local = 0 "MSHCTX_LOCAL",
        /// Another process of this machine, without shared memory.
        NoSharedMemory = 1 "MSHCTX_NOSHAREDMEM",
        /// Another machine.
        DifferentMachine = 2 "MSHCTX_DIFFERENTMACHINE",
        /// Another apartment of this process.
        InProcess = 3 "MSHCTX_INPROC",
        /// Another context of this apartment.
        CrossContext = 4 "MSHCTX_CROSSCTX",
    }
}

attribute! {
    /// How often a packet may be unmarshaled, and what it keeps alive.
    MarshalFlags: "MSHLFLAGS" {
        /// Once; it keeps the object alive until then.
        Normal = 0 "MSHLFLAGS_NORMAL",
        /// Any number of times; it keeps the object alive until it is released.
        TableStrong = 1 "MSHLFLAGS_TABLESTRONG",
        /// Any number of times, as long as somebody else keeps the object alive.
        TableWeak = 2 "MSHLFLAGS_TABLEWEAK",
        /// Once, and without pinging.
        NoPing = 4 "MSHLFLAGS_NOPING",
    }
}

attribute! {
    /// When an agile reference marshals its object.
    AgileReferenceOptions: "AgileReferenceOptions" {
        /// When it is made.
        Default = 0 "AGILEREFERENCE_DEFAULT",
        /// When it is first resolved.
        DelayedMarshal = 1 "AGILEREFERENCE_DELAYEDMARSHAL",
    }
}
