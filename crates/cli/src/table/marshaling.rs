//! Tables of marshaling: references, packets, the global table, agile references (ACT 8.1, SYN 10).

use super::{Grid, Known, cell, yes_no};
use complus_core::{
    attribute::MarshalFlags,
    rules::{
        agility,
        interface_table::{self, Reader},
        marshal::{At, Hold, Object, Packet, Pointer, Stage},
        reference::{self, Destination, Reference},
    },
};

/// In the order of the specification.
pub(super) const KNOWN: &[Known] = &[
    ("reference", "What a reference becomes in another context", "ACT 8.1", reference),
    ("packet", "What a marshal packet gives, and what it holds afterwards", "SYN 10.2", packet),
    ("interface-table", "What GetInterfaceFromGlobal answers", "SYN 10.4", table),
    ("free-threaded-marshaler", "What a packet of the free-threaded marshaler holds", "SYN 10.5", free_threaded),
    ("agile-reference", "What RoGetAgileReference answers", "SYN 10.5", agile_reference),
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
