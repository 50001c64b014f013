//! How series differ: by symbol, by dash, and only then by colour.

/// Red, green, blue.
pub(super) type Color = (u8, u8, u8);

/// The look of one series.
#[derive(Clone, Copy, Debug)]
pub(super) struct Style {
    /// Its symbol on a terminal.
    pub glyph: char,
    /// Its symbol in plain ASCII.
    pub plain: char,
    /// Its colour. The eight stay apart for people who see colours differently (after Okabe and Ito).
    pub color: Color,
    /// Its colour on a terminal.
    pub ansi: anstyle::AnsiColor,
    /// Lengths of dashes and gaps, in pixels; empty for an unbroken line.
    pub dash: &'static [f32],
    /// Its symbol in pictures.
    pub symbol: Symbol,
}

/// A symbol, with corners relative to its middle; 1 is half its size.
#[derive(Clone, Copy, Debug)]
pub(super) enum Symbol {
    /// A disc.
    Disc,
    /// A polygon.
    Polygon(&'static [(f64, f64)]),
}

const TRIANGLE: Symbol = Symbol::Polygon(&[(0.0, -1.1), (1.05, 0.8), (-1.05, 0.8)]);
const SQUARE: Symbol = Symbol::Polygon(&[(-0.85, -0.85), (0.85, -0.85), (0.85, 0.85), (-0.85, 0.85)]);
const DIAMOND: Symbol = Symbol::Polygon(&[(0.0, -1.2), (1.0, 0.0), (0.0, 1.2), (-1.0, 0.0)]);
const UPSIDE_DOWN: Symbol = Symbol::Polygon(&[(0.0, 1.1), (1.05, -0.8), (-1.05, -0.8)]);
const BAR: Symbol = Symbol::Polygon(&[(-0.35, -1.3), (0.35, -1.3), (0.35, 1.3), (-0.35, 1.3)]);
const PLUS: Symbol = Symbol::Polygon(&[
    (-0.35, -1.2),
    (0.35, -1.2),
    (0.35, -0.35),
    (1.2, -0.35),
    (1.2, 0.35),
    (0.35, 0.35),
    (0.35, 1.2),
    (-0.35, 1.2),
    (-0.35, 0.35),
    (-1.2, 0.35),
    (-1.2, -0.35),
    (-0.35, -0.35),
]);
const HOURGLASS: Symbol = Symbol::Polygon(&[(-1.0, -1.0), (1.0, -1.0), (-1.0, 1.0), (1.0, 1.0)]);

const STYLES: [Style; super::MOST_SERIES] = {
    use anstyle::AnsiColor::{Blue, BrightBlack, Cyan, Green, Magenta, Red, White, Yellow};
    [
        style('●', '*', (0, 114, 178), Blue, &[], Symbol::Disc),
        style('▲', '+', (213, 94, 0), Red, &[], TRIANGLE),
        style('■', 'o', (0, 138, 100), Green, &[], SQUARE),
        style('◆', 'x', (176, 82, 140), Magenta, &[], DIAMOND),
        style('○', '#', (196, 133, 0), Yellow, &[10.0, 5.0], UPSIDE_DOWN),
        style('△', '%', (46, 146, 204), Cyan, &[10.0, 5.0], PLUS),
        style('□', '@', (70, 70, 70), White, &[10.0, 5.0], HOURGLASS),
        style('◇', '&', (120, 78, 40), BrightBlack, &[10.0, 5.0], BAR),
    ]
};

const fn style(glyph: char, plain: char, color: Color, ansi: anstyle::AnsiColor, dash: &'static [f32], symbol: Symbol) -> Style {
    Style { glyph, plain, color, ansi, dash, symbol }
}

/// The look of the series with this index; [`super::MOST_SERIES`] of them differ.
#[must_use]
pub(super) fn of(index: usize) -> &'static Style {
    let [first, ..] = &STYLES;
    STYLES.get(index % STYLES.len()).unwrap_or(first)
}
