//! Alarms.
//!
//! Source: "PutMetricAlarm" and "DescribeAlarms", Amazon CloudWatch API Reference.

use super::evaluate::{ComparisonOperator, Rule, Standing, TreatMissingData};
use super::statistics::{by_period, is_period};
use super::{AlarmState, Amount, DENIAL, Dimension, Metric, State, Statistic, World, account_of, invalid, members};
use crate::cloud::{AccountId, ApiError, Caller, Instant, Reason, Region, format_instant};
use crate::rulebook::ids;
use crate::services::request::{Permission, ask};
use serde::Deserialize;
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;
use std::sync::Arc;

/// An alarm on one metric.
#[derive(Clone, Debug)]
pub struct Alarm {
    /// Its name.
    pub name: Arc<str>,
    /// Its ARN.
    pub arn: Arc<str>,
    /// What it watches.
    pub metric: Metric,
    /// How samples become data points.
    pub statistic: Statistic,
    /// The ARNs that are told when it goes off.
    pub alarm_actions: Vec<String>,
    description: Option<String>,
    actions_enabled: bool,
    made: Instant,
    rule: Rule,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
struct PutMetricAlarm {
    alarm_name: String,
    alarm_description: Option<String>,
    actions_enabled: Option<bool>,
    #[serde(default)]
    alarm_actions: Vec<String>,
    #[serde(rename = "OKActions", default)]
    _ok_actions: Vec<String>,
    #[serde(rename = "InsufficientDataActions", default)]
    _insufficient_data_actions: Vec<String>,
    metric_name: Option<String>,
    namespace: Option<String>,
    statistic: Option<Statistic>,
    #[serde(default)]
    dimensions: Vec<Dimension>,
    period: Option<i64>,
    /// Older command lines insist on it; the API takes one period if it is not said.
    evaluation_periods: Option<i64>,
    datapoints_to_alarm: Option<i64>,
    threshold: Option<Amount>,
    comparison_operator: ComparisonOperator,
    treat_missing_data: Option<TreatMissingData>,
    #[serde(rename = "Unit")]
    _unit: Option<String>,
}

/// A day: most that an alarm may look back over, unless its period is an hour or longer, which allows a week.
const DAY: i64 = 86_400;

impl Alarm {
    /// Reads the members of PutMetricAlarm. Whether the metric exists is not asked: CloudWatch does not know it either.
    ///
    /// # Errors
    /// `ValidationError`.
    pub(super) fn read(account: AccountId, region: Region, made: Instant, request: Value) -> Result<Self, ApiError> {
        let request: PutMetricAlarm = members(request)?;
        let wanted = |name: &str| invalid(format!("the alarm must have {name}"));
        let period = request.period.ok_or_else(|| wanted("Period"))?;
        if !is_period(period) {
            return Err(invalid("Period must be 10, 20, 30 or a multiple of 60 seconds"));
        }
        let evaluation_periods = request.evaluation_periods.unwrap_or(1);
        let most = if period >= 3_600 { 7 * DAY } else { DAY };
        if evaluation_periods < 1 || evaluation_periods.saturating_mul(period) > most {
            return Err(invalid(format!("EvaluationPeriods times Period must be from {period} to {most} seconds")));
        }
        let datapoints_to_alarm = request.datapoints_to_alarm.unwrap_or(evaluation_periods);
        if !(1..=evaluation_periods).contains(&datapoints_to_alarm) {
            return Err(invalid("DatapointsToAlarm must be at least 1 and at most EvaluationPeriods"));
        }
        let Amount(threshold) = request.threshold.ok_or_else(|| wanted("Threshold"))?;
        let metric = Metric {
            account,
            region,
            namespace: request.namespace.ok_or_else(|| wanted("Namespace"))?.into(),
            name: request.metric_name.ok_or_else(|| wanted("MetricName"))?.into(),
            dimensions: request.dimensions.into_iter().map(|dimension| (dimension.name, dimension.value)).collect(),
        };
        let (comparison, missing) = (request.comparison_operator, request.treat_missing_data.unwrap_or_default());
        Ok(Alarm {
            arn: arn(account, region, &request.alarm_name).into(),
            name: request.alarm_name.into(),
            metric,
            statistic: request.statistic.ok_or_else(|| wanted("Statistic"))?,
            alarm_actions: request.alarm_actions,
            description: request.alarm_description,
            actions_enabled: request.actions_enabled.unwrap_or(true),
            made,
            rule: Rule { period, evaluation_periods, datapoints_to_alarm, threshold, comparison, missing },
        })
    }

    fn standing(&self, world: &World) -> Standing {
        let periods = by_period(&self.metric.samples(world), self.rule.period);
        let points: BTreeMap<i64, f64> = periods.iter().map(|(number, totals)| (*number, totals.get(self.statistic))).collect();
        self.rule.standing(&points, self.made.timestamp(), world.cloud.now().timestamp())
    }

    pub(super) fn state(&self, world: &World, field: Option<&str>) -> Option<State> {
        let standing = self.standing(world);
        let told = if self.actions_enabled && !self.alarm_actions.is_empty() { standing.went_off } else { 0 };
        let value = match field {
            None => json!(standing.state.name()),
            Some("reason") => json!(standing.reason),
            Some("since") => json!(Instant::from_timestamp(standing.since, 0).map(format_instant)),
            Some("notified") => json!(told),
            Some(_) => return None,
        };
        Some(State::of(value).because(Some(Arc::new(self.explain(world, &standing)))))
    }

    /// What the alarm says of its state, and why it never gets data where KMS has no such metric.
    fn explain(&self, world: &World, standing: &Standing) -> Reason {
        let reason = Reason::new(standing.reason.clone());
        let watches_kms = *self.metric.namespace == *"AWS/KMS";
        if !watches_kms || !self.metric.samples(world).is_empty() {
            return reason;
        }
        let name = &self.metric.name;
        let published = world.rulebook.name(ids::METRIC_REQUESTS_SUCCEEDED).unwrap_or_default();
        let dimension = world.rulebook.name(ids::METRIC_KEY_DIMENSION).unwrap_or_default();
        let by_operation = if world.rulebook.allowed(ids::METRIC_BY_OPERATION) { " and Operation" } else { "" };
        reason.detail(
            format!("AWS/KMS has no data for {name} with these dimensions; it publishes {published} by {dimension}{by_operation}"),
            None,
        )
    }

    fn shown(&self, world: &World) -> Value {
        let standing = self.standing(world);
        let mut shown = Map::new();
        let mut put = |name: &str, value: Value| shown.insert(name.to_owned(), value);
        put("AlarmName", json!(&*self.name));
        put("AlarmArn", json!(&*self.arn));
        if let Some(description) = &self.description {
            put("AlarmDescription", json!(description));
        }
        put("AlarmConfigurationUpdatedTimestamp", json!(format_instant(self.made)));
        put("ActionsEnabled", json!(self.actions_enabled));
        put("AlarmActions", json!(self.alarm_actions));
        put("StateValue", json!(standing.state.name()));
        put("StateReason", json!(standing.reason));
        put("StateUpdatedTimestamp", json!(Instant::from_timestamp(standing.since, 0).map(format_instant)));
        put("MetricName", json!(&*self.metric.name));
        put("Namespace", json!(&*self.metric.namespace));
        put("Statistic", json!(self.statistic.name()));
        let dimensions: Vec<Value> = self.metric.dimensions.iter().map(|(name, value)| json!({"Name": name, "Value": value})).collect();
        put("Dimensions", Value::Array(dimensions));
        put("Period", json!(self.rule.period));
        put("EvaluationPeriods", json!(self.rule.evaluation_periods));
        put("DatapointsToAlarm", json!(self.rule.datapoints_to_alarm));
        put("Threshold", json!(self.rule.threshold));
        put("ComparisonOperator", json!(self.rule.comparison.name()));
        put("TreatMissingData", json!(self.rule.missing.name()));
        Value::Object(shown)
    }
}

fn arn(account: AccountId, region: Region, name: &str) -> String {
    format!("arn:{}:cloudwatch:{region}:{account}:alarm:{name}", region.partition())
}

fn permitted(world: &World, caller: &Caller, action: &str, resource: &str, owner: AccountId) -> Result<(), ApiError> {
    ask(world, caller, Permission { action, resource, owner, policy: None, denial: DENIAL })
}

/// Adds an alarm, or replaces the one of its name: then it starts again.
pub(super) fn put(world: &mut World, caller: &Arc<Caller>, request: Value) -> Result<Value, ApiError> {
    let account = account_of(caller)?;
    let alarm = Alarm::read(account, caller.region, world.cloud.now(), request)?;
    permitted(world, caller, "cloudwatch:PutMetricAlarm", &alarm.arn, account)?;
    world.cloudwatch.alarms.insert((account, caller.region, Arc::clone(&alarm.name)), alarm);
    Ok(json!({}))
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
struct DescribeAlarms {
    #[serde(default)]
    alarm_names: Vec<String>,
    alarm_name_prefix: Option<String>,
    state_value: Option<AlarmState>,
}

pub(super) fn describe(world: &mut World, caller: &Arc<Caller>, request: Value) -> Result<Value, ApiError> {
    let account = account_of(caller)?;
    let request: DescribeAlarms = members(request)?;
    permitted(world, caller, "cloudwatch:DescribeAlarms", &arn(account, caller.region, "*"), account)?;
    let prefix = request.alarm_name_prefix.unwrap_or_default();
    let shown: Vec<Value> = world
        .cloudwatch
        .alarms
        .values()
        .filter(|alarm| alarm.metric.account == account && alarm.metric.region == caller.region)
        .filter(|alarm| alarm.name.starts_with(&prefix))
        .filter(|alarm| request.alarm_names.is_empty() || request.alarm_names.iter().any(|name| **name == *alarm.name))
        .filter(|alarm| request.state_value.is_none_or(|state| alarm.standing(world).state == state))
        .map(|alarm| alarm.shown(world))
        .collect();
    Ok(json!({"MetricAlarms": shown, "CompositeAlarms": []}))
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
struct DeleteAlarms {
    alarm_names: Vec<String>,
}

/// Deletes alarms: all of them, or none if one does not exist.
pub(super) fn delete(world: &mut World, caller: &Arc<Caller>, request: Value) -> Result<Value, ApiError> {
    let account = account_of(caller)?;
    let request: DeleteAlarms = members(request)?;
    for name in &request.alarm_names {
        permitted(world, caller, "cloudwatch:DeleteAlarms", &arn(account, caller.region, name), account)?;
        if !world.cloudwatch.alarms.contains_key(&(account, caller.region, name.as_str().into())) {
            let message = format!("There is no alarm {name}.");
            return Err(ApiError::new("ResourceNotFound", message.clone()).status(404).because(message));
        }
    }
    for name in request.alarm_names {
        world.cloudwatch.alarms.remove(&(account, caller.region, name.into()));
    }
    Ok(json!({}))
}
