//! Marks in the chart: a number where lines cross, and its label where there is room.

use super::legend::{RADIUS, number_in_circle};
use super::scene::{Anchor, Area, At, GRID, INK, Item, PAPER, SOFT, Stroke};
use super::{Mark, font};
use crate::render::safe_line;

/// Size of the letters of a label.
const SIZE: f64 = 17.0;
/// From one line to the next.
const LINE: f64 = 22.0;
/// A label is at most so wide.
const WIDE: f64 = 330.0;
/// A label may cover so many points of lines, which are some pixels apart.
const COVERED: usize = 3;
/// Space around the text of a label.
const PAD: f64 = 6.0;

/// A mark with its number, in the picture.
#[derive(Debug)]
pub(super) struct Placed<'m> {
    pub number: usize,
    pub mark: &'m Mark,
    pub at: At,
}

/// Draws marks; returns the numbers of those whose labels found no room. `lines` are the points of all series.
pub(super) fn draw(items: &mut Vec<Item>, marks: &[Placed<'_>], plot: &Area, lines: &[At]) -> Vec<usize> {
    for placed in marks {
        let (x, y) = placed.at;
        let stroke = Stroke { color: SOFT, width: 1.5, dash: &[4.0, 5.0] };
        items.push(Item::Line { points: vec![(x, y), (x, plot.bottom)], stroke });
    }
    let circles: Vec<Area> = marks.iter().map(|placed| around(placed.at, RADIUS + 2.0)).collect();
    let mut taken = circles.clone();
    let mut homeless = Vec::new();
    for placed in marks {
        let text = font::lines(&format!("{}: {}", placed.number, safe_line(&placed.mark.label)), SIZE, WIDE, 3);
        match room(placed.at, &text, plot, &taken, lines) {
            Some(area) => {
                taken.push(area);
                label(items, text, &area);
            }
            None => homeless.push(placed.number),
        }
    }
    for placed in marks {
        items.extend(number_in_circle(placed.number, placed.at));
    }
    homeless
}

fn around((x, y): At, reach: f64) -> Area {
    Area { left: x - reach, top: y - reach, right: x + reach, bottom: y + reach }
}

fn label(items: &mut Vec<Item>, text: Vec<String>, area: &Area) {
    items.push(Item::Rectangle { area: *area, fill: GRID });
    let inner = Area { left: area.left + 1.0, top: area.top + 1.0, right: area.right - 1.0, bottom: area.bottom - 1.0 };
    items.push(Item::Rectangle { area: inner, fill: PAPER });
    for (row, text) in text.into_iter().enumerate() {
        let at = (area.left + PAD, area.top + PAD + LINE * row as f64 + SIZE * 0.9);
        items.push(Item::Text { at, size: SIZE, anchor: Anchor::Start, text, fill: INK });
    }
}

/// The place near a mark where a label covers least of the lines and nothing else.
fn room((x, y): At, text: &[String], plot: &Area, taken: &[Area], lines: &[At]) -> Option<Area> {
    let wide = text.iter().map(|line| font::width(line, SIZE)).fold(0.0, f64::max) + 2.0 * PAD;
    let high = LINE * text.len() as f64 + 2.0 * PAD - 2.0;
    let mut best: Option<(usize, Area)> = None;
    for distance in [6.0, 20.0, 40.0, 70.0] {
        let far = RADIUS + distance;
        let lefts = [x + far, x - far - wide, x - wide / 2.0];
        let tops = [y + far, y - far - high, y - high / 2.0];
        for left in lefts {
            for top in tops {
                let area = Area { left, top, right: left + wide, bottom: top + high };
                if !plot.holds(&area) || taken.iter().any(|other| other.touches(&area)) {
                    continue;
                }
                let covered = lines.iter().filter(|point| area.has(**point)).count();
                if best.is_none_or(|(least, _)| covered < least) {
                    best = Some((covered, area));
                }
            }
        }
    }
    best.filter(|(covered, _)| *covered <= COVERED).map(|(_, area)| area)
}
