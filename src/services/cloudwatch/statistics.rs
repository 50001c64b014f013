//! Data points: the samples of a period under a statistic.

use super::{DENIAL, Dimension, Metric, Sample, World, account_of, invalid, members};
use crate::cloud::{ApiError, Caller, Instant, format_instant, parse_instant};
use crate::services::request::{Permission, ask};
use serde::Deserialize;
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;

/// How the samples of a period become one number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[allow(missing_docs, reason = "CloudWatch's own names")]
pub enum Statistic {
    SampleCount,
    Average,
    Sum,
    Minimum,
    Maximum,
}

impl Statistic {
    /// `Sum`.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Statistic::SampleCount => "SampleCount",
            Statistic::Average => "Average",
            Statistic::Sum => "Sum",
            Statistic::Minimum => "Minimum",
            Statistic::Maximum => "Maximum",
        }
    }
}

/// What is known of the samples of a period.
#[derive(Clone, Copy, Debug)]
pub(super) struct Totals {
    count: f64,
    sum: f64,
    least: f64,
    most: f64,
}

impl Totals {
    fn add(&mut self, value: f64) {
        self.count += 1.0;
        self.sum += value;
        self.least = self.least.min(value);
        self.most = self.most.max(value);
    }

    pub(super) fn get(&self, statistic: Statistic) -> f64 {
        match statistic {
            Statistic::SampleCount => self.count,
            Statistic::Average => self.sum / self.count,
            Statistic::Sum => self.sum,
            Statistic::Minimum => self.least,
            Statistic::Maximum => self.most,
        }
    }
}

/// Samples by the number of their period since 1970.
pub(super) fn by_period(samples: &[Sample], period: i64) -> BTreeMap<i64, Totals> {
    let mut periods = BTreeMap::new();
    for sample in samples {
        let none = Totals { count: 0.0, sum: 0.0, least: f64::INFINITY, most: f64::NEG_INFINITY };
        periods.entry(sample.time.timestamp().div_euclid(period.max(1))).or_insert(none).add(sample.value);
    }
    periods
}

/// A period that CloudWatch takes.
pub(super) fn is_period(seconds: i64) -> bool {
    matches!(seconds, 10 | 20 | 30) || (seconds > 0 && seconds % 60 == 0)
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
struct GetMetricStatistics {
    namespace: String,
    metric_name: String,
    #[serde(default)]
    dimensions: Vec<Dimension>,
    start_time: String,
    end_time: String,
    period: i64,
    statistics: Vec<Statistic>,
}

/// The data points of a metric between two times; the end is not included.
///
/// Source: "GetMetricStatistics", Amazon CloudWatch API Reference.
pub(super) fn get(world: &World, caller: &Caller, request: Value) -> Result<Value, ApiError> {
    let request: GetMetricStatistics = members(request)?;
    let account = account_of(caller)?;
    ask(
        world,
        caller,
        Permission { action: "cloudwatch:GetMetricStatistics", resource: "*", owner: account, policy: None, denial: DENIAL },
    )?;
    let time = |text: &str| parse_instant(text).ok_or_else(|| invalid(format!("{text} is no time")));
    let (start, end) = (time(&request.start_time)?, time(&request.end_time)?);
    if !is_period(request.period) {
        return Err(invalid("Period must be 10, 20, 30 or a multiple of 60 seconds"));
    }
    let metric = Metric {
        account,
        region: caller.region,
        namespace: request.namespace.into(),
        name: request.metric_name.as_str().into(),
        dimensions: request.dimensions.into_iter().map(|dimension| (dimension.name, dimension.value)).collect(),
    };
    let samples: Vec<Sample> = metric.samples(world).into_iter().filter(|sample| sample.time >= start && sample.time < end).collect();
    let points: Vec<Value> = by_period(&samples, request.period)
        .into_iter()
        .map(|(number, totals)| {
            let mut point = Map::new();
            point.insert("Timestamp".into(), json!(Instant::from_timestamp(number * request.period, 0).map(format_instant)));
            for statistic in &request.statistics {
                point.insert(statistic.name().into(), json!(totals.get(*statistic)));
            }
            Value::Object(point)
        })
        .collect();
    Ok(json!({"Label": request.metric_name, "Datapoints": points}))
}
