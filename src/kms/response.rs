//! Responses of the KMS API, in AWS's JSON shape.

use super::{Blob, EncryptionAlgorithm, MaterialId};
use serde::Serialize;
use serde_json::Value;
use std::sync::Arc;

/// What a call gives back.
#[derive(Clone, Debug, PartialEq)]
pub enum Response {
    /// Nothing but success.
    Empty,
    /// `Encrypt`.
    Encrypt(EncryptResponse),
    /// `Decrypt`.
    Decrypt(DecryptResponse),
    /// `GenerateDataKey`, and `GenerateDataKeyWithoutPlaintext` without the plaintext.
    DataKey(DataKeyResponse),
    /// `ReEncrypt`.
    ReEncrypt(ReEncryptResponse),
    /// `CreateGrant`.
    CreateGrant(CreateGrantResponse),
    /// The descriptive answers, whose shape is only ever read by people or tools.
    Json(Value),
}

/// `Encrypt`.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct EncryptResponse {
    /// The ciphertext.
    pub ciphertext_blob: Blob,
    /// The key's ARN.
    pub key_id: Arc<str>,
    /// How it was encrypted.
    pub encryption_algorithm: EncryptionAlgorithm,
}

/// `Decrypt`.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct DecryptResponse {
    /// The ARN of the key that decrypted.
    pub key_id: Arc<str>,
    /// The plaintext.
    pub plaintext: Blob,
    /// How it was encrypted.
    pub encryption_algorithm: EncryptionAlgorithm,
    /// The material that decrypted; told for symmetric keys only.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub key_material_id: Option<MaterialId>,
}

/// `GenerateDataKey` and `GenerateDataKeyWithoutPlaintext`.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct DataKeyResponse {
    /// The encrypted data key.
    pub ciphertext_blob: Blob,
    /// The plaintext data key.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub plaintext: Option<Blob>,
    /// The key's ARN.
    pub key_id: Arc<str>,
    /// The material that encrypted; told for symmetric keys only.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub key_material_id: Option<MaterialId>,
}

/// `ReEncrypt`.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct ReEncryptResponse {
    /// The new ciphertext.
    pub ciphertext_blob: Blob,
    /// The ARN of the key that decrypted.
    pub source_key_id: Arc<str>,
    /// The ARN of the key that encrypted.
    pub key_id: Arc<str>,
    /// How it was decrypted.
    pub source_encryption_algorithm: EncryptionAlgorithm,
    /// How it was encrypted anew.
    pub destination_encryption_algorithm: EncryptionAlgorithm,
    /// The material that decrypted; told for symmetric keys only.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub source_key_material_id: Option<MaterialId>,
    /// The material that encrypted; told for symmetric keys only.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub destination_key_material_id: Option<MaterialId>,
}

/// `CreateGrant`.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct CreateGrantResponse {
    /// The grant's token.
    pub grant_token: Arc<str>,
    /// The grant's id.
    pub grant_id: Arc<str>,
}

impl Response {
    /// The response as AWS's JSON.
    #[must_use]
    pub fn to_json(&self) -> Value {
        let value = match self {
            Response::Empty => return Value::Object(serde_json::Map::new()),
            Response::Json(value) => return value.clone(),
            Response::Encrypt(response) => serde_json::to_value(response),
            Response::Decrypt(response) => serde_json::to_value(response),
            Response::DataKey(response) => serde_json::to_value(response),
            Response::ReEncrypt(response) => serde_json::to_value(response),
            Response::CreateGrant(response) => serde_json::to_value(response),
        };
        // Plain structs of texts always serialise.
        value.unwrap_or_default()
    }
}
