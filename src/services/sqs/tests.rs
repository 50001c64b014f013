use crate::cloud::{Caller, Duration};
use crate::kms::Operation;
use crate::rulebook::Rulebook;
use crate::services::test_world::*;
use crate::services::{World, call};
use serde_json::{Value, json};
use std::sync::Arc;

const URL: &str = "https://sqs.us-east-1.amazonaws.com/111111111111/jobs";

struct Scene {
    world: World,
    key: String,
    producer: Arc<Caller>,
    consumer: Arc<Caller>,
}

/// A queue under a customer managed key, and roles that hold the least that the documentation asks for.
fn scene() -> Scene {
    let mut world = empty(Rulebook::current());
    let key = key(&mut world, "jobs", json!([delegation()]));
    let producer = role(&mut world, A, "Producer", json!([allow(json!(["sqs:SendMessage", "kms:GenerateDataKey", "kms:Decrypt"]))]));
    let consumer = role(&mut world, A, "Consumer", json!([allow(json!(["sqs:ReceiveMessage", "sqs:DeleteMessage", "kms:Decrypt"]))]));
    create(&mut world, json!({"KmsMasterKeyId": key}));
    Scene { world, key, producer, consumer }
}

#[track_caller]
fn create(world: &mut World, attributes: Value) {
    let made = call(world, &root(A), "sqs:CreateQueue", json!({"QueueName": "jobs", "Attributes": attributes})).unwrap();
    assert_eq!(made["QueueUrl"], URL);
}

#[track_caller]
fn send(world: &mut World, caller: &Arc<Caller>) -> String {
    code(world, caller, "sqs:SendMessage", json!({"QueueUrl": URL, "MessageBody": "hello"}))
}

#[track_caller]
fn receive(world: &mut World, caller: &Arc<Caller>) -> String {
    code(world, caller, "sqs:ReceiveMessage", json!({"QueueUrl": URL}))
}

#[track_caller]
fn set(world: &mut World, attributes: Value) -> String {
    code(world, &root(A), "sqs:SetQueueAttributes", json!({"QueueUrl": URL, "Attributes": attributes}))
}

#[test]
fn a_message_goes_through_kms_once_per_principal_and_reuse_period() {
    let Scene { mut world, producer, consumer, .. } = scene();
    let start = world.cloud.trail.len();
    for _ in 0..5 {
        assert_eq!(send(&mut world, &producer), "ok");
        let got = call(&mut world, &consumer, "sqs:ReceiveMessage", json!({"QueueUrl": URL})).unwrap();
        assert_eq!(got["Messages"][0]["Body"], "hello");
    }
    assert_eq!((count(&world, start, "GenerateDataKey"), count(&world, start, "Decrypt")), (1, 2));
    let event = world.cloud.trail.events()[start].to_json();
    assert_eq!(event["requestParameters"]["encryptionContext"]["aws:sqs:arn"], "arn:aws:sqs:us-east-1:111111111111:jobs");
    assert_eq!(event["userIdentity"]["invokedBy"], "sqs.amazonaws.com");
}

/// One producer and one consumer, for which the formula has no approximation.
#[test]
fn requests_of_an_hour_agree_with_the_formula() {
    let Scene { mut world, producer, consumer, .. } = scene();
    let start = world.cloud.trail.len();
    for _ in 0..60 {
        send(&mut world, &producer);
        let got = call(&mut world, &consumer, "sqs:ReceiveMessage", json!({"QueueUrl": URL})).unwrap();
        let receipt = got["Messages"][0]["ReceiptHandle"].clone();
        assert_eq!(code(&mut world, &consumer, "sqs:DeleteMessage", json!({"QueueUrl": URL, "ReceiptHandle": receipt})), "ok");
        world.advance(Duration::minutes(1));
    }
    let formula = super::SqsWorkload { queues: 1, billing_seconds: 3_600, reuse_seconds: 300, producers: 1, consumers: 1 };
    let counted = count(&world, start, "GenerateDataKey") + count(&world, start, "Decrypt");
    assert_eq!(counted as u64, formula.kms_requests());
    assert_eq!(state(&world, "sqs.queues.jobs#messages"), 0);
}

#[test]
fn a_producer_needs_decrypt_too_and_a_consumer_needs_it_as_well() {
    let Scene { mut world, producer, .. } = scene();
    let half = role(&mut world, A, "Half", json!([allow(json!(["sqs:SendMessage", "sqs:ReceiveMessage", "kms:GenerateDataKey"]))]));
    assert_eq!(send(&mut world, &half), "KMS.AccessDeniedException");
    assert_eq!(send(&mut world, &producer), "ok");
    assert_eq!(receive(&mut world, &half), "KMS.AccessDeniedException");
    assert_eq!(receive(&mut world, &producer), "AccessDenied", "sqs:ReceiveMessage is asked for before KMS");
}

#[test]
fn a_key_policy_conditioned_on_other_services_does_not_admit_sqs() {
    let Scene { mut world, .. } = scene();
    let app = role(&mut world, A, "App", json!([allow(json!(["sqs:SendMessage"]))]));
    let statement = |services: Value| {
        json!({"Effect": "Allow", "Principal": {"AWS": format!("arn:aws:iam::{A}:role/App")}, "Resource": "*",
            "Action": ["kms:GenerateDataKey", "kms:Decrypt"], "Condition": {"StringEquals": {"kms:ViaService": services}}})
    };
    let without = key(&mut world, "without", json!([delegation(), statement(json!(["s3.us-east-1.amazonaws.com"]))]));
    let with =
        key(&mut world, "with", json!([delegation(), statement(json!(["s3.us-east-1.amazonaws.com", "sqs.us-east-1.amazonaws.com"]))]));
    assert_eq!(set(&mut world, json!({"KmsMasterKeyId": without})), "ok");
    assert_eq!(send(&mut world, &app), "KMS.AccessDeniedException");
    assert_eq!(set(&mut world, json!({"KmsMasterKeyId": with})), "ok");
    assert_eq!(send(&mut world, &app), "ok");
    // Not without SQS in between.
    let direct = kms(&mut world, &app, Operation::GenerateDataKey, json!({"KeyId": with, "KeySpec": "AES_256"}));
    assert_eq!(direct.unwrap_err().code, "AccessDeniedException");
}

#[test]
fn a_disabled_key_stops_the_queue_when_the_reuse_period_is_over() {
    let Scene { mut world, key, producer, consumer } = scene();
    assert_eq!((send(&mut world, &producer), receive(&mut world, &consumer)), ("ok".into(), "ok".into()));
    kms(&mut world, &root(A), Operation::DisableKey, json!({"KeyId": key})).unwrap();
    world.advance(Duration::seconds(299));
    assert_eq!((send(&mut world, &producer), receive(&mut world, &consumer)), ("ok".into(), "ok".into()));
    world.advance(Duration::seconds(1));
    assert_eq!(send(&mut world, &producer), "KMS.DisabledException");
    assert_eq!(receive(&mut world, &consumer), "KMS.DisabledException");
    kms(&mut world, &root(A), Operation::ScheduleKeyDeletion, json!({"KeyId": key, "PendingWindowInDays": 7})).unwrap();
    assert_eq!(receive(&mut world, &consumer), "KMS.InvalidStateException");
    world.advance(Duration::days(8));
    assert_eq!(receive(&mut world, &consumer), "KMS.NotFoundException");
    assert_eq!(send(&mut world, &producer), "KMS.NotFoundException");
}

#[test]
fn a_long_reuse_period_keeps_a_disabled_key_in_use() {
    let Scene { mut world, key, producer, .. } = scene();
    assert_eq!(set(&mut world, json!({"KmsDataKeyReusePeriodSeconds": "86400"})), "ok");
    assert_eq!(send(&mut world, &producer), "ok");
    kms(&mut world, &root(A), Operation::DisableKey, json!({"KeyId": key})).unwrap();
    world.advance(Duration::hours(23));
    assert_eq!(send(&mut world, &producer), "ok");
    world.advance(Duration::hours(1));
    assert_eq!(send(&mut world, &producer), "KMS.DisabledException");
}

#[test]
fn the_backlog_keeps_its_encryption_when_the_queue_changes() {
    let Scene { mut world, key: old, producer, consumer } = scene();
    assert_eq!(send(&mut world, &producer), "ok");
    let new = key(&mut world, "new", json!([delegation()]));
    assert_eq!(set(&mut world, json!({"KmsMasterKeyId": new})), "ok");
    let start = world.cloud.trail.len();
    assert_eq!(send(&mut world, &producer), "ok");
    assert_eq!(count(&world, start, "GenerateDataKey"), 1, "a new key does not use the old one's data key");
    assert_eq!(set(&mut world, json!({"SqsManagedSseEnabled": "false"})), "ok");
    assert_eq!(state(&world, "sqs.queues.jobs#encryption"), "NONE");
    assert_eq!(state(&world, "sqs.queues.jobs#messages_under_key"), 2);
    kms(&mut world, &root(A), Operation::DisableKey, json!({"KeyId": old})).unwrap();
    assert_eq!(receive(&mut world, &consumer), "KMS.DisabledException", "the first message is still under the old key");
}

#[test]
fn a_moved_alias_counts_for_new_messages_only() {
    let Scene { mut world, key: first, producer, consumer } = scene();
    assert_eq!(set(&mut world, json!({"KmsMasterKeyId": "alias/jobs"})), "ok");
    assert_eq!(send(&mut world, &producer), "ok");
    let second = key(&mut world, "second", json!([delegation()]));
    kms(&mut world, &root(A), Operation::UpdateAlias, json!({"AliasName": "alias/jobs", "TargetKeyId": second})).unwrap();
    world.advance(Duration::minutes(5));
    assert_eq!(send(&mut world, &producer), "ok");
    kms(&mut world, &root(A), Operation::DisableKey, json!({"KeyId": first})).unwrap();
    world.advance(Duration::minutes(5));
    assert_eq!(send(&mut world, &producer), "ok");
    assert_eq!(receive(&mut world, &consumer), "KMS.DisabledException");
}

fn admit_b() -> String {
    json!({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Principal": {"AWS": format!("arn:aws:iam::{B}:root")},
        "Action": "sqs:*", "Resource": "*"}]})
    .to_string()
}

#[test]
fn another_account_needs_three_policies_and_never_gets_through_aws_sqs() {
    let Scene { mut world, .. } = scene();
    let partner = role(&mut world, B, "Partner", json!([allow(json!(["sqs:*", "kms:*"]))]));
    assert_eq!(send(&mut world, &partner), "AccessDenied", "no queue policy admits account B");
    assert_eq!(set(&mut world, json!({"Policy": admit_b()})), "ok");
    assert_eq!(send(&mut world, &partner), "KMS.AccessDeniedException", "nor does the key policy");
    let shared = json!({"Effect": "Allow", "Principal": {"AWS": format!("arn:aws:iam::{B}:root")},
        "Action": ["kms:Decrypt", "kms:GenerateDataKey*"], "Resource": "*"});
    let open = key(&mut world, "shared", json!([delegation(), shared]));
    assert_eq!(set(&mut world, json!({"KmsMasterKeyId": open})), "ok");
    assert_eq!(send(&mut world, &partner), "ok");
    let weak = role(&mut world, B, "Weak", json!([allow(json!(["sqs:*"]))]));
    assert_eq!(send(&mut world, &weak), "KMS.AccessDeniedException", "its own account must allow it, too");
    // An alias would be looked up in account B.
    assert_eq!(set(&mut world, json!({"KmsMasterKeyId": "alias/shared"})), "ok");
    assert_eq!(send(&mut world, &partner), "KMS.NotFoundException");
    assert_eq!(set(&mut world, json!({"KmsMasterKeyId": "alias/aws/sqs"})), "ok");
    assert_eq!(send(&mut world, &partner), "KMS.AccessDeniedException");
    let own = role(&mut world, A, "Own", json!([allow(json!(["sqs:*"]))]));
    assert_eq!(send(&mut world, &own), "ok", "aws/sqs admits everybody of the account who comes through SQS");
}

#[test]
fn a_service_sends_for_itself_and_only_under_a_key_that_names_it() {
    let Scene { mut world, .. } = scene();
    let admit = json!({"Effect": "Allow", "Principal": {"Service": "s3.amazonaws.com"}, "Action": ["kms:GenerateDataKey", "kms:Decrypt"],
        "Resource": "*", "Condition": {"StringEquals": {"aws:SourceAccount": A}}});
    let admitting = key(&mut world, "admitting", json!([delegation(), admit]));
    let queue_policy = json!({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Principal": {"Service": "s3.amazonaws.com"},
        "Action": "sqs:SendMessage", "Resource": "*"}]});
    let s3 = Arc::new(Caller::service("s3.amazonaws.com", region(), Some("arn:aws:s3:::docs"), Some(account(A))));
    assert_eq!(send(&mut world, &s3), "AccessDenied");
    assert_eq!(set(&mut world, json!({"Policy": queue_policy.to_string()})), "ok");
    assert_eq!(send(&mut world, &s3), "KMS.AccessDeniedException");
    assert_eq!(set(&mut world, json!({"KmsMasterKeyId": "alias/aws/sqs"})), "ok");
    assert_eq!(send(&mut world, &s3), "KMS.AccessDeniedException", "nobody can let a service use aws/sqs");
    assert_eq!(set(&mut world, json!({"KmsMasterKeyId": admitting})), "ok");
    assert_eq!(send(&mut world, &s3), "ok");
}

#[test]
fn a_new_queue_uses_sse_sqs_which_costs_no_kms_request() {
    let mut world = empty(Rulebook::current());
    let plain = role(&mut world, A, "Plain", json!([allow(json!(["sqs:*"]))]));
    create(&mut world, json!({}));
    assert_eq!(state(&world, "sqs.queues.jobs#encryption"), "SSE-SQS");
    assert_eq!((send(&mut world, &plain), receive(&mut world, &plain)), ("ok".into(), "ok".into()));
    assert!(world.cloud.trail.events().iter().all(|event| event.source == "sqs.amazonaws.com" && event.name == "CreateQueue"));
    assert_eq!(state(&world, "sqs.queues.jobs#kms_key"), Value::Null);
}

#[test]
fn attributes_are_checked_as_sqs_does() {
    let Scene { mut world, .. } = scene();
    for period in ["59", "86401", "x"] {
        assert_eq!(set(&mut world, json!({"KmsDataKeyReusePeriodSeconds": period})), "InvalidAttributeValue", "{period}");
    }
    assert_eq!(set(&mut world, json!({"KmsDataKeyReusePeriodSeconds": 60})), "ok");
    assert_eq!(state(&world, "sqs.queues.jobs#reuse_period"), 60);
    assert_eq!(set(&mut world, json!({"KmsMasterKeyId": "alias/jobs", "SqsManagedSseEnabled": "true"})), "InvalidAttributeValue");
    assert_eq!(set(&mut world, json!({"Colour": "red"})), "InvalidAttributeName");
    assert_eq!(set(&mut world, json!({"KmsMasterKeyId": ""})), "ok");
    assert_eq!(state(&world, "sqs.queues.jobs#encryption"), "NONE");
    let again = json!({"QueueName": "jobs", "Attributes": {"SqsManagedSseEnabled": "true"}});
    assert_eq!(code(&mut world, &root(A), "sqs:CreateQueue", again), "QueueAlreadyExists");
    let nowhere = json!({"QueueUrl": "nowhere", "MessageBody": "x"});
    assert_eq!(code(&mut world, &root(A), "sqs:SendMessage", nowhere), "AWS.SimpleQueueService.NonExistentQueue");
    assert_eq!(code(&mut world, &root(A), "sqs:SendMessage", json!({"QueueUrl": URL})), "InvalidParameterValue");
}
