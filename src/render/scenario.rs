//! A scenario before it is solved.

use super::{safe, safe_line, wrap};
use crate::scenario::{Decision, Document};
use serde_json::{Value, json};
use std::borrow::Cow;

/// The letter of the option with this index.
#[must_use]
pub fn letter(index: usize) -> char {
    u32::try_from(index).ok().and_then(|index| char::from_u32(u32::from('A') + index)).unwrap_or('?')
}

/// A line across.
#[must_use]
pub fn rule(width: usize) -> String {
    format!("{}\n", "-".repeat(width))
}

/// Text on the left and on the right of one line, or the left text alone where both do not fit.
#[must_use]
pub fn heading(left: &str, right: &str, width: usize) -> String {
    let (left, right) = (safe_line(left), safe_line(right));
    let used = left.chars().count() + right.chars().count();
    if right.is_empty() || used + 2 > width { format!("{left}\n") } else { format!("{left}{}{right}\n", " ".repeat(width - used)) }
}

/// A text without the lines that are drawn under headings: a screen reader would spell them.
#[must_use]
pub fn without_rules(text: &str) -> Cow<'_, str> {
    let is_rule = |line: &str| line.len() > 8 && line.trim_end().bytes().all(|byte| byte == b'-');
    if text.lines().any(is_rule) {
        Cow::Owned(text.split_inclusive('\n').filter(|line| !is_rule(line)).collect())
    } else {
        Cow::Borrowed(text)
    }
}

/// A list of scenarios, one or two lines each.
#[must_use]
pub fn scenario_list(documents: &[&Document], width: usize) -> String {
    let longest = documents.iter().map(|document| document.id.chars().count()).max().unwrap_or(0);
    let mut text = String::new();
    for document in documents {
        let start = format!("{:longest$}  {}  ", safe_line(&document.id), document.difficulty);
        text.push_str(&wrap(&safe_line(&document.title), width, &start, &" ".repeat(start.chars().count())));
        text.push('\n');
    }
    let one = documents.first().map_or("ID", |document| document.id.as_str());
    text.push_str(&format!("\nThe number is the difficulty. Try: kmsprep scenario solve {}\n", safe_line(one)));
    text
}

/// The same as JSON.
#[must_use]
pub fn scenario_list_json(documents: &[&Document]) -> Value {
    documents
        .iter()
        .map(|document| {
            json!({"id": document.id, "title": document.title, "difficulty": document.difficulty, "topics": document.topics, "guide": document.guide})
        })
        .collect()
}

/// What a scenario asks, without its decisions.
#[must_use]
pub fn scenario_head(document: &Document, width: usize) -> String {
    let mut text = heading(&document.title, &document.topics.join(" | "), width);
    text.push_str(&rule(width));
    text.push_str(&wrap(&safe(&document.brief), width, "", ""));
    text.push('\n');
    if let Some(guide) = &document.guide {
        text.push_str(&wrap(&format!("Guide: {}", safe_line(guide)), width, "", "       "));
        text.push('\n');
    }
    text
}

/// One decision with its options, to be answered by letter.
#[must_use]
pub fn decision_text(decision: &Decision, number: usize, of: usize, width: usize) -> String {
    let choose = if decision.choose == 1 { String::new() } else { format!("choose {}", decision.choose) };
    let mut text = String::from("\n");
    text.push_str(&heading(&format!("[{number}/{of}]  {}", decision.name), &choose, width));
    text.push_str(&wrap(&safe(&decision.ask), width, "", ""));
    text.push_str("\n\n");
    for (index, option) in decision.options.iter().enumerate() {
        text.push_str(&wrap(&safe(&option.label), width, &format!("  {}  ", letter(index)), "     "));
        text.push('\n');
    }
    if decision.free_form {
        text.push_str("  =  your own value in YAML or JSON\n");
    }
    text
}

/// A whole scenario, for reading.
#[must_use]
pub fn scenario_text(document: &Document, hints: bool, width: usize) -> String {
    let mut text = scenario_head(document, width);
    for (index, decision) in document.decisions.iter().enumerate() {
        text.push_str(&decision_text(decision, index + 1, document.decisions.len(), width));
        let names: Vec<&str> = decision.options.iter().map(|option| option.name.as_str()).collect();
        text.push_str(&wrap(&safe_line(&format!("--set {}=… with {}", decision.name, names.join(", "))), width, "     ", "       "));
        text.push('\n');
    }
    if hints {
        for (index, hint) in document.hints.iter().enumerate() {
            text.push_str(&wrap(&safe(hint), width, &format!("\nHint {}: ", index + 1), "        "));
            text.push('\n');
        }
    }
    text.push_str(&format!("\nSolve it: kmsprep scenario solve {}\n", safe_line(&document.id)));
    text
}

/// The same as JSON, without the proof: whoever may read that reads the file.
#[must_use]
pub fn scenario_json(document: &Document) -> Value {
    let decisions: Vec<Value> = document
        .decisions
        .iter()
        .map(|decision| {
            let options: Vec<Value> = decision.options.iter().map(|option| json!({"name": option.name, "label": option.label})).collect();
            json!({"name": decision.name, "ask": decision.ask, "choose": decision.choose, "free_form": decision.free_form, "options": options})
        })
        .collect();
    json!({
        "id": document.id,
        "title": document.title,
        "guide": document.guide,
        "topics": document.topics,
        "difficulty": document.difficulty,
        "brief": document.brief,
        "decisions": decisions,
        "hints": document.hints,
    })
}
