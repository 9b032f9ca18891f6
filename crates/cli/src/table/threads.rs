//! Tables of threads and apartments: joining, types, placement, pools (SYN 4.9, 6, 11, 12).

use super::{Grid, Known, cell, name_of, yes_no};
use complus_core::{
    attribute::{ApartmentModel, ApartmentType, CoInit, ThreadType, ThreadingModel},
    rules::{
        apartment_type::{self, Member},
        class_apartment::{self, Creator, Home, HostSta, HostedActivity},
        initialization::{self, Joined, Left, OleJoined, State},
    },
};

/// In the order of the specification.
pub(super) const KNOWN: &[Known] = &[
    ("host-sta", "The apartment that COM hosts an Apartment object in", "SYN 4.9", host_sta),
    ("initialization-flags", "Which model the flags of CoInitializeEx ask for", "SYN 6.1", flags),
    ("initialization", "What CoInitializeEx answers, by thread and model", "SYN 6.1", initialization),
    ("uninitialization", "What CoUninitialize does", "SYN 6.2", uninitialization),
    ("ole-initialization", "What OleInitialize and OleUninitialize answer and do", "SYN 6.3", ole),
    ("mta-usage", "What CoDecrementMTAUsage answers", "SYN 6.7", mta_usage),
    (
        "class-apartment",
        "The apartment of a new object, by creator and threading model",
        "SYN 6.5, ACT 5.1",
        class_apartment,
    ),
    ("apartment-type", "What CoGetApartmentType answers", "SYN 6.8", apartment_type),
    ("default-context", "What CoGetDefaultContext answers", "SYN 11, ACT 9.1", default_context),
];

fn host_sta() -> Grid {
    let mut grid = Grid::new(["activity of the object", "process with a pool", "process without"]);
    for (word, activity) in [
        ("none", HostedActivity::None),
        ("without apartment", HostedActivity::Unassigned),
        ("with an apartment", HostedActivity::Assigned),
    ] {
        let cells = [true, false].map(|pool| match class_apartment::host_sta(activity, pool) {
            HostSta::Activitys => "the activity's",
            HostSta::LeastLoaded => "the least loaded one",
            HostSta::InTurn => "the started ones in turn",
            HostSta::TheHost => "the host STA",
        });
        grid.row([word].into_iter().chain(cells));
    }
    grid
}

fn flags() -> Grid {
    let mut grid = Grid::new(["flags", "reserved argument null", "reserved argument given"]);
    // the four bits of COINIT, and one that is none
    for flags in (0..=0x10).map(CoInit) {
        let cells =
            [true, false].map(|null| cell(initialization::model(flags, null), |model| model.com_name().to_owned()));
        grid.row([format!("{:#x}", flags.0)].into_iter().chain(cells));
    }
    grid
}

fn state_word(state: State) -> &'static str {
    match state {
        State::None => "not initialised",
        State::Sta => "STA",
        State::Mta => "MTA",
        State::Neutral => "inside a neutral call",
        State::MtaDispatch => "MTA dispatch thread in a call",
    }
}

fn initialization() -> Grid {
    let mut grid = Grid::new(["thread", "model", "result", "effect", "count"]);
    for state in State::ALL {
        let thread = state_word(state);
        for &model in ApartmentModel::ALL {
            let joined = initialization::initialize(state, model, &mut ());
            let (effect, count) = match joined {
                Ok(Joined::NewSta) => ("new STA", "+1"),
                Ok(Joined::Mta) => ("joins or makes the MTA", "+1"),
                Ok(Joined::Again) => ("none", "+1"),
                Err(_) => ("none", "unchanged"),
            };
            let result = cell(joined, |joined| name_of(joined.hresult()));
            grid.row([thread, model.com_name(), &result, effect, count]);
        }
    }
    grid
}

fn uninitialization() -> Grid {
    let mut grid = Grid::new(["count before", "CoUninitialize"]);
    for count in [0, 1, 2] {
        let does = match initialization::uninitialize(count) {
            Left::Unbalanced => "nothing",
            Left::Stays => "takes one from the count",
            Left::Leaves => "leaves the apartment",
        };
        grid.row([count.to_string(), does.into()]);
    }
    grid
}

fn ole() -> Grid {
    let mut grid = Grid::new([
        "thread",
        "OLE initialised before",
        "OleInitialize",
        "the apartment",
        "OleUninitialize in its place",
    ]);
    for state in State::ALL {
        for ole in [0, 1] {
            if ole > 0 && state != State::Sta {
                continue; // OLE lives in single-threaded apartments alone
            }
            let joined = initialization::ole_initialize(state, ole, &mut ());
            let apartment = match joined {
                Ok(OleJoined { apartment: Joined::NewSta, .. }) => "new STA",
                Ok(_) => "one more initialisation",
                Err(_) => "as before",
            };
            let result = cell(joined, |joined| name_of(joined.hresult));
            let leaves = if initialization::ole_uninitialize(ole) { "CoUninitialize" } else { "nothing" };
            grid.row([state_word(state), yes_no(ole > 0), &result, apartment, leaves]);
        }
    }
    grid
}

fn mta_usage() -> Grid {
    let mut grid = Grid::new(["cookie", "default", "strict_misuse"]);
    for (word, known) in [("given out, not decremented yet", true), ("any other", false)] {
        let cells =
            [false, true].map(|strict| cell(initialization::decrement_mta_usage(known, strict), |()| "S_OK".into()));
        grid.row([word.to_owned()].into_iter().chain(cells));
    }
    grid
}

/// A creator, as the specification's table writes it.
fn creator_word(creator: Creator) -> &'static str {
    match creator {
        Creator::Sta => "STA, not main",
        Creator::MainSta => "main STA",
        Creator::Mta => "MTA, also implicit",
        Creator::NeutralOnSta => "NA on an STA thread",
        Creator::NeutralOnMta => "NA on an MTA thread",
    }
}

fn class_apartment() -> Grid {
    let mut grid = Grid::new(["creator", "Apartment", "Free", "Main", "Both", "Neutral", "not specified"]);
    for creator in Creator::ALL {
        let cells = ThreadingModel::ALL.iter().map(|&model| {
            let placement = class_apartment::place(model, creator, &mut ());
            let home = match placement.home {
                Home::ThreadsSta => "the thread's STA",
                Home::MainSta => "main STA",
                Home::HostSta => "host STA",
                Home::Mta => "MTA",
                Home::Neutral => "NA",
            };
            if placement.proxy { format!("{home}, proxy") } else { home.into() }
        });
        grid.row([creator_word(creator).to_owned()].into_iter().chain(cells));
    }
    grid
}

/// What a thread belongs to, as the specification's table writes it.
pub(super) fn member_word(member: Member) -> &'static str {
    match member {
        Member::None => "not initialised",
        Member::MainSta => "main STA",
        Member::Sta => "other STA",
        Member::Mta => "MTA by CoInitializeEx",
    }
}

fn apartment_type() -> Grid {
    let mut grid =
        Grid::new(["thread", "MTA in the process", "neutral call", "result", "APTTYPE", "qualifier", "THDTYPE"]);
    for member in Member::ALL {
        let thread = member_word(member);
        // only who is in an apartment can call into the neutral one, and a member of the MTA proves that it is there
        let processes: &[_] = match member {
            Member::None => &[("no", false, false), ("yes", true, false), ("yes", true, true)],
            Member::Mta => &[("yes", true, false), ("yes", true, true)],
            Member::MainSta | Member::Sta => &[("any", false, false), ("any", false, true)],
        };
        for &(mta_word, mta, neutral) in processes {
            let answer = apartment_type::query(member, neutral, mta, &mut ());
            grid.row([
                thread,
                mta_word,
                yes_no(neutral),
                &name_of(answer.hresult),
                answer.apartment.com_name(),
                answer.qualifier.com_name(),
                answer.thread.map_or("none", ThreadType::com_name),
            ]);
        }
    }
    grid
}

fn default_context() -> Grid {
    let mut grid = Grid::new(["asked for", "apartment there", "apartment missing", "thread in no apartment"]);
    for &asked in ApartmentType::ALL {
        let ask = |initialized, exists| {
            cell(apartment_type::default_context(asked, initialized, |_| exists), |()| "S_OK".into())
        };
        let cells = [ask(true, true), ask(true, false), ask(false, false)];
        grid.row([asked.com_name().to_owned()].into_iter().chain(cells));
    }
    grid
}
