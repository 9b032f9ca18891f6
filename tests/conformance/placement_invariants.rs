//! What holds for every activation, on whole machines: random components make each other (ACT 12, invariants 2 to 7,
//! 11, 13, 14 and 17).

use crate::support::components::*;
use complus::{
    Stream, apartment_type,
    attribute::{ApartmentType, SynchronizationAttribute as Sync, ThreadingModel, TransactionAttribute as Tx},
    hresult::CO_E_ATTEMPT_TO_CREATE_OUTSIDE_CLIENT_CONTEXT,
    prelude::*,
};
use proptest::prelude::{Strategy, any, prop::collection::vec, prop::sample::select};
use std::sync::Arc;

/// The 18 coherent rows of ACT 4.3: Transaction, Synchronization, JIT.
const ROWS: [(Tx, Sync, bool); 18] = [
    (Tx::Disabled, Sync::Disabled, false),
    (Tx::Disabled, Sync::NotSupported, false),
    (Tx::Disabled, Sync::Supported, false),
    (Tx::Disabled, Sync::Required, false),
    (Tx::Disabled, Sync::RequiresNew, false),
    (Tx::Disabled, Sync::Required, true),
    (Tx::Disabled, Sync::RequiresNew, true),
    (Tx::NotSupported, Sync::Disabled, false),
    (Tx::NotSupported, Sync::NotSupported, false),
    (Tx::NotSupported, Sync::Supported, false),
    (Tx::NotSupported, Sync::Required, false),
    (Tx::NotSupported, Sync::RequiresNew, false),
    (Tx::NotSupported, Sync::Required, true),
    (Tx::NotSupported, Sync::RequiresNew, true),
    (Tx::Supported, Sync::Required, true),
    (Tx::Required, Sync::Required, true),
    (Tx::RequiresNew, Sync::Required, true),
    (Tx::RequiresNew, Sync::RequiresNew, true),
];

/// A context that is insisted on.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Must {
    No,
    Client,
    Default,
}

/// A row of a catalog.
#[derive(Clone, Copy, Debug)]
struct Class {
    services: (Tx, Sync, bool),
    tracked: bool,
    model: ThreadingModel,
    must: Must,
}

impl Class {
    fn properties(&self) -> String {
        let (transaction, synchronization, just_in_time) = self.services;
        format!(
            "transaction = {}\nsynchronization = {}\njust_in_time_activation = {just_in_time}\nevent_tracking_enabled = \
             {}\nthreading_model = {}\nmust_run_in_client_context = {}\nmust_run_in_default_context = {}",
            transaction as i32,
            synchronization as i32,
            self.tracked,
            self.model as i32,
            self.must == Must::Client,
            self.must == Must::Default,
        )
    }

    /// OWN_REASONS of ACT 3.2, read once more: whether there is none but that of the apartment.
    fn shares_with(&self, creator: &Spot) -> bool {
        let (transaction, synchronization, just_in_time) = self.services;
        let synchronized = match synchronization {
            Sync::Disabled | Sync::Supported => true,
            Sync::Required => creator.place.activity.is_some(),
            Sync::NotSupported | Sync::RequiresNew => false,
        };
        transaction == Tx::Disabled && !just_in_time && !self.tracked && synchronized
    }

    /// Whether its apartment is the creator's (ACT 5.1).
    fn fits(&self, creator: &Spot) -> bool {
        let sta = matches!(creator.apartment, ApartmentType::Sta | ApartmentType::MainSta);
        match self.model {
            ThreadingModel::Apartment => sta,
            ThreadingModel::Free => creator.apartment == ApartmentType::Mta,
            ThreadingModel::Neutral => creator.apartment == ApartmentType::Na,
            _ => true,
        }
    }
}

fn class() -> impl Strategy<Value = Class> {
    use ThreadingModel::{Apartment, Both, Free, Neutral};
    let must = select(vec![Must::No, Must::No, Must::No, Must::Client, Must::Default]);
    let model = select(vec![Both, Both, Both, Apartment, Free, Neutral]);
    let tracked = any::<u8>().prop_map(|byte| byte < 40);
    (select(ROWS.to_vec()), tracked, model, must).prop_map(|(services, tracked, model, must)| Class {
        services,
        tracked,
        model,
        must,
    })
}

/// Where code runs.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Spot {
    place: Here,
    apartment: ApartmentType,
    has_context: bool,
}

fn spot() -> Spot {
    Spot { place: place(), apartment: apartment_type().unwrap().0, has_context: ObjectContext::current().is_ok() }
}

/// What an activation came to, without the names of what was made.
fn decided(creator: &Spot, child: &Spot) -> (bool, ApartmentType, bool, [Option<bool>; 2]) {
    let whose = |own: bool, same: bool| own.then_some(same);
    let (of, to) = (&creator.place, &child.place);
    let activity = whose(to.activity.is_some(), to.activity == of.activity);
    let transaction = whose(to.transaction.is_some(), to.transaction == of.transaction);
    (to.token == of.token, child.apartment, child.has_context, [activity, transaction])
}

fn check(class: &Class, creator: &Spot, child: &Spot, is_proxy: bool) {
    let case = format!("{class:?}, {creator:?}, {child:?}");
    let (transaction, _, just_in_time) = class.services;
    let shared = creator.place.token == child.place.token;
    let shares = match class.must {
        Must::Default => class.fits(creator) && !creator.has_context,
        Must::No | Must::Client => class.fits(creator) && class.shares_with(creator),
    };
    assert_eq!(shared, shares, "12.3: {case}");
    assert_eq!(is_proxy, !shared, "8.1: {case}");
    if class.must == Must::Default {
        assert!(!child.has_context, "4.5: {case}");
        return;
    }
    assert!(class.must == Must::No || shared, "12.11: {case}");
    assert!(shared || child.has_context, "4.5: {case}");
    assert!(!(shared && (just_in_time || transaction != Tx::Disabled)), "12.4: {case}");
    assert!(child.place.transaction.is_none() || child.place.activity.is_some(), "12.4: {case}");
    let joined = child.place.transaction.is_some() && child.place.transaction == creator.place.transaction;
    assert!(!joined || shared || matches!(transaction, Tx::Supported | Tx::Required), "12.6: {case}");
    match transaction {
        Tx::RequiresNew | Tx::Required => assert!(child.place.transaction.is_some(), "12.7: {case}"),
        Tx::NotSupported => assert!(child.place.transaction.is_none(), "12.7: {case}"),
        Tx::Disabled | Tx::Supported => {}
    }
    assert!(transaction != Tx::RequiresNew || !joined, "12.7: {case}");
}

/// Objects of these classes make each other, one after the other.
fn descend(classes: Arc<[Class]>, path: Arc<[usize]>, depth: usize) {
    let Some(&index) = path.get(depth) else { return };
    let (class, name, creator) = (classes[index], format!("C{index}"), spot());
    let object = match try_create(&name) {
        Ok(object) => object,
        Err(error) => {
            assert_eq!((class.must, spot()), (Must::Client, creator), "12.13");
            assert_eq!(error.hresult(), CO_E_ATTEMPT_TO_CREATE_OUTSIDE_CLIENT_CONTEXT, "12.11");
            assert!(!(class.fits(&creator) && class.shares_with(&creator)), "12.11");
            return;
        }
    };
    let child = inside(&object, spot);
    check(&class, &creator, &child, object.is_proxy());
    let again = create(&name);
    assert_eq!(decided(&creator, &inside(&again, spot)), decided(&creator, &child), "12.17");
    assert_ne!(again, object);
    let passed = || Stream::between_threads(&object, PROBE).unwrap();
    assert_eq!(passed().unmarshal(PROBE).unwrap(), object, "12.14");
    let home = passed();
    assert!(inside(&object, move || !home.unmarshal(PROBE).unwrap().is_proxy()), "12.14");
    inside(&object, move || descend(classes, path, depth + 1));
    assert_eq!(spot(), creator, "12.2");
    again.release().unwrap();
    object.release().unwrap();
}

proptest::proptest! {
    #![proptest_config(proptest::prelude::ProptestConfig { cases: 40, failure_persistence: None, ..Default::default() })]
    #[test]
    fn random_components_that_make_each_other_are_where_the_invariants_say(
        classes in vec(class(), 6),
        paths in vec(vec(0..6_usize, 1..5), 6),
    ) {
        let rows: Vec<_> = classes.iter().enumerate().map(|(n, class)| (format!("C{n}"), class.properties())).collect();
        let rows: Vec<Row<'_>> = rows.iter().map(|(name, properties)| (&**name, &**properties)).collect();
        with_application("access_checks_level = \"application\"\nevents_enabled = true", &rows, |_, probes| {
            for path in &paths {
                descend(classes.clone().into(), path.clone().into(), 0);
            }
            let told = probes.told();
            let count = |what: &str| told.iter().filter(|it| it.starts_with(what)).count();
            assert_eq!(count("create"), count("destroy"), "12.13");
        });
    }
}
