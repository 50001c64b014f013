//! A rulebook: all facts, with one of their two values in force.

use super::quantity::{AmountFact, DaysFact, NameFact, NumberFact, PermissionFact, SpanFact};
use super::table::{BY_ID, FACTS};
use super::{Fact, Value};
use chrono::TimeDelta;
use rust_decimal::Decimal;
use std::fmt;

/// Whose values are in force.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize)]
#[serde(rename_all = "lowercase")]
pub enum RulebookKind {
    /// What the guide says, or today's AWS where the guide is silent.
    Guide,
    /// What AWS does today.
    #[default]
    Current,
}

impl RulebookKind {
    /// Reads `guide` or `current`.
    #[must_use]
    pub fn parse(name: &str) -> Option<Self> {
        match name {
            "guide" => Some(RulebookKind::Guide),
            "current" => Some(RulebookKind::Current),
            _ => None,
        }
    }

    /// `guide` or `current`.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            RulebookKind::Guide => "guide",
            RulebookKind::Current => "current",
        }
    }
}

impl fmt::Display for RulebookKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// The facts with the guide's or with today's values in force. Small: pass it by value.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Rulebook {
    /// Whose values.
    pub kind: RulebookKind,
}

impl Rulebook {
    /// The rulebook of today's AWS.
    #[must_use]
    pub const fn current() -> Self {
        Rulebook { kind: RulebookKind::Current }
    }

    /// The rulebook of the guide.
    #[must_use]
    pub const fn guide() -> Self {
        Rulebook { kind: RulebookKind::Guide }
    }

    /// The rulebook of this kind.
    #[must_use]
    pub const fn of(kind: RulebookKind) -> Self {
        Rulebook { kind }
    }

    /// All facts, by topic.
    #[must_use]
    pub fn facts(self) -> &'static [Fact] {
        FACTS
    }

    /// The fact with this id.
    #[must_use]
    pub fn fact(self, id: &str) -> Option<&'static Fact> {
        let at = |index: &usize| FACTS.get(*index);
        let place = BY_ID.binary_search_by(|index| at(index).map_or("", |fact| fact.id).cmp(id)).ok()?;
        at(BY_ID.get(place)?)
    }

    /// The value in force of the fact with this id.
    #[must_use]
    pub fn value(self, id: &str) -> Option<Value> {
        Some(self.fact(id)?.value(self.kind))
    }

    /// The value in force as it is written.
    #[must_use]
    pub fn text(self, id: &str) -> Option<&'static str> {
        Some(self.value(id)?.as_str())
    }

    /// A number of days.
    #[must_use]
    pub fn days(self, fact: DaysFact) -> u32 {
        fact.fact().value(self.kind).number().and_then(|days| u32::try_from(days).ok()).unwrap_or(0)
    }

    /// A whole number.
    #[must_use]
    pub fn number(self, fact: NumberFact) -> u64 {
        fact.fact().value(self.kind).number().unwrap_or(0)
    }

    /// An exact decimal.
    #[must_use]
    pub fn amount(self, fact: AmountFact) -> Decimal {
        fact.fact().value(self.kind).amount().unwrap_or(Decimal::ZERO)
    }

    /// Whether something is allowed, or so.
    #[must_use]
    pub fn allowed(self, fact: PermissionFact) -> bool {
        fact.fact().value(self.kind).allowed().unwrap_or(false)
    }

    /// A span of time.
    #[must_use]
    pub fn span(self, fact: SpanFact) -> TimeDelta {
        let fact = fact.fact();
        fact.value(self.kind).span(fact.unit.unwrap_or("")).unwrap_or_else(TimeDelta::zero)
    }

    /// A name; nothing where there is none.
    #[must_use]
    pub fn name(self, fact: NameFact) -> Option<&'static str> {
        fact.fact().value(self.kind).name()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rulebook::ids;

    #[test]
    fn the_two_rulebooks_disagree_where_the_guide_is_out_of_date() {
        let (guide, current) = (Rulebook::guide(), Rulebook::current());
        let days = |rulebook: Rulebook| [ids::ROTATION_PERIOD_AWS_MANAGED, ids::ROTATION_PERIOD_MIN].map(|fact| rulebook.days(fact));
        assert_eq!((days(guide), days(current)), ([1095, 365], [365, 90]));
        assert_eq!((guide.number(ids::GRANTS_PER_KEY), current.number(ids::GRANTS_PER_KEY)), (10_000, 50_000));
        assert_eq!((guide.number(ids::KEYS_PER_REGION), current.number(ids::KEYS_PER_REGION)), (u64::MAX, 100_000));
        assert_eq!((guide.allowed(ids::LOGS_ENCRYPT_EXISTING), current.allowed(ids::LOGS_ENCRYPT_EXISTING)), (false, true));
        assert_eq!((guide.allowed(ids::S3_SSE_C_NEW_BUCKET), current.allowed(ids::S3_SSE_C_NEW_BUCKET)), (true, false));
        assert_eq!(guide.span(ids::S3_BUCKET_KEY_WINDOW), TimeDelta::days(1));
        assert_eq!(current.span(ids::S3_BUCKET_KEY_WINDOW), TimeDelta::hours(1));
        let surcharge = |rulebook: Rulebook| rulebook.amount(ids::PRICE_ROTATION_SURCHARGE).to_string();
        assert_eq!((surcharge(guide), surcharge(current)), ("0.00".to_owned(), "1.00".to_owned()));
    }

    #[test]
    fn a_silent_guide_falls_back_to_today() {
        assert_eq!(Rulebook::guide().number(ids::ALIASES_PER_KEY), 50);
        assert_eq!(Rulebook::guide().span(ids::GRANT_PROPAGATION), TimeDelta::minutes(5));
    }

    #[test]
    fn facts_are_found_by_id() {
        for fact in Rulebook::current().facts() {
            assert_eq!(Rulebook::current().fact(fact.id), Some(fact));
        }
        assert_eq!(Rulebook::current().fact("unheard-of"), None);
    }
}
