//! A request to KMS: one of the 56 operations with its members.

use super::shapes::*;
use super::{EncryptionContext, Operation, members};
use crate::cloud::{ApiError, Instant, parse_instant};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use chrono::DateTime;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::Value;
use std::borrow::Cow;

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

/// A point of time, which JSON carries as seconds since 1970. Text as the AWS CLI takes it (ISO 8601) is read, too.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Timestamp(pub Instant);

impl Serialize for Timestamp {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_i64(self.0.timestamp())
    }
}

impl<'de> Deserialize<'de> for Timestamp {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let instant = match Value::deserialize(deserializer)? {
            // Fractions of a second are cut off: no date of KMS needs them.
            Value::Number(number) => number.as_f64().and_then(|seconds| DateTime::from_timestamp(seconds as i64, 0)),
            Value::String(text) => parse_instant(&text),
            Value::Null | Value::Bool(_) | Value::Array(_) | Value::Object(_) => None,
        };
        instant.map(Timestamp).ok_or_else(|| serde::de::Error::custom("expected a timestamp"))
    }
}

macro_rules! requests {
    ($($name:ident($type:ident)),* $(,)?) => {
        /// A request of one of the operations.
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

            fn members(&self) -> &dyn Members {
                match self { $(Request::$name(request) => request),* }
            }

            fn read(operation: Operation, members: &Value) -> Result<Self, serde_json::Error> {
                match operation { $(Operation::$name => $type::deserialize(members).map(Request::$name)),* }
            }
        }
    };
}

requests! {
    CancelKeyDeletion(KeyRequest),
    ConnectCustomKeyStore(CustomKeyStoreRequest),
    CreateAlias(AliasTargetRequest),
    CreateCustomKeyStore(CreateCustomKeyStoreRequest),
    CreateGrant(CreateGrantRequest),
    CreateKey(CreateKeyRequest),
    Decapsulate(DecapsulateRequest),
    Decrypt(DecryptRequest),
    DeleteAlias(DeleteAliasRequest),
    DeleteCustomKeyStore(CustomKeyStoreRequest),
    DeleteImportedKeyMaterial(DeleteImportedKeyMaterialRequest),
    DeriveSharedSecret(DeriveSharedSecretRequest),
    DescribeCustomKeyStores(DescribeCustomKeyStoresRequest),
    DescribeKey(DescribeKeyRequest),
    DisableKey(KeyRequest),
    DisableKeyRotation(KeyRequest),
    DisconnectCustomKeyStore(CustomKeyStoreRequest),
    EnableKey(KeyRequest),
    EnableKeyRotation(EnableKeyRotationRequest),
    Encapsulate(EncapsulateRequest),
    Encrypt(EncryptRequest),
    GenerateDataKey(GenerateDataKeyRequest),
    GenerateDataKeyPair(GenerateDataKeyPairRequest),
    GenerateDataKeyPairWithoutPlaintext(GenerateDataKeyPairRequest),
    GenerateDataKeyWithoutPlaintext(GenerateDataKeyRequest),
    GenerateMac(GenerateMacRequest),
    GenerateRandom(GenerateRandomRequest),
    GetKeyLastUsage(KeyRequest),
    GetKeyPolicy(GetKeyPolicyRequest),
    GetKeyRotationStatus(KeyRequest),
    GetParametersForImport(GetParametersForImportRequest),
    GetPublicKey(DescribeKeyRequest),
    ImportKeyMaterial(ImportKeyMaterialRequest),
    ListAliases(ListRequest),
    ListGrants(ListGrantsRequest),
    ListKeyPolicies(ListRequest),
    ListKeyRotations(ListKeyRotationsRequest),
    ListKeys(ListKeysRequest),
    ListResourceTags(ListRequest),
    ListRetirableGrants(ListRetirableGrantsRequest),
    PutKeyPolicy(PutKeyPolicyRequest),
    ReEncrypt(ReEncryptRequest),
    ReplicateKey(ReplicateKeyRequest),
    RetireGrant(RetireGrantRequest),
    RevokeGrant(RevokeGrantRequest),
    RotateKeyOnDemand(KeyRequest),
    ScheduleKeyDeletion(ScheduleKeyDeletionRequest),
    Sign(SignRequest),
    TagResource(TagResourceRequest),
    UntagResource(UntagResourceRequest),
    UpdateAlias(AliasTargetRequest),
    UpdateCustomKeyStore(UpdateCustomKeyStoreRequest),
    UpdateKeyDescription(UpdateKeyDescriptionRequest),
    UpdatePrimaryRegion(UpdatePrimaryRegionRequest),
    Verify(VerifyRequest),
    VerifyMac(VerifyMacRequest),
}

/// The members without those that are null, which is the same to AWS.
fn without_nulls(members: &Value) -> Cow<'_, Value> {
    fn any(value: &Value) -> bool {
        match value {
            Value::Null => true,
            Value::Object(members) => members.values().any(any),
            Value::Array(items) => items.iter().any(any),
            Value::Bool(_) | Value::Number(_) | Value::String(_) => false,
        }
    }
    fn kept(value: &Value) -> Value {
        match value {
            Value::Object(members) => {
                members.iter().filter(|(_, value)| !value.is_null()).map(|(name, value)| (name.clone(), kept(value))).collect()
            }
            Value::Array(items) => items.iter().filter(|item| !item.is_null()).map(kept).collect(),
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => value.clone(),
        }
    }
    if any(members) { Cow::Owned(kept(members)) } else { Cow::Borrowed(members) }
}

/// How serde begins to tell of a value of the wrong type.
const WRONG_TYPE: &str = "invalid type: ";

/// The error for a value of the wrong type inside a structure, which the check of members does not look into.
fn nested(error: &serde_json::Error) -> ApiError {
    let text = error.to_string();
    let types = text.strip_prefix(WRONG_TYPE).and_then(|rest| rest.split_once(", expected "));
    let Some((found, expected)) = types else { return ApiError::new("SerializationException", text) };
    let found = match found.split_once(' ').map_or(found, |(kind, _)| kind) {
        "integer" | "floating" => Value::from(0),
        "boolean" => Value::Bool(found.contains("true")),
        "sequence" => Value::Array(Vec::new()),
        "map" => Value::Object(serde_json::Map::new()),
        "null" => Value::Null,
        _ => Value::from(""),
    };
    let expected = match expected {
        "a boolean" => "a Boolean",
        "a sequence" => "a list",
        other if other.starts_with("struct") || other == "a map" => "a structure",
        other if other.starts_with('i') || other.starts_with('u') => "an Integer",
        _ => "a String",
    };
    members::wrong_type(&found, expected)
}

static NO_CONTEXT: EncryptionContext = EncryptionContext::new();

impl Request {
    /// Reads a request from AWS's JSON. Members that the operation does not know are left aside, as AWS does.
    ///
    /// # Errors
    /// `ValidationException` for a member that is missing or breaks a constraint of the API model,
    /// `SerializationException` for a value of the wrong type.
    pub fn from_json(operation: Operation, members: &Value) -> Result<Self, ApiError> {
        let members = without_nulls(members);
        let checked = members::check(operation, &members);
        // AWS reads the whole request before it checks a constraint: a wrong type deep inside comes first.
        match (checked, Request::read(operation, &members)) {
            (Err(error), Err(read)) if error.code == "ValidationException" && read.to_string().starts_with(WRONG_TYPE) => {
                Err(nested(&read))
            }
            (Err(error), _) => Err(error),
            (Ok(()), read) => read.map_err(|error| nested(&error)),
        }
    }

    /// What the request gives as its key, if it gives one.
    #[must_use]
    pub fn named_key(&self) -> Option<&str> {
        self.members().key()
    }

    /// The encryption context that it carries; of `ReEncrypt` the source's, of `CreateGrant` its constraint's.
    pub(super) fn encryption_context(&self) -> &EncryptionContext {
        self.members().context().unwrap_or(&NO_CONTEXT)
    }

    /// The grant tokens that it carries.
    pub(super) fn grant_tokens(&self) -> &[String] {
        self.members().tokens()
    }

    /// Whether it only asks whether it would succeed.
    #[must_use]
    pub fn is_dry_run(&self) -> bool {
        self.members().dry()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kms::OPERATIONS;
    use serde_json::json;

    #[test]
    fn requests_are_read_in_awss_shape() {
        let request =
            Request::from_json(Operation::Encrypt, &json!({"KeyId": "alias/a", "Plaintext": "aGk=", "EncryptionContext": {"a": "b"}}));
        let Ok(Request::Encrypt(encrypt)) = request else { panic!("{request:?}") };
        assert_eq!((encrypt.plaintext.0.as_slice(), encrypt.encryption_context.len()), (b"hi".as_slice(), 1));
    }

    #[test]
    fn a_missing_member_and_a_wrong_type_are_awss_errors() {
        let missing = Request::from_json(Operation::Encrypt, &json!({"KeyId": "alias/a"})).unwrap_err();
        assert_eq!((missing.code.as_ref(), missing.message.contains("'plaintext'")), ("ValidationException", true));
        let wrong = Request::from_json(Operation::Encrypt, &json!({"KeyId": "alias/a", "Plaintext": 7})).unwrap_err();
        assert_eq!(wrong.code, "SerializationException");
    }

    #[test]
    fn a_null_is_no_member_and_a_wrong_type_deep_inside_is_awss_error() {
        let null = json!({"KeyId": "k", "Plaintext": "aGk=", "DryRun": null, "GrantTokens": [null], "EncryptionContext": {"a": null}});
        assert!(Request::from_json(Operation::Encrypt, &null).is_ok());
        let missing = Request::from_json(Operation::Encrypt, &json!({"KeyId": null, "Plaintext": "aGk="})).unwrap_err();
        assert_eq!(missing.code, "ValidationException");
        let deep = |tags: Value| Request::from_json(Operation::CreateKey, &json!({"Tags": tags})).unwrap_err().to_string();
        assert_eq!(deep(json!([{"TagKey": 7, "TagValue": ""}])), "SerializationException: NUMBER_VALUE can not be converted to a String");
        assert_eq!(deep(json!([{"TagKey": [], "TagValue": ""}])), "SerializationException: Start of list found where not expected");
        // Before what is missing.
        let grant = json!({"KeyId": "k", "Constraints": {"EncryptionContextSubset": "a"}});
        assert_eq!(Request::from_json(Operation::CreateGrant, &grant).unwrap_err().to_string(), "SerializationException: Expected null");
    }

    #[test]
    fn timestamps_are_seconds_or_text() {
        let read = |value: Value| serde_json::from_value::<Timestamp>(value).ok().map(|time| time.0.timestamp());
        assert_eq!(read(json!(1_767_225_600)), Some(1_767_225_600));
        assert_eq!(read(json!("2026-01-01T00:00:00Z")), Some(1_767_225_600));
        assert_eq!(read(json!(true)), None);
        assert_eq!(read(json!(1e300)), None);
    }

    /// A request with every required member, and the optional ones that many requests share.
    fn filled(row: &crate::kms::OperationRow) -> Value {
        let mut members = json!({"DryRun": true, "GrantTokens": ["token"], "KeyId": "x", "EncryptionContext": {"a": "b"}});
        for parameter in row.parameters.iter().filter(|parameter| parameter.required) {
            members[parameter.name] = members::example(row.operation, parameter.name);
        }
        members
    }

    #[test]
    fn what_requests_share_is_read_where_the_table_says_so() {
        for row in OPERATIONS {
            let request = Request::from_json(row.operation, &filled(row)).unwrap_or_else(|error| panic!("{}: {error}", row.name));
            assert_eq!(request.operation(), row.operation);
            assert_eq!(request.is_dry_run(), row.dry_run, "{}", row.name);
            assert_eq!(request.grant_tokens().len(), usize::from(row.grant_tokens), "{}", row.name);
            let takes = |name: &str| row.parameters.iter().any(|parameter| parameter.name == name);
            let key = takes("KeyId") || takes("TargetKeyId");
            assert_eq!(request.named_key().is_some(), key, "{}", row.name);
            assert_eq!(request.encryption_context().len(), usize::from(takes("EncryptionContext")), "{}", row.name);
        }
    }

    #[test]
    fn every_parameter_of_the_table_is_a_member_of_the_shape() {
        for row in OPERATIONS {
            let request = Request::from_json(row.operation, &filled(row)).unwrap().to_json();
            for parameter in row.parameters {
                assert!(request.get(parameter.name).is_some(), "{}.{}", row.name, parameter.name);
            }
        }
    }
}
