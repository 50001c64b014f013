//! The condition keys that KMS sets for a request.
//!
//! Source: "AWS KMS condition keys", AWS KMS Developer Guide.

use super::{EncryptionContext, Key, Kms, Request};
use crate::cloud::Caller;
use crate::iam::{ConditionKey, ContextValue, RequestContext};
use std::borrow::Cow;

/// A request as conditions see it.
#[derive(Clone, Copy)]
pub(super) struct KmsContext<'r> {
    pub(super) kms: &'r Kms,
    pub(super) caller: &'r Caller,
    pub(super) request: &'r Request,
    /// The key that is asked for; none for operations without a key.
    pub(super) key: Option<&'r Key>,
    /// The encryption context of this half of the request.
    pub(super) encryption_context: &'r EncryptionContext,
    /// `ReEncrypt` names the same key twice.
    pub(super) same_key: bool,
}

fn one(text: &str) -> Option<ContextValue<'_>> {
    Some(ContextValue::One(Cow::Borrowed(text)))
}

fn owned<'v>(text: impl ToString) -> Option<ContextValue<'v>> {
    Some(ContextValue::One(Cow::Owned(text.to_string())))
}

fn many<'v>(texts: impl Iterator<Item = &'v str>) -> Option<ContextValue<'v>> {
    Some(ContextValue::Many(texts.map(Cow::Borrowed).collect()))
}

impl RequestContext for KmsContext<'_> {
    fn value(&self, key: &ConditionKey) -> Option<ContextValue<'_>> {
        let suffix = key.suffix.as_deref();
        match &*key.name {
            "kms:viaservice" => self.caller.via.as_ref().and_then(|via| owned(via.via_service())),
            "kms:calleraccount" => self.caller.account().and_then(owned),
            "kms:encryptioncontext" => {
                // The name of a pair in a condition key is compared without regard to case; its value is not.
                let wanted = suffix?;
                self.encryption_context.iter().find(|(name, _)| name.eq_ignore_ascii_case(wanted)).and_then(|(_, value)| one(value))
            }
            "kms:encryptioncontextkeys" => {
                (!self.encryption_context.is_empty()).then(|| many(self.encryption_context.keys().map(String::as_str))).flatten()
            }
            "aws:resourcetag" => self.key?.tags.get(suffix?).and_then(|value| one(value)),
            "kms:resourcealiases" => self.aliases(),
            "kms:keyspec" | "kms:customermasterkeyspec" => one(self.key.map_or("SYMMETRIC_DEFAULT", Key::key_spec)),
            "kms:keyusage" | "kms:customermasterkeyusage" => one(self.key.map_or("ENCRYPT_DECRYPT", Key::key_usage)),
            "kms:keyorigin" => one(self.key.map_or("AWS_KMS", |key| key.origin.name())),
            "kms:multiregion" => owned(self.key.is_some_and(|key| key.id.is_multi_region())),
            "kms:reencryptonsamekey" => matches!(self.request, Request::ReEncrypt(_)).then(|| owned(self.same_key)).flatten(),
            _ => self.request_value(&key.name, suffix),
        }
    }
}

impl KmsContext<'_> {
    fn aliases(&self) -> Option<ContextValue<'_>> {
        let key = self.key?;
        let at = super::KeyRef { id: key.id, region: key.region };
        let names: Vec<Cow<'_, str>> =
            self.kms.aliases().filter(|(_, target)| *target == at).map(|(alias, _)| Cow::Borrowed(&*alias.name)).collect();
        (!names.is_empty()).then_some(ContextValue::Many(names))
    }

    /// The keys that come from members of the request.
    fn request_value(&self, name: &str, suffix: Option<&str>) -> Option<ContextValue<'_>> {
        match (name, self.request) {
            ("kms:grantisforawsresource", Request::CreateGrant(_) | Request::ListGrants(_) | Request::RevokeGrant(_)) => {
                owned(self.caller.via.is_some())
            }
            ("kms:granteeprincipal", Request::CreateGrant(request)) => one(&request.grantee_principal),
            ("kms:retiringprincipal", Request::CreateGrant(request)) => request.retiring_principal.as_deref().and_then(one),
            ("kms:grantoperations", Request::CreateGrant(request)) => many(request.operations.iter().map(String::as_str)),
            ("kms:grantconstrainttype", Request::CreateGrant(request)) => {
                let constraints = request.constraints.as_ref()?;
                match (&constraints.encryption_context_equals, &constraints.encryption_context_subset) {
                    (Some(_), _) => one("EncryptionContextEquals"),
                    (None, Some(_)) => one("EncryptionContextSubset"),
                    (None, None) => None,
                }
            }
            ("kms:encryptionalgorithm", request) if is_symmetric_encryption(request) => one("SYMMETRIC_DEFAULT"),
            ("kms:requestalias", request) => request.named_key().filter(|name| name.contains("alias/")).and_then(|name| {
                // An alias ARN is given in the request; the condition key holds the alias name.
                name.split_once("alias/").and_then(|(_, rest)| owned(format!("alias/{rest}")))
            }),
            ("kms:bypasspolicylockoutsafetycheck", Request::PutKeyPolicy(request)) => {
                request.bypass_policy_lockout_safety_check.and_then(owned)
            }
            ("kms:bypasspolicylockoutsafetycheck", Request::CreateKey(request)) => {
                request.bypass_policy_lockout_safety_check.and_then(owned)
            }
            ("kms:schedulekeydeletionpendingwindowindays", Request::ScheduleKeyDeletion(request)) => {
                request.pending_window_in_days.and_then(owned)
            }
            ("kms:rotationperiodindays", Request::EnableKeyRotation(request)) => request.rotation_period_in_days.and_then(owned),
            ("aws:requesttag", Request::TagResource(request)) => tag(&request.tags, suffix?),
            ("aws:requesttag", Request::CreateKey(request)) => tag(&request.tags, suffix?),
            ("aws:tagkeys", Request::TagResource(request)) => many(request.tags.iter().map(|tag| tag.tag_key.as_str())),
            ("aws:tagkeys", Request::CreateKey(request)) => many(request.tags.iter().map(|tag| tag.tag_key.as_str())),
            ("aws:tagkeys", Request::UntagResource(request)) => many(request.tag_keys.iter().map(String::as_str)),
            _ => None,
        }
    }
}

fn tag<'r>(tags: &'r [super::Tag], key: &str) -> Option<ContextValue<'r>> {
    tags.iter().find(|tag| tag.tag_key == key).and_then(|tag| one(&tag.tag_value))
}

fn is_symmetric_encryption(request: &Request) -> bool {
    matches!(
        request,
        Request::Encrypt(_)
            | Request::Decrypt(_)
            | Request::GenerateDataKey(_)
            | Request::GenerateDataKeyWithoutPlaintext(_)
            | Request::ReEncrypt(_)
    )
}
