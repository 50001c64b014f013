//! Attaching volumes: where an instance's use of an encrypted volume begins and ends.

use super::volume::{self, Attachment, VolumeState};
use super::{KEY_CHECK, Task, authorise, instance, seal};
use crate::cloud::{ApiError, Caller};
use crate::services::event::cause;
use crate::services::{Task as WorldTask, World};
use serde::Deserialize;
use serde_json::{Value, json};
use std::sync::Arc;

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub(super) struct AttachVolume {
    volume_id: String,
    instance_id: String,
    device: Option<String>,
}

pub(super) fn attach(world: &mut World, caller: &Arc<Caller>, request: AttachVolume) -> Result<Value, ApiError> {
    let volume = volume::own(world, caller, &request.volume_id)?;
    authorise(world, caller, "AttachVolume", &format!("{}:volume/{}", volume.account, volume.id))?;
    if volume.state != VolumeState::Available {
        return Err(ApiError::new("IncorrectState", format!("Volume '{}' is in the '{}' state.", volume.id, volume.state.name())));
    }
    let running = instance::takes_volumes(world, caller, &request.instance_id)?;
    let (volume, instance): (Arc<str>, Arc<str>) = (request.volume_id.into(), request.instance_id.into());
    link(world, &volume, &instance);
    if running {
        world.later(KEY_CHECK, WorldTask::Ec2(Task::Attach { caller: Arc::clone(caller), volume: Arc::clone(&volume) }));
    }
    let device = request.device.as_deref().unwrap_or("/dev/sdf");
    Ok(json!({"VolumeId": &*volume, "InstanceId": &*instance, "Device": device, "State": "attaching"}))
}

/// Notes that a volume belongs to an instance. Its key is not looked at before the instance runs.
pub(super) fn link(world: &mut World, volume: &Arc<str>, instance: &Arc<str>) {
    if let Some(volume) = world.ec2.volumes.get_mut(volume) {
        volume.state = VolumeState::InUse;
        volume.cause = None;
        volume.attachment = Some(Attachment { instance: Arc::clone(instance), grant: None });
    }
    if let Some(instance) = world.ec2.instances.get_mut(instance) {
        instance.volumes.push(Arc::clone(volume));
    }
}

/// The task behind `AttachVolume`: a volume whose key cannot be used goes back to `available`.
pub(super) fn attach_later(world: &mut World, caller: &Caller, id: &Arc<str>) {
    if let Err(error) = connect(world, caller, id) {
        unlink(world, id);
        if let Some(volume) = world.ec2.volumes.get_mut(id) {
            volume.cause = Some(cause(&error));
        }
    }
}

/// Lets a running instance use an attached volume: the caller makes a grant, and EC2 decrypts the data key under it.
/// From then on the plaintext data key is in the hypervisor's memory, and input and output make no KMS call.
pub(super) fn connect(world: &mut World, caller: &Caller, id: &str) -> Result<(), ApiError> {
    let Some(volume) = world.ec2.volumes.get(id).cloned() else { return Ok(()) };
    let Some(attachment) = volume.attachment else { return Ok(()) };
    if let Some(blocked) = volume.blocked {
        return Err(ApiError::new("InvalidKMSKey.InvalidState", "The blocks of the snapshot cannot be loaded.").with_reason(blocked));
    }
    let Some(encryption) = volume.encryption else { return Ok(()) };
    let Some(data_key) = encryption.data_key else {
        return Err(ApiError::new("InvalidKMSKey.InvalidState", "The volume has no data key.").because("KMS has made no data key for it"));
    };
    let session = seal::session(caller, volume.region);
    let grant = seal::grant(world, &session, &encryption.key, &attachment.instance, &data_key.context_id, &["Decrypt"])?;
    if let Err(error) = seal::decrypt(world, &grant, &data_key) {
        seal::retire(world, &grant);
        return Err(error);
    }
    if let Some(attachment) = world.ec2.volumes.get_mut(id).and_then(|volume| volume.attachment.as_mut()) {
        attachment.grant = Some(grant);
    }
    Ok(())
}

/// Ends the use of an attached volume, which stays attached: the data key leaves memory, the grant is retired.
pub(super) fn disconnect(world: &mut World, id: &str) {
    let attachment = world.ec2.volumes.get_mut(id).and_then(|volume| volume.attachment.as_mut());
    if let Some(grant) = attachment.and_then(|attachment| attachment.grant.take()) {
        seal::retire(world, &grant);
    }
}

/// Takes a volume from its instance.
pub(super) fn unlink(world: &mut World, id: &str) {
    disconnect(world, id);
    let Some(volume) = world.ec2.volumes.get_mut(id) else { return };
    if volume.state == VolumeState::InUse {
        volume.state = VolumeState::Available;
    }
    let attachment = volume.attachment.take();
    if let Some(instance) = attachment.and_then(|attachment| world.ec2.instances.get_mut(&attachment.instance)) {
        instance.volumes.retain(|volume| **volume != *id);
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub(super) struct DetachVolume {
    volume_id: String,
    instance_id: Option<String>,
}

pub(super) fn detach(world: &mut World, caller: &Caller, request: DetachVolume) -> Result<Value, ApiError> {
    let volume = volume::own(world, caller, &request.volume_id)?;
    authorise(world, caller, "DetachVolume", &format!("{}:volume/{}", volume.account, volume.id))?;
    let instance = volume.attachment.as_ref().map(|attachment| Arc::clone(&attachment.instance));
    let matches = |instance: &Arc<str>| request.instance_id.as_deref().is_none_or(|named| named == &**instance);
    let Some(instance) = instance.filter(matches) else {
        return Err(ApiError::new("IncorrectState", format!("Volume '{}' is in the 'available' state.", request.volume_id)));
    };
    unlink(world, &request.volume_id);
    Ok(json!({"VolumeId": request.volume_id, "InstanceId": &*instance, "State": "detaching"}))
}
