//! What KMS asks of a key policy that is saved, beyond its being well formed.
//!
//! Source: "PutKeyPolicy", AWS KMS API Reference; "Creating a key policy" and "AWS KMS condition keys", AWS KMS
//! Developer Guide.

use super::Door;
use crate::cloud::{AccountId, ApiError, Caller, Reason};
use crate::diag::Span;
use crate::iam::{AccessRequest, ConditionKey, ContextValue, MalformedPolicy, Policy, PolicyKind, RequestContext};
use crate::iam::{PolicySet, ResourceRule, evaluate};
use std::sync::Arc;

/// The keys that make no sense in the policy of one key. AWS's message always lists all of them.
const FOR_IAM_POLICIES_ONLY: [&str; 3] = ["aws:ResourceTag", "kms:ResourceTag", "kms:ResourceAliases"];

/// Single-valued keys of which `ForAllValues` would also hold where the request lacks them, and how AWS's message
/// speaks of each.
const NEVER_FOR_ALL_VALUES: [(&str, &str); 2] = [("kms:encryptioncontext", "encryption context"), ("aws:requesttag", "tag")];

const NO_PRINCIPAL: &str = "Policy contains a statement with no principal.";
const INVALID_PRINCIPALS: &str = "Policy contains a statement with one or more invalid principals.";

/// Whether a key policy may hold a character: those of Latin-1 that can be printed, tabs and line ends.
#[must_use]
pub fn is_policy_character(character: char) -> bool {
    matches!(character, '\t' | '\n' | '\r' | ' '..='\u{ff}')
}

/// A condition for which KMS refuses a key policy.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RefusedCondition {
    /// AWS's message.
    pub message: String,
    /// The condition key, as written.
    pub key: Arc<str>,
    /// Where the key stands; nothing for a policy that came as text.
    pub span: Option<Span>,
    /// What to write instead, for people.
    pub help: &'static str,
}

/// The first condition for which KMS refuses a key policy.
#[must_use]
pub fn refused_condition(policy: &Policy) -> Option<RefusedCondition> {
    policy.conditions().find_map(|(operator, key, span)| {
        let refused = |message, help| Some(RefusedCondition { message, key: Arc::clone(&key.written), span, help });
        if FOR_IAM_POLICIES_ONLY.iter().any(|name| name.eq_ignore_ascii_case(&key.name)) {
            return refused(
                format!("These condition keys are not permitted in a key policy: {}", FOR_IAM_POLICIES_ONLY.join(", ")),
                "a key policy is about this one key: leave the condition out, or move it to an identity-based policy",
            );
        }
        let (_, what) = NEVER_FOR_ALL_VALUES.iter().find(|(name, _)| *name == &*key.name && operator.starts_with("ForAllValues:"))?;
        refused(
            format!(
                "OverlyPermissiveCondition: Using the ForAllValues set operator with a single-valued condition key matches requests \
                 without the specified {what} or with an unspecified {what}. To fix, remove ForAllValues."
            ),
            "leave the set operator out: the key has one value",
        )
    })
}

/// A key policy that is about to be saved.
pub(super) struct NewKeyPolicy<'p> {
    pub(super) text: &'p str,
    /// What messages call it.
    pub(super) name: &'p str,
    /// The key that it is for.
    pub(super) key_arn: &'p str,
    pub(super) account: AccountId,
    /// `BypassPolicyLockoutSafetyCheck`.
    pub(super) bypass: bool,
}

impl NewKeyPolicy<'_> {
    /// Reads the policy as AWS does when it is saved: well formed, every principal exists, no condition that KMS refuses,
    /// and the caller keeps the right to change it.
    ///
    /// # Errors
    /// `MalformedPolicyDocumentException`, `LimitExceededException`.
    pub(super) fn read(&self, door: &Door<'_>, caller: &Caller) -> Result<Policy, ApiError> {
        let (bytes, most) = (self.text.len(), door.kms.rules().policy_bytes);
        if bytes > most {
            return Err(ApiError::new("LimitExceededException", format!("The key policy has {bytes} bytes, more than {most}.")));
        }
        let policy = Policy::read_json(self.text, PolicyKind::Key, self.name).map_err(|found| ill_formed(&found))?;
        if policy.statements().is_empty() {
            return Err(malformed("the policy has no statement"));
        }
        if let Some((unknown, _)) = policy.principals().find(|(arn, _)| !door.iam.principal_exists(arn)) {
            return Err(malformed(INVALID_PRINCIPALS).because(format!("{unknown} does not exist")));
        }
        if let Some(refused) = refused_condition(&policy) {
            let reason = Reason::new(format!("KMS refuses the condition on {}", refused.key)).detail(refused.help, None);
            return Err(malformed(refused.message).with_reason(Arc::new(reason)));
        }
        if !self.bypass {
            self.check_lockout(door, caller, &policy)?;
        }
        Ok(policy)
    }

    /// The lockout safety check: the new policy must let the caller call `PutKeyPolicy` again.
    fn check_lockout(&self, door: &Door<'_>, caller: &Caller, policy: &Policy) -> Result<(), ApiError> {
        let access = AccessRequest {
            iam: door.iam,
            caller,
            action: "kms:PutKeyPolicy",
            resource: self.key_arn,
            resource_account: self.account,
            now: door.cloud.now(),
            context: &NextPutKeyPolicy { account: self.account.to_string() },
        };
        let evaluation = evaluate(access, PolicySet::new().with_resource(policy, ResourceRule::KeyPolicy));
        // The account statement satisfies the check whatever the caller's own IAM policies say.
        if evaluation.resource_policy_allows() {
            return Ok(());
        }
        let reason = Reason::new("the lockout safety check: no statement of the new policy lets the caller call kms:PutKeyPolicy again")
            .detail("keep a statement for the account root with kms:*, or name the caller with kms:PutKeyPolicy", None);
        Err(malformed("The new key policy will not allow you to update the key policy in the future.").with_reason(Arc::new(reason)))
    }
}

/// The lockout check asks about a future `PutKeyPolicy`, of which only the caller's account is known.
struct NextPutKeyPolicy {
    account: String,
}

impl RequestContext for NextPutKeyPolicy {
    fn value(&self, key: &ConditionKey) -> Option<ContextValue<'_>> {
        (&*key.name == "kms:calleraccount").then(|| ContextValue::One(self.account.as_str().into()))
    }
}

fn malformed(message: impl Into<String>) -> ApiError {
    ApiError::new("MalformedPolicyDocumentException", message)
}

/// AWS's message where it is known; what is wrong and where is the reason then. AWS publishes no text for the other
/// mistakes, so the message itself says it.
fn ill_formed(found: &MalformedPolicy) -> ApiError {
    match found.code {
        "policy/principal" => malformed(INVALID_PRINCIPALS).because(found.to_string()),
        "policy/no-principal" => malformed(NO_PRINCIPAL).because(found.to_string()),
        _ => malformed(found.to_string()),
    }
}
