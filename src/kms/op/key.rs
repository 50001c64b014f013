//! Making, describing and switching keys.

use super::page;
use crate::cloud::{ApiError, Caller, format_instant};
use crate::kms::request::{CreateKeyRequest, ListRequest, UpdateKeyDescriptionRequest, tag_map};
use crate::kms::{Door, Key, KeyId, KeyManager, KeyRef, KeyState, NewKey, Response};
use serde_json::{Map, Value, json};
use std::sync::Arc;

pub(super) fn create(door: &mut Door<'_>, caller: &Caller, request: &CreateKeyRequest) -> Result<Response, ApiError> {
    let account = caller.account().ok_or_else(|| ApiError::new("UnsupportedOperationException", "A service cannot own a key."))?;
    let spec = request.key_spec.as_deref().unwrap_or("SYMMETRIC_DEFAULT");
    let usage = request.key_usage.as_deref().unwrap_or("ENCRYPT_DECRYPT");
    let origin = request.origin.as_deref().unwrap_or("AWS_KMS");
    if (spec, usage, origin, request.multi_region) != ("SYMMETRIC_DEFAULT", "ENCRYPT_DECRYPT", "AWS_KMS", false) {
        let message =
            format!("The model has single-Region symmetric keys with AWS_KMS origin; {spec}, {usage}, {origin} is not among them.");
        return Err(ApiError::new("UnsupportedOperationException", message));
    }
    let number = door.kms.next_number();
    let uuid = door.cloud.random.uuid(&format!("created key {number}"));
    let id = KeyId::parse(&uuid).unwrap_or(KeyId::from_bits(u128::from(number), false));
    let bypass = request.bypass_policy_lockout_safety_check == Some(true);
    let policy = match &request.policy {
        Some(text) => super::policy::read(door, caller, account, text, &format!("key policy of {id}"), bypass)?,
        None => crate::kms::default_key_policy(account, &format!("key policy of {id}"))?,
    };
    let at = door.kms.add_key(
        &door.cloud.random,
        door.cloud.now(),
        NewKey {
            id,
            account,
            region: caller.region,
            manager: KeyManager::Customer,
            description: request.description.clone(),
            policy: Arc::new(policy),
            tags: tag_map(&request.tags),
        },
    );
    describe(door, at)
}

pub(super) fn describe(door: &Door<'_>, at: KeyRef) -> Result<Response, ApiError> {
    Ok(Response::Json(json!({ "KeyMetadata": metadata(door.key(at)?) })))
}

/// The `KeyMetadata` of a key.
///
/// Source: "KeyMetadata", AWS KMS API Reference.
fn metadata(key: &Key) -> Value {
    let mut map = Map::new();
    let mut put = |name: &str, value: Value| map.insert(name.to_owned(), value);
    put("AWSAccountId", json!(key.account));
    put("KeyId", json!(key.id.to_string()));
    put("Arn", json!(&*key.arn));
    put("CreationDate", json!(format_instant(key.created)));
    put("Enabled", json!(key.state == KeyState::Enabled));
    put("Description", json!(key.description));
    put("KeyUsage", json!(key.key_usage()));
    put("KeyState", json!(key.state));
    if let Some(deletion) = &key.deletion {
        put("DeletionDate", json!(format_instant(deletion.date)));
    }
    put("Origin", json!(key.origin.name()));
    put("KeyManager", json!(if key.is_aws_managed() { "AWS" } else { "CUSTOMER" }));
    put("CustomerMasterKeySpec", json!(key.key_spec()));
    put("KeySpec", json!(key.key_spec()));
    put("EncryptionAlgorithms", json!(["SYMMETRIC_DEFAULT"]));
    put("MultiRegion", json!(key.id.is_multi_region()));
    if let Some(material) = key.current_material() {
        put("CurrentKeyMaterialId", json!(material.id.to_string()));
    }
    Value::Object(map)
}

pub(super) fn disable(door: &mut Door<'_>, at: KeyRef) -> Result<Response, ApiError> {
    door.key_mut(at)?.state = KeyState::Disabled;
    Ok(Response::Empty)
}

pub(super) fn enable(door: &mut Door<'_>, at: KeyRef) -> Result<Response, ApiError> {
    door.key_mut(at)?.state = KeyState::Enabled;
    // A rotation that fell due while the key was disabled happens at once.
    door.rotate_when_due(at);
    Ok(Response::Empty)
}

pub(super) fn describe_anew(door: &mut Door<'_>, at: KeyRef, request: &UpdateKeyDescriptionRequest) -> Result<Response, ApiError> {
    door.key_mut(at)?.description.clone_from(&request.description);
    Ok(Response::Empty)
}

pub(super) fn list(door: &Door<'_>, caller: &Caller, request: &ListRequest) -> Result<Response, ApiError> {
    let keys = door
        .kms
        .keys()
        .filter(|key| Some(key.account) == caller.account() && key.region == caller.region)
        .map(|key| json!({"KeyId": key.id.to_string(), "KeyArn": &*key.arn}))
        .collect();
    page("Keys", keys, request.limit, request.marker.as_deref(), 100)
}
