//! Who calls: the principal, from which Region, and through which service.

use super::{AccountId, Region};
use std::sync::Arc;

/// An identity that can sign a request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Principal {
    /// What kind of identity, with its names.
    pub kind: PrincipalKind,
    /// The ARN that policies, messages and the trail show. Of a service its DNS name.
    pub arn: Arc<str>,
    /// The account it belongs to; a service belongs to none.
    pub account: Option<AccountId>,
    /// What `aws:PrincipalArn` holds: of a role session the role's ARN, else the principal's own.
    identity: Arc<str>,
}

/// The kinds of identity that KMS meets.
///
/// Source: "AWS JSON policy elements: Principal", IAM User Guide.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PrincipalKind {
    /// The root user of the account.
    Root,
    /// An IAM user; `name` carries its path, like `team/Ana`.
    User {
        /// Path and name.
        name: Arc<str>,
    },
    /// A session of a role. Nobody calls as the role itself.
    AssumedRole {
        /// Path and name of the role, like `service-role/Exec`.
        role: Arc<str>,
        /// Session name.
        session: Arc<str>,
    },
    /// An AWS service acting for itself, by its DNS name.
    Service {
        /// Like `cloudtrail.amazonaws.com`.
        name: Arc<str>,
    },
}

impl Principal {
    /// The root user of an account.
    #[must_use]
    pub fn root(account: AccountId) -> Self {
        Principal::new(PrincipalKind::Root, format!("arn:aws:iam::{account}:root"), Some(account))
    }

    /// An IAM user; `name` may carry a path.
    #[must_use]
    pub fn user(account: AccountId, name: &str) -> Self {
        Principal::new(PrincipalKind::User { name: name.into() }, format!("arn:aws:iam::{account}:user/{name}"), Some(account))
    }

    /// A session of a role; `role` may carry a path, which the session's ARN leaves out.
    #[must_use]
    pub fn role_session(account: AccountId, role: &str, session: &str) -> Self {
        let last = role.rsplit('/').next().unwrap_or(role);
        let arn = format!("arn:aws:sts::{account}:assumed-role/{last}/{session}").into();
        let kind = PrincipalKind::AssumedRole { role: role.into(), session: session.into() };
        Principal { kind, arn, account: Some(account), identity: format!("arn:aws:iam::{account}:role/{role}").into() }
    }

    /// A service acting for itself.
    #[must_use]
    pub fn service(name: &str) -> Self {
        Principal::new(PrincipalKind::Service { name: name.into() }, name.to_owned(), None)
    }

    fn new(kind: PrincipalKind, arn: String, account: Option<AccountId>) -> Self {
        let arn: Arc<str> = arn.into();
        Principal { kind, identity: Arc::clone(&arn), arn, account }
    }

    /// The ARN that `aws:PrincipalArn` holds: of a role session the role's, else the principal's own.
    #[must_use]
    pub fn identity_arn(&self) -> &Arc<str> {
        &self.identity
    }

    /// Whether it is an AWS service acting for itself.
    #[must_use]
    pub fn is_service(&self) -> bool {
        matches!(self.kind, PrincipalKind::Service { .. })
    }
}

/// The service that forwards a caller's request to KMS (a forward access session).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Via {
    /// The first label of `kms:ViaService`, like `s3`.
    pub service: &'static str,
    /// The Region whose endpoint of the service is in use.
    pub region: Region,
}

impl Via {
    /// The value of `kms:ViaService`.
    #[must_use]
    pub fn via_service(&self) -> String {
        format!("{}.{}.amazonaws.com", self.service, self.region)
    }

    /// The value of `invokedBy` and of `aws:CalledVia`.
    #[must_use]
    pub fn invoked_by(&self) -> String {
        format!("{}.amazonaws.com", self.service)
    }
}

/// A principal together with all that a request of it carries besides parameters.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Caller {
    /// Who signs.
    pub principal: Principal,
    /// The Region whose endpoint is called.
    pub region: Region,
    /// The service in between, if the caller did not come itself.
    pub via: Option<Via>,
    /// The resource for which a service calls (`aws:SourceArn`).
    pub source_arn: Option<Arc<str>>,
    /// That resource's account (`aws:SourceAccount`).
    pub source_account: Option<AccountId>,
}

impl Caller {
    /// A principal that calls directly.
    #[must_use]
    pub fn direct(principal: Principal, region: Region) -> Self {
        Caller { principal, region, via: None, source_arn: None, source_account: None }
    }

    /// The same caller, its request forwarded by `service` in `region`: what a service's KMS calls on the
    /// caller's behalf look like (access pattern "caller", a forward access session).
    #[must_use]
    pub fn through(&self, service: &'static str, region: Region) -> Self {
        Caller { principal: self.principal.clone(), region, via: Some(Via { service, region }), source_arn: None, source_account: None }
    }

    /// A service that calls for itself on behalf of a resource (access pattern "service principal").
    #[must_use]
    pub fn service(name: &str, region: Region, source_arn: Option<&str>, source_account: Option<AccountId>) -> Self {
        Caller { principal: Principal::service(name), region, via: None, source_arn: source_arn.map(Arc::from), source_account }
    }

    /// The account that pays for the request and whose IAM policies count; none for a service.
    #[must_use]
    pub fn account(&self) -> Option<AccountId> {
        self.principal.account
    }
}
