//! A component in Rust: a trait as its interface, a struct as its class, references with a type.
//!
//! A client in the multithreaded apartment uses accounts that live in single-threaded apartments. References that it
//! passes along arrive as ones that the callee can use, and one that comes home is the object itself.

#![allow(clippy::print_stdout, reason = "an example shows what happens")]

use complus::{Result, prelude::*};

/// What accounts can do.
#[complus::interface]
trait Account {
    fn credit(&self, amount: i64) -> Result<()>;
    fn balance(&self) -> Result<i64>;
    fn transfer(&self, amount: i64, to: Ref<dyn Account>) -> Result<()>;
    fn set_heir(&self, heir: Option<Ref<dyn Account>>) -> Result<()>;
    fn heir(&self) -> Result<Option<Ref<dyn Account>>>;
}

/// An account, which is called by one causality at a time.
#[complus::component(prog_id = "Bank.Account", interfaces(Account), threading = Apartment)]
#[derive(Default)]
struct AccountComponent {
    balance: ActivityCell<i64>,
    heir: ActivityCell<Option<Ref<dyn Account>>>,
}

impl Account for AccountComponent {
    fn credit(&self, amount: i64) -> Result<()> {
        self.balance.with(|balance| *balance += amount)
    }

    fn balance(&self) -> Result<i64> {
        self.balance.with(|balance| *balance)
    }

    fn transfer(&self, amount: i64, to: Ref<dyn Account>) -> Result<()> {
        to.credit(amount)?; // no borrow is open while it calls out: it may be called back
        self.credit(-amount)
    }

    fn set_heir(&self, heir: Option<Ref<dyn Account>>) -> Result<()> {
        self.heir.with(|own| *own = heir)
    }

    fn heir(&self) -> Result<Option<Ref<dyn Account>>> {
        self.heir.with(|heir| heir.clone())
    }
}

fn main() -> Result<()> {
    complus::install::<AccountComponent>()?;
    let _apartment = Apartment::initialize(ApartmentModel::Multithreaded)?;

    let ann: Ref<dyn Account> = complus::create_instance("Bank.Account")?;
    let bob: Ref<dyn Account> = complus::create_instance("Bank.Account")?;
    ann.credit(100)?;
    ann.transfer(30, bob.clone())?;
    println!("Ann has {}, Bob has {}", ann.balance()?, bob.balance()?);

    ann.set_heir(Some(bob.clone()))?;
    let heir = ann.heir()?.expect("it was set");
    println!("Ann's heir is Bob: {}; called through a proxy: {}", heir == bob, heir.is_proxy());
    Ok(())
}
