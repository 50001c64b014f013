//! The tree: scalars, sequences and mappings with the span they came from.

use crate::diag::{Diagnostic, Span};

/// A value and the place where it stands.
#[derive(Clone, Debug, PartialEq)]
pub struct Node {
    /// What it is.
    pub kind: NodeKind,
    /// Where it stands.
    pub span: Span,
}

/// The three shapes of a value.
#[derive(Clone, Debug, PartialEq)]
pub enum NodeKind {
    /// Text, number, boolean or null: kept as the text that was written.
    Scalar(Scalar),
    /// A list.
    Sequence(Vec<Node>),
    /// A mapping, in the order of the file; keys are unique.
    Mapping(Vec<Pair>),
}

/// A scalar as written. `2.00` stays `2.00`, and a twelve-digit account id keeps its leading zeros.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Scalar {
    /// The text, with quotes and escapes resolved.
    pub text: String,
    /// Whether it was quoted or a block scalar: then it is text, whatever it looks like.
    pub quoted: bool,
}

/// One entry of a mapping.
#[derive(Clone, Debug, PartialEq)]
pub struct Pair {
    /// The key's text.
    pub key: String,
    /// Where the key stands.
    pub key_span: Span,
    /// The value.
    pub value: Node,
}

impl Node {
    /// The word for its shape, for messages.
    #[must_use]
    pub fn shape(&self) -> &'static str {
        match &self.kind {
            NodeKind::Scalar(scalar) if scalar.is_null() => "nothing",
            NodeKind::Scalar(_) => "a value",
            NodeKind::Sequence(_) => "a list",
            NodeKind::Mapping(_) => "a mapping",
        }
    }

    /// The text of a scalar that is not null.
    #[must_use]
    pub fn as_str(&self) -> Option<&str> {
        match &self.kind {
            NodeKind::Scalar(scalar) if !scalar.is_null() => Some(&scalar.text),
            NodeKind::Scalar(_) | NodeKind::Sequence(_) | NodeKind::Mapping(_) => None,
        }
    }

    /// The value of a plain `true` or `false`.
    #[must_use]
    pub fn as_bool(&self) -> Option<bool> {
        match &self.kind {
            NodeKind::Scalar(scalar) => scalar.as_bool(),
            NodeKind::Sequence(_) | NodeKind::Mapping(_) => None,
        }
    }

    /// The entries of a mapping.
    #[must_use]
    pub fn as_mapping(&self) -> Option<&[Pair]> {
        match &self.kind {
            NodeKind::Mapping(pairs) => Some(pairs),
            NodeKind::Scalar(_) | NodeKind::Sequence(_) => None,
        }
    }

    /// The items of a sequence.
    #[must_use]
    pub fn as_sequence(&self) -> Option<&[Node]> {
        match &self.kind {
            NodeKind::Sequence(items) => Some(items),
            NodeKind::Scalar(_) | NodeKind::Mapping(_) => None,
        }
    }

    /// Whether it is null or an empty plain scalar.
    #[must_use]
    pub fn is_null(&self) -> bool {
        matches!(&self.kind, NodeKind::Scalar(scalar) if scalar.is_null())
    }

    /// The value of a mapping's key.
    #[must_use]
    pub fn get(&self, key: &str) -> Option<&Node> {
        self.as_mapping()?.iter().find(|pair| pair.key == key).map(|pair| &pair.value)
    }

    /// A list's items, or the one value itself: AWS lets a single string stand for a list of one.
    #[must_use]
    pub fn one_or_many(&self) -> &[Node] {
        match &self.kind {
            NodeKind::Sequence(items) => items,
            NodeKind::Scalar(_) | NodeKind::Mapping(_) => std::slice::from_ref(self),
        }
    }

    /// The same value as JSON; plain `true`, `false`, `null` and numbers become those, all else text.
    #[must_use]
    pub fn to_json(&self) -> serde_json::Value {
        match &self.kind {
            NodeKind::Scalar(scalar) => scalar.to_json(),
            NodeKind::Sequence(items) => items.iter().map(Node::to_json).collect(),
            NodeKind::Mapping(pairs) => {
                serde_json::Value::Object(pairs.iter().map(|pair| (pair.key.clone(), pair.value.to_json())).collect())
            }
        }
    }

    /// Reports that something else was expected here.
    #[must_use]
    pub fn expected(&self, code: &'static str, what: &str) -> Diagnostic {
        Diagnostic::error(code, format!("expected {what}, found {}", self.shape())).at(self.span, format!("expected {what}"))
    }
}

impl Scalar {
    /// Whether it stands for "no value": plain `null`, `~` or nothing.
    #[must_use]
    pub fn is_null(&self) -> bool {
        !self.quoted && matches!(self.text.as_str(), "" | "~" | "null" | "Null" | "NULL")
    }

    /// Its boolean value, if it is a plain `true` or `false`.
    #[must_use]
    pub fn as_bool(&self) -> Option<bool> {
        match (self.quoted, self.text.as_str()) {
            (false, "true") => Some(true),
            (false, "false") => Some(false),
            _ => None,
        }
    }

    fn to_json(&self) -> serde_json::Value {
        use serde_json::Value;
        if self.is_null() {
            return Value::Null;
        }
        if let Some(value) = self.as_bool() {
            return Value::Bool(value);
        }
        // Only what prints back the same is a number: `007` and `1_000` stay text, and so does a decimal amount.
        match self.text.parse::<i64>() {
            Ok(number) if !self.quoted && number.to_string() == self.text && self.text.len() < 12 => Value::from(number),
            _ => Value::String(self.text.clone()),
        }
    }
}
