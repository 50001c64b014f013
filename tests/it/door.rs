//! The door: authorisation, cryptography, records and meter of KMS calls.

use super::lab::{A, B, Lab, allow, code, role_arn, why};
use kmsprep::cloud::RequestClass;
use proptest::prelude::*;
use serde_json::{Value, json};

const HELLO: &str = "aGVsbG8=";

fn seal(lab: &mut Lab, key: &str, context: &Value) -> Value {
    let sealed = lab.kms(A, "Admin", "Encrypt", json!({"KeyId": key, "Plaintext": HELLO, "EncryptionContext": context})).unwrap();
    sealed["CiphertextBlob"].clone()
}

#[test]
fn a_ciphertext_opens_under_exactly_its_context() {
    let mut lab = Lab::new();
    let key = lab.key();
    let blob = seal(&mut lab, &key, &json!({"a": "1", "b": "2"}));
    let mut open = |context: Value| lab.kms(A, "Admin", "Decrypt", json!({"CiphertextBlob": blob, "EncryptionContext": context}));
    assert_eq!(open(json!({"b": "2", "a": "1"})).unwrap()["Plaintext"], HELLO);
    for wrong in
        [json!({}), json!({"a": "1"}), json!({"a": "1", "b": "2", "c": "3"}), json!({"a": "1", "b": "X"}), json!({"A": "1", "b": "2"})]
    {
        assert_eq!(code(open(wrong)), "InvalidCiphertextException");
    }
}

#[test]
fn old_ciphertexts_open_after_rotation_and_new_ones_use_the_new_material() {
    let mut lab = Lab::new();
    let key = lab.key();
    lab.kms(A, "Admin", "EnableKeyRotation", json!({"KeyId": key, "RotationPeriodInDays": 90})).unwrap();
    let old = seal(&mut lab, &key, &json!({}));
    lab.advance(200);
    let rotations = lab.kms(A, "Admin", "ListKeyRotations", json!({"KeyId": key})).unwrap();
    assert_eq!(rotations["Rotations"].as_array().unwrap().len(), 2);
    let new = seal(&mut lab, &key, &json!({}));
    let mut open = |blob: &Value| lab.kms(A, "Admin", "Decrypt", json!({"CiphertextBlob": blob})).unwrap();
    let (first, second) = (open(&old), open(&new));
    assert_eq!(first["Plaintext"], second["Plaintext"]);
    assert_ne!(first["KeyMaterialId"], second["KeyMaterialId"]);
}

#[test]
fn the_key_that_made_a_ciphertext_is_found_and_another_one_is_refused() {
    let mut lab = Lab::new();
    let (key, other) = (lab.key(), lab.key());
    let blob = seal(&mut lab, &key, &json!({}));
    let found = lab.kms(A, "Admin", "Decrypt", json!({"CiphertextBlob": blob})).unwrap();
    assert_eq!(found["KeyId"], json!(key));
    let wrong = lab.kms(A, "Admin", "Decrypt", json!({"CiphertextBlob": blob, "KeyId": other}));
    assert_eq!(code(wrong), "IncorrectKeyException");
    assert_eq!(code(lab.kms(A, "Admin", "Decrypt", json!({"CiphertextBlob": HELLO}))), "InvalidCiphertextException");
}

#[test]
fn an_alias_that_moved_does_not_open_what_its_old_key_encrypted() {
    let mut lab = Lab::new();
    let (old, new) = (lab.key(), lab.key());
    lab.kms(A, "Admin", "CreateAlias", json!({"AliasName": "alias/app", "TargetKeyId": old})).unwrap();
    let sealed = lab.kms(A, "Admin", "Encrypt", json!({"KeyId": "alias/app", "Plaintext": HELLO})).unwrap();
    lab.kms(A, "Admin", "UpdateAlias", json!({"AliasName": "alias/app", "TargetKeyId": new})).unwrap();
    let blob = &sealed["CiphertextBlob"];
    assert_eq!(code(lab.kms(A, "Admin", "Decrypt", json!({"CiphertextBlob": blob, "KeyId": "alias/app"}))), "IncorrectKeyException");
    assert!(lab.kms(A, "Admin", "Decrypt", json!({"CiphertextBlob": blob})).is_ok());
    assert_eq!(code(lab.kms(A, "Admin", "EnableKey", json!({"KeyId": "alias/app"}))), "NotFoundException");
}

#[test]
fn iam_policies_count_only_where_the_key_policy_delegates() {
    let mut lab = Lab::new();
    let key = lab.key();
    lab.role(A, "App", &[json!({"Effect": "Allow", "Action": "kms:Encrypt", "Resource": key})]);
    let request = json!({"KeyId": key, "Plaintext": HELLO});
    assert!(lab.kms(A, "App", "Encrypt", request.clone()).is_ok());
    // The same IAM policy under a key policy that names only Admin.
    let only_admin = json!({"Version": "2012-10-17", "Statement": [allow(&role_arn(A, "Admin"), &["kms:*"])]}).to_string();
    lab.kms(A, "Admin", "PutKeyPolicy", json!({"KeyId": key, "Policy": only_admin})).unwrap();
    let denied = lab.kms(A, "App", "Encrypt", request);
    assert!(denied.as_ref().unwrap_err().message.contains("no resource-based policy allows the kms:Encrypt action"));
    assert!(why(denied).contains("key policy"));
}

#[test]
fn across_accounts_both_sides_must_allow() {
    let mut lab = Lab::new();
    let key = lab.key();
    let request = json!({"KeyId": key, "Plaintext": HELLO});
    assert_eq!(code(lab.kms(B, "Admin", "Encrypt", request.clone())), "AccessDeniedException");
    lab.put_policy(&key, &[allow(&format!("arn:aws:iam::{B}:root"), &["kms:*"])]);
    assert!(lab.kms(B, "Admin", "Encrypt", request.clone()).is_ok());
    // B's side is missing now.
    let denied = why(lab.kms(B, "App", "Encrypt", request));
    assert!(denied.contains("identity"), "{denied}");
    // Management never works across accounts, whatever the policies say.
    let managed = why(lab.kms(B, "Admin", "ScheduleKeyDeletion", json!({"KeyId": key})));
    assert!(managed.contains("never works on a key of another account"), "{managed}");
}

#[test]
fn an_explicit_deny_beats_every_allow() {
    let mut lab = Lab::new();
    let deny = json!({"Sid": "NoDecrypt", "Effect": "Deny", "Principal": "*", "Action": "kms:Decrypt", "Resource": "*"});
    let key = lab.key_with(&[allow(&role_arn(A, "App"), &["kms:Decrypt"]), deny]);
    let blob = seal(&mut lab, &key, &json!({}));
    let denied = lab.kms(A, "App", "Decrypt", json!({"CiphertextBlob": blob}));
    assert!(denied.as_ref().unwrap_err().message.contains("with an explicit deny in a resource-based policy"));
    assert!(why(denied).contains("NoDecrypt"));
}

#[test]
fn conditions_see_the_service_and_the_encryption_context() {
    let mut lab = Lab::new();
    let mut statement = allow(&role_arn(A, "App"), &["kms:Encrypt"]);
    statement["Condition"] = json!({"StringEquals": {"kms:ViaService": "s3.us-east-1.amazonaws.com", "kms:EncryptionContext:app": "lake"}});
    let key = lab.key_with(&[statement]);
    let request = |app: &str| json!({"KeyId": key, "Plaintext": HELLO, "EncryptionContext": {"app": app}});
    assert!(lab.through("s3", A, "App", "Encrypt", request("lake")).is_ok());
    assert_eq!(code(lab.kms(A, "App", "Encrypt", request("lake"))), "AccessDeniedException");
    assert_eq!(code(lab.through("sqs", A, "App", "Encrypt", request("lake"))), "AccessDeniedException");
    let other = why(lab.through("s3", A, "App", "Encrypt", request("sea")));
    assert!(other.contains("kms:EncryptionContext:app") && other.contains("sea"), "{other}");
}

#[test]
fn re_encrypt_asks_for_both_keys_and_takes_the_context_along() {
    let mut lab = Lab::new();
    let (from, to) = (lab.key(), lab.key());
    let blob = seal(&mut lab, &from, &json!({"v": "1"}));
    let request = json!({"CiphertextBlob": blob, "SourceEncryptionContext": {"v": "1"}, "DestinationKeyId": to, "DestinationEncryptionContext": {"v": "2"}});
    lab.role(A, "App", &[json!({"Effect": "Allow", "Action": "kms:ReEncryptFrom", "Resource": from})]);
    let denied = lab.kms(A, "App", "ReEncrypt", request.clone());
    assert!(denied.unwrap_err().message.contains("kms:ReEncryptTo"));
    lab.role(A, "App", &[json!({"Effect": "Allow", "Action": "kms:ReEncrypt*", "Resource": "*"})]);
    let moved = lab.kms(A, "App", "ReEncrypt", request).unwrap();
    let open = json!({"CiphertextBlob": moved["CiphertextBlob"], "EncryptionContext": {"v": "2"}});
    assert_eq!(lab.kms(A, "Admin", "Decrypt", open).unwrap()["KeyId"], json!(to));
}

#[test]
fn data_keys_open_with_decrypt_and_have_the_length_asked_for() {
    let mut lab = Lab::new();
    let key = lab.key();
    for (members, base64) in [(json!({"KeySpec": "AES_256"}), 44), (json!({"KeySpec": "AES_128"}), 24), (json!({"NumberOfBytes": 64}), 88)]
    {
        let mut request = members;
        request["KeyId"] = json!(key);
        let made = lab.kms(A, "Admin", "GenerateDataKey", request.clone()).unwrap();
        assert_eq!(made["Plaintext"].as_str().unwrap().len(), base64);
        let opened = lab.kms(A, "Admin", "Decrypt", json!({"CiphertextBlob": made["CiphertextBlob"]})).unwrap();
        assert_eq!(opened["Plaintext"], made["Plaintext"]);
        let without = lab.kms(A, "Admin", "GenerateDataKeyWithoutPlaintext", request).unwrap();
        assert!(without.get("Plaintext").is_none());
    }
    assert_eq!(code(lab.kms(A, "Admin", "GenerateDataKey", json!({"KeyId": key}))), "ValidationException");
}

#[test]
fn encrypt_takes_4096_bytes_and_not_one_more() {
    use base64::Engine as _;
    let mut lab = Lab::new();
    let key = lab.key();
    let text = |length: usize| base64::engine::general_purpose::STANDARD.encode(vec![7; length]);
    assert!(lab.kms(A, "Admin", "Encrypt", json!({"KeyId": key, "Plaintext": text(4096)})).is_ok());
    let refused = lab.kms(A, "Admin", "Encrypt", json!({"KeyId": key, "Plaintext": text(4097)})).unwrap_err();
    assert_eq!(refused.code, "ValidationException");
    assert!(refused.message.contains("length less than or equal to 4096"));
}

#[test]
fn a_deleted_key_never_comes_back() {
    let mut lab = Lab::new();
    let key = lab.key();
    lab.kms(A, "Admin", "CreateAlias", json!({"AliasName": "alias/gone", "TargetKeyId": key})).unwrap();
    let blob = seal(&mut lab, &key, &json!({}));
    for days in [6, 31] {
        let refused = lab.kms(A, "Admin", "ScheduleKeyDeletion", json!({"KeyId": key, "PendingWindowInDays": days}));
        assert_eq!(code(refused), "ValidationException");
    }
    let scheduled = lab.kms(A, "Admin", "ScheduleKeyDeletion", json!({"KeyId": key})).unwrap();
    assert_eq!(scheduled["DeletionDate"], "2026-01-31T00:00:00Z");
    lab.advance(29);
    lab.kms(A, "Admin", "CancelKeyDeletion", json!({"KeyId": key})).unwrap();
    let state = |lab: &mut Lab| lab.kms(A, "Admin", "DescribeKey", json!({"KeyId": key})).unwrap()["KeyMetadata"]["KeyState"].clone();
    assert_eq!(state(&mut lab), "Disabled");
    lab.kms(A, "Admin", "ScheduleKeyDeletion", json!({"KeyId": key, "PendingWindowInDays": 7})).unwrap();
    lab.advance(7);
    assert_eq!(code(lab.kms(A, "Admin", "DescribeKey", json!({"KeyId": key}))), "NotFoundException");
    assert_eq!(code(lab.kms(A, "Admin", "CancelKeyDeletion", json!({"KeyId": key}))), "NotFoundException");
    assert_eq!(code(lab.kms(A, "Admin", "DescribeKey", json!({"KeyId": "alias/gone"}))), "NotFoundException");
    assert_eq!(code(lab.kms(A, "Admin", "Decrypt", json!({"CiphertextBlob": blob}))), "AccessDeniedException");
}

#[test]
fn an_aws_managed_key_works_through_its_service_and_its_account_alone() {
    let mut lab = Lab::new();
    let account = kmsprep::cloud::AccountId::parse(A).unwrap();
    let arn = lab.world.aws_managed_key(account, kmsprep::cloud::Region::default_region(), "s3", "s3").unwrap();
    let request = json!({"KeyId": *arn, "Plaintext": HELLO});
    // App has no kms permission at all: the key's own policy lets it in through S3.
    assert!(lab.through("s3", A, "App", "Encrypt", request.clone()).is_ok());
    assert_eq!(code(lab.through("sqs", A, "App", "Encrypt", request.clone())), "AccessDeniedException");
    assert_eq!(code(lab.kms(A, "Admin", "Encrypt", request.clone())), "AccessDeniedException");
    assert_eq!(code(lab.through("s3", B, "Admin", "Encrypt", request)), "AccessDeniedException");
    let policy = json!({"Version": "2012-10-17", "Statement": [allow(&format!("arn:aws:iam::{A}:root"), &["kms:*"])]}).to_string();
    assert_eq!(code(lab.kms(A, "Admin", "PutKeyPolicy", json!({"KeyId": *arn, "Policy": policy}))), "AccessDeniedException");
    lab.advance(366);
    assert_eq!(lab.kms(A, "Admin", "GetKeyRotationStatus", json!({"KeyId": *arn})).unwrap()["RotationPeriodInDays"], 365);
}

#[test]
fn a_policy_that_locks_the_caller_out_or_names_nobody_is_refused() {
    let mut lab = Lab::new();
    let key = lab.key();
    let mut put = |statement: Value, bypass: bool| {
        let policy = json!({"Version": "2012-10-17", "Statement": [statement]}).to_string();
        lab.kms(A, "Admin", "PutKeyPolicy", json!({"KeyId": key, "Policy": policy, "BypassPolicyLockoutSafetyCheck": bypass}))
    };
    let app_only = allow(&role_arn(A, "App"), &["kms:Decrypt"]);
    assert_eq!(
        put(app_only.clone(), false).unwrap_err().message,
        "The new key policy will not allow you to update the key policy in the future."
    );
    let nobody = put(allow(&role_arn(A, "Ghost"), &["kms:*"]), true).unwrap_err();
    assert_eq!(nobody.message, "Policy contains a statement with one or more invalid principals.");
    assert!(put(app_only, true).is_ok());
}

#[test]
fn dry_run_checks_everything_and_does_nothing() {
    let mut lab = Lab::new();
    let key = lab.key();
    let request = json!({"KeyId": key, "GranteePrincipal": role_arn(A, "App"), "Operations": ["Decrypt"], "DryRun": true});
    assert_eq!(code(lab.kms(A, "Admin", "CreateGrant", request.clone())), "DryRunOperationException");
    assert_eq!(code(lab.kms(A, "App", "CreateGrant", request)), "AccessDeniedException");
    assert!(lab.kms(A, "Admin", "ListGrants", json!({"KeyId": key})).unwrap()["Grants"].as_array().unwrap().is_empty());
}

#[test]
fn the_trail_has_one_record_a_call_without_secrets_and_the_meter_counts_what_succeeded() {
    let mut lab = Lab::new();
    let key = lab.key();
    let before = (lab.world.cloud.trail.len(), lab.world.cloud.meter.total(RequestClass::Symmetric));
    let blob = seal(&mut lab, &key, &json!({"Department": "Finance"}));
    lab.kms(A, "Admin", "Decrypt", json!({"CiphertextBlob": blob, "EncryptionContext": {"Department": "Finance"}})).unwrap();
    lab.kms(A, "App", "Decrypt", json!({"CiphertextBlob": blob})).unwrap_err();
    assert_eq!(lab.world.cloud.trail.len() - before.0, 3);
    assert_eq!(lab.world.cloud.meter.total(RequestClass::Symmetric) - before.1, 2);
    let events: Vec<Value> = lab.world.cloud.trail.events().iter().skip(before.0).map(|event| event.to_json()).collect();
    let text = Value::from(events.clone()).to_string();
    assert!(!text.contains(HELLO) && !text.contains(blob.as_str().unwrap()));
    assert_eq!(events[1]["requestParameters"]["encryptionContext"]["Department"], "Finance");
    assert_eq!(events[1]["resources"][0]["ARN"], json!(key));
    assert_eq!((&events[2]["errorCode"], &events[2]["userIdentity"]["type"]), (&json!("AccessDenied"), &json!("AssumedRole")));
}

#[test]
fn equal_seeds_give_equal_bytes() {
    let run = || {
        let mut lab = Lab::new();
        let key = lab.key();
        (
            key.clone(),
            seal(&mut lab, &key, &json!({"a": "b"})),
            lab.kms(A, "Admin", "GenerateRandom", json!({"NumberOfBytes": 32})).unwrap(),
        )
    };
    assert_eq!(run(), run());
}

#[test]
fn a_cloned_world_goes_on_like_its_original() {
    let mut lab = Lab::new();
    let key = lab.key();
    let mut twin = Lab { world: lab.world.clone(), ..Lab::new() };
    assert_eq!(seal(&mut lab, &key, &json!({})), seal(&mut twin, &key, &json!({})));
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, ..ProptestConfig::default() })]

    #[test]
    fn decrypt_inverts_encrypt_under_its_context_and_no_other(
        plaintext in prop::collection::vec(any::<u8>(), 1..200),
        context in prop::collection::btree_map("[a-z]{1,4}", "[a-z]{0,4}", 0..4),
        other in prop::collection::btree_map("[a-z]{1,4}", "[a-z]{0,4}", 0..4),
    ) {
        use base64::Engine as _;
        let mut lab = Lab::new();
        let key = lab.key();
        let text = base64::engine::general_purpose::STANDARD.encode(&plaintext);
        let sealed = lab.kms(A, "Admin", "Encrypt", json!({"KeyId": key, "Plaintext": text, "EncryptionContext": context})).unwrap();
        let outcome = lab.kms(A, "Admin", "Decrypt", json!({"CiphertextBlob": sealed["CiphertextBlob"], "EncryptionContext": other}));
        match outcome {
            Ok(opened) => prop_assert!(context == other && opened["Plaintext"] == json!(text)),
            Err(error) => prop_assert!(context != other && error.code == "InvalidCiphertextException"),
        }
    }

    #[test]
    fn garbage_in_any_member_is_an_error_code_and_never_a_panic(
        operation in 0..kmsprep::kms::OPERATIONS.len(),
        texts in prop::collection::vec(".{0,40}", 1..6),
        numbers in prop::collection::vec(any::<i64>(), 1..3),
    ) {
        let mut lab = Lab::new();
        let key = lab.key();
        let row = &kmsprep::kms::OPERATIONS[operation];
        let mut members = serde_json::Map::new();
        for (index, parameter) in row.parameters.iter().enumerate() {
            let text = &texts[index % texts.len()];
            let value = match (index + texts.len()) % 5 {
                0 => json!(key),
                1 => json!(text),
                2 => json!(numbers[index % numbers.len()]),
                3 => json!([text]),
                _ => json!({ text.as_str(): text }),
            };
            members.insert(parameter.name.to_owned(), value);
        }
        if let Err(error) = lab.kms(A, "Admin", row.name, Value::Object(members)) {
            prop_assert!(error.code.ends_with("Exception"), "{}", error.code);
        }
    }
}
