//! The flags, and what a context without a service answers.

use crate::support::*;
use complus::{
    hresult::{COMADMIN_E_PARTITIONS_DISABLED, E_INVALIDARG},
    prelude::*,
};

#[test]
fn act_g01_a_fresh_transactional_context_votes_commit_and_is_not_done() {
    every_machine(|_| {
        let outer = enter(&root());
        for config in [root(), joining()] {
            let domain = enter(&config);
            assert_eq!(here().state().my_transaction_vote().unwrap(), TransactionVote::Commit);
            assert!(!here().state().deactivate_on_return().unwrap());
            domain.leave().unwrap();
        }
        outer.leave().unwrap();
    });
}

#[test]
fn act_g04_a_vote_that_is_no_vote_is_e_invalidarg() {
    every_machine(|_| {
        let domain = enter(&root());
        for vote in [7, 2, -1, i32::MIN, i32::MAX] {
            assert_eq!(code(here().state().set_my_transaction_vote_value(vote)), E_INVALIDARG, "{vote}");
            assert_eq!(here().state().my_transaction_vote().unwrap(), TransactionVote::Commit);
        }
        assert_eq!(domain.leave().unwrap(), TransactionStatus::Committed);
    });
}

#[test]
fn act_g09_without_transaction_get_transaction_is_s_false_and_null() {
    every_machine(|_| {
        for config in [ServiceConfig::new(), own_activity()] {
            let domain = enter(&config);
            assert!(here().info().transaction().unwrap().is_none());
            assert_eq!(here().info().transaction_id().unwrap(), None);
            assert!(!here().info().is_in_transaction().unwrap());
            domain.leave().unwrap();
        }
    });
}

#[test]
fn act_g10_with_partitions_disabled_get_partition_id_says_so() {
    every_machine(|_| {
        for config in [ServiceConfig::new(), root()] {
            let domain = enter(&config);
            assert_eq!(code(here().info().partition_id()), COMADMIN_E_PARTITIONS_DISABLED);
            domain.leave().unwrap();
        }
    });
}
