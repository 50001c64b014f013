//! Reading a pattern from left to right.

use super::FilterError;

/// A place in a pattern.
pub(super) struct Cursor {
    letters: Vec<char>,
    at: usize,
}

impl Cursor {
    pub(super) fn new(text: &str) -> Self {
        Cursor { letters: text.chars().collect(), at: 0 }
    }

    pub(super) fn at(&self) -> usize {
        self.at
    }

    pub(super) fn peek(&self) -> Option<char> {
        self.letters.get(self.at).copied()
    }

    pub(super) fn next(&mut self) -> Option<char> {
        let letter = self.peek()?;
        self.at += 1;
        Some(letter)
    }

    pub(super) fn skip_space(&mut self) {
        while self.peek().is_some_and(char::is_whitespace) {
            self.at += 1;
        }
    }

    /// Takes a text if it stands here.
    pub(super) fn take(&mut self, text: &str) -> bool {
        let stands = text.chars().enumerate().all(|(index, letter)| self.letters.get(self.at + index) == Some(&letter));
        if stands {
            self.at += text.chars().count();
        }
        stands
    }

    /// Takes letters as long as they fit.
    pub(super) fn take_while(&mut self, fits: impl Fn(char) -> bool) -> String {
        let mut taken = String::new();
        while let Some(letter) = self.peek().filter(|letter| fits(*letter)) {
            taken.push(letter);
            self.at += 1;
        }
        taken
    }

    /// Takes what stands up to a closing mark, and the mark; with `escapes`, a backslash before a quote or a backslash goes.
    ///
    /// The opening mark has been taken.
    pub(super) fn take_until(&mut self, mark: char, escapes: bool) -> Result<String, FilterError> {
        let opened = self.at.saturating_sub(1);
        let mut taken = String::new();
        while let Some(letter) = self.next() {
            match letter {
                letter if letter == mark => return Ok(taken),
                '\\' if escapes && matches!(self.peek(), Some('"' | '\\')) => taken.extend(self.next()),
                letter => taken.push(letter),
            }
        }
        Err(FilterError { message: format!("no {mark} closes what begins here"), at: opened })
    }

    pub(super) fn error(&self, message: impl Into<String>) -> FilterError {
        FilterError { message: message.into(), at: self.at }
    }

    /// The error that something else stands here.
    pub(super) fn expected(&self, what: &str) -> FilterError {
        match self.peek() {
            Some(found) => self.error(format!("expected {what}, found `{found}`")),
            None => self.error(format!("expected {what}, and the pattern ends")),
        }
    }
}
