//! Calls between apartments as message filters see them (SYN 2.1, 8).

use super::attribute;

attribute! {
    /// What HandleInComingCall is told of a call.
    CallType: "CALLTYPE" {
        /// The thread waits for no call of its own.
        TopLevel = 1 "CALLTYPE_TOPLEVEL",
        /// The call belongs to the causality of a call that the thread waits for.
        Nested = 2 "CALLTYPE_NESTED",
        /// An asynchronous call; the thread waits for none.
        Async = 3 "CALLTYPE_ASYNC",
        /// The thread waits for a call, and this one has nothing to do with it.
        TopLevelCallPending = 4 "CALLTYPE_TOPLEVEL_CALLPENDING",
        /// An asynchronous call; the thread waits for a call.
        AsyncCallPending = 5 "CALLTYPE_ASYNC_CALLPENDING",
    }
}

attribute! {
    /// What HandleInComingCall answers, and what RetryRejectedCall is told of the refusal.
    ServerCall: "SERVERCALL" {
        /// The call is taken.
        IsHandled = 0 "SERVERCALL_ISHANDLED",
        /// The call is refused.
        Rejected = 1 "SERVERCALL_REJECTED",
        /// The call is refused for now.
        RetryLater = 2 "SERVERCALL_RETRYLATER",
    }
}

attribute! {
    /// What MessagePending is told of the call that its thread waits for.
    PendingType: "PENDINGTYPE" {
        /// It was made outside any incoming call.
        TopLevel = 1 "PENDINGTYPE_TOPLEVEL",
        /// It was made inside an incoming call.
        Nested = 2 "PENDINGTYPE_NESTED",
    }
}

attribute! {
    /// What MessagePending answers.
    PendingMessage: "PENDINGMSG" {
        /// The call is given up.
        CancelCall = 0 "PENDINGMSG_CANCELCALL",
        /// The wait goes on; the message stays.
        WaitNoProcess = 1 "PENDINGMSG_WAITNOPROCESS",
        /// The wait goes on; the message gets its default processing.
        WaitDefProcess = 2 "PENDINGMSG_WAITDEFPROCESS",
    }
}
