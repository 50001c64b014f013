//! Statements that almost decided a request: what about them fits, and what does not.

use super::applicable::Applicable;
use super::condition::{Condition, SetOperator};
use super::key::{Key, lookup};
use super::policy::{Asked, Effect, PrincipalElement, Scope, Statement};
use super::principal::{NamedPrincipal, PrincipalMatch};
use super::verdict::missing_level;
use super::{AccessRequest, ContextValue, Evaluation, Policy, PolicyType};
use crate::cloud::{Detail, PrincipalKind};
use crate::diag::cut;
use std::sync::Arc;

/// More lines than this hide the one that helps.
const MOST_MISSES: usize = 4;
/// Lists inside a line are cut after so many.
const MOST_LISTED: usize = 5;

/// The Allow statements of one type of policy that came nearest, nearest first.
pub(super) fn near_misses(evaluation: &Evaluation<'_>, policy_type: PolicyType) -> Vec<Detail> {
    let mut misses = Vec::new();
    let action = evaluation.request.action.to_ascii_lowercase();
    let bounded = evaluation.takes_part(PolicyType::PermissionsBoundary);
    let asked = Asked { request: &evaluation.request, action: &action, bounded };
    // Of an organisation only the level counts at which nothing allows.
    let counts = |applicable: &Applicable<'_>| {
        applicable.policy_type == policy_type
            && (policy_type != PolicyType::ServiceControl || missing_level(evaluation) == Some(applicable.level))
    };
    for (_, applicable) in evaluation.set.of(evaluation.request.caller).filter(|(_, applicable)| counts(applicable)) {
        for (index, statement) in applicable.policy.statements().iter().enumerate() {
            if statement.effect == Effect::Allow
                && let Some((problems, text)) = near_miss(&asked, applicable.policy, statement, index)
            {
                misses.push((problems, Detail { text, span: statement.span }));
            }
        }
    }
    misses.sort_by_key(|(problems, _)| *problems);
    misses.into_iter().take(MOST_MISSES).map(|(_, detail)| detail).collect()
}

/// How many parts of a statement do not fit, and what they are; nothing, if it matches or is about something else.
fn near_miss(asked: &Asked<'_>, policy: &Policy, statement: &Statement, index: usize) -> Option<(usize, String)> {
    let request = asked.request;
    let (action, reaches, resource) = (statement.covers_action(asked.action), statement.reaches(asked), statement.covers_resource(request));
    let failing: Vec<&Condition> = statement.conditions.iter().filter(|condition| !condition.holds(request)).collect();
    let elsewhere = !action && (reaches.is_none() || !about_same_service(statement, request.action));
    let problems = [!action, reaches.is_none(), !resource].iter().filter(|wrong| **wrong).count() + failing.len();
    if problems == 0 || elsewhere {
        return None;
    }
    let mut fits = Vec::new();
    if let Some(how) = reaches
        && how != PrincipalMatch::Attached
    {
        fits.push(format!("names {}", reached(how, request)));
    }
    if action {
        fits.push(format!("allows {}", request.action));
    }
    let mut wrong = Vec::new();
    if !action {
        wrong.push(action_problem(statement, request.action));
    }
    if reaches.is_none() {
        wrong.push(principal_problem(statement, request));
    }
    if !resource {
        wrong.push(resource_problem(statement, request));
    }
    wrong.extend(
        failing
            .iter()
            .map(|condition| format!("its condition {} does not hold: {}", shown_condition(condition), carried(condition, request))),
    );
    let who = statement_name(policy, statement, index);
    let wrong = wrong.join(", and ");
    let text = if fits.is_empty() { format!("{who} {wrong}") } else { format!("{who} {}, but {wrong}", fits.join(" and ")) };
    Some((problems, text))
}

/// `statement "Root" of the key policy of lake`; without a Sid, its number.
pub(super) fn statement_name(policy: &Policy, statement: &Statement, index: usize) -> String {
    match &statement.sid {
        Some(sid) => format!("statement \"{sid}\" of the {}", policy.name),
        None if policy.statements().len() == 1 => format!("the statement of the {}", policy.name),
        None => format!("statement {} of the {}", index + 1, policy.name),
    }
}

/// Whom a statement names, when it reaches the caller this way.
pub(super) fn reached(how: PrincipalMatch, request: &AccessRequest<'_>) -> String {
    match how {
        PrincipalMatch::Account => match request.caller.account() {
            Some(account) => format!("account {account}"),
            None => "the account".to_owned(),
        },
        PrincipalMatch::Everyone => "everyone".to_owned(),
        PrincipalMatch::NotExcepted => "everyone but a few others".to_owned(),
        PrincipalMatch::Service => request.caller.principal.arn.to_string(),
        PrincipalMatch::Role => "the role of the caller".to_owned(),
        PrincipalMatch::User | PrincipalMatch::Session => "the caller".to_owned(),
        PrincipalMatch::Attached => "nobody, because it is attached to the caller".to_owned(),
    }
}

/// An operator, a key and the wanted values: `StringEquals kms:ViaService = a or b`.
pub(super) fn shown_condition(condition: &Condition) -> String {
    let values: Vec<Arc<str>> = condition.values.iter().map(|value| Arc::clone(&value.written)).collect();
    format!("{} {} = {}", condition.written, condition.key.key.written, list(&values, " or "))
}

/// What the request carries for a condition's key.
pub(super) fn carried(condition: &Condition, request: &AccessRequest<'_>) -> String {
    let every = if condition.operator.set == Some(SetOperator::ForAllValues) { ", and every one must match" } else { "" };
    let mut text = carried_key(&condition.key, request, every);
    for variable in condition.variables().filter(|variable| **variable != condition.key) {
        text.push_str(" and ");
        text.push_str(carried_key(variable, request, "").trim_start_matches("the request "));
    }
    text
}

/// What the request carries for one key.
fn carried_key(key: &Key, request: &AccessRequest<'_>, every: &str) -> String {
    let name = &key.key.written;
    match lookup(request, key) {
        None => format!("the request carries no {name}"),
        Some(ContextValue::One(value)) => format!("the request has {name} = {}", cut(&value)),
        Some(ContextValue::Many(values)) => {
            let values: Vec<Arc<str>> = values.iter().map(|value| Arc::from(&**value)).collect();
            format!("the request has {name} = {}{every}", list(&values, ", "))
        }
    }
}

fn about_same_service(statement: &Statement, action: &str) -> bool {
    let service = action.split(':').next().unwrap_or(action);
    let same = |written: &str| written.split(':').next().is_some_and(|other| other.eq_ignore_ascii_case(service));
    match &statement.actions {
        Scope::Absent | Scope::Except(_) => true,
        Scope::Only(list) => list.iter().any(|action| same(&action.written)),
    }
}

fn action_problem(statement: &Statement, action: &str) -> String {
    let written: Vec<Arc<str>> = statement.actions.listed().iter().map(|action| Arc::clone(&action.written)).collect();
    match &statement.actions {
        Scope::Absent => "it has no Action, so it has no effect".to_owned(),
        Scope::Only(_) => format!("lists {}, not {action}", list(&written, ", ")),
        Scope::Except(_) => format!("its NotAction leaves {action} out ({})", list(&written, ", ")),
    }
}

fn principal_problem(statement: &Statement, request: &AccessRequest<'_>) -> String {
    let principal = &request.caller.principal;
    let named: &[NamedPrincipal] = match &statement.principal {
        PrincipalElement::Unstated => &[],
        PrincipalElement::Only(named) | PrincipalElement::Except(named) => named,
    };
    let written: Vec<Arc<str>> = named.iter().map(|named| Arc::clone(&named.written)).collect();
    let identity = principal.identity_arn();
    let hint = if written.iter().any(|name| name.eq_ignore_ascii_case(identity)) {
        "; names are case-sensitive"
    } else if principal.is_service() && !written.iter().any(|name| name.ends_with(".amazonaws.com")) {
        "; a service that calls for itself is named as { Service: … }"
    } else if matches!(principal.kind, PrincipalKind::AssumedRole { .. }) && written.iter().any(|name| name.contains(":assumed-role/")) {
        "; an assumed-role ARN is one session, the role's ARN is all of them"
    } else {
        ""
    };
    format!("to {}, not to {identity}{hint}", list(&written, ", "))
}

fn resource_problem(statement: &Statement, request: &AccessRequest<'_>) -> String {
    let written: Vec<Arc<str>> = statement.resources.listed().iter().map(|resource| Arc::clone(&resource.written)).collect();
    match &statement.resources {
        Scope::Absent => "it has no Resource, so it has no effect".to_owned(),
        Scope::Only(_) if request.resource == "*" => {
            format!("only on {}; {} works on no single resource, so its Resource must be \"*\"", list(&written, ", "), request.action)
        }
        Scope::Only(_) => format!("only on {}, not on {}", list(&written, ", "), request.resource),
        Scope::Except(_) => format!("its NotResource leaves {} out ({})", request.resource, list(&written, ", ")),
    }
}

fn list(items: &[Arc<str>], between: &str) -> String {
    let mut shown: Vec<String> = items.iter().take(MOST_LISTED).map(|item| cut(item)).collect();
    match items.len().saturating_sub(MOST_LISTED) {
        0 if shown.is_empty() => return "nothing".to_owned(),
        0 => {}
        more => shown.push(format!("{more} more")),
    }
    shown.join(between)
}
