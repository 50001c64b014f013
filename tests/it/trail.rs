//! The trail as CloudTrail writes it.

use super::cli::{Folder, kmsprep};
use super::lab::{A, B, Lab, allow, role_arn};
use kmsprep::cloud::{AccountId, Caller, Duration, Event, Principal, Region};
use kmsprep::services::call;
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::sync::Arc;

const SECRET: &str = "c2VjcmV0LXBsYWludGV4dA==";

impl Lab {
    fn records(&self) -> Vec<Value> {
        self.world.cloud.trail.events().iter().flat_map(Event::records).collect()
    }

    /// The newest record.
    #[track_caller]
    fn latest(&self) -> Value {
        self.world.cloud.trail.events().last().unwrap().to_json()
    }

    /// The newest record of an event.
    #[track_caller]
    fn record(&self, name: &str) -> Value {
        self.world.cloud.trail.events().iter().rev().find(|event| event.name == name).unwrap().to_json()
    }

    fn sealed(&mut self, key: &str) -> Value {
        let request = json!({"KeyId": key, "Plaintext": SECRET, "EncryptionContext": {"Department": "Finance"}});
        self.kms(A, "Admin", "Encrypt", request).unwrap()["CiphertextBlob"].clone()
    }
}

#[test]
fn a_whole_record_of_decrypt() {
    let mut lab = Lab::new();
    let key = lab.key();
    let blob = lab.sealed(&key);
    lab.world.advance(Duration::minutes(90));
    let request = json!({"CiphertextBlob": blob, "KeyId": key, "EncryptionContext": {"Department": "Finance"}});
    lab.kms(A, "Admin", "Decrypt", request).unwrap();
    insta::assert_json_snapshot!(lab.latest());
}

#[test]
fn a_whole_record_of_a_rotation() {
    let mut lab = Lab::new();
    let key = lab.key();
    lab.kms(A, "Admin", "EnableKeyRotation", json!({"KeyId": key, "RotationPeriodInDays": 90})).unwrap();
    lab.advance(90);
    insta::assert_json_snapshot!(lab.record("RotateKey"));
}

#[test]
fn principals_keep_their_unique_ids_and_every_event_has_its_own() {
    let mut lab = Lab::new();
    lab.key();
    lab.key();
    let records = lab.records();
    assert_eq!(records[0]["userIdentity"]["principalId"], records[1]["userIdentity"]["principalId"]);
    let ids: BTreeSet<String> =
        records.iter().flat_map(|record| [record["eventID"].to_string(), record["requestID"].to_string()]).collect();
    assert_eq!(ids.len(), 4);
    let user = Arc::new(Caller::direct(Principal::user(AccountId::parse(A).unwrap(), "team/Ana"), Region::default_region()));
    call(&mut lab.world, &user, "kms:ListKeys", json!({})).unwrap_err();
    let identity = lab.latest()["userIdentity"].clone();
    assert_eq!((&identity["type"], &identity["userName"]), (&json!("IAMUser"), &json!("Ana")));
    let id = identity["principalId"].as_str().unwrap();
    assert!(id.starts_with("AIDA") && id.len() == 21, "{id}");
}

#[test]
fn equal_worlds_write_equal_records_and_other_seeds_other_ids() {
    let run = |seed: Option<u64>| {
        let mut lab = Lab::new();
        if let Some(seed) = seed {
            lab.world.cloud.random = kmsprep::cloud::Random::new(seed);
        }
        lab.kms(A, "Admin", "ListKeys", json!({})).unwrap();
        lab.latest()
    };
    assert_eq!(run(None).to_string(), run(None).to_string());
    assert_ne!(run(None)["eventID"], run(Some(99))["eventID"]);
}

#[test]
fn no_secret_is_written_down_whatever_is_called() {
    let mut lab = Lab::new();
    let key = lab.key();
    let blob = lab.sealed(&key);
    let context = json!({"Department": "Finance"});
    let made = lab.kms(A, "Admin", "GenerateDataKey", json!({"KeyId": key, "KeySpec": "AES_256"})).unwrap();
    let grant =
        json!({"KeyId": key, "GranteePrincipal": role_arn(A, "App"), "RetiringPrincipal": role_arn(A, "App"), "Operations": ["Decrypt"]});
    let grant = lab.kms(A, "Admin", "CreateGrant", grant).unwrap();
    let request = json!({"CiphertextBlob": blob, "EncryptionContext": context, "GrantTokens": [grant["GrantToken"]]});
    lab.kms(A, "App", "Decrypt", request).unwrap();
    let moved = json!({"CiphertextBlob": blob, "SourceEncryptionContext": context, "DestinationKeyId": key});
    let moved = lab.kms(A, "Admin", "ReEncrypt", moved).unwrap();
    lab.kms(A, "Admin", "RetireGrant", json!({"GrantToken": grant["GrantToken"]})).unwrap();
    let random = lab.kms(A, "Admin", "GenerateRandom", json!({"NumberOfBytes": 16})).unwrap();
    let text = Value::from(lab.records()).to_string();
    let secrets =
        [&blob, &made["Plaintext"], &made["CiphertextBlob"], &grant["GrantToken"], &moved["CiphertextBlob"], &random["Plaintext"]];
    for secret in secrets.into_iter().map(|secret| secret.as_str().unwrap()).chain([SECRET]) {
        assert!(!text.contains(secret), "{secret}");
    }
    // What is no secret is there.
    assert_eq!(lab.record("RetireGrant")["additionalEventData"]["grantId"], grant["GrantId"]);
    assert_eq!(lab.record("GenerateDataKey")["requestParameters"]["keySpec"], "AES_256");
    assert_eq!(lab.record("GenerateDataKey")["additionalEventData"]["keyMaterialId"], made["KeyMaterialId"]);
    assert_eq!(lab.record("ReEncrypt")["additionalEventData"]["sourceKeyMaterialId"], moved["SourceKeyMaterialId"]);
    assert_eq!(lab.record("ReEncrypt")["requestParameters"]["sourceEncryptionContext"], context);
    assert_eq!(lab.record("GenerateRandom")["requestParameters"]["numberOfBytes"], 16);
}

#[test]
fn responses_are_logged_for_what_changes_a_key_and_for_nothing_else() {
    let mut lab = Lab::new();
    let key = lab.key();
    let created = lab.latest();
    assert_eq!(created["responseElements"]["keyMetadata"]["arn"], json!(key));
    assert_eq!(created["responseElements"]["keyMetadata"]["creationDate"], "Jan 1, 2026, 12:00:00 AM");
    assert_eq!(created["resources"][0]["ARN"], json!(key), "the key that was made");
    lab.kms(A, "Admin", "CreateAlias", json!({"AliasName": "alias/x", "TargetKeyId": key})).unwrap();
    let record = lab.latest();
    assert_eq!(record["responseElements"], json!({"keyId": key}));
    let resources: Vec<&Value> = record["resources"].as_array().unwrap().iter().map(|resource| &resource["ARN"]).collect();
    assert_eq!(resources, [&json!(key), &json!(format!("arn:aws:kms:us-east-1:{A}:alias/x"))]);
    let grant = json!({"KeyId": key, "GranteePrincipal": role_arn(A, "App"), "Operations": ["Decrypt"],
        "Constraints": {"EncryptionContextSubset": {"Department": "IT"}}});
    let grant = lab.kms(A, "Admin", "CreateGrant", grant).unwrap();
    let record = lab.latest();
    assert_eq!(record["responseElements"], json!({"grantId": grant["GrantId"], "keyId": key}));
    assert_eq!(record["requestParameters"]["constraints"], json!({"encryptionContextSubset": {"Department": "IT"}}));
    lab.kms(A, "Admin", "DescribeKey", json!({"KeyId": key})).unwrap();
    assert_eq!((&lab.latest()["responseElements"], &lab.latest()["readOnly"]), (&Value::Null, &json!(true)));
    lab.kms(A, "Admin", "ScheduleKeyDeletion", json!({"KeyId": key, "PendingWindowInDays": 7})).unwrap();
    let record = lab.latest();
    assert_eq!(record["responseElements"]["deletionDate"], "Jan 8, 2026, 12:00:00 AM");
    assert_eq!((&record["readOnly"], &record["eventType"]), (&json!(false), &json!("AwsApiCall")));
    lab.kms(A, "App", "DisableKey", json!({"KeyId": key})).unwrap_err();
    assert_eq!(lab.latest()["responseElements"], Value::Null, "a refused call has no response");
    lab.advance(7);
    let record = lab.record("DeleteKey");
    assert_eq!((&record["eventType"], &record["requestParameters"]), (&json!("AwsServiceEvent"), &Value::Null));
    assert_eq!(record["serviceEventDetails"]["keyId"], json!(key.rsplit('/').next()));
}

#[test]
fn a_cross_account_call_is_written_in_both_accounts_and_a_denial_in_the_callers() {
    let mut lab = Lab::new();
    let key = lab.key_with(&[allow(&role_arn(B, "Admin"), &["kms:Encrypt"])]);
    lab.kms(B, "Admin", "Encrypt", json!({"KeyId": key, "Plaintext": SECRET})).unwrap();
    let records: Vec<Value> = lab.world.cloud.trail.events().last().unwrap().records().collect();
    let [caller, owner] = records.as_slice() else { panic!("{records:?}") };
    assert_eq!((&caller["recipientAccountId"], &owner["recipientAccountId"]), (&json!(B), &json!(A)));
    assert_eq!(caller["sharedEventID"], owner["sharedEventID"]);
    assert_eq!(caller["requestID"], owner["requestID"]);
    assert_ne!(caller["eventID"], owner["eventID"]);
    let identity = &owner["userIdentity"];
    assert_eq!((&identity["type"], &identity["accountId"], &identity["arn"]), (&json!("AWSAccount"), &json!(B), &Value::Null));
    assert_eq!(identity["principalId"], caller["userIdentity"]["principalId"]);
    lab.kms(B, "App", "Encrypt", json!({"KeyId": key, "Plaintext": SECRET})).unwrap_err();
    let event = lab.world.cloud.trail.events().last().unwrap();
    assert_eq!(event.records().count(), 1);
    assert_eq!((&event.to_json()["recipientAccountId"], event.record_in(AccountId::parse(A).unwrap())), (&json!(B), None));
    assert!(event.to_json().get("sharedEventID").is_none());
}

#[test]
fn a_service_stands_for_address_and_agent_and_brings_no_connection() {
    let mut lab = Lab::new();
    let key = lab.key();
    lab.through("s3", A, "Admin", "GenerateDataKey", json!({"KeyId": key, "NumberOfBytes": 32})).unwrap();
    let record = lab.latest();
    for member in [&record["sourceIPAddress"], &record["userAgent"], &record["userIdentity"]["invokedBy"]] {
        assert_eq!(member, "s3.amazonaws.com");
    }
    assert_eq!((&record["userIdentity"]["type"], record.get("tlsDetails")), (&json!("AssumedRole"), None));
    let service = Arc::new(Caller::service("logs.us-east-1.amazonaws.com", Region::default_region(), None, None));
    call(&mut lab.world, &service, "kms:DescribeKey", json!({"KeyId": key})).unwrap_err();
    let record = lab.latest();
    assert_eq!(record["userIdentity"], json!({"type": "AWSService", "invokedBy": "logs.us-east-1.amazonaws.com"}));
    assert_eq!(record["sourceIPAddress"], "logs.us-east-1.amazonaws.com");
    assert_eq!(record["errorCode"], "AccessDenied");
}

/// Runs the scenario of the disabled key with its wrong answer and prints its trail.
fn printed(more: &[&str]) -> (i32, Vec<Value>) {
    let ran = kmsprep(&[&["scenario", "run", "disabled-key", "--set", "repair=rotate"], more].concat());
    (ran.status, ran.out.lines().map(|line| serde_json::from_str(line).unwrap()).collect())
}

#[test]
fn the_records_of_a_run_are_printed_one_a_line_and_by_pattern() {
    let (status, all) = printed(&["--trail"]);
    assert_eq!((status, &all[0]["eventName"]), (1, &json!("RotateKeyOnDemand")), "the verdict's exit code stays");
    let (_, failed) = printed(&["--trail", r#"{ $.eventSource = "kms*" && $.errorCode = * }"#]);
    assert!(!failed.is_empty() && failed.len() <= all.len());
    assert!(failed.iter().all(|record| record["errorCode"] == "DisabledException"), "{failed:?}");
    assert_eq!(printed(&["--trail", "{ $.errorCode NOT EXISTS }"]).1.len() + failed.len(), all.len());
    let ran = kmsprep(&["scenario", "run", "disabled-key", "--set", "repair=enable", "--trail", "EnableKey", "--format", "json"]);
    let records: Vec<Value> = serde_json::from_str(&ran.out).unwrap();
    assert_eq!((ran.status, records.len()), (0, 1));
}

#[test]
fn a_bad_pattern_is_told_on_the_command_line() {
    let ran = kmsprep(&["scenario", "run", "disabled-key", "--set", "repair=rotate", "--trail", "{ $.errorCode == x }"]);
    assert_eq!((ran.status, ran.out.as_str()), (2, ""));
    assert!(ran.err.contains("column 16: a text with `=` stands in double quotes"), "{}", ran.err);
    assert!(ran.err.contains("--trail '{ $.eventName"), "{}", ran.err);
}

/// A scenario that decides nothing much, with one check of the trail.
fn with_trail_check(check: &str) -> String {
    format!(
        r#"scenario: trail
title: T
brief: B
world:
  accounts: {{ A: {{ id: "111111111111", roles: {{ App: {{ allow: ["kms:Encrypt"] }} }} }} }}
  kms: {{ data: {{}} }}
decisions:
  what: {{ ask: Q, options: {{ text: {{ label: L, value: hello, why: W }}, more: {{ label: M, value: bye, why: W }} }} }}
checks:
  - {{ name: use, as: "arn:aws:iam::A:role/App", call: "kms:Encrypt", with: {{ KeyId: data, Plaintext: {{ answer: what }} }}, always: true }}
  - {{ name: denied, as: "arn:aws:iam::A:role/App", call: "kms:DescribeKey", with: {{ KeyId: data }}, expect: AccessDeniedException, always: true }}
  - name: look
    trail: {check}
proof: {{ passes: [ {{ what: [text, more] }} ] }}
"#
    )
}

#[test]
fn a_trail_check_takes_a_filter_pattern() {
    let run = |check: &str| {
        let folder = Folder::new();
        let file = folder.file("trail.yaml", with_trail_check(check));
        kmsprep(&["scenario", "run", &file, "--set", "what=text"])
    };
    for (check, status) in [
        (r#"{ filter: '{ $.eventName = Encrypt && $.errorCode NOT EXISTS }' }"#, 0),
        (r#"{ filter: '{ $.errorCode = "AccessDenied" }', at_least: 1, at_most: 1 }"#, 0),
        (r#"{ filter: '{ $.eventName = Decrypt }' }"#, 1),
        (r#"{ where: { eventName: Encrypt }, filter: '{ $.errorCode = * }' }"#, 1),
    ] {
        assert_eq!(run(check).status, status, "{check}");
    }
    let failed = run(r#"{ filter: '{ $.eventName = Decrypt }' }"#);
    assert!(failed.out.contains("the trail has 0 events with { $.eventName = Decrypt }"), "{}", failed.out);
}

#[test]
fn a_bad_pattern_in_a_file_is_told_at_its_place() {
    let folder = Folder::new();
    let file = folder.file("trail.yaml", with_trail_check("{ filter: '{ $.errorCode == x }' }"));
    let ran = kmsprep(&["lint", &file]);
    assert_eq!(ran.status, 1);
    assert!(ran.out.contains("error[scenario/filter]: no filter pattern: a text with `=` stands in double quotes"), "{}", ran.out);
    // The second equals sign.
    assert!(ran.out.contains("trail.yaml:13:38"), "{}", ran.out);
    assert!(!ran.out.contains("empty-check"), "what only follows from it is not told: {}", ran.out);
}

/// A world that starts with an alarm, and use of its key.
const ALARM: &str = r#"scenario: alarm
title: T
brief: B
world:
  accounts: { A: { id: "111111111111", roles: { App: { allow: ["kms:Encrypt"] } } } }
  kms: { data: {} }
  cloudwatch:
    alarms:
      used:
        Namespace: AWS/KMS
        MetricName: { answer: metric }
        Dimensions: [ { Name: KeyArn, Value: "arn:aws:kms:us-east-1:A:key/data" }, { Name: Operation, Value: Encrypt } ]
        Statistic: Sum
        Period: 60
        Threshold: 0.5
        ComparisonOperator: GreaterThanThreshold
decisions:
  metric: { ask: Q, options: { real: { label: R, value: SuccessfulRequest, why: W }, invented: { label: I, value: NumberOfRequestsSucceeded, why: W } } }
checks:
  - { name: use, as: "arn:aws:iam::A:role/App", call: "kms:Encrypt", with: { KeyId: data, Plaintext: hello }, always: true }
  - { name: fires, advance: 1m, state: { "cloudwatch.alarms.used": ALARM } }
proof:
  passes: [ { metric: real } ]
  fails: [ { when: { metric: invented }, at: fires, with: INSUFFICIENT_DATA } ]
"#;

#[test]
fn a_world_may_start_with_alarms_and_a_check_looks_at_their_state() {
    let folder = Folder::new();
    let file = folder.file("alarm.yaml", ALARM);
    let ran = kmsprep(&["lint", &file]);
    assert_eq!(ran.status, 0, "{}", ran.out);
    let ran = kmsprep(&["scenario", "run", &file, "--set", "metric=invented"]);
    assert!(ran.out.contains("AWS/KMS has no data for NumberOfRequestsSucceeded"), "{}", ran.out);
    let wrong = folder.file("wrong.yaml", ALARM.replace("Period: 60", "Period: 61"));
    let ran = kmsprep(&["lint", &wrong]);
    assert_eq!(ran.status, 1);
    assert!(ran.out.contains("error[scenario/resource]: ValidationError: Period must be"), "{}", ran.out);
}
