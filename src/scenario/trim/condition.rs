//! Conditions that no check needs, and conditions that could be added.

use super::change::without;
use super::seen::{Seen, Use, covers};
use super::statement::{Statement, find};
use super::tree::{Edit, Path, at, mapping, text};
use super::{Offer, Unneeded};
use crate::cloud::Via;
use crate::doc::{Node, NodeKind, Pair, Scalar};
use crate::scenario::run::is_generated;
use std::collections::BTreeSet;

/// Conditions of statements that allow, and statements that deny: without which of them does the run pass as well?
pub(super) fn removable(decision: &str, root: &Node) -> Vec<(Edit, Unneeded)> {
    let mut found = Vec::new();
    for statement in find(root) {
        let unneeded = |span, condition| Unneeded { decision: decision.to_owned(), statement: statement.place(), span, condition };
        if statement.denies() {
            found.push((without(root, &statement).edit, unneeded(statement.node.span, None)));
            continue;
        }
        for (operator, key, path) in statement.conditions() {
            let condition = Some((operator.to_owned(), key.key.clone()));
            found.push((Edit::Remove(emptied(root, &path, &statement)), unneeded(key.key_span, condition)));
        }
    }
    found
}

/// The path of a condition, or of its operator or the whole element if nothing else stands there.
fn emptied(root: &Node, path: &[usize], statement: &Statement<'_>) -> Path {
    let mut path = path;
    while let Some((_, parent)) = path.split_last() {
        let alone = at(root, parent).and_then(Node::as_mapping).is_some_and(|pairs| pairs.len() == 1);
        // The statement itself is never emptied.
        if !alone || parent.len() <= statement.path.len() {
            break;
        }
        path = parent;
    }
    path.to_vec()
}

/// The conditions to try on the statements that allow actions of KMS.
pub(super) fn addable(decision: &str, root: &Node, seen: &Seen<'_>) -> Vec<(Edit, Offer)> {
    let mut found = Vec::new();
    for statement in find(root).iter().filter(|statement| statement.allows() && statement.is_about_kms()) {
        for (operator, key, value) in conditions(statement, seen) {
            let has = |(_, pair, _): &(&str, &Pair, Path)| pair.key.eq_ignore_ascii_case(&key);
            if statement.conditions().iter().any(has) {
                continue;
            }
            let edit = Edit::Replace(statement.path.clone(), with_condition(statement.node, operator, &key, &value));
            let offer = Offer { decision: decision.to_owned(), statement: statement.place(), operator, key, value };
            found.push((edit, offer));
        }
    }
    found
}

/// Operator, key and value of what all that a statement let through has in common.
fn conditions(statement: &Statement<'_>, seen: &Seen<'_>) -> Vec<(&'static str, String, String)> {
    let uses = seen.uses(statement);
    let mut found = Vec::new();
    let mut offer = |operator: &'static str, key: &str, value: String| found.push((operator, key.to_owned(), seen.written(&value)));
    let via = || uses.iter().filter_map(|used| used.caller.via.as_ref());
    if let Some(service) = only(via().map(Via::via_service)) {
        offer("StringEquals", "kms:ViaService", service);
    } else if let Some(service) = only(via().map(|via| via.service.to_owned())) {
        offer("StringLike", "kms:ViaService", format!("{service}.*.amazonaws.com"));
    }
    if statement.texts("Action").iter().any(|action| covers(action, "kms:CreateGrant")) {
        offer("Bool", "kms:GrantIsForAWSResource", "true".to_owned());
    }
    for (name, operator, value) in pairs_in_common(&uses) {
        offer(operator, &format!("kms:EncryptionContext:{name}"), value);
    }
    let services = || uses.iter().map(|used| &used.caller).filter(|caller| caller.principal.is_service());
    let source = only(services().filter_map(|caller| caller.source_arn.as_ref().map(ToString::to_string)));
    let account = only(services().filter_map(|caller| caller.source_account.map(|account| account.to_string())));
    // Most ARNs name the account as well; those of buckets do not.
    let account = account.filter(|account| !source.as_ref().is_some_and(|source| source.contains(account)));
    if let Some(source) = source.filter(|source| !is_made_up(source)) {
        offer("ArnEquals", "aws:SourceArn", source);
    }
    if let Some(account) = account {
        offer("StringEquals", "aws:SourceAccount", account);
    }
    found
}

/// The one value that all have; nothing if they differ or there is none.
fn only(values: impl Iterator<Item = String>) -> Option<String> {
    let values: BTreeSet<String> = values.collect();
    let mut values = values.into_iter();
    values.next().filter(|_| values.next().is_none())
}

/// The pairs that all encryption contexts have, with their operators. Ids that AWS makes are left out: nobody knows them when
/// a policy is written.
fn pairs_in_common(uses: &[&Use]) -> Vec<(String, &'static str, String)> {
    let contexts: Vec<_> = uses.iter().map(|used| &used.context).filter(|context| !context.is_empty()).collect();
    let names: BTreeSet<&String> = contexts.iter().flat_map(|context| context.keys()).collect();
    let bound = |name: &String| {
        let values: Vec<&String> = contexts.iter().filter_map(|context| context.get(name)).collect();
        let value = only(values.iter().map(|value| binding(value).1)).filter(|value| !is_made_up(value))?;
        (values.len() == contexts.len()).then(|| (name.clone(), binding(&value).0, value))
    };
    names.into_iter().filter_map(bound).collect()
}

/// How to bind to a value: of an object in a bucket to all objects of the bucket, since a run reads a few of many.
fn binding(value: &str) -> (&'static str, String) {
    let object = value.strip_prefix("arn:aws:s3:::").and_then(|name| name.split_once('/'));
    match object {
        Some((bucket, _)) => ("StringLike", format!("arn:aws:s3:::{bucket}/*")),
        None => ("StringEquals", value.to_owned()),
    }
}

/// Whether a part of it is an id that AWS makes.
fn is_made_up(value: &str) -> bool {
    value.split(['/', ':']).any(is_generated)
}

/// The statement with one condition more.
fn with_condition(statement: &Node, operator: &str, key: &str, value: &str) -> Node {
    let span = statement.span;
    let value = match operator {
        "Bool" => Node { kind: NodeKind::Scalar(Scalar { text: value.to_owned(), quoted: false }), span },
        _ => text(value, span),
    };
    let pair = |key: &str, value: Node| Pair { key: key.to_owned(), key_span: span, value };
    let mut statement = statement.clone();
    let NodeKind::Mapping(elements) = &mut statement.kind else { return statement };
    if !elements.iter().any(|element| element.key == "Condition") {
        elements.push(pair("Condition", mapping(Vec::new(), span)));
    }
    for element in elements.iter_mut().filter(|element| element.key == "Condition") {
        let NodeKind::Mapping(operators) = &mut element.value.kind else { continue };
        if !operators.iter().any(|known| known.key == operator) {
            operators.push(pair(operator, mapping(Vec::new(), span)));
        }
        for known in operators.iter_mut().filter(|known| known.key == operator) {
            if let NodeKind::Mapping(keys) = &mut known.value.kind {
                keys.push(pair(key, value.clone()));
            }
        }
    }
    statement
}
