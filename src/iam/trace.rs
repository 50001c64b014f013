//! The whole path to a decision: every statement of every policy that applied, and what of it fits the request.

use super::condition::Condition;
use super::evaluate::{Decision, Evaluation};
use super::policy::{Asked, Effect, PrincipalElement, Statement};
use super::{ContextValue, PolicyType};
use crate::cloud::{ConditionTrace, DecisionTrace, PolicyTrace, StatementTrace};

impl Decision {
    /// `Allow`, `ExplicitDeny` or `ImplicitDeny`.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Decision::Allow => "Allow",
            Decision::ExplicitDeny => "ExplicitDeny",
            Decision::ImplicitDeny => "ImplicitDeny",
        }
    }
}

impl Effect {
    /// `Allow` or `Deny`.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Effect::Allow => "Allow",
            Effect::Deny => "Deny",
        }
    }
}

/// Asks every statement again, this time for everything.
pub(super) fn trace(evaluation: &Evaluation<'_>) -> DecisionTrace {
    let request = &evaluation.request;
    let action = request.action.to_ascii_lowercase();
    let asked = Asked { request, action: &action, bounded: evaluation.takes_part(PolicyType::PermissionsBoundary) };
    let policies = evaluation.set.of(request.caller).map(|(_, applicable)| PolicyTrace {
        policy_type: applicable.policy_type,
        name: applicable.policy.name.to_string(),
        level: matches!(applicable.policy_type, PolicyType::ServiceControl | PolicyType::ResourceControl).then_some(applicable.level),
        statements: applicable.policy.statements().iter().enumerate().map(|(index, one)| statement(one, index, &asked)).collect(),
    });
    DecisionTrace {
        decision: evaluation.decision().name(),
        principal: request.caller.principal.arn.to_string(),
        action: request.action.to_owned(),
        resource: request.resource.to_owned(),
        missing: evaluation.missing(),
        grant: evaluation.set.grant.map(|grant| grant.id.to_owned()),
        policies: policies.collect(),
    }
}

fn statement(statement: &Statement, index: usize, asked: &Asked<'_>) -> StatementTrace {
    let conditions: Vec<ConditionTrace> = statement.conditions.iter().map(|one| condition(one, asked)).collect();
    let action = statement.covers_action(asked.action);
    let reaches = statement.reaches(asked).is_some();
    let resource = statement.covers_resource(asked.request);
    StatementTrace {
        number: index + 1,
        sid: statement.sid.as_ref().map(ToString::to_string),
        effect: statement.effect.name(),
        matches: action && reaches && resource && conditions.iter().all(|condition| condition.holds),
        action,
        principal: (statement.principal != PrincipalElement::Unstated).then_some(reaches),
        resource,
        conditions,
        span: statement.span,
    }
}

fn condition(condition: &Condition, asked: &Asked<'_>) -> ConditionTrace {
    let found = condition.actual(asked.request).map(|value| match value {
        ContextValue::One(value) => vec![value.into_owned()],
        ContextValue::Many(values) => values.into_iter().map(std::borrow::Cow::into_owned).collect(),
    });
    ConditionTrace {
        operator: condition.written.to_string(),
        key: condition.key.key.written.to_string(),
        wanted: condition.values.iter().map(|value| value.written.to_string()).collect(),
        found,
        holds: condition.holds(asked.request),
        span: condition.span,
    }
}
