//! What an interface may be: the reasons why a trait is refused.

use crate::complaints::Complaints;
use syn::{
    Attribute, FnArg, GenericArgument, Ident, ItemTrait, Lifetime, Meta, PathArguments, ReturnType, TraitItem,
    TraitItemFn, Type, TypeImplTrait, TypeParamBound, TypeReference, visit::Visit,
};

/// A method that can be called through references.
pub(super) struct Method<'a> {
    pub(super) name: &'a Ident,
    pub(super) arguments: Vec<&'a Type>,
    pub(super) output: &'a Type,
    pub(super) answer: Answer,
    pub(super) auto_complete: bool,
    pub(super) deprecated: bool,
}

/// What it answers.
pub(super) enum Answer {
    /// `Result<T>`, perhaps of nothing.
    Result { of_nothing: bool },
    /// `HResult`.
    Code,
}

impl Method<'_> {
    /// It gives nothing back but its code.
    pub(super) fn in_only(&self) -> bool {
        matches!(self.answer, Answer::Code | Answer::Result { of_nothing: true })
    }
}

/// Methods that every reference has.
const TAKEN: [&str; 7] = ["is_proxy", "cast", "as_reference", "release", "clone", "eq", "ne"];

/// So many arguments travel at most: a tuple of them is one value.
const MOST_ARGUMENTS: usize = 12;

pub(super) fn is_auto_complete(attribute: &Attribute) -> bool {
    attribute.path().is_ident("auto_complete")
}

/// The methods of an interface, and what is wrong with it.
pub(super) fn methods<'a>(item: &'a ItemTrait, complaints: &mut Complaints) -> Vec<Method<'a>> {
    if !item.generics.params.is_empty() || item.generics.where_clause.is_some() {
        complaints.add(&item.generics, "an interface has no generics: it has one IID, and one set of methods");
    }
    if let Some(keyword) = &item.unsafety {
        complaints.add(keyword, "an interface cannot be unsafe: whoever has a reference may call it");
    }
    for bound in &item.supertraits {
        if matches!(bound, TypeParamBound::Trait(_)) {
            complaints.add(
                bound,
                "an interface stands alone: name both in `interfaces(..)` of the component, and get from one to the other by `cast`",
            );
        }
    }
    let mut methods = Vec::new();
    for part in &item.items {
        match part {
            TraitItem::Fn(method) => methods.extend(self::method(method, complaints)),
            other => {
                complaints.add(other, "an interface has methods only: nothing else can be reached through a reference")
            }
        }
    }
    methods
}

fn method<'a>(item: &'a TraitItemFn, complaints: &mut Complaints) -> Option<Method<'a>> {
    let signature = &item.sig;
    if TAKEN.iter().any(|taken| signature.ident == taken) {
        complaints
            .add(&signature.ident, "every reference has a method of this name: nobody could tell which one is called");
    }
    if let Some(keyword) = &signature.asyncness {
        complaints.add(keyword, "a method cannot be async: a call has ended when it returns; for work in the background there are activities");
    }
    if let Some(keyword) = &signature.unsafety {
        complaints.add(keyword, "a method cannot be unsafe: whoever has a reference may call it");
    }
    if let Some(abi) = &signature.abi {
        complaints.add(abi, "a method has the calling convention of Rust");
    }
    if !signature.generics.params.is_empty() || signature.generics.where_clause.is_some() {
        complaints
            .add(&signature.generics, "a method has no generics: it has one place in the interface, and one form");
    }
    let mut arguments = Vec::new();
    let mut has_receiver = false;
    for input in &signature.inputs {
        match input {
            FnArg::Receiver(receiver) => {
                has_receiver = true;
                if receiver.mutability.is_some() && receiver.reference.is_some() {
                    complaints.add(receiver, "a method takes `&self`: the same object can be on the stack twice, so nobody has it alone; keep its state in an `ActivityCell`");
                } else if receiver.reference.is_none() {
                    complaints
                        .add(receiver, "a method takes `&self`: the object belongs to all who hold references to it");
                }
            }
            FnArg::Typed(argument) => {
                travels(&argument.ty, "an argument", complaints);
                arguments.push(&*argument.ty);
            }
        }
    }
    if !has_receiver {
        complaints.add(&signature.ident, "a method takes `&self`: it is called on an object");
    }
    if arguments.len() > MOST_ARGUMENTS {
        let text =
            "a method has 12 arguments at most; put some of them into a struct with `#[derive(complus::Marshal)]`";
        complaints.add(&signature.inputs, text);
    }
    let mut auto_complete = false;
    for attribute in &item.attrs {
        if attribute.path().is_ident("cfg") || attribute.path().is_ident("cfg_attr") {
            let text = "an interface is the same in every build: its methods are called by their places";
            complaints.add(attribute, text);
        } else if is_auto_complete(attribute) {
            auto_complete = true;
            if !matches!(attribute.meta, Meta::Path(_)) {
                complaints.add(attribute, "write `#[auto_complete]` alone");
            }
        }
    }
    let deprecated = item.attrs.iter().any(|attribute| attribute.path().is_ident("deprecated"));
    let (output, answer) = answer(signature, complaints)?;
    Some(Method { name: &signature.ident, arguments, output, answer, auto_complete, deprecated })
}

/// What a method answers.
fn answer<'a>(signature: &'a syn::Signature, complaints: &mut Complaints) -> Option<(&'a Type, Answer)> {
    const WANTED: &str = "a method answers `Result<T>` of complus, or an `HResult`: every call can fail on its way";
    let ReturnType::Type(_, output) = &signature.output else {
        complaints.add(&signature.ident, WANTED);
        return None;
    };
    let last = match &**output {
        Type::Path(path) => path.path.segments.last(),
        Type::ImplTrait(_) => {
            travels(output, "a result", complaints);
            return None;
        }
        _ => None,
    };
    let arguments = last.map(|last| &last.arguments);
    match (last.map(|last| last.ident.to_string()).as_deref(), arguments) {
        (Some("HResult"), Some(PathArguments::None)) => Some((output, Answer::Code)),
        (Some("Result"), Some(PathArguments::AngleBracketed(list))) if list.args.len() == 2 => {
            complaints.add(
                output,
                "an error travels as an HRESULT: write `Result<T>` of complus, and turn other errors into its `Error`",
            );
            None
        }
        (Some("Result"), Some(PathArguments::AngleBracketed(list))) => match list.args.first() {
            Some(GenericArgument::Type(value)) => {
                travels(value, "a result", complaints);
                let of_nothing = matches!(value, Type::Tuple(tuple) if tuple.elems.is_empty());
                Some((output, Answer::Result { of_nothing }))
            }
            _ => {
                complaints.add(output, WANTED);
                None
            }
        },
        _ => {
            complaints.add(output, WANTED);
            None
        }
    }
}

/// Complains about what cannot travel for its form.
fn travels(kind: &Type, what: &'static str, complaints: &mut Complaints) {
    Traveller { what, complaints }.visit_type(kind);
}

struct Traveller<'c> {
    what: &'static str,
    complaints: &'c mut Complaints,
}

impl<'a> Visit<'a> for Traveller<'_> {
    fn visit_type_reference(&mut self, reference: &'a TypeReference) {
        let text = format!(
            "{} cannot be borrowed: it may travel to another thread, and a caller who is cancelled does not wait for its callee; write an owned type, as `String` for `&str`",
            self.what
        );
        self.complaints.add(reference, text);
    }

    fn visit_type_impl_trait(&mut self, anything: &'a TypeImplTrait) {
        let text = format!("{} has one type: write it, or an interface as in `Ref<dyn Trait>`", self.what);
        self.complaints.add(anything, text);
    }

    fn visit_lifetime(&mut self, lifetime: &'a Lifetime) {
        if lifetime.ident != "static" {
            let text = format!("{} cannot be borrowed: it may travel to another thread", self.what);
            self.complaints.take(syn::Error::new(lifetime.span(), text));
        }
    }
}
