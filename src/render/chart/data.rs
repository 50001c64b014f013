//! What a chart shows.

use rust_decimal::Decimal;

/// How many series a chart can hold: each needs a symbol, a dash and a colour that no other one has.
pub const MOST_SERIES: usize = 8;

/// How many marks are drawn: their numbers are single digits. Later ones are left out.
pub const MOST_MARKS: usize = 9;

/// Lines over one input.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Chart {
    /// What it shows.
    pub title: String,
    /// The input.
    pub x: Axis,
    /// The result.
    pub y: Axis,
    /// The lines, in the order of the legend.
    pub series: Vec<Series>,
    /// Points to be pointed out, like where two lines cross; in the order of their numbers.
    pub marks: Vec<Mark>,
}

/// One axis.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Axis {
    /// What it measures, with the unit.
    pub title: String,
    /// How values are spread.
    pub scale: Scale,
    /// How values are written.
    pub unit: Unit,
}

/// How values are spread over an axis.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scale {
    /// Equal steps are equally long.
    Linear,
    /// Equal ratios are equally long. Values at or below zero have no place and are left out.
    Log,
}

/// How values are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unit {
    /// `10M`
    Count,
    /// `$0.50`
    Usd,
}

/// One line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Series {
    /// Its name in the legend.
    pub name: String,
    /// Points (x, y), by rising x.
    pub points: Vec<(Decimal, Decimal)>,
}

/// A point with a label.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mark {
    /// Where on the x axis.
    pub x: Decimal,
    /// Where on the y axis.
    pub y: Decimal,
    /// What is so special about it.
    pub label: String,
}

/// Why a chart cannot be drawn.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ChartError {
    /// Nothing to draw.
    #[error("there is no point to draw")]
    Empty,
    /// Nothing that a logarithmic axis has a place for.
    #[error("there is no point above zero, and a logarithmic axis has none below")]
    NothingAboveZero,
    /// Too many lines to tell apart.
    #[error("{found} series are too many to tell apart; at most {MOST_SERIES} can be drawn")]
    TooManySeries {
        /// How many there are.
        found: usize,
    },
    /// The picture could not be encoded.
    #[error("the picture could not be encoded")]
    Encoding,
}
