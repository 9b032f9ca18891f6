//! Moving references between contexts and apartments: ACT 8.1, SYN 10.

use crate::support::{Row, check, outcome};
use complus_core::{
    attribute::{AgileReferenceOptions, MarshalContext, MarshalFlags},
    rules::{
        agility::{self, Unmarshaler},
        connection::{Cause, Connection},
        interface_table::{self, Reader},
        marshal::{self, At, Hold, Object, Packet, Pointer, Stage},
        reference::{self, Destination, Reference},
    },
};

const STAGES: [(&str, Stage); 3] = [("fresh", Stage::Fresh), ("used", Stage::Used), ("released", Stage::Released)];

/// The flags of a row's packets: a normal one may also do without pinging.
fn kinds(row: &Row<'_>) -> Vec<MarshalFlags> {
    row.pick(
        "kind",
        &[
            ("normal", vec![MarshalFlags::Normal, MarshalFlags::NoPing]),
            ("table_strong", vec![MarshalFlags::TableStrong]),
            ("table_weak", vec![MarshalFlags::TableWeak]),
        ],
    )
}

/// The values that a cell stands for: one, or both.
fn flags(row: &Row<'_>, column: &str) -> Vec<bool> {
    row.pick(column, &[("any", vec![false, true]), ("true", vec![true]), ("false", vec![false])])
}

fn hold_word(hold: Hold) -> &'static str {
    match hold {
        Hold::Strong => "strong",
        Hold::Weak => "weak",
        Hold::None => "none",
    }
}

fn pointer_word(pointer: Pointer) -> &'static str {
    match pointer {
        Pointer::Raw => "raw",
        Pointer::Proxy => "proxy",
        Pointer::DeadProxy => "dead_proxy",
    }
}

#[test]
fn a_reference_is_translated_by_how_far_it_goes() {
    let destinations = [
        ("same_context", Destination::SameContext),
        ("same_apartment", Destination::SameApartment),
        ("across_neutral", Destination::AcrossNeutral),
        ("other_apartment", Destination::OtherApartment),
        ("other_process", Destination::OtherProcess),
    ];
    check("reference", 10, ["result"], |row| {
        let destination = row.pick("destination", &destinations);
        vec![[match reference::translate(destination, row.flag("free_threaded"), &mut ()) {
            Reference::Raw => "raw".into(),
            Reference::Lightweight => "lightweight".into(),
            Reference::Switching => "switching".into(),
            Reference::Remote => "remote".into(),
        }]]
    });
}

#[test]
fn arguments_are_looked_at_before_the_packet() {
    check("marshal_arguments", 10, ["result", "error"], |row| {
        let given = row.pick("arguments", &[("given", true), ("null", false)]);
        let initialized = row.flag("initialized");
        let result = match (row.get("call"), row.get("found")) {
            ("marshal", "marshaler") => marshal::marshal(given, true),
            ("marshal", "no_marshaler") => marshal::marshal(given, false),
            ("unmarshal", "packet") => marshal::unmarshal_arguments(given, initialized, false),
            ("unmarshal", "end_of_stream") => marshal::unmarshal_arguments(given, initialized, true),
            call => panic!("{row:?}: {call:?}"),
        };
        vec![outcome(result.map(|()| "ok"))]
    });
}

#[test]
fn a_packet_gives_what_its_kind_and_its_past_allow() {
    check("packet", 21, ["result", "error", "holds"], |row| {
        let (stage, at) = (row.pick("stage", &STAGES), row.pick("at", &[("home", At::Home), ("abroad", At::Abroad)]));
        let supports = row.flag("supports");
        let mut answers = Vec::new();
        for flags_of_packet in kinds(row) {
            for connected in flags(row, "connected") {
                for strict in flags(row, "strict") {
                    let packet = Packet { flags: flags_of_packet, stage };
                    let object = Object { connected, supports };
                    let (after, result) = packet.unmarshal(at, object, strict, &mut ());
                    let [result, error] = outcome(result.map(pointer_word));
                    answers.push([result, error, hold_word(after.hold()).into()]);
                }
            }
        }
        answers
    });
}

#[test]
fn a_released_packet_gives_back_what_it_held() {
    check("packet_release", 9, ["given_back"], |row| {
        let stage = row.pick("stage", &STAGES);
        let release = |flags| {
            let (after, given_back) = Packet { flags, stage }.release();
            assert_eq!((after.stage, after.hold()), (Stage::Released, Hold::None), "{row:?}");
            [hold_word(given_back).into()]
        };
        kinds(row).into_iter().map(release).collect()
    });
    assert_eq!(Packet::new(MarshalFlags::Normal).stage, Stage::Fresh);
}

fn cause(word: &str) -> Cause {
    match word {
        "release_packet" => Cause::PacketReleased,
        "unmarshal_at_home" => Cause::UnmarshaledAtHome,
        "release_proxy" => Cause::ProxyReleased,
        "end_of_apartment" => Cause::ApartmentEnded,
        "unlock" => Cause::Unlocked { last_unlock_releases: true },
        "unlock_and_keep" => Cause::Unlocked { last_unlock_releases: false },
        _ => panic!("{word} releases nothing"),
    }
}

#[test]
fn an_object_is_let_go_of_once_nobody_outside_holds_it() {
    check("connection", 21, ["result"], |row| {
        let mut connection = Connection::new(row.flag("external_connection"));
        let mut gone = Vec::new();
        for (at, step) in row.get("steps").split(' ').enumerate() {
            let let_go = match step {
                "marshal" | "marshal_strong" | "lock" | "unmarshal_table" | "unmarshal_strong" => {
                    connection.add_strong();
                    false
                }
                // what a normal packet held goes to its proxy
                "unmarshal" => false,
                "marshal_weak" => {
                    connection.add_weak();
                    false
                }
                "release_weak_packet" => connection.release_weak(),
                "disconnect" | "end_of_apartment" => connection.disconnect(),
                _ => connection.release_strong(cause(step)),
            };
            if let_go {
                assert!(!connection.is_held(), "{row:?}");
                gone.push(at + 1);
            }
        }
        vec![[match gone.as_slice() {
            [] if connection.is_held() => "held".into(),
            [at] => format!("gone at {at}"),
            _ => format!("gone at {gone:?}, {connection:?}"),
        }]]
    });
}

#[test]
fn an_external_connection_is_told_whether_the_last_release_closes_it() {
    check("last_release_closes", 6, ["closes"], |row| {
        vec![[cause(row.get("cause")).last_release_closes().to_string()]]
    });
}

#[test]
fn what_nobody_holds_cannot_be_released() {
    let mut connection = Connection::new(false);
    assert!(!connection.release_strong(Cause::ProxyReleased) && !connection.release_weak() && !connection.disconnect());
    assert_eq!(connection, Connection::default());
}

#[test]
fn the_global_table_gives_pointers_for_the_readers_apartment() {
    check("interface_table", 12, ["result", "error"], |row| {
        let both = |column| match row.get(column) {
            "" => vec![false],
            _ => flags(row, column),
        };
        let readers = [
            ("", None),
            ("owner", Some(Reader::Owner)),
            ("other", Some(Reader::Other)),
            ("nowhere", Some(Reader::Nowhere)),
        ];
        let mut answers = Vec::new();
        for known in both("known") {
            for supports in both("supports") {
                for agile in both("agile") {
                    answers.push(match (row.get("call"), row.pick("reader", &readers)) {
                        ("register", None) => outcome(interface_table::register(known).map(|()| "ok")),
                        ("revoke", None) => outcome(interface_table::revoke(known).map(|()| "ok")),
                        ("get", Some(reader)) => {
                            outcome(interface_table::get(reader, known, supports, agile).map(pointer_word))
                        }
                        call => panic!("{row:?}: {call:?}"),
                    });
                }
            }
        }
        answers
    });
    assert_eq!(interface_table::REFERENCE_COUNT, 1);
}

#[test]
fn a_free_threaded_packet_holds_one_reference_or_none() {
    check("free_threaded_marshaler", 9, ["holds"], |row| {
        let stage = row.pick("stage", &STAGES);
        kinds(row).into_iter().map(|flags| [hold_word(agility::hold(flags, stage)).into()]).collect()
    });
    assert_eq!(agility::PACKET_SIZE, 28);
    for &destination in MarshalContext::ALL {
        let free = agility::unmarshaler(destination) == Unmarshaler::Free;
        assert_eq!(free, destination == MarshalContext::InProcess, "{destination}");
    }
}

#[test]
fn an_agile_reference_needs_an_object_that_can_be_marshaled() {
    check("agile_reference", 8, ["result", "error"], |row| {
        let option = row.get("option").parse().unwrap();
        let result = agility::reference(row.flag("initialized"), option, row.flag("supports"), row.flag("no_marshal"));
        vec![outcome(result.map(AgileReferenceOptions::com_name))]
    });
    // the last three rows: the creating apartment, another thread of the MTA, any other apartment
    assert_eq!(agility::resolve(true, false), Pointer::Raw);
    assert_eq!(agility::resolve(false, false), Pointer::Proxy);
    assert_eq!(agility::resolve(false, true), Pointer::Raw);
}
