//! Which of two workloads is cheaper over an input.

use super::{safe_line, wrap};
use crate::pricing::grouped;
use crate::pricing::sweep::{BreakEven, Stretch, Stretches};
use rust_decimal::{Decimal, RoundingStrategy};
use serde_json::{Value, json};
use std::cmp::Ordering;

/// So many stretches are told in text.
const MOST_LINES: usize = 12;

/// Two workloads, and which is cheaper where.
#[derive(Clone, Debug)]
pub struct Rivals {
    /// The name of the first.
    pub a: String,
    /// The name of the second.
    pub b: String,
    /// The range, cut where the order of their totals changes.
    pub stretches: Stretches,
    /// Both totals at the first value behind each break-even point.
    pub there: Vec<(Decimal, Decimal)>,
}

impl Rivals {
    /// The name of the cheaper one after a break-even point.
    #[must_use]
    pub fn cheaper_after(&self, point: &BreakEven) -> &str {
        match point.after {
            Ordering::Less => &self.a,
            Ordering::Greater | Ordering::Equal => &self.b,
        }
    }
}

/// An amount in cents, or with three digits that count where it is less than a cent.
#[must_use]
pub fn cents(amount: Decimal) -> String {
    let rounded = amount.round_dp_with_strategy(2, RoundingStrategy::MidpointAwayFromZero);
    if rounded.is_zero() && !amount.is_zero() {
        return amount.round_sf(3).unwrap_or(amount).normalize().to_string();
    }
    let sign = if rounded < Decimal::ZERO { "-" } else { "" };
    let text = format!("{:.2}", rounded.abs().fract());
    format!("{sign}{}{}", grouped(rounded.abs().trunc()), text.trim_start_matches('0'))
}

fn number(value: u64) -> String {
    grouped(Decimal::from(value))
}

/// Where which is cheaper, for people.
#[must_use]
pub fn order_text(rivals: &Rivals, over: &str, width: usize) -> String {
    let (a, b) = (safe_line(&rivals.a), safe_line(&rivals.b));
    let mut text = wrap(&format!("{a} and {b} over {}:", safe_line(over)), width, "", "  ");
    text.push('\n');
    let list = &rivals.stretches.list;
    for stretch in list.iter().take(MOST_LINES) {
        text.push_str(&wrap(&stretch_text(stretch, &a, &b), width, "  ", "    "));
        text.push('\n');
    }
    if list.len() > MOST_LINES || !rivals.stretches.complete {
        text.push_str(&wrap("and so on: the order changes too often to list all of it (--format json lists more)", width, "  ", "    "));
        text.push('\n');
    }
    let points = rivals.stretches.break_evens();
    for (point, (at_a, at_b)) in points.iter().zip(&rivals.there).take(MOST_LINES) {
        let line = format!("break-even at {}: {a} costs {} and {b} {}", number(point.first_after), cents(*at_a), cents(*at_b));
        text.push_str(&wrap(&line, width, "  ", "    "));
        text.push('\n');
    }
    if points.is_empty() && rivals.stretches.complete {
        text.push_str("  there is no break-even point in this range\n");
    }
    text
}

fn stretch_text(stretch: &Stretch, a: &str, b: &str) -> String {
    let range = if stretch.from == stretch.to {
        format!("at {}", number(stretch.from))
    } else {
        format!("from {} to {}", number(stretch.from), number(stretch.to))
    };
    match stretch.order {
        Ordering::Less => format!("{range} {a} is cheaper"),
        Ordering::Equal => format!("{range} both cost the same"),
        Ordering::Greater => format!("{range} {b} is cheaper"),
    }
}

/// The same for programs.
#[must_use]
pub fn order_json(rivals: &Rivals) -> Value {
    let cheaper = |order: Ordering| match order {
        Ordering::Less => json!(rivals.a),
        Ordering::Equal => Value::Null,
        Ordering::Greater => json!(rivals.b),
    };
    let stretches: Vec<Value> = rivals
        .stretches
        .list
        .iter()
        .map(|stretch| json!({"from": stretch.from, "to": stretch.to, "cheaper": cheaper(stretch.order)}))
        .collect();
    let points: Vec<Value> = rivals
        .stretches
        .break_evens()
        .iter()
        .zip(&rivals.there)
        .map(|(point, (at_a, at_b))| {
            json!({
                "last_before": point.last_before,
                "first_after": point.first_after,
                "cheaper_after": cheaper(point.after),
                "totals": [at_a, at_b],
            })
        })
        .collect();
    json!({
        "between": [rivals.a, rivals.b],
        "points": points,
        "stretches": stretches,
        "complete": rivals.stretches.complete,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amounts_are_in_cents_unless_that_hides_them() {
        let shown = |text: &str| cents(text.parse().unwrap());
        assert_eq!(shown("1234567.891"), "1,234,567.89");
        assert_eq!(shown("0.005"), "0.01");
        assert_eq!(shown("0.000003"), "0.000003");
        assert_eq!(shown("-0.5"), "-0.50");
        assert_eq!(shown("-1999.999"), "-2,000.00");
        assert_eq!(shown("0"), "0.00");
    }
}
