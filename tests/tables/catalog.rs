//! What may stand in the catalog together, and which configuration of a class is used: SEC A.6.1, C.1, ACT 4.8.

use crate::support::{Row, check, outcome};
use complus::catalog::schema::{Access, CollectionId, Kind, Property};
use complus_core::{
    CatalogDefaults,
    attribute::{SynchronizationAttribute, TransactionAttribute},
    rules::{
        class_location::{self, Candidate, Named, Origin, Place},
        coherence::{self, Refused, Services},
    },
};
use std::str::FromStr;

fn services(text: &str) -> Services {
    let words: Vec<&str> = text.split('/').collect();
    let [transaction, just_in_time, synchronization] = words[..] else { panic!("{text}: three words") };
    Services {
        transaction: TransactionAttribute::from_str(transaction).unwrap(),
        just_in_time: just_in_time.parse().unwrap(),
        synchronization: SynchronizationAttribute::from_str(synchronization).unwrap(),
    }
}

/// The combinations that a row stands for.
fn combinations(row: &Row<'_>) -> Vec<Services> {
    let synchronizations: Vec<String> = match row.get("synchronization") {
        "any" => SynchronizationAttribute::ALL.iter().map(|value| value.name().into()).collect(),
        word => vec![word.into()],
    };
    let (transaction, jit) = (row.get("transaction"), row.get("just_in_time"));
    synchronizations.iter().map(|synchronization| services(&format!("{transaction}/{jit}/{synchronization}"))).collect()
}

#[test]
fn transaction_jit_and_synchronization_stand_together_as_the_matrix_says() {
    let mut asked = std::collections::BTreeSet::new();
    let asked = std::cell::RefCell::new(&mut asked);
    check("coherence", 30, ["legal"], |row| {
        let all = combinations(row);
        asked.borrow_mut().extend(all.iter().map(|services| format!("{services:?}")));
        all.into_iter().map(|services| [services.is_coherent().to_string()]).collect()
    });
    assert_eq!(asked.into_inner().len(), 5 * 2 * 5, "every combination");
}

#[test]
fn a_save_keeps_legal_wishes_and_raises_what_a_trigger_raises() {
    check("coherence_save", 25, ["result", "refused"], |row| {
        let snake = |name: &str| {
            let parts = name.char_indices().map(|(at, c)| {
                let gap = if at > 0 && c.is_uppercase() { "_" } else { "" };
                format!("{gap}{}", c.to_lowercase())
            });
            parts.collect::<String>()
        };
        let settled = services(row.get("before")).settle(services(row.get("wish")));
        vec![match settled {
            Ok(Services { transaction, just_in_time, synchronization }) => {
                let (transaction, synchronization) = (snake(transaction.name()), snake(synchronization.name()));
                [format!("{transaction}/{just_in_time}/{synchronization}"), String::new()]
            }
            Err(Refused { just_in_time, synchronization }) => {
                let named = [(just_in_time, "just_in_time"), (synchronization, "synchronization")];
                let refused: Vec<_> = named.iter().filter(|(is, _)| *is).map(|(_, name)| *name).collect();
                [String::new(), refused.join("+")]
            }
        }]
    });
}

#[test]
fn an_activation_refuses_a_damaged_row() {
    check("coherence_activation", 11, ["error"], |row| {
        let (client, default) = (row.flag("client_context"), row.flag("default_context"));
        let check = |services: Services| {
            services.check_at_activation(&mut ()).and_then(|()| coherence::check_must_run(client, default))
        };
        combinations(row).into_iter().map(|it| [outcome(check(it).map(|()| ""))[1].clone()]).collect()
    });
}

/// The values of a yes or no column; `any` is both.
fn flags(word: &str) -> Vec<bool> {
    match word {
        "any" => vec![false, true],
        "" => vec![false],
        word => vec![word.parse().unwrap()],
    }
}

#[test]
fn a_class_is_found_in_the_chosen_partition_else_in_the_global_one() {
    check("class_location", 12, ["result", "error"], |row| {
        let globals: &[(&str, Option<Candidate>)] = &[
            ("none", None),
            ("public", Some(Candidate { own: false, public: true })),
            ("private", Some(Candidate { own: false, public: false })),
            ("own_private", Some(Candidate { own: true, public: false })),
        ];
        let word = row.get("global");
        let globals = globals.iter().filter(|(name, _)| word == "any" || word == *name).map(|(_, value)| *value);
        let found = row.pick("chosen", &[("yes", true), ("no", false)]);
        let mut answers = Vec::new();
        for global in globals.collect::<Vec<_>>() {
            for own in flags(row.get("own")) {
                for public in flags(row.get("public")) {
                    for registered in flags(row.get("registered")) {
                        let chosen = found.then_some(Candidate { own, public });
                        let place = class_location::component(row.flag("rights"), chosen, global, registered, &mut ());
                        answers.push(outcome(place.map(|place| match place {
                            Place::Chosen => "chosen",
                            Place::Global => "global",
                            Place::Unconfigured => "unconfigured",
                        })));
                    }
                }
            }
        }
        answers
    });
}

#[test]
fn the_partition_comes_from_moniker_context_user_or_is_the_global_one() {
    let named: [(&str, Option<Named>); 4] = [
        ("none", None),
        ("global", Some(Named::Global)),
        ("known", Some(Named::Known)),
        ("unknown", Some(Named::Unknown)),
    ];
    let all = |word: &str| -> Vec<Option<Named>> {
        named.iter().filter(|(name, _)| word == "any" || word == *name).map(|(_, value)| *value).collect()
    };
    check("partition_choice", 13, ["result", "error"], |row| {
        let mut answers = Vec::new();
        for enabled in flags(row.get("enabled")) {
            for moniker in all(row.get("moniker")) {
                for context in all(row.get("context")) {
                    for user in all(row.get("user")) {
                        let origin = class_location::partition(enabled, moniker, context, user, &mut ());
                        answers.push(outcome(origin.map(|origin| match origin {
                            Origin::Moniker => "moniker",
                            Origin::Context => "context",
                            Origin::User => "user",
                            Origin::Global => "global",
                        })));
                    }
                }
            }
        }
        answers
    });
}

/// The values that a property takes, as the table writes them.
fn values(property: &Property) -> (&'static str, String) {
    let numbers =
        |numbers: &mut dyn Iterator<Item = i32>| numbers.map(|number| number.to_string()).collect::<Vec<_>>().join(" ");
    match property.kind {
        Kind::Bool => ("bool", String::new()),
        Kind::Guid => ("guid", String::new()),
        Kind::Text if property.name_like => ("string", "name".into()),
        Kind::Text if property.longest > 0 => ("string", format!("..{}", property.longest)),
        Kind::Text => ("string", String::new()),
        Kind::Long { least, most } => ("long", format!("{least}..{most}")),
        Kind::OneOf(all) => ("one of", numbers(&mut all.iter().copied())),
        Kind::Choice(choice) => ("choice", numbers(&mut choice.words.iter().map(|(number, ..)| *number))),
        Kind::Flags(flags) => ("flags", numbers(&mut flags.iter().map(|(flag, _)| *flag))),
    }
}

#[test]
fn properties_of_the_catalog_are_described_as_in_the_specification() {
    check("catalog_properties", 140, ["access", "type", "values", "default"], |row| {
        let schema = CollectionId::named(row.get("collection")).unwrap().schema();
        let name = row.get("property");
        let property = schema.properties.iter().find(|property| property.name == name);
        let property = property.unwrap_or_else(|| panic!("{row:?}: there is no such property"));
        let access = match property.access {
            Access::ReadWrite => "RW",
            Access::ReadOnly => "RO",
            Access::WriteOnce => "W1",
            Access::WriteOnly => "WO",
        };
        let (kind, values) = values(property);
        let default = match property.default(CatalogDefaults::Ws2003).to_string() {
            _ if property.generated => "generated".into(),
            nil if nil == "{00000000-0000-0000-0000-000000000000}" => "none".into(),
            default => default,
        };
        vec![[access.into(), kind.into(), values, default]]
    });
}

#[test]
fn collections_have_their_keys_names_and_rights() {
    check("collections", 33, ["key", "name", "add", "remove"], |row| {
        let schema = CollectionId::named(row.get("collection")).unwrap().schema();
        let flag = |flag: bool| flag.to_string();
        vec![[schema.key().name.into(), schema.title().name.into(), flag(schema.add), flag(schema.remove)]]
    });
}
