//! The trace of a decision with the places of its policies: where an edit would go.

use super::data::{Change, PolicyChange};
use super::edit::{PolicyEdit, StatementEdit};
use crate::authz::PolicyPlace;
use crate::cloud::{ConditionTrace, DecisionTrace, PolicyTrace, StatementTrace};
use crate::iam::PolicyType;
use std::collections::BTreeMap;

/// A change with how far it is from what is there; the smallest is the least surprising.
pub(super) type Candidate = (Change, u32);

/// A statement of a trace, with its place.
#[derive(Clone, Copy)]
pub(super) struct Site<'t> {
    pub(super) place: PolicyPlace,
    pub(super) policy: &'t PolicyTrace,
    /// From 0.
    pub(super) index: usize,
    pub(super) statement: &'t StatementTrace,
}

/// The policies of a trace with their places: of one type, and of one level, they are numbered in order.
pub(super) fn policies(trace: &DecisionTrace) -> Vec<(PolicyPlace, &PolicyTrace)> {
    let mut counts: BTreeMap<(PolicyType, usize), usize> = BTreeMap::new();
    let placed = trace.policies.iter().map(|policy| {
        let policy_type = policy.policy_type;
        let level = policy.level.unwrap_or(0);
        let count = counts.entry((policy_type, level)).or_default();
        let number = *count;
        *count += 1;
        let place = match policy_type {
            PolicyType::ResourceControl => PolicyPlace::ResourceControl(level, number),
            PolicyType::ServiceControl => PolicyPlace::ServiceControl(level, number),
            PolicyType::ResourceBased => PolicyPlace::Key,
            PolicyType::IdentityBased => PolicyPlace::Identity(number),
            PolicyType::PermissionsBoundary => PolicyPlace::Boundary,
            PolicyType::Session => PolicyPlace::Session,
            PolicyType::VpcEndpoint => PolicyPlace::Endpoint,
        };
        (place, policy)
    });
    placed.collect()
}

/// All statements of a trace.
pub(super) fn sites(trace: &DecisionTrace) -> Vec<Site<'_>> {
    let of_policy = |(place, policy)| {
        let policy: &PolicyTrace = policy;
        policy.statements.iter().enumerate().map(move |(index, statement)| Site { place, policy, index, statement })
    };
    policies(trace).into_iter().flat_map(of_policy).collect()
}

impl Site<'_> {
    /// `statement "Use"`; without a Sid, its number.
    fn statement_name(&self) -> String {
        match &self.statement.sid {
            Some(sid) => format!("statement \"{sid}\""),
            None if self.policy.statements.len() == 1 => "the statement".to_owned(),
            None => format!("statement {}", self.statement.number),
        }
    }

    fn change(&self, key: &str, edit: PolicyEdit) -> Change {
        Change::Policy(PolicyChange {
            place: self.place,
            key: key.to_owned(),
            policy: self.policy.name.clone(),
            statement: Some(self.statement_name()),
            span: self.statement.span,
            edit,
        })
    }

    /// An edit inside the statement.
    pub(super) fn edit(&self, trace: &DecisionTrace, edit: StatementEdit) -> Change {
        self.change(&trace.resource, PolicyEdit::Statement(self.index, edit))
    }

    /// The statement away.
    pub(super) fn remove(&self, trace: &DecisionTrace) -> Change {
        self.change(&trace.resource, PolicyEdit::Remove(self.index))
    }

    pub(super) fn is_allow(&self) -> bool {
        self.statement.effect == "Allow"
    }

    /// Whether all of it fits the request.
    pub(super) fn matches(&self) -> bool {
        self.statement.matches
    }

    /// The conditions that do not hold.
    pub(super) fn failing(&self) -> impl Iterator<Item = &ConditionTrace> {
        self.statement.conditions.iter().filter(|condition| !condition.holds)
    }

    /// How many parts of it do not fit the request.
    pub(super) fn problems(&self) -> usize {
        let parts = [self.statement.action, self.statement.principal != Some(false), self.statement.resource];
        parts.iter().filter(|fits| !**fits).count() + self.failing().count()
    }
}
