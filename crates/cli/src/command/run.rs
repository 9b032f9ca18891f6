//! `complus run`.

use crate::{Exit, output};
use clap::{Args, ValueEnum};
use complus_scenario::{
    Options, Scenario,
    trace::Run as Outcome,
    view::{TextOptions, json, text},
};
use std::path::PathBuf;

/// Arguments of `complus run`.
#[derive(Args)]
pub(crate) struct Run {
    /// Scenario files.
    #[arg(required = true)]
    files: Vec<PathBuf>,
    /// How the trace is written.
    #[arg(long, value_enum, default_value_t)]
    format: Format,
    /// Write to this file instead of standard output.
    #[arg(short, long)]
    out: Option<PathBuf>,
    /// The seed of the schedule and of all ids; else the file's, else 42.
    #[arg(long)]
    seed: Option<u64>,
    /// Give the reasons of each context.
    #[arg(long)]
    why: bool,
    /// Say only whether the expectations of each file hold.
    #[arg(long)]
    check: bool,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
enum Format {
    /// A call tree.
    #[default]
    Text,
    /// JSON lines, one event per line.
    Json,
    /// A Mermaid sequence diagram (not yet).
    Mermaid,
    /// A Perfetto trace (not yet).
    Perfetto,
    /// A report (not yet).
    Html,
}

impl Run {
    pub(crate) fn carry_out(&self) -> Result<Exit, String> {
        if !matches!(self.format, Format::Text | Format::Json) {
            let name = format!("{:?}", self.format).to_lowercase();
            return Err(format!("the format {name} is not available yet; there are text and json"));
        }
        let (mut exit, mut written) = (Exit::Good, String::new());
        for file in &self.files {
            let run = super::read(file).and_then(|scenario| {
                let options = Options { seed: self.seed, ..Options::default() };
                let run = complus_scenario::run(&scenario, &options).map_err(|error| error.to_string())?;
                Ok((scenario, run))
            });
            match run {
                Ok((scenario, run)) => {
                    exit = exit.max(if run.holds() { Exit::Good } else { Exit::Failing });
                    if !written.is_empty() && self.format == Format::Text && !self.check {
                        written.push('\n');
                    }
                    written += &self.show(&scenario, &run);
                }
                Err(message) => {
                    output::complain(&message);
                    exit = Exit::Wrong;
                }
            }
        }
        output::write(&written, self.out.as_deref())?;
        Ok(exit)
    }

    fn show(&self, scenario: &Scenario, run: &Outcome) -> String {
        if self.check {
            return verdict(scenario, run);
        }
        match self.format {
            Format::Json => json::render(scenario, run),
            _ => {
                let colours = self.out.is_none() && output::colours();
                text::render(scenario, run, TextOptions { colours, why: self.why })
            }
        }
    }
}

/// One line per file, and one per thing that is not as expected.
fn verdict(scenario: &Scenario, run: &Outcome) -> String {
    let name = &scenario.source.name;
    let all = run.expectations().count();
    let mut text = format!("{} {name}: {all} expectations\n", if run.holds() { "ok  " } else { "FAIL" });
    for (record, verdict) in run.expectations().filter(|(_, verdict)| !verdict.holds) {
        let line = record.step.map_or(0, |step| step.line);
        text += &format!("     {name}:{line}: {}: {}\n", verdict.expected, verdict.found.join("; "));
    }
    for failure in &run.failures {
        text += &format!("     {name}:{}: {}\n", failure.step.line, failure.message);
    }
    text
}
