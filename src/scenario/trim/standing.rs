//! Whose policy a statement stands in, and what keeps a key manageable.

use crate::cloud::{AccountId, Caller, Principal};
use crate::diag::Span;
use crate::iam::{AccessRequest, NoContext, Policy, PolicySet, ResourceRule, evaluate};
use crate::kms::{Key, KeyManager};
use crate::scenario::instance::Instance;
use std::collections::BTreeMap;
use std::sync::Arc;

/// Where the statements of a world stand, by their places in the text.
#[derive(Clone, Debug, Default)]
pub(super) struct Standings {
    /// The accounts of the keys in whose policies a statement stands.
    keys: BTreeMap<Span, Vec<AccountId>>,
    /// The ARNs of the users and roles that a statement is attached to.
    holders: BTreeMap<Span, Vec<String>>,
    /// The accounts that own a key.
    owners: Vec<AccountId>,
}

impl Standings {
    pub(super) fn of(instance: &Instance) -> Self {
        let mut standings = Standings::default();
        for key in instance.world.kms.keys() {
            places(&key.policy).for_each(|span| standings.keys.entry(span).or_default().push(key.account));
            standings.owners.push(key.account);
        }
        for account in instance.names.account_ids() {
            for (arn, policies) in identities(instance, account) {
                policies.iter().flat_map(|policy| places(policy)).for_each(|span| {
                    standings.holders.entry(span).or_default().push(arn.clone());
                });
            }
        }
        standings
    }

    /// The users and roles that the statement at a place is attached to.
    pub(super) fn holders(&self, span: Span) -> &[String] {
        self.holders.get(&span).map_or(&[], Vec::as_slice)
    }

    /// Whether an account is the owner of the key in whose policy the statement at a place stands. A statement that stands
    /// in no key policy of the world at its start may come into one by a call, into that of any key.
    pub(super) fn is_owner(&self, span: Span, account: AccountId) -> bool {
        match self.keys.get(&span) {
            Some(accounts) => accounts.contains(&account),
            None => self.owners.contains(&account),
        }
    }
}

fn places(policy: &Policy) -> impl Iterator<Item = Span> {
    policy.statements().iter().filter_map(|statement| statement.span)
}

/// The users and roles of an account: their ARNs, and their policies.
fn identities(instance: &Instance, account: AccountId) -> Vec<(String, &[Arc<Policy>])> {
    let Some(found) = instance.world.iam.account(account) else { return Vec::new() };
    let users = found.users.iter().map(|(name, user)| (Principal::user(account, name), user));
    let roles = found.roles.iter().map(|(name, role)| (Principal::plain_session(account, name), role));
    users.chain(roles).map(|(principal, identity)| (principal.identity_arn().to_string(), identity.policies.as_slice())).collect()
}

/// The ARNs of the customer managed keys whose policy still lets somebody of their account change it.
///
/// A policy that lets nobody in is tighter than any other, passes whatever looks at the use of the key alone, and is a
/// mistake that only AWS Support can undo: no check has to ask for what KMS itself asks for.
///
/// Source: "PutKeyPolicy", AWS KMS API Reference (the lockout safety check).
pub(super) fn manageable(instance: &Instance) -> Vec<Arc<str>> {
    let keys = instance.world.kms.keys().filter(|key| key.manager == KeyManager::Customer);
    keys.filter(|key| is_manageable(instance, key)).map(|key| Arc::clone(&key.arn)).collect()
}

fn is_manageable(instance: &Instance, key: &Key) -> bool {
    let account = instance.world.iam.account(key.account);
    let users = account.into_iter().flat_map(|account| account.users.keys()).map(|name| Principal::user(key.account, name));
    let roles = account.into_iter().flat_map(|account| account.roles.keys());
    let roles = roles.map(|name| Principal::plain_session(key.account, name));
    let callers = [Principal::root(key.account)].into_iter().chain(users).chain(roles);
    callers.map(|principal| Caller::direct(principal, instance.names.region())).any(|caller| {
        let request = AccessRequest {
            iam: &instance.world.iam,
            caller: &caller,
            action: "kms:PutKeyPolicy",
            resource: &key.arn,
            resource_account: key.account,
            now: instance.world.cloud.now(),
            context: &NoContext,
        };
        evaluate(request, PolicySet::new().with_resource(&key.policy, ResourceRule::KeyPolicy)).resource_policy_allows()
    })
}
