//! Components in Rust: traits as interfaces, structs as classes, references with a type (ACT 8.1, 8.6).
//!
//! | here | is |
//! |---|---|
//! | [`Interface`] | a trait that can be called through references; `#[complus::interface]` implements it |
//! | [`Component`] | a type whose objects have interfaces; `#[complus::component]` implements it |
//! | [`Ref`] | an interface pointer: a [`Reference`](crate::Reference) with its interface |
//! | [`Marshal`] | what can travel with a call; `#[derive(complus::Marshal)]` implements it |
//! | [`ActivityCell`] | state of a component |
//! | [`Runtime::install`](crate::Runtime::install) | puts a component into the catalog |
//! | [`create_instance`] | makes an object of one |
//!
//! A method that has to pass its object on gets a reference to it from [`Ref::to_self`]`(self)`: the one that others hold,
//! which is the same as long as the object lives, whatever instance answers. An object that keeps it keeps itself, for ever,
//! as one in COM that counts itself does; let go of it when the object is done.
//!
//! Everything here stands on [`Reference`](crate::Reference) and [`Object`](crate::Object): an object of a component is an
//! `Object` whose [casters](Caster) give it as its interfaces.

mod activity_cell;
mod call;
mod caster;
mod containers;
mod create;
mod description;
mod install;
mod instance;
mod interface;
mod marshal;
mod typed_reference;

pub use activity_cell::{ActivityCell, ActivityRef, ActivityRefMut};
pub use caster::Caster;
pub use create::{ClassName, create_instance};
pub use description::{Description, Pool, Settings};
pub use install::install;
pub use instance::{AnyThread, Instance, OneThread, ThreadSafe};
pub use interface::{Interface, InterfaceInfo, MethodInfo};
pub use marshal::{Marshal, Plain};
pub use typed_reference::Ref;

use crate::reference::{ObjectConstruct, ObjectControl};
use complus_core::error::Result;
use std::any::Any;
use uuid::Uuid;

/// A type whose objects are made by activation. `#[complus::component]` implements it.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is no component",
    note = "a component is a struct or an enum with `#[complus::component]`"
)]
pub trait Component: Sized + 'static {
    /// What an object is made of: whether it is bound to its thread.
    type Instance: Instance<Self>;

    /// What the catalog is told of the class.
    const DESCRIPTION: Description;

    /// IObjectControl, if it has it.
    const CONTROL: Option<fn(&Self) -> &dyn ObjectControl> = None;

    /// IObjectConstruct, if it has it.
    const CONSTRUCTION: Option<fn(&Self) -> &dyn ObjectConstruct> = None;

    /// A new one, in the context that it will live in.
    ///
    /// # Errors
    /// Whatever keeps it from being made; the creator gets it unchanged.
    fn create() -> Result<Self>;

    /// The [`Caster`] for an interface, if it has that.
    fn caster(interface: Uuid) -> Option<&'static (dyn Any + Send + Sync)>;
}

/// What the macros expand to; nothing for programs.
#[doc(hidden)]
pub mod expanded {
    pub use super::{
        call::call, call::call_for_code, create::Created, instance::called_by_any_thread, instance::of,
        interface::derived_id,
    };
    pub use uuid::Uuid;
}
