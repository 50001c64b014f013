//! The legend: a symbol and a name for each series, in as many rows as they need.

use super::data::Series;
use super::scene::{Anchor, At, INK, Item, PAPER, Stroke};
use super::{Mark, font, style};
use crate::render::safe_line;

/// Size of its letters.
const SIZE: f64 = 18.0;
/// From one row to the next.
const ROW: f64 = 26.0;
/// Length of the line before a name, and the gap behind it.
const SAMPLE: f64 = 44.0;
const GAP: f64 = 10.0;
/// Between two entries of a row.
const BETWEEN: f64 = 32.0;
/// Names take two rows only if there are few of them.
const FEW: usize = 4;
/// Marks are listed down to here; a chart needs the rest.
const LOWEST: f64 = 400.0;

/// Draws the legend below `top` and returns where it ends. The marks are those that found no room for their labels in the chart.
pub(super) fn draw(items: &mut Vec<Item>, series: &[Series], marks: &[(usize, &Mark)], (left, top): At, width: f64) -> f64 {
    let mut at = (left, top);
    let rows = if series.len() <= FEW { 2 } else { 1 };
    for (index, series) in series.iter().enumerate() {
        let sample = |(x, y): At| {
            let style = style::of(index);
            let stroke = Stroke { color: style.color, width: 3.0, dash: style.dash };
            let middle = y + ROW / 2.0;
            vec![
                Item::Line { points: vec![(x, middle), (x + SAMPLE, middle)], stroke },
                Item::Symbol { at: (x + SAMPLE / 2.0, middle), size: 7.0, symbol: style.symbol, fill: style.color },
            ]
        };
        at = entry(items, (&series.name, rows), sample, at, (left, width));
    }
    if at.0 > left {
        at = (left, at.1 + ROW);
    }
    for (number, mark) in marks {
        if at.1 + ROW > LOWEST {
            break;
        }
        let sample = |(x, y): At| number_in_circle(*number, (x + SAMPLE / 2.0, y + ROW / 2.0));
        at = entry(items, (&mark.label, 1), sample, at, (left, width));
    }
    if at.0 > left { at.1 + ROW } else { at.1 }
}

/// Draws one entry and returns where the next one goes.
fn entry(
    items: &mut Vec<Item>,
    (name, rows): (&str, usize),
    sample: impl Fn(At) -> Vec<Item>,
    mut at: At,
    (left, width): (f64, f64),
) -> At {
    let lines = font::lines(&safe_line(name), SIZE, width - SAMPLE - GAP, rows);
    let long = lines.iter().map(|line| font::width(line, SIZE)).fold(0.0, f64::max) + SAMPLE + GAP;
    if at.0 > left && at.0 + long > left + width {
        at = (left, at.1 + ROW);
    }
    items.extend(sample(at));
    let rows = lines.len();
    for (row, text) in lines.into_iter().enumerate() {
        let place = (at.0 + SAMPLE + GAP, at.1 + ROW * row as f64 + ROW / 2.0 + SIZE * 0.36);
        items.push(Item::Text { at: place, size: SIZE, anchor: Anchor::Start, text, fill: INK });
    }
    if rows > 1 { (left, at.1 + ROW * rows as f64) } else { (at.0 + long + BETWEEN, at.1) }
}

/// Radius of the circle around the number of a mark.
pub(super) const RADIUS: f64 = 12.0;

/// The number of a mark.
pub(super) fn number_in_circle(number: usize, (x, y): At) -> Vec<Item> {
    vec![
        Item::Circle { at: (x, y), radius: RADIUS, fill: PAPER, stroke: INK },
        Item::Text { at: (x, y + 5.4), size: 15.0, anchor: Anchor::Middle, text: number.to_string(), fill: INK },
    ]
}
