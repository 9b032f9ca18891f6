//! One decision, explained without a run: what context a domain would get from this caller, and why; in
//! [`component`], where a component would be activated.

pub mod component;
mod words;

use crate::{
    language,
    trace::{Decision, Subject},
};
use complus_core::{
    Compat,
    attribute::{ApartmentKind, IsolationLevel},
    error::Error,
    explain::Reasons,
    id::PartitionId,
    rules::{
        activity_object::{self, Created, Interface},
        partition,
        service_domain::{self, Caller, Resolution, Settings},
        side_by_side,
        transaction::{Brought, Enclosing},
    },
};
use complus_runtime::ServiceConfig;
use words::{pairs, truth, unknown};

/// Everything that the rules look at.
#[derive(Clone, Debug)]
pub struct Question {
    /// The caller's context.
    pub caller: Caller,
    /// The configuration.
    pub settings: Settings,
    /// What is known of its partition.
    pub partition: partition::Named,
    /// What is known of its side-by-side assembly.
    pub assembly: side_by_side::Named,
    /// Whether the tracker's application and context name are given.
    pub tracker: (bool, bool),
    /// The transaction it brings.
    pub brought: Brought,
    /// The policy switches.
    pub compat: Compat,
}

/// A [`Question`] as the rules ask it.
struct Known<'q>(&'q Question);

impl service_domain::Named for Known<'_> {
    fn partition(&self) -> partition::Named {
        self.0.partition
    }

    fn assembly(&self) -> side_by_side::Named {
        self.0.assembly
    }

    fn tracker(&self) -> (bool, bool) {
        self.0.tracker
    }

    fn brought(&self) -> Brought {
        self.0.brought
    }
}

impl Question {
    /// The answer of the rules, with every reason.
    pub fn ask(&self, name: Option<String>) -> (Decision, Result<Resolution, Error>) {
        let mut reasons = Reasons::default();
        let answer = service_domain::resolve(&self.settings, &self.caller, &Known(self), &self.compat, &mut reasons);
        let decided = answer.map_err(|error| error.hresult());
        (Decision { name, subject: Subject::Domain, reasons: reasons.0, answer: decided }, answer)
    }

    /// The same for an activity object, made by a thread of this apartment.
    pub fn ask_activity(&self, name: Option<String>, apartment: ApartmentKind) -> (Decision, Result<Created, Error>) {
        let mut reasons = Reasons::default();
        let interface = Interface::ServiceActivity;
        let (known, settings) = (Known(self), &self.settings);
        let answer =
            activity_object::create(settings, interface, apartment, &self.caller, &known, &self.compat, &mut reasons);
        let subject = Subject::Activity(answer.ok().map(|created| (created.pool, created.affinity)));
        let decided = answer.map(|created| created.context).map_err(|error| error.hresult());
        (Decision { name, subject, reasons: reasons.0, answer: decided }, answer)
    }

    /// A question in words: `key=value` pairs between commas for the caller and for the configuration.
    ///
    /// The caller has `transaction` (`none`, `doomed`, `over`, else a name), `activity` (`none` or a name),
    /// `apartment` (`none` or a name), `isolation`, and the truth values `assembly`, `iis`, `comti`,
    /// `partitions` and `member`. The configuration has the properties of `enter`.
    ///
    /// # Errors
    /// A text that says which word was not understood.
    pub fn parse(caller: &str, config: &str) -> Result<Self, String> {
        let mut question = Self::new(&ServiceConfig::new());
        let (mut level, mut named) = (IsolationLevel::Serializable, Enclosing::None);
        let (mut enabled, mut member) = (true, true);
        for (key, value) in pairs("--caller", caller)? {
            let truth = || truth("--caller", &key, &value);
            match key.as_str() {
                "transaction" => {
                    named = match value.as_str() {
                        "none" | "-" => Enclosing::None,
                        "doomed" => Enclosing::Doomed,
                        "over" => Enclosing::Over,
                        _ => Enclosing::Active(level),
                    }
                }
                "isolation" => {
                    level = value.parse().map_err(|error| format!("--caller: isolation={value}: {error}"))?;
                }
                "activity" => question.caller.activity = !matches!(value.as_str(), "none" | "-"),
                "apartment" => question.caller.initialized = value != "none",
                "assembly" => question.caller.assembly = truth()?,
                "iis" => question.caller.iis = truth()?,
                "comti" => question.caller.comti = truth()?,
                "partitions" => enabled = truth()?,
                "member" => member = truth()?,
                _ => {
                    const KEYS: [&str; 9] = [
                        "transaction",
                        "isolation",
                        "activity",
                        "apartment",
                        "assembly",
                        "iis",
                        "comti",
                        "partitions",
                        "member",
                    ];
                    return Err(unknown("--caller", &key, &KEYS));
                }
            }
        }
        question.caller.transaction =
            if matches!(named, Enclosing::Active(_)) { Enclosing::Active(level) } else { named };
        // A context with a transaction always has an activity (S-15).
        question.caller.activity |= question.caller.transaction != Enclosing::None;
        let entered =
            language::parse_config("--config", &pairs("--config", config)?).map_err(|e| e.to_string())?.services;
        question.settings = *entered.config.settings();
        question.tracker = entered.tracker;
        question.partition = match entered.partition_id {
            None => partition::Named::Nothing,
            Some(PartitionId::GLOBAL) => partition::Named::Global,
            Some(_) => partition::Named::Other { enabled, known: true, member },
        };
        let directory = entered.assembly.0.is_some();
        question.assembly = side_by_side::Named { directory, readable: directory };
        question.brought = match entered.bring.as_deref() {
            None => Brought::None,
            Some("over") => Brought::Over,
            Some(_) => Brought::Active,
        };
        Ok(question)
    }

    /// A question about `config` from a caller without anything, in the multithreaded apartment.
    pub(crate) fn new(config: &ServiceConfig) -> Self {
        Self {
            caller: Caller {
                initialized: true,
                transaction: Enclosing::None,
                activity: false,
                assembly: false,
                iis: false,
                comti: false,
            },
            settings: *config.settings(),
            partition: partition::Named::Nothing,
            assembly: side_by_side::Named { directory: false, readable: false },
            tracker: (false, false),
            brought: Brought::None,
            compat: Compat::default(),
        }
    }
}
