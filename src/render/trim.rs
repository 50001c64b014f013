//! What passing policies could do without.

use super::{safe_line, wrap};
use crate::diag::Sources;
use crate::scenario::{Excess, Offer, Part, StatementPlace, Trim, Unneeded};
use serde_json::{Value, json};

/// Findings that the text shows, so that it stays on a screen.
const MOST: usize = 16;

/// One finding, ready to be shown below its statement.
struct Line<'t> {
    decision: &'t str,
    statement: &'t StatementPlace,
    text: String,
}

/// The findings for people, below their statements.
pub(super) fn trim_text(trim: &Trim, sources: &Sources, width: usize) -> String {
    let mut text = "\nTighter still\n".to_owned();
    let intro = if trim.excess.is_empty() {
        "Nothing can go: all that your policies allow is needed by a check."
    } else {
        "Whatever passes is right. With less the checks pass, too; `scenario run --trimmed` prints it."
    };
    text.push_str(&wrap(intro, width, "  ", "  "));
    text.push('\n');
    let lines = lines(trim);
    let mut last: Option<(&str, &StatementPlace)> = None;
    for line in lines.iter().take(MOST) {
        let statement = (line.decision, line.statement);
        if last != Some(statement) {
            let sid = line.statement.sid.as_deref().map(|sid| format!(", {sid}")).unwrap_or_default();
            let head = format!("{}{sid} ({})", line.decision, sources.locate(line.statement.span));
            text.push_str(&wrap(&safe_line(&head), width, "  ", "    "));
            text.push('\n');
            last = Some(statement);
        }
        text.push_str(&wrap(&safe_line(&line.text), width, "    - ", "      "));
        text.push('\n');
    }
    if lines.len() > MOST {
        text.push_str(&format!("  and {} more, which --format json lists\n", lines.len() - MOST));
    }
    if !trim.complete {
        text.push_str(&format!("  Stopped after {} runs: there may be more.\n", trim.runs));
    }
    text
}

/// All findings, those of one statement together.
fn lines(trim: &Trim) -> Vec<Line<'_>> {
    let excess = trim.excess.iter().map(|found| Line { decision: &found.decision, statement: &found.statement, text: excess_text(found) });
    let offered = trim.offered.iter().map(|found| Line { decision: &found.decision, statement: &found.statement, text: offer_text(found) });
    let unneeded =
        trim.unneeded.iter().map(|found| Line { decision: &found.decision, statement: &found.statement, text: unneeded_text(found) });
    let mut all: Vec<Line<'_>> = excess.chain(offered).chain(unneeded).collect();
    all.sort_by_key(|line| line.statement.span);
    all
}

fn excess_text(excess: &Excess) -> String {
    let what = match &excess.part {
        Part::Statement => "the whole statement".to_owned(),
        Part::Action(written) => written.clone(),
        Part::Principal(written) => format!("the principal {written}"),
        Part::Resource(written) => format!("the resource {written}"),
        Part::Value { operator, key, value } => format!("the value {value} of {operator} {key}"),
    };
    if excess.instead.is_empty() { format!("{what} can go") } else { format!("{what} can be {}", excess.instead.join(", ")) }
}

fn offer_text(offer: &Offer) -> String {
    format!("could have the condition {} {} {}", offer.operator, offer.key, offer.value)
}

fn unneeded_text(unneeded: &Unneeded) -> String {
    match &unneeded.condition {
        Some((operator, key)) => format!("no check needs the condition {operator} {key}; keep it if you meant it"),
        None => "no check needs this denial; keep it if you meant it".to_owned(),
    }
}

/// The findings for programs.
pub(super) fn trim_json(trim: &Trim, sources: &Sources) -> Value {
    let place = |decision: &str, statement: &StatementPlace| json!({"decision": decision, "sid": statement.sid, "at": sources.locate(statement.span)});
    let excess = trim.excess.iter().map(|found| {
        let (part, written) = match &found.part {
            Part::Statement => ("statement", None),
            Part::Action(written) => ("action", Some(written)),
            Part::Principal(written) => ("principal", Some(written)),
            Part::Resource(written) => ("resource", Some(written)),
            Part::Value { value, .. } => ("value", Some(value)),
        };
        let condition = match &found.part {
            Part::Value { operator, key, .. } => json!({"operator": operator, "key": key}),
            Part::Statement | Part::Action(_) | Part::Principal(_) | Part::Resource(_) => Value::Null,
        };
        json!({
            "statement": place(&found.decision, &found.statement),
            "at": sources.locate(found.span),
            "part": part,
            "written": written,
            "condition": condition,
            "instead": found.instead,
        })
    });
    let unneeded = trim.unneeded.iter().map(|found| {
        let condition = found.condition.as_ref().map(|(operator, key)| json!({"operator": operator, "key": key}));
        json!({"statement": place(&found.decision, &found.statement), "at": sources.locate(found.span), "condition": condition})
    });
    let offered = trim.offered.iter().map(|found| {
        let condition = json!({"operator": found.operator, "key": found.key, "value": found.value});
        json!({"statement": place(&found.decision, &found.statement), "condition": condition})
    });
    json!({
        "excess": excess.collect::<Vec<_>>(),
        "unneeded": unneeded.collect::<Vec<_>>(),
        "offered": offered.collect::<Vec<_>>(),
        "runs": trim.runs,
        "complete": trim.complete,
    })
}
