//! Grants: who may, when, under which context, and who may end them.

use super::lab::{A, B, Lab, code, role_arn, why};
use kmsprep::cloud::Duration;
use serde_json::{Value, json};

const HELLO: &str = "aGVsbG8=";

fn grant(lab: &mut Lab, key: &str, grantee: &str, operations: &[&str], more: Value) -> Value {
    let mut request = json!({"KeyId": key, "GranteePrincipal": grantee, "Operations": operations});
    for (name, value) in more.as_object().unwrap() {
        request[name] = value.clone();
    }
    lab.kms(A, "Admin", "CreateGrant", request).unwrap()
}

#[test]
fn a_grant_allows_its_grantee_its_operations_and_nothing_else() {
    let mut lab = Lab::new();
    let key = lab.key();
    let encrypt = json!({"KeyId": key, "Plaintext": HELLO});
    assert_eq!(code(lab.kms(A, "App", "Encrypt", encrypt.clone())), "AccessDeniedException");
    grant(&mut lab, &key, &role_arn(A, "App"), &["Encrypt"], json!({}));
    lab.world.advance(Duration::minutes(5));
    assert!(lab.kms(A, "App", "Encrypt", encrypt.clone()).is_ok());
    let other = why(lab.kms(A, "App", "GenerateDataKey", json!({"KeyId": key, "KeySpec": "AES_256"})));
    assert!(other.contains("is for Encrypt, not for GenerateDataKey"), "{other}");
    assert_eq!(code(lab.kms(B, "App", "Encrypt", encrypt)), "AccessDeniedException");
}

#[test]
fn until_it_has_propagated_a_grant_needs_its_token() {
    let mut lab = Lab::new();
    let key = lab.key();
    let made = grant(&mut lab, &key, &role_arn(A, "App"), &["Encrypt"], json!({}));
    let early = why(lab.kms(A, "App", "Encrypt", json!({"KeyId": key, "Plaintext": HELLO})));
    assert!(early.contains("has not propagated yet"), "{early}");
    let with_token = json!({"KeyId": key, "Plaintext": HELLO, "GrantTokens": [made["GrantToken"]]});
    assert!(lab.kms(A, "App", "Encrypt", with_token.clone()).is_ok());
    // The token helps the grantee alone.
    assert_eq!(code(lab.kms(B, "App", "Encrypt", with_token)), "AccessDeniedException");
    lab.world.advance(Duration::minutes(5));
    assert!(lab.kms(A, "App", "Encrypt", json!({"KeyId": key, "Plaintext": HELLO})).is_ok());
}

#[test]
fn a_grant_reaches_a_role_of_another_account_without_an_identity_policy() {
    let mut lab = Lab::new();
    let key = lab.key();
    grant(&mut lab, &key, &role_arn(B, "App"), &["Encrypt"], json!({}));
    lab.world.advance(Duration::minutes(5));
    assert!(lab.kms(B, "App", "Encrypt", json!({"KeyId": key, "Plaintext": HELLO})).is_ok());
    // An explicit deny on the grantee's side still wins.
    lab.role(B, "App", &[json!({"Effect": "Deny", "Action": "kms:Encrypt", "Resource": "*"})]);
    assert_eq!(code(lab.kms(B, "App", "Encrypt", json!({"KeyId": key, "Plaintext": HELLO}))), "AccessDeniedException");
}

#[test]
fn constraints_hold_the_context_to_a_subset_or_to_equality() {
    let mut lab = Lab::new();
    let key = lab.key();
    let finance = json!({"Department": "Finance"});
    grant(&mut lab, &key, &role_arn(A, "App"), &["Encrypt"], json!({"Constraints": {"EncryptionContextSubset": finance}}));
    lab.world.advance(Duration::minutes(5));
    let mut encrypt =
        |context: Value| lab.kms(A, "App", "Encrypt", json!({"KeyId": key, "Plaintext": HELLO, "EncryptionContext": context}));
    assert!(encrypt(finance.clone()).is_ok());
    assert!(encrypt(json!({"Department": "Finance", "Project": "Alpha"})).is_ok());
    let wrong = why(encrypt(json!({"Department": "Sales"})));
    assert!(wrong.contains("EncryptionContextSubset") && wrong.contains("Department=Finance"), "{wrong}");
    assert_eq!(code(encrypt(json!({}))), "AccessDeniedException");
}

#[test]
fn an_equals_constraint_takes_no_further_pair() {
    let mut lab = Lab::new();
    let key = lab.key();
    grant(&mut lab, &key, &role_arn(A, "App"), &["Encrypt"], json!({"Constraints": {"EncryptionContextEquals": {"a": "1"}}}));
    lab.world.advance(Duration::minutes(5));
    let mut encrypt =
        |context: Value| lab.kms(A, "App", "Encrypt", json!({"KeyId": key, "Plaintext": HELLO, "EncryptionContext": context}));
    assert!(encrypt(json!({"a": "1"})).is_ok());
    assert_eq!(code(encrypt(json!({"a": "1", "b": "2"}))), "AccessDeniedException");
}

#[test]
fn a_child_grant_may_not_exceed_the_grant_that_allows_it() {
    let mut lab = Lab::new();
    let key = lab.key();
    grant(&mut lab, &key, &role_arn(A, "App"), &["CreateGrant", "Decrypt"], json!({}));
    lab.world.advance(Duration::minutes(5));
    let mut child = |operations: &[&str]| {
        lab.kms(A, "App", "CreateGrant", json!({"KeyId": key, "GranteePrincipal": role_arn(B, "App"), "Operations": operations}))
    };
    assert!(child(&["Decrypt"]).is_ok());
    let more = why(child(&["Decrypt", "Encrypt"]));
    assert!(more.contains("does not list Encrypt"), "{more}");
}

#[test]
fn revoking_is_decided_by_policy_and_retiring_by_the_grant() {
    let mut lab = Lab::new();
    let key = lab.key();
    let more = json!({"RetiringPrincipal": role_arn(A, "App"), "Name": "nightly"});
    let first = grant(&mut lab, &key, &role_arn(B, "App"), &["Decrypt"], more.clone());
    // A named grant with the same parameters is the same grant.
    assert_eq!(grant(&mut lab, &key, &role_arn(B, "App"), &["Decrypt"], more)["GrantId"], first["GrantId"]);
    let by_id = json!({"KeyId": key, "GrantId": first["GrantId"]});
    assert_eq!(code(lab.kms(A, "App", "RevokeGrant", by_id.clone())), "AccessDeniedException");
    let stranger = why(lab.kms(B, "App", "RetireGrant", by_id.clone()));
    assert!(stranger.contains("retiring principal"), "{stranger}");
    assert!(lab.kms(A, "App", "RetireGrant", by_id.clone()).is_ok());
    assert_eq!(code(lab.kms(A, "Admin", "RevokeGrant", by_id)), "NotFoundException");
    let second = grant(&mut lab, &key, &role_arn(B, "App"), &["Decrypt"], json!({}));
    assert!(lab.kms(A, "Admin", "RevokeGrant", json!({"KeyId": key, "GrantId": second["GrantId"]})).is_ok());
    assert!(lab.kms(A, "Admin", "ListGrants", json!({"KeyId": key})).unwrap()["Grants"].as_array().unwrap().is_empty());
}

#[test]
fn grants_refuse_what_they_cannot_hold() {
    let mut lab = Lab::new();
    let key = lab.key();
    let mut make = |grantee: &str, operations: &[&str]| {
        lab.kms(A, "Admin", "CreateGrant", json!({"KeyId": key, "GranteePrincipal": grantee, "Operations": operations}))
    };
    assert_eq!(code(make(&role_arn(A, "App"), &["PutKeyPolicy"])), "ValidationException");
    assert_eq!(code(make(&role_arn(A, "App"), &[])), "ValidationException");
    assert_eq!(code(make("logs.us-east-1.amazonaws.com", &["Decrypt"])), "ValidationException");
    assert_eq!(code(make(&role_arn(A, "Ghost"), &["Decrypt"])), "InvalidArnException");
}
