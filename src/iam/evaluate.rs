//! From a request and the policies that apply to it to a decision.
//!
//! [`evaluate`] asks every statement of every applicable policy and keeps those that match. What they decide together
//! is told by [`super::verdict`]: the only place that knows how types of policies combine.

use super::PolicyType;
use super::applicable::{Applicable, PolicySet};
use super::policy::{Asked, Effect, Statement};
use super::principal::PrincipalMatch;
use super::request::AccessRequest;
use super::verdict::{Verdict, verdict};
use super::{Policy, explain, message, trace};
use crate::cloud::{DecisionTrace, Reason};

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

/// The evidence about a request.
pub struct Evaluation<'e> {
    pub(super) request: AccessRequest<'e>,
    pub(super) set: PolicySet<'e>,
    matches: Vec<Found<'e>>,
}

/// A statement that matches a request, and how it reaches the caller.
#[derive(Clone, Copy, Debug)]
pub struct Found<'e> {
    /// The policy.
    pub policy: &'e Policy,
    /// Its type.
    pub policy_type: PolicyType,
    /// Of a policy of an organisation: 0 for the root, then each unit down to the account.
    pub level: usize,
    /// The place of the policy among all that apply, in the order in which they were given.
    pub place: usize,
    /// The statement.
    pub statement: &'e Statement,
    /// Its place in its policy, from 0.
    pub index: usize,
    /// How it names the caller.
    pub how: PrincipalMatch,
}

/// Evaluates a request under the policies that apply to it.
#[must_use]
pub fn evaluate<'e>(request: AccessRequest<'e>, set: PolicySet<'e>) -> Evaluation<'e> {
    // Actions are compared without regard to case: folding the request's once spares folding it for every pattern.
    let action = request.action.to_ascii_lowercase();
    let asked = Asked { request: &request, action: &action, bounded: set.has(PolicyType::PermissionsBoundary) };
    let mut matches = Vec::with_capacity(8);
    for (place, Applicable { policy_type, level, policy }) in set.of(request.caller) {
        for (index, statement) in policy.statements().iter().enumerate() {
            if let Some(how) = statement.matches(&asked) {
                matches.push(Found { policy, policy_type, level, place, statement, index, how });
            }
        }
    }
    Evaluation { request, set, matches }
}

impl<'e> Evaluation<'e> {
    /// What the evidence decides.
    #[must_use]
    pub fn decision(&self) -> Decision {
        match self.verdict() {
            Verdict::Denied(_) => Decision::ExplicitDeny,
            Verdict::Allowed(_) => Decision::Allow,
            Verdict::Missing(_) => Decision::ImplicitDeny,
        }
    }

    /// The types of policies that lacked a needed allow; empty unless the denial is implicit.
    #[must_use]
    pub fn missing(&self) -> Vec<PolicyType> {
        match self.verdict() {
            Verdict::Missing(missing) => missing.types,
            Verdict::Denied(_) | Verdict::Allowed(_) => Vec::new(),
        }
    }

    /// Why, for people: headline, deciding statement or what was missing, near misses.
    #[must_use]
    pub fn explain(&self) -> Reason {
        explain::explain(self)
    }

    /// The whole path to the decision: every statement of every policy, and what of it fits.
    #[must_use]
    pub fn trace(&self) -> DecisionTrace {
        trace::trace(self)
    }

    /// AWS's message text for a denial; empty if the request is allowed.
    #[must_use]
    pub fn message(&self) -> String {
        message::message(self)
    }

    /// The same evidence with a grant beside it.
    #[must_use]
    pub fn with_grant(mut self, id: &'e str, how: PrincipalMatch) -> Self {
        self.set = self.set.with_grant(id, how);
        self
    }

    /// The statements that match, in the order of their policies.
    #[must_use]
    pub fn matches(&self) -> &[Found<'e>] {
        &self.matches
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
        self.matches.iter().filter(move |found| found.statement.effect == effect).copied()
    }

    /// Those of one type of policy that allow.
    pub(super) fn allows(&self, policy_type: PolicyType) -> impl Iterator<Item = Found<'e>> {
        self.matching(Effect::Allow).filter(move |found| found.policy_type == policy_type)
    }

    /// Of the statements of one type of policy that allow, the first of those that name the caller best.
    pub(super) fn strongest_allow(&self, policy_type: PolicyType) -> Option<Found<'e>> {
        let mut best: Option<Found<'e>> = None;
        for found in self.allows(policy_type) {
            if best.is_none_or(|best| found.how > best.how) {
                best = Some(found);
            }
        }
        best
    }

    /// Whether a policy of this type takes part.
    pub(super) fn takes_part(&self, policy_type: PolicyType) -> bool {
        self.set.of(self.request.caller).any(|(_, applicable)| applicable.policy_type == policy_type)
    }

    /// The names of the policies of a type, or of one level of an organisation.
    pub(super) fn names_of(&self, policy_type: PolicyType, level: Option<usize>) -> impl Iterator<Item = &'e str> {
        let counts =
            move |applicable: &Applicable<'_>| applicable.policy_type == policy_type && level.is_none_or(|level| applicable.level == level);
        self.set.policies.iter().filter(move |applicable| counts(applicable)).map(|applicable| &*applicable.policy.name)
    }

    /// Whether the caller belongs to the account of the resource. A service belongs to none.
    pub(super) fn same_account(&self) -> bool {
        self.request.caller.account() == Some(self.request.resource_account)
    }

    pub(super) fn verdict(&self) -> Verdict<'e> {
        verdict(self)
    }
}

#[cfg(test)]
mod tests;
