//! Requests of the KMS API, in AWS's JSON shape.

use super::{EncryptionContext, Operation};
use crate::cloud::{ApiError, member_name};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::Value;
use std::collections::BTreeMap;

/// Bytes that JSON carries as Base64.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Blob(pub Vec<u8>);

impl Serialize for Blob {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&STANDARD.encode(&self.0))
    }
}

impl<'de> Deserialize<'de> for Blob {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        STANDARD.decode(&text).map(Blob).map_err(|_| serde::de::Error::custom("expected Base64"))
    }
}

macro_rules! shapes {
    ($($(#[$meta:meta])* $name:ident { $($field:ident: $type:ty),* $(,)? })*) => {
        $(
            $(#[$meta])*
            ///
            /// Members: see the page of the operation in the AWS KMS API Reference.
            #[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
            #[serde(rename_all = "PascalCase", default)]
            #[allow(missing_docs, reason = "the members are AWS's, under AWS's names")]
            pub struct $name { $(pub $field: $type),* }
        )*
    };
}

shapes! {
    /// `CancelKeyDeletion`, `DescribeKey` and the other operations that take a key and nothing else.
    KeyRequest { key_id: String, grant_tokens: Vec<String> }
    /// `CreateAlias` and `UpdateAlias`.
    AliasTargetRequest { alias_name: String, target_key_id: String }
    /// `DeleteAlias`.
    DeleteAliasRequest { alias_name: String }
    /// The `Constraints` of `CreateGrant`.
    GrantConstraints { encryption_context_equals: Option<EncryptionContext>, encryption_context_subset: Option<EncryptionContext> }
    /// `CreateGrant`.
    CreateGrantRequest {
        key_id: String, grantee_principal: String, retiring_principal: Option<String>, operations: Vec<String>,
        constraints: Option<GrantConstraints>, grant_tokens: Vec<String>, name: Option<String>, dry_run: bool,
    }
    /// A tag of a key.
    Tag { tag_key: String, tag_value: String }
    /// `CreateKey`.
    CreateKeyRequest {
        policy: Option<String>, description: String, key_usage: Option<String>, key_spec: Option<String>, origin: Option<String>,
        bypass_policy_lockout_safety_check: Option<bool>, tags: Vec<Tag>, multi_region: bool,
    }
    /// `Decrypt`.
    DecryptRequest {
        ciphertext_blob: Blob, key_id: Option<String>, encryption_context: EncryptionContext,
        grant_tokens: Vec<String>, encryption_algorithm: Option<String>, dry_run: bool,
    }
    /// `EnableKeyRotation`.
    EnableKeyRotationRequest { key_id: String, rotation_period_in_days: Option<i64> }
    /// `Encrypt`.
    EncryptRequest {
        key_id: String, plaintext: Blob, encryption_context: EncryptionContext,
        grant_tokens: Vec<String>, encryption_algorithm: Option<String>, dry_run: bool,
    }
    /// `GenerateDataKey` and `GenerateDataKeyWithoutPlaintext`.
    GenerateDataKeyRequest {
        key_id: String, encryption_context: EncryptionContext, number_of_bytes: Option<i64>, key_spec: Option<String>,
        grant_tokens: Vec<String>, dry_run: bool,
    }
    /// `GenerateRandom`.
    GenerateRandomRequest { number_of_bytes: Option<i64> }
    /// `GetKeyPolicy`.
    GetKeyPolicyRequest { key_id: String, policy_name: Option<String> }
    /// `ListAliases`, `ListKeyPolicies`, `ListKeyRotations`, `ListKeys` and `ListResourceTags`.
    ListRequest { key_id: Option<String>, limit: Option<i64>, marker: Option<String> }
    /// `ListGrants`.
    ListGrantsRequest {
        key_id: String, limit: Option<i64>, marker: Option<String>, grant_id: Option<String>, grantee_principal: Option<String>,
    }
    /// `ListRetirableGrants`.
    ListRetirableGrantsRequest { limit: Option<i64>, marker: Option<String>, retiring_principal: String }
    /// `PutKeyPolicy`.
    PutKeyPolicyRequest {
        key_id: String, policy_name: Option<String>, policy: String, bypass_policy_lockout_safety_check: Option<bool>,
    }
    /// `ReEncrypt`.
    ReEncryptRequest {
        ciphertext_blob: Blob, source_encryption_context: EncryptionContext, source_key_id: Option<String>,
        destination_key_id: String, destination_encryption_context: EncryptionContext, grant_tokens: Vec<String>, dry_run: bool,
    }
    /// `RetireGrant`.
    RetireGrantRequest { grant_token: Option<String>, key_id: Option<String>, grant_id: Option<String>, dry_run: bool }
    /// `RevokeGrant`.
    RevokeGrantRequest { key_id: String, grant_id: String, dry_run: bool }
    /// `ScheduleKeyDeletion`.
    ScheduleKeyDeletionRequest { key_id: String, pending_window_in_days: Option<i64> }
    /// `TagResource`.
    TagResourceRequest { key_id: String, tags: Vec<Tag> }
    /// `UntagResource`.
    UntagResourceRequest { key_id: String, tag_keys: Vec<String> }
    /// `UpdateKeyDescription`.
    UpdateKeyDescriptionRequest { key_id: String, description: String }
}

macro_rules! requests {
    ($($name:ident($type:ident)),* $(,)?) => {
        /// A request of one of the operations that the model carries out.
        #[derive(Clone, Debug, PartialEq)]
        #[allow(missing_docs, reason = "one variant per operation, under AWS's names")]
        pub enum Request { $($name($type)),* }

        impl Request {
            /// The operation that it asks for.
            #[must_use]
            pub fn operation(&self) -> Operation {
                match self { $(Request::$name(_) => Operation::$name),* }
            }

            /// Its members as JSON.
            #[must_use]
            pub fn to_json(&self) -> Value {
                match self { $(Request::$name(request) => serde_json::to_value(request).unwrap_or_default()),* }
            }
        }

        type Reader = fn(Value) -> Result<Request, serde_json::Error>;

        /// How to read the request of each operation that the model carries out.
        static READERS: &[(Operation, Reader)] = &[$((Operation::$name, |value| serde_json::from_value(value).map(Request::$name))),*];
    };
}

requests! {
    CancelKeyDeletion(KeyRequest),
    CreateAlias(AliasTargetRequest),
    CreateGrant(CreateGrantRequest),
    CreateKey(CreateKeyRequest),
    Decrypt(DecryptRequest),
    DeleteAlias(DeleteAliasRequest),
    DescribeKey(KeyRequest),
    DisableKey(KeyRequest),
    DisableKeyRotation(KeyRequest),
    EnableKey(KeyRequest),
    EnableKeyRotation(EnableKeyRotationRequest),
    Encrypt(EncryptRequest),
    GenerateDataKey(GenerateDataKeyRequest),
    GenerateDataKeyWithoutPlaintext(GenerateDataKeyRequest),
    GenerateRandom(GenerateRandomRequest),
    GetKeyPolicy(GetKeyPolicyRequest),
    GetKeyRotationStatus(KeyRequest),
    ListAliases(ListRequest),
    ListGrants(ListGrantsRequest),
    ListKeyPolicies(ListRequest),
    ListKeyRotations(ListRequest),
    ListKeys(ListRequest),
    ListResourceTags(ListRequest),
    ListRetirableGrants(ListRetirableGrantsRequest),
    PutKeyPolicy(PutKeyPolicyRequest),
    ReEncrypt(ReEncryptRequest),
    RetireGrant(RetireGrantRequest),
    RevokeGrant(RevokeGrantRequest),
    RotateKeyOnDemand(KeyRequest),
    ScheduleKeyDeletion(ScheduleKeyDeletionRequest),
    TagResource(TagResourceRequest),
    UntagResource(UntagResourceRequest),
    UpdateAlias(AliasTargetRequest),
    UpdateKeyDescription(UpdateKeyDescriptionRequest),
}

impl Request {
    /// Whether the model carries this operation out.
    #[must_use]
    pub fn is_modelled(operation: Operation) -> bool {
        READERS.iter().any(|(known, _)| *known == operation)
    }

    /// Reads a request from AWS's JSON.
    ///
    /// # Errors
    /// `ValidationException` for a missing required member, `SerializationException` for a value of the wrong
    /// type, and `UnsupportedOperationException` for an operation that the model does not carry out yet.
    pub fn from_json(operation: Operation, members: Value) -> Result<Self, ApiError> {
        let Some((_, reader)) = READERS.iter().find(|(known, _)| *known == operation) else {
            let message = format!("The model does not carry out {} yet; docs/fidelity.md lists what it does.", operation.name());
            return Err(ApiError::new("UnsupportedOperationException", message));
        };
        for parameter in operation.row().parameters.iter().filter(|parameter| parameter.required) {
            if members.get(parameter.name).is_none_or(Value::is_null) {
                let member = member_name(parameter.name);
                let message =
                    format!("1 validation error detected: Value null at '{member}' failed to satisfy constraint: Member must not be null");
                return Err(ApiError::new("ValidationException", message));
            }
        }
        reader(members).map_err(|error| ApiError::new("SerializationException", error.to_string()))
    }
}

/// Tags as a map, which is how a key keeps them.
pub(crate) fn tag_map(tags: &[Tag]) -> BTreeMap<String, String> {
    tags.iter().map(|tag| (tag.tag_key.clone(), tag.tag_value.clone())).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn requests_are_read_in_awss_shape() {
        let request =
            Request::from_json(Operation::Encrypt, json!({"KeyId": "alias/a", "Plaintext": "aGk=", "EncryptionContext": {"a": "b"}}));
        let Ok(Request::Encrypt(encrypt)) = request else { panic!("{request:?}") };
        assert_eq!((encrypt.plaintext.0.as_slice(), encrypt.encryption_context.len()), (b"hi".as_slice(), 1));
    }

    #[test]
    fn a_missing_member_and_a_wrong_type_are_awss_errors() {
        let missing = Request::from_json(Operation::Encrypt, json!({"KeyId": "alias/a"})).unwrap_err();
        assert_eq!((missing.code.as_ref(), missing.message.contains("'plaintext'")), ("ValidationException", true));
        let wrong = Request::from_json(Operation::Encrypt, json!({"KeyId": "alias/a", "Plaintext": 7})).unwrap_err();
        assert_eq!(wrong.code, "SerializationException");
        let later = Request::from_json(Operation::Sign, json!({})).unwrap_err();
        assert_eq!(later.code, "UnsupportedOperationException");
    }
}
