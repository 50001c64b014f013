//! Step 4 of the door: what each operation does, once it is allowed and the key's state permits it.

mod alias;
mod cryptographic;
mod deletion;
mod grant;
mod key;
mod policy;
mod rotation;
mod tag;

use super::authorise::Permit;
use super::target::Targets;
use super::{Door, Key, KeyRef, Request, Response};
use crate::cloud::{ApiError, Caller};
use serde_json::{Map, Value, json};

pub(super) use rotation::rotate;

/// Carries out an allowed request.
///
/// # Errors
/// What the operation itself refuses.
pub(super) fn perform(
    door: &mut Door<'_>,
    caller: &Caller,
    request: &Request,
    targets: &Targets<'_>,
    permit: &Permit,
) -> Result<Response, ApiError> {
    match request {
        Request::CancelKeyDeletion(_) => deletion::cancel(door, targets.key()?),
        Request::CreateAlias(_) => alias::create(door, targets),
        Request::CreateGrant(r) => grant::create(door, caller, targets.key()?, r, permit),
        Request::CreateKey(r) => key::create(door, caller, r),
        Request::Decrypt(r) => cryptographic::decrypt(door, targets.key()?, r),
        Request::DeleteAlias(_) => alias::delete(door, targets),
        Request::DescribeKey(_) => key::describe(door, targets.key()?),
        Request::DisableKey(_) => key::disable(door, targets.key()?),
        Request::DisableKeyRotation(_) => rotation::disable(door, targets.key()?),
        Request::EnableKey(_) => key::enable(door, targets.key()?),
        Request::EnableKeyRotation(r) => rotation::enable(door, targets.key()?, r),
        Request::Encrypt(r) => cryptographic::encrypt(door, targets.key()?, r),
        Request::GenerateDataKey(r) => cryptographic::data_key(door, targets.key()?, r, true),
        Request::GenerateDataKeyWithoutPlaintext(r) => cryptographic::data_key(door, targets.key()?, r, false),
        Request::GenerateRandom(r) => cryptographic::random(door, r),
        Request::GetKeyPolicy(r) => policy::get(door, targets.key()?, r),
        Request::GetKeyRotationStatus(_) => rotation::status(door, targets.key()?),
        Request::ListAliases(r) => alias::list(door, caller, targets.first.map(|target| target.key), r),
        Request::ListGrants(r) => grant::list(door, targets.key()?, r),
        Request::ListKeyPolicies(r) => page("PolicyNames", vec![json!("default")], r.limit, r.marker.as_deref(), 100),
        Request::ListKeyRotations(r) => rotation::list(door, targets.key()?, r),
        Request::ListKeys(r) => key::list(door, caller, r),
        Request::ListResourceTags(r) => tag::list(door, targets.key()?, r),
        Request::ListRetirableGrants(r) => grant::list_retirable(door, caller, r),
        Request::PutKeyPolicy(r) => policy::put(door, caller, targets.key()?, r),
        Request::ReEncrypt(r) => cryptographic::re_encrypt(door, targets, r),
        Request::RetireGrant(_) => grant::retire(door, targets),
        Request::RevokeGrant(r) => grant::revoke(door, targets.key()?, r),
        Request::RotateKeyOnDemand(_) => rotation::on_demand(door, targets.key()?),
        Request::ScheduleKeyDeletion(r) => deletion::schedule(door, targets.key()?, r),
        Request::TagResource(r) => tag::tag(door, targets.key()?, r),
        Request::UntagResource(r) => tag::untag(door, targets.key()?, r),
        Request::UpdateAlias(_) => alias::update(door, targets),
        Request::UpdateKeyDescription(r) => key::describe_anew(door, targets.key()?, r),
    }
}

impl Door<'_> {
    fn key(&self, at: KeyRef) -> Result<&Key, ApiError> {
        self.kms.key(at).ok_or_else(gone)
    }

    fn key_mut(&mut self, at: KeyRef) -> Result<&mut Key, ApiError> {
        self.kms.key_mut(at).ok_or_else(gone)
    }
}

fn gone() -> ApiError {
    ApiError::new("NotFoundException", "The key does not exist.")
}

/// One page of a list. The marker is the number of the first item of the next page.
fn page(name: &str, items: Vec<Value>, limit: Option<i64>, marker: Option<&str>, default: usize) -> Result<Response, ApiError> {
    let start = match marker {
        None => 0,
        Some(marker) => marker.parse::<usize>().map_err(|_| ApiError::new("InvalidMarkerException", "Invalid marker."))?,
    };
    let limit = limit.and_then(|limit| usize::try_from(limit).ok()).unwrap_or(default);
    let total = items.len();
    let shown: Vec<Value> = items.into_iter().skip(start).take(limit).collect();
    let next = start.saturating_add(shown.len());
    let mut answer = Map::new();
    answer.insert(name.to_owned(), Value::Array(shown));
    answer.insert("Truncated".into(), json!(next < total));
    if next < total {
        answer.insert("NextMarker".into(), json!(next.to_string()));
    }
    Ok(Response::Json(Value::Object(answer)))
}
