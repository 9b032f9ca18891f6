//! Reading the arguments of an attribute: keys, texts, numbers, words of an enumeration.

use complus_diagnostic::suggest::advice;
use proc_macro2::{Ident, TokenStream};
use quote::quote;
use std::collections::HashSet;
use syn::{Expr, ExprLit, ExprUnary, Lit, LitStr, Meta, UnOp, parse::Parser, punctuated::Punctuated};

/// The arguments, one `key`, `key = value` or `key(..)` each.
pub(crate) fn arguments(tokens: TokenStream) -> syn::Result<Vec<Meta>> {
    let list = Punctuated::<Meta, syn::Token![,]>::parse_terminated.parse2(tokens)?;
    Ok(list.into_iter().collect())
}

/// The key of an argument, if it is one of `known`.
pub(crate) fn key(argument: &Meta, known: &[&str]) -> syn::Result<String> {
    let key = argument.path().get_ident().map(|key| key.to_string().trim_start_matches("r#").to_string());
    match key {
        Some(key) if known.contains(&key.as_str()) => Ok(key),
        Some(key) => {
            let text = format!("there is no `{key}` here; {}", advice(&key, known.iter().copied()));
            Err(syn::Error::new_spanned(argument.path(), text))
        }
        None => Err(syn::Error::new_spanned(argument.path(), "a key is one word")),
    }
}

/// The same, if it is none of those that were `seen`.
pub(crate) fn new_key(argument: &Meta, known: &[&str], seen: &mut HashSet<String>) -> syn::Result<String> {
    let key = key(argument, known)?;
    match seen.insert(key.clone()) {
        true => Ok(key),
        false => Err(syn::Error::new_spanned(argument.path(), "this was said before")),
    }
}

fn value(argument: &Meta) -> syn::Result<&Expr> {
    match argument {
        Meta::NameValue(pair) => Ok(&pair.value),
        _ => Err(syn::Error::new_spanned(argument, "give it a value: `key = value`")),
    }
}

/// `key = "text"`.
pub(crate) fn text(argument: &Meta) -> syn::Result<LitStr> {
    match value(argument)? {
        Expr::Lit(ExprLit { lit: Lit::Str(text), .. }) => Ok(text.clone()),
        other => Err(syn::Error::new_spanned(other, "write a text in quotation marks")),
    }
}

/// `key = 5`, with its sign.
pub(crate) fn number(argument: &Meta) -> syn::Result<TokenStream> {
    let is_number = |value: &Expr| matches!(value, Expr::Lit(ExprLit { lit: Lit::Int(_), .. }));
    match value(argument)? {
        Expr::Unary(ExprUnary { op: UnOp::Neg(_), expr, .. }) if is_number(expr) => {
            Err(syn::Error::new_spanned(expr, "a number from zero on"))
        }
        number if is_number(number) => Ok(quote!(#number)),
        other => Err(syn::Error::new_spanned(other, "write a whole number")),
    }
}

/// `key` or `key = true`.
pub(crate) fn switch(argument: &Meta) -> syn::Result<bool> {
    match argument {
        Meta::Path(_) => Ok(true),
        Meta::NameValue(pair) => match &pair.value {
            Expr::Lit(ExprLit { lit: Lit::Bool(on), .. }) => Ok(on.value),
            other => Err(syn::Error::new_spanned(other, "write `true` or `false`, or the key alone")),
        },
        Meta::List(list) => Err(syn::Error::new_spanned(list, "write `true` or `false`, or the key alone")),
    }
}

/// `key = Word`, one of those that there are.
pub(crate) fn word(argument: &Meta, known: &[&str]) -> syn::Result<Ident> {
    let value = value(argument)?;
    let word = match value {
        Expr::Path(path) => path.path.get_ident(),
        _ => None,
    };
    match word {
        Some(word) if known.iter().any(|known| word == known) => Ok(word.clone()),
        word => {
            let advice = advice(&word.map(Ident::to_string).unwrap_or_default(), known.iter().copied());
            let text = format!("this is no value of `{}`; {advice}", quote_path(argument));
            Err(syn::Error::new_spanned(value, text))
        }
    }
}

/// `key = path::to::it`.
pub(crate) fn path(argument: &Meta) -> syn::Result<Expr> {
    match value(argument)? {
        path @ Expr::Path(_) => Ok(path.clone()),
        other => Err(syn::Error::new_spanned(other, "write the path of a function")),
    }
}

/// An id, written with or without braces.
pub(crate) fn id(text: &LitStr) -> syn::Result<TokenStream> {
    let id: uuid::Uuid = text.value().parse().map_err(|error| {
        let example = "as in \"7f1c8b52-6a0e-4c3a-9d7b-2f5d6e8a9b02\"";
        syn::Error::new_spanned(text, format!("this is no GUID ({error}); write 32 digits, {example}"))
    })?;
    let number = id.as_u128();
    Ok(quote!(::complus::typed::expanded::Uuid::from_u128(#number)))
}

fn quote_path(argument: &Meta) -> String {
    argument.path().get_ident().map(Ident::to_string).unwrap_or_default()
}
