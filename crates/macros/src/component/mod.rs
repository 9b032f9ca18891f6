//! `#[component]`: a type, and what makes it a class.

mod arguments;

use crate::complaints::refuse;
use arguments::Arguments;
use proc_macro2::TokenStream;
use quote::{format_ident, quote, quote_spanned};
use syn::{Generics, Ident, Item, spanned::Spanned};

pub(crate) fn expand(arguments: TokenStream, item: TokenStream) -> TokenStream {
    let result = syn::parse2::<Item>(item.clone()).and_then(|item| {
        let (name, generics) = class(&item)?;
        if !generics.params.is_empty() {
            let text = "a component has no generics: it is one class, with one CLSID";
            return Err(syn::Error::new_spanned(generics, text));
        }
        Ok(implement(name, &Arguments::read(arguments)?))
    });
    match result {
        Ok(implementation) => quote!(#item #implementation),
        Err(error) => refuse(&error, item),
    }
}

fn class(item: &Item) -> syn::Result<(&Ident, &Generics)> {
    match item {
        Item::Struct(item) => Ok((&item.ident, &item.generics)),
        Item::Enum(item) => Ok((&item.ident, &item.generics)),
        Item::Trait(item) => {
            Err(syn::Error::new_spanned(&item.ident, "a component is a struct; a trait is an `#[complus::interface]`"))
        }
        Item::Impl(item) => {
            let text = "put this on the struct, and name the trait there: `interfaces(..)`";
            Err(syn::Error::new_spanned(&item.self_ty, text))
        }
        other => Err(syn::Error::new_spanned(other, "a component is a struct or an enum")),
    }
}

fn implement(name: &Ident, arguments: &Arguments) -> TokenStream {
    let Arguments { interfaces, threading, settings, free_threaded_marshaler, .. } = arguments;
    let type_name = name.to_string();
    let full_name = quote!(::core::concat!(::core::module_path!(), "::", #type_name));
    let prog_id = arguments.prog_id.as_ref().map(syn::LitStr::value).unwrap_or_default();
    let clsid = match &arguments.clsid {
        Some(clsid) => clsid.clone(),
        None if prog_id.is_empty() => quote!(::complus::typed::expanded::derived_id(#full_name)),
        None => quote!(::complus::typed::expanded::derived_id(#prog_id)),
    };
    let application = match (&arguments.application, prog_id.split_once('.')) {
        (Some(application), _) => quote!(#application),
        (None, Some((first, _))) => quote!(#first),
        (None, None) => quote!(::core::env!("CARGO_PKG_NAME")),
    };
    let instance = match arguments.is_bound_to_thread() {
        true => format_ident!("OneThread"),
        false => format_ident!("AnyThread"),
    };
    let instance = quote_spanned!(name.span()=> ::complus::typed::#instance<Self>);
    let check = (!arguments.is_bound_to_thread()).then(
        || quote_spanned!(name.span()=> const _: () = ::complus::typed::expanded::called_by_any_thread::<#name>();),
    );
    let control = arguments.control.then(|| {
        quote!(
            const CONTROL: ::core::option::Option<fn(&Self) -> &dyn ::complus::ObjectControl> =
                ::core::option::Option::Some(|component| component);
        )
    });
    let construction = arguments.construct.then(|| {
        quote!(
            const CONSTRUCTION: ::core::option::Option<fn(&Self) -> &dyn ::complus::ObjectConstruct> =
                ::core::option::Option::Some(|component| component);
        )
    });
    let create = match &arguments.create {
        Some(path) => quote_spanned!(path.span()=> ::complus::typed::expanded::Created::<Self>::created(#path())),
        None => quote_spanned!(name.span()=>
            ::core::result::Result::Ok(<Self as ::core::default::Default>::default())),
    };
    let casters = interfaces.iter().map(|interface| {
        quote_spanned! {interface.span()=>
            if interface == <dyn #interface as ::complus::typed::Interface>::IID {
                static CASTER: ::complus::typed::Caster<dyn #interface> =
                    ::complus::typed::Caster::new(|object| {
                        let component = ::complus::typed::expanded::of::<#name>(object)?;
                        ::core::option::Option::Some(component as &(dyn #interface + 'static))
                    });
                return ::core::option::Option::Some(&CASTER);
            }
        }
    });
    quote! {
        #check

        #[automatically_derived]
        impl ::complus::typed::Component for #name {
            type Instance = #instance;

            const DESCRIPTION: ::complus::typed::Description = ::complus::typed::Description {
                clsid: #clsid,
                prog_id: #prog_id,
                application: #application,
                factory: #full_name,
                threading: ::complus::attribute::ThreadingModel::#threading,
                free_threaded_marshaler: #free_threaded_marshaler,
                interfaces: &[#(::complus::typed::InterfaceInfo::of::<dyn #interfaces>()),*],
                settings: ::complus::typed::Settings { #(#settings,)* ..::complus::typed::Settings::NONE },
            };
            #control
            #construction

            fn create() -> ::complus::Result<Self> {
                #create
            }

            fn caster(
                interface: ::complus::typed::expanded::Uuid,
            ) -> ::core::option::Option<
                &'static (dyn ::core::any::Any + ::core::marker::Send + ::core::marker::Sync),
            > {
                #(#casters)*
                ::core::option::Option::None
            }
        }
    }
}
