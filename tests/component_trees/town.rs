//! The trees on the machine.

use crate::{
    plan::{Method, Step, Tree},
    support::{
        components::{AUTO_DONE, Here, PLAIN, Probe, Probes, create, place},
        here,
    },
};
use complus::{
    ContextToken, HResult, Reference, Transaction,
    attribute::TransactionVote,
    context::StreamState,
    hresult::{E_FAIL, S_OK},
};
use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex},
};

/// What is compared of a call.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Entry {
    /// A method begins: in which transaction, by its number, and with which flags, where they exist.
    Begins { object: usize, transaction: Option<usize>, consistent: Option<bool>, done: Option<bool> },
    /// The caller was given this code.
    Returned { object: usize, code: HResult },
}

/// An object that somebody keeps.
#[derive(Clone)]
struct Kept {
    id: usize,
    reference: Reference,
}

/// A machine's objects.
#[derive(Clone)]
pub(crate) struct Town(Arc<Inner>);

struct Inner {
    probes: Probes,
    entries: Mutex<Vec<Entry>>,
    transactions: Mutex<Vec<Transaction>>,
    /// What each object keeps, by their numbers in the order of creation.
    shelves: Mutex<Vec<Vec<Kept>>>,
    tokens: Mutex<BTreeMap<usize, ContextToken>>,
}

impl Town {
    pub(crate) fn new(probes: Probes) -> Self {
        Self(Arc::new(Inner {
            probes,
            entries: Mutex::default(),
            transactions: Mutex::default(),
            shelves: Mutex::default(),
            tokens: Mutex::default(),
        }))
    }

    pub(crate) fn entries(&self) -> Vec<Entry> {
        self.0.entries.lock().unwrap().clone()
    }

    pub(crate) fn outcomes(&self) -> Vec<StreamState> {
        self.0.transactions.lock().unwrap().iter().map(Transaction::state).collect()
    }

    /// Creates the object, calls it, and releases it.
    pub(crate) fn run(&self, tree: &Tree) {
        let object = self.create(tree);
        self.release(object);
    }

    fn create(&self, tree: &Tree) -> Kept {
        let reference = create(tree.class.name());
        let mut shelves = self.0.shelves.lock().unwrap();
        let object = Kept { id: shelves.len(), reference };
        shelves.push(Vec::new());
        drop(shelves);
        for method in &tree.methods {
            self.call(&object, method);
        }
        object
    }

    fn release(&self, object: Kept) {
        let Kept { id, reference } = object;
        drop(reference);
        let shelf = std::mem::take(&mut self.0.shelves.lock().unwrap()[id]);
        shelf.into_iter().for_each(|kept| self.release(kept));
    }

    /// Invariants 2 and 12 beside what is compared.
    fn call(&self, object: &Kept, method: &Arc<Method>) {
        let (before, given) = (place(), Arc::new(()));
        let (town, id, plan, out) = (self.clone(), object.id, method.clone(), given.clone());
        let number = if method.auto_done { AUTO_DONE } else { PLAIN };
        let result = object.reference.call_as(number, move |probe: &Probe| {
            town.0.probes.story.tell(format!("method {}", probe.number));
            town.begins(id);
            plan.steps.iter().for_each(|step| town.step(id, step));
            if plan.fails { Err(E_FAIL.into()) } else { Ok(out) }
        });
        assert_eq!(place(), before, "what was entered was left");
        let code = result.as_ref().map_or_else(|error| error.hresult(), |_| S_OK);
        assert_eq!(Arc::strong_count(&given) == 1, code.is_failure(), "what failed gives nothing out");
        self.0.entries.lock().unwrap().push(Entry::Returned { object: id, code });
    }

    /// Invariant 16 beside what is compared.
    fn begins(&self, object: usize) {
        let Here { token, .. } = place();
        assert_eq!(*self.0.tokens.lock().unwrap().entry(object).or_insert(token), token, "always the same context");
        let transaction = here().info().transaction().unwrap().map(|own| {
            let mut transactions = self.0.transactions.lock().unwrap();
            let known = transactions.iter().position(|known| known.id() == own.id());
            known.unwrap_or_else(|| {
                transactions.push(own);
                transactions.len() - 1
            })
        });
        let state = here().state();
        let consistent = state.my_transaction_vote().ok().map(|vote| vote == TransactionVote::Commit);
        let begins = Entry::Begins { object, transaction, consistent, done: state.deactivate_on_return().ok() };
        self.0.entries.lock().unwrap().push(begins);
    }

    fn kept(&self, object: usize, which: usize) -> Option<Kept> {
        self.0.shelves.lock().unwrap()[object].get(which).cloned()
    }

    fn step(&self, object: usize, step: &Step) {
        match step {
            Step::Say((word, ..)) => say(word),
            Step::Abort => {
                if let Some(own) = here().info().transaction().unwrap() {
                    let _ = own.abort(); // it may be over already
                }
            }
            Step::Create(tree, keep) => {
                let child = self.create(tree);
                if *keep {
                    self.0.shelves.lock().unwrap()[object].push(child);
                } else {
                    self.release(child);
                }
            }
            Step::Call(which, method) => {
                if let Some(kept) = self.kept(object, *which) {
                    self.call(&kept, method);
                }
            }
            Step::Release(which) => {
                if self.kept(object, *which).is_some() {
                    let kept = self.0.shelves.lock().unwrap()[object].remove(*which);
                    self.release(kept);
                }
            }
        }
    }
}

/// A call on the object context; it may be illegal here, and has no effect then.
fn say(word: &str) {
    let (context, state) = (here(), here().state());
    let _ = match word {
        "set_complete" => context.set_complete(),
        "set_abort" => context.set_abort(),
        "enable_commit" => context.enable_commit(),
        "disable_commit" => context.disable_commit(),
        "vote_commit" => state.set_my_transaction_vote(TransactionVote::Commit),
        "vote_abort" => state.set_my_transaction_vote(TransactionVote::Abort),
        "deactivate_true" => state.set_deactivate_on_return(true),
        _ => state.set_deactivate_on_return(false),
    };
}
