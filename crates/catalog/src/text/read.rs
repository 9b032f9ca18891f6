//! From a file to a database: everything is read and checked, and every mistake is shown at its place.

use super::{
    FORMAT,
    place::{code, find, other_spellings, show_violation, step},
    tree::{self, Content, Key, Tree},
    value,
};
use crate::{
    Catalog, Options,
    admin::activators,
    node::Node,
    record::Record,
    rules::{self, own},
    schema::{CollectionId, Property, Schema, Shape, Source as Origin, component},
    value::Value,
};
use complus_core::{CatalogDefaults, error::CatalogError, rules::coherence::Services};
use complus_diagnostic::{Diagnostic, FileError, Source, Span, suggest};
use std::collections::HashMap;

/// A file that was read.
#[derive(Debug)]
pub struct Loaded {
    /// The database.
    pub catalog: Catalog,
    /// What is tolerated and should be looked at (O-03, O-35).
    pub warnings: Option<FileError>,
}

/// Which of the two languages a file is written in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Language {
    /// TOML.
    Toml,
    /// Its JSON twin.
    Json,
}

impl Language {
    /// By the end of a file's name; TOML unless it is `.json`.
    pub fn of(name: &str) -> Self {
        if name.to_ascii_lowercase().ends_with(".json") { Self::Json } else { Self::Toml }
    }
}

/// Reads a database from a text; the end of the source's name says whether it is JSON.
///
/// The profile of the defaults is the file's; the other options are taken as they are.
///
/// # Errors
/// Every mistake in the file, each with its place. It stands for COMADMIN_E_REGFILE_CORRUPT, or for
/// COMADMIN_E_APP_FILE_VERSION when the format is unknown.
///
/// ```
/// use complus_catalog::{Options, parse};
/// use complus_diagnostic::Source;
/// let text = "format = 1\ndefaults = \"ws2003\"\n[machine]\ntransacton_timeout = 30\n";
/// let error = parse(Source::new("m.toml", text), Options::default()).unwrap_err().to_string();
/// assert!(error.contains("m.toml:4:1") && error.contains("did you mean `TransactionTimeout`?"));
/// ```
pub fn parse(source: Source, options: Options) -> Result<Loaded, FileError> {
    let (root, warnings) = read(&source)?;
    let mut options = options;
    options.compat.defaults = root.record.profile();
    let warnings = (!warnings.is_empty()).then(|| FileError::new(source, warnings));
    Ok(Loaded { catalog: Catalog::of(root, options), warnings })
}

/// Reads the content of a file; everything in it obeys the rules.
pub(crate) fn read(source: &Source) -> Result<(Node, Vec<Diagnostic>), FileError> {
    let (tree, problems) = match Language::of(&source.name) {
        Language::Toml => tree::toml(&source.text),
        Language::Json => tree::json(&source.text),
    };
    let fail = |problems| Err(FileError::new(source.clone(), problems));
    if !problems.is_empty() {
        return fail(problems);
    }
    let mut reading = Reading { profile: CatalogDefaults::Ws2003, known: HashMap::new(), problems, warnings: vec![] };
    reading.header(&tree);
    let mut root = Node::root(reading.profile);
    reading.below(&mut root, tree.entries());
    if reading.problems.is_empty() {
        let violations = rules::check_all(&root);
        reading.problems.extend(violations.iter().map(|violation| show_violation(&tree, violation)));
    }
    if reading.problems.is_empty() {
        for application in root.applications() {
            let way = vec![step(application)];
            other_spellings(application, application, way, &mut |way, role| {
                let span = find(&tree, way).map_or(Span::default(), |tree| tree.span);
                let message = format!("the role is spelt `{role}` where it is defined");
                reading.warnings.push(Diagnostic::new(span, message, "another letter case (O-35)"));
            });
        }
    }
    if reading.problems.is_empty() { Ok((root, reading.warnings)) } else { fail(reading.problems) }
}

/// What is in `root`, and what a tree says beside it; everything together obeys the rules.
pub(super) fn into(root: &Node, tree: &Tree<'_>) -> Result<Node, Vec<Diagnostic>> {
    let (profile, known) = (root.record.profile(), HashMap::new());
    let mut reading = Reading { profile, known, problems: vec![], warnings: vec![] };
    let mut root = root.clone();
    reading.below(&mut root, tree.entries());
    if reading.problems.is_empty() {
        let violations = rules::check_all(&root);
        // The place tells more than ids that another language may have made.
        let shown = violations.iter().map(|it| Diagnostic { help: None, ..show_violation(tree, it) });
        reading.problems.extend(shown);
    }
    if reading.problems.is_empty() { Ok(root) } else { Err(reading.problems) }
}

/// What a key means in the table of an object.
#[derive(Clone, Copy)]
enum Meaning {
    Property(u8),
    Below(CollectionId),
    /// The file's own: format, defaults, and `x`, which is free for tools.
    Header,
    Unknown,
}

struct Reading<'t> {
    profile: CatalogDefaults,
    /// What keys mean, found out once.
    known: HashMap<(CollectionId, &'t str), Meaning>,
    problems: Vec<Diagnostic>,
    warnings: Vec<Diagnostic>,
}

const HEADER: [&str; 3] = ["format", "defaults", "x"];

impl<'t> Reading<'t> {
    fn problem(&mut self, span: Span, message: String, label: &str, help: Option<String>) {
        let problem = Diagnostic::new(span, message, label);
        self.problems.push(match help {
            Some(help) => problem.help(help),
            None => problem,
        });
    }

    /// `format` and `defaults`, which every file begins with.
    fn header(&mut self, tree: &'t Tree<'t>) {
        let find = |name: &str| tree.entries().iter().find(|(key, _)| key.name == name);
        let top = Span { start: 0, end: 0 };
        match find("format").map(|(_, value)| (&value.content, value.span)) {
            Some((Content::Number(FORMAT), _)) => {}
            Some((_, span)) => {
                let message = format!("the format is none that is known {}", code("A.10", CatalogError::FileVersion));
                self.problem(span, message, "unknown format", Some(format!("write `format = {FORMAT}`")));
            }
            None => self.problem(
                top,
                "the file has no `format`".into(),
                "",
                Some(format!("begin it with `format = {FORMAT}`")),
            ),
        }
        match find("defaults").map(|(_, value)| (&value.content, value.span)) {
            Some((Content::Text(name), _)) if name.eq_ignore_ascii_case("ws2003") => {}
            Some((Content::Text(name), _)) if name.eq_ignore_ascii_case("w2k") => self.profile = CatalogDefaults::W2k,
            Some((_, span)) => {
                let help = "write \"ws2003\", or \"w2k\" for the defaults of Windows 2000".to_string();
                self.problem(span, "`defaults` must be \"ws2003\" or \"w2k\"".into(), "unknown profile", Some(help));
            }
            None => {
                let help = "write `defaults = \"ws2003\"` below `format`".to_string();
                self.problem(top, "the file has no `defaults`".into(), "", Some(help));
            }
        }
    }

    fn meaning(&mut self, schema: &'static Schema, name: &'t str) -> Meaning {
        *self.known.entry((schema.id, name)).or_insert_with(|| {
            if schema.id == CollectionId::Root && HEADER.contains(&name) {
                return Meaning::Header;
            }
            let below =
                |id: &&CollectionId| id.schema().shape.key().is_some_and(|key| crate::schema::same_word(key, name));
            if let Some(id) = schema.stored.iter().find(below) {
                return Meaning::Below(*id);
            }
            match schema.position(name) {
                Some(at) if schema.id != CollectionId::Root => Meaning::Property(at),
                _ => Meaning::Unknown,
            }
        })
    }

    /// Everything in the table of an object: its properties, and what is below it.
    fn below(&mut self, node: &mut Node, entries: &'t [(Key<'t>, Tree<'t>)]) {
        let schema = node.record.schema();
        let mut seen = 0u64;
        let mut machine_seen = false;
        for (key, tree) in entries {
            match self.meaning(schema, &key.name) {
                Meaning::Header => {}
                Meaning::Property(at) => {
                    if seen & 1 << at != 0 {
                        let name = schema.property(at).name;
                        self.problem(key.span, format!("`{name}` stands here twice"), "a second spelling", None);
                    }
                    seen |= 1 << at;
                    self.property(&mut node.record, at, key, tree);
                }
                Meaning::Below(CollectionId::LocalComputer) if !machine_seen => {
                    machine_seen = true;
                    let mut machine = node.machine().clone(); // beside what it says already
                    self.expect_table(key, tree);
                    self.below(&mut machine, tree.entries());
                    node.below_mut(CollectionId::LocalComputer)[0] = machine.into();
                }
                Meaning::Below(CollectionId::LocalComputer) => {
                    self.problem(key.span, "the machine stands here twice".into(), "a second spelling", None);
                }
                Meaning::Below(id) => self.collection(node, id, key, tree),
                Meaning::Unknown => {
                    let message = format!("there is no `{}` here", key.name);
                    let help = suggest::advice(&key.name, names(schema).iter().copied());
                    self.problem(key.span, message, "unknown key", Some(help));
                }
            }
        }
        self.finish(node, entries, seen);
    }

    fn expect_table(&mut self, key: &Key<'_>, tree: &Tree<'_>) {
        if !matches!(tree.content, Content::Table(_)) {
            let message = format!("`{}` must be a table, not {}", key.name, tree.what());
            self.problem(tree.span, message, "this is not", None);
        }
    }

    fn collection(&mut self, node: &mut Node, id: CollectionId, key: &Key<'t>, tree: &'t Tree<'t>) {
        let schema = id.schema();
        let names = matches!(schema.shape, Shape::Names(_));
        if !matches!(tree.content, Content::List(_)) && (names || !matches!(tree.content, Content::Table(_))) {
            let what = if names { "a list of names" } else { "one table or several" };
            let message = format!("`{}` must be {what}, not {}", key.name, tree.what());
            return self.problem(tree.span, message, "this is not", None);
        }
        node.below_mut(id).reserve(tree.elements().len());
        for element in tree.elements() {
            let mut item = Node::new(Record::new(id, self.profile));
            match &element.content {
                Content::Text(_) if names => self.property(&mut item.record, schema.key, key, element),
                Content::Table(entries) if !names => self.below(&mut item, entries),
                _ => {
                    let what = if names { "a name" } else { "a table" };
                    let message = format!("each of `{}` must be {what}, not {}", key.name, element.what());
                    self.problem(element.span, message, "this is not", None);
                }
            }
            node.push(item);
        }
    }

    fn property(&mut self, record: &mut Record, at: u8, key: &Key<'t>, tree: &Tree<'t>) {
        let property = record.schema().property(at);
        let stand = match property.source {
            Origin::Record => None,
            Origin::Ancestor(_) => Some("it follows from where the object stands"),
            Origin::Below => Some("it follows from what the object consists of"),
            Origin::Nowhere => Some("no file holds a password"),
        };
        if let Some(why) = stand {
            let message = format!("`{}` is not written in a file: {why}", property.name);
            return self.problem(key.span, message, "leave it out", None);
        }
        let found = match value::read(property, tree) {
            Ok(found) => found,
            Err((expected, help)) => {
                let message = format!("`{}` must be {expected}", key.name);
                return self.problem(tree.span, message, "this is not", help);
            }
        };
        let found = match found {
            Value::Text(text) if property.name_like => Value::from(text.trim()),
            found => found,
        };
        match rules::range_fault(property, found.view()) {
            Some(_) if property.zero_tolerated && found == Value::Long(0) => {
                let message = format!("`{}` should be {}; zero is kept", key.name, value::range(property));
                self.warnings.push(Diagnostic::new(tree.span, message, "out of range (O-03)"));
            }
            Some(error) => {
                let message = format!("`{}` must be {} {}", key.name, value::range(property), code("R1", error));
                return self.problem(tree.span, message, "out of range", None);
            }
            None => {}
        }
        record.put(at, found);
    }

    /// What has to be there, and what follows from the rest.
    fn finish(&mut self, node: &mut Node, entries: &[(Key<'t>, Tree<'t>)], seen: u64) {
        let schema = node.record.schema();
        let keyed = matches!(schema.shape, Shape::Tables(_));
        if keyed && seen & 1 << schema.key == 0 && self.problems.is_empty() {
            let span = entries.first().map_or(Span::default(), |(key, _)| key.span);
            let message = format!("this {} has no `{}`", schema.shape.key().unwrap_or_default(), schema.key().name);
            self.problem(span, message, "the table that begins here", None);
        }
        match schema.id {
            CollectionId::Components => self.services(node, entries, seen),
            CollectionId::Partitions if node.below(CollectionId::RolesForPartition).is_empty() => {
                let role = activators(node);
                node.push(role);
            }
            _ => {}
        }
        node.settle();
    }

    /// A.6.1: what is not said follows from what is; what is said has to be right as it stands.
    fn services(&mut self, node: &mut Node, entries: &[(Key<'t>, Tree<'t>)], seen: u64) {
        let wish = own::services(node);
        let settled = Services::DEFAULT.settle(wish).unwrap_or(wish);
        let mut said = |at: u8, differs: bool, needed: String| {
            if differs && seen & 1 << at != 0 {
                let property = schema_of_components().property(at);
                let place = entries.iter().find(|(key, _)| property.is_called(&key.name));
                let span = place.map_or(Span::default(), |(_, tree)| tree.span);
                let error = code("A.6.1", CatalogError::PropertySaveFailed);
                let message = format!("`{}` must be {needed} with the other settings {error}", property.name);
                self.problem(span, message, "contradicts them", None);
            }
        };
        let (jit, sync) = (component::JUST_IN_TIME_ACTIVATION, component::SYNCHRONIZATION);
        said(jit.at, settled.just_in_time != wish.just_in_time, "true".into());
        said(sync.at, settled.synchronization != wish.synchronization, settled.synchronization.name().into());
        node.record.set(jit, settled.just_in_time);
        node.record.set(sync, settled.synchronization);
    }
}

fn schema_of_components() -> &'static Schema {
    CollectionId::Components.schema()
}

/// What may stand in the table of an object.
fn names(schema: &'static Schema) -> Vec<&'static str> {
    let properties: &[Property] = if schema.id == CollectionId::Root { &[] } else { schema.properties };
    let written = properties.iter().filter(|property| property.source == Origin::Record).map(Property::file_name);
    let below = schema.stored.iter().filter_map(|id| id.schema().shape.key());
    let header: &[&str] = if schema.id == CollectionId::Root { &HEADER } else { &[] };
    written.chain(below).chain(header.iter().copied()).collect()
}
