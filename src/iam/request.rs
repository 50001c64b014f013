//! What is asked: who, what, on which resource, with which values for condition keys.

use super::Iam;
use crate::cloud::{AccountId, Caller, Instant};
use std::borrow::Cow;
use std::sync::Arc;

/// A request to be decided.
#[derive(Clone, Copy)]
pub struct AccessRequest<'r> {
    /// Who is who: tags, organisations and endpoints stand here.
    pub iam: &'r Iam,
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

    /// Whether this is the whole context, so that not even the global keys are derived from caller and time.
    fn is_complete(&self) -> bool {
        false
    }
}

/// The name of a condition key, in the case it was written in; compared without regard to case.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConditionKey {
    /// The whole name, as written: `kms:EncryptionContext:Department`.
    pub written: Arc<str>,
    /// The fixed part in lower case: `kms:encryptioncontext`, `kms:viaservice`, `aws:resourcetag`.
    pub name: Arc<str>,
    /// What follows it (after the second colon, or the slash of a tag key), as written: `Department`.
    pub suffix: Option<Arc<str>>,
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
