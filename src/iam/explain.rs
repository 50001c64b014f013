//! Why a request was decided as it was, in words that let a learner repair the configuration.
//!
//! The headline says what decided; the details add the statements behind it and those that came near. All of it is
//! worked out anew from the policies, so that deciding alone costs nothing of this.

use super::evaluate::{Allowed, Found, Missing, Verdict};
use super::near_miss::{carried, near_misses, reached, shown_condition, statement_name};
use super::principal::{PrincipalMatch, last_name};
use super::{Evaluation, PolicyType, ResourceRule};
use crate::cloud::{Detail, PrincipalKind, Reason};

/// Explains an evaluation.
pub(super) fn explain(evaluation: &Evaluation<'_>) -> Reason {
    match evaluation.verdict() {
        Verdict::Denied(found) => denied(evaluation, found),
        Verdict::Allowed(allowed) => self::allowed(evaluation, allowed),
        Verdict::Missing(missing) => self::missing(evaluation, missing),
    }
}

fn name(found: Found<'_>) -> String {
    statement_name(found.policy, found.statement, found.index)
}

fn denied(evaluation: &Evaluation<'_>, found: Found<'_>) -> Reason {
    let request = &evaluation.request;
    let mut reason = Reason::new(format!("{} denies {} to {}", name(found), request.action, request.caller.principal.arn));
    reason.details.push(Detail { text: "an explicit deny wins over every allow".to_owned(), span: found.statement.span });
    conditions(evaluation, found, &mut reason);
    reason
}

/// One line for each condition of a statement that matched.
fn conditions(evaluation: &Evaluation<'_>, found: Found<'_>, reason: &mut Reason) {
    for condition in &found.statement.conditions {
        let text = format!("its condition {} holds: {}", shown_condition(condition), carried(condition, &evaluation.request));
        reason.details.push(Detail { text, span: condition.span.or(found.statement.span) });
    }
}

fn allowed(evaluation: &Evaluation<'_>, allowed: Allowed<'_>) -> Reason {
    let request = &evaluation.request;
    let (headline, statements) = match allowed {
        Allowed::Grant(id) => (format!("grant {id} allows {} to {}", request.action, request.caller.principal.arn), vec![]),
        Allowed::RootUser => (format!("the root user of its account may call {}, and no policy denies it", request.action), vec![]),
        Allowed::Resource(found) => (format!("allowed by {}, which names {}", name(found), reached(found.how, request)), vec![found]),
        Allowed::Identity(found) => (format!("allowed by {}", name(found)), vec![found]),
        Allowed::Both(resource, None) => {
            (format!("allowed by {}, which names {}", name(resource), reached(resource.how, request)), vec![resource])
        }
        Allowed::Both(resource, Some(identity)) => {
            let role = match resource.how {
                PrincipalMatch::Account => format!("which delegates to account {}", account(evaluation)),
                other @ (PrincipalMatch::Everyone
                | PrincipalMatch::NotExcepted
                | PrincipalMatch::Service
                | PrincipalMatch::Role
                | PrincipalMatch::User
                | PrincipalMatch::Session
                | PrincipalMatch::Attached) => format!("which names {}", reached(other, request)),
            };
            (format!("allowed by {}, {role}, and by {}", name(resource), name(identity)), vec![resource, identity])
        }
    };
    let mut reason = Reason::new(headline);
    for found in statements {
        let text = format!("{} allows {}", name(found), request.action);
        reason.details.push(Detail { text, span: found.statement.span });
        conditions(evaluation, found, &mut reason);
    }
    reason
}

fn missing(evaluation: &Evaluation<'_>, missing: Missing) -> Reason {
    let action = evaluation.request.action;
    let resource_policy = resource_policy_name(evaluation);
    let who = who(evaluation);
    let headline = match missing {
        Missing::Resource => not_let_in(evaluation, &resource_policy),
        Missing::Identity if evaluation.rule.is_none() => format!("no identity-based policy of {who} allows {action}"),
        Missing::Identity if evaluation.same_account() => {
            format!("the {resource_policy} leaves {action} to the account's IAM policies, and no identity-based policy of {who} allows it")
        }
        Missing::Identity => format!(
            "the {resource_policy} lets account {} use {action}, but no identity-based policy of {who} allows it: across accounts both sides must",
            account(evaluation)
        ),
        Missing::Both => {
            format!(
                "{}, and no identity-based policy of {who} allows it: across accounts both must",
                not_let_in(evaluation, &resource_policy)
            )
        }
        Missing::Either => format!("neither the {resource_policy} nor an identity-based policy of {who} allows {action}"),
    };
    let mut reason = Reason::new(headline);
    let (resource_side, identity_side) = match missing {
        Missing::Resource => (true, false),
        Missing::Identity => (false, true),
        Missing::Both | Missing::Either => (true, true),
    };
    if resource_side {
        side(evaluation, PolicyType::ResourceBased, &mut reason);
    } else if let Some(found) = evaluation.strongest_allow(PolicyType::ResourceBased) {
        let text = format!("{} names {}: this side is right", name(found), reached(found.how, &evaluation.request));
        reason.details.push(Detail { text, span: found.statement.span });
        // Within the account a statement that names the caller would do without IAM, so a near miss there matters too.
        if evaluation.same_account() {
            reason.details.extend(near_misses(evaluation, PolicyType::ResourceBased).into_iter().take(2));
        }
    }
    if identity_side {
        side(evaluation, PolicyType::IdentityBased, &mut reason);
    } else if let Some(found) = evaluation.strongest_allow(PolicyType::IdentityBased) {
        let text = format!("{} allows {action}, but that counts only once the {resource_policy} lets it in", name(found));
        reason.details.push(Detail { text, span: found.statement.span });
    }
    reason
}

/// What stands on a side that lacks an allow: near misses, or that there is nothing.
fn side(evaluation: &Evaluation<'_>, policy_type: PolicyType, reason: &mut Reason) {
    let action = evaluation.request.action;
    let misses = near_misses(evaluation, policy_type);
    if !misses.is_empty() {
        reason.details.extend(misses);
        return;
    }
    let text = match policy_type {
        PolicyType::ResourceBased => {
            format!("no statement of the {} is about {action} or about this caller", resource_policy_name(evaluation))
        }
        PolicyType::IdentityBased if !evaluation.policies().iter().any(|evidence| evidence.policy_type == policy_type) => {
            let there = evaluation.iam.identity(&evaluation.request.caller.principal).is_some();
            let why = if there { "has no identity-based policies" } else { "has no identity-based policies that this world knows of" };
            format!("{} {why}", who(evaluation))
        }
        PolicyType::IdentityBased => format!("no statement of its identity-based policies is about {action}"),
    };
    reason.details.push(Detail { text, span: None });
}

/// That the policy of the resource does not let the caller in, in the words of its rule.
fn not_let_in(evaluation: &Evaluation<'_>, resource_policy: &str) -> String {
    let request = &evaluation.request;
    let arn = &request.caller.principal.arn;
    match (evaluation.rule, request.caller.account()) {
        (_, None) => format!("the {resource_policy} does not let the service {arn} use {}", request.action),
        (Some(ResourceRule::KeyPolicy), Some(account)) => {
            format!("the {resource_policy} lets neither {arn} nor account {account} use {}", request.action)
        }
        (Some(ResourceRule::Union) | None, Some(_)) => format!("the {resource_policy} does not let {arn} use {}", request.action),
    }
}

fn resource_policy_name(evaluation: &Evaluation<'_>) -> String {
    let first = evaluation.policies().iter().find(|evidence| evidence.policy_type == PolicyType::ResourceBased);
    first.map_or_else(|| "resource's policy".to_owned(), |evidence| evidence.policy.name.to_string())
}

fn account(evaluation: &Evaluation<'_>) -> String {
    evaluation.request.caller.account().map(|account| account.to_string()).unwrap_or_default()
}

/// The caller as its owner calls it: `role Restore of account 222222222222`.
fn who(evaluation: &Evaluation<'_>) -> String {
    let principal = &evaluation.request.caller.principal;
    let account = account(evaluation);
    match &principal.kind {
        PrincipalKind::Root => format!("the root user of account {account}"),
        PrincipalKind::User { name } => format!("user {} of account {account}", last_name(name)),
        PrincipalKind::AssumedRole { role, .. } => format!("role {} of account {account}", last_name(role)),
        PrincipalKind::Service { name } => format!("the service {name}"),
    }
}
