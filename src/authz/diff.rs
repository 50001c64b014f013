//! Two versions of a policy: which requests they decide differently.

use super::question::{Context, Question, Values};
use crate::cloud::{AccountId, Caller, Principal, Region};
use crate::iam::{Decision, Policy, PolicyKind};
use crate::kms::{OPERATIONS, PermissionTarget};
use std::collections::BTreeSet;
use std::sync::Arc;

/// A request that the two versions decide differently.
#[derive(Clone, Debug)]
pub struct Difference {
    /// The request, under the old version.
    pub question: Question,
    /// What the old version decides.
    pub old: Decision,
    /// What the new version decides.
    pub new: Decision,
}

/// Puts a policy into a question, in the place of the one of its kind; an identity-based policy takes the place of all
/// of these.
#[must_use]
pub fn with_policy(question: &Question, policy: &Arc<Policy>) -> Question {
    let mut question = question.clone();
    let policy = Arc::clone(policy);
    match policy.kind {
        PolicyKind::Key | PolicyKind::Resource => question.key_policy = Some(policy),
        PolicyKind::Identity => question.identity_policies = vec![policy],
        PolicyKind::ServiceControl => question.service_controls = vec![vec![policy]],
        PolicyKind::ResourceControl => question.resource_controls = vec![vec![policy]],
        PolicyKind::Endpoint => question.endpoint_policy = Some(policy),
    }
    question
}

/// The requests that two versions decide differently, in the order of the requests.
#[must_use]
pub fn differences(old: &Arc<Policy>, new: &Arc<Policy>, questions: &[Question]) -> Vec<Difference> {
    let differs = |question: &Question| {
        let (before, after) = (with_policy(question, old), with_policy(question, new).decide());
        let old = before.decide();
        (old != after).then_some(Difference { question: before, old, new: after })
    };
    questions.iter().filter_map(differs).collect()
}

/// The account of a caller whom no policy names.
const OUTSIDER: &str = "999999999999";

/// Requests that try out two versions of a policy: every principal that they name, a stranger in each account and one in
/// another, every permission on keys, bare and with each pair of values that their conditions ask for.
///
/// Under an identity-based policy the key policy leaves everything to the account, under a key policy the callers may do
/// everything as far as their own accounts are concerned: only what is compared decides.
#[must_use]
pub fn probes(old: &Policy, new: &Policy) -> Vec<Question> {
    let mut callers: BTreeSet<String> = BTreeSet::new();
    let mut accounts: BTreeSet<AccountId> = AccountId::parse(OUTSIDER).into_iter().collect();
    for (name, _) in old.principals().chain(new.principals()) {
        if let Some(account) = crate::cloud::Arn::parse(name).map_or_else(|| AccountId::parse(name), |arn| AccountId::parse(arn.account)) {
            accounts.insert(account);
        }
        let session = name.split_once(":role/").map(|(_, role)| role.rsplit('/').next().unwrap_or(role));
        match (session, crate::cloud::Arn::parse(name)) {
            (Some(role), Some(arn)) => drop(callers.insert(format!("arn:aws:sts::{}:assumed-role/{role}/session", arn.account))),
            _ => drop(callers.insert(name.to_owned())),
        }
    }
    callers.extend(old.services().chain(new.services()).map(str::to_owned));
    let owner = accounts.iter().find(|account| account.as_str() != OUTSIDER).copied();
    let owner = owner.or_else(|| AccountId::parse("111122223333"));
    accounts.extend(owner);
    callers.extend(accounts.iter().map(|account| format!("arn:aws:iam::{account}:user/somebody")));
    let Some(owner) = owner else { return Vec::new() };
    let contexts = contexts(old, new);
    let actions: BTreeSet<&str> = OPERATIONS
        .iter()
        .flat_map(|row| row.permissions)
        .filter(|permission| permission.on == PermissionTarget::Key)
        .map(|permission| permission.action)
        .collect();
    let mut questions = Vec::new();
    for principal in callers.iter().filter_map(|name| Principal::parse(name)) {
        for action in &actions {
            for context in &contexts {
                questions.push(question(principal.clone(), action, owner, context.clone(), old.kind));
            }
        }
    }
    questions
}

fn question(principal: Principal, action: &str, owner: AccountId, mut context: Context, kind: PolicyKind) -> Question {
    let read = |text: String, kind| Policy::from_json(&text, kind, "assumed policy").ok().map(Arc::new);
    let everything = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"*","Resource":"*"}]}"#.to_owned();
    let delegation = |account: AccountId| {
        format!(
            r#"{{"Version":"2012-10-17","Statement":[{{"Effect":"Allow","Principal":{{"AWS":"{account}"}},"Action":"kms:*","Resource":"*"}}]}}"#
        )
    };
    let identity = read(everything, PolicyKind::Identity).into_iter().collect();
    let trusted = if kind == PolicyKind::Key { None } else { read(delegation(principal.account.unwrap_or(owner)), PolicyKind::Key) };
    if let Some(account) = principal.account {
        context.insert("kms:CallerAccount", Values::One(account.to_string()));
    }
    Question {
        caller: Caller::direct(principal, Region::default_region()),
        action: action.to_owned(),
        resource: format!("arn:aws:kms:us-east-1:{owner}:key/1234abcd-12ab-34cd-56ef-1234567890ab"),
        resource_account: owner,
        context,
        now: crate::cloud::Instant::default(),
        identity_policies: identity,
        key_policy: trusted,
        service_controls: Vec::new(),
        resource_controls: Vec::new(),
        boundary: None,
        session_policy: None,
        endpoint_policy: None,
        grants: Vec::new(),
    }
}

/// More different contexts than this are not tried.
const MOST_CONTEXTS: usize = 64;

/// No condition key at all, and each single value that a condition asks for.
fn contexts(old: &Policy, new: &Policy) -> Vec<Context> {
    let mut seen: BTreeSet<(String, String)> = BTreeSet::new();
    let mut contexts = vec![Context::default()];
    let asked = old.asked_values().chain(new.asked_values());
    for (key, value) in asked {
        if contexts.len() < MOST_CONTEXTS && seen.insert((key.to_ascii_lowercase(), value.to_owned())) {
            let mut context = Context::default();
            context.set(key, Values::One(value.to_owned()));
            contexts.push(context);
        }
    }
    // All of them together, the first value of each: conditions of one statement must hold at once.
    let mut all = Context::default();
    for (key, value) in old.asked_values().chain(new.asked_values()) {
        all.insert(key, Values::One(value.to_owned()));
    }
    if all.iter().count() > 1 {
        contexts.push(all);
    }
    contexts
}
