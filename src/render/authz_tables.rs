//! Tables of decisions: two versions of a policy side by side, and principals against actions.

use super::scenario::{heading, rule};
use super::{safe_line, wrap};
use crate::authz::{Cell, Difference, Matrix, Values};
use crate::iam::Decision;
use serde_json::{Value, json};
use std::collections::BTreeMap;

/// The actions of requests that are alike but for these.
type Group = (String, String, String, String);

fn word(decision: Decision) -> &'static str {
    match decision {
        Decision::Allow => "allowed",
        Decision::ExplicitDeny => "denied by a statement",
        Decision::ImplicitDeny => "not allowed",
    }
}

fn context_of(difference: &Difference) -> String {
    let shown = difference.question.context.iter().filter(|(name, _)| *name != "kms:CallerAccount").map(|(name, values)| match values {
        Values::One(value) => format!("{name} = {value}"),
        Values::Many(values) => format!("{name} = {}", values.join(", ")),
    });
    shown.collect::<Vec<_>>().join(", ")
}

/// What two versions of a policy decide differently: for each caller and context the actions.
#[must_use]
pub fn difference_text(found: &[Difference], asked: usize, width: usize) -> String {
    let count = match found.len() {
        0 => return format!("Both versions decide all {asked} requests alike.\n"),
        1 => "1 request is decided differently".to_owned(),
        many => format!("{many} requests are decided differently"),
    };
    let mut text = heading(&count, &format!("{asked} asked"), width);
    text.push_str(&rule(width));
    let mut groups: BTreeMap<Group, Vec<&str>> = BTreeMap::new();
    for difference in found {
        let key = (
            word(difference.old).to_owned(),
            word(difference.new).to_owned(),
            difference.question.caller.principal.arn.to_string(),
            context_of(difference),
        );
        groups.entry(key).or_default().push(&difference.question.action);
    }
    let mut last = String::new();
    for ((old, new, principal, context), actions) in groups {
        let change = format!("{old} -> {new}");
        if change != last {
            text.push_str(&format!("\n{change}\n"));
            last = change;
        }
        let under = if context.is_empty() { String::new() } else { format!(", with {context}") };
        text.push_str(&wrap(&safe_line(&format!("{principal}{under}")), width, "  ", "    "));
        text.push('\n');
        text.push_str(&wrap(&safe_line(&actions.join(", ")), width, "      ", "      "));
        text.push('\n');
    }
    text
}

/// The same for programs: each request with both decisions.
#[must_use]
pub fn difference_json(found: &[Difference], asked: usize) -> Value {
    let shown: Vec<Value> = found
        .iter()
        .map(|difference| {
            let context: BTreeMap<&str, Value> = difference
                .question
                .context
                .iter()
                .map(|(name, values)| match values {
                    Values::One(value) => (name, json!(value)),
                    Values::Many(values) => (name, json!(values)),
                })
                .collect();
            json!({
                "principal": &*difference.question.caller.principal.arn,
                "action": difference.question.action,
                "resource": difference.question.resource,
                "context": context,
                "old": difference.old.name(),
                "new": difference.new.name(),
            })
        })
        .collect();
    json!({ "asked": asked, "differences": shown })
}

fn mark(cell: Cell) -> &'static str {
    match cell {
        Cell::Allowed => "yes",
        Cell::Granted => "grant",
        Cell::Missing => ".",
        Cell::Denied => "DENY",
    }
}

fn cell_name(cell: Cell) -> &'static str {
    match cell {
        Cell::Allowed => "allowed",
        Cell::Granted => "granted",
        Cell::Missing => "missing",
        Cell::Denied => "denied",
    }
}

/// Actions down, principals across by number: names of principals are too long for a column.
#[must_use]
pub fn matrix_text(matrix: &Matrix, key: &str, all: bool, readable: impl Fn(&str) -> String, width: usize) -> String {
    let mut text = heading("Who may do what", &format!("key {}", safe_line(key)), width);
    text.push_str(&rule(width));
    for (number, principal) in matrix.principals.iter().enumerate() {
        text.push_str(&wrap(&safe_line(&readable(&principal.arn)), width, &format!("  {:>3}  ", number + 1), "       "));
        text.push('\n');
    }
    let longest = matrix.rows.iter().map(|(action, _)| action.len()).max().unwrap_or(0);
    let per_table = (width.saturating_sub(longest + 4) / 6).max(1);
    let shown: Vec<_> = matrix.rows.iter().filter(|(_, cells)| all || cells.iter().any(|cell| *cell != Cell::Missing)).collect();
    for first in (0..matrix.principals.len()).step_by(per_table) {
        let numbers = (first..matrix.principals.len()).take(per_table);
        let head: String = numbers.clone().map(|number| format!("{:>6}", number + 1)).collect();
        text.push_str(&format!("\n  {:longest$}{head}\n", ""));
        for (action, cells) in &shown {
            let row: String = cells.iter().skip(first).take(per_table).map(|cell| format!("{:>6}", mark(*cell))).collect();
            text.push_str(&format!("  {action:longest$}{row}\n"));
        }
    }
    let left_out = matrix.rows.len() - shown.len();
    text.push_str("\n  yes: policies allow it   grant: a grant does\n  DENY: a statement denies it   .: nothing allows it\n");
    if left_out > 0 {
        text.push_str(&format!("  {left_out} actions that nobody may do are left out (--all shows them)\n"));
    }
    text
}

/// The same for programs.
#[must_use]
pub fn matrix_json(matrix: &Matrix, key: &str) -> Value {
    let rows: Vec<Value> = matrix
        .rows
        .iter()
        .map(|(action, cells)| json!({"action": action, "cells": cells.iter().copied().map(cell_name).collect::<Vec<_>>()}))
        .collect();
    json!({"key": key, "principals": matrix.principals.iter().map(|principal| principal.arn.to_string()).collect::<Vec<_>>(), "actions": rows})
}
