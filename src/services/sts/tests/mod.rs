//! What each rule of STS does, by calls.

use super::{Credential, principals, standing};
use crate::cloud::{Caller, Event, Principal, access_key_id};
use crate::iam::{Controls, Identity, Member, Organization, Policy, PolicyKind, Session};
use crate::rulebook::Rulebook;
use crate::services::test_world::{A, B, account, allow, code, empty, key, kms, region, role, root};
use crate::services::{World, call};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::sync::Arc;

mod credentials;
mod sessions;

fn world() -> World {
    empty(Rulebook::current())
}

/// Adds a user with these statements and returns its caller.
fn user(world: &mut World, owner: &str, name: &str, statements: Value) -> Arc<Caller> {
    let policies = if statements.is_null() { Vec::new() } else { vec![Arc::new(policy(&statements))] };
    world.iam.account_mut(account(owner)).users.insert(name.into(), Identity { policies, ..Identity::default() });
    Arc::new(Caller::direct(Principal::user(account(owner), name), region()))
}

fn policy(statements: &Value) -> Policy {
    let text = json!({"Version": "2012-10-17", "Statement": statements}).to_string();
    Policy::from_json(&text, PolicyKind::Identity, "identity policy").unwrap()
}

/// Adds a role that trusts these and may do all.
fn trusting(world: &mut World, owner: &str, name: &str, trusted: &[&str]) -> String {
    role(world, owner, name, json!([allow(json!("*"))]));
    let role = world.iam.account_mut(account(owner)).roles.get_mut(name).unwrap();
    role.trusted = trusted.iter().map(|who| (*who).into()).collect();
    format!("arn:aws:iam::{owner}:role/{name}")
}

fn assume(role: &str) -> Value {
    json!({"RoleArn": role, "RoleSessionName": "work"})
}

fn with(mut members: Value, more: Value) -> Value {
    members.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    members
}

#[track_caller]
fn sts(world: &mut World, caller: &Arc<Caller>, operation: &str, members: Value) -> Value {
    call(world, caller, &format!("sts:{operation}"), members).unwrap()
}

#[track_caller]
fn message(world: &mut World, caller: &Arc<Caller>, operation: &str, members: Value) -> String {
    call(world, caller, &format!("sts:{operation}"), members).unwrap_err().to_string()
}

/// The credentials that an answer brings.
fn credential(world: &World, answer: &Value) -> Credential {
    world.sts.temporary(answer["Credentials"]["AccessKeyId"].as_str().unwrap()).unwrap().clone()
}

/// Whoever signs with the credentials that an answer brings.
fn signing(world: &World, answer: &Value) -> Arc<Caller> {
    Arc::new(Caller::direct(credential(world, answer).principal, region()))
}

fn last(world: &World) -> Event {
    world.cloud.trail.events().last().unwrap().clone()
}

fn sts_allow(actions: Value) -> Value {
    json!([allow(actions)])
}

#[test]
fn everybody_may_ask_who_he_is() {
    let mut world = world();
    let ana = user(&mut world, A, "team/ana", Value::Null);
    let identity = sts(&mut world, &ana, "GetCallerIdentity", json!({}));
    assert_eq!((identity["Account"].as_str(), identity["Arn"].as_str()), (Some(A), Some("arn:aws:iam::111111111111:user/team/ana")));
    assert!(identity["UserId"].as_str().unwrap().starts_with("AIDA"));
    let session = role(&mut world, A, "App", json!([{"Effect": "Deny", "Action": "*", "Resource": "*"}]));
    let identity = sts(&mut world, &session, "GetCallerIdentity", json!({}));
    assert!(identity["UserId"].as_str().unwrap().starts_with("AROA") && identity["UserId"].as_str().unwrap().ends_with(":test"));
    assert_eq!(sts(&mut world, &root(A), "GetCallerIdentity", json!({}))["UserId"], A);
    let event = last(&world).to_json();
    assert_eq!((event["eventSource"].as_str(), event["eventName"].as_str()), (Some("sts.amazonaws.com"), Some("GetCallerIdentity")));
    assert_eq!((&event["responseElements"], &event["requestParameters"], &event["readOnly"]), (&Value::Null, &Value::Null, &json!(true)));
}

#[test]
fn a_trust_that_names_the_caller_is_enough_within_the_account() {
    let mut world = world();
    let ana = user(&mut world, A, "ana", Value::Null);
    let own = trusting(&mut world, A, "Named", &["arn:aws:iam::111111111111:user/ana"]);
    assert_eq!(code(&mut world, &ana, "sts:AssumeRole", assume(&own)), "ok");
    for (name, trusted) in [("Id", &[A][..]), ("RootArn", &["arn:aws:iam::111111111111:root"]), ("Silent", &[])] {
        let delegated = trusting(&mut world, A, name, trusted);
        assert_eq!(code(&mut world, &ana, "sts:AssumeRole", assume(&delegated)), "AccessDenied", "{name}");
        let bob = user(&mut world, A, "bob", sts_allow(json!("sts:AssumeRole")));
        assert_eq!(code(&mut world, &bob, "sts:AssumeRole", assume(&delegated)), "ok", "{name}");
    }
}

#[test]
fn without_trust_no_identity_policy_helps() {
    let mut world = world();
    let bob = user(&mut world, A, "bob", sts_allow(json!("*")));
    let role = trusting(&mut world, A, "Exec", &["lambda.amazonaws.com"]);
    assert_eq!(
        message(&mut world, &bob, "AssumeRole", assume(&role)),
        format!("AccessDenied: User: arn:aws:iam::{A}:user/bob is not authorized to perform: sts:AssumeRole on resource: {role}")
    );
    let lambda = Arc::new(Caller::service("lambda.amazonaws.com", region(), None, None));
    assert_eq!(code(&mut world, &lambda, "sts:AssumeRole", assume(&role)), "ok");
    let s3 = Arc::new(Caller::service("s3.amazonaws.com", region(), None, None));
    assert_eq!(code(&mut world, &s3, "sts:AssumeRole", assume(&role)), "AccessDenied");
    let unreadable = trusting(&mut world, A, "Odd", &["arn:aws:iam::111111111111:group/ops"]);
    assert_eq!(code(&mut world, &bob, "sts:AssumeRole", assume(&unreadable)), "AccessDenied");
}

#[test]
fn across_accounts_both_sides_must_allow() {
    let mut world = world();
    let silent = user(&mut world, B, "silent", Value::Null);
    let willing = user(&mut world, B, "willing", sts_allow(json!("sts:AssumeRole")));
    let named = trusting(&mut world, A, "Named", &["arn:aws:iam::222222222222:user/silent", "arn:aws:iam::222222222222:user/willing"]);
    let closed = trusting(&mut world, A, "Closed", &[]);
    assert_eq!(code(&mut world, &silent, "sts:AssumeRole", assume(&named)), "AccessDenied");
    assert_eq!(code(&mut world, &willing, "sts:AssumeRole", assume(&named)), "ok");
    let record = last(&world);
    let theirs = record.record_in(account(A)).unwrap();
    assert_eq!(
        (theirs["userIdentity"]["type"].as_str(), theirs["resources"][0]["ARN"].as_str()),
        (Some("AWSAccount"), Some(named.as_str()))
    );
    assert_eq!(code(&mut world, &willing, "sts:AssumeRole", assume(&closed)), "AccessDenied");
    assert!(last(&world).record_in(account(A)).is_none());
}

#[test]
fn an_unknown_role_is_refused_like_one_that_does_not_trust_the_caller() {
    let mut world = world();
    let bob = user(&mut world, A, "bob", sts_allow(json!("*")));
    for arn in ["arn:aws:iam::111111111111:role/Nobody", "arn:aws:iam::999999999999:role/Nobody", "arn:aws:iam::111111111111:user/bob"] {
        assert_eq!(
            message(&mut world, &bob, "AssumeRole", assume(arn)),
            format!("AccessDenied: User: arn:aws:iam::{A}:user/bob is not authorized to perform: sts:AssumeRole on resource: {arn}")
        );
    }
    assert_eq!(message(&mut world, &bob, "AssumeRole", assume("just-some-role-name-here")), "ValidationError: Request ARN is invalid");
}

#[test]
fn root_users_assume_no_role() {
    let mut world = world();
    let role = trusting(&mut world, A, "Open", &[]);
    assert_eq!(message(&mut world, &root(A), "AssumeRole", assume(&role)), "AccessDenied: Roles may not be assumed by root accounts.");
}

#[test]
fn a_deny_of_the_organisation_or_a_boundary_stands_in_the_way() {
    let mut world = world();
    let bob = user(&mut world, A, "bob", sts_allow(json!("sts:*")));
    let role = trusting(&mut world, A, "Open", &[]);
    let nothing = policy(&json!([{"Effect": "Allow", "Action": "s3:*", "Resource": "*"}]));
    world.iam.account_mut(account(A)).users.get_mut("bob").unwrap().boundary = Some(Arc::new(nothing));
    assert_eq!(code(&mut world, &bob, "sts:AssumeRole", assume(&role)), "AccessDenied");
    world.iam.account_mut(account(A)).users.get_mut("bob").unwrap().boundary = None;
    assert_eq!(code(&mut world, &bob, "sts:AssumeRole", assume(&role)), "ok");
    let text = json!({"Version": "2012-10-17", "Statement": [
        {"Effect": "Allow", "Action": "*", "Resource": "*"}, {"Effect": "Deny", "Action": "sts:AssumeRole", "Resource": "*"}]});
    let deny = Arc::new(Policy::from_json(&text.to_string(), PolicyKind::ServiceControl, "no roles").unwrap());
    let controls = Controls { service: vec![deny], resource: Vec::new() };
    let members = BTreeMap::from([(account(A), Member { unit: None, controls: controls.clone() })]);
    let (id, root) = ("o-example".into(), "r-root".into());
    world.iam.organization = Some(Organization { id, management: account(B), root, controls, units: BTreeMap::new(), members });
    let denied = message(&mut world, &bob, "AssumeRole", assume(&role));
    assert!(denied.ends_with(&format!("on resource: {role} with an explicit deny in a service control policy")), "{denied}");
}

#[test]
fn members_keep_their_constraints_and_numbers_may_be_text() {
    let mut world = world();
    let bob = user(&mut world, A, "bob", sts_allow(json!("sts:*")));
    let role = trusting(&mut world, A, "Open", &[]);
    let breaks = |world: &mut World, more: Value, expected: &str| {
        let message = message(world, &bob, "AssumeRole", with(assume(&role), more.clone()));
        assert!(message.starts_with("ValidationError: ") && message.ends_with(expected), "{more}: {message}");
    };
    let constraint = "failed to satisfy constraint: Member must";
    breaks(
        &mut world,
        json!({"DurationSeconds": 899}),
        &format!("1 validation error detected: Value '899' at 'durationSeconds' {constraint} have value greater than or equal to 900"),
    );
    breaks(
        &mut world,
        json!({"DurationSeconds": "43201"}),
        &format!("Value '43201' at 'durationSeconds' {constraint} have value less than or equal to 43200"),
    );
    breaks(&mut world, json!({"DurationSeconds": "long"}), "long is not a number");
    breaks(
        &mut world,
        json!({"RoleSessionName": "x"}),
        &format!("Value 'x' at 'roleSessionName' {constraint} have length greater than or equal to 2"),
    );
    breaks(
        &mut world,
        json!({"RoleSessionName": "a b"}),
        &format!("Value 'a b' at 'roleSessionName' {constraint} satisfy regular expression pattern: [\\w+=,.@-]*"),
    );
    breaks(&mut world, json!({"RoleSessionName": null}), &format!("Value null at 'roleSessionName' {constraint} not be null"));
    breaks(&mut world, json!({"Policy": " ".repeat(2049)}), &format!("at 'policy' {constraint} have length less than or equal to 2048"));
    let eleven: Vec<Value> = (0..11).map(|_| json!({"arn": "arn:aws:iam::aws:policy/AdministratorAccess"})).collect();
    breaks(&mut world, json!({"PolicyArns": eleven}), &format!("at 'policyArns' {constraint} have length less than or equal to 10"));
    breaks(
        &mut world,
        json!({"SerialNumber": "GAHT12345678", "TokenCode": "12345"}),
        &format!("at 'tokenCode' {constraint} have length greater than or equal to 6"),
    );
    breaks(
        &mut world,
        json!({"Tags": [{"Key": "", "Value": "x"}]}),
        &format!("at 'tags.1.member.key' {constraint} have length greater than or equal to 1"),
    );
    breaks(&mut world, json!({"Tags": [{"Key": "a", "Value": "x"}, {"Key": "A", "Value": "y"}]}), "Tag keys are case insensitive.");
    let both = message(&mut world, &bob, "AssumeRole", json!({"RoleArn": role, "RoleSessionName": "x", "DurationSeconds": 1}));
    assert!(both.contains("2 validation errors detected: ") && both.contains("; "), "{both}");
    let answer = sts(&mut world, &bob, "AssumeRole", with(assume(&role), json!({"DurationSeconds": "43200"})));
    assert_eq!(answer["Credentials"]["Expiration"], "2026-01-01T12:00:00Z");
}

#[test]
fn a_session_that_assumes_a_role_gets_an_hour_at_most() {
    let mut world = world();
    let session = role(&mut world, A, "First", sts_allow(json!("sts:*")));
    let ana = user(&mut world, A, "ana", sts_allow(json!("sts:*")));
    let second = trusting(&mut world, A, "Second", &[]);
    let token = sts(&mut world, &ana, "GetSessionToken", json!({}));
    let long = with(assume(&second), json!({"DurationSeconds": 3601}));
    assert_eq!(code(&mut world, &ana, "sts:AssumeRole", long.clone()), "ok");
    let with_token = signing(&world, &token);
    for caller in [&session, &with_token] {
        assert_eq!(
            message(&mut world, caller, "AssumeRole", long.clone()),
            "ValidationError: The requested DurationSeconds exceeds the 1 hour session limit for roles assumed by role chaining."
        );
        let answer = sts(&mut world, caller, "AssumeRole", assume(&second));
        assert_eq!(answer["Credentials"]["Expiration"], "2026-01-01T01:00:00Z");
    }
}

#[test]
fn what_an_assumed_role_gets_and_what_the_trail_tells_of_it() {
    let mut world = world();
    let bob = user(&mut world, A, "bob", sts_allow(json!("sts:*")));
    let role = trusting(&mut world, A, "team/Open", &[]);
    let asked = with(assume(&role), json!({"DurationSeconds": "900", "SerialNumber": "GAHT12345678", "TokenCode": "123456"}));
    let answer = sts(&mut world, &bob, "AssumeRole", asked);
    let credential = credential(&world, &answer);
    let id = credential.access_key_id.to_string();
    assert!(id.starts_with("ASIA") && id.ends_with("EXAMPLE") && id.len() == 20, "{id}");
    assert_eq!(credential.secret_access_key.len(), 40);
    assert_eq!(answer["Credentials"]["SecretAccessKey"], credential.secret_access_key);
    assert_eq!(answer["Credentials"]["SessionToken"], credential.session_token.clone().unwrap());
    assert_eq!(credential.expires.map(crate::cloud::format_instant).as_deref(), Some("2026-01-01T00:15:00Z"));
    assert_eq!(answer["AssumedRoleUser"]["Arn"], "arn:aws:sts::111111111111:assumed-role/Open/work");
    assert!(answer["AssumedRoleUser"]["AssumedRoleId"].as_str().unwrap().ends_with(":work"));
    assert_eq!(answer.get("PackedPolicySize"), None);

    let record = last(&world).to_json();
    let (asked, shown) = (&record["requestParameters"], &record["responseElements"]);
    assert_eq!((asked["roleArn"].as_str(), &asked["durationSeconds"]), (Some(role.as_str()), &json!(900)));
    assert_eq!((asked.get("tokenCode"), &asked["serialNumber"]), (None, &json!("GAHT12345678")));
    assert_eq!((shown["credentials"]["accessKeyId"].as_str(), shown["credentials"].get("secretAccessKey")), (Some(id.as_str()), None));
    assert_eq!(shown["credentials"]["expiration"], "Jan 1, 2026, 12:15:00 AM");
    assert_eq!(shown["assumedRoleUser"]["arn"], answer["AssumedRoleUser"]["Arn"]);
    assert_eq!(record["resources"][0]["type"], "AWS::IAM::Role");
    assert!(!record.to_string().contains(&credential.secret_access_key));

    let session = signing(&world, &answer);
    world.advance(crate::cloud::Duration::minutes(5));
    sts(&mut world, &session, "GetCallerIdentity", json!({}));
    let identity = &last(&world).to_json()["userIdentity"];
    assert_eq!((identity["accessKeyId"].as_str(), identity["type"].as_str()), (Some(id.as_str()), Some("AssumedRole")));
    assert_eq!(identity["sessionContext"]["attributes"], json!({"creationDate": "2026-01-01T00:00:00Z", "mfaAuthenticated": "false"}));
}

#[test]
fn a_policy_can_ask_for_an_external_id() {
    let mut world = world();
    let statement = json!([{"Effect": "Allow", "Action": "sts:AssumeRole", "Resource": "*",
        "Condition": {"StringEquals": {"sts:ExternalId": "abc", "sts:RoleSessionName": "work"}}}]);
    let bob = user(&mut world, A, "bob", statement);
    let role = trusting(&mut world, A, "Open", &[]);
    assert_eq!(code(&mut world, &bob, "sts:AssumeRole", assume(&role)), "AccessDenied");
    assert_eq!(code(&mut world, &bob, "sts:AssumeRole", with(assume(&role), json!({"ExternalId": "abc"}))), "ok");
}
