//! Facts and claims: found ones, all by topic, and one in full.

use super::coverage::named;
use super::{heading, rule, safe_line, wrap};
use crate::rulebook::{Claim, Entry, Fact, Found, Verdict};
use crate::study::{Exercise, ExerciseKind};
use serde_json::{Value, json};

/// So many entries are shown of a search.
const SHOWN: usize = 8;

/// Exercises that are named of one entry.
const EXERCISES: usize = 6;

/// Columns of the names of fields.
const NAME: usize = 10;

/// One entry with what exercises it.
#[derive(Clone, Copy, Debug)]
pub struct EntryReport<'a> {
    /// The entry.
    pub entry: Entry,
    /// What exercises it.
    pub exercises: &'a [&'a Exercise],
}

/// What a search found, the best first; `all` of it, or a few.
#[must_use]
pub fn found_text(query: &str, found: &Found, all: bool, width: usize) -> String {
    let count = found.entries.len();
    if count == 0 {
        let text = format!("Nothing is like `{}`. `kmsprep facts` without words lists all by topic.", safe_line(query));
        return format!("{}\n", wrap(&text, width, "", ""));
    }
    let shown = if all { count } else { count.min(SHOWN) };
    let size = if shown == count { format!("{count} found") } else { format!("{shown} of {count}, best first") };
    let mut text = heading(&format!("facts: {query}"), &size, width);
    text.push_str(&rule(width));
    if !found.whole {
        text.push_str(&wrap("Nothing has all of these words. The nearest:", width, "", ""));
        text.push_str("\n\n");
    }
    for entry in found.entries.iter().take(shown) {
        text.push_str(&entry_lines(*entry, width));
        text.push('\n');
    }
    if shown < count {
        text.push_str(&wrap(&format!("{} more with --all, or add a word.", count - shown), width, "", ""));
        text.push('\n');
    }
    text.push_str(&closing(found.entries.iter().take(shown).copied(), width));
    text
}

/// All entries: facts by topic, claims by section of the guide.
#[must_use]
pub fn topics_text(entries: &[Entry], differs: bool, width: usize) -> String {
    let facts = entries.iter().filter(|entry| matches!(entry, Entry::Fact(_))).count();
    let claims = entries.len() - facts;
    let what = if differs { "Where the guide and today differ" } else { "Facts by topic" };
    let size = if claims == 0 { format!("{facts} facts") } else { format!("{facts} facts, {claims} claims") };
    let mut text = heading(what, &size, width);
    text.push_str(&rule(width));
    let mut group = "";
    for (index, entry) in entries.iter().enumerate() {
        let of = match entry {
            Entry::Fact(fact) => fact.topic,
            Entry::Claim(claim) => claim.section,
        };
        if of != group {
            group = of;
            text.push_str(if index == 0 { "" } else { "\n" });
            text.push_str(&wrap(of, width, "", "  "));
            text.push('\n');
        }
        if differs {
            text.push_str(&entry_lines(*entry, width));
        } else {
            text.push_str(&wrap(entry.id(), width, &format!("{} ", mark(*entry)), "    "));
            text.push('\n');
            text.push_str(&wrap(title(*entry), width, "    ", "    "));
            text.push('\n');
        }
    }
    text.push('\n');
    if !differs {
        let more = "The claims of the guide are found by their words, and by section with `kmsprep coverage`.";
        text.push_str(&wrap(more, width, "", ""));
        text.push('\n');
    }
    text.push_str(&closing(entries.iter().copied(), width));
    text
}

fn closing(entries: impl Iterator<Item = Entry>, width: usize) -> String {
    let mut entries = entries.peekable();
    let first = entries.peek().map_or("ID", |entry| entry.id());
    let legend = if entries.any(Entry::differs) { "! the guide and today differ. " } else { "" };
    format!("{}\n", wrap(&format!("{legend}One in full: kmsprep facts {first}"), width, "", "  "))
}

/// `!` where the guide and today differ.
fn mark(entry: Entry) -> &'static str {
    if entry.differs() { "!" } else { " " }
}

fn title(entry: Entry) -> &'static str {
    match entry {
        Entry::Fact(fact) => fact.title,
        Entry::Claim(claim) => claim.claim,
    }
}

/// What it says, what holds, and its id.
fn entry_lines(entry: Entry, width: usize) -> String {
    let mut text = wrap(title(entry), width, &format!("{} ", mark(entry)), "  ");
    text.push('\n');
    let lines = match entry {
        Entry::Fact(fact) if fact.differs() => vec![format!("guide: {}", guide(fact)), format!("today: {}", today(fact))],
        Entry::Fact(fact) if fact.guide.is_none() => vec![format!("today: {} (the guide says nothing)", today(fact))],
        Entry::Fact(fact) => vec![format!("guide and today: {}", today(fact))],
        Entry::Claim(claim) => vec![holds(claim)],
    };
    for line in lines {
        text.push_str(&wrap(&line, width, "    ", "      "));
        text.push('\n');
    }
    text.push_str(&wrap(entry.id(), width, "    = ", "      "));
    text.push('\n');
    text
}

fn guide(fact: &Fact) -> String {
    match (fact.guide, fact.guide_phrase) {
        (_, Some(phrase)) => phrase.to_owned(),
        (Some(value), None) => fact.phrase(value),
        (None, None) => "says nothing".to_owned(),
    }
}

fn today(fact: &Fact) -> String {
    let value = fact.phrase(fact.current);
    fact.since.map_or(value.clone(), |since| format!("{value}, since {since}"))
}

fn standing(claim: &Claim) -> &'static str {
    match claim.verdict {
        Verdict::Current => "right",
        Verdict::Simplified => "simplified",
        Verdict::Outdated => "out of date",
        Verdict::Wrong => "wrong",
    }
}

/// Whether a claim holds, and what does.
fn holds(claim: &Claim) -> String {
    match (claim.verdict, claim.today.strip_prefix("Same").map(|rest| rest.trim_start_matches([';', ' ']))) {
        (Verdict::Current, Some("")) => "the guide is right".to_owned(),
        (Verdict::Current, rest) => format!("the guide is right: {}", rest.unwrap_or(claim.today)),
        (Verdict::Simplified | Verdict::Outdated | Verdict::Wrong, _) => {
            format!("the guide is {}; today: {}", standing(claim), claim.today)
        }
    }
}

/// One entry in full.
#[must_use]
pub fn entry_text(report: &EntryReport<'_>, width: usize) -> String {
    let mut text = wrap(title(report.entry), width, "", "");
    text.push('\n');
    text.push_str(&rule(width));
    let mut field = |name: &str, value: &str| {
        let name = format!("{name:NAME$}");
        text.push_str(&wrap(value, width, &name, &" ".repeat(NAME)));
        text.push('\n');
    };
    match report.entry {
        Entry::Fact(fact) => {
            field("Guide", &guide(fact));
            let same = if fact.guide.is_some() && !fact.differs() { " (the same)" } else { "" };
            field("Today", &format!("{}{same}", today(fact)));
            field("Note", fact.note.unwrap_or("-"));
            field("Section", fact.section.unwrap_or("the guide says nothing about it"));
            field("Source", fact.source);
            field("Topic", fact.topic);
        }
        Entry::Claim(claim) => {
            field("Guide", &format!("{}: {}", standing(claim), claim.claim));
            field("Today", claim.today);
            field("Section", &format!("{}, line {}", claim.section, claim.line));
            field("Source", claim.source);
        }
    }
    field("Id", report.entry.id());
    for (index, exercise) in report.exercises.iter().take(EXERCISES).enumerate() {
        field(if index == 0 { "Items" } else { "" }, &named(exercise));
    }
    match report.exercises.len() {
        0 => field("Items", "none yet"),
        count if count > EXERCISES => field("", &format!("and {} more", count - EXERCISES)),
        _ => {}
    }
    field("Try", &try_next(report));
    text
}

/// One command that goes on from here: work on it if anything exercises it, else what else there is about it.
fn try_next(report: &EntryReport<'_>) -> String {
    let of = |kind: ExerciseKind| report.exercises.iter().find(|exercise| exercise.kind == kind);
    if let Some(scenario) = of(ExerciseKind::Scenario) {
        return format!("kmsprep scenario solve {}", safe_line(&scenario.id));
    }
    if let Some(topic) = of(ExerciseKind::Question).and_then(|question| question.topics.first()) {
        return format!("kmsprep drill {}", safe_line(topic));
    }
    match report.entry {
        Entry::Fact(fact) => format!("kmsprep facts {}", fact.topic),
        Entry::Claim(claim) => format!("kmsprep facts \"{}\"", claim.heading()),
    }
}

/// Entries in full for programs.
#[must_use]
pub fn reports_json(reports: &[EntryReport<'_>]) -> Value {
    json!({"entries": reports.iter().map(report_json).collect::<Vec<_>>()})
}

fn report_json(report: &EntryReport<'_>) -> Value {
    let exercises: Vec<Value> = report
        .exercises
        .iter()
        .map(|exercise| json!({"id": exercise.id, "kind": exercise.kind.name(), "executed": exercise.executed}))
        .collect();
    let mut value = one(report.entry);
    if let Some(members) = value.as_object_mut() {
        members.insert("items".to_owned(), json!(exercises));
        members.insert("try".to_owned(), json!(try_next(report)));
    }
    value
}

fn one(entry: Entry) -> Value {
    let (kind, mut value) = match entry {
        Entry::Fact(fact) => ("fact", json!(fact)),
        Entry::Claim(claim) => ("claim", json!(claim)),
    };
    if let Some(members) = value.as_object_mut() {
        members.insert("kind".to_owned(), json!(kind));
        members.insert("differs".to_owned(), json!(entry.differs()));
    }
    value
}

/// Entries for programs.
#[must_use]
pub fn entries_json(query: &str, entries: &[Entry], whole: bool) -> Value {
    json!({"query": query, "every_word": whole, "entries": entries.iter().map(|entry| one(*entry)).collect::<Vec<_>>()})
}
