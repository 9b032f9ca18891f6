//! Where a component would be activated from this context, and why.

use super::words::{choice, pairs, setting, truth, unknown};
use crate::language::compat;
use complus_core::{
    Compat, HResult,
    attribute::{IsolationLevel, SynchronizationAttribute, ThreadingModel, TransactionAttribute},
    context::PropertyKind,
    error::{CatalogError, Error},
    explain::{Reason, Reasons},
    rules::{
        activation::{self, Decision, Request},
        class_apartment::Creator,
        gates::{Facts, Instance},
        placement::{Component, Origin},
        property_flow::{self, Intrinsics},
    },
};

/// Everything that the rules look at.
#[derive(Clone, Debug)]
pub struct Question {
    /// What the catalog says; `None` for a class without a row, which has a threading model only.
    pub component: Option<Component>,
    /// The threading model of the class.
    pub threading_model: ThreadingModel,
    /// Which intrinsics it takes over.
    pub intrinsics: Intrinsics,
    /// What else the gates ask.
    pub facts: Facts,
    /// What the request asks for.
    pub request: Request,
    /// Where the creator executes.
    pub creator: Creator,
    /// The creator's context.
    pub origin: Origin,
    /// The name of the creator's activity, and of its transaction or the brought one.
    pub names: Names,
    /// The policy switches.
    pub compat: Compat,
}

/// What the question calls the creator's activity, its transaction, and the one that the request brings.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Names {
    /// The activity.
    pub activity: Option<String>,
    /// The transaction.
    pub transaction: Option<String>,
    /// The brought transaction.
    pub brought: Option<String>,
}

/// How the rules decided on an activation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Activated {
    /// The reasons, in the order of the steps.
    pub reasons: Vec<Reason>,
    /// Where the object goes, or why it is not made.
    pub answer: Result<Decision, Error>,
    /// Which kinds of named properties of the creator's context the object sees: IIS, COMTI, any other.
    pub properties: [bool; 3],
    /// The names of the question.
    pub names: Names,
}

impl Activated {
    /// The code with which the activation is refused.
    pub fn refused(&self) -> Option<HResult> {
        self.answer.err().map(|error| error.hresult())
    }
}

impl Question {
    /// The answer of the rules, with every reason.
    pub fn ask(&self) -> Activated {
        let mut reasons = Reasons::default();
        let Self { threading_model, facts, request, creator, origin, compat, .. } = self;
        let answer = match &self.component {
            Some(component) => {
                activation::configured(facts, component, *request, *creator, origin, compat, &mut reasons)
            }
            None => {
                activation::unconfigured(*threading_model, *request, *creator, origin, &mut reasons).map_err(Into::into)
            }
        };
        let sees =
            |kind| answer.is_ok_and(|decision: Decision| property_flow::sees(kind, &decision.context, self.intrinsics));
        let properties = [PropertyKind::Iis, PropertyKind::Comti, PropertyKind::Custom].map(sees);
        Activated { reasons: reasons.0, answer, properties, names: self.names.clone() }
    }

    /// A question in words: `key=value` pairs between commas for the creator, the component, and the switches that
    /// are not at their defaults. What is not named is as in a raw-configured component (ACT 4.7), and as in a default
    /// context of the multithreaded apartment.
    ///
    /// # Errors
    /// A text that says which word was not understood, and what may have been meant.
    pub fn parse(creator: &str, component: &str, switches: &str) -> Result<Self, String> {
        let mut question = Self {
            component: Some(Component::RAW),
            threading_model: ThreadingModel::Both,
            intrinsics: Intrinsics { iis: false, comti: false },
            facts: Facts::OPEN,
            request: Request::default(),
            creator: Creator::Mta,
            origin: Origin::DEFAULT_CONTEXT,
            names: Names::default(),
            compat: Compat::default(),
        };
        question.read_creator(&pairs("--caller", creator)?)?;
        question.read_component(&pairs("--component", component)?)?;
        for (name, value) in pairs("--switches", switches)? {
            compat::set_in_words(&mut question.compat, &name, &value).map_err(|text| format!("--switches: {text}"))?;
        }
        Ok(question)
    }

    fn read_creator(&mut self, given: &[(String, String)]) -> Result<(), String> {
        const OPTION: &str = "--caller";
        const KEYS: [&str; 12] = [
            "transaction",
            "isolation",
            "activity",
            "apartment",
            "context",
            "bring",
            "bring-isolation",
            "application",
            "partition",
            "process",
            "manager",
            "aggregates",
        ];
        let (mut level, mut brought_level) = (IsolationLevel::Serializable, IsolationLevel::Serializable);
        let mut context = None;
        let mut same_application = false;
        let same = [("same", true), ("other", false)];
        for (key, value) in given {
            let named = || Some(value.clone()).filter(|name| !matches!(name.as_str(), "none" | "-"));
            match key.as_str() {
                "transaction" => self.names.transaction = named(),
                "activity" => self.names.activity = named(),
                "bring" => self.names.brought = named(),
                "isolation" => level = setting(OPTION, key, value, IsolationLevel::ALL, IsolationLevel::name)?,
                "bring-isolation" => {
                    brought_level = setting(OPTION, key, value, IsolationLevel::ALL, IsolationLevel::name)?
                }
                "apartment" => self.creator = choice(OPTION, key, value, &APARTMENTS)?,
                "context" => context = Some(choice(OPTION, key, value, &[("default", true), ("own", false)])?),
                "application" => same_application = choice(OPTION, key, value, &same)?,
                "partition" => self.origin.same_partition = choice(OPTION, key, value, &same)?,
                "process" => self.origin.same_process = choice(OPTION, key, value, &same)?,
                "manager" => self.facts.manager = truth(OPTION, key, value)?,
                "aggregates" => self.request.aggregated = truth(OPTION, key, value)?,
                _ => return Err(unknown(OPTION, key, &KEYS)),
            }
        }
        // A context with a transaction always has an activity (S-15).
        self.origin.activity = self.names.activity.is_some() || self.names.transaction.is_some();
        self.origin.transaction = self.names.transaction.as_ref().map(|_| level);
        self.origin.brought = self.names.brought.as_ref().map(|_| brought_level);
        self.origin.same_security = same_application;
        let plain = !self.origin.activity && !same_application;
        self.origin.default_context = context.unwrap_or(plain && self.origin.same_partition);
        if self.origin.default_context && !plain {
            return Err("--caller: a default context has no activity, no transaction and no security property".into());
        }
        Ok(())
    }

    fn read_component(&mut self, given: &[(String, String)]) -> Result<(), String> {
        const OPTION: &str = "--component";
        const KEYS: [&str; 20] = [
            "preset",
            "transaction",
            "isolation",
            "synchronization",
            "jit",
            "threading-model",
            "tracking",
            "access-checks",
            "level",
            "must-run-in-client-context",
            "must-run-in-default-context",
            "iis-intrinsics",
            "comti-intrinsics",
            "pooled",
            "enabled",
            "instance",
            "memory",
            "private",
            "recorded-model",
            "configured",
        ];
        let mut component = Component::RAW;
        for (key, value) in given.iter().filter(|(key, _)| key == "preset") {
            component = choice(OPTION, key, value, &[("raw", Component::RAW), ("installed", Component::INSTALLED)])?;
        }
        let mut configured = true;
        for (key, value) in given {
            let flag = || truth(OPTION, key, value);
            match key.as_str() {
                "preset" => {}
                "transaction" => {
                    component.transaction =
                        setting(OPTION, key, value, TransactionAttribute::ALL, TransactionAttribute::name)?
                }
                "isolation" => {
                    component.isolation = setting(OPTION, key, value, IsolationLevel::ALL, IsolationLevel::name)?
                }
                "synchronization" => {
                    component.synchronization =
                        setting(OPTION, key, value, SynchronizationAttribute::ALL, SynchronizationAttribute::name)?
                }
                "jit" => component.just_in_time = flag()?,
                "threading-model" => {
                    component.threading_model = setting(OPTION, key, value, ThreadingModel::ALL, ThreadingModel::name)?
                }
                "tracking" => component.tracked = flag()?,
                "access-checks" => component.security.application_checks = flag()?,
                "level" => {
                    component.security.component_level = choice(OPTION, key, value, &[("0", false), ("1", true)])?;
                }
                "must-run-in-client-context" => component.must_run_in_client_context = flag()?,
                "must-run-in-default-context" => component.must_run_in_default_context = flag()?,
                "iis-intrinsics" => self.intrinsics.iis = flag()?,
                "comti-intrinsics" => self.intrinsics.comti = flag()?,
                "pooled" => self.request.pooled = flag()?,
                "enabled" => self.facts.enabled = flag()?,
                "instance" => {
                    let all = [
                        ("running", Instance::Running),
                        ("paused", Instance::Paused),
                        ("stopping", Instance::Stopping),
                    ];
                    self.facts.instance = choice(OPTION, key, value, &all)?;
                }
                "memory" => self.facts.memory = flag()?,
                "private" => {
                    if flag()? {
                        self.facts.location = Err(CatalogError::PrivateDenied);
                    }
                }
                "recorded-model" => {
                    self.facts.same_threading_model = choice(OPTION, key, value, &[("same", true), ("other", false)])?;
                }
                "configured" => configured = flag()?,
                _ => return Err(unknown(OPTION, key, &KEYS)),
            }
        }
        if !configured {
            let meaning = |key: &str| matches!(key, "configured" | "threading-model");
            if let Some((key, _)) = given.iter().find(|(key, _)| !meaning(key)) {
                return Err(format!("{OPTION}: a class that is not configured has a threading-model only, no `{key}`"));
            }
        }
        self.threading_model = component.threading_model;
        self.component = configured.then_some(component);
        Ok(())
    }
}

const APARTMENTS: [(&str, Creator); 5] = [
    ("mta", Creator::Mta),
    ("sta", Creator::Sta),
    ("main-sta", Creator::MainSta),
    ("neutral-on-sta", Creator::NeutralOnSta),
    ("neutral-on-mta", Creator::NeutralOnMta),
];
