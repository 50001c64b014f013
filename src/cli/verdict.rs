//! Running a scenario with answers and printing the verdict.

use super::{Edge, Exit, Failure, Format, load};
use crate::diag::Sources;
use crate::render::{self, Report};
use crate::rulebook::Rulebook;
use crate::scenario::{Answers, Document, instantiate, review, run as run_checks};

/// What to show of a verdict.
#[derive(Clone, Copy, Debug)]
pub(super) struct Showing {
    /// The whole trail.
    pub trail: bool,
    /// In which form.
    pub format: Format,
}

/// Runs a scenario with answers and prints the verdict.
///
/// # Errors
/// If the answers do not make a world.
pub(super) fn verdict(
    edge: &mut Edge,
    sources: &mut Sources,
    document: &Document,
    answers: &Answers,
    rulebook: Rulebook,
    showing: Showing,
) -> Result<Exit, Failure> {
    let instance = instantiate(document, answers, rulebook)
        .map_err(|diagnostics| load::input(std::mem::take(sources), diagnostics, showing.format))?;
    if !instance.warnings.is_empty() && showing.format == Format::Text {
        edge.note(&render::diagnostics_text(&instance.warnings, sources, false, edge.width));
    }
    let verdict = run_checks(&instance);
    let report =
        Report { document, answers, verdict: &verdict, review: &review(document, answers), names: &instance.names, sources, rulebook };
    match showing.format {
        Format::Text => edge.print(&render::verdict_text(&report, showing.trail, edge.width))?,
        Format::Json => edge.print_json(&render::verdict_json(&report))?,
    }
    Ok(if verdict.passed() { Exit::Passed } else { Exit::Failed })
}
