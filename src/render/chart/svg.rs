//! A chart as SVG.

use super::scene::{Anchor, At, HEIGHT, Item, Scene, WIDTH};
use super::style::{Color, Symbol};
use super::{Chart, ChartError, layout};
use std::fmt::Write as _;

/// Fonts for the text, the first that is there; none of them is wider than the first.
const FONTS: &str = "'DejaVu Sans', Verdana, 'Segoe UI', 'Helvetica Neue', Arial, sans-serif";

/// The chart as an SVG file of [`WIDTH`] by [`HEIGHT`] pixels with real text.
///
/// # Errors
/// If there is nothing to draw, or too many lines.
pub fn chart_svg(chart: &Chart) -> Result<String, ChartError> {
    Ok(written(&layout::scene(chart)?))
}

fn written(scene: &Scene) -> String {
    let title = escaped(&scene.title);
    let mut svg = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{WIDTH}\" height=\"{HEIGHT}\" viewBox=\"0 0 {WIDTH} {HEIGHT}\" role=\"img\" \
         font-family=\"{FONTS}\">\n<title>{title}</title>\n"
    );
    for item in &scene.items {
        // Writing to a string cannot fail.
        let _ = write_item(&mut svg, item);
    }
    svg.push_str("</svg>\n");
    svg
}

fn write_item(svg: &mut String, item: &Item) -> std::fmt::Result {
    match item {
        Item::Rectangle { area, fill } => {
            let (x, y, width, height) = (number(area.left), number(area.top), number(area.width()), number(area.height()));
            writeln!(svg, "<rect x=\"{x}\" y=\"{y}\" width=\"{width}\" height=\"{height}\" fill=\"{}\"/>", hex(*fill))
        }
        Item::Line { points, stroke } => {
            let dash: Vec<String> = stroke.dash.iter().map(|length| number(f64::from(*length))).collect();
            let dash = if dash.is_empty() { String::new() } else { format!(" stroke-dasharray=\"{}\"", dash.join(" ")) };
            let (color, width) = (hex(stroke.color), number(f64::from(stroke.width)));
            writeln!(
                svg,
                "<polyline points=\"{}\" fill=\"none\" stroke=\"{color}\" stroke-width=\"{width}\" stroke-linejoin=\"round\"{dash}/>",
                path(points.iter().copied())
            )
        }
        Item::Symbol { at: (x, y), size, symbol: Symbol::Disc, fill } => {
            let (x, y, size) = (number(*x), number(*y), number(*size));
            writeln!(svg, "<circle cx=\"{x}\" cy=\"{y}\" r=\"{size}\" fill=\"{}\" stroke=\"#ffffff\" stroke-width=\"1.5\"/>", hex(*fill))
        }
        Item::Symbol { at: (x, y), size, symbol: Symbol::Polygon(corners), fill } => {
            let points = path(corners.iter().map(|(dx, dy)| (x + dx * size, y + dy * size)));
            writeln!(svg, "<polygon points=\"{points}\" fill=\"{}\" stroke=\"#ffffff\" stroke-width=\"1.5\"/>", hex(*fill))
        }
        Item::Circle { at: (x, y), radius, fill, stroke } => {
            let (x, y, radius) = (number(*x), number(*y), number(*radius));
            let (fill, stroke) = (hex(*fill), hex(*stroke));
            writeln!(svg, "<circle cx=\"{x}\" cy=\"{y}\" r=\"{radius}\" fill=\"{fill}\" stroke=\"{stroke}\" stroke-width=\"2\"/>")
        }
        Item::Text { at: (x, y), size, anchor, text, fill } => {
            let anchor = match anchor {
                Anchor::Start => "start",
                Anchor::Middle => "middle",
                Anchor::End => "end",
            };
            let (x, y, size, fill) = (number(*x), number(*y), number(*size), hex(*fill));
            writeln!(
                svg,
                "<text x=\"{x}\" y=\"{y}\" font-size=\"{size}\" text-anchor=\"{anchor}\" fill=\"{fill}\">{}</text>",
                escaped(text)
            )
        }
    }
}

fn path(points: impl Iterator<Item = At>) -> String {
    points.map(|(x, y)| format!("{},{}", number(x), number(y))).collect::<Vec<_>>().join(" ")
}

/// A number with at most two digits behind the point.
fn number(number: f64) -> String {
    let text = format!("{number:.2}");
    let text = text.trim_end_matches('0').trim_end_matches('.');
    if text == "-0" { "0".to_owned() } else { text.to_owned() }
}

fn hex((red, green, blue): Color) -> String {
    format!("#{red:02x}{green:02x}{blue:02x}")
}

/// Text as it may stand in XML.
fn escaped(text: &str) -> String {
    let mut shown = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '&' => shown.push_str("&amp;"),
            '<' => shown.push_str("&lt;"),
            '>' => shown.push_str("&gt;"),
            '"' => shown.push_str("&quot;"),
            '\'' => shown.push_str("&#39;"),
            // What XML 1.0 has no place for, even escaped, and `safe` lets pass.
            '\u{fffe}' | '\u{ffff}' => shown.push('\u{fffd}'),
            other => shown.push(other),
        }
    }
    shown
}
