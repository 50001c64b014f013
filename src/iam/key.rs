//! Condition keys: their names, and the values of those that every service shares.

use super::{AccessRequest, ConditionKey, ContextValue};
use crate::cloud::{PrincipalKind, format_instant};
use std::borrow::Cow;
use std::sync::Arc;

impl ConditionKey {
    /// Splits a name into its fixed part and what follows: `kms:EncryptionContext:Department`,
    /// `aws:ResourceTag/env`.
    #[must_use]
    pub fn parse(written: &str) -> Self {
        let service = written.find(':').map_or(0, |at| at + 1);
        let cut = written.get(service..).and_then(|name| name.find([':', '/'])).map(|at| at + service);
        let (name, suffix) = match cut {
            Some(at) => (written.get(..at).unwrap_or(written), written.get(at + 1..)),
            None => (written, None),
        };
        ConditionKey { written: written.into(), name: name.to_lowercase().into(), suffix: suffix.map(Arc::from) }
    }
}

/// A condition key, with the global key that it is.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Key {
    /// Its name.
    pub(super) key: ConditionKey,
    global: Option<GlobalKey>,
}

impl Key {
    /// Reads a name.
    pub(super) fn parse(written: &str) -> Self {
        let key = ConditionKey::parse(written);
        let global = GLOBAL_KEYS.iter().find(|(name, _)| *name == &*key.name && key.suffix.is_none()).map(|(_, global)| *global);
        Key { key, global }
    }
}

/// The global keys whose value follows from the caller, the time and the resource.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum GlobalKey {
    CalledVia,
    CalledViaOne,
    CurrentTime,
    EpochTime,
    PrincipalAccount,
    PrincipalArn,
    PrincipalIsAwsService,
    PrincipalServiceName,
    PrincipalServiceNamesList,
    PrincipalType,
    RequestedRegion,
    ResourceAccount,
    SecureTransport,
    SourceAccount,
    SourceArn,
    UserName,
    ViaAwsService,
}

/// Source: "AWS global condition context keys", IAM User Guide.
const GLOBAL_KEYS: &[(&str, GlobalKey)] = &[
    ("aws:calledvia", GlobalKey::CalledVia),
    // One service at most stands between a caller and KMS in this model, so it is first and last.
    ("aws:calledviafirst", GlobalKey::CalledViaOne),
    ("aws:calledvialast", GlobalKey::CalledViaOne),
    ("aws:currenttime", GlobalKey::CurrentTime),
    ("aws:epochtime", GlobalKey::EpochTime),
    ("aws:principalaccount", GlobalKey::PrincipalAccount),
    ("aws:principalarn", GlobalKey::PrincipalArn),
    ("aws:principalisawsservice", GlobalKey::PrincipalIsAwsService),
    ("aws:principalservicename", GlobalKey::PrincipalServiceName),
    ("aws:principalservicenameslist", GlobalKey::PrincipalServiceNamesList),
    ("aws:principaltype", GlobalKey::PrincipalType),
    ("aws:requestedregion", GlobalKey::RequestedRegion),
    ("aws:resourceaccount", GlobalKey::ResourceAccount),
    ("aws:securetransport", GlobalKey::SecureTransport),
    ("aws:sourceaccount", GlobalKey::SourceAccount),
    ("aws:sourcearn", GlobalKey::SourceArn),
    ("aws:username", GlobalKey::UserName),
    ("aws:viaawsservice", GlobalKey::ViaAwsService),
];

/// The value of a condition key in a request. An empty multivalued key counts as absent.
pub(super) fn lookup<'r>(request: &AccessRequest<'r>, key: &Key) -> Option<ContextValue<'r>> {
    let value = match key.global {
        Some(global) if !request.context.is_complete() => global_value(request, global),
        Some(_) | None => request.context.value(&key.key),
    };
    value.filter(|value| !matches!(value, ContextValue::Many(values) if values.is_empty()))
}

fn global_value<'r>(request: &AccessRequest<'r>, key: GlobalKey) -> Option<ContextValue<'r>> {
    let caller = request.caller;
    let principal = &caller.principal;
    let truth = |holds: bool| Cow::Borrowed(if holds { "true" } else { "false" });
    let service = || match &principal.kind {
        PrincipalKind::Service { name } => Some(Cow::Borrowed(&**name)),
        PrincipalKind::Root | PrincipalKind::User { .. } | PrincipalKind::AssumedRole { .. } => None,
    };
    let invoked_by = || caller.via.as_ref().map(|via| Cow::Owned(via.invoked_by()));
    let one = match key {
        GlobalKey::CalledVia => return invoked_by().map(|service| ContextValue::Many(vec![service])),
        GlobalKey::PrincipalServiceNamesList => return service().map(|name| ContextValue::Many(vec![name])),
        GlobalKey::CalledViaOne => invoked_by()?,
        GlobalKey::CurrentTime => Cow::Owned(format_instant(request.now)),
        GlobalKey::EpochTime => Cow::Owned(request.now.timestamp().to_string()),
        GlobalKey::PrincipalAccount => Cow::Borrowed(principal.account.as_ref()?.as_str()),
        GlobalKey::PrincipalArn => match principal.kind {
            PrincipalKind::Root | PrincipalKind::User { .. } => Cow::Borrowed(&*principal.arn),
            PrincipalKind::AssumedRole { .. } => Cow::Owned(principal.identity_arn().to_string()),
            PrincipalKind::Service { .. } => return None,
        },
        GlobalKey::PrincipalIsAwsService => truth(principal.is_service()),
        GlobalKey::PrincipalServiceName => service()?,
        GlobalKey::PrincipalType => Cow::Borrowed(match principal.kind {
            PrincipalKind::Root => "Account",
            PrincipalKind::User { .. } => "User",
            PrincipalKind::AssumedRole { .. } => "AssumedRole",
            PrincipalKind::Service { .. } => return None,
        }),
        GlobalKey::RequestedRegion => Cow::Borrowed(caller.region.code()),
        GlobalKey::ResourceAccount => Cow::Owned(request.resource_account.as_str().to_owned()),
        GlobalKey::SecureTransport => truth(true),
        GlobalKey::SourceAccount => Cow::Borrowed(caller.source_account.as_ref()?.as_str()),
        GlobalKey::SourceArn => Cow::Borrowed(caller.source_arn.as_deref()?),
        GlobalKey::UserName => match &principal.kind {
            // The path is part of the ARN, not of the name.
            PrincipalKind::User { name } => Cow::Borrowed(name.rsplit('/').next().unwrap_or(name)),
            PrincipalKind::Root | PrincipalKind::AssumedRole { .. } | PrincipalKind::Service { .. } => return None,
        },
        GlobalKey::ViaAwsService => truth(caller.via.is_some()),
    };
    Some(ContextValue::One(one))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_condition_key_splits_at_the_second_colon_or_the_slash_of_a_tag() {
        let split = |text: &str| {
            let key = ConditionKey::parse(text);
            (key.name.to_string(), key.suffix.map(|suffix| suffix.to_string()))
        };
        assert_eq!(split("KMS:ViaService"), ("kms:viaservice".into(), None));
        assert_eq!(split("kms:EncryptionContext:aws:logs:arn"), ("kms:encryptioncontext".into(), Some("aws:logs:arn".into())));
        assert_eq!(split("kms:EncryptionContext:a/b"), ("kms:encryptioncontext".into(), Some("a/b".into())));
        assert_eq!(split("aws:ResourceTag/Team:X"), ("aws:resourcetag".into(), Some("Team:X".into())));
        assert_eq!(split(""), (String::new(), None));
    }
}
