//! A complete entry into a service domain: configuration, caller, and what the machine knows.

use complus_core::{
    Compat, Error,
    rules::{
        inheritance, partition,
        service_domain::{Caller, Named, Resolution, Settings, resolve},
        side_by_side,
        transaction::{Brought, Enclosing},
    },
};

/// What the machine knows of the names in a configuration. A question without an answer here must
/// not be asked.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Machine {
    /// Of the partition.
    pub(crate) partition: Option<partition::Named>,
    /// Of the side-by-side assembly.
    pub(crate) assembly: Option<side_by_side::Named>,
    /// Of the tracker's application and context name.
    pub(crate) tracker: Option<(bool, bool)>,
    /// Of the brought transaction.
    pub(crate) brought: Brought,
}

impl Named for Machine {
    fn partition(&self) -> partition::Named {
        self.partition.expect("the partition is asked about for a new partition only")
    }

    fn assembly(&self) -> side_by_side::Named {
        self.assembly.expect("the assembly is asked about for a new assembly only")
    }

    fn tracker(&self) -> (bool, bool) {
        self.tracker.expect("the tracker's names are asked for when the tracker is used only")
    }

    fn brought(&self) -> Brought {
        self.brought
    }
}

/// One CoEnterServiceDomain.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Entry {
    /// The configuration's settings.
    pub(crate) settings: Settings,
    /// The caller's context.
    pub(crate) caller: Caller,
    /// The machine.
    pub(crate) machine: Machine,
}

impl Entry {
    /// An untouched configuration, and a caller in a default context: nothing is named or brought.
    pub(crate) const PLAIN: Self = Self {
        settings: inheritance::DEFAULT,
        caller: Caller {
            initialized: true,
            transaction: Enclosing::None,
            activity: false,
            assembly: false,
            iis: false,
            comti: false,
        },
        machine: Machine { partition: None, assembly: None, tracker: None, brought: Brought::None },
    };

    /// The context that results, under the default switches.
    pub(crate) fn resolve(&self) -> Result<Resolution, Error> {
        resolve(&self.settings, &self.caller, &self.machine, &Compat::default(), &mut ())
    }
}
