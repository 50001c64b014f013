//! Paths in a tree, and changing what stands there.

use crate::diag::Span;
use crate::doc::{Node, NodeKind, Pair, Scalar};

/// The way from the root to a node: the index of an item or of a mapping's pair on each level.
pub(super) type Path = Vec<usize>;

/// A path one level further down.
pub(super) fn below(path: &[usize], index: usize) -> Path {
    path.iter().copied().chain([index]).collect()
}

/// The node at a path.
pub(super) fn at<'n>(node: &'n Node, path: &[usize]) -> Option<&'n Node> {
    path.iter().try_fold(node, |node, index| match &node.kind {
        NodeKind::Scalar(_) => None,
        NodeKind::Sequence(items) => items.get(*index),
        NodeKind::Mapping(pairs) => pairs.get(*index).map(|pair| &pair.value),
    })
}

fn at_mut<'n>(node: &'n mut Node, path: &[usize]) -> Option<&'n mut Node> {
    path.iter().try_fold(node, |node, index| match &mut node.kind {
        NodeKind::Scalar(_) => None,
        NodeKind::Sequence(items) => items.get_mut(*index),
        NodeKind::Mapping(pairs) => pairs.get_mut(*index).map(|pair| &mut pair.value),
    })
}

/// One change to a tree.
#[derive(Clone, Debug)]
pub(super) enum Edit {
    /// The item or pair at the path goes.
    Remove(Path),
    /// Something else stands at the path.
    Replace(Path, Node),
}

impl Edit {
    /// The tree after the change; as it was if the path leads nowhere.
    pub(super) fn apply(&self, node: &Node) -> Node {
        let mut node = node.clone();
        match self {
            Edit::Replace(path, new) => {
                if let Some(place) = at_mut(&mut node, path) {
                    place.clone_from(new);
                }
            }
            Edit::Remove(path) => {
                let Some((last, parent)) = path.split_last() else { return node };
                match at_mut(&mut node, parent).map(|parent| &mut parent.kind) {
                    Some(NodeKind::Sequence(items)) if *last < items.len() => drop(items.remove(*last)),
                    Some(NodeKind::Mapping(pairs)) if *last < pairs.len() => drop(pairs.remove(*last)),
                    Some(NodeKind::Sequence(_) | NodeKind::Mapping(_) | NodeKind::Scalar(_)) | None => {}
                }
            }
        }
        node
    }
}

/// A text.
pub(super) fn text(text: &str, span: Span) -> Node {
    Node { kind: NodeKind::Scalar(Scalar { text: text.to_owned(), quoted: true }), span }
}

/// A list; of one item the item alone, as policies are mostly written.
pub(super) fn list(mut items: Vec<Node>, span: Span) -> Node {
    match (items.len(), items.pop()) {
        (1, Some(only)) => only,
        (_, last) => {
            items.extend(last);
            Node { kind: NodeKind::Sequence(items), span }
        }
    }
}

/// A mapping.
pub(super) fn mapping(pairs: Vec<(String, Node)>, span: Span) -> Node {
    let pairs = pairs.into_iter().map(|(key, value)| Pair { key, key_span: span, value }).collect();
    Node { kind: NodeKind::Mapping(pairs), span }
}

/// The index of a mapping's pair, and its value.
pub(super) fn pair<'n>(node: &'n Node, key: &str) -> Option<(usize, &'n Node)> {
    let index = node.as_mapping()?.iter().position(|pair| pair.key == key)?;
    Some((index, at(node, &[index])?))
}

/// The items of a list below `path` with their paths; of a value that stands for a list of one the value.
pub(super) fn items<'n>(node: &'n Node, path: &[usize]) -> Vec<(Path, &'n Node)> {
    match &node.kind {
        NodeKind::Sequence(items) => items.iter().enumerate().map(|(index, item)| (below(path, index), item)).collect(),
        NodeKind::Scalar(_) | NodeKind::Mapping(_) => vec![(path.to_vec(), node)],
    }
}

/// All texts below a node that stand at a place, each once.
pub(super) fn texts_at(node: &Node, span: Span, found: &mut Vec<String>) {
    match &node.kind {
        NodeKind::Scalar(scalar) if node.span == span && !found.contains(&scalar.text) => found.push(scalar.text.clone()),
        NodeKind::Scalar(_) => {}
        NodeKind::Sequence(items) => items.iter().for_each(|item| texts_at(item, span, found)),
        NodeKind::Mapping(pairs) => pairs.iter().for_each(|pair| texts_at(&pair.value, span, found)),
    }
}
