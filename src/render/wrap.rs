//! Breaking text into lines by display width.

use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

/// Wraps text at spaces so that no line is wider than `width` columns. The first line begins with `indent`,
/// each later one with `hanging`; a newline in the text is a line break that stays.
///
/// A word is split only if it alone is wider than a line: then behind `:` or `/`, where people split ARNs
/// and paths, and if there is none that fits, anywhere. No line has blanks at its end.
#[must_use]
pub fn wrap(text: &str, width: usize, indent: &str, hanging: &str) -> String {
    let mut lines = Lines { width, hanging, done: String::new(), line: indent.to_owned(), at: indent.width(), words: false };
    for (index, paragraph) in text.split('\n').enumerate() {
        if index > 0 {
            lines.end();
        }
        for word in paragraph.split_whitespace() {
            lines.word(word);
        }
    }
    lines.done.push_str(lines.line.trim_end());
    lines.done
}

struct Lines<'a> {
    width: usize,
    hanging: &'a str,
    done: String,
    line: String,
    /// Width of `line`.
    at: usize,
    /// Whether `line` holds more than its indentation.
    words: bool,
}

impl Lines<'_> {
    fn end(&mut self) {
        self.done.push_str(self.line.trim_end());
        self.done.push('\n');
        self.hanging.clone_into(&mut self.line);
        self.at = self.hanging.width();
        self.words = false;
    }

    fn word(&mut self, mut word: &str) {
        if self.words {
            if self.at + 1 + word.width() <= self.width {
                self.line.push(' ');
                self.at += 1;
            } else {
                self.end();
            }
        }
        while self.at + word.width() > self.width {
            let (head, tail) = split(word, self.width.saturating_sub(self.at));
            if tail.is_empty() {
                break;
            }
            self.push(head);
            self.end();
            word = tail;
        }
        self.push(word);
    }

    fn push(&mut self, piece: &str) {
        self.line.push_str(piece);
        self.at += piece.width();
        self.words = true;
    }
}

/// The part of a word that fits into `room` columns, at least one character, and the rest.
fn split(word: &str, room: usize) -> (&str, &str) {
    let mut used = 0;
    let mut anywhere = 0;
    let mut behind_mark = None;
    for (at, character) in word.char_indices() {
        used += character.width().unwrap_or(0);
        if used > room && anywhere > 0 {
            break;
        }
        anywhere = at + character.len_utf8();
        if matches!(character, ':' | '/') {
            behind_mark = Some(anywhere);
        }
    }
    word.split_at_checked(behind_mark.unwrap_or(anywhere)).unwrap_or((word, ""))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_breaks_at_spaces_and_later_lines_hang() {
        assert_eq!(
            wrap("help: use the key of the account that owns it", 20, "", "      "),
            "help: use the key of\n      the account\n      that owns it"
        );
        assert_eq!(wrap("one two", 80, "- ", "  "), "- one two");
        assert_eq!(wrap("", 80, "- ", "  "), "-");
    }

    #[test]
    fn newlines_stay_and_blank_lines_have_no_blanks() {
        assert_eq!(wrap("a  b\n\nc", 80, "  ", "  "), "  a b\n\n  c");
    }

    #[test]
    fn a_long_arn_breaks_behind_its_separators() {
        let arn = "arn:aws:kms:us-east-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab";
        assert_eq!(wrap(arn, 40, "", "  "), "arn:aws:kms:us-east-1:111122223333:key/\n  1234abcd-12ab-34cd-56ef-1234567890ab");
        assert_eq!(wrap("xxxxxxxxxx", 4, "", ""), "xxxx\nxxxx\nxx");
    }

    #[test]
    fn width_is_that_of_the_screen() {
        assert_eq!(wrap("鍵鍵 鍵鍵", 5, "", ""), "鍵鍵\n鍵鍵");
    }

    proptest::proptest! {
        #[test]
        fn every_line_fits_and_no_text_is_lost(text in "([a-z]{1,12}|[:/ 鍵é\n]){0,40}", width in 8usize..40) {
            let wrapped = wrap(&text, width, "* ", "  ");
            assert!(wrapped.lines().all(|line| line.width() <= width), "{wrapped}");
            let bare = |text: &str| text.chars().filter(|character| !character.is_whitespace()).collect::<String>();
            assert_eq!(bare(&wrapped), format!("*{}", bare(&text)));
        }
    }
}
