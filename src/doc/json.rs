//! JSON text as a [`Node`] tree, for documents that arrive in a request and have no file to point into.
//!
//! Every node and key gets a number in place of a position, in the order of the text. When something is wrong with
//! one, [`json_pointer`] finds it again and says where it is as a JSON pointer.

use super::{Node, NodeKind, Pair, Scalar};
use crate::diag::{Span, cut};
use serde::de::{DeserializeSeed, Deserializer, MapAccess, SeqAccess, Visitor};
use std::cell::{Cell, RefCell};
use std::collections::BTreeSet;
use std::fmt;

/// A tree from JSON text.
#[derive(Debug)]
pub struct Json {
    /// Its root.
    pub root: Node,
    /// The keys that stand twice in a mapping: the first of them, if there is any.
    pub repeated: Option<(String, Span)>,
}

/// Reads JSON. What follows the document must be white space. Depth is limited by the reader.
///
/// # Errors
/// If the text is no JSON.
pub fn read_json(text: &str) -> Result<Json, serde_json::Error> {
    let reading = Reading { count: Cell::new(0), repeated: RefCell::new(None) };
    let mut json = serde_json::Deserializer::from_str(text);
    let root = Numbered(&reading).deserialize(&mut json)?;
    json.end()?;
    Ok(Json { root, repeated: reading.repeated.into_inner() })
}

/// What to say of a key that stands twice.
#[must_use]
pub fn repeated_key(key: &str) -> String {
    format!("the key `{}` stands here twice", cut(key))
}

/// The JSON pointer of the node or key with this number.
#[must_use]
pub fn json_pointer(root: &Node, span: Span) -> String {
    fn find(node: &Node, wanted: Span, path: &mut Vec<String>) -> bool {
        if node.span == wanted {
            return true;
        }
        let mut below = |name: String, key: Option<Span>, value: &Node| {
            path.push(name);
            let found = key == Some(wanted) || find(value, wanted, path);
            if !found {
                path.pop();
            }
            found
        };
        match &node.kind {
            NodeKind::Scalar(_) => false,
            NodeKind::Sequence(items) => items.iter().enumerate().any(|(at, item)| below(at.to_string(), None, item)),
            NodeKind::Mapping(pairs) => pairs.iter().any(|pair| below(pair.key.clone(), Some(pair.key_span), &pair.value)),
        }
    }
    let mut path = Vec::new();
    find(root, span, &mut path);
    path.iter().map(|step| format!("/{}", step.replace('~', "~0").replace('/', "~1"))).collect()
}

struct Reading {
    count: Cell<u32>,
    repeated: RefCell<Option<(String, Span)>>,
}

#[derive(Clone, Copy)]
struct Numbered<'c>(&'c Reading);

impl Numbered<'_> {
    fn next(self) -> Span {
        let number = self.0.count.get();
        self.0.count.set(number.saturating_add(1));
        Span { start: number, end: number, ..Span::default() }
    }

    fn scalar(self, text: String, quoted: bool) -> Node {
        Node { kind: NodeKind::Scalar(Scalar { text, quoted }), span: self.next() }
    }
}

impl<'de> DeserializeSeed<'de> for Numbered<'_> {
    type Value = Node;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Node, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Numbered<'_> {
    type Value = Node;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("a JSON value")
    }

    fn visit_bool<E>(self, value: bool) -> Result<Node, E> {
        Ok(self.scalar(value.to_string(), false))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Node, E> {
        Ok(self.scalar(value.to_string(), false))
    }

    fn visit_u64<E>(self, value: u64) -> Result<Node, E> {
        Ok(self.scalar(value.to_string(), false))
    }

    fn visit_f64<E>(self, value: f64) -> Result<Node, E> {
        Ok(self.scalar(value.to_string(), false))
    }

    fn visit_str<E>(self, value: &str) -> Result<Node, E> {
        Ok(self.scalar(value.to_owned(), true))
    }

    fn visit_string<E>(self, value: String) -> Result<Node, E> {
        Ok(self.scalar(value, true))
    }

    fn visit_unit<E>(self) -> Result<Node, E> {
        Ok(self.scalar("null".to_owned(), false))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Node, A::Error> {
        let span = self.next();
        let mut nodes = Vec::new();
        while let Some(item) = items.next_element_seed(self)? {
            nodes.push(item);
        }
        Ok(Node { kind: NodeKind::Sequence(nodes), span })
    }

    fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<Node, A::Error> {
        let span = self.next();
        let mut pairs = Vec::new();
        let mut seen = BTreeSet::new();
        while let Some(key) = entries.next_key::<String>()? {
            let key_span = self.next();
            if !seen.insert(key.clone()) {
                self.0.repeated.borrow_mut().get_or_insert_with(|| (key.clone(), key_span));
            }
            let value = entries.next_value_seed(self)?;
            pairs.push(Pair { key, key_span, value });
        }
        Ok(Node { kind: NodeKind::Mapping(pairs), span })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_that_stands_twice_is_noticed_and_nothing_may_follow() {
        let (key, place) = read_json(r#"{"a":1,"b":{"c":1,"c":2}}"#).unwrap().repeated.unwrap();
        assert_eq!((key.as_str(), place.start), ("c", 7));
        assert!(read_json("{} x").is_err());
        assert!(read_json(&"[".repeat(100_000)).is_err());
    }

    #[test]
    fn a_number_leads_back_to_its_place() {
        let node = read_json(r#"{"a":[1,{"b/c":true}]}"#).unwrap().root;
        let inner = &node.get("a").unwrap().as_sequence().unwrap()[1];
        assert_eq!(json_pointer(&node, inner.get("b/c").unwrap().span), "/a/1/b~1c");
        assert_eq!(json_pointer(&node, inner.as_mapping().unwrap()[0].key_span), "/a/1/b~1c");
        assert_eq!(json_pointer(&node, node.span), "");
    }
}
