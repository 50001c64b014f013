//! Step 2 of the door: may this caller do this to that key?
//!
//! Policies are evaluated by `iam`; here stand the rules that only KMS has: grants, operations that never
//! work across accounts, aliases, and the right to retire a grant.

use super::condition::KmsContext;
use super::spec::{CustomKeyStoreType, XksProxyConnectivity};
use super::target::{Target, Targets, other_account_denial};
use super::{Door, EncryptionContext, Grant, GrantMiss, Key, PermissionTarget, Request};
use crate::cloud::{ApiError, Caller, Reason};
use crate::iam::{AccessRequest, Decision, Evaluation, Iam, PolicySet, PolicyType, PrincipalMatch, ResourceRule, evaluate};
use std::sync::Arc;

/// What allowed a request, where that limits what it may do.
#[derive(Clone, Debug, Default)]
pub(super) struct Permit {
    /// The grant that allowed it, if no policy did: a child grant may not exceed it.
    pub(super) grant: Option<Arc<Grant>>,
    /// Why it was allowed, where somebody asked.
    pub(super) reason: Option<Arc<Reason>>,
}

static NO_CONTEXT: EncryptionContext = EncryptionContext::new();

/// Decides all permissions that a request needs.
///
/// # Errors
/// `AccessDeniedException` with the reason.
pub(super) fn authorise(door: &Door<'_>, caller: &Caller, request: &Request, targets: &Targets<'_>) -> Result<Permit, ApiError> {
    if let (Request::RetireGrant(_), Some(grant), Some(target)) = (request, &targets.grant, &targets.first) {
        return retire(door, caller, request, target, grant);
    }
    if let Some(alias) = &targets.alias {
        let action = request.operation().row().action;
        without_key(door, caller, request, action, &alias.arn(), true)?;
    }
    let mut permit = Permit::default();
    // ListAliases may name a key as its filter and asks for nothing on it.
    let permissions = request.operation().row().permissions;
    let on_keys = permissions.iter().any(|permission| permission.on == PermissionTarget::Key);
    for target in targets.keys().filter(|_| on_keys) {
        permit = on_key(door, caller, request, targets, target)?;
    }
    let elsewhere = replica_caller(caller, request);
    let caller = elsewhere.as_ref().unwrap_or(caller);
    for permission in permissions.iter().filter(|permission| permission.on == PermissionTarget::Account) {
        if is_asked(permission.action, request) {
            without_key(door, caller, request, permission.action, "*", false)?;
        }
    }
    Ok(permit)
}

/// `ReplicateKey` asks for `kms:CreateKey` in the Region of the replica.
///
/// Source: "Controlling access to multi-Region keys", AWS KMS Developer Guide.
fn replica_caller(caller: &Caller, request: &Request) -> Option<Caller> {
    let Request::ReplicateKey(request) = request else { return None };
    let region = crate::cloud::Region::parse(&request.replica_region)?;
    Some(Caller { region, ..caller.clone() })
}

/// Some permissions are asked for only with what makes them necessary: tags, multi-Region keys, a kind of key store.
fn is_asked(action: &str, request: &Request) -> bool {
    match (action, request) {
        ("kms:TagResource", Request::CreateKey(request)) => !request.tags.is_empty(),
        ("kms:TagResource", Request::ReplicateKey(request)) => !request.tags.is_empty(),
        ("iam:CreateServiceLinkedRole", Request::CreateKey(request)) => request.multi_region,
        ("cloudhsm:DescribeClusters" | "iam:CreateServiceLinkedRole", Request::CreateCustomKeyStore(request)) => {
            request.custom_key_store_type.unwrap_or_default() == CustomKeyStoreType::AWS_CLOUDHSM
        }
        ("ec2:DescribeVpcEndpointServices", Request::CreateCustomKeyStore(request)) => {
            request.xks_proxy_connectivity == Some(XksProxyConnectivity::VPC_ENDPOINT_SERVICE)
        }
        _ => true,
    }
}

/// A permission that IAM policies alone decide: on an alias, or on no resource at all.
fn without_key(door: &Door<'_>, caller: &Caller, request: &Request, action: &str, resource: &str, on_alias: bool) -> Result<(), ApiError> {
    let context = KmsContext::new(door, caller, request, None, &NO_CONTEXT);
    let Some(account) = caller.account() else {
        return Err(other_account_denial(caller, action, "this resource")
            .because("a service principal has no account whose policies could allow this"));
    };
    let access =
        AccessRequest { iam: door.iam, caller, action, resource, resource_account: account, now: door.cloud.now(), context: &context };
    let set = PolicySet::of_caller(door.iam, caller).with_organization_of(door.iam, account, caller);
    let evaluation = evaluate(access, set);
    if evaluation.decision() == Decision::Allow {
        return Ok(());
    }
    let message = if on_alias {
        format!("User: {} is not authorized to perform: {action} on resource: {resource}", caller.principal.arn)
    } else {
        evaluation.message()
    };
    Err(ApiError::new("AccessDeniedException", message).with_reason(Arc::new(explained(door, &evaluation))))
}

fn on_key(door: &Door<'_>, caller: &Caller, request: &Request, targets: &Targets<'_>, target: &Target<'_>) -> Result<Permit, ApiError> {
    let Some(key) = door.kms.key(target.key) else { return Err(ApiError::new("NotFoundException", "The key does not exist.")) };
    let operation = request.operation();
    let foreign = caller.account().is_some_and(|account| account != key.account);
    if foreign && !operation.row().cross_account {
        let headline = format!(
            "{} never works on a key of another account, whatever the policies say (key of {}, caller of {})",
            operation.name(),
            key.account,
            caller.account().map(|account| account.to_string()).unwrap_or_default()
        );
        return Err(other_account_denial(caller, target.action, "this resource").because(headline));
    }
    let same_key = targets.first.zip(targets.second).is_some_and(|(first, second)| first.key == second.key);
    let second = target.action == "kms:ReEncryptTo";
    let context = KmsContext { same_key, second, ..KmsContext::new(door, caller, request, Some(key), target.context) };
    let access = AccessRequest {
        iam: door.iam,
        caller,
        action: target.action,
        resource: &key.arn,
        resource_account: key.account,
        now: door.cloud.now(),
        context: &context,
    };
    let (evaluation, grant) = evaluated(access, key, target.context, request.grant_tokens());
    let decision = evaluation.decision();
    if decision == Decision::Allow {
        let reason = door.cloud.explain_allows.then(|| {
            let mut reason = explained(door, &evaluation);
            if let Some(grant) = grant {
                let short = grant.id.get(..8).unwrap_or(&grant.id);
                reason.headline = format!("allowed by grant {short}…, which lets {} use {}", grant.grantee, grant.operations.join(", "));
            }
            Arc::new(reason)
        });
        return Ok(Permit { grant: grant.cloned(), reason });
    }
    let mut reason = explained(door, &evaluation);
    // What lacks in an organisation or at an endpoint no grant makes up for.
    let beyond = |lacking: &PolicyType| matches!(lacking, PolicyType::ServiceControl | PolicyType::VpcEndpoint);
    if decision == Decision::ImplicitDeny && grant.is_none() && !evaluation.missing().iter().any(beyond) {
        explain_grants(door, caller, request, target, key, &mut reason);
    }
    let error = if foreign && target.from_ciphertext {
        other_account_denial(caller, target.action, "the resource associated with this ciphertext")
    } else {
        ApiError::new("AccessDeniedException", evaluation.message())
    };
    Err(error.with_reason(Arc::new(reason)))
}

fn grant_operation(action: &str) -> &str {
    action.strip_prefix("kms:").unwrap_or(action)
}

/// Evaluates a request on a key under all policies that apply, and where they are silent under the caller's grants.
fn evaluated<'e>(
    access: AccessRequest<'e>,
    key: &'e Key,
    context: &EncryptionContext,
    tokens: &[String],
) -> (Evaluation<'e>, Option<&'e Arc<Grant>>) {
    let AccessRequest { iam, caller, .. } = access;
    let evaluation = evaluate(access, policies_on_key(iam, caller, key));
    with_grants(evaluation, &access, key, context, tokens)
}

/// The policies that apply to a request on a key.
#[must_use]
pub fn policies_on_key<'p>(iam: &'p Iam, caller: &Caller, key: &'p Key) -> PolicySet<'p> {
    let set = PolicySet::of_caller(iam, caller).with_resource(&key.policy, ResourceRule::KeyPolicy);
    // "RCPs do not apply to AWS managed keys": "Resource control policies in AWS KMS", AWS KMS Developer Guide.
    if key.is_aws_managed() { set } else { set.with_organization_of(iam, key.account, caller) }
}

/// Where the policies are silent, a grant on the key may allow. It only allows: a deny has been found already.
#[must_use]
pub fn with_grants<'e>(
    evaluation: Evaluation<'e>,
    access: &AccessRequest<'_>,
    key: &'e Key,
    context: &EncryptionContext,
    tokens: &[String],
) -> (Evaluation<'e>, Option<&'e Arc<Grant>>) {
    if evaluation.decision() == Decision::ImplicitDeny
        && let Some((grant, how)) = usable_grant(access, context, tokens, key)
    {
        return (evaluation.with_grant(&grant.id, how), Some(grant));
    }
    (evaluation, None)
}

/// Of the grants that allow a request, one that names the caller best, and how.
fn usable_grant<'k>(
    access: &AccessRequest<'_>,
    context: &EncryptionContext,
    tokens: &[String],
    key: &'k Key,
) -> Option<(&'k Arc<Grant>, PrincipalMatch)> {
    let AccessRequest { caller, action, now, .. } = *access;
    let operation = grant_operation(action);
    let usable = |grant: &&Arc<Grant>| grant.allows(operation, context, caller, now, tokens).is_ok();
    let mut best: Option<(&Arc<Grant>, PrincipalMatch)> = None;
    for grant in key.grants.of(&caller.principal).filter(usable) {
        let Some(how) = PrincipalMatch::of(&grant.grantee, &caller.principal) else { continue };
        if best.is_none_or(|(_, known)| how > known) {
            best = Some((grant, how));
        }
        if how > PrincipalMatch::Role {
            break;
        }
    }
    best
}

/// Whether a caller has a permission on a key, without a call: with this encryption context, and no other parameters.
///
/// An operation that never works across accounts is denied there.
#[must_use]
pub fn permission(
    door: &Door<'_>,
    caller: &Caller,
    action: &str,
    key: &Key,
    context: &EncryptionContext,
) -> (Decision, Option<Arc<Grant>>) {
    let foreign = caller.account().is_some_and(|account| account != key.account);
    // Of a request only what every request has is of interest.
    let request = Request::DescribeKey(super::DescribeKeyRequest::default());
    let kms_context = KmsContext::new(door, caller, &request, Some(key), context);
    let access = AccessRequest {
        iam: door.iam,
        caller,
        action,
        resource: &key.arn,
        resource_account: key.account,
        now: door.cloud.now(),
        context: &kms_context,
    };
    let (evaluation, grant) = evaluated(access, key, context, &[]);
    match evaluation.decision() {
        Decision::Allow if foreign && !super::works_across_accounts(action) => (Decision::ImplicitDeny, None),
        Decision::Allow => (Decision::Allow, grant.cloned()),
        denied @ (Decision::ExplicitDeny | Decision::ImplicitDeny) => (denied, None),
    }
}

/// Why, with the whole path where somebody asks for it.
fn explained(door: &Door<'_>, evaluation: &Evaluation<'_>) -> Reason {
    let mut reason = evaluation.explain();
    reason.trace = door.cloud.explain_allows.then(|| Arc::new(evaluation.trace()));
    reason
}

/// Adds what the caller's grants would have needed; the nearest ones first, at most three.
fn explain_grants(door: &Door<'_>, caller: &Caller, request: &Request, target: &Target<'_>, key: &Key, reason: &mut Reason) {
    let operation = grant_operation(target.action);
    let mut misses: Vec<(u8, String)> = Vec::new();
    for grant in key.grants.of(&caller.principal) {
        let short = grant.id.get(..8).unwrap_or(&grant.id);
        match grant.allows(operation, target.context, caller, door.cloud.now(), request.grant_tokens()) {
            Ok(()) => {}
            Err(GrantMiss::Propagation) => {
                misses.push((0, format!("grant {short}… allows it, but has not propagated yet: pass its grant token, or wait")))
            }
            Err(GrantMiss::Constraint) => {
                if let Some(constraint) = &grant.constraint {
                    let wanted = super::context::describe(constraint.pairs());
                    let given = super::context::describe(target.context);
                    misses.push((
                        1,
                        format!("grant {short}… allows {operation} only under {} ({wanted}); the request has {given}", constraint.kind()),
                    ));
                }
            }
            Err(GrantMiss::Source) => {
                let wanted = grant.source_arn.as_deref().unwrap_or_default();
                let given = caller.source_arn.as_deref().unwrap_or("no resource");
                misses.push((1, format!("grant {short}… is for requests on behalf of {wanted}; this one is for {given}")));
            }
            Err(GrantMiss::Operation) => {
                misses.push((2, format!("grant {short}… is for {}, not for {operation}", grant.operations.join(", "))))
            }
        }
    }
    misses.sort();
    if misses.is_empty() {
        reason
            .details
            .push(crate::cloud::Detail { text: format!("no grant on the key names {}", caller.principal.identity_arn()), span: None });
    }
    reason.details.extend(misses.into_iter().take(3).map(|(_, text)| crate::cloud::Detail { text, span: None }));
}

/// The right to retire a grant lies in the grant: its retiring principal, its grantee if it lists
/// `RetireGrant`, and the account that issued it.
///
/// Source: "Retiring and revoking grants", AWS KMS Developer Guide.
fn retire(door: &Door<'_>, caller: &Caller, request: &Request, target: &Target<'_>, grant: &Arc<Grant>) -> Result<Permit, ApiError> {
    let principal = &caller.principal;
    let retiring = grant.retiring.as_ref().is_some_and(|arn| *arn == principal.arn || arn == principal.identity_arn());
    let grantee = grant.is_for(principal) && grant.operations.contains(&"RetireGrant");
    let Some(key) = door.kms.key(target.key) else { return Err(ApiError::new("NotFoundException", "The key does not exist.")) };
    let pairs = grant.constraint.as_ref().map_or(&NO_CONTEXT, super::GrantConstraint::pairs);
    let context = KmsContext { grant: Some(grant), ..KmsContext::new(door, caller, request, Some(key), pairs) };
    let account = caller.account().unwrap_or(key.account);
    let access = AccessRequest {
        iam: door.iam,
        caller,
        action: "kms:RetireGrant",
        resource: &key.arn,
        resource_account: account,
        now: door.cloud.now(),
        context: &context,
    };
    // "RCPs have no effect on kms:RetireGrant": "Resource control policies in AWS KMS", AWS KMS Developer Guide.
    let by_policy = evaluate(access, PolicySet::of_caller(door.iam, caller)).decision();
    let issuer = caller.account() == Some(grant.issuer) && by_policy == Decision::Allow;
    if by_policy != Decision::ExplicitDeny && (retiring || grantee || issuer) {
        return Ok(Permit::default());
    }
    let reason =
        Reason::new(format!("{} is neither the grant's retiring principal nor a grantee that may retire it", principal.identity_arn()))
            .detail(format!("retiring principal: {}", grant.retiring.as_deref().unwrap_or("none")), None)
            .detail(format!("grantee: {}, for {}", grant.grantee, grant.operations.join(", ")), None)
            .detail("whoever has kms:RevokeGrant on the key can revoke the grant instead", None);
    let message = format!("User: {} is not authorized to perform: kms:RetireGrant on resource: {}", principal.arn, key.arn);
    Err(ApiError::new("AccessDeniedException", message).with_reason(Arc::new(reason)))
}
