//! Who calls: the principals of a world by the text that names them.

use crate::cloud::{AccountId, Arn, PLAIN_SESSION, Principal, PrincipalKind};
use crate::diag::{Diagnostic, Span};
use crate::scenario::names::Names;
use crate::services::World;

/// The principal of this world that a text names: the ARN of a user, of an account's root, of a role (then a plain session
/// of it), of a session that the world describes, or a service's DNS name.
pub(in crate::scenario) fn principal(world: &World, text: &str) -> Option<Principal> {
    if text.ends_with(".amazonaws.com") && !text.contains(':') {
        return Some(Principal::service(text));
    }
    let arn = Arn::parse(text)?;
    let id = AccountId::parse(arn.account)?;
    let account = world.iam.account(id)?;
    if let ("iam", Some(name)) = (arn.service, arn.resource.strip_prefix("role/")) {
        return account.roles.contains_key(name).then(|| Principal::plain_session(id, name));
    }
    let principal = Principal::parse(text)?;
    let described = world.iam.session_of(&principal).is_some();
    match &principal.kind {
        PrincipalKind::Root => Some(principal),
        PrincipalKind::User { name } => account.users.contains_key(name).then_some(principal),
        PrincipalKind::FederatedUser { .. } => described.then_some(principal),
        PrincipalKind::AssumedRole { role, session } if described || &**session == PLAIN_SESSION => {
            // The ARN of a session leaves the path of its role out; names are unique in an account.
            let name = account.roles.keys().find(|known| known.rsplit('/').next() == Some(role))?;
            Some(Principal::role_session(id, name, session))
        }
        PrincipalKind::AssumedRole { .. } | PrincipalKind::Service { .. } => None,
    }
}

/// The error for a principal that does not exist.
pub(in crate::scenario) fn unknown_principal(world: &World, names: &Names, text: &str, span: Span) -> Diagnostic {
    let mut known: Vec<String> = world.iam.sessions().map(ToString::to_string).collect();
    for id in names.account_ids() {
        if let Some(account) = world.iam.account(id) {
            known.extend(account.users.keys().map(|name| format!("arn:aws:iam::{id}:user/{name}")));
            known.extend(account.roles.keys().map(|name| format!("arn:aws:iam::{id}:role/{name}")));
        }
    }
    let suggestion = crate::diag::suggestion(text, known.iter().map(String::as_str));
    let diagnostic = Diagnostic::error("scenario/unknown-principal", format!("the world has no principal `{}`", names.readable(text)))
        .at(span, "no such user, role, session or service");
    match suggestion {
        Some(help) => diagnostic.help(names.readable(&help)),
        None => diagnostic.help("write `arn:aws:iam::ACCOUNT:role/NAME` with an account label and a role of the world"),
    }
}
