//! EC2 instances, as far as their volumes' keys decide whether they run.

use super::volume::{self, Plan, VolumeState};
use super::{KEY_CHECK, Task, account_of, attachment, authorise, not_found};
use crate::cloud::{AccountId, ApiError, Caller, Reason, Region};
use crate::services::event::cause;
use crate::services::{State, Task as WorldTask, World};
use serde::Deserialize;
use serde_json::{Value, json};
use std::sync::Arc;

/// An instance.
#[derive(Clone, Debug, PartialEq)]
pub struct Instance {
    /// `i-…`.
    pub id: Arc<str>,
    /// Its owner.
    pub account: AccountId,
    /// Its Region.
    pub region: Region,
    /// Its state.
    pub state: InstanceState,
    /// Why it did not come up.
    pub state_reason: Option<StateReason>,
    /// Its volumes.
    pub volumes: Vec<Arc<str>>,
    /// What the model knows of the failure.
    pub cause: Option<Arc<Reason>>,
}

/// The states of an instance. Source: "Amazon EC2 instance state changes", Amazon EC2 User Guide.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum InstanceState {
    /// Coming up.
    Pending,
    /// Up.
    Running,
    /// Down, with its volumes.
    Stopped,
    /// Gone.
    Terminated,
}

impl InstanceState {
    /// AWS's name.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            InstanceState::Pending => "pending",
            InstanceState::Running => "running",
            InstanceState::Stopped => "stopped",
            InstanceState::Terminated => "terminated",
        }
    }
}

/// AWS's `StateReason`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct StateReason {
    /// Its code.
    pub code: &'static str,
    /// Its text.
    pub message: &'static str,
}

/// What EC2 says of every key that it could not use. It also says so of a healthy key that the launching principal may not use.
const INVALID_KEY: StateReason = StateReason {
    code: "Client.InvalidKMSKey.InvalidState",
    message: "Client.InvalidKMSKey.InvalidState: The KMS key provided is in an incorrect state",
};

const STOPPED_BY_USER: StateReason =
    StateReason { code: "Client.UserInitiatedShutdown", message: "Client.UserInitiatedShutdown: User initiated shutdown" };

impl Instance {
    /// The field of a state path.
    pub(super) fn state(&self, field: Option<&str>) -> Option<State> {
        let value = match field {
            None | Some("state") => Value::from(self.state.name()),
            Some("state_reason") => Value::from(self.state_reason.map(|reason| reason.code)),
            Some("volumes") => self.volumes.iter().map(|volume| Value::from(&**volume)).collect(),
            Some(_) => return None,
        };
        Some(State::of(value).because(self.cause.clone()))
    }

    fn to_json(&self) -> Value {
        let mappings: Vec<Value> = self.volumes.iter().map(|volume| json!({"Ebs": {"VolumeId": &**volume}})).collect();
        let mut value = json!({
            "InstanceId": &*self.id, "State": {"Name": self.state.name()}, "BlockDeviceMappings": mappings,
        });
        if let (Some(reason), Some(members)) = (self.state_reason, value.as_object_mut()) {
            members.insert("StateReason".into(), json!({"Code": reason.code, "Message": reason.message}));
        }
        value
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub(super) struct RunInstances {
    image_id: Option<String>,
    instance_type: Option<String>,
    min_count: Option<u32>,
    max_count: Option<u32>,
    #[serde(default)]
    block_device_mappings: Vec<Mapping>,
    /// The model's own member: available volumes that the new instance starts with.
    #[serde(default)]
    volume_ids: Vec<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
struct Mapping {
    #[expect(dead_code, reason = "AWS takes it, and it makes no difference to keys")]
    device_name: Option<String>,
    ebs: EbsBlockDevice,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
struct EbsBlockDevice {
    snapshot_id: Option<String>,
    volume_size: Option<u32>,
    #[expect(dead_code, reason = "AWS takes it, and it makes no difference to keys")]
    volume_type: Option<String>,
    encrypted: Option<bool>,
    kms_key_id: Option<String>,
    #[expect(dead_code, reason = "AWS takes it, and the model's volumes outlive a failed launch only if they were there before")]
    delete_on_termination: Option<bool>,
}

/// Launches one instance, whose volumes are described by block device mappings or named as `VolumeIds`. The image is
/// not modelled: what a launch does with KMS hangs on the volumes alone.
pub(super) fn run(world: &mut World, caller: &Arc<Caller>, request: RunInstances) -> Result<Value, ApiError> {
    let account = account_of(caller)?;
    authorise(world, caller, "RunInstances", &format!("{account}:instance/*"))?;
    if [request.min_count, request.max_count].into_iter().flatten().any(|count| count != 1) {
        return Err(ApiError::new("InvalidParameterValue", "The model launches one instance per call."));
    }
    for id in &request.volume_ids {
        let found = volume::own(world, caller, id)?;
        if found.state != VolumeState::Available {
            return Err(ApiError::new("IncorrectState", format!("Volume '{id}' is in the '{}' state.", found.state.name())));
        }
    }
    let zone = format!("{}a", caller.region);
    let mut volumes: Vec<Arc<str>> = request.volume_ids.iter().map(|id| Arc::from(id.as_str())).collect();
    for mapping in &request.block_device_mappings {
        let ebs = &mapping.ebs;
        let plan = Plan {
            zone: &zone,
            snapshot: ebs.snapshot_id.as_deref(),
            size: ebs.volume_size,
            encrypted: ebs.encrypted,
            key: ebs.kms_key_id.as_deref(),
        };
        volumes.push(volume::prepare(world, caller, &plan)?);
    }
    let id = world.ec2.next_id(&world.cloud.random, "i");
    let instance = Instance {
        id: Arc::clone(&id),
        account,
        region: caller.region,
        state: InstanceState::Pending,
        state_reason: None,
        volumes: Vec::new(),
        cause: None,
    };
    world.ec2.instances.insert(Arc::clone(&id), instance);
    for volume in &volumes {
        let creating = world.ec2.volumes.get(volume).is_some_and(|volume| volume.state == VolumeState::Creating);
        attachment::link(world, volume, &id);
        if let Some(volume) = world.ec2.volumes.get_mut(volume).filter(|_| creating) {
            volume.state = VolumeState::Creating;
        }
    }
    let task = Task::Launch { caller: Arc::clone(caller), instance: Arc::clone(&id), new: true };
    world.later(KEY_CHECK, WorldTask::Ec2(task));
    let mut shown = world.ec2.instances.get(&id).map(Instance::to_json).unwrap_or_default();
    if let Some(members) = shown.as_object_mut() {
        members.insert("ImageId".into(), json!(request.image_id));
        members.insert("InstanceType".into(), json!(request.instance_type.as_deref().unwrap_or("t3.micro")));
    }
    Ok(json!({ "Instances": [shown] }))
}

/// The task behind `RunInstances` and `StartInstances`: every volume needs its data key, or the instance does not come up.
pub(super) fn launch(world: &mut World, caller: &Caller, id: &str, new: bool) {
    let Some(instance) = world.ec2.instances.get(id).filter(|instance| instance.state == InstanceState::Pending) else { return };
    let volumes = instance.volumes.clone();
    let outcome = volumes.iter().try_for_each(|id| use_volume(world, caller, id));
    if outcome.is_err() {
        for volume in &volumes {
            if !new {
                attachment::disconnect(world, volume);
                continue;
            }
            attachment::unlink(world, volume);
            // A volume that the launch had not come to yet never comes to be.
            if world.ec2.volumes.get(volume).is_some_and(|volume| volume.state == VolumeState::Creating) {
                world.ec2.volumes.remove(volume);
            }
        }
    }
    let Some(instance) = world.ec2.instances.get_mut(id) else { return };
    match outcome {
        Ok(()) => (instance.state, instance.state_reason, instance.cause) = (InstanceState::Running, None, None),
        Err(error) => {
            instance.state = if new { InstanceState::Terminated } else { InstanceState::Stopped };
            instance.state_reason = Some(INVALID_KEY);
            instance.cause = Some(cause(&error));
        }
    }
}

fn use_volume(world: &mut World, caller: &Caller, id: &str) -> Result<(), ApiError> {
    if world.ec2.volumes.get(id).is_some_and(|volume| volume.state == VolumeState::Creating) {
        volume::seal_now(world, caller, id)?;
        if let Some(volume) = world.ec2.volumes.get_mut(id) {
            volume.state = VolumeState::InUse;
        }
    }
    attachment::connect(world, caller, id)
}

/// Whether an instance of the caller runs, so that a volume is used as soon as it is attached.
pub(super) fn takes_volumes(world: &World, caller: &Caller, id: &str) -> Result<bool, ApiError> {
    let found = own(world, caller, id)?;
    match found.state {
        InstanceState::Running => Ok(true),
        InstanceState::Stopped => Ok(false),
        InstanceState::Pending | InstanceState::Terminated => Err(incorrect_state(found)),
    }
}

fn incorrect_state(found: &Instance) -> ApiError {
    let text = format!("The instance '{}' is not in a state from which it can do this: {}.", found.id, found.state.name());
    ApiError::new("IncorrectInstanceState", text)
}

/// An instance of the caller's account and Region.
fn own<'w>(world: &'w World, caller: &Caller, id: &str) -> Result<&'w Instance, ApiError> {
    let account = account_of(caller)?;
    let own = |instance: &&Instance| instance.account == account && instance.region == caller.region;
    world.ec2.instances.get(id).filter(own).ok_or_else(|| not_found("InvalidInstanceID.NotFound", "instance ID", id))
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub(super) struct InstanceIds {
    instance_ids: Vec<String>,
}

/// The instances that a call names, all in one of these states, and all of them the caller's to change.
fn named(world: &World, caller: &Caller, action: &str, ids: &[String], states: [InstanceState; 2]) -> Result<(), ApiError> {
    for id in ids {
        let found = own(world, caller, id)?;
        authorise(world, caller, action, &format!("{}:instance/{id}", found.account))?;
        if !states.contains(&found.state) {
            return Err(incorrect_state(found));
        }
    }
    Ok(())
}

/// A stopped instance that starts needs its keys again, through whoever starts it.
pub(super) fn start(world: &mut World, caller: &Arc<Caller>, request: InstanceIds) -> Result<Value, ApiError> {
    named(world, caller, "StartInstances", &request.instance_ids, [InstanceState::Stopped, InstanceState::Running])?;
    let mut changes = Vec::new();
    for id in &request.instance_ids {
        let Some(instance) = world.ec2.instances.get_mut(id.as_str()) else { continue };
        let before = instance.state;
        if before == InstanceState::Stopped {
            (instance.state, instance.state_reason, instance.cause) = (InstanceState::Pending, None, None);
            let task = Task::Launch { caller: Arc::clone(caller), instance: Arc::clone(&instance.id), new: false };
            world.later(KEY_CHECK, WorldTask::Ec2(task));
        }
        changes.push(json!({"InstanceId": id, "PreviousState": {"Name": before.name()}, "CurrentState": {"Name": "pending"}}));
    }
    Ok(json!({ "StartingInstances": changes }))
}

/// Stops instances at once. The data keys leave memory with them.
pub(super) fn stop(world: &mut World, caller: &Caller, request: InstanceIds) -> Result<Value, ApiError> {
    named(world, caller, "StopInstances", &request.instance_ids, [InstanceState::Running, InstanceState::Stopped])?;
    let mut changes = Vec::new();
    for id in &request.instance_ids {
        let Some(instance) = world.ec2.instances.get_mut(id.as_str()) else { continue };
        let before = instance.state;
        if before == InstanceState::Running {
            (instance.state, instance.state_reason) = (InstanceState::Stopped, Some(STOPPED_BY_USER));
        }
        for volume in instance.volumes.clone() {
            attachment::disconnect(world, &volume);
        }
        changes.push(json!({"InstanceId": id, "PreviousState": {"Name": before.name()}, "CurrentState": {"Name": "stopping"}}));
    }
    Ok(json!({ "StoppingInstances": changes }))
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub(super) struct DescribeInstances {
    #[serde(default)]
    instance_ids: Vec<String>,
}

pub(super) fn describe(world: &mut World, caller: &Caller, request: DescribeInstances) -> Result<Value, ApiError> {
    authorise(world, caller, "DescribeInstances", "*")?;
    for id in &request.instance_ids {
        own(world, caller, id)?;
    }
    let asked = |id: &str| request.instance_ids.is_empty() || request.instance_ids.iter().any(|asked| asked == id);
    let seen = |found: &&Instance| asked(&found.id) && own(world, caller, &found.id).is_ok();
    let shown: Vec<Value> = world.ec2.instances.values().filter(seen).map(Instance::to_json).collect();
    Ok(json!({ "Reservations": [{ "Instances": shown }] }))
}
