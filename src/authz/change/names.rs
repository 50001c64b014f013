//! What people call those who call.

use crate::cloud::{Principal, PrincipalKind};

/// A principal as its owner calls it: `role Restore of account 222222222222`.
pub(super) fn who(principal: &Principal) -> String {
    let account = principal.account.map(|account| account.to_string()).unwrap_or_default();
    match &principal.kind {
        PrincipalKind::Root => format!("the root user of account {account}"),
        PrincipalKind::User { name } => format!("user {name} of account {account}"),
        PrincipalKind::AssumedRole { role, .. } => format!("role {role} of account {account}"),
        PrincipalKind::FederatedUser { name } => format!("federated user {name} of account {account}"),
        PrincipalKind::Service { name } => format!("the service {name}"),
    }
}

/// Under which kind of principal a policy names somebody, and by what name: a role for all its sessions.
pub(super) fn named(principal: &Principal) -> (&'static str, String) {
    let kind = if principal.is_service() { "Service" } else { "AWS" };
    (kind, principal.identity_arn().to_string())
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
