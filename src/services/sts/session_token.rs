//! `GetSessionToken`: temporary credentials of the caller itself, with multi-factor authentication if it shows a device's code.
//!
//! Source: "GetSessionToken", AWS STS API Reference; "Secure API access with MFA", IAM User Guide.

use super::constraint::{Constraints, SERIAL_NUMBER, TOKEN_CODE};
use super::credential::issue;
use super::record::Answer;
use super::{INVALID, denied, request, with_long_term_credentials};
use crate::cloud::{ApiError, Caller, Principal, PrincipalKind};
use crate::iam::Session;
use crate::services::World;
use crate::services::request::read;
use serde_json::{Value, json};
use std::ops::RangeInclusive;
use std::sync::Arc;

/// How many seconds a session of a user or a federated user may last.
pub(super) const SECONDS: RangeInclusive<i64> = 900..=129_600;

pub(super) fn call(world: &mut World, caller: &Arc<Caller>, members: Value) -> Result<Answer, ApiError> {
    let request: request::GetSessionToken = read(members, INVALID)?;
    let mut constraints = Constraints::default();
    constraints.seconds(request.duration_seconds, SECONDS);
    check_device(&mut constraints, request.serial_number.as_deref(), request.token_code.as_deref());
    constraints.finish()?;
    with_long_term_credentials(caller, "GetSessionToken")?;
    let with_device = multi_factor(request.serial_number.as_deref(), request.token_code.as_deref())?;
    let seconds = lasting(&caller.principal, request.duration_seconds);
    // No policy can withhold this operation: it is a way to prove who one is.
    let credential = issue(world, caller.principal.clone(), Session::default(), seconds, with_device);
    Ok(Answer::logged(json!({"Credentials": credential.to_json()}), None))
}

/// How long a session lasts: twelve hours if nothing is said; of root users never more than one.
pub(super) fn lasting(principal: &Principal, asked: Option<i64>) -> i64 {
    let seconds = asked.unwrap_or(43_200);
    if principal.kind == PrincipalKind::Root { seconds.min(3600) } else { seconds }
}

/// The constraints of what tells of an MFA device.
pub(super) fn check_device(constraints: &mut Constraints, serial_number: Option<&str>, code: Option<&str>) {
    constraints.text("serialNumber", serial_number, 9..=256, SERIAL_NUMBER);
    constraints.text("tokenCode", code, 6..=6, TOKEN_CODE);
}

/// Whether a request shows the code of an MFA device. The model has no devices: every code of six digits is right.
///
/// # Errors
/// `AccessDenied` if only one of the two is there.
pub(super) fn multi_factor(serial_number: Option<&str>, code: Option<&str>) -> Result<bool, ApiError> {
    match (serial_number, code) {
        (Some(_), Some(_)) => Ok(true),
        (None, None) => Ok(false),
        (Some(_), None) | (None, Some(_)) => Err(denied(
            "MultiFactorAuthentication failed, must provide both MFA serial number and one time pass code.",
            "the request names a device without a code, or a code without its device",
        )),
    }
}
