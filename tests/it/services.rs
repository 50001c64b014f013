//! Rules that hold for every service: their own permissions, and whose key they may use.

use super::lab::{A, B, Lab, code};
use kmsprep::cloud::{AccountId, Region};
use kmsprep::services::call;
use kmsprep::services::s3::Bucket;
use serde_json::{Value, json};

fn lab_with_bucket() -> Lab {
    let mut lab = Lab::new();
    let account = AccountId::parse(A).unwrap();
    lab.world.s3.add_bucket(Bucket::new("reports", account, Region::default_region(), lab.world.rulebook));
    lab
}

fn s3(lab: &mut Lab, account: &str, operation: &str, members: Value) -> Result<Value, kmsprep::cloud::ApiError> {
    let caller = lab.caller(account, "Admin");
    call(&mut lab.world, &caller, operation, members)
}

#[test]
fn without_a_bucket_policy_no_other_account_gets_in_whatever_its_identity_policies_say() {
    let mut lab = lab_with_bucket();
    s3(&mut lab, A, "s3:PutObject", json!({"Bucket": "reports", "Key": "a", "Body": "x"})).unwrap();
    assert_eq!(s3(&mut lab, A, "s3:GetObject", json!({"Bucket": "reports", "Key": "a"})).unwrap()["Body"], "x");
    assert_eq!(code(s3(&mut lab, B, "s3:GetObject", json!({"Bucket": "reports", "Key": "a"}))), "AccessDenied");
}

#[test]
fn an_object_under_the_aws_managed_key_never_reaches_another_account() {
    let mut lab = lab_with_bucket();
    let policy = json!({"Version": "2012-10-17", "Statement": [
        {"Effect": "Allow", "Principal": {"AWS": format!("arn:aws:iam::{B}:root")}, "Action": "s3:GetObject", "Resource": "arn:aws:s3:::reports/*"}]});
    s3(&mut lab, A, "s3:PutBucketPolicy", json!({"Bucket": "reports", "Policy": policy.to_string()})).unwrap();
    s3(&mut lab, A, "s3:PutObject", json!({"Bucket": "reports", "Key": "a", "Body": "x", "ServerSideEncryption": "aws:kms"})).unwrap();
    let read = json!({"Bucket": "reports", "Key": "a"});
    assert!(s3(&mut lab, A, "s3:GetObject", read.clone()).is_ok());
    let denied = s3(&mut lab, B, "s3:GetObject", read).unwrap_err();
    assert_eq!(denied.code, "AccessDenied");
    assert!(denied.reason.unwrap().headline.contains("aws/s3"), "the reason names the key that decided");
}

#[test]
fn an_unknown_operation_is_an_error_and_no_panic() {
    let mut lab = Lab::new();
    for operation in ["", ":", "kms:", "s3:Fly", "kms:Fly", "nonsense", "sts:GetCallerIdentity:x"] {
        assert_eq!(code(s3(&mut lab, A, operation, json!({}))), "InvalidAction", "{operation}");
    }
}
