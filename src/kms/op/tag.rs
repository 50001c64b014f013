//! Tags.

use super::page;
use crate::cloud::ApiError;
use crate::kms::shapes::tag_map;
use crate::kms::{Door, KeyRef, ListRequest, Response, TagResourceRequest, UntagResourceRequest};
use serde_json::json;

pub(super) fn tag(door: &mut Door<'_>, at: KeyRef, request: &TagResourceRequest) -> Result<Response, ApiError> {
    let key = door.key_mut(at)?;
    let added = tag_map(&request.tags);
    let total = key.tags.len() + added.keys().filter(|name| !key.tags.contains_key(*name)).count();
    if total > 50 {
        return Err(ApiError::new("TagException", "Too many tags"));
    }
    key.tags.extend(added);
    Ok(Response::Empty)
}

pub(super) fn untag(door: &mut Door<'_>, at: KeyRef, request: &UntagResourceRequest) -> Result<Response, ApiError> {
    let key = door.key_mut(at)?;
    for name in &request.tag_keys {
        key.tags.remove(name);
    }
    Ok(Response::Empty)
}

pub(super) fn list(door: &Door<'_>, at: KeyRef, request: &ListRequest) -> Result<Response, ApiError> {
    let items = door.key(at)?.tags.iter().map(|(name, value)| (name.clone(), (name, value)));
    let show = |(name, value): (&String, &String)| json!({"TagKey": name, "TagValue": value});
    page("Tags", items, show, request.limit, request.marker.as_deref(), 50)
}
