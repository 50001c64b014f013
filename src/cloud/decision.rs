//! The path that led to a decision of authorisation, as plain data: what every statement said about a request.
//!
//! It stands here, below the policy language that fills it in, so that an error can carry it to whoever shows it.

use crate::diag::Span;

/// The types of policy that take part in a decision, in the order in which AWS explains them.
///
/// Source: "How AWS enforcement code logic evaluates requests to allow or deny access", IAM User Guide.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum PolicyType {
    /// Of the organisation of the resource's account (RCP).
    ResourceControl,
    /// Of the organisation of the caller's account (SCP).
    ServiceControl,
    /// On the resource: a key policy, a bucket policy.
    ResourceBased,
    /// On the user or role, or on a group of the user.
    IdentityBased,
    /// The most that identity-based policies can give a user or role.
    PermissionsBoundary,
    /// Passed when a session began.
    Session,
    /// On the VPC endpoint that the request passes.
    VpcEndpoint,
}

impl PolicyType {
    /// As AWS's messages name it.
    #[must_use]
    pub fn phrase(self) -> &'static str {
        match self {
            PolicyType::ResourceControl => "resource control policy",
            PolicyType::ServiceControl => "service control policy",
            PolicyType::ResourceBased => "resource-based policy",
            PolicyType::IdentityBased => "identity-based policy",
            PolicyType::PermissionsBoundary => "permissions boundary",
            PolicyType::Session => "session policy",
            PolicyType::VpcEndpoint => "VPC endpoint policy",
        }
    }

    /// The same with its article.
    #[must_use]
    pub fn phrase_with_article(self) -> String {
        let article = if self == PolicyType::IdentityBased { "an" } else { "a" };
        format!("{article} {}", self.phrase())
    }
}

impl serde::Serialize for PolicyType {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.phrase())
    }
}

/// The path to one decision.
#[derive(Clone, Debug, PartialEq, serde::Serialize)]
#[serde(rename_all = "camelCase")]
pub struct DecisionTrace {
    /// `Allow`, `ExplicitDeny` or `ImplicitDeny`.
    pub decision: &'static str,
    /// The ARN of the caller, or the name of a service.
    pub principal: String,
    /// `kms:Decrypt`.
    pub action: String,
    /// The ARN that was asked for, or `*`.
    pub resource: String,
    /// The types of policies that lacked a needed allow.
    pub missing: Vec<PolicyType>,
    /// The id of the grant that took part.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub grant: Option<String>,
    /// Every policy that applied.
    pub policies: Vec<PolicyTrace>,
}

/// What one policy said.
#[derive(Clone, Debug, PartialEq, serde::Serialize)]
#[serde(rename_all = "camelCase")]
pub struct PolicyTrace {
    /// Its type.
    pub policy_type: PolicyType,
    /// What it is called.
    pub name: String,
    /// Of a policy of an organisation: 0 for the root, then each unit down to the account.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub level: Option<usize>,
    /// Its statements, in order.
    pub statements: Vec<StatementTrace>,
}

/// What one statement said.
#[derive(Clone, Debug, PartialEq, serde::Serialize)]
#[serde(rename_all = "camelCase")]
pub struct StatementTrace {
    /// Its number, from 1.
    pub number: usize,
    /// Its name, if it has one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sid: Option<String>,
    /// `Allow` or `Deny`.
    pub effect: &'static str,
    /// Whether all of it fits the request.
    pub matches: bool,
    /// Whether it is about the action.
    pub action: bool,
    /// Whether it reaches the caller; nothing where policies name nobody.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub principal: Option<bool>,
    /// Whether it is about the resource.
    pub resource: bool,
    /// Its conditions.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub conditions: Vec<ConditionTrace>,
    /// Where it stands, in a policy that came from a file.
    #[serde(skip)]
    pub span: Option<Span>,
}

/// What one condition said.
#[derive(Clone, Debug, PartialEq, serde::Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ConditionTrace {
    /// As written: `StringEquals`.
    pub operator: String,
    /// As written: `kms:ViaService`.
    pub key: String,
    /// What the policy wants.
    pub wanted: Vec<String>,
    /// What the request carries; nothing if it does not carry the key.
    pub found: Option<Vec<String>>,
    /// Whether it holds.
    pub holds: bool,
    /// Where its key stands.
    #[serde(skip)]
    pub span: Option<Span>,
}
