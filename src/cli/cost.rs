//! `kmsprep cost`: what workloads cost.

mod ask;
mod compare;
mod designs;
mod estimate;
mod explain;
mod input;
mod over;
mod picture;
mod sweep;
mod trail;
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
    /// Puts workloads side by side, line by line, and solves where one overtakes another
    Compare(compare::CompareArgs),
    /// Varies one or two inputs over a range, with a chart
    Sweep(sweep::SweepArgs),
    /// Prices the requests in a recorded trail
    Trail(trail::TrailArgs),
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
        CostCommand::Compare(args) => compare::run(edge, args),
        CostCommand::Sweep(args) => sweep::run(edge, args),
        CostCommand::Trail(args) => trail::run(edge, args),
        CostCommand::Verify(args) => verify::run(edge, args),
    }
}
