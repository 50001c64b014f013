//! Data keys, data key pairs and random bytes.

use super::encryption::seal;
use super::{key_store, no_algorithm, no_enclave};
use crate::cloud::{ApiError, Caller};
use crate::kms::crypto::PrivateKey;
use crate::kms::response::DataKeyResponse;
use crate::kms::{
    Blob, DataKeySpec, Door, EncryptionAlgorithm, GenerateDataKeyPairRequest, GenerateDataKeyRequest, GenerateRandomRequest, KeyRef,
    Response,
};
use serde_json::{Map, Value, json};

pub(super) fn generate(
    door: &mut Door<'_>,
    at: KeyRef,
    request: &GenerateDataKeyRequest,
    with_plaintext: bool,
) -> Result<Response, ApiError> {
    no_enclave(request.recipient.as_ref())?;
    let length = match (request.key_spec, request.number_of_bytes) {
        (Some(DataKeySpec::AES_128), _) => 16,
        (Some(DataKeySpec::AES_256), _) => 32,
        (None, number) => number.and_then(|number| usize::try_from(number).ok()).unwrap_or(32),
    };
    let mut plaintext = vec![0; length];
    door.cloud.random.fill(&mut plaintext);
    let made = seal(door, at, EncryptionAlgorithm::SYMMETRIC_DEFAULT, &plaintext, &request.encryption_context)?;
    Ok(Response::DataKey(DataKeyResponse {
        ciphertext_blob: Blob(made.bytes),
        plaintext: with_plaintext.then_some(Blob(plaintext)),
        key_id: made.key_id,
        key_material_id: made.material,
    }))
}

pub(super) fn generate_pair(
    door: &mut Door<'_>,
    at: KeyRef,
    request: &GenerateDataKeyPairRequest,
    with_plaintext: bool,
) -> Result<Response, ApiError> {
    no_enclave(request.recipient.as_ref())?;
    let seed = door.cloud.random.bytes();
    let pair = PrivateKey::generate(request.key_pair_spec, &seed)
        .ok_or_else(|| no_algorithm(&format!("key pairs of {}", request.key_pair_spec)))?;
    let private = pair.to_pkcs8();
    let made = seal(door, at, EncryptionAlgorithm::SYMMETRIC_DEFAULT, &private, &request.encryption_context)?;
    let mut answer = Map::new();
    answer.insert("PrivateKeyCiphertextBlob".into(), json!(Blob(made.bytes)));
    if with_plaintext {
        answer.insert("PrivateKeyPlaintext".into(), json!(Blob(private)));
    }
    answer.insert("PublicKey".into(), json!(Blob(pair.public_key())));
    answer.insert("KeyId".into(), json!(&*made.key_id));
    answer.insert("KeyPairSpec".into(), json!(request.key_pair_spec));
    answer.insert("KeyMaterialId".into(), json!(made.material));
    Ok(Response::Json(Value::Object(answer)))
}

pub(super) fn random(door: &mut Door<'_>, caller: &Caller, request: &GenerateRandomRequest) -> Result<Response, ApiError> {
    no_enclave(request.recipient.as_ref())?;
    if let Some(id) = &request.custom_key_store_id {
        key_store::makes_random(door, caller, id)?;
    }
    let mut bytes = vec![0; request.number_of_bytes.and_then(|number| usize::try_from(number).ok()).unwrap_or(32)];
    door.cloud.random.fill(&mut bytes);
    Ok(Response::Json(json!({ "Plaintext": Blob(bytes) })))
}
