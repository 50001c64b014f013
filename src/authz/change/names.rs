//! What people call those who call.

use crate::cloud::{AccountId, Arn, Principal};

/// Under which kind of principal a policy names somebody, and by what name: a role for all its sessions.
pub(super) fn named(principal: &Principal) -> (&'static str, String) {
    let kind = if principal.is_service() { "Service" } else { "AWS" };
    (kind, principal.identity_arn().to_string())
}

/// The account that owns a key, by the key's ARN.
pub(super) fn owner(key: &str) -> Option<AccountId> {
    Arn::parse(key).and_then(|arn| AccountId::parse(arn.account))
}

/// The first few of a list, and how many more there are.
pub(super) fn few(items: &[String], most: usize) -> String {
    let shown: Vec<&str> = items.iter().take(most).map(String::as_str).collect();
    match items.len().saturating_sub(most) {
        0 => match shown.split_last() {
            Some((last, rest)) if !rest.is_empty() => format!("{} and {last}", rest.join(", ")),
            _ => shown.concat(),
        },
        more => format!("{} and {more} more", shown.join(", ")),
    }
}
