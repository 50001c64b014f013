//! Rotation of key material, by the clock and on demand.
//!
//! Source: "Rotate AWS KMS keys", AWS KMS Developer Guide.

use super::page;
use crate::cloud::{ApiError, Instant, Random, days_after, format_instant};
use crate::kms::key::{AutomaticRotation, Rotation};
use crate::kms::request::{EnableKeyRotationRequest, ListRequest};
use crate::kms::{Door, Key, KeyRef, KeyState, Material, Response};
use serde_json::{Map, Value, json};
use std::sync::Arc;

/// Adds material to a key; what the old material encrypted stays readable.
pub(in crate::kms) fn rotate(random: &Random, key: &mut Key, at: Instant, on_demand: bool) {
    let material = Material::derive(random, &key.arn, key.materials.len(), at);
    key.materials.push(Arc::new(material));
    key.rotations.push(Rotation { at, on_demand });
}

pub(super) fn enable(door: &mut Door<'_>, at: KeyRef, request: &EnableKeyRotationRequest) -> Result<Response, ApiError> {
    let default = door.kms.rules().rotation_days;
    let period_days = request.rotation_period_in_days.and_then(|days| u32::try_from(days).ok()).unwrap_or(default);
    let now = door.cloud.now();
    let key = door.key_mut(at)?;
    // Enabling again with the same period keeps the date; another period counts from now.
    if key.rotation.is_none_or(|rotation| rotation.period_days != period_days) {
        key.rotation = Some(AutomaticRotation { period_days, next: days_after(now, period_days) });
    }
    Ok(Response::Empty)
}

pub(super) fn disable(door: &mut Door<'_>, at: KeyRef) -> Result<Response, ApiError> {
    door.key_mut(at)?.rotation = None;
    Ok(Response::Empty)
}

pub(super) fn status(door: &Door<'_>, at: KeyRef) -> Result<Response, ApiError> {
    let key = door.key(at)?;
    let mut map = Map::new();
    map.insert("KeyId".into(), json!(&*key.arn));
    // While the key waits for deletion the status reads false; cancelling brings it back.
    let shown = key.rotation.filter(|_| key.state != KeyState::PendingDeletion);
    map.insert("KeyRotationEnabled".into(), json!(shown.is_some()));
    if let Some(rotation) = shown {
        map.insert("RotationPeriodInDays".into(), json!(rotation.period_days));
        map.insert("NextRotationDate".into(), json!(format_instant(rotation.next)));
    }
    Ok(Response::Json(Value::Object(map)))
}

pub(super) fn on_demand(door: &mut Door<'_>, at: KeyRef) -> Result<Response, ApiError> {
    let most = door.kms.rules().on_demand_rotations;
    let now = door.cloud.now();
    let Door { cloud, kms, .. } = door;
    let key = kms.key_mut(at).ok_or_else(super::gone)?;
    if key.rotations.iter().filter(|rotation| rotation.on_demand).count() >= most {
        let message = format!(
            "The on-demand rotations limit has been reached for the given keyId. No more on-demand rotations can be performed for this key: {}",
            key.arn
        );
        return Err(ApiError::new("LimitExceededException", message));
    }
    rotate(&cloud.random, key, now, true);
    Ok(Response::Json(json!({ "KeyId": key.id.to_string() })))
}

pub(super) fn list(door: &Door<'_>, at: KeyRef, request: &ListRequest) -> Result<Response, ApiError> {
    let key = door.key(at)?;
    let items = key
        .rotations
        .iter()
        .map(|rotation| {
            let kind = if rotation.on_demand { "ON_DEMAND" } else { "AUTOMATIC" };
            json!({"KeyId": key.id.to_string(), "RotationDate": format_instant(rotation.at), "RotationType": kind})
        })
        .collect();
    page("Rotations", items, request.limit, request.marker.as_deref(), 100)
}
