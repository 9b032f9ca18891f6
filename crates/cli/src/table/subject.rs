//! Subjects: what the tables of one page have in common, and the pages that are written of them.

use super::{
    Format, Known, Table, activation, activities, activity_objects, attributes, calls, catalog, component, context,
    domain, entry, gates, lives, marshaling, messages, pools, services, threads,
};

/// Tables that are read together.
pub(crate) struct Subject {
    /// The name of its page, without extension.
    pub(crate) name: &'static str,
    /// Its heading.
    pub(crate) title: &'static str,
    /// Its tables, by the files that make them.
    pub(super) tables: &'static [&'static [Known]],
}

/// All subjects, and so all tables, in the order in which they are best read.
pub(crate) const SUBJECTS: &[Subject] = &[
    Subject {
        name: "service-domains",
        title: "Service domains and their configuration",
        tables: &[domain::KNOWN, services::KNOWN, entry::KNOWN],
    },
    Subject { name: "activity-objects", title: "Activity objects", tables: &[activity_objects::KNOWN] },
    Subject { name: "contexts", title: "Contexts and their flags", tables: &[context::KNOWN] },
    Subject {
        name: "activation",
        title: "Activation: the context of a new object",
        tables: &[gates::KNOWN, component::KNOWN, activation::KNOWN, attributes::KNOWN, catalog::KNOWN],
    },
    Subject { name: "life-of-an-object", title: "The life of an object", tables: &[lives::KNOWN] },
    Subject { name: "activities", title: "Activities and their lock", tables: &[activities::KNOWN] },
    Subject { name: "apartments", title: "Apartments and pools", tables: &[threads::KNOWN, pools::KNOWN] },
    Subject {
        name: "calls",
        title: "Messages, waits and calls between apartments",
        tables: &[messages::KNOWN, calls::KNOWN],
    },
    Subject { name: "marshaling", title: "References and marshaling", tables: &[marshaling::KNOWN] },
];

impl Subject {
    /// Its tables.
    pub(super) fn tables(&self) -> impl Iterator<Item = Table> {
        self.tables.iter().copied().flatten().map(Table::build)
    }
}

/// A file of tables.
pub(crate) struct Page {
    /// The file's name.
    pub(crate) file: String,
    /// What it holds.
    pub(crate) text: String,
}

/// The command that writes the pages in docs/tables; a test names it when they are out of date.
const COMMAND: &str = "cargo complus table --all --format markdown -o docs/tables";

/// Every table: in Markdown a page for each subject and one that lists them, else a file for each table.
pub(crate) fn pages(format: Format) -> Vec<Page> {
    let extension = match format {
        Format::Markdown => return markdown(),
        Format::Text => "txt",
        Format::Csv => "csv",
        Format::Json => "json",
    };
    let tables = SUBJECTS.iter().flat_map(Subject::tables);
    tables.map(|table| Page { file: format!("{}.{extension}", table.name), text: table.render(format) }).collect()
}

fn markdown() -> Vec<Page> {
    let page = |subject: &Subject| {
        let tables = subject.tables().map(|table| table.render(Format::Markdown));
        let text = format!("# {}\n\n{}\n", subject.title, GENERATED) + &tables.collect::<Vec<_>>().join("\n");
        Page { file: format!("{}.md", subject.name), text }
    };
    let index = Page { file: "README.md".into(), text: index() };
    [index].into_iter().chain(SUBJECTS.iter().map(page)).collect()
}

/// What a page says of itself.
const GENERATED: &str = "Computed from the rules; the [index](README.md) says how.\n";

fn index() -> String {
    let mut text = format!(
        "# Truth tables\n\nWhat the rules answer, for every combination of their inputs, in the words of the \
         specification's own tables; the\nheading of each names its section there. No cell is written by hand: `{COMMAND}` \
         writes\nthese pages, and a test fails when they are out of date. `complus table NAME` prints one table; \
         `tests/tables` has the\ntranscriptions from the specification that the rules are tested against.\n"
    );
    for subject in SUBJECTS {
        text += &format!(
            "\n## [{}]({}.md)\n\n| table | says | specification |\n| --- | --- | --- |\n",
            subject.title, subject.name
        );
        for Table { name, title, section, .. } in subject.tables() {
            text += &format!("| `{name}` | {title} | {section} |\n");
        }
    }
    text
}
