//! The claims of the guide that an item names.

use crate::diag::Diagnostic;
use crate::doc::Node;
use crate::rulebook::Claim;

/// Reads `claims: [ … ]`, the ids of claims, each once. What is no claim is told, with the nearest name.
#[must_use]
pub fn read_claims(node: Option<&Node>, diagnostics: &mut Vec<Diagnostic>) -> Vec<&'static Claim> {
    let mut claims: Vec<&'static Claim> = Vec::new();
    for item in node.map(Node::one_or_many).unwrap_or_default() {
        let Some(id) = item.as_str() else {
            diagnostics.push(item.expected("doc/wrong-shape", "the id of a claim"));
            continue;
        };
        match Claim::find(id) {
            Some(claim) if claims.contains(&claim) => {
                diagnostics.push(Diagnostic::error("claim/twice", format!("claim `{id}` is named twice")).at(item.span, "again"));
            }
            Some(claim) => claims.push(claim),
            None => diagnostics.push(
                Diagnostic::error("claim/unknown", format!("the guide has no claim `{id}`"))
                    .at(item.span, "no such claim")
                    .suggest(id, Claim::all().iter().map(|claim| claim.id)),
            ),
        }
    }
    claims
}
