//! Condition keys: their names, and the values of those that every service shares.

use super::principal::last_name;
use super::{AccessRequest, ConditionKey, ContextValue};
use crate::cloud::{AccountId, PrincipalKind, format_instant};
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
        let global = GLOBAL_KEYS.iter().find(|(name, _)| *name == &*key.name).map(|(_, global)| *global);
        // Only the key of tags takes a name behind a slash.
        let global = global.filter(|global| key.suffix.is_some() == (*global == GlobalKey::PrincipalTag));
        Key { key, global }
    }
}

/// The global keys whose value follows from the caller, the time and the resource.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum GlobalKey {
    CalledVia,
    CalledViaOne,
    CurrentTime,
    EpochTime,
    MultiFactorAuthAge,
    MultiFactorAuthPresent,
    PrincipalAccount,
    PrincipalArn,
    PrincipalIsAwsService,
    PrincipalOrgId,
    PrincipalOrgPaths,
    PrincipalServiceName,
    PrincipalServiceNamesList,
    PrincipalTag,
    PrincipalType,
    RequestedRegion,
    ResourceAccount,
    ResourceOrgId,
    ResourceOrgPaths,
    SecureTransport,
    SourceAccount,
    SourceArn,
    SourceIdentity,
    SourceIp,
    SourceOrgId,
    SourceOrgPaths,
    SourceVpc,
    SourceVpce,
    TokenIssueTime,
    UserAgent,
    UserName,
    ViaAwsService,
    VpcSourceIp,
}

/// Source: "AWS global condition context keys", IAM User Guide.
pub(super) const GLOBAL_KEYS: &[(&str, GlobalKey)] = &[
    ("aws:calledvia", GlobalKey::CalledVia),
    // One service at most stands between a caller and KMS in this model, so it is first and last.
    ("aws:calledviafirst", GlobalKey::CalledViaOne),
    ("aws:calledvialast", GlobalKey::CalledViaOne),
    ("aws:currenttime", GlobalKey::CurrentTime),
    ("aws:epochtime", GlobalKey::EpochTime),
    ("aws:multifactorauthage", GlobalKey::MultiFactorAuthAge),
    ("aws:multifactorauthpresent", GlobalKey::MultiFactorAuthPresent),
    ("aws:principalaccount", GlobalKey::PrincipalAccount),
    ("aws:principalarn", GlobalKey::PrincipalArn),
    ("aws:principalisawsservice", GlobalKey::PrincipalIsAwsService),
    ("aws:principalorgid", GlobalKey::PrincipalOrgId),
    ("aws:principalorgpaths", GlobalKey::PrincipalOrgPaths),
    ("aws:principalservicename", GlobalKey::PrincipalServiceName),
    ("aws:principalservicenameslist", GlobalKey::PrincipalServiceNamesList),
    ("aws:principaltag", GlobalKey::PrincipalTag),
    ("aws:principaltype", GlobalKey::PrincipalType),
    ("aws:requestedregion", GlobalKey::RequestedRegion),
    ("aws:resourceaccount", GlobalKey::ResourceAccount),
    ("aws:resourceorgid", GlobalKey::ResourceOrgId),
    ("aws:resourceorgpaths", GlobalKey::ResourceOrgPaths),
    ("aws:securetransport", GlobalKey::SecureTransport),
    ("aws:sourceaccount", GlobalKey::SourceAccount),
    ("aws:sourcearn", GlobalKey::SourceArn),
    ("aws:sourceidentity", GlobalKey::SourceIdentity),
    ("aws:sourceip", GlobalKey::SourceIp),
    ("aws:sourceorgid", GlobalKey::SourceOrgId),
    ("aws:sourceorgpaths", GlobalKey::SourceOrgPaths),
    ("aws:sourcevpc", GlobalKey::SourceVpc),
    ("aws:sourcevpce", GlobalKey::SourceVpce),
    ("aws:tokenissuetime", GlobalKey::TokenIssueTime),
    ("aws:useragent", GlobalKey::UserAgent),
    ("aws:username", GlobalKey::UserName),
    ("aws:viaawsservice", GlobalKey::ViaAwsService),
    ("aws:vpcsourceip", GlobalKey::VpcSourceIp),
];

/// The value of a condition key in a request. An empty multivalued key counts as absent.
pub(super) fn lookup<'r>(request: &AccessRequest<'r>, key: &Key) -> Option<ContextValue<'r>> {
    let value = match key.global {
        // Where a context gives a global key all the same, it means it.
        Some(global) if !request.context.is_complete() => {
            request.context.value(&key.key).or_else(|| global_value(request, global, key.key.suffix.as_deref()))
        }
        Some(_) | None => request.context.value(&key.key),
    };
    value.filter(|value| !matches!(value, ContextValue::Many(values) if values.is_empty()))
}

fn global_value<'r>(request: &AccessRequest<'r>, key: GlobalKey, suffix: Option<&str>) -> Option<ContextValue<'r>> {
    let caller = request.caller;
    let iam = request.iam;
    let principal = &caller.principal;
    let truth = |holds: bool| Cow::Borrowed(if holds { "true" } else { "false" });
    let service = || match &principal.kind {
        PrincipalKind::Service { name } => Some(Cow::Borrowed(&**name)),
        PrincipalKind::Root | PrincipalKind::User { .. } | PrincipalKind::AssumedRole { .. } | PrincipalKind::FederatedUser { .. } => None,
    };
    let organization =
        |account: Option<AccountId>| iam.organization.as_ref().filter(|organization| account.is_some_and(|id| organization.has(id)));
    let organization_id = |account: Option<AccountId>| organization(account).map(|organization| Cow::Borrowed(&*organization.id));
    let paths = |account: Option<AccountId>| {
        let path = organization(account)?.path(account?)?;
        Some(ContextValue::Many(vec![Cow::Owned(path)]))
    };
    let invoked_by = || caller.via.as_ref().map(|via| Cow::Owned(via.invoked_by()));
    // Only a caller that comes itself brings its own network along.
    let endpoint = || caller.network.vpc_endpoint.as_ref().filter(|_| caller.is_direct());
    let address = || Cow::Owned(caller.address().to_string());
    let one = match key {
        GlobalKey::CalledVia => return invoked_by().map(|service| ContextValue::Many(vec![service])),
        GlobalKey::PrincipalServiceNamesList => return service().map(|name| ContextValue::Many(vec![name])),
        GlobalKey::PrincipalOrgPaths => return paths(principal.account),
        GlobalKey::ResourceOrgPaths => return paths(Some(request.resource_account)),
        GlobalKey::SourceOrgPaths => return paths(caller.source_account),
        GlobalKey::CalledViaOne => invoked_by()?,
        GlobalKey::CurrentTime => Cow::Owned(format_instant(request.now)),
        GlobalKey::EpochTime => Cow::Owned(request.now.timestamp().to_string()),
        GlobalKey::MultiFactorAuthAge => {
            let temporary = principal.temporary().filter(|temporary| temporary.multi_factor)?;
            Cow::Owned((request.now - temporary.issued).num_seconds().to_string())
        }
        // Long-term credentials of users do not carry the key at all.
        GlobalKey::MultiFactorAuthPresent if principal.temporary().is_some() => {
            truth(principal.temporary().is_some_and(|temporary| temporary.multi_factor))
        }
        GlobalKey::MultiFactorAuthPresent => match principal.kind {
            PrincipalKind::AssumedRole { .. } | PrincipalKind::FederatedUser { .. } => {
                truth(iam.session_of(principal).and_then(|session| session.multi_factor).unwrap_or(false))
            }
            PrincipalKind::Root | PrincipalKind::User { .. } | PrincipalKind::Service { .. } => return None,
        },
        GlobalKey::PrincipalAccount => Cow::Borrowed(principal.account.as_ref()?.as_str()),
        GlobalKey::PrincipalArn => match principal.kind {
            PrincipalKind::Root | PrincipalKind::User { .. } | PrincipalKind::FederatedUser { .. } => Cow::Borrowed(&*principal.arn),
            PrincipalKind::AssumedRole { .. } => Cow::Owned(principal.identity_arn().to_string()),
            PrincipalKind::Service { .. } => return None,
        },
        GlobalKey::PrincipalIsAwsService => truth(principal.is_service()),
        GlobalKey::PrincipalOrgId => organization_id(principal.account)?,
        GlobalKey::PrincipalServiceName => service()?,
        GlobalKey::PrincipalTag => Cow::Borrowed(iam.principal_tag(principal, suffix?)?),
        GlobalKey::PrincipalType => Cow::Borrowed(match principal.kind {
            PrincipalKind::Root => "Account",
            PrincipalKind::User { .. } => "User",
            PrincipalKind::AssumedRole { .. } => "AssumedRole",
            PrincipalKind::FederatedUser { .. } => "FederatedUser",
            PrincipalKind::Service { .. } => return None,
        }),
        GlobalKey::RequestedRegion => Cow::Borrowed(caller.region.code()),
        GlobalKey::ResourceAccount => Cow::Owned(request.resource_account.as_str().to_owned()),
        GlobalKey::ResourceOrgId => organization_id(Some(request.resource_account))?,
        GlobalKey::SecureTransport => truth(true),
        GlobalKey::SourceAccount => Cow::Borrowed(caller.source_account.as_ref()?.as_str()),
        GlobalKey::SourceArn => Cow::Borrowed(caller.source_arn.as_deref()?),
        GlobalKey::SourceIdentity => Cow::Borrowed(iam.session_of(principal)?.source_identity.as_deref()?),
        GlobalKey::SourceIp if caller.is_direct() && endpoint().is_none() => address(),
        GlobalKey::SourceIp => return None,
        GlobalKey::SourceOrgId => organization_id(caller.source_account)?,
        GlobalKey::SourceVpc => Cow::Borrowed(&*iam.endpoint(endpoint()?)?.vpc),
        GlobalKey::SourceVpce => Cow::Borrowed(&**endpoint()?),
        GlobalKey::TokenIssueTime => Cow::Owned(format_instant(principal.temporary()?.issued)),
        GlobalKey::UserAgent if caller.is_direct() => Cow::Borrowed(&**caller.network.agent.as_ref()?),
        GlobalKey::UserAgent => return None,
        GlobalKey::UserName => match &principal.kind {
            // The path is part of the ARN, not of the name.
            PrincipalKind::User { name } => Cow::Borrowed(last_name(name)),
            PrincipalKind::Root
            | PrincipalKind::AssumedRole { .. }
            | PrincipalKind::FederatedUser { .. }
            | PrincipalKind::Service { .. } => return None,
        },
        GlobalKey::ViaAwsService => truth(caller.via.is_some()),
        GlobalKey::VpcSourceIp => endpoint().map(|_| address())?,
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
