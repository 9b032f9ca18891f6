//! Components: what their classes do, and what is done with references to their objects.

use super::Step;
use complus_core::{
    attribute::{ClassContext, ThreadingModel},
    id::PartitionId,
};
use complus_diagnostic::Span;
use complus_sync::Arc;
use uuid::Uuid;

/// A class of which objects can be made: one of the catalog, or one that is only registered.
#[derive(Clone, Debug)]
pub struct Class {
    /// Its ProgID.
    pub name: String,
    /// Its CLSID.
    pub clsid: Uuid,
    /// The threading model that it is registered with.
    pub threading_model: ThreadingModel,
    /// Its methods: what the catalog knows of them, and what they do.
    pub methods: Vec<Method>,
    /// Interfaces that it has beside those of its methods.
    pub interfaces: Vec<Interface>,
    /// What its objects do when they are made, activated and deactivated.
    pub life: Life,
    /// It aggregates the free-threaded marshaler.
    pub free_threaded: bool,
    /// Nobody marshals its interfaces.
    pub private: bool,
}

/// An interface.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Interface {
    /// Its name.
    pub name: String,
    /// Its IID.
    pub iid: Uuid,
}

/// A method of a class.
#[derive(Clone, Debug)]
pub struct Method {
    /// Its name.
    pub name: String,
    /// Its interface.
    pub interface: Interface,
    /// Its place there.
    pub number: u16,
    /// How it calls the reference that it is given; else as the caller does.
    pub takes: Option<String>,
    /// What it does.
    pub body: Vec<Step>,
}

/// What an object does at the turns of its life. It has IObjectConstruct if there is a `construct`, and IObjectControl
/// if there is any of the others.
#[derive(Clone, Debug, Default)]
pub struct Life {
    /// Construct.
    pub construct: Option<Turn>,
    /// Activate.
    pub activate: Option<Turn>,
    /// Deactivate.
    pub deactivate: Option<Turn>,
    /// What CanBePooled answers.
    pub can_be_pooled: Option<bool>,
}

impl Life {
    /// Whether its objects have IObjectControl.
    pub fn is_controlled(&self) -> bool {
        self.activate.is_some() || self.deactivate.is_some() || self.can_be_pooled.is_some()
    }
}

/// A turn of an object's life.
#[derive(Clone, Debug)]
pub struct Turn {
    /// Its node.
    pub span: Span,
    /// Its line, from 1.
    pub line: usize,
    /// Its steps.
    pub body: Vec<Step>,
}

impl Class {
    /// The method of this name, in the interface of that name if one is given.
    pub fn method(&self, name: &str, interface: Option<&str>) -> Option<&Method> {
        let fits = |method: &&Method| method.name == name && interface.is_none_or(|it| method.interface.name == it);
        self.methods.iter().find(fits)
    }

    /// Its interfaces.
    pub fn interfaces(&self) -> impl Iterator<Item = &Interface> {
        self.methods.iter().map(|method| &method.interface).chain(&self.interfaces)
    }
}

/// CoCreateInstance.
#[derive(Clone, Debug)]
pub struct Create {
    /// The class, by its ProgID.
    pub class: String,
    /// The name of the reference: `as=`.
    pub name: Option<String>,
    /// The interface that is asked for; else IUnknown.
    pub interface: Option<String>,
    /// The partition of a moniker.
    pub partition: Option<PartitionId>,
    /// The transaction begun outside that the object is to work in.
    pub transaction: Option<String>,
    /// CLSCTX.
    pub contexts: Option<ClassContext>,
}

/// A call of a method.
#[derive(Clone, Debug)]
pub struct Invoke {
    /// The reference.
    pub target: String,
    /// The method; there is a block if there is none.
    pub method: Option<String>,
    /// The interface of the method, where several have one of this name.
    pub interface: Option<String>,
    /// The call's own name: `as=`.
    pub name: Option<String>,
    /// A reference that goes along.
    pub with: Option<String>,
    /// How the reference that comes back is called.
    pub gives: Option<String>,
    /// What the method does, in place of what its class says.
    pub body: Option<Vec<Step>>,
}

/// QueryInterface.
#[derive(Clone, Debug)]
pub struct Cast {
    /// The reference.
    pub target: String,
    /// The interface.
    pub interface: String,
    /// The name of the new reference.
    pub name: Option<String>,
}

/// The class of this ProgID.
pub(crate) fn class<'c>(classes: &'c [Arc<Class>], name: &str) -> Option<&'c Arc<Class>> {
    classes.iter().find(|class| class.name == name)
}
