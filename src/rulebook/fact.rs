//! One fact and its values.

use super::RulebookKind;
use std::fmt;

/// Something that the guide and today's AWS each say a thing about, perhaps the same.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize)]
pub struct Fact {
    /// Stable slug, never reused.
    pub id: &'static str,
    /// What it is about, in a few words.
    pub title: &'static str,
    /// The file it stands in: `rotation`, `prices`.
    pub topic: &'static str,
    /// What the guide says; nothing if it is silent.
    pub guide: Option<Value>,
    /// What holds today.
    pub current: Value,
    /// Unit of both values, in the plural: `days`, `USD per month`.
    pub unit: Option<&'static str>,
    /// Year or date since when today's value holds, where that is known and matters.
    pub since: Option<&'static str>,
    /// Title of the AWS page that today's value rests on.
    pub source: &'static str,
    /// Heading in the guide, where the guide speaks about the matter at all.
    pub section: Option<&'static str>,
    /// Why it matters in the exam.
    pub note: Option<&'static str>,
    /// What to tell of the guide's side instead of its value: where it is silent, and the model still needs a value.
    pub guide_phrase: Option<&'static str>,
}

impl Fact {
    /// The value in force under a rulebook. Where the guide is silent, today's value is in force in both.
    #[must_use]
    pub fn value(&self, kind: RulebookKind) -> Value {
        match (kind, self.guide) {
            (RulebookKind::Guide, Some(value)) => value,
            (RulebookKind::Guide, None) | (RulebookKind::Current, _) => self.current,
        }
    }

    /// Whether the guide says something else than today's AWS does.
    #[must_use]
    pub fn differs(&self) -> bool {
        self.guide.is_some_and(|guide| guide != self.current)
    }

    /// A value with its unit, as a sentence would have it: `50,000 grants`.
    #[must_use]
    pub fn phrase(&self, value: Value) -> String {
        match (self.unit, value.0) {
            // A word in place of a number ("unlimited") takes no unit.
            (Some(unit), text) if text.starts_with(|letter: char| letter.is_ascii_digit()) => {
                let unit = if text == "1" { unit.strip_suffix('s').unwrap_or(unit) } else { unit };
                format!("{value} {unit}")
            }
            (Some(_) | None, _) => value.to_string(),
        }
    }

    /// The value in force with its unit, followed by the other rulebook's where that differs.
    #[must_use]
    pub fn quote(&self, kind: RulebookKind) -> String {
        let here = self.phrase(self.value(kind));
        match kind {
            RulebookKind::Current if self.differs() => match self.guide_phrase {
                Some(phrase) => format!("{here} (the guide {phrase})"),
                None => format!("{here} (the guide says {})", self.phrase(self.value(RulebookKind::Guide))),
            },
            RulebookKind::Guide if self.differs() => format!("{here} (today: {})", self.phrase(self.current)),
            RulebookKind::Current | RulebookKind::Guide => here,
        }
    }
}

/// A value as it is written in the file: a number, an amount, `allowed` or `denied`, `yes` or `no`, or words.
///
/// Displayed, a whole number of four digits or more has its thousands apart: `50,000`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize)]
#[serde(transparent)]
pub struct Value(pub(super) &'static str);

impl Value {
    /// The text, without decoration.
    #[must_use]
    pub fn as_str(&self) -> &'static str {
        self.0
    }
}

impl fmt::Display for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.0.len() < 4 || !self.0.bytes().all(|byte| byte.is_ascii_digit()) {
            return f.write_str(self.0);
        }
        for (index, digit) in self.0.chars().enumerate() {
            if index > 0 && (self.0.len() - index).is_multiple_of(3) {
                f.write_str(",")?;
            }
            write!(f, "{digit}")?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fact(guide: Option<&'static str>, current: &'static str, unit: &'static str) -> Fact {
        Fact {
            id: "a",
            title: "A",
            topic: "t",
            guide: guide.map(Value),
            current: Value(current),
            unit: Some(unit),
            since: None,
            source: "S",
            section: None,
            note: None,
            guide_phrase: None,
        }
    }

    #[test]
    fn a_silent_guide_leaves_todays_value_in_force() {
        let silent = fact(None, "50", "aliases");
        assert_eq!(silent.value(RulebookKind::Guide).as_str(), "50");
        assert!(!silent.differs());
        assert_eq!(silent.quote(RulebookKind::Guide), "50 aliases");
    }

    #[test]
    fn a_quotation_names_the_other_value_where_it_differs() {
        let grants = fact(Some("10000"), "50000", "grants");
        assert_eq!(grants.quote(RulebookKind::Current), "50,000 grants (the guide says 10,000 grants)");
        assert_eq!(grants.quote(RulebookKind::Guide), "10,000 grants (today: 50,000 grants)");
        assert_eq!(fact(Some("7"), "7", "days").quote(RulebookKind::Guide), "7 days");
    }

    #[test]
    fn units_follow_numbers_only_and_know_the_singular() {
        let one = fact(Some("unlimited"), "1", "keys");
        assert_eq!(one.quote(RulebookKind::Current), "1 key (the guide says unlimited)");
    }
}
