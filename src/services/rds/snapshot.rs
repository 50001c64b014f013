//! DB snapshots: taking, copying, sharing and restoring them.

use super::instance::{self, DbInstance, Plan};
use super::key::{self, DbVolume};
use super::{account_of, arn, arn_of, authorise, combination};
use crate::cloud::{AccountId, ApiError, Caller, Region};
use crate::services::{State, World};
use serde::Deserialize;
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::sync::Arc;

/// A manual snapshot.
#[derive(Clone, Debug, PartialEq)]
pub struct DbSnapshot {
    /// Its identifier.
    pub id: Arc<str>,
    /// Its ARN.
    pub arn: Arc<str>,
    /// Its owner.
    pub account: AccountId,
    /// Its Region.
    pub region: Region,
    /// The instance that it was taken of.
    pub instance: Arc<str>,
    /// `mysql`.
    pub engine: Arc<str>,
    /// How it is encrypted, if it is.
    pub encryption: Option<SnapshotEncryption>,
    /// The accounts that may copy or restore it.
    pub shared_with: BTreeSet<AccountId>,
    /// Whether everybody may.
    pub public: bool,
}

/// How a snapshot is encrypted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SnapshotEncryption {
    /// The ARN of the key.
    pub key: Arc<str>,
    /// The value of `aws:rds:db-id` under which its data key was made.
    pub resource_id: Arc<str>,
    /// Its data key.
    pub data: DbVolume,
}

/// The most accounts that a snapshot may be shared with. Source: "Sharing a DB snapshot", Amazon RDS User Guide.
const SHARES: usize = 20;

impl DbSnapshot {
    /// The field of a state path.
    pub(super) fn state(&self, field: Option<&str>) -> Option<State> {
        let value = match field {
            None | Some("status") => Value::from("available"),
            Some("encrypted") => Value::from(self.encryption.is_some()),
            Some("kms_key") => Value::from(self.encryption.as_ref().map(|encryption| encryption.key.to_string())),
            Some("region") => Value::from(self.region.code()),
            Some("public") => Value::from(self.public),
            Some(_) => return None,
        };
        Some(State::of(value))
    }

    fn to_json(&self) -> Value {
        json!({
            "DBSnapshotIdentifier": &*self.id, "DBSnapshotArn": &*self.arn, "DBInstanceIdentifier": &*self.instance,
            "Engine": &*self.engine, "Status": "available", "SnapshotType": "manual", "Encrypted": self.encryption.is_some(),
            "KmsKeyId": self.encryption.as_ref().map(|encryption| &*encryption.key),
        })
    }

    fn may_use(&self, account: AccountId) -> bool {
        self.account == account || self.public || self.shared_with.contains(&account)
    }
}

/// A response with a snapshot.
fn answer(snapshot: &DbSnapshot) -> Value {
    json!({ "DBSnapshot": snapshot.to_json() })
}

fn not_found(named: &str) -> ApiError {
    ApiError::new("DBSnapshotNotFound", format!("DBSnapshot {named} not found.")).status(404)
}

fn add(world: &mut World, snapshot: DbSnapshot) -> Result<Value, ApiError> {
    if world.rds.snapshots.contains_key(&snapshot.arn) {
        return Err(ApiError::new("DBSnapshotAlreadyExists", "DB Snapshot already exists"));
    }
    let shown = answer(&snapshot);
    world.rds.snapshots.insert(Arc::clone(&snapshot.arn), snapshot);
    Ok(shown)
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct CreateDbSnapshot {
    #[serde(rename = "DBSnapshotIdentifier")]
    id: String,
    #[serde(rename = "DBInstanceIdentifier")]
    instance: String,
}

pub(super) fn create(world: &mut World, caller: &Caller, request: CreateDbSnapshot) -> Result<Value, ApiError> {
    let found = instance::named(world, caller, "CreateDBSnapshot", &request.instance)?;
    instance::available(&found)?;
    take(world, &found, &request.id)
}

/// A snapshot is encrypted as its instance is, under the same key. No KMS call is made.
pub(super) fn take(world: &mut World, instance: &DbInstance, id: &str) -> Result<Value, ApiError> {
    let encryption = instance.encryption.as_ref().and_then(|encryption| {
        let data = encryption.volumes.first()?.clone();
        Some(SnapshotEncryption { key: Arc::clone(&encryption.key), resource_id: Arc::clone(&instance.resource_id), data })
    });
    let snapshot = DbSnapshot {
        id: id.into(),
        arn: arn(instance.account, instance.region, "snapshot", id),
        account: instance.account,
        region: instance.region,
        instance: Arc::clone(&instance.id),
        engine: Arc::clone(&instance.engine),
        encryption,
        shared_with: BTreeSet::new(),
        public: false,
    };
    add(world, snapshot)
}

/// A snapshot that the caller may use: its own, or one that is shared with it and named by its ARN.
fn usable(world: &World, caller: &Caller, named: &str) -> Result<DbSnapshot, ApiError> {
    let account = account_of(caller)?;
    let found = world.rds.snapshots.get(&arn_of(caller, "snapshot", named)?);
    found.filter(|found| found.may_use(account)).cloned().ok_or_else(|| not_found(named))
}

/// Opens a snapshot's data key: the caller's access to its key is looked at, RDS decrypts under a grant and gives it back.
fn open(world: &mut World, caller: &Caller, region: Region, encryption: &SnapshotEncryption) -> Result<(), ApiError> {
    let grant = key::admit(world, caller, region, &encryption.key, &encryption.resource_id)?;
    let opened = key::open(world, &grant, &encryption.key, &encryption.data.data_key, &encryption.data.context);
    key::retire(world, &grant);
    opened
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct CopyDbSnapshot {
    #[serde(rename = "SourceDBSnapshotIdentifier")]
    source: String,
    #[serde(rename = "TargetDBSnapshotIdentifier")]
    target: String,
    #[serde(rename = "KmsKeyId")]
    key: Option<String>,
    #[serde(rename = "SourceRegion")]
    #[expect(dead_code, reason = "the source's ARN says it already")]
    region: Option<String>,
}

/// Called in the copy's Region. Naming a key encrypts a plain snapshot; nothing makes an encrypted one plain.
///
/// Source: "CopyDBSnapshot" (Amazon RDS API Reference) and "Copying a DB snapshot" (Amazon RDS User Guide).
pub(super) fn copy(world: &mut World, caller: &Caller, request: CopyDbSnapshot) -> Result<Value, ApiError> {
    let account = account_of(caller)?;
    let target = arn(account, caller.region, "snapshot", &request.target);
    authorise(world, caller, "CopyDBSnapshot", &target)?;
    if world.rds.snapshots.contains_key(&target) {
        return Err(ApiError::new("DBSnapshotAlreadyExists", "DB Snapshot already exists"));
    }
    let source = usable(world, caller, &request.source)?;
    let (remote, shared) = (source.region != caller.region, source.account != account);
    if source.encryption.is_some() && shared && remote {
        return Err(combination("You cannot copy an encrypted snapshot that is shared from another account to another Region.")
            .because("copy it in its own Region first, under a key of this account, and take that copy to the other Region"));
    }
    let key = match (&source.encryption, request.key.as_deref()) {
        (None, None) => None,
        (_, Some(named)) => Some(key::choose(world, Some(named), account, caller.region)),
        (Some(_), None) if shared || remote => {
            let place = if remote { "the destination Region" } else { "this account" };
            return Err(combination("KmsKeyId must be specified for this copy of an encrypted snapshot.")
                .because(format!("the source's key serves only its own side: KmsKeyId must name a key of {place}")));
        }
        (Some(encryption), None) => Some(Arc::clone(&encryption.key)),
    };
    if let Some(encryption) = &source.encryption {
        open(world, caller, source.region, encryption)?;
    }
    let encryption = match key {
        Some(key) => {
            let resource_id = world.rds.resource_id(&world.cloud.random);
            let grant = key::admit(world, caller, caller.region, &key, &resource_id)?;
            let data = key::new_volume(world, &grant, &key, &resource_id);
            key::retire(world, &grant);
            Some(SnapshotEncryption { data: data?, key, resource_id })
        }
        None => None,
    };
    let copied = DbSnapshot {
        id: request.target.as_str().into(),
        arn: target,
        account,
        region: caller.region,
        encryption,
        shared_with: BTreeSet::new(),
        public: false,
        ..source
    };
    add(world, copied)
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RestoreDbInstance {
    #[serde(rename = "DBInstanceIdentifier")]
    id: String,
    #[serde(rename = "DBSnapshotIdentifier")]
    snapshot: String,
    #[serde(rename = "MultiAZ", default)]
    multi_az: bool,
    #[serde(rename = "AvailabilityZone")]
    zone: Option<String>,
    #[serde(rename = "DBInstanceClass")]
    #[expect(dead_code, reason = "AWS takes it, and it makes no difference to keys")]
    class: Option<String>,
}

/// The restored instance has the snapshot's encryption and its key: there is no member for either.
///
/// Source: "RestoreDBInstanceFromDBSnapshot" (Amazon RDS API Reference) and "Sharing a DB snapshot" (Amazon RDS User Guide).
pub(super) fn restore(world: &mut World, caller: &Caller, request: RestoreDbInstance) -> Result<Value, ApiError> {
    let account = account_of(caller)?;
    let restored = arn(account, caller.region, "db", &request.id);
    authorise(world, caller, "RestoreDBInstanceFromDBSnapshot", &restored)?;
    if world.rds.instances.contains_key(&restored) {
        return Err(ApiError::new("DBInstanceAlreadyExists", "DB instance already exists"));
    }
    let source = usable(world, caller, &request.snapshot)?;
    if source.region != caller.region {
        return Err(not_found(&request.snapshot));
    }
    if let Some(encryption) = &source.encryption {
        if source.account != account {
            return Err(ApiError::new("InvalidDBSnapshotState", "A shared encrypted snapshot cannot be restored.")
                .because("a snapshot that is both shared and encrypted is copied first, under a key of this account"));
        }
        open(world, caller, source.region, encryption)?;
    }
    let plan = Plan {
        id: &request.id,
        engine: source.engine,
        zone: request.zone.as_deref(),
        multi_az: request.multi_az,
        key: source.encryption.map(|encryption| encryption.key),
        replica_of: None,
        backup_retention_days: 1,
    };
    instance::make(world, caller, plan)
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub(super) struct ModifyDbSnapshotAttribute {
    #[serde(rename = "DBSnapshotIdentifier")]
    id: String,
    attribute_name: String,
    #[serde(default)]
    values_to_add: Vec<String>,
    #[serde(default)]
    values_to_remove: Vec<String>,
}

/// Shares a snapshot. The key is shared by its policy, which is another step.
///
/// Source: "ModifyDBSnapshotAttribute" (Amazon RDS API Reference) and "Sharing a DB snapshot" (Amazon RDS User Guide).
pub(super) fn modify_attribute(world: &mut World, caller: &Caller, request: ModifyDbSnapshotAttribute) -> Result<Value, ApiError> {
    let account = account_of(caller)?;
    let arn = arn_of(caller, "snapshot", &request.id)?;
    authorise(world, caller, "ModifyDBSnapshotAttribute", &arn)?;
    let own = |found: &&DbSnapshot| found.account == account && found.region == caller.region;
    let mut found = world.rds.snapshots.get(&arn).filter(own).cloned().ok_or_else(|| not_found(&request.id))?;
    let invalid = |message: String| ApiError::new("InvalidParameterValue", message);
    if request.attribute_name != "restore" {
        return Err(invalid(format!("Invalid attribute name: {}", request.attribute_name)));
    }
    if let Some(encryption) = found.encryption.as_ref().filter(|_| !request.values_to_add.is_empty()) {
        let key = world.find_key(&encryption.key, found.account, found.region).and_then(|at| world.kms.key(at));
        if key.is_some_and(|key| key.is_aws_managed()) {
            return Err(invalid("Snapshots encrypted with the default RDS key cannot be shared.".to_owned())
                .because("the key policy of aws/rds, which AWS fixes, admits its own account alone: copy the snapshot under a customer managed key first"));
        }
        if request.values_to_add.iter().any(|value| value == "all") {
            return Err(invalid("Encrypted snapshots cannot be made public.".to_owned())
                .because("an encrypted snapshot is shared with named accounts only, whose access its key policy decides"));
        }
    }
    let account_id = |value: &String| AccountId::parse(value).ok_or_else(|| invalid(format!("Invalid account: {value}")));
    for value in &request.values_to_add {
        match value.as_str() {
            "all" => found.public = true,
            _ => drop(found.shared_with.insert(account_id(value)?)),
        }
    }
    for value in &request.values_to_remove {
        match value.as_str() {
            "all" => found.public = false,
            _ => drop(found.shared_with.remove(&account_id(value)?)),
        }
    }
    if found.shared_with.len() > SHARES {
        return Err(ApiError::new("SharedSnapshotQuotaExceeded", format!("A snapshot can be shared with at most {SHARES} accounts.")));
    }
    let mut values: Vec<String> = found.shared_with.iter().map(ToString::to_string).collect();
    values.extend(found.public.then(|| "all".to_owned()));
    let shown = json!({ "DBSnapshotAttributesResult": {
        "DBSnapshotIdentifier": &*found.id,
        "DBSnapshotAttributes": [{ "AttributeName": "restore", "AttributeValues": values }],
    } });
    world.rds.snapshots.insert(arn, found);
    Ok(shown)
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct DescribeDbSnapshots {
    #[serde(rename = "DBSnapshotIdentifier")]
    id: Option<String>,
}

pub(super) fn describe(world: &mut World, caller: &Caller, request: DescribeDbSnapshots) -> Result<Value, ApiError> {
    let account = account_of(caller)?;
    authorise(world, caller, "DescribeDBSnapshots", &arn(account, caller.region, "snapshot", request.id.as_deref().unwrap_or("*")))?;
    if let Some(id) = &request.id {
        return Ok(json!({ "DBSnapshots": [usable(world, caller, id)?.to_json()] }));
    }
    let own = |found: &&DbSnapshot| found.account == account && found.region == caller.region;
    let shown: Vec<Value> = world.rds.snapshots.values().filter(own).map(DbSnapshot::to_json).collect();
    Ok(json!({ "DBSnapshots": shown }))
}
