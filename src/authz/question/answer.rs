//! The answer to a question: the decision, the statements behind it, and what was missing.

use super::Question;
use crate::cloud::{DecisionTrace, Reason};
use crate::iam::{Decision, Effect, PolicyType};
use crate::kms::works_across_accounts;

/// The answer to a question.
#[derive(Clone, Debug, PartialEq)]
pub struct Answer {
    /// What was decided.
    pub decision: Decision,
    /// Every Allow statement and grant that matches, as JSON pointers into the question, sorted.
    pub allows: Vec<String>,
    /// Every Deny statement that matches, likewise.
    pub denies: Vec<String>,
    /// The kinds of policies that lacked a needed allow; empty unless the denial is implicit, and for operations that
    /// never work across accounts.
    pub missing: Vec<&'static str>,
    /// Why.
    pub reason: Reason,
}

/// The name of a type of policy in a line of a batch.
#[must_use]
pub fn kind_name(policy_type: PolicyType) -> &'static str {
    match policy_type {
        PolicyType::VpcEndpoint => "vpcEndpointPolicy",
        PolicyType::ServiceControl => "scp",
        PolicyType::Session => "sessionPolicy",
        PolicyType::PermissionsBoundary => "boundary",
        PolicyType::ResourceBased => "keyPolicy",
        PolicyType::IdentityBased => "identityPolicy",
        PolicyType::ResourceControl => "rcp",
    }
}

/// The order in which an answer lists what was missing.
const ORDER: [PolicyType; 6] = [
    PolicyType::VpcEndpoint,
    PolicyType::ServiceControl,
    PolicyType::Session,
    PolicyType::PermissionsBoundary,
    PolicyType::ResourceBased,
    PolicyType::IdentityBased,
];

impl Question {
    /// The decision alone.
    #[must_use]
    pub fn decide(&self) -> Decision {
        let decision = self.with_evaluation(|evaluation, _, _| evaluation.decision());
        if self.never_works() && decision == Decision::Allow { Decision::ImplicitDeny } else { decision }
    }

    /// Whether the operation never works on this key, because it belongs to another account.
    #[must_use]
    pub fn never_works(&self) -> bool {
        self.is_foreign() && !works_across_accounts(&self.action)
    }

    /// The answer with its reason.
    #[must_use]
    pub fn answer(&self) -> Answer {
        self.with_evaluation(|evaluation, places, grants| {
            let pointers = |effect: Effect| {
                let found = evaluation.matches().iter().filter(|found| found.statement.effect == effect);
                let mut pointers: Vec<String> = found
                    .filter_map(|found| places.get(found.place).map(|place| format!("{place}/Statement/{}", found.index)))
                    .chain(grants.iter().filter(|_| effect == Effect::Allow).map(|number| format!("/grants/{number}")))
                    .collect();
                pointers.sort_unstable();
                pointers
            };
            let mut decision = evaluation.decision();
            let closed = self.never_works() && decision != Decision::ExplicitDeny;
            let missing = evaluation.missing();
            let missing: Vec<&'static str> =
                ORDER.iter().filter(|kind| !closed && missing.contains(kind)).map(|kind| kind_name(*kind)).collect();
            let mut reason = evaluation.explain();
            if closed {
                decision = Decision::ImplicitDeny;
                reason = Reason::new(format!(
                    "{} never works on a key of another account, whatever the policies say (key of {}, caller of {})",
                    self.action,
                    self.resource_account,
                    self.caller.account().map(|account| account.to_string()).unwrap_or_default()
                ));
            }
            Answer { decision, allows: pointers(Effect::Allow), denies: pointers(Effect::Deny), missing, reason }
        })
    }

    /// The whole path to the decision.
    #[must_use]
    pub fn trace(&self) -> DecisionTrace {
        self.with_evaluation(|evaluation, _, _| evaluation.trace())
    }
}
