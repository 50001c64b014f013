//! How the types of policies combine: the rules of AWS, in one place.
//!
//! ```text
//! any Deny that matches            -> denied
//! a way in, and nothing in its way -> allowed
//! else                             -> the allows that the best way in lacks
//! ```
//!
//! A *way in* is what lets the caller reach the resource: a statement of the resource's policy, a grant, or the
//! caller's own identity-based policies. How a statement names the caller says what else it needs.
//!
//! Source: "Policy evaluation for requests within a single account", "Cross-account policy evaluation logic",
//! "Permissions boundaries for IAM entities" and "AWS JSON policy elements: Principal", IAM User Guide; for keys "Key
//! policies in AWS KMS" and "Default key policy", AWS KMS Developer Guide.

use super::PolicyType;
use super::applicable::ResourceRule;
use super::evaluate::{Evaluation, Found};
use super::policy::Effect;
use super::principal::PrincipalMatch;
use crate::cloud::PrincipalKind;

/// What the evidence decides, with what decided it.
pub(super) enum Verdict<'e> {
    Denied(Found<'e>),
    Allowed(Allowed<'e>),
    Missing(Missing<'e>),
}

/// What allows a request.
pub(super) struct Allowed<'e> {
    pub(super) way: Way<'e>,
    /// The identity-based policy that the way needs, if it does and the caller is not the root user.
    pub(super) identity: Option<Found<'e>>,
}

/// Which allows are missing.
pub(super) struct Missing<'e> {
    /// The types of policies that lack one.
    pub(super) types: Vec<PolicyType>,
    /// Those that lack one besides, unless a grant lets the caller in: then its own side is not asked.
    pub(super) next: Vec<PolicyType>,
    /// The way in that lacks least, if there is any.
    pub(super) way: Option<Way<'e>>,
    /// An allow in the policy of the resource would do as well.
    pub(super) either: bool,
}

/// What lets the caller reach the resource.
#[derive(Clone, Copy)]
pub(super) enum Way<'e> {
    /// A statement of the resource's policy.
    Resource(Found<'e>),
    /// A grant, and how its grantee names the caller.
    Grant(&'e str, PrincipalMatch),
    /// The caller's own policies: the resource belongs to its account, or there is none.
    Own,
}

impl Way<'_> {
    /// How it names the caller; the caller's own policies count as its account's.
    fn how(self) -> PrincipalMatch {
        match self {
            Way::Resource(found) => found.how,
            Way::Grant(_, how) => how,
            Way::Own => PrincipalMatch::Account,
        }
    }
}

/// What the evidence decides.
pub(super) fn verdict<'e>(evaluation: &Evaluation<'e>) -> Verdict<'e> {
    let denies = evaluation.matching(Effect::Deny);
    if let Some(deny) = denies.min_by_key(|found| found.policy_type) {
        return Verdict::Denied(deny);
    }
    let limits = Limits::of(evaluation);
    let ways = ways(evaluation);
    let best = ways
        .into_iter()
        .map(|way| (limits.lacking(way), way))
        .min_by_key(|(lacking, way)| (lacking.len(), matches!(way, Way::Grant(..)), std::cmp::Reverse(way.how())));
    let own_resource = evaluation.set.rule == Some(ResourceRule::Union) && evaluation.same_account();
    let (mut types, way) = match best {
        Some((lacking, way)) => (lacking, Some(way)),
        None => (vec![PolicyType::ResourceBased], None),
    };
    let next = if way.is_none() && limits.foreign && !limits.service { limits.personal() } else { Vec::new() };
    types.extend(limits.always());
    types.sort_unstable();
    let (true, Some(way)) = (types.is_empty(), way) else {
        let either = own_resource && matches!(way, Some(Way::Own)) && types.contains(&PolicyType::IdentityBased);
        return Verdict::Missing(Missing { types, next, way, either });
    };
    let identity = limits.needs_identity(way).then(|| evaluation.strongest_allow(PolicyType::IdentityBased)).flatten();
    Verdict::Allowed(Allowed { way, identity })
}

/// Everything that lets the caller in, whether or not it suffices.
fn ways<'e>(evaluation: &Evaluation<'e>) -> Vec<Way<'e>> {
    let mut ways: Vec<Way<'e>> = Vec::new();
    for found in evaluation.allows(PolicyType::ResourceBased) {
        if !ways.iter().any(|way| way.how() == found.how) {
            ways.push(Way::Resource(found));
        }
    }
    if let Some(grant) = evaluation.set.grant {
        ways.push(Way::Grant(grant.id, grant.how));
    }
    let own = match evaluation.set.rule {
        None => true,
        Some(ResourceRule::Union) => evaluation.same_account(),
        // Without delegation an identity-based policy that allows has no effect on a key.
        Some(ResourceRule::KeyPolicy) => false,
    };
    if own {
        ways.push(Way::Own);
    }
    ways
}

/// What stands between a way in and an allow.
struct Limits {
    service: bool,
    foreign: bool,
    identity: bool,
    boundary: bool,
    session: bool,
    control: bool,
    endpoint: bool,
}

impl Limits {
    /// Which types of policies take part and do not allow.
    fn of(evaluation: &Evaluation<'_>) -> Limits {
        let principal = &evaluation.request.caller.principal;
        let silent = |policy_type| evaluation.allows(policy_type).next().is_none();
        let limits = |policy_type| evaluation.takes_part(policy_type) && silent(policy_type);
        let is_root = principal.kind == PrincipalKind::Root || evaluation.request.iam.is_federated_root(principal);
        // "If you do not pass a policy, the resulting session has no permissions": GetFederationToken.
        let without_policy = matches!(principal.kind, PrincipalKind::FederatedUser { .. }) && !evaluation.takes_part(PolicyType::Session);
        Limits {
            service: principal.is_service(),
            foreign: evaluation.set.rule.is_some() && !evaluation.same_account(),
            identity: !is_root && silent(PolicyType::IdentityBased),
            boundary: limits(PolicyType::PermissionsBoundary),
            session: limits(PolicyType::Session) || without_policy,
            control: !principal.is_service() && missing_level(evaluation).is_some(),
            endpoint: limits(PolicyType::VpcEndpoint),
        }
    }

    /// What every way needs.
    fn always(&self) -> Vec<PolicyType> {
        listed(&[(self.control, PolicyType::ServiceControl), (self.endpoint, PolicyType::VpcEndpoint)])
    }

    /// What a permission of the caller's own account needs.
    fn personal(&self) -> Vec<PolicyType> {
        [listed(&[(self.identity, PolicyType::IdentityBased)]), self.ceilings()].concat()
    }

    fn ceilings(&self) -> Vec<PolicyType> {
        listed(&[(self.boundary, PolicyType::PermissionsBoundary), (self.session, PolicyType::Session)])
    }

    /// Whether a way needs an identity-based policy beside it.
    fn needs_identity(&self, way: Way<'_>) -> bool {
        match way {
            Way::Own => true,
            _ if self.service => false,
            Way::Grant(_, how) => how == PrincipalMatch::Account,
            Way::Resource(found) => self.foreign || found.how == PrincipalMatch::Account,
        }
    }

    /// What a way lacks.
    fn lacking(&self, way: Way<'_>) -> Vec<PolicyType> {
        if self.service {
            return Vec::new();
        }
        // Within the account a statement that names the user or the session gives the permission to it directly, and
        // boundary and session policy limit only what the user or role was given.
        let limited = self.foreign || matches!(way.how(), PrincipalMatch::Account | PrincipalMatch::Role);
        let identity = listed(&[(self.identity && self.needs_identity(way), PolicyType::IdentityBased)]);
        if limited { [identity, self.ceilings()].concat() } else { identity }
    }
}

fn listed(wanted: &[(bool, PolicyType)]) -> Vec<PolicyType> {
    wanted.iter().filter(|(lacks, _)| *lacks).map(|(_, policy_type)| *policy_type).collect()
}

/// The first level of the caller's organisation at which no SCP allows: every level from the root down must.
pub(super) fn missing_level(evaluation: &Evaluation<'_>) -> Option<usize> {
    (0..evaluation.set.control_levels).find(|level| evaluation.allows(PolicyType::ServiceControl).all(|found| found.level != *level))
}
