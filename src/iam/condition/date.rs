//! `DateEquals`, `DateLessThan` and their kin: ISO 8601 or epoch seconds, which compare with each other.

use super::Relation;
use crate::cloud::{Instant, parse_instant};

/// Reads the W3C profile of ISO 8601, from `2026` to `2026-03-15T10:30:00.5+01:00`, or epoch seconds.
pub(in crate::iam) fn parse(text: &str) -> Option<Instant> {
    let text = text.trim();
    if let Some(instant) = parse_instant(text) {
        return Some(instant);
    }
    if text.bytes().all(|byte| byte.is_ascii_digit()) {
        // Four digits are a year: as epoch seconds they would be a time on 1 January 1970.
        return match text.len() {
            4 => parse_instant(&format!("{text}-01-01")),
            _ => Instant::from_timestamp(text.parse().ok()?, 0),
        };
    }
    if text.len() == 7 {
        return parse_instant(&format!("{text}-01"));
    }
    // Without seconds: `2026-03-15T10:30Z`.
    let (minutes, offset) = text.split_at_checked(16)?;
    parse_instant(&format!("{minutes}:00{offset}"))
}

pub(super) fn matches(relation: Relation, wanted: &[Option<Instant>], value: &str) -> bool {
    parse(value).is_some_and(|value| wanted.iter().flatten().any(|wanted| relation.holds(value.cmp(wanted))))
}
