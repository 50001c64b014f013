//! `kmsprep cost verify`.

use super::input::{PriceArgs, unpriced};
use crate::cli::load::{self, RulebookChoice};
use crate::cli::{Edge, Exit, Failure, Format};
use crate::diag::Sources;
use crate::pricing::cases::{read_cases, verify};
use crate::render;
use clap::Args;
use std::path::PathBuf;

/// `kmsprep cost verify`.
#[derive(Debug, Args)]
pub(super) struct VerifyArgs {
    /// The worked cases, a YAML file
    file: PathBuf,
    #[command(flatten)]
    prices: PriceArgs,
    /// Which rulebook to go by
    #[arg(long, value_enum, default_value_t)]
    rulebook: RulebookChoice,
    /// Form of the report
    #[arg(long, value_enum, default_value_t)]
    format: Format,
}

/// Runs the command. It fails if a figure differs.
///
/// # Errors
/// If the cases or the book cannot be used.
pub(super) fn run(edge: &mut Edge, args: &VerifyArgs) -> Result<Exit, Failure> {
    let mut sources = Sources::new();
    let book = args.prices.book(&mut sources, args.format)?;
    let cases = load::read_node(&mut sources, &args.file)?
        .and_then(|node| read_cases(&node))
        .map_err(|diagnostics| load::input(std::mem::take(&mut sources), diagnostics, args.format))?;
    let outcomes = verify(&cases, &book, args.rulebook.rulebook()).map_err(|error| unpriced(&error))?;
    match args.format {
        Format::Text => edge.print(&render::outcomes_text(&outcomes))?,
        Format::Json => edge.print_json(&serde_json::json!(outcomes))?,
    }
    Ok(if outcomes.iter().all(|outcome| outcome.ok) { Exit::Passed } else { Exit::Failed })
}
