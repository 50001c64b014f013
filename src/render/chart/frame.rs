//! What the axes of a chart span, and where on them a value lies.

use super::{Axis, Chart, ChartError, MOST_SERIES, Scale, Series, ticks};
use rust_decimal::Decimal;
use rust_decimal::prelude::ToPrimitive;

/// The span of both axes.
#[derive(Clone, Copy, Debug)]
pub(super) struct Frame {
    pub x: Span,
    pub y: Span,
}

/// What one axis spans.
#[derive(Clone, Copy, Debug)]
pub(super) struct Span {
    pub scale: Scale,
    pub low: Decimal,
    pub high: Decimal,
}

/// A place in the frame: each from 0 (low) to 1 (high).
pub(super) type Place = (f64, f64);

impl Frame {
    /// The frame of a chart: as wide as its points, and up to round values high. About `ticks` values will be named on the y axis.
    ///
    /// # Errors
    /// If there is nothing to draw, or too many lines.
    pub(super) fn of(chart: &Chart, wanted: usize) -> Result<Frame, ChartError> {
        if chart.series.len() > MOST_SERIES {
            return Err(ChartError::TooManySeries { found: chart.series.len() });
        }
        let points = || chart.series.iter().flat_map(|series| &series.points);
        if points().next().is_none() {
            return Err(ChartError::Empty);
        }
        let drawn = || points().filter(|(x, y)| has_place(&chart.x, *x) && has_place(&chart.y, *y));
        let (left, right) = ends(drawn().map(|(x, _)| *x)).ok_or(ChartError::NothingAboveZero)?;
        let (bottom, top) = ends(drawn().map(|(_, y)| *y)).ok_or(ChartError::NothingAboveZero)?;
        let (left, right) = if left == right { around(left, chart.x.scale) } else { (left, right) };
        let (bottom, top) = match chart.y.scale {
            Scale::Linear => round_linear(bottom, top, wanted),
            Scale::Log => round_log(bottom, top),
        };
        Ok(Frame { x: Span { scale: chart.x.scale, low: left, high: right }, y: Span { scale: chart.y.scale, low: bottom, high: top } })
    }

    /// The title of the y axis, which says if a linear axis does not begin at zero.
    pub(super) fn y_title(&self, axis: &Axis) -> String {
        let zero = Decimal::ZERO;
        if self.y.scale == Scale::Log || (self.y.low <= zero && self.y.high >= zero) {
            return axis.title.clone();
        }
        format!("{}, not from zero", axis.title)
    }

    /// Where a point lies; nothing if it has no place.
    pub(super) fn place(&self, (x, y): (Decimal, Decimal)) -> Option<Place> {
        Some((self.x.share(x)?, self.y.share(y)?))
    }

    /// The line of a series, in pieces if some of its points have no place. Of the points in one of so many columns only the first,
    /// the lowest, the highest and the last are kept: more cannot be seen.
    pub(super) fn track(&self, series: &Series, columns: usize) -> Vec<Vec<Place>> {
        let mut pieces = Vec::new();
        let mut piece = Vec::new();
        let mut column: Option<Column> = None;
        for point in &series.points {
            let Some(place) = self.place(*point) else {
                column.take().into_iter().for_each(|column| column.close(&mut piece));
                pieces.extend((!piece.is_empty()).then(|| std::mem::take(&mut piece)));
                continue;
            };
            let number = (place.0 * columns as f64).floor();
            match &mut column {
                Some(open) if open.number == number => open.add(place),
                other => {
                    other.take().into_iter().for_each(|column| column.close(&mut piece));
                    *other = Some(Column { number, first: place, lowest: place, highest: place, last: place });
                }
            }
        }
        column.into_iter().for_each(|column| column.close(&mut piece));
        pieces.extend((!piece.is_empty()).then_some(piece));
        pieces
    }
}

impl Span {
    /// Where a value lies between low (0) and high (1); nothing if the axis has no place for it.
    pub(super) fn share(&self, value: Decimal) -> Option<f64> {
        match self.scale {
            Scale::Linear => {
                let part = value.checked_sub(self.low)?.to_f64()?;
                Some(part / self.high.checked_sub(self.low)?.to_f64()?)
            }
            Scale::Log => {
                let [value, low, high] = [value, self.low, self.high].map(|value| value.to_f64().filter(|value| *value > 0.0));
                let (value, low, high) = (value?.log10(), low?.log10(), high?.log10());
                Some((value - low) / (high - low))
            }
        }
    }

    /// The values that the axis names; about so many.
    pub(super) fn ticks(&self, wanted: usize) -> Vec<Decimal> {
        ticks::ticks(self.low, self.high, self.scale, wanted)
    }
}

/// The points of a series in one column of the picture.
struct Column {
    number: f64,
    first: Place,
    lowest: Place,
    highest: Place,
    last: Place,
}

impl Column {
    fn add(&mut self, place: Place) {
        if place.1 < self.lowest.1 {
            self.lowest = place;
        }
        if place.1 > self.highest.1 {
            self.highest = place;
        }
        self.last = place;
    }

    fn close(self, piece: &mut Vec<Place>) {
        let (early, late) = if self.lowest.0 <= self.highest.0 { (self.lowest, self.highest) } else { (self.highest, self.lowest) };
        for place in [self.first, early, late, self.last] {
            if piece.last() != Some(&place) {
                piece.push(place);
            }
        }
    }
}

fn has_place(axis: &Axis, value: Decimal) -> bool {
    axis.scale == Scale::Linear || value > Decimal::ZERO
}

fn ends(values: impl Iterator<Item = Decimal>) -> Option<(Decimal, Decimal)> {
    values.fold(None, |ends, value| match ends {
        None => Some((value, value)),
        Some((low, high)) => Some((value.min(low), value.max(high))),
    })
}

/// A span around a single value.
fn around(value: Decimal, scale: Scale) -> (Decimal, Decimal) {
    match scale {
        Scale::Linear => {
            let low = value.saturating_sub(Decimal::ONE);
            let low = if value.is_sign_negative() { low } else { low.max(Decimal::ZERO) };
            (low, value.saturating_add(Decimal::ONE))
        }
        Scale::Log => (
            value.checked_div(Decimal::TEN).filter(|low| !low.is_zero()).unwrap_or(value),
            value.checked_mul(Decimal::TEN).unwrap_or(Decimal::MAX),
        ),
    }
}

/// Round values below and above. Zero is among them unless all values lie far from it: a line that seems to double should have doubled.
fn round_linear(low: Decimal, high: Decimal, wanted: usize) -> (Decimal, Decimal) {
    let near = |far: Decimal, near: Decimal| far.checked_div(Decimal::from(4)).is_none_or(|quarter| (far - near).abs() >= quarter.abs());
    let (low, high) = match (low.is_sign_negative(), high.is_sign_negative()) {
        (false, false) if near(high, low) || low == high => (Decimal::ZERO, high),
        (true, true) if near(low, high) || low == high => (low, Decimal::ZERO),
        (true | false, _) => (low, high),
    };
    let (low, high) = if low == high { around(low, Scale::Linear) } else { (low, high) };
    let Some(span) = high.checked_sub(low) else { return (low, high) };
    let step = ticks::step(span, wanted);
    (ticks::floor(low, step), ticks::ceiling(high, step))
}

fn round_log(low: Decimal, high: Decimal) -> (Decimal, Decimal) {
    let (low, high) = if low == high { around(low, Scale::Log) } else { (low, high) };
    (ticks::round_below(low), ticks::round_above(high))
}
