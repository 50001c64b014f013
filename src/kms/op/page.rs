//! Lists come in pages.

use crate::cloud::ApiError;
use crate::kms::Response;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Map, Value, json};

/// One page of a list whose items come in the order of their keys. The marker holds the key of the last item that was shown, so
/// that what is added or deleted between two pages moves nothing.
///
/// # Errors
/// `InvalidMarkerException` for a marker that no page of this list returned.
pub(super) fn page<T>(
    name: &str,
    items: impl Iterator<Item = (String, T)>,
    show: impl Fn(T) -> Value,
    limit: Option<i64>,
    marker: Option<&str>,
    default: usize,
) -> Result<Response, ApiError> {
    let after = marker.map(|marker| read(name, marker)).transpose()?;
    let limit = limit.and_then(|limit| usize::try_from(limit).ok()).unwrap_or(default);
    let mut rest = items.skip_while(|(key, _)| after.as_ref().is_some_and(|after| key <= after));
    let mut last = String::new();
    let mut shown = Vec::new();
    for (key, item) in rest.by_ref().take(limit) {
        shown.push(show(item));
        last = key;
    }
    let more = rest.next().is_some();
    let mut answer = Map::new();
    answer.insert(name.to_owned(), Value::Array(shown));
    if more {
        answer.insert("NextMarker".into(), json!(URL_SAFE_NO_PAD.encode(format!("{PREFIX}{name}:{last}"))));
    }
    answer.insert("Truncated".into(), json!(more));
    Ok(Response::Json(Value::Object(answer)))
}

/// What tells a marker from other Base64.
const PREFIX: &str = "marker:";

fn read(name: &str, marker: &str) -> Result<String, ApiError> {
    let text = URL_SAFE_NO_PAD.decode(marker).ok().and_then(|bytes| String::from_utf8(bytes).ok());
    text.as_deref().and_then(|text| text.strip_prefix(PREFIX)?.strip_prefix(name)?.strip_prefix(':')).map(str::to_owned).ok_or_else(|| {
        ApiError::new("InvalidMarkerException", "").because("the marker is not the NextMarker of an earlier page of this list")
    })
}
