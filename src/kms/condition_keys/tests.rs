#![allow(clippy::wildcard_enum_match_arm, reason = "few of the requests have two contexts")]

use super::*;
use crate::cloud::{AccountId, Caller, Principal, Region};
use crate::iam::{Identity, Policy, PolicyKind, RequestContext};
use crate::kms::condition::KmsContext;
use crate::kms::{
    EncryptionAlgorithm, ExpirationModel, IdentifierKind, Key, KeyAgreementAlgorithm, KeySpec, KeyUsage, MacAlgorithm, MessageType,
    OPERATIONS, OperationRow, Origin, PermissionTarget, Request,
};
use crate::rulebook::Rulebook;
use crate::services::{World, call};
use serde_json::{Map, Value, json};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

const ACCOUNT: &str = "111122223333";

/// A world with one multi-Region key that has a tag, an alias and a grant with a constraint; its ARN.
fn world() -> (World, String) {
    let account = AccountId::parse(ACCOUNT).unwrap();
    let mut world = World::new(Rulebook::current(), "2026-01-01T00:00:00Z".parse().unwrap(), 1);
    let text = json!({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]}).to_string();
    let policies = vec![Arc::new(Policy::from_json(&text, PolicyKind::Identity, "i").unwrap())];
    world.iam.account_mut(account).roles.insert("Admin".into(), Identity { policies, ..Identity::default() });
    let caller = Arc::new(caller());
    let mut kms = |operation: &str, members: Value| call(&mut world, &caller, &format!("kms:{operation}"), members).unwrap();
    let made = kms("CreateKey", json!({"MultiRegion": true, "Tags": [{"TagKey": "team", "TagValue": "blue"}]}));
    let arn = made["KeyMetadata"]["Arn"].as_str().unwrap().to_owned();
    kms("CreateAlias", json!({"AliasName": "alias/app", "TargetKeyId": arn}));
    let constraints = json!({"EncryptionContextEquals": {"App": "x"}});
    let grant = json!({"KeyId": arn, "GranteePrincipal": format!("arn:aws:iam::{ACCOUNT}:role/Admin"), "Operations": ["Decrypt"], "Constraints": constraints});
    kms("CreateGrant", grant);
    (world, arn)
}

fn caller() -> Caller {
    Caller::direct(Principal::role_session(AccountId::parse(ACCOUNT).unwrap(), "Admin", "s"), Region::default_region())
}

/// A request with these members of its operation: all, or those that it must have.
fn request(row: &OperationRow, arn: &str, all: bool) -> Request {
    let key = if all && row.identifiers.contains(&IdentifierKind::AliasName) { "alias/app" } else { arn };
    let blob = json!("AAAA");
    let context = json!({"App": "x"});
    let mut members = Map::new();
    for parameter in row.parameters.iter().filter(|parameter| all || parameter.required) {
        let value = match parameter.name {
            "KeyId" | "SourceKeyId" | "DestinationKeyId" | "TargetKeyId" => json!(key),
            "EncryptionContext" | "SourceEncryptionContext" | "DestinationEncryptionContext" => context.clone(),
            "Constraints" => json!({"EncryptionContextEquals": context, "SourceArn": "arn:aws:s3:::b"}),
            "AliasName" => json!("alias/app"),
            "GrantId" => json!("a".repeat(64)),
            "GranteePrincipal" | "RetiringPrincipal" => json!(format!("arn:aws:iam::{ACCOUNT}:role/Admin")),
            "GranteeServicePrincipal" | "RetiringServicePrincipal" => json!("s3.amazonaws.com"),
            "Operations" => json!(["Decrypt"]),
            "KeySpec" if row.name.starts_with("GenerateDataKey") => json!("AES_256"),
            "KeySpec" | "CustomerMasterKeySpec" => json!("RSA_2048"),
            "KeyPairSpec" | "WrappingKeySpec" => json!("RSA_2048"),
            "KeyUsage" => json!("ENCRYPT_DECRYPT"),
            "Origin" => json!("AWS_KMS"),
            "EncryptionAlgorithm" | "SourceEncryptionAlgorithm" | "DestinationEncryptionAlgorithm" => json!("SYMMETRIC_DEFAULT"),
            "SigningAlgorithm" => json!("ECDSA_SHA_256"),
            "MacAlgorithm" => json!("HMAC_SHA_256"),
            "KeyAgreementAlgorithm" => json!("ECDH"),
            "EncapsulationAlgorithm" => json!("ML_KEM"),
            "WrappingAlgorithm" => json!("RSAES_OAEP_SHA_256"),
            "MessageType" => json!("RAW"),
            "ExpirationModel" => json!("KEY_MATERIAL_EXPIRES"),
            "ValidTo" => json!(1_800_000_000),
            "ReplicaRegion" | "PrimaryRegion" => json!("eu-west-1"),
            "RotationPeriodInDays" => json!(90),
            "PendingWindowInDays" => json!(7),
            "Tags" => json!([{"TagKey": "team", "TagValue": "blue"}]),
            "TagKeys" => json!(["team"]),
            "Policy" => json!("{}"),
            "Description" => json!("d"),
            "MultiRegion" | "BypassPolicyLockoutSafetyCheck" => json!(true),
            "CustomKeyStoreId" => json!("cks-1234567890abcdef0"),
            "CustomKeyStoreName" => json!("store"),
            "Plaintext"
            | "CiphertextBlob"
            | "Message"
            | "Mac"
            | "Signature"
            | "PublicKey"
            | "SharedSecretCiphertextBlob"
            | "EncryptedKeyMaterial"
            | "ImportToken" => blob.clone(),
            // No condition key looks at the others.
            _ => continue,
        };
        members.insert(parameter.name.to_owned(), value);
    }
    Request::from_json(row.operation, &Value::Object(members)).unwrap_or_else(|error| panic!("{}: {error}", row.name))
}

/// Which keys of the table the requests for each action carry.
fn carried(all: bool) -> BTreeMap<&'static str, BTreeSet<&'static str>> {
    let (world, arn) = world();
    let key: &Key = world.kms.keys().next().unwrap();
    let grant = key.grants.iter().next().unwrap();
    let caller = if all { caller().through("s3", Region::default_region()) } else { caller() };
    let mut carried: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    for row in OPERATIONS {
        let request = request(row, &arn, all);
        // What CreateKey and ReplicateKey ask beside their own permission is left to the operation of that name.
        let own = row.permissions.iter().filter(|permission| permission.action.starts_with(row.action));
        for permission in own {
            let second = permission.action == "kms:ReEncryptTo";
            let encryption_context = match &request {
                Request::ReEncrypt(request) if second => &request.destination_encryption_context,
                Request::RetireGrant(_) => grant.constraint.as_ref().unwrap().pairs(),
                request => request.encryption_context(),
            };
            let context = KmsContext {
                caller: &caller,
                request: &request,
                key: (permission.on == PermissionTarget::Key).then_some(key),
                encryption_context,
                same_key: false,
                second,
                grant: Some(grant),
                now: "2026-01-01T00:00:00Z".parse().unwrap(),
            };
            let set = carried.entry(permission.action).or_default();
            for row in CONDITION_KEYS {
                let name = match row.name {
                    "kms:EncryptionContext:" => "kms:EncryptionContext:App".to_owned(),
                    name if name.ends_with(['/', ':']) => format!("{name}team"),
                    name => name.to_owned(),
                };
                let key = ConditionKey::parse(&name);
                assert_eq!(ConditionKeyRow::of(&key).map(|found| found.name), Some(row.name));
                if context.value(&key).is_some() {
                    set.insert(row.name);
                }
            }
        }
    }
    carried
}

#[test]
fn the_table_says_which_requests_carry_which_key() {
    let carried = carried(true);
    for row in CONDITION_KEYS {
        // There is no enclave whose attestation could be carried.
        let none = row.name == "kms:RecipientAttestation:";
        for (action, keys) in &carried {
            assert_eq!(keys.contains(row.name), row.is_set_by(action) && !none, "{} on {action}", row.name);
        }
        assert!(!row.actions.is_empty());
        assert!(row.actions.iter().all(|action| carried.contains_key(action)), "{}", row.name);
    }
}

#[test]
fn what_is_always_there_is_there_in_the_shortest_request() {
    let carried = carried(false);
    for row in CONDITION_KEYS {
        for action in row.always {
            assert!(row.is_set_by(action) && carried[action].contains(row.name), "{} on {action}", row.name);
        }
    }
}

#[test]
fn legal_values_are_those_of_the_specs() {
    fn names<T: Copy>(all: &[T], name: fn(T) -> &'static str) -> Vec<&'static str> {
        all.iter().map(|value| name(*value)).collect()
    }
    for (key, values) in [
        ("kms:KeySpec", names(KeySpec::ALL, KeySpec::name)),
        ("kms:CustomerMasterKeySpec", names(KeySpec::ALL, KeySpec::name)),
        ("kms:KeyUsage", names(KeyUsage::ALL, KeyUsage::name)),
        ("kms:CustomerMasterKeyUsage", names(KeyUsage::ALL, KeyUsage::name)),
        ("kms:KeyOrigin", names(Origin::ALL, Origin::name)),
        ("kms:EncryptionAlgorithm", names(EncryptionAlgorithm::ALL, EncryptionAlgorithm::name)),
        ("kms:MacAlgorithm", names(MacAlgorithm::ALL, MacAlgorithm::name)),
        ("kms:MessageType", names(MessageType::ALL, MessageType::name)),
        ("kms:ExpirationModel", names(ExpirationModel::ALL, ExpirationModel::name)),
        ("kms:KeyAgreementAlgorithm", names(KeyAgreementAlgorithm::ALL, KeyAgreementAlgorithm::name)),
    ] {
        let row = ConditionKeyRow::of(&ConditionKey::parse(key)).unwrap();
        let (in_table, in_spec): (BTreeSet<_>, BTreeSet<_>) = (row.values.iter().copied().collect(), values.into_iter().collect());
        assert_eq!(in_table, in_spec, "{key}");
    }
}
