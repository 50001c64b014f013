//! Making, describing and switching keys.

use super::{key_store, metadata::metadata, page};
use crate::cloud::{AccountId, ApiError, Caller, Region, format_instant};
use crate::kms::key_policy::NewKeyPolicy;
use crate::kms::limits::invalid;
use crate::kms::shapes::tag_map;
use crate::kms::{
    CreateKeyRequest, Door, KeyId, KeyManager, KeyRef, KeySpec, KeyUsage, ListKeysRequest, NewKey, Origin, ResourceOwner, Response,
    StoreLink, UpdateKeyDescriptionRequest, default_key_policy,
};
use serde_json::{Value, json};
use std::sync::Arc;

impl CreateKeyRequest {
    /// The spec that it asks for, under its present or its former name.
    pub(in crate::kms) fn spec(&self) -> KeySpec {
        self.key_spec.or(self.customer_master_key_spec).unwrap_or_default()
    }
}

pub(super) fn create(door: &mut Door<'_>, caller: &Caller, request: &CreateKeyRequest) -> Result<Response, ApiError> {
    let account = caller.account().ok_or_else(|| ApiError::new("UnsupportedOperationException", "A service cannot own a key."))?;
    let region = caller.region;
    let usage = usage(request)?;
    let origin = request.origin.unwrap_or_default();
    let store = origin_fits(door, caller, request, origin)?;
    within_quota(door, account, region)?;
    let number = door.kms.next_number();
    let id = new_id(door, number, request.multi_region);
    let name = format!("key policy of {id}");
    let bypass = request.bypass_policy_lockout_safety_check == Some(true);
    let key_arn = id.arn(account, region);
    let policy = match &request.policy {
        Some(text) => NewKeyPolicy { text, name: &name, key_arn: &key_arn, account, bypass }.read(door, caller)?,
        None => default_key_policy(account, &name)?,
    };
    let new = NewKey {
        manager: KeyManager::Customer,
        spec: request.spec(),
        usage,
        origin,
        store,
        description: request.description.clone(),
        tags: tag_map(&request.tags),
        ..NewKey::symmetric(id, account, region, Arc::new(policy))
    };
    // Counted last: a request that fails leaves no trace, and the next key gets the id that this one would have had.
    door.kms.count_made();
    let at = door.kms.add_key(&door.cloud.random, door.cloud.now(), new);
    describe(door, at)
}

fn new_id(door: &Door<'_>, number: u64, multi_region: bool) -> KeyId {
    let uuid = door.cloud.random.uuid(&format!("created key {number}"));
    let id = KeyId::parse(&uuid).unwrap_or(KeyId::from_bits(u128::from(number), false));
    KeyId::from_bits(id.bits(), multi_region)
}

/// The usage of a key to be made; only symmetric encryption keys have it by default.
fn usage(request: &CreateKeyRequest) -> Result<KeyUsage, ApiError> {
    if request.key_spec.zip(request.customer_master_key_spec).is_some_and(|(new, old)| new != old) {
        return Err(invalid("KeySpec and CustomerMasterKeySpec must be the same when both are specified."));
    }
    let spec = request.spec();
    match request.key_usage {
        None if spec == KeySpec::SYMMETRIC_DEFAULT => Ok(KeyUsage::ENCRYPT_DECRYPT),
        None => Err(invalid("You must specify a KeyUsage value for all KMS keys except for symmetric encryption keys.")),
        Some(usage) if spec.row().usages.contains(&usage) => Ok(usage),
        Some(usage) => {
            let fits: Vec<&str> = spec.row().usages.iter().map(|usage| usage.name()).collect();
            Err(invalid(format!("KeyUsage {usage} is not compatible with KeySpec {spec}"))
                .because(format!("a {spec} key is for {}", fits.join(" or "))))
        }
    }
}

/// Checks what the origin asks of a key, and finds its custom key store.
fn origin_fits(door: &mut Door<'_>, caller: &Caller, request: &CreateKeyRequest, origin: Origin) -> Result<Option<StoreLink>, ApiError> {
    let refuse = |why: String| Err(ApiError::new("UnsupportedOperationException", "").because(why));
    let row = request.spec().row();
    if !row.exists_in(caller.region) {
        return refuse(format!("{} has no {} keys", caller.region, request.spec()));
    }
    if request.xks_key_id.is_some() && origin != Origin::EXTERNAL_KEY_STORE {
        return Err(invalid("XksKeyId is valid only for KMS keys with the Origin EXTERNAL_KEY_STORE."));
    }
    match (origin, &request.custom_key_store_id) {
        (Origin::AWS_KMS, None) => Ok(None),
        (Origin::EXTERNAL, None) if row.importable => Ok(None),
        (Origin::EXTERNAL, None) => refuse(format!("key material of {} cannot be imported", request.spec())),
        (Origin::AWS_CLOUDHSM | Origin::EXTERNAL_KEY_STORE, Some(_)) if request.multi_region => {
            refuse("a key in a custom key store lives in one Region".to_owned())
        }
        (Origin::AWS_CLOUDHSM | Origin::EXTERNAL_KEY_STORE, Some(_)) if !row.key_store => {
            refuse("a custom key store holds symmetric encryption keys only".to_owned())
        }
        (Origin::AWS_CLOUDHSM | Origin::EXTERNAL_KEY_STORE, Some(id)) => key_store::link(door, caller, id, origin, request).map(Some),
        (Origin::AWS_CLOUDHSM | Origin::EXTERNAL_KEY_STORE, None) => Err(invalid("CustomKeyStoreId is required for this Origin.")),
        (Origin::AWS_KMS | Origin::EXTERNAL, Some(_)) => {
            Err(invalid("A key in a custom key store has the Origin AWS_CLOUDHSM or EXTERNAL_KEY_STORE."))
        }
    }
}

/// The resource quota of customer managed keys.
pub(super) fn within_quota(door: &Door<'_>, account: AccountId, region: Region) -> Result<(), ApiError> {
    let most = door.kms.rules().keys_per_region;
    if door.kms.count(account, region) < most {
        return Ok(());
    }
    let message = format!("The account has {most} KMS keys in {region}, the most it may have.");
    Err(ApiError::new("LimitExceededException", message)
        .because("keys count in every state, also while they wait for deletion; AWS managed keys do not count"))
}

pub(super) fn describe(door: &Door<'_>, at: KeyRef) -> Result<Response, ApiError> {
    Ok(Response::Json(json!({ "KeyMetadata": metadata(door, door.key(at)?) })))
}

pub(super) fn disable(door: &mut Door<'_>, at: KeyRef) -> Result<Response, ApiError> {
    door.key_mut(at)?.enabled = false;
    Ok(Response::Empty)
}

pub(super) fn enable(door: &mut Door<'_>, at: KeyRef) -> Result<Response, ApiError> {
    door.key_mut(at)?.enabled = true;
    // A rotation that fell due while the key was disabled happens at once.
    let now = door.cloud.now();
    door.rotate_when_due(at, now);
    Ok(Response::Empty)
}

pub(super) fn describe_anew(door: &mut Door<'_>, at: KeyRef, request: &UpdateKeyDescriptionRequest) -> Result<Response, ApiError> {
    door.key_mut(at)?.description.clone_from(&request.description);
    Ok(Response::Empty)
}

/// The last use of a key. Tracking began when the world did, or with the key.
pub(super) fn last_usage(door: &Door<'_>, at: KeyRef) -> Result<Response, ApiError> {
    let key = door.key(at)?;
    let usage = key.last_usage.map_or_else(
        || json!({}),
        |usage| {
            json!({
                "Operation": usage.operation.name(),
                "Timestamp": format_instant(usage.time),
                "CloudTrailEventId": door.cloud.event_id(usage.event),
                "KmsRequestId": door.cloud.request_id(usage.event),
            })
        },
    );
    Ok(Response::Json(json!({
        "KeyId": &*key.arn,
        "KeyLastUsage": usage,
        "TrackingStartDate": format_instant(door.cloud.started().min(key.created)),
        "KeyCreationDate": format_instant(key.created),
    })))
}

pub(super) fn list(door: &Door<'_>, caller: &Caller, request: &ListKeysRequest) -> Result<Response, ApiError> {
    // Nobody shares keys through AWS RAM in the model.
    let own = request.resource_owners.is_empty() || request.resource_owners.contains(&ResourceOwner::SELF);
    let keys = door
        .kms
        .keys()
        .filter(|key| own && Some(key.account) == caller.account() && key.region == caller.region)
        .map(|key| (format!("{:032x}{}", key.id.bits(), u8::from(key.id.is_multi_region())), key));
    let show = |key: &crate::kms::Key| -> Value { json!({"KeyId": key.id.to_string(), "KeyArn": &*key.arn}) };
    page("Keys", keys, show, request.limit, request.marker.as_deref(), 100)
}
