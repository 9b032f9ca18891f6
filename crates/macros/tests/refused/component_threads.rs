//! A component that several threads call has to be Send and Sync; one that is bound to its thread has not.

use std::{cell::RefCell, rc::Rc};

#[complus::component(threading = Both)]
#[derive(Default)]
struct Shared(Rc<String>);

#[complus::component(threading = Neutral)]
#[derive(Default)]
struct Celled(RefCell<i64>);

#[complus::component(threading = Apartment)]
#[derive(Default)]
struct Bound(Rc<RefCell<String>>);

fn main() {}
