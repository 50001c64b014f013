//! Changes that might allow a request that was denied. Whether they do is found out by trying.

use super::condition;
use super::data::{Change, PolicyChange};
use super::edit::{ListElement, PolicyEdit, StatementEdit};
use super::names::{named, owner};
use super::tried::Tried;
use super::view::{Candidate, Site, policies, sites};
use crate::authz::{PAIR, PolicyPlace};
use crate::cloud::{Caller, DecisionTrace, PrincipalKind};
use crate::iam::PolicyType;
use crate::kms::{EncryptionContext, GRANT_OPERATIONS};
use serde_json::{Map, Value, json};

/// Candidates for the next change on the way to an allow.
pub(super) fn candidates(tried: &impl Tried, trace: &DecisionTrace) -> Vec<Candidate> {
    if let Some(deny) = sites(trace).into_iter().find(|site| !site.is_allow() && site.matches()) {
        return against(tried, trace, &deny);
    }
    let entry = [PolicyType::ResourceBased, PolicyType::IdentityBased].iter().any(|side| trace.missing.contains(side));
    if entry {
        return ways_in(tried, trace);
    }
    // What limits is widened one after the other: which comes first makes no difference.
    match trace.missing.first() {
        Some(PolicyType::ServiceControl) => service_controls(tried, trace),
        Some(limit) => through(tried, trace, *limit),
        None => Vec::new(),
    }
}

/// The caller on both sides of the key, and grants.
fn ways_in(tried: &impl Tried, trace: &DecisionTrace) -> Vec<Candidate> {
    let caller = tried.caller();
    let mut all = near(tried, trace, PolicyPlace::Key);
    for (place, _) in policies(trace).into_iter().filter(|(place, _)| matches!(place, PolicyPlace::Identity(_))) {
        all.extend(near(tried, trace, place));
    }
    if has_key(trace) {
        let (kind, name) = named(&caller.principal);
        all.extend(
            with_conditions(tried, &key_statement(kind, &name, &trace.action)).map(|(new, rank)| (add_to_key(trace, new), rank + 4)),
        );
        if let Some(account) = caller.account().filter(|_| caller.principal.kind != PrincipalKind::Root) {
            let root = format!("arn:aws:iam::{account}:root");
            all.push((add_to_key(trace, key_statement("AWS", &root, &trace.action)), 7));
        }
        all.extend(grant(tried, caller, trace));
    }
    if !matches!(caller.principal.kind, PrincipalKind::Root | PrincipalKind::Service { .. }) {
        let statement = json!({"Effect": "Allow", "Action": trace.action, "Resource": trace.resource});
        all.extend(with_conditions(tried, &statement).map(|(new, rank)| (new_identity_policy(caller, trace, new), rank + 3)));
    }
    all
}

/// A permission beside the policies.
fn grant(tried: &impl Tried, caller: &Caller, trace: &DecisionTrace) -> Option<Candidate> {
    let action = trace.action.split_once(':')?.1;
    let operation = GRANT_OPERATIONS.into_iter().find(|known| known.eq_ignore_ascii_case(action))?;
    if caller.principal.is_service() {
        return None;
    }
    let pairs = tried.carried().into_iter();
    let context: EncryptionContext = pairs.filter_map(|(key, value)| Some((key.strip_prefix(PAIR)?.to_owned(), value))).collect();
    let grantee = caller.principal.identity_arn().to_string();
    Some((Change::CreateGrant { key: trace.resource.clone(), grantee, operation, context }, 5))
}

/// Levels of the organisation at which no SCP allows: the first of them.
fn service_controls(tried: &impl Tried, trace: &DecisionTrace) -> Vec<Candidate> {
    let Some(level) = lacking_level(tried, trace) else { return Vec::new() };
    let at_level = |place: &PolicyPlace| matches!(place, PolicyPlace::ServiceControl(at, _) if *at == level);
    let there: Vec<PolicyPlace> = policies(trace).into_iter().map(|(place, _)| place).filter(at_level).collect();
    let mut all: Vec<Candidate> = there.iter().flat_map(|place| near(tried, trace, *place)).collect();
    let statement = json!({"Effect": "Allow", "Action": trace.action, "Resource": trace.resource});
    match there.first() {
        Some(place) => all.push((add_to(trace, *place, statement), 4)),
        None => all.push((new_service_control(trace, level, statement), 4)),
    }
    all
}

/// The first level at which no SCP allows the request.
pub(super) fn lacking_level(tried: &impl Tried, trace: &DecisionTrace) -> Option<usize> {
    let sites = sites(trace);
    let allows = |level: usize| {
        let here = |place: PolicyPlace| matches!(place, PolicyPlace::ServiceControl(at, _) if at == level);
        sites.iter().any(|site| here(site.place) && site.is_allow() && site.matches())
    };
    (0..tried.control_levels()).find(|level| !allows(*level))
}

/// What lets a request through a policy that only limits; within the account also a statement of the key policy that
/// names the very caller, which boundary and session policy do not limit.
fn through(tried: &impl Tried, trace: &DecisionTrace, limit: PolicyType) -> Vec<Candidate> {
    let place = match limit {
        PolicyType::PermissionsBoundary => PolicyPlace::Boundary,
        PolicyType::Session => PolicyPlace::Session,
        PolicyType::VpcEndpoint => PolicyPlace::Endpoint,
        PolicyType::ResourceControl | PolicyType::ServiceControl | PolicyType::ResourceBased | PolicyType::IdentityBased => {
            return Vec::new();
        }
    };
    let caller = tried.caller();
    let mut statement = Map::from_iter([("Effect".to_owned(), json!("Allow"))]);
    if place == PolicyPlace::Endpoint {
        let (kind, name) = named(&caller.principal);
        statement.insert("Principal".to_owned(), json!({kind: name}));
    }
    statement.extend([("Action".to_owned(), json!(trace.action)), ("Resource".to_owned(), json!(trace.resource))]);
    let statement = Value::Object(statement);
    let mut all = near(tried, trace, place);
    if tried.policy(place, &trace.resource).is_some() {
        all.extend(with_conditions(tried, &statement).map(|(new, rank)| (add_to(trace, place, new), rank + 3)));
    } else {
        let policy = format!("the session {}", caller.principal.arn);
        all.push((change(trace, place, policy, PolicyEdit::New(statement)), 4));
    }
    let own = caller.account().is_some() && caller.account() == owner(&trace.resource);
    if own && has_key(trace) && place != PolicyPlace::Endpoint {
        all.push((add_to_key(trace, key_statement("AWS", &caller.principal.arn, &trace.action)), 6));
    }
    all
}

/// Edits of the Allow statements of a policy that fit the request but for one part.
fn near(tried: &impl Tried, trace: &DecisionTrace, place: PolicyPlace) -> Vec<Candidate> {
    let near = |site: &Site<'_>| site.place == place && site.is_allow() && site.problems() == 1;
    sites(trace).iter().filter(|site| near(site)).flat_map(|site| mend(tried, trace, site)).collect()
}

/// What makes the one part of a statement fit that does not.
fn mend(tried: &impl Tried, trace: &DecisionTrace, site: &Site<'_>) -> Vec<Candidate> {
    let edit = |edit: StatementEdit, rank: u32| (site.edit(trace, edit), rank);
    let (action, resource) = (trace.action.clone(), trace.resource.clone());
    if !site.statement.action {
        let written = StatementEdit::TakeFrom(ListElement::NotAction, action.clone());
        return vec![edit(StatementEdit::AddTo(ListElement::Action, action), 0), edit(written, 0)];
    }
    if site.statement.principal == Some(false) {
        let (kind, name) = named(&tried.caller().principal);
        let mut all = vec![edit(StatementEdit::AddPrincipal(kind, name), 0)];
        if let Some(account) = tried.caller().account() {
            all.push(edit(StatementEdit::AddPrincipal("AWS", format!("arn:aws:iam::{account}:root")), 6));
        }
        return all;
    }
    if !site.statement.resource {
        let all = [
            StatementEdit::AddTo(ListElement::Resource, resource.clone()),
            StatementEdit::AddTo(ListElement::Resource, "*".to_owned()),
            StatementEdit::TakeFrom(ListElement::NotResource, resource),
        ];
        return all.into_iter().zip([0, 5, 0]).map(|(change, rank)| edit(change, rank)).collect();
    }
    site.failing().flat_map(|failing| condition::fulfil(site, failing, trace)).collect()
}

/// Exceptions from a Deny statement that matches, and at last the statement away.
fn against(tried: &impl Tried, trace: &DecisionTrace, deny: &Site<'_>) -> Vec<Candidate> {
    let edit = |edit: StatementEdit, rank: u32| (deny.edit(trace, edit), rank);
    let principal = &tried.caller().principal;
    let (kind, name) = named(principal);
    let mut all = Vec::new();
    for condition in &deny.statement.conditions {
        all.extend(condition::defeat(deny, condition, trace));
    }
    if !principal.is_service() {
        all.push(edit(StatementEdit::AddCondition("ArnNotEquals".to_owned(), "aws:PrincipalArn".to_owned(), vec![name.clone()]), 1));
    }
    for listed in [name.clone(), principal.arn.to_string()] {
        all.push(edit(StatementEdit::TakePrincipal(kind, listed), 1));
    }
    all.push(edit(StatementEdit::ExceptPrincipals(kind, excepted(tried.caller())), 5));
    all.push(edit(StatementEdit::TakeFrom(ListElement::Action, trace.action.clone()), 3));
    all.push(edit(StatementEdit::AddTo(ListElement::NotAction, trace.action.clone()), 3));
    if deny.place != PolicyPlace::Key && trace.resource != "*" {
        all.push(edit(StatementEdit::ExceptResource(trace.resource.clone()), 3));
        all.push(edit(StatementEdit::TakeFrom(ListElement::Resource, trace.resource.clone()), 3));
        all.push(edit(StatementEdit::AddTo(ListElement::NotResource, trace.resource.clone()), 3));
    }
    let telling = |key: &str| key.starts_with(PAIR) || ["kms:ViaService", "aws:SourceVpce", "aws:SourceArn"].contains(&key);
    let few = tried.carried().into_iter().filter(|(key, _)| telling(key)).take(3);
    all.extend(few.map(|(key, value)| edit(StatementEdit::AddCondition("StringNotEquals".to_owned(), key, vec![value]), 4)));
    // The last statement of a policy that only limits takes the policy with it, and then limits nothing.
    let stays = deny.policy.statements.len() > 1;
    if stays || matches!(deny.place, PolicyPlace::Identity(_) | PolicyPlace::ServiceControl(..) | PolicyPlace::ResourceControl(..)) {
        all.push((deny.remove(trace), 8));
    }
    all
}

/// What NotPrincipal must list to except a caller: its account, too, and of a role both role and session.
fn excepted(caller: &Caller) -> Vec<String> {
    let principal = &caller.principal;
    let account = principal.account.map(|account| format!("arn:aws:iam::{account}:root"));
    let mut names: Vec<String> = account.into_iter().chain([principal.identity_arn().to_string(), principal.arn.to_string()]).collect();
    names.dedup();
    names
}

/// Whether the request is about a key, so that its policy and its grants decide.
fn has_key(trace: &DecisionTrace) -> bool {
    trace.resource.contains(":key/")
}

/// A statement as it is, and one that is limited to the encryption context, service and network of the request.
pub(super) fn with_conditions(tried: &impl Tried, statement: &Value) -> impl Iterator<Item = (Value, u32)> {
    let carried = tried.carried();
    let conditions: Map<String, Value> = carried.into_iter().map(|(key, value)| (key, json!(value))).collect();
    let mut narrow = statement.clone();
    if let Some(elements) = narrow.as_object_mut().filter(|_| !conditions.is_empty()) {
        elements.insert("Condition".to_owned(), json!({"StringEquals": conditions}));
    }
    let narrow = (narrow != *statement).then_some((narrow, 0));
    narrow.into_iter().chain([(statement.clone(), 1)])
}

fn key_statement(kind: &str, name: &str, action: &str) -> Value {
    json!({"Effect": "Allow", "Principal": {kind: name}, "Action": action, "Resource": "*"})
}

fn change(trace: &DecisionTrace, place: PolicyPlace, policy: String, edit: PolicyEdit) -> Change {
    Change::Policy(PolicyChange { place, key: trace.resource.clone(), policy, statement: None, span: None, edit })
}

/// One more statement in a policy that is there.
pub(super) fn add_to(trace: &DecisionTrace, place: PolicyPlace, statement: Value) -> Change {
    let name = policies(trace).into_iter().find(|(at, _)| *at == place).map(|(_, policy)| policy.name.clone());
    change(trace, place, name.unwrap_or_else(|| "policy".to_owned()), PolicyEdit::Add(statement))
}

/// One more statement in the key policy.
pub(super) fn add_to_key(trace: &DecisionTrace, statement: Value) -> Change {
    let name = policies(trace).into_iter().find(|(at, _)| *at == PolicyPlace::Key).map(|(_, policy)| policy.name.clone());
    match name {
        Some(name) => change(trace, PolicyPlace::Key, name, PolicyEdit::Add(statement)),
        None => change(trace, PolicyPlace::Key, "the key".to_owned(), PolicyEdit::New(statement)),
    }
}

/// A policy of its own for the caller's user or role.
pub(super) fn new_identity_policy(caller: &Caller, trace: &DecisionTrace, statement: Value) -> Change {
    change(trace, PolicyPlace::Identity(0), caller.principal.described(), PolicyEdit::New(statement))
}

fn new_service_control(trace: &DecisionTrace, level: usize, statement: Value) -> Change {
    let policy = format!("level {level} of the organization");
    change(trace, PolicyPlace::ServiceControl(level, 0), policy, PolicyEdit::New(statement))
}
