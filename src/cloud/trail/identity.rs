//! `userIdentity`: who made the request, as CloudTrail tells it.
//!
//! Source: "CloudTrail userIdentity element", AWS CloudTrail User Guide.

use super::Event;
use crate::cloud::unique_id::{access_key_id, role_id, user_id};
use crate::cloud::{AccountId, Instant, PrincipalKind, format_instant};
use chrono::{DurationRound as _, TimeDelta};
use serde_json::{Map, Value, json};

/// The caller, to its own account.
pub(super) fn caller(event: &Event) -> Value {
    let principal = &event.caller.principal;
    let seed = event.stamp.seed;
    let mut identity = Map::new();
    let mut put = |name: &str, value: Value| drop(identity.insert(name.to_owned(), value));
    let temporary = principal.temporary().map(|temporary| attributes(temporary.issued, temporary.multi_factor));
    match &principal.kind {
        PrincipalKind::Root => {
            put("type", json!("Root"));
            put("principalId", json!(principal.account));
            put("arn", json!(&*principal.arn));
            put("accountId", json!(principal.account));
            put("accessKeyId", json!(access_key_id(seed, principal)));
        }
        PrincipalKind::User { name } => {
            put("type", json!("IAMUser"));
            put("principalId", json!(user_id(seed, principal)));
            put("arn", json!(&*principal.arn));
            put("accountId", json!(principal.account));
            put("accessKeyId", json!(access_key_id(seed, principal)));
            put("userName", json!(last(name)));
        }
        PrincipalKind::AssumedRole { role, .. } => {
            put("type", json!("AssumedRole"));
            put("principalId", json!(user_id(seed, principal)));
            put("arn", json!(&*principal.arn));
            put("accountId", json!(principal.account));
            put("accessKeyId", json!(access_key_id(seed, principal)));
            // A session lasts an hour unless somebody asks for more; one that the world describes is taken to have begun with
            // the hour.
            let by_hour = || event.time.duration_trunc(TimeDelta::hours(1)).unwrap_or(event.time);
            let shown = temporary.clone().unwrap_or_else(|| attributes(by_hour(), false));
            put(
                "sessionContext",
                json!({
                    "sessionIssuer": {
                        "type": "Role",
                        "principalId": role_id(seed, principal.identity_arn()),
                        "arn": &**principal.identity_arn(),
                        "accountId": principal.account,
                        "userName": last(role),
                    },
                    "attributes": shown,
                }),
            );
        }
        PrincipalKind::FederatedUser { .. } => {
            put("type", json!("FederatedUser"));
            put("principalId", json!(user_id(seed, principal)));
            put("arn", json!(&*principal.arn));
            put("accountId", json!(principal.account));
            put("accessKeyId", json!(access_key_id(seed, principal)));
        }
        PrincipalKind::Service { name } => {
            put("type", json!("AWSService"));
            put("invokedBy", json!(&**name));
        }
    }
    if let (Some(attributes), false) = (temporary, matches!(principal.kind, PrincipalKind::AssumedRole { .. })) {
        put("sessionContext", json!({"attributes": attributes}));
    }
    if let Some(via) = &event.caller.via {
        put("invokedBy", json!(via.invoked_by()));
    }
    Value::Object(identity)
}

/// `sessionContext.attributes`: when the credentials were made, and whether with multi-factor authentication.
fn attributes(began: Instant, multi_factor: bool) -> Value {
    json!({"creationDate": format_instant(began), "mfaAuthenticated": if multi_factor { "true" } else { "false" }})
}

/// The caller, to the account of a key that is not its own: no name and no ARN.
pub(super) fn other_account(event: &Event) -> Value {
    let principal = &event.caller.principal;
    let mut identity = Map::new();
    identity.insert("type".into(), json!("AWSAccount"));
    identity.insert("principalId".into(), json!(user_id(event.stamp.seed, principal)));
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

fn last(name: &str) -> &str {
    name.rsplit('/').next().unwrap_or(name)
}
