//! Who calls: the principal, from which Region, and through which service.

use super::{AccountId, Arn, Instant, Region};
use std::net::{IpAddr, Ipv4Addr};
use std::sync::Arc;

/// The name of the session of a role that brings nothing of its own.
pub const PLAIN_SESSION: &str = "session";

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
    /// The credentials from STS that it signs with; nothing for its standing ones.
    temporary: Option<Arc<Temporary>>,
}

/// Temporary credentials that a call to STS made, as far as they tell one session from another.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Temporary {
    /// `ASIA…`
    pub access_key_id: Arc<str>,
    /// When they were made (`aws:TokenIssueTime`).
    pub issued: Instant,
    /// Whether multi-factor authentication stood at the beginning (`aws:MultiFactorAuthPresent`).
    pub multi_factor: bool,
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
    /// A session that a user made with `GetFederationToken`.
    FederatedUser {
        /// The name that was asked for.
        name: Arc<str>,
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
        Principal { kind, arn, account: Some(account), identity: format!("arn:aws:iam::{account}:role/{role}").into(), temporary: None }
    }

    /// The session of a role that brings nothing of its own: what the role's ARN stands for where somebody calls as the role.
    #[must_use]
    pub fn plain_session(account: AccountId, role: &str) -> Self {
        Principal::role_session(account, role, PLAIN_SESSION)
    }

    /// A federated user session.
    #[must_use]
    pub fn federated_user(account: AccountId, name: &str) -> Self {
        let arn = format!("arn:aws:sts::{account}:federated-user/{name}");
        Principal::new(PrincipalKind::FederatedUser { name: name.into() }, arn, Some(account))
    }

    /// The principal that an ARN or a service's DNS name stands for: a user, a session of a role, an account's root
    /// user, a federated user or a service. The ARN of a role is nobody who calls.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        if !text.starts_with("arn:") {
            let is_name = text.contains('.') && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-'));
            return is_name.then(|| Principal::service(text));
        }
        let arn = Arn::parse(text).filter(|arn| arn.region.is_empty())?;
        let account = AccountId::parse(arn.account)?;
        let named = |name: &str| !name.is_empty() && !name.starts_with('/') && !name.ends_with('/') && !name.contains(['*', '?', ':']);
        match (arn.service, arn.resource.split_once('/')) {
            ("iam", None) if arn.resource == "root" => Some(Principal::root(account)),
            ("iam", Some(("user", name))) if named(name) => Some(Principal::user(account, name)),
            ("sts", Some(("federated-user", name))) if named(name) => Some(Principal::federated_user(account, name)),
            ("sts", Some(("assumed-role", names))) => {
                let (role, session) = names.split_once('/').filter(|(role, session)| named(role) && named(session))?;
                Some(Principal::role_session(account, role, session))
            }
            _ => None,
        }
    }

    /// A service acting for itself.
    #[must_use]
    pub fn service(name: &str) -> Self {
        Principal::new(PrincipalKind::Service { name: name.into() }, name.to_owned(), None)
    }

    fn new(kind: PrincipalKind, arn: String, account: Option<AccountId>) -> Self {
        let arn: Arc<str> = arn.into();
        Principal { kind, identity: Arc::clone(&arn), arn, account, temporary: None }
    }

    /// The same principal, signing with temporary credentials: two sessions of one name are told apart by them.
    #[must_use]
    pub fn with_temporary(self, temporary: Temporary) -> Self {
        Principal { temporary: Some(Arc::new(temporary)), ..self }
    }

    /// The credentials from STS that it signs with; nothing for standing ones.
    #[must_use]
    pub fn temporary(&self) -> Option<&Temporary> {
        self.temporary.as_deref()
    }

    /// The ARN that `aws:PrincipalArn` holds: of a role session the role's, else the principal's own.
    #[must_use]
    pub fn identity_arn(&self) -> &Arc<str> {
        &self.identity
    }

    /// As its owner calls it: `role Restore of account 222222222222`.
    #[must_use]
    pub fn described(&self) -> String {
        let account = self.account.map(|account| account.to_string()).unwrap_or_default();
        let last = |name: &str| name.rsplit('/').next().unwrap_or(name).to_owned();
        match &self.kind {
            PrincipalKind::Root => format!("the root user of account {account}"),
            PrincipalKind::User { name } => format!("user {} of account {account}", last(name)),
            PrincipalKind::AssumedRole { role, .. } => format!("role {} of account {account}", last(role)),
            PrincipalKind::FederatedUser { name } => format!("federated user {name} of account {account}"),
            PrincipalKind::Service { name } => format!("the service {name}"),
        }
    }

    /// Whether it is a session of a service-linked role, which organisations do not restrict.
    ///
    /// Source: "Service control policies (SCPs)" and "Resource control policies (RCPs)", AWS Organizations User Guide.
    #[must_use]
    pub fn is_service_linked(&self) -> bool {
        match &self.kind {
            // A session's ARN leaves the path out; then the name tells.
            PrincipalKind::AssumedRole { role, .. } => role.starts_with("aws-service-role/") || role.starts_with("AWSServiceRoleFor"),
            PrincipalKind::Root | PrincipalKind::User { .. } | PrincipalKind::FederatedUser { .. } | PrincipalKind::Service { .. } => false,
        }
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
    /// The way that the request takes.
    pub network: Network,
}

/// The way that a request takes to the endpoint of a service.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Network {
    /// The caller's address (`aws:SourceIp`; through a VPC endpoint `aws:VpcSourceIp`), where it is known.
    pub address: Option<IpAddr>,
    /// The id of the VPC endpoint that it passes, if any (`aws:SourceVpce`).
    pub vpc_endpoint: Option<Arc<str>>,
    /// What the client calls itself (`aws:UserAgent`), where it is known.
    pub agent: Option<Arc<str>>,
}

impl Caller {
    /// A principal that calls directly.
    #[must_use]
    pub fn direct(principal: Principal, region: Region) -> Self {
        Caller { principal, region, via: None, source_arn: None, source_account: None, network: Network::default() }
    }

    /// The same caller, its request forwarded by `service` in `region`: what a service's KMS calls on the
    /// caller's behalf look like (access pattern "caller", a forward access session).
    #[must_use]
    pub fn through(&self, service: &'static str, region: Region) -> Self {
        // The service calls from its own network: neither the caller's address nor its endpoint reaches KMS.
        Caller { via: Some(Via { service, region }), ..Caller::direct(self.principal.clone(), region) }
    }

    /// A service that calls for itself on behalf of a resource (access pattern "service principal").
    #[must_use]
    pub fn service(name: &str, region: Region, source_arn: Option<&str>, source_account: Option<AccountId>) -> Self {
        Caller { source_arn: source_arn.map(Arc::from), source_account, ..Caller::direct(Principal::service(name), region) }
    }

    /// The address that it calls from; without another the one of the guide's example record.
    #[must_use]
    pub fn address(&self) -> IpAddr {
        self.network.address.unwrap_or(IpAddr::V4(Ipv4Addr::new(203, 0, 113, 1)))
    }

    /// Whether it reaches the service itself: no service forwards its request, and it is none.
    #[must_use]
    pub fn is_direct(&self) -> bool {
        self.via.is_none() && !self.principal.is_service()
    }

    /// The account that pays for the request and whose IAM policies count; none for a service.
    #[must_use]
    pub fn account(&self) -> Option<AccountId> {
        self.principal.account
    }
}
