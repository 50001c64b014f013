//! Multi-Region keys: replicas, and which of them is the primary.
//!
//! Source: "Multi-Region keys in AWS KMS", AWS KMS Developer Guide.

use super::{metadata, policy};
use crate::cloud::{ApiError, Caller, Duration, Event, Region, Resource, after};
use crate::kms::key::{MultiRegionKeyType, Transition};
use crate::kms::key_policy::NewKeyPolicy;
use crate::kms::shapes::tag_map;
use crate::kms::target::Targets;
use crate::kms::{Door, KeyRef, NewReplica, Operation, ReplicateKeyRequest, Response, UpdatePrimaryRegionRequest};
use serde_json::json;
use std::sync::Arc;

/// How long a replica is being made, and a primary Region changed: "a few seconds".
const A_FEW_SECONDS: Duration = Duration::seconds(5);

pub(super) fn replicate(door: &mut Door<'_>, caller: &Caller, at: KeyRef, request: &ReplicateKeyRequest) -> Result<Response, ApiError> {
    let key = door.key(at)?;
    let (id, account) = (key.id, key.account);
    let region = Region::parse(&request.replica_region).filter(|region| region.partition() == key.region.partition()).ok_or_else(|| {
        ApiError::new("ValidationException", format!("Replica Region {} is not supported.", request.replica_region))
            .because("a replica is in another Region of the same partition")
    })?;
    if door.kms.key(KeyRef { id, region }).is_some() {
        let message = format!("A related key of {id} already exists in {region}.");
        return Err(ApiError::new("AlreadyExistsException", message)
            .because("each Region has at most one of related keys, also one that waits for deletion"));
    }
    super::key::within_quota(door, account, region)?;
    let name = format!("key policy of {id} in {region}");
    let there = Caller { region, ..caller.clone() };
    let bypass = request.bypass_policy_lockout_safety_check == Some(true);
    let key_arn = id.arn(account, region);
    let policy = match &request.policy {
        Some(text) => NewKeyPolicy { text, name: &name, key_arn: &key_arn, account, bypass }.read(door, &there)?,
        None => door.kms.default_policy(account, &name)?,
    };
    let now = door.cloud.now();
    let replica = NewReplica {
        region,
        description: request.description.clone(),
        policy: Arc::new(policy),
        tags: tag_map(&request.tags),
        created: now,
        created_until: Some(after(now, A_FEW_SECONDS)),
    };
    let at = door.kms.add_replica(at, replica).ok_or_else(super::gone)?;
    let key = door.key(at)?;
    // The trail of the replica's Region has it as CreateKey.
    let made = Event {
        resources: vec![Resource { arn: Arc::clone(&key.arn), account: Some(account), kind: "AWS::KMS::Key" }],
        ..door.event(&Arc::new(there), Operation::CreateKey, None)
    };
    door.cloud.record(made);
    let key = door.key(at)?;
    Ok(Response::Json(json!({
        "ReplicaKeyMetadata": metadata::metadata(door, key),
        "ReplicaPolicy": policy::text(key),
        "ReplicaTags": request.tags,
    })))
}

pub(super) fn update_primary(
    door: &mut Door<'_>,
    targets: &Targets<'_>,
    request: &UpdatePrimaryRegionRequest,
) -> Result<Response, ApiError> {
    let old = targets.key()?;
    if request.primary_region == old.region.code() {
        return Err(ApiError::new("ValidationException", format!("{} is already the primary Region.", request.primary_region)));
    }
    let Some(new) = targets.second.map(|target| target.key) else {
        return Err(ApiError::new("NotFoundException", format!("No related key exists in {}.", request.primary_region))
            .because("a replica must be there before it can become the primary: ReplicateKey"));
    };
    let until = after(door.cloud.now(), A_FEW_SECONDS);
    let former = door.key_mut(old)?;
    former.multi_region = Some(MultiRegionKeyType::Replica);
    former.transition = Some(Transition::Updating { until });
    let rotation = former.rotation.take();
    let next = door.key_mut(new)?;
    next.multi_region = Some(MultiRegionKeyType::Primary);
    next.transition = Some(Transition::Updating { until });
    next.rotation = rotation;
    Ok(Response::Empty)
}
