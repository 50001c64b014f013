//! Encrypt, Decrypt, ReEncrypt and data keys.

use crate::cloud::ApiError;
use crate::kms::ciphertext::Ciphertext;
use crate::kms::context::{authenticated_data, describe};
use crate::kms::crypto::NONCE;
use crate::kms::request::{DecryptRequest, EncryptRequest, GenerateDataKeyRequest, GenerateRandomRequest, ReEncryptRequest};
use crate::kms::response::{DataKeyResponse, DecryptResponse, EncryptResponse, ReEncryptResponse};
use crate::kms::target::Targets;
use crate::kms::{Blob, Door, EncryptionContext, KeyRef, MaterialId, Response};
use serde_json::json;
use std::sync::Arc;

const SYMMETRIC_DEFAULT: &str = "SYMMETRIC_DEFAULT";

pub(super) fn encrypt(door: &mut Door<'_>, at: KeyRef, request: &EncryptRequest) -> Result<Response, ApiError> {
    let (blob, key_id, _) = seal(door, at, &request.plaintext.0, &request.encryption_context)?;
    Ok(Response::Encrypt(EncryptResponse { ciphertext_blob: Blob(blob), key_id, encryption_algorithm: SYMMETRIC_DEFAULT }))
}

pub(super) fn decrypt(door: &mut Door<'_>, at: KeyRef, request: &DecryptRequest) -> Result<Response, ApiError> {
    let (plaintext, key_id, material) = open(door, at, &request.ciphertext_blob.0, &request.encryption_context)?;
    Ok(Response::Decrypt(DecryptResponse {
        key_id,
        plaintext: Blob(plaintext),
        encryption_algorithm: SYMMETRIC_DEFAULT,
        key_material_id: material,
    }))
}

pub(super) fn data_key(
    door: &mut Door<'_>,
    at: KeyRef,
    request: &GenerateDataKeyRequest,
    with_plaintext: bool,
) -> Result<Response, ApiError> {
    let length = match (request.key_spec.as_deref(), request.number_of_bytes) {
        (Some("AES_128"), _) => 16,
        (None, Some(number)) => usize::try_from(number).unwrap_or(32),
        _ => 32,
    };
    let mut plaintext = vec![0; length];
    door.cloud.random.fill(&mut plaintext);
    let (blob, key_id, material) = seal(door, at, &plaintext, &request.encryption_context)?;
    Ok(Response::DataKey(DataKeyResponse {
        ciphertext_blob: Blob(blob),
        plaintext: with_plaintext.then_some(Blob(plaintext)),
        key_id,
        key_material_id: material,
    }))
}

pub(super) fn re_encrypt(door: &mut Door<'_>, targets: &Targets<'_>, request: &ReEncryptRequest) -> Result<Response, ApiError> {
    let (Some(source), Some(destination)) = (targets.first, targets.second) else {
        return Err(ApiError::new("NotFoundException", "ReEncrypt needs two keys."));
    };
    let (plaintext, source_key_id, source_material) =
        open(door, source.key, &request.ciphertext_blob.0, &request.source_encryption_context)?;
    let (blob, key_id, material) = seal(door, destination.key, &plaintext, &request.destination_encryption_context)?;
    Ok(Response::ReEncrypt(ReEncryptResponse {
        ciphertext_blob: Blob(blob),
        source_key_id,
        key_id,
        source_encryption_algorithm: SYMMETRIC_DEFAULT,
        destination_encryption_algorithm: SYMMETRIC_DEFAULT,
        source_key_material_id: source_material,
        destination_key_material_id: material,
    }))
}

pub(super) fn random(door: &mut Door<'_>, request: &GenerateRandomRequest) -> Result<Response, ApiError> {
    let mut bytes = vec![0; request.number_of_bytes.and_then(|number| usize::try_from(number).ok()).unwrap_or(32)];
    door.cloud.random.fill(&mut bytes);
    Ok(Response::Json(json!({ "Plaintext": Blob(bytes) })))
}

impl Door<'_> {
    /// Encrypts for a resource that a world starts with: real cryptography, but called by nobody, so that nothing
    /// is authorised, recorded or billed and no key state stands in the way.
    ///
    /// # Errors
    /// `NotFoundException` for a key that does not exist.
    pub fn encrypt_beforehand(&mut self, at: KeyRef, plaintext: &[u8], context: &EncryptionContext) -> Result<Vec<u8>, ApiError> {
        seal(self, at, plaintext, context).map(|(blob, _, _)| blob)
    }
}

type Sealed = (Vec<u8>, Arc<str>, MaterialId);

fn seal(door: &mut Door<'_>, at: KeyRef, plaintext: &[u8], context: &EncryptionContext) -> Result<Sealed, ApiError> {
    let nonce: [u8; NONCE] = door.cloud.random.bytes();
    let key = door.key(at)?;
    let material = key.current_material().ok_or_else(super::gone)?;
    let mut aad = Vec::new();
    authenticated_data(context, &mut aad);
    let sealed = material
        .cipher()
        .seal(&nonce, &aad, plaintext)
        .ok_or_else(|| ApiError::new("KMSInternalException", "The plaintext is too long for the cipher.").status(500))?;
    Ok((Ciphertext::write(key.id, material.id, &nonce, &sealed), Arc::clone(&key.arn), material.id))
}

fn open(door: &Door<'_>, at: KeyRef, blob: &[u8], context: &EncryptionContext) -> Result<Sealed, ApiError> {
    let key = door.key(at)?;
    let invalid = |headline: String| ApiError::new("InvalidCiphertextException", "").because(headline);
    let ciphertext = Ciphertext::parse(blob).ok_or_else(|| invalid("this is no ciphertext that KMS made".to_owned()))?;
    let material = key
        .materials
        .iter()
        .find(|material| material.id == ciphertext.material)
        .ok_or_else(|| invalid(format!("key {} does not hold the key material that made this ciphertext", key.id)))?;
    let mut aad = Vec::new();
    authenticated_data(context, &mut aad);
    let plaintext = material.cipher().open(&ciphertext.nonce, &aad, ciphertext.sealed).ok_or_else(|| {
        invalid(format!(
            "the ciphertext does not authenticate with {}: it was damaged, or made under another encryption context (every pair must match exactly)",
            describe(context)
        ))
    })?;
    Ok((plaintext, Arc::clone(&key.arn), material.id))
}
