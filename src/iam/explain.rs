//! Why a request was decided as it was, in words that let a learner repair the configuration.
//!
//! The headline says what decided; the details add the statements behind it and those that came near. All of it is
//! worked out anew from the policies, so that deciding alone costs nothing of this.

use super::evaluate::Found;
use super::near_miss::{carried, near_misses, reached, shown_condition, statement_name};
use super::principal::PrincipalMatch;
use super::verdict::{Allowed, Missing, Verdict, Way, missing_level};
use super::{Evaluation, PolicyType, ResourceRule};
use crate::cloud::{Detail, Reason};

/// Explains an evaluation.
pub(super) fn explain(evaluation: &Evaluation<'_>) -> Reason {
    match evaluation.verdict() {
        Verdict::Denied(found) => denied(evaluation, found),
        Verdict::Allowed(allowed) => self::allowed(evaluation, &allowed),
        Verdict::Missing(missing) => self::missing(evaluation, &missing),
    }
}

fn name(found: Found<'_>) -> String {
    statement_name(found.policy, found.statement, found.index)
}

fn denied(evaluation: &Evaluation<'_>, found: Found<'_>) -> Reason {
    let request = &evaluation.request;
    let mut reason = Reason::new(format!("{} denies {} to {}", name(found), request.action, request.caller.principal.arn));
    reason.details.push(Detail { text: format!("an explicit deny wins over every allow{}", reach(found)), span: found.statement.span });
    if found.how == PrincipalMatch::NotExcepted && evaluation.takes_part(PolicyType::PermissionsBoundary) {
        let text = "NotPrincipal with Deny always reaches a caller that has a permissions boundary, even one it lists; use `*` and a \
                    condition on aws:PrincipalArn instead";
        reason.details.push(Detail { text: text.to_owned(), span: found.statement.span });
    }
    conditions(evaluation, found, &mut reason);
    reason
}

/// Whom a policy of an organisation restricts: not what its place in the policy's name suggests to everybody.
fn reach(found: Found<'_>) -> &'static str {
    match found.policy_type {
        PolicyType::ServiceControl => "; a service control policy restricts all principals of the accounts below it, root users included",
        PolicyType::ResourceControl => "; a resource control policy restricts the resources of the accounts below it, whoever calls",
        PolicyType::ResourceBased
        | PolicyType::IdentityBased
        | PolicyType::PermissionsBoundary
        | PolicyType::Session
        | PolicyType::VpcEndpoint => "",
    }
}

/// The beginning of a grant's id, enough to know it again.
fn short(id: &str) -> String {
    id.get(..8).map_or_else(|| id.to_owned(), |beginning| format!("{beginning}…"))
}

/// One line for each condition of a statement that matched.
fn conditions(evaluation: &Evaluation<'_>, found: Found<'_>, reason: &mut Reason) {
    for condition in &found.statement.conditions {
        let text = format!("its condition {} holds: {}", shown_condition(condition), carried(condition, &evaluation.request));
        reason.details.push(Detail { text, span: condition.span.or(found.statement.span) });
    }
}

fn allowed(evaluation: &Evaluation<'_>, allowed: &Allowed<'_>) -> Reason {
    let request = &evaluation.request;
    let also = allowed.identity.map(|identity| format!(", and by {}", name(identity))).unwrap_or_default();
    let (headline, resource) = match (allowed.way, allowed.identity) {
        (Way::Grant(id, _), _) => {
            (format!("grant {} allows {} to {}{also}", short(id), request.action, request.caller.principal.arn), None)
        }
        (Way::Own, Some(identity)) => (format!("allowed by {}", name(identity)), None),
        (Way::Own, None) => (format!("the root user of its account may call {}, and no policy denies it", request.action), None),
        (Way::Resource(found), identity) => {
            let role = if found.how == PrincipalMatch::Account && identity.is_some() {
                format!("which delegates to account {}", account(evaluation))
            } else {
                format!("which names {}", reached(found.how, request))
            };
            (format!("allowed by {}, {role}{also}", name(found)), Some(found))
        }
    };
    let mut reason = Reason::new(headline);
    for found in resource.into_iter().chain(allowed.identity) {
        let text = format!("{} allows {}", name(found), request.action);
        reason.details.push(Detail { text, span: found.statement.span });
        conditions(evaluation, found, &mut reason);
    }
    reason
}

fn missing(evaluation: &Evaluation<'_>, missing: &Missing<'_>) -> Reason {
    let action = evaluation.request.action;
    let resource_policy = resource_policy_name(evaluation);
    let all = || missing.types.iter().chain(&missing.next).copied();
    let (lacks_resource, lacks_identity) =
        (missing.types.contains(&PolicyType::ResourceBased), all().any(|lacking| lacking == PolicyType::IdentityBased));
    let others = all().filter(|other| !matches!(other, PolicyType::ResourceBased | PolicyType::IdentityBased));
    let mut headlines: Vec<String> = entrance(evaluation, missing, &resource_policy).into_iter().collect();
    headlines.extend(others.clone().map(|other| ceiling(evaluation, other)));
    let mut headlines = headlines.into_iter();
    let mut reason = Reason::new(headlines.next().unwrap_or_default());
    for further in headlines {
        reason.details.push(Detail { text: format!("besides, {further}"), span: None });
    }
    if lacks_resource || missing.either {
        side(evaluation, PolicyType::ResourceBased, &mut reason);
    } else if let Some(Way::Resource(found)) = missing.way {
        let text = format!("{} names {}: this side is right", name(found), reached(found.how, &evaluation.request));
        reason.details.push(Detail { text, span: found.statement.span });
        // Within the account a statement that names the caller would do without IAM, so a near miss there matters too.
        if evaluation.same_account() {
            reason.details.extend(near_misses(evaluation, PolicyType::ResourceBased).into_iter().take(2));
        }
    }
    if lacks_identity {
        side(evaluation, PolicyType::IdentityBased, &mut reason);
    } else if let Some(found) = evaluation.strongest_allow(PolicyType::IdentityBased).filter(|_| lacks_resource) {
        let text = format!("{} allows {action}, but that counts only once the {resource_policy} lets it in", name(found));
        reason.details.push(Detail { text, span: found.statement.span });
    }
    for other in others {
        side(evaluation, other, &mut reason);
    }
    reason
}

/// What lacks of the way in: on the side of the resource, on the side of the caller, or both.
fn entrance(evaluation: &Evaluation<'_>, missing: &Missing<'_>, resource_policy: &str) -> Option<String> {
    let action = evaluation.request.action;
    let who = evaluation.request.caller.principal.described();
    let lacks = |policy_type| missing.types.contains(&policy_type) || missing.next.contains(&policy_type);
    Some(match (lacks(PolicyType::ResourceBased), lacks(PolicyType::IdentityBased)) {
        (false, false) => return None,
        _ if missing.either => format!("neither the {resource_policy} nor an identity-based policy of {who} allows {action}"),
        (true, false) => not_let_in(evaluation, resource_policy),
        (true, true) => format!(
            "{}, and no identity-based policy of {who} allows it: across accounts both must",
            not_let_in(evaluation, resource_policy)
        ),
        (false, true) if evaluation.set.rule.is_none() => format!("no identity-based policy of {who} allows {action}"),
        (false, true) => match missing.way {
            Some(Way::Grant(id, _)) => {
                format!(
                    "grant {} lets account {} in, but no identity-based policy of {who} allows {action}",
                    short(id),
                    account(evaluation)
                )
            }
            Some(Way::Resource(_) | Way::Own) | None if evaluation.same_account() => {
                format!(
                    "the {resource_policy} leaves {action} to the account's IAM policies, and no identity-based policy of {who} allows it"
                )
            }
            Some(Way::Resource(_) | Way::Own) | None => format!(
                "the {resource_policy} lets account {} use {action}, but no identity-based policy of {who} allows it: across accounts both sides must",
                account(evaluation)
            ),
        },
    })
}

/// That a policy which only limits does not let an action through.
fn ceiling(evaluation: &Evaluation<'_>, policy_type: PolicyType) -> String {
    let action = evaluation.request.action;
    match policy_type {
        PolicyType::ServiceControl => {
            let level = missing_level(evaluation).unwrap_or(0);
            let request = &evaluation.request;
            let which = match (&request.iam.organization, request.caller.account()) {
                (Some(organization), Some(account)) => organization.level_name(account, level),
                // A question of authorisation brings levels without an organisation.
                (Some(_) | None, _) if level == 0 => "the root of the organization".to_owned(),
                (Some(_) | None, _) if level + 1 == evaluation.set.control_levels => format!("account {}", account(evaluation)),
                (Some(_) | None, _) => format!("the organizational unit at level {level} below the root"),
            };
            format!(
                "no service control policy on {which} allows {action}: every level from the root of the organization to the account must"
            )
        }
        PolicyType::Session if !evaluation.takes_part(PolicyType::Session) => {
            format!(
                "{} was given no session policy, and a federated session has no permissions without one",
                evaluation.request.caller.principal.described()
            )
        }
        PolicyType::Session => format!("the session policy of {} does not allow {action}", evaluation.request.caller.principal.arn),
        PolicyType::PermissionsBoundary => {
            format!(
                "the permissions boundary of {} does not allow {action}: it is the most that other policies can give",
                evaluation.request.caller.principal.described()
            )
        }
        PolicyType::VpcEndpoint => {
            let name = evaluation.names_of(policy_type, None).next().unwrap_or_default();
            format!("the {name} does not allow {action}, and the request passes this endpoint")
        }
        PolicyType::ResourceControl | PolicyType::ResourceBased | PolicyType::IdentityBased => {
            format!("no {} allows {action}", policy_type.phrase())
        }
    }
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
        PolicyType::IdentityBased if !evaluation.takes_part(policy_type) => {
            let there = evaluation.request.iam.identity(&evaluation.request.caller.principal).is_some();
            let why = if there { "has no identity-based policies" } else { "has no identity-based policies that this world knows of" };
            format!("{} {why}", evaluation.request.caller.principal.described())
        }
        PolicyType::IdentityBased => format!("no statement of its identity-based policies is about {action}"),
        PolicyType::ServiceControl => {
            let names: Vec<&str> = evaluation.names_of(policy_type, missing_level(evaluation)).collect();
            if names.is_empty() { "no service control policy is attached there".to_owned() } else { about_others(&names, action) }
        }
        PolicyType::ResourceControl | PolicyType::PermissionsBoundary | PolicyType::Session | PolicyType::VpcEndpoint => {
            let names: Vec<&str> = evaluation.names_of(policy_type, None).collect();
            if names.is_empty() {
                return;
            }
            about_others(&names, action)
        }
    };
    reason.details.push(Detail { text, span: None });
}

fn about_others(policies: &[&str], action: &str) -> String {
    format!("no statement of the {} is about {action}", policies.join(" or the "))
}

/// That the policy of the resource does not let the caller in, in the words of its rule.
fn not_let_in(evaluation: &Evaluation<'_>, resource_policy: &str) -> String {
    let request = &evaluation.request;
    let arn = &request.caller.principal.arn;
    match (evaluation.set.rule, request.caller.account()) {
        (_, None) => format!("the {resource_policy} does not let the service {arn} use {}", request.action),
        (Some(ResourceRule::KeyPolicy), Some(account)) => {
            format!("the {resource_policy} lets neither {arn} nor account {account} use {}", request.action)
        }
        (Some(ResourceRule::Union) | None, Some(_)) => format!("the {resource_policy} does not let {arn} use {}", request.action),
    }
}

fn resource_policy_name(evaluation: &Evaluation<'_>) -> String {
    let first = evaluation.set.policies.iter().find(|applicable| applicable.policy_type == PolicyType::ResourceBased);
    first.map_or_else(|| "resource's policy".to_owned(), |applicable| applicable.policy.name.to_string())
}

fn account(evaluation: &Evaluation<'_>) -> String {
    evaluation.request.caller.account().map(|account| account.to_string()).unwrap_or_default()
}
