//! Bucket keys: what they save, what they need, and how long they last. The cases of the busy bucket.

use super::{A, Lab, allow, fails};
use crate::cloud::Principal;
use crate::services::s3::{DefaultEncryption, NewObject, S3Workload, add_object};
use serde_json::{Value, json};

const ROLES: [&str; 4] = ["Ingest", "Report", "Train", "Serve"];

/// Bucket `lake` and four roles; the condition is on their use of the key.
fn lab(encryption: &str, bucket_key: bool, condition: &Value) -> (Lab, String) {
    let mut lab = Lab::new();
    let key = lab.key(A, "us-east-1", "lake", &[]);
    lab.bucket(A, "us-east-1", "lake", |bucket| {
        let kms_master_key_id = (encryption != "AES256").then(|| key.clone());
        bucket.encryption = DefaultEncryption { sse_algorithm: encryption.to_owned(), kms_master_key_id, bucket_key_enabled: bucket_key };
    });
    for role in ROLES {
        let use_key = allow(&["kms:GenerateDataKey", "kms:Decrypt"], &[&key], condition.clone());
        lab.role(A, role, json!([allow(&["s3:GetObject", "s3:PutObject"], &["*"], json!({})), use_key]));
    }
    lab.role(A, "Admin", json!([allow(&["s3:*", "kms:*"], &["*"], json!({}))]));
    (lab, key)
}

fn work(lab: &mut Lab, puts: u64, gets: u64) {
    for role in ROLES {
        for number in 0..puts {
            lab.put(role, "lake", &format!("{role}/{number}")).unwrap();
        }
        for number in 0..gets {
            lab.get(role, "lake", &format!("{role}/{}", number % puts)).unwrap();
        }
    }
}

#[test]
fn the_formula_counts_what_the_model_does() {
    for (encryption, bucket_key) in [("aws:kms", false), ("aws:kms", true), ("aws:kms:dsse", true), ("AES256", false)] {
        let (mut lab, _) = lab(encryption, bucket_key, &json!({}));
        for _ in 0..3 {
            work(&mut lab, 5, 20);
            lab.wait("1h");
        }
        let (puts, gets) = (3 * 4 * 5, 3 * 4 * 20);
        let derived = S3Workload::in_bucket(&lab.world, "lake", puts, gets, 4, 3 * 3600).unwrap().kms_requests();
        assert_eq!(lab.billed(), derived.quantity, "{encryption}, bucket key {bucket_key}: {}", derived.formula);
    }
}

#[test]
fn sessions_of_one_role_share_a_bucket_key_and_roles_do_not() {
    let (mut lab, _) = lab("aws:kms", true, &json!({}));
    lab.put("Ingest", "lake", "a").unwrap();
    let caller = crate::cloud::Caller::direct(Principal::role_session(super::account(A), "Ingest", "another"), super::region("us-east-1"));
    let members = json!({"Bucket": "lake", "Key": "b", "Body": "x"});
    crate::services::call(&mut lab.world, &std::sync::Arc::new(caller), "s3:PutObject", members).unwrap();
    assert_eq!(lab.billed(), 1);
    lab.put("Report", "lake", "c").unwrap();
    assert_eq!(lab.billed(), 2);
}

#[test]
fn a_policy_that_pins_the_objects_arn_stops_matching_with_a_bucket_key() {
    let pinned = json!({"StringLike": {"kms:EncryptionContext:aws:s3:arn": "arn:aws:s3:::lake/*"}});
    lab("aws:kms", false, &pinned).0.put("Ingest", "lake", "a").unwrap();
    let (mut with, _) = lab("aws:kms", true, &pinned);
    fails(with.put("Ingest", "lake", "a"), "AccessDenied", 403);
    let (mut mended, _) = lab("aws:kms", true, &json!({"StringLike": {"kms:EncryptionContext:aws:s3:arn": "arn:aws:s3:::lake"}}));
    mended.put("Ingest", "lake", "a").unwrap();
    assert_eq!(mended.last_context("GenerateDataKey"), json!({"aws:s3:arn": "arn:aws:s3:::lake"}));
}

#[test]
fn a_kept_bucket_key_outlives_the_disabling_of_its_key_until_the_window_ends() {
    let (mut lab, key) = lab("aws:kms", true, &json!({}));
    lab.put("Ingest", "lake", "a").unwrap();
    lab.get("Ingest", "lake", "a").unwrap();
    lab.call("Admin", "kms:DisableKey", json!({"KeyId": key})).unwrap();
    lab.put("Ingest", "lake", "b").unwrap();
    lab.get("Ingest", "lake", "b").unwrap();
    fails(lab.get("Report", "lake", "a"), "KMS.DisabledException", 400);
    lab.wait("1h");
    fails(lab.get("Ingest", "lake", "a"), "KMS.DisabledException", 400);
    fails(lab.put("Ingest", "lake", "c"), "KMS.DisabledException", 400);
}

#[test]
fn writing_with_a_bucket_key_needs_decrypt_too() {
    let (mut lab, key) = lab("aws:kms", true, &json!({}));
    lab.role(A, "WriteOnly", json!([allow(&["s3:PutObject"], &["*"], json!({})), allow(&["kms:GenerateDataKey"], &[&key], json!({}))]));
    let denied = fails(lab.put("WriteOnly", "lake", "a"), "AccessDenied", 403);
    assert!(denied.message.contains("kms:Decrypt"), "{}", denied.message);
    let members = json!({"Bucket": "lake", "Key": "a", "Body": "x", "ServerSideEncryption": "aws:kms", "SSEKMSKeyId": key, "BucketKeyEnabled": false});
    lab.call("WriteOnly", "s3:PutObject", members).unwrap();
}

#[test]
fn objects_from_before_ask_once_per_read_until_they_are_moved() {
    let (mut lab, key) = lab("aws:kms", true, &json!({}));
    for number in 0..3 {
        let old = NewObject { bucket: "lake", key: &format!("old/{number}"), body: "old", encryption: DefaultEncryption::kms(&key, false) };
        add_object(&mut lab.world, &old).unwrap();
    }
    for _ in 0..2 {
        for number in 0..3 {
            lab.get("Serve", "lake", &format!("old/{number}")).unwrap();
        }
    }
    assert_eq!(lab.billed(), 6);
    for number in 0..3 {
        let members = json!({"Bucket": "lake", "Key": format!("old/{number}"), "CopySource": format!("lake/old/{number}")});
        lab.call("Admin", "s3:CopyObject", members).unwrap();
    }
    let before = lab.billed();
    for _ in 0..2 {
        for number in 0..3 {
            lab.get("Serve", "lake", &format!("old/{number}")).unwrap();
        }
    }
    assert_eq!(lab.billed() - before, 1);
}
