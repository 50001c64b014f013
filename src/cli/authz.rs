//! `kmsprep authz`: may this principal do this, and why.

mod batch;
mod diff;
mod matrix;
mod policies;
mod single;
mod world;

use super::{Edge, Exit, Failure, Format};
use crate::authz::change::Wanted;
use clap::{Args, Subcommand};
use std::path::PathBuf;

/// `kmsprep authz`.
#[derive(Debug, Args)]
#[command(args_conflicts_with_subcommands = true)]
pub(super) struct AuthzArgs {
    #[command(subcommand)]
    command: Option<AuthzCommand>,
    #[command(flatten)]
    question: QuestionArgs,
}

#[derive(Debug, Subcommand)]
enum AuthzCommand {
    /// Tells which requests two versions of a policy decide differently
    Diff(diff::DiffArgs),
    /// Draws who may do what with a key of a scenario
    Matrix(matrix::MatrixArgs),
    /// Warns of what AWS accepts in a policy and nobody means
    Review(policies::ReviewArgs),
}

/// One question, or a batch of them.
#[derive(Debug, Args)]
struct QuestionArgs {
    /// A YAML or JSON file with a question: `request` and its policies, as in a line of a batch; - reads standard input
    #[arg(value_name = "QUESTION", conflicts_with_all = ["batch", "principal", "scenario"])]
    file: Option<PathBuf>,
    /// Answer every line of a file (- reads standard input) with a line of JSON
    #[arg(long, value_name = "FILE.jsonl", conflicts_with_all = ["principal", "scenario"])]
    batch: Option<PathBuf>,
    /// Who asks: the ARN of a user, role session, root or federated user, or a service such as s3.amazonaws.com
    #[arg(long = "as", value_name = "PRINCIPAL")]
    principal: Option<String>,
    /// What for, like kms:Decrypt
    #[arg(long, value_name = "ACTION")]
    action: Option<String>,
    #[command(flatten)]
    policies: policies::PolicyArgs,
    #[command(flatten)]
    world: world::WorldArgs,
    /// Show every statement of every policy, and what of it fits
    #[arg(long)]
    whole: bool,
    /// If it is allowed, say what would deny it
    #[arg(long)]
    prevent: bool,
    /// Form of the answer
    #[arg(long, value_enum, default_value_t)]
    format: Format,
}

impl QuestionArgs {
    /// What the suggestions are to reach, if there are to be any.
    fn wanted(&self, allowed: bool) -> Option<Wanted> {
        match (allowed, self.prevent) {
            (false, _) => Some(Wanted::Allow),
            (true, true) => Some(Wanted::Deny),
            (true, false) => None,
        }
    }
}

/// Runs the command.
///
/// # Errors
/// If the question cannot be used.
pub(super) fn run(edge: &mut Edge, args: &AuthzArgs) -> Result<Exit, Failure> {
    let question = &args.question;
    match &args.command {
        Some(AuthzCommand::Diff(args)) => diff::run(edge, args),
        Some(AuthzCommand::Matrix(args)) => matrix::run(edge, args),
        Some(AuthzCommand::Review(args)) => policies::review(edge, args),
        None if question.batch.is_some() => batch::run(edge, question.batch.as_deref()),
        None if question.world.scenario.is_some() => world::run(edge, question),
        None => single::run(edge, question),
    }
}
