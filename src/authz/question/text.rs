//! The texts of a question, wherever they come from: who asks, for which action, on which resource.

use crate::cloud::{AccountId, Arn, Principal, Region};
use crate::diag::cut;
use crate::kms::{OPERATIONS, Permission, PermissionTarget};

/// A text that a question cannot have.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct Unusable {
    /// What is wrong.
    pub message: String,
    /// The same in a few words, to stand at its place.
    pub label: &'static str,
    /// What to write instead.
    pub help: String,
}

/// Who asks: an ARN, or the name of a service.
///
/// # Errors
/// If nobody calls by that name.
pub fn parse_caller(text: &str) -> Result<Principal, Unusable> {
    if !text.starts_with("arn:") {
        return Ok(Principal::service(text));
    }
    Principal::parse(text).ok_or_else(|| {
        let help = if text.contains(":role/") {
            "a role is called by its sessions: write `arn:aws:sts::ACCOUNT:assumed-role/ROLE/SESSION`"
        } else {
            "write the ARN of a user, a role session, an account's root or a federated user, or a service such as `s3.amazonaws.com`"
        };
        Unusable { message: format!("`{}` is nobody who calls", cut(text)), label: "no caller", help: help.to_owned() }
    })
}

/// What for.
///
/// # Errors
/// If it is no single action.
pub fn parse_action(text: &str) -> Result<String, Unusable> {
    let well_formed = text.split_once(':').is_some_and(|(service, action)| {
        let plain = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-');
        plain(service) && plain(action)
    });
    if well_formed {
        return Ok(text.to_owned());
    }
    Err(Unusable {
        message: format!("`{}` is no action", cut(text)),
        label: "expected something like `kms:Decrypt`",
        help: "ask for one action with its service, like `kms:Decrypt`, without wildcards".to_owned(),
    })
}

/// The account that owns a resource, if it has one, and its Region.
///
/// # Errors
/// If it is neither a key nor `*`, nor an alias where the action is asked on one.
pub fn parse_resource(text: &str, action: &str) -> Result<(Option<AccountId>, Region), Unusable> {
    if text == "*" {
        return Ok((None, Region::default_region()));
    }
    let refused = |help: &str| {
        Err(Unusable { message: format!("`{}` is no resource of KMS", cut(text)), label: "no ARN of a key", help: help.to_owned() })
    };
    let parts = Arn::parse(text).filter(|arn| arn.service == "kms" && !text.contains(['*', '?']));
    let Some((arn, account)) = parts.and_then(|arn| Some((arn, AccountId::parse(arn.account)?))) else {
        return refused("write `arn:aws:kms:REGION:ACCOUNT:key/ID`, or `*` for an operation without a resource");
    };
    let region = Region::parse(arn.region).unwrap_or_else(Region::default_region);
    let on_alias = |permission: &Permission| permission.on == PermissionTarget::Alias && permission.action.eq_ignore_ascii_case(action);
    match arn.resource.split_once('/') {
        Some(("key", id)) if !id.is_empty() => Ok((Some(account), region)),
        Some(("alias", id)) if !id.is_empty() && OPERATIONS.iter().any(|row| row.permissions.iter().any(on_alias)) => {
            Ok((Some(account), region))
        }
        Some(("alias", _)) => refused("permissions are decided on the key behind an alias: write the key's ARN"),
        _ => refused("write `arn:aws:kms:REGION:ACCOUNT:key/ID`"),
    }
}

/// The action of KMS that was probably meant, where KMS has none of this name.
#[must_use]
pub fn unknown_action(action: &str) -> Option<String> {
    let names = || OPERATIONS.iter().flat_map(|row| row.permissions).map(|permission| permission.action);
    let is_kms = action.get(..4).is_some_and(|service| service.eq_ignore_ascii_case("kms:"));
    if !is_kms || names().any(|name| name.eq_ignore_ascii_case(action)) {
        return None;
    }
    Some(crate::diag::suggestion(action, names()).unwrap_or_else(|| "see the operations of the AWS KMS API Reference".to_owned()))
}
