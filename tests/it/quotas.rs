//! Request quotas at the door: whose requests count, what refused ones leave behind, and how services pass them on.

use super::lab::{A, B, Lab, allow, code, role_arn, why};
use kmsprep::cloud::{AccountId, Caller, Region, RequestClass};
use kmsprep::kms::{QuotaRow, Quotas};
use kmsprep::services::call;
use serde_json::{Value, json};
use std::sync::Arc;

const HELLO: &str = "aGVsbG8=";

/// A world in which request quotas count, with a key of account A.
fn lab() -> (Lab, String) {
    let mut lab = Lab::new();
    let key = lab.key();
    lab.world.kms.quotas = Some(Quotas::default());
    (lab, key)
}

/// Makes management calls of which five a second are allowed until one is refused, and tells how many were not.
fn until_throttled(mut one: impl FnMut() -> Result<Value, kmsprep::cloud::ApiError>) -> usize {
    for count in 0..100 {
        match one() {
            Ok(_) => {}
            Err(error) if error.code == "DryRunOperationException" => {}
            Err(error) if error.code == "ThrottlingException" => return count,
            Err(error) => panic!("{error}"),
        }
    }
    100
}

#[test]
fn without_quotas_nothing_is_throttled() {
    let mut lab = Lab::new();
    let key = lab.key();
    assert_eq!(until_throttled(|| lab.kms(A, "Admin", "EnableKey", json!({"KeyId": key}))), 100);
}

#[test]
fn a_throttled_request_is_on_the_trail_and_not_on_the_bill() {
    let (mut lab, key) = lab();
    assert_eq!(until_throttled(|| lab.kms(A, "Admin", "EnableKey", json!({"KeyId": key}))), 5);
    let billed = lab.world.cloud.meter.total(RequestClass::Symmetric);
    let refused = lab.kms(A, "Admin", "EnableKey", json!({"KeyId": key}));
    assert!(why(refused).starts_with("\"EnableKey request rate\" allows account 111111111111 5 requests a second in us-east-1"));
    assert_eq!(lab.world.cloud.meter.total(RequestClass::Symmetric), billed);
    let record = lab.world.cloud.trail.events().last().unwrap().to_json();
    assert_eq!((&record["eventName"], &record["errorCode"]), (&json!("EnableKey"), &json!("ThrottlingException")));
    assert_eq!(record["requestParameters"]["keyId"], json!(key));
    assert_eq!(record["recipientAccountId"], json!(A));
    lab.world.advance(kmsprep::cloud::Duration::seconds(1));
    lab.kms(A, "Admin", "EnableKey", json!({"KeyId": key})).unwrap();
}

#[test]
fn refused_requests_and_dry_runs_count_and_malformed_ones_do_not() {
    let (mut lab, key) = lab();
    for _ in 0..3 {
        assert_eq!(code(lab.kms(A, "App", "EnableKey", json!({"KeyId": key}))), "AccessDeniedException");
        let malformed = lab.kms(A, "Admin", "EnableKey", json!({"KeyId": ""}));
        assert_eq!(code(malformed), "ValidationException");
    }
    assert_eq!(until_throttled(|| lab.kms(A, "Admin", "EnableKey", json!({"KeyId": key}))), 2);
    let grant = json!({"KeyId": key, "GranteePrincipal": role_arn(A, "App"), "Operations": ["Decrypt"], "DryRun": true});
    assert_eq!(until_throttled(|| lab.kms(A, "Admin", "CreateGrant", grant.clone())), 50);
}

#[test]
fn a_missing_key_is_throttled_before_it_is_missed() {
    let (mut lab, _) = lab();
    let missing = json!({"KeyId": "1234abcd-12ab-34cd-56ef-1234567890ab"});
    for _ in 0..5 {
        assert_eq!(code(lab.kms(A, "Admin", "DisableKey", missing.clone())), "NotFoundException");
    }
    assert_eq!(code(lab.kms(A, "Admin", "DisableKey", missing)), "ThrottlingException");
}

#[test]
fn the_callers_account_is_throttled_and_not_the_keys_owner() {
    let (mut lab, key) = lab();
    lab.put_policy(&key, &[allow(&format!("arn:aws:iam::{B}:root"), &["kms:CreateGrant"])]);
    let grant = |grantee| json!({"KeyId": key, "GranteePrincipal": role_arn(grantee, "App"), "Operations": ["Decrypt"], "DryRun": true});
    assert_eq!(until_throttled(|| lab.kms(B, "Admin", "CreateGrant", grant(B))), 50);
    assert_eq!(until_throttled(|| lab.kms(A, "Admin", "CreateGrant", grant(A))), 50);
}

#[test]
fn a_service_counts_for_its_caller_and_as_itself_for_the_keys_owner() {
    let (mut lab, key) = lab();
    lab.put_policy(&key, &[json!({"Effect": "Allow", "Principal": {"Service": "logs.amazonaws.com"}, "Action": "kms:*", "Resource": "*"})]);
    let account = AccountId::parse(A).unwrap();
    let row = QuotaRow::named("Cryptographic operations (symmetric) request rate").unwrap();
    if let Some(quotas) = &mut lab.world.kms.quotas {
        quotas.increase(account, Region::default_region(), row, 10);
    }
    let encrypt = json!({"KeyId": key, "Plaintext": HELLO});
    for _ in 0..4 {
        lab.through("s3", A, "Admin", "Encrypt", encrypt.clone()).unwrap();
        let service = Arc::new(Caller::service("logs.amazonaws.com", Region::default_region(), None, None));
        call(&mut lab.world, &service, "kms:Encrypt", encrypt.clone()).unwrap();
    }
    assert_eq!(until_throttled(|| lab.kms(A, "Admin", "Encrypt", encrypt.clone())), 2);
    lab.kms(B, "Admin", "GenerateRandom", json!({"NumberOfBytes": 8})).unwrap();
}

#[test]
fn the_key_of_a_ciphertext_decides_whose_quota_a_service_uses() {
    let (mut lab, key) = lab();
    lab.put_policy(&key, &[json!({"Effect": "Allow", "Principal": {"Service": "logs.amazonaws.com"}, "Action": "kms:*", "Resource": "*"})]);
    let sealed = lab.kms(A, "Admin", "Encrypt", json!({"KeyId": key, "Plaintext": HELLO})).unwrap();
    let row = QuotaRow::named("Cryptographic operations (symmetric) request rate").unwrap();
    let mut quotas = Quotas::default();
    quotas.increase(AccountId::parse(A).unwrap(), Region::default_region(), row, 3);
    lab.world.kms.quotas = Some(quotas);
    let service = Arc::new(Caller::service("logs.amazonaws.com", Region::default_region(), None, None));
    let decrypt = json!({"CiphertextBlob": sealed["CiphertextBlob"]});
    assert_eq!(until_throttled(|| call(&mut lab.world, &service, "kms:Decrypt", decrypt.clone())), 3);
    assert_eq!(code(lab.kms(A, "Admin", "Decrypt", decrypt)), "ThrottlingException");
}
