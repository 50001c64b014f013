//! Answers as trees that can be changed.

use super::statement;
use crate::doc::{Node, NodeKind};
use crate::scenario::answers::{Answer, Answers};
use crate::scenario::document::{Choice, Decision, Document, Fills};
use crate::scenario::hole::fragment;

/// How deep fragments may take up fragments; filling the holes has refused more.
const DEPTH: usize = 8;

/// Answers, with those that hold policies written out.
#[derive(Clone, Debug)]
pub(super) struct Written {
    /// All answers.
    pub(super) answers: Answers,
    /// The decisions whose answers are trees with policies, in the order of the file.
    pub(super) decisions: Vec<String>,
}

impl Written {
    /// Writes chosen options out as the values that they fill holes with; nothing if no policy stands in any.
    pub(super) fn of(document: &Document, answers: &Answers) -> Option<Self> {
        let mut written = Written { answers: answers.clone(), decisions: Vec::new() };
        for decision in &document.decisions {
            let Some(node) = answers.get(&decision.name).and_then(|answer| value(decision, answer)) else { continue };
            // Where the learner may write, a fragment in an option is a shorter way of writing. Elsewhere it is the
            // author's scaffolding, which options only choose from.
            let node = if decision.free_form { taken_up(document, &node, 0) } else { node };
            if !statement::find(&node).is_empty() {
                written.answers.insert(decision.name.clone(), Answer::Free(node));
                written.decisions.push(decision.name.clone());
            }
        }
        (!written.decisions.is_empty()).then_some(written)
    }

    /// The tree of a decision.
    pub(super) fn tree(&self, decision: &str) -> Option<&Node> {
        match self.answers.get(decision)? {
            Answer::Free(node) => Some(node),
            Answer::Options(_) => None,
        }
    }

    /// The answers with another tree for a decision.
    pub(super) fn with(&self, decision: &str, node: Node) -> Answers {
        let mut answers = self.answers.clone();
        answers.insert(decision.to_owned(), Answer::Free(node));
        answers
    }
}

/// The value that an answer fills holes with, if it is one for all holes or one for each part.
fn value(decision: &Decision, answer: &Answer) -> Option<Node> {
    let names = match answer {
        Answer::Free(node) => return Some(node.clone()),
        Answer::Options(names) => names,
    };
    let fills: Vec<&Choice> = names.iter().filter_map(|name| decision.option(name)).collect();
    if decision.choose == 1 {
        let choice = fills.last()?;
        return match &choice.fills {
            Fills::Omit => None,
            Fills::Value(node) => Some(node.clone()),
            Fills::Parts(pairs) => Some(Node { kind: NodeKind::Mapping(pairs.clone()), span: choice.span }),
        };
    }
    // Several options together make a list.
    let mut items = Vec::new();
    for choice in &fills {
        match &choice.fills {
            Fills::Value(Node { kind: NodeKind::Sequence(more), .. }) => items.extend(more.iter().cloned()),
            Fills::Value(node) => items.push(node.clone()),
            Fills::Omit => {}
            // A list for each part has no shape that a value could have.
            Fills::Parts(_) => return None,
        }
    }
    Some(Node { kind: NodeKind::Sequence(items), span: decision.span })
}

/// The node with its fragments in their places.
fn taken_up(document: &Document, node: &Node, depth: usize) -> Node {
    if let Some(found) = fragment(node).and_then(|name| document.fragment(name)).filter(|_| depth < DEPTH) {
        return taken_up(document, found, depth + 1);
    }
    let kind = match &node.kind {
        NodeKind::Scalar(_) => node.kind.clone(),
        NodeKind::Sequence(items) => NodeKind::Sequence(
            items
                .iter()
                .flat_map(|item| match (fragment(item), taken_up(document, item, depth)) {
                    (Some(_), Node { kind: NodeKind::Sequence(more), .. }) => more,
                    (_, node) => vec![node],
                })
                .collect(),
        ),
        NodeKind::Mapping(pairs) => {
            let mut pairs = pairs.clone();
            pairs.iter_mut().for_each(|pair| pair.value = taken_up(document, &pair.value, depth));
            NodeKind::Mapping(pairs)
        }
    };
    Node { kind, span: node.span }
}
