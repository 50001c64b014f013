//! Amazon RDS: DB instances, their standbys, replicas and snapshots.
//!
//! RDS asks KMS twice. Through the caller's forwarded session (`kms:ViaService` is `rds.REGION.amazonaws.com`) it describes
//! the key and makes a grant; this is the only time that the caller's permissions count. Then it works as the grantee, for as
//! long as the instance lives. There is no data plane here: a connection, a read and a write make no KMS call, so that the
//! status `available` is all the evidence there is of a usable database.
//!
//! ```text
//! Create, Restore, CreateReplica -> DescribeKey, CreateGrant by the caller -> GenerateDataKeyWithoutPlaintext, Decrypt by RDS
//! key disabled or grant revoked  -> watch.rs -> inaccessible-encryption-credentials-recoverable -> … after seven days, for good
//! ```

mod beforehand;
mod instance;
mod key;
mod replica;
mod snapshot;
mod watch;

pub use beforehand::{NewDbInstance, add_instance};
pub use instance::{DbInstance, DbStatus};
pub use key::{DbEncryption, DbGrant, DbVolume};
pub use snapshot::{DbSnapshot, SnapshotEncryption};

pub(super) use watch::notice as notice_lost_keys;

use super::event::record_management_event;
use super::{State, World};
use crate::cloud::{AccountId, ApiError, Caller, Instant, Random, Region};
use crate::iam::NoContext;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::sync::Arc;

/// Everything of RDS, by ARN.
#[derive(Clone, Debug, Default)]
pub struct Rds {
    instances: BTreeMap<Arc<str>, DbInstance>,
    snapshots: BTreeMap<Arc<str>, DbSnapshot>,
    /// How many resources have been made: the next one's id depends on it.
    made: u64,
}

/// What RDS does by itself.
#[derive(Clone, Debug)]
pub enum Task {
    /// Stop an instance whose key is lost.
    StopForKey {
        /// The ARN of the instance.
        instance: Arc<str>,
        /// When the loss was noticed: a later loss has its own task.
        since: Instant,
    },
    /// End the time in which an instance can be recovered.
    GiveUp {
        /// The ARN of the instance.
        instance: Arc<str>,
        /// When it was stopped.
        since: Instant,
    },
}

impl Rds {
    /// What stands at a path: `rds.instances.NAME` and `rds.snapshots.NAME`, by identifier or by ARN. An identifier that
    /// occurs in several accounts or Regions means the first of them; the ARN is exact.
    #[must_use]
    pub fn state(&self, collection: &str, name: &str, field: Option<&str>) -> Option<State> {
        match collection {
            "instances" => self.instance(name)?.state(field),
            "snapshots" => self.snapshot(name)?.state(field),
            _ => None,
        }
    }

    /// The instance with this ARN or identifier.
    #[must_use]
    pub fn instance(&self, name: &str) -> Option<&DbInstance> {
        self.instances.get(name).or_else(|| self.instances.values().find(|instance| *instance.id == *name))
    }

    /// The snapshot with this ARN or identifier.
    #[must_use]
    pub fn snapshot(&self, name: &str) -> Option<&DbSnapshot> {
        self.snapshots.get(name).or_else(|| self.snapshots.values().find(|snapshot| *snapshot.id == *name))
    }

    /// A number that no other resource has, from which ids are derived.
    fn next_number(&mut self) -> u64 {
        self.made += 1;
        self.made
    }

    /// A `DbiResourceId`, which `aws:rds:db-id` holds.
    fn resource_id(&mut self, random: &Random) -> Arc<str> {
        let number = self.next_number();
        format!("db-{}", random.hex(&format!("rds resource {number}"), 26).to_uppercase()).into()
    }
}

/// Carries out an operation and records it in the trail.
///
/// # Errors
/// RDS's error; `KMSKeyNotAccessibleFault` for everything that KMS refuses.
pub fn call(world: &mut World, caller: &Arc<Caller>, name: &str, mut members: Value) -> Result<Value, ApiError> {
    let outcome = carry_out(world, caller, name, members.clone());
    if let Some(password) = members.get_mut("MasterUserPassword") {
        *password = json!("****");
    }
    record_management_event(world, caller, "rds.amazonaws.com", &format!("rds:{name}"), &members, outcome.as_ref().err());
    outcome
}

fn carry_out(world: &mut World, caller: &Arc<Caller>, name: &str, members: Value) -> Result<Value, ApiError> {
    match name {
        "CreateDBInstance" => instance::create(world, caller, read(members)?),
        "ModifyDBInstance" => instance::modify(world, caller, read(members)?),
        "RebootDBInstance" => instance::reboot(world, caller, read(members)?),
        "StartDBInstance" => instance::start(world, caller, read(members)?),
        "StopDBInstance" => instance::stop(world, caller, read(members)?),
        "DeleteDBInstance" => instance::delete(world, caller, read(members)?),
        "DescribeDBInstances" => instance::describe(world, caller, read(members)?),
        "CreateDBInstanceReadReplica" => replica::create(world, caller, read(members)?),
        "PromoteReadReplica" => replica::promote(world, caller, read(members)?),
        "CreateDBSnapshot" => snapshot::create(world, caller, read(members)?),
        "CopyDBSnapshot" => snapshot::copy(world, caller, read(members)?),
        "RestoreDBInstanceFromDBSnapshot" => snapshot::restore(world, caller, read(members)?),
        "ModifyDBSnapshotAttribute" => snapshot::modify_attribute(world, caller, read(members)?),
        "DescribeDBSnapshots" => snapshot::describe(world, caller, read(members)?),
        _ => Err(ApiError::new("InvalidAction", format!("Could not find operation {name} for version 2014-10-31"))),
    }
}

/// Does what was left for later.
pub fn run(world: &mut World, task: Task) {
    match task {
        Task::StopForKey { instance, since } => watch::stop(world, &instance, since),
        Task::GiveUp { instance, since } => watch::give_up(world, &instance, since),
    }
}

/// Reads the members of a request. A member that the operation does not have, like `StorageEncrypted` of
/// `ModifyDBInstance`, is refused.
fn read<T: DeserializeOwned>(members: Value) -> Result<T, ApiError> {
    let members = if members.is_null() { json!({}) } else { members };
    serde_json::from_value(members).map_err(|error| ApiError::new("ValidationError", error.to_string()))
}

fn account_of(caller: &Caller) -> Result<AccountId, ApiError> {
    caller.account().ok_or_else(|| ApiError::new("AccessDenied", "A service has no databases.").status(403))
}

fn arn(account: AccountId, region: Region, kind: &str, id: &str) -> Arc<str> {
    format!("arn:{}:rds:{region}:{account}:{kind}:{id}", region.partition()).into()
}

/// The ARN that an identifier means: itself, or a name in the caller's account and Region.
fn arn_of(caller: &Caller, kind: &str, named: &str) -> Result<Arc<str>, ApiError> {
    if named.starts_with("arn:") { Ok(named.into()) } else { Ok(arn(account_of(caller)?, caller.region, kind, named)) }
}

/// Asks IAM for an `rds:` permission on a resource.
fn authorise(world: &World, caller: &Caller, action: &str, resource: &str) -> Result<(), ApiError> {
    world.authorise(caller, &format!("rds:{action}"), resource, account_of(caller)?, None, &NoContext, "AccessDenied", 403)
}

fn combination(message: &str) -> ApiError {
    ApiError::new("InvalidParameterCombination", message)
}

#[cfg(test)]
mod tests;
