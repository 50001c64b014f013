//! The font of pictures: how wide a text is, and its outlines.
//!
//! DejaVu Sans is wider than most fonts that a viewer of an SVG may have in its place, so what fits here fits there.

use std::sync::LazyLock;
use tiny_skia::{Path, PathBuilder};
use ttf_parser::{Face, OutlineBuilder};

// The font is part of the program; without it texts would be blank, which a test would notice.
static FACE: LazyLock<Option<Face<'static>>> = LazyLock::new(|| Face::parse(dejavu::sans::regular(), 0).ok());

/// The width of a text, in pixels, at a font size.
#[must_use]
pub(super) fn width(text: &str, size: f64) -> f64 {
    text.chars().map(|character| advance(character, size)).sum()
}

fn advance(character: char, size: f64) -> f64 {
    let known = FACE.as_ref().and_then(|face| {
        let units = face.glyph_hor_advance(face.glyph_index(character)?)?;
        Some(f64::from(units) * size / f64::from(face.units_per_em()))
    });
    // A character that the font lacks may be as wide as it is high.
    known.unwrap_or(size)
}

/// The outlines of a text whose baseline begins at a place; nothing for a text without ink.
#[must_use]
pub(super) fn outlines(text: &str, size: f64, (mut x, y): (f64, f64)) -> Option<Path> {
    let face = FACE.as_ref()?;
    let mut path = PathBuilder::new();
    for character in text.chars() {
        let glyph = face.glyph_index(character).unwrap_or_default();
        let scale = size / f64::from(face.units_per_em());
        face.outline_glyph(glyph, &mut Pen { path: &mut path, scale, x, y });
        x += advance(character, size);
    }
    path.finish()
}

/// Breaks a text at blanks into lines of at most so many pixels, and at most so many lines; what is left out becomes an ellipsis.
#[must_use]
pub(super) fn lines(text: &str, size: f64, most: f64, count: usize) -> Vec<String> {
    let mut lines: Vec<String> = vec![String::new()];
    for word in text.split_whitespace() {
        for piece in pieces(word, size, most) {
            let glue = if piece.joined { "" } else { " " };
            match lines.last_mut() {
                Some(line) if line.is_empty() => line.push_str(&piece.text),
                Some(line) if width(line, size) + width(glue, size) + width(&piece.text, size) <= most => {
                    line.push_str(glue);
                    line.push_str(&piece.text);
                }
                Some(_) | None => lines.push(piece.text),
            }
        }
    }
    if lines.len() > count {
        lines.truncate(count);
        if let Some(line) = lines.last_mut() {
            while !line.is_empty() && width(line, size) + width("…", size) > most {
                line.pop();
            }
            line.push('…');
        }
    }
    lines
}

/// A part of a word that fits into a line.
struct Piece {
    text: String,
    /// Whether it continues the word before it.
    joined: bool,
}

fn pieces(word: &str, size: f64, most: f64) -> Vec<Piece> {
    let mut pieces = Vec::new();
    let mut text = String::new();
    for character in word.chars() {
        if !text.is_empty() && width(&text, size) + advance(character, size) > most {
            pieces.push(Piece { text: std::mem::take(&mut text), joined: !pieces.is_empty() });
        }
        text.push(character);
    }
    pieces.push(Piece { text, joined: !pieces.is_empty() });
    pieces
}

/// Draws the outline of a glyph: font units upwards to pixels downwards.
struct Pen<'p> {
    path: &'p mut PathBuilder,
    scale: f64,
    x: f64,
    y: f64,
}

impl Pen<'_> {
    fn at(&self, x: f32, y: f32) -> (f32, f32) {
        ((self.x + f64::from(x) * self.scale) as f32, (self.y - f64::from(y) * self.scale) as f32)
    }
}

impl OutlineBuilder for Pen<'_> {
    fn move_to(&mut self, x: f32, y: f32) {
        let (x, y) = self.at(x, y);
        self.path.move_to(x, y);
    }

    fn line_to(&mut self, x: f32, y: f32) {
        let (x, y) = self.at(x, y);
        self.path.line_to(x, y);
    }

    fn quad_to(&mut self, x1: f32, y1: f32, x: f32, y: f32) {
        let ((x1, y1), (x, y)) = (self.at(x1, y1), self.at(x, y));
        self.path.quad_to(x1, y1, x, y);
    }

    fn curve_to(&mut self, x1: f32, y1: f32, x2: f32, y2: f32, x: f32, y: f32) {
        let ((x1, y1), (x2, y2), (x, y)) = (self.at(x1, y1), self.at(x2, y2), self.at(x, y));
        self.path.cubic_to(x1, y1, x2, y2, x, y);
    }

    fn close(&mut self) {
        self.path.close();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_has_a_width_and_ink() {
        assert!(FACE.is_some());
        assert!(width("WWW", 20.0) > 2.0 * width("iii", 20.0));
        assert!((width("ab", 20.0) - 2.0 * width("ab", 10.0)).abs() < 1e-9);
        let ink = outlines("Eg", 20.0, (5.0, 30.0)).unwrap().bounds();
        assert!(ink.left() > 5.0 && f64::from(ink.right()) < 5.0 + width("Eg", 20.0) + 1.0);
        assert!(ink.top() > 10.0 && ink.top() < 20.0 && ink.bottom() > 30.0);
        assert!(outlines(" ", 20.0, (0.0, 0.0)).is_none());
    }

    #[test]
    fn lines_fit_and_say_what_they_leave_out() {
        let wrapped = lines("one two three four, and aVeryLongWordThatFitsNowhere", 10.0, 60.0, 9);
        assert!(wrapped.iter().all(|line| width(line, 10.0) <= 60.0), "{wrapped:?}");
        assert_eq!(wrapped.concat().replace(' ', ""), "onetwothreefour,andaVeryLongWordThatFitsNowhere");
        let cut = lines("one two three four five", 10.0, 50.0, 2);
        assert_eq!(cut.len(), 2);
        assert!(cut[1].ends_with('…') && width(&cut[1], 10.0) <= 50.0);
    }
}
