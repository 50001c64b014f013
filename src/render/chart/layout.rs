//! From a chart to a picture.

use super::frame::{Frame, Place, Span};
use super::scene::{Anchor, Area, GRID, INK, Item, PAPER, SOFT, Scene, Stroke};
use super::{Chart, ChartError, MOST_MARKS, Mark, font, label, legend, marks, style, ticks};
use crate::render::safe_line;
use rust_decimal::Decimal;

/// Space at the edges of the picture.
const EDGE: f64 = 36.0;
/// Sizes of letters: title, titles of axes, numbers.
const TITLE: f64 = 28.0;
const AXIS: f64 = 18.0;
const NUMBER: f64 = 16.0;
/// About so many values are named on each axis.
const X_TICKS: usize = 9;
const Y_TICKS: usize = 7;
/// Points of the lines that are kept, per axis.
const COLUMNS: usize = 1200;
/// Symbols along a line.
const SYMBOLS: usize = 7;

/// Lays a chart out.
///
/// # Errors
/// If there is nothing to draw, or too many lines.
pub(super) fn scene(chart: &Chart) -> Result<Scene, ChartError> {
    let frame = Frame::of(chart, Y_TICKS)?;
    let tracks: Vec<Vec<Vec<Place>>> = chart.series.iter().map(|series| frame.track(series, COLUMNS)).collect();
    let mut homeless = Vec::new();
    loop {
        let (scene, more) = attempt(chart, &frame, &tracks, &homeless);
        // Labels without room move to the legend, which makes the chart lower, so that others may lose theirs.
        let moved = more.iter().filter(|number| !homeless.contains(*number)).copied().collect::<Vec<_>>();
        if moved.is_empty() {
            return Ok(scene);
        }
        homeless.extend(moved);
        homeless.sort_unstable();
    }
}

/// The picture, and the numbers of the marks whose labels found no room.
fn attempt(chart: &Chart, frame: &Frame, tracks: &[Vec<Vec<Place>>], homeless: &[usize]) -> (Scene, Vec<usize>) {
    let mut items = vec![Item::Rectangle { area: Area::ALL, fill: PAPER }];
    let title = safe_line(&chart.title).into_owned();
    let mut top = EDGE;
    for text in font::lines(&title, TITLE, Area::ALL.width() - 2.0 * EDGE, 2) {
        items.push(Item::Text { at: (EDGE, top + TITLE * 0.8), size: TITLE, anchor: Anchor::Start, text, fill: INK });
        top += TITLE * 1.25;
    }
    let numbered: Vec<(usize, &Mark)> = (1..).zip(chart.marks.iter().take(MOST_MARKS)).collect();
    let keyed: Vec<(usize, &Mark)> = numbered.iter().filter(|(number, _)| homeless.contains(number)).copied().collect();
    top = legend::draw(&mut items, &chart.series, &keyed, (EDGE, top + 4.0), Area::ALL.width() - 2.0 * EDGE);

    let y_ticks = frame.y.ticks(Y_TICKS);
    let y_labels = label::labels(&y_ticks, chart.y.scale, chart.y.unit);
    let y_width = y_labels.iter().map(|label| font::width(label, NUMBER)).fold(0.0, f64::max);
    let plot = Area { left: EDGE + y_width + 12.0, top: top + 44.0, right: Area::ALL.right - EDGE - 20.0, bottom: Area::ALL.bottom - 92.0 };
    axis_titles(&mut items, (&chart.x.title, &frame.y_title(&chart.y)), &plot);
    y_axis(&mut items, &frame.y, &y_ticks, y_labels, &plot);
    x_axis(&mut items, chart, &frame.x, &plot);

    let onto = |(x, y): Place| (plot.left + x * plot.width(), plot.bottom - y * plot.height());
    let mut points = Vec::new();
    for (index, pieces) in tracks.iter().enumerate() {
        let style = style::of(index);
        for piece in pieces {
            let line: Vec<_> = piece.iter().copied().map(onto).collect();
            points.extend(between(&line));
            items.push(Item::Line { points: line, stroke: Stroke { color: style.color, width: 3.0, dash: style.dash } });
        }
    }
    for (index, pieces) in tracks.iter().enumerate() {
        let style = style::of(index);
        for place in symbols(pieces, index, chart.series.len()) {
            items.push(Item::Symbol { at: onto(place), size: 7.0, symbol: style.symbol, fill: style.color });
        }
    }
    let placed = numbered.iter().filter(|(number, _)| !homeless.contains(number));
    let placed: Vec<_> = placed.filter_map(|(number, mark)| mark_at(*number, mark, frame, onto)).collect();
    let more = marks::draw(&mut items, &placed, &plot, &points);
    for (number, mark) in keyed {
        if let Some(placed) = mark_at(number, mark, frame, onto) {
            items.extend(legend::number_in_circle(number, placed.at));
        }
    }
    (Scene { title, items }, more)
}

fn mark_at<'m>(number: usize, mark: &'m Mark, frame: &Frame, onto: impl Fn(Place) -> (f64, f64)) -> Option<marks::Placed<'m>> {
    let place = frame.place((mark.x, mark.y)).filter(|(x, y)| (0.0..=1.0).contains(x) && (0.0..=1.0).contains(y))?;
    Some(marks::Placed { number, mark, at: onto(place) })
}

fn axis_titles(items: &mut Vec<Item>, (x, y): (&str, &str), plot: &Area) {
    let one = |title: &str, most: f64| font::lines(&safe_line(title), AXIS, most, 1).concat();
    let text = one(y, Area::ALL.width() - 2.0 * EDGE);
    items.push(Item::Text { at: (EDGE, plot.top - 18.0), size: AXIS, anchor: Anchor::Start, text, fill: SOFT });
    let text = one(x, plot.width());
    let at = (plot.left + plot.width() / 2.0, plot.bottom + 60.0);
    items.push(Item::Text { at, size: AXIS, anchor: Anchor::Middle, text, fill: SOFT });
}

fn y_axis(items: &mut Vec<Item>, span: &Span, ticks: &[Decimal], labels: Vec<String>, plot: &Area) {
    let places: Vec<f64> = ticks.iter().map(|tick| plot.bottom - span.share(*tick).unwrap_or_default() * plot.height()).collect();
    let nth = ticks::apart(&places.iter().map(|at| (*at, NUMBER)).collect::<Vec<_>>(), 4.0);
    for (y, text) in places.into_iter().zip(labels).step_by(nth) {
        let stroke = Stroke { color: GRID, width: 1.0, dash: &[] };
        items.push(Item::Line { points: vec![(plot.left, y), (plot.right, y)], stroke });
        items.push(Item::Text { at: (plot.left - 10.0, y + NUMBER * 0.36), size: NUMBER, anchor: Anchor::End, text, fill: INK });
    }
    let stroke = Stroke { color: INK, width: 2.0, dash: &[] };
    items.push(Item::Line { points: vec![(plot.left, plot.top), (plot.left, plot.bottom)], stroke });
}

fn x_axis(items: &mut Vec<Item>, chart: &Chart, span: &Span, plot: &Area) {
    let named = span.ticks(X_TICKS);
    let labels = label::labels(&named, chart.x.scale, chart.x.unit);
    let stroke = Stroke { color: INK, width: 2.0, dash: &[] };
    let places: Vec<f64> = named.iter().map(|tick| plot.left + span.share(*tick).unwrap_or_default() * plot.width()).collect();
    let lengths: Vec<(f64, f64)> = places.iter().zip(&labels).map(|(at, label)| (*at, font::width(label, NUMBER))).collect();
    let nth = ticks::apart(&lengths, 14.0);
    for (x, text) in places.into_iter().zip(labels).step_by(nth) {
        items.push(Item::Line { points: vec![(x, plot.bottom), (x, plot.bottom + 7.0)], stroke });
        items.push(Item::Text { at: (x, plot.bottom + 26.0), size: NUMBER, anchor: Anchor::Middle, text, fill: INK });
    }
    items.push(Item::Line { points: vec![(plot.left, plot.bottom), (plot.right, plot.bottom)], stroke });
}

/// Points along a line, close enough together that no label slips between them.
fn between(line: &[(f64, f64)]) -> Vec<(f64, f64)> {
    let mut points = Vec::new();
    for ((x, y), (to_x, to_y)) in line.iter().zip(line.iter().skip(1)) {
        let steps = ((to_x - x).abs().max((to_y - y).abs()) / 6.0).ceil().max(1.0);
        points.extend((0..steps as usize).map(|step| (x + (to_x - x) * step as f64 / steps, y + (to_y - y) * step as f64 / steps)));
    }
    points.extend(line.last());
    points
}

/// Places on a line for its symbols, spread over the width; those of other series lie elsewhere.
fn symbols(pieces: &[Vec<Place>], index: usize, count: usize) -> Vec<Place> {
    let shift = (index as f64 + 0.5) / count.max(1) as f64;
    let wanted = (0..SYMBOLS).map(|number| (number as f64 + shift) / SYMBOLS as f64);
    let found: Vec<Place> = wanted.filter_map(|x| pieces.iter().find_map(|piece| on_line(piece, x))).collect();
    if found.is_empty() { pieces.iter().filter_map(|piece| piece.first().copied()).collect() } else { found }
}

/// The point of a line at an x between its ends.
pub(super) fn on_line(line: &[Place], x: f64) -> Option<Place> {
    let next = line.partition_point(|place| place.0 < x);
    let (to_x, to_y) = *line.get(next)?;
    if to_x == x {
        return Some((to_x, to_y));
    }
    let (from_x, from_y) = *line.get(next.checked_sub(1)?)?;
    Some((x, from_y + (to_y - from_y) * (x - from_x) / (to_x - from_x)))
}
