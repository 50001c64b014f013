//! Making, listing and ending grants.
//!
//! Source: "Grants in AWS KMS", AWS KMS Developer Guide.

use super::page;
use crate::cloud::{ApiError, Caller, after, format_instant, hex_digits};
use crate::kms::authorise::Permit;
use crate::kms::limits::{invalid, violation};
use crate::kms::response::CreateGrantResponse;
use crate::kms::target::{Targets, grant_id};
use crate::kms::{
    CreateGrantRequest, Door, Grant, GrantConstraint, GrantToken, Key, KeyFamily, KeyRef, ListGrantsRequest, ListRetirableGrantsRequest,
    Response, RevokeGrantRequest, grant_operations,
};
use serde_json::{Map, Value, json};
use std::sync::Arc;

pub(super) fn create(
    door: &mut Door<'_>,
    caller: &Caller,
    at: KeyRef,
    request: &CreateGrantRequest,
    permit: &Permit,
) -> Result<Response, ApiError> {
    let key = door.key(at)?;
    let operations = operations(key, &request.operations)?;
    let constraint = constraint(key, request)?;
    let source_arn: Option<Arc<str>> =
        request.constraints.as_ref().and_then(|constraints| constraints.source_arn.as_deref()).map(Arc::from);
    let grantee = grantee(door, request, source_arn.is_some())?;
    let retiring = retiring(door, request)?;
    if let Some(parent) = &permit.grant {
        within(parent, &operations, constraint.as_ref())?;
    }
    let (most, wait) = (door.kms.rules().grants_per_key, door.kms.rules().grant_propagation);
    let now = door.cloud.now();
    let issuer = caller.account().unwrap_or(key.account);
    let draft = Grant {
        id: "".into(),
        name: request.name.clone().unwrap_or_default(),
        created: now,
        effective: after(now, wait),
        grantee,
        retiring,
        issuer,
        operations,
        constraint,
        source_arn,
    };
    let id = match twin(key, &draft) {
        Some(twin) => Arc::clone(&twin.id),
        None => {
            if !key.is_aws_managed() && key.grants.len() >= most {
                let message = format!("The key has {most} grants, the most it may have.");
                return Err(ApiError::new("LimitExceededException", message));
            }
            let bytes: [u8; 32] = door.cloud.random.bytes();
            let id: Arc<str> = hex_digits(&bytes).into();
            door.key_mut(at)?.grants.insert(Grant { id: Arc::clone(&id), ..draft });
            id
        }
    };
    // A repeated call returns another token for the same grant; they serve alike.
    let serial = door.key_mut(at)?.grants.next_token();
    let token = GrantToken::new(at, &id, serial).map(|token| token.to_string()).unwrap_or_default();
    Ok(Response::CreateGrant(CreateGrantResponse { grant_token: token.into(), grant_id: id }))
}

/// A named grant with the same parameters: the call that made it is repeated, and changes nothing.
fn twin<'k>(key: &'k Key, draft: &Grant) -> Option<&'k Arc<Grant>> {
    key.grants.named(&draft.name).iter().find(|grant| {
        grant.grantee == draft.grantee
            && grant.retiring == draft.retiring
            && grant.operations == draft.operations
            && grant.constraint == draft.constraint
            && grant.source_arn == draft.source_arn
    })
}

/// Whom a grant allows.
///
/// Source: "Creating grants", AWS KMS Developer Guide.
fn grantee(door: &Door<'_>, request: &CreateGrantRequest, has_source: bool) -> Result<Arc<str>, ApiError> {
    match (request.grantee_principal.as_deref(), request.grantee_service_principal.as_deref()) {
        (Some(arn), None) => {
            if arn.ends_with(".amazonaws.com") {
                return Err(invalid("GranteePrincipal cannot be a service principal.").because("GranteeServicePrincipal names a service"));
            }
            principal(door, arn)
        }
        (None, Some(_)) if !door.kms.rules().grant_to_service => {
            Err(invalid("GranteeServicePrincipal is not supported.").because("the guide knows no grants to AWS services"))
        }
        (None, Some(service)) => {
            let has_retiring = request.retiring_principal.is_some() || request.retiring_service_principal.is_some();
            if !has_source || !has_retiring {
                return Err(invalid(
                    "A grant with a GranteeServicePrincipal requires a SourceArn constraint and a RetiringPrincipal or RetiringServicePrincipal.",
                ));
            }
            Ok(service.into())
        }
        _ => Err(invalid("Exactly one of GranteePrincipal and GranteeServicePrincipal must be specified.")),
    }
}

fn retiring(door: &Door<'_>, request: &CreateGrantRequest) -> Result<Option<Arc<str>>, ApiError> {
    match (request.retiring_principal.as_deref(), request.retiring_service_principal.as_deref()) {
        (None, None) => Ok(None),
        (Some(arn), None) => principal(door, arn).map(Some),
        (None, Some(service)) => Ok(Some(service.into())),
        (Some(_), Some(_)) => Err(invalid("Only one of RetiringPrincipal and RetiringServicePrincipal may be specified.")),
    }
}

fn principal(door: &Door<'_>, arn: &str) -> Result<Arc<str>, ApiError> {
    if arn.starts_with("arn:") && door.iam.principal_exists(arn) {
        return Ok(arn.into());
    }
    Err(ApiError::new("InvalidArnException", format!("ARN does not refer to a valid principal: {arn}"))
        .because(format!("{arn} does not exist")))
}

fn operations(key: &Key, asked: &[String]) -> Result<Vec<&'static str>, ApiError> {
    if asked.is_empty() {
        return Err(violation("Value '[]' at 'operations'", "Member must have length greater than or equal to 1"));
    }
    let mut list = Vec::new();
    for name in asked {
        let known = grant_operations(key.spec, key.usage).find(|known| known == name).ok_or_else(|| {
            let all: Vec<&str> = grant_operations(key.spec, key.usage).collect();
            invalid(format!("Operation {name} is not supported by this key.")).because(format!(
                "a grant on a {} key for {} may list {}",
                key.spec,
                key.usage,
                all.join(", ")
            ))
        })?;
        list.push(known);
    }
    list.sort_unstable();
    list.dedup();
    Ok(list)
}

/// The limit of a grant to an encryption context.
///
/// Source: "GrantConstraints", AWS KMS API Reference.
fn constraint(key: &Key, request: &CreateGrantRequest) -> Result<Option<GrantConstraint>, ApiError> {
    let Some(constraints) = &request.constraints else { return Ok(None) };
    if let Some(arn) = constraints.source_arn.as_deref().filter(|arn| !(20..=512).contains(&arn.len())) {
        return Err(violation(&format!("Value '{arn}' at 'constraints.sourceArn'"), "Member must have length between 20 and 512"));
    }
    let constraint = match (&constraints.encryption_context_equals, &constraints.encryption_context_subset) {
        (Some(_), Some(_)) => return Err(invalid("Only one of EncryptionContextEquals and EncryptionContextSubset may be specified.")),
        (Some(pairs), None) => GrantConstraint::Equals(pairs.clone()),
        (None, Some(pairs)) => GrantConstraint::Subset(pairs.clone()),
        (None, None) => return Ok(None),
    };
    if key.spec.row().family != KeyFamily::Symmetric {
        return Err(invalid("Encryption context constraints are supported only for symmetric encryption keys.")
            .because(format!("operations with a {} key carry no encryption context", key.spec)));
    }
    if constraint.pairs().len() > 8 {
        return Err(invalid("An encryption context constraint has at most 8 pairs."));
    }
    if constraint.pairs().iter().map(|(name, value)| name.chars().count() + value.chars().count()).sum::<usize>() > 384 {
        return Err(invalid("An encryption context constraint has at most 384 characters."));
    }
    Ok(Some(constraint))
}

fn within(parent: &Grant, operations: &[&'static str], constraint: Option<&GrantConstraint>) -> Result<(), ApiError> {
    let more: Vec<&str> = operations.iter().copied().filter(|name| !parent.operations.contains(name)).collect();
    if !more.is_empty() {
        return Err(ApiError::new("AccessDeniedException", "The grant exceeds the grant that allows it.")
            .because(format!("CreateGrant was allowed by a grant that does not list {}", more.join(", "))));
    }
    let strict = match (constraint, &parent.constraint) {
        (_, None) => true,
        (None, Some(_)) => false,
        (Some(child), Some(parent)) => child.is_within(parent),
    };
    if strict {
        return Ok(());
    }
    Err(ApiError::new("AccessDeniedException", "The grant exceeds the grant that allows it.").because(
        "CreateGrant was allowed by a grant with an encryption context constraint, and a child needs one that is at least as strict",
    ))
}

fn entry(key: &Key, grant: &Grant) -> Value {
    let mut map = Map::new();
    let mut put = |name: &str, value: Value| map.insert(name.to_owned(), value);
    put("KeyId", json!(&*key.arn));
    put("GrantId", json!(&*grant.id));
    put("Name", json!(grant.name));
    put("CreationDate", json!(format_instant(grant.created)));
    // The name of a service has no ARN's prefix.
    let member = |person: &'static str, service: &'static str, name: &str| if name.starts_with("arn:") { person } else { service };
    put(member("GranteePrincipal", "GranteeServicePrincipal", &grant.grantee), json!(&*grant.grantee));
    if let Some(retiring) = &grant.retiring {
        put(member("RetiringPrincipal", "RetiringServicePrincipal", retiring), json!(&**retiring));
    }
    put("IssuingAccount", json!(format!("arn:aws:iam::{}:root", grant.issuer)));
    put("Operations", json!(grant.operations));
    let mut constraints = Map::new();
    if let Some(constraint) = &grant.constraint {
        constraints.insert(constraint.kind().to_owned(), json!(constraint.pairs()));
    }
    if let Some(arn) = &grant.source_arn {
        constraints.insert("SourceArn".to_owned(), json!(&**arn));
    }
    if !constraints.is_empty() {
        put("Constraints", Value::Object(constraints));
    }
    Value::Object(map)
}

pub(super) fn list(door: &Door<'_>, at: KeyRef, request: &ListGrantsRequest) -> Result<Response, ApiError> {
    let key = door.key(at)?;
    if let Some(id) = request.grant_id.as_deref().filter(|id| key.grants.get(id).is_none()) {
        return Err(ApiError::new("InvalidGrantIdException", format!("No grant {id} exists on the key.")));
    }
    let wanted = request.grantee_principal.as_deref().or(request.grantee_service_principal.as_deref());
    let items = key
        .grants
        .iter()
        .filter(|grant| request.grant_id.as_deref().is_none_or(|id| *grant.id == *id))
        .filter(|grant| wanted.is_none_or(|name| *grant.grantee == *name))
        .map(|grant| (grant.id.to_string(), grant));
    page("Grants", items, |grant| entry(key, grant), request.limit, request.marker.as_deref(), 50)
}

/// The grants that a principal of the caller's account may retire, also those on keys of other accounts.
///
/// Source: "ListRetirableGrants", AWS KMS API Reference.
pub(super) fn list_retirable(door: &Door<'_>, caller: &Caller, request: &ListRetirableGrantsRequest) -> Result<Response, ApiError> {
    let wanted = request.retiring_principal.as_deref().or(request.retiring_service_principal.as_deref()).unwrap_or_default();
    let owner = crate::cloud::Arn::parse(wanted).map(|arn| arn.account.to_owned());
    if owner.is_some_and(|owner| Some(owner) != caller.account().map(|account| account.to_string())) {
        return Err(invalid("The retiring principal must be in the account of the caller."));
    }
    let items = door
        .kms
        .keys()
        .filter(|key| key.region == caller.region)
        .flat_map(|key| key.grants.iter().map(move |grant| (key, grant)))
        .filter(|(_, grant)| grant.retiring.as_deref() == Some(wanted))
        .map(|(key, grant)| (format!("{:032x}{}", key.id.bits(), grant.id), (key, grant)));
    page("Grants", items, |(key, grant)| entry(key, grant), request.limit, request.marker.as_deref(), 50)
}

pub(super) fn retire(door: &mut Door<'_>, targets: &Targets<'_>) -> Result<Response, ApiError> {
    if let Some(grant) = &targets.grant {
        door.key_mut(targets.key()?)?.grants.remove(&grant.id);
    }
    Ok(Response::Empty)
}

pub(super) fn revoke(door: &mut Door<'_>, at: KeyRef, request: &RevokeGrantRequest) -> Result<Response, ApiError> {
    grant_id(&request.grant_id)?;
    match door.key_mut(at)?.grants.remove(&request.grant_id) {
        Some(_) => Ok(Response::Empty),
        None => Err(ApiError::new("NotFoundException", format!("No grant {} exists on the key.", request.grant_id))),
    }
}
