//! Saving a key policy: what KMS refuses, through the door, for each of the operations that save one.

use super::lab::{A, B, Lab, role_arn};
use kmsprep::cloud::ApiError;
use serde_json::{Value, json};

fn root() -> Value {
    json!({"Sid": "Root", "Effect": "Allow", "Principal": {"AWS": format!("arn:aws:iam::{A}:root")}, "Action": "kms:*", "Resource": "*"})
}

fn document(statements: &[Value]) -> String {
    json!({"Version": "2012-10-17", "Statement": statements}).to_string()
}

/// The account statement and a second one with these elements.
fn with(elements: Value) -> String {
    let mut second =
        json!({"Sid": "Second", "Effect": "Allow", "Principal": {"AWS": role_arn(A, "App")}, "Action": "kms:Decrypt", "Resource": "*"});
    for (name, value) in elements.as_object().unwrap() {
        match value {
            Value::Null => second.as_object_mut().unwrap().shift_remove(name),
            value => second.as_object_mut().unwrap().insert(name.clone(), value.clone()),
        };
    }
    document(&[root(), second])
}

fn put(lab: &mut Lab, key: &str, policy: &str) -> Result<Value, ApiError> {
    lab.kms(A, "Admin", "PutKeyPolicy", json!({"KeyId": key, "Policy": policy}))
}

#[track_caller]
fn refused(policy: &str) -> ApiError {
    let mut lab = Lab::new();
    let key = lab.key();
    let before = lab.kms(A, "Admin", "GetKeyPolicy", json!({"KeyId": key})).unwrap();
    let error = put(&mut lab, &key, policy).expect_err(policy);
    assert_eq!(lab.kms(A, "Admin", "GetKeyPolicy", json!({"KeyId": key})).unwrap(), before, "a refused policy changes nothing");
    error
}

#[track_caller]
fn malformed(policy: &str) -> String {
    let error = refused(policy);
    assert_eq!(error.code, "MalformedPolicyDocumentException", "{policy}");
    error.message.to_string()
}

#[test]
fn principals_that_nobody_is_get_the_one_message_that_aws_has_for_them() {
    for principal in [
        json!({"AWS": role_arn(A, "Ghost")}),
        json!({"AWS": "AIDACKCEVSQ6C2EXAMPLE"}),
        json!({"AWS": "AROACKCEVSQ6C2EXAMPLE"}),
        json!({"AWS": format!("arn:aws:iam::{A}:role/*")}),
        json!({"AWS": format!("arn:aws:iam::{A}:group/ops")}),
        json!({"AWS": []}),
        json!({"Service": "cloudtrail"}),
        json!({"CanonicalUser": "79a59df900b949e55d96a1e698fbacedfd6e09d98eacf8f8d5218e7cd47ef2be"}),
        json!({}),
    ] {
        let message = malformed(&with(json!({"Principal": principal})));
        assert_eq!(message, "Policy contains a statement with one or more invalid principals.", "{principal}");
    }
    assert_eq!(malformed(&with(json!({"Principal": null}))), "Policy contains a statement with no principal.");
}

#[test]
fn the_reason_of_an_invalid_principal_says_where_it_stands() {
    let error = refused(&with(json!({"Principal": {"AWS": [role_arn(A, "App"), "ana"]}})));
    let reason = error.reason.unwrap();
    assert_eq!(reason.headline, "`ana` names no principal (at /Statement/1/Principal/AWS/1)");
}

#[test]
fn a_principal_of_another_account_is_taken_when_it_exists() {
    let mut lab = Lab::new();
    let key = lab.key();
    assert!(put(&mut lab, &key, &with(json!({"Principal": {"AWS": role_arn(B, "App")}}))).is_ok());
    assert!(put(&mut lab, &key, &with(json!({"Principal": {"AWS": role_arn(B, "Ghost")}}))).is_err());
    assert!(put(&mut lab, &key, &with(json!({"Principal": {"Service": "cloudtrail.amazonaws.com"}}))).is_ok());
}

#[test]
fn condition_keys_for_iam_policies_only_are_refused_in_a_key_policy() {
    for condition in [
        json!({"StringEquals": {"aws:ResourceTag/team": "blue"}}),
        json!({"ForAnyValue:StringEquals": {"KMS:resourcealiases": "alias/app"}}),
    ] {
        let message = malformed(&with(json!({"Condition": condition})));
        assert_eq!(
            message,
            "These condition keys are not permitted in a key policy: aws:ResourceTag, kms:ResourceTag, kms:ResourceAliases"
        );
    }
    let mut lab = Lab::new();
    let key = lab.key();
    // The alias that a request names is another matter.
    assert!(put(&mut lab, &key, &with(json!({"Condition": {"StringEquals": {"kms:RequestAlias": "alias/app"}}}))).is_ok());
}

#[test]
fn for_all_values_of_a_key_that_a_request_may_lack_is_overly_permissive() {
    let message = malformed(&with(json!({"Condition": {"ForAllValues:StringEquals": {"kms:EncryptionContext:App": "x"}}})));
    assert!(
        message.starts_with("OverlyPermissiveCondition: ") && message.contains("without the specified encryption context"),
        "{message}"
    );
    let tags = json!({"Action": "kms:TagResource", "Condition": {"ForAllValues:StringLike": {"aws:RequestTag/team": "*"}}});
    let message = malformed(&with(tags));
    assert!(message.starts_with("OverlyPermissiveCondition: ") && message.contains("without the specified tag"), "{message}");
    let mut lab = Lab::new();
    let key = lab.key();
    let fine = json!({"Condition": {"ForAllValues:StringEquals": {"kms:EncryptionContextKeys": ["App"]}}});
    assert!(put(&mut lab, &key, &with(fine)).is_ok());
}

#[test]
fn what_breaks_the_grammar_is_malformed() {
    for broken in [
        String::from("{"),
        String::from("[]"),
        json!({"Version": "2012-10-17"}).to_string(),
        json!({"Version": "2012-10-17", "Statement": []}).to_string(),
        json!({"Version": "2020-01-01", "Statement": [root()]}).to_string(),
        document(&[root(), root()]),
        with(json!({"Effect": "allow"})),
        with(json!({"Effect": null})),
        with(json!({"NotAction": "kms:Encrypt"})),
        with(json!({"NotResource": "*"})),
        with(json!({"Principal": null, "NotPrincipal": {"AWS": role_arn(A, "App")}})),
        with(json!({"Condition": {"StringEqual": {"kms:ViaService": "x"}}})),
        with(json!({"Action": "kms*:Decrypt"})),
        with(json!({"Resources": "*"})),
        document(&[root()]).replacen("\"Effect\"", "\"Sid\":\"Again\",\"Effect\"", 1),
    ] {
        malformed(&broken);
    }
}

#[test]
fn a_statement_without_action_or_resource_is_saved_and_has_no_effect() {
    let mut lab = Lab::new();
    let key = lab.key();
    for missing in ["Action", "Resource"] {
        put(&mut lab, &key, &with(json!({"Action": "kms:DescribeKey", missing: null}))).unwrap();
        assert_eq!(lab.kms(A, "App", "DescribeKey", json!({"KeyId": key})).unwrap_err().code, "AccessDeniedException");
    }
    put(&mut lab, &key, &with(json!({"Action": "kms:DescribeKey"}))).unwrap();
    assert!(lab.kms(A, "App", "DescribeKey", json!({"KeyId": key})).is_ok());
}

#[test]
fn size_and_characters_have_errors_of_their_own() {
    let sized = |bytes: usize| {
        let text = document(&[root()]);
        format!("{text}{}", " ".repeat(bytes - text.len()))
    };
    let mut lab = Lab::new();
    let key = lab.key();
    assert!(put(&mut lab, &key, &sized(32_768)).is_ok());
    assert_eq!(refused(&sized(32_769)).code, "LimitExceededException");
    assert_eq!(refused(&sized(131_073)).code, "ValidationException");
    for odd in ["\u{202e}", "\u{0}", "\u{7f00}", "\u{1f511}"] {
        assert_eq!(refused(&with(json!({"Sid": "x"})).replacen("\"x\"", &format!("\"x{odd}\""), 1)).code, "ValidationException", "{odd:?}");
    }
    assert!(put(&mut lab, &key, &with(json!({"Sid": "clé de l'équipe"}))).is_ok());
}

#[test]
fn the_lockout_check_asks_whether_the_caller_may_change_the_policy_again() {
    let locked = "The new key policy will not allow you to update the key policy in the future.";
    let admin = |elements: Value| {
        let mut statement = json!({"Effect": "Allow", "Principal": {"AWS": role_arn(A, "Admin")}, "Action": "kms:*", "Resource": "*"});
        statement.as_object_mut().unwrap().extend(elements.as_object().unwrap().clone());
        document(&[statement])
    };
    let mut lab = Lab::new();
    let key = lab.key();
    let other = lab.key();
    for kept in [
        admin(json!({})),
        admin(json!({"Resource": key})),
        admin(json!({"Action": "kms:Put*"})),
        admin(json!({"Condition": {"StringEquals": {"kms:CallerAccount": A}}})),
        document(&[root()]),
    ] {
        assert!(put(&mut lab, &key, &kept).is_ok(), "{kept}");
    }
    for lost in [
        admin(json!({"Resource": other})),
        admin(json!({"Action": "kms:Get*"})),
        admin(json!({"Principal": {"AWS": role_arn(A, "App")}})),
        admin(json!({"Condition": {"StringEquals": {"kms:CallerAccount": B}}})),
        document(&[root(), json!({"Effect": "Deny", "Principal": "*", "Action": "kms:PutKeyPolicy", "Resource": "*"})]),
    ] {
        assert_eq!(put(&mut lab, &key, &lost).unwrap_err().message, locked, "{lost}");
        let bypass = json!({"Policy": lost, "BypassPolicyLockoutSafetyCheck": true});
        assert_eq!(lab.kms(A, "Admin", "CreateKey", json!({"Policy": lost})).unwrap_err().message, locked);
        assert!(lab.kms(A, "Admin", "CreateKey", bypass).is_ok());
    }
}

#[test]
fn every_operation_that_saves_a_policy_checks_it() {
    let mut lab = Lab::new();
    let bad = with(json!({"Principal": {"AWS": role_arn(A, "Ghost")}}));
    let primary = lab.key_of(json!({"MultiRegion": true}));
    for (operation, request) in [
        ("CreateKey", json!({"Policy": bad})),
        ("PutKeyPolicy", json!({"KeyId": primary, "Policy": bad})),
        ("ReplicateKey", json!({"KeyId": primary, "ReplicaRegion": "eu-west-1", "Policy": bad})),
    ] {
        let error = lab.kms(A, "Admin", operation, request).unwrap_err();
        assert_eq!(
            (&*error.code, &*error.message),
            ("MalformedPolicyDocumentException", "Policy contains a statement with one or more invalid principals.")
        );
    }
    let own =
        |arn: &str| document(&[json!({"Effect": "Allow", "Principal": {"AWS": role_arn(A, "Admin")}, "Action": "kms:*", "Resource": arn})]);
    // The replica has an ARN of its own.
    let there = primary.replace("us-east-1", "eu-west-1");
    let mut replicate =
        |policy: String| lab.kms(A, "Admin", "ReplicateKey", json!({"KeyId": primary, "ReplicaRegion": "eu-west-1", "Policy": policy}));
    assert!(replicate(own(&primary)).is_err());
    assert!(replicate(own(&there)).is_ok());
}
