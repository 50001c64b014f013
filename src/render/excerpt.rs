//! The lines of a file that a diagnostic points at, cut to what a terminal shows.
//!
//! A line can be a megabyte long, and can hold anything; what is drawn is a window of it around the carets,
//! with every character made safe and the carets moved along.

use std::collections::BTreeMap;
use std::ops::Range;

use unicode_width::UnicodeWidthStr;

use super::safe::push_safe;
use crate::diag::{FileId, Label, Source};

/// Some lines of one file with the labels on them.
pub(super) struct Excerpt<'s> {
    source: &'s Source,
    file: FileId,
    /// Columns for the text of a line.
    room: usize,
    first: &'s Label,
    lines: BTreeMap<usize, Line<'s>>,
}

/// Columns between a line's number and its text.
const FRAME: usize = 3;

/// However narrow the terminal, so many columns of text are shown.
const LEAST: usize = 12;

/// Stands where a part of a line is left out.
const CUT: &str = "...";

/// Columns and bytes of the longest start of `text` that fits into `room` columns as it will be drawn.
fn first(text: &str, room: usize) -> (usize, usize) {
    fitting(text.chars(), room)
}

/// Columns and bytes of the longest end of `text` that fits into `room` columns.
fn last(text: &str, room: usize) -> (usize, usize) {
    fitting(text.chars().rev(), room)
}

fn fitting(characters: impl Iterator<Item = char>, room: usize) -> (usize, usize) {
    let (mut columns, mut bytes) = (0, 0);
    let mut drawn = String::new();
    // Characters without width must not make a line endless.
    for character in characters.take(4 * room) {
        drawn.clear();
        push_safe(&mut drawn, character);
        if columns + drawn.width() > room {
            break;
        }
        columns += drawn.width();
        bytes += character.len_utf8();
    }
    (columns, bytes)
}

/// A line, or the part of it that is shown.
struct Line<'s> {
    /// Offset of the shown part in the file.
    start: usize,
    /// The shown part.
    text: &'s str,
    cut_left: bool,
    cut_right: bool,
    labels: Vec<&'s Label>,
}

/// A caret below the drawn text, in bytes of that text.
pub(super) struct Caret<'s> {
    pub(super) range: Range<usize>,
    pub(super) label: &'s Label,
}

impl<'s> Excerpt<'s> {
    /// An excerpt for terminals of `width` columns that shows at least this label.
    pub(super) fn new(source: &'s Source, label: &'s Label, width: usize) -> Self {
        // Which numbers the excerpt will show is not known yet; the file's last is the longest.
        let last = source.position(u32::MAX).0.to_string();
        let room = width.saturating_sub(last.len() + FRAME).max(LEAST);
        let mut excerpt = Excerpt { source, file: label.span.file, room, first: label, lines: BTreeMap::new() };
        excerpt.add(label);
        excerpt
    }

    /// Adds a label if it is in this file and within the shown part of its line; says whether it was added.
    pub(super) fn add(&mut self, label: &'s Label) -> bool {
        if label.span.file != self.file {
            return false;
        }
        let at = self.source.text.floor_char_boundary(label.span.start as usize);
        let number = self.source.position(label.span.start).0;
        let line = self.lines.entry(number).or_insert_with(|| Line::around(&self.source.text, at, label, self.room));
        let fits = (line.start..=line.start + line.text.len()).contains(&at);
        if fits {
            line.labels.push(label);
        }
        fits
    }

    /// The number of the first line.
    pub(super) fn first_line(&self) -> usize {
        self.lines.keys().next().copied().unwrap_or(1)
    }

    /// The number of the last line.
    pub(super) fn last_line(&self) -> usize {
        self.lines.keys().next_back().copied().unwrap_or(1)
    }

    /// The label it began with.
    pub(super) fn first_label(&self) -> &'s Label {
        self.first
    }

    /// The text to draw, from the first line to the last, and the carets in it. Lines far from any label are
    /// empty: they are only there to be counted.
    pub(super) fn draw(&self) -> (String, Vec<Caret<'s>>) {
        let mut drawn = String::new();
        let mut carets = Vec::new();
        let mut next = self.first_line();
        let mut between: Option<&str> = None;
        for (number, line) in &self.lines {
            // One line between two labels is shown; of a longer gap the terminal shows only that it is there.
            if *number == next + 1 {
                let text = between.unwrap_or_default();
                let shown = text.get(..first(text, self.room).1).unwrap_or_default();
                shown.chars().for_each(|character| push_safe(&mut drawn, character));
            }
            drawn.extend(std::iter::repeat_n('\n', number - next));
            line.draw(&mut drawn, &mut carets);
            drawn.push('\n');
            next = number + 1;
            between = self.source.text.get(line.start + line.text.len()..).and_then(|rest| rest.lines().nth(1));
        }
        (drawn, carets)
    }
}

impl<'s> Line<'s> {
    /// The line at a label, or as much of it as fits into `room` columns with the label's words beside the caret.
    fn around(text: &'s str, at: usize, label: &Label, room: usize) -> Self {
        let (before, after) = text.split_at_checked(at).unwrap_or((text, ""));
        let start = before.rfind('\n').map_or(0, |newline| newline + 1);
        let end = after.find('\n').map_or(text.len(), |newline| at + newline);
        let (left, right) = (text.get(start..at).unwrap_or_default(), text.get(at..end).unwrap_or_default().trim_end_matches('\r'));
        let (mut taken_left, all_left) = last(left, room);
        let (mut taken_right, all_right) = first(right, room);
        if all_left < left.len() || all_right < right.len() || taken_left + taken_right > room {
            let room = room.saturating_sub(2 * CUT.len());
            let caret = first(right.get(..(label.span.end as usize).saturating_sub(at)).unwrap_or_default(), room).0;
            let wanted = (caret + 1 + label.text.width()).min(room * 2 / 3);
            taken_left = last(left, room.saturating_sub(wanted)).0;
            taken_right = first(right, room.saturating_sub(taken_left)).0;
            // What the right side does not need is the left side's.
            taken_left = last(left, room.saturating_sub(taken_right)).0;
        }
        let from = at - last(left, taken_left).1;
        let to = at + first(right, taken_right).1;
        let cut_right = to < at + right.len();
        Line { start: from, text: text.get(from..to).unwrap_or_default(), cut_left: from > start, cut_right, labels: Vec::new() }
    }

    fn draw(&self, drawn: &mut String, carets: &mut Vec<Caret<'s>>) {
        // Where each byte offset that a label names comes to stand.
        let mut moved: BTreeMap<usize, usize> = BTreeMap::new();
        let inside = |at: u32| (at as usize).saturating_sub(self.start).min(self.text.len());
        for label in &self.labels {
            moved.insert(inside(label.span.start), 0);
            moved.insert(inside(label.span.end), 0);
        }
        if self.cut_left {
            drawn.push_str(CUT);
        }
        let mut pending = moved.iter_mut().peekable();
        for (at, character) in self.text.char_indices() {
            while let Some((_, place)) = pending.next_if(|(wanted, _)| **wanted <= at) {
                *place = drawn.len();
            }
            push_safe(drawn, character);
        }
        pending.for_each(|(_, place)| *place = drawn.len());
        if self.cut_right {
            drawn.push_str(CUT);
        }
        let place = |at: u32| moved.get(&inside(at)).copied().unwrap_or_default();
        carets.extend(self.labels.iter().map(|label| {
            let start = place(label.span.start);
            Caret { range: start..place(label.span.end).max(start), label }
        }));
    }
}
