use crate::cloud::{AccountId, ApiError, Caller, Duration, Principal, Region, parse_instant};
use crate::iam::{Identity, Policy, PolicyKind};
use crate::kms::{KeyId, KeyRef, NewKey};
use crate::rulebook::Rulebook;
use crate::services::ec2::{NewInstance, NewSnapshot, NewVolume, add_instance, add_snapshot, add_volume};
use crate::services::{State, World, call};
use serde_json::{Value, json};
use std::sync::Arc;

fn account(digit: char) -> AccountId {
    AccountId::parse(&digit.to_string().repeat(12)).unwrap()
}

fn region(code: &str) -> Region {
    Region::parse(code).unwrap()
}

fn east() -> Region {
    region("us-east-1")
}

const SHARED: [&str; 5] = ["kms:DescribeKey", "kms:ReEncrypt*", "kms:GenerateDataKey*", "kms:Decrypt", "kms:CreateGrant"];

struct Lab {
    world: World,
    snapshot: Arc<str>,
    a_key: Arc<str>,
    b_key: Arc<str>,
    a: Arc<Caller>,
    b: Arc<Caller>,
}

fn role(world: &mut World, account: AccountId, name: &str, statements: &Value) -> Arc<Caller> {
    let document = json!({"Version": "2012-10-17", "Statement": statements}).to_string();
    let policy = Policy::from_json(&document, PolicyKind::Identity, "inline policy").unwrap();
    let identity = Identity { policies: vec![Arc::new(policy)], ..Identity::default() };
    world.iam.account_mut(account).roles.insert(name.into(), identity);
    Arc::new(Caller::direct(Principal::role_session(account, name, "test"), east()))
}

fn policy_of(owner: AccountId, more: &[Value]) -> Value {
    let root = format!("arn:aws:iam::{owner}:root");
    let mut statements = vec![json!({"Effect": "Allow", "Principal": {"AWS": root}, "Action": "kms:*", "Resource": "*"})];
    statements.extend_from_slice(more);
    json!({"Version": "2012-10-17", "Statement": statements})
}

fn key(world: &mut World, number: u128, owner: AccountId, region: Region, more: &[Value]) -> (KeyRef, Arc<str>) {
    let policy = Policy::from_json(&policy_of(owner, more).to_string(), PolicyKind::Key, "key policy").unwrap();
    let new = NewKey::symmetric(KeyId::from_bits(number, false), owner, region, Arc::new(policy));
    let at = world.kms.add_key(&world.cloud.random, world.cloud.now(), new);
    let arn = Arc::clone(&world.kms.key(at).unwrap().arn);
    (at, arn)
}

/// B's root may do this with A's key.
fn admits_b(actions: &[&str]) -> Vec<Value> {
    let principal = json!({"AWS": format!("arn:aws:iam::{}:root", account('2'))});
    let (grant, use_): (Vec<&str>, Vec<&str>) = actions.iter().partition(|action| **action == "kms:CreateGrant");
    let mut statements = vec![json!({"Effect": "Allow", "Principal": principal, "Action": use_, "Resource": "*"})];
    if !grant.is_empty() {
        let condition = json!({"Bool": {"kms:GrantIsForAWSResource": "true"}});
        statements.push(json!({"Effect": "Allow", "Principal": principal, "Action": grant, "Resource": "*", "Condition": condition}));
    }
    statements
}

/// Account A with an encrypted snapshot shared with account B, whose role has `b_actions` on every key.
fn lab(sharing: &[&str], b_actions: &[&str]) -> Lab {
    let (a_account, b_account) = (account('1'), account('2'));
    let mut world = World::new(Rulebook::current(), parse_instant("2026-11-01").unwrap(), 7);
    let (at, a_key) = key(&mut world, 1, a_account, east(), &admits_b(sharing));
    let (_, b_key) = key(&mut world, 2, b_account, east(), &[]);
    let a = role(&mut world, a_account, "Backup", &json!([{"Effect": "Allow", "Action": ["ec2:*", "kms:*"], "Resource": "*"}]));
    let b = role(
        &mut world,
        b_account,
        "Restore",
        &json!([{"Effect": "Allow", "Action": "ec2:*", "Resource": "*"}, {"Effect": "Allow", "Action": b_actions, "Resource": "*"}]),
    );
    let new = NewSnapshot {
        name: "nightly",
        account: a_account,
        region: east(),
        size_gib: 100,
        key: Some(at),
        shared_with: &[b_account],
        public: false,
    };
    let snapshot = add_snapshot(&mut world, &new).unwrap();
    Lab { world, snapshot, a_key, b_key, a, b }
}

impl Lab {
    #[track_caller]
    fn b(&mut self, operation: &str, members: Value) -> Value {
        let caller = Arc::clone(&self.b);
        call(&mut self.world, &caller, operation, members).unwrap()
    }

    fn a(&mut self, operation: &str, members: Value) -> Result<Value, ApiError> {
        let caller = Arc::clone(&self.a);
        call(&mut self.world, &caller, operation, members)
    }

    fn wait(&mut self) {
        self.world.advance(Duration::minutes(1));
    }

    fn state(&self, path: &str) -> State {
        self.world.state(path).unwrap()
    }

    #[track_caller]
    fn is(&self, path: &str, expected: &str) {
        let state = self.state(path);
        assert_eq!(state.value, json!(expected), "{path}: {:?}", state.cause);
    }

    /// B's volume, from the shared snapshot under this key.
    fn volume(&mut self, key: &str) -> String {
        let members = json!({"SnapshotId": &*self.snapshot, "AvailabilityZone": "us-east-1a", "Encrypted": true, "KmsKeyId": key});
        let id = id(&self.b("ec2:CreateVolume", members), "VolumeId");
        self.wait();
        id
    }

    fn launch(&mut self, volume: &str) -> String {
        let made = self.b("ec2:RunInstances", json!({"VolumeIds": [volume]}));
        self.wait();
        made.pointer("/Instances/0/InstanceId").unwrap().as_str().unwrap().to_owned()
    }

    fn calls(&self, since: usize) -> Vec<String> {
        let events = self.world.cloud.trail.events().iter().skip(since);
        events.filter(|event| event.source == "kms.amazonaws.com").map(|event| event.name.to_owned()).collect()
    }
}

fn id(answer: &Value, member: &str) -> String {
    answer[member].as_str().unwrap().to_owned()
}

#[test]
fn a_shared_snapshot_restores_runs_and_outlives_the_share_under_the_own_key() {
    let mut lab = lab(&SHARED, &SHARED);
    let key = lab.b_key.to_string();
    let members = json!({"SourceRegion": "us-east-1", "SourceSnapshotId": &*lab.snapshot, "Encrypted": true, "KmsKeyId": key});
    let copy = id(&lab.b("ec2:CopySnapshot", members), "SnapshotId");
    lab.is(&format!("ebs.snapshots.{copy}"), "pending");
    lab.wait();
    lab.is(&format!("ebs.snapshots.{copy}"), "completed");
    lab.is(&format!("ebs.snapshots.{copy}#kms_key"), &key);
    let volume = id(&lab.b("ec2:CreateVolume", json!({"SnapshotId": copy, "AvailabilityZone": "us-east-1a"})), "VolumeId");
    lab.wait();
    lab.is(&format!("ebs.volumes.{volume}#kms_key"), &key);
    let instance = lab.launch(&volume);
    lab.is(&format!("ec2.instances.{instance}"), "running");
    assert!(independence(&mut lab, &instance));
}

/// A stopped instance of B starts after A took B out of the key policy.
fn independence(lab: &mut Lab, instance: &str) -> bool {
    lab.b("ec2:StopInstances", json!({"InstanceIds": [instance]}));
    let policy = policy_of(account('1'), &[]).to_string();
    let key = lab.a_key.to_string();
    lab.a("kms:PutKeyPolicy", json!({"KeyId": key, "Policy": policy})).unwrap();
    lab.b("ec2:StartInstances", json!({"InstanceIds": [instance]}));
    lab.wait();
    lab.state(&format!("ec2.instances.{instance}")).value == "running"
}

#[test]
fn a_volume_under_the_own_key_outlives_the_share_and_one_under_the_foreign_key_does_not() {
    let mut own = lab(&SHARED, &SHARED);
    let key = own.b_key.to_string();
    let volume = own.volume(&key);
    let instance = own.launch(&volume);
    assert!(independence(&mut own, &instance));

    let mut foreign = lab(&SHARED, &SHARED);
    let key = foreign.a_key.to_string();
    let volume = foreign.volume(&key);
    let instance = foreign.launch(&volume);
    foreign.is(&format!("ec2.instances.{instance}"), "running");
    assert!(!independence(&mut foreign, &instance));
    foreign.is(&format!("ec2.instances.{instance}"), "stopped");
    foreign.is(&format!("ec2.instances.{instance}#state_reason"), "Client.InvalidKMSKey.InvalidState");
    assert!(foreign.state(&format!("ec2.instances.{instance}")).cause.is_some());
}

#[test]
fn the_guides_three_actions_are_too_few_for_a_copy_and_for_a_volume() {
    let three = ["kms:Decrypt", "kms:GenerateDataKey", "kms:CreateGrant"];
    for sharing in [&three[..], &["kms:DescribeKey", "kms:Decrypt", "kms:GenerateDataKey", "kms:CreateGrant"]] {
        let mut lab = lab(sharing, &SHARED);
        let key = lab.b_key.to_string();
        let members = json!({"SourceRegion": "us-east-1", "SourceSnapshotId": &*lab.snapshot, "Encrypted": true, "KmsKeyId": key});
        let copy = id(&lab.b("ec2:CopySnapshot", members), "SnapshotId");
        let volumes = [lab.a_key.to_string(), key].map(|key| lab.volume(&key));
        lab.is(&format!("ebs.snapshots.{copy}"), "error");
        lab.is(&format!("ebs.snapshots.{copy}#state_message"), "Given key ID is not accessible");
        assert!(lab.state(&format!("ebs.snapshots.{copy}")).cause.is_some());
        for volume in volumes {
            lab.is(&format!("ebs.volumes.{volume}"), "error");
        }
    }
}

#[test]
fn a_key_policy_without_an_identity_policy_is_half_of_the_way() {
    let mut lab = lab(&SHARED, &["kms:ListAliases"]);
    let members = json!({"SourceRegion": "us-east-1", "SourceSnapshotId": &*lab.snapshot});
    let copy = id(&lab.b("ec2:CopySnapshot", members), "SnapshotId");
    lab.wait();
    lab.is(&format!("ebs.snapshots.{copy}#state_message"), "Given key ID is not accessible");
}

#[test]
fn without_create_grant_the_volume_is_made_and_the_attachment_fails() {
    let without = &SHARED[..4];
    for (sharing, b_actions) in [(without, &SHARED[..]), (&SHARED[..], without), (without, without)] {
        let mut lab = lab(sharing, b_actions);
        for key in [lab.a_key.to_string(), lab.b_key.to_string()] {
            let volume = lab.volume(&key);
            lab.is(&format!("ebs.volumes.{volume}"), "available");
            let instance = lab.launch(&volume);
            lab.is(&format!("ec2.instances.{instance}"), "terminated");
            lab.is(&format!("ec2.instances.{instance}#state_reason"), "Client.InvalidKMSKey.InvalidState");
            assert!(lab.state(&format!("ec2.instances.{instance}")).cause.is_some());
            lab.is(&format!("ebs.volumes.{volume}"), "available");
        }
    }
}

#[test]
fn sharing_looks_at_the_kind_of_key_and_at_the_audience() {
    let mut lab = lab(&SHARED, &SHARED);
    let add = |who: Value| json!({"Add": [who]});
    let snapshot = lab.snapshot.to_string();
    let public =
        lab.a("ec2:ModifySnapshotAttribute", json!({"SnapshotId": snapshot, "CreateVolumePermission": add(json!({"Group": "all"}))}));
    assert_eq!(public.unwrap_err().code, "OperationNotPermitted");
    let account = json!({"UserId": account('3')});
    lab.a("ec2:ModifySnapshotAttribute", json!({"SnapshotId": snapshot, "CreateVolumePermission": add(account.clone())})).unwrap();

    let copy = lab.a("ec2:CopySnapshot", json!({"SourceRegion": "us-east-1", "SourceSnapshotId": snapshot})).unwrap();
    lab.wait();
    let copy = id(&copy, "SnapshotId");
    lab.is(&format!("ebs.snapshots.{copy}"), "completed");
    let default = lab.a("ec2:ModifySnapshotAttribute", json!({"SnapshotId": copy, "CreateVolumePermission": add(account)})).unwrap_err();
    assert_eq!((default.code.as_ref(), default.message.contains("default key cannot be shared")), ("OperationNotPermitted", true));
}

#[test]
fn the_kms_calls_of_each_case_are_those_that_are_published() {
    let mut lab = lab(&SHARED, &SHARED);
    let key = lab.b_key.to_string();
    let empty = json!({"AvailabilityZone": "us-east-1a", "Size": 8, "Encrypted": true, "KmsKeyId": key});
    let before = lab.world.cloud.trail.len();
    let volume = id(&lab.b("ec2:CreateVolume", empty), "VolumeId");
    assert_eq!(lab.calls(before), Vec::<String>::new(), "the key is looked at after the call");
    lab.wait();
    assert_eq!(lab.calls(before), ["DescribeKey", "GenerateDataKeyWithoutPlaintext"]);

    let before = lab.world.cloud.trail.len();
    let snapshot = id(&lab.b("ec2:CreateSnapshot", json!({"VolumeId": volume})), "SnapshotId");
    lab.wait();
    assert_eq!(lab.calls(before), Vec::<String>::new());
    let same = id(&lab.b("ec2:CreateVolume", json!({"SnapshotId": snapshot, "AvailabilityZone": "us-east-1a"})), "VolumeId");
    lab.wait();
    assert_eq!(lab.calls(before), ["GenerateDataKeyWithoutPlaintext"]);

    let before = lab.world.cloud.trail.len();
    let instance = lab.launch(&same);
    assert_eq!(lab.calls(before), ["CreateGrant", "Decrypt"]);
    let events = lab.world.cloud.trail.events();
    let decrypt = events.iter().rfind(|event| event.name == "Decrypt").unwrap().to_json();
    assert_eq!(decrypt["requestParameters"]["encryptionContext"]["aws:ebs:id"], json!(same));
    let infrastructure = format!("arn:aws:sts::222222222222:assumed-role/aws:ec2-infrastructure/{instance}");
    assert_eq!(decrypt["userIdentity"]["arn"], json!(infrastructure));

    let before = lab.world.cloud.trail.len();
    lab.volume(&key);
    let shared = ["DescribeKey", "DescribeKey", "CreateGrant", "ReEncrypt", "GenerateDataKeyWithoutPlaintext", "RetireGrant"];
    assert_eq!(lab.calls(before), shared);
}

#[test]
fn the_carried_data_key_is_the_snapshots_under_the_new_key() {
    let mut lab = lab(&SHARED, &SHARED);
    let key = lab.b_key.to_string();
    let volume = lab.volume(&key);
    let open = |lab: &mut Lab, data: super::DataKey, caller: Arc<Caller>| {
        let blob = serde_json::to_value(crate::kms::Blob(data.blob)).unwrap();
        let members = json!({"CiphertextBlob": blob, "EncryptionContext": {"aws:ebs:id": &*data.context_id}});
        call(&mut lab.world, &caller, "kms:Decrypt", members).unwrap()
    };
    let carried = lab.world.ec2.volume(&volume).unwrap().encryption.clone().unwrap().carried.unwrap();
    let held = lab.world.ec2.snapshot(&lab.snapshot).unwrap().encryption.clone().unwrap().data_key.unwrap();
    let (a, b) = (Arc::clone(&lab.a), Arc::clone(&lab.b));
    let (mine, theirs) = (open(&mut lab, carried, b), open(&mut lab, held, a));
    assert_eq!(mine["Plaintext"], theirs["Plaintext"]);
    assert_eq!((mine["KeyId"].as_str(), theirs["KeyId"].as_str()), (Some(&*lab.b_key), Some(&*lab.a_key)));
}

#[test]
fn a_copy_to_another_region_needs_a_key_of_that_region() {
    let mut lab = lab(&SHARED, &SHARED);
    let west = region("us-west-2");
    let (_, west_key) = key(&mut lab.world, 3, account('1'), west, &[]);
    let there = Arc::new(Caller::direct(lab.a.principal.clone(), west));
    let east_key = lab.a_key.to_string();
    let mut copy = |key: &str| {
        let members = json!({"SourceRegion": "us-east-1", "SourceSnapshotId": &*lab.snapshot, "Encrypted": true, "KmsKeyId": key});
        id(&call(&mut lab.world, &there, "ec2:CopySnapshot", members).unwrap(), "SnapshotId")
    };
    let (right, wrong) = (copy(&west_key), copy(&east_key));
    lab.wait();
    lab.is(&format!("ebs.snapshots.{right}"), "completed");
    lab.is(&format!("ebs.snapshots.{right}#region"), "us-west-2");
    lab.is(&format!("ebs.snapshots.{wrong}#state_message"), "Given key ID is not accessible");
}

#[test]
fn nothing_decrypts_a_copy_and_a_key_asks_for_encrypted() {
    let mut lab = lab(&SHARED, &SHARED);
    let source = json!({"SourceRegion": "us-east-1", "SourceSnapshotId": &*lab.snapshot, "Encrypted": false});
    assert_eq!(lab.a("ec2:CopySnapshot", source).unwrap_err().code, "InvalidParameterValue");
    let key = json!({"SourceRegion": "us-east-1", "SourceSnapshotId": &*lab.snapshot, "KmsKeyId": &*lab.a_key});
    assert_eq!(lab.a("ec2:CopySnapshot", key).unwrap_err().code, "InvalidParameterDependency");
    let modify = json!({"VolumeId": "vol-1", "Encrypted": true});
    assert_eq!(lab.a("ec2:CreateSnapshot", modify).unwrap_err().code, "UnknownParameter");
}

#[test]
fn encryption_by_default_is_per_region_and_not_retroactive() {
    let mut lab = lab(&SHARED, &SHARED);
    let plain = json!({"AvailabilityZone": "us-east-1a", "Size": 8});
    let before = id(&lab.a("ec2:CreateVolume", plain.clone()).unwrap(), "VolumeId");
    lab.a("ec2:EnableEbsEncryptionByDefault", json!({})).unwrap();
    let key = lab.a_key.to_string();
    assert_eq!(lab.a("ec2:ModifyEbsDefaultKmsKeyId", json!({"KmsKeyId": key})).unwrap()["KmsKeyId"], json!(key));
    let after = id(&lab.a("ec2:CreateVolume", plain.clone()).unwrap(), "VolumeId");
    let west = Arc::new(Caller::direct(lab.a.principal.clone(), region("us-west-2")));
    let elsewhere = json!({"AvailabilityZone": "us-west-2a", "Size": 8});
    let elsewhere = id(&call(&mut lab.world, &west, "ec2:CreateVolume", elsewhere).unwrap(), "VolumeId");
    lab.wait();
    let encrypted = |volume: &str| lab.state(&format!("ebs.volumes.{volume}#encrypted")).value;
    assert_eq!([encrypted(&before), encrypted(&after), encrypted(&elsewhere)], [json!(false), json!(true), json!(false)]);
    lab.is(&format!("ebs.volumes.{after}#kms_key"), &key);
    lab.a("kms:DisableKey", json!({"KeyId": key})).unwrap();
    let launch = lab.a("ec2:RunInstances", json!({"BlockDeviceMappings": [{"Ebs": {"VolumeSize": 8}}]})).unwrap();
    lab.wait();
    let instance = launch.pointer("/Instances/0/InstanceId").unwrap().as_str().unwrap().to_owned();
    lab.is(&format!("ec2.instances.{instance}"), "terminated");
}

#[test]
fn a_disabled_key_is_missed_at_the_next_start_and_not_before() {
    let mut lab = lab(&SHARED, &SHARED);
    let at = lab.world.find_key(&lab.a_key, account('1'), east()).unwrap();
    let new = NewVolume { name: "data", account: account('1'), region: east(), size_gib: 8, key: Some(at) };
    let volume = add_volume(&mut lab.world, &new).unwrap();
    let new = NewInstance { name: "app", account: account('1'), region: east(), running: true, volumes: std::slice::from_ref(&volume) };
    let instance = add_instance(&mut lab.world, &new);
    let (path, key) = (format!("ec2.instances.{instance}"), lab.a_key.to_string());
    lab.a("kms:DisableKey", json!({"KeyId": key})).unwrap();
    lab.world.advance(Duration::days(30));
    lab.is(&path, "running");
    for (name, expected) in [("kms:DisableKey", "stopped"), ("kms:EnableKey", "running")] {
        lab.a(name, json!({"KeyId": key})).unwrap();
        drop(lab.a("ec2:StopInstances", json!({"InstanceIds": [&*instance]})));
        lab.a("ec2:StartInstances", json!({"InstanceIds": [&*instance]})).unwrap();
        lab.wait();
        lab.is(&path, expected);
    }
}

#[test]
fn detaching_retires_the_grant_and_a_stopped_instance_takes_volumes_without_kms() {
    let mut lab = lab(&SHARED, &SHARED);
    let key = lab.b_key.to_string();
    let volume = lab.volume(&key);
    let instance = lab.launch(&volume);
    let grants = |lab: &Lab| lab.state(&format!("kms.keys.{}#grants", lab.b_key)).value;
    assert_eq!(grants(&lab), json!(1));
    lab.b("ec2:DetachVolume", json!({"VolumeId": volume}));
    assert_eq!(grants(&lab), json!(0));
    lab.b("ec2:StopInstances", json!({"InstanceIds": [instance]}));
    let before = lab.world.cloud.trail.len();
    lab.b("ec2:AttachVolume", json!({"VolumeId": volume, "InstanceId": instance, "Device": "/dev/sdf"}));
    lab.wait();
    assert_eq!(lab.calls(before), Vec::<String>::new());
    lab.is(&format!("ebs.volumes.{volume}"), "in-use");
}

#[test]
fn a_failed_attachment_leaves_the_volume_available_with_its_cause() {
    let mut lab = lab(&SHARED, &SHARED);
    let key = lab.b_key.to_string();
    let (first, second) = (lab.volume(&key), lab.volume(&key));
    let instance = lab.launch(&first);
    let b = Arc::clone(&lab.b);
    let disable = call(&mut lab.world, &b, "kms:DisableKey", json!({"KeyId": key}));
    assert_eq!(disable.unwrap_err().code, "AccessDeniedException");
    let root = Arc::new(Caller::direct(Principal::root(account('2')), east()));
    call(&mut lab.world, &root, "kms:ScheduleKeyDeletion", json!({"KeyId": key})).unwrap();
    lab.b("ec2:AttachVolume", json!({"VolumeId": second, "InstanceId": instance}));
    lab.wait();
    lab.is(&format!("ebs.volumes.{second}"), "available");
    assert!(lab.state(&format!("ebs.volumes.{second}")).cause.is_some());
    lab.is(&format!("ec2.instances.{instance}"), "running");
}

#[test]
fn calls_without_ec2_permission_or_on_foreign_resources_are_refused() {
    let mut lab = lab(&SHARED, &SHARED);
    let guest =
        role(&mut lab.world, account('2'), "Guest", &json!([{"Effect": "Allow", "Action": "ec2:DescribeVolumes", "Resource": "*"}]));
    let members = json!({"SnapshotId": &*lab.snapshot, "AvailabilityZone": "us-east-1a"});
    let denied = call(&mut lab.world, &guest, "ec2:CreateVolume", members).unwrap_err();
    assert_eq!((denied.code.as_ref(), denied.http_status), ("UnauthorizedOperation", 403));
    let remove = json!({"SnapshotId": &*lab.snapshot, "CreateVolumePermission": {"Remove": [{"UserId": account('2')}]}});
    lab.a("ec2:ModifySnapshotAttribute", remove).unwrap();
    let b = Arc::clone(&lab.b);
    let members = json!({"SnapshotId": &*lab.snapshot, "AvailabilityZone": "us-east-1a"});
    let gone = call(&mut lab.world, &b, "ec2:CreateVolume", members).unwrap_err();
    assert_eq!(gone.code, "InvalidSnapshot.NotFound");
    let why = gone.reason.unwrap().headline.clone();
    assert_eq!(why, "account 111111111111 owns it and has not shared it with account 222222222222");
}
