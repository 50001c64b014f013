//! Scheduled deletion.
//!
//! Source: "Delete an AWS KMS key", AWS KMS Developer Guide.

use crate::cloud::{ApiError, days_after, format_instant};
use crate::kms::key::{Deletion, Wait};
use crate::kms::{Door, KeyRef, Response, ScheduleKeyDeletionRequest};
use serde_json::{Map, Value, json};

pub(super) fn schedule(door: &mut Door<'_>, at: KeyRef, request: &ScheduleKeyDeletionRequest) -> Result<Response, ApiError> {
    let default = door.kms.rules().deletion_days;
    let days = request.pending_window_in_days.and_then(|days| u32::try_from(days).ok()).unwrap_or(default);
    let now = door.cloud.now();
    // A primary waits until its last replica is gone; only then its own waiting period begins.
    let has_replicas = door.key(at)?.is_primary() && door.kms.related(at.id).len() > 1;
    let date = (!has_replicas).then(|| days_after(now, days));
    let key = door.key_mut(at)?;
    if date.is_some() {
        key.waits.push(Wait { from: now, cancelled: None });
    }
    key.deletion = Some(Deletion { scheduled: now, date, window_days: days });
    let mut answer = Map::new();
    answer.insert("KeyId".into(), json!(&*key.arn));
    if let Some(date) = date {
        answer.insert("DeletionDate".into(), json!(format_instant(date)));
    }
    answer.insert("KeyState".into(), json!(key.state()));
    answer.insert("PendingWindowInDays".into(), json!(days));
    Ok(Response::Json(Value::Object(answer)))
}

pub(super) fn cancel(door: &mut Door<'_>, at: KeyRef) -> Result<Response, ApiError> {
    let now = door.cloud.now();
    let key = door.key_mut(at)?;
    if let Some(wait) = key.waits.last_mut().filter(|wait| wait.cancelled.is_none()) {
        wait.cancelled = Some(now);
    }
    // Always Disabled, also if the key was Enabled before.
    key.enabled = false;
    key.deletion = None;
    Ok(Response::Json(json!({ "KeyId": &*key.arn })))
}
