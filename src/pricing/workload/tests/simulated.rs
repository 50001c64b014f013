//! What is derived from volumes is what the model does when the same work is done step by step.

use crate::cloud::{AccountId, Caller, Duration, Principal, Region, RequestClass, parse_instant};
use crate::iam::{Identity, Policy, PolicyKind};
use crate::kms::{KeyId, NewKey, Operation, Request};
use crate::pricing::workload::ServiceRule;
use crate::rulebook::Rulebook;
use crate::services::s3::{Bucket, DefaultEncryption};
use crate::services::{World, call};
use proptest::prelude::*;
use serde_json::{Value, json};
use std::sync::Arc;

const ACCOUNT: &str = "111111111111";

struct Lab {
    world: World,
    key: String,
}

fn account() -> AccountId {
    AccountId::parse(ACCOUNT).unwrap()
}

impl Lab {
    /// A world with one key, which its account may use.
    fn new() -> Self {
        let mut world = World::new(Rulebook::current(), parse_instant("2026-06-01").unwrap(), 7);
        world.iam.account_mut(account());
        let root =
            json!({"Effect": "Allow", "Principal": {"AWS": format!("arn:aws:iam::{ACCOUNT}:root")}, "Action": "kms:*", "Resource": "*"});
        let document = json!({"Version": "2012-10-17", "Statement": [root]}).to_string();
        let policy = Policy::from_json(&document, PolicyKind::Key, "key policy").unwrap();
        let id = KeyId::parse(&world.cloud.random.uuid("key")).unwrap();
        let new = NewKey::symmetric(id, account(), Region::default_region(), Arc::new(policy));
        let at = world.kms.add_key(&world.cloud.random, world.cloud.now(), new);
        let key = world.kms.key(at).unwrap().arn.to_string();
        Lab { world, key }
    }

    fn role(&mut self, name: &str) -> Arc<Caller> {
        let statement = json!([{"Effect": "Allow", "Action": "*", "Resource": "*"}]);
        let document = json!({"Version": "2012-10-17", "Statement": statement}).to_string();
        let policy = Policy::from_json(&document, PolicyKind::Identity, "policy").unwrap();
        let identity = Identity { policies: vec![Arc::new(policy)], ..Identity::default() };
        self.world.iam.account_mut(account()).roles.insert(name.into(), identity);
        Arc::new(Caller::direct(Principal::role_session(account(), name, "test"), Region::default_region()))
    }

    #[track_caller]
    fn call(&mut self, caller: &Arc<Caller>, operation: &str, members: Value) -> Value {
        call(&mut self.world, caller, operation, members).unwrap_or_else(|error| panic!("{operation}: {error}"))
    }

    fn wait(&mut self, seconds: u64) {
        self.world.advance(Duration::seconds(i64::try_from(seconds).unwrap()));
    }

    fn billed(&self) -> u64 {
        self.world.cloud.meter.total(RequestClass::Symmetric)
    }
}

/// The requests of a use with these numbers in so many seconds.
fn derived(service: &str, values: &[u64], seconds: u64) -> u64 {
    let rule = ServiceRule::of(service).unwrap();
    let mut all = [0; 8];
    for ((value, field), at) in all.iter_mut().zip(rule.fields).zip(0..) {
        *value = values.get(at).copied().unwrap_or_else(|| field.form.default());
    }
    rule.demand.count(&all, seconds)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, ..ProptestConfig::default() })]

    #[test]
    fn s3(requesters in 1u64..4, buckets in 1u64..3, windows in 1u64..4, puts in 0u64..4, gets in 0u64..5, bucket_key: bool, form in 0u64..3) {
        const HOUR: u64 = 3_600;
        let mut lab = Lab::new();
        for number in 0..buckets {
            let mut bucket = Bucket::new(&format!("bucket-{number}"), account(), Region::default_region(), lab.world.rulebook);
            let sse_algorithm = ["aws:kms", "aws:kms:dsse", "AES256"][usize::try_from(form).unwrap()].to_owned();
            let kms_master_key_id = (form != 2).then(|| lab.key.clone());
            bucket.encryption = DefaultEncryption { sse_algorithm, kms_master_key_id, bucket_key_enabled: bucket_key };
            lab.world.s3.add_bucket(bucket);
        }
        let roles: Vec<_> = (0..requesters).map(|number| lab.role(&format!("Role{number}"))).collect();
        // Somebody wrote an object before, under a bucket key that nobody holds any more.
        let writer = lab.role("Writer");
        for bucket in 0..buckets {
            lab.call(&writer, "s3:PutObject", json!({"Bucket": format!("bucket-{bucket}"), "Key": "old", "Body": "x"}));
        }
        lab.wait(HOUR);
        let before = lab.billed();
        for _ in 0..windows {
            for (role, number) in roles.iter().zip(0u64..) {
                for bucket in (0..buckets).map(|bucket| format!("bucket-{bucket}")) {
                    for _ in 0..puts {
                        lab.call(role, "s3:PutObject", json!({"Bucket": bucket, "Key": format!("new-{number}"), "Body": "x"}));
                    }
                    for _ in 0..gets {
                        let key = if puts > 0 { format!("new-{number}") } else { "old".to_owned() };
                        lab.call(role, "s3:GetObject", json!({"Bucket": bucket, "Key": key}));
                    }
                }
            }
            lab.wait(HOUR);
        }
        let all = requesters * buckets * windows;
        let values = [puts * all, gets * all, 0, requesters, buckets, u64::from(bucket_key), HOUR, form];
        prop_assert_eq!(lab.billed() - before, derived("s3", &values, windows * HOUR));
    }

    /// The published formula is exact for one producer, and for several without a consumer: whoever receives decrypts
    /// under each producer's data key.
    #[test]
    fn sqs(producers in 0u64..4, consumers in 0u64..4, periods in 1u64..5, each in 1u64..4, reuse in prop::sample::select(vec![60u64, 300, 3_600])) {
        prop_assume!(producers < 2 || consumers == 0);
        // Without messages nobody receives anything.
        prop_assume!(producers > 0 || consumers == 0);
        let mut lab = Lab::new();
        let owner = lab.role("Owner");
        let attributes = json!({"KmsMasterKeyId": lab.key, "KmsDataKeyReusePeriodSeconds": reuse.to_string()});
        lab.call(&owner, "sqs:CreateQueue", json!({"QueueName": "jobs", "Attributes": attributes}));
        let url = format!("https://sqs.us-east-1.amazonaws.com/{ACCOUNT}/jobs");
        let sending: Vec<_> = (0..producers).map(|number| lab.role(&format!("Producer{number}"))).collect();
        let receiving: Vec<_> = (0..consumers).map(|number| lab.role(&format!("Consumer{number}"))).collect();
        for _ in 0..periods {
            for _ in 0..each {
                for role in &sending {
                    lab.call(role, "sqs:SendMessage", json!({"QueueUrl": url, "MessageBody": "x"}));
                }
            }
            let mut received = Value::Null;
            for role in &receiving {
                received = lab.call(role, "sqs:ReceiveMessage", json!({"QueueUrl": url, "MaxNumberOfMessages": 10}));
            }
            // What was received is gone when the next period begins, or it would be decrypted again.
            for message in received["Messages"].as_array().into_iter().flatten() {
                let members = json!({"QueueUrl": url, "ReceiptHandle": message["ReceiptHandle"]});
                lab.call(&receiving[0], "sqs:DeleteMessage", members);
            }
            lab.wait(reuse);
        }
        prop_assert_eq!(lab.billed(), derived("sqs", &[1, producers, consumers, reuse], periods * reuse));
    }

    #[test]
    fn ebs(created in 0u64..4, attached in 0u64..4, detached in 0u64..4, snapshots in 0u64..3) {
        let (attached, snapshots) = (attached.min(created), if created > 0 { snapshots } else { 0 });
        let detached = detached.min(attached);
        let mut lab = Lab::new();
        let role = lab.role("Ops");
        let launched = lab.call(&role, "ec2:RunInstances", json!({"ImageId": "ami-12345678", "InstanceType": "t3.micro", "MinCount": 1, "MaxCount": 1}));
        let instance = launched["Instances"][0]["InstanceId"].clone();
        lab.wait(600);
        let before = lab.billed();
        let mut volumes = Vec::new();
        for _ in 0..created {
            let members = json!({"AvailabilityZone": "us-east-1a", "Size": 8, "Encrypted": true, "KmsKeyId": lab.key});
            volumes.push(lab.call(&role, "ec2:CreateVolume", members)["VolumeId"].clone());
        }
        lab.wait(600);
        for _ in 0..snapshots {
            lab.call(&role, "ec2:CreateSnapshot", json!({"VolumeId": volumes[0]}));
        }
        lab.wait(600);
        for volume in volumes.iter().take(usize::try_from(attached).unwrap()) {
            lab.call(&role, "ec2:AttachVolume", json!({"VolumeId": volume, "InstanceId": instance}));
            lab.wait(600);
        }
        for volume in volumes.iter().take(usize::try_from(detached).unwrap()) {
            lab.call(&role, "ec2:DetachVolume", json!({"VolumeId": volume}));
            lab.wait(600);
        }
        prop_assert_eq!(lab.billed() - before, derived("ebs", &[created, attached, detached, snapshots], 3_600));
    }

    #[test]
    fn rds(instances in 0u64..3, starts in 0u64..3, multi_az: bool) {
        let starts = if instances > 0 { starts } else { 0 };
        let mut lab = Lab::new();
        let role = lab.role("Ops");
        for number in 0..instances {
            let members = json!({
                "DBInstanceIdentifier": format!("db-{number}"), "DBInstanceClass": "db.m5.large", "Engine": "mysql", "AllocatedStorage": 20,
                "StorageEncrypted": true, "KmsKeyId": lab.key, "MultiAZ": multi_az,
            });
            lab.call(&role, "rds:CreateDBInstance", members);
        }
        lab.wait(3_600);
        for _ in 0..starts {
            lab.call(&role, "rds:StopDBInstance", json!({"DBInstanceIdentifier": "db-0"}));
            lab.wait(3_600);
            lab.call(&role, "rds:StartDBInstance", json!({"DBInstanceIdentifier": "db-0"}));
            lab.wait(3_600);
        }
        prop_assert_eq!(lab.billed(), derived("rds", &[instances, starts, u64::from(multi_az)], 3_600));
    }

    #[test]
    fn logs(groups in 1u64..4, periods in 1u64..5, each in 1u64..4) {
        let mut lab = Lab::new();
        let role = lab.role("Ops");
        let service = json!({"Effect": "Allow", "Principal": {"Service": "logs.us-east-1.amazonaws.com"}, "Action": ["kms:Encrypt*", "kms:Decrypt*", "kms:ReEncrypt*", "kms:GenerateDataKey*", "kms:Describe*"], "Resource": "*"});
        let root = json!({"Effect": "Allow", "Principal": {"AWS": format!("arn:aws:iam::{ACCOUNT}:root")}, "Action": "kms:*", "Resource": "*"});
        let policy = json!({"Version": "2012-10-17", "Statement": [root, service]}).to_string();
        let request = Request::from_json(Operation::PutKeyPolicy, &json!({"KeyId": lab.key, "Policy": policy, "PolicyName": "default"})).unwrap();
        lab.world.kms(&role, &request).unwrap();
        for group in 0..groups {
            lab.call(&role, "logs:CreateLogGroup", json!({"logGroupName": format!("group-{group}"), "kmsKeyId": lab.key}));
        }
        lab.wait(300);
        let before = lab.billed();
        for _ in 0..periods {
            for group in 0..groups {
                for _ in 0..each {
                    let members = json!({"logGroupName": format!("group-{group}"), "logStreamName": "s", "logEvents": [{"message": "hello"}]});
                    lab.call(&role, "logs:PutLogEvents", members);
                }
            }
            lab.wait(300);
        }
        prop_assert_eq!(lab.billed() - before, derived("logs", &[groups, 5 * groups * periods * each], periods * 300));
    }

    #[test]
    fn kms_with_a_cache(clients in 1u64..3, periods in 1u64..4, each in 1u64..6, most in 1u64..6) {
        // Each client sends `each` messages in each period, and keeps a data key for a period or `most` messages.
        prop_assume!(most >= each || each % most == 0);
        let mut lab = Lab::new();
        let role = lab.role("App");
        for _ in 0..periods {
            for _ in 0..clients {
                let mut served = most;
                for _ in 0..each {
                    if served == most {
                        let members = json!({"KeyId": lab.key, "KeySpec": "AES_256"});
                        let request = Request::from_json(Operation::GenerateDataKey, &members).unwrap();
                        lab.world.kms(&role, &request).unwrap();
                        served = 0;
                    }
                    served += 1;
                }
            }
            lab.wait(300);
        }
        let values = [clients * periods * each, most, 300, clients];
        prop_assert_eq!(lab.billed(), derived("kms", &values, periods * 300));
    }
}
