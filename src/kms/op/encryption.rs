//! Encrypt, Decrypt and ReEncrypt.

use super::no_algorithm;
use crate::cloud::ApiError;
use crate::kms::ciphertext::Ciphertext;
use crate::kms::context::{authenticated_data, describe};
use crate::kms::crypto::NONCE;
use crate::kms::fit::plaintext_fits;
use crate::kms::response::{DecryptResponse, EncryptResponse, ReEncryptResponse};
use crate::kms::target::Targets;
use crate::kms::{
    Blob, DecryptRequest, Door, EncryptRequest, EncryptionAlgorithm, EncryptionContext, KeyRef, MaterialId, ReEncryptRequest, Response,
};
use std::sync::Arc;

pub(super) fn encrypt(door: &mut Door<'_>, at: KeyRef, request: &EncryptRequest) -> Result<Response, ApiError> {
    let algorithm = request.encryption_algorithm.unwrap_or_default();
    let made = seal(door, at, algorithm, &request.plaintext.0, &request.encryption_context)?;
    Ok(Response::Encrypt(EncryptResponse { ciphertext_blob: Blob(made.bytes), key_id: made.key_id, encryption_algorithm: algorithm }))
}

pub(super) fn decrypt(door: &mut Door<'_>, at: KeyRef, request: &DecryptRequest) -> Result<Response, ApiError> {
    super::no_enclave(request.recipient.as_ref())?;
    let algorithm = request.encryption_algorithm.unwrap_or_default();
    let found = open(door, at, algorithm, &request.ciphertext_blob.0, &request.encryption_context)?;
    Ok(Response::Decrypt(DecryptResponse {
        key_id: found.key_id,
        plaintext: Blob(found.bytes),
        encryption_algorithm: algorithm,
        key_material_id: found.material,
    }))
}

pub(super) fn re_encrypt(door: &mut Door<'_>, targets: &Targets<'_>, request: &ReEncryptRequest) -> Result<Response, ApiError> {
    let (Some(source), Some(destination)) = (targets.first, targets.second) else {
        return Err(ApiError::new("NotFoundException", "ReEncrypt needs two keys."));
    };
    let from = request.source_encryption_algorithm.unwrap_or_default();
    let to = request.destination_encryption_algorithm.unwrap_or_default();
    let found = open(door, source.key, from, &request.ciphertext_blob.0, &request.source_encryption_context)?;
    plaintext_fits(door.key(destination.key)?, to, found.bytes.len())?;
    let made = seal(door, destination.key, to, &found.bytes, &request.destination_encryption_context)?;
    Ok(Response::ReEncrypt(ReEncryptResponse {
        ciphertext_blob: Blob(made.bytes),
        source_key_id: found.key_id,
        key_id: made.key_id,
        source_encryption_algorithm: from,
        destination_encryption_algorithm: to,
        source_key_material_id: found.material,
        destination_key_material_id: made.material,
    }))
}

impl Door<'_> {
    /// Encrypts for a resource that a world starts with: real cryptography, but called by nobody, so that nothing
    /// is authorised, recorded or billed and no key state stands in the way.
    ///
    /// # Errors
    /// `NotFoundException` for a key that does not exist.
    pub fn encrypt_beforehand(&mut self, at: KeyRef, plaintext: &[u8], context: &EncryptionContext) -> Result<Vec<u8>, ApiError> {
        seal(self, at, EncryptionAlgorithm::SYMMETRIC_DEFAULT, plaintext, context).map(|made| made.bytes)
    }
}

/// What came of encrypting or decrypting.
pub(super) struct Outcome {
    pub(super) bytes: Vec<u8>,
    pub(super) key_id: Arc<str>,
    /// Told for symmetric keys only.
    pub(super) material: Option<MaterialId>,
}

/// Encrypts with the current material.
pub(super) fn seal(
    door: &mut Door<'_>,
    at: KeyRef,
    algorithm: EncryptionAlgorithm,
    plaintext: &[u8],
    context: &EncryptionContext,
) -> Result<Outcome, ApiError> {
    if algorithm != EncryptionAlgorithm::SYMMETRIC_DEFAULT {
        let random = door.cloud.random.bytes();
        let (key, material) = door.material(at)?;
        let bytes = material
            .private_key()
            .and_then(|private| private.encrypt(algorithm, plaintext, random))
            .ok_or_else(|| no_algorithm(&format!("{algorithm} with {}", key.spec)))?;
        return Ok(Outcome { bytes, key_id: Arc::clone(&key.arn), material: None });
    }
    let nonce: [u8; NONCE] = door.cloud.random.bytes();
    let (key, material) = door.material(at)?;
    let mut aad = Vec::new();
    authenticated_data(context, &mut aad);
    let sealed = material
        .cipher()
        .and_then(|cipher| cipher.seal(&nonce, &aad, plaintext))
        .ok_or_else(|| ApiError::new("KMSInternalException", "The plaintext is too long for the cipher.").status(500))?;
    let bytes = Ciphertext::write(key.id, material.id, &nonce, &sealed);
    Ok(Outcome { bytes, key_id: Arc::clone(&key.arn), material: Some(material.id) })
}

/// Decrypts with the material that made the ciphertext.
pub(super) fn open(
    door: &Door<'_>,
    at: KeyRef,
    algorithm: EncryptionAlgorithm,
    blob: &[u8],
    context: &EncryptionContext,
) -> Result<Outcome, ApiError> {
    let key = door.key(at)?;
    let invalid = |headline: String| ApiError::new("InvalidCiphertextException", "").because(headline);
    if algorithm != EncryptionAlgorithm::SYMMETRIC_DEFAULT {
        let (key, material) = door.material(at)?;
        let bytes = material.private_key().and_then(|private| private.decrypt(algorithm, blob)).ok_or_else(|| {
            invalid(format!("key {} with {algorithm} does not open this: another key, another algorithm, or damaged", key.id))
        })?;
        return Ok(Outcome { bytes, key_id: Arc::clone(&key.arn), material: None });
    }
    let ciphertext = Ciphertext::parse(blob).ok_or_else(|| invalid("this is no ciphertext that KMS made".to_owned()))?;
    let material = key
        .materials
        .iter()
        .filter_map(|held| held.material.as_ref())
        .find(|material| material.id == ciphertext.material)
        .ok_or_else(|| invalid(format!("key {} does not hold the key material that made this ciphertext", key.id)))?;
    let mut aad = Vec::new();
    authenticated_data(context, &mut aad);
    let bytes = material.cipher().and_then(|cipher| cipher.open(&ciphertext.nonce, &aad, ciphertext.sealed)).ok_or_else(|| {
        ApiError::new(door.kms.rules().context_error, "").because(format!(
            "the ciphertext does not authenticate with {}: it was damaged, or made under another encryption context (every pair must match exactly)",
            describe(context)
        ))
    })?;
    Ok(Outcome { bytes, key_id: Arc::clone(&key.arn), material: Some(material.id) })
}
