//! Which policies apply to a request: gathered from the caller, its account, its organisation, and the resource.

use super::principal::PrincipalMatch;
use super::{Iam, Policy};
use crate::cloud::{AccountId, Caller, PolicyType};

/// Whether a type says nothing about a service that calls for itself: such a caller has no account.
fn needs_an_account(policy_type: PolicyType) -> bool {
    match policy_type {
        PolicyType::ServiceControl | PolicyType::IdentityBased | PolicyType::PermissionsBoundary | PolicyType::Session => true,
        PolicyType::ResourceControl | PolicyType::ResourceBased | PolicyType::VpcEndpoint => false,
    }
}

/// How a resource policy and identity-based policies combine within one account.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ResourceRule {
    /// KMS, and the trust policies of roles: the policy must name the caller, or delegate to the account and then an identity
    /// policy must allow.
    KeyPolicy,
    /// Everything else: either of them allows.
    Union,
}

/// One policy that applies.
#[derive(Clone, Copy, Debug)]
pub(super) struct Applicable<'p> {
    pub(super) policy_type: PolicyType,
    /// Of a policy of an organisation: 0 for the root, then each unit down to the account.
    pub(super) level: usize,
    pub(super) policy: &'p Policy,
}

/// A grant that allows the request.
#[derive(Clone, Copy, Debug)]
pub(super) struct GrantAllow<'p> {
    pub(super) id: &'p str,
    pub(super) how: PrincipalMatch,
}

/// The policies that apply to a request.
#[derive(Clone, Debug, Default)]
pub struct PolicySet<'p> {
    pub(super) policies: Vec<Applicable<'p>>,
    /// Nothing, if the resource has no policy.
    pub(super) rule: Option<ResourceRule>,
    /// How many levels of the caller's organisation must allow; none where no SCP applies.
    pub(super) control_levels: usize,
    pub(super) grant: Option<GrantAllow<'p>>,
}

impl<'p> PolicySet<'p> {
    /// No policy at all.
    #[must_use]
    pub fn new() -> Self {
        PolicySet::default()
    }

    /// The policies that come with a caller: identity-based ones, its boundary, its session's, those of its
    /// organisation, and that of the VPC endpoint in between.
    #[must_use]
    pub fn of_caller(iam: &'p Iam, caller: &Caller) -> Self {
        let mut set = PolicySet::new();
        let principal = &caller.principal;
        if let Some(account) = principal.account {
            if !principal.is_service_linked() {
                for (level, controls) in iam.levels(account).into_iter().enumerate() {
                    set.control_levels = level + 1;
                    for policy in &controls.service {
                        set.policies.push(Applicable { policy_type: PolicyType::ServiceControl, level, policy });
                    }
                }
            }
            if let Some(identity) = iam.identity(principal) {
                for policy in &identity.policies {
                    set = set.with(PolicyType::IdentityBased, policy);
                }
                for group in &identity.groups {
                    for policy in iam.account(account).and_then(|account| account.groups.get(group)).into_iter().flatten() {
                        set = set.with(PolicyType::IdentityBased, policy);
                    }
                }
                if let Some(boundary) = &identity.boundary {
                    set = set.with(PolicyType::PermissionsBoundary, boundary);
                }
            }
            for policy in iam.session_of(principal).map_or(&[][..], |session| &session.policies) {
                set = set.with(PolicyType::Session, policy);
            }
        }
        if let Some(endpoint) = caller.network.vpc_endpoint.as_ref().and_then(|id| iam.endpoint(id)).filter(|_| caller.is_direct()) {
            set = set.with(PolicyType::VpcEndpoint, &endpoint.policy);
        }
        set
    }

    /// With one more policy, other than those of resource and organisation.
    #[must_use]
    pub fn with(mut self, policy_type: PolicyType, policy: &'p Policy) -> Self {
        self.policies.push(Applicable { policy_type, level: 0, policy });
        self
    }

    /// With the policy of the resource.
    #[must_use]
    pub fn with_resource(mut self, policy: &'p Policy, rule: ResourceRule) -> Self {
        self.rule = Some(rule);
        self.with(PolicyType::ResourceBased, policy)
    }

    /// With a resource that has a policy, or could have one, which nobody wrote: nobody is let in.
    #[must_use]
    pub fn with_rule(mut self, rule: ResourceRule) -> Self {
        self.rule = Some(rule);
        self
    }

    /// With an SCP of a level of the caller's organisation, 0 for its root.
    #[must_use]
    pub fn with_service_control(mut self, level: usize, policy: &'p Policy) -> Self {
        self.policies.push(Applicable { policy_type: PolicyType::ServiceControl, level, policy });
        self
    }

    /// With so many levels of the caller's organisation at which an SCP must allow; one without any allows nothing.
    #[must_use]
    pub fn with_control_levels(mut self, levels: usize) -> Self {
        self.control_levels = levels;
        self
    }

    /// With the RCPs of one level of the organisation of the resource's account. `RCPFullAWSAccess`, which stands at
    /// every level and cannot be detached, is implied.
    #[must_use]
    pub fn with_resource_controls(mut self, level: usize, policies: impl IntoIterator<Item = &'p Policy>) -> Self {
        self.policies.extend(policies.into_iter().map(|policy| Applicable { policy_type: PolicyType::ResourceControl, level, policy }));
        self
    }

    /// With all RCPs of the organisation of the resource's account.
    ///
    /// Source: "Resource control policies in AWS KMS", AWS KMS Developer Guide.
    #[must_use]
    pub fn with_organization_of(mut self, iam: &'p Iam, resource_account: AccountId, caller: &Caller) -> Self {
        if caller.principal.is_service_linked() {
            return self;
        }
        for (level, controls) in iam.levels(resource_account).into_iter().enumerate() {
            self = self.with_resource_controls(level, controls.resource.iter().map(|policy| &**policy));
        }
        self
    }

    /// With a grant that allows the request, and how its grantee reaches the caller.
    #[must_use]
    pub fn with_grant(mut self, id: &'p str, how: PrincipalMatch) -> Self {
        self.grant = Some(GrantAllow { id, how });
        self
    }

    /// Whether it holds a policy of a type.
    pub(super) fn has(&self, policy_type: PolicyType) -> bool {
        self.policies.iter().any(|applicable| applicable.policy_type == policy_type)
    }

    /// Those that apply to a caller, with their places in the set: a service that calls for itself has no account and none of what comes with one.
    pub(super) fn of<'s>(&'s self, caller: &Caller) -> impl Iterator<Item = (usize, Applicable<'p>)> + use<'s, 'p> {
        let is_service = caller.principal.is_service();
        let applies = move |applicable: &Applicable<'_>| !(is_service && needs_an_account(applicable.policy_type));
        self.policies.iter().copied().enumerate().filter(move |(_, applicable)| applies(applicable))
    }
}
