use super::ErrorKind;
use crate::hresult::{self, HResult};

/// Declares the reasons: name, code, kind, and what to do about it.
macro_rules! reasons {
    ($($reason:ident = $code:ident, $kind:ident, $text:literal;)+) => {
        /// Why something could not be read from the catalog or written to it (SEC A.6 to A.10, C.1).
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, thiserror::Error)]
        #[non_exhaustive]
        pub enum CatalogError {
            $(
                #[doc = concat!("The reason of ", stringify!($code), ": ", $text, ".")]
                #[error($text)]
                $reason,
            )+
        }

        impl CatalogError {
            /// The exact code.
            pub const fn hresult(self) -> HResult {
                match self { $(Self::$reason => hresult::$code,)+ }
            }

            pub(super) const fn kind(self) -> ErrorKind {
                match self { $(Self::$reason => ErrorKind::$kind,)+ }
            }
        }
    };
}

reasons! {
    ObjectErrors = COMADMIN_E_OBJECTERRORS, Other, "some items were not written; each has its row in ErrorInfo";
    ObjectInvalid = COMADMIN_E_OBJECTINVALID, Configuration, "the object lacks properties or has invalid ones";
    KeyMissing = COMADMIN_E_KEYMISSING, InvalidArgument, "the object is not in the catalog; populate the collection again";
    FileWriteFailed = COMADMIN_E_APP_FILE_WRITEFAIL, Unavailable, "the file could not be written; the old one is as it was";
    FileReadFailed = COMADMIN_E_APP_FILE_READFAIL, Unavailable, "the file could not be read";
    FileVersion = COMADMIN_E_APP_FILE_VERSION, Configuration, "the file has a format that this version does not read";
    FileCorrupt = COMADMIN_E_REGFILE_CORRUPT, Configuration, "the file has mistakes; each is shown with its place";
    FileExists = COMADMIN_E_ALREADYINSTALLED, Configuration, "the file exists; ask to overwrite it";
    ApplicationExists = COMADMIN_E_APPLICATIONEXISTS, Configuration, "an application of this id, or of this name in the partition, exists already";
    RoleExists = COMADMIN_E_ROLEEXISTS, Configuration, "the application has this role already";
    ObjectExists = COMADMIN_E_OBJECTEXISTS, Configuration, "an object with this key exists already";
    ComponentExists = COMADMIN_E_COMPONENTEXISTS, Configuration, "the class is configured in this partition already; alias it, or use another partition";
    ProgIdInUse = COMADMIN_E_PROGIDINUSEBYCLSID, Configuration, "another class has this ProgID";
    ApplicationIdIsClsid = COMADMIN_E_APPLID_MATCHES_CLSID, Configuration, "an application and a class have the same id";
    ClassFactsDiffer = COMADMIN_E_CLSIDORIIDMISMATCH, Configuration, "factory, threading model, ProgID and version are the same in all configurations of a class";
    NotChangeable = COMADMIN_E_NOTCHANGEABLE, AccessDenied, "the application or its partition is locked; set Changeable first";
    NotDeleteable = COMADMIN_E_NOTDELETEABLE, AccessDenied, "the object may not be deleted; set Deleteable first";
    SystemApplication = COMADMIN_E_SYSTEMAPP, AccessDenied, "system applications may not be changed";
    PropertySaveFailed = COMADMIN_E_PROPERTYSAVEFAILED, Configuration, "the value is out of range or contradicts another property";
    PropertyOverflow = COMADMIN_E_PROPERTY_OVERFLOW, Configuration, "the value is too long";
    NotPoolable = COMADMIN_E_OBJECTNOTPOOLABLE, Configuration, "pooled objects must not be bound to a thread; the threading model has to be Free, Both or Neutral";
    NotInRegistry = COMADMIN_E_NOTINREGISTRY, InvalidArgument, "the class is not registered";
    ClassNotAvailable = COMADMIN_E_COMPFILE_CLASSNOTAVAIL, InvalidArgument, "nobody makes objects of this class";
    NotInstallable = COMADMIN_E_COMPFILE_NOTINSTALLABLE, Configuration, "the class has no description of its interfaces";
    RoleMissing = COMADMIN_E_ROLE_DOES_NOT_EXIST, InvalidArgument, "the application has no such role";
    StartNeedsComponents = COMADMIN_E_START_APP_NEEDS_COMPONENTS, Configuration, "an application without components cannot be started";
    CannotStart = COMADMIN_E_CAN_NOT_START_APP, Configuration, "library applications and proxies have no process to start";
    StartDisabled = COMADMIN_E_START_APP_DISABLED, Configuration, "the application is disabled";
    CannotExportProxy = COMADMIN_E_CAN_NOT_EXPORT_APP_PROXY, Configuration, "application proxies cannot be exported";
    CannotExportSystem = COMADMIN_E_CAN_NOT_EXPORT_SYS_APP, Configuration, "system applications cannot be exported";
    LibraryAsProxy = COMADMIN_E_LIB_APP_PROXY_INCOMPATIBLE, Configuration, "a library application has no process to be a proxy for";
    RequiresPlatform = COMADMIN_E_REQUIRES_DIFFERENT_PLATFORM, Unavailable, "there is no load balancing here";
    CannotSubscribe = COMADMIN_E_CANT_SUBSCRIBE_TO_COMPONENT, Configuration, "an imported component cannot subscribe";
    EventClassSubscriber = COMADMIN_E_EVENTCLASS_CANT_BE_SUBSCRIBER, Configuration, "an event class cannot subscribe";
    BasePartitionOnly = COMADMIN_E_BASE_PARTITION_ONLY, Configuration, "this is possible in the global partition only";
    DuplicatePartitionName = COMADMIN_E_CAT_DUPLICATE_PARTITION_NAME, Configuration, "another partition has this name";
    InvalidPartitionName = COMADMIN_E_CAT_INVALID_PARTITION_NAME, Configuration, "a partition needs a name";
    PartitionInUse = COMADMIN_E_CAT_PARTITION_IN_USE, Configuration, "the partition is the global one or somebody's default";
    ImportedNotAllowed = COMADMIN_E_CAT_IMPORTED_COMPONENTS_NOT_ALLOWED, Configuration, "imported components are possible in the global partition only";
    LegacyNotAllowed = COMADMIN_E_LEGACYCOMPS_NOT_ALLOWED_IN_NONBASE_PARTITIONS, Configuration, "legacy components are possible in the global partition only";
    AmbiguousApplication = COMADMIN_E_AMBIGUOUS_APPLICATION_NAME, Configuration, "several applications have this name; give the id";
    AmbiguousPartition = COMADMIN_E_AMBIGUOUS_PARTITION_NAME, Configuration, "several partitions have this name; give the id";
    ParentMissing = COMADMIN_E_OBJECT_PARENT_MISSING, InvalidArgument, "the object that this one belongs to is not in the catalog";
    DoesNotExist = COMADMIN_E_OBJECT_DOES_NOT_EXIST, InvalidArgument, "there is no object of this name or id";
    InvalidPartition = COMADMIN_E_INVALID_PARTITION, InvalidArgument, "there is no such partition";
    ServiceNotPoolable = COMADMIN_E_SVCAPP_NOT_POOLABLE_OR_RECYCLABLE, Configuration, "an application that runs as a service is neither pooled nor recycled";
    LibraryService = COMADMIN_E_CANTMAKEINPROCSERVICE, Configuration, "a library application cannot run as a service";
    WrongBitness = COMADMIN_E_CAT_WRONGAPPBITNESS, Configuration, "all components of an application have the same bitness";
    MoveLocked = COMADMIN_E_COMP_MOVE_LOCKED, AccessDenied, "the component's application is locked or a system application";
    MoveBadDestination = COMADMIN_E_COMP_MOVE_BAD_DEST, InvalidArgument, "the application to move to does not exist";
    MoveSource = COMADMIN_E_COMP_MOVE_SOURCE, Configuration, "components cannot be taken out of this application";
    MoveDestination = COMADMIN_E_COMP_MOVE_DEST, Configuration, "components cannot be put into this application";
    MovePrivate = COMADMIN_E_COMP_MOVE_PRIVATE, Configuration, "a library application has no private components";
    AliasEventClass = COMADMIN_E_CANNOT_ALIAS_EVENTCLASS, Configuration, "an event class has no alias";
    PartitionsDisabled = COMADMIN_E_PARTITIONS_DISABLED, Configuration, "partitions are disabled on this machine";
    PartitionDenied = COMADMIN_E_PARTITION_ACCESSDENIED, AccessDenied, "the user may not use this partition";
    PrivateDenied = COMADMIN_E_PRIVATE_ACCESSDENIED, AccessDenied, "the component is private to its application";
    ClassNotRegistered = REGDB_E_CLASSNOTREG, InvalidArgument, "the class is neither configured nor registered";
    Damaged = CO_E_ACTIVATIONFAILED_CATALOGERROR, Configuration, "the catalog holds settings that contradict each other";
    NoSynchronization = CO_E_NOSYNCHRONIZATION, Configuration, "transactions and JIT activation need synchronization";
    AccessDenied = E_ACCESSDENIED, AccessDenied, "only administrators may change the catalog";
    NotSupported = E_NOTIMPL, Misuse, "the collection does not support this";
    UnknownCollection = E_INVALIDARG, InvalidArgument, "there is no such collection here";
    UnknownProperty = E_INVALIDARG, InvalidArgument, "the collection has no such property";
    WrongType = E_INVALIDARG, InvalidArgument, "the value is of another type than the property";
    NotWriteable = E_INVALIDARG, InvalidArgument, "the property is read-only, or fixed once the object is saved";
    NotReadable = E_INVALIDARG, InvalidArgument, "the property is write-only";
    NoSuchItem = E_INVALIDARG, InvalidArgument, "the collection has no item of this index";
    BadKey = E_INVALIDARG, InvalidArgument, "the key is no GUID, number or name, as the collection needs it";
    WriterBusy = COMADMIN_E_REGDB_SYSTEMERR, Limit, "another transaction held the catalog for too long";
    TransactionOver = XACT_E_NOTRANSACTION, Transaction, "the catalog's transaction is over";
    TransactionDoomed = XACT_E_ABORTING, Transaction, "the transaction will abort; nothing more is written in it";
    TransactionEnding = XACT_E_WRONGSTATE, Transaction, "the transaction is being ended; nothing more is written in it";
}
