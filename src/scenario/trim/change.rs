//! Everything that could be taken out of a statement that allows, or narrowed in it, the coarsest first.
//!
//! Two things are never touched. `Resource: "*"` in a key policy means the key itself. And the statement that leaves a key to
//! the IAM policies of its own account, with `kms:*` for the account root as in AWS's default key policy, lets nobody in by
//! itself and keeps the key manageable: without it the learner would save nothing and risk the key.

use super::seen::{Seen, account_of, covers, in_person, known_actions, names};
use super::statement::{Statement, find};
use super::tree::{Edit, Path, at, items, list, mapping, text};
use super::{Part, StatementPlace};
use crate::diag::Span;
use crate::doc::{Node, NodeKind};
use crate::iam::like;
use std::collections::{BTreeMap, BTreeSet};

/// One change to one answer.
#[derive(Clone, Debug)]
pub(super) struct Change {
    pub(super) edit: Edit,
    pub(super) part: Part,
    /// The place of what goes or becomes narrower.
    pub(super) span: Span,
    pub(super) statement: StatementPlace,
    /// Whether something narrower comes in its place.
    pub(super) narrows: bool,
}

/// Operators under which fewer values let less through.
const POSITIVE: [&str; 10] = [
    "StringEquals",
    "StringEqualsIgnoreCase",
    "StringLike",
    "ArnEquals",
    "ArnLike",
    "IpAddress",
    "NumericEquals",
    "DateEquals",
    "BinaryEquals",
    "Bool",
];

/// All changes to an answer. Actions are narrowed before principals and resources: who needs a statement shows only when it
/// is known for what.
pub(super) fn changes(root: &Node, seen: &Seen<'_>) -> Vec<Change> {
    let statements: Vec<Statement<'_>> = find(root).into_iter().filter(Statement::allows).collect();
    let steps: [fn(&Statement<'_>, &Seen<'_>) -> Vec<Change>; 6] =
        [narrower_actions, fewer_actions, narrower_principals, narrower_resources, fewer_principals_and_resources, fewer_values];
    let whole = statements.iter().filter(|statement| !is_delegation(statement, seen)).map(|statement| without(root, statement));
    whole.chain(steps.iter().flat_map(|step| statements.iter().flat_map(|statement| step(statement, seen)))).collect()
}

/// The answer without a statement. Where it is the only one of its document, the document goes with it.
pub(super) fn without(root: &Node, statement: &Statement<'_>) -> Change {
    let mut path = statement.path.as_slice();
    while let Some((_, parent)) = path.split_last() {
        let Some(node) = at(root, parent) else { break };
        let alone = match &node.kind {
            NodeKind::Sequence(items) => items.len() == 1,
            // `Statement` stands beside `Version` and `Id`.
            NodeKind::Mapping(pairs) => pairs.iter().any(|pair| pair.key == "Statement"),
            NodeKind::Scalar(_) => false,
        };
        if !alone {
            break;
        }
        path = parent;
    }
    let in_list = path.split_last().and_then(|(_, parent)| at(root, parent)).is_some_and(|parent| parent.as_sequence().is_some());
    let nothing = Node { kind: NodeKind::Sequence(Vec::new()), span: statement.node.span };
    let edit = if in_list { Edit::Remove(path.to_vec()) } else { Edit::Replace(path.to_vec(), nothing) };
    Change { edit, part: Part::Statement, span: statement.node.span, statement: statement.place(), narrows: false }
}

/// Whether it leaves everything about a key to the IAM policies of the key's account.
fn is_delegation(statement: &Statement<'_>, seen: &Seen<'_>) -> bool {
    let everything = statement.texts("Action").iter().any(|action| covers(action, "kms:*"));
    everything && statement.principals().iter().any(|(_, _, node)| is_own_account(statement, node, seen))
}

/// Whether a principal is the account that owns the key.
fn is_own_account(statement: &Statement<'_>, principal: &Node, seen: &Seen<'_>) -> bool {
    let account = principal.as_str().and_then(|text| account_of(&seen.resolved(text)));
    account.is_some_and(|account| seen.standings.is_owner(statement.node.span, account))
}

fn is_wild(text: &str) -> bool {
    text.contains(['*', '?'])
}

/// Texts in the place of an item of an element; those that stand there anyway are not repeated.
fn narrowed(statement: &Statement<'_>, element: &str, item: &(Path, &Node), texts: &[String], part: Part) -> Option<Change> {
    let (path, node) = statement.element(element)?;
    let others: Vec<&str> =
        items(node, &path).into_iter().filter(|other| other.0 != item.0).filter_map(|(_, node)| node.as_str()).collect();
    let new = texts.iter().filter(|new| !others.contains(&new.as_str())).map(|new| text(new, item.1.span));
    let mut result = Vec::new();
    let mut new = Some(new);
    for (other, node) in items(node, &path) {
        if other == item.0 {
            result.extend(new.take().into_iter().flatten());
        } else {
            result.push(node.clone());
        }
    }
    let edit = Edit::Replace(path, list(result, node.span));
    Some(Change { edit, part, span: item.1.span, statement: statement.place(), narrows: true })
}

/// The actions that were used in the place of a wildcard; if these do not do, all that the model knows, to be thinned out.
fn narrower_actions(statement: &Statement<'_>, seen: &Seen<'_>) -> Vec<Change> {
    if is_delegation(statement, seen) {
        return Vec::new();
    }
    let mut changes = Vec::new();
    for item in statement.listed("Action") {
        let Some(written) = item.1.as_str().filter(|text| is_wild(text)) else { continue };
        let fits = |action: &str| covers(written, action);
        for texts in [seen.actions(fits), known_actions(fits)] {
            if !texts.is_empty() {
                changes.extend(narrowed(statement, "Action", &item, &texts, Part::Action(written.to_owned())));
            }
        }
    }
    if let Some((_, node)) = statement.element("NotAction") {
        let excepted = statement.texts("NotAction");
        let fits = |action: &str| !excepted.iter().any(|pattern| covers(pattern, action));
        let part = Part::Action(format!("NotAction {}", excepted.join(", ")));
        for texts in [seen.actions(fits), known_actions(fits)] {
            let mut statement_node = statement.node.clone();
            if let NodeKind::Mapping(pairs) = &mut statement_node.kind
                && let Some(pair) = pairs.iter_mut().find(|pair| pair.key == "NotAction")
                && !texts.is_empty()
            {
                "Action".clone_into(&mut pair.key);
                pair.value = list(texts.iter().map(|action| text(action, node.span)).collect(), node.span);
                let edit = Edit::Replace(statement.path.clone(), statement_node);
                changes.push(Change { edit, part: part.clone(), span: node.span, statement: statement.place(), narrows: true });
            }
        }
    }
    changes
}

/// Each item of an element that has several.
fn fewer(statement: &Statement<'_>, element: &str, part: impl Fn(String) -> Part) -> Vec<Change> {
    let listed = statement.listed(element);
    if listed.len() < 2 {
        return Vec::new();
    }
    let change = |(path, node): (Path, &Node)| {
        Some(Change {
            edit: Edit::Remove(path),
            part: part(node.as_str()?.to_owned()),
            span: node.span,
            statement: statement.place(),
            narrows: false,
        })
    };
    listed.into_iter().filter_map(change).collect()
}

fn fewer_actions(statement: &Statement<'_>, seen: &Seen<'_>) -> Vec<Change> {
    if is_delegation(statement, seen) { Vec::new() } else { fewer(statement, "Action", Part::Action) }
}

/// The callers that were seen in the place of everybody or of a whole account.
///
/// The account of the key itself stays: its root delegates to IAM policies and lets nobody in by itself, while a caller who is
/// named instead would be let in without them.
fn narrower_principals(statement: &Statement<'_>, seen: &Seen<'_>) -> Vec<Change> {
    let principals = statement.principals();
    let mut changes = Vec::new();
    for (_, wide_path, wide) in &principals {
        let Some(written) = wide.as_str() else { continue };
        let resolved = seen.resolved(written);
        let is_wide = resolved == "*" || account_of(&resolved).is_some();
        if !is_wide || is_own_account(statement, wide, seen) {
            continue;
        }
        let mut kinds: BTreeMap<&str, Vec<Node>> = BTreeMap::new();
        for (kind, _, node) in principals.iter().filter(|(_, path, _)| path != wide_path) {
            kinds.entry(kind).or_default().push((*node).clone());
        }
        let callers: BTreeSet<(&str, String)> =
            seen.uses(statement).iter().filter(|used| names(&resolved, &used.caller)).filter_map(|used| in_person(&used.caller)).collect();
        for (kind, name) in &callers {
            let name = seen.written(name);
            let list = kinds.entry(kind).or_default();
            if !list.iter().any(|node| node.as_str() == Some(&name)) {
                list.push(text(&name, wide.span));
            }
        }
        if let (Some((path, node)), false) = (statement.element("Principal"), callers.is_empty()) {
            let pairs = kinds.into_iter().map(|(kind, nodes)| (kind.to_owned(), list(nodes, node.span))).collect();
            let edit = Edit::Replace(path, mapping(pairs, node.span));
            changes.push(Change {
                edit,
                part: Part::Principal(written.to_owned()),
                span: wide.span,
                statement: statement.place(),
                narrows: true,
            });
        }
    }
    changes
}

/// The keys and aliases that were used in the place of a wildcard, in the policy of a user or role.
///
/// Of other services' resources nothing is said: the object that a check reads is hardly ever the only one that matters.
fn narrower_resources(statement: &Statement<'_>, seen: &Seen<'_>) -> Vec<Change> {
    if statement.is_of_resource() || !statement.is_about_kms() {
        return Vec::new();
    }
    let mut changes = Vec::new();
    for item in statement.listed("Resource") {
        let Some(written) = item.1.as_str().filter(|text| is_wild(text)) else { continue };
        let pattern = seen.resolved(written);
        let used = seen.uses(statement);
        let touched: BTreeSet<&str> = used.iter().flat_map(|used| used.resources.iter()).map(|arn| &**arn).collect();
        let touched: Vec<&str> = touched.into_iter().filter(|arn| like(&pattern, arn)).collect();
        // Nobody can write the id of a key that is made only during the run.
        let is_known = |arn: &&str| !arn.contains(":key/") || seen.names.key_label(arn).is_some();
        if !touched.is_empty() && touched.iter().all(is_known) {
            let texts: Vec<String> = touched.into_iter().map(|arn| seen.written(arn)).collect();
            changes.extend(narrowed(statement, "Resource", &item, &texts, Part::Resource(written.to_owned())));
        }
    }
    changes
}

fn fewer_principals_and_resources(statement: &Statement<'_>, seen: &Seen<'_>) -> Vec<Change> {
    let principals = statement.principals();
    let delegation = is_delegation(statement, seen);
    let mut changes = Vec::new();
    for (kind, path, node) in principals.iter().filter(|_| principals.len() > 1) {
        if delegation && is_own_account(statement, node, seen) {
            continue;
        }
        // With its last principal the kind goes as well.
        let alone = principals.iter().filter(|(other, _, _)| other == kind).count() == 1;
        let listed = alone && path.len() > statement.path.len() + 2;
        let path = if listed { path.split_last().map_or(&[][..], |(_, kind)| kind) } else { path.as_slice() };
        let part = Part::Principal(node.as_str().unwrap_or_default().to_owned());
        changes.push(Change { edit: Edit::Remove(path.to_vec()), part, span: node.span, statement: statement.place(), narrows: false });
    }
    changes.extend(fewer(statement, "Resource", Part::Resource));
    changes
}

/// Each of several values of a condition under which fewer values are tighter.
fn fewer_values(statement: &Statement<'_>, _: &Seen<'_>) -> Vec<Change> {
    let mut changes = Vec::new();
    for (operator, key, path) in statement.conditions() {
        let bare = operator.rsplit(':').next().unwrap_or(operator).trim_end_matches("IfExists");
        let values = items(&key.value, &path);
        if values.len() < 2 || !POSITIVE.contains(&bare) {
            continue;
        }
        for (path, node) in values {
            let value = node.as_str().unwrap_or_default().to_owned();
            let part = Part::Value { operator: operator.to_owned(), key: key.key.clone(), value };
            changes.push(Change { edit: Edit::Remove(path), part, span: node.span, statement: statement.place(), narrows: false });
        }
    }
    changes
}
