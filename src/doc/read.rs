//! The way in: bytes or text -> [`Node`], within limits, refusing what no honest file contains.
//!
//! Text is checked before it is parsed, so that no parser works on input that would be refused anyway:
//! size, UTF-8, then characters that could lie to a reader or drive a terminal. JSON takes the same way
//! as YAML, whose flow style contains it.

use super::Node;
use super::yaml::read_document;
use crate::diag::{Diagnostic, FileId, Label, Sources, Span};

/// How much of a file is read before it is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Size of the file in bytes.
    pub bytes: usize,
    /// How many lists and mappings may stand inside each other. The tree is walked by recursion, so keep it small.
    pub depth: usize,
    /// How many values the file may hold, counting every list and mapping as one.
    pub nodes: usize,
}

impl Default for Limits {
    /// 1 MiB, 32 levels, 100,000 values: far more than the largest scenario.
    fn default() -> Self {
        Limits { bytes: 1 << 20, depth: 32, nodes: 100_000 }
    }
}

/// At most so many places of one finding are shown: they are never all different mistakes.
pub(super) const PLACES: usize = 5;

/// Reads a file that is known to be text, and adds it to `sources`.
///
/// # Errors
/// Everything that is wrong with the file as YAML or JSON; a syntax error ends the reading.
pub fn read(sources: &mut Sources, name: &str, text: &str, limits: Limits) -> Result<Node, Vec<Diagnostic>> {
    check_size(sources, name, text.len(), limits)?;
    // Spans count from behind the byte order mark, as do the columns that an editor shows.
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let file = sources.add(name, text);
    check_characters(file, text)?;
    read_document(file, text, limits)
}

/// Reads a file as it came from outside, and adds it to `sources`.
///
/// # Errors
/// As [`read`], and when the bytes are no UTF-8.
pub fn read_bytes(sources: &mut Sources, name: &str, bytes: &[u8], limits: Limits) -> Result<Node, Vec<Diagnostic>> {
    check_size(sources, name, bytes.len(), limits)?;
    match std::str::from_utf8(bytes) {
        Ok(text) => read(sources, name, text, limits),
        Err(error) => {
            let at = error.valid_up_to();
            let byte = bytes.get(at).copied().unwrap_or_default();
            // The text before the first bad byte is the same, so its place in the repaired text is right.
            let file = sources.add(name, String::from_utf8_lossy(bytes));
            let span = span(file, at, at + char::REPLACEMENT_CHARACTER.len_utf8());
            Err(vec![
                Diagnostic::error("doc/not-utf8", format!("file is not UTF-8: byte {at} is 0x{byte:02X}"))
                    .at(span, "no UTF-8 from here")
                    .help("save the file as UTF-8"),
            ])
        }
    }
}

/// A span from byte offsets; [`check_size`] has seen that they fit.
pub(super) fn span(file: FileId, start: usize, end: usize) -> Span {
    let narrow = |at: usize| u32::try_from(at).unwrap_or(u32::MAX);
    Span { file, start: narrow(start), end: narrow(end.max(start)) }
}

fn check_size(sources: &mut Sources, name: &str, size: usize, limits: Limits) -> Result<(), Vec<Diagnostic>> {
    // Offsets are 32 bits wide, whatever the caller allows.
    let most = limits.bytes.min(u32::MAX as usize);
    if size <= most {
        return Ok(());
    }
    // The text is not kept: nothing of it will be shown.
    let file = sources.add(name, "");
    Err(vec![
        Diagnostic::error("doc/too-large", format!("file has {size} bytes, at most {most} are read"))
            .at(span(file, 0, 0), "")
            .help("split the file, or check that it is the one you meant"),
    ])
}

/// Whether a character has no business in a text that people read: controls (C0 but for tab and line
/// breaks, DEL, C1), which drive a terminal, and marks of writing direction, which show text in another
/// order than it is read.
///
/// Source: Unicode Technical Report 36, "Unicode Security Considerations", on bidirectional text spoofing.
#[must_use]
pub fn is_hostile(character: char) -> bool {
    match character {
        '\t' | '\n' | '\r' => false,
        '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' => true,
        other => other.is_control(),
    }
}

fn check_characters(file: FileId, text: &str) -> Result<(), Vec<Diagnostic>> {
    let mut count = 0;
    let mut labels = Vec::new();
    let mut first = None;
    for (at, character) in text.char_indices().filter(|(_, character)| is_hostile(*character)) {
        count += 1;
        first.get_or_insert(character);
        if labels.len() < PLACES {
            labels.push(Label { span: span(file, at, at + character.len_utf8()), text: code_point(character) });
        }
    }
    let Some(first) = first else { return Ok(()) };
    let rest = if count == 1 { String::new() } else { format!(", and {} more of the kind", count - 1) };
    let mut diagnostic =
        Diagnostic::error("doc/control-character", format!("file contains the invisible character {}{rest}", code_point(first)));
    diagnostic.labels = labels;
    Err(vec![diagnostic.help("remove it: it can hide or reorder what a reader sees")])
}

/// `U+202E`, the way Unicode writes a character that cannot be shown.
pub(super) fn code_point(character: char) -> String {
    format!("U+{:04X}", u32::from(character))
}

#[cfg(test)]
mod tests;
