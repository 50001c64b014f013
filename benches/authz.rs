//! What a decision costs: by the number of statements, in a crowd of principals, and as a line of a batch.
#![allow(clippy::unwrap_used, reason = "a bench that cannot go on should stop")]

use divan::{Bencher, black_box};
use kmsprep::authz::answer_lines;
use kmsprep::cloud::{AccountId, Caller, Principal, Region, parse_instant};
use kmsprep::iam::{AccessRequest, Iam, Identity, NoContext, Policy, PolicyKind, PolicySet, ResourceRule, evaluate};
use serde_json::{Value, json};
use std::sync::Arc;

fn main() {
    divan::main();
}

const KEY: &str = "arn:aws:kms:us-east-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab";

/// A key policy of so many statements; the last one names the caller.
fn key_policy(statements: usize) -> Value {
    let other = |number: usize| {
        json!({
            "Effect": "Allow",
            "Principal": {"AWS": format!("arn:aws:iam::111122223333:role/Team{number}")},
            "Action": ["kms:Decrypt", "kms:GenerateDataKey*"],
            "Resource": "*",
            "Condition": {"StringEquals": {"kms:ViaService": "s3.us-east-1.amazonaws.com"}},
        })
    };
    let mut list: Vec<Value> = (1..statements).map(other).collect();
    list.push(
        json!({"Effect": "Allow", "Principal": {"AWS": "arn:aws:iam::111122223333:user/ana"}, "Action": "kms:Decrypt", "Resource": "*"}),
    );
    json!({"Version": "2012-10-17", "Statement": list})
}

/// A world with so many users.
fn crowd(users: usize) -> Iam {
    let own = json!({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "s3:*", "Resource": "*"}]});
    let own = Arc::new(Policy::from_json(&own.to_string(), PolicyKind::Identity, "own").unwrap());
    let mut iam = Iam::default();
    let account = iam.account_mut(AccountId::parse("111122223333").unwrap());
    account.users.insert("ana".into(), Identity { policies: vec![Arc::clone(&own)], ..Identity::default() });
    for number in 1..users {
        account.users.insert(format!("user{number}").into(), Identity { policies: vec![Arc::clone(&own)], ..Identity::default() });
    }
    iam
}

fn decide(bencher: Bencher, statements: usize, users: usize) {
    let policy = Policy::from_json(&key_policy(statements).to_string(), PolicyKind::Key, "key policy").unwrap();
    let iam = crowd(users);
    let account = AccountId::parse("111122223333").unwrap();
    let caller = Caller::direct(Principal::user(account, "ana"), Region::default_region());
    let request = AccessRequest {
        iam: &iam,
        caller: &caller,
        action: "kms:Decrypt",
        resource: KEY,
        resource_account: account,
        now: parse_instant("2026-01-15").unwrap(),
        context: &NoContext,
    };
    bencher.bench_local(|| {
        let set = PolicySet::of_caller(&iam, &caller).with_resource(&policy, ResourceRule::KeyPolicy);
        evaluate(black_box(request), set).decision()
    });
}

#[divan::bench(args = [1, 10, 100, 1_000])]
fn statements(bencher: Bencher, statements: usize) {
    decide(bencher, statements, 1);
}

#[divan::bench(args = [1, 10, 100, 1_000])]
fn statements_among_ten_thousand_principals(bencher: Bencher, statements: usize) {
    decide(bencher, statements, 10_000);
}

#[divan::bench(args = [1, 10, 100])]
fn thousand_lines_of_a_batch(bencher: Bencher, statements: usize) {
    let line = json!({
        "id": "c",
        "request": {"principal": "arn:aws:iam::111122223333:user/ana", "action": "kms:Decrypt", "resource": KEY, "context": {}},
        "keyPolicy": key_policy(statements),
    })
    .to_string();
    let lines: Vec<&[u8]> = (0..1_000).map(|_| line.as_bytes()).collect();
    bencher.bench(|| answer_lines(black_box(&lines)));
}
