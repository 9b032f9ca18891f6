//! What is checked at the door: CoEnterServiceDomain and CoCreateActivity beside each other (SWC 3), and the managed
//! names of what they take and answer (SWC 9).

use super::{Grid, Known, cell, name_of, setting};
use complus_core::{
    Compat, Error,
    attribute::*,
    rules::{
        activity_object::{self, Interface},
        inheritance, partition,
        service_domain::{self, Caller, Named, Settings},
        side_by_side, synchronization,
        transaction::{self, Brought, Enclosing, Transaction},
    },
};

/// In the order of the specification.
pub(super) const KNOWN: &[Known] = &[
    ("entry", "What CoEnterServiceDomain and CoCreateActivity refuse, in the order of the checks", "SWC 3", entry),
    ("managed-option", "The native setting that a managed option stands for", "SWC 9.1", managed_option),
    ("managed-status", "The managed status of a left domain", "SWC 9.2", managed_status),
];

/// Somebody asks for a domain or an activity object.
#[derive(Clone, Copy)]
struct Request {
    settings: Settings,
    interface: Interface,
    initialized: bool,
    machine: Machine,
}

/// What the machine knows of the names in a configuration.
#[derive(Clone, Copy)]
struct Machine {
    partition: partition::Named,
    assembly: side_by_side::Named,
    tracker: (bool, bool),
    brought: Brought,
}

impl Named for Machine {
    fn partition(&self) -> partition::Named {
        self.partition
    }

    fn assembly(&self) -> side_by_side::Named {
        self.assembly
    }

    fn tracker(&self) -> (bool, bool) {
        self.tracker
    }

    fn brought(&self) -> Brought {
        self.brought
    }
}

impl Request {
    /// Everything is asked for that can be, and all of it is there.
    const GOOD: Self = Self {
        settings: Settings {
            sxs: SxsConfig::New,
            tracker: TrackerConfig::Use,
            partition: PartitionConfig::New,
            thread_pool: ThreadPool::Inherit,
            ..inheritance::DEFAULT
        },
        interface: Interface::ServiceActivity,
        initialized: true,
        machine: Machine {
            partition: partition::Named::Other { enabled: true, known: true, member: true },
            assembly: side_by_side::Named { directory: true, readable: true },
            tracker: (true, true),
            brought: Brought::None,
        },
    };

    fn caller(&self) -> Caller {
        Caller {
            initialized: self.initialized,
            transaction: Enclosing::None,
            activity: false,
            assembly: false,
            iis: false,
            comti: false,
        }
    }

    fn enter(&self) -> Result<(), Error> {
        let compat = Compat::default();
        service_domain::resolve(&self.settings, &self.caller(), &self.machine, &compat, &mut ()).map(|_| ())
    }

    fn create(&self) -> Result<(), Error> {
        let Self { settings, interface, machine, .. } = self;
        let (apartment, compat) = (ApartmentKind::Mta, Compat::default());
        activity_object::create(settings, *interface, apartment, &self.caller(), machine, &compat, &mut ()).map(|_| ())
    }
}

fn entry() -> Grid {
    fn other(enabled: bool, known: bool, member: bool) -> partition::Named {
        partition::Named::Other { enabled, known, member }
    }
    fn assembly(directory: bool, readable: bool) -> side_by_side::Named {
        side_by_side::Named { directory, readable }
    }
    type Change = fn(&mut Request);
    let requests: [(&str, Change); 18] = [
        ("nothing is wrong", |_| {}),
        ("the interface is IUnknown", |it| it.interface = Interface::Unknown),
        ("the interface is any other", |it| it.interface = Interface::Other),
        ("the thread has no apartment, and there is no MTA", |it| it.initialized = false),
        ("SxS = New, no directory", |it| it.machine.assembly = assembly(false, true)),
        ("SxS = New, no readable manifest", |it| it.machine.assembly = assembly(true, false)),
        ("thread pool = None", |it| it.settings.thread_pool = ThreadPool::None),
        ("thread pool = STA", |it| it.settings.thread_pool = ThreadPool::Sta),
        ("thread pool = MTA", |it| it.settings.thread_pool = ThreadPool::Mta),
        ("binding = BindToPoolThread", |it| it.settings.binding = Binding::BindToPoolThread),
        ("tracker = Use, no application name", |it| it.machine.tracker = (false, true)),
        ("tracker = Use, no context name", |it| it.machine.tracker = (true, false)),
        ("partition = New, caller is no member", |it| it.machine.partition = other(true, true, false)),
        ("partition = New, GUID_NULL", |it| it.machine.partition = partition::Named::Nothing),
        ("partition = New, unknown id", |it| it.machine.partition = other(true, false, false)),
        ("partition = New, partitions disabled", |it| it.machine.partition = other(false, true, true)),
        ("partition = New, disabled, the global one", |it| it.machine.partition = partition::Named::Global),
        ("the brought transaction is over", |it| it.machine.brought = Brought::Over),
    ];
    let mut grid = Grid::new(["request", "CoEnterServiceDomain", "CoCreateActivity"]);
    for (word, change) in requests {
        let mut request = Request::GOOD;
        change(&mut request);
        let accepted = |()| "accepted".to_owned();
        // a domain is not asked for by interface
        let enter = match request.interface {
            Interface::ServiceActivity => cell(request.enter(), accepted),
            Interface::Unknown | Interface::Other => "-".into(),
        };
        grid.row([word.into(), enter, cell(request.create(), accepted)]);
    }
    grid
}

/// An option treats every caller as a component in a context of its own is treated; the setting does the same.
fn managed_option() -> Grid {
    let mut grid = Grid::new(["property", "option", "native setting"]);
    let callers = [(false, Enclosing::None), (true, Enclosing::Active(IsolationLevel::Serializable))];
    for &option in TransactionAttribute::ALL {
        for &config in TransactionConfig::ALL {
            let same = callers.iter().all(|&(caller, enclosing)| {
                let (any, brought) = (IsolationLevel::Any, Brought::None);
                transaction::service_domain(config, any, brought, enclosing, &mut ())
                    == Ok(transaction::component(option, caller, true, &mut ()))
            });
            if same {
                let cells = [setting(option.value(), option.name()), setting(config.value(), config.com_name())];
                grid.row(["Transaction".into()].into_iter().chain(cells));
            }
        }
    }
    for &option in SynchronizationAttribute::ALL {
        for &config in SynchronizationConfig::ALL {
            let same = callers.iter().all(|&(caller, _)| {
                synchronization::service_domain(config, Transaction::None, caller, &mut ()).0
                    == synchronization::component(option, caller, true, &mut ())
            });
            if same {
                let cells = [setting(option.value(), option.name()), setting(config.value(), config.com_name())];
                grid.row(["Synchronization".into()].into_iter().chain(cells));
            }
        }
    }
    grid
}

fn managed_status() -> Grid {
    let mut grid = Grid::new(["TransactionStatus", "value", "native status"]);
    for &status in TransactionStatus::ALL {
        // an in-doubt outcome has no managed status: it is thrown
        let managed = if status == TransactionStatus::InDoubt { "none: an exception" } else { status.name() };
        let value = if status == TransactionStatus::InDoubt { "-".into() } else { status.value().to_string() };
        grid.row([managed.into(), value, name_of(status.hresult())]);
    }
    grid
}
