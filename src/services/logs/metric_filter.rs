//! Metric filters: what matches a pattern in a log group becomes a metric of CloudWatch.
//!
//! Source: "PutMetricFilter" and "MetricTransformation", Amazon CloudWatch Logs API Reference; "Creating metrics from log
//! events using filters", Amazon CloudWatch Logs User Guide.

use super::events::pattern;
use super::{INVALID, Place, missing, permitted};
use crate::cloud::{ApiError, Caller, FilterPattern, Instant, Selector};
use crate::services::World;
use crate::services::cloudwatch::{Amount, Metric};
use crate::services::request::read;
use serde::Deserialize;
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;
use std::sync::Arc;

/// A metric filter of a log group.
#[derive(Clone, Debug)]
pub struct MetricFilter {
    /// Which events count.
    pub pattern: FilterPattern,
    /// What they become.
    pub transformation: Transformation,
}

/// How an event that matches becomes a data point.
#[derive(Clone, Debug)]
pub struct Transformation {
    /// The namespace of the metric.
    pub namespace: Arc<str>,
    /// Its name.
    pub name: Arc<str>,
    /// The value that is published: a number, or the one that stands at a selector of the event.
    pub value: Published,
    /// What is published for an event that does not match.
    pub default: Option<f64>,
    /// Dimensions with the selectors of their values.
    pub dimensions: BTreeMap<String, Selector>,
}

/// The value of a data point.
#[derive(Clone, Debug)]
pub enum Published {
    /// This number.
    Number(f64),
    /// What stands at a selector of the event.
    At(String, Selector),
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct PutMetricFilter {
    log_group_name: String,
    filter_name: String,
    filter_pattern: String,
    metric_transformations: Vec<MetricTransformation>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct MetricTransformation {
    metric_name: String,
    metric_namespace: String,
    metric_value: Value,
    default_value: Option<Amount>,
    #[serde(default)]
    dimensions: BTreeMap<String, String>,
    #[serde(rename = "unit")]
    _unit: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct DeleteMetricFilter {
    log_group_name: String,
    filter_name: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct DescribeMetricFilters {
    log_group_name: String,
    filter_name_prefix: Option<String>,
}

fn invalid(message: impl Into<String>) -> ApiError {
    let message = message.into();
    ApiError::new(INVALID, message.clone()).because(message)
}

/// Adds a filter, or replaces the one of its name. It counts what is logged from now on.
pub(super) fn put(world: &mut World, caller: &Arc<Caller>, members: Value) -> Result<Arc<str>, ApiError> {
    let request: PutMetricFilter = read(members, INVALID)?;
    let (place, arn) = permitted(world, caller, &request.log_group_name, None, "logs:PutMetricFilter")?;
    let pattern = pattern(&request.filter_pattern)?;
    let transformations = <[MetricTransformation; 1]>::try_from(request.metric_transformations);
    let [transformation] = transformations.map_err(|_| invalid("metricTransformations takes exactly one item"))?;
    let filter = MetricFilter { pattern, transformation: transformation.read()? };
    world.logs.groups.get_mut(&place).ok_or_else(missing)?.filters.insert(request.filter_name.into(), filter);
    Ok(arn)
}

impl MetricTransformation {
    fn read(self) -> Result<Transformation, ApiError> {
        if self.metric_namespace.starts_with("AWS/") {
            return Err(invalid("the namespace of a metric filter must not begin with AWS/"));
        }
        if self.default_value.is_some() && !self.dimensions.is_empty() {
            return Err(invalid("a metric transformation with dimensions has no default value"));
        }
        let at = |text: &str| Selector::parse(text).map_err(|error| invalid(format!("{text}: {error}")));
        let text = self.metric_value.as_str().map_or_else(|| self.metric_value.to_string(), str::to_owned);
        let value = match text.parse::<f64>() {
            Ok(number) if number.is_finite() => Published::Number(number),
            Ok(_) | Err(_) => Published::At(text.clone(), at(&text)?),
        };
        let dimensions = self.dimensions.into_iter().map(|(name, text)| Ok((name, at(&text)?))).collect::<Result<_, ApiError>>()?;
        let (namespace, name) = (self.metric_namespace.into(), self.metric_name.into());
        Ok(Transformation { namespace, name, value, default: self.default_value.map(|Amount(number)| number), dimensions })
    }
}

pub(super) fn delete(world: &mut World, caller: &Arc<Caller>, members: Value) -> Result<Arc<str>, ApiError> {
    let request: DeleteMetricFilter = read(members, INVALID)?;
    let (place, arn) = permitted(world, caller, &request.log_group_name, None, "logs:DeleteMetricFilter")?;
    let group = world.logs.groups.get_mut(&place).ok_or_else(missing)?;
    let gone = || ApiError::new("ResourceNotFoundException", "The specified metric filter does not exist.");
    group.filters.remove(request.filter_name.as_str()).ok_or_else(gone)?;
    Ok(arn)
}

pub(super) fn describe(world: &mut World, caller: &Arc<Caller>, members: Value) -> Result<Value, ApiError> {
    let request: DescribeMetricFilters = read(members, INVALID)?;
    let (place, _) = permitted(world, caller, &request.log_group_name, None, "logs:DescribeMetricFilters")?;
    let group = world.logs.groups.get(&place).ok_or_else(missing)?;
    let prefix = request.filter_name_prefix.unwrap_or_default();
    let filters = group.filters.iter().filter(|(name, _)| name.starts_with(&prefix));
    let shown: Vec<Value> = filters.map(|(name, filter)| filter.shown(name, &request.log_group_name)).collect();
    Ok(json!({ "metricFilters": shown }))
}

impl MetricFilter {
    fn shown(&self, name: &str, group: &str) -> Value {
        let Transformation { namespace, name: metric, value, default, .. } = &self.transformation;
        let mut shown = Map::new();
        shown.insert("metricName".into(), json!(&**metric));
        shown.insert("metricNamespace".into(), json!(&**namespace));
        let value = match value {
            Published::Number(number) => number.to_string(),
            Published::At(text, _) => text.clone(),
        };
        shown.insert("metricValue".into(), json!(value));
        if let Some(default) = default {
            shown.insert("defaultValue".into(), json!(default));
        }
        json!({"filterName": name, "filterPattern": self.pattern.text(), "logGroupName": group, "metricTransformations": [shown]})
    }

    /// The data point that an event gives, if it gives one.
    fn point(&self, message: &str) -> Option<(f64, BTreeMap<String, String>)> {
        let transformation = &self.transformation;
        if !self.pattern.matches(message) {
            return transformation.default.map(|number| (number, BTreeMap::new()));
        }
        // Only JSON has something to select; a number needs no look at the event.
        let event: Value = match (&transformation.value, transformation.dimensions.is_empty()) {
            (Published::Number(_), true) => Value::Null,
            _ => serde_json::from_str(message).ok()?,
        };
        let number = match &transformation.value {
            Published::Number(number) => *number,
            Published::At(_, selector) => selector.find(&event)?.as_f64()?,
        };
        let text = |value: &Value| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
        let dimensions = transformation.dimensions.iter().map(|(name, at)| Some((name.clone(), text(at.find(&event)?))));
        Some((number, dimensions.collect::<Option<_>>()?))
    }
}

/// Publishes what an event that is being logged gives to the filters of its group.
pub(super) fn apply(world: &mut World, place: &Place, timestamp: i64, message: &str) {
    let World { logs, cloudwatch, .. } = world;
    let Some(group) = logs.groups.get(place) else { return };
    let Some(time) = Instant::from_timestamp_millis(timestamp) else { return };
    for filter in group.filters.values() {
        if let Some((value, dimensions)) = filter.point(message) {
            let (namespace, name) = (Arc::clone(&filter.transformation.namespace), Arc::clone(&filter.transformation.name));
            cloudwatch.publish(Metric { account: place.0, region: place.1, namespace, name, dimensions }, time, value);
        }
    }
}
