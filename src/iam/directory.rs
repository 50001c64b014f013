//! Accounts, and the users and roles in them.

use super::Policy;
use super::principal::{Form, last_name};
use crate::cloud::{AccountId, Principal, PrincipalKind};
use std::collections::BTreeMap;
use std::sync::Arc;

/// All accounts.
#[derive(Clone, Debug, Default)]
pub struct Iam {
    accounts: BTreeMap<AccountId, Account>,
}

/// One account's users and roles.
#[derive(Clone, Debug, Default)]
pub struct Account {
    /// By path and name.
    pub users: BTreeMap<Arc<str>, Identity>,
    /// By path and name.
    pub roles: BTreeMap<Arc<str>, Identity>,
}

/// A user or role.
#[derive(Clone, Debug, Default)]
pub struct Identity {
    /// Its identity-based policies.
    pub policies: Vec<Arc<Policy>>,
    /// For a role: the service principals and ARNs that may assume it.
    pub trusted: Vec<Arc<str>>,
}

impl Account {
    /// A role by path and name, or by name alone: a session's ARN leaves the path out, and names are unique.
    #[must_use]
    pub fn role(&self, name: &str) -> Option<&Identity> {
        self.roles.get(name).or_else(|| self.roles.iter().find(|(known, _)| last_name(known) == name).map(|(_, role)| role))
    }
}

impl Iam {
    /// Makes an account, if it is not there yet, and returns it.
    pub fn account_mut(&mut self, id: AccountId) -> &mut Account {
        self.accounts.entry(id).or_default()
    }

    /// An account.
    #[must_use]
    pub fn account(&self, id: AccountId) -> Option<&Account> {
        self.accounts.get(&id)
    }

    /// The user or role behind a principal; none for root, a service, or an unknown name.
    #[must_use]
    pub fn identity(&self, principal: &Principal) -> Option<&Identity> {
        let account = self.account(principal.account?)?;
        match &principal.kind {
            PrincipalKind::User { name } => account.users.get(name),
            PrincipalKind::AssumedRole { role, .. } => account.role(role),
            PrincipalKind::Root | PrincipalKind::Service { .. } => None,
        }
    }

    /// Whether a principal ARN (user, role, session of a role, account root or account id) names somebody who
    /// exists. Accounts outside this world are taken to exist; users and roles in accounts of this world must.
    /// Text that no policy may name (a group, a wildcard, a left-over id) names nobody.
    #[must_use]
    pub fn principal_exists(&self, arn: &str) -> bool {
        let exists = |account: &AccountId, holds: &dyn Fn(&Account) -> bool| self.account(*account).is_none_or(holds);
        match Form::of_aws(arn) {
            Some(Form::Everyone | Form::Account(_)) => true,
            Some(Form::User(account, name)) => exists(&account, &|account| account.users.contains_key(&name)),
            Some(Form::Role(account, name)) => exists(&account, &|account| account.roles.contains_key(&name)),
            // AWS's own identities, such as `aws:ec2-infrastructure`, are in every account and in no list of roles.
            Some(Form::Session(_, role, _)) if role.starts_with("aws:") => true,
            Some(Form::Session(account, role, _)) => exists(&account, &|account| account.role(&role).is_some()),
            Some(Form::Nobody | Form::Service(_)) | None => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn iam() -> (Iam, AccountId) {
        let id = AccountId::parse("111122223333").unwrap();
        let mut iam = Iam::default();
        let account = iam.account_mut(id);
        account.users.insert("team/ana".into(), Identity::default());
        account.roles.insert("service/Loader".into(), Identity::default());
        (iam, id)
    }

    #[test]
    fn a_session_is_found_by_its_role_with_or_without_path() {
        let (iam, id) = iam();
        assert!(iam.identity(&Principal::role_session(id, "service/Loader", "s")).is_some());
        assert!(iam.identity(&Principal::role_session(id, "Loader", "s")).is_some());
        assert!(iam.identity(&Principal::role_session(id, "other/Loader", "s")).is_none());
        assert!(iam.identity(&Principal::user(id, "team/ana")).is_some());
        assert!(iam.identity(&Principal::user(id, "ana")).is_none());
        assert!(iam.identity(&Principal::root(id)).is_none());
    }

    #[test]
    fn principals_exist_in_this_world_or_in_accounts_outside_it() {
        let (iam, _) = iam();
        for there in [
            "111122223333",
            "arn:aws:iam::111122223333:root",
            "arn:aws:iam::111122223333:user/team/ana",
            "arn:aws:iam::111122223333:role/service/Loader",
            "arn:aws:sts::111122223333:assumed-role/Loader/any",
            "arn:aws:sts::111122223333:assumed-role/aws:ec2-infrastructure/i-0123",
            "arn:aws:iam::999999999999:role/Unknown",
        ] {
            assert!(iam.principal_exists(there), "{there}");
        }
        for missing in [
            "arn:aws:iam::111122223333:user/ana",
            "arn:aws:iam::111122223333:role/Loader",
            "arn:aws:sts::111122223333:assumed-role/Nobody/any",
            "arn:aws:iam::999999999999:group/ops",
            "AIDACKCEVSQ6C2EXAMPLE",
            "",
        ] {
            assert!(!iam.principal_exists(missing), "{missing}");
        }
    }
}
