//! Running a scenario with answers and printing the verdict.

use super::{Edge, Exit, Failure, Format, load};
use crate::cloud::{Event, FilterPattern};
use crate::diag::Sources;
use crate::render::{self, Report};
use crate::rulebook::Rulebook;
use crate::scenario::{Answers, Document, Trim, Verdict, cheapest, instantiate, review, run as run_checks, trim};

/// What to show of a run.
#[derive(Debug)]
pub(super) enum Showing {
    /// The verdict.
    Verdict(Format),
    /// The records of its trail that match, and nothing else.
    Trail(FilterPattern, Format),
    /// The answers without what no check needs, and nothing else.
    Trimmed(Format),
}

impl Showing {
    fn format(&self) -> Format {
        match self {
            Showing::Verdict(format) | Showing::Trail(_, format) | Showing::Trimmed(format) => *format,
        }
    }
}

/// Runs a scenario with answers and prints the verdict, or what the run left in the trail.
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
        .map_err(|diagnostics| load::input(std::mem::take(sources), diagnostics, showing.format()))?;
    if !instance.warnings.is_empty() && showing.format() == Format::Text {
        edge.note(&render::diagnostics_text(&instance.warnings, sources, false, edge.width));
    }
    let verdict = run_checks(&instance);
    let trim = match showing {
        Showing::Verdict(_) | Showing::Trimmed(_) => trim(document, answers, &instance, &verdict, rulebook),
        Showing::Trail(..) => None,
    };
    let review = review(document, answers);
    let report = Report {
        document,
        answers,
        verdict: &verdict,
        review: &review,
        names: &instance.names,
        sources,
        rulebook,
        trim: trim.as_ref(),
        cheapest: cheapest(document, rulebook),
    };
    match &showing {
        Showing::Verdict(Format::Text) => edge.print(&render::verdict_text(&report, edge.width))?,
        Showing::Verdict(Format::Json) => edge.print_json(&render::verdict_json(&report))?,
        Showing::Trail(pattern, format) => trail(edge, &verdict, pattern, *format)?,
        Showing::Trimmed(_) if !verdict.passed() => {
            edge.note("nothing is trimmed before all checks pass; run it without `--trimmed` to see which does not");
        }
        Showing::Trimmed(format) => trimmed(edge, document, answers, trim.as_ref(), *format)?,
    }
    Ok(if verdict.passed() { Exit::Passed } else { Exit::Failed })
}

/// Prints the trimmed answers, in a form that `--answers` takes.
fn trimmed(edge: &mut Edge, document: &Document, answers: &Answers, trim: Option<&Trim>, format: Format) -> Result<(), Failure> {
    let mut shown = trim.map_or(answers, |trim| &trim.trimmed).clone();
    for decision in document.decisions.iter().filter(|decision| !decision.free_form) {
        let Some(answer) = answers.get(&decision.name) else { continue };
        if shown.insert(decision.name.clone(), answer.clone()).as_ref() != Some(answer) {
            edge.note(&format!("`{}` takes options only, so its answer stays as it is", decision.name));
        }
    }
    match format {
        Format::Text => edge.print(&render::answers_yaml(&shown)),
        Format::Json => edge.print_json(&render::answers_json(&shown)),
    }
}

/// Prints the records that match: one a line, or as a JSON array.
fn trail(edge: &mut Edge, verdict: &Verdict, pattern: &FilterPattern, format: Format) -> Result<(), Failure> {
    let mut records = verdict.events.iter().flat_map(Event::records).filter(|record| pattern.matches_json(record));
    match format {
        Format::Text => records.try_for_each(|record| edge.print(&format!("{record}\n"))),
        Format::Json => edge.print_json(&records.collect()),
    }
}
