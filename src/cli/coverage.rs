//! `kmsprep coverage`: which claims of the guide have an item, and which are proved by execution.

use super::drill::items::Items;
use super::{Edge, Exit, Failure, TableFormat};
use crate::render::{self, CoverageReport};
use crate::rulebook::Rulebook;
use crate::study::Coverage;
use clap::Args;
use std::path::PathBuf;

/// `kmsprep coverage`.
#[derive(Debug, Args)]
#[command(after_help = "A claim is proved if an item names it whose every answer the model runs. Items name claims under `claims`; \
    docs/questions.md says how, and src/rulebook/claims.yaml has them all.")]
pub(super) struct CoverageArgs {
    /// List the claims that no item names
    #[arg(long)]
    missing: bool,
    /// Show each claim of the sections in whose name this occurs, with its items
    #[arg(long, value_name = "TEXT")]
    section: Option<String>,
    /// A folder with more questions and scenarios
    #[arg(long, value_name = "DIR")]
    pack: Vec<PathBuf>,
    /// Form of the output
    #[arg(long, value_enum, default_value_t)]
    format: TableFormat,
}

/// Runs the command.
///
/// # Errors
/// If a pack is wrong or there is no such section.
pub(super) fn run(edge: &mut Edge, args: &CoverageArgs) -> Result<Exit, Failure> {
    let items = Items::load(&args.pack, Rulebook::current(), args.format.of_errors())?;
    let exercises = items.exercises();
    let mut coverage = Coverage::of(&exercises);
    if let Some(wanted) = &args.section {
        let names: Vec<&'static str> = coverage.sections.iter().map(|section| section.name).collect();
        let folded = wanted.to_lowercase();
        coverage.sections.retain(|section| section.name.to_lowercase().contains(&folded));
        if coverage.sections.is_empty() {
            let last = names.iter().map(|name| name.rsplit(" > ").next().unwrap_or(name));
            let help = crate::diag::suggestion(wanted, last).unwrap_or_else(|| "`kmsprep coverage` lists the sections".to_owned());
            return Err(Failure::Usage { message: format!("the guide has no section `{wanted}`"), help: Some(help) });
        }
    }
    let report = CoverageReport { coverage: &coverage, claims: args.section.is_some(), missing: args.missing };
    match args.format {
        TableFormat::Text => edge.print(&render::coverage_text(&report, edge.width))?,
        TableFormat::Json => edge.print_json(&render::coverage_json(&report))?,
        TableFormat::Csv => edge.print(&render::coverage_csv(&report))?,
    }
    Ok(Exit::Passed)
}
