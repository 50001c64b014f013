//! What is wrong with a file, and where: spans, sources and diagnostics.
//!
//! This module stands below everything and knows nothing of kmsprep's subject. It holds data only;
//! `render` turns a [`Diagnostic`] into text with carets, or into JSON.

use std::fmt;

/// Which of the files in [`Sources`] a span points into.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct FileId(u16);

/// A stretch of one file, in bytes from its start; `end` is exclusive.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Span {
    /// The file.
    pub file: FileId,
    /// First byte.
    pub start: u32,
    /// One past the last byte.
    pub end: u32,
}

/// One file as it was read: its name for people, and its text.
#[derive(Debug)]
pub struct Source {
    /// Name shown in messages; for a bundled file its path inside the bundle.
    pub name: String,
    /// The whole text.
    pub text: String,
    /// Byte offset at which each line starts.
    line_starts: Vec<u32>,
}

impl Source {
    fn new(name: String, text: String) -> Self {
        let line_starts =
            std::iter::once(0).chain(text.bytes().enumerate().filter(|(_, b)| *b == b'\n').map(|(i, _)| offset(i + 1))).collect();
        Source { name, text, line_starts }
    }

    /// Line and column of a byte offset, both counted from 1; the column counts characters.
    #[must_use]
    pub fn position(&self, at: u32) -> (usize, usize) {
        let line = self.line_starts.partition_point(|start| *start <= at);
        let start = self.line_starts.get(line.saturating_sub(1)).copied().unwrap_or(0);
        let before = self.text.get(start as usize..at as usize).unwrap_or("");
        (line, before.chars().count() + 1)
    }
}

fn offset(at: usize) -> u32 {
    u32::try_from(at).unwrap_or(u32::MAX)
}

/// The files that spans point into. Append-only: an id stays good for the life of the value.
#[derive(Debug, Default)]
pub struct Sources {
    files: Vec<Source>,
}

impl Sources {
    /// An empty set.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a file. Past 65,536 files all further ones share the last id, which only blurs messages.
    pub fn add(&mut self, name: impl Into<String>, text: impl Into<String>) -> FileId {
        self.files.push(Source::new(name.into(), text.into()));
        FileId(u16::try_from(self.files.len() - 1).unwrap_or(u16::MAX))
    }

    /// The file behind an id.
    #[must_use]
    pub fn get(&self, file: FileId) -> Option<&Source> {
        self.files.get(usize::from(file.0))
    }

    /// The text of a file, or nothing for an unknown id.
    #[must_use]
    pub fn text(&self, file: FileId) -> &str {
        self.get(file).map_or("", |source| source.text.as_str())
    }

    /// Where a span begins, for people: file, line, column.
    #[must_use]
    pub fn locate(&self, span: Span) -> Location {
        self.get(span.file).map_or_else(Location::default, |source| {
            let (line, column) = source.position(span.start);
            Location { file: source.name.clone(), line, column }
        })
    }
}

/// Text from outside, short enough for a message.
#[must_use]
pub fn cut(text: &str) -> String {
    match text.char_indices().nth(120) {
        Some((end, _)) => format!("{}…", text.get(..end).unwrap_or("")),
        None => text.to_owned(),
    }
}

/// A place in a file as a person reads it; line and column count from 1.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, serde::Serialize)]
pub struct Location {
    /// File name.
    pub file: String,
    /// Line.
    pub line: usize,
    /// Column, in characters.
    pub column: usize,
}

impl fmt::Display for Location {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}:{}", self.file, self.line, self.column)
    }
}

/// How bad a finding is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, serde::Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// The file cannot be used, or does not prove what it claims.
    Error,
    /// Usable, but probably not what was meant.
    Warning,
}

/// A span with a few words beside its caret; the words may be empty.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Label {
    /// Where.
    pub span: Span,
    /// What stands there, or what was expected.
    pub text: String,
}

/// One finding about a file: a stable code, what happened, where, and what to do next.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Diagnostic {
    /// Error or warning.
    pub severity: Severity,
    /// Stable, like `scenario/unknown-key`; tests and documentation use it.
    pub code: &'static str,
    /// What happened: lower case, no full stop, the user's text in backticks.
    pub message: String,
    /// The primary label first.
    pub labels: Vec<Label>,
    /// What to do next, one line each.
    pub help: Vec<String>,
}

impl Diagnostic {
    /// An error without a place; add one with [`Diagnostic::at`].
    #[must_use]
    pub fn error(code: &'static str, message: impl Into<String>) -> Self {
        Diagnostic { severity: Severity::Error, code, message: message.into(), labels: Vec::new(), help: Vec::new() }
    }

    /// A warning without a place.
    #[must_use]
    pub fn warning(code: &'static str, message: impl Into<String>) -> Self {
        Diagnostic { severity: Severity::Warning, ..Diagnostic::error(code, message) }
    }

    /// Adds a place; the first one added is the primary one.
    #[must_use]
    pub fn at(mut self, span: Span, text: impl Into<String>) -> Self {
        self.labels.push(Label { span, text: text.into() });
        self
    }

    /// Adds a line that says what to do.
    #[must_use]
    pub fn help(mut self, text: impl Into<String>) -> Self {
        self.help.push(text.into());
        self
    }

    /// Adds "did you mean" for the nearest legal name, or the list of legal names when it is short.
    #[must_use]
    pub fn suggest<'a>(self, wrong: &str, legal: impl IntoIterator<Item = &'a str>) -> Self {
        match suggestion(wrong, legal) {
            Some(text) => self.help(text),
            None => self,
        }
    }
}

/// "did you mean `x`?" for the nearest of the legal names, else "expected one of …" when there are at most twelve.
#[must_use]
pub fn suggestion<'a>(wrong: &str, legal: impl IntoIterator<Item = &'a str>) -> Option<String> {
    let legal: Vec<&str> = legal.into_iter().collect();
    // Comparing very long input with every name would be slow, and no name is that long.
    let wrong: String = wrong.chars().take(128).collect();
    let folded = wrong.to_lowercase();
    let near = legal
        .iter()
        .map(|name| (strsim::jaro_winkler(&folded, &name.to_lowercase()), *name))
        .filter(|(likeness, _)| *likeness > 0.84)
        .max_by(|a, b| a.0.total_cmp(&b.0).then_with(|| b.1.cmp(a.1)));
    match near {
        Some((_, name)) => Some(format!("did you mean `{name}`?")),
        None if legal.is_empty() || legal.len() > 12 => None,
        None => {
            let list: Vec<String> = legal.iter().map(|name| format!("`{name}`")).collect();
            Some(format!("expected one of {}", list.join(", ")))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn positions_count_lines_and_characters_from_one() {
        let mut sources = Sources::new();
        let file = sources.add("a.yaml", "é: 1\nkey: value\n");
        let at = |start| sources.locate(Span { file, start, end: start }).to_string();
        assert_eq!(at(0), "a.yaml:1:1");
        assert_eq!(at(2), "a.yaml:1:2");
        assert_eq!(at(11), "a.yaml:2:6");
        assert_eq!(at(9999), "a.yaml:3:1");
    }

    #[test]
    fn suggestion_prefers_the_nearest_name_and_else_lists_a_few() {
        assert_eq!(suggestion("kms:CreatGrant", ["kms:CreateGrant", "kms:Decrypt"]), Some("did you mean `kms:CreateGrant`?".into()));
        assert_eq!(suggestion("zzz", ["one", "two"]), Some("expected one of `one`, `two`".into()));
        assert_eq!(suggestion("zzz", []), None);
    }
}
