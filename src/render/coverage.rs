//! Which claims of the guide are exercised: by section, and claim by claim.

use super::{csv_row, heading, rule, safe_line, wrap};
use crate::rulebook::{Claim, Verdict};
use crate::study::{ClaimCoverage, Coverage, Exercise, Figures, SectionCoverage, Standing};
use serde_json::{Value, json};

/// Columns of a bar.
const BAR: usize = 10;

/// Below so many columns a bar stands under its section.
const NARROW: usize = 60;

/// Columns behind the name of a section: bar, numbers and the blanks around them.
const NUMBERS: usize = 33;

/// What to show of the coverage.
#[derive(Clone, Copy, Debug)]
pub struct CoverageReport<'a> {
    /// The sections to show.
    pub coverage: &'a Coverage<'a>,
    /// Show each claim with its items.
    pub claims: bool,
    /// Show only claims without items.
    pub missing: bool,
}

/// A line for each section, or one for each claim, and the totals.
#[must_use]
pub fn coverage_text(report: &CoverageReport<'_>, width: usize) -> String {
    let figures = report.coverage.figures();
    let mut text = if report.missing {
        let size = format!("{} of {}", figures.claims - figures.claims_covered, plural(figures.claims, "claim"));
        heading("Claims without an item", &size, width)
    } else {
        let size = format!("{} in {}", plural(figures.claims, "claim"), plural(figures.sections, "section"));
        heading("Coverage of the guide", &size, width)
    };
    text.push_str(&rule(width));
    if report.claims || report.missing {
        for section in &report.coverage.sections {
            text.push_str(&section_claims(section, report.missing, width));
        }
    } else {
        text.push_str(&sections(&report.coverage.sections, width));
    }
    text.push_str(&totals(&figures, !report.claims, width));
    text
}

fn sections(sections: &[SectionCoverage<'_>], width: usize) -> String {
    let mut text = String::new();
    let mut chapter = "";
    for section in sections {
        let (first, rest) = section.name.split_once(" > ").unwrap_or((section.name, ""));
        if first != chapter {
            chapter = first;
            text.push_str(&format!("{first}\n"));
        }
        let name = if rest.is_empty() { "The chapter itself" } else { rest };
        let numbers = format!("{}  {}", bar(section), counts(section));
        let room = width.saturating_sub(NUMBERS + 2);
        if width >= NARROW && name.chars().count() <= room {
            text.push_str(&format!("  {name:room$}  {numbers}\n"));
        } else {
            text.push_str(&format!("{}\n    {numbers}\n", wrap(name, width, "  ", "  ")));
        }
    }
    text.push('\n');
    text.push_str(&wrap("# proved by execution   + cited only   . no item", width, "", ""));
    text.push_str("\n\n");
    text
}

/// Of ten marks so many `#` for what is proved and `+` for what is only cited, never none where there is some.
fn bar(section: &SectionCoverage<'_>) -> String {
    let of = section.claims.len().max(1);
    let marks = |count: usize| if count == 0 { 0 } else { (count * BAR / of).max(1) };
    let proved = marks(section.count(Standing::Proved));
    let covered = marks(section.count(Standing::Cited)).max(proved);
    format!("{}{}{}", "#".repeat(proved), "+".repeat(covered - proved), ".".repeat(BAR - covered))
}

fn counts(section: &SectionCoverage<'_>) -> String {
    let (covered, proved) = (section.count(Standing::Cited), section.count(Standing::Proved));
    let of = format!("{covered:>2} of {:>2}", section.claims.len());
    if covered == 0 { of } else { format!("{of}, {proved:>2} proved") }
}

fn section_claims(section: &SectionCoverage<'_>, missing: bool, width: usize) -> String {
    let shown = shown(section, missing);
    if shown.is_empty() {
        return String::new();
    }
    let mut text = wrap(section.name, width, "", "  ");
    text.push('\n');
    for claim in shown {
        let mark = match claim.standing() {
            Standing::Missing => ".",
            Standing::Cited => "+",
            Standing::Proved => "#",
        };
        text.push_str(&wrap(claim.claim.id, width, &format!("  {mark} "), "    "));
        text.push('\n');
        text.push_str(&wrap(&statement(claim.claim), width, "    ", "    "));
        text.push('\n');
        for exercise in &claim.exercises {
            text.push_str(&wrap(&named(exercise), width, "    - ", "      "));
            text.push('\n');
        }
    }
    text.push('\n');
    text
}

/// The claim, with its verdict where it does not simply hold.
fn statement(claim: &Claim) -> String {
    match claim.verdict {
        Verdict::Current => claim.claim.to_owned(),
        Verdict::Simplified | Verdict::Outdated | Verdict::Wrong => format!("{} ({})", claim.claim, claim.verdict.name()),
    }
}

/// `question disabled-key-error, executed`.
pub(super) fn named(exercise: &Exercise) -> String {
    format!("{} {}, {}", exercise.kind.name(), safe_line(&exercise.id), evidence(exercise))
}

fn evidence(exercise: &Exercise) -> &'static str {
    if exercise.executed { "executed" } else { "cited" }
}

/// The totals; of some sections those of their claims.
fn totals(figures: &Figures, whole: bool, width: usize) -> String {
    let lines = [
        (
            "Claims",
            format!("{} covered, {} proved", share(figures.claims_covered, figures.claims), share(figures.claims_proved, figures.claims)),
        ),
        ("Sections", format!("{} touched", share(figures.sections - figures.sections_untouched, figures.sections))),
        ("Questions", format!("{} proved by execution", share(figures.questions_proved, figures.questions))),
        (
            "And",
            format!("{} and {} of generated questions, all executed", plural(figures.scenarios, "scenario"), families(figures.families)),
        ),
    ];
    let mut text = String::new();
    for (name, line) in lines.into_iter().take(if whole { 4 } else { 1 }) {
        text.push_str(&wrap(&line, width, &format!("{name:11}"), "           "));
        text.push('\n');
    }
    text
}

/// `165 of 274 (60 %)`, rounded down: a goal is reached when it is.
fn share(count: usize, of: usize) -> String {
    format!("{count} of {of} ({} %)", count * 100 / of.max(1))
}

fn plural(count: usize, word: &str) -> String {
    if count == 1 { format!("1 {word}") } else { format!("{count} {word}s") }
}

fn families(count: usize) -> String {
    if count == 1 { "1 family".to_owned() } else { format!("{count} families") }
}

fn shown<'c, 'e>(section: &'c SectionCoverage<'e>, missing: bool) -> Vec<&'c ClaimCoverage<'e>> {
    section.claims.iter().filter(|claim| !missing || claim.standing() == Standing::Missing).collect()
}

/// The same for programs: every claim of the sections with its items.
#[must_use]
pub fn coverage_json(report: &CoverageReport<'_>) -> Value {
    let item = |exercise: &&Exercise| json!({"id": exercise.id, "kind": exercise.kind.name(), "executed": exercise.executed});
    let claim = |claim: &ClaimCoverage<'_>| {
        json!({
            "id": claim.claim.id,
            "claim": claim.claim.claim,
            "verdict": claim.claim.verdict,
            "today": claim.claim.today,
            "standing": claim.standing().name(),
            "items": claim.exercises.iter().map(item).collect::<Vec<_>>(),
        })
    };
    let section = |section: &SectionCoverage<'_>| {
        let claims: Vec<Value> = shown(section, report.missing).into_iter().map(claim).collect();
        json!({
            "section": section.name,
            "claims": section.claims.len(),
            "covered": section.count(Standing::Cited),
            "proved": section.count(Standing::Proved),
            "list": claims,
        })
    };
    json!({"figures": report.coverage.figures(), "sections": report.coverage.sections.iter().map(section).collect::<Vec<_>>()})
}

/// A row for each claim.
#[must_use]
pub fn coverage_csv(report: &CoverageReport<'_>) -> String {
    let mut text = csv_row(&["section", "claim", "verdict", "standing", "executed", "cited"].map(str::to_owned));
    for section in &report.coverage.sections {
        for claim in shown(section, report.missing) {
            let items = |executed: bool| {
                let items: Vec<String> = claim
                    .exercises
                    .iter()
                    .filter(|item| item.executed == executed)
                    .map(|item| format!("{}:{}", item.kind.name(), item.id))
                    .collect();
                items.join(" ")
            };
            let cells = [section.name, claim.claim.id, claim.claim.verdict.name(), claim.standing().name(), &items(true), &items(false)];
            text.push_str(&csv_row(&cells.map(str::to_owned)));
        }
    }
    text
}
