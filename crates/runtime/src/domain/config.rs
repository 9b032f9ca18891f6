//! [`ServiceConfig`]: what a domain or an activity object is to be (SWC 2).

use complus_core::{
    attribute::{
        Binding, ComtiIntrinsicsConfig, IisIntrinsicsConfig, InheritanceConfig, IsolationLevel, PartitionConfig,
        Property, SxsConfig, SynchronizationConfig, ThreadPool, TrackerConfig, TransactionConfig,
    },
    context::SideBySide,
    error::{ConfigurationError, DomainError, Error, Result},
    id::PartitionId,
    rules::{apartment, inheritance, plan::Plan, service_domain::Settings, tracker},
};
use complus_sync::Arc;
use complus_transaction::BroughtTransaction;
use std::time::Duration;

/// CServiceConfig as a plain value.
///
/// [`new`](Self::new) starts from CSC_Ignore, [`inheriting`](Self::inheriting) from CSC_Inherit. Setters
/// commute, but for [`inheritance`](Self::inheritance), which overwrites the settings of rows 2 to 8 and is
/// there for programs that keep COM's order of calls. An entry takes what the value is at that moment; later
/// changes touch no context.
///
/// ```
/// use complus_runtime::ServiceConfig;
/// use complus_core::attribute::{IsolationLevel, SynchronizationConfig, TransactionConfig};
/// use std::time::Duration;
/// let config = ServiceConfig::inheriting()
///     .transaction(TransactionConfig::New)
///     .isolation_level(IsolationLevel::ReadCommitted)
///     .transaction_timeout(Duration::from_secs(60))
///     .synchronization(SynchronizationConfig::NewIfNecessary);
/// ```
#[derive(Clone, Debug)]
#[must_use]
pub struct ServiceConfig {
    pub(crate) settings: Settings,
    /// The flow for every caller; empty where an entry needs more than transaction and activity.
    pub(crate) plan: Plan,
    /// What an entry is refused with wherever it is tried, once the thread is in an apartment.
    pub(crate) refusal: Option<Error>,
    /// Row 12; unset means the machine's default.
    pub(crate) timeout: Option<u32>,
    pub(crate) rare: Option<Arc<Rare>>,
}

/// Rows 13 to 16 and the names of row 10.
#[derive(Clone, Debug, Default)]
pub(crate) struct Rare {
    pub(crate) brought: Option<BroughtTransaction>,
    pub(crate) description: Option<Arc<str>>,
    pub(crate) partition: PartitionIdOrNull,
    pub(crate) sxs_name: Option<String>,
    pub(crate) sxs_directory: Option<String>,
    pub(crate) tracker_application: Option<String>,
    pub(crate) tracker_context: Option<String>,
}

/// A partition id that starts as GUID_NULL.
#[derive(Clone, Copy, Debug)]
pub(crate) struct PartitionIdOrNull(pub(crate) PartitionId);

impl Default for PartitionIdOrNull {
    fn default() -> Self {
        Self(PartitionId::NULL)
    }
}

impl ServiceConfig {
    /// A configuration at its defaults: CSC_Ignore, no service at all.
    pub fn new() -> Self {
        Self::of(inheritance::DEFAULT)
    }

    /// A configuration after ContainingContextTreatment(CSC_Inherit): everything from the caller.
    pub fn inheriting() -> Self {
        Self::of(inheritance::reset(inheritance::DEFAULT, InheritanceConfig::Inherit))
    }

    fn of(settings: Settings) -> Self {
        Self { settings, plan: Plan::of(&settings), refusal: None, timeout: None, rare: None }
    }

    /// The settings that are enumerations, for the rules.
    pub const fn settings(&self) -> &Settings {
        &self.settings
    }

    /// ContainingContextTreatment: sets row 1 and overwrites rows 2 to 8.
    pub fn inheritance(self, value: InheritanceConfig) -> Self {
        self.with(|settings| *settings = inheritance::reset(*settings, value))
    }

    /// SelectThreadPool; for activity objects.
    pub fn thread_pool(self, value: ThreadPool) -> Self {
        self.with(|settings| settings.thread_pool = value)
    }

    /// SetBindingInfo; for activity objects.
    pub fn binding(self, value: Binding) -> Self {
        self.with(|settings| settings.binding = value)
    }

    /// ConfigureTransaction.
    pub fn transaction(self, value: TransactionConfig) -> Self {
        self.with(|settings| settings.transaction = value)
    }

    /// IsolationLevel, of a new transaction, or that the caller's must have to be joined.
    pub fn isolation_level(self, value: IsolationLevel) -> Self {
        self.with(|settings| settings.isolation = value)
    }

    /// TransactionTimeout, of a new transaction, in whole seconds: a fraction counts as a second begun,
    /// zero means never. Never set means the machine's default.
    pub fn transaction_timeout(mut self, value: Duration) -> Self {
        let seconds = value.as_secs().saturating_add(u64::from(value.subsec_nanos() > 0));
        self.timeout = Some(u32::try_from(seconds).unwrap_or(u32::MAX));
        self
    }

    /// NewTransactionDescription; never set means the tracker's context name.
    pub fn transaction_description(self, value: &str) -> Self {
        self.with_rare(|rare| rare.description = Some(Arc::from(value)))
    }

    /// ConfigureBYOT and its siblings: the domain runs in this transaction, whatever else is set. The last
    /// one brought counts.
    pub fn bring_your_own_transaction(self, value: impl Into<BroughtTransaction>) -> Self {
        let value = value.into();
        self.with_rare(|rare| rare.brought = Some(value))
    }

    /// BringYourOwnTransaction: as [`bring_your_own_transaction`](Self::bring_your_own_transaction), by TIP URL.
    pub fn bring_your_own_transaction_url(self, url: &str) -> Self {
        self.bring_your_own_transaction(BroughtTransaction::TipUrl(url.into()))
    }

    /// ConfigureSynchronization.
    pub fn synchronization(self, value: SynchronizationConfig) -> Self {
        self.with(|settings| settings.synchronization = value)
    }

    /// IISIntrinsicsConfig.
    pub fn iis_intrinsics(self, value: IisIntrinsicsConfig) -> Self {
        self.with(|settings| settings.iis = value)
    }

    /// ComTIIntrinsicsConfig.
    pub fn comti_intrinsics(self, value: ComtiIntrinsicsConfig) -> Self {
        self.with(|settings| settings.comti = value)
    }

    /// TrackerConfig: the work is reported under `application`; without a context name the text of the
    /// context id is used.
    pub fn tracker(self, value: TrackerConfig, application: Option<&str>, context: Option<&str>) -> Self {
        self.with(|settings| settings.tracker = value).with_rare(|rare| {
            rare.tracker_application = application.map(Into::into);
            rare.tracker_context = context.map(Into::into);
        })
    }

    /// SxsConfig.
    pub fn sxs(self, value: SxsConfig) -> Self {
        self.with(|settings| settings.sxs = value)
    }

    /// SxsName: the manifest file; its extension is added where it is missing.
    pub fn sxs_name(self, value: &str) -> Self {
        self.with_rare(|rare| rare.sxs_name = Some(value.into()))
    }

    /// SxsDirectory: where the manifest is.
    pub fn sxs_directory(self, value: &str) -> Self {
        self.with_rare(|rare| rare.sxs_directory = Some(value.into()))
    }

    /// PartitionConfig.
    pub fn partition(self, value: PartitionConfig) -> Self {
        self.with(|settings| settings.partition = value)
    }

    /// PartitionID.
    pub fn partition_id(self, value: PartitionId) -> Self {
        self.with_rare(|rare| rare.partition = PartitionIdOrNull(value))
    }

    /// The numeric door: any setting by its number, as the binary interface has it.
    ///
    /// # Errors
    /// E_INVALIDARG for a number outside the enumeration; nothing is changed (S-01).
    ///
    /// ```
    /// use complus_core::{attribute::Property, hresult::E_INVALIDARG};
    /// let mut config = complus_runtime::ServiceConfig::new();
    /// config.set(Property::Transaction, 3)?;
    /// assert_eq!(config.set(Property::Transaction, 4).unwrap_err().hresult(), E_INVALIDARG);
    /// # Ok::<(), complus_core::Error>(())
    /// ```
    pub fn set(&mut self, property: Property, value: i32) -> Result<()> {
        fn read<T: TryFrom<i32>>(value: i32) -> Result<T> {
            T::try_from(value).map_err(|_| ConfigurationError::OutOfRange.into())
        }
        let mut settings = self.settings;
        match property {
            Property::Inheritance => settings = inheritance::reset(settings, read(value)?),
            Property::ThreadPool => settings.thread_pool = read(value)?,
            Property::Binding => settings.binding = read(value)?,
            Property::Transaction => settings.transaction = read(value)?,
            Property::IsolationLevel => settings.isolation = read(value)?,
            Property::TransactionTimeout => self.timeout = Some(value.cast_unsigned()),
            Property::Synchronization => settings.synchronization = read(value)?,
            Property::IisIntrinsics => settings.iis = read(value)?,
            Property::ComtiIntrinsics => settings.comti = read(value)?,
            Property::Tracker => settings.tracker = read(value)?,
            Property::Sxs => settings.sxs = read(value)?,
            Property::Partition => settings.partition = read(value)?,
        }
        self.settings = settings;
        self.refresh();
        Ok(())
    }

    fn with(mut self, change: impl FnOnce(&mut Settings)) -> Self {
        change(&mut self.settings);
        self.refresh();
        self
    }

    fn with_rare(mut self, change: impl FnOnce(&mut Rare)) -> Self {
        change(Arc::make_mut(self.rare.get_or_insert_default()));
        self.refresh();
        self
    }

    fn refresh(&mut self) {
        let named = self.rare.as_deref().is_some_and(|rare| rare.brought.is_some() || rare.description.is_some());
        self.plan = if named { Plan::EMPTY } else { Plan::of(&self.settings) };
        self.refusal = self.refuses().err().map(Error::from);
    }

    /// No pool and no binding for a domain, no tracker without a name. What comes before in the order of the
    /// checks must not fail, so a new assembly leaves it to the entry.
    fn refuses(&self) -> Result<(), DomainError> {
        if self.settings.sxs == SxsConfig::New {
            return Ok(());
        }
        let (application, context) = self.tracker_names();
        apartment::service_domain(self.settings.thread_pool, self.settings.binding, &mut ())?;
        tracker::service_domain(self.settings.tracker, || application, || context, &mut ()).map(drop)
    }

    /// Whether the tracker's application name and context name are there and not empty.
    #[inline]
    pub(crate) fn tracker_names(&self) -> (bool, bool) {
        let given = |name: &Option<String>| name.as_ref().is_some_and(|name| !name.is_empty());
        match self.rare.as_deref() {
            Some(rare) => (given(&rare.tracker_application), given(&rare.tracker_context)),
            None => (false, false),
        }
    }

    /// The side-by-side assembly that is configured, if a directory was set.
    pub(crate) fn assembly(&self) -> Option<SideBySide> {
        let rare = self.rare.as_deref()?;
        Some(SideBySide { directory: rare.sxs_directory.clone()?, name: rare.sxs_name.clone() })
    }
}

impl Default for ServiceConfig {
    fn default() -> Self {
        Self::new()
    }
}
