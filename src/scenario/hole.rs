//! Holes: `{ answer: DECISION }` or `{ answer: DECISION, part: PART }`, anywhere in world and checks.

use super::answers::{Answer, Answers};
use super::document::{Decision, Document, Fills};
use crate::diag::{Diagnostic, Span};
use crate::doc::{Node, NodeKind, Pair};

/// How deep options may have holes for other decisions: more is a loop.
const DEPTH: usize = 8;

/// A hole and where it stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Hole<'n> {
    /// The decision that fills it.
    pub decision: &'n str,
    /// The part of the decision's value that goes here.
    pub part: Option<&'n str>,
    /// Where.
    pub span: Span,
}

/// The hole that a node is, if it is one.
fn hole(node: &Node) -> Option<Hole<'_>> {
    let (first, rest) = node.as_mapping()?.split_first()?;
    let part = match rest {
        [] => None,
        [pair] if pair.key == "part" => Some(pair.value.as_str()?),
        _ => return None,
    };
    (first.key == "answer").then_some(Hole { decision: first.value.as_str()?, part, span: node.span })
}

/// The name of the fragment that a node takes up, if it does: `{ fragment: NAME }`.
pub(super) fn fragment(node: &Node) -> Option<&str> {
    match node.as_mapping()? {
        [pair] if pair.key == "fragment" => pair.value.as_str(),
        _ => None,
    }
}

/// The names of all fragments that are taken up below a node, with their places.
#[must_use]
pub fn fragment_uses(node: &Node) -> Vec<(&str, Span)> {
    if let Some(name) = fragment(node) {
        return vec![(name, node.span)];
    }
    match &node.kind {
        NodeKind::Scalar(_) => Vec::new(),
        NodeKind::Sequence(items) => items.iter().flat_map(fragment_uses).collect(),
        NodeKind::Mapping(pairs) => pairs.iter().flat_map(|pair| fragment_uses(&pair.value)).collect(),
    }
}

/// All holes below a node.
#[must_use]
pub fn holes(node: &Node) -> Vec<Hole<'_>> {
    let mut found = Vec::new();
    collect(node, &mut found);
    found
}

fn collect<'n>(node: &'n Node, found: &mut Vec<Hole<'n>>) {
    if let Some(hole) = hole(node) {
        found.push(hole);
        return;
    }
    match &node.kind {
        NodeKind::Scalar(_) => {}
        NodeKind::Sequence(items) => items.iter().for_each(|item| collect(item, found)),
        NodeKind::Mapping(pairs) => pairs.iter().for_each(|pair| collect(&pair.value, found)),
    }
}

/// What stands in the place of a node once its holes are filled.
enum Filled {
    One(Node),
    /// The items of a list that goes into the list around it.
    Many(Vec<Node>),
    Nothing,
}

/// Fills holes from answers.
pub(super) struct Filler<'d> {
    pub(super) document: &'d Document,
    pub(super) answers: &'d Answers,
    pub(super) diagnostics: Vec<Diagnostic>,
}

impl Filler<'_> {
    /// The node without holes. A hole that is left out at the root leaves an empty mapping.
    pub(super) fn fill(&mut self, node: &Node) -> Node {
        match self.filled(node, 0) {
            Filled::One(node) => node,
            Filled::Many(items) => Node { kind: NodeKind::Sequence(items), span: node.span },
            Filled::Nothing => Node { kind: NodeKind::Mapping(Vec::new()), span: node.span },
        }
    }

    fn filled(&mut self, node: &Node, depth: usize) -> Filled {
        if let Some(hole) = hole(node) {
            return self.value(hole, depth);
        }
        if let Some(name) = fragment(node) {
            return self.taken_up(name, node.span, depth);
        }
        let kind = match &node.kind {
            NodeKind::Scalar(_) => return Filled::One(node.clone()),
            NodeKind::Sequence(items) => {
                let mut list = Vec::with_capacity(items.len());
                for item in items {
                    match self.filled(item, depth) {
                        // A list that an option or a fragment puts into a list becomes part of it.
                        Filled::One(Node { kind: NodeKind::Sequence(more), .. }) if hole(item).is_some() || fragment(item).is_some() => {
                            list.extend(more);
                        }
                        Filled::One(node) => list.push(node),
                        Filled::Many(more) => list.extend(more),
                        Filled::Nothing => {}
                    }
                }
                NodeKind::Sequence(list)
            }
            NodeKind::Mapping(pairs) => {
                let mut list = Vec::with_capacity(pairs.len());
                for pair in pairs {
                    let value = match self.filled(&pair.value, depth) {
                        Filled::One(node) => node,
                        Filled::Many(items) => Node { kind: NodeKind::Sequence(items), span: pair.value.span },
                        Filled::Nothing => continue,
                    };
                    list.push(Pair { key: pair.key.clone(), key_span: pair.key_span, value });
                }
                NodeKind::Mapping(list)
            }
        };
        Filled::One(Node { kind, span: node.span })
    }

    /// A fragment in the place of `{ fragment: NAME }`, its own holes filled.
    fn taken_up(&mut self, name: &str, span: Span, depth: usize) -> Filled {
        let Some(node) = self.document.fragment(name) else {
            self.diagnostics.push(
                Diagnostic::error("scenario/unknown-fragment", format!("the scenario has no fragment `{name}`"))
                    .at(span, "no such fragment")
                    .suggest(name, self.document.fragments.iter().map(|pair| pair.key.as_str())),
            );
            return Filled::Nothing;
        };
        if depth >= DEPTH {
            self.diagnostics.push(
                Diagnostic::error("scenario/hole-loop", format!("fragment `{name}` leads back to itself")).at(span, "this never ends"),
            );
            return Filled::Nothing;
        }
        self.filled(node, depth + 1)
    }

    fn value(&mut self, hole: Hole<'_>, depth: usize) -> Filled {
        let Some(decision) = self.document.decision(hole.decision) else {
            self.diagnostics.push(super::answers::unknown_decision(self.document, hole.decision, hole.span));
            return Filled::Nothing;
        };
        if depth >= DEPTH {
            self.diagnostics.push(
                Diagnostic::error("scenario/hole-loop", format!("the options of `{}` have holes that lead back to it", hole.decision))
                    .at(hole.span, "this hole never ends"),
            );
            return Filled::Nothing;
        }
        match self.answers.get(hole.decision) {
            Some(Answer::Free(node)) => {
                let node = node.clone();
                match hole.part {
                    None => self.filled(&node, depth + 1),
                    Some(part) => node.get(part).map_or(Filled::Nothing, |node| self.filled(node, depth + 1)),
                }
            }
            Some(Answer::Options(names)) => self.options(decision, names, hole.part, depth),
            None => {
                self.diagnostics.push(
                    Diagnostic::error("scenario/unanswered", format!("decision `{}` has no answer", hole.decision))
                        .at(decision.span, "unanswered"),
                );
                Filled::Nothing
            }
        }
    }

    fn options(&mut self, decision: &Decision, names: &[String], part: Option<&str>, depth: usize) -> Filled {
        let mut values = Vec::new();
        for name in names {
            let Some(option) = decision.option(name) else { continue };
            let node = match (&option.fills, part) {
                (Fills::Omit, _) | (Fills::Parts(_), None) => None,
                (Fills::Value(node), None) => Some(node),
                (Fills::Value(node), Some(part)) => node.get(part),
                (Fills::Parts(parts), Some(part)) => parts.iter().find(|pair| pair.key == part).map(|pair| &pair.value),
            };
            if let Some(node) = node {
                values.push(self.filled(node, depth + 1));
            }
        }
        if decision.choose == 1 {
            return values.pop().unwrap_or(Filled::Nothing);
        }
        // Several options together make a list.
        let mut list = Vec::new();
        for value in values {
            match value {
                Filled::One(Node { kind: NodeKind::Sequence(more), .. }) | Filled::Many(more) => list.extend(more),
                Filled::One(node) => list.push(node),
                Filled::Nothing => {}
            }
        }
        Filled::Many(list)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diag::Sources;
    use crate::doc::{self, Limits};
    use crate::scenario::{Answers, lower};

    /// The world that a scenario with these fragments has after filling, and the codes of what went wrong.
    fn filled(fragments: &str, world: &str) -> (serde_json::Value, Vec<&'static str>) {
        let text = format!(
            "{{ scenario: s, title: t, brief: b, fragments: {fragments}, world: {world}, checks: [], proof: {{}},
               decisions: {{ who: {{ ask: q, options: {{ one: {{ label: l, value: App }}, two: {{ label: m, value: Ops }} }} }} }} }}"
        );
        let node = doc::read(&mut Sources::new(), "s.yaml", &text, Limits::default()).unwrap();
        let document = lower(&node).unwrap();
        let answers = Answers::from([("who".to_owned(), Answer::Options(vec!["one".to_owned()]))]);
        let mut filler = Filler { document: &document, answers: &answers, diagnostics: Vec::new() };
        let world = filler.fill(&document.world).to_json();
        (world, filler.diagnostics.iter().map(|diagnostic| diagnostic.code).collect())
    }

    #[test]
    fn a_fragment_stands_wherever_it_is_taken_up_with_its_own_holes_filled() {
        let fragments = "{ statement: { Principal: { answer: who } }, policy: [{ fragment: statement }, last] }";
        let (world, wrong) = filled(fragments, "{ a: { fragment: statement }, b: [first, { fragment: policy }] }");
        assert_eq!(world, serde_json::json!({"a": {"Principal": "App"}, "b": ["first", {"Principal": "App"}, "last"]}));
        assert_eq!(wrong, Vec::<&str>::new());
    }

    #[test]
    fn fragments_that_do_not_exist_or_never_end_are_errors() {
        assert_eq!(filled("{ a: 1 }", "{ x: { fragment: b } }").1, ["scenario/unknown-fragment"]);
        assert_eq!(filled("{ a: { fragment: a } }", "{ x: { fragment: a } }").1, ["scenario/hole-loop"]);
    }
}
