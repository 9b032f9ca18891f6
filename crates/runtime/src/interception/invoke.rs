//! The one path of every method call through a reference (SYN 10.1, ACT 8.1).

use super::{Admission, Context, InContext, Returned, Visit, enter_call_from, fast_call, leave_call, policy, run};
use crate::{
    apartment::{self, Category, Method},
    component, error_info,
    reference::{Object, Reference, Route, Slot},
    thread,
};
use complus_core::{
    error::{CallError, Result},
    hresult::{CONTEXT_E_ABORTED, E_UNEXPECTED, HResult, S_OK, XACT_E_INDOUBT},
    stack::PushedBy,
};
use complus_sync::{Arc, Mutex};
use std::ops::Deref;

/// Calls a method of the object behind `reference`, which `body` runs: directly in the object's own context, as COM
/// does with a pointer that nobody intercepts; else in that context, which is entered for the call, on another thread
/// where the apartment needs one.
///
/// The body is a closure that owns what it takes along, rather than one that is borrowed for the time of the call: it
/// may have to travel to another thread, and a caller whose wait is cancelled returns before its callee does. It is
/// boxed when it travels, and only then.
///
/// # Errors
/// What the body answers, unchanged; CO_E_OBJNOTCONNECTED, RPC_E_WRONG_THREAD, CO_E_NOTINITIALIZED for a reference
/// that may not be used here, RPC_E_DISCONNECTED for an object that is gone; what [`apartment::call`] and [`run`]
/// answer. A value that came with CONTEXT_E_ABORTED is dropped (ACT 8.6).
pub(crate) fn invoke<T: Send + 'static>(
    reference: &Reference,
    method: Method,
    body: impl FnOnce(&dyn Object) -> Result<T> + Send + 'static,
) -> Result<T> {
    let mut body = Some(body);
    if let Some(shortcut) = reference.shortcut()
        && enter_call_from(shortcut.context, shortcut.from)
    {
        return straight(reference, shortcut.context, shortcut.instance, &mut body);
    }
    // The first call of an object that this thread made: nobody knows yet whether there will be others.
    if let Some(first) = reference.first_call()
        && enter_call_from(first.context, first.from)
    {
        return straight(reference, first.context, first.instance, &mut body);
    }
    let Some(body) = body else { return Err(CallError::ServerFault.into()) };
    let (slot, epoch) = match reference.route()? {
        Route::Direct(object) => return component::serve_directly(object, body),
        Route::Intercepted(slot, epoch) => (slot, epoch),
    };
    slot.object(epoch)?;
    // In the context, where the object may have been disconnected since.
    let owner = slot.clone();
    let answer = visit(&slot.residence.in_context(), method, move || {
        let object = owner.object(epoch)?;
        let lost = LostByPanic(&owner);
        let answer = component::serve(&*object, method, body);
        std::mem::forget(lost);
        answer
    });
    let context = &slot.residence.context;
    let is_here = || thread::look(|binding| Some(Arc::ptr_eq(binding.process.as_ref()?, &context.process)));
    if context.properties.plain && is_here() == Some(true) {
        reference.set_shortcut(|| component::only_instance(&*slot.object(epoch).ok()?));
    }
    answer
}

/// The call where the context was entered, and this is the instance.
#[inline(always)]
fn straight<T>(
    reference: &Reference,
    context: &Context,
    instance: impl Deref<Target = dyn Object>,
    body: &mut Option<impl FnOnce(&dyn Object) -> Result<T>>,
) -> Result<T> {
    let mut answer = None;
    let ended = fast_call::call(|| match body.take() {
        Some(body) => code(answer.insert(body(&*instance))),
        None => E_UNEXPECTED,
    });
    drop(instance);
    reference.note_end(ended);
    finish(leave_call(context, ended), answer)
}

/// Keeps calls from going straight to an instance that has panicked, if it is dropped by that.
struct LostByPanic<'a>(&'a Slot);

impl Drop for LostByPanic<'_> {
    fn drop(&mut self) {
        self.0.close_shortcuts();
    }
}

/// Runs `body` in the context, as if it were that method: here where the context can be entered here, else on a thread
/// of its apartment.
///
/// # Errors
/// What the body answers, unchanged, and what [`apartment::call`] and [`run`] answer.
pub(crate) fn visit<T: Send + 'static>(
    context: &Arc<dyn InContext>,
    method: Method,
    body: impl FnOnce() -> Result<T> + Send + 'static,
) -> Result<T> {
    let here = thread::bound(|binding| {
        binding.ensure_base()?;
        Ok::<_, complus_core::Error>(apartment::is_here(binding, context))
    })??;
    let mut body = Some(body);
    let mut call = move || body.take().map_or_else(|| Err(CallError::ServerFault.into()), |body| body());
    if here {
        let mut answer = None;
        let target = context.target().calling(method);
        let run = || run(target, Admission::Enter, &mut || code(answer.insert(call()))).and_then(Returned::result);
        let returned = policy::calling(target, run, code_of);
        return finish(seen(context, returned, &answer), answer);
    }
    let place = Arc::new(Mutex::new(None));
    let answer = place.clone();
    let body = Box::new(move || {
        let answered = call();
        let code = code(&answered);
        *answer.lock() = Some(answered);
        code
    });
    let returned = apartment::call(context, Admission::Enter, Category::Synchronous, method, body);
    let answer = place.lock().take();
    finish(seen(context, returned, &answer), answer)
}

/// What the caller sees: a success that became a failure, because the transaction did not commit, comes with an error
/// object (T-19).
fn seen<T>(context: &Arc<dyn InContext>, returned: Result<HResult>, answer: &Option<Result<T>>) -> Result<HResult> {
    let (Err(error), Some(Ok(_))) = (&returned, answer) else { return returned };
    let (code, target) = (error.hresult(), context.target());
    if [CONTEXT_E_ABORTED, XACT_E_INDOUBT].contains(&code)
        && target.visit == Visit::Call
        && let Some(component) = target.properties.component()
    {
        error_info::not_committed(component.class().progid(), code);
    }
    returned
}

/// Runs `make` with the object context of the current context out of reach: a constructor has none (ACT 7.1
/// \[ctor-context\]).
pub(crate) fn masked<T>(make: impl FnOnce() -> Result<T>) -> Result<T> {
    let _mask = Mask::put()?;
    make()
}

/// Lets go of an instance, with the object context out of reach as in every method of IUnknown (ACT 9.1).
pub(crate) fn destroy(instance: Arc<dyn Object>) {
    let _ = masked(move || {
        drop(instance);
        Ok(())
    });
}

/// Uncovers the object context of the current context, which was entered to make its object.
pub(crate) fn unmask() -> Result<()> {
    thread::bound(|binding| {
        if let Some(top) = binding.stack.top_mut() {
            top.pushed_by = PushedBy::Call;
            top.derive_kind();
        }
    })
}

/// Covers the object context of the context on top while it is there.
struct Mask {
    frame: usize,
    before: PushedBy,
}

impl Mask {
    fn put() -> Result<Self> {
        thread::bound(|binding| {
            binding.ensure_base()?;
            let frame = binding.stack.depth() - 1;
            let Some(top) = binding.stack.top_mut() else { return Err(CallError::NotInitialized.into()) };
            let mask = Self { frame, before: top.pushed_by };
            if top.pushed_by != PushedBy::Apartment {
                top.pushed_by = PushedBy::Masked;
                top.derive_kind();
            }
            Ok(mask)
        })?
    }
}

impl Drop for Mask {
    fn drop(&mut self) {
        let _ = thread::active(|binding| {
            if let Some(frame) = binding.stack.get_mut(self.frame) {
                frame.pushed_by = self.before;
                frame.derive_kind();
            }
        });
    }
}

/// The code that the callee's context sees.
fn code<T>(answer: &Result<T>) -> HResult {
    answer.as_ref().map_or_else(|error| error.hresult(), |_| S_OK)
}

fn finish<T>(returned: Result<HResult>, answer: Option<Result<T>>) -> Result<T> {
    let code = returned?;
    match answer {
        Some(answer) => answer,
        None if code.is_failure() => Err(code.into()), // a policy refused the call
        None => Err(CallError::ServerFault.into()),
    }
}

/// The code that the caller is given.
pub(crate) fn code_of(answer: &Result<HResult>) -> HResult {
    answer.as_ref().map_or_else(|error| error.hresult(), |code| *code)
}
