//! A small world for the tests of S3 and CloudTrail, built through public constructors.

mod encryption;
mod high_volume;
mod replication;

use crate::cloud::{AccountId, ApiError, Caller, Principal, Region, RequestClass, parse_duration, parse_instant};
use crate::iam::{Identity, Policy, PolicyKind};
use crate::kms::{AliasRef, KeyId, NewKey};
use crate::rulebook::Rulebook;
use crate::services::s3::Bucket;
use crate::services::{World, call};
use serde_json::{Value, json};
use std::sync::Arc;

pub(in crate::services) const A: &str = "111111111111";
pub(in crate::services) const B: &str = "222222222222";

pub(in crate::services) fn account(id: &str) -> AccountId {
    AccountId::parse(id).unwrap()
}

pub(in crate::services) fn region(code: &str) -> Region {
    Region::parse(code).unwrap()
}

pub(in crate::services) struct Lab {
    pub(in crate::services) world: World,
}

impl Lab {
    pub(in crate::services) fn new() -> Self {
        Lab::under(Rulebook::current())
    }

    pub(in crate::services) fn under(rulebook: Rulebook) -> Self {
        Lab { world: World::new(rulebook, parse_instant("2026-11-02").unwrap(), 7) }
    }

    /// A role with one inline policy of these statements, trusted by S3.
    pub(in crate::services) fn role(&mut self, of: &str, name: &str, statements: Value) {
        let document = json!({"Version": "2012-10-17", "Statement": statements});
        let policy = Policy::from_json(&document.to_string(), PolicyKind::Identity, &format!("policy of {name}")).unwrap();
        let identity = Identity { policies: vec![Arc::new(policy)], trusted: vec!["s3.amazonaws.com".into()], ..Identity::default() };
        self.world.iam.account_mut(account(of)).roles.insert(name.into(), identity);
    }

    /// A customer managed key with an alias of its name. Its policy delegates to the account, and holds what is added.
    pub(in crate::services) fn key(&mut self, of: &str, code: &str, name: &str, more: &[Value]) -> String {
        let root = json!({"Sid": "Root", "Effect": "Allow", "Principal": {"AWS": format!("arn:aws:iam::{of}:root")}, "Action": "kms:*", "Resource": "*"});
        let statements: Vec<Value> = [root].into_iter().chain(more.iter().cloned()).collect();
        let document = json!({"Version": "2012-10-17", "Statement": statements});
        let policy = Policy::from_json(&document.to_string(), PolicyKind::Key, &format!("key policy of {name}")).unwrap();
        let new = NewKey::symmetric(
            KeyId::parse(&self.world.cloud.random.uuid(&format!("{of} {code} {name}"))).unwrap(),
            account(of),
            region(code),
            Arc::new(policy),
        );
        let now = self.world.cloud.now();
        let at = self.world.kms.add_key(&self.world.cloud.random, now, new);
        let alias = AliasRef { account: account(of), region: region(code), name: format!("alias/{name}").into() };
        self.world.kms.set_alias(alias, at, now);
        self.world.kms.key(at).unwrap().arn.to_string()
    }

    pub(in crate::services) fn bucket(&mut self, of: &str, code: &str, name: &str, change: impl FnOnce(&mut Bucket)) {
        let mut bucket = Bucket::new(name, account(of), region(code), self.world.rulebook);
        change(&mut bucket);
        self.world.s3.add_bucket(bucket);
    }

    /// Calls as a role of account A in us-east-1.
    pub(in crate::services) fn call(&mut self, role: &str, operation: &str, members: Value) -> Result<Value, ApiError> {
        self.call_as(A, role, operation, members)
    }

    pub(in crate::services) fn call_as(&mut self, of: &str, role: &str, operation: &str, members: Value) -> Result<Value, ApiError> {
        let caller = Arc::new(Caller::direct(Principal::role_session(account(of), role, "test"), region("us-east-1")));
        call(&mut self.world, &caller, operation, members)
    }

    pub(in crate::services) fn put(&mut self, role: &str, bucket: &str, key: &str) -> Result<Value, ApiError> {
        self.call(role, "s3:PutObject", json!({"Bucket": bucket, "Key": key, "Body": format!("body of {key}")}))
    }

    pub(in crate::services) fn get(&mut self, role: &str, bucket: &str, key: &str) -> Result<Value, ApiError> {
        self.call(role, "s3:GetObject", json!({"Bucket": bucket, "Key": key}))
    }

    pub(in crate::services) fn wait(&mut self, span: &str) {
        self.world.advance(parse_duration(span).unwrap());
    }

    #[track_caller]
    pub(in crate::services) fn state(&self, path: &str) -> Value {
        self.world.state(path).unwrap_or_else(|| panic!("nothing stands at {path}")).value
    }

    /// The KMS requests that are billed so far.
    pub(in crate::services) fn billed(&self) -> u64 {
        self.world.cloud.meter.total(RequestClass::Symmetric)
    }

    /// The encryption context of the last KMS event of this name.
    pub(in crate::services) fn last_context(&self, name: &str) -> Value {
        let events = self.world.cloud.trail.events();
        let event = events.iter().rev().find(|event| event.source == "kms.amazonaws.com" && event.name == name).unwrap();
        event.parameters.to_json()["encryptionContext"].clone()
    }
}

/// A statement that allows; `condition` is `{}` for none.
pub(in crate::services) fn allow(actions: &[&str], resources: &[&str], condition: Value) -> Value {
    json!({"Effect": "Allow", "Action": actions, "Resource": resources, "Condition": condition})
}

#[track_caller]
pub(in crate::services) fn fails(outcome: Result<Value, ApiError>, code: &str, status: u16) -> ApiError {
    let error = outcome.expect_err("the call succeeded");
    assert_eq!((error.code.as_ref(), error.http_status), (code, status), "{error}");
    assert!(error.reason.is_some(), "{error} gives no reason");
    error
}
