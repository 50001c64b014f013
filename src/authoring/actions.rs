//! Actions in policies that no service has: AWS accepts them, and nobody means them.

use crate::diag::Diagnostic;
use crate::doc::{Node, NodeKind};
use crate::iam::like;
use crate::kms::OPERATIONS;
use crate::services::SERVICE_OPERATIONS;
use std::collections::BTreeSet;

/// Looks at every `Action`, `NotAction` and `allow` below a node.
pub(super) fn check(node: &Node) -> Vec<Diagnostic> {
    let mut diagnostics = Vec::new();
    walk(node, false, &known(), &mut diagnostics);
    diagnostics
}

/// Every action that the model knows.
fn known() -> BTreeSet<&'static str> {
    let kms = OPERATIONS.iter().flat_map(|row| row.permissions).map(|permission| permission.action);
    let services = SERVICE_OPERATIONS.iter().flat_map(|row| row.permissions.iter().copied().chain([row.name]));
    kms.chain(services).collect()
}

fn walk(node: &Node, is_action: bool, known: &BTreeSet<&'static str>, diagnostics: &mut Vec<Diagnostic>) {
    match &node.kind {
        NodeKind::Scalar(scalar) if is_action => {
            diagnostics.extend(judge(&scalar.text, known).map(|found| found.at(node.span, "no such action")))
        }
        NodeKind::Scalar(_) => {}
        NodeKind::Sequence(items) => items.iter().for_each(|item| walk(item, is_action, known, diagnostics)),
        NodeKind::Mapping(pairs) => {
            for pair in pairs {
                walk(&pair.value, matches!(pair.key.as_str(), "Action" | "NotAction" | "allow"), known, diagnostics);
            }
        }
    }
}

/// An error for KMS, whose actions are all known. Of the other services only some are, so nothing is said unless
/// one of these is near.
fn judge(action: &str, known: &BTreeSet<&'static str>) -> Option<Diagnostic> {
    let (service, _) = action.split_once(':')?;
    let pattern = action.to_ascii_lowercase();
    if known.iter().any(|name| like(&pattern, &name.to_ascii_lowercase())) {
        return None;
    }
    let prefix = format!("{}:", service.to_ascii_lowercase());
    let siblings = known.iter().copied().filter(|name| name.starts_with(&prefix));
    let diagnostic = Diagnostic::error("policy/unknown-action", format!("no service has the action `{action}`"));
    if prefix == "kms:" {
        return Some(diagnostic.suggest(action, siblings));
    }
    let near =
        crate::diag::suggestion(action, siblings.filter(|name| strsim::damerau_levenshtein(&name.to_ascii_lowercase(), &pattern) <= 2));
    near.filter(|help| help.starts_with("did you mean")).map(|help| diagnostic.help(help))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn misspelt_kms_actions_are_found_and_patterns_are_not() {
        let known = known();
        assert!(judge("kms:CreatGrant", &known).unwrap().help.first().unwrap().contains("kms:CreateGrant"));
        assert!(judge("kms:ReEncrypt", &known).is_some());
        for good in ["kms:ReEncrypt*", "kms:*", "KMS:decrypt", "*", "dynamodb:GetItem", "kms:GenerateDataKey*"] {
            assert!(judge(good, &known).is_none(), "{good}");
        }
    }
}
