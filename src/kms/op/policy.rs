//! Reading and replacing the key policy.

use crate::cloud::{ApiError, Caller};
use crate::kms::key_policy::NewKeyPolicy;
use crate::kms::{Door, GetKeyPolicyRequest, Key, KeyRef, PutKeyPolicyRequest, Response};
use serde_json::json;
use std::sync::Arc;

pub(super) fn get(door: &Door<'_>, at: KeyRef, request: &GetKeyPolicyRequest) -> Result<Response, ApiError> {
    is_default(request.policy_name.as_deref())?;
    Ok(Response::Json(json!({ "Policy": text(door.key(at)?), "PolicyName": "default" })))
}

/// The key policy as a text.
pub(super) fn text(key: &Key) -> String {
    serde_json::to_string_pretty(&key.policy.to_json()).unwrap_or_default()
}

pub(super) fn put(door: &mut Door<'_>, caller: &Caller, at: KeyRef, request: &PutKeyPolicyRequest) -> Result<Response, ApiError> {
    is_default(request.policy_name.as_deref())?;
    let key = door.key(at)?;
    let new = NewKeyPolicy {
        text: &request.policy,
        name: &key.policy.name,
        key_arn: &key.arn,
        account: key.account,
        bypass: request.bypass_policy_lockout_safety_check == Some(true),
    };
    let policy = new.read(door, caller)?;
    door.key_mut(at)?.policy = Arc::new(policy);
    Ok(Response::Empty)
}

fn is_default(name: Option<&str>) -> Result<(), ApiError> {
    match name {
        None | Some("default") => Ok(()),
        Some(other) => Err(ApiError::new("NotFoundException", format!("No such policy exists: {other}"))),
    }
}
