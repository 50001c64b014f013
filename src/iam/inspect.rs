//! A policy looked at from outside: its parts, and what they would say of a single action, ARN or value.

use super::arn_pattern::ArnPattern;
use super::condition::{Condition, Family, Test, date, numeric};
use super::pattern::Pattern;
use super::{AccessRequest, ActionPattern, Iam, NoContext, Policy, PrincipalElement, ResourcePattern, Scope, Statement};
use crate::cloud::{AccountId, Caller, Instant, Principal, Region};
use rust_decimal::Decimal;

impl Policy {
    /// Whether `${…}` is a variable in this document; in one of 2008 it is those letters.
    #[must_use]
    pub fn knows_variables(&self) -> bool {
        self.document.get("Version").and_then(serde_json::Value::as_str) == Some("2012-10-17")
    }
}

impl Statement {
    /// Whom it names.
    #[must_use]
    pub fn principal(&self) -> &PrincipalElement {
        &self.principal
    }

    /// The actions that it is about.
    #[must_use]
    pub fn actions(&self) -> &Scope<ActionPattern> {
        &self.actions
    }

    /// The resources that it is about.
    #[must_use]
    pub fn resources(&self) -> &Scope<ResourcePattern> {
        &self.resources
    }

    /// Its conditions, which must all hold.
    #[must_use]
    pub fn conditions(&self) -> &[Condition] {
        &self.conditions
    }
}

impl ActionPattern {
    /// Whether it covers an action, given in lower case.
    #[must_use]
    pub fn matches(&self, lowercase_action: &str) -> bool {
        self.pattern.matches_action(lowercase_action)
    }

    /// Whether it has wildcards.
    #[must_use]
    pub fn is_pattern(&self) -> bool {
        self.written.contains(['*', '?'])
    }
}

impl ResourcePattern {
    /// Whether it could match an ARN; a variable could stand for anything.
    #[must_use]
    pub fn may_match(&self, arn: &str) -> bool {
        let ArnPattern::Segments(segments) = &self.pattern else { return with_no_request(|request| self.pattern.matches(arn, request)) };
        let mut parts = arn.splitn(6, ':');
        segments.iter().all(|segment| {
            let Some(part) = parts.next() else { return false };
            matches!(segment, Pattern::Template(_)) || with_no_request(|request| segment.matches(part, request))
        })
    }

    /// Whether it is neither `*` nor an ARN, and so matches nothing.
    #[must_use]
    pub fn is_malformed(&self) -> bool {
        self.pattern == ArnPattern::Malformed
    }
}

impl Condition {
    /// Whether it holds for a request that carries this one value; nothing where that depends on policy variables.
    #[must_use]
    pub fn holds_for(&self, value: &str) -> Option<bool> {
        let variable = match &self.test {
            Test::Text(patterns) | Test::TextIgnoringCase(patterns) => patterns.iter().any(Pattern::is_template),
            Test::Arn(patterns) => patterns.iter().any(|pattern| match pattern {
                ArnPattern::Segments(segments) => segments.iter().any(Pattern::is_template),
                ArnPattern::Everything | ArnPattern::Exact(_) | ArnPattern::Malformed => false,
            }),
            Test::Null(wanted) => return Some(wanted.contains(&Some(false))),
            Test::Numeric(..) | Test::Date(..) | Test::Bool(_) | Test::Binary(_) | Test::Ip(_) => false,
        };
        (!variable).then(|| with_no_request(|request| self.matches(value, request)) != self.operator.negated)
    }

    /// The numbers or points of time that it compares with, on one scale each; empty for other operators.
    #[must_use]
    pub fn bounds(&self) -> Vec<Decimal> {
        let written = self.values.iter().map(|value| &*value.written);
        match self.operator.family {
            Family::Numeric(_) => written.filter_map(numeric::parse).collect(),
            Family::Date(_) => written.filter_map(date::parse).map(|instant| Decimal::from(instant.timestamp_millis())).collect(),
            Family::String
            | Family::StringIgnoreCase
            | Family::StringLike
            | Family::Bool
            | Family::Binary
            | Family::Ip
            | Family::Arn
            | Family::Null => Vec::new(),
        }
    }
}

/// Patterns are compiled for a request, of which only those with variables ask anything.
fn with_no_request<T>(ask: impl FnOnce(&AccessRequest<'_>) -> T) -> T {
    let caller = Caller::direct(Principal::service(""), Region::default_region());
    let iam = Iam::default();
    let request = AccessRequest {
        iam: &iam,
        caller: &caller,
        action: "",
        resource: "",
        resource_account: AccountId::NOBODYS,
        now: Instant::default(),
        context: &NoContext,
    };
    ask(&request)
}
