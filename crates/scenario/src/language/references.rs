//! Names that a file declares and uses; checked when all of it is read, since a thread may name what
//! stands further down.

use complus_diagnostic::{Diagnostic, Span, suggest};
use std::collections::{BTreeMap, BTreeSet};

/// What a name stands for, or may stand for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Kind {
    /// A domain: `enter as=`.
    Domain,
    /// An activity object: `activity as=`.
    Activity,
    /// A call: `synchronous-call as=`, `asynchronous-call as=`.
    Call,
    /// A transaction begun outside: `begin`.
    Transaction,
    /// A resource manager: `manager`.
    Manager,
    /// A thread: `thread`.
    Thread,
    /// A reference to an object: `create as=`.
    Reference,
    /// An application of the catalog.
    Application,
    /// A class: of the catalog, or `class`.
    Class,
    /// An interface of some class.
    Interface,
    /// A method of some class.
    Method,
    /// What an expectation is about.
    Target,
    /// What has a transaction.
    Transactional,
    /// What runs on a thread, or is one.
    CallOrThread,
    /// What can be waited for.
    CallOrActivity,
    /// What can be released.
    Released,
}

impl Kind {
    /// The kinds that it may be.
    const fn kinds(self) -> &'static [Self] {
        match self {
            Self::Domain => &[Self::Domain],
            Self::Activity => &[Self::Activity],
            Self::Call => &[Self::Call],
            Self::Transaction => &[Self::Transaction],
            Self::Manager => &[Self::Manager],
            Self::Thread => &[Self::Thread],
            Self::Reference => &[Self::Reference],
            Self::Application => &[Self::Application],
            Self::Class => &[Self::Class],
            Self::Interface => &[Self::Interface],
            Self::Method => &[Self::Method],
            Self::Target => &[Self::Domain, Self::Activity, Self::Call, Self::Reference],
            Self::Transactional => &[Self::Domain, Self::Transaction, Self::Activity, Self::Call, Self::Reference],
            Self::Released => &[Self::Activity, Self::Reference],
            Self::CallOrThread => &[Self::Call, Self::Thread],
            Self::CallOrActivity => &[Self::Call, Self::Activity],
        }
    }

    /// One kind's word, and how such a name is made.
    const fn words(self) -> (&'static str, &'static str) {
        match self {
            Self::Activity => ("activity object", "an activity object gets its name by `activity as=`"),
            Self::Call => {
                ("call", "a call gets its name by `synchronous-call as=`, `asynchronous-call as=` or `call as=`")
            }
            Self::Reference => ("reference", "a reference gets its name by `create as=`, `cast as=` or `call gives=`"),
            Self::Application => {
                ("application", "an application stands in the catalog file, or is declared by `application`")
            }
            Self::Class => ("class", "a class stands in the catalog, in an `application`, or is declared by `class`"),
            Self::Interface => ("interface", "an interface stands below a `component` or a `class`"),
            Self::Method => ("method", "a method stands below a `component` or a `class`"),
            Self::Transaction => ("transaction", "a transaction gets its name by `begin`"),
            Self::Manager => ("resource manager", "a resource manager is declared by `manager`, outside the threads"),
            Self::Thread => ("thread", "a thread is declared by `thread`"),
            _ => ("domain", "a domain gets its name by `enter as=`"),
        }
    }

    fn word(self) -> String {
        let words: Vec<_> = self.kinds().iter().map(|kind| kind.words().0).collect();
        match &words[..] {
            [first @ .., last] if !first.is_empty() => format!("{} or {last}", first.join(", ")),
            _ => words.concat(),
        }
    }

    fn how(self) -> String {
        self.kinds().iter().map(|kind| kind.words().1).collect::<Vec<_>>().join("; ")
    }
}

#[derive(Default)]
pub(super) struct References {
    declared: BTreeMap<Kind, BTreeSet<String>>,
    used: Vec<(Kind, String, Span)>,
}

impl References {
    /// Another kind of thing that an expectation could mean by this name.
    pub(super) fn other_target(&self, kind: Kind, name: &str) -> Option<&'static str> {
        let others = Kind::Target.kinds().iter().filter(|other| **other != kind);
        let has = |other: &&Kind| self.declared.get(other).is_some_and(|names| names.contains(name));
        others.into_iter().find(has).map(|other| other.words().0)
    }

    /// Tells whether the name is new.
    pub(super) fn declare(&mut self, kind: Kind, name: &str) -> bool {
        self.declared.entry(kind).or_default().insert(name.into())
    }

    pub(super) fn refer(&mut self, kind: Kind, name: &str, span: Span) {
        self.used.push((kind, name.into(), span));
    }

    pub(super) fn check(self, problems: &mut Vec<Diagnostic>) {
        for (kind, name, span) in self.used {
            let known = self.declared.iter().filter(|(declared, _)| kind.kinds().contains(declared));
            let known: Vec<&str> = known.flat_map(|(_, names)| names.iter().map(String::as_str)).collect();
            if !known.contains(&name.as_str()) {
                let problem = Diagnostic::new(span, format!("there is no {} `{name}`", kind.word()), "unknown name");
                let help = suggest::nearest(&name, known.iter().copied())
                    .map_or_else(|| kind.how(), |near| format!("did you mean `{near}`?"));
                problems.push(problem.help(help));
            }
        }
    }
}
