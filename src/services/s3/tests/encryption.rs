//! How objects are encrypted, and what stops that.

use super::{A, B, Lab, allow, fails};
use crate::rulebook::Rulebook;
use crate::services::s3::{DefaultEncryption, NewObject, add_object};
use serde_json::json;

/// Bucket `docs` under key `docs`; App may do everything with S3 and use keys through it.
fn lab(bucket_key: bool) -> (Lab, String) {
    let mut lab = Lab::new();
    let key = lab.key(A, "us-east-1", "docs", &[]);
    lab.bucket(A, "us-east-1", "docs", |bucket| bucket.encryption = DefaultEncryption::kms(&key, bucket_key));
    let use_key = allow(
        &["kms:GenerateDataKey", "kms:Decrypt", "kms:ReEncrypt*", "kms:Encrypt"],
        &["*"],
        json!({"StringEquals": {"kms:ViaService": "s3.us-east-1.amazonaws.com"}}),
    );
    lab.role(A, "App", json!([allow(&["s3:*"], &["*"], json!({})), use_key]));
    lab.role(A, "Admin", json!([allow(&["s3:*", "kms:*"], &["*"], json!({}))]));
    lab.role(A, "NoKey", json!([allow(&["s3:*"], &["*"], json!({}))]));
    (lab, key)
}

#[test]
fn a_default_of_sse_kms_asks_kms_once_a_write_and_once_a_read_with_the_objects_arn() {
    let (mut lab, key) = lab(false);
    let put = lab.put("App", "docs", "a/b.txt").unwrap();
    assert_eq!((&put["ServerSideEncryption"], &put["SSEKMSKeyId"]), (&json!("aws:kms"), &json!(key)));
    assert_eq!(lab.last_context("GenerateDataKey"), json!({"aws:s3:arn": "arn:aws:s3:::docs/a/b.txt"}));
    assert_eq!(lab.get("App", "docs", "a/b.txt").unwrap()["Body"], "body of a/b.txt");
    assert_eq!(lab.last_context("Decrypt"), json!({"aws:s3:arn": "arn:aws:s3:::docs/a/b.txt"}));
    assert_eq!(lab.billed(), 2);
    assert_eq!(lab.state("s3.objects.docs/a/b.txt#kms_key"), json!(key));
    assert_eq!(lab.state("s3.objects.docs/a/b.txt#replication_status"), "none");
    assert_eq!(lab.state("s3.buckets.docs#default_encryption"), "aws:kms");
}

#[test]
fn s3_permission_alone_does_not_open_an_object_under_kms() {
    let (mut lab, _) = lab(false);
    lab.put("App", "docs", "a").unwrap();
    let denied = fails(lab.get("NoKey", "docs", "a"), "AccessDenied", 403);
    assert!(denied.message.contains("kms:Decrypt"), "{}", denied.message);
    let denied = fails(lab.put("NoKey", "docs", "b"), "AccessDenied", 403);
    assert!(denied.message.contains("kms:GenerateDataKey"), "{}", denied.message);
    // What does not need the data key does not need KMS.
    lab.call("NoKey", "s3:HeadObject", json!({"Bucket": "docs", "Key": "a"})).unwrap();
    lab.call("NoKey", "s3:DeleteObject", json!({"Bucket": "docs", "Key": "a"})).unwrap();
    fails(lab.get("App", "docs", "a"), "NoSuchKey", 404);
}

#[test]
fn the_state_of_the_key_comes_out_under_kmss_code() {
    let (mut lab, key) = lab(false);
    lab.put("App", "docs", "a").unwrap();
    lab.call("Admin", "kms:DisableKey", json!({"KeyId": key})).unwrap();
    fails(lab.get("App", "docs", "a"), "KMS.DisabledException", 400);
    fails(lab.put("App", "docs", "b"), "KMS.DisabledException", 400);
    lab.call("Admin", "kms:ScheduleKeyDeletion", json!({"KeyId": key, "PendingWindowInDays": 7})).unwrap();
    fails(lab.get("App", "docs", "a"), "KMS.KMSInvalidStateException", 400);
    lab.wait("8d");
    fails(lab.get("App", "docs", "a"), "KMS.NotFoundException", 400);
}

#[test]
fn a_key_of_another_region_is_accepted_as_a_default_and_fails_at_the_write() {
    let (mut lab, _) = lab(false);
    let west = lab.key(A, "us-west-2", "west", &[]);
    let rules =
        json!([{"ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "aws:kms", "KMSMasterKeyID": west}, "BucketKeyEnabled": true}]);
    let members = json!({"Bucket": "docs", "ServerSideEncryptionConfiguration": {"Rules": rules}});
    lab.call("Admin", "s3:PutBucketEncryption", members).unwrap();
    fails(lab.put("App", "docs", "a"), "KMS.NotFoundException", 400);
    let shown = lab.call("Admin", "s3:GetBucketEncryption", json!({"Bucket": "docs"})).unwrap();
    assert_eq!(shown["ServerSideEncryptionConfiguration"]["Rules"][0]["BucketKeyEnabled"], true);
    assert_eq!(lab.world.cloud.trail.events().iter().filter(|event| event.name == "PutBucketEncryption").count(), 1);
}

#[test]
fn kms_without_a_key_is_the_aws_managed_key_which_does_not_cross_accounts() {
    let (mut lab, _) = lab(false);
    let members = json!({"Bucket": "docs", "Key": "a", "Body": "x", "ServerSideEncryption": "aws:kms"});
    let put = lab.call("App", "s3:PutObject", members).unwrap();
    let managed = put["SSEKMSKeyId"].as_str().unwrap().to_owned();
    assert_eq!(lab.state(&format!("kms.keys.{managed}#manager")), "AWS");
    // Its policy lets everybody of the account in who comes through S3.
    assert_eq!(lab.get("NoKey", "docs", "a").unwrap()["Body"], "x");
    lab.role(B, "Partner", json!([allow(&["s3:*", "kms:*"], &["*"], json!({}))]));
    let statement = json!({"Effect": "Allow", "Principal": {"AWS": format!("arn:aws:iam::{B}:root")}, "Action": "s3:*", "Resource": ["arn:aws:s3:::docs", "arn:aws:s3:::docs/*"]});
    let policy = json!({"Version": "2012-10-17", "Statement": [statement]});
    lab.call("Admin", "s3:PutBucketPolicy", json!({"Bucket": "docs", "Policy": policy.to_string()})).unwrap();
    fails(lab.call_as(B, "Partner", "s3:GetObject", json!({"Bucket": "docs", "Key": "a"})), "AccessDenied", 403);
}

#[test]
fn an_alias_in_a_buckets_setting_means_the_requesters_account() {
    let (mut lab, _) = lab(false);
    lab.bucket(A, "us-east-1", "shared", |bucket| bucket.encryption = DefaultEncryption::kms("alias/docs", false));
    assert!(lab.put("App", "shared", "mine").is_ok());
    let statement = json!({"Effect": "Allow", "Principal": {"AWS": format!("arn:aws:iam::{B}:root")}, "Action": "s3:PutObject", "Resource": "arn:aws:s3:::shared/*"});
    let policy = json!({"Version": "2012-10-17", "Statement": [statement]});
    lab.call("Admin", "s3:PutBucketPolicy", json!({"Bucket": "shared", "Policy": policy})).unwrap();
    lab.role(B, "Partner", json!([allow(&["s3:*", "kms:*"], &["*"], json!({}))]));
    let members = json!({"Bucket": "shared", "Key": "theirs", "Body": "x"});
    fails(lab.call_as(B, "Partner", "s3:PutObject", members.clone()), "KMS.NotFoundException", 400);
    let theirs = lab.key(B, "us-east-1", "docs", &[]);
    assert_eq!(lab.call_as(B, "Partner", "s3:PutObject", members).unwrap()["SSEKMSKeyId"], json!(theirs));
}

#[test]
fn the_requesters_pairs_stay_with_the_object() {
    let (mut lab, _) = lab(false);
    let members = json!({"Bucket": "docs", "Key": "a", "Body": "x", "ServerSideEncryption": "aws:kms", "SSEKMSKeyId": "alias/docs",
        "SSEKMSEncryptionContext": "eyJkZXBhcnRtZW50IjoiZmluYW5jZSJ9"});
    lab.call("App", "s3:PutObject", members).unwrap();
    lab.get("App", "docs", "a").unwrap();
    assert_eq!(lab.last_context("Decrypt"), json!({"aws:s3:arn": "arn:aws:s3:::docs/a", "department": "finance"}));
}

#[test]
fn dsse_has_two_layers_and_no_bucket_key() {
    let (mut lab, _) = lab(true);
    let members = json!({"Bucket": "docs", "Key": "a", "Body": "x", "ServerSideEncryption": "aws:kms:dsse", "SSEKMSKeyId": "alias/docs", "BucketKeyEnabled": true});
    lab.call("App", "s3:PutObject", members).unwrap();
    assert_eq!(lab.get("App", "docs", "a").unwrap()["Body"], "x");
    assert_eq!(
        (lab.state("s3.objects.docs/a#encryption"), lab.state("s3.objects.docs/a#bucket_key")),
        (json!("aws:kms:dsse"), json!(false))
    );
}

#[test]
fn sse_c_is_blocked_on_new_buckets_until_somebody_lets_it_in() {
    let (mut lab, _) = lab(false);
    let (good, wrong) = ("0123456789abcdef0123456789abcdef", "fedcba9876543210fedcba9876543210");
    let put = json!({"Bucket": "docs", "Key": "a", "Body": "x", "SSECustomerAlgorithm": "AES256", "SSECustomerKey": good});
    fails(lab.call("App", "s3:PutObject", put.clone()), "AccessDenied", 403);
    let rules = json!([{"BlockedEncryptionTypes": {"EncryptionType": ["NONE"]}}]);
    lab.call("Admin", "s3:PutBucketEncryption", json!({"Bucket": "docs", "ServerSideEncryptionConfiguration": {"Rules": rules}})).unwrap();
    lab.call("App", "s3:PutObject", put.clone()).unwrap();
    let get = |key: &str| json!({"Bucket": "docs", "Key": "a", "SSECustomerAlgorithm": "AES256", "SSECustomerKey": key});
    assert_eq!(lab.call("App", "s3:GetObject", get(good)).unwrap()["Body"], "x");
    fails(lab.call("App", "s3:GetObject", get(wrong)), "AccessDenied", 403);
    fails(lab.get("App", "docs", "a"), "InvalidRequest", 400);
    assert_eq!(lab.billed(), 0);
    let mut guide = Lab::under(Rulebook::guide());
    guide.bucket(A, "us-east-1", "docs", |_| {});
    assert_eq!(guide.state("s3.buckets.docs#blocked_encryption"), "NONE");
}

#[test]
fn headers_that_do_not_go_together_are_refused() {
    let (mut lab, _) = lab(false);
    let put = |more: serde_json::Value| {
        let mut members = json!({"Bucket": "docs", "Key": "a", "Body": "x"});
        members.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        members
    };
    for wrong in [
        json!({"SSEKMSKeyId": "alias/docs"}),
        json!({"ServerSideEncryption": "AES256", "SSEKMSKeyId": "alias/docs"}),
        json!({"ServerSideEncryption": "rot13"}),
        json!({"SSECustomerAlgorithm": "AES256"}),
        json!({"SSECustomerAlgorithm": "AES256", "SSECustomerKey": "short"}),
        json!({"Unknown": 1}),
        json!({"Body": 7}),
    ] {
        fails(lab.call("App", "s3:PutObject", put(wrong)), "InvalidArgument", 400);
    }
    let get = json!({"Bucket": "docs", "Key": "a", "ServerSideEncryption": "aws:kms"});
    fails(lab.call("App", "s3:GetObject", get), "BadRequest", 400);
}

#[test]
fn a_copy_reads_under_one_key_and_writes_under_another() {
    let (mut lab, _) = lab(false);
    let other = lab.key(A, "us-east-1", "other", &[]);
    lab.bucket(A, "us-east-1", "copies", |bucket| bucket.encryption = DefaultEncryption::kms(&other, false));
    lab.put("App", "docs", "a").unwrap();
    let copied = lab.call("App", "s3:CopyObject", json!({"Bucket": "copies", "Key": "b", "CopySource": "/docs/a"})).unwrap();
    assert_eq!(copied["SSEKMSKeyId"], json!(other));
    assert_eq!(lab.get("App", "copies", "b").unwrap()["Body"], "body of a");
    assert_eq!(lab.billed(), 1 + 2 + 1);
}

#[test]
fn an_update_moves_the_data_key_and_leaves_the_data() {
    let (mut lab, _) = lab(false);
    let other = lab.key(A, "us-east-1", "other", &[]);
    lab.put("App", "docs", "a").unwrap();
    let update = |key: &str, bucket_key: bool| json!({"Bucket": "docs", "Key": "a", "ObjectEncryption": {"SSEKMS": {"KMSKeyArn": key, "BucketKeyEnabled": bucket_key}}});
    lab.call("App", "s3:UpdateObjectEncryption", update(&other, false)).unwrap();
    assert_eq!((lab.billed(), lab.state("s3.objects.docs/a#kms_key")), (2, json!(other)));
    assert_eq!(lab.world.cloud.trail.events().last().unwrap().name, "ReEncrypt");
    lab.call("App", "s3:UpdateObjectEncryption", update(&other, true)).unwrap();
    assert_eq!(lab.get("App", "docs", "a").unwrap()["Body"], "body of a");
    assert_eq!(lab.state("s3.objects.docs/a#bucket_key"), true);
    assert_eq!(lab.last_context("Decrypt"), json!({"aws:s3:arn": "arn:aws:s3:::docs"}));
    fails(lab.call("App", "s3:UpdateObjectEncryption", update("alias/other", false)), "InvalidArgument", 400);
    let foreign = lab.key(B, "us-east-1", "foreign", &[]);
    fails(lab.call("App", "s3:UpdateObjectEncryption", update(&foreign, false)), "AccessDenied", 403);
    let plain = json!({"Bucket": "docs", "Key": "a", "Body": "plain", "ServerSideEncryption": "AES256"});
    lab.call("App", "s3:PutObject", plain).unwrap();
    lab.call("App", "s3:UpdateObjectEncryption", update(&other, false)).unwrap();
    assert_eq!(lab.get("App", "docs", "a").unwrap()["Body"], "plain");
}

#[test]
fn objects_that_a_world_starts_with_are_really_encrypted_and_cost_nothing() {
    let (mut lab, key) = lab(false);
    for (name, encryption) in [
        ("kms", DefaultEncryption::kms("alias/docs", false)),
        ("bucket-key", DefaultEncryption::kms(&key, true)),
        ("s3", DefaultEncryption::default()),
    ] {
        add_object(&mut lab.world, &NewObject { bucket: "docs", key: name, body: name, encryption }).unwrap();
    }
    assert_eq!((lab.billed(), lab.world.cloud.trail.len()), (0, 0));
    for name in ["kms", "bucket-key", "s3"] {
        assert_eq!(lab.get("App", "docs", name).unwrap()["Body"], name);
    }
    assert_eq!(lab.billed(), 2);
}

#[test]
fn buckets_are_made_once() {
    let (mut lab, _) = lab(false);
    lab.call("Admin", "s3:CreateBucket", json!({"Bucket": "new", "CreateBucketConfiguration": {"LocationConstraint": "us-west-2"}}))
        .unwrap();
    assert_eq!(lab.state("s3.buckets.new#region"), "us-west-2");
    fails(lab.call("Admin", "s3:CreateBucket", json!({"Bucket": "docs"})), "BucketAlreadyOwnedByYou", 409);
    lab.role(B, "Partner", json!([allow(&["s3:*"], &["*"], json!({}))]));
    fails(lab.call_as(B, "Partner", "s3:CreateBucket", json!({"Bucket": "docs"})), "BucketAlreadyExists", 409);
    fails(lab.get("App", "nowhere", "a"), "NoSuchBucket", 404);
}

#[test]
fn a_partner_reads_where_bucket_policy_key_policy_and_both_identity_permissions_agree() {
    let mut lab = Lab::new();
    let partner = json!({"AWS": format!("arn:aws:iam::{B}:root")});
    let on_key = json!({"Effect": "Allow", "Principal": partner, "Action": "kms:Decrypt", "Resource": "*"});
    let on_bucket = json!({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Principal": partner, "Action": "s3:GetObject", "Resource": "arn:aws:s3:::*/*"}]});
    lab.role(A, "Admin", json!([allow(&["s3:*", "kms:*"], &["*"], json!({}))]));
    for (name, statements) in [("open", vec![on_key]), ("closed", vec![])] {
        let key = lab.key(A, "us-east-1", name, &statements);
        lab.bucket(A, "us-east-1", name, |bucket| bucket.encryption = DefaultEncryption::kms(&key, false));
        let policy = json!({"Bucket": name, "Policy": on_bucket.to_string().replace("*/*", &format!("{name}/*"))});
        lab.call("Admin", "s3:PutBucketPolicy", policy).unwrap();
        lab.put("Admin", name, "a").unwrap();
    }
    lab.role(B, "Partner", json!([allow(&["s3:GetObject", "kms:Decrypt"], &["*"], json!({}))]));
    lab.role(B, "Half", json!([allow(&["s3:GetObject"], &["*"], json!({}))]));
    let get = |bucket: &str| json!({"Bucket": bucket, "Key": "a"});
    assert_eq!(lab.call_as(B, "Partner", "s3:GetObject", get("open")).unwrap()["Body"], "body of a");
    fails(lab.call_as(B, "Partner", "s3:GetObject", get("closed")), "AccessDenied", 403);
    fails(lab.call_as(B, "Half", "s3:GetObject", get("open")), "AccessDenied", 403);
}
