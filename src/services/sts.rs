//! AWS STS: who calls, and temporary credentials for roles, users and federated users.
//!
//! ```text
//! GetCallerIdentity    asks for nothing
//! AssumeRole           the role's trust policy, and the caller's policies unless it names the caller within the account
//! GetSessionToken      long-term credentials
//! GetFederationToken   long-term credentials and sts:GetFederationToken
//! ```
//!
//! Every principal of a world has credentials that always work ([`standing`]); those that calls make stand in [`Sts`]. Checking
//! signatures and expiry is up to whoever receives signed requests.
//!
//! Source: "Compare AWS STS credentials", IAM User Guide; the pages of the operations, AWS STS API Reference.

mod assume_role;
mod condition;
mod constraint;
mod credential;
mod federation_token;
mod record;
mod request;
mod session_policy;
mod session_token;
mod trust;

pub use credential::{Credential, Sts, principals, standing};

use super::World;
use crate::cloud::{AccountId, ApiError, Caller, Principal, PrincipalKind, user_id};
use crate::iam::Policy;
use condition::Conditions;
use record::Answer;
use serde_json::{Value, json};
use std::sync::Arc;

/// The code of a request that breaks a constraint.
const INVALID: &str = "ValidationError";

type Operation = fn(&mut World, &Arc<Caller>, Value) -> Result<Answer, ApiError>;

const OPERATIONS: [(&str, Operation); 4] = [
    ("AssumeRole", assume_role::call),
    ("GetCallerIdentity", caller_identity),
    ("GetFederationToken", federation_token::call),
    ("GetSessionToken", session_token::call),
];

/// Carries out an operation and records it.
///
/// # Errors
/// `ValidationError`, `AccessDenied`, `MalformedPolicyDocument`, `PackedPolicyTooLarge`; `InvalidAction` for an unknown operation.
pub(super) fn call(world: &mut World, caller: &Arc<Caller>, name: &str, members: Value) -> Result<Value, ApiError> {
    let Some((name, operation)) = OPERATIONS.into_iter().find(|(known, _)| *known == name) else {
        return Err(ApiError::new("InvalidAction", format!("Could not find operation {name} for version 2011-06-15")));
    };
    let asked = record::asked(&members);
    let outcome = operation(world, caller, members);
    record::record(world, caller, name, asked, &outcome);
    outcome.map(|answer| answer.response)
}

fn caller_identity(world: &mut World, caller: &Arc<Caller>, _: Value) -> Result<Answer, ApiError> {
    let principal = &caller.principal;
    let identity = json!({
        "UserId": user_id(world.cloud.random.seed(), principal),
        "Account": principal.account,
        "Arn": &*principal.arn,
    });
    Ok(Answer { response: identity, resource: None, logs_response: false })
}

/// Whether a principal signs with temporary credentials: sessions always do, users and root after `GetSessionToken`.
fn is_temporary(principal: &Principal) -> bool {
    let is_session = matches!(principal.kind, PrincipalKind::AssumedRole { .. } | PrincipalKind::FederatedUser { .. });
    is_session || principal.temporary().is_some()
}

/// A denial in STS's words.
fn denied(message: impl Into<String>, reason: impl Into<String>) -> ApiError {
    ApiError::new("AccessDenied", message).status(403).because(reason)
}

/// The denial of an action, which names no policy.
fn not_authorized(caller: &Caller, action: &str, resource: &str) -> String {
    format!("User: {} is not authorized to perform: {action} on resource: {resource}", caller.principal.arn)
}

/// Asks for a permission of STS.
///
/// # Errors
/// `AccessDenied`. Of what was missing STS tells nothing, of a deny the type of its policy.
fn ask(
    world: &World,
    caller: &Caller,
    action: &str,
    (resource, owner): (&str, AccountId),
    trust: Option<&Policy>,
    conditions: &Conditions<'_>,
) -> Result<(), ApiError> {
    world.authorise(caller, action, resource, owner, trust, conditions, "AccessDenied", 403).map_err(|error| {
        let deny = error.message.find(" with an explicit deny").and_then(|at| error.message.get(at..)).unwrap_or_default();
        ApiError { message: format!("{}{deny}", not_authorized(caller, action, resource)), ..error }
    })
}

/// Only who has long-term credentials can ask for some tokens.
///
/// # Errors
/// `AccessDenied` for sessions, and for services, which have no credentials of an account.
fn with_long_term_credentials(caller: &Caller, operation: &str) -> Result<(), ApiError> {
    if !is_temporary(&caller.principal) && !caller.principal.is_service() {
        return Ok(());
    }
    let reason = format!("{operation} is for users and root users with long-term credentials, and {} has none here", caller.principal.arn);
    Err(denied(format!("Cannot call {operation} with session credentials"), reason))
}

#[cfg(test)]
mod tests;
