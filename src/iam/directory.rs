//! Who is who: accounts with their users, groups and roles, sessions, organisations, VPC endpoints.

use super::Policy;
use super::managed_policies::aws_managed_policy;
use super::organization::{Controls, Organization};
use super::principal::{Form, last_name};
use crate::cloud::{AccountId, Arn, Principal, PrincipalKind};
use std::collections::BTreeMap;
use std::sync::Arc;

/// All accounts, and what stands beside them.
#[derive(Clone, Debug, Default)]
pub struct Iam {
    accounts: BTreeMap<AccountId, Account>,
    /// The organisation that some of the accounts are in.
    pub organization: Option<Organization>,
    /// Sessions that carry policies or tags, by their ARN. Others need no entry.
    sessions: BTreeMap<Arc<str>, Session>,
    /// Sessions that calls made, by the id of their access key: their ARNs need not differ.
    made_sessions: BTreeMap<Arc<str>, Session>,
    endpoints: BTreeMap<Arc<str>, Endpoint>,
}

/// One account's users, groups and roles.
#[derive(Clone, Debug, Default)]
pub struct Account {
    /// By path and name.
    pub users: BTreeMap<Arc<str>, Identity>,
    /// By path and name.
    pub roles: BTreeMap<Arc<str>, Identity>,
    /// The policies of each group of users, by its name.
    pub groups: BTreeMap<Arc<str>, Vec<Arc<Policy>>>,
    /// Its own managed policies, by path and name.
    pub managed_policies: BTreeMap<Arc<str>, Arc<Policy>>,
}

/// A user or role.
#[derive(Clone, Debug, Default)]
pub struct Identity {
    /// Its identity-based policies.
    pub policies: Vec<Arc<Policy>>,
    /// For a user: the groups that it is in.
    pub groups: Vec<Arc<str>>,
    /// The most that its identity-based policies can give it.
    pub boundary: Option<Arc<Policy>>,
    /// Its tags (`aws:PrincipalTag`).
    pub tags: BTreeMap<String, String>,
    /// For a role: the service principals and ARNs that may assume it.
    pub trusted: Vec<Arc<str>>,
}

/// What a session of a role or of a federated user brings beyond what it is a session of.
#[derive(Clone, Debug, Default)]
pub struct Session {
    /// The session policies that were passed.
    pub policies: Vec<Arc<Policy>>,
    /// The session's tags; they override those of the role.
    pub tags: BTreeMap<String, String>,
    /// For a federated user: the user who made the session; nothing if the root user did.
    pub user: Option<Arc<str>>,
    /// Who stands behind the session (`aws:SourceIdentity`), once somebody has said so.
    pub source_identity: Option<Arc<str>>,
    /// Whether multi-factor authentication stood at its beginning; nothing where credentials do not tell.
    pub multi_factor: Option<bool>,
}

/// An interface VPC endpoint for KMS.
#[derive(Clone, Debug)]
pub struct Endpoint {
    /// Its policy.
    pub policy: Arc<Policy>,
    /// The id of its VPC (`aws:SourceVpc`).
    pub vpc: Arc<str>,
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

    /// All accounts, in the order of their ids.
    pub fn accounts(&self) -> impl Iterator<Item = (AccountId, &Account)> {
        self.accounts.iter().map(|(id, account)| (*id, account))
    }

    /// The user or role behind a principal; none for root, a service, or an unknown name.
    #[must_use]
    pub fn identity(&self, principal: &Principal) -> Option<&Identity> {
        let account = self.account(principal.account?)?;
        match &principal.kind {
            PrincipalKind::User { name } => account.users.get(name),
            PrincipalKind::AssumedRole { role, .. } => account.role(role),
            PrincipalKind::FederatedUser { .. } => account.users.get(self.session_of(principal)?.user.as_ref()?),
            PrincipalKind::Root | PrincipalKind::Service { .. } => None,
        }
    }

    /// Puts a session's policies and tags down, by its ARN.
    pub fn add_session(&mut self, arn: Arc<str>, session: Session) {
        self.sessions.insert(arn, session);
    }

    /// Puts down what a session brings that a call made, by the id of its access key.
    pub fn add_made_session(&mut self, access_key_id: Arc<str>, session: Session) {
        self.made_sessions.insert(access_key_id, session);
    }

    /// What a principal's session brings: of temporary credentials what was asked for them, else what the world describes.
    #[must_use]
    pub fn session_of(&self, principal: &Principal) -> Option<&Session> {
        match principal.temporary() {
            Some(temporary) => self.made_sessions.get(&temporary.access_key_id),
            None => self.sessions.get(&principal.arn),
        }
    }

    /// The same, to be changed.
    pub fn session_of_mut(&mut self, principal: &Principal) -> Option<&mut Session> {
        match principal.temporary() {
            Some(temporary) => self.made_sessions.get_mut(&temporary.access_key_id),
            None => self.sessions.get_mut(&principal.arn),
        }
    }

    /// Whether a principal is a federated session that the root user of its account made: it has no identity-based policies,
    /// and none restrict it.
    #[must_use]
    pub fn is_federated_root(&self, principal: &Principal) -> bool {
        matches!(principal.kind, PrincipalKind::FederatedUser { .. })
            && principal.temporary().is_some()
            && self.session_of(principal).is_some_and(|session| session.user.is_none())
    }

    /// A managed policy that an account can attach, by its ARN: AWS's or the account's own.
    #[must_use]
    pub fn managed_policy(&self, account: AccountId, arn: &str) -> Option<Arc<Policy>> {
        let arn = Arn::parse(arn).filter(|arn| arn.service == "iam" && arn.region.is_empty())?;
        let name = arn.resource.strip_prefix("policy/")?;
        if arn.account == "aws" {
            return aws_managed_policy(name);
        }
        let own = AccountId::parse(arn.account).filter(|owner| *owner == account)?;
        self.account(own)?.managed_policies.get(name).cloned()
    }

    /// The ARNs of the sessions that the world describes.
    pub fn sessions(&self) -> impl Iterator<Item = &Arc<str>> {
        self.sessions.keys()
    }

    /// Adds a VPC endpoint.
    pub fn add_endpoint(&mut self, id: Arc<str>, endpoint: Endpoint) {
        self.endpoints.insert(id, endpoint);
    }

    /// A VPC endpoint.
    #[must_use]
    pub fn endpoint(&self, id: &str) -> Option<&Endpoint> {
        self.endpoints.get(id)
    }

    /// The ids of the VPC endpoints.
    pub fn endpoints(&self) -> impl Iterator<Item = &Arc<str>> {
        self.endpoints.keys()
    }

    /// What the organisation of an account restricts, from its root down to the account; nothing for accounts outside
    /// it and for its management account.
    pub fn levels(&self, account: AccountId) -> Vec<&Controls> {
        self.organization.as_ref().map(|organization| organization.levels(account)).unwrap_or_default()
    }

    /// The value of a tag of a principal: its session's, else its own.
    #[must_use]
    pub fn principal_tag(&self, principal: &Principal, name: &str) -> Option<&str> {
        let named = |tags: &'_ BTreeMap<String, String>| tags.keys().find(|key| key.eq_ignore_ascii_case(name)).cloned();
        let of_session = self.session_of(principal).and_then(|session| session.tags.get(&named(&session.tags)?));
        of_session.or_else(|| self.identity(principal).and_then(|own| own.tags.get(&named(&own.tags)?))).map(String::as_str)
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
            Some(Form::FederatedUser(account, _)) => exists(&account, &|_| true),
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
