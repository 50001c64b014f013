//! `kmsprep cost explain`.

use super::estimate::estimated;
use super::input::{WorkloadArgs, month};
use crate::cli::{Edge, Exit, Failure, Format};
use crate::pricing::Month;
use crate::render;
use clap::Args;
use std::path::PathBuf;

/// `kmsprep cost explain`.
#[derive(Debug, Args)]
pub(super) struct ExplainArgs {
    /// The workload, a YAML file
    file: PathBuf,
    /// The line of the bill: its number, or a part of its item
    line: String,
    #[command(flatten)]
    workload: WorkloadArgs,
    /// The month; the first, if nothing is said
    #[arg(long, value_name = "YYYY-MM", value_parser = month)]
    month: Option<Month>,
    /// Form of the answer
    #[arg(long, value_enum, default_value_t)]
    format: Format,
}

/// Runs the command.
///
/// # Errors
/// If the workload cannot be used or has no such line.
pub(super) fn run(edge: &mut Edge, args: &ExplainArgs) -> Result<Exit, Failure> {
    let loaded = args.workload.load(&args.file, args.format)?;
    let estimate = estimated(&loaded, Some(args.month.unwrap_or(loaded.workload.months.first)))?;
    let Some(month) = estimate.months.first() else { return Ok(Exit::Failed) };
    let numbers = month.lines(&args.line);
    if numbers.is_empty() {
        let items = month.bill.lines.iter().map(|line| line.item.as_str());
        return Err(Failure::Usage {
            message: format!("the bill of {} has no line `{}`", month.bill.month, args.line),
            help: crate::diag::suggestion(&args.line, items)
                .or_else(|| Some(format!("it has lines 1 to {}; `kmsprep cost estimate` shows them", month.bill.lines.len()))),
        });
    }
    let explained: Vec<_> = numbers.into_iter().filter_map(|number| month.explain(number, &loaded.book, loaded.rulebook)).collect();
    match args.format {
        Format::Text => {
            for explanation in &explained {
                edge.print(&render::explanation_text(explanation, edge.width))?;
            }
        }
        Format::Json => edge.print_json(&serde_json::json!(explained))?,
    }
    Ok(Exit::Passed)
}
