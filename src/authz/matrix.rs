//! Who may do what with a key: principals against actions.

use crate::cloud::{Caller, Principal, Region, Via};
use crate::iam::Decision;
use crate::kms::{EncryptionContext, Key, OPERATIONS, OperationRow, PermissionTarget, permission};
use crate::services::World;
use std::collections::BTreeSet;

/// The permissions of principals on a key.
#[derive(Clone, Debug)]
pub struct Matrix {
    /// The principals.
    pub principals: Vec<Principal>,
    /// A row for each action.
    pub rows: Vec<(&'static str, Vec<Cell>)>,
}

/// What one principal may.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cell {
    /// Policies allow it.
    Allowed,
    /// A grant allows it.
    Granted,
    /// Nothing allows it.
    Missing,
    /// A statement denies it.
    Denied,
}

/// The permissions on a key of everybody in a world: the root user of each account, its users, a session of each of its
/// roles, the sessions that bring something of their own, and the services that the key policy names.
///
/// `via` is the service that forwards the requests, if one does. Parameters of requests other than the encryption
/// context are taken to be absent.
#[must_use]
pub fn matrix(world: &mut World, key: &Key, region: Region, via: Option<&'static str>, context: &EncryptionContext) -> Matrix {
    let principals = everybody(world, key);
    // An operation without usages fits every key.
    let fits = |row: &&OperationRow| row.key_usages.is_empty() || row.key_usages.contains(&key.usage);
    let actions: BTreeSet<&'static str> = OPERATIONS
        .iter()
        .filter(fits)
        .flat_map(|row| row.permissions)
        .filter(|permission| permission.on == PermissionTarget::Key)
        .map(|permission| permission.action)
        .collect();
    let door = world.door();
    let callers: Vec<Caller> = principals
        .iter()
        .map(|principal| {
            let via = via.filter(|_| !principal.is_service()).map(|service| Via { service, region });
            Caller { via, ..Caller::direct(principal.clone(), region) }
        })
        .collect();
    let cell = |caller: &Caller, action: &str| match permission(&door, caller, action, key, context) {
        (Decision::Allow, None) => Cell::Allowed,
        (Decision::Allow, Some(_)) => Cell::Granted,
        (Decision::ImplicitDeny, _) => Cell::Missing,
        (Decision::ExplicitDeny, _) => Cell::Denied,
    };
    let rows = actions.into_iter().map(|action| (action, callers.iter().map(|caller| cell(caller, action)).collect())).collect();
    Matrix { principals, rows }
}

fn everybody(world: &World, key: &Key) -> Vec<Principal> {
    let mut principals = Vec::new();
    for (id, account) in world.iam.accounts() {
        principals.push(Principal::root(id));
        principals.extend(account.users.keys().map(|name| Principal::user(id, name)));
        principals.extend(account.roles.keys().map(|name| Principal::plain_session(id, name)));
    }
    principals.extend(world.iam.sessions().filter_map(|arn| Principal::parse(arn)));
    let services: BTreeSet<&str> = key.policy.services().collect();
    principals.extend(services.into_iter().map(Principal::service));
    principals
}
