//! What the services' APIs share: reading members and asking for the service's own permission.

use super::World;
use crate::cloud::{AccountId, ApiError, Caller};
use crate::iam::{NoContext, Policy};
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

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
    world.authorise(caller, action, resource, owner, policy, &NoContext, code, status)
}
