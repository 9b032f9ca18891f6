//! Whatever is done through collections, the database obeys its rules and survives its text form (SEC F,
//! invariants 1, 5 and 6).

mod support;

use complus_catalog::{
    Catalog, Collection, Language, Node, Step, Value, diff, parse,
    schema::{CollectionId, Kind, Property},
};
use complus_core::hresult::COMADMIN_E_OBJECTERRORS;
use complus_diagnostic::Source;
use proptest::prelude::*;
use support::*;

/// The ways to every collection that is there.
fn places(node: &Node, way: &mut Vec<Step>, found: &mut Vec<(CollectionId, Vec<Value>)>) {
    for (id, items) in node.all_below() {
        found.push((id, way.iter().map(|step| step.key.clone()).collect()));
        for item in items {
            way.push(Step { collection: id, key: item.record.key().to_value() });
            places(item, way, found);
            way.pop();
        }
    }
}

/// A value for a property: legal, at the border, or of the right type at least.
fn value(property: &Property, choice: u8) -> Value {
    let numbers = [0, 1, 2, 3, 4, 5, 15, 60, 1440, 3600, 1_048_576, -1, 0x20, 0x60];
    let names = ["Teller", "Manager", "MERIDIAN\\anna", "Meridian Bank", " x ", "", "Third"];
    let choice = usize::from(choice);
    match property.kind {
        Kind::Bool => Value::Bool(choice % 2 == 0),
        Kind::Text => names[choice % names.len()].into(),
        Kind::Guid => Value::Guid([bank_id(1), bank_id(2), bank_id(0x0101), bank_id(0x0300)][choice % 4]),
        _ => numbers[choice % numbers.len()].into(),
    }
}

/// Adds, removes or writes something; gives how much is pending.
fn disturb(items: &mut Collection, [what, item, property, choice]: [u8; 4]) -> usize {
    let count = items.count();
    let index = usize::from(item).checked_rem(count);
    match (what % 4, index) {
        (0, _) if items.add_enabled() => {
            let property = items.schema().title();
            // read-only names cannot be, and then the default has to do
            let _ = items.add().unwrap().put(property.name, value(property, choice));
            1
        }
        (1, Some(index)) if items.remove_enabled() => {
            items.remove(index).unwrap();
            1
        }
        (_, Some(index)) => {
            let properties = items.schema().properties;
            let first = usize::from(property) % properties.len();
            let mut written = 0;
            for offset in 0..2 {
                let property = &properties[(first + offset * usize::from(what)) % properties.len()];
                let put = items.item_mut(index).unwrap().put(property.name, value(property, choice));
                written = written.max(usize::from(put.is_ok()));
            }
            written
        }
        (_, None) => 0,
    }
}

fn again(catalog: &Catalog, language: Language, name: &str) {
    let text = catalog.to_text(language);
    let read = parse(Source::new(name, text.clone()), options()).unwrap_or_else(|error| panic!("{error}\n{text}"));
    assert_eq!(diff(catalog.snapshot().root(), read.catalog.snapshot().root()), [], "{text}");
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 60, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn the_database_obeys_its_rules_whatever_is_saved(
        text in prop::sample::select(vec![BANK, PARTITIONED]),
        steps in prop::collection::vec((any::<u16>(), any::<[u8; 4]>()), 1..40),
    ) {
        let catalog = parse(Source::new("begin.toml", text), options()).unwrap_or_else(|error| panic!("{error}")).catalog;
        for (place, step) in steps {
            let snapshot = catalog.snapshot();
            let mut all = Vec::new();
            places(snapshot.root(), &mut Vec::new(), &mut all);
            let (id, keys) = &all[usize::from(place) % all.len()];
            let mut items = catalog.administer().collection_by_query(id.schema().name, keys).unwrap();
            if items.populate().is_err() {
                continue; // partitions are off
            }
            let pending = disturb(&mut items, step);
            let before = catalog.generation();
            let (attempted, code, rows) = save(&mut items);
            prop_assert_eq!(attempted, pending);
            match code {
                None => prop_assert!(rows.is_empty()),
                Some(code) => {
                    prop_assert_eq!((code, rows.len()), (COMADMIN_E_OBJECTERRORS, 1));
                    prop_assert_eq!(catalog.generation(), before, "what is refused is not published");
                }
            }
            let violations = catalog.violations();
            prop_assert!(violations.is_empty(), "{}: {}", id.schema().name, violations[0]);
        }
        again(&catalog, Language::Toml, "again.toml");
        again(&catalog, Language::Json, "again.json");
        let updated = catalog.update_toml(text);
        let read = parse(Source::new("updated.toml", updated.clone()), options());
        let read = read.unwrap_or_else(|error| panic!("{error}\n{updated}"));
        prop_assert_eq!(diff(catalog.snapshot().root(), read.catalog.snapshot().root()), []);
    }
}
