//! Which values an axis names: steps of 1, 2 or 5, or decades.

use super::Scale;
use rust_decimal::Decimal;

/// Exponents that decimals of 28 digits can hold.
const EXPONENTS: std::ops::RangeInclusive<i32> = -28..=28;

/// Ten to a power; nothing if decimals do not reach that far.
#[must_use]
pub(super) fn power(exponent: i32) -> Option<Decimal> {
    let size = exponent.unsigned_abs();
    if exponent < 0 {
        Decimal::try_from_i128_with_scale(1, size).ok()
    } else {
        Decimal::try_from_i128_with_scale(10_i128.checked_pow(size)?, 0).ok()
    }
}

/// 1, 2 and 5 times the powers of ten, rising.
fn round_numbers() -> impl Iterator<Item = Decimal> {
    EXPONENTS.filter_map(power).flat_map(|power| [1, 2, 5].into_iter().filter_map(move |times| power.checked_mul(Decimal::from(times))))
}

/// The smallest step of 1, 2 or 5 that cuts a span into at most so many pieces.
#[must_use]
pub(super) fn step(span: Decimal, pieces: usize) -> Decimal {
    let pieces = Decimal::from(pieces.max(1));
    round_numbers().find(|step| step.checked_mul(pieces).is_none_or(|reach| reach >= span)).unwrap_or(span)
}

/// The multiple of `step` at or below a value.
#[must_use]
pub(super) fn floor(value: Decimal, step: Decimal) -> Decimal {
    value.checked_div(step).and_then(|times| times.floor().checked_mul(step)).unwrap_or(value)
}

/// The multiple of `step` at or above a value.
#[must_use]
pub(super) fn ceiling(value: Decimal, step: Decimal) -> Decimal {
    value.checked_div(step).and_then(|times| times.ceil().checked_mul(step)).unwrap_or(value)
}

/// The greatest of 1, 2, 5 times a power of ten that is not above a value.
#[must_use]
pub(super) fn round_below(value: Decimal) -> Decimal {
    round_numbers().take_while(|round| *round <= value).last().unwrap_or(value)
}

/// The smallest of 1, 2, 5 times a power of ten that is not below a value.
#[must_use]
pub(super) fn round_above(value: Decimal) -> Decimal {
    round_numbers().find(|round| *round >= value).unwrap_or(value)
}

/// The values that an axis from `low` to `high` names, rising; about `wanted` of them.
#[must_use]
pub(super) fn ticks(low: Decimal, high: Decimal, scale: Scale, wanted: usize) -> Vec<Decimal> {
    match scale {
        Scale::Linear => linear(low, high, wanted),
        Scale::Log => logarithmic(low, high, wanted),
    }
}

fn linear(low: Decimal, high: Decimal, wanted: usize) -> Vec<Decimal> {
    let Some(span) = high.checked_sub(low) else { return vec![low, high] };
    let step = step(span, wanted);
    let first = ceiling(low, step);
    let at = |number: usize| first.checked_add(step.checked_mul(Decimal::from(number))?);
    (0..=wanted + 1).map_while(at).take_while(|tick| *tick <= high).map(|tick| tick.normalize()).collect()
}

fn logarithmic(low: Decimal, high: Decimal, wanted: usize) -> Vec<Decimal> {
    let inside = |tick: &Decimal| (low..=high).contains(tick);
    let decades: Vec<Decimal> = EXPONENTS.filter_map(power).filter(inside).collect();
    if decades.len() > wanted {
        return every(&decades, decades.len().div_ceil(wanted.max(1)));
    }
    let round: Vec<Decimal> = round_numbers().filter(inside).collect();
    match (round.len(), decades.len()) {
        (0..=2, _) => linear(low, high, wanted.min(5)),
        (count, _) if count <= wanted => round,
        (_, 0 | 1) => round,
        _ => decades,
    }
}

/// Every `nth` value, the first among them.
#[must_use]
pub(super) fn every<T: Clone>(values: &[T], nth: usize) -> Vec<T> {
    values.iter().step_by(nth.max(1)).cloned().collect()
}

/// How many ticks to step over so that labels keep apart: each tick is the middle of its label and its length.
#[must_use]
pub(super) fn apart(labels: &[(f64, f64)], gap: f64) -> usize {
    let clear = |nth: &usize| {
        let kept = every(labels, *nth);
        kept.iter().zip(kept.iter().skip(1)).all(|((a, a_long), (b, b_long))| (b - a).abs() >= (a_long + b_long) / 2.0 + gap)
    };
    (1..=labels.len()).find(clear).unwrap_or(1)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(low: &str, high: &str, scale: Scale, wanted: usize) -> Vec<String> {
        ticks(low.parse().unwrap(), high.parse().unwrap(), scale, wanted).iter().map(ToString::to_string).collect()
    }

    #[test]
    fn steps_are_one_two_or_five() {
        assert_eq!(
            shown("0", "300000000", Scale::Linear, 6),
            ["0", "50000000", "100000000", "150000000", "200000000", "250000000", "300000000"]
        );
        assert_eq!(shown("0.13", "0.9", Scale::Linear, 5), ["0.2", "0.4", "0.6", "0.8"]);
        assert_eq!(shown("-3", "3", Scale::Linear, 4), ["-2", "0", "2"]);
        assert_eq!(shown("0", "70000000000000000000000000000", Scale::Linear, 4).len(), 4);
    }

    #[test]
    fn a_logarithmic_axis_names_decades_or_what_lies_between() {
        assert_eq!(shown("1", "1000000", Scale::Log, 8), ["1", "10", "100", "1000", "10000", "100000", "1000000"]);
        assert_eq!(shown("1", "1000000", Scale::Log, 4), ["1", "100", "10000", "1000000"]);
        assert_eq!(shown("3", "60", Scale::Log, 8), ["5", "10", "20", "50"]);
        assert_eq!(shown("3", "8", Scale::Log, 8), ["3", "4", "5", "6", "7", "8"]);
    }

    #[test]
    fn labels_that_would_touch_are_left_out() {
        assert_eq!(apart(&[(0.0, 4.0), (5.0, 4.0), (10.0, 4.0)], 1.0), 1);
        assert_eq!(apart(&[(0.0, 5.0), (5.0, 5.0), (10.0, 5.0), (15.0, 5.0)], 1.0), 2);
        assert_eq!(apart(&[(0.0, 50.0), (5.0, 50.0)], 1.0), 2);
    }
}
