//! stub: evaluation
use super::{Iam, Policy};
use crate::cloud::{AccountId, Caller, Instant, Reason};
use std::borrow::Cow;
/// A request to be decided.
#[derive(Clone, Copy)]
pub struct AccessRequest<'r> {
    /// Who asks.
    pub caller: &'r Caller,
    /// `kms:Decrypt`.
    pub action: &'r str,
    /// The ARN of the resource, or `*` when the action has none.
    pub resource: &'r str,
    /// The account that owns the resource.
    pub resource_account: AccountId,
    /// The time.
    pub now: Instant,
    /// The service's own condition keys (`kms:…`, `s3:…`, `aws:ResourceTag/…`). Global keys come from the caller.
    pub context: &'r dyn RequestContext,
}
/// The condition keys that a service sets for a request.
pub trait RequestContext {
    /// The value of a key, or nothing if the request does not carry it.
    fn value(&self, key: &ConditionKey) -> Option<ContextValue<'_>>;
}
/// The name of a condition key, in the case it was written in; compared without regard to case.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConditionKey {
    /// The whole name, as written: `kms:EncryptionContext:Department`.
    pub written: std::sync::Arc<str>,
    /// The fixed part in lower case: `kms:encryptioncontext`, `kms:viaservice`, `aws:resourcetag`.
    pub name: std::sync::Arc<str>,
    /// What follows it (after the second colon, or the slash of a tag key), as written: `Department`.
    pub suffix: Option<std::sync::Arc<str>>,
}
/// The value of a condition key in a request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ContextValue<'v> {
    /// A single-valued key.
    One(Cow<'v, str>),
    /// A multivalued key.
    Many(Vec<Cow<'v, str>>),
}
/// No condition keys of its own.
#[derive(Clone, Copy, Debug)]
pub struct NoContext;
impl RequestContext for NoContext {
    fn value(&self, _: &ConditionKey) -> Option<ContextValue<'_>> {
        None
    }
}
/// The policy on the resource, and how it combines with identity-based policies.
#[derive(Clone, Copy, Debug)]
pub struct ResourcePolicy<'p> {
    /// The policy.
    pub policy: &'p Policy,
    /// The rule.
    pub rule: ResourceRule,
}
/// How a resource policy and identity-based policies combine within one account.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ResourceRule {
    /// KMS: the key policy must name the caller, or delegate to the account and then an identity policy must allow.
    KeyPolicy,
    /// Everything else: either of them allows.
    Union,
}
/// What was decided.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Decision {
    /// Allowed.
    Allow,
    /// Some policy denies.
    ExplicitDeny,
    /// Nothing denies, but a needed allow is missing.
    ImplicitDeny,
}
/// The evidence about a request.
pub struct Evaluation<'e> {
    request: AccessRequest<'e>,
}
impl Evaluation<'_> {
    /// What the evidence decides.
    #[must_use]
    pub fn decision(&self) -> Decision {
        Decision::Allow
    }
    /// Why, for people: headline, deciding statement or what was missing, near misses.
    #[must_use]
    pub fn explain(&self) -> Reason {
        Reason::new(self.request.action)
    }
    /// AWS's message text for a denial.
    #[must_use]
    pub fn message(&self) -> String {
        String::new()
    }
}
/// Evaluates a request. `grant` is the id of a grant that allows it, if KMS found one.
#[must_use]
pub fn evaluate<'e>(
    iam: &'e Iam,
    request: AccessRequest<'e>,
    resource: Option<ResourcePolicy<'e>>,
    grant: Option<&'e str>,
) -> Evaluation<'e> {
    let _ = (iam, resource, grant);
    Evaluation { request }
}
