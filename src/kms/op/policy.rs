//! Reading and replacing the key policy.

use crate::cloud::{AccountId, ApiError, Caller, Reason};
use crate::iam::{AccessRequest, ConditionKey, ContextValue, Policy, PolicyKind, PolicySet, RequestContext, ResourceRule, evaluate};
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
    let (account, name) = (key.account, key.policy.name.to_string());
    let bypass = request.bypass_policy_lockout_safety_check == Some(true);
    let policy = read(door, caller, account, &request.policy, &name, bypass)?;
    door.key_mut(at)?.policy = Arc::new(policy);
    Ok(Response::Empty)
}

fn is_default(name: Option<&str>) -> Result<(), ApiError> {
    match name {
        None | Some("default") => Ok(()),
        Some(other) => Err(ApiError::new("NotFoundException", format!("No such policy exists: {other}"))),
    }
}

/// The lockout check asks about a future `PutKeyPolicy`, of which only the caller's account is known.
struct Future {
    account: String,
}

impl RequestContext for Future {
    fn value(&self, key: &ConditionKey) -> Option<ContextValue<'_>> {
        (&*key.name == "kms:calleraccount").then(|| ContextValue::One(self.account.as_str().into()))
    }
}

/// Reads a key policy as AWS does when it is saved: well formed, every principal exists, and the caller
/// keeps the right to change it.
///
/// Source: "PutKeyPolicy", AWS KMS API Reference.
///
/// # Errors
/// `MalformedPolicyDocumentException`, `LimitExceededException`.
pub(super) fn read(door: &Door<'_>, caller: &Caller, account: AccountId, text: &str, name: &str, bypass: bool) -> Result<Policy, ApiError> {
    let most = door.kms.rules().policy_bytes;
    if text.len() > most {
        return Err(ApiError::new("LimitExceededException", format!("The key policy has {} bytes, more than {most}.", text.len())));
    }
    let malformed = |message: String| ApiError::new("MalformedPolicyDocumentException", message);
    let policy = Policy::from_json(text, PolicyKind::Key, name).map_err(malformed)?;
    if let Some(unknown) = policy.principals().find(|(arn, _)| !door.iam.principal_exists(arn)).map(|(arn, _)| arn) {
        let message = "Policy contains a statement with one or more invalid principals.".to_owned();
        return Err(malformed(message).because(format!("{unknown} does not exist")));
    }
    if !bypass {
        let context = Future { account: account.to_string() };
        let resource = format!("arn:{}:kms:{}:{account}:key/*", caller.region.partition(), caller.region);
        let access = AccessRequest {
            iam: door.iam,
            caller,
            action: "kms:PutKeyPolicy",
            resource: &resource,
            resource_account: account,
            now: door.cloud.now(),
            context: &context,
        };
        let evaluation = evaluate(access, PolicySet::new().with_resource(&policy, ResourceRule::KeyPolicy));
        // The account statement satisfies the check whatever the caller's own IAM policies say.
        if !evaluation.resource_policy_allows() {
            let message = "The new key policy will not allow you to update the key policy in the future.".to_owned();
            let reason =
                Reason::new("the lockout safety check: no statement of the new policy lets the caller call kms:PutKeyPolicy again")
                    .detail("keep a statement for the account root with kms:*, or name the caller with kms:PutKeyPolicy", None);
            return Err(malformed(message).with_reason(Arc::new(reason)));
        }
    }
    Ok(policy)
}
