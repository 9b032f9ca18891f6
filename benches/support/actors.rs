//! The same actor in three libraries: it counts what it is sent, asked or told.

#![allow(dead_code, reason = "one bench asks, the other tells")]

use std::convert::Infallible;
use std::sync::Arc;

use kameo::actor::ActorRef;
use tokio::runtime::{Builder, Runtime};

/// What is done when a message without answer was handled.
pub(crate) trait Handled: Send + Sync + 'static {
    /// It was handled.
    fn handled(&self);
}

/// A number to be added; answered with the sum.
pub(crate) struct Question(pub(crate) u64);

/// A message without answer.
pub(crate) struct Told<T>(pub(crate) Arc<T>);

/// A runtime whose tasks run on the thread that drives it.
pub(crate) fn one_thread() -> Runtime {
    Builder::new_current_thread().enable_all().build().expect("the runtime starts")
}

/// A runtime with two worker threads.
pub(crate) fn two_threads() -> Runtime {
    Builder::new_multi_thread().worker_threads(2).enable_all().build().expect("the runtime starts")
}

/// The actor of actix. Its mailbox is never full for [`actix::Addr::do_send`].
#[derive(Default)]
pub(crate) struct ActixCounter(u64);

impl actix::Actor for ActixCounter {
    type Context = actix::Context<Self>;

    fn started(&mut self, context: &mut Self::Context) {
        context.set_mailbox_capacity(1024);
    }
}

impl actix::Message for Question {
    type Result = u64;
}

impl actix::Handler<Question> for ActixCounter {
    type Result = u64;

    fn handle(&mut self, question: Question, _: &mut Self::Context) -> u64 {
        self.0 += question.0;
        self.0
    }
}

impl<T: Handled> actix::Message for Told<T> {
    type Result = ();
}

impl<T: Handled> actix::Handler<Told<T>> for ActixCounter {
    type Result = ();

    fn handle(&mut self, told: Told<T>, _: &mut Self::Context) {
        self.0 += 1;
        told.0.handled();
    }
}

/// The actor of kameo.
#[derive(Default)]
pub(crate) struct KameoCounter(u64);

impl kameo::Actor for KameoCounter {
    type Args = Self;
    type Error = Infallible;

    async fn on_start(counter: Self, _: ActorRef<Self>) -> Result<Self, Infallible> {
        Ok(counter)
    }
}

impl kameo::message::Message<Question> for KameoCounter {
    type Reply = u64;

    async fn handle(&mut self, question: Question, _: &mut kameo::message::Context<Self, u64>) -> u64 {
        self.0 += question.0;
        self.0
    }
}

impl<T: Handled> kameo::message::Message<Told<T>> for KameoCounter {
    type Reply = ();

    async fn handle(&mut self, told: Told<T>, _: &mut kameo::message::Context<Self, ()>) {
        self.0 += 1;
        told.0.handled();
    }
}

/// The actor of ractor.
pub(crate) struct RactorCounter;

/// What the actor of ractor is sent.
pub(crate) enum RactorMessage {
    /// A number to be added, and where the sum goes.
    Ask(u64, ractor::RpcReplyPort<u64>),
    /// A message without answer.
    Tell(Arc<dyn Handled>),
}

impl ractor::Actor for RactorCounter {
    type Msg = RactorMessage;
    type State = u64;
    type Arguments = ();

    async fn pre_start(&self, _: ractor::ActorRef<RactorMessage>, (): ()) -> Result<u64, ractor::ActorProcessingErr> {
        Ok(0)
    }

    async fn handle(
        &self,
        _: ractor::ActorRef<RactorMessage>,
        message: RactorMessage,
        count: &mut u64,
    ) -> Result<(), ractor::ActorProcessingErr> {
        match message {
            RactorMessage::Ask(number, reply) => {
                *count += number;
                let _ = reply.send(*count);
            }
            RactorMessage::Tell(handled) => {
                *count += 1;
                handled.handled();
            }
        }
        Ok(())
    }
}
