//! `StringEquals`, `StringLike` and their kin: only the Like operators know wildcards.

use super::super::pattern::{Pattern, Syntax, atoms};
use super::ConditionValue;

pub(super) fn compile(values: &[ConditionValue], wildcards: bool, variables: bool) -> Vec<Pattern> {
    values.iter().map(|value| Pattern::compile(atoms(&value.written, Syntax { wildcards, variables }))).collect()
}
