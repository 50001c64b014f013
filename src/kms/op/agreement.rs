//! Shared secrets: ECDH and ML-KEM; and the public half that the other party needs.

use super::{metadata, no_algorithm, no_enclave};
use crate::cloud::ApiError;
use crate::kms::{Blob, DecapsulateRequest, DeriveSharedSecretRequest, Door, EncapsulateRequest, Key, KeyRef, Response};
use serde_json::{Value, json};
use std::sync::Arc;

pub(super) fn derive(door: &mut Door<'_>, at: KeyRef, request: &DeriveSharedSecretRequest) -> Result<Response, ApiError> {
    no_enclave(request.recipient.as_ref())?;
    let (key, material) = door.material(at)?;
    let secret = material.private_key().and_then(|private| private.agree(&request.public_key.0)).ok_or_else(|| {
        ApiError::new("ValidationException", "")
            .because(format!("PublicKey must be the DER SubjectPublicKeyInfo of a key on the curve of this key, {}", key.spec))
    })?;
    Ok(Response::Json(json!({
        "KeyId": &*key.arn,
        "SharedSecret": Blob(secret),
        "KeyAgreementAlgorithm": request.key_agreement_algorithm,
        "KeyOrigin": key.origin,
    })))
}

pub(super) fn encapsulate(door: &mut Door<'_>, at: KeyRef, request: &EncapsulateRequest) -> Result<Response, ApiError> {
    let random = door.cloud.random.bytes();
    let (key, material) = door.material(at)?;
    let (ciphertext, secret) = material
        .private_key()
        .and_then(|private| private.encapsulate(random))
        .ok_or_else(|| no_algorithm(&format!("{} with {}", request.encapsulation_algorithm, key.spec)))?;
    Ok(Response::Json(json!({
        "KeyId": &*key.arn,
        "SharedSecret": Blob(secret.to_vec()),
        "SharedSecretCiphertextBlob": Blob(ciphertext),
        "EncapsulationAlgorithm": request.encapsulation_algorithm,
    })))
}

pub(super) fn decapsulate(door: &mut Door<'_>, at: KeyRef, request: &DecapsulateRequest) -> Result<Response, ApiError> {
    let (key, material) = door.material(at)?;
    let secret =
        material.private_key().and_then(|private| private.decapsulate(&request.shared_secret_ciphertext_blob.0)).ok_or_else(|| {
            ApiError::new("InvalidCiphertextException", "").because(format!("an encapsulated secret of {} has another length", key.spec))
        })?;
    Ok(Response::Json(json!({
        "KeyId": &*key.arn,
        "SharedSecret": Blob(secret.to_vec()),
        "EncapsulationAlgorithm": request.encapsulation_algorithm,
    })))
}

pub(super) fn public_key(door: &Door<'_>, at: KeyRef) -> Result<Response, ApiError> {
    let key = door.key(at)?;
    let der = public_half(key).ok_or_else(|| {
        ApiError::new("KMSInvalidStateException", format!("{} is pending import.", key.arn))
            .because("the key has never had material, so it has no public half yet")
    })?;
    let mut answer = json!({
        "KeyId": &*key.arn,
        "PublicKey": Blob(der.to_vec()),
        "CustomerMasterKeySpec": key.spec,
        "KeySpec": key.spec,
        "KeyUsage": key.usage,
    });
    if let Value::Object(members) = &mut answer {
        members.extend(metadata::algorithms(key));
    }
    Ok(Response::Json(answer))
}

/// The public half, which stays known when imported material is deleted.
fn public_half(key: &Key) -> Option<Arc<[u8]>> {
    let held = key.materials.last()?;
    match &held.material {
        Some(material) => material.private_key().map(|private| private.public_key().into()),
        None => held.public_key.clone(),
    }
}
