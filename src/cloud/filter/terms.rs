//! Patterns of plain text: `ERROR Exception`, `?ERROR ?WARN`, `ERROR -"exit code"`, `%AUTHORIZED%`.

use super::FilterError;
use super::cursor::Cursor;
use super::operand::regex;
use regex_lite::Regex;

/// The terms of a pattern.
#[derive(Clone, Debug, Default)]
pub(super) struct Terms {
    /// All of these.
    with: Vec<Term>,
    /// None of these.
    without: Vec<Term>,
    /// One of these; they are ignored beside terms of another kind.
    either: Vec<Term>,
}

#[derive(Clone, Debug)]
enum Term {
    Text(String),
    Regex(Regex),
}

impl Term {
    fn is_in(&self, message: &str) -> bool {
        match self {
            Term::Text(text) => message.contains(text.as_str()),
            Term::Regex(regex) => regex.is_match(message),
        }
    }
}

impl Terms {
    pub(super) fn match_text(&self, message: &str) -> bool {
        if self.with.is_empty() && self.without.is_empty() {
            return self.either.iter().any(|term| term.is_in(message));
        }
        self.with.iter().all(|term| term.is_in(message)) && !self.without.iter().any(|term| term.is_in(message))
    }
}

pub(super) fn read(cursor: &mut Cursor) -> Result<Terms, FilterError> {
    let mut terms = Terms::default();
    loop {
        cursor.skip_space();
        let list = match cursor.peek() {
            None => return Ok(terms),
            Some('-') => {
                cursor.next();
                &mut terms.without
            }
            Some('?') => {
                cursor.next();
                &mut terms.either
            }
            Some(_) => &mut terms.with,
        };
        list.push(term(cursor)?);
    }
}

fn term(cursor: &mut Cursor) -> Result<Term, FilterError> {
    if cursor.take("\"") {
        return cursor.take_until('"', true).map(Term::Text);
    }
    if cursor.take("%") {
        return regex(cursor).map(Term::Regex);
    }
    let start = cursor.at();
    let term = cursor.take_while(|letter| !letter.is_whitespace());
    match term.chars().position(|letter| !letter.is_alphanumeric() && letter != '_') {
        None if term.is_empty() => Err(cursor.expected("a term")),
        None => Ok(Term::Text(term)),
        Some(index) => {
            let message = format!("the term {term} has other signs than letters, digits and _: it stands in double quotes");
            Err(FilterError { message, at: start + index })
        }
    }
}
