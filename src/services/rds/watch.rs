//! What becomes of an instance whose key is lost while it runs.
//!
//! Source: "Encrypting Amazon RDS resources" and "Viewing Amazon RDS DB instance status", Amazon RDS User Guide.

use super::instance::{DbInstance, DbStatus};
use super::{Rds, Task};
use crate::cloud::{Duration, Reason};
use crate::kms::KeyState;
use crate::services::{Task as WorldTask, World};
use std::sync::Arc;

/// How often the model's RDS looks at the key of a running instance. AWS publishes no figure.
const LOOK_EVERY: Duration = Duration::hours(1);
/// From noticing to stopping: "about two hours".
const NOTICED_TO_STOPPED: Duration = Duration::hours(2);
/// How long the recoverable state lasts.
const RECOVERABLE_FOR: Duration = Duration::days(7);

/// Begins to watch the key of an instance. AWS managed keys cannot be lost.
pub(super) fn begin(world: &mut World, arn: &str) {
    let Some(instance) = world.rds.instances.get(arn) else { return };
    let Some(encryption) = &instance.encryption else { return };
    let at = world.find_key(&encryption.key, instance.account, instance.region);
    if at.and_then(|at| world.kms.key(at)).is_some_and(|key| !key.is_aws_managed()) {
        again(world, &Arc::clone(&instance.arn), &Arc::clone(&instance.resource_id));
    }
}

fn again(world: &mut World, arn: &Arc<str>, resource_id: &Arc<str>) {
    let task = Task::WatchKey { instance: Arc::clone(arn), resource_id: Arc::clone(resource_id) };
    world.later(LOOK_EVERY, WorldTask::Rds(task));
}

/// One look. It makes no KMS call: how RDS notices is not published, and nothing of it is in the trail.
pub(super) fn look(world: &mut World, arn: &Arc<str>, resource_id: &Arc<str>) {
    let Some(instance) = world.rds.instances.get(arn).filter(|instance| instance.resource_id == *resource_id) else { return };
    if instance.status == DbStatus::Inaccessible {
        return;
    }
    let lost = lost(world, instance);
    let can_stop = instance.replica_of.is_none() && !has_replicas(&world.rds, arn);
    let now = world.cloud.now();
    if let Some(instance) = world.rds.instances.get_mut(arn) {
        match (instance.status, lost) {
            // With backups off nothing stops the instance before its volumes are detached.
            (DbStatus::Available, Some(reason)) if instance.backup_retention_days > 0 => {
                let since = *instance.key_lost_since.get_or_insert(now);
                if now - since >= NOTICED_TO_STOPPED {
                    instance.status = if can_stop { DbStatus::InaccessibleRecoverable } else { DbStatus::Inaccessible };
                    instance.cause = Some(reason);
                    instance.key_lost_since = Some(now);
                }
            }
            (DbStatus::InaccessibleRecoverable, _) => {
                if instance.key_lost_since.is_some_and(|since| now - since >= RECOVERABLE_FOR) {
                    instance.status = DbStatus::Inaccessible;
                }
            }
            (DbStatus::Available | DbStatus::Stopped | DbStatus::Inaccessible, _) => instance.key_lost_since = None,
        }
    }
    again(world, arn, resource_id);
}

/// Whether other instances replicate this one, so that it cannot be stopped.
pub(super) fn has_replicas(rds: &Rds, arn: &str) -> bool {
    rds.instances.values().any(|other| other.replica_of.as_deref() == Some(arn))
}

/// Why the instance cannot use its key any more, if it cannot.
fn lost(world: &World, instance: &DbInstance) -> Option<Arc<Reason>> {
    let encryption = instance.encryption.as_ref()?;
    let key = world.find_key(&encryption.key, instance.account, instance.region).and_then(|at| world.kms.key(at));
    let headline = match key {
        None => format!("key {} has been deleted", encryption.key),
        Some(key) if key.state != KeyState::Enabled => format!("key {} is {}", key.arn, key.state.name()),
        Some(key) => {
            encryption.grant.as_ref().filter(|grant| key.grants.get(&grant.id).is_none())?;
            format!("the grant under which RDS uses key {} has been revoked", key.arn)
        }
    };
    Some(Arc::new(Reason::new(headline)))
}
