//! Classes by name: ProgIDs, and the monikers `new:` and `partition:` (ACT 3.1, SEC C.1, E.2).

use super::Activation;
use crate::thread;
use complus_core::{
    error::{ClassError, Result},
    id::PartitionId,
};
use uuid::Uuid;

impl Activation {
    /// CLSIDFromProgID: an object of the class that has this ProgID in the machine's catalog; letter case does not count.
    ///
    /// # Errors
    /// CO_E_CLASSSTRING when there is none; E_UNEXPECTED when an observer calls.
    pub fn of_prog_id(prog_id: &str) -> Result<Self> {
        let (machine, _) = thread::here()?;
        let clsid = machine.catalog.snapshot().classes().clsid(prog_id);
        clsid.map(Self::of).ok_or_else(|| ClassError::UnknownName.into())
    }

    /// CoGetObject, as far as it makes objects: `new:` and a CLSID or a ProgID, and before it, if the class is to be looked
    /// for in a certain partition, `partition:` with its id and a slash. Braces of ids may be left out; the names of the
    /// monikers ignore letter case.
    ///
    /// # Errors
    /// MK_E_SYNTAX for a text that is nothing of the kind; CO_E_CLASSSTRING for a ProgID that there is not; E_UNEXPECTED
    /// when an observer calls. Whether partition and class can be used [`create`](Self::create) finds out.
    ///
    /// ```
    /// # use complus_runtime::{Activation, Runtime};
    /// # use complus_core::hresult::{CO_E_CLASSSTRING, MK_E_SYNTAX};
    /// # let runtime = Runtime::builder().build()?;
    /// # let _bound = runtime.enter();
    /// let transfer = "new:{8F2B5C1E-51A0-4D0B-9C55-0E5A3D1F0101}";
    /// assert!(Activation::from_moniker(transfer).is_ok());
    /// let in_partition = format!("partition:{{41E90F3E-56C1-4633-81C3-6E8BAC8BDD70}}/{transfer}");
    /// assert!(Activation::from_moniker(&in_partition).is_ok());
    /// assert_eq!(Activation::from_moniker("transfer").unwrap_err().hresult(), MK_E_SYNTAX);
    /// assert_eq!(Activation::from_moniker("new:Bank.Transfer").unwrap_err().hresult(), CO_E_CLASSSTRING);
    /// # Ok::<(), complus_core::Error>(())
    /// ```
    pub fn from_moniker(text: &str) -> Result<Self> {
        let (partition, class) = match text.split_once('/') {
            Some((partition, class)) => (Some(argument(partition, "partition")?), class),
            None => (None, text),
        };
        let partition = partition.map(id).transpose()?;
        let class = argument(class, "new")?;
        let request = match id(class) {
            Ok(clsid) => Self::of(clsid),
            Err(_) if class.starts_with('{') || class.is_empty() => return Err(ClassError::BadMoniker.into()),
            Err(_) => Self::of_prog_id(class)?,
        };
        Ok(partition.map(PartitionId).into_iter().fold(request, Self::partition))
    }
}

/// What comes after the name of a moniker.
fn argument<'a>(text: &'a str, name: &str) -> Result<&'a str, ClassError> {
    let parts = text.split_once(':').filter(|(own, _)| own.trim().eq_ignore_ascii_case(name));
    parts.map(|(_, argument)| argument.trim()).ok_or(ClassError::BadMoniker)
}

fn id(text: &str) -> Result<Uuid, ClassError> {
    Uuid::try_parse(text).map_err(|_| ClassError::BadMoniker)
}
