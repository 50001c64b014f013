//! The Principal element: whom a statement names.
//!
//! Source: "AWS JSON policy elements: Principal", IAM User Guide.

use crate::cloud::{AccountId, Arn, Principal, PrincipalKind};
use crate::diag::Span;
use std::sync::Arc;

/// One principal of a statement.
#[derive(Clone, Debug, PartialEq)]
pub struct NamedPrincipal {
    /// As written.
    pub written: Arc<str>,
    /// Where it stands.
    pub span: Option<Span>,
    /// Whom it names.
    pub form: Form,
}

/// The forms that a principal takes.
#[derive(Clone, Debug, PartialEq)]
pub enum Form {
    /// `*`
    Everyone,
    /// The root ARN or the id of an account.
    Account(AccountId),
    /// A user, by path and name.
    User(AccountId, Arc<str>),
    /// A role, by path and name: every session of it.
    Role(AccountId, Arc<str>),
    /// One session of a role, by the role's name without path.
    Session(AccountId, Arc<str>, Arc<str>),
    /// A session that a user made with `GetFederationToken`.
    FederatedUser(AccountId, Arc<str>),
    /// A service, by its DNS name.
    Service(Arc<str>),
    /// Somebody who never calls here: an identity of a web or SAML provider, the left-over id of a deleted user or role.
    Nobody,
}

/// How a statement reaches the caller.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum PrincipalMatch {
    /// It names the caller's account.
    Account,
    /// It names everyone.
    Everyone,
    /// It names everyone but a few, and the caller is not of these (NotPrincipal).
    NotExcepted,
    /// It names the service that calls.
    Service,
    /// It names the role whose session calls.
    Role,
    /// It names the user that calls.
    User,
    /// It names the very session that calls.
    Session,
    /// It is attached to the caller: identity-based policies name nobody.
    Attached,
}

impl PrincipalMatch {
    /// How an ARN, an account id or a service's name reaches a caller, if it does.
    #[must_use]
    pub fn of(text: &str, caller: &Principal) -> Option<PrincipalMatch> {
        let form = if text.starts_with("arn:") || text.bytes().all(|byte| byte.is_ascii_digit()) {
            Form::of_aws(text)?
        } else {
            Form::Service(text.into())
        };
        form.names(caller)
    }
}

impl Form {
    /// Reads a value under `AWS`. Nothing, if AWS would refuse it.
    pub(super) fn of_aws(text: &str) -> Option<Form> {
        if text == "*" {
            return Some(Form::Everyone);
        }
        if let Some(account) = AccountId::parse(text) {
            return Some(Form::Account(account));
        }
        if is_unique_id(text) {
            return Some(Form::Nobody);
        }
        let arn = Arn::parse(text)?;
        let account = AccountId::parse(arn.account)?;
        if text.contains(['*', '?']) || !arn.region.is_empty() {
            return None;
        }
        let named = |name: &str| (!name.is_empty() && !name.ends_with('/')).then(|| Arc::<str>::from(name));
        match (arn.service, arn.resource.split_once('/')) {
            ("iam", None) if arn.resource == "root" => Some(Form::Account(account)),
            ("iam", Some(("user", name))) => Some(Form::User(account, named(name)?)),
            ("iam", Some(("role", name))) => Some(Form::Role(account, named(name)?)),
            ("sts", Some(("assumed-role", name))) => {
                let (role, session) = name.split_once('/')?;
                Some(Form::Session(account, named(role)?, named(session)?))
            }
            ("sts", Some(("federated-user", name))) => Some(Form::FederatedUser(account, named(name)?)),
            _ => None,
        }
    }

    /// How it names the caller, if it does.
    pub(super) fn names(&self, caller: &Principal) -> Option<PrincipalMatch> {
        let in_account = |account: &AccountId| caller.account == Some(*account);
        let (holds, how) = match (self, &caller.kind) {
            (Form::Everyone, _) => (true, PrincipalMatch::Everyone),
            (Form::Account(account), _) => (in_account(account), PrincipalMatch::Account),
            (Form::User(account, name), PrincipalKind::User { name: caller }) => {
                (in_account(account) && name == caller, PrincipalMatch::User)
            }
            (Form::Role(account, name), PrincipalKind::AssumedRole { role, .. }) => {
                (in_account(account) && same_role(name, role), PrincipalMatch::Role)
            }
            (Form::Session(account, name, session), PrincipalKind::AssumedRole { role, session: caller }) => {
                (in_account(account) && session == caller && **name == *last_name(role), PrincipalMatch::Session)
            }
            (Form::FederatedUser(account, name), PrincipalKind::FederatedUser { name: caller }) => {
                (in_account(account) && name == caller, PrincipalMatch::Session)
            }
            (Form::Service(name), PrincipalKind::Service { name: caller }) => (name == caller, PrincipalMatch::Service),
            (Form::User(..) | Form::Role(..) | Form::Session(..) | Form::FederatedUser(..) | Form::Service(_) | Form::Nobody, _) => {
                (false, PrincipalMatch::Everyone)
            }
        };
        holds.then_some(how)
    }
}

/// A role known without its path (from a session's ARN) is any role of that name: names are unique in an account.
fn same_role(named: &str, caller: &str) -> bool {
    named == caller || (!caller.contains('/') && last_name(named) == caller)
}

/// The name of a user or role without its path.
pub(super) fn last_name(name: &str) -> &str {
    name.rsplit('/').next().unwrap_or(name)
}

/// `AIDA…` or `AROA…`: what a policy shows of a user or role that was deleted.
fn is_unique_id(text: &str) -> bool {
    text.len() >= 16
        && (text.starts_with("AIDA") || text.starts_with("AROA"))
        && text.bytes().all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit())
}

/// How a list under Principal reaches the caller: the strongest way, because a statement that names a user and the
/// user's account names the user.
pub(super) fn named_in(list: &[NamedPrincipal], caller: &Principal) -> Option<PrincipalMatch> {
    list.iter().filter_map(|named| named.form.names(caller)).max()
}

/// How a list under NotPrincipal reaches the caller. To be excepted, the account, the role and the session must all
/// be listed, or the account and the user: the account alone excepts only its root user.
///
/// Source: "AWS JSON policy elements: NotPrincipal", IAM User Guide.
pub(super) fn not_excepted_by(list: &[NamedPrincipal], caller: &Principal) -> Option<PrincipalMatch> {
    let listed = |how: PrincipalMatch| list.iter().any(|named| named.form.names(caller) == Some(how));
    let excepted = listed(PrincipalMatch::Everyone)
        || match caller.kind {
            PrincipalKind::Root => listed(PrincipalMatch::Account),
            PrincipalKind::User { .. } => listed(PrincipalMatch::Account) && listed(PrincipalMatch::User),
            PrincipalKind::AssumedRole { .. } => {
                listed(PrincipalMatch::Account) && listed(PrincipalMatch::Role) && listed(PrincipalMatch::Session)
            }
            PrincipalKind::FederatedUser { .. } => listed(PrincipalMatch::Account) && listed(PrincipalMatch::Session),
            PrincipalKind::Service { .. } => listed(PrincipalMatch::Service),
        };
    (!excepted).then_some(PrincipalMatch::NotExcepted)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(text: &str, caller: &Principal) -> Option<PrincipalMatch> {
        Form::of_aws(text).unwrap().names(caller)
    }

    fn account(id: &str) -> AccountId {
        AccountId::parse(id).unwrap()
    }

    #[test]
    fn a_role_arn_names_every_session_and_a_session_arn_exactly_one() {
        let nightly = Principal::role_session(account("111122223333"), "service/Loader", "nightly");
        assert_eq!(names("arn:aws:iam::111122223333:role/service/Loader", &nightly), Some(PrincipalMatch::Role));
        assert_eq!(names("arn:aws:iam::111122223333:role/Loader", &nightly), None);
        assert_eq!(names("arn:aws:sts::111122223333:assumed-role/Loader/nightly", &nightly), Some(PrincipalMatch::Session));
        assert_eq!(names("arn:aws:sts::111122223333:assumed-role/Loader/daily", &nightly), None);
        assert_eq!(names("arn:aws:iam::444455556666:role/service/Loader", &nightly), None);
        let pathless = Principal::role_session(account("111122223333"), "Loader", "nightly");
        assert_eq!(names("arn:aws:iam::111122223333:role/service/Loader", &pathless), Some(PrincipalMatch::Role));
    }

    #[test]
    fn the_account_id_and_the_root_arn_name_the_account() {
        let ana = Principal::user(account("111122223333"), "ana");
        for text in ["111122223333", "arn:aws:iam::111122223333:root"] {
            assert_eq!(names(text, &ana), Some(PrincipalMatch::Account));
            assert_eq!(names(text, &Principal::root(account("111122223333"))), Some(PrincipalMatch::Account));
            assert_eq!(names(text, &Principal::service("s3.amazonaws.com")), None);
        }
        assert_eq!(names("arn:aws:iam::111122223333:user/Ana", &ana), None, "names are case-sensitive");
        assert_eq!(names("AIDACKCEVSQ6C2EXAMPLE", &ana), None);
    }

    #[test]
    fn groups_wildcards_and_fragments_are_no_principals() {
        for text in [
            "arn:aws:iam::111122223333:group/ops",
            "arn:aws:iam::111122223333:user/*",
            "arn:aws:iam::*:root",
            "arn:aws:iam::111122223333:role/",
            "arn:aws:sts::111122223333:assumed-role/Loader",
            "ana",
            "",
        ] {
            assert_eq!(Form::of_aws(text), None, "{text}");
        }
    }

    fn listed(texts: &[&str]) -> Vec<NamedPrincipal> {
        texts.iter().map(|text| NamedPrincipal { written: (*text).into(), span: None, form: Form::of_aws(text).unwrap() }).collect()
    }

    #[test]
    fn notprincipal_excepts_a_session_only_with_its_role_and_account() {
        let caller = Principal::role_session(account("111122223333"), "Loader", "n");
        let all = ["111122223333", "arn:aws:iam::111122223333:role/Loader", "arn:aws:sts::111122223333:assumed-role/Loader/n"];
        assert_eq!(not_excepted_by(&listed(&all), &caller), None);
        for left_out in 0..3 {
            let some: Vec<&str> = all.iter().enumerate().filter(|(at, _)| *at != left_out).map(|(_, text)| *text).collect();
            assert_eq!(not_excepted_by(&listed(&some), &caller), Some(PrincipalMatch::NotExcepted));
        }
        assert_eq!(not_excepted_by(&listed(&["111122223333"]), &Principal::root(account("111122223333"))), None);
    }

    #[test]
    fn notprincipal_excepts_a_user_only_with_its_account() {
        let ana = Principal::user(account("111122223333"), "ana");
        let list = |texts: &[&str]| not_excepted_by(&listed(texts), &ana);
        assert_eq!(list(&["arn:aws:iam::111122223333:user/ana", "111122223333"]), None);
        assert_eq!(list(&["arn:aws:iam::111122223333:user/ana"]), Some(PrincipalMatch::NotExcepted));
        assert_eq!(list(&["111122223333"]), Some(PrincipalMatch::NotExcepted));
        assert_eq!(list(&["*"]), None);
    }

    #[test]
    fn of_several_ways_to_be_named_the_strongest_counts() {
        let ana = Principal::user(account("111122223333"), "ana");
        let both = listed(&["111122223333", "arn:aws:iam::111122223333:user/ana", "*"]);
        assert_eq!(named_in(&both, &ana), Some(PrincipalMatch::User));
    }
}
