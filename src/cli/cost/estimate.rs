//! `kmsprep cost estimate`.

use super::ask;
use super::input::{Loaded, WorkloadArgs, month, unpriced};
use crate::cli::{Edge, Exit, Failure, TableFormat};
use crate::pricing::Month;
use crate::pricing::workload::{Estimate, estimate};
use crate::render;
use clap::Args;
use std::path::PathBuf;

/// `kmsprep cost estimate`.
#[derive(Debug, Args)]
pub(super) struct EstimateArgs {
    /// The workload, a YAML file; without it, a few questions are asked
    file: Option<PathBuf>,
    #[command(flatten)]
    workload: WorkloadArgs,
    /// Only this month
    #[arg(long, value_name = "YYYY-MM", value_parser = month)]
    month: Option<Month>,
    /// Form of the estimate
    #[arg(long, value_enum, default_value_t)]
    format: TableFormat,
}

/// Runs the command.
///
/// # Errors
/// If the workload cannot be used.
pub(super) fn run(edge: &mut Edge, args: &EstimateArgs) -> Result<Exit, Failure> {
    let format = args.format.of_errors();
    let loaded = match &args.file {
        Some(file) => args.workload.load(file, format)?,
        None if edge.interactive => {
            let Some(text) = ask::workload(edge)? else { return Ok(Exit::Failed) };
            edge.print(&format!("\n{text}\n"))?;
            args.workload.load_text("your answers", &text, format)?
        }
        None => {
            return Err(Failure::Usage {
                message: "there is no workload to estimate".to_owned(),
                help: Some("name its file; docs/cost.md tells what stands in it".to_owned()),
            });
        }
    };
    let estimate = estimated(&loaded, args.month)?;
    match args.format {
        TableFormat::Text => edge.print(&render::estimate_text(&estimate, edge.width))?,
        TableFormat::Json => edge.print_json(&render::estimate_json(&estimate))?,
        TableFormat::Csv => edge.print(&render::estimate_csv(&estimate))?,
    }
    Ok(Exit::Passed)
}

/// The estimate of a workload, or of one month of it.
///
/// # Errors
/// If it cannot be priced, or has no such month.
pub(super) fn estimated(loaded: &Loaded, month: Option<Month>) -> Result<Estimate, Failure> {
    let mut workload = loaded.workload.clone();
    if let Some(month) = month {
        if month < workload.months.first || month > workload.months.last {
            return Err(Failure::Usage {
                message: format!("the workload has no month {month}"),
                help: Some(format!("it has {} to {}", workload.months.first, workload.months.last)),
            });
        }
        workload.months.first = month;
        workload.months.last = month;
    }
    estimate(&workload, &loaded.book, loaded.rulebook).map_err(|error| unpriced(&error))
}
