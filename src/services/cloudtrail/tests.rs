//! An audit trail that administrators cannot read: the right key policy, and each wrong choice.

use crate::cloud::{ApiError, RequestClass};
use crate::services::s3::DefaultEncryption;
use crate::services::s3::tests::{A, B, Lab, allow, fails};
use serde_json::{Value, json};

const TRAIL: &str = "arn:aws:cloudtrail:us-east-1:111111111111:trail/org";

/// The bucket policy of the documentation, for trails of both accounts.
fn bucket_policy() -> Value {
    let service = json!({"Service": "cloudtrail.amazonaws.com"});
    let below: Vec<String> = [A, B].iter().map(|account| format!("arn:aws:s3:::audit/AWSLogs/{account}/*")).collect();
    json!({"Version": "2012-10-17", "Statement": [
        {"Effect": "Allow", "Principal": service, "Action": "s3:GetBucketAcl", "Resource": "arn:aws:s3:::audit"},
        {"Effect": "Allow", "Principal": service, "Action": "s3:PutObject", "Resource": below,
         "Condition": {"StringEquals": {"s3:x-amz-acl": "bucket-owner-full-control"}}},
    ]})
}

fn statement(actions: &[&str], condition: Value) -> Value {
    json!({"Effect": "Allow", "Principal": {"Service": "cloudtrail.amazonaws.com"}, "Action": actions, "Resource": "*", "Condition": condition})
}

fn documented(actions: &[&str]) -> Value {
    let condition = json!({"StringEquals": {"aws:SourceArn": TRAIL}, "StringLike": {"kms:EncryptionContext:aws:cloudtrail:arn": "arn:aws:cloudtrail:*:111111111111:trail/*"}});
    statement(actions, condition)
}

fn reader() -> Value {
    json!({"Effect": "Allow", "Principal": {"AWS": format!("arn:aws:iam::{A}:role/Auditor")}, "Action": "kms:Decrypt", "Resource": "*",
        "Condition": {"Null": {"kms:EncryptionContext:aws:cloudtrail:arn": "false"}}})
}

fn lab(statements: &[Value], bucket_key: bool) -> (Lab, String) {
    let mut lab = Lab::new();
    let key = lab.key(A, "us-east-1", "audit", statements);
    lab.bucket(A, "us-east-1", "audit", |bucket| {
        if bucket_key {
            bucket.encryption = DefaultEncryption { bucket_key_enabled: true, ..DefaultEncryption::default() };
        }
    });
    lab.role(A, "Admin", json!([allow(&["cloudtrail:*", "s3:*", "kms:DisableKey", "kms:EnableKey"], &["*"], json!({}))]));
    lab.role(A, "Auditor", json!([allow(&["s3:GetObject"], &["*"], json!({}))]));
    lab.role(A, "S3Admin", json!([allow(&["s3:*"], &["*"], json!({}))]));
    lab.call("Admin", "s3:PutBucketPolicy", json!({"Bucket": "audit", "Policy": bucket_policy()})).unwrap();
    (lab, key)
}

fn create(lab: &mut Lab, key: &str) -> Result<Value, ApiError> {
    lab.call(
        "Admin",
        "cloudtrail:CreateTrail",
        json!({"Name": "org", "S3BucketName": "audit", "KmsKeyId": key, "IsMultiRegionTrail": true}),
    )
}

fn started(lab: &mut Lab, key: &str) -> String {
    create(lab, key).unwrap();
    lab.call("Admin", "cloudtrail:StartLogging", json!({"Name": "org"})).unwrap();
    lab.wait("5m");
    lab.state("cloudtrail.trails.org#latest_file").as_str().unwrap().to_owned()
}

#[test]
fn log_files_are_encrypted_for_auditors_and_closed_to_administrators_of_the_bucket() {
    let (mut lab, key) = lab(&[documented(&["kms:GenerateDataKey*"]), reader()], false);
    let file = started(&mut lab, &key);
    assert!(
        file.starts_with("AWSLogs/111111111111/CloudTrail/us-east-1/2026/11/02/111111111111_CloudTrail_us-east-1_20261102T0001Z_"),
        "{file}"
    );
    assert!(file.ends_with(".json.gz"));
    assert_eq!((lab.state("cloudtrail.trails.org"), lab.state("cloudtrail.trails.org#files")), (json!("logging"), json!(1)));
    assert_eq!(lab.state(&format!("s3.objects.audit/{file}#kms_key")), json!(key));
    // Deliveries, and the try-out of CreateTrail, are not charged; reading is.
    assert_eq!((lab.billed(), lab.world.cloud.meter.total(RequestClass::Unbilled)), (0, 2));
    let body = lab.get("Auditor", "audit", &file).unwrap()["Body"].as_str().unwrap().to_owned();
    assert!(body.contains("\"eventName\":\"StartLogging\""), "{body}");
    assert_eq!(lab.billed(), 1);
    let context = json!({"aws:cloudtrail:arn": TRAIL, "aws:s3:arn": format!("arn:aws:s3:::audit/{file}")});
    assert_eq!(lab.last_context("Decrypt"), context);
    fails(lab.get("S3Admin", "audit", &file), "AccessDenied", 403);
}

#[test]
fn a_reader_statement_for_the_account_lets_everybody_with_kms_permission_read() {
    let (mut lab, key) = lab(&[documented(&["kms:GenerateDataKey*"])], false);
    lab.role(A, "S3Admin", json!([allow(&["s3:*", "kms:*"], &["*"], json!({}))]));
    let file = started(&mut lab, &key);
    lab.get("S3Admin", "audit", &file).unwrap();
}

#[test]
fn the_key_policy_must_admit_the_service_for_this_trail() {
    let via = statement(&["kms:GenerateDataKey*"], json!({"StringEquals": {"kms:ViaService": "s3.us-east-1.amazonaws.com"}}));
    let other =
        statement(&["kms:GenerateDataKey*"], json!({"StringEquals": {"kms:EncryptionContext:aws:cloudtrail:arn": format!("{TRAIL}-2")}}));
    for statements in [vec![], vec![via], vec![other]] {
        let (mut lab, key) = lab(&statements, false);
        let error = fails(create(&mut lab, &key), "InsufficientEncryptionPolicyException", 400);
        assert!(error.reason.is_some_and(|reason| !reason.details.is_empty() || !reason.headline.is_empty()));
    }
}

#[test]
fn the_key_must_exist_in_the_buckets_region_and_be_enabled() {
    let (mut lab, key) = lab(&[documented(&["kms:GenerateDataKey*"])], false);
    let west = lab.key(A, "us-west-2", "west", &[documented(&["kms:GenerateDataKey*"])]);
    fails(create(&mut lab, &west), "KmsKeyNotFoundException", 400);
    fails(create(&mut lab, "alias/none"), "KmsKeyNotFoundException", 400);
    fails(create(&mut lab, "no key"), "InvalidKmsKeyIdException", 400);
    lab.call("Admin", "kms:DisableKey", json!({"KeyId": key})).unwrap();
    fails(create(&mut lab, &key), "KmsException", 400);
}

#[test]
fn the_bucket_must_exist_and_let_cloudtrail_write() {
    let (mut lab, _) = lab(&[], false);
    lab.bucket(A, "us-east-1", "bare", |_| {});
    let create = |bucket: &str| json!({"Name": "org", "S3BucketName": bucket});
    fails(lab.call("Admin", "cloudtrail:CreateTrail", create("bare")), "InsufficientS3BucketPolicyException", 400);
    fails(lab.call("Admin", "cloudtrail:CreateTrail", create("nowhere")), "S3BucketDoesNotExistException", 400);
    let made = lab.call("Admin", "cloudtrail:CreateTrail", create("audit")).unwrap();
    assert_eq!(made["TrailARN"], TRAIL);
    fails(lab.call("Admin", "cloudtrail:CreateTrail", create("audit")), "TrailAlreadyExistsException", 400);
    fails(lab.call("Auditor", "cloudtrail:StartLogging", json!({"Name": "org"})), "AccessDeniedException", 400);
    fails(lab.call("Admin", "cloudtrail:StartLogging", json!({"Name": "other"})), "TrailNotFoundException", 400);
}

#[test]
fn a_foreign_trail_uses_the_key_only_where_the_policy_names_no_trail() {
    let foreign = |lab: &mut Lab, key: &str| {
        lab.role(B, "Admin", json!([allow(&["cloudtrail:*"], &["*"], json!({}))]));
        lab.call_as(B, "Admin", "cloudtrail:CreateTrail", json!({"Name": "org", "S3BucketName": "audit", "KmsKeyId": key}))
    };
    let (mut guarded, key) = lab(&[documented(&["kms:GenerateDataKey*"])], false);
    fails(foreign(&mut guarded, &key), "InsufficientEncryptionPolicyException", 400);
    let open = statement(
        &["kms:GenerateDataKey*"],
        json!({"StringLike": {"kms:EncryptionContext:aws:cloudtrail:arn": "arn:aws:cloudtrail:*:*:trail/*"}}),
    );
    let (mut open, key) = lab(&[open], false);
    foreign(&mut open, &key).unwrap();
}

#[test]
fn a_bucket_key_needs_decrypt_for_the_service() {
    let (mut without, key) = lab(&[documented(&["kms:GenerateDataKey*"])], true);
    fails(create(&mut without, &key), "InsufficientEncryptionPolicyException", 400);
    let (mut with, key) = lab(&[documented(&["kms:GenerateDataKey*", "kms:Decrypt"]), reader()], true);
    let file = started(&mut with, &key);
    assert_eq!(with.state(&format!("s3.objects.audit/{file}#bucket_key")), true);
    with.get("Auditor", "audit", &file).unwrap();
    assert_eq!(with.last_context("Decrypt"), json!({"aws:cloudtrail:arn": TRAIL, "aws:s3:arn": "arn:aws:s3:::audit"}));
}

#[test]
fn a_dead_key_stops_the_files_in_silence_and_they_catch_up() {
    let (mut lab, key) = lab(&[documented(&["kms:GenerateDataKey*"]), reader()], false);
    started(&mut lab, &key);
    lab.call("Admin", "kms:DisableKey", json!({"KeyId": key})).unwrap();
    lab.wait("10m");
    assert_eq!(lab.state("cloudtrail.trails.org#files"), 1);
    let state = lab.world.state("cloudtrail.trails.org#latest_delivery_error").unwrap();
    assert_eq!(state.value, "KMS.DisabledException");
    assert!(state.cause.is_some());
    let status = lab.call("Admin", "cloudtrail:GetTrailStatus", json!({"Name": "org"})).unwrap();
    assert_eq!((&status["IsLogging"], &status["LatestDeliveryError"]), (&json!(true), &json!("KMS.DisabledException")));
    lab.call("Admin", "kms:EnableKey", json!({"KeyId": key})).unwrap();
    lab.wait("10m");
    assert_eq!(lab.state("cloudtrail.trails.org#latest_delivery_error"), "none");
    let file = lab.state("cloudtrail.trails.org#latest_file").as_str().unwrap().to_owned();
    let body = lab.get("Auditor", "audit", &file).unwrap()["Body"].as_str().unwrap().to_owned();
    assert!(body.contains("\"eventName\":\"DisableKey\""), "{body}");
}

#[test]
fn a_quiet_account_gets_no_files_and_a_stopped_trail_delivers_none() {
    let (mut lab, key) = lab(&[documented(&["kms:GenerateDataKey*"])], false);
    started(&mut lab, &key);
    lab.wait("1d");
    assert_eq!(lab.state("cloudtrail.trails.org#files"), 1);
    lab.call("Admin", "cloudtrail:StopLogging", json!({"Name": "org"})).unwrap();
    lab.wait("10m");
    assert_eq!((lab.state("cloudtrail.trails.org"), lab.state("cloudtrail.trails.org#files")), (json!("stopped"), json!(1)));
}

#[test]
fn an_update_takes_effect_for_new_files_only() {
    let (mut lab, key) = lab(&[documented(&["kms:GenerateDataKey*"])], false);
    let first = started(&mut lab, &key);
    let second_key = lab.key(A, "us-east-1", "second", &[documented(&["kms:GenerateDataKey*"])]);
    lab.call("Admin", "cloudtrail:UpdateTrail", json!({"Name": "org", "KmsKeyId": second_key})).unwrap();
    lab.wait("5m");
    let second = lab.state("cloudtrail.trails.org#latest_file").as_str().unwrap().to_owned();
    assert_eq!(lab.state(&format!("s3.objects.audit/{first}#kms_key")), json!(key));
    assert_eq!(lab.state(&format!("s3.objects.audit/{second}#kms_key")), json!(second_key));
}
