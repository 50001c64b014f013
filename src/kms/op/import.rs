//! Imported key material.
//!
//! Source: "Importing key material for AWS KMS keys", AWS KMS Developer Guide; "ImportKeyMaterial", AWS KMS API Reference.

use super::import_token::ImportToken;
use crate::cloud::{ApiError, Instant, after, days_after, format_instant};
use crate::kms::crypto::unwrap_key_material;
use crate::kms::limits::invalid;
use crate::kms::{
    Blob, DeleteImportedKeyMaterialRequest, Door, ExpirationModel, GetParametersForImportRequest, HeldMaterial, ImportKeyMaterialRequest,
    ImportType, Key, KeyFamily, KeyRef, KeySpec, KeyState, Material, MaterialId, Response, WrappingAlgorithm, WrappingKeySpec,
};
use serde_json::{Map, Value, json};
use std::sync::Arc;

pub(super) fn parameters(door: &mut Door<'_>, at: KeyRef, request: &GetParametersForImportRequest) -> Result<Response, ApiError> {
    let key = door.key(at)?;
    wrapping_fits(key, request.wrapping_algorithm, request.wrapping_key_spec)?;
    let arn = Arc::clone(&key.arn);
    let valid_to = after(door.cloud.now(), door.kms.rules().import_token);
    let nonce = door.cloud.random.bytes();
    let token = ImportToken { key: at, algorithm: request.wrapping_algorithm, spec: request.wrapping_key_spec, valid_to, nonce };
    let wrapping = token.wrapping_key(&door.cloud.random).ok_or_else(|| super::no_algorithm(request.wrapping_key_spec.name()))?;
    Ok(Response::Json(json!({
        "KeyId": &*arn,
        "ImportToken": Blob(token.write(&door.cloud.random)),
        "PublicKey": Blob(wrapping.public_key()),
        "ParametersValidTo": format_instant(valid_to),
    })))
}

/// Which wrapping carries which material.
fn wrapping_fits(key: &Key, algorithm: WrappingAlgorithm, spec: WrappingKeySpec) -> Result<(), ApiError> {
    let refuse = |why: String| Err(ApiError::new("UnsupportedOperationException", "").because(why));
    let direct = matches!(algorithm, WrappingAlgorithm::RSAES_OAEP_SHA_1 | WrappingAlgorithm::RSAES_OAEP_SHA_256);
    let china = algorithm == WrappingAlgorithm::SM2PKE || spec == WrappingKeySpec::SM2;
    let wraps_a_key = matches!(algorithm, WrappingAlgorithm::RSA_AES_KEY_WRAP_SHA_1 | WrappingAlgorithm::RSA_AES_KEY_WRAP_SHA_256);
    if algorithm == WrappingAlgorithm::RSAES_PKCS1_V1_5 {
        return refuse("RSAES_PKCS1_V1_5 is no longer accepted (since October 2023)".to_owned());
    }
    if china && !key.region.is_in_china() {
        return refuse("SM2 wrapping is for China Regions".to_owned());
    }
    if wraps_a_key && key.region.is_in_china() {
        return refuse(format!("{algorithm} is not for China Regions: use SM2PKE"));
    }
    match key.spec.row().family {
        KeyFamily::Symmetric | KeyFamily::Hmac if !direct && !china => {
            refuse(format!("{algorithm} is for private keys; a {} key is wrapped with RSAES_OAEP_SHA_256", key.spec))
        }
        KeyFamily::Rsa if direct => refuse("an RSA private key is too long for RSAES_OAEP: use RSA_AES_KEY_WRAP_SHA_256".to_owned()),
        KeyFamily::Ecc if direct && key.spec == KeySpec::ECC_NIST_P521 && spec == WrappingKeySpec::RSA_2048 => {
            refuse("an ECC_NIST_P521 private key is too long for RSAES_OAEP with an RSA_2048 wrapping key".to_owned())
        }
        KeyFamily::Symmetric | KeyFamily::Hmac | KeyFamily::Rsa | KeyFamily::Ecc | KeyFamily::Sm2 | KeyFamily::MlDsa | KeyFamily::MlKem => {
            Ok(())
        }
    }
}

/// Bytes of imported material of a symmetric key: AES-256 takes 32, and in China Regions SM4 takes 16.
///
/// Source: "Importing key material for AWS KMS keys", AWS KMS Developer Guide.
fn symmetric_bytes(key: &Key) -> usize {
    if key.region.is_in_china() { 16 } else { 32 }
}

pub(super) fn import(door: &mut Door<'_>, at: KeyRef, request: &ImportKeyMaterialRequest) -> Result<Response, ApiError> {
    let now = door.cloud.now();
    let key = door.key(at)?;
    let spec = key.spec;
    let expires = expiry(request, now, door.kms.rules().import_days_max)?;
    for_symmetric_only(spec, request)?;
    let token = ImportToken::read(&door.cloud.random, &request.import_token.0).filter(|token| token.key == at).ok_or_else(|| {
        ApiError::new("InvalidImportTokenException", "").because("the token was altered, or belongs to another key: get a new one")
    })?;
    if token.valid_to <= now {
        let headline = format!("the token was valid until {}; GetParametersForImport gives a new one", format_instant(token.valid_to));
        return Err(ApiError::new("ExpiredImportTokenException", "").because(headline));
    }
    let bytes = token
        .wrapping_key(&door.cloud.random)
        .and_then(|wrapping| unwrap_key_material(&wrapping, token.algorithm, &request.encrypted_key_material.0))
        .ok_or_else(|| {
            let headline = format!("the material was not wrapped with this token's public key and {}", token.algorithm);
            ApiError::new("InvalidCiphertextException", "").because(headline)
        })?;
    let length = symmetric_bytes(door.key(at)?);
    if spec == KeySpec::SYMMETRIC_DEFAULT && bytes.len() != length {
        return Err(incorrect(format!("the material of this key has {length} bytes, and these are {}", bytes.len())));
    }
    let material =
        Material::imported(at.id, spec, bytes, now).ok_or_else(|| incorrect(format!("these bytes are no key material of {spec}")))?;
    let id = material.id;
    if request.key_material_id.as_deref().is_some_and(|named| named != id.to_string()) {
        return Err(incorrect("KeyMaterialId names other material than the request brings"));
    }
    let held = HeldMaterial {
        expires,
        description: request.key_material_description.as_deref().map(Arc::from),
        ..HeldMaterial::made(Arc::new(material))
    };
    let arn = Arc::clone(&key.arn);
    place(door, at, held, request.import_type)?;
    let mut answer = Map::new();
    answer.insert("KeyId".into(), json!(&*arn));
    if spec.row().rotates {
        answer.insert("KeyMaterialId".into(), json!(id));
    }
    Ok(Response::Json(Value::Object(answer)))
}

fn incorrect(headline: impl Into<String>) -> ApiError {
    ApiError::new("IncorrectKeyMaterialException", "").because(headline)
}

/// When the material expires.
fn expiry(request: &ImportKeyMaterialRequest, now: Instant, days_max: u32) -> Result<Option<Instant>, ApiError> {
    match (request.expiration_model.unwrap_or_default(), request.valid_to) {
        (ExpirationModel::KEY_MATERIAL_EXPIRES, None) => {
            Err(invalid("A validTo date must be set if the ExpirationModel is KEY_MATERIAL_EXPIRES"))
        }
        (ExpirationModel::KEY_MATERIAL_EXPIRES, Some(date)) if date.0 <= now => Err(invalid("The validTo date must be in the future.")),
        (ExpirationModel::KEY_MATERIAL_EXPIRES, Some(date)) if date.0 > days_after(now, days_max) => {
            Err(invalid(format!("The validTo date must be at most {days_max} days from now.")))
        }
        (ExpirationModel::KEY_MATERIAL_EXPIRES, Some(date)) => Ok(Some(date.0)),
        (ExpirationModel::KEY_MATERIAL_DOES_NOT_EXPIRE, None) => Ok(None),
        (ExpirationModel::KEY_MATERIAL_DOES_NOT_EXPIRE, Some(_)) => {
            Err(invalid("A validTo date must not be set if the ExpirationModel is KEY_MATERIAL_DOES_NOT_EXPIRE"))
        }
    }
}

fn for_symmetric_only(spec: KeySpec, request: &ImportKeyMaterialRequest) -> Result<(), ApiError> {
    let several = request.import_type.is_some() || request.key_material_id.is_some() || request.key_material_description.is_some();
    if several && !spec.row().rotates {
        return Err(invalid("ImportType, KeyMaterialId and KeyMaterialDescription are supported only for symmetric encryption keys."));
    }
    if request.key_material_id.is_some() && request.import_type == Some(ImportType::NEW_KEY_MATERIAL) {
        return Err(invalid("KeyMaterialId cannot be specified when ImportType is NEW_KEY_MATERIAL."));
    }
    Ok(())
}

/// Puts material in its place among a key's materials.
fn place(door: &mut Door<'_>, at: KeyRef, held: HeldMaterial, import_type: Option<ImportType>) -> Result<(), ApiError> {
    let key = door.key_mut(at)?;
    let id = held.id;
    let never_imported = key.materials.is_empty();
    let default = if never_imported { ImportType::NEW_KEY_MATERIAL } else { ImportType::EXISTING_KEY_MATERIAL };
    let was_pending = key.state() == KeyState::PendingImport;
    match import_type.unwrap_or(default) {
        ImportType::EXISTING_KEY_MATERIAL => {
            let known = key.held_mut(id).ok_or_else(|| {
                incorrect("the key takes back only material that was imported into it before: bound to its first material for ever")
            })?;
            // A description may change; leaving it out keeps it.
            let description = held.description.clone().or_else(|| known.description.clone());
            *known = HeldMaterial { description, ..held };
        }
        ImportType::NEW_KEY_MATERIAL if never_imported => {
            key.materials.push(held.clone());
            share(door, at, &held, |key, missing| key.materials.push(missing));
        }
        ImportType::NEW_KEY_MATERIAL => {
            if key.multi_region.is_some() && !key.is_primary() {
                return Err(ApiError::new("UnsupportedOperationException", format!("{} is not a multi-region primary key.", key.arn))
                    .because("new material goes into the primary first, then as EXISTING_KEY_MATERIAL into each replica"));
            }
            if key.materials.iter().any(|known| known.id == id) {
                return Err(incorrect("this material belongs to the key already"));
            }
            if let Some(pending) = key.pending_material.as_ref().filter(|pending| pending.id != id) {
                let message = format!(
                    "New key material (id: {id}) cannot be imported into KMS key {}, because another key material (id: {}) is pending rotation.",
                    key.id, pending.id
                );
                return Err(
                    ApiError::new("KMSInvalidStateException", message).because("RotateKeyOnDemand takes up the material that waits")
                );
            }
            key.pending_material = Some(held.clone());
            share(door, at, &held, |key, missing| key.pending_material = Some(missing));
        }
    }
    let key = door.key_mut(at)?;
    // "ImportKeyMaterial": the key state becomes Enabled when nothing is missing any more.
    if was_pending && !key.lacks_material() {
        key.enabled = true;
    }
    Ok(())
}

/// Tells the related keys of new material; each has to import it for itself.
fn share(door: &mut Door<'_>, at: KeyRef, held: &HeldMaterial, add: fn(&mut Key, HeldMaterial)) {
    for related in door.kms.related(at.id).into_iter().filter(|related| *related != at) {
        if let Some(key) = door.kms.key_mut(related) {
            add(key, HeldMaterial::missing(held.id, held.description.clone()));
        }
    }
}

pub(super) fn delete(door: &mut Door<'_>, at: KeyRef, request: &DeleteImportedKeyMaterialRequest) -> Result<Response, ApiError> {
    let key = door.key_mut(at)?;
    let arn = Arc::clone(&key.arn);
    let named = match &request.key_material_id {
        Some(_) if !key.spec.row().rotates => return Err(invalid("KeyMaterialId is supported only for symmetric encryption keys.")),
        Some(text) => MaterialId::parse(text),
        None => key.materials.last().map(|held| held.id),
    };
    if let Some(held) = named.and_then(|id| key.held_mut(id)) {
        held.forget();
    } else if request.key_material_id.is_some() {
        return Err(ApiError::new("NotFoundException", "The key material does not exist."));
    }
    // Material that waits for its rotation is no part of the key yet: deleted from the primary it is gone everywhere.
    let waits = |key: &Key| key.pending_material.as_ref().is_some_and(|held| Some(held.id) == named);
    let everywhere = waits(key) && (key.multi_region.is_none() || key.is_primary());
    for related in door.kms.related(at.id).into_iter().filter(|_| everywhere) {
        if let Some(key) = door.kms.key_mut(related) {
            key.pending_material = None;
        }
    }
    let mut answer = Map::new();
    answer.insert("KeyId".into(), json!(&*arn));
    if let Some(id) = named.filter(|_| door.key(at).is_ok_and(|key| key.spec.row().rotates)) {
        answer.insert("KeyMaterialId".into(), json!(id));
    }
    Ok(Response::Json(Value::Object(answer)))
}
