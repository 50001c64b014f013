//! What the services' APIs share: reading members, asking for the service's own permission, recording the call.

use super::World;
use crate::cloud::{AccountId, ApiError, Caller, Event, Parameters, Resource};
use crate::iam::{NoContext, Policy};
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};
use std::sync::Arc;

/// Reads members of a request into their shape.
///
/// # Errors
/// The service's validation error `code`, which says what does not fit.
pub(super) fn read<T: DeserializeOwned>(members: Value, code: &'static str) -> Result<T, ApiError> {
    let members = if members.is_null() { Value::Object(Map::new()) } else { members };
    serde_json::from_value(members).map_err(|error| ApiError::new(code, error.to_string()))
}

/// A permission outside KMS.
#[derive(Clone, Copy, Debug)]
pub(super) struct Permission<'p> {
    /// `sqs:SendMessage`.
    pub(super) action: &'p str,
    /// The ARN of the resource.
    pub(super) resource: &'p str,
    /// The account that owns it.
    pub(super) owner: AccountId,
    /// Its resource-based policy, if it has one.
    pub(super) policy: Option<&'p Policy>,
    /// The service's code and HTTP status for a denial.
    pub(super) denial: (&'static str, u16),
}

/// Whether a caller has a permission.
///
/// # Errors
/// The service's denial with its reason.
pub(super) fn ask(world: &World, caller: &Caller, permission: Permission<'_>) -> Result<(), ApiError> {
    let Permission { action, resource, owner, policy, denial: (code, status) } = permission;
    // Across accounts, and for a service principal, only the resource's own policy can open the door
    // ("Cross-account policy evaluation logic", IAM User Guide).
    if policy.is_none() && caller.account() != Some(owner) {
        let message = format!(
            "User: {} is not authorized to perform: {action} on resource: {resource} because no resource-based policy allows the {action} action",
            caller.principal.arn
        );
        let headline = format!("the resource belongs to account {owner} and has no policy that admits {}", caller.principal.identity_arn());
        return Err(ApiError::new(code, message).status(status).because(headline));
    }
    world.authorise(caller, action, resource, owner, policy, &NoContext, code, status)
}

/// A call that CloudTrail logs as a management event.
#[derive(Clone, Debug)]
pub(super) struct Logged {
    /// `sqs.amazonaws.com`.
    pub(super) source: &'static str,
    /// The event's name.
    pub(super) name: &'static str,
    /// The type of the resource, `AWS::SQS::Queue`.
    pub(super) kind: &'static str,
    /// Whether the call only reads.
    pub(super) read_only: bool,
    /// The members, without secrets.
    pub(super) members: Value,
}

/// Records a management event.
pub(super) fn record(world: &mut World, caller: &Arc<Caller>, logged: Logged, resource: Option<Arc<str>>, error: Option<&ApiError>) {
    let parameters = match logged.members {
        Value::Object(members) if !members.is_empty() => {
            let shown: Map<String, Value> = members.into_iter().map(|(name, value)| (small_first(&name), value)).collect();
            Parameters::Json(Arc::new(Value::Object(shown)))
        }
        Value::Object(_) | Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) | Value::Array(_) => Parameters::Empty,
    };
    let account = caller.account();
    let event = Event {
        time: world.cloud.now(),
        source: logged.source,
        name: logged.name,
        caller: Arc::clone(caller),
        region: caller.region,
        recipient: account,
        parameters,
        resources: resource.into_iter().map(|arn| Resource { arn, account, kind: logged.kind }).collect(),
        error: error.map(|error| Arc::new(error.clone())),
        allowed: None,
        read_only: logged.read_only,
    };
    world.cloud.record(event);
}

/// CloudTrail writes member names with a small first letter.
fn small_first(name: &str) -> String {
    let mut letters = name.chars();
    letters.next().map(|first| first.to_ascii_lowercase()).into_iter().chain(letters).collect()
}
