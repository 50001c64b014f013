//! Questions of authorisation for items about policies: asked of the model without a world around them.

use super::setting::{OWNER, role_arn};
use super::statement::{Statement, document};
use crate::authz::{Answer, Question, Values};
use crate::cloud::{AccountId, Caller, Principal, Region};
use crate::iam::{Decision, Policy, PolicyKind};
use serde_json::Value;
use std::sync::Arc;

/// A key's ARN in a question: the label stands for the id.
pub(super) fn key_arn(label: &str) -> String {
    format!("arn:aws:kms:us-east-1:{OWNER}:key/{label}")
}

/// Who asks for what on which key.
#[derive(Clone, Debug)]
pub(super) struct Ask<'a> {
    pub(super) account: &'a str,
    pub(super) role: &'a str,
    pub(super) operation: &'a str,
    pub(super) key: &'a str,
    /// The encryption context of the request.
    pub(super) context: &'a [(String, String)],
}

/// The policies that decide.
#[derive(Clone, Debug, Default)]
pub(super) struct Policies {
    pub(super) key: Option<Arc<Policy>>,
    pub(super) identity: Vec<Arc<Policy>>,
    pub(super) boundary: Option<Arc<Policy>>,
    /// Of the owner's account, beside `FullAWSAccess`.
    pub(super) service_control: Vec<Arc<Policy>>,
}

/// Statements as a policy. Nothing comes back if they are none, which is a mistake in this program.
pub(super) fn policy(statements: &[Statement], kind: PolicyKind, name: &str) -> Option<Arc<Policy>> {
    from_value(&document(statements), kind, name)
}

/// A document as a policy.
pub(super) fn from_value(document: &Value, kind: PolicyKind, name: &str) -> Option<Arc<Policy>> {
    Policy::from_json(&document.to_string(), kind, name).ok().map(Arc::new)
}

impl Policies {
    fn question(&self, ask: &Ask<'_>) -> Option<Question> {
        let principal = Principal::plain_session(AccountId::parse(ask.account)?, ask.role);
        let mut question = Question::new(Caller::direct(principal, Region::default_region()), AccountId::parse(OWNER)?);
        question.action = ask.operation.to_owned();
        question.resource = key_arn(ask.key);
        // What KMS sets of itself; the rest follows from the caller.
        question.context.set("kms:CallerAccount", Values::One(ask.account.to_owned()));
        for (name, value) in ask.context {
            question.context.set(&format!("kms:EncryptionContext:{name}"), Values::One(value.clone()));
        }
        question.key_policy = self.key.clone();
        question.identity_policies = self.identity.clone();
        question.boundary = self.boundary.clone();
        if !self.service_control.is_empty() {
            question.service_controls = vec![self.service_control.clone()];
        }
        Some(question)
    }

    /// Whether the request is allowed.
    pub(super) fn allow(&self, ask: &Ask<'_>) -> Option<bool> {
        Some(self.question(ask)?.decide() == Decision::Allow)
    }

    /// The decision with its reason.
    pub(super) fn answer(&self, ask: &Ask<'_>) -> Option<Answer> {
        Some(self.question(ask)?.answer())
    }
}

/// The ARN of a role of the owner.
pub(super) fn own_role(name: &str) -> String {
    role_arn(OWNER, name)
}
