//! Charts: what lines look like, laid out once and painted as text, SVG or PNG.
//!
//! ```text
//! Chart -Frame-> what the axes span -terminal-> text
//!                       |
//!                    layout -Scene-> svg, png
//! ```
//!
//! Values are decimals; only places on the picture are floats, and they are rounded before they are written, so that a
//! chart has the same bytes in every run. No meaning rests on colour alone: each series has a symbol of its own.

mod data;
mod font;
mod frame;
mod label;
mod layout;
mod legend;
mod marks;
mod png;
mod scene;
mod style;
mod svg;
mod terminal;
mod ticks;

pub use data::{Axis, Chart, ChartError, MOST_MARKS, MOST_SERIES, Mark, Scale, Series, Unit};
pub use png::chart_png;
pub use scene::{HEIGHT, WIDTH};
pub use svg::chart_svg;
pub use terminal::{Look, chart_text};

#[cfg(test)]
mod tests;
