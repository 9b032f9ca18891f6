//! The macros of complus: [`macro@interface`] makes a trait callable through references, [`macro@component`] makes a type
//! a class, and [`derive(Marshal)`](macro@Marshal) makes a value one that can travel with a call.
//!
//! They expand to paths of the crate `complus`, which re-exports them; there is nothing else to use this crate for.
//! What they cannot accept they refuse, with the reason.

mod complaints;
mod component;
mod interface;
mod marshal;
mod words;

use proc_macro::TokenStream;

/// Makes a trait an interface: `Ref<dyn Trait>` has its methods, which run in the context of the object.
///
/// Methods take `&self` and owned arguments, 12 at most, and answer a `Result` of `complus` or an `HResult`. Their places in the
/// interface are 3, 4, 5 ... in the order in which they are written, after those of IUnknown; `cfg` would move them, and is
/// refused. A method with
/// `#[auto_complete]` ends the activation of a JIT object unless it says otherwise. A method may have a body, for
/// components that have none of their own.
///
/// The IID is derived from the trait's full name, so that it is the same in every build; `iid = ".."` fixes another one.
///
/// ```
/// use complus::{Ref, Result};
///
/// #[complus::interface(iid = "7f1c8b52-6a0e-4c3a-9d7b-2f5d6e8a9b02")]
/// trait Account {
///     #[auto_complete]
///     fn debit(&self, amount: i64) -> Result<()>;
///     fn heir(&self) -> Result<Ref<dyn Account>>;
/// }
///
/// fn inherit(account: &Ref<dyn Account>) -> Result<()> {
///     account.heir()?.debit(10)
/// }
/// ```
#[proc_macro_attribute]
pub fn interface(arguments: TokenStream, item: TokenStream) -> TokenStream {
    interface::expand(arguments.into(), item.into()).into()
}

/// Makes a type a component, which `Runtime::install` puts into the catalog.
///
/// | key | is |
/// |---|---|
/// | `interfaces(A, B)` | the interfaces that it implements |
/// | `prog_id = ".."` | its ProgID |
/// | `clsid = ".."` | its CLSID; otherwise derived from the ProgID, else from the type's full name |
/// | `application = ".."` | the application it is installed into; otherwise the first part of the ProgID, else the name of the package |
/// | `description = ".."` | Description |
/// | `threading = Both` | ThreadingModel: Both, Free, Neutral, Apartment or Main; Both if nothing is said |
/// | `transaction = Required` | Transaction |
/// | `isolation = Serializable` | TxIsolationLevel |
/// | `timeout = 30` | ComponentTransactionTimeout, in seconds |
/// | `synchronization = Required` | Synchronization |
/// | `just_in_time` | JustInTimeActivation |
/// | `pooled(min = 1, max = 5, creation_timeout = 2000)` | object pooling; the time-out in milliseconds |
/// | `construction = ".."` | ConstructorString |
/// | `must_run_in_client_context`, `must_run_in_default_context` | the same properties |
/// | `private`, `access_checks`, `event_tracking` | IsPrivateComponent, ComponentAccessChecksEnabled, EventTrackingEnabled |
/// | `free_threaded_marshaler` | its objects aggregate the free-threaded marshaler |
/// | `control` | it implements `ObjectControl` |
/// | `construct` | it implements `ObjectConstruct` |
/// | `create = path` | the function that makes one, `fn() -> Self` or `fn() -> Result<Self>`; otherwise `Default` |
///
/// A key that is a switch is on when it is named alone; `just_in_time = false` turns it off. What is not said is left to
/// the catalog.
///
/// A method that has to give out its object gets a reference to it from `Ref::to_self(self)`.
///
/// `Apartment` and `Main` components live on one thread, where they are made, called and dropped. All others may be called
/// by any thread, and have to be `Send` and `Sync`.
///
/// ```
/// use complus::{ActivityCell, Result};
/// # #[complus::interface] trait Account { fn debit(&self, amount: i64) -> Result<()>; }
///
/// #[complus::component(prog_id = "Bank.Account", interfaces(Account), transaction = Required, just_in_time = true)]
/// #[derive(Default)]
/// struct AccountComponent {
///     balance: ActivityCell<i64>,
/// }
///
/// impl Account for AccountComponent {
///     fn debit(&self, amount: i64) -> Result<()> {
///         self.balance.with(|balance| *balance -= amount)
///     }
/// }
/// ```
#[proc_macro_attribute]
pub fn component(arguments: TokenStream, item: TokenStream) -> TokenStream {
    component::expand(arguments.into(), item.into()).into()
}

/// Lets a struct or an enum travel with a call, if all that it is made of can.
///
/// ```
/// use complus::{Marshal, Ref, Result};
/// # #[complus::interface] trait Account { fn debit(&self, amount: i64) -> Result<()>; }
///
/// #[derive(Marshal)]
/// enum Order {
///     Transfer { amount: i64, to: Ref<dyn Account> },
///     Close(Option<Ref<dyn Account>>),
/// }
///
/// #[complus::interface]
/// trait Teller {
///     fn execute(&self, orders: Vec<Order>) -> Result<()>;
/// }
/// ```
#[proc_macro_derive(Marshal)]
pub fn derive_marshal(item: TokenStream) -> TokenStream {
    marshal::expand(item.into()).into()
}
