//! Amazon EC2 and EBS: volumes, snapshots and the instances that they are attached to.
//!
//! EBS checks keys after the call has returned: a call that names a wrong key succeeds, and some seconds later the
//! volume or snapshot is in state `error`, or the instance is terminated. The work runs as a [`Task`] and reaches KMS
//! through the caller's forwarded session (`kms:ViaService` is `ec2.REGION.amazonaws.com`), except for the decryption
//! of a data key at attachment, which the infrastructure does itself under a grant.
//!
//! ```text
//! CreateVolume, CopySnapshot   -> creating, pending    -> seal.rs  -> available, completed, error
//! AttachVolume, Run, Start     -> pending              -> CreateGrant by the caller, Decrypt by the grantee -> running
//! ```

mod attachment;
mod beforehand;
mod defaults;
mod instance;
mod seal;
mod snapshot;
mod volume;

pub use beforehand::{NewInstance, NewSnapshot, NewVolume, add_instance, add_snapshot, add_volume};
pub use instance::{Instance, InstanceState, StateReason};
pub use seal::{DataKey, Encryption};
pub use snapshot::{Snapshot, SnapshotState};
pub use volume::{Attachment, Volume, VolumeState};

use super::event::record_management_event;
use super::{State, World};
use crate::cloud::{AccountId, ApiError, Caller, Duration, Random, Region};
use crate::iam::NoContext;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::sync::Arc;

/// Everything of EC2 and EBS.
#[derive(Clone, Debug, Default)]
pub struct Ec2 {
    volumes: BTreeMap<Arc<str>, Volume>,
    snapshots: BTreeMap<Arc<str>, Snapshot>,
    instances: BTreeMap<Arc<str>, Instance>,
    /// Encryption by default, per account and Region.
    defaults: BTreeMap<(AccountId, Region), defaults::EncryptionByDefault>,
    /// How many resources calls have made: the next one's id depends on it.
    made: u64,
}

/// What EBS and EC2 do after a call has returned.
#[derive(Clone, Debug)]
pub enum Task {
    /// Get the data key of a new volume.
    SealVolume {
        /// Who called.
        caller: Arc<Caller>,
        /// The volume.
        volume: Arc<str>,
    },
    /// Finish the snapshot of a volume.
    FinishSnapshot {
        /// The snapshot.
        snapshot: Arc<str>,
    },
    /// Copy a snapshot, under another key perhaps.
    CopySnapshot {
        /// Who called.
        caller: Arc<Caller>,
        /// The snapshot that is copied.
        source: Arc<str>,
        /// The copy.
        snapshot: Arc<str>,
    },
    /// Attach a volume to a running instance.
    Attach {
        /// Who called.
        caller: Arc<Caller>,
        /// The volume.
        volume: Arc<str>,
    },
    /// Bring an instance up, a new one or a stopped one.
    Launch {
        /// Who called.
        caller: Arc<Caller>,
        /// The instance.
        instance: Arc<str>,
        /// Whether it is new; a new instance that fails is terminated, another one stays stopped.
        new: bool,
    },
}

/// How long EBS takes until it looks at the key. AWS says only that it does so after the call; the model takes five seconds.
const KEY_CHECK: Duration = Duration::seconds(5);

impl Ec2 {
    /// What stands at a path: `ebs.volumes.ID`, `ebs.snapshots.ID`, `ec2.instances.ID`, each with fields.
    #[must_use]
    pub fn state(&self, collection: &str, name: &str, field: Option<&str>) -> Option<State> {
        match collection {
            "volumes" => self.volumes.get(name)?.state(field),
            "snapshots" => self.snapshots.get(name)?.state(field),
            "instances" => self.instances.get(name)?.state(field),
            _ => None,
        }
    }

    /// The volume with this id.
    #[must_use]
    pub fn volume(&self, id: &str) -> Option<&Volume> {
        self.volumes.get(id)
    }

    /// The snapshot with this id.
    #[must_use]
    pub fn snapshot(&self, id: &str) -> Option<&Snapshot> {
        self.snapshots.get(id)
    }

    /// The instance with this id.
    #[must_use]
    pub fn instance(&self, id: &str) -> Option<&Instance> {
        self.instances.get(id)
    }

    /// An id such as `vol-0123456789abcdef0` for a resource that a call makes.
    fn next_id(&mut self, random: &Random, prefix: &str) -> Arc<str> {
        self.made += 1;
        format!("{prefix}-{}", random.hex(&format!("ec2 {prefix} made {}", self.made), 17)).into()
    }
}

/// Carries out an operation and records it in the trail.
///
/// # Errors
/// EC2's error. An unusable key is none: it shows later, in the state of the resource.
pub fn call(world: &mut World, caller: &Arc<Caller>, name: &str, members: Value) -> Result<Value, ApiError> {
    let outcome = carry_out(world, caller, name, members.clone());
    record_management_event(world, caller, "ec2.amazonaws.com", &format!("ec2:{name}"), &members, outcome.as_ref().err());
    outcome
}

fn carry_out(world: &mut World, caller: &Arc<Caller>, name: &str, members: Value) -> Result<Value, ApiError> {
    match name {
        "CreateVolume" => volume::create(world, caller, read(members)?),
        "AttachVolume" => attachment::attach(world, caller, read(members)?),
        "DetachVolume" => attachment::detach(world, caller, read(members)?),
        "DescribeVolumes" => volume::describe(world, caller, read(members)?),
        "CreateSnapshot" => snapshot::create(world, caller, read(members)?),
        "CopySnapshot" => snapshot::copy(world, caller, read(members)?),
        "ModifySnapshotAttribute" => snapshot::modify_attribute(world, caller, read(members)?),
        "DescribeSnapshots" => snapshot::describe(world, caller, read(members)?),
        "RunInstances" => instance::run(world, caller, read(members)?),
        "StartInstances" => instance::start(world, caller, read(members)?),
        "StopInstances" => instance::stop(world, caller, read(members)?),
        "DescribeInstances" => instance::describe(world, caller, read(members)?),
        "EnableEbsEncryptionByDefault" => defaults::switch(world, caller, read(members)?, true),
        "DisableEbsEncryptionByDefault" => defaults::switch(world, caller, read(members)?, false),
        "GetEbsEncryptionByDefault" => defaults::get(world, caller, read(members)?),
        "ModifyEbsDefaultKmsKeyId" => defaults::modify_key(world, caller, read(members)?),
        "ResetEbsDefaultKmsKeyId" => defaults::reset_key(world, caller, read(members)?),
        "GetEbsDefaultKmsKeyId" => defaults::get_key(world, caller, read(members)?),
        _ => Err(ApiError::new("InvalidAction", format!("The action {name} is not valid for this web service."))),
    }
}

/// Does what was left for later.
pub fn run(world: &mut World, task: Task) {
    match task {
        Task::SealVolume { caller, volume } => volume::seal(world, &caller, &volume),
        Task::FinishSnapshot { snapshot } => snapshot::finish(world, &snapshot),
        Task::CopySnapshot { caller, source, snapshot } => snapshot::carry_over(world, &caller, &source, &snapshot),
        Task::Attach { caller, volume } => attachment::attach_later(world, &caller, &volume),
        Task::Launch { caller, instance, new } => instance::launch(world, &caller, &instance, new),
    }
}

/// Reads the members of a request.
///
/// Source: "Error codes for the Amazon EC2 API", Amazon EC2 API Reference.
fn read<T: DeserializeOwned>(members: Value) -> Result<T, ApiError> {
    let members = if members.is_null() { json!({}) } else { members };
    serde_json::from_value(members).map_err(|error| {
        let text = error.to_string();
        let code = match text.split_once(' ').map_or("", |(first, _)| first) {
            "unknown" => "UnknownParameter",
            "missing" => "MissingParameter",
            _ => "InvalidParameterValue",
        };
        ApiError::new(code, text)
    })
}

/// The account whose user or role calls; EC2 takes no calls from services in this model.
fn account_of(caller: &Caller) -> Result<AccountId, ApiError> {
    caller.account().ok_or_else(|| ApiError::new("UnauthorizedOperation", "You are not authorized to perform this operation.").status(403))
}

/// Asks IAM for an `ec2:` permission, on a resource (the end of its ARN, from the account on) or on none (`*`).
fn authorise(world: &World, caller: &Caller, action: &str, resource: &str) -> Result<(), ApiError> {
    let account = account_of(caller)?;
    let resource = match resource {
        "*" => "*".to_owned(),
        _ => format!("arn:{}:ec2:{}:{resource}", caller.region.partition(), caller.region),
    };
    world
        .authorise(caller, &format!("ec2:{action}"), &resource, account, None, &NoContext, "UnauthorizedOperation", 403)
        .map_err(|error| ApiError { message: format!("You are not authorized to perform this operation. {}", error.message), ..error })
}

fn not_found(code: &'static str, kind: &str, id: &str) -> ApiError {
    ApiError::new(code, format!("The {kind} '{id}' does not exist."))
}

#[cfg(test)]
mod tests;
