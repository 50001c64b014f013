//! Unique ids and access key ids of principals. They look like AWS's and are functions of the seed and the principal: the same
//! role has the same id all over a world.
//!
//! Source: "IAM identifiers", IAM User Guide.

use super::random::derive;
use super::{Principal, PrincipalKind};

/// The id that CloudTrail shows as `principalId` and STS as `UserId`: `AIDA…` of a user, `AROA…:session` of a role session,
/// the account's id of its root, `account:name` of a federated user.
#[must_use]
pub fn user_id(seed: u64, principal: &Principal) -> String {
    let account = || principal.account.map(|account| account.to_string()).unwrap_or_default();
    match &principal.kind {
        PrincipalKind::Root => account(),
        PrincipalKind::User { .. } => unique_id(seed, "AIDA", 17, &principal.arn),
        PrincipalKind::AssumedRole { session, .. } => format!("{}:{session}", role_id(seed, principal.identity_arn())),
        PrincipalKind::FederatedUser { name } => format!("{}:{name}", account()),
        PrincipalKind::Service { name } => name.to_string(),
    }
}

/// The unique id of the role with an ARN: `AROA…`.
pub(super) fn role_id(seed: u64, arn: &str) -> String {
    unique_id(seed, "AROA", 17, arn)
}

/// The id of the access key that a principal signs with: that of the credentials that STS gave it, else its standing one.
/// Those of users and root begin with `AKIA`, temporary ones with `ASIA`; a service has none.
#[must_use]
pub fn access_key_id(seed: u64, principal: &Principal) -> Option<String> {
    if let Some(temporary) = principal.temporary() {
        return Some(temporary.access_key_id.to_string());
    }
    match principal.kind {
        PrincipalKind::Root | PrincipalKind::User { .. } => Some(access_key(seed, "AKIA", &principal.arn)),
        PrincipalKind::AssumedRole { .. } | PrincipalKind::FederatedUser { .. } => Some(access_key(seed, "ASIA", &principal.arn)),
        PrincipalKind::Service { .. } => None,
    }
}

/// The id of the temporary access key with a number.
#[must_use]
pub fn numbered_access_key_id(seed: u64, number: u64) -> String {
    access_key(seed, "ASIA", &format!("temporary credentials {number}"))
}

/// A prefix and so many letters of the alphabet of AWS's unique ids.
fn unique_id(seed: u64, prefix: &str, length: usize, of: &str) -> String {
    let letters = derive(seed, &format!("unique id {prefix} {of}"));
    let alphabet = |byte: &u8| char::from(b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567".get(usize::from(byte % 32)).copied().unwrap_or(b'A'));
    prefix.chars().chain(letters.iter().take(length).map(alphabet)).collect()
}

/// The id of an access key. It ends like those in AWS's own examples, so that nobody takes it for a real one.
fn access_key(seed: u64, prefix: &str, of: &str) -> String {
    format!("{}EXAMPLE", unique_id(seed, prefix, 9, of))
}
