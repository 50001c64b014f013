//! JSON text as a [`Node`] tree, for policies that arrive in a request and have no file to point into.
//!
//! Every node and key gets a number in place of a position, in the order of the text. When something is wrong with
//! one, [`pointer`] finds it again and says where it is as a JSON pointer.

use super::parse::cut;
use crate::diag::Span;
use crate::doc::{Node, NodeKind, Pair, Scalar};
use serde::de::{DeserializeSeed, Deserializer, Error, MapAccess, SeqAccess, Visitor};
use std::cell::Cell;
use std::collections::BTreeSet;
use std::fmt;

/// Reads JSON. Keys must be unique, and what follows the document must be white space. Depth is limited by the reader.
pub(super) fn read(text: &str) -> Result<Node, serde_json::Error> {
    let count = Cell::new(0);
    let mut json = serde_json::Deserializer::from_str(text);
    let node = Numbered(&count).deserialize(&mut json)?;
    json.end()?;
    Ok(node)
}

/// The JSON pointer of the node or key with this number.
pub(super) fn pointer(root: &Node, span: Span) -> String {
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

#[derive(Clone, Copy)]
struct Numbered<'c>(&'c Cell<u32>);

impl Numbered<'_> {
    fn next(self) -> Span {
        let number = self.0.get();
        self.0.set(number.saturating_add(1));
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
            if !seen.insert(key.clone()) {
                return Err(A::Error::custom(format!("the key `{}` stands here twice", cut(&key))));
            }
            let key_span = self.next();
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
    fn a_key_may_not_stand_twice_and_nothing_may_follow() {
        assert!(read(r#"{"a":1,"a":2}"#).unwrap_err().to_string().starts_with("the key `a` stands here twice"));
        assert!(read("{} x").is_err());
        assert!(read(&"[".repeat(100_000)).is_err());
    }

    #[test]
    fn a_number_leads_back_to_its_place() {
        let node = read(r#"{"a":[1,{"b/c":true}]}"#).unwrap();
        let inner = &node.get("a").unwrap().as_sequence().unwrap()[1];
        assert_eq!(pointer(&node, inner.get("b/c").unwrap().span), "/a/1/b~1c");
        assert_eq!(pointer(&node, inner.as_mapping().unwrap()[0].key_span), "/a/1/b~1c");
        assert_eq!(pointer(&node, node.span), "");
    }
}
