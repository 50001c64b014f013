//! `userIdentity`: who made the request, as CloudTrail tells it.
//!
//! Source: "CloudTrail userIdentity element", AWS CloudTrail User Guide. Unique ids and access keys look like AWS's and are
//! functions of the seed and the principal: the same role has the same id all over a world.

use super::Event;
use crate::cloud::random::derive;
use crate::cloud::{AccountId, Principal, PrincipalKind, format_instant};
use chrono::{DurationRound as _, TimeDelta};
use serde_json::{Map, Value, json};

/// The caller, to its own account.
pub(super) fn caller(event: &Event) -> Value {
    let principal = &event.caller.principal;
    let seed = event.stamp.seed;
    let mut identity = Map::new();
    let mut put = |name: &str, value: Value| drop(identity.insert(name.to_owned(), value));
    match &principal.kind {
        PrincipalKind::Root => {
            put("type", json!("Root"));
            put("principalId", json!(principal.account));
            put("arn", json!(&*principal.arn));
            put("accountId", json!(principal.account));
            put("accessKeyId", json!(access_key(seed, "AKIA", &principal.arn)));
        }
        PrincipalKind::User { name } => {
            put("type", json!("IAMUser"));
            put("principalId", json!(principal_id(seed, principal)));
            put("arn", json!(&*principal.arn));
            put("accountId", json!(principal.account));
            put("accessKeyId", json!(access_key(seed, "AKIA", &principal.arn)));
            put("userName", json!(last(name)));
        }
        PrincipalKind::AssumedRole { role, .. } => {
            put("type", json!("AssumedRole"));
            put("principalId", json!(principal_id(seed, principal)));
            put("arn", json!(&*principal.arn));
            put("accountId", json!(principal.account));
            put("accessKeyId", json!(access_key(seed, "ASIA", &principal.arn)));
            // A session lasts an hour unless somebody asks for more; the model takes it to have begun with the hour.
            let began = event.time.duration_trunc(TimeDelta::hours(1)).unwrap_or(event.time);
            put(
                "sessionContext",
                json!({
                    "sessionIssuer": {
                        "type": "Role",
                        "principalId": unique_id(seed, "AROA", 17, principal.identity_arn()),
                        "arn": &**principal.identity_arn(),
                        "accountId": principal.account,
                        "userName": last(role),
                    },
                    "attributes": {"creationDate": format_instant(began), "mfaAuthenticated": "false"},
                }),
            );
        }
        PrincipalKind::FederatedUser { .. } => {
            put("type", json!("FederatedUser"));
            put("principalId", json!(principal_id(seed, principal)));
            put("arn", json!(&*principal.arn));
            put("accountId", json!(principal.account));
            put("accessKeyId", json!(access_key(seed, "ASIA", &principal.arn)));
        }
        PrincipalKind::Service { name } => {
            put("type", json!("AWSService"));
            put("invokedBy", json!(&**name));
        }
    }
    if let Some(via) = &event.caller.via {
        put("invokedBy", json!(via.invoked_by()));
    }
    Value::Object(identity)
}

/// The caller, to the account of a key that is not its own: no name and no ARN.
pub(super) fn other_account(event: &Event) -> Value {
    let principal = &event.caller.principal;
    let mut identity = Map::new();
    identity.insert("type".into(), json!("AWSAccount"));
    identity.insert("principalId".into(), json!(principal_id(event.stamp.seed, principal)));
    identity.insert("accountId".into(), json!(principal.account));
    if let Some(via) = &event.caller.via {
        identity.insert("invokedBy".into(), json!(via.invoked_by()));
    }
    Value::Object(identity)
}

/// A service that does something by itself in an account: `RotateKey`, `DeleteKey`.
pub(super) fn service_itself(account: Option<AccountId>, name: &str) -> Value {
    json!({"accountId": account, "invokedBy": name})
}

/// `AIDA…` of a user, `AROA…:session` of a role session, the account's id of its root.
fn principal_id(seed: u64, principal: &Principal) -> String {
    match &principal.kind {
        PrincipalKind::Root => principal.account.map(|account| account.to_string()).unwrap_or_default(),
        PrincipalKind::User { .. } => unique_id(seed, "AIDA", 17, &principal.arn),
        PrincipalKind::AssumedRole { session, .. } => format!("{}:{session}", unique_id(seed, "AROA", 17, principal.identity_arn())),
        PrincipalKind::FederatedUser { name } => {
            format!("{}:{name}", principal.account.map(|account| account.to_string()).unwrap_or_default())
        }
        PrincipalKind::Service { name } => name.to_string(),
    }
}

/// A prefix and so many letters of the alphabet of AWS's unique ids.
///
/// Source: "IAM identifiers", IAM User Guide.
fn unique_id(seed: u64, prefix: &str, length: usize, of: &str) -> String {
    let letters = derive(seed, &format!("unique id {prefix} {of}"));
    let alphabet = |byte: &u8| char::from(b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567".get(usize::from(byte % 32)).copied().unwrap_or(b'A'));
    prefix.chars().chain(letters.iter().take(length).map(alphabet)).collect()
}

/// The id of an access key. It ends like those in AWS's own examples, so that nobody takes it for a real one.
fn access_key(seed: u64, prefix: &str, of: &str) -> String {
    format!("{}EXAMPLE", unique_id(seed, prefix, 9, of))
}

fn last(name: &str) -> &str {
    name.rsplit('/').next().unwrap_or(name)
}
