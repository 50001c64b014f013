//! Amazon CloudWatch: metrics of KMS and of metric filters, and alarms on them.
//!
//! Nothing here works in the background. Metrics of KMS are counted from the trail when somebody asks, and the state of an
//! alarm is a function of its settings, of the data points and of the time.
//!
//! ```text
//! metric.rs      what a metric counts: KMS's own, and what was published
//! statistics.rs  data points of periods; GetMetricStatistics
//! alarm.rs       PutMetricAlarm, DescribeAlarms, DeleteAlarms
//! evaluate.rs    data points and time to OK, ALARM or INSUFFICIENT_DATA
//! ```
//!
//! Source: "Using Amazon CloudWatch alarms", Amazon CloudWatch User Guide; "Monitor KMS keys with Amazon CloudWatch", AWS KMS
//! Developer Guide.

mod alarm;
mod evaluate;
mod metric;
mod statistics;
#[cfg(test)]
mod tests;

pub use alarm::Alarm;
pub use evaluate::{AlarmState, ComparisonOperator, TreatMissingData};
pub use metric::{Metric, Sample};
pub use statistics::Statistic;

use super::event::record_management_event;
use super::request::read;
use super::{State, World};
use crate::cloud::{AccountId, ApiError, Caller, Instant, Region};
use serde::{Deserialize, Deserializer};
use serde_json::Value;
use std::collections::BTreeMap;
use std::sync::Arc;

/// The state of CloudWatch.
#[derive(Clone, Debug, Default)]
pub struct CloudWatch {
    alarms: BTreeMap<(AccountId, Region, Arc<str>), Alarm>,
    /// What was published, by metric; KMS's own metrics are counted from the trail.
    published: BTreeMap<Metric, Vec<Sample>>,
}

impl CloudWatch {
    /// Adds a value to a metric.
    pub fn publish(&mut self, metric: Metric, time: Instant, value: f64) {
        self.published.entry(metric).or_default().push(Sample { time, value });
    }

    /// Adds an alarm as a world starts with it.
    ///
    /// # Errors
    /// CloudWatch's error for settings that do not fit.
    pub fn add_alarm(&mut self, account: AccountId, region: Region, now: Instant, members: Value) -> Result<(), ApiError> {
        let alarm = Alarm::read(account, region, now, members)?;
        self.alarms.insert((account, region, Arc::clone(&alarm.name)), alarm);
        Ok(())
    }
}

impl World {
    /// What stands at `cloudwatch.alarms.NAME`: the state, with the fields `reason`, `since` and `notified`, which counts how
    /// often its actions for ALARM were taken.
    pub(super) fn cloudwatch_state(&self, collection: &str, name: &str, field: Option<&str>) -> Option<State> {
        (collection == "alarms").then_some(())?;
        let alarm = self.cloudwatch.alarms.values().find(|alarm| *alarm.name == *name || *alarm.arn == *name)?;
        alarm.state(self, field)
    }
}

/// Carries out an operation.
///
/// # Errors
/// CloudWatch's error.
pub fn call(world: &mut World, caller: &Arc<Caller>, name: &str, members: Value) -> Result<Value, ApiError> {
    let outcome = match name {
        "PutMetricAlarm" => alarm::put(world, caller, members.clone()),
        "DescribeAlarms" => alarm::describe(world, caller, members.clone()),
        "DeleteAlarms" => alarm::delete(world, caller, members.clone()),
        // Reading data points is a data event, which the trail does not have.
        "GetMetricStatistics" => return statistics::get(world, caller, members),
        _ => Err(ApiError::new("InvalidAction", format!("The model does not know the operation cloudwatch:{name}."))),
    };
    let operation = format!("cloudwatch:{name}");
    record_management_event(world, caller, "monitoring.amazonaws.com", &operation, &members, outcome.as_ref().err());
    outcome
}

/// A decimal number, written as a number or, where a file keeps decimals as text, as text.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Amount(pub f64);

impl<'de> Deserialize<'de> for Amount {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let value = Value::deserialize(deserializer)?;
        let number = value.as_f64().or_else(|| value.as_str()?.parse().ok());
        number.filter(|number| number.is_finite()).map(Amount).ok_or_else(|| serde::de::Error::custom("expected a number"))
    }
}

/// A dimension as the API writes it.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
struct Dimension {
    name: String,
    value: String,
}

const DENIAL: (&str, u16) = ("AccessDenied", 403);

fn invalid(message: impl Into<String>) -> ApiError {
    let message = message.into();
    ApiError::new("ValidationError", message.clone()).because(message)
}

/// The account that a caller works in; a service has none.
fn account_of(caller: &Caller) -> Result<AccountId, ApiError> {
    caller.account().ok_or_else(|| ApiError::new(DENIAL.0, "").status(DENIAL.1).because("a service owns no alarms"))
}

/// Reads members of a request into their shape.
fn members<T: serde::de::DeserializeOwned>(members: Value) -> Result<T, ApiError> {
    read(members, "ValidationError").map_err(|error: ApiError| error.clone().because(error.message))
}
