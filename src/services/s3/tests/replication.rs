//! Replication of encrypted objects to another Region: the right configuration, and each wrong choice.

use super::{A, Lab, allow, fails};
use crate::rulebook::Rulebook;
use crate::services::s3::DefaultEncryption;
use serde_json::{Value, json};

const READ: [&str; 3] = ["s3:GetReplicationConfiguration", "s3:ListBucket", "s3:GetObjectVersionAcl"];

struct Setup {
    lab: Lab,
    src: String,
    dst: String,
}

fn via(code: &str, context: &str) -> Value {
    json!({"StringLike": {"kms:ViaService": format!("s3.{code}.amazonaws.com"), "kms:EncryptionContext:aws:s3:arn": context}})
}

fn setup(bucket_key: bool, rulebook: Rulebook) -> Setup {
    let mut lab = Lab::under(rulebook);
    let src = lab.key(A, "us-east-1", "src", &[]);
    let dst = lab.key(A, "us-west-2", "dst", &[]);
    lab.bucket(A, "us-east-1", "docs", |bucket| {
        bucket.versioned = true;
        bucket.encryption = DefaultEncryption::kms(&src, bucket_key);
    });
    lab.bucket(A, "us-west-2", "docs-dr", |bucket| bucket.versioned = true);
    lab.role(A, "Admin", json!([allow(&["s3:*"], &["*"], json!({}))]));
    lab.role(
        A,
        "Writer",
        json!([allow(&["s3:PutObject"], &["*"], json!({})), allow(&["kms:GenerateDataKey", "kms:Decrypt"], &[&src], json!({}))]),
    );
    lab.role(A, "DrReader", json!([allow(&["s3:GetObject"], &["*"], json!({})), allow(&["kms:Decrypt"], &[&dst], json!({}))]));
    let mut setup = Setup { lab, src, dst };
    let source = allow(&["kms:Decrypt"], &[&setup.src], via("us-east-1", "arn:aws:s3:::docs/*"));
    let destination = allow(&["kms:Encrypt"], &[&setup.dst], via("us-west-2", "arn:aws:s3:::docs-dr/*"));
    setup.role("s3:GetObjectVersionForReplication", &[source, destination]);
    setup
}

impl Setup {
    /// The role of the replication, with this action for reading and these KMS statements.
    fn role(&mut self, read: &str, kms: &[Value]) {
        let mut statements = vec![allow(&READ, &["*"], json!({})), allow(&[read, "s3:ReplicateObject"], &["*"], json!({}))];
        statements.extend(kms.iter().cloned());
        self.lab.role(A, "Replicate", json!(statements));
    }

    fn rule(&self) -> Value {
        json!({"Status": "Enabled", "Priority": 1, "Filter": {"Prefix": ""}, "DeleteMarkerReplication": {"Status": "Disabled"},
            "SourceSelectionCriteria": {"SseKmsEncryptedObjects": {"Status": "Enabled"}},
            "Destination": {"Bucket": "arn:aws:s3:::docs-dr", "EncryptionConfiguration": {"ReplicaKmsKeyID": self.dst}}})
    }

    fn configure(&mut self, rule: &Value) -> Result<Value, crate::cloud::ApiError> {
        let configuration = json!({"Role": format!("arn:aws:iam::{A}:role/Replicate"), "Rules": [rule]});
        self.lab.call("Admin", "s3:PutBucketReplication", json!({"Bucket": "docs", "ReplicationConfiguration": configuration}))
    }

    /// Writes `a`, waits, and returns status and failure reason.
    #[track_caller]
    fn replicate(&mut self) -> (String, String) {
        self.lab.put("Writer", "docs", "a").unwrap();
        self.lab.wait("5m");
        let text = |field: &str| self.lab.state(&format!("s3.objects.docs/a#{field}")).as_str().unwrap().to_owned();
        (text("replication_status"), text("replication_failure"))
    }

    /// Why the replication of `a` stands where it does.
    #[track_caller]
    fn status_cause(&self) -> String {
        let state = self.lab.world.state("s3.objects.docs/a#replication_status").unwrap();
        state.cause.unwrap().headline.clone()
    }

    #[track_caller]
    fn fails_with(&mut self, reason: &str) {
        assert_eq!(self.replicate(), ("FAILED".to_owned(), reason.to_owned()));
        let state = self.lab.world.state("s3.objects.docs/a#replication_status").unwrap();
        assert!(state.cause.is_some_and(|cause| !cause.headline.is_empty()));
    }
}

fn completed() -> (String, String) {
    ("COMPLETED".to_owned(), "none".to_owned())
}

#[test]
fn a_full_configuration_replicates_under_the_destinations_key() {
    let mut setup = setup(false, Rulebook::current());
    let rule = setup.rule();
    setup.configure(&rule).unwrap();
    setup.lab.put("Writer", "docs", "a").unwrap();
    assert_eq!(setup.lab.state("s3.objects.docs/a#replication_status"), "PENDING");
    setup.lab.wait("5m");
    assert_eq!(setup.replicate(), completed());
    assert_eq!(setup.lab.state("s3.objects.docs-dr/a#kms_key"), json!(setup.dst));
    assert_eq!(setup.lab.state("s3.objects.docs-dr/a#replication_status"), "REPLICA");
    assert_eq!(setup.lab.get("DrReader", "docs-dr", "a").unwrap()["Body"], "body of a");
    assert_eq!(setup.lab.last_context("Encrypt"), json!({"aws:s3:arn": "arn:aws:s3:::docs-dr/a"}));
    let shown = setup.lab.call("Admin", "s3:GetBucketReplication", json!({"Bucket": "docs"})).unwrap();
    assert_eq!(shown["ReplicationConfiguration"]["Rules"][0], rule);
}

#[test]
fn opt_in_and_replica_key_come_together_or_not_at_all() {
    let mut setup = setup(false, Rulebook::current());
    let mut no_opt_in = setup.rule();
    no_opt_in.as_object_mut().unwrap().remove("SourceSelectionCriteria");
    fails(setup.configure(&no_opt_in), "InvalidRequest", 400);
    let mut no_key = setup.rule();
    no_key["Destination"].as_object_mut().unwrap().remove("EncryptionConfiguration");
    fails(setup.configure(&no_key), "InvalidRequest", 400);
    let mut neither = no_opt_in;
    neither["Destination"].as_object_mut().unwrap().remove("EncryptionConfiguration");
    setup.configure(&neither).unwrap();
    assert_eq!(setup.replicate(), ("none".to_owned(), "none".to_owned()));
    assert_eq!(setup.lab.world.state("s3.objects.docs-dr/a"), None);
    assert!(setup.status_cause().contains("SseKmsEncryptedObjects is absent"));
    let mut disabled = setup.rule();
    disabled["SourceSelectionCriteria"]["SseKmsEncryptedObjects"]["Status"] = json!("Disabled");
    setup.configure(&disabled).unwrap();
    assert_eq!(setup.replicate().0, "none");
    assert!(setup.status_cause().contains("SseKmsEncryptedObjects is Disabled"));
}

#[test]
fn an_object_that_no_rule_takes_says_why() {
    let mut setup = setup(false, Rulebook::current());
    assert_eq!(setup.replicate().0, "none");
    assert_eq!(setup.status_cause(), "bucket docs has no replication configuration");
    let mut elsewhere = setup.rule();
    elsewhere["Filter"]["Prefix"] = json!("b/");
    setup.configure(&elsewhere).unwrap();
    assert_eq!(setup.replicate().0, "none");
    assert_eq!(setup.status_cause(), "no rule of bucket docs takes the key a");
}

#[test]
fn the_schema_of_today_refuses_the_guides_configuration_and_the_guides_rulebook_takes_it() {
    let rule = |key: &str| json!({"Status": "Enabled", "Filter": {"Prefix": ""}, "ReplicaKmsKeyID": key, "Destination": {"Bucket": "arn:aws:s3:::docs-dr", "StorageClass": "STANDARD_IA"}});
    let mut today = setup(false, Rulebook::current());
    let configuration = rule(&today.dst);
    fails(today.configure(&configuration), "MalformedXML", 400);
    let mut guide = setup(false, Rulebook::guide());
    let configuration = rule(&guide.dst);
    guide.configure(&configuration).unwrap();
    assert_eq!(guide.replicate(), completed());
}

#[test]
fn a_filter_needs_a_priority_and_a_word_on_delete_markers() {
    for missing in ["Priority", "DeleteMarkerReplication"] {
        let mut setup = setup(false, Rulebook::current());
        let mut rule = setup.rule();
        rule.as_object_mut().unwrap().remove(missing);
        let error = fails(setup.configure(&rule), "InvalidRequest", 400);
        assert!(error.message.starts_with(missing), "{error}");
    }
}

#[test]
fn both_buckets_must_be_versioned() {
    let mut setup = setup(false, Rulebook::current());
    let rule = setup.rule();
    setup.lab.world.s3.bucket_mut("docs-dr").unwrap().versioned = false;
    fails(setup.configure(&rule), "InvalidRequest", 400);
    setup.lab.world.s3.bucket_mut("docs-dr").unwrap().versioned = true;
    setup.configure(&rule).unwrap();
    let members = json!({"Bucket": "docs", "VersioningConfiguration": {"Status": "Suspended"}});
    fails(setup.lab.call("Admin", "s3:PutBucketVersioning", members), "InvalidBucketState", 409);
    setup.lab.world.s3.bucket_mut("docs-dr").unwrap().versioned = false;
    setup.fails_with("DstBucketUnversioned");
}

#[test]
fn a_replica_key_outside_the_destinations_region_is_accepted_and_not_found_later() {
    let mut setup = setup(false, Rulebook::current());
    for key in [setup.src.clone(), "alias/dst".to_owned()] {
        let mut rule = setup.rule();
        rule["Destination"]["EncryptionConfiguration"]["ReplicaKmsKeyID"] = json!(key);
        setup.configure(&rule).unwrap();
        setup.fails_with("DstKmsKeyNotFound");
    }
    let mut rule = setup.rule();
    rule["Destination"]["EncryptionConfiguration"]["ReplicaKmsKeyID"] = json!(format!("arn:aws:kms:us-west-2:{A}:alias/dst"));
    setup.configure(&rule).unwrap();
    assert_eq!(setup.replicate(), completed());
}

#[test]
fn the_role_needs_decrypt_on_the_source_and_encrypt_on_the_destination() {
    let mut setup = setup(false, Rulebook::current());
    let rule = setup.rule();
    setup.configure(&rule).unwrap();
    let (src, dst) = (setup.src.clone(), setup.dst.clone());
    let read = "s3:GetObjectVersionForReplication";
    let decrypt = allow(&["kms:Decrypt"], &[&src], json!({}));
    setup.role(read, &[allow(&["kms:Encrypt"], &[&dst], json!({}))]);
    setup.fails_with("SrcGetObjectNotPermitted");
    setup.role(read, std::slice::from_ref(&decrypt));
    setup.fails_with("DstPutObjectNotPermitted");
    setup.role(read, &[decrypt, allow(&["kms:GenerateDataKey"], &[&dst], json!({}))]);
    setup.fails_with("DstPutObjectNotPermitted");
}

#[test]
fn get_object_version_replicates_sse_s3_objects_only() {
    let mut setup = setup(false, Rulebook::current());
    let rule = setup.rule();
    setup.configure(&rule).unwrap();
    let (src, dst) = (setup.src.clone(), setup.dst.clone());
    setup.role("s3:GetObjectVersion", &[allow(&["kms:Decrypt"], &[&src], json!({})), allow(&["kms:Encrypt"], &[&dst], json!({}))]);
    setup.fails_with("SrcGetObjectNotPermitted");
    let plain = json!({"Bucket": "docs", "Key": "plain", "Body": "x", "ServerSideEncryption": "AES256"});
    setup.lab.call("Writer", "s3:PutObject", plain).unwrap();
    setup.lab.wait("5m");
    assert_eq!(setup.lab.state("s3.objects.docs/plain#replication_status"), "COMPLETED");
    assert_eq!(setup.lab.state("s3.objects.docs-dr/plain#encryption"), "AES256");
}

#[test]
fn with_a_bucket_key_the_contexts_are_buckets_and_the_destination_needs_decrypt() {
    let mut setup = setup(true, Rulebook::current());
    let rule = setup.rule();
    setup.configure(&rule).unwrap();
    let (src, dst) = (setup.src.clone(), setup.dst.clone());
    let read = "s3:GetObjectVersionForReplication";
    let source = allow(&["kms:Decrypt"], &[&src], via("us-east-1", "arn:aws:s3:::docs"));
    let at_destination = |actions: &[&str], context: &str| allow(actions, &[&dst], via("us-west-2", context));
    setup.role(read, &[source.clone(), at_destination(&["kms:Encrypt", "kms:Decrypt"], "arn:aws:s3:::docs-dr/*")]);
    setup.fails_with("DstPutObjectNotPermitted");
    setup.role(read, &[source.clone(), at_destination(&["kms:Encrypt"], "arn:aws:s3:::docs-dr")]);
    setup.fails_with("DstPutObjectNotPermitted");
    setup.role(read, &[source, at_destination(&["kms:Encrypt", "kms:Decrypt"], "arn:aws:s3:::docs-dr")]);
    assert_eq!(setup.replicate(), completed());
    assert_eq!(setup.lab.state("s3.objects.docs-dr/a#bucket_key"), true);
    assert_eq!(setup.lab.get("DrReader", "docs-dr", "a").unwrap()["Body"], "body of a");
}

#[test]
fn a_dead_key_and_a_role_that_s3_may_not_assume_have_their_own_reasons() {
    let mut setup = setup(false, Rulebook::current());
    let rule = setup.rule();
    setup.configure(&rule).unwrap();
    setup.lab.role(A, "KeyAdmin", json!([allow(&["kms:*"], &["*"], json!({}))]));
    let dst = setup.dst.clone();
    let west = std::sync::Arc::new(crate::cloud::Caller::direct(
        crate::cloud::Principal::role_session(super::account(A), "KeyAdmin", "test"),
        super::region("us-west-2"),
    ));
    crate::services::call(&mut setup.lab.world, &west, "kms:DisableKey", json!({"KeyId": dst})).unwrap();
    setup.fails_with("DstKmsKeyInvalidState");
    setup.lab.put("Writer", "docs", "a").unwrap();
    let src = setup.src.clone();
    setup.lab.call("KeyAdmin", "kms:DisableKey", json!({"KeyId": src})).unwrap();
    setup.lab.wait("5m");
    assert_eq!(setup.lab.state("s3.objects.docs/a#replication_failure"), "SrcKmsKeyInvalidState");
    setup.lab.call("KeyAdmin", "kms:EnableKey", json!({"KeyId": src})).unwrap();
    setup.lab.world.iam.account_mut(super::account(A)).roles.get_mut("Replicate").unwrap().trusted.clear();
    setup.fails_with("AssumeRoleNotPermitted");
}

#[test]
fn an_sse_c_object_is_replicated_as_it_is_stored() {
    let mut setup = setup(false, Rulebook::current());
    let rule = setup.rule();
    setup.configure(&rule).unwrap();
    setup.lab.world.s3.bucket_mut("docs").unwrap().blocks_sse_c = false;
    let key = "0123456789abcdef0123456789abcdef";
    let put = json!({"Bucket": "docs", "Key": "c", "Body": "x", "SSECustomerAlgorithm": "AES256", "SSECustomerKey": key});
    setup.lab.call("Writer", "s3:PutObject", put).unwrap();
    setup.lab.wait("5m");
    let get = json!({"Bucket": "docs-dr", "Key": "c", "SSECustomerAlgorithm": "AES256", "SSECustomerKey": key});
    assert_eq!(setup.lab.call("DrReader", "s3:GetObject", get).unwrap()["Body"], "x");
}
