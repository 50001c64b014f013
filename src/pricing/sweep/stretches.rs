//! Where one total is below another: solved, over a whole range of whole numbers.
//!
//! Totals are pieces of straight lines and staircases, and each rises or falls all the way. So between two values neither leaves the
//! band between its totals there, and where the bands lie apart nothing has to be looked for. What is left is cut into
//! halves until it is a straight line, whose zero is a fraction that is worked out exactly, or a single step.

use rust_decimal::Decimal;
use std::cmp::Ordering;

/// So many stretches are told at most. Two staircases can cross at every step.
const MOST_STRETCHES: usize = 1_000;

/// So many totals are worked out at most.
const MOST_EVALUATIONS: usize = 200_000;

/// Below this width every value is looked at: inputs with few values, like a choice between words, need not rise or fall.
const NARROW: u64 = 8;

/// Differences below are what 28 digits leave of divisions by the hours of a month, not money.
const NOTHING: Decimal = Decimal::from_parts(1, 0, 0, false, 16);

/// Values over which the order of two totals does not change.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Stretch {
    /// The first value.
    pub from: u64,
    /// The last.
    pub to: u64,
    /// How the first total compares with the second.
    pub order: Ordering,
}

/// A whole range, cut where the order changes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stretches {
    /// The stretches, rising; each begins where the one before has ended.
    pub list: Vec<Stretch>,
    /// Whether they reach the end of the range. If not, the order changes so often that the rest is left out.
    pub complete: bool,
}

/// Where a total overtakes another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BreakEven {
    /// The last value with the order from before.
    pub last_before: u64,
    /// The first value with the opposite order. Values between, if there are any, cost the same.
    pub first_after: u64,
    /// How the first total compares with the second from then on.
    pub after: Ordering,
}

impl Stretches {
    /// The points at which the order turns round; an order that was only interrupted by equal totals has not.
    #[must_use]
    pub fn break_evens(&self) -> Vec<BreakEven> {
        let strict: Vec<&Stretch> = self.list.iter().filter(|stretch| stretch.order != Ordering::Equal).collect();
        let turns = strict.iter().zip(strict.iter().skip(1)).filter(|(before, after)| before.order != after.order);
        turns.map(|(before, after)| BreakEven { last_before: before.to, first_after: after.from, after: after.order }).collect()
    }
}

/// Cuts the values from `low` to `high` where the order of two totals changes. `totals` gives both for a value; each of them
/// must rise all the way or fall all the way.
///
/// # Errors
/// The first that `totals` returns.
pub fn stretches<E>((low, high): (u64, u64), totals: impl Fn(u64) -> Result<(Decimal, Decimal), E>) -> Result<Stretches, E> {
    let mut search = Search { totals, left: MOST_EVALUATIONS, found: Vec::new() };
    let first = search.at(low)?;
    search.push(low, first.order());
    if high > low {
        let last = search.at(high)?;
        let complete = search.run(first, last)?;
        return Ok(Stretches { list: search.found, complete });
    }
    Ok(Stretches { list: search.found, complete: true })
}

/// Both totals for a value.
#[derive(Clone, Copy)]
struct Both {
    value: u64,
    a: Decimal,
    b: Decimal,
}

impl Both {
    /// The first less the second; zero if nothing but rounding is left.
    fn difference(&self) -> Decimal {
        let difference = self.a - self.b;
        if difference.abs() < NOTHING { Decimal::ZERO } else { difference }
    }

    fn order(&self) -> Ordering {
        self.difference().cmp(&Decimal::ZERO)
    }
}

struct Search<F> {
    totals: F,
    left: usize,
    found: Vec<Stretch>,
}

impl<E, F: Fn(u64) -> Result<(Decimal, Decimal), E>> Search<F> {
    fn at(&mut self, value: u64) -> Result<Both, E> {
        self.left = self.left.saturating_sub(1);
        let (a, b) = (self.totals)(value)?;
        Ok(Both { value, a, b })
    }

    /// The order as far as `to`, from where the last stretch has ended.
    fn push(&mut self, to: u64, order: Ordering) {
        match self.found.last_mut() {
            Some(last) if last.order == order => last.to = to,
            Some(last) if last.to >= to => {}
            Some(last) => {
                let from = last.to + 1;
                self.found.push(Stretch { from, to, order });
            }
            None => self.found.push(Stretch { from: to, to, order }),
        }
    }

    /// Goes from left to right, so that what is left out is the right end. Says whether nothing is.
    fn run(&mut self, first: Both, last: Both) -> Result<bool, E> {
        let mut open = vec![(first, last)];
        while let Some((a, b)) = open.pop() {
            if self.left == 0 || self.found.len() > MOST_STRETCHES {
                return Ok(false);
            }
            let width = b.value - a.value;
            if width <= 1 {
                self.push(b.value, b.order());
            } else if let Some(order) = apart(&a, &b).filter(|_| width >= NARROW) {
                self.push(b.value, order);
            } else if width < NARROW || !self.straight(&a, &b)? {
                let middle = self.at(a.value + (b.value - a.value) / 2)?;
                open.push((middle, b));
                open.push((a, middle));
            }
        }
        Ok(true)
    }

    /// Tells the order between two values if the difference is a straight line there.
    fn straight(&mut self, a: &Both, b: &Both) -> Result<bool, E> {
        let width = b.value - a.value;
        // Neighbours show staircases, the places between show kinks.
        for inside in [a.value + 1, b.value - 1, a.value + width / 2, a.value + width / 4 + 1, b.value - width / 3, a.value + width / 7 + 1]
        {
            let found = self.at(inside)?;
            let expected = line(a, b, inside);
            if expected.is_none_or(|expected| (found.a - found.b - expected).abs() >= NOTHING) {
                return Ok(false);
            }
        }
        let Some(zero) = zero(a, b) else {
            if a.order() == b.order().reverse() && a.order() != Ordering::Equal {
                return Ok(false);
            }
            let order = if a.order() == Ordering::Equal { b.order() } else { a.order() };
            self.push(b.value - 1, order);
            self.push(b.value, b.order());
            return Ok(true);
        };
        // What the line says must be so.
        let before = self.at(zero.max(a.value + 1) - 1)?;
        let there = self.at(zero)?;
        let after = self.at((zero + 1).min(b.value))?;
        let holds = (before.value <= a.value || before.order() == a.order())
            && (there.order() == Ordering::Equal || there.order() == b.order() || there.value <= a.value)
            && (after.order() == b.order());
        if holds {
            if zero > a.value {
                self.push(before.value, a.order());
                self.push(zero, there.order());
            }
            self.push(b.value, b.order());
        }
        Ok(holds)
    }
}

/// The order between two values if it cannot change: neither total leaves its band.
fn apart(a: &Both, b: &Both) -> Option<Ordering> {
    if a.a.min(b.a) - a.b.max(b.b) >= NOTHING {
        Some(Ordering::Greater)
    } else if a.b.min(b.b) - a.a.max(b.a) >= NOTHING {
        Some(Ordering::Less)
    } else if a.a == b.a && a.b == b.b && a.order() == Ordering::Equal {
        Some(Ordering::Equal)
    } else {
        None
    }
}

/// The difference at a value, were it a straight line from `a` to `b`; nothing if decimals do not reach that far.
fn line(a: &Both, b: &Both, at: u64) -> Option<Decimal> {
    let (from, to) = (a.a - a.b, b.a - b.b);
    let share = (to - from).checked_mul(Decimal::from(at - a.value))?.checked_div(Decimal::from(b.value - a.value))?;
    from.checked_add(share)
}

/// The first value at or above the zero of the line from `a` to `b`; nothing if the line does not cross zero.
fn zero(a: &Both, b: &Both) -> Option<u64> {
    let (from, to) = (a.difference(), b.difference());
    if from.is_zero() || to.is_zero() || a.order() == b.order() {
        return None;
    }
    let share = from.abs().checked_mul(Decimal::from(b.value - a.value))?.checked_div((to - from).abs())?;
    // A whole number that division has made a little larger is still that number.
    let whole = if (share - share.round()).abs() < NOTHING { share.round() } else { share.ceil() };
    let zero = u64::try_from(whole).ok()?.checked_add(a.value)?;
    Some(zero.clamp(a.value, b.value))
}
