//! The path that led to a decision of authorisation, as plain data: what every statement said about a request.
//!
//! It stands here, below the policy language that fills it in, so that an error can carry it to whoever shows it.

use crate::diag::Span;

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
    pub missing: Vec<&'static str>,
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
    /// `resource-based policy`, `service control policy`.
    pub policy_type: &'static str,
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
