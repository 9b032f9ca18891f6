//! The list of named values: one constant and one table row each.
//!
//! Sorted by unsigned value, because [`HResult::entry`] searches the table by
//! halving it; the headings follow that order, so a family of names (`CO_E_*`)
//! can occur under several. In the sources, SWC, ACT, SYN, TXN and SEC are the
//! parts of the specification: services without components, contexts and
//! activation, synchronization, transactions, security and catalog.

use super::{Entry, HResult};

/// Makes a constant and a table row of each line
/// `/// meaning` `NAME = value, "source";`.
macro_rules! hresults {
    ($(#[doc = $meaning:literal] $name:ident = $value:literal, $source:literal;)*) => {
        $(
            #[doc = $meaning]
            #[doc = ""]
            #[doc = concat!("Value `", stringify!($value), "`; listed in ", $source, ".")]
            pub const $name: HResult = HResult::from_bits($value);
        )*

        /// Every named value, sorted by unsigned value.
        ///
        /// Where a value had several names the preferred one would come first;
        /// at present each value has one. Further spellings that
        /// [`HResult::from_name`] understands are not rows of the table.
        pub static TABLE: &[Entry] = &[$(
            Entry {
                name: stringify!($name),
                value: $name,
                meaning: $meaning.trim_ascii(), // a doc comment begins with a blank
                source: $source,
            },
        )*];
    };
}

/// Documented spellings without a value of their own.
pub(super) static ALIASES: &[(&str, HResult)] = &[
    // T-1: named by the page of RegisterTransactionProxy, listed in no header
    ("CONTEXT_E_ALREADYINTRANSACTION", XACT_E_XTIONEXISTS),
    // ACT 10 writes the value as the call of the macro
    ("HRESULT_FROM_WIN32(ERROR_TIMEOUT)", HRESULT_FROM_WIN32_ERROR_TIMEOUT),
];

hresults! {
    // General success values
    /// Success; as a transaction status: the transaction has committed
    S_OK = 0x00000000, "winerror.h; SWC 1.5, ACT 10";
    /// Success with the answer "no", "already so" or "nothing to do"
    S_FALSE = 0x00000001, "winerror.h; ACT 10, SEC A.7";

    // Success values of loosely coupled events
    /// The event reached some subscribers, others failed
    EVENT_S_SOME_SUBSCRIBERS_FAILED = 0x00040200, "winerror.h; SEC D.3";
    /// The event was published and nobody subscribes to it
    EVENT_S_NOSUBSCRIBERS = 0x00040202, "winerror.h; SEC D.3";

    // Success values of the transaction manager
    /// The commit or abort has begun, its outcome comes later
    XACT_S_ASYNC = 0x0004D000, "winerror.h; TXN 2.4";
    /// Reserved; nothing returns it
    XACT_S_DEFECT = 0x0004D001, "winerror.h; TXN 2.4";
    /// Vote of a resource manager that changed nothing: yes, and no phase two is wanted
    XACT_S_READONLY = 0x0004D002, "winerror.h; TXN 2.4";
    /// Aborted; some resources could not retain for a follow-up transaction
    XACT_S_SOMENORETAIN = 0x0004D003, "winerror.h; TXN 2.4";
    /// Answer of an event sink: nothing changed here, ask again if another sink changes something
    XACT_S_OKINFORM = 0x0004D004, "winerror.h; TXN 2.4";
    /// Answer of an event sink: changed something and agrees to go on
    XACT_S_MADECHANGESCONTENT = 0x0004D005, "winerror.h; TXN 2.4";
    /// Answer of an event sink: changed something, agrees, but ask again after further changes
    XACT_S_MADECHANGESINFORM = 0x0004D006, "winerror.h; TXN 2.4";
    /// Aborted; no resource retains for a follow-up transaction
    XACT_S_ALLNORETAIN = 0x0004D007, "winerror.h; TXN 2.4";
    /// An abort of this transaction was already under way
    XACT_S_ABORTING = 0x0004D008, "winerror.h; TXN 2.4";
    /// Vote of a sole resource manager: it has committed in one phase
    XACT_S_SINGLEPHASE = 0x0004D009, "winerror.h; TXN 2.4";
    /// Status of a domain that is not the root: consistent here, the outcome is still open
    XACT_S_LOCALLY_OK = 0x0004D00A, "winerror.h; SWC 1.5, TXN 2.4";
    /// The resource manager asks to be the last resource, whose commit decides
    XACT_S_LASTRESOURCEMANAGER = 0x0004D010, "winerror.h; TXN 2.4";
    /// Success, and no notification of the outcome is wanted
    XACT_S_NONOTIFY = 0x0004D100, "txdtc.h; TXN 2.4";
    /// Agreed, and no notification of the outcome is wanted
    XACT_OK_NONOTIFY = 0x0004D101, "txdtc.h; TXN 2.4";

    // General failures
    /// This method or operation does not exist here
    E_NOTIMPL = 0x80004001, "winerror.h; ACT 10";
    /// The object or context does not offer the interface
    E_NOINTERFACE = 0x80004002, "winerror.h; SWC 1.5, ACT 10, SEC B.12";
    /// A required pointer argument is null
    E_POINTER = 0x80004003, "winerror.h; ACT 10";
    /// Failure without a more precise code
    E_FAIL = 0x80004005, "winerror.h; SWC 1.5, ACT 10";

    // COM: activation, applications and service configuration
    /// Not possible in this kind of apartment, as a message filter in an MTA
    CO_E_NOT_SUPPORTED = 0x80004021, "winerror.h; SYN 2.2";
    /// The class must run in its creator's context, and its services would need an own context
    CO_E_ATTEMPT_TO_CREATE_OUTSIDE_CLIENT_CONTEXT = 0x80004024, "winerror.h; ACT 10, SYN 2.2, TXN 2.3, SEC A.7";
    /// The application instance is paused and takes no activations
    CO_E_SERVER_PAUSED = 0x80004025, "winerror.h; ACT 10, SEC A.7";
    /// Resume was asked of an application instance that is not paused
    CO_E_SERVER_NOT_PAUSED = 0x80004026, "winerror.h; ACT 10, SEC A.7";
    /// The component or its application is disabled in the catalog
    CO_E_CLASS_DISABLED = 0x80004027, "winerror.h; ACT 10, SEC A.7";
    /// The thread pool refuses another asynchronous call
    CO_E_ASYNC_WORK_REJECTED = 0x80004029, "winerror.h; SWC 1.5, ACT 10, SYN 2.2";
    /// The application instance did not finish its start in time
    CO_E_SERVER_INIT_TIMEOUT = 0x8000402A, "winerror.h; ACT 10, SEC A.7";
    /// Inside Activate there is no security call context yet
    CO_E_NO_SECCTX_IN_ACTIVATE = 0x8000402B, "winerror.h; ACT 10, SEC B.12";
    /// Tracking was asked for without an application name
    CO_E_TRACKER_CONFIG = 0x80004030, "winerror.h; SWC 1.5, ACT 10, SEC A.7";
    /// The thread pool setting does not fit a service domain, or is missing for an activity object
    CO_E_THREADPOOL_CONFIG = 0x80004031, "winerror.h; SWC 1.5, ACT 10, SYN 2.2, SEC A.7";
    /// The side-by-side settings are incomplete, or their manifest cannot be used
    CO_E_SXS_CONFIG = 0x80004032, "winerror.h; SWC 1.5, ACT 10, SEC A.7";
    /// Not possible in the present state, as using a context pointer in a foreign context
    E_UNEXPECTED = 0x8000FFFF, "winerror.h; ACT 10, SEC B.12";

    // RPC: calls between apartments and processes
    /// The callee, or its message filter, rejected the call
    RPC_E_CALL_REJECTED = 0x80010001, "winerror.h; SYN 2.2";
    /// The caller's message filter gave up the call
    RPC_E_CALL_CANCELED = 0x80010002, "winerror.h; SYN 2.2";
    /// No call-out while the caller serves a message sent by another task
    RPC_E_CANTPOST_INSENDCALL = 0x80010003, "winerror.h; SYN 2.2";
    /// No call-out while an asynchronous call is being dispatched
    RPC_E_CANTCALLOUT_INASYNCCALL = 0x80010004, "winerror.h; SYN 2.2";
    /// No call-out from inside a message filter
    RPC_E_CANTCALLOUT_INEXTERNALCALL = 0x80010005, "winerror.h; SYN 2.2";
    /// The connection to the callee can no longer be used
    RPC_E_CONNECTION_TERMINATED = 0x80010006, "winerror.h; SYN 2.2";
    /// The callee vanished during the call; the call may have run
    RPC_E_SERVER_DIED = 0x80010007, "winerror.h; SYN 2.2";
    /// The call could not be handed over, as when the message queue is full
    RPC_E_CANTTRANSMIT_CALL = 0x8001000A, "winerror.h; SYN 2.2";
    /// The callee vanished before the call; the call did not run
    RPC_E_SERVER_DIED_DNE = 0x80010012, "winerror.h; SYN 2.2";
    /// The component panicked or threw during the call
    RPC_E_SERVERFAULT = 0x80010105, "winerror.h; ACT 10";
    /// The thread is already in an apartment of another kind
    RPC_E_CHANGED_MODE = 0x80010106, "winerror.h; ACT 10, SYN 2.2";
    /// The object, its apartment or its application instance is gone
    RPC_E_DISCONNECTED = 0x80010108, "winerror.h; ACT 10, SYN 2.2";
    /// The callee asks to repeat the call later
    RPC_E_RETRY = 0x80010109, "winerror.h; SYN 2.2";
    /// The callee's message filter is busy; the caller may retry
    RPC_E_SERVERCALL_RETRYLATER = 0x8001010A, "winerror.h; SYN 2.2";
    /// The callee's message filter rejected the call
    RPC_E_SERVERCALL_REJECTED = 0x8001010B, "winerror.h; SYN 2.2";
    /// No call-out while an input-synchronous call is being dispatched
    RPC_E_CANTCALLOUT_ININPUTSYNCCALL = 0x8001010D, "winerror.h; SYN 2.2";
    /// The reference belongs to another context or apartment
    RPC_E_WRONG_THREAD = 0x8001010E, "winerror.h; SWC 1.5, ACT 10, SYN 2.2";
    /// The thread has not initialised COM
    RPC_E_THREAD_NOT_INIT = 0x8001010F, "winerror.h; SYN 2.2";
    /// The wait ended before its events came; a failure value in spite of the S
    RPC_S_CALLPENDING = 0x80010115, "winerror.h; SYN 2.2";
    /// No call is being served here, so there is no call context
    RPC_E_CALL_COMPLETE = 0x80010117, "winerror.h; ACT 10, SYN 2.2";
    /// The process has fixed its security settings already
    RPC_E_TOO_LATE = 0x80010119, "winerror.h; SEC B.7";
    /// The transport refused the caller
    RPC_E_ACCESS_DENIED = 0x8001011B, "winerror.h; SEC B.12";
    /// The marshal packet names no usable object
    RPC_E_INVALID_OBJREF = 0x8001011D, "winerror.h; ACT 10";
    /// The operation did not end within its time-out
    RPC_E_TIMEOUT = 0x8001011F, "winerror.h; SYN 2.2";
    /// The set contains nothing to wait for
    RPC_E_NO_SYNC = 0x80010120, "winerror.h; SYN 2.2";
    /// Call cancellation is not enabled on this thread
    CO_E_CANCEL_DISABLED = 0x80010140, "winerror.h; SYN 2.2";

    // Streams
    /// The stream has no data where a marshal packet should begin
    STG_E_READFAULT = 0x8003001E, "winerror.h; SYN 10.2";

    // CLASS and REGDB: classes and their registration
    /// The object cannot be aggregated, or not over a context border
    CLASS_E_NOAGGREGATION = 0x80040110, "winerror.h; ACT 10";
    /// The module has no factory for this class
    CLASS_E_CLASSNOTAVAILABLE = 0x80040111, "winerror.h; ACT 10";
    /// No class with this CLSID or ProgID can be found from here
    REGDB_E_CLASSNOTREG = 0x80040154, "winerror.h; ACT 10, SEC A.7";
    /// No proxy and stub are registered for this interface
    REGDB_E_IIDNOTREG = 0x80040155, "winerror.h; ACT 10";
    /// The ThreadingModel string of the class is unknown
    REGDB_E_BADTHREADINGMODEL = 0x80040156, "winerror.h; ACT 10";

    // Names of classes
    /// The text is no moniker
    MK_E_SYNTAX = 0x800401E4, "winerror.h; for monikers, SEC E";

    // COM: apartments and object registration
    /// The thread has no apartment, or the apartment asked for does not exist
    CO_E_NOTINITIALIZED = 0x800401F0, "winerror.h; SWC 1.5, ACT 10, SYN 2.2";
    /// No class has this CLSID text or ProgID
    CO_E_CLASSSTRING = 0x800401F3, "winerror.h; for names of classes, SEC E";
    /// No registration is left, as for a weak packet whose object is gone
    CO_E_OBJNOTREG = 0x800401FB, "winerror.h; SYN 2.2";
    /// The registration exists already
    CO_E_OBJISREG = 0x800401FC, "winerror.h; SYN 2.2";
    /// The reference is connected to nothing: its packet is used up, or its apartment has ended
    CO_E_OBJNOTCONNECTED = 0x800401FD, "winerror.h; SYN 2.2";

    // Failures of loosely coupled events
    /// The event reached no subscriber: every one failed
    EVENT_E_ALL_SUBSCRIBERS_FAILED = 0x80040201, "winerror.h; SEC D.3";

    // XACT: transaction manager
    /// The transaction already has a last resource; a second one is refused
    XACT_E_ALREADYOTHERSINGLEPHASE = 0x8004D000, "winerror.h; TXN 2.4";
    /// A retaining commit or abort was asked for, which is never supported
    XACT_E_CANTRETAIN = 0x8004D001, "winerror.h; TXN 2.4";
    /// The commit failed for an unknown reason; the transaction has aborted
    XACT_E_COMMITFAILED = 0x8004D002, "winerror.h; TXN 2.4";
    /// This holder of the transaction may not commit it
    XACT_E_COMMITPREVENTED = 0x8004D003, "winerror.h; TXN 2.4";
    /// A prepared participant decided alone, and aborted
    XACT_E_HEURISTICABORT = 0x8004D004, "winerror.h; TXN 2.4";
    /// A prepared participant decided alone, and committed
    XACT_E_HEURISTICCOMMIT = 0x8004D005, "winerror.h; TXN 2.4";
    /// Participants decided alone and differently: part committed, part aborted
    XACT_E_HEURISTICDAMAGE = 0x8004D006, "winerror.h; TXN 2.4";
    /// Participants decided alone and the outcome may be mixed
    XACT_E_HEURISTICDANGER = 0x8004D007, "winerror.h; TXN 2.4";
    /// The isolation level is unknown or not supported
    XACT_E_ISOLATIONLEVEL = 0x8004D008, "winerror.h; TXN 2.4";
    /// The operation has no asynchronous form
    XACT_E_NOASYNC = 0x8004D009, "winerror.h; TXN 2.4";
    /// The enlistment in the transaction failed
    XACT_E_NOENLIST = 0x8004D00A, "winerror.h; TXN 2.4";
    /// Retained isolation was asked for, or the reserved isolation flags are not 0
    XACT_E_NOISORETAIN = 0x8004D00B, "winerror.h; TXN 2.4";
    /// The enlistment has no resource behind it
    XACT_E_NORESOURCE = 0x8004D00C, "winerror.h; TXN 2.4";
    /// A resource manager with optimistic locking found its data changed
    XACT_E_NOTCURRENT = 0x8004D00D, "winerror.h; TXN 2.4";
    /// The transaction is over; as a transaction status: none was used
    XACT_E_NOTRANSACTION = 0x8004D00E, "winerror.h; SWC 1.5, TXN 2.4";
    /// The combination of flags is not supported
    XACT_E_NOTSUPPORTED = 0x8004D00F, "winerror.h; TXN 2.4";
    /// The resource manager id is not known here
    XACT_E_UNKNOWNRMGRID = 0x8004D010, "winerror.h; TXN 2.4";
    /// The call is not legal in the present state of the transaction or log
    XACT_E_WRONGSTATE = 0x8004D011, "winerror.h; TXN 2.4";
    /// The resource manager expected another unit of work
    XACT_E_WRONGUOW = 0x8004D012, "winerror.h; TXN 2.4";
    /// There is a transaction, or an enlistment in one, already
    XACT_E_XTIONEXISTS = 0x8004D013, "winerror.h; ACT 10, TXN 2.3, TXN 2.4";
    /// The transaction to import is not to be found
    XACT_E_NOIMPORTOBJECT = 0x8004D014, "winerror.h; TXN 2.4";
    /// The cookie does not describe a transaction
    XACT_E_INVALIDCOOKIE = 0x8004D015, "winerror.h; TXN 2.4";
    /// The outcome of the transaction is unknown
    XACT_E_INDOUBT = 0x8004D016, "winerror.h; SWC 1.5, TXN 2.4";
    /// A time-out was given where none is supported
    XACT_E_NOTIMEOUT = 0x8004D017, "winerror.h; TXN 2.4";
    /// A commit or abort is already running; this call is ignored
    XACT_E_ALREADYINPROGRESS = 0x8004D018, "winerror.h; TXN 2.4";
    /// The transaction has aborted
    XACT_E_ABORTED = 0x8004D019, "winerror.h; SWC 1.5, TXN 2.4";
    /// The log of the transaction manager is full
    XACT_E_LOGFULL = 0x8004D01A, "winerror.h; TXN 2.4";
    /// The transaction manager cannot be reached
    XACT_E_TMNOTAVAILABLE = 0x8004D01B, "winerror.h; TXN 2.4";
    /// The connection to the transaction manager was lost
    XACT_E_CONNECTION_DOWN = 0x8004D01C, "winerror.h; TXN 2.4";
    /// The transaction manager refused the connection
    XACT_E_CONNECTION_DENIED = 0x8004D01D, "winerror.h; TXN 2.4";
    /// The outcome asked for in recovery did not come in time
    XACT_E_REENLISTTIMEOUT = 0x8004D01E, "winerror.h; TXN 2.4";
    /// TIP: no connection to the other transaction manager
    XACT_E_TIP_CONNECT_FAILED = 0x8004D01F, "winerror.h; TXN 2.4";
    /// TIP: the other transaction manager broke the protocol
    XACT_E_TIP_PROTOCOL_ERROR = 0x8004D020, "winerror.h; TXN 2.4";
    /// TIP: the transaction could not be pulled from the other side
    XACT_E_TIP_PULL_FAILED = 0x8004D021, "winerror.h; TXN 2.4";
    /// The remote transaction manager is down
    XACT_E_DEST_TMNOTAVAILABLE = 0x8004D022, "winerror.h; TXN 2.4";
    /// TIP is switched off
    XACT_E_TIP_DISABLED = 0x8004D023, "winerror.h; TXN 2.4";
    /// Transactions over the network are switched off here
    XACT_E_NETWORK_TX_DISABLED = 0x8004D024, "winerror.h; TXN 2.4";
    /// Transactions over the network are switched off at the partner
    XACT_E_PARTNER_NETWORK_TX_DISABLED = 0x8004D025, "winerror.h; TXN 2.4";
    /// XA transactions are switched off
    XACT_E_XA_TX_DISABLED = 0x8004D026, "winerror.h; TXN 2.4";
    /// The configuration of the transaction manager cannot be read
    XACT_E_UNABLE_TO_READ_DTC_CONFIG = 0x8004D027, "winerror.h; TXN 2.4";
    /// The client side of the transaction manager cannot be loaded
    XACT_E_UNABLE_TO_LOAD_DTC_PROXY = 0x8004D028, "winerror.h; TXN 2.4";
    /// The transaction is doomed and will abort
    XACT_E_ABORTING = 0x8004D029, "winerror.h; SWC 1.5, TXN 2.4";
    /// Pushing the transaction to the remote side failed
    XACT_E_PUSH_COMM_FAILURE = 0x8004D02A, "winerror.h; TXN 2.4";
    /// Pulling the transaction from the remote side failed
    XACT_E_PULL_COMM_FAILURE = 0x8004D02B, "winerror.h; TXN 2.4";
    /// LU 6.2 transactions are switched off
    XACT_E_LU_TX_DISABLED = 0x8004D02C, "winerror.h; TXN 2.4";

    // XACT: compensating resource managers
    /// There is no such clerk in this application
    XACT_E_CLERKNOTFOUND = 0x8004D080, "winerror.h; TXN 2.4";
    /// There is such a clerk already
    XACT_E_CLERKEXISTS = 0x8004D081, "winerror.h; TXN 2.4";
    /// Recovery of the log is still running; register again later
    XACT_E_RECOVERYINPROGRESS = 0x8004D082, "winerror.h; TXN 2.4";
    /// The clerk's transaction is closed
    XACT_E_TRANSACTIONCLOSED = 0x8004D083, "winerror.h; TXN 2.4";
    /// The log sequence number names no record
    XACT_E_INVALIDLSN = 0x8004D084, "winerror.h; TXN 2.4";
    /// The log records have to be replayed
    XACT_E_REPLAYREQUEST = 0x8004D085, "winerror.h; TXN 2.4";

    // XACT: registration and recovery of resource managers, last resource
    /// The transaction manager refused to register the resource manager
    XACT_E_CONNECTION_REQUEST_DENIED = 0x8004D100, "txdtc.h; TXN 2.4";
    /// The transaction cannot take another enlistment
    XACT_E_TOOMANY_ENLISTMENTS = 0x8004D101, "txdtc.h; TXN 2.4";
    /// A resource manager with this GUID is already registered
    XACT_E_DUPLICATE_GUID = 0x8004D102, "txdtc.h; TXN 2.4";
    /// A single-phase answer came to a prepare that did not offer it
    XACT_E_NOTSINGLEPHASE = 0x8004D103, "txdtc.h; TXN 2.4";
    /// The resource manager has already declared its recovery complete
    XACT_E_RECOVERYALREADYDONE = 0x8004D104, "txdtc.h; TXN 2.4";
    /// The participant broke the commit protocol
    XACT_E_PROTOCOL = 0x8004D105, "txdtc.h; TXN 2.4";
    /// The resource manager failed
    XACT_E_RM_FAILURE = 0x8004D106, "txdtc.h; TXN 2.4";
    /// Recovery could not finish: transactions in doubt are left
    XACT_E_RECOVERY_FAILED = 0x8004D107, "txdtc.h; TXN 2.4";
    /// The resource manager cannot be reached
    XACT_E_RM_UNAVAILABLE = 0x8004D111, "txdtc.h; TXN 2.4";
    /// The last resource has already declared its recovery complete
    XACT_E_LRMRECOVERYALREADYDONE = 0x8004D112, "txdtc.h; TXN 2.4";
    /// The resource manager has no last-resource interface
    XACT_E_NOLASTRESOURCEINTERFACE = 0x8004D113, "txdtc.h; TXN 2.4";

    // CONTEXT and CO: contexts, activities and configured services
    /// The root wanted to commit, and the transaction has aborted
    CONTEXT_E_ABORTED = 0x8004E002, "winerror.h; SWC 1.5, ACT 10, TXN 2.3";
    /// Call refused: the context's transaction is doomed, aborting or aborted
    CONTEXT_E_ABORTING = 0x8004E003, "winerror.h; SWC 1.5, ACT 10, TXN 2.3";
    /// There is no COM+ context to act on
    CONTEXT_E_NOCONTEXT = 0x8004E004, "winerror.h; SWC 1.5, ACT 10, SYN 2.2, TXN 2.3, SEC B.12";
    /// Entering the activity would close a cycle of waits
    CONTEXT_E_WOULD_DEADLOCK = 0x8004E005, "winerror.h; SWC 1.5, ACT 10, SYN 2.2, TXN 2.3, SEC A.7";
    /// The wait for the lock of the activity took too long
    CONTEXT_E_SYNCH_TIMEOUT = 0x8004E006, "winerror.h; ACT 10, SYN 2.2, TXN 2.3";
    /// Call on an interior object whose stream has no current transaction any more
    CONTEXT_E_OLDREF = 0x8004E007, "winerror.h; SWC 1.5, ACT 10, TXN 2.3";
    /// The application defines no role of this name
    CONTEXT_E_ROLENOTFOUND = 0x8004E00C, "winerror.h; ACT 10, SEC B.12";
    /// A transaction must begin, and the transaction manager cannot be reached
    CONTEXT_E_TMNOTAVAILABLE = 0x8004E00F, "winerror.h; SWC 1.5, ACT 10, TXN 2.3";
    /// The activation failed, as when Activate returned a failure
    CO_E_ACTIVATIONFAILED = 0x8004E021, "winerror.h; ACT 10, SEC A.7";
    /// The activation failed; a logged event says why
    CO_E_ACTIVATIONFAILED_EVENTLOGGED = 0x8004E022, "winerror.h; ACT 10, SEC A.7";
    /// The catalog entry of the component contradicts itself
    CO_E_ACTIVATIONFAILED_CATALOGERROR = 0x8004E023, "winerror.h; ACT 10, SEC A.7";
    /// The wait for a pooled object took longer than CreationTimeout
    CO_E_ACTIVATIONFAILED_TIMEOUT = 0x8004E024, "winerror.h; ACT 10, SYN 2.2, SEC A.7";
    /// Construct failed, or the component has no IObjectConstruct
    CO_E_INITIALIZATIONFAILED = 0x8004E025, "winerror.h; ACT 10, SEC A.7";
    /// The context has no just-in-time activation
    CONTEXT_E_NOJIT = 0x8004E026, "winerror.h; SWC 1.5, ACT 10, TXN 2.3";
    /// The context has no transaction
    CONTEXT_E_NOTRANSACTION = 0x8004E027, "winerror.h; SWC 1.5, ACT 10, TXN 2.3";
    /// The threading model of the class is not the one it was installed with
    CO_E_THREADINGMODEL_CHANGED = 0x8004E028, "winerror.h; ACT 10, SYN 2.2, SEC A.7";
    /// The context carries no IIS intrinsics
    CO_E_NOIISINTRINSICS = 0x8004E029, "winerror.h; SWC 1.5, ACT 10";
    /// The component insists on pooling and is not configured for it
    CO_E_NOTPOOLED = 0x8004E02C, "winerror.h; ACT 10, TXN 2.3, SEC A.7";
    /// The component insists on a constructor string and is not configured for it
    CO_E_NOTCONSTRUCTED = 0x8004E02D, "winerror.h; ACT 10, TXN 2.3, SEC A.7";
    /// The component needs synchronization and is not configured for it
    CO_E_NOSYNCHRONIZATION = 0x8004E02E, "winerror.h; ACT 10, SYN 2.2, TXN 2.3, SEC A.7";
    /// The component wants a stronger isolation level than the root of its transaction has
    CO_E_ISOLEVELMISMATCH = 0x8004E02F, "winerror.h; SWC 1.5, ACT 10, TXN 2.3, SEC A.7";
    /// Reserved: a call left a transaction scope that is still open
    CO_E_CALL_OUT_OF_TX_SCOPE_NOT_ALLOWED = 0x8004E030, "winerror.h; ACT 10, TXN 2.3";
    /// Reserved: a transaction scope was not closed
    CO_E_EXIT_TRANSACTION_SCOPE_NOT_CALLED = 0x8004E031, "winerror.h; ACT 10, TXN 2.3";

    // MTXDM: resource dispensers
    /// The dispenser could not enlist the resource in the caller's transaction
    MTXDM_E_ENLISTRESOURCEFAILED = 0x8004E100, "comsvcs.h; TXN 2.3";

    // Failures taken over from Win32
    /// The caller is in no role that is allowed to do this
    E_ACCESSDENIED = 0x80070005, "winerror.h; ACT 10, SEC B.12";
    /// Not enough memory, or the memory gate of activation is closed
    E_OUTOFMEMORY = 0x8007000E, "winerror.h; SWC 1.5, ACT 10";
    /// An argument is null, unknown or out of its range
    E_INVALIDARG = 0x80070057, "winerror.h; SWC 1.5, ACT 10";
    /// Win32 ERROR_TIMEOUT (1460) as an HRESULT; listed only, the runtime never returns it
    HRESULT_FROM_WIN32_ERROR_TIMEOUT = 0x800705B4, "winerror.h; ACT 10";

    // COM: stopping applications
    /// The application instance is shutting down and takes no activations
    CO_E_SERVER_STOPPING = 0x80080008, "winerror.h; ACT 10, SEC A.7";

    // COMADMIN: catalog
    /// Some objects of the call failed; the ErrorInfo collection tells which and why
    COMADMIN_E_OBJECTERRORS = 0x80110401, "winerror.h; ACT 10, SEC A.7";
    /// Properties of the object are missing or invalid
    COMADMIN_E_OBJECTINVALID = 0x80110402, "winerror.h; SEC A.7";
    /// The catalog has no object with this key
    COMADMIN_E_KEYMISSING = 0x80110403, "winerror.h; SEC A.7";
    /// The object is in the catalog already
    COMADMIN_E_ALREADYINSTALLED = 0x80110404, "winerror.h; SEC A.7";
    /// The application file cannot be written
    COMADMIN_E_APP_FILE_WRITEFAIL = 0x80110407, "winerror.h; SEC A.7";
    /// The application file cannot be read
    COMADMIN_E_APP_FILE_READFAIL = 0x80110408, "winerror.h; SEC A.7";
    /// The application file has an unknown version
    COMADMIN_E_APP_FILE_VERSION = 0x80110409, "winerror.h; SEC A.7";
    /// The text is no usable file path
    COMADMIN_E_BADPATH = 0x8011040A, "winerror.h; SEC A.7";
    /// An application with this id exists already
    COMADMIN_E_APPLICATIONEXISTS = 0x8011040B, "winerror.h; SEC A.7";
    /// The application has a role of this name already
    COMADMIN_E_ROLEEXISTS = 0x8011040C, "winerror.h; SEC A.7";
    /// A file could not be copied
    COMADMIN_E_CANTCOPYFILE = 0x8011040D, "winerror.h; SEC A.7";
    /// Some users do not exist
    COMADMIN_E_NOUSER = 0x8011040F, "winerror.h; SEC A.7";
    /// Some users named in the application file do not exist
    COMADMIN_E_INVALIDUSERIDS = 0x80110410, "winerror.h; SEC A.7";
    /// The registration of the component's CLSID is missing or damaged
    COMADMIN_E_NOREGISTRYCLSID = 0x80110411, "winerror.h; SEC A.7";
    /// The registration of the component's ProgID is missing or damaged
    COMADMIN_E_BADREGISTRYPROGID = 0x80110412, "winerror.h; SEC A.7";
    /// The authentication level that the update needs cannot be set
    COMADMIN_E_AUTHENTICATIONLEVEL = 0x80110413, "winerror.h; SEC A.7";
    /// The identity of the application or its password is not valid
    COMADMIN_E_USERPASSWDNOTVALID = 0x80110414, "winerror.h; SEC A.7";
    /// The application file and the module disagree on CLSIDs or IIDs
    COMADMIN_E_CLSIDORIIDMISMATCH = 0x80110418, "winerror.h; SEC A.7";
    /// The description of an interface is missing or has changed
    COMADMIN_E_REMOTEINTERFACE = 0x80110419, "winerror.h; SEC A.7";
    /// The module failed to register itself during installation
    COMADMIN_E_DLLREGISTERSERVER = 0x8011041A, "winerror.h; SEC A.7";
    /// The server shares no directory for component files
    COMADMIN_E_NOSERVERSHARE = 0x8011041B, "winerror.h; SEC A.7";
    /// Loading the module failed
    COMADMIN_E_DLLLOADFAILED = 0x8011041D, "winerror.h; SEC A.7";
    /// The type library id in the registration cannot be used
    COMADMIN_E_BADREGISTRYLIBID = 0x8011041E, "winerror.h; SEC A.7";
    /// The directory for installed applications does not exist
    COMADMIN_E_APPDIRNOTFOUND = 0x8011041F, "winerror.h; SEC A.7";
    /// The component registrar reported errors
    COMADMIN_E_REGISTRARFAILED = 0x80110423, "winerror.h; SEC A.7";
    /// Component file: it does not exist
    COMADMIN_E_COMPFILE_DOESNOTEXIST = 0x80110424, "winerror.h; SEC A.7";
    /// Component file: it cannot be loaded
    COMADMIN_E_COMPFILE_LOADDLLFAIL = 0x80110425, "winerror.h; SEC A.7";
    /// Component file: it gave no class factory
    COMADMIN_E_COMPFILE_GETCLASSOBJ = 0x80110426, "winerror.h; SEC A.7";
    /// Component file: it lacks a factory for a class that its metadata lists
    COMADMIN_E_COMPFILE_CLASSNOTAVAIL = 0x80110427, "winerror.h; SEC A.7";
    /// Component file: its type library cannot be loaded
    COMADMIN_E_COMPFILE_BADTLB = 0x80110428, "winerror.h; SEC A.7";
    /// Component file: it has no component metadata
    COMADMIN_E_COMPFILE_NOTINSTALLABLE = 0x80110429, "winerror.h; SEC A.7";
    /// The object, or one that contains it, is locked against changes
    COMADMIN_E_NOTCHANGEABLE = 0x8011042A, "winerror.h; SEC A.7";
    /// The object is locked against deletion
    COMADMIN_E_NOTDELETEABLE = 0x8011042B, "winerror.h; SEC A.7";
    /// The catalog server has an unsupported version
    COMADMIN_E_SESSION = 0x8011042C, "winerror.h; SEC A.7";
    /// Move refused: one of the two applications is locked or a system application
    COMADMIN_E_COMP_MOVE_LOCKED = 0x8011042D, "winerror.h; SEC A.7";
    /// Move refused: the destination application is gone
    COMADMIN_E_COMP_MOVE_BAD_DEST = 0x8011042E, "winerror.h; SEC A.7";
    /// The type library could not be registered
    COMADMIN_E_REGISTERTLB = 0x80110430, "winerror.h; SEC A.7";
    /// The system application does not allow this
    COMADMIN_E_SYSTEMAPP = 0x80110433, "winerror.h; SEC A.7";
    /// Component file: the registrar that it names is not available
    COMADMIN_E_COMPFILE_NOREGISTRAR = 0x80110434, "winerror.h; SEC A.7";
    /// Another component of the same module is installed already
    COMADMIN_E_COREQCOMPINSTALLED = 0x80110435, "winerror.h; SEC A.7";
    /// The system service of the application does not exist
    COMADMIN_E_SERVICENOTINSTALLED = 0x80110436, "winerror.h; SEC A.7";
    /// A property value is invalid, or conflicts with another property
    COMADMIN_E_PROPERTYSAVEFAILED = 0x80110437, "winerror.h; ACT 10, SEC A.7";
    /// An object with this key or name exists already
    COMADMIN_E_OBJECTEXISTS = 0x80110438, "winerror.h; SEC A.7";
    /// The partition has this component already
    COMADMIN_E_COMPONENTEXISTS = 0x80110439, "winerror.h; SEC A.7";
    /// The catalog file cannot be parsed
    COMADMIN_E_REGFILE_CORRUPT = 0x8011043B, "winerror.h; SEC A.7";
    /// The value does not fit the property
    COMADMIN_E_PROPERTY_OVERFLOW = 0x8011043C, "winerror.h; SEC A.7";
    /// The class has no registration
    COMADMIN_E_NOTINREGISTRY = 0x8011043E, "winerror.h; SEC A.7";
    /// The threading model of the component excludes object pooling
    COMADMIN_E_OBJECTNOTPOOLABLE = 0x8011043F, "winerror.h; ACT 10, SEC A.7";
    /// The new application id equals the CLSID of an installed class
    COMADMIN_E_APPLID_MATCHES_CLSID = 0x80110446, "winerror.h; SEC A.7";
    /// An assigned role is not defined in the application
    COMADMIN_E_ROLE_DOES_NOT_EXIST = 0x80110447, "winerror.h; SEC A.7";
    /// An application without components cannot start
    COMADMIN_E_START_APP_NEEDS_COMPONENTS = 0x80110448, "winerror.h; SEC A.7";
    /// This edition of the platform does not offer the operation
    COMADMIN_E_REQUIRES_DIFFERENT_PLATFORM = 0x80110449, "winerror.h; SEC A.7";
    /// An application proxy cannot be exported
    COMADMIN_E_CAN_NOT_EXPORT_APP_PROXY = 0x8011044A, "winerror.h; SEC A.7";
    /// Library applications and application proxies cannot be started
    COMADMIN_E_CAN_NOT_START_APP = 0x8011044B, "winerror.h; SEC A.7";
    /// The system application cannot be exported
    COMADMIN_E_CAN_NOT_EXPORT_SYS_APP = 0x8011044C, "winerror.h; SEC A.7";
    /// The component cannot be a subscriber, as an imported one
    COMADMIN_E_CANT_SUBSCRIBE_TO_COMPONENT = 0x8011044D, "winerror.h; SEC A.7";
    /// The subscriber of the subscription is an event class
    COMADMIN_E_EVENTCLASS_CANT_BE_SUBSCRIBER = 0x8011044E, "winerror.h; SEC A.7";
    /// A library application cannot be exported as an application proxy
    COMADMIN_E_LIB_APP_PROXY_INCOMPATIBLE = 0x8011044F, "winerror.h; SEC A.7";
    /// The operation works in the global partition only
    COMADMIN_E_BASE_PARTITION_ONLY = 0x80110450, "winerror.h; SEC A.7";
    /// A disabled application cannot start
    COMADMIN_E_START_APP_DISABLED = 0x80110451, "winerror.h; SEC A.7";
    /// A partition of this name exists already
    COMADMIN_E_CAT_DUPLICATE_PARTITION_NAME = 0x80110457, "winerror.h; SEC A.7";
    /// The partition name is blank
    COMADMIN_E_CAT_INVALID_PARTITION_NAME = 0x80110458, "winerror.h; SEC A.7";
    /// The partition is the default of some user and cannot be deleted
    COMADMIN_E_CAT_PARTITION_IN_USE = 0x80110459, "winerror.h; SEC A.7";
    /// Export refused: components of the partition share a file name
    COMADMIN_E_FILE_PARTITION_DUPLICATE_FILES = 0x8011045A, "winerror.h; SEC A.7";
    /// Imported components are allowed in the global partition only
    COMADMIN_E_CAT_IMPORTED_COMPONENTS_NOT_ALLOWED = 0x8011045B, "winerror.h; SEC A.7";
    /// Several applications have this name
    COMADMIN_E_AMBIGUOUS_APPLICATION_NAME = 0x8011045C, "winerror.h; SEC A.7";
    /// Several partitions have this name
    COMADMIN_E_AMBIGUOUS_PARTITION_NAME = 0x8011045D, "winerror.h; SEC A.7";
    /// The catalog store is not initialised
    COMADMIN_E_REGDB_NOTINITIALIZED = 0x80110472, "winerror.h; SEC A.7";
    /// The catalog store is not open
    COMADMIN_E_REGDB_NOTOPEN = 0x80110473, "winerror.h; SEC A.7";
    /// The catalog store met a system error
    COMADMIN_E_REGDB_SYSTEMERR = 0x80110474, "winerror.h; SEC A.7";
    /// The catalog store is running already
    COMADMIN_E_REGDB_ALREADYRUNNING = 0x80110475, "winerror.h; SEC A.7";
    /// A catalog store of this version cannot be migrated
    COMADMIN_E_MIG_VERSIONNOTSUPPORTED = 0x80110480, "winerror.h; SEC A.7";
    /// The catalog store has no schema of the version to migrate
    COMADMIN_E_MIG_SCHEMANOTFOUND = 0x80110481, "winerror.h; SEC A.7";
    /// Two modules differ in word size (32 or 64 bit)
    COMADMIN_E_CAT_BITNESSMISMATCH = 0x80110482, "winerror.h; SEC A.7";
    /// The word size of the module is unknown
    COMADMIN_E_CAT_UNACCEPTABLEBITNESS = 0x80110483, "winerror.h; SEC A.7";
    /// Module and application differ in word size (32 or 64 bit)
    COMADMIN_E_CAT_WRONGAPPBITNESS = 0x80110484, "winerror.h; SEC A.7";
    /// The application supports neither pause nor resume
    COMADMIN_E_CAT_PAUSE_RESUME_NOT_SUPPORTED = 0x80110485, "winerror.h; SEC A.7";
    /// The catalog server itself failed
    COMADMIN_E_CAT_SERVERFAULT = 0x80110486, "winerror.h; SEC A.7";

    // COMQC: queued components
    /// The application is not configured for queuing
    COMQC_E_APPLICATION_NOT_QUEUED = 0x80110600, "winerror.h; SEC A.7";
    /// The component has no queued interface
    COMQC_E_NO_QUEUEABLE_INTERFACES = 0x80110601, "winerror.h; SEC A.7";
    /// The message queue service is missing
    COMQC_E_QUEUING_SERVICE_NOT_AVAILABLE = 0x80110602, "winerror.h; SEC A.7";
    /// An object argument of a queued call cannot be persisted
    COMQC_E_NO_IPERSISTSTREAM = 0x80110603, "winerror.h; SEC A.7";
    /// The queued message is malformed
    COMQC_E_BAD_MESSAGE = 0x80110604, "winerror.h; SEC A.7";
    /// The application takes authenticated messages only
    COMQC_E_UNAUTHENTICATED = 0x80110605, "winerror.h; SEC A.7";
    /// The sender of the message is not its caller and not in the role of trusted users
    COMQC_E_UNTRUSTED_ENQUEUER = 0x80110606, "winerror.h; SEC A.7";

    // COMADMIN: applications at run time, partitions
    /// A detailed array of errors comes with the result (catalog protocol only)
    E_DETAILEDERRORS = 0x80110802, "MS-COMA; SEC A.7";
    /// The object to insert or change has no valid parent
    COMADMIN_E_OBJECT_PARENT_MISSING = 0x80110808, "winerror.h; SEC A.7";
    /// The named object does not exist
    COMADMIN_E_OBJECT_DOES_NOT_EXIST = 0x80110809, "winerror.h; SEC A.7";
    /// No instance of the application is running
    COMADMIN_E_APP_NOT_RUNNING = 0x8011080A, "winerror.h; SEC A.7";
    /// There is no partition with this id
    COMADMIN_E_INVALID_PARTITION = 0x8011080B, "winerror.h; ACT 10, SEC A.7, SEC B.12";
    /// An application run as a system service has one instance and is never recycled
    COMADMIN_E_SVCAPP_NOT_POOLABLE_OR_RECYCLABLE = 0x8011080D, "winerror.h; SEC A.7";
    /// A user belongs to a partition set already
    COMADMIN_E_USER_IN_SET = 0x8011080E, "winerror.h; SEC A.7";
    /// A library application has no instance of its own to recycle
    COMADMIN_E_CANTRECYCLELIBRARYAPPS = 0x8011080F, "winerror.h; SEC A.7";
    /// An application that runs as a system service is never recycled
    COMADMIN_E_CANTRECYCLESERVICEAPPS = 0x80110811, "winerror.h; SEC A.7";
    /// The application instance is recycled already
    COMADMIN_E_PROCESSALREADYRECYCLED = 0x80110812, "winerror.h; SEC A.7";
    /// Recycling needs an application instance that is not paused
    COMADMIN_E_PAUSEDPROCESSMAYNOTBERECYCLED = 0x80110813, "winerror.h; SEC A.7";
    /// Only a server application can run as a system service
    COMADMIN_E_CANTMAKEINPROCSERVICE = 0x80110814, "winerror.h; SEC A.7";
    /// The ProgID belongs to another CLSID
    COMADMIN_E_PROGIDINUSEBYCLSID = 0x80110815, "winerror.h; SEC A.7";
    /// The default partition is not in the partition set
    COMADMIN_E_DEFAULT_PARTITION_NOT_IN_SET = 0x80110816, "winerror.h; SEC A.7";
    /// Pausing needs an application instance that is not recycled
    COMADMIN_E_RECYCLEDPROCESSMAYNOTBEPAUSED = 0x80110817, "winerror.h; SEC A.7";
    /// The caller has no right to the partition
    COMADMIN_E_PARTITION_ACCESSDENIED = 0x80110818, "winerror.h; SWC 1.5, ACT 10, SEC A.7, SEC B.12";
    /// Only installer packages can be installed into a partition
    COMADMIN_E_PARTITION_MSI_ONLY = 0x80110819, "winerror.h; SEC A.7";
    /// Legacy components exclude an export in the COM+ 1.0 format
    COMADMIN_E_LEGACYCOMPS_NOT_ALLOWED_IN_1_0_FORMAT = 0x8011081A, "winerror.h; SEC A.7";
    /// Legacy components are allowed in the global partition only
    COMADMIN_E_LEGACYCOMPS_NOT_ALLOWED_IN_NONBASE_PARTITIONS = 0x8011081B, "winerror.h; SEC A.7";
    /// No move or copy from a system application, proxy or locked application
    COMADMIN_E_COMP_MOVE_SOURCE = 0x8011081C, "winerror.h; SEC A.7";
    /// No move or copy to a system application, proxy or locked application
    COMADMIN_E_COMP_MOVE_DEST = 0x8011081D, "winerror.h; SEC A.7";
    /// No move or copy of a private component to a library application
    COMADMIN_E_COMP_MOVE_PRIVATE = 0x8011081E, "winerror.h; SEC A.7";
    /// A partition set must contain the global partition
    COMADMIN_E_BASEPARTITION_REQUIRED_IN_SET = 0x8011081F, "winerror.h; SEC A.7";
    /// An event class cannot have an alias
    COMADMIN_E_CANNOT_ALIAS_EVENTCLASS = 0x80110820, "winerror.h; SEC A.7";
    /// A private component was activated from outside its application
    COMADMIN_E_PRIVATE_ACCESSDENIED = 0x80110821, "winerror.h; ACT 10, SEC A.7, SEC B.12";
    /// The software restriction level is not valid
    COMADMIN_E_SAFERINVALID = 0x80110822, "winerror.h; SEC A.7";
    /// The registration data may not be read or written
    COMADMIN_E_REGISTRY_ACCESSDENIED = 0x80110823, "winerror.h; SEC A.7";
    /// Partitions are switched off on this machine
    COMADMIN_E_PARTITIONS_DISABLED = 0x80110824, "winerror.h; SWC 1.5, ACT 10, SEC A.7";
}
