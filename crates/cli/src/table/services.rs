//! Tables of the remaining services: pool and binding, partition, assembly, intrinsics, tracker (SWC 6).

use super::{Grid, Known, cell, setting};
use complus_core::{
    attribute::*,
    rules::{
        apartment::{self, Affinity, Pool},
        intrinsics,
        partition::{self, Partition},
        side_by_side::{self, Assembly},
        tracker::{self, Tracking},
    },
};

/// In the order of the specification.
pub(super) const KNOWN: &[Known] = &[
    ("apartment", "Thread pool and binding of an activity object, and of a service domain", "SWC 6.1", apartment),
    ("partition", "The partition of a service domain", "SWC 6.2", partition),
    ("side-by-side", "The side-by-side assembly of a service domain", "SWC 6.3", side_by_side),
    ("intrinsics", "The IIS and COMTI intrinsics of a service domain", "SWC 6.4", intrinsics),
    ("tracker", "How a service domain is tracked, whether or not its caller is", "SWC 6.5", tracker),
    ("leave", "What leaving a service domain does and reports", "SWC 7.3, TXN 14.3", super::context::leave),
];

/// SWC 6.1, both of its tables: the pool, and what a binding means in it.
fn apartment() -> Grid {
    let mut grid =
        Grid::new(["call", "CSC_ThreadPool", "CSC_Binding", "caller in STA", "caller in MTA", "caller in neutral"]);
    let callers = [ApartmentKind::Sta, ApartmentKind::Mta, ApartmentKind::Neutral];
    let create = |pool, binding| {
        callers.map(|caller| {
            cell(apartment::activity_object(pool, caller, &mut ()), |pool| {
                let pool = match (pool, apartment::affinity(binding, pool)) {
                    (Pool::Sta, Affinity::AnySta) => "STA pool, any STA",
                    (Pool::Sta, Affinity::OneSta) => "STA pool, one STA",
                    (Pool::Sta, Affinity::NoEffect) => "STA pool",
                    (Pool::Mta, Affinity::NoEffect) => "MTA",
                    (Pool::Mta, Affinity::AnySta | Affinity::OneSta) => "MTA, bound",
                };
                pool.into()
            })
        })
    };
    let enter = |pool, binding| {
        callers.map(|_| cell(apartment::service_domain(pool, binding, &mut ()), |()| "caller's thread".into()))
    };
    type Ask<'a> = &'a dyn Fn(ThreadPool, Binding) -> [String; 3];
    for (call, ask) in [("CoCreateActivity", &create as Ask<'_>), ("CoEnterServiceDomain", &enter)] {
        for &pool in ThreadPool::ALL {
            for &binding in Binding::ALL {
                let labels = [setting(pool.value(), pool.com_name()), setting(binding.value(), binding.com_name())];
                grid.row([call.into()].into_iter().chain(labels).chain(ask(pool, binding)));
            }
        }
    }
    grid
}

/// SWC 6.2, with the partition rows of SWC 3.
fn partition() -> Grid {
    const BOTH: [bool; 2] = [true, false];
    let mut grid = Grid::new([
        "CSC value",
        "id",
        "partitions",
        "in the catalog",
        "caller is member",
        "caller in global partition",
        "caller in partition P",
    ]);
    let mut row = |value: PartitionConfig, named: Option<partition::Named>| {
        let yes_no = |yes| if yes { "yes" } else { "no" };
        let (id, [enabled, known, member]) = match named {
            None => ("any", ["any"; 3]),
            Some(partition::Named::Nothing) => ("GUID_NULL", ["any"; 3]),
            Some(partition::Named::Global) => ("global", ["any"; 3]),
            Some(partition::Named::Other { enabled, known, member }) => {
                ("Q", [if enabled { "enabled" } else { "disabled" }, yes_no(known), yes_no(member)])
            }
        };
        // without a name the rule must do without asking
        let ask = || named.expect("the name is not looked at");
        let result = partition::service_domain(value, ask, &mut ());
        let cells = ["global", "P"].map(|callers| {
            cell(result, |partition| match partition {
                Partition::Global => "global".into(),
                Partition::Callers => callers.into(),
                Partition::Configured => id.into(),
            })
        });
        let label = setting(value.value(), value.com_name());
        grid.row([label].into_iter().chain([id, enabled, known, member].map(Into::into)).chain(cells));
    };
    row(PartitionConfig::NoPartition, None);
    row(PartitionConfig::Inherit, None);
    row(PartitionConfig::New, Some(partition::Named::Nothing));
    row(PartitionConfig::New, Some(partition::Named::Global));
    for enabled in BOTH {
        for known in BOTH {
            for member in BOTH {
                row(PartitionConfig::New, Some(partition::Named::Other { enabled, known, member }));
            }
        }
    }
    grid
}

/// SWC 6.3, with the side-by-side rows of SWC 3.
fn side_by_side() -> Grid {
    let mut grid = Grid::new(["CSC value", "directory", "manifest", "caller: no SxS", "caller: SxS context X"]);
    for &value in SxsConfig::ALL {
        let named: &[_] = match value {
            SxsConfig::No | SxsConfig::Inherit => &[None],
            SxsConfig::New => &[Some((true, true)), Some((true, false)), Some((false, true)), Some((false, false))],
        };
        for &named in named {
            let ask = || {
                let (directory, readable) = named.expect("the assembly is not looked at");
                side_by_side::Named { directory, readable }
            };
            let [directory, manifest] = match named {
                None => ["any"; 2],
                Some((directory, readable)) => {
                    [if directory { "set" } else { "not set" }, if readable { "readable" } else { "unreadable" }]
                }
            };
            let cells = [false, true].map(|caller| {
                cell(side_by_side::service_domain(value, caller, ask, &mut ()), |assembly| match assembly {
                    Assembly::None => "none".into(),
                    Assembly::Callers => "X".into(),
                    Assembly::New => "new Y".into(),
                })
            });
            let label = setting(value.value(), value.com_name());
            grid.row([label, directory.into(), manifest.into()].into_iter().chain(cells));
        }
    }
    grid
}

/// SWC 6.4.
fn intrinsics() -> Grid {
    let mut grid = Grid::new(["CSC value", "caller has intrinsics object I", "caller has none"]);
    let mut row = |label: String, visible: [bool; 2]| {
        grid.row([label].into_iter().chain(visible.map(|visible| if visible { "I".into() } else { "none".into() })));
    };
    for &value in IisIntrinsicsConfig::ALL {
        let visible = [true, false].map(|caller| intrinsics::iis(value, caller, &mut ()));
        row(setting(value.value(), value.com_name()), visible);
    }
    for &value in ComtiIntrinsicsConfig::ALL {
        let visible = [true, false].map(|caller| intrinsics::comti(value, caller, &mut ()));
        row(setting(value.value(), value.com_name()), visible);
    }
    grid
}

/// SWC 6.5, with the tracker rows of SWC 3. An empty name is no name.
fn tracker() -> Grid {
    let mut grid = Grid::new(["CSC value", "application name", "context name", "result"]);
    for &value in TrackerConfig::ALL {
        let names: &[_] = match value {
            TrackerConfig::DontUse => &[None],
            TrackerConfig::Use => &[Some((true, true)), Some((true, false)), Some((false, true)), Some((false, false))],
        };
        for &names in names {
            let ask = || names.expect("the names are not looked at");
            let word = |set| if set { "set" } else { "not set" };
            let [application, context] = names.map_or(["any"; 2], |names| [word(names.0), word(names.1)]);
            let result = tracker::service_domain(value, || ask().0, || ask().1, &mut ());
            let result = cell(result, |tracking| match tracking {
                Tracking::Off => "not tracked".into(),
                Tracking::Named => "tracked as (app, ctx)".into(),
                Tracking::NamedByContextId => "tracked as (app, context id)".into(),
            });
            grid.row([setting(value.value(), value.com_name()), application.into(), context.into(), result]);
        }
    }
    grid
}
