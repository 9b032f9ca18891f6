//! The keys of `#[component]`.

use crate::{complaints::Complaints, words};
use proc_macro2::{Ident, Span, TokenStream};
use quote::{format_ident, quote};
use std::collections::HashSet;
use syn::{Expr, LitStr, Meta, Path, Token, punctuated::Punctuated};

/// What was said of a component.
pub(super) struct Arguments {
    pub(super) interfaces: Vec<Path>,
    pub(super) prog_id: Option<LitStr>,
    pub(super) clsid: Option<TokenStream>,
    pub(super) application: Option<LitStr>,
    pub(super) threading: Ident,
    /// Fields of `Settings`, each with its value.
    pub(super) settings: Vec<TokenStream>,
    pub(super) free_threaded_marshaler: bool,
    pub(super) control: bool,
    pub(super) construct: bool,
    pub(super) create: Option<Expr>,
}

const KEYS: &[&str] = &[
    "interfaces",
    "prog_id",
    "clsid",
    "application",
    "description",
    "threading",
    "transaction",
    "isolation",
    "timeout",
    "synchronization",
    "just_in_time",
    "pooled",
    "construction",
    "must_run_in_client_context",
    "must_run_in_default_context",
    "private",
    "access_checks",
    "event_tracking",
    "free_threaded_marshaler",
    "control",
    "construct",
    "create",
];
const POOL: &[&str] = &["min", "max", "creation_timeout"];
const THREADING: &[&str] = &["Both", "Free", "Neutral", "Apartment", "Main"];
const SERVICE: &[&str] = &["Disabled", "NotSupported", "Supported", "Required", "RequiresNew"];
const ISOLATION: &[&str] = &["Any", "ReadUncommitted", "ReadCommitted", "RepeatableRead", "Serializable"];

/// A ProgID has so many characters at most (SEC A.4).
const LONGEST_PROG_ID: usize = 39;

impl Arguments {
    /// Reads them.
    pub(super) fn read(tokens: TokenStream) -> syn::Result<Self> {
        let mut arguments = Self {
            interfaces: Vec::new(),
            prog_id: None,
            clsid: None,
            application: None,
            threading: Ident::new("Both", Span::call_site()),
            settings: Vec::new(),
            free_threaded_marshaler: false,
            control: false,
            construct: false,
            create: None,
        };
        let mut complaints = Complaints::default();
        let mut seen = HashSet::new();
        let list = words::arguments(tokens)?;
        for argument in &list {
            let key = words::new_key(argument, KEYS, &mut seen);
            complaints.ok(key.and_then(|key| arguments.take(&key, argument)));
        }
        arguments.check(&list, &mut complaints);
        complaints.end()?;
        Ok(arguments)
    }

    /// Whether an object lives on one thread.
    pub(super) fn is_bound_to_thread(&self) -> bool {
        self.threading == "Apartment" || self.threading == "Main"
    }

    fn take(&mut self, key: &str, argument: &Meta) -> syn::Result<()> {
        let field = format_ident!("{key}");
        match key {
            "interfaces" => self.interfaces = interfaces(argument)?,
            "prog_id" => self.prog_id = Some(prog_id(argument)?),
            "clsid" => self.clsid = Some(words::id(&words::text(argument)?)?),
            "application" => self.application = Some(words::text(argument)?),
            "threading" => self.threading = words::word(argument, THREADING)?,
            "control" => self.control = words::switch(argument)?,
            "construct" => self.construct = words::switch(argument)?,
            "free_threaded_marshaler" => self.free_threaded_marshaler = words::switch(argument)?,
            "create" => self.create = Some(words::path(argument)?),
            "pooled" => {
                let pool = pool(argument)?;
                self.set(&format_ident!("pool"), &pool);
            }
            "transaction" => self.set(&field, &choice("TransactionAttribute", argument, SERVICE)?),
            "synchronization" => self.set(&field, &choice("SynchronizationAttribute", argument, SERVICE)?),
            "isolation" => self.set(&field, &choice("IsolationLevel", argument, ISOLATION)?),
            "timeout" => self.set(&field, &words::number(argument)?),
            "description" | "construction" => {
                let text = words::text(argument)?;
                self.set(&field, &quote!(#text));
            }
            _ => {
                let on = words::switch(argument)?;
                self.set(&field, &quote!(#on));
            }
        }
        Ok(())
    }

    fn set(&mut self, field: &Ident, value: &TokenStream) {
        self.settings.push(quote!(#field: ::core::option::Option::Some(#value)));
    }

    /// What no component can be. The catalog checks the rest when it is installed.
    fn check(&self, list: &[Meta], complaints: &mut Complaints) {
        if !self.is_bound_to_thread() {
            return;
        }
        let threading = &self.threading;
        for argument in list {
            if argument.path().is_ident("pooled") {
                let text =
                    format!("a pooled object serves clients on any thread; `threading = {threading}` binds it to one");
                complaints.add(argument.path(), text);
            }
            if argument.path().is_ident("free_threaded_marshaler") && self.free_threaded_marshaler {
                let text =
                    format!("every thread calls such an object directly; `threading = {threading}` binds it to one");
                complaints.add(argument.path(), text);
            }
        }
    }
}

/// `interfaces(A, b::C)`.
fn interfaces(argument: &Meta) -> syn::Result<Vec<Path>> {
    match argument {
        Meta::List(list) => {
            let paths = list.parse_args_with(Punctuated::<Path, Token![,]>::parse_terminated)?;
            Ok(paths.into_iter().collect())
        }
        other => Err(syn::Error::new_spanned(other, "name the traits: `interfaces(Account, Heir)`")),
    }
}

fn prog_id(argument: &Meta) -> syn::Result<LitStr> {
    let text = words::text(argument)?;
    let value = text.value();
    let complaint = match value.chars().next() {
        Some(first) if first.is_ascii_digit() => "a ProgID does not begin with a digit",
        Some('{') => "a ProgID is a name; write an id as `clsid = \"..\"`",
        _ if value.chars().count() > LONGEST_PROG_ID => "a ProgID has 39 characters at most",
        _ => return Ok(text),
    };
    Err(syn::Error::new_spanned(&text, complaint))
}

/// `key = Word` as a value of an enumeration.
fn choice(enumeration: &str, argument: &Meta, known: &[&str]) -> syn::Result<TokenStream> {
    let (enumeration, word) = (format_ident!("{enumeration}"), words::word(argument, known)?);
    Ok(quote!(::complus::attribute::#enumeration::#word))
}

/// `pooled` or `pooled(min = 1, max = 5, creation_timeout = 2000)`.
fn pool(argument: &Meta) -> syn::Result<TokenStream> {
    let entries = match argument {
        Meta::Path(_) => Vec::new(),
        Meta::List(list) => words::arguments(list.tokens.clone())?,
        Meta::NameValue(pair) => {
            let text = "write `pooled`, or `pooled(min = 1, max = 5, creation_timeout = 2000)`";
            return Err(syn::Error::new_spanned(pair, text));
        }
    };
    let mut fields = [("min", quote!(None)), ("max", quote!(None)), ("creation_timeout", quote!(None))];
    let (mut complaints, mut seen) = (Complaints::default(), HashSet::new());
    for entry in &entries {
        let read = words::new_key(entry, POOL, &mut seen).and_then(|key| Ok((key, words::number(entry)?)));
        if let Some((key, number)) = complaints.ok(read)
            && let Some((_, field)) = fields.iter_mut().find(|(name, _)| *name == key)
        {
            *field = quote!(Some(#number));
        }
    }
    complaints.end()?;
    let fields = fields.iter().map(|(name, value)| {
        let name = format_ident!("{name}");
        quote!(#name: ::core::option::Option::#value)
    });
    Ok(quote!(::complus::typed::Pool { #(#fields),* }))
}
