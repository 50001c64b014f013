//! `ArnEquals` and `ArnLike`, which are the same, and their negations.

use super::super::arn_pattern::ArnPattern;
use super::super::pattern::Syntax;
use super::ConditionValue;

pub(super) fn compile(values: &[ConditionValue], variables: bool) -> Vec<ArnPattern> {
    values.iter().map(|value| ArnPattern::compile(&value.written, Syntax { wildcards: true, variables }, false)).collect()
}
