//! `kmsprep cost`: what workloads cost.

mod compare;
mod designs;
mod over;
mod picture;
mod sweep;

use super::{Edge, Exit, Failure, Format};
use clap::{Args, Subcommand};

/// `kmsprep cost`.
#[derive(Debug, Args)]
pub(super) struct CostArgs {
    #[command(subcommand)]
    command: CostCommand,
}

#[derive(Debug, Subcommand)]
enum CostCommand {
    /// Put workloads side by side, line by line, and solve where one overtakes another
    Compare(compare::CompareArgs),
    /// Vary one or two inputs over a range, with a chart
    Sweep(sweep::SweepArgs),
}

/// The form of a report with numbers.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, clap::ValueEnum)]
enum Form {
    /// For people
    #[default]
    Text,
    /// For programs
    Json,
    /// For spreadsheets
    Csv,
}

impl Form {
    /// How mistakes in files are reported.
    fn of_errors(self) -> Format {
        match self {
            Form::Json => Format::Json,
            Form::Text | Form::Csv => Format::Text,
        }
    }
}

/// Runs the command.
///
/// # Errors
/// If files or flags cannot be used.
pub(super) fn run(edge: &mut Edge, args: &CostArgs) -> Result<Exit, Failure> {
    match &args.command {
        CostCommand::Compare(args) => compare::run(edge, args),
        CostCommand::Sweep(args) => sweep::run(edge, args),
    }
}
