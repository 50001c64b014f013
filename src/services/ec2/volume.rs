//! EBS volumes.

use super::seal::{self, EbsGrant};
use super::snapshot::{self, Snapshot, SnapshotState};
use super::{Encryption, KEY_CHECK, Task, account_of, authorise, defaults, not_found};
use crate::cloud::{AccountId, ApiError, Caller, Reason, Region};
use crate::services::event::cause;
use crate::services::{State, Task as WorldTask, World};
use serde::Deserialize;
use serde_json::{Value, json};
use std::sync::Arc;

/// A volume.
#[derive(Clone, Debug, PartialEq)]
pub struct Volume {
    /// `vol-…`.
    pub id: Arc<str>,
    /// Its owner.
    pub account: AccountId,
    /// Its Region.
    pub region: Region,
    /// `us-east-1a`.
    pub availability_zone: String,
    /// Its size in GiB.
    pub size_gib: u32,
    /// Its state.
    pub state: VolumeState,
    /// How it is encrypted, if it is.
    pub encryption: Option<Encryption>,
    /// The snapshot that it was made from.
    pub snapshot: Option<Arc<str>>,
    /// Where it is attached.
    pub attachment: Option<Attachment>,
    /// What went wrong with it last.
    pub cause: Option<Arc<Reason>>,
    /// Why its blocks cannot be loaded from the snapshot, if they cannot: an instance that needs them does not start.
    pub(super) blocked: Option<Arc<Reason>>,
}

/// The states of a volume. Source: "Volume lifecycle", Amazon EBS User Guide.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum VolumeState {
    /// The key has not been looked at yet.
    Creating,
    /// Ready to be attached.
    Available,
    /// Attached.
    InUse,
    /// Its key could not be used.
    Error,
}

impl VolumeState {
    /// AWS's name.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            VolumeState::Creating => "creating",
            VolumeState::Available => "available",
            VolumeState::InUse => "in-use",
            VolumeState::Error => "error",
        }
    }
}

/// The attachment of a volume to an instance.
#[derive(Clone, Debug, PartialEq)]
pub struct Attachment {
    /// The instance.
    pub instance: Arc<str>,
    /// While a running instance uses an encrypted volume: the grant under which the data key was decrypted.
    pub(super) grant: Option<EbsGrant>,
}

impl Volume {
    /// The field of a state path.
    pub(super) fn state(&self, field: Option<&str>) -> Option<State> {
        let value = match field {
            None | Some("state") => Value::from(self.state.name()),
            Some("encrypted") => Value::from(self.encryption.is_some()),
            Some("kms_key") => Value::from(self.encryption.as_ref().map(|encryption| encryption.key.to_string())),
            Some("attached_to") => Value::from(self.attachment.as_ref().map(|attachment| attachment.instance.to_string())),
            Some("snapshot") => Value::from(self.snapshot.as_deref()),
            Some("size_gib") => Value::from(self.size_gib),
            Some(_) => return None,
        };
        Some(State::of(value).because(self.cause.clone()))
    }

    fn to_json(&self) -> Value {
        let attachments: Vec<Value> = self
            .attachment
            .iter()
            .map(|attachment| json!({"VolumeId": &*self.id, "InstanceId": &*attachment.instance, "State": "attached"}))
            .collect();
        json!({
            "VolumeId": &*self.id, "Size": self.size_gib, "AvailabilityZone": self.availability_zone, "State": self.state.name(),
            "Encrypted": self.encryption.is_some(), "KmsKeyId": self.encryption.as_ref().map(|encryption| &*encryption.key),
            "SnapshotId": self.snapshot.as_deref().unwrap_or(""), "Attachments": attachments,
        })
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub(super) struct CreateVolume {
    availability_zone: String,
    snapshot_id: Option<String>,
    size: Option<u32>,
    encrypted: Option<bool>,
    kms_key_id: Option<String>,
    volume_type: Option<String>,
}

/// What a new volume is to be, in a request of its own or in an instance's block device mapping.
pub(super) struct Plan<'p> {
    pub(super) zone: &'p str,
    pub(super) snapshot: Option<&'p str>,
    pub(super) size: Option<u32>,
    pub(super) encrypted: Option<bool>,
    pub(super) key: Option<&'p str>,
}

pub(super) fn create(world: &mut World, caller: &Arc<Caller>, request: CreateVolume) -> Result<Value, ApiError> {
    if request.availability_zone.strip_prefix(caller.region.code()).is_none_or(|letter| letter.len() != 1) {
        let text = format!("Invalid availability zone: [{}]", request.availability_zone);
        return Err(ApiError::new("InvalidParameterValue", text));
    }
    authorise(world, caller, "CreateVolume", &format!("{}:volume/*", account_of(caller)?))?;
    let plan = Plan {
        zone: &request.availability_zone,
        snapshot: request.snapshot_id.as_deref(),
        size: request.size,
        encrypted: request.encrypted,
        key: request.kms_key_id.as_deref(),
    };
    let id = prepare(world, caller, &plan)?;
    world.later(KEY_CHECK, WorldTask::Ec2(Task::SealVolume { caller: Arc::clone(caller), volume: Arc::clone(&id) }));
    let mut answer = world.ec2.volumes.get(&id).map(Volume::to_json).unwrap_or_default();
    if let Some(members) = answer.as_object_mut() {
        members.insert("VolumeType".into(), json!(request.volume_type.as_deref().unwrap_or("gp3")));
    }
    Ok(answer)
}

/// A volume in state `creating`, without a data key.
pub(super) fn prepare(world: &mut World, caller: &Caller, plan: &Plan<'_>) -> Result<Arc<str>, ApiError> {
    let account = account_of(caller)?;
    let source = plan.snapshot.map(|id| snapshot::visible(world, account, caller.region, id)).transpose()?.cloned();
    if let Some(source) = source.as_ref().filter(|source| source.state != SnapshotState::Completed) {
        return Err(ApiError::new("IncorrectState", format!("Snapshot is in invalid state - {}", source.state.name())));
    }
    let size_gib = match (plan.size, &source) {
        (Some(size), Some(source)) if size < source.size_gib => {
            let text = format!("The specified size {size} is smaller than the snapshot's {} GiB", source.size_gib);
            return Err(ApiError::new("InvalidParameterValue", text));
        }
        (Some(size), _) => size,
        (None, Some(source)) => source.size_gib,
        (None, None) => return Err(ApiError::new("MissingParameter", "The request must contain the parameter size or snapshotId")),
    };
    let key = choose_key(world, account, caller.region, source.as_ref(), plan.encrypted, plan.key)?;
    let id = world.ec2.next_id(&world.cloud.random, "vol");
    let volume = Volume {
        id: Arc::clone(&id),
        account,
        region: caller.region,
        availability_zone: plan.zone.to_owned(),
        size_gib,
        state: VolumeState::Creating,
        encryption: key.map(Encryption::under),
        snapshot: source.map(|source| source.id),
        attachment: None,
        cause: None,
        blocked: None,
    };
    world.ec2.volumes.insert(Arc::clone(&id), volume);
    Ok(id)
}

/// The key of a new volume; none if it will not be encrypted.
///
/// Source: "CreateVolume" (Amazon EC2 API Reference) and the table of outcomes in "Amazon EBS encryption" (Amazon EBS User Guide).
fn choose_key(
    world: &mut World,
    account: AccountId,
    region: Region,
    source: Option<&Snapshot>,
    encrypted: Option<bool>,
    named: Option<&str>,
) -> Result<Option<Arc<str>>, ApiError> {
    key_needs_encrypted(named, encrypted)?;
    if let Some((source, encryption)) = source.and_then(|source| Some((source, source.encryption.as_ref()?))) {
        if encrypted == Some(false) {
            return Err(never_plain("a volume of an encrypted snapshot is encrypted; it cannot be made plain"));
        }
        return Ok(Some(match named {
            Some(named) => defaults::named_key(world, named, account, region),
            None if source.account == account => Arc::clone(&encryption.key),
            None => defaults::default_key(world, account, region),
        }));
    }
    if encrypted != Some(true) && !defaults::is_on(world, account, region) {
        return Ok(None);
    }
    Ok(Some(match named {
        Some(named) => defaults::named_key(world, named, account, region),
        None => defaults::default_key(world, account, region),
    }))
}

pub(super) fn key_needs_encrypted(named: Option<&str>, encrypted: Option<bool>) -> Result<(), ApiError> {
    if named.is_some() && encrypted != Some(true) {
        return Err(ApiError::new("InvalidParameterDependency", "The parameter KmsKeyId requires the parameter Encrypted to be set."));
    }
    Ok(())
}

pub(super) fn never_plain(why: &str) -> ApiError {
    ApiError::new("InvalidParameterValue", "Value (false) for parameter Encrypted is invalid.").because(why)
}

/// The task behind `CreateVolume`.
pub(super) fn seal(world: &mut World, caller: &Caller, id: &str) {
    // A failure is kept with the volume, where it is looked for.
    drop(seal_now(world, caller, id));
}

/// Gets the data key of a new volume from KMS, and makes it available or puts it into state `error`.
pub(super) fn seal_now(world: &mut World, caller: &Caller, id: &str) -> Result<(), ApiError> {
    let Some(volume) = world.ec2.volumes.get(id).cloned() else { return Ok(()) };
    let sealed = match &volume.encryption {
        Some(encryption) => sealed(world, caller, &volume, &encryption.key).map(|(encryption, blocked)| (Some(encryption), blocked)),
        None => Ok((None, None)),
    };
    let Some(volume) = world.ec2.volumes.get_mut(id) else { return Ok(()) };
    match sealed {
        Ok((encryption, blocked)) => {
            (volume.encryption, volume.blocked) = (encryption, blocked);
            volume.state = VolumeState::Available;
            Ok(())
        }
        Err(error) => {
            volume.state = VolumeState::Error;
            volume.cause = Some(cause(&error));
            Err(error)
        }
    }
}

/// The KMS calls of a new encrypted volume, by what it is made from.
fn sealed(world: &mut World, caller: &Caller, volume: &Volume, key: &Arc<str>) -> Result<(Encryption, Option<Arc<Reason>>), ApiError> {
    let session = seal::session(caller, volume.region);
    let id = &volume.id;
    let source = volume.snapshot.as_ref().and_then(|id| world.ec2.snapshots.get(id)).cloned();
    let Some(source) = source else {
        seal::describe(world, &session, key)?;
        let data_key = seal::generate(world, &session, key, id)?;
        return Ok((Encryption { data_key: Some(data_key), ..Encryption::under(Arc::clone(key)) }, None));
    };
    let mut grant = Err(None);
    let made = from_snapshot(world, &session, volume, key, &source, &mut grant);
    if let Ok(grant) = &grant {
        seal::retire(world, grant);
    }
    made.map(|encryption| (encryption, grant.err().flatten()))
}

/// The KMS calls of a volume that is made from a snapshot.
fn from_snapshot(
    world: &mut World,
    session: &Arc<Caller>,
    volume: &Volume,
    key: &Arc<str>,
    source: &Snapshot,
    grant: &mut LoadingGrant,
) -> Result<Encryption, ApiError> {
    let id = &volume.id;
    let mut carried = None;
    let data_key;
    match &source.encryption {
        None => {
            *grant = grant_or_reason(seal::grant(world, session, key, id, id, &["Decrypt"]))?;
            data_key = seal::generate(world, session, key, id)?;
            if let Ok(grant) = grant {
                seal::decrypt(world, grant, &data_key)?;
            }
        }
        Some(theirs) if theirs.key == *key && source.account == volume.account => data_key = seal::generate(world, session, key, id)?,
        Some(theirs) => {
            seal::describe(world, session, &theirs.key)?;
            if theirs.key != *key {
                seal::describe(world, session, key)?;
            }
            let held = theirs.data_key.as_ref();
            let context_id = held.map_or(&source.id, |held| &held.context_id);
            *grant = grant_or_reason(seal::grant(world, session, &theirs.key, id, context_id, &["Decrypt", "ReEncryptFrom"]))?;
            carried = held.map(|held| seal::re_encrypt(world, session, held, key, id)).transpose()?;
            data_key = seal::generate(world, session, key, id)?;
        }
    }
    Ok(Encryption { key: Arc::clone(key), data_key: Some(data_key), carried })
}

/// The grant under which the blocks of a snapshot are loaded, or why there is none; no reason where none was needed.
type LoadingGrant = Result<EbsGrant, Option<Arc<Reason>>>;

/// A missing permission for `CreateGrant` alone does not stop a volume from being made: it is the attachment that
/// fails, because the snapshot's blocks cannot be loaded. Any other error is one of the key.
fn grant_or_reason(grant: Result<EbsGrant, ApiError>) -> Result<LoadingGrant, ApiError> {
    match grant {
        Ok(grant) => Ok(Ok(grant)),
        Err(error) if error.code == "AccessDeniedException" => Ok(Err(Some(cause(&error)))),
        Err(error) => Err(error),
    }
}

/// A volume of the caller's account and Region.
pub(super) fn own<'w>(world: &'w World, caller: &Caller, id: &str) -> Result<&'w Volume, ApiError> {
    let account = account_of(caller)?;
    let own = |volume: &&Volume| volume.account == account && volume.region == caller.region;
    world.ec2.volumes.get(id).filter(own).ok_or_else(|| not_found("InvalidVolume.NotFound", "volume", id))
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub(super) struct DescribeVolumes {
    #[serde(default)]
    volume_ids: Vec<String>,
}

pub(super) fn describe(world: &mut World, caller: &Caller, request: DescribeVolumes) -> Result<Value, ApiError> {
    authorise(world, caller, "DescribeVolumes", "*")?;
    for id in &request.volume_ids {
        own(world, caller, id)?;
    }
    let asked = |id: &str| request.volume_ids.is_empty() || request.volume_ids.iter().any(|asked| asked == id);
    let shown: Vec<Value> = world
        .ec2
        .volumes
        .values()
        .filter(|volume| asked(&volume.id) && own(world, caller, &volume.id).is_ok())
        .map(Volume::to_json)
        .collect();
    Ok(json!({ "Volumes": shown }))
}
