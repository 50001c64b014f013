//! DB instances.

use super::key::{self, DbEncryption};
use super::{account_of, arn, arn_of, authorise, combination, snapshot, watch};
use crate::cloud::{AccountId, ApiError, Caller, Instant, Reason, Region};
use crate::services::{State, World};
use serde::Deserialize;
use serde_json::{Value, json};
use std::sync::Arc;

/// A DB instance.
#[derive(Clone, Debug, PartialEq)]
pub struct DbInstance {
    /// Its identifier.
    pub id: Arc<str>,
    /// Its ARN.
    pub arn: Arc<str>,
    /// Its owner.
    pub account: AccountId,
    /// Its Region.
    pub region: Region,
    /// Its `DbiResourceId`, which the encryption context names.
    pub resource_id: Arc<str>,
    /// `mysql`.
    pub engine: Arc<str>,
    /// Its status.
    pub status: DbStatus,
    /// Its Availability Zone and, of a Multi-AZ instance, its standby's.
    pub zones: Zones,
    /// How it is encrypted, if it is. Neither this nor the key changes in an instance's life.
    pub encryption: Option<DbEncryption>,
    /// The ARN of the instance that it replicates.
    pub replica_of: Option<Arc<str>>,
    /// For how many days automated backups are kept; 0 turns them off.
    pub backup_retention_days: u32,
    /// While the key is lost: when RDS noticed, and after that, when it stopped the instance.
    pub(super) key_lost_since: Option<Instant>,
    /// What went wrong.
    pub cause: Option<Arc<Reason>>,
}

/// Where an instance runs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Zones {
    /// `us-east-1a`.
    pub primary: String,
    /// The standby's, in the same Region always.
    pub standby: Option<String>,
}

impl Zones {
    /// Zones in a Region, the primary one named or `a`.
    pub(super) fn of(region: Region, named: Option<&str>, multi_az: bool) -> Self {
        let primary = named.map_or_else(|| format!("{region}a"), str::to_owned);
        let other = if primary.ends_with('b') { 'a' } else { 'b' };
        Zones { primary, standby: multi_az.then(|| format!("{region}{other}")) }
    }

    /// How many volumes this takes.
    pub(super) fn count(&self) -> usize {
        if self.standby.is_some() { 2 } else { 1 }
    }
}

/// The statuses of an instance. Source: "Viewing Amazon RDS DB instance status", Amazon RDS User Guide.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DbStatus {
    /// Running.
    Available,
    /// Stopped by its owner.
    Stopped,
    /// Stopped because the key is lost: `EnableKey`, then `StartDBInstance`.
    InaccessibleRecoverable,
    /// Lost with its key: only a backup helps.
    Inaccessible,
}

impl DbStatus {
    /// AWS's name.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            DbStatus::Available => "available",
            DbStatus::Stopped => "stopped",
            DbStatus::InaccessibleRecoverable => "inaccessible-encryption-credentials-recoverable",
            DbStatus::Inaccessible => "inaccessible-encryption-credentials",
        }
    }
}

impl DbInstance {
    /// The field of a state path.
    pub(super) fn state(&self, field: Option<&str>) -> Option<State> {
        let value = match field {
            None | Some("status") => Value::from(self.status.name()),
            Some("encrypted") => Value::from(self.encryption.is_some()),
            Some("kms_key") => Value::from(self.encryption.as_ref().map(|encryption| encryption.key.to_string())),
            Some("multi_az") => Value::from(self.zones.standby.is_some()),
            Some("az") => Value::from(self.zones.primary.as_str()),
            Some("region") => Value::from(self.region.code()),
            Some("replica_of") => Value::from(self.replica_of.as_deref()),
            Some(_) => return None,
        };
        Some(State::of(value).because(self.cause.clone()))
    }

    /// The instance as AWS shows it.
    pub(super) fn to_json(&self) -> Value {
        json!({
            "DBInstanceIdentifier": &*self.id, "DBInstanceArn": &*self.arn, "DbiResourceId": &*self.resource_id,
            "Engine": &*self.engine, "DBInstanceStatus": self.status.name(), "MultiAZ": self.zones.standby.is_some(),
            "AvailabilityZone": self.zones.primary, "SecondaryAvailabilityZone": self.zones.standby,
            "StorageEncrypted": self.encryption.is_some(), "KmsKeyId": self.encryption.as_ref().map(|encryption| &*encryption.key),
            "ReadReplicaSourceDBInstanceIdentifier": self.replica_of.as_deref(),
            "BackupRetentionPeriod": self.backup_retention_days,
        })
    }
}

/// A response with an instance.
pub(super) fn answer(world: &World, arn: &str) -> Value {
    let shown = world.rds.instances.get(arn).map(DbInstance::to_json).unwrap_or_default();
    json!({ "DBInstance": shown })
}

/// What a new instance is made of.
pub(super) struct Plan<'p> {
    pub(super) id: &'p str,
    pub(super) engine: Arc<str>,
    pub(super) zone: Option<&'p str>,
    pub(super) multi_az: bool,
    pub(super) key: Option<Arc<str>>,
    pub(super) replica_of: Option<Arc<str>>,
    pub(super) backup_retention_days: u32,
}

/// Makes an instance in the caller's account and Region, through the caller's access to the key.
///
/// # Errors
/// `DBInstanceAlreadyExists`, `KMSKeyNotAccessibleFault`.
pub(super) fn make(world: &mut World, caller: &Caller, plan: Plan<'_>) -> Result<Value, ApiError> {
    let account = account_of(caller)?;
    let arn = arn(account, caller.region, "db", plan.id);
    if world.rds.instances.contains_key(&arn) {
        return Err(ApiError::new("DBInstanceAlreadyExists", "DB instance already exists"));
    }
    let resource_id = world.rds.resource_id(&world.cloud.random);
    let zones = Zones::of(caller.region, plan.zone, plan.multi_az);
    let encryption = plan.key.map(|key| key::encrypt(world, caller, &key, &resource_id, zones.count())).transpose()?;
    let instance = DbInstance {
        id: plan.id.into(),
        arn: Arc::clone(&arn),
        account,
        region: caller.region,
        resource_id,
        engine: plan.engine,
        status: DbStatus::Available,
        zones,
        encryption,
        replica_of: plan.replica_of,
        backup_retention_days: plan.backup_retention_days,
        key_lost_since: None,
        cause: None,
    };
    world.rds.instances.insert(Arc::clone(&arn), instance);
    Ok(answer(world, &arn))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct CreateDbInstance {
    #[serde(rename = "DBInstanceIdentifier")]
    id: String,
    #[serde(rename = "Engine")]
    engine: String,
    #[serde(rename = "DBInstanceClass")]
    class: String,
    #[serde(rename = "MultiAZ", default)]
    multi_az: bool,
    #[serde(rename = "AvailabilityZone")]
    zone: Option<String>,
    #[serde(rename = "StorageEncrypted", default)]
    encrypted: bool,
    #[serde(rename = "KmsKeyId")]
    key: Option<String>,
    #[serde(rename = "BackupRetentionPeriod")]
    backup_retention_days: Option<u32>,
    #[serde(rename = "AllocatedStorage")]
    #[expect(dead_code, reason = "AWS takes it, and it makes no difference to keys")]
    storage: Option<u32>,
    #[serde(rename = "MasterUsername")]
    #[expect(dead_code, reason = "AWS takes it, and it makes no difference to keys")]
    user: Option<String>,
    #[serde(rename = "MasterUserPassword")]
    #[expect(dead_code, reason = "AWS takes it, and it makes no difference to keys")]
    password: Option<String>,
}

/// Source: "CreateDBInstance" (Amazon RDS API Reference) and "Limitations of Amazon RDS encrypted DB instances" (Amazon RDS User Guide).
pub(super) fn create(world: &mut World, caller: &Caller, request: CreateDbInstance) -> Result<Value, ApiError> {
    let account = account_of(caller)?;
    authorise(world, caller, "CreateDBInstance", &arn(account, caller.region, "db", &request.id))?;
    if request.key.is_some() && !request.encrypted {
        return Err(combination("KmsKeyId can only be specified if StorageEncrypted is true."));
    }
    let old = ["db.m1.", "db.m2.", "db.t2.micro"].iter().any(|class| request.class.starts_with(class));
    if request.encrypted && old {
        return Err(combination(&format!("DB Instance class {} does not support encryption at rest", request.class)));
    }
    if request.multi_az && request.zone.is_some() {
        return Err(combination("Requesting a specific availability zone is not valid for Multi-AZ instances."));
    }
    let key = request.encrypted.then(|| key::choose(world, request.key.as_deref(), account, caller.region));
    let plan = Plan {
        id: &request.id,
        engine: request.engine.into(),
        zone: request.zone.as_deref(),
        multi_az: request.multi_az,
        key,
        replica_of: None,
        backup_retention_days: request.backup_retention_days.unwrap_or(1),
    };
    make(world, caller, plan)
}

/// An instance that a call names, if it exists and the caller may do this to it.
pub(super) fn named(world: &World, caller: &Caller, action: &str, named: &str) -> Result<DbInstance, ApiError> {
    let arn = arn_of(caller, "db", named)?;
    authorise(world, caller, action, &arn)?;
    let account = account_of(caller)?;
    let own = |instance: &&DbInstance| instance.account == account && instance.region == caller.region;
    world.rds.instances.get(&arn).filter(own).cloned().ok_or_else(|| not_found(named))
}

pub(super) fn not_found(named: &str) -> ApiError {
    ApiError::new("DBInstanceNotFound", format!("DBInstance {named} not found.")).status(404)
}

pub(super) fn available(instance: &DbInstance) -> Result<(), ApiError> {
    match instance.status {
        DbStatus::Available => Ok(()),
        DbStatus::Stopped | DbStatus::InaccessibleRecoverable | DbStatus::Inaccessible => {
            Err(invalid_state(&format!("Instance {} is not in available state.", instance.id)))
        }
    }
}

pub(super) fn invalid_state(message: &str) -> ApiError {
    ApiError::new("InvalidDBInstanceState", message)
}

/// The members do not include encryption or key: there is no call that changes either.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ModifyDbInstance {
    #[serde(rename = "DBInstanceIdentifier")]
    id: String,
    #[serde(rename = "MultiAZ")]
    multi_az: Option<bool>,
    #[serde(rename = "BackupRetentionPeriod")]
    backup_retention_days: Option<u32>,
    #[serde(rename = "DBInstanceClass")]
    #[expect(dead_code, reason = "AWS takes it, and it makes no difference to keys")]
    class: Option<String>,
    #[serde(rename = "AllocatedStorage")]
    #[expect(dead_code, reason = "AWS takes it, and it makes no difference to keys")]
    storage: Option<u32>,
    #[serde(rename = "ApplyImmediately")]
    #[expect(dead_code, reason = "the model applies every modification at once")]
    at_once: Option<bool>,
}

pub(super) fn modify(world: &mut World, caller: &Caller, request: ModifyDbInstance) -> Result<Value, ApiError> {
    let mut instance = named(world, caller, "ModifyDBInstance", &request.id)?;
    available(&instance)?;
    if let Some(days) = request.backup_retention_days {
        instance.backup_retention_days = days;
    }
    match request.multi_az {
        Some(false) => {
            instance.zones.standby = None;
            if let Some(encryption) = &mut instance.encryption {
                encryption.volumes.truncate(1);
            }
        }
        Some(true) if instance.zones.standby.is_none() => {
            instance.zones = Zones::of(instance.region, Some(&instance.zones.primary), true);
            // The standby's volume comes under the same key, by the grant that RDS has; the caller is not asked again.
            if let Some(DbEncryption { key, grant: Some(grant), volumes }) = &mut instance.encryption {
                volumes.push(key::new_volume(world, grant, key, &instance.resource_id)?);
            }
        }
        Some(true) | None => {}
    }
    let arn = Arc::clone(&instance.arn);
    world.rds.instances.insert(Arc::clone(&arn), instance);
    Ok(answer(world, &arn))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RebootDbInstance {
    #[serde(rename = "DBInstanceIdentifier")]
    id: String,
    #[serde(rename = "ForceFailover", default)]
    failover: bool,
}

/// A failover changes the zone and nothing else: the standby's volume is under the same key and attached already.
pub(super) fn reboot(world: &mut World, caller: &Caller, request: RebootDbInstance) -> Result<Value, ApiError> {
    let mut instance = named(world, caller, "RebootDBInstance", &request.id)?;
    available(&instance)?;
    if request.failover {
        let Some(standby) = instance.zones.standby.take() else {
            return Err(combination("You can't specify ForceFailover for an instance that is not configured for Multi-AZ.")
                .because("the instance has no standby: MultiAZ makes one, and a read replica is none"));
        };
        instance.zones.standby = Some(std::mem::replace(&mut instance.zones.primary, standby));
    }
    let arn = Arc::clone(&instance.arn);
    world.rds.instances.insert(Arc::clone(&arn), instance);
    Ok(answer(world, &arn))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct OneInstance {
    #[serde(rename = "DBInstanceIdentifier")]
    id: String,
}

/// Starts a stopped instance, or one whose key was lost and works again.
pub(super) fn start(world: &mut World, caller: &Caller, request: OneInstance) -> Result<Value, ApiError> {
    let mut instance = named(world, caller, "StartDBInstance", &request.id)?;
    if !matches!(instance.status, DbStatus::Stopped | DbStatus::InaccessibleRecoverable) {
        return Err(invalid_state(&format!("Instance {} is not stopped and cannot be started.", instance.id)));
    }
    if let Some(encryption) = &mut instance.encryption {
        let at = world.find_key(&encryption.key, instance.account, instance.region);
        let on_key = |grant: &&key::DbGrant| at.and_then(|at| world.kms.key(at)).is_some_and(|key| key.grants.get(&grant.id).is_some());
        let kept = encryption.grant.as_ref().filter(on_key).cloned();
        let grant = match &kept {
            Some(grant) => grant.clone(),
            None => key::admit(world, caller, instance.region, &encryption.key, &instance.resource_id)?,
        };
        let mut volumes = encryption.volumes.iter();
        let opened = volumes.try_for_each(|volume| key::open(world, &grant, &encryption.key, &volume.data_key, &volume.context));
        if let Err(error) = opened {
            if kept.is_none() {
                key::retire(world, &grant);
            }
            return Err(error);
        }
        encryption.grant = Some(grant);
    }
    (instance.status, instance.key_lost_since, instance.cause) = (DbStatus::Available, None, None);
    let arn = Arc::clone(&instance.arn);
    world.rds.instances.insert(Arc::clone(&arn), instance);
    Ok(answer(world, &arn))
}

pub(super) fn stop(world: &mut World, caller: &Caller, request: OneInstance) -> Result<Value, ApiError> {
    let mut instance = named(world, caller, "StopDBInstance", &request.id)?;
    available(&instance)?;
    if instance.replica_of.is_some() || watch::has_replicas(&world.rds, &instance.arn) {
        return Err(invalid_state("Cannot stop an instance that is a read replica or has read replicas."));
    }
    instance.status = DbStatus::Stopped;
    let arn = Arc::clone(&instance.arn);
    world.rds.instances.insert(Arc::clone(&arn), instance);
    Ok(answer(world, &arn))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct DeleteDbInstance {
    #[serde(rename = "DBInstanceIdentifier")]
    id: String,
    #[serde(rename = "SkipFinalSnapshot", default)]
    skip: bool,
    #[serde(rename = "FinalDBSnapshotIdentifier")]
    last: Option<String>,
}

/// The grant lives as long as the instance.
pub(super) fn delete(world: &mut World, caller: &Caller, request: DeleteDbInstance) -> Result<Value, ApiError> {
    let instance = named(world, caller, "DeleteDBInstance", &request.id)?;
    match (&request.last, request.skip) {
        (Some(last), false) => {
            available(&instance)?;
            snapshot::take(world, &instance, last)?;
        }
        (None, true) => {}
        (None, false) => return Err(combination("FinalDBSnapshotIdentifier is required unless SkipFinalSnapshot is specified.")),
        (Some(_), true) => return Err(combination("FinalDBSnapshotIdentifier can not be specified when deleting with SkipFinalSnapshot.")),
    }
    if let Some(grant) = instance.encryption.as_ref().and_then(|encryption| encryption.grant.as_ref()) {
        key::retire(world, grant);
    }
    let answer = answer(world, &instance.arn);
    world.rds.instances.remove(&instance.arn);
    Ok(answer)
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct DescribeDbInstances {
    #[serde(rename = "DBInstanceIdentifier")]
    id: Option<String>,
}

pub(super) fn describe(world: &mut World, caller: &Caller, request: DescribeDbInstances) -> Result<Value, ApiError> {
    let account = account_of(caller)?;
    if let Some(id) = &request.id {
        let found = named(world, caller, "DescribeDBInstances", id)?;
        return Ok(json!({ "DBInstances": [found.to_json()] }));
    }
    authorise(world, caller, "DescribeDBInstances", &arn(account, caller.region, "db", "*"))?;
    let own = |instance: &&DbInstance| instance.account == account && instance.region == caller.region;
    let shown: Vec<Value> = world.rds.instances.values().filter(own).map(DbInstance::to_json).collect();
    Ok(json!({ "DBInstances": shown }))
}
