//! `NumericEquals`, `NumericLessThan` and their kin: whole numbers and decimals, compared as numbers.

use super::Relation;
use rust_decimal::Decimal;

pub(in crate::iam) fn parse(text: &str) -> Option<Decimal> {
    // Longer text is no number that KMS knows, and would only be rounded.
    if text.len() > 40 || text.contains('_') {
        return None;
    }
    text.trim().parse().ok()
}

pub(super) fn matches(relation: Relation, wanted: &[Option<Decimal>], value: &str) -> bool {
    parse(value).is_some_and(|value| wanted.iter().flatten().any(|wanted| relation.holds(value.cmp(wanted))))
}
