//! `derive(Marshal)`: a packet of the same form, each part of which is packed.

use crate::complaints::refuse;
use proc_macro2::TokenStream;
use quote::{format_ident, quote, quote_spanned};
use syn::{Data, DeriveInput, Fields, GenericParam, Ident, Index, Member, Type, parse_quote, spanned::Spanned};

pub(crate) fn expand(item: TokenStream) -> TokenStream {
    syn::parse2(item).and_then(|item| derive(&item)).unwrap_or_else(|error| refuse(&error, TokenStream::new()))
}

fn derive(item: &DeriveInput) -> syn::Result<TokenStream> {
    let is_enum = matches!(item.data, Data::Enum(_));
    let forms: Vec<Form<'_>> = match &item.data {
        Data::Struct(data) => vec![Form { name: &item.ident, fields: &data.fields }],
        Data::Enum(data) => data.variants.iter().map(|it| Form { name: &it.ident, fields: &it.fields }).collect(),
        Data::Union(data) => {
            let text = "a union cannot travel: nobody knows which of its fields it has";
            return Err(syn::Error::new(data.union_token.span, text));
        }
    };
    if let Some(lifetime) = item.generics.lifetimes().next() {
        let text = "what is borrowed cannot travel: it may go to another thread; own it";
        return Err(syn::Error::new_spanned(lifetime, text));
    }
    let mut generics = item.generics.clone();
    for parameter in &mut generics.params {
        if let GenericParam::Type(parameter) = parameter {
            parameter.bounds.push(parse_quote!(::complus::typed::Marshal));
            (parameter.eq_token, parameter.default) = (None, None);
        }
    }
    let (parameters, arguments, conditions) = generics.split_for_impl();
    let name = &item.ident;
    let packet = format_ident!("__{name}Packet");
    let declared = forms.iter().map(Form::declare);
    let itself = |form: &Form<'_>| {
        let variant = form.name;
        if is_enum { quote!(Self::#variant) } else { quote!(Self) }
    };
    let packed = |form: &Form<'_>| {
        let variant = form.name;
        quote!(#packet::#variant)
    };
    let packs = forms.iter().map(|form| form.convert(&itself(form), &packed(form), &quote!(pack)));
    let unpacks = forms.iter().map(|form| form.convert(&packed(form), &itself(form), &quote!(unpack)));
    Ok(quote! {
        const _: () = {
            #[allow(unreachable_pub, missing_docs, clippy::large_enum_variant, reason = "as large as the value")]
            pub enum #packet #parameters #conditions { #(#declared),* }

            #[automatically_derived]
            impl #parameters ::complus::typed::Marshal for #name #arguments #conditions {
                type Packet = #packet #arguments;

                fn pack(self) -> ::complus::Result<Self::Packet> {
                    ::core::result::Result::Ok(match self { #(#packs),* })
                }

                fn unpack(packet: Self::Packet) -> ::complus::Result<Self> {
                    ::core::result::Result::Ok(match packet { #(#unpacks),* })
                }
            }
        };
    })
}

/// A form that the value can have: a struct has one, called like itself, an enum has its variants.
struct Form<'a> {
    name: &'a Ident,
    fields: &'a Fields,
}

impl Form<'_> {
    fn members(&self) -> impl Iterator<Item = (Member, Ident, &Type)> {
        self.fields.iter().enumerate().map(|(at, field)| {
            let member = match &field.ident {
                Some(name) => Member::Named(name.clone()),
                None => Member::Unnamed(Index::from(at)),
            };
            (member, format_ident!("part_{at}"), &field.ty)
        })
    }

    /// The variant of the packet.
    fn declare(&self) -> TokenStream {
        let name = self.name;
        let packets: Vec<_> = self
            .members()
            .map(|(_, _, kind)| quote_spanned!(kind.span()=> <#kind as ::complus::typed::Marshal>::Packet))
            .collect();
        match self.fields {
            Fields::Named(_) => {
                let names = self.fields.iter().map(|field| &field.ident);
                quote!(#name { #(#names: #packets),* })
            }
            Fields::Unnamed(_) => quote!(#name(#(#packets),*)),
            Fields::Unit => quote!(#name),
        }
    }

    /// The arm that makes one of the other.
    fn convert(&self, from: &TokenStream, to: &TokenStream, conversion: &TokenStream) -> TokenStream {
        let taken = self.members().map(|(member, part, _)| quote!(#member: #part));
        let made = self.members().map(|(member, part, kind)| {
            let part = quote_spanned!(kind.span()=> <#kind as ::complus::typed::Marshal>::#conversion(#part)?);
            quote!(#member: #part)
        });
        quote!(#from { #(#taken),* } => #to { #(#made),* })
    }
}
