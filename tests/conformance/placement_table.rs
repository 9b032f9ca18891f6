//! The composite table of placement on a whole machine: each row of ACT 4.3, from every kind of creator.

use crate::{
    placement::SYNCHRONIZED,
    support::{components::*, enter, here, own_activity, root},
};
use complus::{Compat, Reference, prelude::*};
use std::collections::HashMap;

/// A row of `tests/tables/placement.csv`.
pub(crate) type Cells = HashMap<String, String>;

/// The rows of a transcribed table.
pub(crate) fn rows(table: &str) -> Vec<Cells> {
    let mut reader = csv::Reader::from_reader(table.as_bytes());
    reader.deserialize().map(|row| row.unwrap()).collect()
}

/// The rows of ACT 4.3 of this variant whose creator can be: nobody is in a transaction and in no activity.
fn composite(variant: &str) -> Vec<Cells> {
    let all = rows(include_str!("../tables/placement.csv")).into_iter();
    all.filter(|row| row["variant"] == variant && row["creator"] != "transaction").collect()
}

fn services(row: &Cells) -> String {
    let values = ["transaction", "synchronization"].map(|name| format!("{name} = \"{}\"", row[name]));
    format!("{}\njust_in_time_activation = {}", values.join("\n"), row["just_in_time"])
}

/// Runs code as each creator of this kind would: in its own context.
fn by_each_creator(kind: &str, run: impl Fn() + Send + Clone + 'static) {
    let in_domain = |config: &ServiceConfig| {
        let domain = enter(config);
        run();
        drop(domain);
    };
    let in_component = |name: &str| inside(&create(name), run.clone());
    match kind {
        "none" => {
            run();
            in_domain(&ServiceConfig::new());
            in_component("none");
        }
        "activity" => {
            in_domain(&own_activity());
            in_component("activity");
        }
        "transaction_and_activity" => {
            in_domain(&root());
            in_component("transaction");
        }
        kind => panic!("no creator is {kind:?}"),
    }
}

/// The classes of the creators, and one for each row; all of them with these properties beside.
fn classes(rows: &[Cells], beside: &str) -> Vec<(String, String)> {
    let creators = [
        ("none", "transaction = \"not_supported\"".to_owned()),
        ("activity", SYNCHRONIZED.to_owned()),
        ("transaction", REQUIRED.to_owned()),
    ];
    let creators = creators.map(|(name, services)| (name.to_owned(), services));
    let tested = rows.iter().map(|row| (row["row"].clone(), format!("{}\n{beside}", services(row))));
    creators.into_iter().chain(tested).collect()
}

/// Whether an object is the root of its transaction: that ends when it is done.
fn is_root(object: &Reference, transaction: Option<complus::id::TransactionId>) -> bool {
    inside(object, || here().set_complete().unwrap());
    place_of(object).transaction != transaction
}

/// The object of a row is where the row says, for the creator whose code this is.
#[track_caller]
fn check(row: &Cells) {
    let (own, object) = (place(), create(&row["row"]));
    let child = place_of(&object);
    assert_eq!(place(), own, "{row:?}: its creator is where it was");
    assert_eq!(object.is_proxy(), row["context"] == "own", "{row:?}");
    if row["context"] == "creators" {
        assert_eq!(child, own, "{row:?}");
        return;
    }
    assert_ne!(child.token, own.token, "{row:?}");
    let new = |id: bool, creators: bool| id && !creators;
    let activity = match row["activity"].as_str() {
        "none" => child.activity.is_none(),
        "creators" => child.activity.is_some() && child.activity == own.activity,
        "new" => new(child.activity.is_some(), child.activity == own.activity),
        cell => panic!("{row:?}: {cell:?}"),
    };
    assert!(activity, "{row:?}: {child:?} for {own:?}");
    let transaction = match row["transaction_result"].as_str() {
        "none" => child.transaction.is_none(),
        "creators" => child.transaction.is_some() && child.transaction == own.transaction,
        "new" => new(child.transaction.is_some(), child.transaction == own.transaction),
        cell => panic!("{row:?}: {cell:?}"),
    };
    assert!(transaction, "{row:?}: {child:?} for {own:?}");
    if child.transaction.is_some() {
        assert_eq!(is_root(&object, child.transaction).to_string(), row["root"], "{row:?}");
    }
}

fn each_row_holds(compat: Compat, application: &str, rows: &[Cells], beside: &str) {
    let classes = classes(rows, beside);
    let classes: Vec<Row<'_>> = classes.iter().map(|(name, services)| (name.as_str(), services.as_str())).collect();
    with_switches(compat, application, &classes, |_, _| {
        for row in rows {
            let cells = row.clone();
            by_each_creator(&row["creator"], move || check(&cells));
        }
    });
}

#[test]
fn the_composite_table_holds_on_a_machine() {
    let rows = composite("default");
    assert_eq!(rows.len(), 18 * 3);
    each_row_holds(Compat::default(), QUIET, &rows, "");
}

#[test]
fn the_composite_table_holds_for_what_is_forced_into_a_context_of_its_own() {
    // "Only the CALLER cells change": all others hold with another reason as well.
    let mut rows = composite("other_reason");
    assert_eq!(rows.len(), 3 * 3);
    rows.extend(composite("default").into_iter().filter(|row| row["context"] == "own"));
    let tracked = "access_checks_level = \"application\"\nevents_enabled = true";
    each_row_holds(Compat::default(), tracked, &rows, "");
    each_row_holds(Compat::default(), "access_checks_level = \"component\"\nevents_enabled = false", &rows, "");
    each_row_holds(Compat::default(), QUIET, &rows, "threading_model = \"neutral\"");
}

#[test]
fn the_composite_table_holds_under_the_rule_of_1_0() {
    let rows = composite("sync_required_shares_false");
    assert_eq!(rows.len(), 2);
    each_row_holds(Compat { sync_required_shares: false, ..Compat::default() }, QUIET, &rows, "");
}
