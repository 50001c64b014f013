use crate::cloud::{AccountId, ApiError, Caller, Duration, Principal, Region, parse_instant};
use crate::iam::{Identity, Policy, PolicyKind};
use crate::kms::{KeyId, KeyRef, NewKey};
use crate::rulebook::Rulebook;
use crate::services::rds::{NewDbInstance, add_instance};
use crate::services::{State, World, call};
use serde_json::{Value, json};
use std::sync::Arc;

fn account(digit: char) -> AccountId {
    AccountId::parse(&digit.to_string().repeat(12)).unwrap()
}

fn region(code: &str) -> Region {
    Region::parse(code).unwrap()
}

struct Lab {
    world: World,
    east: Arc<str>,
    east_at: KeyRef,
    west: Arc<str>,
    dba: Principal,
}

fn policy(account: AccountId, kind: PolicyKind, statements: &Value) -> Policy {
    let mut all = statements.as_array().unwrap().clone();
    if kind == PolicyKind::Key {
        let root = format!("arn:aws:iam::{account}:root");
        all.push(json!({"Effect": "Allow", "Principal": {"AWS": root}, "Action": "kms:*", "Resource": "*"}));
    }
    Policy::from_json(&json!({"Version": "2012-10-17", "Statement": all}).to_string(), kind, "policy").unwrap()
}

fn key(world: &mut World, number: u128, owner: AccountId, code: &str, statements: &Value) -> (KeyRef, Arc<str>) {
    let new = NewKey::symmetric(KeyId::from_bits(number, false), owner, region(code), Arc::new(policy(owner, PolicyKind::Key, statements)));
    let at = world.kms.add_key(&world.cloud.random, world.cloud.now(), new);
    let arn = Arc::clone(&world.kms.key(at).unwrap().arn);
    (at, arn)
}

fn role(world: &mut World, account: AccountId, name: &str, kms: &[&str]) -> Principal {
    let statements = json!([{"Effect": "Allow", "Action": "rds:*", "Resource": "*"}, {"Effect": "Allow", "Action": kms, "Resource": "*"}]);
    let policy = policy(account, PolicyKind::Identity, &statements);
    let identity = Identity { policies: vec![Arc::new(policy)], ..Identity::default() };
    world.iam.account_mut(account).roles.insert(name.into(), identity);
    Principal::role_session(account, name, "test")
}

const NEEDED: [&str; 2] = ["kms:DescribeKey", "kms:CreateGrant"];

fn lab_under(rulebook: Rulebook, kms: &[&str]) -> Lab {
    let owner = account('1');
    let mut world = World::new(rulebook, parse_instant("2026-11-01T09:00:00Z").unwrap(), 7);
    let (east_at, east) = key(&mut world, 1, owner, "us-east-1", &json!([]));
    let (_, west) = key(&mut world, 2, owner, "us-west-2", &json!([]));
    let dba = role(&mut world, owner, "Dba", kms);
    Lab { world, east, east_at, west, dba }
}

fn lab(kms: &[&str]) -> Lab {
    lab_under(Rulebook::current(), kms)
}

impl Lab {
    fn at(&mut self, code: &str, operation: &str, members: Value) -> Result<Value, ApiError> {
        let caller = Arc::new(Caller::direct(self.dba.clone(), region(code)));
        call(&mut self.world, &caller, operation, members)
    }

    fn east(&mut self, operation: &str, members: Value) -> Result<Value, ApiError> {
        self.at("us-east-1", operation, members)
    }

    fn root(&mut self, operation: &str, members: Value) {
        let caller = Arc::new(Caller::direct(Principal::root(account('1')), region("us-east-1")));
        call(&mut self.world, &caller, operation, members).unwrap();
    }

    /// `orders`, Multi-AZ and encrypted under the key of us-east-1.
    fn create(&mut self) -> Result<String, ApiError> {
        let key = self.east.to_string();
        let made = self.east(
            "rds:CreateDBInstance",
            json!({
                "DBInstanceIdentifier": "orders", "Engine": "mysql", "DBInstanceClass": "db.m6g.large", "MultiAZ": true,
                "StorageEncrypted": true, "KmsKeyId": key, "MasterUserPassword": "secret",
            }),
        )?;
        Ok(made.pointer("/DBInstance/DBInstanceArn").unwrap().as_str().unwrap().to_owned())
    }

    fn replica(&mut self, source: &str, key: Option<&str>) -> Result<Value, ApiError> {
        let mut members = json!({"DBInstanceIdentifier": "orders-west", "SourceDBInstanceIdentifier": source});
        if let Some(key) = key {
            members["KmsKeyId"] = json!(key);
        }
        self.at("us-west-2", "rds:CreateDBInstanceReadReplica", members)
    }

    fn state(&self, path: &str) -> State {
        self.world.state(path).unwrap()
    }

    #[track_caller]
    fn is(&self, path: &str, expected: impl Into<Value>) {
        assert_eq!(self.state(path).value, expected.into(), "{path}");
    }
}

#[test]
fn create_fail_over_replicate_promote_with_two_kms_permissions() {
    let mut lab = lab(&NEEDED);
    let (east, west) = (lab.east.to_string(), lab.west.to_string());
    let arn = lab.create().unwrap();
    lab.is("rds.instances.orders", "available");
    lab.is("rds.instances.orders#encrypted", true);
    lab.is("rds.instances.orders#az", "us-east-1a");
    lab.east("rds:RebootDBInstance", json!({"DBInstanceIdentifier": "orders", "ForceFailover": true})).unwrap();
    lab.is("rds.instances.orders#az", "us-east-1b");
    lab.is("rds.instances.orders#kms_key", east.as_str());
    lab.replica(&arn, Some(&west)).unwrap();
    lab.is("rds.instances.orders-west#kms_key", west.as_str());
    lab.is("rds.instances.orders-west#region", "us-west-2");
    lab.is("rds.instances.orders-west#replica_of", arn.as_str());
    lab.at("us-west-2", "rds:PromoteReadReplica", json!({"DBInstanceIdentifier": "orders-west"})).unwrap();
    lab.is("rds.instances.orders-west#replica_of", Value::Null);
    let alone =
        lab.at("us-west-2", "rds:RebootDBInstance", json!({"DBInstanceIdentifier": "orders-west", "ForceFailover": true})).unwrap_err();
    assert_eq!(alone.code, "InvalidParameterCombination");
    assert!(alone.reason.unwrap().headline.contains("no standby"));

    let kms: Vec<&str> =
        lab.world.cloud.trail.events().iter().filter(|event| event.source == "kms.amazonaws.com").map(|event| event.name).collect();
    let volume = ["GenerateDataKeyWithoutPlaintext", "Decrypt"];
    let look = ["DescribeKey", "CreateGrant"];
    assert_eq!(kms, [&look[..], &volume, &volume, &look, &volume].concat());
    let created = lab.world.cloud.trail.events().iter().find(|event| event.name == "CreateDBInstance").unwrap().to_json();
    assert_eq!(created["requestParameters"]["masterUserPassword"], json!("****"));
}

#[test]
fn the_data_key_is_bound_to_database_and_volume_and_closed_to_the_caller() {
    let mut lab = lab(&NEEDED);
    lab.create().unwrap();
    let volume = lab.world.rds.instance("orders").unwrap().encryption.clone().unwrap().volumes[0].clone();
    let keys: Vec<&str> = volume.context.keys().map(String::as_str).collect();
    assert_eq!(keys, ["aws:ebs:id", "aws:rds:db-id"]);
    let blob = serde_json::to_value(crate::kms::Blob(volume.data_key)).unwrap();
    let direct = lab.east("kms:Decrypt", json!({"CiphertextBlob": blob, "EncryptionContext": volume.context}));
    assert_eq!(direct.unwrap_err().code, "AccessDeniedException");
}

#[test]
fn one_error_for_missing_permission_missing_key_wrong_region_and_disabled_key() {
    for permissions in [&["kms:DescribeKey"][..], &["kms:CreateGrant"], &["kms:ListKeys"]] {
        let refused = lab(permissions).create().unwrap_err();
        assert_eq!(refused.code, "KMSKeyNotAccessibleFault");
        assert!(refused.reason.is_some());
    }
    let mut lab = lab(&NEEDED);
    let arn = lab.create().unwrap();
    let east = lab.east.to_string();
    assert_eq!(lab.replica(&arn, Some(&east)).unwrap_err().code, "KMSKeyNotAccessibleFault");
    assert_eq!(lab.replica(&arn, Some("alias/none")).unwrap_err().code, "KMSKeyNotAccessibleFault");
    lab.root("kms:DisableKey", json!({"KeyId": east}));
    lab.world.rds.instances.clear();
    let disabled = lab.create().unwrap_err();
    assert_eq!(disabled.code, "KMSKeyNotAccessibleFault");
    assert!(lab.world.rds.instance("orders").is_none());
}

#[test]
fn a_remote_replica_names_a_key_and_a_plain_source_has_plain_replicas() {
    let mut lab = lab(&NEEDED);
    let arn = lab.create().unwrap();
    assert_eq!(lab.replica(&arn, None).unwrap_err().code, "InvalidParameterCombination");
    let plain = json!({"DBInstanceIdentifier": "plain", "Engine": "mysql", "DBInstanceClass": "db.m6g.large"});
    let plain = lab.east("rds:CreateDBInstance", plain).unwrap();
    let plain = plain.pointer("/DBInstance/DBInstanceArn").unwrap().as_str().unwrap().to_owned();
    lab.is("rds.instances.plain#encrypted", false);
    let west = lab.west.to_string();
    assert_eq!(lab.replica(&plain, Some(&west)).unwrap_err().code, "InvalidParameterCombination");
    lab.replica(&plain, None).unwrap();
    lab.is("rds.instances.orders-west#encrypted", false);
}

#[test]
fn a_replica_nearby_has_the_sources_key_and_only_the_guide_forbids_another() {
    for (rulebook, allowed) in [(Rulebook::current(), true), (Rulebook::guide(), false)] {
        let mut lab = lab_under(rulebook, &NEEDED);
        lab.create().unwrap();
        let (_, other) = key(&mut lab.world, 3, account('1'), "us-east-1", &json!([]));
        let near = |id: &str| json!({"DBInstanceIdentifier": id, "SourceDBInstanceIdentifier": "orders"});
        lab.east("rds:CreateDBInstanceReadReplica", near("near")).unwrap();
        let east = lab.east.to_string();
        lab.is("rds.instances.near#kms_key", east.as_str());
        let mut members = near("other");
        members["KmsKeyId"] = json!(&*other);
        assert_eq!(lab.east("rds:CreateDBInstanceReadReplica", members).is_ok(), allowed);
    }
}

#[test]
fn the_guide_lets_a_remote_replica_go_without_a_key_and_it_gets_the_default_one() {
    let mut lab = lab_under(Rulebook::guide(), &NEEDED);
    let arn = lab.create().unwrap();
    lab.replica(&arn, None).unwrap();
    let key = lab.world.aws_managed_key(account('1'), region("us-west-2"), "rds", "rds").unwrap();
    lab.is("rds.instances.orders-west#kms_key", &*key);
}

#[test]
fn encryption_is_no_member_of_modify() {
    let mut lab = lab(&NEEDED);
    let plain = json!({"DBInstanceIdentifier": "plain", "Engine": "mysql", "DBInstanceClass": "db.m6g.large"});
    lab.east("rds:CreateDBInstance", plain).unwrap();
    let refused = lab.east("rds:ModifyDBInstance", json!({"DBInstanceIdentifier": "plain", "StorageEncrypted": true}));
    assert_eq!(refused.unwrap_err().code, "ValidationError");
    lab.east("rds:ModifyDBInstance", json!({"DBInstanceIdentifier": "plain", "MultiAZ": true})).unwrap();
    lab.is("rds.instances.plain#multi_az", true);
    lab.is("rds.instances.plain#encrypted", false);
}

#[test]
fn snapshot_copy_with_a_key_and_restore_encrypt_a_plain_database() {
    let mut lab = lab(&NEEDED);
    let plain = json!({"DBInstanceIdentifier": "plain", "Engine": "mysql", "DBInstanceClass": "db.m6g.large"});
    lab.east("rds:CreateDBInstance", plain).unwrap();
    lab.east("rds:CreateDBSnapshot", json!({"DBSnapshotIdentifier": "s1", "DBInstanceIdentifier": "plain"})).unwrap();
    let key = lab.east.to_string();
    let copy = json!({"SourceDBSnapshotIdentifier": "s1", "TargetDBSnapshotIdentifier": "s2", "KmsKeyId": key});
    lab.east("rds:CopyDBSnapshot", copy).unwrap();
    let with_key = json!({"DBInstanceIdentifier": "x", "DBSnapshotIdentifier": "s1", "KmsKeyId": key});
    assert_eq!(lab.east("rds:RestoreDBInstanceFromDBSnapshot", with_key).unwrap_err().code, "ValidationError");
    for (snapshot, encrypted) in [("s1", false), ("s2", true)] {
        let members = json!({"DBInstanceIdentifier": format!("from-{snapshot}"), "DBSnapshotIdentifier": snapshot});
        lab.east("rds:RestoreDBInstanceFromDBSnapshot", members).unwrap();
        lab.is(&format!("rds.instances.from-{snapshot}#encrypted"), encrypted);
    }
    lab.is("rds.instances.from-s2#kms_key", key.as_str());
    lab.is(&format!("kms.keys.{key}#grants"), 1);
}

#[test]
fn a_key_lost_for_hours_stops_the_instance_and_for_a_week_loses_it() {
    let mut lab = lab(&NEEDED);
    lab.create().unwrap();
    let key = json!({"KeyId": &*lab.east});
    let start = json!({"DBInstanceIdentifier": "orders"});
    lab.root("kms:DisableKey", key.clone());
    lab.world.advance(Duration::hours(1));
    lab.is("rds.instances.orders", "available");
    lab.world.advance(Duration::hours(2));
    lab.is("rds.instances.orders", "inaccessible-encryption-credentials-recoverable");
    assert!(lab.state("rds.instances.orders").cause.unwrap().headline.contains("is Disabled"));
    assert_eq!(lab.east("rds:StartDBInstance", start.clone()).unwrap_err().code, "KMSKeyNotAccessibleFault");
    lab.world.advance(Duration::days(3));
    lab.root("kms:EnableKey", key.clone());
    lab.world.advance(Duration::hours(5));
    lab.is("rds.instances.orders", "inaccessible-encryption-credentials-recoverable");
    lab.east("rds:StartDBInstance", start.clone()).unwrap();
    lab.is("rds.instances.orders", "available");

    lab.root("kms:DisableKey", key.clone());
    lab.world.advance(Duration::days(8));
    lab.is("rds.instances.orders", "inaccessible-encryption-credentials");
    lab.root("kms:EnableKey", key);
    assert_eq!(lab.east("rds:StartDBInstance", start).unwrap_err().code, "InvalidDBInstanceState");
}

#[test]
fn a_key_that_works_again_within_two_hours_stops_nothing_and_a_new_loss_has_its_own_two_hours() {
    let mut lab = lab(&NEEDED);
    lab.create().unwrap();
    let key = json!({"KeyId": &*lab.east});
    lab.root("kms:DisableKey", key.clone());
    lab.world.advance(Duration::hours(1));
    lab.root("kms:EnableKey", key.clone());
    lab.world.advance(Duration::hours(4));
    lab.is("rds.instances.orders", "available");
    lab.root("kms:DisableKey", key);
    lab.world.advance(Duration::minutes(119));
    lab.is("rds.instances.orders", "available");
    lab.world.advance(Duration::minutes(1));
    lab.is("rds.instances.orders", "inaccessible-encryption-credentials-recoverable");
}

#[test]
fn backups_off_keeps_running_and_a_replica_has_no_recoverable_state() {
    let mut lab = lab(&NEEDED);
    let new = |id, days, replica_of| NewDbInstance {
        id,
        account: account('1'),
        region: region("us-east-1"),
        engine: "mysql",
        multi_az: false,
        key: Some(lab.east_at),
        replica_of,
        backup_retention_days: days,
    };
    let (legacy, source) = (new("legacy", 0, None), new("source", 1, None));
    add_instance(&mut lab.world, &legacy).unwrap();
    let source = add_instance(&mut lab.world, &source).unwrap();
    let report = NewDbInstance { replica_of: Some(source), id: "report", ..legacy.clone() };
    add_instance(&mut lab.world, &NewDbInstance { backup_retention_days: 1, ..report }).unwrap();
    let key = json!({"KeyId": &*lab.east});
    lab.root("kms:DisableKey", key);
    lab.world.advance(Duration::hours(4));
    lab.is("rds.instances.legacy", "available");
    lab.is("rds.instances.report", "inaccessible-encryption-credentials");
    lab.is("rds.instances.source", "inaccessible-encryption-credentials");
}

#[test]
fn losing_permission_later_touches_nothing_and_revoking_the_grant_does() {
    let mut lab = lab(&NEEDED);
    lab.create().unwrap();
    lab.world.iam.account_mut(account('1')).roles.clear();
    lab.world.advance(Duration::days(2));
    lab.is("rds.instances.orders", "available");
    let grant = lab.world.rds.instance("orders").unwrap().encryption.clone().unwrap().grant.unwrap();
    let revoke = json!({"KeyId": &*lab.east, "GrantId": &*grant.id});
    lab.root("kms:RevokeGrant", revoke);
    lab.world.advance(Duration::hours(3));
    lab.is("rds.instances.orders", "inaccessible-encryption-credentials-recoverable");
}

#[test]
fn deleting_the_instance_retires_its_grant() {
    let mut lab = lab(&NEEDED);
    lab.create().unwrap();
    let path = format!("kms.keys.{}#grants", lab.east);
    lab.is(&path, 1);
    let delete = json!({"DBInstanceIdentifier": "orders"});
    assert_eq!(lab.east("rds:DeleteDBInstance", delete).unwrap_err().code, "InvalidParameterCombination");
    let delete = json!({"DBInstanceIdentifier": "orders", "FinalDBSnapshotIdentifier": "last"});
    lab.east("rds:DeleteDBInstance", delete).unwrap();
    lab.is(&path, 0);
    lab.is("rds.snapshots.last#encrypted", true);
    assert!(lab.world.state("rds.instances.orders").is_none());
}

#[test]
fn a_shared_encrypted_snapshot_is_copied_in_its_region_first() {
    let mut lab = lab(&NEEDED);
    let b_root = json!({"AWS": format!("arn:aws:iam::{}:root", account('2'))});
    let admits = json!([{"Effect": "Allow", "Principal": b_root, "Action": NEEDED, "Resource": "*"}]);
    let (at, shared_key) = key(&mut lab.world, 5, account('1'), "us-east-1", &admits);
    let (_, own_key) = key(&mut lab.world, 6, account('2'), "us-east-1", &json!([]));
    let instance = NewDbInstance {
        id: "data",
        account: account('1'),
        region: region("us-east-1"),
        engine: "mysql",
        multi_az: false,
        key: Some(at),
        replica_of: None,
        backup_retention_days: 1,
    };
    add_instance(&mut lab.world, &instance).unwrap();
    let made = lab.east("rds:CreateDBSnapshot", json!({"DBSnapshotIdentifier": "s", "DBInstanceIdentifier": "data"})).unwrap();
    let arn = made.pointer("/DBSnapshot/DBSnapshotArn").unwrap().as_str().unwrap().to_owned();
    let share = |who: &str| json!({"DBSnapshotIdentifier": "s", "AttributeName": "restore", "ValuesToAdd": [who]});
    assert_eq!(lab.east("rds:ModifyDBSnapshotAttribute", share("all")).unwrap_err().code, "InvalidParameterValue");
    let b = role(&mut lab.world, account('2'), "Analyst", &NEEDED);
    let as_b = |lab: &mut Lab, code: &str, operation: &str, members: Value| {
        call(&mut lab.world, &Arc::new(Caller::direct(b.clone(), region(code))), operation, members)
    };
    let copy = |key: Option<&str>| {
        let mut members = json!({"SourceDBSnapshotIdentifier": arn, "TargetDBSnapshotIdentifier": "mine"});
        if let Some(key) = key {
            members["KmsKeyId"] = json!(key);
        }
        members
    };
    assert_eq!(as_b(&mut lab, "us-east-1", "rds:CopyDBSnapshot", copy(Some(&own_key))).unwrap_err().code, "DBSnapshotNotFound");
    lab.east("rds:ModifyDBSnapshotAttribute", share(account('2').as_str())).unwrap();
    let restore = json!({"DBInstanceIdentifier": "mine", "DBSnapshotIdentifier": arn});
    assert_eq!(as_b(&mut lab, "us-east-1", "rds:RestoreDBInstanceFromDBSnapshot", restore).unwrap_err().code, "InvalidDBSnapshotState");
    assert_eq!(as_b(&mut lab, "us-east-1", "rds:CopyDBSnapshot", copy(None)).unwrap_err().code, "InvalidParameterCombination");
    assert_eq!(as_b(&mut lab, "eu-west-1", "rds:CopyDBSnapshot", copy(Some(&own_key))).unwrap_err().code, "InvalidParameterCombination");
    as_b(&mut lab, "us-east-1", "rds:CopyDBSnapshot", copy(Some(&own_key))).unwrap();
    lab.root("kms:DisableKey", json!({"KeyId": &*shared_key}));
    let restore = json!({"DBInstanceIdentifier": "mine", "DBSnapshotIdentifier": "mine"});
    as_b(&mut lab, "us-east-1", "rds:RestoreDBInstanceFromDBSnapshot", restore).unwrap();
    lab.is("rds.instances.mine#kms_key", &*own_key);
}

#[test]
fn a_snapshot_under_aws_rds_cannot_be_shared() {
    let mut lab = lab(&["kms:ListKeys"]);
    let members = json!({"DBInstanceIdentifier": "d", "Engine": "mysql", "DBInstanceClass": "db.m6g.large", "StorageEncrypted": true});
    lab.east("rds:CreateDBInstance", members).unwrap();
    lab.east("rds:CreateDBSnapshot", json!({"DBSnapshotIdentifier": "s", "DBInstanceIdentifier": "d"})).unwrap();
    let share = json!({"DBSnapshotIdentifier": "s", "AttributeName": "restore", "ValuesToAdd": [account('2')]});
    let refused = lab.east("rds:ModifyDBSnapshotAttribute", share).unwrap_err();
    assert_eq!(refused.code, "InvalidParameterValue");
    assert!(refused.reason.unwrap().headline.contains("aws/rds"));
}
