//! `complus explain`.

use crate::{Exit, output};
use clap::{Args, ValueEnum};
use complus_scenario::{
    Options,
    explain::{Question, component},
    trace::{Activated, Decision, Kind, Record},
    view::{self, reasons},
};
use std::path::PathBuf;

/// Arguments of `complus explain`.
#[derive(Args)]
pub(crate) struct Explain {
    /// A scenario file; with --at.
    #[arg(requires = "at", required_unless_present_any = ["config", "component"])]
    file: Option<PathBuf>,
    /// The domain, activity object or component to explain: its name, or the line of its `enter`, `activity` or
    /// `create`.
    #[arg(long, requires = "file")]
    at: Option<String>,
    /// The caller's context, or the creator's: "transaction=T1,activity=A1,apartment=mta,isolation=serializable".
    #[arg(long, default_value = "", conflicts_with = "file")]
    caller: String,
    /// The domain's configuration: the properties of `enter`, "transaction=New,synchronization=New".
    #[arg(long, conflicts_with = "file")]
    config: Option<String>,
    /// The component to activate: "transaction=Required,synchronization=Required,jit=true,threading-model=Both".
    /// What is not named is as in a raw-configured one, or with preset=installed as in a freshly installed one.
    #[arg(long, conflicts_with_all = ["file", "config"])]
    component: Option<String>,
    /// Policy switches for --component that are not at their defaults: "sync_required_shares=false".
    #[arg(long, default_value = "", requires = "component")]
    switches: String,
    /// The seed to run the file with.
    #[arg(long)]
    seed: Option<u64>,
    /// How the reasons are written.
    #[arg(long, value_enum, default_value_t)]
    format: Format,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
enum Format {
    /// Lines for people.
    #[default]
    Text,
    /// One JSON object per decision and line.
    Json,
}

impl Explain {
    pub(crate) fn carry_out(&self) -> Result<Exit, String> {
        let text = match (&self.file, &self.config, &self.component) {
            (Some(file), ..) => self.in_file(file)?,
            (None, _, Some(component)) => {
                let activated = component::Question::parse(&self.caller, component, &self.switches)?.ask();
                match self.format {
                    Format::Text => view::component::text(&activated),
                    Format::Json => view::component::json(&activated).to_string() + "\n",
                }
            }
            (None, Some(config), None) => {
                let (decision, answer) = Question::parse(&self.caller, config)?.ask(None);
                let advice = reasons::advice(&answer).filter(|_| self.format == Format::Text);
                self.show(Decided::Entry(&decision))
                    + &advice.map(|advice| format!("\n  {advice}\n")).unwrap_or_default()
            }
            (None, None, None) => return Err("give a file and --at, or --config, or --component".into()),
        };
        output::write(&text, None)?;
        Ok(Exit::Good)
    }

    fn in_file(&self, file: &std::path::Path) -> Result<String, String> {
        let scenario = super::read(file)?;
        let options = Options { seed: self.seed, ..Options::default() };
        let run = complus_scenario::run(&scenario, &options).map_err(|error| error.to_string())?;
        let at = self.at.as_deref().unwrap_or_default();
        let decisions = || run.records.iter().filter_map(decided);
        let asked = |(line, decided): &(usize, Decided<'_>)| decided.name() == Some(at) || line.to_string() == at;
        let found: Vec<String> = decisions().filter(asked).map(|(_, decided)| self.show(decided)).collect();
        if found.is_empty() {
            let mut known: Vec<String> = decisions()
                .map(|(line, decided)| match decided.name() {
                    Some(name) => format!("{name} (line {line})"),
                    None => format!("line {line}"),
                })
                .collect();
            known.dedup();
            return Err(format!(
                "{}: no domain is entered and no object made at `{at}`; that happens at {}",
                file.display(),
                known.join(", ")
            ));
        }
        Ok(found.join(if self.format == Format::Text { "\n" } else { "" }))
    }

    fn show(&self, decided: Decided<'_>) -> String {
        let value = match (self.format, decided) {
            (Format::Text, Decided::Entry(decision)) => return reasons::text(decision),
            (Format::Text, Decided::Activation(activated)) => return reasons::activation_text(activated),
            (Format::Json, Decided::Entry(decision)) => reasons::json(decision),
            (Format::Json, Decided::Activation(activated)) => reasons::activation_json(activated),
        };
        value.to_string() + "\n"
    }
}

/// A decision of a run.
#[derive(Clone, Copy)]
enum Decided<'r> {
    Entry(&'r Decision),
    Activation(&'r Activated),
}

impl Decided<'_> {
    fn name(&self) -> Option<&str> {
        match self {
            Self::Entry(decision) => decision.name.as_deref(),
            Self::Activation(activated) => activated.name.as_deref(),
        }
    }
}

/// What was decided, and in which line of the file.
fn decided(record: &Record) -> Option<(usize, Decided<'_>)> {
    let decided = match &record.kind {
        Kind::Decided(decision) => Decided::Entry(decision),
        Kind::Activated(activated) => Decided::Activation(activated),
        _ => return None,
    };
    Some((record.step.map_or(0, |step| step.line), decided))
}
