//! Conditions on one key that no request can fulfil together.

use super::condition_key::Facts;
use super::{Findings, Reviewed, at};
use crate::diag::{Diagnostic, cut};
use crate::iam::{Condition, Family, Relation};
use std::collections::BTreeMap;

/// More conditions on one key are not compared.
const MOST_ON_ONE_KEY: usize = 16;

pub(super) fn check(reviewed: &Reviewed<'_>, findings: &mut Findings) {
    let mut groups: BTreeMap<String, Vec<&Condition>> = BTreeMap::new();
    for condition in reviewed.statement.conditions() {
        groups.entry(condition.key().written.to_lowercase()).or_default().push(condition);
    }
    for group in groups.values().filter(|group| (2..=MOST_ON_ONE_KEY).contains(&group.len())) {
        if let Some((one, other, why)) = contradiction(group) {
            let message = format!("the conditions on `{}` exclude each other: {why}", cut(&one.key().written));
            let diagnostic = at(Diagnostic::warning("policy/contradiction", message), one.span, "together with the other, never holds");
            findings.add(
                at(diagnostic, other.span, "the other")
                    .help("a statement with several conditions needs all of them; use two statements for `or`"),
            );
        }
    }
}

type Pair<'c> = (&'c Condition, &'c Condition, &'static str);

fn contradiction<'c>(group: &[&'c Condition]) -> Option<Pair<'c>> {
    absent_and_tested(group).or_else(|| {
        // Several values could each fulfil one of the conditions.
        let single = group.first().and_then(|condition| Facts::of(condition.key()).is_multivalued()) == Some(false);
        if single { no_common_value(group).or_else(|| empty_range(group)) } else { None }
    })
}

fn absent_and_tested<'c>(group: &[&'c Condition]) -> Option<Pair<'c>> {
    let is_null = |condition: &Condition| condition.operator.family == Family::Null;
    let absent =
        group.iter().find(|condition| is_null(condition) && condition.holds_when_absent() && condition.holds_for("") == Some(false))?;
    let tested = group.iter().find(|condition| !is_null(condition) && !condition.holds_when_absent())?;
    Some((absent, tested, "one wants it absent, the other wants a value"))
}

/// A list of values of which no other condition takes any.
fn no_common_value<'c>(group: &[&'c Condition]) -> Option<Pair<'c>> {
    let lists = group.iter().filter(|condition| {
        let is_list = matches!(
            condition.operator.family,
            Family::String | Family::Bool | Family::Numeric(Relation::Equal) | Family::Date(Relation::Equal)
        );
        is_list && !condition.operator.negated && !condition.holds_when_absent() && !condition.values.is_empty()
    });
    for list in lists {
        for other in group.iter().filter(|other| !std::ptr::eq(**other, *list)) {
            let excluded = |value: &str| list.holds_for(value).is_some() && other.holds_for(value) == Some(false);
            if list.values.iter().all(|value| excluded(&value.written)) {
                return Some((list, other, "no value fulfils both"));
            }
        }
    }
    None
}

fn empty_range<'c>(group: &[&'c Condition]) -> Option<Pair<'c>> {
    let relation = |condition: &Condition| {
        let (Family::Numeric(relation) | Family::Date(relation)) = condition.operator.family else { return None };
        (!condition.operator.negated).then_some(relation)
    };
    for upper in group.iter().filter(|condition| matches!(relation(condition), Some(Relation::Less | Relation::LessOrEqual))) {
        for lower in group.iter().filter(|condition| matches!(relation(condition), Some(Relation::Greater | Relation::GreaterOrEqual))) {
            // One of the values is enough, so the widest counts.
            let (Some(most), Some(least)) = (upper.bounds().into_iter().max(), lower.bounds().into_iter().min()) else { continue };
            let closed = relation(upper) == Some(Relation::LessOrEqual) && relation(lower) == Some(Relation::GreaterOrEqual);
            let needed = !(upper.holds_when_absent() && lower.holds_when_absent());
            if needed && (least > most || least == most && !closed) {
                return Some((upper, lower, "no number or time is in the range"));
            }
        }
    }
    None
}
