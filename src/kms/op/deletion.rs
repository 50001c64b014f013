//! Scheduled deletion.
//!
//! Source: "Delete an AWS KMS key", AWS KMS Developer Guide.

use crate::cloud::{ApiError, days_after, format_instant};
use crate::kms::key::{Deletion, Wait};
use crate::kms::request::ScheduleKeyDeletionRequest;
use crate::kms::{Door, KeyRef, KeyState, Response};
use serde_json::json;

pub(super) fn schedule(door: &mut Door<'_>, at: KeyRef, request: &ScheduleKeyDeletionRequest) -> Result<Response, ApiError> {
    let default = door.kms.rules().deletion_days;
    let days = request.pending_window_in_days.and_then(|days| u32::try_from(days).ok()).unwrap_or(default);
    let now = door.cloud.now();
    let date = days_after(now, days);
    let key = door.key_mut(at)?;
    key.state = KeyState::PendingDeletion;
    key.waits.push(Wait { from: now, cancelled: None });
    key.deletion = Some(Deletion { scheduled: now, date, window_days: days });
    Ok(Response::Json(json!({
        "KeyId": &*key.arn,
        "DeletionDate": format_instant(date),
        "KeyState": key.state,
        "PendingWindowInDays": days,
    })))
}

pub(super) fn cancel(door: &mut Door<'_>, at: KeyRef) -> Result<Response, ApiError> {
    let now = door.cloud.now();
    let key = door.key_mut(at)?;
    if let Some(wait) = key.waits.last_mut() {
        wait.cancelled = Some(now);
    }
    // Always Disabled, also if the key was Enabled before.
    key.state = KeyState::Disabled;
    key.deletion = None;
    Ok(Response::Json(json!({ "KeyId": &*key.arn })))
}
