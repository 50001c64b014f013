//! What CloudTrail logs of a call to STS.
//!
//! Source: "Logging IAM and AWS STS API calls with AWS CloudTrail", IAM User Guide.

use super::super::World;
use crate::cloud::{
    AccountId, Additional, ApiError, Caller, Event, Parameters, Resource, Stamp, format_logged, member_name, parse_instant,
};
use serde_json::{Map, Value, json};
use std::sync::Arc;

/// What a call came to.
pub(super) struct Answer {
    /// The response, in AWS's shape.
    pub(super) response: Value,
    /// The role that was assumed, and its account, which gets a record too.
    pub(super) resource: Option<(String, AccountId)>,
    /// Whether the record shows the response.
    pub(super) logs_response: bool,
}

impl Answer {
    /// An answer that the record shows. Members without a value are left out of it.
    pub(super) fn logged(mut response: Value, resource: Option<(String, AccountId)>) -> Self {
        if let Some(members) = response.as_object_mut() {
            members.retain(|_, value| !value.is_null());
        }
        Answer { response, resource, logs_response: true }
    }
}

/// The members of a request as the record shows them: without the code of the MFA device.
pub(super) fn asked(members: &Value) -> Value {
    let mut shown = lowered(members);
    if let Some(shown) = shown.as_object_mut() {
        shown.shift_remove("tokenCode");
        if let Some(seconds) = shown.get_mut("durationSeconds") {
            let number = seconds.as_str().and_then(|text| text.parse::<i64>().ok());
            *seconds = number.map_or_else(|| seconds.clone(), Value::from);
        }
    }
    shown
}

/// Records a call, with the response but for the secret key.
pub(super) fn record(world: &mut World, caller: &Arc<Caller>, name: &'static str, asked: Value, outcome: &Result<Answer, ApiError>) {
    let answer = outcome.as_ref().ok();
    let role =
        |(arn, account): &(String, AccountId)| Resource { arn: arn.as_str().into(), account: Some(*account), kind: "AWS::IAM::Role" };
    let event = Event {
        time: world.cloud.now(),
        source: "sts.amazonaws.com",
        name,
        caller: Arc::clone(caller),
        region: caller.region,
        recipient: caller.account(),
        parameters: Parameters::of(asked),
        response: answer.filter(|answer| answer.logs_response).map(|answer| Arc::new(answered(&answer.response))),
        additional: Additional::Nothing,
        resources: answer.and_then(|answer| answer.resource.as_ref()).map(role).into_iter().collect(),
        error: outcome.as_ref().err().map(|error| Arc::new(error.clone())),
        allowed: None,
        // CloudTrail counts even AssumeRole among the calls that only read.
        read_only: true,
        stamp: Stamp::default(),
    };
    world.cloud.record(event);
}

fn answered(response: &Value) -> Value {
    let mut shown = lowered(response);
    if let Some(credentials) = shown.get_mut("credentials").and_then(Value::as_object_mut) {
        credentials.shift_remove("secretAccessKey");
        if let Some(expiration) = credentials.get_mut("expiration") {
            *expiration = json!(expiration.as_str().and_then(parse_instant).map(format_logged));
        }
    }
    shown
}

/// The same with all names of members in lower case.
fn lowered(value: &Value) -> Value {
    match value {
        Value::Object(members) => {
            Value::Object(members.iter().map(|(name, value)| (member_name(name), lowered(value))).collect::<Map<String, Value>>())
        }
        Value::Array(items) => Value::Array(items.iter().map(lowered).collect()),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => value.clone(),
    }
}
