//! The condition keys that KMS sets for a request.
//!
//! Source: "AWS KMS condition keys", AWS KMS Developer Guide.

#![allow(clippy::wildcard_enum_match_arm, reason = "few of the 56 operations set a condition key")]

use super::key::MultiRegionKeyType;
use super::{CreateKeyRequest, Door, EncryptionContext, Grant, Key, Request};
use crate::cloud::{Caller, Instant};
use crate::iam::{ConditionKey, ContextValue, RequestContext};
use std::borrow::Cow;

/// A request as conditions see it.
#[derive(Clone, Copy)]
pub(super) struct KmsContext<'r> {
    pub(super) caller: &'r Caller,
    pub(super) request: &'r Request,
    /// The key that is asked for; none for operations without a key.
    pub(super) key: Option<&'r Key>,
    /// The encryption context of this half of the request.
    pub(super) encryption_context: &'r EncryptionContext,
    /// `ReEncrypt` names the same key twice.
    pub(super) same_key: bool,
    /// The second key of a request is asked for.
    pub(super) second: bool,
    /// The grant that is to be retired.
    pub(super) grant: Option<&'r Grant>,
    pub(super) now: Instant,
}

impl<'r> KmsContext<'r> {
    pub(super) fn new(
        door: &Door<'_>,
        caller: &'r Caller,
        request: &'r Request,
        key: Option<&'r Key>,
        encryption_context: &'r EncryptionContext,
    ) -> Self {
        KmsContext { caller, request, key, encryption_context, same_key: false, second: false, grant: None, now: door.cloud.now() }
    }
}

/// The condition keys that a request carries when it asks for a key, or for none, with this encryption context.
pub fn request_context<'r>(
    caller: &'r Caller,
    request: &'r Request,
    key: Option<&'r Key>,
    encryption_context: &'r EncryptionContext,
    now: Instant,
) -> impl RequestContext + 'r {
    KmsContext { caller, request, key, encryption_context, same_key: false, second: false, grant: None, now }
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
            "kms:viaservice" => self.key.and(self.caller.via.as_ref()).and_then(|via| owned(via.via_service())),
            "kms:calleraccount" if self.key.is_some() || self.request.operation().row().category == "custom-key-store" => {
                self.caller.account().and_then(owned)
            }
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
            "kms:keyspec" | "kms:customermasterkeyspec" => self.property(|key| key.spec.name(), |new| new.spec().name()),
            "kms:keyusage" | "kms:customermasterkeyusage" => {
                self.property(|key| key.usage.name(), |new| new.key_usage.unwrap_or_default().name())
            }
            "kms:keyorigin" => self.property(|key| key.origin.name(), |new| new.origin.unwrap_or_default().name()),
            "kms:multiregion" => self.property(|key| truth(key.multi_region.is_some()), |new| truth(new.multi_region)),
            "kms:multiregionkeytype" => match (self.key, self.request) {
                (Some(key), _) => key.multi_region.and_then(|part| one(part.name())),
                (None, Request::CreateKey(new)) if new.multi_region => one(MultiRegionKeyType::Primary.name()),
                (None, _) => None,
            },
            "kms:reencryptonsamekey" => matches!(self.request, Request::ReEncrypt(_)).then(|| owned(self.same_key)).flatten(),
            _ => self.request_value(&key.name, suffix),
        }
    }
}

impl KmsContext<'_> {
    /// A property of the key, or of the key that `CreateKey` would make.
    fn property(&self, of: fn(&Key) -> &'static str, new: fn(&CreateKeyRequest) -> &'static str) -> Option<ContextValue<'_>> {
        match (self.key, self.request) {
            (Some(key), _) => one(of(key)),
            (None, Request::CreateKey(request)) => one(new(request)),
            (None, _) => None,
        }
    }

    fn aliases(&self) -> Option<ContextValue<'_>> {
        let names = &self.key?.aliases;
        (!names.is_empty()).then(|| many(names.iter().map(|name| &**name))).flatten()
    }

    /// Whole days since the key was last used; without a use, since it was made.
    ///
    /// Source: "kms:TrailingDaysWithoutKeyUsage", AWS KMS Developer Guide.
    fn days_without_use(&self) -> Option<i64> {
        let key = self.key?;
        let since = key.last_usage.map_or(key.created, |usage| usage.time);
        Some((self.now - since).num_days())
    }

    /// The keys that come from members of the request.
    fn request_value(&self, name: &str, suffix: Option<&str>) -> Option<ContextValue<'_>> {
        match (name, self.request) {
            ("kms:grantisforawsresource", Request::CreateGrant(_) | Request::ListGrants(_) | Request::RevokeGrant(_)) => {
                owned(self.caller.via.is_some())
            }
            ("kms:granteeprincipal", Request::CreateGrant(request)) => request.grantee_principal.as_deref().and_then(one),
            ("kms:granteeserviceprincipal", Request::CreateGrant(request)) => request.grantee_service_principal.as_deref().and_then(one),
            ("kms:retiringserviceprincipal", Request::CreateGrant(request)) => request.retiring_service_principal.as_deref().and_then(one),
            ("kms:grantconstraintsourcearn", Request::CreateGrant(request)) => {
                request.constraints.as_ref().and_then(|constraints| constraints.source_arn.as_deref()).and_then(one)
            }
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
            // On RetireGrant the constraint of the grant is meant.
            ("kms:grantconstrainttype", Request::RetireGrant(_)) => {
                self.grant.and_then(|grant| grant.constraint.as_ref()).and_then(|constraint| one(constraint.kind()))
            }
            ("kms:encryptionalgorithm", request) => self.encryption_algorithm(request),
            ("kms:signingalgorithm", Request::Sign(request)) => one(request.signing_algorithm.name()),
            ("kms:signingalgorithm", Request::Verify(request)) => one(request.signing_algorithm.name()),
            ("kms:messagetype", Request::Sign(request)) => one(request.message_type.unwrap_or_default().name()),
            ("kms:messagetype", Request::Verify(request)) => one(request.message_type.unwrap_or_default().name()),
            ("kms:macalgorithm", Request::GenerateMac(request)) => one(request.mac_algorithm.name()),
            ("kms:macalgorithm", Request::VerifyMac(request)) => one(request.mac_algorithm.name()),
            ("kms:keyagreementalgorithm", Request::DeriveSharedSecret(request)) => one(request.key_agreement_algorithm.name()),
            ("kms:datakeypairspec", Request::GenerateDataKeyPair(request) | Request::GenerateDataKeyPairWithoutPlaintext(request)) => {
                one(request.key_pair_spec.name())
            }
            ("kms:wrappingalgorithm", Request::GetParametersForImport(request)) => one(request.wrapping_algorithm.name()),
            ("kms:wrappingkeyspec", Request::GetParametersForImport(request)) => one(request.wrapping_key_spec.name()),
            ("kms:expirationmodel", Request::ImportKeyMaterial(request)) => one(request.expiration_model.unwrap_or_default().name()),
            ("kms:validto", Request::ImportKeyMaterial(request)) => request.valid_to.and_then(|time| owned(time.0.timestamp())),
            ("kms:replicaregion", Request::ReplicateKey(request)) => one(&request.replica_region),
            ("kms:primaryregion", Request::UpdatePrimaryRegion(request)) => one(&request.primary_region),
            ("kms:trailingdayswithoutkeyusage", Request::DisableKey(_) | Request::ScheduleKeyDeletion(_)) => {
                self.days_without_use().and_then(owned)
            }
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
            ("aws:requesttag", Request::ReplicateKey(request)) => tag(&request.tags, suffix?),
            ("aws:tagkeys", Request::ReplicateKey(request)) => many(request.tags.iter().map(|tag| tag.tag_key.as_str())),
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

fn truth(value: bool) -> &'static str {
    if value { "true" } else { "false" }
}

impl KmsContext<'_> {
    /// The algorithm of a request that encrypts or decrypts; of `ReEncrypt` that of this half.
    fn encryption_algorithm(&self, request: &Request) -> Option<ContextValue<'_>> {
        let algorithm = match request {
            Request::Encrypt(request) => request.encryption_algorithm,
            Request::Decrypt(request) => request.encryption_algorithm,
            Request::ReEncrypt(request) if self.second => request.destination_encryption_algorithm,
            Request::ReEncrypt(request) => request.source_encryption_algorithm,
            Request::GenerateDataKey(_)
            | Request::GenerateDataKeyWithoutPlaintext(_)
            | Request::GenerateDataKeyPair(_)
            | Request::GenerateDataKeyPairWithoutPlaintext(_) => None,
            _ => return None,
        };
        one(algorithm.unwrap_or_default().name())
    }
}
