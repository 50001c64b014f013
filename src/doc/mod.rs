//! YAML and JSON text as a tree that keeps the place of every value.
//!
//! Text -> [`read`] -> [`Node`]. Everything that kmsprep reads (scenarios, questions, facts, policies)
//! goes through this tree, so that every later error can point at the value that caused it.
//! The tree knows nothing of what it describes.

mod fields;
mod json;
mod node;
mod read;
mod syntax;
mod tree;
mod yaml;

pub use fields::Fields;
pub use json::{Json, json_pointer, read_json, repeated_key};
pub use node::{Node, NodeKind, Pair, Scalar};
pub use read::{Limits, is_hostile, read, read_bytes};
