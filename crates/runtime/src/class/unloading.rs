//! CoFreeUnusedLibraries: unloading in-process classes that nobody uses.

use super::{ClassFactory, in_process::Server};
use crate::{
    activation,
    apartment::{Home, Method},
    interception::{self, InContext},
    process::ProcessState,
    reference::iid,
    thread,
};
use complus_core::error::Result;
use complus_sync::Arc;

/// CoFreeUnusedLibraries: unloads the in-process classes of which no object and no reference is left. The main STA's
/// thread does it, and this one waits for it. Without effect on a thread without apartment (SYN 6.4).
///
/// # Errors
/// The failures of a call to the main STA.
pub fn free_unused_libraries() -> Result<()> {
    let (machine, process) = thread::here()?;
    let (is_initialized, own) =
        thread::bound(|binding| (binding.apartment().is_some(), binding.membership.sta().cloned()))?;
    if !is_initialized {
        return Ok(());
    }
    match process.apartments.main_sta() {
        Some(main) if own.is_none_or(|own| !Arc::ptr_eq(&own, &main)) => {
            let owner = process.clone();
            let context: Arc<dyn InContext> = activation::default_context(machine, process, Home::Sta(main));
            let method = Method { interface: iid::UNKNOWN, number: 3 };
            interception::visit(&context, method, move || {
                unload(&owner);
                Ok(())
            })
        }
        _ => {
            unload(&process);
            Ok(())
        }
    }
}

fn unload(process: &ProcessState) {
    let servers = &process.classes.servers;
    let loaded = servers.lock().clone();
    // Asked and dropped out here: both call foreign code.
    let willing: Vec<_> = loaded.into_iter().filter(|server| server.can_unload_now()).collect();
    let is_unused = |server: &mut Arc<Server>| {
        willing.iter().any(|other| Arc::ptr_eq(other, server)) && server.is_unused(2) // the table and `willing`
    };
    let unused: Vec<_> = servers.lock().extract_if(.., is_unused).collect();
    drop(unused);
}
