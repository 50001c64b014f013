//! Building a [`Node`] from its parts in the order of the text, with an explicit stack instead of recursion.

use super::{Node, NodeKind, Pair};
use crate::diag::{Diagnostic, Span};

/// The key of a pair that is being read.
#[derive(Debug)]
pub(super) enum Key {
    /// A text.
    Text {
        /// The text.
        text: String,
        /// Where it stands.
        span: Span,
    },
    /// Something that cannot be a key; it was reported, and its pair is dropped.
    Broken,
}

/// A list or mapping whose end has not been seen.
#[derive(Debug)]
struct Open {
    span: Span,
    /// Whether it has a bracket that ends it; a block ends with its last child.
    flow: bool,
    content: Content,
}

#[derive(Debug)]
enum Content {
    Sequence(Vec<Node>),
    Mapping { pairs: Vec<Pair>, key: Option<Key> },
}

/// A tree in the making.
#[derive(Debug, Default)]
pub(super) struct Builder {
    open: Vec<Open>,
    root: Option<Node>,
}

impl Builder {
    /// How many lists and mappings are open.
    pub(super) fn depth(&self) -> usize {
        self.open.len()
    }

    /// Whether the next thing is a mapping's key.
    pub(super) fn at_key(&self) -> bool {
        matches!(self.open.last(), Some(Open { content: Content::Mapping { key: None, .. }, .. }))
    }

    /// Where the open lists and mappings inside brackets begin, innermost first. A pair that stands in a list without
    /// braces of its own is among them.
    pub(super) fn open_flows(&self) -> impl Iterator<Item = u32> {
        self.open.iter().rev().take_while(|open| open.flow).map(|open| open.span.start)
    }

    /// Begins a list or mapping.
    pub(super) fn open(&mut self, span: Span, flow: bool, mapping: bool) {
        let content = if mapping { Content::Mapping { pairs: Vec::new(), key: None } } else { Content::Sequence(Vec::new()) };
        self.open.push(Open { span, flow, content });
    }

    /// Takes a mapping's key.
    pub(super) fn key(&mut self, new: Key) {
        if let Some(Open { content: Content::Mapping { key, .. }, span, .. }) = self.open.last_mut() {
            if let Key::Text { span: at, .. } = &new {
                span.end = span.end.max(at.end);
            }
            *key = Some(new);
        }
    }

    /// Takes a value: an item, the value of the last key, or the root.
    pub(super) fn value(&mut self, value: Node) {
        let Some(open) = self.open.last_mut() else {
            self.root = Some(value);
            return;
        };
        open.span.end = open.span.end.max(value.span.end);
        match &mut open.content {
            Content::Sequence(items) => items.push(value),
            Content::Mapping { pairs, key } => match key.take() {
                Some(Key::Text { text, span }) => pairs.push(Pair { key: text, key_span: span, value }),
                Some(Key::Broken) => {}
                // A list or mapping as a key was reported when it began.
                None => *key = Some(Key::Broken),
            },
        }
    }

    /// Ends the innermost list or mapping, whose end mark reaches to `end`.
    pub(super) fn close(&mut self, end: u32, diagnostics: &mut Vec<Diagnostic>) {
        let Some(Open { mut span, flow, content }) = self.open.pop() else { return };
        if flow {
            span.end = span.end.max(end);
        }
        let kind = match content {
            Content::Sequence(items) => NodeKind::Sequence(items),
            Content::Mapping { pairs, .. } => {
                report_duplicates(&pairs, diagnostics);
                NodeKind::Mapping(pairs)
            }
        };
        self.value(Node { kind, span });
    }

    /// The root, if one was read.
    pub(super) fn finish(self) -> Option<Node> {
        self.root
    }
}

/// Reports each key that stands more than once, with all its places up to five.
fn report_duplicates(pairs: &[Pair], diagnostics: &mut Vec<Diagnostic>) {
    // Sorting keeps a mapping of many keys from costing the square of their number.
    let mut sorted: Vec<&Pair> = pairs.iter().collect();
    sorted.sort_by(|a, b| a.key.cmp(&b.key));
    for same in sorted.chunk_by(|a, b| a.key == b.key) {
        let [first, again @ ..] = same else { continue };
        // The second place is the mistake, so it is the primary label.
        let [second, more @ ..] = again else { continue };
        let mut diagnostic = Diagnostic::error("doc/duplicate-key", format!("key `{}` stands twice in one mapping", first.key))
            .at(second.key_span, "again here")
            .at(first.key_span, "first here");
        for pair in more.iter().take(super::read::PLACES - 2) {
            diagnostic = diagnostic.at(pair.key_span, "and here");
        }
        diagnostics.push(diagnostic.help("remove one of them, or rename it"));
    }
}
