//! The class registration database of COM+: what is known of a class before an object of it exists.
//!
//! An activation has to know in which context the new object belongs: does it need a transaction, an activity, a
//! pool; is it private, checked, tracked? All of that stands in the **catalog**. It is administered through
//! *collections*, kept in a *file* that people can write, and read from *snapshots* that no writer ever blocks.
//!
//! # Collections and properties
//!
//! The database is a tree of collections: applications with their components and roles, components with their
//! interfaces, these with their methods. [`schema`] describes each collection in one table, from which reading,
//! writing, checking, showing and the text form all work; every property also has a typed [`Field`](schema::Field).
//!
//! # Administration
//!
//! [`Catalog::administer`] is COMAdminCatalog. A [`Collection`] is populated, its [`Item`]s are changed in the cache,
//! and [`save_changes`](Collection::save_changes) writes them, each one whole or not at all. What depends on a
//! property is changed with it, and what contradicts it is refused with the reason in
//! [`error_info`](Collection::error_info):
//!
//! ```
//! use complus_catalog::{Catalog, ClassDescriptor, InterfaceDescriptor, MethodDescriptor, Options, schema::component};
//! use complus_core::{attribute::*, hresult::COMADMIN_E_PROPERTYSAVEFAILED};
//! # fn main() -> complus_core::Result<()> {
//! let catalog = Catalog::new(Options::default());
//! let administrator = catalog.administer();
//! let mut applications = administrator.collection("Applications")?;
//! applications.populate()?;
//! applications.add()?.put("Name", "Bank")?;
//! applications.save_changes().result?;
//!
//! let clsid = "7f1c8b52-6a0e-4c3a-9d7b-2f5d6e8a9b01".parse().unwrap();
//! let iid = "7f1c8b52-6a0e-4c3a-9d7b-2f5d6e8a9b02".parse().unwrap();
//! let debit = MethodDescriptor { index: 3, name: "Debit", in_only: true, auto_complete: false };
//! let account = ClassDescriptor::new(clsid, "Bank.Account")
//!     .threading_model(ThreadingModel::Both)
//!     .interface(InterfaceDescriptor::new(iid, "IAccount").method(debit));
//! administrator.install_component("Bank", &account)?;
//!
//! let mut components = applications.collection("Components", applications.item(0)?.key())?;
//! components.populate()?;
//! components.item_mut(0)?.set(component::TRANSACTION, TransactionAttribute::Required)?;
//! components.save_changes().result?;
//! // a transaction needs JIT activation and synchronization, so both came with it
//! assert!(components.item(0)?.get(component::JUST_IN_TIME_ACTIVATION));
//! components.item_mut(0)?.set(component::SYNCHRONIZATION, SynchronizationAttribute::NotSupported)?;
//! assert!(components.save_changes().result.is_err());
//! let row = &components.error_info()[0];
//! assert_eq!((row.minor_ref.as_str(), row.error.hresult()), ("Synchronization", COMADMIN_E_PROPERTYSAVEFAILED));
//! # Ok(())
//! # }
//! ```
//!
//! # The file
//!
//! [`CatalogFile`] and [`parse`] read TOML, or its JSON twin: the names of the administration library in PascalCase
//! or snake_case, values by name or number, and only what differs from the defaults. Every mistake is shown with its
//! line. A file that is saved keeps its comments and its order, and is replaced whole or not at all.
//!
//! ```
//! # fn main() -> Result<(), complus_diagnostic::FileError> {
//! use complus_catalog::{Creator, Found, Options, parse};
//! use complus_core::attribute::{SynchronizationAttribute, TransactionAttribute};
//! use complus_diagnostic::Source;
//! let file = Source::new("bank.toml", r#"
//!     format = 1
//!     defaults = "ws2003"
//!
//!     [[application]]
//!     id = "{8F2B5C1E-51A0-4D0B-9C55-0E5A3D1F0001}"
//!     name = "Meridian Bank"
//!
//!     [[application.component]]
//!     clsid = "{8F2B5C1E-51A0-4D0B-9C55-0E5A3D1F0101}"
//!     progid = "Meridian.Transfer"
//!     threading_model = "both"
//!     transaction = "requires_new"     # implies JIT activation and synchronization
//! "#);
//! let catalog = parse(file, Options::default())?.catalog;
//!
//! let snapshot = catalog.snapshot();
//! let clsid = snapshot.classes().clsid("Meridian.Transfer").unwrap();
//! let Ok(Found::Configured { class, .. }) = snapshot.locate(clsid, &Creator::default(), &mut ()) else { panic!() };
//! assert_eq!(class.transaction(), TransactionAttribute::RequiresNew);
//! assert_eq!(class.synchronization(), SynchronizationAttribute::Required);
//! # Ok(())
//! # }
//! ```
//!
//! # Snapshots
//!
//! A [`Snapshot`] is one committed state, frozen: classes by CLSID and by ProgID, in the types that an activation
//! needs, found without a lock and without an allocation. A [`Reader`] keeps one and takes the next as soon as there
//! is one. Writers make a new state beside the present one and publish it at once; within a [`CatalogTransaction`]
//! several changes become visible together. The README of this crate draws how.

mod admin;
mod catalog;
mod diff;
mod host;
mod node;
mod operation;
mod record;
mod rules;
pub mod schema;
mod snapshot;
mod text;
mod timeout;
mod transaction;
mod value;

pub use admin::{Administrator, Collection, ErrorInfo, Item, Rights, Saved};
pub use catalog::{Catalog, Options};
pub use diff::{Difference, diff};
pub use host::{Host, Waker};
pub use node::{Node, Path, Step};
pub use operation::{
    ApplicationFile, ClassDescriptor, ExportOptions, InstallError, InstallOptions, InterfaceDescriptor,
    MethodDescriptor,
};
pub use record::Record;
pub use rules::Violation;
pub use snapshot::{
    Application, Class, Classes, Creator, Found, Interface, Method, Pool, Reader, Registration, Snapshot,
};
pub use text::{CatalogFile, Content, FileWatch, Key, Language, LoadError, Loaded, Look, Tree, parse};
pub use timeout::TransactionTimeout;
pub use transaction::CatalogTransaction;
pub use value::{Stored, Text, Value, ValueRef};
