//! What becomes of an instance whose key is lost while it runs.
//!
//! Source: "Encrypting Amazon RDS resources" and "Viewing Amazon RDS DB instance status", Amazon RDS User Guide.

use super::instance::{DbInstance, DbStatus};
use super::{Rds, Task};
use crate::cloud::{Duration, Instant, Reason};
use crate::kms::KeyState;
use crate::services::{Task as WorldTask, World};
use std::sync::Arc;

/// From noticing to stopping: "about two hours".
const NOTICED_TO_STOPPED: Duration = Duration::hours(2);
/// How long the recoverable state lasts.
const RECOVERABLE_FOR: Duration = Duration::days(7);

/// Notices lost keys of running instances. The world asks before it lets time pass: a key is lost by a call, and calls
/// are made while time stands still. It makes no KMS call: how RDS notices is not published, and nothing of it is in the trail.
pub(in crate::services) fn notice(world: &mut World) {
    let now = world.cloud.now();
    let is_new = |instance: &&DbInstance| {
        // With backups off nothing stops the instance before its volumes are detached.
        instance.status == DbStatus::Available
            && instance.backup_retention_days > 0
            && instance.key_lost_since.is_none()
            && lost(world, instance).is_some()
    };
    let noticed: Vec<Arc<str>> = world.rds.instances.values().filter(is_new).map(|instance| Arc::clone(&instance.arn)).collect();
    for arn in noticed {
        if let Some(instance) = world.rds.instances.get_mut(&arn) {
            instance.key_lost_since = Some(now);
            world.later(NOTICED_TO_STOPPED, WorldTask::Rds(Task::StopForKey { instance: arn, since: now }));
        }
    }
}

/// Stops an instance whose key is still lost.
pub(super) fn stop(world: &mut World, arn: &Arc<str>, since: Instant) {
    let Some(instance) = world.rds.instances.get(arn).filter(|instance| instance.key_lost_since == Some(since)) else { return };
    let can_stop = instance.replica_of.is_none() && !has_replicas(&world.rds, arn);
    let reason = lost(world, instance).filter(|_| instance.status == DbStatus::Available);
    let now = world.cloud.now();
    let Some(instance) = world.rds.instances.get_mut(arn) else { return };
    match reason {
        None => instance.key_lost_since = None,
        Some(reason) => {
            instance.status = if can_stop { DbStatus::InaccessibleRecoverable } else { DbStatus::Inaccessible };
            instance.cause = Some(reason);
            instance.key_lost_since = Some(now);
            world.later(RECOVERABLE_FOR, WorldTask::Rds(Task::GiveUp { instance: Arc::clone(arn), since: now }));
        }
    }
}

/// Ends the time in which an instance can be recovered.
pub(super) fn give_up(world: &mut World, arn: &str, since: Instant) {
    let recoverable =
        |instance: &&mut DbInstance| instance.status == DbStatus::InaccessibleRecoverable && instance.key_lost_since == Some(since);
    if let Some(instance) = world.rds.instances.get_mut(arn).filter(recoverable) {
        instance.status = DbStatus::Inaccessible;
    }
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
        Some(key) if key.state() != KeyState::Enabled => format!("key {} is {}", key.arn, key.state().name()),
        Some(key) => {
            encryption.grant.as_ref().filter(|grant| key.grants.get(&grant.id).is_none())?;
            format!("the grant under which RDS uses key {} has been revoked", key.arn)
        }
    };
    Some(Arc::new(Reason::new(headline)))
}
