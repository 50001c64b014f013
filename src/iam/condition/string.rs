//! `StringEquals`, `StringLike` and their kin: only the Like operators know wildcards.

use super::super::pattern::{Pattern, Syntax, atoms};
use std::sync::Arc;

pub(super) fn compile(values: &[Arc<str>], wildcards: bool, variables: bool) -> Vec<Pattern> {
    values.iter().map(|value| Pattern::compile(atoms(value, Syntax { wildcards, variables }))).collect()
}
