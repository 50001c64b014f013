//! EBS snapshots: making, copying and sharing them.

use super::seal;
use super::volume::{self, VolumeState, key_needs_encrypted, never_plain};
use super::{Encryption, KEY_CHECK, Task, account_of, authorise, defaults, not_found};
use crate::cloud::{AccountId, ApiError, Caller, Reason, Region};
use crate::rulebook::ids;
use crate::services::event::cause;
use crate::services::{State, Task as WorldTask, World};
use serde::Deserialize;
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::sync::Arc;

/// A snapshot.
#[derive(Clone, Debug, PartialEq)]
pub struct Snapshot {
    /// `snap-…`.
    pub id: Arc<str>,
    /// Its owner.
    pub account: AccountId,
    /// Its Region: a share is valid only there.
    pub region: Region,
    /// The size of its volume in GiB.
    pub size_gib: u32,
    /// Its state.
    pub state: SnapshotState,
    /// How it is encrypted, if it is.
    pub encryption: Option<Encryption>,
    /// The volume that it was taken of; of a copy none.
    pub volume: Option<Arc<str>>,
    /// The accounts that may make volumes from it.
    pub shared_with: BTreeSet<AccountId>,
    /// Whether everybody may.
    pub public: bool,
    /// What went wrong with it.
    pub cause: Option<Arc<Reason>>,
}

/// The states of a snapshot. Source: "Snapshot", Amazon EC2 API Reference.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SnapshotState {
    /// Still being made.
    Pending,
    /// Ready.
    Completed,
    /// A key could not be used.
    Error,
}

impl SnapshotState {
    /// AWS's name.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            SnapshotState::Pending => "pending",
            SnapshotState::Completed => "completed",
            SnapshotState::Error => "error",
        }
    }
}

/// All that AWS tells about a copy that failed. Source: "Copy an Amazon EBS snapshot", Amazon EBS User Guide.
const NOT_ACCESSIBLE: &str = "Given key ID is not accessible";

impl Snapshot {
    fn message(&self) -> Option<&'static str> {
        (self.state == SnapshotState::Error).then_some(NOT_ACCESSIBLE)
    }

    /// The field of a state path.
    pub(super) fn state(&self, field: Option<&str>) -> Option<State> {
        let value = match field {
            None | Some("state") => Value::from(self.state.name()),
            Some("state_message") => Value::from(self.message()),
            Some("encrypted") => Value::from(self.encryption.is_some()),
            Some("kms_key") => Value::from(self.encryption.as_ref().map(|encryption| encryption.key.to_string())),
            Some("region") => Value::from(self.region.code()),
            Some("size_gib") => Value::from(self.size_gib),
            Some("public") => Value::from(self.public),
            Some(_) => return None,
        };
        Some(State::of(value).because(self.cause.clone()))
    }

    fn to_json(&self) -> Value {
        let mut value = json!({
            "SnapshotId": &*self.id, "OwnerId": self.account, "VolumeSize": self.size_gib, "State": self.state.name(),
            "Encrypted": self.encryption.is_some(), "KmsKeyId": self.encryption.as_ref().map(|encryption| &*encryption.key),
            "VolumeId": self.volume.as_deref().unwrap_or("vol-ffffffff"),
        });
        if let (Some(message), Some(members)) = (self.message(), value.as_object_mut()) {
            members.insert("StateMessage".into(), json!(message));
        }
        value
    }
}

/// A snapshot that an account may use in a Region: its own, or one that is shared with it.
pub(super) fn visible<'w>(world: &'w World, account: AccountId, region: Region, id: &str) -> Result<&'w Snapshot, ApiError> {
    let error = || not_found("InvalidSnapshot.NotFound", "snapshot", id);
    let found = world.ec2.snapshots.get(id).ok_or_else(error)?;
    if found.account != account && !found.public && !found.shared_with.contains(&account) {
        // EC2 does not tell a stranger that it exists; whoever learns here may know.
        return Err(error().because(format!("account {} owns it and has not shared it with account {account}", found.account)));
    }
    if found.region != region {
        return Err(error().because(format!("it is in {}, and the request went to {region}", found.region)));
    }
    Ok(found)
}

/// A snapshot of the caller's account and Region.
fn own<'w>(world: &'w World, caller: &Caller, id: &str) -> Result<&'w Snapshot, ApiError> {
    let account = account_of(caller)?;
    visible(world, account, caller.region, id)
        .and_then(|found| if found.account == account { Ok(found) } else { Err(not_found("InvalidSnapshot.NotFound", "snapshot", id)) })
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub(super) struct CreateSnapshot {
    volume_id: String,
    description: Option<String>,
}

/// A snapshot is encrypted as its volume is, under the same data key, whose context goes on naming the volume. No KMS call is made.
pub(super) fn create(world: &mut World, caller: &Caller, request: CreateSnapshot) -> Result<Value, ApiError> {
    let found = volume::own(world, caller, &request.volume_id)?;
    authorise(world, caller, "CreateSnapshot", &format!("{}:volume/{}", found.account, found.id))?;
    if !matches!(found.state, VolumeState::Available | VolumeState::InUse) {
        return Err(ApiError::new("IncorrectState", format!("Volume '{}' is in the '{}' state.", found.id, found.state.name())));
    }
    let found = found.clone();
    let id = world.ec2.next_id(&world.cloud.random, "snap");
    let made = Snapshot {
        id: Arc::clone(&id),
        account: found.account,
        region: found.region,
        size_gib: found.size_gib,
        state: SnapshotState::Pending,
        encryption: found.encryption,
        volume: Some(found.id),
        shared_with: BTreeSet::new(),
        public: false,
        cause: None,
    };
    let mut answer = made.to_json();
    if let (Some(description), Some(members)) = (request.description, answer.as_object_mut()) {
        members.insert("Description".into(), json!(description));
    }
    world.ec2.snapshots.insert(Arc::clone(&id), made);
    world.later(KEY_CHECK, WorldTask::Ec2(Task::FinishSnapshot { snapshot: id }));
    Ok(answer)
}

pub(super) fn finish(world: &mut World, id: &str) {
    if let Some(found) = world.ec2.snapshots.get_mut(id) {
        found.state = SnapshotState::Completed;
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub(super) struct CopySnapshot {
    source_region: String,
    source_snapshot_id: String,
    encrypted: Option<bool>,
    kms_key_id: Option<String>,
    destination_region: Option<String>,
    description: Option<String>,
}

/// Called in the destination Region. A copy may change the key, and it can encrypt; it never decrypts.
///
/// Source: "CopySnapshot" (Amazon EC2 API Reference) and "Copy an Amazon EBS snapshot" (Amazon EBS User Guide).
pub(super) fn copy(world: &mut World, caller: &Arc<Caller>, request: CopySnapshot) -> Result<Value, ApiError> {
    let account = account_of(caller)?;
    let invalid =
        |name: &str, value: &str| ApiError::new("InvalidParameterValue", format!("Value ({value}) for parameter {name} is invalid."));
    let from = Region::parse(&request.source_region).ok_or_else(|| invalid("SourceRegion", &request.source_region))?;
    if let Some(wrong) = request.destination_region.as_deref().filter(|region| *region != caller.region.code()) {
        return Err(invalid("DestinationRegion", wrong).because("CopySnapshot is called in the destination Region"));
    }
    let source = visible(world, account, from, &request.source_snapshot_id)?.clone();
    authorise(world, caller, "CopySnapshot", &format!(":snapshot/{}", source.id))?;
    if source.state != SnapshotState::Completed {
        return Err(ApiError::new("IncorrectState", format!("Snapshot is in invalid state - {}", source.state.name())));
    }
    key_needs_encrypted(request.kms_key_id.as_deref(), request.encrypted)?;
    if request.encrypted == Some(false) {
        return Err(never_plain("CopySnapshot can encrypt, and leaves an encrypted snapshot encrypted; Encrypted is never false"));
    }
    let by_default = defaults::is_on(world, account, caller.region);
    let key = match (&request.kms_key_id, &source.encryption) {
        (Some(named), _) => Some(defaults::named_key(world, named, account, caller.region)),
        (None, Some(_)) if !by_default => Some(defaults::aws_ebs(world, account, caller.region)),
        (None, None) if !by_default && request.encrypted != Some(true) => None,
        (None, _) => Some(defaults::default_key(world, account, caller.region)),
    };
    let id = world.ec2.next_id(&world.cloud.random, "snap");
    let made = Snapshot {
        id: Arc::clone(&id),
        account,
        region: caller.region,
        size_gib: source.size_gib,
        state: SnapshotState::Pending,
        encryption: key.map(Encryption::under),
        volume: None,
        shared_with: BTreeSet::new(),
        public: false,
        cause: None,
    };
    world.ec2.snapshots.insert(Arc::clone(&id), made);
    let task = Task::CopySnapshot { caller: Arc::clone(caller), source: source.id, snapshot: Arc::clone(&id) };
    world.later(KEY_CHECK, WorldTask::Ec2(task));
    Ok(json!({"SnapshotId": &*id, "Description": request.description.unwrap_or_default()}))
}

/// The task behind `CopySnapshot`.
pub(super) fn carry_over(world: &mut World, caller: &Caller, source: &str, id: &str) {
    let (Some(source), Some(made)) = (world.ec2.snapshots.get(source).cloned(), world.ec2.snapshots.get(id).cloned()) else { return };
    let mut grants = Vec::new();
    let copied = match &made.encryption {
        Some(encryption) => carried(world, caller, &source, &made, &encryption.key, &mut grants).map(Some),
        None => Ok(None),
    };
    for grant in &grants {
        seal::retire(world, grant);
    }
    let Some(made) = world.ec2.snapshots.get_mut(id) else { return };
    match copied {
        Ok(encryption) => {
            made.encryption = encryption;
            made.state = SnapshotState::Completed;
        }
        Err(error) => {
            made.state = SnapshotState::Error;
            made.cause = Some(cause(&error));
        }
    }
}

/// The KMS calls of a copy: those on the source key go to the source's Region, the others to the copy's.
fn carried(
    world: &mut World,
    caller: &Caller,
    source: &Snapshot,
    made: &Snapshot,
    key: &Arc<str>,
    grants: &mut Vec<seal::EbsGrant>,
) -> Result<Encryption, ApiError> {
    let (there, here) = (seal::session(caller, source.region), seal::session(caller, made.region));
    let mut carried = None;
    if let Some((theirs, held)) = source.encryption.as_ref().and_then(|theirs| Some((theirs, theirs.data_key.as_ref()?))) {
        seal::describe(world, &there, &theirs.key)?;
        grants.push(seal::grant(world, &there, &theirs.key, &made.id, &held.context_id, &["Decrypt", "ReEncryptFrom"])?);
        if source.region == made.region {
            carried = Some(seal::re_encrypt(world, &there, held, key, &made.id)?);
        } else {
            // One ReEncrypt cannot reach two Regions.
            seal::decrypt_as_caller(world, &there, held)?;
        }
    }
    seal::describe(world, &here, key)?;
    let data_key = seal::generate(world, &here, key, &made.id)?;
    grants.push(seal::grant(world, &here, key, &made.id, &made.id, &["Decrypt"])?);
    Ok(Encryption { key: Arc::clone(key), data_key: Some(data_key), carried })
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub(super) struct ModifySnapshotAttribute {
    snapshot_id: String,
    attribute: Option<String>,
    create_volume_permission: Option<PermissionChanges>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
struct PermissionChanges {
    #[serde(default)]
    add: Vec<Holder>,
    #[serde(default)]
    remove: Vec<Holder>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
struct Holder {
    user_id: Option<String>,
    group: Option<String>,
}

/// Whom a permission names.
enum Who {
    Everybody,
    Account(AccountId),
}

impl Holder {
    fn who(&self) -> Result<Who, ApiError> {
        match (&self.user_id, self.group.as_deref()) {
            (None, Some("all")) => Ok(Who::Everybody),
            (Some(id), None) => AccountId::parse(id)
                .map(Who::Account)
                .ok_or_else(|| ApiError::new("InvalidUserID.Malformed", format!("Invalid user id: \"{id}\""))),
            _ => Err(ApiError::new("InvalidAttributeValue", "A permission names either a UserId or the Group all.")),
        }
    }
}

/// Shares a snapshot. The kind of key is checked, the key's policy is not: sharing the key is another step.
///
/// Source: "Share an Amazon EBS snapshot with other AWS accounts", Amazon EBS User Guide.
pub(super) fn modify_attribute(world: &mut World, caller: &Caller, request: ModifySnapshotAttribute) -> Result<Value, ApiError> {
    let found = own(world, caller, &request.snapshot_id)?;
    authorise(world, caller, "ModifySnapshotAttribute", &format!(":snapshot/{}", found.id))?;
    if request.attribute.as_deref().is_some_and(|attribute| attribute != "createVolumePermission") {
        return Err(ApiError::new("InvalidParameterValue", "Only the attribute createVolumePermission can be modified."));
    }
    let changes = request.create_volume_permission.unwrap_or(PermissionChanges { add: Vec::new(), remove: Vec::new() });
    let adds = changes.add.iter().map(Holder::who).collect::<Result<Vec<_>, _>>()?;
    let removes = changes.remove.iter().map(Holder::who).collect::<Result<Vec<_>, _>>()?;
    if let Some(encryption) = found.encryption.as_ref().filter(|_| !adds.is_empty()) {
        let managed = world.find_key(&encryption.key, found.account, found.region).and_then(|at| world.kms.key(at));
        if managed.is_some_and(|key| key.is_aws_managed()) && !world.rulebook.allowed(ids::EBS_SHARE_AWS_MANAGED) {
            return Err(ApiError::new("OperationNotPermitted", "Encrypted snapshots with EBS default key cannot be shared")
                .because("the key policy of aws/ebs, which AWS fixes, admits its own account alone: copy the snapshot under a customer managed key first"));
        }
        if adds.iter().any(|who| matches!(who, Who::Everybody)) {
            return Err(ApiError::new("OperationNotPermitted", "Encrypted snapshots cannot be made public")
                .because("an encrypted snapshot is shared with named accounts only, whose access its key policy decides"));
        }
    }
    let Some(found) = world.ec2.snapshots.get_mut(request.snapshot_id.as_str()) else { return Ok(json!({})) };
    for who in adds {
        match who {
            Who::Everybody => found.public = true,
            Who::Account(account) => drop(found.shared_with.insert(account)),
        }
    }
    for who in removes {
        match who {
            Who::Everybody => found.public = false,
            Who::Account(account) => drop(found.shared_with.remove(&account)),
        }
    }
    Ok(json!({}))
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub(super) struct DescribeSnapshots {
    #[serde(default)]
    snapshot_ids: Vec<String>,
}

pub(super) fn describe(world: &mut World, caller: &Caller, request: DescribeSnapshots) -> Result<Value, ApiError> {
    let account = account_of(caller)?;
    authorise(world, caller, "DescribeSnapshots", "*")?;
    for id in &request.snapshot_ids {
        visible(world, account, caller.region, id)?;
    }
    let asked = |id: &str| request.snapshot_ids.is_empty() || request.snapshot_ids.iter().any(|asked| asked == id);
    let seen = |found: &&Snapshot| asked(&found.id) && visible(world, account, caller.region, &found.id).is_ok();
    let shown: Vec<Value> = world.ec2.snapshots.values().filter(seen).map(Snapshot::to_json).collect();
    Ok(json!({ "Snapshots": shown }))
}
