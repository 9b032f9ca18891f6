//! `#[interface]`: a trait, and the same trait for references to objects that have it.

mod check;

use crate::{
    complaints::{Complaints, refuse},
    words,
};
use check::{Answer, Method};
use proc_macro2::TokenStream;
use quote::{format_ident, quote, quote_spanned};
use std::collections::HashSet;
use syn::{ItemTrait, Meta, TraitItem};

/// The first place after the methods of IUnknown.
const FIRST: u16 = 3;

pub(crate) fn expand(arguments: TokenStream, item: TokenStream) -> TokenStream {
    let mut item = match syn::parse2::<ItemTrait>(item.clone()) {
        Ok(item) => item,
        Err(_) => {
            let error = syn::Error::new_spanned(&item, "an interface is a trait; a struct is a component");
            return refuse(&error, item);
        }
    };
    let result = implement(arguments, &item);
    for method in &mut item.items {
        if let TraitItem::Fn(method) = method {
            method.attrs.retain(|attribute| !check::is_auto_complete(attribute));
        }
    }
    match result {
        Ok(implementation) => quote!(#item #implementation),
        Err(error) => refuse(&error, item),
    }
}

fn implement(arguments: TokenStream, item: &ItemTrait) -> syn::Result<TokenStream> {
    let mut complaints = Complaints::default();
    let iid = iid(arguments, item, &mut complaints);
    let methods = check::methods(item, &mut complaints);
    complaints.end()?;

    let name = &item.ident;
    let text = name.to_string();
    let infos = (FIRST..).zip(&methods).map(|(number, method)| {
        let (name, in_only, auto_complete) = (method.name.to_string(), method.in_only(), method.auto_complete);
        quote!(::complus::typed::MethodInfo {
            number: #number,
            name: #name,
            in_only: #in_only,
            auto_complete: #auto_complete,
        })
    });
    let calls = (FIRST..).zip(&methods).map(|(number, method)| call(name, number, method));
    Ok(quote! {
        #[automatically_derived]
        impl ::complus::typed::Interface for dyn #name {
            const IID: ::complus::typed::expanded::Uuid = #iid;
            const NAME: &'static str = #text;
            const METHODS: &'static [::complus::typed::MethodInfo] = &[#(#infos),*];
        }

        #[automatically_derived]
        impl #name for ::complus::typed::Ref<dyn #name> {
            #(#calls)*
        }
    })
}

/// The IID: as it is given, else that of the full name.
fn iid(arguments: TokenStream, item: &ItemTrait, complaints: &mut Complaints) -> TokenStream {
    let name = item.ident.to_string();
    let mut iid = quote!(::complus::typed::expanded::derived_id(::core::concat!(::core::module_path!(), "::", #name)));
    let mut seen = HashSet::new();
    for argument in complaints.ok(words::arguments(arguments)).unwrap_or_default() {
        let given = words::new_key(&argument, &["iid"], &mut seen).and_then(|_: String| given_iid(&argument));
        if let Some(given) = complaints.ok(given) {
            iid = given;
        }
    }
    iid
}

fn given_iid(argument: &Meta) -> syn::Result<TokenStream> {
    words::id(&words::text(argument)?)
}

/// A method of the reference.
fn call(interface: &syn::Ident, number: u16, method: &Method<'_>) -> TokenStream {
    let Method { name, arguments, output, answer, deprecated, .. } = method;
    let names: Vec<_> = (0..arguments.len()).map(|at| format_ident!("argument_{at}", span = name.span())).collect();
    let call = match answer {
        Answer::Result { .. } => quote!(call),
        Answer::Code => quote!(call_for_code),
    };
    // With no argument that is the unit.
    let packed = match names.is_empty() {
        true => quote_spanned!(name.span()=> ()),
        false => quote_spanned!(name.span()=> (#(#names,)*)),
    };
    // What the compiler finds wrong with it is shown at the method.
    let call = quote_spanned! {name.span()=>
        ::complus::typed::expanded::#call(
            self,
            #number,
            #packed,
            |object: &(dyn #interface + 'static), #packed| object.#name(#(#names),*),
        )
    };
    let allowed = deprecated.then(|| quote!(#[allow(deprecated, reason = "whoever calls it is told")]));
    quote! {
        #allowed
        fn #name(&self, #(#names: #arguments),*) -> #output {
            #call
        }
    }
}
