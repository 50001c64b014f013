//! `kmsprep cost estimate | explain | verify`.

mod ask;
mod estimate;
mod explain;
mod input;
mod verify;

use super::{Edge, Exit, Failure};
use clap::{Args, Subcommand};

/// `kmsprep cost`.
#[derive(Debug, Args)]
pub(super) struct CostArgs {
    #[command(subcommand)]
    command: CostCommand,
}

#[derive(Debug, Subcommand)]
enum CostCommand {
    /// Draws up the bills of a workload, month by month
    Estimate(estimate::EstimateArgs),
    /// Walks through one amount of a bill: quantity, price, free tier, multiplication
    Explain(explain::ExplainArgs),
    /// Runs worked cases against the price book, and reports each figure that differs
    Verify(verify::VerifyArgs),
}

/// Runs the command.
///
/// # Errors
/// If a file cannot be used.
pub(super) fn run(edge: &mut Edge, args: &CostArgs) -> Result<Exit, Failure> {
    match &args.command {
        CostCommand::Estimate(args) => estimate::run(edge, args),
        CostCommand::Explain(args) => explain::run(edge, args),
        CostCommand::Verify(args) => verify::run(edge, args),
    }
}
