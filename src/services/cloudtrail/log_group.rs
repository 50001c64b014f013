//! Sending events to CloudWatch Logs, as a role that CloudTrail assumes.
//!
//! Source: "Sending events to CloudWatch Logs" and "Role policy document for CloudTrail to use CloudWatch Logs for
//! monitoring", AWS CloudTrail User Guide.

use super::World;
use super::delivery::{events_since, record};
use super::trail::{LogGroup, Trail};
use crate::cloud::{AccountId, ApiError, Arn, Caller, Principal};
use crate::iam::NoContext;
use crate::services::event::cause;
use crate::services::logs;
use serde_json::{Value, json};
use std::sync::Arc;

/// Reads the two settings of a trail and tries them out; no log group, or an empty text, sends nothing.
///
/// # Errors
/// `InvalidCloudWatchLogsLogGroupArnException`, `InvalidCloudWatchLogsRoleArnException`.
pub(super) fn read(world: &World, trail: &Trail, group: Option<&str>, role: Option<&str>) -> Result<Option<LogGroup>, ApiError> {
    let Some(group) = group.filter(|group| !group.is_empty()) else { return Ok(None) };
    let wrong_group = |why: String| {
        let message = "CloudTrail cannot validate the specified log group ARN.";
        Err(ApiError::new("InvalidCloudWatchLogsLogGroupArnException", message).because(why))
    };
    let wrong_role = |message: &str, why: String| Err(ApiError::new("InvalidCloudWatchLogsRoleArnException", message).because(why));
    let Some(role) = role.filter(|role| !role.is_empty()) else {
        return wrong_role("You must specify a role ARN as well as a log group.", "the trail names a log group and no role".to_owned());
    };
    let arn = group.strip_suffix(":*").unwrap_or(group);
    let name = Arn::parse(arn).filter(|arn| arn.service == "logs").and_then(|arn| arn.resource.strip_prefix("log-group:"));
    let Some(name) = name else { return wrong_group(format!("{group} is no ARN of a log group")) };
    let home = format!("arn:{}:logs:{}:{}:log-group:{name}", trail.region.partition(), trail.region, trail.account);
    if home != arn || !world.logs.has_group(trail.account, trail.region, name) {
        return wrong_group(format!("account {} has no log group {name} in {}, the trail's home Region", trail.account, trail.region));
    }
    let logs = LogGroup { arn: arn.into(), name: name.into(), role: role.into() };
    let denied = "Access denied. Check the trust relationships for your role.";
    let Some((account, role_name)) = role_of(role) else { return wrong_role(denied, format!("{role} is no ARN of a role")) };
    let identity = world.iam.account(account).and_then(|account| account.role(role_name));
    // A world may leave trust policies out; then every service may assume the role.
    let trusts = |trusted: &[Arc<str>]| trusted.is_empty() || trusted.iter().any(|who| **who == *"cloudtrail.amazonaws.com");
    if !identity.is_some_and(|identity| trusts(&identity.trusted)) {
        return wrong_role(denied, format!("{role} does not exist, or its trust policy does not admit cloudtrail.amazonaws.com"));
    }
    let caller = writer(trail, &logs);
    let stream = format!("{arn}:log-stream:{}", stream(trail));
    for action in ["logs:CreateLogStream", "logs:PutLogEvents"] {
        let code = "InvalidCloudWatchLogsRoleArnException";
        world.authorise(&caller, action, &stream, trail.account, None, &NoContext, code, 400).map_err(|error| {
            error.translate("InvalidCloudWatchLogsRoleArnException", "Access denied. Check the permissions for your role.", 400)
        })?;
    }
    Ok(Some(logs))
}

/// Account and name, with its path, of a role.
fn role_of(arn: &str) -> Option<(AccountId, &str)> {
    let arn = Arn::parse(arn).filter(|arn| arn.service == "iam")?;
    Some((AccountId::parse(arn.account)?, arn.resource.strip_prefix("role/")?))
}

/// The role, as CloudTrail assumes it.
fn writer(trail: &Trail, logs: &LogGroup) -> Arc<Caller> {
    let (account, role) = role_of(&logs.role).unwrap_or((trail.account, ""));
    Arc::new(Caller::direct(Principal::role_session(account, role, "CLOUDWATCH_LOGS_DELIVERY_SESSION"), trail.region))
}

/// `ACCOUNT_CloudTrail_REGION`.
fn stream(trail: &Trail) -> String {
    format!("{}_CloudTrail_{}", trail.account, trail.region)
}

/// Sends what happened since the last time, one log event a record. What cannot be sent is sent the next time.
pub(super) fn send(world: &mut World, trail: &mut Trail) {
    let Some(logs) = trail.logs.clone() else { return };
    let until = world.cloud.trail.len();
    let records = events_since(&world.cloud, trail.sent).filter_map(|event| record(trail, event));
    let events: Vec<Value> = records.map(|record| json!({ "message": record.to_string() })).collect();
    let members = json!({"logGroupName": &*logs.name, "logStreamName": stream(trail), "logEvents": events});
    match logs::call(world, &writer(trail, &logs), "PutLogEvents", members) {
        Ok(_) => {
            trail.sent = until;
            trail.latest_logs_error = None;
        }
        Err(error) => trail.latest_logs_error = Some((error.code.to_string(), cause(&error))),
    }
}
