//! Names that a file declares and uses; checked when all of it is read, since a thread may name what
//! stands further down.

use complus_diagnostic::{Diagnostic, Span, suggest};
use std::collections::{BTreeMap, BTreeSet};

/// What a name stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Kind {
    /// A domain: `enter as=`.
    Domain,
    /// A transaction begun outside: `begin`.
    Transaction,
    /// A resource manager: `manager`.
    Manager,
    /// Either of the first two.
    DomainOrTransaction,
}

impl Kind {
    const fn word(self) -> &'static str {
        match self {
            Self::Domain => "domain",
            Self::Transaction => "transaction",
            Self::Manager => "manager",
            Self::DomainOrTransaction => "domain or transaction",
        }
    }

    const fn how(self) -> &'static str {
        match self {
            Self::Domain => "a domain gets its name by `enter as=`",
            Self::Transaction => "a transaction gets its name by `begin`",
            Self::Manager => "a resource manager is declared by `manager`, outside the threads",
            Self::DomainOrTransaction => "a domain gets its name by `enter as=`, a transaction by `begin`",
        }
    }

    fn includes(self, other: Self) -> bool {
        self == other || (self == Self::DomainOrTransaction && matches!(other, Self::Domain | Self::Transaction))
    }
}

#[derive(Default)]
pub(super) struct References {
    declared: BTreeMap<Kind, BTreeSet<String>>,
    used: Vec<(Kind, String, Span)>,
}

impl References {
    /// Tells whether the name is new.
    pub(super) fn declare(&mut self, kind: Kind, name: &str) -> bool {
        self.declared.entry(kind).or_default().insert(name.into())
    }

    pub(super) fn refer(&mut self, kind: Kind, name: &str, span: Span) {
        self.used.push((kind, name.into(), span));
    }

    pub(super) fn check(self, problems: &mut Vec<Diagnostic>) {
        for (kind, name, span) in self.used {
            let known = self.declared.iter().filter(|(declared, _)| kind.includes(**declared));
            let known: Vec<&str> = known.flat_map(|(_, names)| names.iter().map(String::as_str)).collect();
            if !known.contains(&name.as_str()) {
                let problem = Diagnostic::new(span, format!("there is no {} `{name}`", kind.word()), "unknown name");
                let help = suggest::nearest(&name, known.iter().copied())
                    .map_or_else(|| kind.how().into(), |near| format!("did you mean `{near}`?"));
                problems.push(problem.help(help));
            }
        }
    }
}
