//! Text from outside, made fit to be shown.
//!
//! A character that would drive the terminal, change the order of what is read, or stand there unseen becomes
//! a mark in plain ASCII: `<U+001B>` for escape. Marks are longer than what they stand for, so positions in
//! the text move; who draws carets maps them (see `diagnostic`).

use std::borrow::Cow;
use std::fmt::Write as _;

use crate::doc::is_hostile;

/// How far a tab reaches: terminals differ, and a caret below must know.
const TAB: &str = "    ";

/// The text with every dangerous or invisible character as a mark; newlines stay, tabs become four spaces.
#[must_use]
pub fn safe(text: &str) -> Cow<'_, str> {
    made_safe(text, true)
}

/// As [`safe()`], on one line: newlines become marks as well.
#[must_use]
pub fn safe_line(text: &str) -> Cow<'_, str> {
    made_safe(text, false)
}

fn made_safe(text: &str, keep_newlines: bool) -> Cow<'_, str> {
    let keep = |character| character == '\n' && keep_newlines || is_plain(character);
    if text.chars().all(keep) {
        return Cow::Borrowed(text);
    }
    let mut shown = String::with_capacity(text.len() + 16);
    for character in text.chars() {
        if keep(character) {
            shown.push(character);
        } else {
            push_safe(&mut shown, character);
        }
    }
    Cow::Owned(shown)
}

/// Appends a character as it may be shown.
pub(super) fn push_safe(shown: &mut String, character: char) {
    if character == '\t' {
        shown.push_str(TAB);
    } else if is_plain(character) {
        shown.push(character);
    } else {
        // Writing to a string cannot fail.
        let _ = write!(shown, "<U+{:04X}>", u32::from(character));
    }
}

/// Whether a character shows as itself and moves nothing but the cursor by its width.
fn is_plain(character: char) -> bool {
    match character {
        '\t' | '\n' | '\r' => false,
        // Soft hyphen, zero-width space, line and paragraph separator, word joiner, byte order mark.
        '\u{ad}' | '\u{200b}' | '\u{2028}' | '\u{2029}' | '\u{2060}' | '\u{feff}' => false,
        other => !is_hostile(other),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn honest_text_is_not_copied() {
        assert!(matches!(safe("arn:aws:kms — größe\nsecond"), Cow::Borrowed(_)));
    }

    #[test]
    fn escape_sequences_and_direction_marks_become_visible() {
        assert_eq!(safe("\u{1b}[31mred\u{7}"), "<U+001B>[31mred<U+0007>");
        assert_eq!(safe("a\u{202e}b\u{2066}c\u{61c}\u{200f}"), "a<U+202E>b<U+2066>c<U+061C><U+200F>");
        assert_eq!(safe("\u{9b}31m\u{7f}\u{200b}"), "<U+009B>31m<U+007F><U+200B>");
    }

    #[test]
    fn newlines_stay_in_text_and_show_in_a_line() {
        assert_eq!(safe("a\n\tb\r"), "a\n    b<U+000D>");
        assert_eq!(safe_line("a\n\tb"), "a<U+000A>    b");
    }

    proptest::proptest! {
        #[test]
        fn nothing_hostile_comes_through(text in "(\\PC|[\0-\u{9f}\u{200b}-\u{2070}]){0,40}") {
            assert!(!safe_line(&text).chars().any(|character| character.is_control() || is_hostile(character)));
            assert_eq!(safe(&safe(&text)), safe(&text));
        }
    }
}
