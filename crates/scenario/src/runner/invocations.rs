//! Methods: what the object behind a reference does, wherever the machine runs it.
//!
//! The runner supplies the code of the method and nothing else. Which way the call goes, which context is entered, what
//! is done around it, is the machine's matter.

use super::{
    calls::{CallState, DEEPEST, facts},
    instances::Instance,
    outcome::{Performed, StepError},
    recorder::{self, now_at},
    references::{Packed, note_apartment},
    worker::{Scope, Worker},
    world::{Entered, Named, World},
};
use crate::{
    model::{Class, Invoke, Step},
    trace::{Kind, StepPlace},
};
use complus_core::{HResult, Result, hresult::E_UNEXPECTED};
use complus_runtime::{Method, Object};
use complus_sync::Arc;
use std::{any::Any, panic::resume_unwind};
use uuid::Uuid;

/// The steps of a method.
enum Code {
    /// Those that stand with the call.
    Block(Arc<Invoke>),
    /// Those that its class has, by the place of the method.
    Method(Arc<Class>, usize),
}

impl Code {
    fn steps(&self) -> &[Step] {
        match self {
            Self::Block(call) => call.body.as_deref().unwrap_or_default(),
            Self::Method(class, at) => class.methods.get(*at).map_or(&[], |method| &method.body),
        }
    }
}

/// A method that is about to be called, with what it takes along.
struct Task {
    world: Arc<World>,
    code: Code,
    place: StepPlace,
    state: Arc<CallState>,
    object: Entered,
    is_proxy: bool,
    argument: Option<(String, Packed)>,
}

type Stepped<T> = std::result::Result<T, StepError>;

/// A method that no catalog knows.
const NAMELESS: Method = Method { interface: Uuid::nil(), number: 3 };

/// What comes back: a code of success, perhaps a reference.
type Answer = (HResult, Option<Packed>);

impl Task {
    /// Runs the method on this thread, in the object's context.
    fn run(mut self, object: &dyn Object) -> Result<Answer> {
        let (world, before) = (self.world.clone(), recorder::here());
        let Some(thread) = before.0.filter(|_| !world.stopped()) else { return Err(E_UNEXPECTED.into()) };
        let depth = recorder::runs(self.state.clone(), self.is_proxy);
        let entered = self.entered(thread);
        self.state.entered(entered.clone());
        now_at(Some(thread), Some(self.place));
        if self.is_proxy {
            world.recorder.record(Kind::Runs);
        }
        if depth > DEEPEST {
            world.fail(thread, self.place, format!("more than {DEEPEST} calls run inside each other on this thread"));
            return Err(E_UNEXPECTED.into());
        }
        let mut scope = Scope { is_method: matches!(self.code, Code::Method(..)), ..Scope::default() };
        let object: &dyn Any = object;
        scope.state = object.downcast_ref::<Instance>().map(|instance| instance.state.clone());
        if let Some((name, packed)) = self.argument.take() {
            scope.locals.push((name, packed.unpack(thread)?));
        }
        let mut worker =
            Worker::serving(&world, thread, self.code.steps(), entered, self.state.caller).with_scope(scope);
        let result = worker.serve(self.place);
        let given = worker.scope.given.take();
        drop(worker);
        now_at(before.0, before.1);
        // A real panic, as a component of a program has it; without the hook's message.
        let code = result.unwrap_or_else(|| resume_unwind(Box::new(())));
        if code.is_failure() { Err(code.into()) } else { Ok((code, given)) }
    }

    /// The context that the method runs in.
    fn entered(&self, thread: usize) -> Option<Entered> {
        let (world, caller) = (&*self.world, self.state.caller);
        let here = facts(world, caller, thread);
        if !self.is_proxy {
            // From a default context it goes into the same one.
            let default = || Entered { caller, thread, apartment: note_apartment(world), ..self.object.clone() };
            return here.or_else(|| Some(default()));
        }
        let event = world.recorder.call_entered()?;
        let entered = Entered {
            context: event.context,
            transaction: event.transaction,
            activity: event.activity,
            isolation: here.as_ref().and_then(|here| here.isolation),
            caller,
            status: None,
            thread,
            apartment: note_apartment(world),
            ..self.object.clone()
        };
        world.note_inside(&entered);
        Some(entered)
    }
}

impl<'s> Worker<'s> {
    pub(super) fn invoke(&mut self, call: &Arc<Invoke>, place: StepPlace) -> Stepped<Performed<'s>> {
        let (world, held) = (self.world, self.held(&call.target)?);
        let (method, code) = called(call, &held.made.class)?;
        let argument = match &call.with {
            Some(name) => {
                let known = match &code {
                    Code::Method(class, at) => class.methods.get(*at).and_then(|method| method.takes.clone()),
                    Code::Block(_) => None,
                };
                Some((known.unwrap_or_else(|| name.clone()), self.held(name)?.pack()?))
            }
            None => None,
        };
        let state = Arc::new(CallState::made_by(self.caller()));
        if let Some(name) = &call.name {
            world.name(name, Named::Call(state.clone()));
        }
        let (object, is_proxy) = (held.made.entered.clone(), held.reference.is_proxy());
        let task = Task { world: world.clone(), code, place, state: state.clone(), object, is_proxy, argument };
        let answer = held.reference.call(method, move |object| task.run(object));
        self.at(place);
        if !is_proxy {
            recorder::returned(&state);
        }
        state.came_to(answer.as_ref().map_or_else(|error| error.hresult(), |(code, _)| *code));
        // Once something has failed, calls fail because of that.
        let (code, given) = answer.map_err(|error| StepError { is_consequence: world.stopped(), ..error.into() })?;
        match (&call.gives, given) {
            (Some(name), Some(packed)) => {
                let held = packed.unpack(self.index)?;
                self.hold(name, held);
            }
            (Some(_), None) => return Err(StepError::runner("the method gave no reference back")),
            (None, _) => {}
        }
        Ok(Performed::Returned(code))
    }

    /// The `give` step: what the method gives back.
    pub(super) fn give(&mut self, name: &str) -> Stepped<()> {
        self.scope.given = Some(self.held(name)?.pack()?);
        Ok(())
    }

    /// The `state` step.
    pub(super) fn keep(&self, name: &str, value: &str) -> Stepped<()> {
        let state = self.scope.state.as_ref().ok_or_else(|| StepError::runner("only an object keeps a state"))?;
        state.lock().insert(name.into(), value.into());
        Ok(())
    }
}

/// Which method it is, and what it does.
fn called(call: &Arc<Invoke>, class: &Arc<Class>) -> Stepped<(Method, Code)> {
    let interface = call.interface.as_deref();
    let known = call.method.as_deref().map(|name| (name, class.method(name, interface)));
    match (known, &call.body) {
        (Some((_, Some(known))), body) => {
            let at = class.methods.iter().position(|method| std::ptr::eq(method, known)).unwrap_or_default();
            let method = Method { interface: known.interface.iid, number: known.number };
            let code = if body.is_some() { Code::Block(call.clone()) } else { Code::Method(class.clone(), at) };
            Ok((method, code))
        }
        (None, Some(_)) => Ok((NAMELESS, Code::Block(call.clone()))),
        (Some((name, None)), _) => Err(StepError::runner(format!("`{}` has no method `{name}`", class.name))),
        (None, None) => Err(StepError::runner("nothing is called")),
    }
}
