//! Rotation of key material, by the clock and on demand.
//!
//! Source: "Rotate AWS KMS keys", AWS KMS Developer Guide.

use super::page;
use crate::cloud::{ApiError, Instant, Random, after, days_after, format_instant};
use crate::kms::key::{AutomaticRotation, HeldMaterial, Rotation};
use crate::kms::{
    Door, EnableKeyRotationRequest, ExpirationModel, IncludeKeyMaterial, Key, KeyRef, KeyState, Kms, ListKeyRotationsRequest, Material,
    Origin, Response,
};
use serde_json::{Map, Value, json};
use std::sync::Arc;

/// Gives a key and its related keys new material; what the old material encrypted stays readable.
pub(in crate::kms) fn rotate(kms: &mut Kms, random: &Random, at: KeyRef, time: Instant, on_demand: bool) {
    let Some(key) = kms.key(at) else { return };
    let made = (key.origin != Origin::EXTERNAL)
        .then(|| Arc::new(Material::derive(random, key.spec, &key.material_name(), key.materials.len(), time)));
    for related in kms.related(at.id) {
        let Some(key) = kms.key_mut(related) else { continue };
        match made.as_ref().map(|material| HeldMaterial::made(Arc::clone(material))).or_else(|| key.pending_material.take()) {
            Some(held) => key.materials.push(held),
            None => continue,
        }
        key.rotations.push(Rotation { at: time, on_demand });
    }
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
    // Related keys share the setting of their primary. While a key waits for deletion the status reads false; cancelling
    // brings it back.
    let holder = door.kms.primary(at.id).and_then(|primary| door.kms.key(primary)).unwrap_or(key);
    let waits = matches!(key.state(), KeyState::PendingDeletion | KeyState::PendingReplicaDeletion);
    let shown = holder.rotation.filter(|_| !waits);
    map.insert("KeyRotationEnabled".into(), json!(shown.is_some()));
    if let Some(rotation) = shown {
        map.insert("RotationPeriodInDays".into(), json!(rotation.period_days));
        map.insert("NextRotationDate".into(), json!(format_instant(rotation.next)));
    }
    Ok(Response::Json(Value::Object(map)))
}

pub(super) fn on_demand(door: &mut Door<'_>, at: KeyRef) -> Result<Response, ApiError> {
    let rules = door.kms.rules();
    let (most, quiet) = (rules.on_demand_rotations, rules.rotation_quiet);
    let rotate_imported = rules.rotate_imported;
    let now = door.cloud.now();
    let key = door.key(at)?;
    if key.rotations.iter().filter(|rotation| rotation.on_demand).count() >= most {
        let message = format!(
            "The on-demand rotations limit has been reached for the given keyId. No more on-demand rotations can be performed for this key: {}",
            key.arn
        );
        return Err(ApiError::new("LimitExceededException", message));
    }
    if key.rotation.is_some_and(|rotation| rotation.next <= after(now, quiet)) {
        return Err(ApiError::new("ConflictException", "").because("an automatic rotation of the key is about to begin: wait for it"));
    }
    if key.origin == Origin::EXTERNAL {
        if !rotate_imported {
            return Err(crate::kms::state::unsupported(key));
        }
        let waiting =
            |at: KeyRef| door.kms.key(at).and_then(|key| key.pending_material.as_ref()).is_some_and(|held| held.material.is_some());
        if let Some(lacking) = door.kms.related(at.id).into_iter().find(|at| !waiting(*at)) {
            let message = format!("No available key material pending rotation for the key: {}.", key.arn);
            let headline = format!("new material must be imported first, into every related key; it is missing in {}", lacking.region);
            return Err(ApiError::new("KMSInvalidStateException", message).because(headline));
        }
    }
    let answer = json!({ "KeyId": &*key.arn });
    rotate(door.kms, &door.cloud.random, at, now, true);
    Ok(Response::Json(answer))
}

pub(super) fn list(door: &Door<'_>, at: KeyRef, request: &ListKeyRotationsRequest) -> Result<Response, ApiError> {
    let key = door.key(at)?;
    let all = request.include_key_material == Some(IncludeKeyMaterial::ALL_KEY_MATERIAL);
    if all && !key.spec.row().rotates {
        return Err(ApiError::new("UnsupportedOperationException", "").because(format!("KMS does not rotate {} keys", key.spec)));
    }
    let last = key.materials.len().saturating_sub(1);
    // The first material came with the key, not from a rotation.
    let first = usize::from(!all);
    let held = key.materials.iter().enumerate().skip(first).map(|(index, held)| {
        let state = if index == last { "CURRENT" } else { "NON_CURRENT" };
        let rotation = index.checked_sub(1).and_then(|index| key.rotations.get(index));
        (format!("{index:08}"), entry(key, held, state, rotation))
    });
    let pending = key
        .pending_material
        .iter()
        .filter(|_| all)
        .map(|held| (format!("{:08}", last + 1), entry(key, held, pending_state(door, at), None)));
    page("Rotations", held.chain(pending), |entry| entry, request.limit, request.marker.as_deref(), 100)
}

/// New material of a multi-Region key waits until every related key has it.
fn pending_state(door: &Door<'_>, at: KeyRef) -> &'static str {
    let has = |at: KeyRef| door.kms.key(at).and_then(|key| key.pending_material.as_ref()).is_some_and(|held| held.material.is_some());
    if door.kms.related(at.id).into_iter().all(has) { "PENDING_ROTATION" } else { "PENDING_MULTI_REGION_IMPORT_AND_ROTATION" }
}

fn entry(key: &Key, held: &HeldMaterial, state: &str, rotation: Option<&Rotation>) -> Value {
    let mut map = Map::new();
    let mut put = |name: &str, value: Value| map.insert(name.to_owned(), value);
    put("KeyId", json!(key.id.to_string()));
    put("KeyMaterialId", json!(held.id));
    put("KeyMaterialState", json!(state));
    if let Some(rotation) = rotation {
        put("RotationDate", json!(format_instant(rotation.at)));
        put("RotationType", json!(if rotation.on_demand { "ON_DEMAND" } else { "AUTOMATIC" }));
    }
    if key.origin == Origin::EXTERNAL {
        put("ImportState", json!(if held.material.is_some() { "IMPORTED" } else { "PENDING_IMPORT" }));
        if let Some(description) = &held.description {
            put("KeyMaterialDescription", json!(&**description));
        }
        if held.material.is_some() {
            let model =
                if held.expires.is_some() { ExpirationModel::KEY_MATERIAL_EXPIRES } else { ExpirationModel::KEY_MATERIAL_DOES_NOT_EXPIRE };
            put("ExpirationModel", json!(model));
        }
        if let Some(date) = held.expires {
            put("ValidTo", json!(format_instant(date)));
        }
    }
    Value::Object(map)
}
