//! Making, listing and ending grants.
//!
//! Source: "Grants in AWS KMS", AWS KMS Developer Guide.

use super::page;
use crate::cloud::{ApiError, Caller, after, format_instant};
use crate::kms::authorise::Permit;
use crate::kms::grant::GRANT_OPERATIONS;
use crate::kms::request::{CreateGrantRequest, ListGrantsRequest, ListRetirableGrantsRequest, RevokeGrantRequest};
use crate::kms::response::CreateGrantResponse;
use crate::kms::target::Targets;
use crate::kms::{Door, Grant, GrantConstraint, Key, KeyRef, Response};
use serde_json::{Map, Value, json};
use std::sync::Arc;

fn invalid(message: impl Into<String>) -> ApiError {
    ApiError::new("ValidationException", message)
}

pub(super) fn create(
    door: &mut Door<'_>,
    caller: &Caller,
    at: KeyRef,
    request: &CreateGrantRequest,
    permit: &Permit,
) -> Result<Response, ApiError> {
    let operations = operations(&request.operations)?;
    let constraint = constraint(request)?;
    let grantee = request.grantee_principal.as_str();
    if grantee.ends_with(".amazonaws.com") {
        return Err(invalid("GranteePrincipal cannot be a service principal."));
    }
    if !grantee.starts_with("arn:") || !door.iam.principal_exists(grantee) {
        return Err(ApiError::new("InvalidArnException", format!("ARN does not refer to a valid principal: {grantee}"))
            .because(format!("{grantee} does not exist")));
    }
    if let Some(parent) = &permit.grant {
        within(parent, &operations, constraint.as_ref())?;
    }
    let (most, wait) = (door.kms.rules().grants_per_key, door.kms.rules().grant_propagation);
    let now = door.cloud.now();
    let key = door.key(at)?;
    let issuer = caller.account().unwrap_or(key.account);
    let draft = Grant {
        id: "".into(),
        token: "".into(),
        name: request.name.clone().unwrap_or_default(),
        created: now,
        effective: after(now, wait),
        grantee: grantee.into(),
        retiring: request.retiring_principal.as_deref().map(Arc::from),
        issuer,
        operations,
        constraint,
    };
    if let Some(twin) = twin(key, &draft) {
        return Ok(Response::CreateGrant(CreateGrantResponse { grant_token: Arc::clone(&twin.token), grant_id: Arc::clone(&twin.id) }));
    }
    if !key.is_aws_managed() && key.grants.len() >= most {
        return Err(ApiError::new("LimitExceededException", format!("The key has {most} grants, the most it may have.")));
    }
    let id: [u8; 32] = door.cloud.random.bytes();
    let id: Arc<str> = id.iter().map(|byte| format!("{byte:02x}")).collect::<String>().into();
    let token: Arc<str> = format!("AQpA{id}").into();
    door.key_mut(at)?.grants.insert(Grant { id: Arc::clone(&id), token: Arc::clone(&token), ..draft });
    Ok(Response::CreateGrant(CreateGrantResponse { grant_token: token, grant_id: id }))
}

/// A named grant with the same parameters: the call that made it is repeated, and changes nothing.
fn twin<'k>(key: &'k Key, draft: &Grant) -> Option<&'k Arc<Grant>> {
    key.grants.iter().find(|grant| {
        !draft.name.is_empty()
            && grant.name == draft.name
            && grant.grantee == draft.grantee
            && grant.retiring == draft.retiring
            && grant.operations == draft.operations
            && grant.constraint == draft.constraint
    })
}

fn operations(asked: &[String]) -> Result<Vec<&'static str>, ApiError> {
    if asked.is_empty() {
        return Err(invalid(
            "1 validation error detected: Value '[]' at 'operations' failed to satisfy constraint: Member must have length greater than or equal to 1",
        ));
    }
    let mut list = Vec::new();
    for name in asked {
        let known = GRANT_OPERATIONS.iter().find(|known| *known == name).ok_or_else(|| {
            invalid(format!("Operation {name} is not supported by this key."))
                .because(format!("a grant on a symmetric key may list {}", GRANT_OPERATIONS.join(", ")))
        })?;
        list.push(*known);
    }
    list.sort_unstable();
    list.dedup();
    Ok(list)
}

fn constraint(request: &CreateGrantRequest) -> Result<Option<GrantConstraint>, ApiError> {
    let Some(constraints) = &request.constraints else { return Ok(None) };
    let constraint = match (&constraints.encryption_context_equals, &constraints.encryption_context_subset) {
        (Some(_), Some(_)) => return Err(invalid("Only one of EncryptionContextEquals and EncryptionContextSubset may be specified.")),
        (Some(pairs), None) => GrantConstraint::Equals(pairs.clone()),
        (None, Some(pairs)) => GrantConstraint::Subset(pairs.clone()),
        (None, None) => return Ok(None),
    };
    if constraint.pairs().len() > 8 {
        return Err(invalid("An encryption context constraint has at most 8 pairs."));
    }
    Ok(Some(constraint))
}

/// A grant made through another grant allows no more than that one.
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
    put("GranteePrincipal", json!(&*grant.grantee));
    if let Some(retiring) = &grant.retiring {
        put("RetiringPrincipal", json!(&**retiring));
    }
    put("IssuingAccount", json!(format!("arn:aws:iam::{}:root", grant.issuer)));
    put("Operations", json!(grant.operations));
    if let Some(constraint) = &grant.constraint {
        put("Constraints", json!({ constraint.kind(): constraint.pairs() }));
    }
    Value::Object(map)
}

pub(super) fn list(door: &Door<'_>, at: KeyRef, request: &ListGrantsRequest) -> Result<Response, ApiError> {
    let key = door.key(at)?;
    if let Some(id) = request.grant_id.as_deref().filter(|id| key.grants.get(id).is_none()) {
        return Err(ApiError::new("InvalidGrantIdException", format!("No grant {id} exists on the key.")));
    }
    let items = key
        .grants
        .iter()
        .filter(|grant| request.grant_id.as_deref().is_none_or(|id| *grant.id == *id))
        .filter(|grant| request.grantee_principal.as_deref().is_none_or(|arn| *grant.grantee == *arn))
        .map(|grant| entry(key, grant))
        .collect();
    page("Grants", items, request.limit, request.marker.as_deref(), 50)
}

pub(super) fn list_retirable(door: &Door<'_>, caller: &Caller, request: &ListRetirableGrantsRequest) -> Result<Response, ApiError> {
    let items = door
        .kms
        .keys()
        .filter(|key| key.region == caller.region)
        .flat_map(|key| key.grants.iter().map(move |grant| (key, grant)))
        .filter(|(_, grant)| grant.retiring.as_deref() == Some(request.retiring_principal.as_str()))
        .map(|(key, grant)| entry(key, grant))
        .collect();
    page("Grants", items, request.limit, request.marker.as_deref(), 50)
}

pub(super) fn retire(door: &mut Door<'_>, targets: &Targets<'_>) -> Result<Response, ApiError> {
    if let Some(grant) = &targets.grant {
        door.key_mut(targets.key()?)?.grants.remove(&grant.id);
    }
    Ok(Response::Empty)
}

pub(super) fn revoke(door: &mut Door<'_>, at: KeyRef, request: &RevokeGrantRequest) -> Result<Response, ApiError> {
    match door.key_mut(at)?.grants.remove(&request.grant_id) {
        Some(_) => Ok(Response::Empty),
        None => Err(ApiError::new("NotFoundException", format!("No grant {} exists on the key.", request.grant_id))),
    }
}
