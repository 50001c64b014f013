//! What a picture consists of, for the painters.

use super::style::{Color, Symbol};

/// Width of a picture, in pixels.
pub const WIDTH: u32 = 1280;

/// Height of a picture, in pixels.
pub const HEIGHT: u32 = 720;

/// A place in the picture, in pixels from its upper left corner.
pub(super) type At = (f64, f64);

/// A picture: what is drawn first lies below.
#[derive(Clone, Debug, Default)]
pub(super) struct Scene {
    /// What it shows, for those who cannot see it.
    pub title: String,
    /// What is drawn.
    pub items: Vec<Item>,
}

/// One thing that is drawn.
#[derive(Clone, Debug)]
pub(super) enum Item {
    /// A filled rectangle.
    Rectangle { area: Area, fill: Color },
    /// A line through points.
    Line { points: Vec<At>, stroke: Stroke },
    /// A symbol with a white rim.
    Symbol { at: At, size: f64, symbol: Symbol, fill: Color },
    /// A circle.
    Circle { at: At, radius: f64, fill: Color, stroke: Color },
    /// One line of text; `at` is on its baseline.
    Text { at: At, size: f64, anchor: Anchor, text: String, fill: Color },
}

/// How a line is drawn.
#[derive(Clone, Copy, Debug)]
pub(super) struct Stroke {
    pub color: Color,
    pub width: f32,
    /// Lengths of dashes and gaps; empty for an unbroken line.
    pub dash: &'static [f32],
}

/// Which end of a text stands at its place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Anchor {
    Start,
    Middle,
    End,
}

/// A rectangle.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Area {
    pub left: f64,
    pub top: f64,
    pub right: f64,
    pub bottom: f64,
}

impl Area {
    /// The whole picture.
    pub(super) const ALL: Area = Area { left: 0.0, top: 0.0, right: WIDTH as f64, bottom: HEIGHT as f64 };

    pub(super) fn width(&self) -> f64 {
        self.right - self.left
    }

    pub(super) fn height(&self) -> f64 {
        self.bottom - self.top
    }

    pub(super) fn touches(&self, other: &Area) -> bool {
        self.left < other.right && other.left < self.right && self.top < other.bottom && other.top < self.bottom
    }

    pub(super) fn holds(&self, other: &Area) -> bool {
        self.left <= other.left && self.top <= other.top && self.right >= other.right && self.bottom >= other.bottom
    }

    pub(super) fn has(&self, (x, y): At) -> bool {
        (self.left..=self.right).contains(&x) && (self.top..=self.bottom).contains(&y)
    }
}

/// Near black: text and axes.
pub(super) const INK: Color = (34, 34, 34);
/// Text of less weight.
pub(super) const SOFT: Color = (90, 90, 90);
/// Lines that help the eye.
pub(super) const GRID: Color = (224, 224, 224);
/// The ground.
pub(super) const PAPER: Color = (255, 255, 255);
