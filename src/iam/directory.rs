//! stub: accounts and their users and roles
use super::Policy;
use crate::cloud::{AccountId, Principal};
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
        let _ = principal;
        None
    }
    /// Whether a principal ARN (user, role, session of a role, account root or account id) names somebody who
    /// exists. Accounts outside this world are taken to exist; users and roles in accounts of this world must.
    #[must_use]
    pub fn principal_exists(&self, arn: &str) -> bool {
        let _ = arn;
        true
    }
}
