//! From a request and the policies that apply to it to a decision.
//!
//! [`evaluate`] asks every statement of every applicable policy and keeps the answers. What they decide together
//! is [`Evaluation::verdict`]: the only place that knows how policy types combine.

use super::policy::{Effect, Outcome, Statement};
use super::principal::PrincipalMatch;
use super::{Iam, Policy, explain, message};
use crate::cloud::{AccountId, Caller, Instant, PrincipalKind, Reason};
use std::borrow::Cow;
use std::sync::Arc;

/// A request to be decided.
#[derive(Clone, Copy)]
pub struct AccessRequest<'r> {
    /// Who asks.
    pub caller: &'r Caller,
    /// `kms:Decrypt`.
    pub action: &'r str,
    /// The ARN of the resource, or `*` when the action has none.
    pub resource: &'r str,
    /// The account that owns the resource.
    pub resource_account: AccountId,
    /// The time.
    pub now: Instant,
    /// The service's own condition keys (`kms:…`, `s3:…`, `aws:ResourceTag/…`). Global keys come from the caller.
    pub context: &'r dyn RequestContext,
}

/// The condition keys that a service sets for a request.
pub trait RequestContext {
    /// The value of a key, or nothing if the request does not carry it.
    fn value(&self, key: &ConditionKey) -> Option<ContextValue<'_>>;

    /// Whether this is the whole context, so that not even the global keys are derived from caller and time.
    fn is_complete(&self) -> bool {
        false
    }
}

/// The name of a condition key, in the case it was written in; compared without regard to case.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConditionKey {
    /// The whole name, as written: `kms:EncryptionContext:Department`.
    pub written: Arc<str>,
    /// The fixed part in lower case: `kms:encryptioncontext`, `kms:viaservice`, `aws:resourcetag`.
    pub name: Arc<str>,
    /// What follows it (after the second colon, or the slash of a tag key), as written: `Department`.
    pub suffix: Option<Arc<str>>,
}

/// The value of a condition key in a request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ContextValue<'v> {
    /// A single-valued key.
    One(Cow<'v, str>),
    /// A multivalued key.
    Many(Vec<Cow<'v, str>>),
}

/// No condition keys of its own.
#[derive(Clone, Copy, Debug)]
pub struct NoContext;

impl RequestContext for NoContext {
    fn value(&self, _: &ConditionKey) -> Option<ContextValue<'_>> {
        None
    }
}

/// The policy on the resource, and how it combines with identity-based policies.
#[derive(Clone, Copy, Debug)]
pub struct ResourcePolicy<'p> {
    /// The policy.
    pub policy: &'p Policy,
    /// The rule.
    pub rule: ResourceRule,
}

/// How a resource policy and identity-based policies combine within one account.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ResourceRule {
    /// KMS: the key policy must name the caller, or delegate to the account and then an identity policy must allow.
    KeyPolicy,
    /// Everything else: either of them allows.
    Union,
}

/// What was decided.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Decision {
    /// Allowed.
    Allow,
    /// Some policy denies.
    ExplicitDeny,
    /// Nothing denies, but a needed allow is missing.
    ImplicitDeny,
}

/// The types of policy that take part in a decision, in the order in which AWS explains them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum PolicyType {
    /// On the resource: a key policy, a bucket policy.
    ResourceBased,
    /// On the user or role.
    IdentityBased,
}

impl PolicyType {
    /// As AWS's messages name it.
    #[must_use]
    pub fn phrase(self) -> &'static str {
        match self {
            PolicyType::ResourceBased => "resource-based policy",
            PolicyType::IdentityBased => "identity-based policy",
        }
    }
}

/// What one policy said about a request.
#[derive(Clone, Debug)]
pub struct PolicyEvidence<'e> {
    /// The type of the policy.
    pub policy_type: PolicyType,
    /// The policy.
    pub policy: &'e Policy,
    /// Where its outcomes begin in the list of all; they are as many as its statements.
    first: usize,
}

/// The evidence about a request.
pub struct Evaluation<'e> {
    pub(super) request: AccessRequest<'e>,
    pub(super) iam: &'e Iam,
    /// Nothing, if the resource has no policy.
    pub(super) rule: Option<ResourceRule>,
    pub(super) grant: Option<&'e str>,
    policies: Vec<PolicyEvidence<'e>>,
    outcomes: Vec<Outcome>,
}

/// A statement that took part, and how it reached the caller.
#[derive(Clone, Copy)]
pub(super) struct Found<'e> {
    pub(super) policy: &'e Policy,
    pub(super) policy_type: PolicyType,
    pub(super) statement: &'e Statement,
    /// Its place in its policy, from 0.
    pub(super) index: usize,
    pub(super) how: PrincipalMatch,
}

/// What the evidence decides, with what decided it.
#[derive(Clone, Copy)]
pub(super) enum Verdict<'e> {
    Denied(Found<'e>),
    Allowed(Allowed<'e>),
    Missing(Missing),
}

/// What allows a request.
#[derive(Clone, Copy)]
pub(super) enum Allowed<'e> {
    Grant(&'e str),
    /// The policy of the resource alone.
    Resource(Found<'e>),
    /// An identity-based policy alone.
    Identity(Found<'e>),
    /// Both sides; the root user needs no identity-based policy.
    Both(Found<'e>, Option<Found<'e>>),
    /// The root user, who may do everything in its own account where no key policy stands in between.
    RootUser,
}

/// Which allow is missing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Missing {
    /// The policy of the resource does not let the caller in.
    Resource,
    /// It does, but the identity-based policies do not allow.
    Identity,
    /// Neither does, and both are needed.
    Both,
    /// Neither does, and one would do.
    Either,
}

/// Evaluates a request. `grant` is the id of a grant that allows it, if KMS found one.
#[must_use]
pub fn evaluate<'e>(
    iam: &'e Iam,
    request: AccessRequest<'e>,
    resource: Option<ResourcePolicy<'e>>,
    grant: Option<&'e str>,
) -> Evaluation<'e> {
    let identity: &'e [Arc<Policy>] = iam.identity(&request.caller.principal).map_or(&[], |identity| &identity.policies);
    let mut evaluation = Evaluation {
        request,
        iam,
        rule: resource.map(|resource| resource.rule),
        grant,
        policies: Vec::with_capacity(identity.len() + 1),
        outcomes: Vec::with_capacity(16),
    };
    // Actions are compared without regard to case: folding the request's once spares folding it for every pattern.
    let action = request.action.to_ascii_lowercase();
    if let Some(resource) = resource {
        evaluation.ask(PolicyType::ResourceBased, resource.policy, &action);
    }
    for policy in identity {
        evaluation.ask(PolicyType::IdentityBased, policy, &action);
    }
    evaluation
}

impl<'e> Evaluation<'e> {
    fn ask(&mut self, policy_type: PolicyType, policy: &'e Policy, action: &str) {
        self.policies.push(PolicyEvidence { policy_type, policy, first: self.outcomes.len() });
        let request = &self.request;
        self.outcomes.extend(policy.statements().iter().map(|statement| statement.outcome(request, action)));
    }

    /// What the evidence decides.
    #[must_use]
    pub fn decision(&self) -> Decision {
        match self.verdict() {
            Verdict::Denied(_) => Decision::ExplicitDeny,
            Verdict::Allowed(_) => Decision::Allow,
            Verdict::Missing(_) => Decision::ImplicitDeny,
        }
    }

    /// Why, for people: headline, deciding statement or what was missing, near misses.
    #[must_use]
    pub fn explain(&self) -> Reason {
        explain::explain(self)
    }

    /// AWS's message text for a denial; empty if the request is allowed.
    #[must_use]
    pub fn message(&self) -> String {
        message::message(self)
    }

    /// The policies that were asked, the resource's first.
    #[must_use]
    pub fn policies(&self) -> &[PolicyEvidence<'e>] {
        &self.policies
    }

    /// What each statement of one of them said, in order.
    pub fn outcomes(&self, evidence: &PolicyEvidence<'e>) -> impl Iterator<Item = (&'e Statement, Outcome)> {
        let outcomes = self.outcomes.get(evidence.first..).unwrap_or(&[]);
        evidence.policy.statements().iter().zip(outcomes.iter().copied())
    }

    /// Whether the policy of the resource lets the caller in, directly or through its account, and does not deny;
    /// identity-based policies do not count. This is what the lockout safety check of PutKeyPolicy asks.
    #[must_use]
    pub fn resource_policy_allows(&self) -> bool {
        self.strongest_allow(PolicyType::ResourceBased).is_some()
            && !self.matching(Effect::Deny).any(|found| found.policy_type == PolicyType::ResourceBased)
    }

    /// The statements with this effect that match, in order.
    pub(super) fn matching(&self, effect: Effect) -> impl Iterator<Item = Found<'e>> {
        self.policies.iter().flat_map(move |evidence| {
            self.outcomes(evidence).enumerate().filter_map(move |(index, (statement, outcome))| match outcome {
                Outcome::Matches(how) if statement.effect == effect => {
                    Some(Found { policy: evidence.policy, policy_type: evidence.policy_type, statement, index, how })
                }
                Outcome::Matches(_) | Outcome::OtherAction | Outcome::OtherPrincipal | Outcome::OtherResource | Outcome::ConditionFails => {
                    None
                }
            })
        })
    }

    /// Of the statements of one type of policy that allow, the first of those that name the caller best.
    pub(super) fn strongest_allow(&self, policy_type: PolicyType) -> Option<Found<'e>> {
        let mut best: Option<Found<'e>> = None;
        for found in self.matching(Effect::Allow).filter(|found| found.policy_type == policy_type) {
            if best.is_none_or(|best| found.how > best.how) {
                best = Some(found);
            }
        }
        best
    }

    /// Whether the caller belongs to the account of the resource. A service belongs to none.
    pub(super) fn same_account(&self) -> bool {
        self.request.caller.account() == Some(self.request.resource_account)
    }

    /// Explicit deny wins, then any allow that counts, else an allow is missing.
    ///
    /// Source: "Policy evaluation for requests within a single account" and "Cross-account policy evaluation logic",
    /// IAM User Guide; for keys "Key policies in AWS KMS" and "Default key policy", AWS KMS Developer Guide.
    pub(super) fn verdict(&self) -> Verdict<'e> {
        if let Some(deny) = self.matching(Effect::Deny).next() {
            return Verdict::Denied(deny);
        }
        // A grant is an allow of its own, in the key's account and in others.
        if let Some(grant) = self.grant {
            return Verdict::Allowed(Allowed::Grant(grant));
        }
        let principal = &self.request.caller.principal;
        let root = principal.kind == PrincipalKind::Root;
        let resource = self.strongest_allow(PolicyType::ResourceBased);
        let identity = self.strongest_allow(PolicyType::IdentityBased);
        let allowed = |allowed| Verdict::Allowed(allowed);
        let Some(rule) = self.rule else {
            return match identity {
                _ if root => allowed(Allowed::RootUser),
                Some(identity) => allowed(Allowed::Identity(identity)),
                None => Verdict::Missing(Missing::Identity),
            };
        };
        if principal.is_service() {
            return resource.map_or(Verdict::Missing(Missing::Resource), |resource| allowed(Allowed::Resource(resource)));
        }
        if !self.same_account() {
            return match (resource, identity) {
                (Some(resource), identity) if root || identity.is_some() => allowed(Allowed::Both(resource, identity)),
                (Some(_), _) => Verdict::Missing(Missing::Identity),
                (None, identity) if root || identity.is_some() => Verdict::Missing(Missing::Resource),
                (None, _) => Verdict::Missing(Missing::Both),
            };
        }
        let direct = resource.filter(|resource| root || resource.how > PrincipalMatch::Account);
        if let Some(direct) = direct {
            return allowed(Allowed::Resource(direct));
        }
        match (rule, resource, identity) {
            (ResourceRule::KeyPolicy, Some(delegation), Some(identity)) => allowed(Allowed::Both(delegation, Some(identity))),
            (ResourceRule::KeyPolicy, Some(_), None) => Verdict::Missing(Missing::Identity),
            // Without delegation an identity-based policy that allows has no effect on a key.
            (ResourceRule::KeyPolicy, None, _) => Verdict::Missing(Missing::Resource),
            (ResourceRule::Union, _, Some(identity)) => allowed(Allowed::Identity(identity)),
            (ResourceRule::Union, _, None) if root => allowed(Allowed::RootUser),
            (ResourceRule::Union, _, None) => Verdict::Missing(Missing::Either),
        }
    }
}

#[cfg(test)]
mod tests;
