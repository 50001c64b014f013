//! Multi-Region keys: what related keys share, what each has for itself, and the order in which they go.

use super::lab::{A, Lab, allow, code, role_arn};
use kmsprep::cloud::Duration;
use serde_json::{Value, json};

/// A primary in us-east-1 and, a minute later, its replica in us-west-2.
fn pair(lab: &mut Lab) -> (String, String) {
    let primary = lab.key_of(json!({"MultiRegion": true, "Description": "orders"}));
    lab.kms(A, "Admin", "ReplicateKey", json!({"KeyId": primary, "ReplicaRegion": "us-west-2"})).unwrap();
    lab.world.advance(Duration::minutes(1));
    let replica = primary.replace("us-east-1", "us-west-2");
    (primary, replica)
}

fn at(lab: &mut Lab, region: &'static str, operation: &str, members: Value) -> Result<Value, kmsprep::cloud::ApiError> {
    let before = std::mem::replace(&mut lab.region, region);
    let outcome = lab.kms(A, "Admin", operation, members);
    lab.region = before;
    outcome
}

fn metadata(lab: &mut Lab, region: &'static str, key: &str) -> Value {
    at(lab, region, "DescribeKey", json!({"KeyId": key})).unwrap()["KeyMetadata"].clone()
}

#[test]
fn a_ciphertext_of_one_region_opens_in_the_other() {
    let mut lab = Lab::new();
    let (primary, replica) = pair(&mut lab);
    let context = json!({"app": "orders"});
    let sealed = lab.kms(A, "Admin", "Encrypt", json!({"KeyId": primary, "Plaintext": "aGk=", "EncryptionContext": context})).unwrap();
    let blob = &sealed["CiphertextBlob"];
    let opened = at(&mut lab, "us-west-2", "Decrypt", json!({"CiphertextBlob": blob, "EncryptionContext": context})).unwrap();
    assert_eq!((&opened["KeyId"], &opened["Plaintext"]), (&json!(replica), &json!("aGk=")));
    let named = json!({"CiphertextBlob": blob, "EncryptionContext": context, "KeyId": replica});
    assert!(at(&mut lab, "us-west-2", "Decrypt", named).is_ok());
    assert_eq!(code(at(&mut lab, "us-west-2", "Decrypt", json!({"CiphertextBlob": blob}))), "InvalidCiphertextException");
    // A Region without a related key, and the ARN of another Region.
    let foreign = json!({"CiphertextBlob": blob, "EncryptionContext": context});
    assert_eq!(code(at(&mut lab, "eu-west-1", "Decrypt", foreign)), "AccessDeniedException");
    let wrong_arn = json!({"CiphertextBlob": blob, "EncryptionContext": context, "KeyId": primary});
    assert_eq!(at(&mut lab, "us-west-2", "Decrypt", wrong_arn).unwrap_err().message, "Invalid arn us-east-1");
}

#[test]
fn related_keys_share_the_id_and_tell_of_each_other() {
    let mut lab = Lab::new();
    let (primary, replica) = pair(&mut lab);
    let (one, two) = (metadata(&mut lab, "us-east-1", &primary), metadata(&mut lab, "us-west-2", &replica));
    assert!(one["KeyId"].as_str().unwrap().starts_with("mrk-"));
    assert_eq!(one["KeyId"], two["KeyId"]);
    assert_eq!(one["CurrentKeyMaterialId"], two["CurrentKeyMaterialId"]);
    let roles = |key: &Value| key["MultiRegionConfiguration"]["MultiRegionKeyType"].as_str().unwrap().to_owned();
    assert_eq!((roles(&one), roles(&two)), ("PRIMARY".into(), "REPLICA".into()));
    for shown in [&one, &two] {
        assert_eq!(shown["MultiRegionConfiguration"]["PrimaryKey"], json!({"Arn": primary, "Region": "us-east-1"}));
        assert_eq!(shown["MultiRegionConfiguration"]["ReplicaKeys"], json!([{"Arn": replica, "Region": "us-west-2"}]));
    }
    // Everything else is each key's own.
    assert_eq!((&one["Description"], &two["Description"]), (&json!("orders"), &json!("")));
    lab.kms(A, "Admin", "DisableKey", json!({"KeyId": primary})).unwrap();
    assert_eq!(metadata(&mut lab, "us-west-2", &replica)["KeyState"], "Enabled");
}

#[test]
fn grants_and_policies_are_not_copied() {
    let mut lab = Lab::new();
    let primary = lab.key_of(json!({"MultiRegion": true}));
    lab.put_policy(&primary, &[allow(&role_arn(A, "App"), &["kms:Encrypt"])]);
    lab.kms(A, "Admin", "CreateGrant", json!({"KeyId": primary, "GranteePrincipal": role_arn(A, "App"), "Operations": ["Decrypt"]}))
        .unwrap();
    let made = lab.kms(A, "Admin", "ReplicateKey", json!({"KeyId": primary, "ReplicaRegion": "us-west-2"})).unwrap();
    assert_eq!(made["ReplicaKeyMetadata"]["KeyState"], "Creating");
    assert!(made["ReplicaPolicy"].as_str().unwrap().contains("Enable IAM User Permissions"));
    let replica = primary.replace("us-east-1", "us-west-2");
    let early = at(&mut lab, "us-west-2", "Encrypt", json!({"KeyId": replica, "Plaintext": "aGk="})).unwrap_err();
    assert_eq!((early.code.as_ref(), early.message), ("KMSInvalidStateException", format!("{replica} is creating.")));
    lab.advance(1);
    lab.region = "us-west-2";
    assert_eq!(code(lab.kms(A, "App", "Encrypt", json!({"KeyId": replica, "Plaintext": "aGk="}))), "AccessDeniedException");
    assert_eq!(lab.kms(A, "Admin", "ListGrants", json!({"KeyId": replica})).unwrap()["Grants"], json!([]));
}

#[test]
fn only_a_primary_replicates_and_once_for_each_region() {
    let mut lab = Lab::new();
    let single = lab.key();
    let (primary, replica) = pair(&mut lab);
    let refused = lab.kms(A, "Admin", "ReplicateKey", json!({"KeyId": single, "ReplicaRegion": "us-west-2"})).unwrap_err();
    assert_eq!(refused.message, format!("{single} is not a multi-region primary key."));
    let again = lab.kms(A, "Admin", "ReplicateKey", json!({"KeyId": primary, "ReplicaRegion": "us-west-2"}));
    assert_eq!(code(again), "AlreadyExistsException");
    let from_replica = at(&mut lab, "us-west-2", "ReplicateKey", json!({"KeyId": replica, "ReplicaRegion": "eu-west-1"}));
    assert_eq!(code(from_replica), "UnsupportedOperationException");
    for region in ["cn-north-1", "mars-east-1"] {
        let elsewhere = lab.kms(A, "Admin", "ReplicateKey", json!({"KeyId": primary, "ReplicaRegion": region}));
        assert_eq!(code(elsewhere), "ValidationException");
    }
    // The permission to make the replica is asked for in its Region.
    let east = json!({"StringEquals": {"aws:RequestedRegion": "us-east-1"}});
    lab.role(A, "App", &[json!({"Effect": "Allow", "Action": "kms:*", "Resource": "*", "Condition": east})]);
    let denied = lab.kms(A, "App", "ReplicateKey", json!({"KeyId": primary, "ReplicaRegion": "eu-west-1"})).unwrap_err();
    assert!(denied.message.contains("kms:CreateKey"), "{denied}");
}

#[test]
fn rotation_is_set_on_the_primary_and_reaches_every_replica() {
    let mut lab = Lab::new();
    let (primary, replica) = pair(&mut lab);
    assert_eq!(code(at(&mut lab, "us-west-2", "EnableKeyRotation", json!({"KeyId": replica}))), "UnsupportedOperationException");
    lab.kms(A, "Admin", "EnableKeyRotation", json!({"KeyId": primary, "RotationPeriodInDays": 90})).unwrap();
    assert_eq!(at(&mut lab, "us-west-2", "GetKeyRotationStatus", json!({"KeyId": replica})).unwrap()["RotationPeriodInDays"], 90);
    lab.advance(91);
    lab.kms(A, "Admin", "RotateKeyOnDemand", json!({"KeyId": primary})).unwrap();
    let list = |lab: &mut Lab, region, key: &str| at(lab, region, "ListKeyRotations", json!({"KeyId": key})).unwrap()["Rotations"].clone();
    let (one, two) = (list(&mut lab, "us-east-1", &primary), list(&mut lab, "us-west-2", &replica));
    assert_eq!(one, two);
    assert_eq!((one[0]["RotationType"].as_str(), one[1]["RotationType"].as_str()), (Some("AUTOMATIC"), Some("ON_DEMAND")));
    // A replica that is made now has all versions.
    let sealed = lab.kms(A, "Admin", "Encrypt", json!({"KeyId": primary, "Plaintext": "aGk="})).unwrap();
    lab.kms(A, "Admin", "ReplicateKey", json!({"KeyId": primary, "ReplicaRegion": "eu-west-1"})).unwrap();
    lab.advance(1);
    assert!(at(&mut lab, "eu-west-1", "Decrypt", json!({"CiphertextBlob": sealed["CiphertextBlob"]})).is_ok());
}

#[test]
fn the_primary_moves_and_takes_rotation_along() {
    let mut lab = Lab::new();
    let (primary, replica) = pair(&mut lab);
    lab.kms(A, "Admin", "EnableKeyRotation", json!({"KeyId": primary})).unwrap();
    let nowhere = lab.kms(A, "Admin", "UpdatePrimaryRegion", json!({"KeyId": primary, "PrimaryRegion": "eu-west-1"}));
    assert_eq!(code(nowhere), "NotFoundException");
    lab.kms(A, "Admin", "UpdatePrimaryRegion", json!({"KeyId": primary, "PrimaryRegion": "us-west-2"})).unwrap();
    assert_eq!(metadata(&mut lab, "us-east-1", &primary)["KeyState"], "Updating");
    // Encryption goes on meanwhile, managing does not.
    assert!(lab.kms(A, "Admin", "Encrypt", json!({"KeyId": primary, "Plaintext": "aGk="})).is_ok());
    assert_eq!(code(lab.kms(A, "Admin", "DisableKey", json!({"KeyId": primary}))), "KMSInvalidStateException");
    lab.world.advance(Duration::minutes(1));
    let shown = metadata(&mut lab, "us-west-2", &replica);
    assert_eq!((&shown["KeyState"], &shown["MultiRegionConfiguration"]["MultiRegionKeyType"]), (&json!("Enabled"), &json!("PRIMARY")));
    assert_eq!(at(&mut lab, "us-east-1", "GetKeyRotationStatus", json!({"KeyId": primary})).unwrap()["KeyRotationEnabled"], true);
    assert_eq!(code(lab.kms(A, "Admin", "DisableKeyRotation", json!({"KeyId": primary}))), "UnsupportedOperationException");
    assert!(at(&mut lab, "us-west-2", "DisableKeyRotation", json!({"KeyId": replica})).is_ok());
}

#[test]
fn a_primary_waits_for_its_replicas_before_its_own_waiting_period_begins() {
    let mut lab = Lab::new();
    let (primary, replica) = pair(&mut lab);
    let scheduled = lab.kms(A, "Admin", "ScheduleKeyDeletion", json!({"KeyId": primary, "PendingWindowInDays": 10})).unwrap();
    assert_eq!(scheduled["KeyState"], "PendingReplicaDeletion");
    assert!(scheduled.get("DeletionDate").is_none());
    lab.advance(100);
    assert_eq!(metadata(&mut lab, "us-east-1", &primary)["PendingDeletionWindowInDays"], 10);
    at(&mut lab, "us-west-2", "ScheduleKeyDeletion", json!({"KeyId": replica, "PendingWindowInDays": 7})).unwrap();
    lab.advance(8);
    // The replica went on the 7th day; the primary's ten days count from there.
    let shown = metadata(&mut lab, "us-east-1", &primary);
    assert_eq!((&shown["KeyState"], &shown["DeletionDate"]), (&json!("PendingDeletion"), &json!("2026-04-28T00:01:00Z")));
    lab.advance(9);
    assert_eq!(code(lab.kms(A, "Admin", "DescribeKey", json!({"KeyId": primary}))), "NotFoundException");
}

#[test]
fn both_waits_run_out_within_one_step_of_the_clock() {
    let mut lab = Lab::new();
    let (primary, replica) = pair(&mut lab);
    lab.kms(A, "Admin", "ScheduleKeyDeletion", json!({"KeyId": primary, "PendingWindowInDays": 7})).unwrap();
    at(&mut lab, "us-west-2", "ScheduleKeyDeletion", json!({"KeyId": replica, "PendingWindowInDays": 7})).unwrap();
    lab.advance(365);
    assert_eq!(code(lab.kms(A, "Admin", "DescribeKey", json!({"KeyId": primary}))), "NotFoundException");
    let deleted: Vec<String> = lab
        .world
        .cloud
        .trail
        .events()
        .iter()
        .filter(|event| event.name == "DeleteKey")
        .map(|event| format!("{} {}", event.region, event.time.format("%m-%d")))
        .collect();
    assert_eq!(deleted, ["us-west-2 01-08", "us-east-1 01-15"]);
}

#[test]
fn imported_material_goes_into_every_region_by_hand() {
    let mut lab = Lab::new();
    let primary = lab.key_of(json!({"MultiRegion": true, "Origin": "EXTERNAL"}));
    let request = lab.import_request(&primary, &[7; 32]);
    lab.kms(A, "Admin", "ImportKeyMaterial", request).unwrap();
    lab.kms(A, "Admin", "ReplicateKey", json!({"KeyId": primary, "ReplicaRegion": "us-west-2"})).unwrap();
    lab.advance(1);
    let replica = primary.replace("us-east-1", "us-west-2");
    assert_eq!(metadata(&mut lab, "us-west-2", &replica)["KeyState"], "PendingImport");
    let import_there = |lab: &mut Lab, material: &[u8]| {
        lab.region = "us-west-2";
        let request = lab.import_request(&replica, material);
        let outcome = lab.kms(A, "Admin", "ImportKeyMaterial", request);
        lab.region = "us-east-1";
        outcome
    };
    assert_eq!(code(import_there(&mut lab, &[8; 32])), "IncorrectKeyMaterialException");
    import_there(&mut lab, &[7; 32]).unwrap();
    let sealed = lab.kms(A, "Admin", "Encrypt", json!({"KeyId": primary, "Plaintext": "aGk="})).unwrap();
    assert!(at(&mut lab, "us-west-2", "Decrypt", json!({"CiphertextBlob": sealed["CiphertextBlob"]})).is_ok());
    // New material: the primary first, then every replica, then the rotation.
    let mut new = lab.import_request(&primary, &[9; 32]);
    new["ImportType"] = json!("NEW_KEY_MATERIAL");
    lab.kms(A, "Admin", "ImportKeyMaterial", new).unwrap();
    let all = json!({"KeyId": primary, "IncludeKeyMaterial": "ALL_KEY_MATERIAL"});
    let shown = lab.kms(A, "Admin", "ListKeyRotations", all).unwrap();
    assert_eq!(shown["Rotations"][1]["KeyMaterialState"], "PENDING_MULTI_REGION_IMPORT_AND_ROTATION");
    assert_eq!(code(lab.kms(A, "Admin", "RotateKeyOnDemand", json!({"KeyId": primary}))), "KMSInvalidStateException");
    import_there(&mut lab, &[9; 32]).unwrap();
    lab.kms(A, "Admin", "RotateKeyOnDemand", json!({"KeyId": primary})).unwrap();
    let (one, two) = (metadata(&mut lab, "us-east-1", &primary), metadata(&mut lab, "us-west-2", &replica));
    assert_eq!(one["CurrentKeyMaterialId"], two["CurrentKeyMaterialId"]);
}

#[test]
fn conditions_tell_multi_region_keys_and_their_parts() {
    let mut lab = Lab::new();
    let (primary, replica) = pair(&mut lab);
    let only = |value: &str| {
        let mut statement = allow(&role_arn(A, "App"), &["kms:DescribeKey"]);
        statement["Condition"] = json!({"StringEquals": {"kms:MultiRegionKeyType": value}, "Bool": {"kms:MultiRegion": "true"}});
        statement
    };
    lab.put_policy(&primary, &[only("PRIMARY")]);
    assert!(lab.kms(A, "App", "DescribeKey", json!({"KeyId": primary})).is_ok());
    lab.region = "us-west-2";
    lab.put_policy(&replica, &[only("PRIMARY")]);
    assert_eq!(code(lab.kms(A, "App", "DescribeKey", json!({"KeyId": replica}))), "AccessDeniedException");
}
