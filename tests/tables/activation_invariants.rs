//! What holds for every activation and every life (ACT 12): all components, all creators, all switches of placement.

use crate::support::{Choices, all};
use complus_core::{
    Compat,
    attribute::{IsolationLevel, SynchronizationAttribute, ThreadingModel, TransactionAttribute},
    context::Flags,
    hresult::CO_E_ATTEMPT_TO_CREATE_OUTSIDE_CLIENT_CONTEXT,
    rules::{
        activation::{self, Decision, Request},
        class_apartment::Creator,
        gates::Facts,
        just_in_time,
        life_cycle::{self, Instance, Life, Step},
        own_reasons::own_reasons,
        placement::{Component, Origin, Placement},
        reference::Reference,
        security::{self, Switches},
        synchronization::Activity,
        transaction::Transaction,
    },
};

/// Every component, also those that the catalog would refuse.
fn component(choices: &mut Choices) -> Component {
    let security = choices.flag();
    Component {
        transaction: choices.pick(TransactionAttribute::ALL),
        isolation: IsolationLevel::Any,
        synchronization: choices.pick(SynchronizationAttribute::ALL),
        just_in_time: choices.flag(),
        threading_model: choices.pick(ThreadingModel::ALL),
        tracked: choices.flag(),
        security: Switches { application_checks: security, component_level: security, component_checks: security },
        must_run_in_client_context: choices.flag(),
        must_run_in_default_context: choices.flag(),
    }
}

/// Every context that an activation can come from; a default context has nothing, a transaction needs an activity.
fn origins() -> Vec<Origin> {
    let level = [None, Some(IsolationLevel::Serializable)];
    let origins = all(|choices| Origin {
        default_context: choices.flag(),
        activity: choices.flag(),
        transaction: choices.pick(&level),
        brought: choices.pick(&level),
        same_security: choices.flag(),
        same_partition: choices.flag(),
        same_apartment: true, // found out by the activation
        same_process: choices.flag(),
    });
    let possible = |origin: &Origin| {
        let nothing = !origin.activity && origin.transaction.is_none() && !origin.same_security;
        (nothing || !origin.default_context) && (origin.activity || origin.transaction.is_none())
    };
    origins.filter(possible).collect()
}

fn compats() -> Vec<Compat> {
    all(|choices| Compat {
        sync_required_shares: choices.flag(),
        tracking_needs_context: choices.flag(),
        security_shares_within_application: choices.flag(),
        ..Compat::default()
    })
    .collect()
}

/// Everything that holds for a single activation that the gates let pass.
fn check(component: &Component, creator: Creator, origin: &Origin, compat: &Compat) -> bool {
    let case = || format!("{component:?}, {creator:?}, {origin:?}, {compat:?}");
    let request = Request::default();
    let activate = || activation::configured(&Facts::OPEN, component, request, creator, origin, compat, &mut ());
    let decided = activate();
    assert_eq!(decided, activate(), "12.17: {}", case());
    let coherent = component.services().is_coherent();
    let both_flags = component.must_run_in_client_context && component.must_run_in_default_context;
    let Decision { apartment, context, reference } = match decided {
        Ok(decision) => decision,
        Err(_) if !coherent || both_flags => return false,
        Err(error) => {
            assert!(component.must_run_in_client_context, "12.11: {}", case());
            assert_eq!(error.hresult(), CO_E_ATTEMPT_TO_CREATE_OUTSIDE_CLIENT_CONTEXT, "12.11: {}", case());
            return false;
        }
    };
    assert!(coherent && !both_flags, "a damaged row passed: {}", case());
    let here = Origin { same_apartment: !apartment.proxy, ..*origin };
    let reasons = own_reasons(component, &here, compat);
    let default = component.must_run_in_default_context;
    let shares = context == Placement::CreatorsContext;
    assert_eq!(shares, reasons.is_empty() && !default, "12.3: {}", case());
    assert_eq!(context == Placement::DefaultContext, default, "4.5: {}", case());
    assert!(!shares || (origin.same_process && !apartment.proxy), "12.3: {}", case());
    assert!(!component.must_run_in_client_context || shares, "12.11: {}", case());
    assert_eq!(reference == Reference::Raw, context.is_creators(&here), "8.1: {}", case());
    assert_eq!(reference == Reference::Remote, !origin.same_process, "8.1: {}", case());

    let watched = component.just_in_time || component.transaction != TransactionAttribute::Disabled;
    assert!(!watched || !shares, "12.4: {}", case());
    let checked = security::has_property(component.security);
    assert!(!shares || !checked || (compat.security_shares_within_application && origin.same_security), "{}", case());
    if let Placement::OwnContext { activity, transaction, .. } = context {
        assert!(transaction == Transaction::None || activity != Activity::None, "12.4: {}", case());
        let joins = matches!(transaction, Transaction::Callers | Transaction::Brought);
        let may = matches!(component.transaction, TransactionAttribute::Supported | TransactionAttribute::Required);
        assert!(!joins || may, "12.6: {}", case());
        assert!(transaction != Transaction::Callers || activity == Activity::Callers, "TXN 3.3: {}", case());
        assert!(transaction != Transaction::Callers || origin.transaction.is_some(), "4.1: {}", case());
        assert!(activity != Activity::Callers || origin.activity, "4.2: {}", case());
        match component.transaction {
            TransactionAttribute::RequiresNew => assert_eq!(transaction, Transaction::New, "12.7: {}", case()),
            TransactionAttribute::NotSupported => assert_eq!(transaction, Transaction::None, "12.7: {}", case()),
            _ => {}
        }
        // a root begins a transaction that nobody is in yet, so there is one root to each (12.5)
        if transaction == Transaction::New {
            let joining = component.transaction == TransactionAttribute::Required;
            assert!(!joining || origin.enclosing().is_none(), "12.5: {}", case());
        }
    }
    true
}

#[test]
fn every_activation_is_decided_as_the_invariants_say() {
    let (origins, compats) = (origins(), compats());
    let mut decided = 0;
    for component in all(component) {
        // what the first gate refuses, it refuses to every creator
        let creators = if component.services().is_coherent() { origins.len() } else { 1 };
        for origin in &origins[..creators] {
            for (number, &creator) in Creator::ALL.iter().enumerate() {
                // the switches in turn: each meets every component and every kind of creator
                for compat in compats.iter().skip(number % 2).step_by(2) {
                    decided += usize::from(check(&component, creator, origin, compat));
                }
            }
        }
    }
    assert!(decided > 100_000, "{decided} activations came through");
}

/// The life of one instance: `Construct? (Activate method* Deactivate CanBePooled?)*`, then gone (12.8).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Phase {
    Created,
    Constructed,
    Active,
    Deactivated,
    Asked,
    Gone,
}

fn follow(life: Life, phase: &mut Phase, step: Step) {
    let ready = if life.constructed { Phase::Constructed } else { Phase::Created };
    *phase = match (*phase, step) {
        (Phase::Created, Step::Construct) if life.constructed => Phase::Constructed,
        (it, Step::Activate) if it == ready => Phase::Active,
        (Phase::Deactivated | Phase::Asked, Step::Activate) if life.pooled => Phase::Active,
        (Phase::Active, Step::Deactivate) => Phase::Deactivated,
        (Phase::Deactivated, Step::CanBePooled) if life.pooled => Phase::Asked,
        (Phase::Asked, Step::CheckIn | Step::CheckOut) => Phase::Asked,
        (Phase::Asked | Phase::Deactivated, Step::Destroy) => Phase::Gone,
        (it, Step::Destroy) if it == ready => Phase::Gone, // released before it was ever activated
        (phase, step) => panic!("{life:?}: {step:?} in {phase:?}"),
    };
}

#[test]
fn every_instance_lives_as_the_pattern_says_and_every_activation_starts_afresh() {
    for (just_in_time, pooled, constructed) in all(|choices| (choices.flag(), choices.flag(), choices.flag())) {
        let life = Life { just_in_time, pooled, constructed, controlled: true };
        // six methods, each done or not, each answer of CanBePooled
        for events in all(|choices| [(); 6].map(|()| (choices.flag(), choices.flag()))) {
            let mut pool: Vec<Phase> = Vec::new();
            let mut held: Option<Phase> = None;
            let (mut instance, mut flags) = (Instance::None, Flags { consistent: false, done: true });
            let mut carry_out = |steps: Vec<Step>, held: &mut Option<Phase>, instance: &mut Instance| {
                for step in steps {
                    match step {
                        Step::Create => *held = Some(Phase::Created),
                        Step::CheckOut => *held = pool.pop(),
                        _ => {}
                    }
                    if step != Step::Create {
                        follow(life, held.as_mut().expect("there is an instance"), step);
                    }
                    match step {
                        Step::Create | Step::Construct => *instance = Instance::Made,
                        Step::Activate => *instance = Instance::Active,
                        Step::CheckIn => {
                            pool.extend(held.take());
                            *instance = Instance::None;
                        }
                        Step::Destroy => {
                            assert_eq!(held.take(), Some(Phase::Gone));
                            *instance = Instance::None;
                        }
                        _ => {}
                    }
                }
                pool.len()
            };
            let mut idle = carry_out(life_cycle::creation(life, false).collect(), &mut held, &mut instance);
            for (done, poolable) in events {
                let steps: Vec<Step> = life_cycle::call(life, instance, idle > 0).collect();
                if steps.contains(&Step::Activate) {
                    flags = Flags::INITIAL; // 12.16
                }
                idle = carry_out(steps, &mut held, &mut instance);
                assert_eq!((held, instance), (Some(Phase::Active), Instance::Active), "{life:?}: a method runs");
                flags = just_in_time::begin(flags, done, false);
                let after = just_in_time::end(flags, just_in_time::Written::default(), done, true);
                if just_in_time::deactivates(just_in_time, after, false) {
                    idle = carry_out(life_cycle::end(life, instance, poolable).collect(), &mut held, &mut instance);
                    assert_eq!(held, None, "{life:?}: nothing is kept");
                }
            }
            carry_out(life_cycle::end(life, instance, false).collect(), &mut held, &mut instance);
            assert_eq!((held, instance), (None, Instance::None), "{life:?}: released");
        }
    }
}
