//! `kmsprep cost sweep`: costs over a range of an input.

use super::super::{Edge, Exit, Failure, Format};
use super::designs::{self, Design, DesignArgs, unpriced, usage};
use super::over::{Named, Over, rivals};
use super::picture;
use crate::pricing::sweep::{Curve, MOST_POINTS, Range, Spread, totals};
use crate::pricing::workload::Slot;
use crate::render::{
    ChartError, Look, MOST_SERIES, Sweep, Swept, chart_png, chart_svg, chart_text, few, sweep_csv, sweep_json, sweep_text,
};
use clap::Args;
use std::path::{Path, PathBuf};

/// Rows of the chart in the terminal.
const ROWS: usize = 16;

/// `kmsprep cost sweep`.
#[derive(Debug, Args)]
pub(super) struct SweepArgs {
    #[command(flatten)]
    designs: DesignArgs,
    /// What to vary and how far, like uses.0.gets=0..300_000_000; A:uses.0.gets,B:uses.1.gets=… where the files differ
    #[arg(long, value_name = "PATH=FROM..TO")]
    over: String,
    /// A second input to vary
    #[arg(long, value_name = "PATH=FROM..TO")]
    over2: Option<String>,
    /// How many values, at most 1,000,000
    #[arg(long, value_name = "N", default_value_t = 241)]
    points: u64,
    /// How many values of the second input
    #[arg(long, value_name = "N", default_value_t = 4, requires = "over2")]
    points2: u64,
    /// Spread the values by ratio, on a logarithmic axis
    #[arg(long)]
    log: bool,
    /// Show costs on a logarithmic axis
    #[arg(long)]
    log_cost: bool,
    /// Draw the chart in nothing but ASCII
    #[arg(long)]
    plain: bool,
    /// Write the chart as SVG
    #[arg(long, value_name = "FILE")]
    svg: Option<PathBuf>,
    /// Write the chart as PNG
    #[arg(long, value_name = "FILE")]
    png: Option<PathBuf>,
    /// Write all points as CSV; - writes them to standard output, instead of anything else
    #[arg(long, value_name = "FILE")]
    csv: Option<PathBuf>,
    /// Form of the output
    #[arg(long, value_enum, default_value_t)]
    format: Format,
}

/// Runs the command.
///
/// # Errors
/// If files or flags cannot be used, or a file cannot be written.
pub(super) fn run(edge: &mut Edge, args: &SweepArgs) -> Result<Exit, Failure> {
    let (designs, _) = designs::read(&args.designs, args.format)?;
    let over = Over::read(&args.over, &designs)?;
    let over2 = args.over2.as_deref().map(|text| Over::read(text, &designs)).transpose()?;
    let range = range(&over, "--over", args.points, if args.log { Spread::Logarithmic } else { Spread::Linear })?;
    let values = range.values();
    let seconds = match &over2 {
        Some(over2) => range2(over2, args.points2)?,
        None => Vec::new(),
    };
    let many = u64::try_from(values.len().saturating_mul(seconds.len().max(1))).unwrap_or(u64::MAX);
    if many > MOST_POINTS {
        return Err(usage(format!("{many} points are too many: --points times --points2 is at most {MOST_POINTS}"), None));
    }
    for name in over.without(&designs) {
        edge.note(&format!("note: {name} has no {}, and costs the same throughout", over.label));
    }
    let curves = curves(&designs, &over, over2.as_ref(), &seconds);
    let mut lines = Vec::new();
    for (design, second, (name, curve)) in &curves {
        let totals = totals(curve, &values).map_err(|error| unpriced(name, &error))?;
        lines.push(Swept { name: name.clone(), workload: design.name.clone(), second: *second, totals });
    }
    let drawn = drawn(designs.len(), seconds.len());
    let shown: Vec<Named<'_>> = drawn.iter().filter_map(|at| curves.get(*at)).map(|(_, _, named)| named.clone()).collect();
    let rivals = rivals(&shown, (range.from(), range.to()))?;
    let sweep = Sweep {
        over: &over.label,
        over2: over2.as_ref().map(|over| over.label.as_str()),
        values: &values,
        lines: &lines,
        shown: &drawn,
        rivals: &rivals,
    };
    let wants_csv_alone = args.csv.as_deref() == Some(Path::new("-"));
    if let Some(path) = args.csv.as_deref().filter(|_| !wants_csv_alone) {
        write(path, sweep_csv(&sweep).as_bytes())?;
    }
    let needs_chart = args.svg.is_some() || args.png.is_some() || (args.format == Format::Text && !wants_csv_alone);
    if needs_chart {
        let scales = picture::Scales { log: args.log, log_cost: args.log_cost };
        let chart = picture::chart(&designs, &over, &sweep, &drawn, scales);
        if let Some(path) = &args.svg {
            write(path, chart_svg(&chart).map_err(undrawn)?.as_bytes())?;
        }
        if let Some(path) = &args.png {
            write(path, &chart_png(&chart).map_err(undrawn)?)?;
        }
        if args.format == Format::Text && !wants_csv_alone {
            edge.print(&sweep_text(&sweep, edge.width))?;
            let look = Look { width: edge.width, rows: ROWS, plain: args.plain, color: edge.color };
            edge.print(&format!("\n{}", chart_text(&chart, look).map_err(undrawn)?))?;
            if drawn.len() < lines.len() {
                edge.print(&format!("\n{} of {} lines are drawn: more could not be told apart\n", drawn.len(), lines.len()))?;
            }
        }
    }
    if wants_csv_alone {
        edge.print(&sweep_csv(&sweep))?;
    } else if args.format == Format::Json {
        edge.print(&sweep_json(&sweep))?;
    }
    Ok(Exit::Passed)
}

fn range(over: &Over, flag: &str, points: u64, spread: Spread) -> Result<Range, Failure> {
    let Some(ends) = over.ends else {
        return Err(usage(
            format!("{flag} {} has no range", over.label),
            Some(format!("write it like {flag} {}=1_000..1_000_000", over.label)),
        ));
    };
    Range::new(ends, points, spread).map_err(|error| usage(format!("{flag} {}={}..{}: {error}", over.label, ends.0, ends.1), None))
}

fn range2(over: &Over, points: u64) -> Result<Vec<u64>, Failure> {
    Ok(range(over, "--over2", points, Spread::Linear)?.values())
}

type Line<'d> = (&'d Design, Option<u64>, Named<'d>);

/// A line for each design, or for each design and value of the second input.
fn curves<'d>(designs: &'d [Design], over: &Over, over2: Option<&Over>, seconds: &[u64]) -> Vec<Line<'d>> {
    let mut curves = Vec::new();
    for (at, design) in designs.iter().enumerate() {
        let slot: Option<Slot> = over.slots.get(at).copied().flatten();
        let Some(over2) = over2 else {
            curves.push((design, None, (design.name.clone(), Curve { plan: &design.plan, slot, fixed: Vec::new() })));
            continue;
        };
        let field = over2.label.rsplit('.').next().unwrap_or(&over2.label);
        for second in seconds {
            let fixed = over2.slots.get(at).copied().flatten().map(|slot| (slot, *second));
            let name = format!("{}, {field} {}", design.name, crate::pricing::grouped((*second).into()));
            curves.push((design, Some(*second), (name, Curve { plan: &design.plan, slot, fixed: fixed.into_iter().collect() })));
        }
    }
    curves
}

/// The places of the lines that are drawn: all, or of each design a few values of the second input; only the first designs if
/// there are too many.
fn drawn(designs: usize, seconds: usize) -> Vec<usize> {
    let each = seconds.max(1);
    let designs = designs.min(MOST_SERIES);
    let few = few(each, (MOST_SERIES / designs.max(1)).max(1));
    (0..designs).flat_map(|design| few.iter().map(move |second| design * each + second)).collect()
}

fn undrawn(error: ChartError) -> Failure {
    let help = (error == ChartError::NothingAboveZero).then(|| "leave --log-cost away".to_owned());
    usage(format!("no chart: {error}"), help)
}

/// Writes a file.
fn write(path: &Path, bytes: &[u8]) -> Result<(), Failure> {
    std::fs::write(path, bytes).map_err(|source| Failure::Io { doing: format!("write {}", path.display()), source })
}
