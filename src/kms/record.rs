//! What CloudTrail is told of a call: request and response without what must not be written down.
//!
//! Which members are shown, and which operations have `responseElements`, stands in `tables/logged_members.csv` and
//! `tables/logged_responses.csv`.
//!
//! Source: "Logging AWS KMS API calls with AWS CloudTrail" and its examples, AWS KMS Developer Guide.

use super::target::Targets;
use super::{EncryptionAlgorithm, EncryptionContext, Kms, MaterialId, Operation, Request, Response};
use crate::cloud::{Additional, Also, Parameters, Resource, format_logged, member_name, parse_instant};
use serde_json::{Map, Value, json};
use std::borrow::Cow;
use std::sync::{Arc, LazyLock};

/// Members with whether they are logged, in alphabetical order.
static MEMBERS: &[(&str, bool)] = include!(concat!(env!("OUT_DIR"), "/kms_logged_members.rs"));

/// The operations that have `responseElements`.
static RESPONSES: &[(Operation, Elements)] = include!(concat!(env!("OUT_DIR"), "/kms_logged_responses.rs"));

/// What `responseElements` holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Elements {
    /// The members of the response.
    Response,
    /// The key's ARN, as `keyId`.
    Key,
    /// Both.
    Both,
}

/// The row of a member.
fn logged(name: &str) -> Option<bool> {
    let at = MEMBERS.binary_search_by(|(known, _)| (*known).cmp(name)).ok()?;
    MEMBERS.get(at).map(|(_, logged)| *logged)
}

/// `requestParameters`.
pub(super) fn parameters(request: &Request, resources: &[Resource]) -> Parameters {
    // Four operations are most of all traffic: what they show is kept without making JSON of it.
    if let Some(also) = frequent(request) {
        static NONE: LazyLock<Arc<EncryptionContext>> = LazyLock::new(Arc::default);
        let context = request.encryption_context();
        let context = if context.is_empty() { Arc::clone(&NONE) } else { Arc::new(context.clone()) };
        // The common case names the key by its ARN, which the record shares with the key.
        let key_id = request.named_key().map(|named| match resources.first() {
            Some(resource) if *resource.arn == *named => Arc::clone(&resource.arn),
            _ => Arc::from(named),
        });
        return Parameters::Key { key_id, context, also };
    }
    shown(request.to_json())
}

/// The members of a request that may be shown.
pub(super) fn shown(members: Value) -> Parameters {
    let Value::Object(members) = members else { return Parameters::Empty };
    let members = members.into_iter().filter(|(name, value)| logged(name) == Some(true) && !is_empty(value));
    let shown: Map<String, Value> = members.map(|(name, value)| (member_name(&name), written(&name, value))).collect();
    if shown.is_empty() { Parameters::Empty } else { Parameters::Json(Arc::new(Value::Object(shown))) }
}

/// What the frequent operations show beside key and context. The algorithm is written even if the request leaves it out.
#[allow(clippy::wildcard_enum_match_arm, reason = "all others are written as they come")]
fn frequent(request: &Request) -> Option<Also> {
    let algorithm = |named: Option<EncryptionAlgorithm>| Also::Text("encryptionAlgorithm", Cow::Borrowed(named.unwrap_or_default().name()));
    match request {
        Request::Encrypt(request) => Some(algorithm(request.encryption_algorithm)),
        Request::Decrypt(request) => Some(algorithm(request.encryption_algorithm)),
        Request::GenerateDataKey(request) | Request::GenerateDataKeyWithoutPlaintext(request) => {
            Some(match (request.key_spec, request.number_of_bytes) {
                (Some(spec), _) => Also::Text("keySpec", Cow::Borrowed(spec.name())),
                (None, Some(bytes)) => Also::Number("numberOfBytes", bytes),
                (None, None) => Also::Nothing,
            })
        }
        _ => None,
    }
}

/// Adds what a call touched besides the keys it named: an alias, and the key that it made.
pub(super) fn also_touched(targets: &Targets<'_>, response: Option<&Response>, resources: &mut Vec<Resource>) {
    if let Some(alias) = &targets.alias {
        resources.push(Resource { arn: alias.arn().into(), account: Some(alias.account), kind: "AWS::KMS::Alias" });
    }
    if let (true, Some(Response::Json(members))) = (resources.is_empty(), response)
        && let Some(arn) = members.pointer("/KeyMetadata/Arn").and_then(Value::as_str)
    {
        let account = crate::cloud::Arn::parse(arn).and_then(|arn| crate::cloud::AccountId::parse(arn.account));
        resources.push(Resource { arn: arn.into(), account, kind: "AWS::KMS::Key" });
    }
}

/// `responseElements`; null for reading and for cryptographic operations.
pub(super) fn response_elements(operation: Operation, response: &Response, resources: &[Resource]) -> Option<Arc<Value>> {
    let (_, elements) = RESPONSES.iter().find(|(known, _)| *known == operation)?;
    let mut shown = Map::new();
    if matches!(elements, Elements::Response | Elements::Both)
        && let Value::Object(members) = response.to_json()
    {
        let members = members.into_iter().filter(|(name, _)| logged(name) != Some(false));
        shown.extend(members.map(|(name, value)| (member_name(&name), written(&name, value))));
    }
    if matches!(elements, Elements::Key | Elements::Both)
        && let Some(key) = resources.iter().find(|resource| resource.kind == "AWS::KMS::Key")
    {
        shown.insert("keyId".into(), json!(&*key.arn));
    }
    Some(Arc::new(Value::Object(shown)))
}

/// `additionalEventData`: which key material served, and which grant was retired.
pub(super) fn additional(kms: &Kms, targets: &Targets<'_>, response: Option<&Response>) -> Additional {
    let one = |id: Option<MaterialId>| id.map_or(Additional::Nothing, |MaterialId(id)| Additional::Material(id));
    match response {
        Some(Response::Decrypt(response)) => one(response.key_material_id),
        Some(Response::DataKey(response)) => one(response.key_material_id),
        // The response does not name it; it is the current one.
        Some(Response::Encrypt(response)) if response.encryption_algorithm == EncryptionAlgorithm::SYMMETRIC_DEFAULT => {
            let key = targets.first.and_then(|target| kms.key(target.key));
            one(key.and_then(super::Key::current_material).map(|material| material.id))
        }
        Some(Response::ReEncrypt(response)) => match (response.source_key_material_id, response.destination_key_material_id) {
            (Some(source), Some(destination)) => Additional::Materials(Arc::new((source.0, destination.0))),
            (source, destination) => one(source.or(destination)),
        },
        Some(Response::Json(members)) if members.get("KeyPairSpec").is_some() => {
            one(members.get("KeyMaterialId").and_then(Value::as_str).and_then(MaterialId::parse))
        }
        Some(Response::Empty | Response::Encrypt(_) | Response::CreateGrant(_) | Response::Json(_)) | None => match &targets.grant {
            Some(grant) => Additional::Members(Arc::new(json!({"grantId": &*grant.id}))),
            None => Additional::Nothing,
        },
    }
}

/// A value as CloudTrail writes it: members with a small first letter, but not the keys of an encryption context, which are
/// the caller's own; dates in words; a list of structures without what must not be shown.
fn written(name: &str, value: Value) -> Value {
    match value {
        Value::Object(members) if !name.contains("EncryptionContext") => {
            let members = members.into_iter().filter(|(name, value)| logged(name) != Some(false) && !value.is_null());
            Value::Object(members.map(|(name, value)| (member_name(&name), written(&name, value))).collect())
        }
        Value::Array(items) => items.into_iter().map(|item| written(name, item)).collect(),
        Value::String(text) if name.ends_with("Date") || name == "ValidTo" => {
            Value::String(parse_instant(&text).map_or(text, format_logged))
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) | Value::Object(_) => value,
    }
}

fn is_empty(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::Bool(value) => !value,
        Value::String(text) => text.is_empty(),
        Value::Array(items) => items.is_empty(),
        Value::Object(members) => members.is_empty(),
        Value::Number(_) => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kms::OPERATIONS;

    #[test]
    fn every_request_member_is_known_to_be_shown_or_not() {
        for row in OPERATIONS {
            for parameter in row.parameters {
                assert!(logged(parameter.name).is_some(), "{} of {} has no row in logged_members.csv", parameter.name, row.name);
            }
        }
        for secret in ["Plaintext", "CiphertextBlob", "GrantTokens", "GrantToken", "Message", "Mac", "Signature", "ImportToken"] {
            assert_eq!(logged(secret), Some(false), "{secret}");
        }
        for secret in ["EncryptedKeyMaterial", "KeyStorePassword", "XksProxyAuthenticationCredential", "SharedSecret"] {
            assert_eq!(logged(secret), Some(false), "{secret}");
        }
        assert_eq!(logged("PrivateKeyPlaintext"), Some(false));
    }

    #[test]
    fn operations_with_response_elements_change_something() {
        for (operation, _) in RESPONSES {
            assert!(!operation.read_only(), "{}", operation.name());
        }
    }

    #[test]
    fn structures_are_written_in_cloudtrails_spelling_and_contexts_as_they_are() {
        let constraints = json!({"EncryptionContextSubset": {"Department": "IT"}, "EncryptionContextEquals": null});
        assert_eq!(written("Constraints", constraints), json!({"encryptionContextSubset": {"Department": "IT"}}));
        assert_eq!(written("Tags", json!([{"TagKey": "A", "TagValue": "B"}])), json!([{"tagKey": "A", "tagValue": "B"}]));
        assert_eq!(written("DeletionDate", json!("2026-01-31T00:00:00Z")), json!("Jan 31, 2026, 12:00:00 AM"));
        assert_eq!(written("KeyMetadata", json!({"AWSAccountId": "1"})), json!({"aWSAccountId": "1"}));
    }
}
