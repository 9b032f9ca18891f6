//! Which context, thread, transaction and activity it is, and what is said where it is another one.

use super::{expects::Found, worker::Worker, world::Entered};
use crate::expectation::{Identity, ThreadIdentity};
use complus_core::rules::{synchronization::Activity, transaction::Transaction};

impl Worker<'_> {
    pub(super) fn context(&self, context: Option<&Entered>, identity: &Identity) -> Found {
        let Some(entered) = context else {
            return (*identity != Identity::Default).then(|| "it is the default context".into());
        };
        if entered.is_default {
            let holds = match identity {
                Identity::Default => true,
                Identity::Same => entered.caller.context == entered.context,
                Identity::SameAs(other) => {
                    let other = self.named(other).and_then(Result::ok);
                    other.is_some_and(|other| other.is_default && other.context == entered.context)
                }
                _ => false,
            };
            return (!holds).then(|| "it is the default context of its apartment".into());
        }
        let Some(id) = entered.context else {
            return Some("an activity object has no context before it is called: name a call".into());
        };
        let (holds, is) = match identity {
            Identity::New => (entered.caller.context != Some(id), "the caller's context"),
            Identity::SameAs(other) => {
                let other = self.named(other).and_then(Result::ok).and_then(|other| other.context);
                (other == Some(id), "another context")
            }
            Identity::Same => (entered.caller.context == Some(id), "a context of its own"),
            _ => (false, "a context of its own"),
        };
        (!holds).then(|| format!("it is {is}"))
    }

    /// On which thread a call ran, or the steps in a call run.
    pub(super) fn thread(&self, target: Option<&str>, identity: &ThreadIdentity) -> Found {
        let (thread, caller) = match target {
            None => (self.index, self.served.as_ref().map(|served| served.caller.thread)),
            Some(name) => match self.named(name) {
                Some(Ok(entered)) => (entered.thread, Some(entered.caller.thread)),
                Some(Err(code)) => return Some(format!("`{name}` was refused: {code}")),
                None => return Some(format!("`{name}` has not run")),
            },
        };
        let Some(expected) = (match identity {
            ThreadIdentity::Same | ThreadIdentity::Other => caller,
            ThreadIdentity::SameAs(name) | ThreadIdentity::OtherThan(name) => self.thread_of(name),
        }) else {
            return Some("there is no thread to compare it with: no call has run".into());
        };
        let other = matches!(identity, ThreadIdentity::Other | ThreadIdentity::OtherThan(_));
        let holds = (thread == expected) != other;
        (!holds).then(|| format!("it is the thread `{}`", self.world.recorder.thread_name(thread)))
    }

    /// The thread of a call, or a thread of the file.
    fn thread_of(&self, name: &str) -> Option<usize> {
        let call = self.named(name).and_then(Result::ok).map(|entered| entered.thread);
        call.or_else(|| self.world.scenario.threads.iter().position(|thread| thread.name == name))
    }

    pub(super) fn transaction(&self, context: Option<&Entered>, identity: &Identity) -> Found {
        let found = context.and_then(|context| context.transaction);
        let origin = context.map_or(Transaction::None, |context| context.origin.0);
        let holds = match identity {
            Identity::New => origin == Transaction::New,
            Identity::Brought => origin == Transaction::Brought,
            Identity::None | Identity::Default => origin == Transaction::None,
            Identity::Same => context.is_some_and(|context| found == context.caller.transaction),
            Identity::SameAs(other) => {
                let begun = self.world.transaction(other).map(|transaction| transaction.id());
                let others = self.named(other).and_then(Result::ok).and_then(|other| other.transaction);
                found.is_some() && (found == others || found == begun)
            }
        };
        let told = match origin {
            Transaction::None => "there is no transaction",
            Transaction::Callers => "it is the caller's transaction",
            Transaction::New => "it is a new transaction",
            Transaction::Brought => "it is the brought transaction",
        };
        (!holds).then(|| told.into())
    }

    pub(super) fn activity(&self, context: Option<&Entered>, identity: &Identity) -> Found {
        let found = context.and_then(|context| context.activity);
        let origin = context.map_or(Activity::None, |context| context.origin.1);
        let holds = match identity {
            Identity::New => origin == Activity::New,
            Identity::None | Identity::Default | Identity::Brought => found.is_none(),
            Identity::Same => context.is_some_and(|context| found == context.caller.activity),
            Identity::SameAs(other) => {
                let other = self.named(other).and_then(Result::ok).and_then(|other| other.activity);
                found.is_some() && found == other
            }
        };
        let told = match origin {
            Activity::None => "there is no activity",
            Activity::Callers => "it is the caller's activity",
            Activity::New => "it is a new activity",
        };
        (!holds).then(|| told.into())
    }
}
