//! `kmsprep cost compare`: workloads side by side.

use super::super::{Edge, Exit, Failure, TableFormat};
use super::designs::{self, DesignArgs, unpriced, usage};
use super::over::{Over, rivals};
use crate::pricing::Comparison;
use crate::pricing::sweep::Curve;
use crate::pricing::workload::estimate;
use crate::render::{Compared, comparison_csv, comparison_json, comparison_text};
use clap::Args;

/// `kmsprep cost compare`.
#[derive(Debug, Args)]
pub(super) struct CompareArgs {
    #[command(flatten)]
    designs: DesignArgs,
    /// Solve where one overtakes another when this input is varied, like uses.0.gets; with =FROM..TO only there
    #[arg(long, value_name = "PATH[=FROM..TO]")]
    over: Option<String>,
    /// Form of the output
    #[arg(long, value_enum, default_value_t)]
    format: TableFormat,
}

/// Runs the command.
///
/// # Errors
/// If files or flags cannot be used.
pub(super) fn run(edge: &mut Edge, args: &CompareArgs) -> Result<Exit, Failure> {
    let (designs, book) = designs::read(&args.designs, args.format.of_errors())?;
    if designs.len() < 2 {
        let help = "name two files, or one file twice and change the second: --set B:uses.0.bucket_key=true";
        return Err(usage("one workload alone cannot be compared".to_owned(), Some(help.to_owned())));
    }
    let mut estimates = Vec::new();
    for design in &designs {
        estimates.push(estimate(&design.workload, &book, design.rulebook).map_err(|error| unpriced(&design.name, &error))?);
    }
    let over = args.over.as_deref().map(|text| Over::read(text, &designs)).transpose()?;
    let found = match &over {
        Some(over) => {
            let (from, to) = over.domain();
            if from > to {
                return Err(usage(format!("the range is upside down: {from} is above {to}"), None));
            }
            for name in over.without(&designs) {
                edge.note(&format!("note: {name} has no {}, and costs the same throughout", over.label));
            }
            let curves = designs.iter().zip(&over.slots);
            let curves: Vec<_> =
                curves.map(|(design, slot)| (design.name.clone(), Curve { plan: &design.plan, slot: *slot, fixed: Vec::new() })).collect();
            rivals(&curves, (from, to))?
        }
        None => Vec::new(),
    };
    let comparison = Comparison::of(&estimates, &book);
    let names: Vec<String> = designs.iter().map(|design| design.name.clone()).collect();
    let over = over.map(|over| over.label).unwrap_or_default();
    let compared = Compared { comparison: &comparison, names: &names, rivals: &found, over: &over };
    match args.format {
        TableFormat::Text => edge.print(&comparison_text(&compared, edge.width))?,
        TableFormat::Json => edge.print_json(&comparison_json(&compared))?,
        TableFormat::Csv => edge.print(&comparison_csv(&compared))?,
    }
    Ok(Exit::Passed)
}
