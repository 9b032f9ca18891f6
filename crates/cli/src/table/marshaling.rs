//! Tables of marshaling: references, packets, the global table, agile references (ACT 8.1, SYN 10).

use super::{Grid, Known, cell, yes_no};
use complus_core::{
    attribute::MarshalFlags,
    rules::{
        agility,
        connection::{Cause, Connection},
        interface_table::{self, Reader},
        marshal::{self, At, Hold, Object, Packet, Pointer, Stage},
        reference::{self, Destination, Reference},
    },
};

/// In the order of the specification.
pub(super) const KNOWN: &[Known] = &[
    ("reference", "What a reference becomes in another context", "ACT 8.1", reference),
    ("marshal-arguments", "What is refused before a packet is written or read", "SYN 10.2, 10.3", arguments),
    ("packet", "What a marshal packet gives, and what it holds afterwards", "SYN 10.2", packet),
    ("packet-release", "What CoReleaseMarshalData gives back", "SYN 10.2", release),
    (
        "interface-table-change",
        "What registering and revoking in the global interface table answers",
        "SYN 10.4",
        table_change,
    ),
    ("interface-table", "What GetInterfaceFromGlobal answers", "SYN 10.4", table),
    ("free-threaded-marshaler", "What a packet of the free-threaded marshaler holds", "SYN 10.5", free_threaded),
    ("agile-reference", "What RoGetAgileReference answers", "SYN 10.5", agile_reference),
    ("agile-resolve", "What resolving an agile reference gives", "SYN 10.5", agile_resolve),
    (
        "last-release",
        "Whether the last release of an object from outside closes its connection",
        "SYN 10.6",
        last_release,
    ),
    ("connection", "Whether an object is let go of, by what still holds it from outside", "SYN 10.2, 10.6", connection),
];

/// The kinds of packet; MSHLFLAGS_NOPING is a normal one.
const KINDS: [MarshalFlags; 3] = [MarshalFlags::Normal, MarshalFlags::TableStrong, MarshalFlags::TableWeak];

fn stage_word(stage: Stage) -> &'static str {
    match stage {
        Stage::Fresh => "fresh",
        Stage::Used => "unmarshaled before",
        Stage::Released => "released",
    }
}

fn hold_word(hold: Hold) -> &'static str {
    match hold {
        Hold::Strong => "strong",
        Hold::Weak => "weak",
        Hold::None => "nothing",
    }
}

fn pointer_word(pointer: Pointer) -> String {
    match pointer {
        Pointer::Raw => "raw pointer",
        Pointer::Proxy => "proxy",
        Pointer::DeadProxy => "proxy that is disconnected",
    }
    .into()
}

fn reference() -> Grid {
    let mut grid = Grid::new(["goes into", "object of a context", "object with free-threaded marshaler"]);
    for destination in Destination::ALL {
        let word = match destination {
            Destination::SameContext => "the same context",
            Destination::SameApartment => "another context, same apartment",
            Destination::AcrossNeutral => "the NA, or from it the thread's apartment",
            Destination::OtherApartment => "another apartment",
            Destination::OtherProcess => "another process",
        };
        let cells = [false, true].map(|agile| match reference::translate(destination, agile, &mut ()) {
            Reference::Raw => "raw pointer",
            Reference::Lightweight => "lightweight proxy",
            Reference::Switching => "proxy with thread switch",
            Reference::Remote => "standard proxy",
        });
        grid.row([word].into_iter().chain(cells));
    }
    grid
}

fn arguments() -> Grid {
    let mut grid = Grid::new(["call", "arguments", "then", "result"]);
    for given in [true, false] {
        for marshaler in [true, false] {
            let then = if marshaler { "the interface is marshaled by somebody" } else { "nobody marshals it" };
            let result = cell(marshal::marshal(given, marshaler), |()| "writes a packet".into());
            grid.row(["CoMarshalInterface", given_word(given), then, &result]);
        }
    }
    for given in [true, false] {
        for initialized in [true, false] {
            for at_end in [false, true] {
                let then = format!(
                    "thread {}, {}",
                    if initialized { "in an apartment" } else { "in none" },
                    if at_end { "stream at its end" } else { "a packet in the stream" }
                );
                let result = marshal::unmarshal_arguments(given, initialized, at_end);
                let result = cell(result, |()| "reads the packet".into());
                grid.row(["CoUnmarshalInterface, CoReleaseMarshalData", given_word(given), &then, &result]);
            }
        }
    }
    grid
}

fn given_word(given: bool) -> &'static str {
    if given { "given" } else { "null" }
}

fn release() -> Grid {
    let mut grid = Grid::new(["kind", "fresh", "unmarshaled before", "released"]);
    for flags in KINDS {
        let cells = Stage::ALL.map(|stage| hold_word(Packet { flags, stage }.release().1));
        grid.row([flags.com_name()].into_iter().chain(cells));
    }
    grid
}

fn packet() -> Grid {
    let mut grid =
        Grid::new(["kind", "packet", "object held", "at home", "abroad", "abroad, strict_misuse", "holds then"]);
    for flags in KINDS {
        for stage in Stage::ALL {
            for connected in [true, false] {
                let packet = Packet { flags, stage };
                let object = Object { connected, supports: true };
                // a packet that still holds its object strongly keeps it, unless its apartment is gone
                let ask = |at, strict| {
                    let (after, result) = packet.unmarshal(at, object, strict, &mut ());
                    (cell(result, pointer_word), hold_word(after.hold()))
                };
                let (home, after) = ask(At::Home, false);
                let labels = [flags.com_name(), stage_word(stage), yes_no(connected)].map(str::to_owned);
                let cells = [home, ask(At::Abroad, false).0, ask(At::Abroad, true).0, after.into()];
                grid.row(labels.into_iter().chain(cells));
            }
        }
    }
    grid
}

fn table() -> Grid {
    let mut grid = Grid::new(["caller", "object", "agile object", "no such interface", "unknown cookie"]);
    for reader in Reader::ALL {
        let word = match reader {
            Reader::Owner => "in the registering apartment",
            Reader::Other => "in another apartment",
            Reader::Nowhere => "on a thread without apartment",
        };
        let get = |known, supports, agile| cell(interface_table::get(reader, known, supports, agile), pointer_word);
        let cells = [get(true, true, false), get(true, true, true), get(true, false, false), get(false, true, false)];
        grid.row([word.to_owned()].into_iter().chain(cells));
    }
    grid
}

fn free_threaded() -> Grid {
    let mut grid = Grid::new(["kind", "fresh", "unmarshaled before", "released"]);
    for flags in KINDS {
        let cells = Stage::ALL.map(|stage| hold_word(agility::hold(flags, stage)));
        grid.row([flags.com_name()].into_iter().chain(cells));
    }
    grid
}

fn agile_reference() -> Grid {
    let mut grid = Grid::new(["initialised", "option", "object", "object without the interface", "INoMarshal object"]);
    for initialized in [true, false] {
        for option in [0, 1, 2] {
            let ask = |supports, no_marshal| {
                cell(agility::reference(initialized, option, supports, no_marshal), |option| option.com_name().into())
            };
            let labels = [yes_no(initialized).to_owned(), option.to_string()];
            grid.row(labels.into_iter().chain([ask(true, false), ask(false, false), ask(true, true)]));
        }
    }
    grid
}

fn table_change() -> Grid {
    let mut grid = Grid::new(["call", "argument", "result"]);
    let ok = |()| "S_OK".to_owned();
    for given in [true, false] {
        let result = cell(interface_table::register(given), ok);
        grid.row(["RegisterInterfaceInGlobal", if given { "object" } else { "null" }, &result]);
    }
    for known in [true, false] {
        let cookie = if known { "cookie of an object" } else { "unknown or revoked cookie" };
        grid.row(["RevokeInterfaceFromGlobal", cookie, &cell(interface_table::revoke(known), ok)]);
    }
    grid
}

fn agile_resolve() -> Grid {
    let mut grid = Grid::new(["resolved", "object", "agile object"]);
    for (word, same) in [("in the apartment where it was made", true), ("in another one", false)] {
        let cells = [false, true].map(|agile| pointer_word(agility::resolve(same, agile)));
        grid.row([word.to_owned()].into_iter().chain(cells));
    }
    grid
}

/// Why the last strong reference goes.
const CAUSES: [(&str, Cause); 6] = [
    ("CoReleaseMarshalData", Cause::PacketReleased),
    ("a normal packet comes home", Cause::UnmarshaledAtHome),
    ("release of the last proxy", Cause::ProxyReleased),
    ("end of the object's apartment", Cause::ApartmentEnded),
    ("CoLockObjectExternal, last unlock releases", Cause::Unlocked { last_unlock_releases: true }),
    ("CoLockObjectExternal, last unlock keeps", Cause::Unlocked { last_unlock_releases: false }),
];

fn last_release() -> Grid {
    let mut grid = Grid::new(["the last strong reference goes by", "IExternalConnection is told: closes"]);
    for (word, cause) in CAUSES {
        grid.row([word, yes_no(cause.last_release_closes())]);
    }
    grid
}

fn connection() -> Grid {
    let mut grid = Grid::new([
        "the last strong reference goes by",
        "no table-weak packet",
        "a table-weak packet",
        "a table-weak packet, IExternalConnection",
        "another strong reference",
    ]);
    let held = |strong, weak, external_connection| Connection { strong, weak, external_connection };
    let states = [held(1, 0, false), held(1, 1, false), held(1, 1, true), held(2, 0, false)];
    for (word, cause) in CAUSES {
        let cells = states.map(|mut connection| if connection.release_strong(cause) { "let go of" } else { "held" });
        grid.row([word].into_iter().chain(cells));
    }
    let cells = [held(0, 1, false), held(0, 1, true), held(1, 1, false)]
        .map(|mut connection| if connection.release_weak() { "let go of" } else { "held" });
    let [alone, external, strong] = cells;
    grid.row(["nothing: the table-weak packet is released", "-", alone, external, strong]);
    grid
}
