//! The verdict of a run: checks, decisions, trail and bill.

use super::bill::{bill_json, bill_text};
use super::scenario::{heading, rule};
use super::trim::{trim_json, trim_text};
use super::{safe, safe_line, wrap};
use crate::cloud::{Event, Reason};
use crate::diag::Sources;
use crate::pricing::usd;
use crate::rulebook::Rulebook;
use crate::scenario::{
    Answers, Cheapest, CheckResult, DecisionReview, Document, Evidence, Names, Outcome, Trim, Verdict, describe_answers,
};
use rust_decimal::Decimal;
use serde_json::{Value, json};

/// Events that the text shows of the end of a trail.
const TRAIL: usize = 8;

/// All that a verdict is shown from.
#[derive(Debug)]
pub struct Report<'r> {
    /// The scenario.
    pub document: &'r Document,
    /// What was answered.
    pub answers: &'r Answers,
    /// What came of it.
    pub verdict: &'r Verdict,
    /// What each decision had to do with it.
    pub review: &'r [DecisionReview],
    /// Labels for ids.
    pub names: &'r Names,
    /// The files that places point into.
    pub sources: &'r Sources,
    /// The rulebook that it ran under.
    pub rulebook: Rulebook,
    /// What the policies in passing answers could do without.
    pub trim: Option<&'r Trim>,
    /// What passing costs at least, of a scenario with cost checks.
    pub cheapest: Option<&'r Cheapest>,
}

impl Report<'_> {
    /// A text with labels in the place of ids.
    fn readable(&self, text: &str) -> String {
        let text = self.names.readable(text);
        self.verdict.managed.iter().fold(text, |text, (id, name)| text.replace(id, name))
    }
}

/// The verdict for people, with the last few events of the trail.
#[must_use]
pub fn verdict_text(report: &Report<'_>, width: usize) -> String {
    let verdict = report.verdict;
    let passed = verdict.checks.iter().filter(|check| check.outcome == Outcome::Passed).count();
    let word = if verdict.passed() { "PASSED" } else { "NOT YET" };
    let mut text =
        heading(&format!("{word}   {}", report.document.id), &format!("{passed} of {} checks pass", verdict.checks.len()), width);
    text.push_str(&rule(width));
    let longest = verdict.checks.iter().map(|check| check.name.chars().count()).max().unwrap_or(0).min(18);
    for check in &verdict.checks {
        text.push_str(&check_text(check, longest, report.sources, width));
    }
    text.push_str("\nDecisions\n");
    for review in report.review {
        text.push_str(&review_text(review, report.rulebook, width));
    }
    if let Some(trim) = report.trim {
        text.push_str(&trim_text(trim, report.sources, width));
    }
    if let Some(debrief) = report.document.debrief.as_ref().filter(|_| verdict.passed()) {
        text.push_str("\nTo take away\n");
        text.push_str(&wrap(&safe(&quote(report.rulebook, debrief)), width, "  ", "  "));
        text.push('\n');
    }
    text.push_str(&trail_text(report, width));
    if let Some(bill) = &verdict.bill {
        text.push_str(&format!("\nBill of {}\n", bill.month));
        text.push_str(&bill_text(bill, |name| report.names.readable(name), width));
        for formula in &verdict.derivations {
            text.push_str(&wrap(&safe(formula), width, "  ", "    "));
            text.push('\n');
        }
        if let Some(cheapest) = report.cheapest {
            text.push_str(&wrap(&safe_line(&cheapest_text(cheapest, bill.total, verdict.passed())), width, "  ", "    "));
            text.push('\n');
        }
    }
    if !verdict.passed() {
        let next = format!("\nNext: change one decision and run again: kmsprep scenario solve {}\n", safe_line(&report.document.id));
        text.push_str(&next);
    }
    text
}

/// The bill beside the lowest of all answers that pass.
fn cheapest_text(cheapest: &Cheapest, total: Decimal, passed: bool) -> String {
    if passed && total <= cheapest.total {
        return "No answers that pass cost less.".to_owned();
    }
    format!("The cheapest answers that pass cost {}: {}", usd(cheapest.total), describe_answers(&cheapest.answers))
}

/// A text with the facts that it quotes, or as it is if it quotes one that does not exist (lint says so).
pub(super) fn quote(rulebook: Rulebook, text: &str) -> String {
    rulebook.interpolate(text).unwrap_or_else(|_| text.to_owned())
}

pub(super) fn check_text(check: &CheckResult, longest: usize, sources: &Sources, width: usize) -> String {
    let (mark, note) = match &check.outcome {
        Outcome::Passed => ("ok  ", String::new()),
        Outcome::Failed(_) => ("FAIL", String::new()),
        Outcome::Skipped { needs } => ("--  ", format!("not run: it needs `{needs}` from a check above")),
    };
    let goal = check.goal.as_deref().unwrap_or("");
    let line = if note.is_empty() { goal.to_owned() } else { note };
    let start = format!("  {mark}  {:longest$}  ", safe_line(&check.name));
    let hanging = " ".repeat(start.chars().count());
    let mut text = wrap(&safe_line(&line), width, &start, &hanging).trim_end().to_owned();
    text.push('\n');
    if let Some(evidence) = check.evidence() {
        text.push_str(&evidence_text(evidence, sources, width));
    }
    text
}

/// Expected, found, why, and the evidence with its places.
fn evidence_text(evidence: &Evidence, sources: &Sources, width: usize) -> String {
    let mut text = String::new();
    let mut line = |start: &str, words: &str, hanging: &str| {
        text.push_str(&wrap(&safe_line(words), width, start, hanging));
        text.push('\n');
    };
    line("          expected ", &format!("{}, found {}", evidence.expected, evidence.found), "                   ");
    if !evidence.message.is_empty() {
        line("          ", &evidence.message, "          ");
    }
    if let Some(reason) = &evidence.reason {
        line("          why: ", &reason.headline, "               ");
        for detail in &reason.details {
            let place = detail.span.map(|span| format!(" ({})", sources.locate(span))).unwrap_or_default();
            line("             - ", &format!("{}{place}", detail.text), "               ");
        }
    }
    text
}

fn review_text(review: &DecisionReview, rulebook: Rulebook, width: usize) -> String {
    let mark = match review.works {
        Some(true) => "works",
        Some(false) => "fails",
        None => "yours",
    };
    let chosen = if review.chosen.is_empty() { "your own value".to_owned() } else { review.chosen.join(" + ") };
    let mut text = wrap(&safe_line(&format!("{}: {chosen}", review.decision)), width, &format!("  {mark}  "), "         ");
    text.push('\n');
    for why in &review.why {
        text.push_str(&wrap(&safe_line(&quote(rulebook, why)), width, "         ", "         "));
        text.push('\n');
    }
    for (label, why) in &review.instead {
        let why = why.as_ref().map(|why| format!(": {}", quote(rulebook, why))).unwrap_or_default();
        text.push_str(&wrap(&safe_line(&format!("{label}{why}")), width, "         what works: ", "           "));
        text.push('\n');
    }
    text
}

fn trail_text(report: &Report<'_>, width: usize) -> String {
    let events = &report.verdict.events;
    let shown = events.len().min(TRAIL);
    let skipped = events.len() - shown;
    let mut text = if skipped > 0 {
        format!("\nTrail, the last {shown} of {} events (--trail prints all, as records)\n", events.len())
    } else {
        "\nTrail\n".to_owned()
    };
    for event in events.iter().skip(skipped) {
        text.push_str(&wrap(&safe_line(&report.readable(&event_line(event))), width, "  ", "      "));
        text.push('\n');
    }
    text
}

/// A call in one line: `2026-01-01 00:00  Decrypt  by role App via s3  on key …  -> AccessDenied`.
#[must_use]
pub fn event_line(event: &Event) -> String {
    let principal = event.caller.principal.arn.rsplit(':').next().unwrap_or_default().to_owned();
    let via = event.caller.via.as_ref().map(|via| format!(" via {}", via.service)).unwrap_or_default();
    let on: Vec<String> =
        event.resources.iter().map(|resource| resource.arn.rsplit(['/', ':']).next().unwrap_or_default().to_owned()).collect();
    let on = if on.is_empty() { String::new() } else { format!(" on {}", on.join(", ")) };
    let result = event.error.as_ref().map_or("ok".to_owned(), |error| error.code.to_string());
    let account = event.caller.principal.account.map(|account| format!(" of {account}")).unwrap_or_default();
    format!("{}  {}  {principal}{account}{via}{on}: {result}", event.time.format("%Y-%m-%d %H:%M"), event.name)
}

/// The verdict for programs.
#[must_use]
pub fn verdict_json(report: &Report<'_>) -> Value {
    let checks: Vec<Value> = report.verdict.checks.iter().map(|check| check_json(check, report.sources)).collect();
    let decisions: Vec<Value> = report
        .review
        .iter()
        .map(|review| {
            json!({
                "decision": review.decision,
                "chosen": review.chosen,
                "works": review.works,
                "why": review.why,
                "instead": review.instead.iter().map(|(label, why)| json!({"label": label, "why": why})).collect::<Vec<_>>(),
            })
        })
        .collect();
    json!({
        "scenario": report.document.id,
        "passed": report.verdict.passed(),
        "rulebook": report.rulebook.kind.name(),
        "checks": checks,
        "decisions": decisions,
        "trim": report.trim.map(|trim| trim_json(trim, report.sources)),
        "trail": report.verdict.events.iter().flat_map(Event::records).collect::<Vec<_>>(),
        "bill": report.verdict.bill.as_ref().map(bill_json),
        "derivations": report.verdict.derivations,
        "cheapest": report.cheapest.map(|cheapest| json!({"total": cheapest.total, "answers": describe_answers(&cheapest.answers)})),
    })
}

pub(super) fn check_json(check: &CheckResult, sources: &Sources) -> Value {
    let outcome = match &check.outcome {
        Outcome::Passed => json!("passed"),
        Outcome::Failed(_) => json!("failed"),
        Outcome::Skipped { .. } => json!("skipped"),
    };
    let mut value = json!({"name": check.name, "goal": check.goal, "outcome": outcome, "at": sources.locate(check.span)});
    if let (Some(evidence), Some(map)) = (check.evidence(), value.as_object_mut()) {
        map.insert("expected".into(), json!(evidence.expected));
        map.insert("found".into(), json!(evidence.found));
        map.insert("message".into(), json!(evidence.message));
        map.insert("reason".into(), evidence.reason.as_ref().map_or(Value::Null, |reason| reason_json(reason, sources)));
    }
    if let (Outcome::Skipped { needs }, Some(map)) = (&check.outcome, value.as_object_mut()) {
        map.insert("needs".into(), json!(needs));
    }
    value
}

pub(super) fn reason_json(reason: &Reason, sources: &Sources) -> Value {
    let details: Vec<Value> =
        reason.details.iter().map(|detail| json!({"text": detail.text, "at": detail.span.map(|span| sources.locate(span))})).collect();
    json!({"headline": reason.headline, "details": details})
}
