//! An instance that was used in a transaction stays with it until it ends (ACT 7.6, P7, P8; ACT-F, TXN-B22).

use crate::support::{
    World, code,
    components::{AUTO_DONE, PLAIN, PROBE, REQUIRED, REQUIRES_NEW, clsid, create, inside, with_components},
    mta_thread,
    pools::{assert_steps, number_of, statistics, steps, transactional},
    until,
};
use complus::{Activation, PoolStatistics, event::ObjectStep, hresult};

#[test]
fn act_f09_an_instance_stays_with_its_transaction_until_it_ends() {
    let p = transactional("max_pool_size = 4");
    with_components(&[("R", REQUIRED), ("N", REQUIRES_NEW), ("P", &p)], |world, _| {
        let (root, process) = (create("R"), world.runtime.process());
        let done = |expected| move || assert_eq!(number_of(&create("P"), AUTO_DONE), expected);
        let affine = move || process.pool_manager().statistics(clsid("P")).unwrap().in_transactions;
        inside(&root, move || {
            done(2)(); // after the root
            assert_eq!(affine(), 1);
            let other = create("N");
            inside(&other, done(4)); // after the other root
            assert_eq!(affine(), 2);
            done(2)();
            inside(&other, done(4));
            let second = create("P");
            assert_eq!(number_of(&second, PLAIN), 2);
            done(5)(); // the one that has affinity is in use
        });
        steps(world, "P");
        root.call(AUTO_DONE, |_| Ok(())).unwrap();
        assert_steps(world, "P", &[ObjectStep::PutIntoPool, ObjectStep::PutIntoPool]);
        assert_eq!(statistics(world, "P"), PoolStatistics { pooled: 3, idle: 3, ..PoolStatistics::default() });
    });
}

#[test]
fn affinity_is_told_with_the_events_of_transactions() {
    use ObjectStep::{Activated, CanBePooled, Created, Deactivated};
    let ok = hresult::S_OK;
    with_components(&[("R", REQUIRED), ("P", &transactional(""))], |world, _| {
        let root = create("R");
        inside(&root, || {
            number_of(&create("P"), AUTO_DONE);
            number_of(&create("P"), AUTO_DONE);
        });
        root.call(AUTO_DONE, |_| Ok(())).unwrap();
        assert_steps(
            world,
            "P",
            &[
                Created,
                ObjectStep::TakenFromPool,
                Activated(ok),
                Deactivated,
                CanBePooled(true),
                ObjectStep::RecycledToTransaction,
                ObjectStep::TakenFromTransaction,
                Activated(ok),
                Deactivated,
                CanBePooled(true),
                ObjectStep::RecycledToTransaction,
                ObjectStep::PutIntoPool,
            ],
        );
    });
}

/// An object of the class in a transaction that was brought, and what a done call of it did.
fn in_brought_transaction(world: &World) -> complus::Transaction {
    let transaction = world.runtime.transaction_manager().begin(complus::TransactionOptions::default()).unwrap();
    let object = Activation::of(clsid("P")).interface(PROBE).transaction(&transaction).create().unwrap();
    number_of(&object, AUTO_DONE);
    assert_eq!(statistics(world, "P").in_transactions, 1);
    transaction
}

#[test]
fn a_transaction_that_ends_outside_frees_its_instances_too() {
    with_components(&[("P", &transactional("max_pool_size = 1"))], |world, _| {
        let freed = PoolStatistics { pooled: 1, idle: 1, ..PoolStatistics::default() };
        in_brought_transaction(world).commit().unwrap();
        assert_eq!(statistics(world, "P"), freed);
        in_brought_transaction(world).abort().unwrap();
        assert_eq!(statistics(world, "P"), freed);
        drop(in_brought_transaction(world)); // its owner is gone
        assert_eq!(statistics(world, "P"), freed);
        if world.is_virtual() {
            let _late = in_brought_transaction(world);
            world.wait(60);
            assert_eq!(statistics(world, "P").in_transactions, 0);
        }
    });
}

#[test]
fn the_end_of_a_transaction_serves_who_waits() {
    with_components(&[("P", &transactional("max_pool_size = 1"))], |world, _| {
        let transaction = in_brought_transaction(world);
        let waits = mta_thread(&world.runtime, || number_of(&create("P"), AUTO_DONE));
        until(|| statistics(world, "P").waiting == 1);
        assert_eq!(statistics(world, "P").in_transactions, 1, "it is not given to another transaction");
        transaction.commit().unwrap();
        assert_eq!(waits.join().unwrap(), 1);
    });
}

#[test]
fn who_waits_in_a_transaction_is_handed_what_comes_back_in_it() {
    with_components(&[("P", &transactional("max_pool_size = 1"))], |world, _| {
        let transaction = world.runtime.transaction_manager().begin(complus::TransactionOptions::default()).unwrap();
        let make = |transaction: &complus::Transaction| {
            Activation::of(clsid("P")).interface(PROBE).transaction(transaction).create().unwrap()
        };
        let held = make(&transaction);
        assert_eq!(number_of(&held, PLAIN), 1);
        let stranger = mta_thread(&world.runtime, || number_of(&create("P"), AUTO_DONE));
        until(|| statistics(world, "P").waiting == 1);
        let own = transaction.participant();
        let member = mta_thread(&world.runtime, move || number_of(&make(&own), AUTO_DONE));
        until(|| statistics(world, "P").waiting == 2);
        number_of(&held, AUTO_DONE);
        assert_eq!(member.join().unwrap(), 1);
        assert_eq!(statistics(world, "P").waiting, 1);
        transaction.commit().unwrap();
        assert_eq!(stranger.join().unwrap(), 1);
    });
}

#[test]
fn txn_b22_an_instance_that_cannot_be_pooled_dooms_its_transaction() {
    let p = transactional("");
    with_components(&[("R", REQUIRED), ("P", &p)], |world, probes| {
        probes.behave(|it| it.poolable = false);
        let root = create("R");
        let result = root.call(AUTO_DONE, |_| {
            create("P").call(AUTO_DONE, |_| Ok(()))?;
            Ok(())
        });
        assert_eq!(code(result), hresult::CONTEXT_E_ABORTED);
        assert_eq!(statistics(world, "P"), PoolStatistics::default());
    });
}
