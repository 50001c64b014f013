//! What the value at a selector is compared with: a number, a text with wildcards at its ends, or a regular expression.

use super::FilterError;
use super::cursor::Cursor;
use regex_lite::{Regex, RegexBuilder};
use serde_json::Value;

/// A comparison of numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Comparison {
    Below,
    AtMost,
    Above,
    AtLeast,
}

impl Comparison {
    pub(super) fn holds(self, value: f64, limit: f64) -> bool {
        match self {
            Comparison::Below => value < limit,
            Comparison::AtMost => value <= limit,
            Comparison::Above => value > limit,
            Comparison::AtLeast => value >= limit,
        }
    }
}

#[derive(Clone, Debug)]
pub(super) struct Operand {
    /// Its value, if it was written without quotes and is a number.
    number: Option<f64>,
    pattern: TextPattern,
}

/// A pattern for a whole text. `*` stands for anything at the beginning and at the end; anywhere else it is a star.
#[derive(Clone, Debug)]
enum TextPattern {
    Text { open_start: bool, text: String, open_end: bool },
    Regex(Regex),
}

impl Operand {
    /// Reads `"text"`, `word`, `12.5` or `%regular expression%`.
    pub(super) fn read(cursor: &mut Cursor) -> Result<Self, FilterError> {
        cursor.skip_space();
        if cursor.take("\"") {
            let text = cursor.take_until('"', true)?;
            return Ok(Operand { number: None, pattern: TextPattern::new(&text) });
        }
        if cursor.take("%") {
            return Ok(Operand { number: None, pattern: TextPattern::Regex(regex(cursor)?) });
        }
        let word = word(cursor)?;
        Ok(Operand { number: number(&word), pattern: TextPattern::new(&word) })
    }

    /// Reads a number.
    pub(super) fn read_number(cursor: &mut Cursor) -> Result<f64, FilterError> {
        cursor.skip_space();
        let wrong = cursor.expected("a number such as 500, -1.5 or 10e3");
        let word = word(cursor)?;
        number(&word).ok_or(wrong)
    }

    /// Whether a value is equal; nothing for one that can be neither equal nor different.
    pub(super) fn equals(&self, value: &Value) -> Option<bool> {
        match value {
            Value::String(text) => Some(self.pattern.matches(text)),
            Value::Number(found) => Some(match (self.number, found.as_f64()) {
                (Some(wanted), Some(found)) => wanted.total_cmp(&found).is_eq(),
                _ => self.pattern.matches(&found.to_string()),
            }),
            Value::Null | Value::Bool(_) | Value::Array(_) | Value::Object(_) => None,
        }
    }
}

/// A word without quotes.
fn word(cursor: &mut Cursor) -> Result<String, FilterError> {
    let word = cursor.take_while(|letter| letter.is_ascii_alphanumeric() || matches!(letter, '_' | '.' | '*' | '-' | '+' | ':' | '/'));
    match cursor.peek() {
        None | Some(')' | '}' | '&' | '|') if !word.is_empty() => Ok(word),
        Some(next) if next.is_whitespace() && !word.is_empty() => Ok(word),
        None | Some(')' | '}' | '&' | '|') => Err(cursor.expected("a value")),
        Some(other) => Err(cursor.error(format!("a text with `{other}` stands in double quotes"))),
    }
}

/// An integer or decimal with an optional sign and exponent; not what else Rust takes for a number, such as `inf`.
fn number(word: &str) -> Option<f64> {
    let first = word.trim_start_matches(['+', '-']).chars().next()?;
    if first.is_ascii_digit() || first == '.' { word.parse().ok() } else { None }
}

impl TextPattern {
    fn new(text: &str) -> Self {
        let (open_start, rest) = match text.strip_prefix('*') {
            Some(rest) => (true, rest),
            None => (false, text),
        };
        let (open_end, rest) = match rest.strip_suffix('*') {
            Some(rest) => (true, rest),
            None => (open_start && rest.is_empty(), rest),
        };
        TextPattern::Text { open_start, text: rest.to_owned(), open_end }
    }

    fn matches(&self, found: &str) -> bool {
        match self {
            TextPattern::Text { open_start: true, text, open_end: true } => found.contains(text.as_str()),
            TextPattern::Text { open_start: true, text, open_end: false } => found.ends_with(text.as_str()),
            TextPattern::Text { open_start: false, text, open_end: true } => found.starts_with(text.as_str()),
            TextPattern::Text { open_start: false, text, open_end: false } => found == text,
            TextPattern::Regex(regex) => regex.is_match(found),
        }
    }
}

/// Most bytes of a compiled expression: enough for a pattern of the longest length, too few to hang on.
const LARGEST: usize = 1 << 18;

/// A regular expression; its opening `%` has been taken. Only what the documentation lists may stand in it: no groups.
pub(super) fn regex(cursor: &mut Cursor) -> Result<Regex, FilterError> {
    let start = cursor.at();
    let text = cursor.take_until('%', false)?;
    let allowed = |letter: char| letter.is_ascii_alphanumeric() || " :_#=@/;,-^$?[]{}|\\*+.".contains(letter);
    // What a backslash stands before is a sign like any other.
    let mut escaped = false;
    for (index, letter) in text.chars().enumerate() {
        if !escaped && !allowed(letter) {
            return Err(FilterError { message: format!("`{letter}` has no place in a regular expression here"), at: start + index });
        }
        escaped = !escaped && letter == '\\';
    }
    RegexBuilder::new(&text)
        .size_limit(LARGEST)
        .build()
        .map_err(|error| FilterError { message: format!("no regular expression: {error}"), at: start })
}
