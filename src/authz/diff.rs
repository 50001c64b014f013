//! Two versions of a policy: which requests they decide differently.

use super::assumed::{ALLOW_EVERYTHING, open_to};
use super::callers::callers_named_by;
use super::question::{Context, Question, Values};
use crate::cloud::{AccountId, Arn, Caller, Principal, Region};
use crate::iam::{Decision, Policy, PolicyKind};
use crate::kms::key_permissions;
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

/// The account of the key, where the policies name none.
const OWNER: &str = "111122223333";
/// The account of a caller whom no policy names.
const OUTSIDER: &str = "999999999999";

/// Requests that try out two versions of a policy: every principal that they name, a stranger in each account and one in
/// another, every permission on keys, bare and with each pair of values that their conditions ask for.
///
/// Under an identity-based policy the key policy leaves everything to the account, under a key policy the callers may do
/// everything as far as their own accounts are concerned: only what is compared decides.
#[must_use]
pub fn probes(old: &Policy, new: &Policy) -> Vec<Question> {
    let mut callers: Vec<Principal> = [old, new].into_iter().flat_map(callers_named_by).collect();
    callers.extend(old.services().chain(new.services()).map(Principal::service));
    let written = old.principals().chain(new.principals()).map(|(name, _)| name);
    let accounts = written.filter_map(|name| AccountId::parse(Arn::parse(name).map_or(name, |arn| arn.account)));
    let mut accounts: BTreeSet<AccountId> = accounts.collect();
    let Some(owner) = accounts.first().copied().or_else(|| AccountId::parse(OWNER)) else { return Vec::new() };
    accounts.extend(AccountId::parse(OUTSIDER).into_iter().chain([owner]));
    callers.extend(accounts.iter().map(|account| Principal::user(*account, "somebody")));
    let mut seen = BTreeSet::new();
    callers.retain(|caller| seen.insert(Arc::clone(&caller.arn)));
    let (contexts, actions) = (contexts(old, new), key_permissions());
    let mut questions = Vec::new();
    for caller in callers {
        // What is compared decides: of an identity-based policy not the key policy, and the other way round.
        let trusted = if old.kind == PolicyKind::Key { None } else { open_to(caller.account.unwrap_or(owner)).map(Arc::new) };
        let mut alike = Question {
            resource: format!("arn:aws:kms:us-east-1:{owner}:key/1234abcd-12ab-34cd-56ef-1234567890ab"),
            resource_account: owner,
            identity_policies: ALLOW_EVERYTHING.iter().cloned().collect(),
            key_policy: trusted,
            ..Question::new(Caller::direct(caller, Region::default_region()), owner)
        };
        for action in &actions {
            alike.action = (*action).to_owned();
            questions.extend(contexts.iter().map(|context| Question { context: about(&alike.caller, context), ..alike.clone() }));
        }
    }
    questions
}

/// A context with what a caller brings.
fn about(caller: &Caller, context: &Context) -> Context {
    let mut context = context.clone();
    if let Some(account) = caller.account() {
        context.insert("kms:CallerAccount", Values::One(account.to_string()));
    }
    context
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
