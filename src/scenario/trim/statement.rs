//! Finding the statements of policies in a tree, and their elements.

use super::StatementPlace;
use super::tree::{Path, below, items, pair};
use crate::doc::{Node, NodeKind};

/// A statement in an answer.
#[derive(Clone, Debug)]
pub(super) struct Statement<'n> {
    /// Where it stands in the answer.
    pub(super) path: Path,
    /// The mapping.
    pub(super) node: &'n Node,
}

/// All statements below a node, in the order of the text: mappings with an Effect.
pub(super) fn find(node: &Node) -> Vec<Statement<'_>> {
    let mut found = Vec::new();
    collect(node, &[], &mut found);
    found
}

fn collect<'n>(node: &'n Node, path: &[usize], found: &mut Vec<Statement<'n>>) {
    let statement = Statement { path: path.to_vec(), node };
    if statement.allows() || statement.denies() {
        found.push(statement);
        return;
    }
    match &node.kind {
        NodeKind::Scalar(_) => {}
        NodeKind::Sequence(items) => items.iter().enumerate().for_each(|(index, item)| collect(item, &below(path, index), found)),
        NodeKind::Mapping(pairs) => pairs.iter().enumerate().for_each(|(index, pair)| collect(&pair.value, &below(path, index), found)),
    }
}

impl<'n> Statement<'n> {
    fn effect(&self) -> Option<&'n str> {
        self.node.get("Effect")?.as_str()
    }

    pub(super) fn allows(&self) -> bool {
        self.effect() == Some("Allow")
    }

    pub(super) fn denies(&self) -> bool {
        self.effect() == Some("Deny")
    }

    pub(super) fn place(&self) -> StatementPlace {
        StatementPlace { sid: self.node.get("Sid").and_then(Node::as_str).map(str::to_owned), span: self.node.span }
    }

    /// An element with its path.
    pub(super) fn element(&self, name: &str) -> Option<(Path, &'n Node)> {
        pair(self.node, name).map(|(index, node)| (below(&self.path, index), node))
    }

    /// The items of an element that is a text or a list of texts, with their paths.
    pub(super) fn listed(&self, name: &str) -> Vec<(Path, &'n Node)> {
        self.element(name).map(|(path, node)| items(node, &path)).unwrap_or_default()
    }

    /// The texts of such an element.
    pub(super) fn texts(&self, name: &str) -> Vec<&'n str> {
        self.listed(name).into_iter().filter_map(|(_, node)| node.as_str()).collect()
    }

    /// Its principals, each with its kind: `AWS`, `Service`, … A Principal of `*` has none.
    pub(super) fn principals(&self) -> Vec<(&'n str, Path, &'n Node)> {
        let Some((path, node)) = self.element("Principal") else { return Vec::new() };
        let Some(pairs) = node.as_mapping() else { return vec![("", path, node)] };
        let of_kind = |(index, pair): (usize, &'n crate::doc::Pair)| {
            let found = items(&pair.value, &below(&path, index));
            found.into_iter().map(|(path, node)| (pair.key.as_str(), path, node)).collect::<Vec<_>>()
        };
        pairs.iter().enumerate().flat_map(of_kind).collect()
    }

    /// Its conditions: operator, key, the path of the key's pair, and the values.
    pub(super) fn conditions(&self) -> Vec<(&'n str, &'n crate::doc::Pair, Path)> {
        let Some((path, node)) = self.element("Condition") else { return Vec::new() };
        let mut found = Vec::new();
        for (index, operator) in node.as_mapping().unwrap_or_default().iter().enumerate() {
            let path = below(&path, index);
            let keys = operator.value.as_mapping().unwrap_or_default().iter().enumerate();
            found.extend(keys.map(|(index, key)| (operator.key.as_str(), key, below(&path, index))));
        }
        found
    }

    /// Whether it belongs to the policy of a resource; one of a user or role names no principal.
    pub(super) fn is_of_resource(&self) -> bool {
        self.node.get("Principal").is_some()
    }

    /// Whether all its actions are actions of KMS.
    pub(super) fn is_about_kms(&self) -> bool {
        let actions = self.texts("Action");
        !actions.is_empty() && actions.iter().all(|action| action.get(..4).is_some_and(|service| service.eq_ignore_ascii_case("kms:")))
    }
}
