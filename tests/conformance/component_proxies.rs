//! A root that commits through somebody else's transaction manager (ACT 9.6, TXN 13).

use crate::support::components::{Kept, REQUIRED, Row, act, call, create, inside, own_transaction, with_components};
use crate::support::*;
use complus::{
    Result, Transaction, TransactionProxy,
    context::StreamState::{Aborted, Committed},
    hresult::{CONTEXT_E_ABORTED, CONTEXT_E_ABORTING, E_FAIL, E_NOTIMPL, XACT_E_XTIONEXISTS},
};
use std::sync::Arc;
use uuid::Uuid;

const CLASSES: [Row<'_>; 2] = [("R", REQUIRED), ("I", REQUIRED)];

/// Tells what it is asked, and agrees or not.
struct Manager {
    story: Story,
    agrees: bool,
}

impl TransactionProxy for Manager {
    fn commit(&self, _: Uuid) -> Result<()> {
        self.story.tell("commit");
        if self.agrees { Ok(()) } else { Err(E_FAIL.into()) }
    }
    fn abort(&self) -> Result<()> {
        self.story.tell("abort");
        Ok(())
    }
    fn promote(&self) -> Result<Transaction> {
        Err(E_FAIL.into())
    }
}

/// A root whose first call has registered a proxy, and its transaction.
fn registered(story: &Story, agrees: bool) -> (complus::Reference, Transaction) {
    let (r, story) = (create("R"), story.clone());
    let transaction = inside(&r, move || {
        let manager = || Arc::new(Manager { story: story.clone(), agrees });
        let info = here().transaction_info();
        assert_eq!(info.register_transaction_proxy(manager()).unwrap(), own_transaction().id().guid());
        assert_eq!(code(info.register_transaction_proxy(manager())), XACT_E_XTIONEXISTS);
        own_transaction()
    });
    (r, transaction)
}

#[test]
fn a_proxy_decides_whichever_call_of_its_root_ends_the_transaction() {
    with_components(&CLASSES, |_, _| {
        for agrees in [true, false] {
            let story = Story::default();
            let (r, transaction) = registered(&story, agrees);
            let own = story.clone();
            inside(&r, move || {
                let manager = Arc::new(Manager { story: own, agrees });
                let again = here().transaction_info().register_transaction_proxy(manager);
                assert_eq!(code(again), XACT_E_XTIONEXISTS, "also in a later call");
            });
            let result = call(&r, || here().set_complete());
            assert_eq!(result.map_err(|it| it.hresult()), if agrees { Ok(()) } else { Err(CONTEXT_E_ABORTED) });
            assert_eq!(transaction.state(), if agrees { Committed } else { Aborted });
            assert_eq!(story.take(), ["commit"]);
            inside(&r, || act("set_complete"));
            assert_eq!(story.take(), [""; 0], "the next transaction has none");
        }
    });
}

#[test]
fn a_proxy_is_told_of_an_abort() {
    with_components(&CLASSES, |_, _| {
        let story = Story::default();
        let (r, _) = registered(&story, true);
        inside(&r, || act("set_abort"));
        assert_eq!(story.take(), ["abort"]);
        let (r, _) = registered(&story, true);
        inside(&r, || act("disable_commit"));
        drop(r);
        assert_eq!(story.take(), ["abort"]);
        // A root that is called in a doomed transaction ends it.
        let (r, transaction) = registered(&story, true);
        transaction.doom();
        assert_eq!(code(call(&r, || Ok(()))), CONTEXT_E_ABORTING);
        assert_eq!((transaction.state(), story.take()), (Aborted, vec!["abort".into()]));
    });
}

#[test]
fn only_a_root_may_register_a_proxy() {
    with_components(&CLASSES, |_, _| {
        inside(&create("R"), || {
            let answer = Kept::new();
            let kept = answer.clone();
            inside(&create("I"), move || {
                let manager = Arc::new(Manager { story: Story::default(), agrees: true });
                kept.put(code(here().transaction_info().register_transaction_proxy(manager)));
            });
            assert_eq!(answer.take(), E_NOTIMPL);
        });
    });
}
