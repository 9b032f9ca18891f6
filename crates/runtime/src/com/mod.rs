//! The calls in the shape that COM gives them, for code that is ported line by line.
//!
//! ```
//! use complus_runtime::{Runtime, ServiceConfig, StatusObject, com};
//! use complus_core::{attribute::{ApartmentModel, TransactionConfig}, hresult::S_OK};
//! # let runtime = Runtime::builder().build()?;
//! # let _bound = runtime.enter();
//! com::co_initialize_ex(None, ApartmentModel::Multithreaded)?;
//! let status = StatusObject::new();
//! com::co_enter_service_domain(&ServiceConfig::new().transaction(TransactionConfig::New))?;
//! com::co_leave_service_domain(Some(&status));
//! assert_eq!(status.transaction_status(), S_OK);
//! com::co_uninitialize();
//! # Ok::<(), complus_core::Error>(())
//! ```

mod activity;
mod apartment;
mod class;
mod context;
mod domain;
mod marshal;
mod message;
mod object_pool;
mod spy;
mod wait;

pub use activity::*;
pub use apartment::*;
pub use class::*;
pub use context::*;
pub use domain::*;
pub use marshal::*;
pub use message::*;
pub use object_pool::*;
pub use spy::*;
pub use wait::*;
