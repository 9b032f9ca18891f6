//! `complus catalog set` and `install`: changes by the rules of the catalog, written back into the file.

use super::{load, save, target};
use crate::{Exit, output};
use clap::Args;
use complus_catalog::{
    Catalog as Database, ClassDescriptor, Collection, InterfaceDescriptor, MethodDescriptor, Step, Value,
    schema::{CollectionId, Schema, component},
};
use complus_core::attribute::ThreadingModel;
use complus_diagnostic::suggest;
use std::path::PathBuf;

/// Arguments of `complus catalog set`.
#[derive(Args)]
pub(super) struct Set {
    /// The catalog file.
    file: PathBuf,
    /// The object, as for show.
    object: String,
    /// What to set: Transaction=Required.
    #[arg(required = true, value_name = "PROPERTY=VALUE")]
    settings: Vec<String>,
}

/// Arguments of `complus catalog install`.
#[derive(Args)]
pub(super) struct Install {
    /// The catalog file.
    file: PathBuf,
    /// The application, by name or id.
    application: String,
    /// The ProgID of the class.
    progid: String,
    /// The CLSID of the class.
    #[arg(long)]
    clsid: String,
    /// The key of the factory that makes its objects.
    #[arg(long, default_value = "")]
    factory: String,
    /// Apartment, Free, Main, Both, Neutral or NotSpecified.
    #[arg(long, default_value = "Both")]
    threading_model: String,
    /// An interface with its methods, the first of which has index 3: "IAccount={IID}:Debit,Credit".
    #[arg(long = "interface", required = true, value_name = "NAME={IID}:METHOD,..")]
    interfaces: Vec<String>,
    /// Properties of the component: Transaction=Required.
    #[arg(value_name = "PROPERTY=VALUE")]
    settings: Vec<String>,
}

/// A setting as a property of the collection and its value.
fn setting(schema: &'static Schema, text: &str) -> Result<(&'static str, Value), String> {
    let (name, word) = text.split_once('=').ok_or_else(|| format!("`{text}` is no PROPERTY=VALUE pair"))?;
    let found = schema.properties.iter().find(|property| property.is_called(name.trim()));
    let property = found.ok_or_else(|| {
        let names = schema.properties.iter().map(|property| property.name);
        let advice = suggest::nearest(name, names).map(|near| format!("; did you mean `{near}`?")).unwrap_or_default();
        format!("{} has no property `{name}`{advice}", schema.name)
    })?;
    Ok((property.name, property.parse(word)?))
}

/// Saves a collection; tells every refused item.
fn commit(collection: &mut Collection) -> Result<bool, String> {
    let saved = collection.save_changes();
    for row in collection.error_info() {
        output::complain(&format!("{}: {}: {}", row.name, row.minor_ref, row.error));
    }
    match saved.result {
        Ok(()) => Ok(true),
        Err(_) if !collection.error_info().is_empty() => Ok(false),
        Err(error) => Err(error.to_string()),
    }
}

/// Changes properties of the object at the end of a way; false if the catalog refuses them.
fn change(catalog: &Database, path: &[Step], settings: &[String]) -> Result<bool, String> {
    let Some((last, above)) = path.split_last() else { return Err("no object is named".into()) };
    let keys: Vec<Value> = above.iter().map(|step| step.key.clone()).collect();
    let say = |error: complus_core::Error| error.to_string();
    let mut collection = catalog.administer().collection_by_query(last.collection.schema().name, &keys).map_err(say)?;
    collection.populate().map_err(say)?;
    let item = collection.find_mut(&last.key).ok_or("the object is gone")?;
    for text in settings {
        let (name, value) = setting(last.collection.schema(), text)?;
        item.put(name, value).map_err(|error| format!("{name}: {error}"))?;
    }
    commit(&mut collection)
}

impl Set {
    pub(super) fn carry_out(&self) -> Result<Exit, String> {
        let catalog = load(&self.file)?;
        let path = target::find(catalog.snapshot().root(), &self.object)?.path;
        if !change(&catalog, &path, &self.settings)? {
            return Ok(Exit::Failing);
        }
        save(&self.file, &catalog)?;
        Ok(Exit::Good)
    }
}

fn interface(text: &str) -> Result<InterfaceDescriptor, String> {
    let wrong = || format!("`{text}` is no NAME={{IID}}:METHOD,..");
    let (name, rest) = text.split_once('=').ok_or_else(wrong)?;
    let (iid, methods) = rest.split_once(':').unwrap_or((rest, ""));
    let iid = component_id(iid).ok_or_else(wrong)?;
    let methods = methods.split(',').map(str::trim).filter(|name| !name.is_empty());
    let method = |described: InterfaceDescriptor, (index, name)| {
        described.method(MethodDescriptor { index, name, in_only: false, auto_complete: false })
    };
    Ok((3..).zip(methods).fold(InterfaceDescriptor::new(iid, name.trim()), method))
}

/// An id with or without braces.
fn component_id(text: &str) -> Option<uuid::Uuid> {
    match component::CLSID.property().parse(text.trim()) {
        Ok(Value::Guid(id)) => Some(id),
        _ => None,
    }
}

impl Install {
    pub(super) fn carry_out(&self) -> Result<Exit, String> {
        let catalog = load(&self.file)?;
        let clsid = component_id(&self.clsid).ok_or_else(|| format!("`{}` is no id", self.clsid))?;
        let model: ThreadingModel = self.threading_model.parse().map_err(|error| format!("{error}"))?;
        let mut class = ClassDescriptor::new(clsid, &self.progid).factory(&self.factory).threading_model(model);
        for text in &self.interfaces {
            class = class.interface(interface(text)?);
        }
        // both or nothing: the file is written when all of it was accepted
        let refused = |error: complus_core::Error| {
            output::complain(&error.to_string());
            Exit::Failing
        };
        let administrator = catalog.administer();
        let application = administrator.application(&self.application).map_err(|error| error.to_string())?;
        if let Err(error) = administrator.install_component(&self.application, &class) {
            return Ok(refused(error));
        }
        let step = |collection, key| Step { collection, key: Value::Guid(key) };
        let path = [step(CollectionId::Applications, application), step(CollectionId::Components, clsid)];
        if !self.settings.is_empty() && !change(&catalog, &path, &self.settings)? {
            return Ok(Exit::Failing);
        }
        save(&self.file, &catalog)?;
        Ok(Exit::Good)
    }
}
