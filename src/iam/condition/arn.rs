//! `ArnEquals` and `ArnLike`, which are the same, and their negations.

use super::super::arn_pattern::ArnPattern;
use super::super::pattern::Syntax;
use std::sync::Arc;

pub(super) fn compile(values: &[Arc<str>], variables: bool) -> Vec<ArnPattern> {
    values.iter().map(|value| ArnPattern::compile(value, Syntax { wildcards: true, variables }, false)).collect()
}
