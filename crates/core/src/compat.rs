//! [`Compat`]: the twelve policy switches. Every other decision is fixed (specification guide, 4).

/// Catalog defaults that changed between releases (SEC O-09).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum CatalogDefaults {
    /// Windows Server 2003 and later: component access checks are off.
    #[default]
    Ws2003,
    /// Windows 2000: they are on.
    W2k,
}

/// When an activity object's own transaction ends (SWC S-31).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ActivityTransaction {
    /// At the return of every call.
    #[default]
    PerCall,
    /// At the return of a call that set the done flag.
    UntilDone,
}

/// What an abort vote does to a brought transaction (SWC S-14).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ByotAbort {
    /// Dooms it; the owner's commit is vetoed.
    #[default]
    Veto,
    /// Aborts it at once.
    Immediate,
}

/// Codes of failing life-cycle methods (ACT 7.7).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum LifecycleErrors {
    /// The activation's own codes.
    #[default]
    Mapped,
    /// The method's code, unchanged.
    Raw,
}

/// What happens to a wait that would close a cycle of activities (SYN Y-17).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum DeadlockPolicy {
    /// The call fails with CONTEXT_E_WOULD_DEADLOCK.
    #[default]
    FailWouldDeadlock,
    /// It waits for ever.
    Hang,
}

/// What a panic does that reaches a call frame of the runtime (SEC D.8).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum FailFast {
    /// The simulated process dies; the host lives on.
    #[default]
    KillInstance,
    /// Only the call and its transaction are lost.
    Contain,
    /// The host process ends, as on Windows.
    AbortProcess,
}

/// The policy switches. The defaults are what all scenarios of the specification assume.
///
/// ```
/// use complus_core::Compat;
/// let strict = Compat { strict_misuse: true, ..Compat::default() };
/// assert!(strict.sync_required_shares);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Compat {
    /// Catalog defaults that changed with Windows Server 2003.
    pub defaults: CatalogDefaults,
    /// 1.5 rule: a component with Synchronization Required may share its creator's context.
    pub sync_required_shares: bool,
    /// Level-1 components of one application may share a context.
    pub security_shares_within_application: bool,
    /// Effective tracking forces an own context.
    pub tracking_needs_context: bool,
    /// A component's root transaction begins at creation instead of at the first entry.
    pub eager_begin: bool,
    /// When an activity object's own transaction ends.
    pub activity_transaction: ActivityTransaction,
    /// What an abort vote does to a brought transaction.
    pub byot_abort: ByotAbort,
    /// Codes of failing Construct and Activate.
    pub lifecycle_errors: LifecycleErrors,
    /// Wait cycles between activities.
    pub deadlock: DeadlockPolicy,
    /// Panics that reach a call frame.
    pub failfast: FailFast,
    /// One failing item refuses the whole SaveChanges.
    pub atomic_saves: bool,
    /// Tolerated misuse becomes an error.
    pub strict_misuse: bool,
}

impl Compat {
    /// The names of the switches, as scenario files spell them.
    pub const NAMES: [&'static str; 12] = [
        "defaults",
        "sync_required_shares",
        "security_shares_within_application",
        "tracking_needs_context",
        "eager_begin",
        "activity_transaction",
        "byot_abort",
        "lifecycle_errors",
        "deadlock",
        "failfast",
        "atomic_saves",
        "strict_misuse",
    ];
}

impl Default for Compat {
    fn default() -> Self {
        Self {
            defaults: CatalogDefaults::Ws2003,
            sync_required_shares: true,
            security_shares_within_application: false,
            tracking_needs_context: true,
            eager_begin: false,
            activity_transaction: ActivityTransaction::PerCall,
            byot_abort: ByotAbort::Veto,
            lifecycle_errors: LifecycleErrors::Mapped,
            deadlock: DeadlockPolicy::FailWouldDeadlock,
            failfast: FailFast::KillInstance,
            atomic_saves: false,
            strict_misuse: false,
        }
    }
}
