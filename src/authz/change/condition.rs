//! What would make a condition hold, or fail: another value in the policy, or another value in the request.

use super::data::Change;
use super::edit::StatementEdit;
use super::view::{Candidate, Site};
use crate::authz::Values;
use crate::cloud::{ConditionTrace, DecisionTrace};

/// Keys that tell who calls or which key is asked for, or follow from the rest of the request: nobody
/// sets them alone.
const FIXED: [&str; 11] = [
    "aws:principal",
    "aws:userid",
    "aws:username",
    "aws:resource",
    "aws:currenttime",
    "aws:epochtime",
    "aws:requestedregion",
    "kms:calleraccount",
    "kms:encryptioncontextkeys",
    "kms:key",
    "kms:resourcealiases",
];

fn can_be_set(key: &str) -> bool {
    let key = key.to_ascii_lowercase();
    !FIXED.iter().any(|fixed| key.starts_with(fixed))
}

/// How a condition's operator compares.
struct Shape<'c> {
    bare: &'c str,
    many: bool,
    negated: bool,
}

impl Shape<'_> {
    fn of(condition: &ConditionTrace) -> Shape<'_> {
        let (many, bare) = match condition.operator.split_once(':') {
            Some((_, bare)) => (true, bare),
            None => (false, condition.operator.as_str()),
        };
        let bare = bare.strip_suffix("IfExists").unwrap_or(bare);
        Shape { bare, many, negated: bare.contains("Not") }
    }

    /// Whether its values are a list of alternatives, to which one can be added.
    fn lists(&self) -> bool {
        !matches!(self.bare, "Null" | "Bool") && !self.bare.starts_with("Numeric") && !self.bare.starts_with("Date")
    }
}

/// Changes that make the failing condition of an Allow statement hold.
pub(super) fn fulfil(site: &Site<'_>, condition: &ConditionTrace, trace: &DecisionTrace) -> Vec<Candidate> {
    let shape = Shape::of(condition);
    let (operator, key) = (condition.operator.clone(), condition.key.clone());
    let mut changes = Vec::new();
    if shape.bare == "Null" {
        changes.extend(unset(condition, 3).filter(|_| condition.wanted.iter().any(|wanted| wanted == "true")));
    } else if shape.negated {
        changes.extend(take_values(site, condition, trace));
        changes.extend(unset(condition, 3));
    } else {
        if let Some(found) = condition.found.as_ref().filter(|_| shape.lists()) {
            changes.push((site.edit(trace, StatementEdit::AddCondition(operator.clone(), key.clone(), found.clone())), 1));
        }
        changes.extend(set(condition, &shape, 2));
    }
    changes.push((site.edit(trace, StatementEdit::DropCondition(operator, key)), 6));
    changes
}

/// Changes that make a condition of a matching Deny statement fail.
pub(super) fn defeat(site: &Site<'_>, condition: &ConditionTrace, trace: &DecisionTrace) -> Vec<Candidate> {
    let shape = Shape::of(condition);
    let (operator, key) = (condition.operator.clone(), condition.key.clone());
    let mut changes = Vec::new();
    if shape.bare == "Null" {
        changes.extend(unset(condition, 3).filter(|_| condition.wanted.iter().any(|wanted| wanted == "false")));
    } else if shape.bare == "Bool" {
        let other = |wanted: &String| if wanted == "true" { "false" } else { "true" };
        let value = condition.wanted.first().map(|wanted| Values::One(other(wanted).to_owned()));
        changes.extend(value.filter(|_| can_be_set(&key)).map(|value| (Change::SetKey(key, value), 2)));
    } else if shape.negated {
        if let Some(found) = condition.found.as_ref() {
            changes.push((site.edit(trace, StatementEdit::AddCondition(operator, key, found.clone())), 1));
        }
        changes.extend(set(condition, &shape, 2));
    } else {
        changes.extend(take_values(site, condition, trace));
        changes.extend(unset(condition, 3));
        if !shape.lists() {
            changes.extend(set(condition, &shape, 3));
        }
    }
    changes
}

/// The request with the first value that the condition wants and that is one value, not a pattern.
fn set(condition: &ConditionTrace, shape: &Shape<'_>, rank: u32) -> Option<Candidate> {
    let value = condition.wanted.iter().find(|wanted| !wanted.is_empty() && !wanted.contains(['*', '?', '$']))?.clone();
    if !can_be_set(&condition.key) {
        return None;
    }
    let value = if shape.many { Values::Many(vec![value]) } else { Values::One(value) };
    Some((Change::SetKey(condition.key.clone(), value), rank))
}

/// The request without the key.
fn unset(condition: &ConditionTrace, rank: u32) -> Option<Candidate> {
    condition.found.as_ref().filter(|_| can_be_set(&condition.key))?;
    Some((Change::UnsetKey(condition.key.clone()), rank))
}

/// The condition without the values that the request has, where others remain.
fn take_values(site: &Site<'_>, condition: &ConditionTrace, trace: &DecisionTrace) -> Vec<Candidate> {
    let written = condition.wanted.iter().filter(|wanted| condition.found.as_ref().is_some_and(|found| found.contains(wanted)));
    let edit = |value: &String| StatementEdit::TakeValue(condition.operator.clone(), condition.key.clone(), value.clone());
    written.map(|value| (site.edit(trace, edit(value)), 1)).collect()
}
