//! `complus catalog show`: property names beside the words of the console.

use super::{Format, load, target};
use crate::{Exit, output};
use clap::Args;
use complus_catalog::{
    Node,
    schema::{CollectionId, Property, Shape, Source},
};
use serde::Serialize;
use std::path::PathBuf;

/// Arguments of `complus catalog show`.
#[derive(Args)]
pub(super) struct Show {
    /// The catalog file.
    file: PathBuf,
    /// The object: an application, a component by ProgID or CLSID, Application/Role, ProgID/Interface/Method, machine.
    /// Without it everything is listed.
    object: Option<String>,
    /// Also the properties that have their defaults.
    #[arg(long)]
    all: bool,
    /// How it is written.
    #[arg(long, value_enum, default_value_t)]
    format: Format,
}

/// One property of an object.
#[derive(Serialize)]
struct Line {
    property: &'static str,
    value: String,
    /// The words of the Component Services console.
    caption: &'static str,
    default: bool,
    /// False: other properties keep it from having an effect.
    effective: bool,
}

#[derive(Serialize)]
struct Shown {
    name: String,
    key: String,
    collection: &'static str,
    properties: Vec<Line>,
    below: Vec<Shown>,
}

impl Show {
    pub(super) fn carry_out(&self) -> Result<Exit, String> {
        let catalog = load(&self.file)?;
        let snapshot = catalog.snapshot();
        let root = snapshot.root();
        let shown: Vec<Shown> = match &self.object {
            Some(name) => vec![self.describe(target::find(root, name)?.node, true)],
            None => {
                let items = root.all_below().flat_map(|(_, items)| items);
                items.map(|node| self.describe(node, false)).collect()
            }
        };
        let text = match self.format {
            Format::Json => {
                let json = serde_json::to_string_pretty(&shown).map_err(|error| error.to_string())?;
                json + "\n"
            }
            Format::Text => {
                let mut text = String::new();
                shown.iter().for_each(|one| write(one, 0, self.object.is_some(), &mut text));
                text
            }
        };
        output::write(&text, None)?;
        Ok(Exit::Good)
    }

    fn describe(&self, node: &Node, with_properties: bool) -> Shown {
        let record = &node.record;
        let schema = record.schema();
        let lines = record.properties().filter(|(property, _)| property.source != Source::Ancestor(1));
        let lines = lines.map(|(property, value)| Line {
            property: property.name,
            value: shown(property, value),
            caption: property.caption,
            default: value == record.default_of(property),
            effective: record.is_effective(property),
        });
        let names_only = matches!(schema.shape, Shape::Names(_));
        let below = node.all_below().flat_map(|(_, items)| items);
        Shown {
            name: record.name(),
            key: record.key().to_string(),
            collection: schema.name,
            properties: if with_properties && !names_only {
                lines.filter(|line| self.all || !line.default).collect()
            } else {
                Vec::new()
            },
            below: below.map(|node| self.describe(node, false)).collect(),
        }
    }
}

fn shown(property: &Property, value: complus_catalog::ValueRef<'_>) -> String {
    match property.word(value) {
        Some(word) => format!("{word} ({value})"),
        None => value.to_string(),
    }
}

fn write(shown: &Shown, depth: usize, with_properties: bool, text: &mut String) {
    let indent = "  ".repeat(depth);
    let key = if shown.key == shown.name { String::new() } else { format!(" {}", shown.key) };
    let kind = CollectionId::named(shown.collection).and_then(|id| id.schema().shape.key()).unwrap_or(shown.collection);
    *text += &format!("{indent}{kind} {}{key}\n", shown.name);
    if with_properties {
        let width = |of: fn(&Line) -> usize| shown.properties.iter().map(of).max().unwrap_or(0);
        let (name, value) = (width(|line| line.property.len()), width(|line| line.value.chars().count()));
        for line in &shown.properties {
            let note = if line.effective { "" } else { "  [no effect with the other settings]" };
            let line = format!("{indent}    {:name$}  {:value$}  {}{note}", line.property, line.value, line.caption);
            *text += line.trim_end();
            text.push('\n');
        }
    }
    shown.below.iter().for_each(|one| write(one, depth + 1, false, text));
}
