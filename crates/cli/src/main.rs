//! The `complus` program: run scenarios, explain decisions, print the rules as tables.
//!
//! One file per command in `command`; each gives an [`Exit`] or an error text, and this file says them.

mod command;
mod output;
mod table;

use clap::{Parser, Subcommand};
use std::process::ExitCode;

/// The COM+ context runtime: run and explain scenarios, print the rules.
#[derive(Parser)]
#[command(name = "complus", version, arg_required_else_help = true)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Run scenario files and print what happens in them.
    Run(command::run::Run),
    /// Tell why a domain or a component gets the context it gets.
    Explain(command::explain::Explain),
    /// Check, show and change catalog files: the class registration database.
    Catalog(command::catalog::Catalog),
    /// Print a rule as a truth table; without a name, list the tables.
    Table(command::table::Table),
}

/// How a command ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Exit {
    /// Everything is as expected: 0.
    Good,
    /// An expectation does not hold: 1.
    Failing,
    /// A file or an argument is wrong: 2.
    Wrong,
}

fn main() -> ExitCode {
    let exit = match Arguments::parse().command {
        Command::Run(run) => run.carry_out(),
        Command::Explain(explain) => explain.carry_out(),
        Command::Catalog(catalog) => catalog.carry_out(),
        Command::Table(table) => table.carry_out(),
    };
    let exit = exit.unwrap_or_else(|message| {
        output::complain(&message);
        Exit::Wrong
    });
    ExitCode::from(exit as u8)
}
