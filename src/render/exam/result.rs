//! What a sitting came to.

use super::super::question::paragraph;
use super::super::safe_line;
use super::super::scenario::{heading, rule};
use super::{EQUATED, ExamLook, duration, questions_of};
use crate::study::exam::{DomainScore, End, Outcome, PASS_LINE, Score, Sitting};
use serde_json::{Value, json};

/// Signs of a bar.
const BAR: usize = 20;

/// Below so many columns a bar has a line of its own.
const NARROW: usize = 60;

/// The result for people. `topics` are those of what was wrong, the most frequent first.
#[must_use]
pub fn exam_result_text(sitting: &Sitting, score: &Score, topics: &[String], look: ExamLook) -> String {
    let mut text = match look.plain {
        true => format!("Result of exam {}:\n", sitting.id),
        false => format!("{}{}", heading("Result", &format!("exam {}", sitting.id), look.width), rule(look.width)),
    };
    let mut line = |name: &str, words: &str| {
        let (start, hanging) = match look.plain {
            true => (format!("{name}: "), "  ".to_owned()),
            false => (format!("  {name:14}  "), " ".repeat(18)),
        };
        paragraph(&mut text, words, look.width, &start, &hanging);
    };
    if sitting.ended == Some(End::TimeOver) {
        line("submitted", "by the clock: the time was over");
    }
    let verdict = if score.passed() { "ABOVE the line" } else { "BELOW the line" };
    line("practice score", &format!("{} of 1000, pass line {PASS_LINE}: {verdict}", score.scaled));
    line("scored right", &format!("{} of {}", score.right, score.of));
    let (low, high) = score.range;
    line("likely range", &format!("{low} to {high} (95 %, Wilson): {} leave it so open", questions_of(score.of)));
    line("unscored", &format!("{} of {} right; these did not count", score.unscored.0, score.unscored.1));
    let open = score.count(Outcome::Unanswered);
    if open > 0 {
        line("unanswered", &format!("{open}, which counts as wrong"));
    }
    let missing = score.count(Outcome::Missing);
    if missing > 0 {
        line("not scored", &format!("{} that the bank has no longer", questions_of(missing)));
    }
    let slowest = score.slowest().iter().map(ToString::to_string).collect::<Vec<_>>().join(", ");
    if !slowest.is_empty() {
        line("time", &format!("{} on questions; longest on {slowest}", duration(score.seconds())));
    }
    text.push_str("\nBy domain\n");
    for domain in &score.domains {
        text.push_str(&domain_line(domain, look));
    }
    text.push('\n');
    paragraph(&mut text, EQUATED, look.width, "", "");
    text.push('\n');
    paragraph(&mut text, &format!("kmsprep exam review {}", sitting.id), look.width, "Every question  ", "  ");
    if let Some(topic) = topics.first() {
        paragraph(&mut text, &format!("kmsprep drill {}", safe_line(topic)), look.width, "Most was wrong in it  ", "  ");
    }
    text
}

fn percent(domain: &DomainScore) -> usize {
    (domain.right * 200 + domain.of).checked_div(domain.of * 2).unwrap_or(0)
}

fn domain_line(domain: &DomainScore, look: ExamLook) -> String {
    let name = domain.domain.name();
    let count = format!("{} of {}", domain.right, domain.of);
    if look.plain {
        return format!("{name}: {count} right, {} percent\n", percent(domain));
    }
    let full = (domain.right * BAR * 2 + domain.of).checked_div(domain.of * 2).unwrap_or(0);
    let bar = format!("{}{}", "#".repeat(full), "-".repeat(BAR.saturating_sub(full)));
    let numbers = format!("  {name:14}  {count:>8}  {:>3} %", percent(domain));
    match look.width < NARROW {
        true => format!("{numbers}\n{}{bar}\n", " ".repeat(18)),
        false => format!("{numbers}  {bar}\n"),
    }
}

/// The same as JSON.
#[must_use]
pub fn exam_result_json(sitting: &Sitting, score: &Score, topics: &[String]) -> Value {
    let domains: Vec<Value> =
        score.domains.iter().map(|domain| json!({"domain": domain.domain.name(), "right": domain.right, "of": domain.of})).collect();
    json!({
        "type": "result",
        "sitting": sitting.id,
        "paper": sitting.paper.id,
        "ended": sitting.ended,
        "scaled": score.scaled,
        "pass_line": PASS_LINE,
        "passed": score.passed(),
        "right": score.right,
        "of": score.of,
        "range": [score.range.0, score.range.1],
        "range_means": "Wilson interval, 95 percent",
        "caveat": EQUATED,
        "domains": domains,
        "unscored": {"right": score.unscored.0, "of": score.unscored.1},
        "unanswered": score.count(Outcome::Unanswered),
        "missing": score.count(Outcome::Missing),
        "seconds": score.seconds(),
        "slowest": score.slowest(),
        "weak_topics": topics.iter().map(|topic| safe_line(topic)).collect::<Vec<_>>(),
    })
}
