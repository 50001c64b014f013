//! Trust policies: whom a role lets assume it.

use crate::cloud::AccountId;
use crate::iam::{Identity, Policy, PolicyKind};
use serde_json::json;

/// The trust policy of a role. A world may leave it out: then the role trusts its own account.
///
/// Nothing where the list names somebody whom no policy can name; then nobody is trusted.
///
/// Source: "IAM roles", "Update a role trust policy" and "AWS JSON policy elements: Principal", IAM User Guide.
pub(super) fn policy(account: AccountId, name: &str, role: &Identity) -> Option<Policy> {
    let own = [account.to_string().into()];
    let trusted = if role.trusted.is_empty() { &own[..] } else { &role.trusted };
    let is_service = |who: &str| who.contains('.') && !who.contains(':');
    let (services, others): (Vec<&str>, Vec<&str>) = trusted.iter().map(|who| &**who).partition(|who| is_service(who));
    let mut principal = serde_json::Map::new();
    for (kind, list) in [("AWS", others), ("Service", services)] {
        if !list.is_empty() {
            principal.insert(kind.to_owned(), json!(list));
        }
    }
    // What a caller may ask for with a session is part of the trust.
    let actions = ["sts:AssumeRole", "sts:SetSourceIdentity", "sts:TagSession"];
    let statement = json!({"Effect": "Allow", "Principal": principal, "Action": actions, "Resource": "*"});
    let document = json!({"Version": "2012-10-17", "Statement": [statement]}).to_string();
    Policy::from_json(&document, PolicyKind::Resource, &format!("trust policy of role {name} in account {account}")).ok()
}
