//! The Condition element: operators, set operators, absent keys.
//!
//! One file per family of operators says when a single value of the request matches the values of the policy;
//! this file says what follows from that.
//!
//! Source: "IAM JSON policy elements: Condition operators" and "Conditions with multiple context keys or values",
//! IAM User Guide.

mod arn;
mod binary;
mod boolean;
pub(super) mod date;
mod ip;
mod null;
pub(super) mod numeric;
mod string;

use super::arn_pattern::ArnPattern;
use super::key::{Key, lookup};
use super::pattern::Pattern;
use super::{AccessRequest, ConditionKey, ContextValue};
use crate::cloud::Instant;
use crate::diag::Span;
use rust_decimal::Decimal;
use std::cmp::Ordering;
use std::sync::Arc;

/// One line of a Condition element: an operator, a key, and the values to compare with.
#[derive(Clone, Debug, PartialEq)]
pub struct Condition {
    /// The operator as written.
    pub written: Arc<str>,
    /// The operator.
    pub operator: Operator,
    pub(super) key: Key,
    /// The values as written.
    pub values: Vec<ConditionValue>,
    /// Where the key stands.
    pub span: Option<Span>,
    pub(super) test: Test,
}

/// A value of a condition, as written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConditionValue {
    /// The text.
    pub written: Arc<str>,
    /// Where it stands.
    pub span: Option<Span>,
}

/// An operator with its prefix and suffix.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Operator {
    /// `ForAllValues:` or `ForAnyValue:`.
    pub set: Option<SetOperator>,
    /// What kind of values it compares, and how.
    pub family: Family,
    /// Whether it holds where none of the values matches.
    pub negated: bool,
    /// `…IfExists`.
    pub if_exists: bool,
}

/// How the several values of a multivalued key count.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SetOperator {
    /// Every value of the request must match.
    ForAllValues,
    /// One value of the request must match.
    ForAnyValue,
}

/// The families of operators.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Family {
    /// `StringEquals`: letter by letter.
    String,
    /// `StringEqualsIgnoreCase`.
    StringIgnoreCase,
    /// `StringLike`: with wildcards.
    StringLike,
    /// Numbers.
    Numeric(Relation),
    /// Points of time.
    Date(Relation),
    /// `Bool`.
    Bool,
    /// `BinaryEquals`.
    Binary,
    /// `IpAddress`.
    Ip,
    /// `ArnEquals` and `ArnLike`.
    Arn,
    /// `Null`: whether the key is there.
    Null,
}

/// How two ordered values must stand to each other.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Relation {
    /// The same.
    Equal,
    /// Below.
    Less,
    /// Below or the same.
    LessOrEqual,
    /// Above.
    Greater,
    /// Above or the same.
    GreaterOrEqual,
}

impl Relation {
    fn holds(self, ordering: Ordering) -> bool {
        match self {
            Relation::Equal => ordering.is_eq(),
            Relation::Less => ordering.is_lt(),
            Relation::LessOrEqual => ordering.is_le(),
            Relation::Greater => ordering.is_gt(),
            Relation::GreaterOrEqual => ordering.is_ge(),
        }
    }
}

/// Name, family, whether it is negated.
const OPERATORS: &[(&str, Family, bool)] = &[
    ("StringEquals", Family::String, false),
    ("StringNotEquals", Family::String, true),
    ("StringEqualsIgnoreCase", Family::StringIgnoreCase, false),
    ("StringNotEqualsIgnoreCase", Family::StringIgnoreCase, true),
    ("StringLike", Family::StringLike, false),
    ("StringNotLike", Family::StringLike, true),
    ("NumericEquals", Family::Numeric(Relation::Equal), false),
    ("NumericNotEquals", Family::Numeric(Relation::Equal), true),
    ("NumericLessThan", Family::Numeric(Relation::Less), false),
    ("NumericLessThanEquals", Family::Numeric(Relation::LessOrEqual), false),
    ("NumericGreaterThan", Family::Numeric(Relation::Greater), false),
    ("NumericGreaterThanEquals", Family::Numeric(Relation::GreaterOrEqual), false),
    ("DateEquals", Family::Date(Relation::Equal), false),
    ("DateNotEquals", Family::Date(Relation::Equal), true),
    ("DateLessThan", Family::Date(Relation::Less), false),
    ("DateLessThanEquals", Family::Date(Relation::LessOrEqual), false),
    ("DateGreaterThan", Family::Date(Relation::Greater), false),
    ("DateGreaterThanEquals", Family::Date(Relation::GreaterOrEqual), false),
    ("Bool", Family::Bool, false),
    ("BinaryEquals", Family::Binary, false),
    ("IpAddress", Family::Ip, false),
    ("NotIpAddress", Family::Ip, true),
    ("ArnEquals", Family::Arn, false),
    ("ArnNotEquals", Family::Arn, true),
    ("ArnLike", Family::Arn, false),
    ("ArnNotLike", Family::Arn, true),
    ("Null", Family::Null, false),
];

/// The names of all operators, without prefix and suffix.
pub(super) fn operator_names() -> impl Iterator<Item = &'static str> {
    OPERATORS.iter().map(|(name, ..)| *name)
}

/// Takes prefix and suffix off an operator: `ForAnyValue:StringLikeIfExists` is `StringLike`.
pub(super) fn bare_name(written: &str) -> &str {
    let name = written.strip_prefix("ForAllValues:").or_else(|| written.strip_prefix("ForAnyValue:")).unwrap_or(written);
    name.strip_suffix("IfExists").unwrap_or(name)
}

impl Operator {
    /// Reads an operator as AWS writes it.
    pub(super) fn parse(written: &str) -> Option<Operator> {
        let (set, name) = match written.split_once(':') {
            None => (None, written),
            Some(("ForAllValues", name)) => (Some(SetOperator::ForAllValues), name),
            Some(("ForAnyValue", name)) => (Some(SetOperator::ForAnyValue), name),
            Some(_) => return None,
        };
        let (name, if_exists) = name.strip_suffix("IfExists").map_or((name, false), |name| (name, true));
        let (_, family, negated) = OPERATORS.iter().find(|(known, ..)| *known == name)?;
        // Null asks whether the key exists: neither a suffix about that nor a set of values makes sense with it.
        let alone = *family != Family::Null || (set.is_none() && !if_exists);
        alone.then_some(Operator { set, family: *family, negated: *negated, if_exists })
    }
}

/// The values of a policy, ready to compare. A value of the wrong type is kept as nothing, and matches nothing.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Test {
    Text(Vec<Pattern>),
    TextIgnoringCase(Vec<Pattern>),
    Numeric(Relation, Vec<Option<Decimal>>),
    Date(Relation, Vec<Option<Instant>>),
    Bool(Vec<Option<bool>>),
    Binary(Vec<Option<Vec<u8>>>),
    Ip(Vec<Option<ip::Network>>),
    Arn(Vec<ArnPattern>),
    Null(Vec<Option<bool>>),
}

impl Condition {
    /// Prepares a condition; `variables` says whether the document knows policy variables.
    pub(super) fn new(
        written: &str,
        operator: Operator,
        key: Key,
        values: Vec<ConditionValue>,
        variables: bool,
        span: Option<Span>,
    ) -> Condition {
        let test = match operator.family {
            Family::String => Test::Text(string::compile(&values, false, variables)),
            Family::StringLike => Test::Text(string::compile(&values, true, variables)),
            Family::StringIgnoreCase => Test::TextIgnoringCase(string::compile(&values, false, variables)),
            Family::Numeric(relation) => Test::Numeric(relation, values.iter().map(|value| numeric::parse(&value.written)).collect()),
            Family::Date(relation) => Test::Date(relation, values.iter().map(|value| date::parse(&value.written)).collect()),
            Family::Bool => Test::Bool(values.iter().map(|value| boolean::parse(&value.written)).collect()),
            Family::Binary => Test::Binary(values.iter().map(|value| binary::parse(&value.written)).collect()),
            Family::Ip => Test::Ip(values.iter().map(|value| ip::Network::parse(&value.written)).collect()),
            Family::Arn => Test::Arn(arn::compile(&values, variables)),
            Family::Null => Test::Null(values.iter().map(|value| boolean::parse(&value.written)).collect()),
        };
        Condition { written: written.into(), operator, key, values, span, test }
    }

    /// The key that it asks about.
    #[must_use]
    pub fn key(&self) -> &ConditionKey {
        &self.key.key
    }

    /// The places in the list of those values that are not of the operator's type, such as `ten` for a number.
    pub fn misfits(&self) -> impl Iterator<Item = usize> {
        let fits: Vec<bool> = match &self.test {
            Test::Text(_) | Test::TextIgnoringCase(_) => Vec::new(),
            Test::Numeric(_, values) => values.iter().map(Option::is_some).collect(),
            Test::Date(_, values) => values.iter().map(Option::is_some).collect(),
            Test::Bool(values) | Test::Null(values) => values.iter().map(Option::is_some).collect(),
            Test::Binary(values) => values.iter().map(Option::is_some).collect(),
            Test::Ip(values) => values.iter().map(Option::is_some).collect(),
            Test::Arn(values) => values.iter().map(|value| *value != ArnPattern::Malformed).collect(),
        };
        fits.into_iter().enumerate().filter(|(_, fits)| !fits).map(|(at, _)| at)
    }

    /// What a value of this operator looks like, for messages.
    #[must_use]
    pub fn expects(&self) -> &'static str {
        match self.operator.family {
            Family::String | Family::StringIgnoreCase | Family::StringLike => "a text",
            Family::Numeric(_) => "a number",
            Family::Date(_) => "a date such as `2026-03-15T10:30:00Z`, or epoch seconds",
            Family::Bool | Family::Null => "`true` or `false`",
            Family::Binary => "base64",
            Family::Ip => "an address range such as `203.0.113.0/24`",
            Family::Arn => "an ARN of six parts",
        }
    }

    /// Whether the request fulfils it.
    pub(super) fn holds(&self, request: &AccessRequest<'_>) -> bool {
        let value = lookup(request, &self.key);
        if let Test::Null(wanted) = &self.test {
            return null::holds(wanted, value.is_none());
        }
        let Some(value) = value else { return self.holds_when_absent() };
        // A negated operator is true when none of the policy's values matches.
        let one = |value: &str| self.matches(value, request) != self.operator.negated;
        match (&value, self.operator.set) {
            (ContextValue::One(value), _) => one(value),
            (ContextValue::Many(values), Some(SetOperator::ForAllValues)) => values.iter().all(|value| one(value)),
            (ContextValue::Many(values), Some(SetOperator::ForAnyValue)) => values.iter().any(|value| one(value)),
            // AWS does not document a multivalued key without a set operator: any match counts as a match.
            (ContextValue::Many(values), None) => values.iter().any(|value| self.matches(value, request)) != self.operator.negated,
        }
    }

    /// Whether it holds for a request that does not carry its key.
    #[must_use]
    pub fn holds_when_absent(&self) -> bool {
        if let Test::Null(wanted) = &self.test {
            return null::holds(wanted, true);
        }

        match self.operator.set {
            _ if self.operator.if_exists => true,
            Some(SetOperator::ForAllValues) => true,
            Some(SetOperator::ForAnyValue) => false,
            None => self.operator.negated,
        }
    }

    /// Whether one value of the request matches at least one of the policy's, negation aside.
    pub(super) fn matches(&self, value: &str, request: &AccessRequest<'_>) -> bool {
        match &self.test {
            Test::Text(patterns) => patterns.iter().any(|pattern| pattern.matches(value, request)),
            Test::TextIgnoringCase(patterns) => patterns.iter().any(|pattern| pattern.equals_ignoring_case(value, request)),
            Test::Numeric(relation, wanted) => numeric::matches(*relation, wanted, value),
            Test::Date(relation, wanted) => date::matches(*relation, wanted, value),
            Test::Bool(wanted) => boolean::matches(wanted, value),
            Test::Binary(wanted) => binary::matches(wanted, value),
            Test::Ip(wanted) => ip::matches(wanted, value),
            Test::Arn(patterns) => patterns.iter().any(|pattern| pattern.matches(value, request)),
            Test::Null(_) => false,
        }
    }

    /// The value that the request carries for its key.
    pub(super) fn actual<'r>(&self, request: &AccessRequest<'r>) -> Option<ContextValue<'r>> {
        lookup(request, &self.key)
    }

    /// The keys that stand as policy variables in its values.
    pub(super) fn variables(&self) -> impl Iterator<Item = &Key> {
        let patterns: &[Pattern] = match &self.test {
            Test::Text(patterns) | Test::TextIgnoringCase(patterns) => patterns,
            Test::Numeric(..) | Test::Date(..) | Test::Bool(_) | Test::Binary(_) | Test::Ip(_) | Test::Arn(_) | Test::Null(_) => &[],
        };
        patterns.iter().flat_map(Pattern::variables)
    }
}

#[cfg(test)]
mod tests;
