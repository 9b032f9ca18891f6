//! What an activation has to pass first, and what incoherent rows meet there: ACT 3.3, 4.3.

use crate::support::{Row, check, outcome};
use complus_core::{
    Compat, Error,
    attribute::{IsolationLevel, SynchronizationAttribute, TransactionAttribute},
    rules::{
        class_location::{self, Candidate},
        coherence::Services,
        gates::{self, Facts, Instance},
        placement::{Component, Origin},
    },
};
use std::{cell::RefCell, collections::BTreeSet};

/// An activation to put faults into.
#[derive(Clone, Copy)]
struct Activation {
    facts: Facts,
    component: Component,
    origin: Origin,
    compat: Compat,
}

impl Activation {
    /// Nothing is wrong: a root, created from a default context.
    fn good() -> Self {
        Self {
            facts: Facts::OPEN,
            component: Component {
                transaction: TransactionAttribute::Required,
                synchronization: SynchronizationAttribute::Required,
                just_in_time: true,
                ..Component::INSTALLED
            },
            origin: Origin::DEFAULT_CONTEXT,
            compat: Compat::default(),
        }
    }

    fn put(&mut self, fault: &str) {
        let private = Some(Candidate { own: false, public: false });
        match fault {
            "none" => {}
            "partition_forbidden" => {
                self.facts.location = class_location::component(false, private, None, true, &mut ())
            }
            "private_to_another_application" => {
                self.facts.location = class_location::component(true, private, None, true, &mut ());
            }
            "not_found" => self.facts.location = class_location::component(true, None, None, false, &mut ()),
            "disabled" => self.facts.enabled = false,
            "paused" => self.facts.instance = Instance::Paused,
            "stopping" => self.facts.instance = Instance::Stopping,
            "memory" => self.facts.memory = false,
            "threading_model_changed" => self.facts.same_threading_model = false,
            "transaction_without_synchronization" => {
                self.component.synchronization = SynchronizationAttribute::Disabled;
            }
            "jit_without_synchronization" => {
                self.component.transaction = TransactionAttribute::Disabled;
                self.component.just_in_time = true;
                self.component.synchronization = SynchronizationAttribute::Supported;
            }
            "transaction_without_jit" => self.component.just_in_time = false,
            "stronger_isolation" => self.origin.transaction = Some(IsolationLevel::ReadCommitted),
            "both_must_run_flags" => {
                self.component.must_run_in_client_context = true;
                self.component.must_run_in_default_context = true;
            }
            "no_manager" => self.facts.manager = false,
            _ => panic!("{fault} is no fault"),
        }
    }

    fn check(&self) -> Result<(), Error> {
        gates::check(&self.facts, &self.component, &self.origin, &self.compat, &mut ())
    }
}

fn code(result: Result<(), Error>) -> String {
    outcome(result.map(|()| ""))[1].clone()
}

fn prepared(row: &Row<'_>) -> Activation {
    let mut activation = Activation::good();
    activation.compat.eager_begin = row.pick("switch", &[("", false), ("eager_begin", true)]);
    activation.put(row.get("fault"));
    activation
}

#[test]
fn a_closed_gate_has_its_code_and_the_first_closed_one_counts() {
    let seen = RefCell::new(Vec::<(String, String)>::new());
    check("gates", 16, ["error"], |row| {
        seen.borrow_mut().push((row.get("fault").to_owned(), row.get("error").to_owned()));
        vec![[code(prepared(row).check())]]
    });
    // "in this order": with any later fault at the same time, the earlier row's code comes.
    let seen = seen.into_inner();
    let faults: Vec<_> = seen.iter().filter(|(fault, _)| fault != "none" && fault != "no_manager").collect();
    for (at, (fault, error)) in faults.iter().enumerate() {
        let mut activation = Activation::good();
        activation.compat.eager_begin = true;
        activation.put("no_manager");
        activation.put(fault);
        assert_eq!(code(activation.check()), *error, "{fault} and no manager, under eager_begin");
        for (later, _) in &faults[at + 1..] {
            let mut activation = Activation::good();
            activation.put(later);
            activation.put(fault);
            assert_eq!(code(activation.check()), *error, "{fault} and {later}");
        }
    }
}

#[test]
fn isolation_counts_for_a_component_that_would_join() {
    check("gates_isolation", 10, ["error"], |row| {
        let mut activation = Activation::good();
        activation.component.transaction = row.value("transaction");
        activation.component.must_run_in_default_context = row.flag("default_context");
        let weaker = Some(IsolationLevel::ReadCommitted);
        match row.get("enclosing") {
            "none" => {}
            "creators" => activation.origin.transaction = weaker,
            "brought" => {
                // it is compared with the brought one, not with the creator's
                activation.origin.transaction = Some(IsolationLevel::Serializable);
                activation.origin.brought = weaker;
            }
            enclosing => panic!("{row:?}: enclosing is {enclosing:?}"),
        }
        vec![[code(activation.check())]]
    });
}

#[test]
fn the_incoherent_rows_are_the_others_of_fifty_and_each_is_refused() {
    let refused = RefCell::new(BTreeSet::new());
    check("coherence_refused", 32, ["error"], |row| {
        let mut activation = Activation::good();
        activation.component.transaction = row.value("transaction");
        activation.component.just_in_time = row.flag("just_in_time");
        activation.component.synchronization = row.value("synchronization");
        let services = activation.component.services();
        assert!(!services.is_coherent(), "{row:?}");
        refused.borrow_mut().insert(format!("{services:?}"));
        vec![[code(activation.check())], [code(services.check_at_activation(&mut ()).map_err(Into::into))]]
    });
    let mut coherent = 0;
    for &transaction in TransactionAttribute::ALL {
        for &synchronization in SynchronizationAttribute::ALL {
            for just_in_time in [false, true] {
                let services = Services { transaction, just_in_time, synchronization };
                coherent += usize::from(services.is_coherent());
                assert_ne!(services.is_coherent(), refused.borrow().contains(&format!("{services:?}")), "{services:?}");
            }
        }
    }
    assert_eq!(coherent, 18);
}
