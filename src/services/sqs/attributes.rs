//! The attributes of a queue that have to do with encryption and access.

use super::QueueEncryption;
use crate::cloud::{ApiError, Duration};
use crate::iam::{Policy, PolicyKind};
use crate::rulebook::{Rulebook, ids};
use serde_json::Value;
use std::collections::BTreeMap;
use std::sync::Arc;

/// What a request says about attributes; nothing where it is silent.
#[derive(Debug, Default)]
pub(super) struct Attributes {
    pub(super) encryption: Option<QueueEncryption>,
    pub(super) reuse_period: Option<Duration>,
    /// An empty policy takes the present one away.
    pub(super) policy: Option<Option<Arc<Policy>>>,
}

/// Attributes that SQS has and the model accepts without effect.
const WITHOUT_EFFECT: [&str; 6] =
    ["DelaySeconds", "MaximumMessageSize", "MessageRetentionPeriod", "ReceiveMessageWaitTimeSeconds", "RedrivePolicy", "VisibilityTimeout"];

impl Attributes {
    /// Reads attributes, whose values SQS takes as text.
    ///
    /// Source: "SetQueueAttributes", Amazon SQS API Reference.
    ///
    /// # Errors
    /// `InvalidAttributeName`, `InvalidAttributeValue`.
    pub(super) fn read(rulebook: Rulebook, given: &BTreeMap<String, Value>, queue: &str) -> Result<Self, ApiError> {
        let mut attributes = Attributes::default();
        let mut key = None;
        let mut sqs_managed = None;
        for (name, value) in given {
            let text = match value {
                Value::String(text) => text.clone(),
                Value::Null | Value::Bool(_) | Value::Number(_) | Value::Array(_) | Value::Object(_) => value.to_string(),
            };
            match name.as_str() {
                "KmsMasterKeyId" => key = Some(text),
                "SqsManagedSseEnabled" => sqs_managed = Some(text.parse::<bool>().map_err(|_| invalid(name, "expected true or false"))?),
                "KmsDataKeyReusePeriodSeconds" => attributes.reuse_period = Some(reuse_period(rulebook, name, &text)?),
                "Policy" if text.is_empty() => attributes.policy = Some(None),
                "Policy" => {
                    let policy = Policy::from_json(&text, PolicyKind::Resource, &format!("policy of queue {queue}"));
                    attributes.policy = Some(Some(Arc::new(policy.map_err(|why| invalid(name, why))?)));
                }
                _ if WITHOUT_EFFECT.contains(&name.as_str()) => {}
                _ => return Err(ApiError::new("InvalidAttributeName", format!("Unknown Attribute {name}."))),
            }
        }
        attributes.encryption = match (key.filter(|key| !key.is_empty() || sqs_managed.is_none()), sqs_managed) {
            (Some(_), Some(true)) => {
                let message = "You can use one type of server-side encryption (SSE) at one time. You can either enable KMS SSE or SQS SSE.";
                return Err(ApiError::new("InvalidAttributeValue", message));
            }
            (Some(key), _) if key.is_empty() => Some(QueueEncryption::None),
            (Some(key), _) => Some(QueueEncryption::SseKms(key.into())),
            (None, Some(true)) => Some(QueueEncryption::SseSqs),
            (None, Some(false)) => Some(QueueEncryption::None),
            (None, None) => None,
        };
        Ok(attributes)
    }
}

fn reuse_period(rulebook: Rulebook, name: &str, text: &str) -> Result<Duration, ApiError> {
    let (least, most) = (rulebook.span(ids::SQS_REUSE_MIN), rulebook.span(ids::SQS_REUSE_MAX));
    let period = text.parse().ok().and_then(Duration::try_seconds).filter(|period| (least..=most).contains(period));
    period.ok_or_else(|| invalid(name, format!("expected {} to {} seconds", least.num_seconds(), most.num_seconds())))
}

fn invalid(name: &str, why: impl Into<String>) -> ApiError {
    ApiError::new("InvalidAttributeValue", format!("Invalid value for the parameter {name}.")).because(why)
}
