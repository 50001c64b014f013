//! Aliases.
//!
//! Source: "Aliases in AWS KMS", AWS KMS Developer Guide.

use super::page;
use crate::cloud::{ApiError, Caller, format_instant};
use crate::kms::limits::invalid;
use crate::kms::target::Targets;
use crate::kms::{Alias, AliasRef, Door, Key, KeyRef, ListRequest, Response};
use serde_json::json;

fn alias_of(targets: &Targets<'_>) -> Result<AliasRef, ApiError> {
    targets.alias.clone().ok_or_else(|| ApiError::new("NotFoundException", "The request names no alias."))
}

fn check_name(alias: &AliasRef) -> Result<(), ApiError> {
    let rest = alias.name.strip_prefix("alias/").unwrap_or_default();
    let fits = !rest.is_empty() && rest.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'/' | b'_' | b'-'));
    if alias.name.starts_with("alias/aws/") {
        return Err(
            ApiError::new("NotAuthorizedException", "").because("names that begin with alias/aws/ are reserved for AWS managed keys")
        );
    }
    if !fits {
        return Err(ApiError::new("InvalidAliasNameException", "").because("after alias/ stand letters, digits, /, _ and -"));
    }
    Ok(())
}

pub(super) fn create(door: &mut Door<'_>, targets: &Targets<'_>) -> Result<Response, ApiError> {
    let (alias, at) = (alias_of(targets)?, targets.key()?);
    check_name(&alias)?;
    if door.key(at)?.is_aws_managed() {
        return Err(ApiError::new("NotAuthorizedException", "").because("an alias cannot point to an AWS managed key"));
    }
    if door.kms.alias(&alias).is_some() {
        return Err(ApiError::new("AlreadyExistsException", format!("An alias with the name {} already exists", alias.arn())));
    }
    limit(door, at)?;
    door.kms.set_alias(alias, at, door.cloud.now());
    Ok(Response::Empty)
}

pub(super) fn update(door: &mut Door<'_>, targets: &Targets<'_>) -> Result<Response, ApiError> {
    let (alias, at) = (alias_of(targets)?, targets.key()?);
    check_name(&alias)?;
    let present = targets.second.map(|target| door.key(target.key)).transpose()?;
    let next = door.key(at)?;
    // An alias keeps what it can be used for: the type of key and its usage ("UpdateAlias", AWS KMS API Reference).
    let alike = |present: &Key| present.spec.row().family == next.spec.row().family && present.usage == next.usage;
    if let Some(present) = present.filter(|present| !alike(present)) {
        let message = "The current and the new target key must be of the same type and have the same key usage.";
        return Err(invalid(message).because(format!(
            "the alias is on a {} key for {}, the new key is {} for {}",
            present.spec, present.usage, next.spec, next.usage
        )));
    }
    if next.is_aws_managed() {
        return Err(ApiError::new("NotAuthorizedException", "").because("an alias cannot point to an AWS managed key"));
    }
    if !next.aliases.contains(&alias.name) {
        limit(door, at)?;
    }
    door.kms.set_alias(alias, at, door.cloud.now());
    Ok(Response::Empty)
}

fn limit(door: &Door<'_>, at: KeyRef) -> Result<(), ApiError> {
    let most = door.kms.rules().aliases_per_key;
    if door.key(at)?.aliases.len() < most {
        Ok(())
    } else {
        Err(ApiError::new("LimitExceededException", format!("The key has {most} aliases, the most it may have.")))
    }
}

pub(super) fn delete(door: &mut Door<'_>, targets: &Targets<'_>) -> Result<Response, ApiError> {
    let alias = alias_of(targets)?;
    check_name(&alias)?;
    door.kms.remove_alias(&alias);
    Ok(Response::Empty)
}

pub(super) fn list(door: &Door<'_>, caller: &Caller, of: Option<KeyRef>, request: &ListRequest) -> Result<Response, ApiError> {
    let items = door
        .kms
        .aliases()
        .filter(|(alias, _)| Some(alias.account) == caller.account() && alias.region == caller.region)
        .filter(|(_, target)| of.is_none_or(|of| of == target.key))
        .map(|(alias, target)| (alias.name.to_string(), (alias, target)));
    let show = |(alias, target): (&AliasRef, &Alias)| {
        json!({
            "AliasName": &*alias.name,
            "AliasArn": alias.arn(),
            "TargetKeyId": target.key.id.to_string(),
            "CreationDate": format_instant(target.created),
            "LastUpdatedDate": format_instant(target.updated),
        })
    };
    page("Aliases", items, show, request.limit, request.marker.as_deref(), 50)
}
