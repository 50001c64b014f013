use crate::cloud::{Caller, Duration};
use crate::kms::Operation;
use crate::rulebook::Rulebook;
use crate::services::test_world::*;
use crate::services::{World, call};
use serde_json::{Value, json};
use std::sync::Arc;

const GROUP: &str = "arn:aws:logs:us-east-1:111111111111:log-group:/app";

/// What the user guide asks for in the key policy.
fn admit(service: &str, group: &str) -> Value {
    json!({"Effect": "Allow", "Principal": {"Service": service}, "Resource": "*",
        "Action": ["kms:Encrypt*", "kms:Decrypt*", "kms:ReEncrypt*", "kms:GenerateDataKey*", "kms:Describe*"],
        "Condition": {"ArnEquals": {"kms:EncryptionContext:aws:logs:arn": group}}})
}

fn scene(rulebook: Rulebook) -> (World, Arc<Caller>, String) {
    let mut world = empty(rulebook);
    let key = key(&mut world, "logs", json!([delegation(), admit("logs.us-east-1.amazonaws.com", GROUP)]));
    // Nobody who works with logs needs a KMS permission.
    let app = role(&mut world, A, "App", json!([allow(json!(["logs:*"]))]));
    (world, app, key)
}

#[track_caller]
fn create(world: &mut World, caller: &Arc<Caller>, key: Option<&str>) -> String {
    let mut members = json!({"logGroupName": "/app"});
    if let Some(key) = key {
        members["kmsKeyId"] = json!(key);
    }
    code(world, caller, "logs:CreateLogGroup", members)
}

#[track_caller]
fn associate(world: &mut World, caller: &Arc<Caller>, key: &str) -> String {
    code(world, caller, "logs:AssociateKmsKey", json!({"logGroupName": "/app", "kmsKeyId": key}))
}

#[track_caller]
fn put(world: &mut World, caller: &Arc<Caller>, message: &str) -> String {
    let members = json!({"logGroupName": "/app", "logStreamName": "one", "logEvents": [{"timestamp": 1, "message": message}]});
    code(world, caller, "logs:PutLogEvents", members)
}

fn get(world: &mut World, caller: &Arc<Caller>) -> Result<Vec<String>, String> {
    let response = call(world, caller, "logs:GetLogEvents", json!({"logGroupName": "/app", "logStreamName": "one"}));
    let response = response.map_err(|error| error.code.into_owned())?;
    Ok(response["events"].as_array().unwrap().iter().map(|event| event["message"].as_str().unwrap().to_owned()).collect())
}

#[test]
fn the_service_encrypts_and_decrypts_for_itself() {
    let (mut world, app, key) = scene(Rulebook::current());
    assert_eq!(create(&mut world, &app, Some(&key)), "ok");
    assert_eq!(state(&world, "logs.groups./app#kms_key"), key);
    let start = world.cloud.trail.len();
    assert_eq!(put(&mut world, &app, "hello"), "ok");
    assert_eq!(get(&mut world, &app).unwrap(), ["hello"]);
    let event = world.cloud.trail.events()[start].to_json();
    assert_eq!(event["userIdentity"]["invokedBy"], "logs.us-east-1.amazonaws.com");
    assert_eq!(event["requestParameters"]["encryptionContext"]["aws:logs:arn"], GROUP);
    assert_eq!(state(&world, "logs.groups./app#events_under_key"), 1);
}

#[test]
fn a_key_is_used_once_per_group_and_five_minutes() {
    let (mut world, app, key) = scene(Rulebook::current());
    create(&mut world, &app, Some(&key));
    let start = world.cloud.trail.len();
    for _ in 0..10 {
        put(&mut world, &app, "x");
        get(&mut world, &app).unwrap();
        world.advance(Duration::minutes(1));
    }
    assert_eq!((count(&world, start, "GenerateDataKey"), count(&world, start, "Decrypt")), (2, 3));
}

#[test]
fn the_key_policy_must_admit_the_service_of_the_region_for_this_group() {
    let (mut world, app, _) = scene(Rulebook::current());
    assert_eq!(create(&mut world, &app, None), "ok");
    let account_wide = json!({"Effect": "Allow", "Principal": {"AWS": "*"}, "Resource": "*", "Action": "kms:*",
        "Condition": {"StringEquals": {"kms:CallerAccount": A, "kms:ViaService": "logs.us-east-1.amazonaws.com"}}});
    let service_via = json!({"Effect": "Allow", "Principal": {"Service": "logs.us-east-1.amazonaws.com"}, "Resource": "*", "Action": "kms:*",
        "Condition": {"StringEquals": {"kms:ViaService": "logs.us-east-1.amazonaws.com"}}});
    let cases = [
        ("nobody", json!([delegation()])),
        ("no-region", json!([delegation(), admit("logs.amazonaws.com", GROUP)])),
        ("other-region", json!([delegation(), admit("logs.us-west-2.amazonaws.com", GROUP)])),
        (
            "other-group",
            json!([delegation(), admit("logs.us-east-1.amazonaws.com", "arn:aws:logs:us-east-1:111111111111:log-group:/other")]),
        ),
        ("via-service", json!([delegation(), account_wide])),
        ("service-and-via-service", json!([delegation(), service_via])),
    ];
    for (name, policy) in cases {
        let key = key(&mut world, name, policy);
        assert_eq!(associate(&mut world, &app, &key), "AccessDeniedException", "{name}");
        assert_eq!(associate(&mut world, &root(A), &key), "AccessDeniedException", "{name}: an almighty user does not help");
    }
    let members = json!({"logGroupName": "/app", "kmsKeyId": key_of_alias(&world, "nobody")});
    let error = call(&mut world, &app, "logs:AssociateKmsKey", members);
    let error = error.unwrap_err();
    assert_eq!(error.message, format!("The specified KMS key does not exist or is not allowed to be used with Arn '{GROUP}'"));
    assert_eq!(state(&world, "logs.groups./app#kms_key"), Value::Null);
}

fn key_of_alias(world: &World, alias: &str) -> String {
    let at = world.find_key(&format!("alias/{alias}"), account(A), region()).unwrap();
    world.kms.key(at).unwrap().arn.to_string()
}

#[test]
fn source_account_and_source_arn_guard_the_statement() {
    let (mut world, app, _) = scene(Rulebook::current());
    create(&mut world, &app, None);
    let guarded = |account: &str| {
        json!({"Effect": "Allow", "Principal": {"Service": "logs.us-east-1.amazonaws.com"}, "Resource": "*", "Action": "kms:*",
            "Condition": {"StringEquals": {"aws:SourceAccount": account}, "ArnLike": {"aws:SourceArn": GROUP}}})
    };
    let mine = key(&mut world, "mine", json!([delegation(), guarded(A)]));
    let theirs = key(&mut world, "theirs", json!([delegation(), guarded(B)]));
    assert_eq!(associate(&mut world, &app, &mine), "ok");
    assert_eq!(associate(&mut world, &app, &theirs), "AccessDeniedException");
}

#[test]
fn a_missing_disabled_or_misnamed_key_is_an_invalid_parameter() {
    let (mut world, app, key) = scene(Rulebook::current());
    create(&mut world, &app, None);
    for named in ["alias/logs", "nonsense", "arn:aws:kms:us-east-1:111111111111:key/1234abcd-12ab-34cd-56ef-1234567890ab"] {
        assert_eq!(associate(&mut world, &app, named), "InvalidParameterException", "{named}");
    }
    let elsewhere = key.replace("us-east-1", "us-west-2");
    assert_eq!(associate(&mut world, &app, &elsewhere), "InvalidParameterException");
    kms(&mut world, &root(A), Operation::DisableKey, json!({"KeyId": key})).unwrap();
    assert_eq!(associate(&mut world, &app, &key), "InvalidParameterException");
    kms(&mut world, &root(A), Operation::ScheduleKeyDeletion, json!({"KeyId": key})).unwrap();
    assert_eq!(associate(&mut world, &app, &key), "InvalidParameterException");
}

#[test]
fn an_existing_group_can_be_given_a_key_today_but_not_by_the_guide() {
    let (mut world, app, key) = scene(Rulebook::current());
    create(&mut world, &app, None);
    assert_eq!(associate(&mut world, &app, &key), "ok");
    let (mut world, app, key) = scene(Rulebook::guide());
    create(&mut world, &app, None);
    assert_eq!(associate(&mut world, &app, &key), "InvalidParameterException");
}

#[test]
fn a_key_covers_later_events_only_and_is_needed_for_them_after_it_was_taken_away() {
    let (mut world, app, key) = scene(Rulebook::current());
    create(&mut world, &app, None);
    put(&mut world, &app, "before");
    associate(&mut world, &app, &key);
    put(&mut world, &app, "during");
    let gone = json!({"logGroupName": "/app"});
    assert_eq!(code(&mut world, &app, "logs:DisassociateKmsKey", gone), "ok");
    put(&mut world, &app, "after");
    assert_eq!(state(&world, "logs.groups./app#events"), 3);
    assert_eq!(state(&world, "logs.groups./app#events_under_key"), 1);
    assert_eq!(get(&mut world, &app).unwrap(), ["before", "during", "after"]);
    kms(&mut world, &root(A), Operation::DisableKey, json!({"KeyId": key})).unwrap();
    assert!(get(&mut world, &app).is_ok(), "the data key is still in memory");
    world.advance(Duration::minutes(5));
    assert_eq!(get(&mut world, &app).unwrap_err(), "InvalidParameterException");
    assert_eq!(put(&mut world, &app, "later"), "ok", "new events no longer need the key");
}

#[test]
fn another_key_leaves_older_events_under_the_first() {
    let (mut world, app, first) = scene(Rulebook::current());
    create(&mut world, &app, Some(&first));
    put(&mut world, &app, "one");
    let second = key(&mut world, "second", json!([delegation(), admit("logs.us-east-1.amazonaws.com", GROUP)]));
    assert_eq!(associate(&mut world, &app, &second), "ok");
    put(&mut world, &app, "two");
    let policy = json!({"Version": "2012-10-17", "Statement": [delegation()]}).to_string();
    kms(&mut world, &root(A), Operation::PutKeyPolicy, json!({"KeyId": first, "Policy": policy})).unwrap();
    assert_eq!(put(&mut world, &app, "three"), "ok");
    assert_eq!(get(&mut world, &app).unwrap_err(), "AccessDeniedException", "the first key no longer admits the service");
}

#[test]
fn log_groups_and_permissions_are_their_own_matter() {
    let (mut world, app, key) = scene(Rulebook::current());
    let reader = role(&mut world, A, "Reader", json!([allow(json!(["logs:GetLogEvents"]))]));
    assert_eq!(create(&mut world, &reader, Some(&key)), "AccessDeniedException");
    assert_eq!(put(&mut world, &app, "x"), "ResourceNotFoundException");
    assert_eq!(associate(&mut world, &app, &key), "ResourceNotFoundException");
    assert_eq!(create(&mut world, &app, Some(&key)), "ok");
    assert_eq!(create(&mut world, &app, Some(&key)), "ResourceAlreadyExistsException");
    assert_eq!(put(&mut world, &app, "x"), "ok");
    assert_eq!(get(&mut world, &reader).unwrap(), ["x"], "readers need no KMS permission");
    assert_eq!(code(&mut world, &app, "logs:AssociateKmsKey", json!({"LogGroupName": "/app"})), "InvalidParameterException");
}
