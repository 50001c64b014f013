//! From data points and time to the state of an alarm.
//!
//! An alarm looks whenever a period is over. It looks at the latest `EvaluationPeriods` data points that are there, and
//! goes back two periods further for them where some are missing; what then still lacks is filled in as `TreatMissingData`
//! says.
//!
//! Source: "Configuring how CloudWatch alarms treat missing data" and "Alarm evaluation", Amazon CloudWatch User Guide. How
//! far back AWS looks is documented by example only: five periods for three evaluation periods.

use serde::Deserialize;
use std::collections::{BTreeMap, BTreeSet};

/// Periods beyond the evaluation periods in which data points are looked for.
const FURTHER: i64 = 2;

/// The state of an alarm.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[allow(missing_docs, reason = "CloudWatch's own names")]
pub enum AlarmState {
    #[serde(rename = "OK")]
    Ok,
    #[serde(rename = "ALARM")]
    Alarm,
    #[serde(rename = "INSUFFICIENT_DATA")]
    InsufficientData,
}

impl AlarmState {
    /// `INSUFFICIENT_DATA`.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            AlarmState::Ok => "OK",
            AlarmState::Alarm => "ALARM",
            AlarmState::InsufficientData => "INSUFFICIENT_DATA",
        }
    }
}

/// How a value is compared with the threshold.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[allow(missing_docs, reason = "CloudWatch's own names")]
pub enum ComparisonOperator {
    GreaterThanOrEqualToThreshold,
    GreaterThanThreshold,
    LessThanThreshold,
    LessThanOrEqualToThreshold,
}

impl ComparisonOperator {
    /// The name of the API.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            ComparisonOperator::GreaterThanOrEqualToThreshold => "GreaterThanOrEqualToThreshold",
            ComparisonOperator::GreaterThanThreshold => "GreaterThanThreshold",
            ComparisonOperator::LessThanThreshold => "LessThanThreshold",
            ComparisonOperator::LessThanOrEqualToThreshold => "LessThanOrEqualToThreshold",
        }
    }

    fn breaches(self, value: f64, threshold: f64) -> bool {
        match self {
            ComparisonOperator::GreaterThanOrEqualToThreshold => value >= threshold,
            ComparisonOperator::GreaterThanThreshold => value > threshold,
            ComparisonOperator::LessThanThreshold => value < threshold,
            ComparisonOperator::LessThanOrEqualToThreshold => value <= threshold,
        }
    }

    fn words(self) -> &'static str {
        match self {
            ComparisonOperator::GreaterThanOrEqualToThreshold => "greater than or equal to",
            ComparisonOperator::GreaterThanThreshold => "greater than",
            ComparisonOperator::LessThanThreshold => "less than",
            ComparisonOperator::LessThanOrEqualToThreshold => "less than or equal to",
        }
    }
}

/// What a missing data point counts as.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum TreatMissingData {
    /// As nothing; without any data point the alarm has insufficient data.
    #[default]
    Missing,
    /// The alarm keeps its state.
    Ignore,
    /// As breaching.
    Breaching,
    /// As within the threshold.
    NotBreaching,
}

impl TreatMissingData {
    /// The name of the API.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            TreatMissingData::Missing => "missing",
            TreatMissingData::Ignore => "ignore",
            TreatMissingData::Breaching => "breaching",
            TreatMissingData::NotBreaching => "notBreaching",
        }
    }
}

/// When an alarm goes off.
#[derive(Clone, Copy, Debug)]
pub(super) struct Rule {
    /// In seconds.
    pub(super) period: i64,
    pub(super) evaluation_periods: i64,
    pub(super) datapoints_to_alarm: i64,
    pub(super) threshold: f64,
    pub(super) comparison: ComparisonOperator,
    pub(super) missing: TreatMissingData,
}

/// What an alarm has come to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Standing {
    pub(super) state: AlarmState,
    pub(super) reason: String,
    /// The second since 1970 at which it came to this state.
    pub(super) since: i64,
    /// How often it has gone off.
    pub(super) went_off: u64,
}

/// A data point of a period, by the number of the period.
type Point = (i64, f64);

impl Rule {
    /// How an alarm that was made at one time stands at another.
    pub(super) fn standing(&self, points: &BTreeMap<i64, f64>, made: i64, now: i64) -> Standing {
        let reason = "Unchecked: Initial alarm creation".to_owned();
        let mut standing = Standing { state: AlarmState::InsufficientData, reason, since: made, went_off: 0 };
        for end in self.looks(points, made, now) {
            let window = end.saturating_sub(self.range())..end;
            let there: Vec<Point> = points.range(window).rev().map(|(number, value)| (*number, *value)).collect();
            let Some(state) = self.judge(&there, end - 1).filter(|state| *state != standing.state) else { continue };
            standing = Standing {
                state,
                reason: self.reason(state, &there),
                since: end.saturating_mul(self.period),
                went_off: standing.went_off + u64::from(state == AlarmState::Alarm),
            };
        }
        standing
    }

    /// The periods that an alarm looks back over.
    fn range(&self) -> i64 {
        self.evaluation_periods.saturating_add(FURTHER)
    }

    /// The ends of periods at which something can change: the first, and those that see a data point or see it go.
    fn looks(&self, points: &BTreeMap<i64, f64>, made: i64, now: i64) -> BTreeSet<i64> {
        let (first, last) = (made.div_euclid(self.period) + 1, now.div_euclid(self.period));
        let mut looks = BTreeSet::new();
        for number in points.keys() {
            let from = number.saturating_add(1).max(first);
            let to = number.saturating_add(self.range()).saturating_add(1).min(last);
            looks.extend(from..=to);
        }
        if first <= last {
            looks.insert(first);
        }
        looks
    }

    fn breaches(&self, value: f64) -> bool {
        self.comparison.breaches(value, self.threshold)
    }

    /// The state that data points make, newest first; nothing where the present state stays.
    fn judge(&self, there: &[Point], newest: i64) -> Option<AlarmState> {
        let Some((oldest, _)) = there.last() else {
            return match self.missing {
                TreatMissingData::Missing => Some(AlarmState::InsufficientData),
                TreatMissingData::Ignore => None,
                TreatMissingData::Breaching => Some(AlarmState::Alarm),
                TreatMissingData::NotBreaching => Some(AlarmState::Ok),
            };
        };
        let looked_at = || there.iter().take(usize::try_from(self.evaluation_periods).unwrap_or(usize::MAX));
        let count = |number: usize| i64::try_from(number).unwrap_or(i64::MAX);
        let breaching = count(looked_at().filter(|(_, value)| self.breaches(*value)).count());
        let lacking = self.evaluation_periods - count(looked_at().count());
        let state = |goes_off: bool| Some(if goes_off { AlarmState::Alarm } else { AlarmState::Ok });
        match self.missing {
            _ if lacking == 0 => state(breaching >= self.datapoints_to_alarm),
            TreatMissingData::Breaching => state(breaching + lacking >= self.datapoints_to_alarm),
            TreatMissingData::NotBreaching => state(breaching >= self.datapoints_to_alarm),
            TreatMissingData::Missing | TreatMissingData::Ignore if breaching >= self.datapoints_to_alarm => Some(AlarmState::Alarm),
            TreatMissingData::Missing | TreatMissingData::Ignore if breaching < count(looked_at().count()) => Some(AlarmState::Ok),
            // All that is there breaches, and it is too little. Without more to come, the alarm goes off as soon as the oldest is
            // as old as the number of data points that are wanted: it would otherwise never do so.
            TreatMissingData::Missing if newest - oldest + 1 >= self.datapoints_to_alarm => Some(AlarmState::Alarm),
            TreatMissingData::Missing | TreatMissingData::Ignore => None,
        }
    }

    /// CloudWatch's words for a change of state.
    fn reason(&self, state: AlarmState, there: &[Point]) -> String {
        let several = |number: i64, one: &str, more: &str| if number == 1 { format!("{number} {one}") } else { format!("{number} {more}") };
        let looked_at: Vec<&Point> = there.iter().take(usize::try_from(self.evaluation_periods).unwrap_or(usize::MAX)).collect();
        let found = i64::try_from(looked_at.len()).unwrap_or(i64::MAX);
        let lacking = self.evaluation_periods - found;
        let treated = match (self.missing, lacking) {
            (TreatMissingData::Breaching, 1..) => Some("Breaching"),
            (TreatMissingData::NotBreaching, 1..) => Some("NonBreaching"),
            _ => None,
        };
        let treated = treated.map(|as_what| {
            let was = if lacking == 1 { "was" } else { "were" };
            format!(" and {} {was} treated as [{as_what}]", several(lacking, "missing datapoint", "missing datapoints"))
        });
        let treated = treated.unwrap_or_default();
        if state == AlarmState::InsufficientData {
            let were = if self.evaluation_periods == 1 { "was" } else { "were" };
            return format!("Insufficient Data: {} {were} unknown.", several(self.evaluation_periods, "datapoint", "datapoints"));
        }
        if found == 0 {
            let periods = several(self.evaluation_periods, "period", "periods");
            return format!("Threshold Crossed: no datapoints were received for {periods}{treated}.");
        }
        let goes_off = state == AlarmState::Alarm;
        let told: Vec<String> = looked_at
            .iter()
            .filter(|(_, value)| self.breaches(*value) == goes_off)
            .map(|(number, value)| format!("{value:?} ({})", when(number.saturating_mul(self.period))))
            .collect();
        let number = i64::try_from(told.len()).unwrap_or(i64::MAX);
        let datapoints = match number == found {
            true => several(number, "datapoint", "datapoints"),
            false => format!("{number} out of the last {found} datapoints"),
        };
        let (was, not) = (if number == 1 { "was" } else { "were" }, if goes_off { "" } else { "not " });
        let words = self.comparison.words();
        format!("Threshold Crossed: {datapoints} [{}] {was} {not}{words} the threshold ({:?}){treated}.", told.join(", "), self.threshold)
    }
}

/// `02/11/26 00:05:00`, as the reasons write times.
fn when(second: i64) -> String {
    crate::cloud::Instant::from_timestamp(second, 0).map(|time| time.format("%d/%m/%y %H:%M:%S").to_string()).unwrap_or_default()
}

#[cfg(test)]
mod tests;
