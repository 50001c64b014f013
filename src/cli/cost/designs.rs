//! Several workload files side by side.

use super::super::{Failure, Format, load};
use super::input::{self, LIMITS, PriceArgs};
use crate::diag::{Sources, suggestion};
use crate::doc::{self, Node};
use crate::pricing::workload::{self, Plan, Workload};
use crate::pricing::{PriceBook, PricingError};
use crate::render::letter;
use crate::rulebook::Rulebook;
use clap::Args;
use std::borrow::Cow;
use std::path::PathBuf;

/// Most files side by side: each has a letter.
const MOST: usize = 26;

/// Which designs, and under which prices.
#[derive(Debug, Args)]
pub(super) struct DesignArgs {
    /// Workload files; in flags and tables the first is A, the second B, and so on
    #[arg(value_name = "FILE", required = true)]
    files: Vec<PathBuf>,
    /// Change a value, like uses.0.gets=1_000_000; with `B:` or the workload's name and a colon before it in that file only
    #[arg(long = "set", value_name = "[NAME:]PATH=VALUE")]
    set: Vec<String>,
    #[command(flatten)]
    prices: PriceArgs,
    /// Which rules to go by, whatever the files say
    #[arg(long, value_enum)]
    rulebook: Option<load::RulebookChoice>,
}

/// One workload, ready.
#[derive(Debug)]
pub(super) struct Design {
    /// Its name, unlike that of any other.
    pub name: String,
    /// What the file says.
    pub workload: Workload,
    /// Whose rules it goes by.
    pub rulebook: Rulebook,
    /// The workload made ready for many evaluations.
    pub plan: Plan,
}

/// Reads all files, with what the flags change, under one price book.
///
/// # Errors
/// If a file, a flag or the price book cannot be used.
pub(super) fn read(args: &DesignArgs, format: Format) -> Result<(Vec<Design>, Cow<'static, PriceBook>), Failure> {
    if args.files.len() > MOST {
        return Err(usage(format!("{} files are too many: at most {MOST} go side by side", args.files.len()), None));
    }
    let mut sources = Sources::new();
    let book = args.prices.book(&mut sources, format)?;
    let mut nodes = Vec::new();
    for path in &args.files {
        let bytes = load::read_file_within(path, LIMITS)?;
        let node = doc::read_bytes(&mut sources, &path.display().to_string(), &bytes, LIMITS);
        nodes.push(node.map_err(|diagnostics| load::input(std::mem::take(&mut sources), diagnostics, format))?);
    }
    let stated: Vec<String> =
        nodes.iter().map(|node| node.get("workload").and_then(Node::as_str).unwrap_or("workload").to_owned()).collect();
    for change in &args.set {
        apply(change, &mut nodes, &stated, &mut sources, format)?;
    }
    let mut designs = Vec::new();
    for (node, name) in nodes.iter().zip(unlike(&stated)) {
        let kind = args.rulebook.map(|choice| choice.rulebook().kind);
        let workload = workload::read(node, &book, kind);
        let workload = workload.map_err(|diagnostics| load::input(std::mem::take(&mut sources), diagnostics, format))?;
        let rulebook = Rulebook::of(workload.rulebook);
        let plan = Plan::compile(&workload, &book, rulebook).map_err(|error| unpriced(&name, &error))?;
        designs.push(Design { name, workload, rulebook, plan });
    }
    Ok((designs, book))
}

/// The failure of a design that cannot be priced.
#[must_use]
pub(super) fn unpriced(name: &str, error: &PricingError) -> Failure {
    usage(format!("{name} cannot be priced: {error}"), None)
}

/// Something is wrong with the command line.
#[must_use]
pub(super) fn usage(message: String, help: Option<String>) -> Failure {
    Failure::Usage { message, help }
}

/// The places of the designs that a name stands for: the name of a workload, or a letter.
///
/// # Errors
/// If there is none.
pub(super) fn named(name: &str, names: &[String]) -> Result<Vec<usize>, Failure> {
    let found: Vec<usize> = names.iter().enumerate().filter(|(_, known)| *known == name).map(|(at, _)| at).collect();
    if !found.is_empty() {
        return Ok(found);
    }
    if let Some(at) = (0..names.len()).find(|at| name.len() == 1 && name.starts_with(letter(*at))) {
        return Ok(vec![at]);
    }
    let help = suggestion(name, names.iter().map(String::as_str));
    Err(usage(
        format!("no file is named `{name}`"),
        help.or_else(|| Some("name a file by its workload or by its letter: A is the first".to_owned())),
    ))
}

/// Changes a value before the files are read, so that it is checked as if it stood there.
fn apply(change: &str, nodes: &mut [Node], names: &[String], sources: &mut Sources, format: Format) -> Result<(), Failure> {
    // A colon behind the equals sign belongs to the value.
    let path = change.split('=').next().unwrap_or(change);
    let (places, flag) = match path.split_once(':') {
        Some((name, _)) => (named(name, names)?, change.get(name.len() + 1..).unwrap_or(change)),
        None => ((0..nodes.len()).collect(), change),
    };
    for at in places {
        if let Some(node) = nodes.get_mut(at) {
            input::set(sources, node, flag).map_err(|diagnostics| load::input(std::mem::take(sources), diagnostics, format))?;
        }
    }
    Ok(())
}

/// Names of which no two are the same: a letter tells them apart.
fn unlike(names: &[String]) -> Vec<String> {
    let several = |name: &String| names.iter().filter(|other| *other == name).count() > 1;
    names.iter().enumerate().map(|(at, name)| if several(name) { format!("{name} ({})", letter(at)) } else { name.clone() }).collect()
}
