//! The table of the MustRun flags on whole machines (ACT 4.5).

use crate::{
    placement::SYNCHRONIZED,
    placement_table::{Cells, rows},
    support::{METHOD, components::*, enter, own_activity, root},
    threads::StaThread,
};
use complus::{
    ContextCallback, ContextToken, Result, attribute::ApartmentType, catalog::schema::component, hresult::*, prelude::*,
};

const CLIENT: &str = "transaction = \"disabled\"\nmust_run_in_client_context = true";

/// The token of an apartment's default context.
pub(crate) fn default_token(kind: ApartmentType) -> Result<ContextToken> {
    let (story, door) = (std::sync::Arc::new(std::sync::Mutex::new(None)), ContextCallback::of_default(kind)?);
    let told = story.clone();
    door.call(METHOD, move || *told.lock().unwrap() = Some(complus::context_token()))?;
    let token = story.lock().unwrap().take();
    token.unwrap()
}

#[test]
fn act_c01_a_class_for_its_clients_context_is_there() {
    with_components(&[("X", REQUIRED), ("C", CLIENT)], |_, _| {
        let (own, is_proxy, child) = inside(&create("X"), || {
            let c = create("C");
            (place(), c.is_proxy(), place_of(&c))
        });
        assert_eq!((is_proxy, child), (false, own));
    });
}

/// Properties of components with reasons for a context of their own, and with none.
fn components(reasons: &str) -> Vec<&'static str> {
    let with = [
        "transaction = \"not_supported\"",
        REQUIRED,
        "transaction = \"disabled\"\nsynchronization = \"requires_new\"",
        "transaction = \"disabled\"\nsynchronization = \"required\"\njust_in_time_activation = true",
    ];
    match reasons {
        "empty" => vec![RAW],
        "not_empty" => with.to_vec(),
        "any" => [vec![RAW], with.to_vec()].concat(),
        reasons => panic!("reasons is {reasons:?}"),
    }
}

/// What becomes of the class, whose apartment has this default context, for the creator whose code this is.
fn outcome(name: &str, apartment: ApartmentType) -> Result<&'static str, HResult> {
    let own = place();
    let object = try_create(name).map_err(|error| error.hresult())?;
    let child = place_of(&object);
    assert_eq!(object.is_proxy(), child.token != own.token);
    Ok(match () {
        () if child.token == own.token => "creators_context",
        () if Ok(child.token) == default_token(apartment) => "default_context",
        () => "own_context",
    })
}

#[track_caller]
fn check(row: &Cells, class: &str, same_apartment: bool) {
    let expected = match row["error"].as_str() {
        "" => Ok(row["result"].as_str()),
        "CO_E_ATTEMPT_TO_CREATE_OUTSIDE_CLIENT_CONTEXT" => Err(CO_E_ATTEMPT_TO_CREATE_OUTSIDE_CLIENT_CONTEXT),
        "CO_E_ACTIVATIONFAILED_CATALOGERROR" => Err(CO_E_ACTIVATIONFAILED_CATALOGERROR),
        error => panic!("{row:?}: {error:?}"),
    };
    let apartment = if same_apartment { ApartmentType::Mta } else { ApartmentType::MainSta };
    assert_eq!(outcome(class, apartment), expected, "{row:?}");
}

/// ACT 4.5; whoever creates from another process is tried where there are other processes.
#[test]
fn the_must_run_flags_hold_on_a_machine() {
    let rows: Vec<Cells> = rows(include_str!("../tables/must_run.csv"));
    assert_eq!(rows.len(), 10);
    for row in rows.iter().filter(|row| row["process"] != "other") {
        for same_apartment in [true, false] {
            if row["same_apartment"] == if same_apartment { "no" } else { "yes" } {
                continue;
            }
            for services in components(&row["reasons"]) {
                let model = if same_apartment { "both" } else { "main" };
                let tested = format!("{services}\nthreading_model = \"{model}\"");
                let classes = [("X", REQUIRED), ("S", SYNCHRONIZED), ("N", "transaction = 1"), ("C", tested.as_str())];
                with_components(&classes, |world, _| {
                    // Both flags together are nothing that the rules of the catalog let in.
                    let damage = |flag, cell: &str| {
                        world.runtime.catalog().damage(clsid("C"), flag, cell == "true").unwrap();
                    };
                    damage(component::MUST_RUN_IN_DEFAULT_CONTEXT, &row["default_context"]);
                    damage(component::MUST_RUN_IN_CLIENT_CONTEXT, &row["client_context"]);
                    let _main = StaThread::start(world);
                    if row["creator"] != "not_default" {
                        check(row, "C", same_apartment);
                    }
                    if row["creator"] != "default" {
                        for config in [ServiceConfig::new(), own_activity(), root()] {
                            let domain = enter(&config);
                            check(row, "C", same_apartment);
                            drop(domain);
                        }
                        for creator in ["X", "S", "N"] {
                            let cells = row.clone();
                            inside(&create(creator), move || check(&cells, "C", same_apartment));
                        }
                    }
                });
            }
        }
    }
}
