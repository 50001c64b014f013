//! A chart as PNG.

use super::scene::{Anchor, Area, HEIGHT, Item, Stroke, WIDTH};
use super::style::{self, Symbol};
use super::{Chart, ChartError, font, layout};
use tiny_skia::{Color, FillRule, LineCap, LineJoin, Paint, Path, PathBuilder, Pixmap, Rect, StrokeDash, Transform};

/// The chart as a PNG file of [`WIDTH`] by [`HEIGHT`] pixels.
///
/// # Errors
/// If there is nothing to draw, too many lines, or the picture cannot be encoded.
pub fn chart_png(chart: &Chart) -> Result<Vec<u8>, ChartError> {
    let mut canvas = Canvas(Pixmap::new(WIDTH, HEIGHT).ok_or(ChartError::Encoding)?);
    for item in &layout::scene(chart)?.items {
        canvas.draw(item);
    }
    canvas.0.encode_png().map_err(|_| ChartError::Encoding)
}

/// The pixels. What has no extent (a line of one point, a blank text) leaves no ink.
struct Canvas(Pixmap);

impl Canvas {
    fn draw(&mut self, item: &Item) {
        match item {
            Item::Rectangle { area, fill } => self.rectangle(area, *fill),
            Item::Line { points, stroke } => {
                if let Some(path) = through(points, false) {
                    self.stroke(&path, stroke);
                }
            }
            Item::Symbol { at: (x, y), size, symbol, fill } => {
                let path = match symbol {
                    Symbol::Disc => PathBuilder::from_circle(*x as f32, *y as f32, *size as f32),
                    Symbol::Polygon(corners) => {
                        let corners: Vec<_> = corners.iter().map(|(dx, dy)| (x + dx * size, y + dy * size)).collect();
                        through(&corners, true)
                    }
                };
                if let Some(path) = path {
                    self.fill(&path, *fill);
                    self.stroke(&path, &Stroke { color: super::scene::PAPER, width: 1.5, dash: &[] });
                }
            }
            Item::Circle { at: (x, y), radius, fill, stroke } => {
                if let Some(path) = PathBuilder::from_circle(*x as f32, *y as f32, *radius as f32) {
                    self.fill(&path, *fill);
                    self.stroke(&path, &Stroke { color: *stroke, width: 2.0, dash: &[] });
                }
            }
            Item::Text { at: (x, y), size, anchor, text, fill } => {
                let width = font::width(text, *size);
                let left = match anchor {
                    Anchor::Start => *x,
                    Anchor::Middle => x - width / 2.0,
                    Anchor::End => x - width,
                };
                if let Some(path) = font::outlines(text, *size, (left, *y)) {
                    self.fill(&path, *fill);
                }
            }
        }
    }

    fn rectangle(&mut self, area: &Area, fill: style::Color) {
        if let Some(rect) = Rect::from_ltrb(area.left as f32, area.top as f32, area.right as f32, area.bottom as f32) {
            self.0.fill_rect(rect, &paint(fill), Transform::identity(), None);
        }
    }

    fn fill(&mut self, path: &Path, fill: style::Color) {
        self.0.fill_path(path, &paint(fill), FillRule::Winding, Transform::identity(), None);
    }

    fn stroke(&mut self, path: &Path, stroke: &Stroke) {
        let dash = if stroke.dash.is_empty() { None } else { StrokeDash::new(stroke.dash.to_vec(), 0.0) };
        let pen =
            tiny_skia::Stroke { width: stroke.width, line_cap: LineCap::Butt, line_join: LineJoin::Round, dash, ..Default::default() };
        self.0.stroke_path(path, &paint(stroke.color), &pen, Transform::identity(), None);
    }
}

fn paint((red, green, blue): style::Color) -> Paint<'static> {
    let mut paint = Paint { anti_alias: true, ..Paint::default() };
    paint.set_color(Color::from_rgba8(red, green, blue, 255));
    paint
}

fn through(points: &[(f64, f64)], closed: bool) -> Option<Path> {
    let mut path = PathBuilder::new();
    for (index, (x, y)) in points.iter().enumerate() {
        if index == 0 { path.move_to(*x as f32, *y as f32) } else { path.line_to(*x as f32, *y as f32) }
    }
    if closed {
        path.close();
    }
    path.finish()
}
