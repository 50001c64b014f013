//! The command line: one file per command. Each parses its arguments, calls the library and prints.

mod authz;
mod common;
mod cost;
mod coverage;
mod decide;
mod drill;
mod edge;
mod endpoint;
mod exam;
mod facts;
mod lint;
mod load;
mod places;
mod plan;
mod progress;
mod prompt;
mod scenario;
mod serve;
mod solve;
mod start;
mod stats;
mod terminal;
mod verdict;

pub use edge::{Edge, Exit, Failure, Format, TableFormat};

use clap::{Parser, Subcommand};
use std::process::ExitCode;

/// Learn AWS KMS for the Solutions Architect Associate exam (SAA-C03) by running it.
#[derive(Debug, Parser)]
#[command(name = "kmsprep", version, max_term_width = 100, disable_help_subcommand = true)]
struct Arguments {
    /// When to use colour
    #[arg(long, value_name = "WHEN", default_value = "auto", global = true)]
    color: edge::ColorChoice,
    /// Plain text for screen readers: no lines, bars or single keys
    #[arg(long, global = true)]
    plain: bool,
    #[command(subcommand)]
    command: Option<Command>,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Answer questions and scenarios, what is due first
    Drill(drill::DrillArgs),
    /// What your answers tell: mastery, retention, calibration, forecast
    Stats(stats::StatsArgs),
    /// Show or change what you have set out to do: exam date, minutes a session, answers a day
    Plan(plan::PlanArgs),
    /// Where answers are kept, taking them out and in, and forgetting them
    Progress(progress::ProgressArgs),
    /// Sit a practice paper in the shape of the exam, resume and review it
    Exam(Box<exam::ExamArgs>),
    /// List, read, run and solve scenarios
    Scenario(scenario::ScenarioArgs),
    /// Would this call be allowed, by which statement, and why (or why not)
    Authz(Box<authz::AuthzArgs>),
    /// What workloads cost: exact bills, where each cent comes from, side by side, and over a range of an input
    Cost(Box<cost::CostArgs>),
    /// Serve the model on a local address, for the real AWS CLI and SDKs
    Serve(Box<serve::ServeArgs>),
    /// Ask a running `kmsprep serve` what happened, move its clock, stop it
    Endpoint(endpoint::EndpointArgs),
    /// Prove scenarios and questions: every combination of options is executed
    Lint(lint::LintArgs),
    /// Walk the guide's decision trees, with a proof where each way ends
    Decide(decide::DecideArgs),
    /// Search the rulebook, and see where the guide and today differ
    Facts(facts::FactsArgs),
    /// Which claims of the guide have a question or a scenario, and which are proved by running it
    Coverage(coverage::CoverageArgs),
}

/// Parses the command line, runs the command and returns its exit code:
/// 0 right or passed, 1 wrong or failed, 2 unusable input.
#[must_use]
pub fn main() -> ExitCode {
    let arguments = match Arguments::try_parse() {
        Ok(arguments) => arguments,
        Err(error) => {
            // Help and version are printed the same way and are no errors; a closed pipe is none either.
            let _ = error.print();
            return if error.use_stderr() { Exit::Unusable.into() } else { Exit::Passed.into() };
        }
    };
    let mut edge = Edge::new(arguments.color, arguments.plain);
    let outcome = match &arguments.command {
        None => start::run(&mut edge),
        Some(Command::Drill(args)) => drill::run(&mut edge, args),
        Some(Command::Stats(args)) => stats::run(&mut edge, args),
        Some(Command::Plan(args)) => plan::run(&mut edge, args),
        Some(Command::Progress(args)) => progress::run(&mut edge, args),
        Some(Command::Exam(args)) => exam::run(&mut edge, args),
        Some(Command::Scenario(args)) => scenario::run(&mut edge, args),
        Some(Command::Authz(args)) => authz::run(&mut edge, args),
        Some(Command::Cost(args)) => cost::run(&mut edge, args),
        Some(Command::Serve(args)) => serve::run(&mut edge, args),
        Some(Command::Endpoint(args)) => endpoint::run(&mut edge, args),
        Some(Command::Lint(args)) => lint::run(&mut edge, args),
        Some(Command::Decide(args)) => decide::run(&mut edge, args),
        Some(Command::Facts(args)) => facts::run(&mut edge, args),
        Some(Command::Coverage(args)) => coverage::run(&mut edge, args),
    };
    match outcome {
        Ok(exit) => exit.into(),
        Err(failure) => edge.report(&failure).into(),
    }
}
