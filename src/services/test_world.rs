//! A small world for the unit tests of services: two accounts, roles with policies, keys with policies.

use super::{World, call};
use crate::cloud::{AccountId, ApiError, Caller, Principal, Region, parse_instant};
use crate::iam::{Identity, Policy, PolicyKind};
use crate::kms::{AliasRef, KeyId, NewKey, Operation, Request};
use crate::rulebook::Rulebook;
use serde_json::{Value, json};
use std::sync::Arc;

/// The account that owns what the tests make.
pub(super) const A: &str = "111111111111";
/// Another account.
pub(super) const B: &str = "222222222222";

pub(super) fn account(id: &str) -> AccountId {
    AccountId::parse(id).unwrap()
}

pub(super) fn region() -> Region {
    Region::default_region()
}

pub(super) fn empty(rulebook: Rulebook) -> World {
    let mut world = World::new(rulebook, parse_instant("2026-01-01").unwrap(), 7);
    world.iam.account_mut(account(A));
    world.iam.account_mut(account(B));
    world
}

/// Adds a role with these statements and returns its caller.
pub(super) fn role(world: &mut World, owner: &str, name: &str, statements: Value) -> Arc<Caller> {
    let policy = document(statements);
    let policy = Policy::from_json(&policy, PolicyKind::Identity, &format!("policy of role {name}")).unwrap();
    let identity = Identity { policies: vec![Arc::new(policy)], ..Identity::default() };
    world.iam.account_mut(account(owner)).roles.insert(name.into(), identity);
    Arc::new(Caller::direct(Principal::role_session(account(owner), name, "test"), region()))
}

pub(super) fn root(owner: &str) -> Arc<Caller> {
    Arc::new(Caller::direct(Principal::root(account(owner)), region()))
}

pub(super) fn allow(actions: Value) -> Value {
    json!({"Effect": "Allow", "Action": actions, "Resource": "*"})
}

/// The statement that lets identity policies of the account decide.
pub(super) fn delegation() -> Value {
    json!({"Sid": "Root", "Effect": "Allow", "Principal": {"AWS": format!("arn:aws:iam::{A}:root")}, "Action": "kms:*", "Resource": "*"})
}

fn document(statements: Value) -> String {
    json!({"Version": "2012-10-17", "Statement": statements}).to_string()
}

/// Adds a key of account A with this policy and alias `alias/NAME`, and returns its ARN.
pub(super) fn key(world: &mut World, name: &str, statements: Value) -> String {
    let policy = Policy::from_json(&document(statements), PolicyKind::Key, &format!("key policy of {name}")).unwrap();
    let new = NewKey::symmetric(KeyId::parse(&world.cloud.random.uuid(name)).unwrap(), account(A), region(), Arc::new(policy));
    let at = world.kms.add_key(&world.cloud.random, world.cloud.now(), new);
    let now = world.cloud.now();
    world.kms.set_alias(AliasRef { account: account(A), region: region(), name: format!("alias/{name}").into() }, at, now);
    world.kms.key(at).unwrap().arn.to_string()
}

/// Calls KMS with JSON members.
pub(super) fn kms(world: &mut World, caller: &Arc<Caller>, operation: Operation, members: Value) -> Result<Value, ApiError> {
    world.kms(caller, &Request::from_json(operation, &members).unwrap()).map(|response| response.to_json())
}

/// The error code of a call, or `ok`.
#[track_caller]
pub(super) fn code(world: &mut World, caller: &Arc<Caller>, operation: &str, members: Value) -> String {
    match call(world, caller, operation, members) {
        Ok(_) => "ok".to_owned(),
        Err(error) => {
            // Every denial and every unusable key must be explained.
            assert!(!error.code.contains("Denied") || error.reason.is_some(), "{error} has no reason");
            error.code.into_owned()
        }
    }
}

/// How many KMS events of this name there are since the trail had `since` events; refused ones count too.
pub(super) fn count(world: &World, since: usize, name: &str) -> usize {
    world.cloud.trail.events().iter().skip(since).filter(|event| event.source == "kms.amazonaws.com" && event.name == name).count()
}

pub(super) fn state(world: &World, path: &str) -> Value {
    world.state(path).unwrap_or_else(|| panic!("nothing stands at {path}")).value
}
