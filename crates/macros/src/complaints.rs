//! What is wrong with an item, all of it at once.

use proc_macro2::TokenStream;
use quote::ToTokens;

/// Complaints so far.
#[derive(Default)]
pub(crate) struct Complaints(Option<syn::Error>);

impl Complaints {
    /// This is wrong.
    pub(crate) fn add(&mut self, place: impl ToTokens, text: impl std::fmt::Display) {
        self.take(syn::Error::new_spanned(place, text));
    }

    /// And what somebody else found.
    pub(crate) fn take(&mut self, error: syn::Error) {
        match &mut self.0 {
            Some(errors) => errors.combine(error),
            None => self.0 = Some(error),
        }
    }

    /// What it gave, or nothing and a complaint.
    pub(crate) fn ok<T>(&mut self, result: syn::Result<T>) -> Option<T> {
        result.map_err(|error| self.take(error)).ok()
    }

    /// Nothing, if there is anything to complain about.
    pub(crate) fn end(self) -> syn::Result<()> {
        self.0.map_or(Ok(()), Err)
    }
}

/// The complaints as code that does not compile, with the item as it was, so that nothing else is missing.
pub(crate) fn refuse(error: &syn::Error, item: impl ToTokens) -> TokenStream {
    let errors = error.to_compile_error();
    quote::quote!(#item #errors)
}
