//! Reading a mapping field by field: what is missing, misspelt or of the wrong shape becomes a diagnostic,
//! and reading goes on, so that a file shows all its errors at once.

use super::{Node, Pair};
use crate::diag::{Diagnostic, Span};

/// A mapping that is being read. Ask for every field it may have, then call [`Fields::finish`].
#[derive(Debug)]
pub struct Fields<'n> {
    /// What is being read, for messages: "a decision".
    what: &'static str,
    /// Where the mapping stands.
    pub span: Span,
    pairs: &'n [Pair],
    asked: Vec<&'static str>,
}

impl<'n> Fields<'n> {
    /// Begins to read; reports and gives up if `node` is no mapping.
    pub fn of(node: &'n Node, what: &'static str, diagnostics: &mut Vec<Diagnostic>) -> Option<Self> {
        let Some(pairs) = node.as_mapping() else {
            diagnostics.push(
                Diagnostic::error("doc/wrong-shape", format!("expected {what} as a mapping, found {}", node.shape()))
                    .at(node.span, "expected a mapping"),
            );
            return None;
        };
        Some(Fields { what, span: node.span, pairs, asked: Vec::new() })
    }

    /// The value of an optional field. A field that is there but null counts as absent.
    pub fn optional(&mut self, key: &'static str) -> Option<&'n Node> {
        self.asked.push(key);
        self.pairs.iter().find(|pair| pair.key == key).map(|pair| &pair.value).filter(|value| !value.is_null())
    }

    /// The value of a field that must be there.
    pub fn required(&mut self, key: &'static str, diagnostics: &mut Vec<Diagnostic>) -> Option<&'n Node> {
        let value = self.optional(key);
        if value.is_none() {
            diagnostics.push(
                Diagnostic::error("doc/missing-field", format!("{} has no `{key}`", self.what)).at(self.span, format!("add `{key}:` here")),
            );
        }
        value
    }

    /// The text of an optional field.
    pub fn text(&mut self, key: &'static str, diagnostics: &mut Vec<Diagnostic>) -> Option<&'n str> {
        let node = self.optional(key)?;
        text_of(node, key, diagnostics)
    }

    /// The text of a field that must be there.
    pub fn required_text(&mut self, key: &'static str, diagnostics: &mut Vec<Diagnostic>) -> Option<&'n str> {
        let node = self.required(key, diagnostics)?;
        text_of(node, key, diagnostics)
    }

    /// The boolean of an optional field; absent means `false`.
    pub fn flag(&mut self, key: &'static str, diagnostics: &mut Vec<Diagnostic>) -> bool {
        let Some(node) = self.optional(key) else { return false };
        match node.as_bool() {
            Some(value) => value,
            None => {
                diagnostics.push(node.expected("doc/wrong-shape", "`true` or `false`"));
                false
            }
        }
    }

    /// The whole number of an optional field.
    pub fn integer(&mut self, key: &'static str, diagnostics: &mut Vec<Diagnostic>) -> Option<i64> {
        let node = self.optional(key)?;
        let number = node.as_str().and_then(|text| text.parse().ok());
        if number.is_none() {
            diagnostics.push(node.expected("doc/wrong-shape", "a whole number"));
        }
        number
    }

    /// The texts of an optional field that is a list, or one text that stands for a list of one.
    pub fn texts(&mut self, key: &'static str, diagnostics: &mut Vec<Diagnostic>) -> Vec<&'n str> {
        let Some(node) = self.optional(key) else { return Vec::new() };
        node.one_or_many().iter().filter_map(|item| text_of(item, key, diagnostics)).collect()
    }

    /// The entries of an optional field that is a mapping of names to values.
    pub fn entries(&mut self, key: &'static str, diagnostics: &mut Vec<Diagnostic>) -> &'n [Pair] {
        let Some(node) = self.optional(key) else { return &[] };
        match node.as_mapping() {
            Some(pairs) => pairs,
            None => {
                diagnostics.push(node.expected("doc/wrong-shape", "a mapping of names"));
                &[]
            }
        }
    }

    /// The items of an optional field that is a list.
    pub fn items(&mut self, key: &'static str, diagnostics: &mut Vec<Diagnostic>) -> &'n [Node] {
        let Some(node) = self.optional(key) else { return &[] };
        match node.as_sequence() {
            Some(items) => items,
            None => {
                diagnostics.push(node.expected("doc/wrong-shape", "a list"));
                &[]
            }
        }
    }

    /// Reports every field that nobody asked for.
    pub fn finish(self, diagnostics: &mut Vec<Diagnostic>) {
        for pair in self.pairs {
            if !self.asked.contains(&pair.key.as_str()) {
                diagnostics.push(
                    Diagnostic::error("doc/unknown-field", format!("{} has no field `{}`", self.what, pair.key))
                        .at(pair.key_span, "unknown field")
                        .suggest(&pair.key, self.asked.iter().copied()),
                );
            }
        }
    }
}

fn text_of<'n>(node: &'n Node, key: &str, diagnostics: &mut Vec<Diagnostic>) -> Option<&'n str> {
    let text = node.as_str();
    if text.is_none() {
        diagnostics.push(
            Diagnostic::error("doc/wrong-shape", format!("`{key}` is a text, found {}", node.shape())).at(node.span, "expected a text"),
        );
    }
    text
}
