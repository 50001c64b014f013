//! AWS JSON 1.1, the protocol of KMS: the operation in a header, members and answers as JSON.
//!
//! Source: "AWS JSON 1.1 protocol", Smithy documentation.

use super::gate::Target;
use super::refusal::{Refusal, RefusalKind};
use crate::cloud::{ApiError, parse_instant};
use crate::kms::Operation;
use bytes::Bytes;
use http::{HeaderValue, Method};
use serde_json::{Map, Value};

/// What stands before an operation's name in `X-Amz-Target`.
const SERVICE: &str = "TrentService";

/// The type of requests and answers.
pub(super) const CONTENT_TYPE: &str = "application/x-amz-json-1.1";

/// The operation that a request's `X-Amz-Target` names.
pub(super) fn target(method: &Method, header: &HeaderValue) -> Result<Target, Refusal> {
    let text = header.to_str().unwrap_or_default();
    let unknown = |message: String| Refusal::new(RefusalKind::UnknownOperation, message);
    if method != Method::POST {
        return Err(unknown(format!("Requests to AWS KMS are sent with POST, and this one came with {method}.")));
    }
    match text.split_once('.') {
        Some((SERVICE, name)) => {
            Operation::parse(name).map(Target::Kms).ok_or_else(|| unknown(format!("AWS KMS has no operation {}.", shown(name))))
        }
        _ => Err(unknown(format!("kmsprep answers for AWS KMS and AWS STS, and {} is neither.", shown(text)))),
    }
}

/// The members in a body. None at all is the same as no members.
pub(super) fn members(body: &Bytes) -> Result<Value, Refusal> {
    let malformed = |message: String| Refusal::new(RefusalKind::Malformed, message);
    if body.iter().all(u8::is_ascii_whitespace) {
        return Ok(Value::Object(Map::new()));
    }
    match serde_json::from_slice(body) {
        // What is no object is told by its operation, like any other wrong type.
        Ok(members) => Ok(members),
        Err(error) => Err(malformed(format!("The request is no JSON: {error}."))),
    }
}

/// The members of KMS's answers that are points of time. The model writes them as text, which people read in scenarios; on the wire they are
/// seconds since 1970.
const TIMESTAMPS: [&str; 10] = [
    "CreationDate",
    "DeletionDate",
    "KeyCreationDate",
    "LastUpdatedDate",
    "NextRotationDate",
    "ParametersValidTo",
    "RotationDate",
    "Timestamp",
    "TrackingStartDate",
    "ValidTo",
];

/// The body of an answer.
pub(super) fn result_body(mut result: Value) -> Vec<u8> {
    with_seconds(&mut result);
    result.to_string().into_bytes()
}

fn with_seconds(value: &mut Value) {
    match value {
        Value::Object(members) => {
            for (name, member) in members.iter_mut() {
                match member.as_str().filter(|_| TIMESTAMPS.contains(&name.as_str())).and_then(parse_instant) {
                    Some(time) => *member = Value::from(time.timestamp()),
                    None => with_seconds(member),
                }
            }
        }
        Value::Array(items) => items.iter_mut().for_each(with_seconds),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

/// The body of an error.
pub(super) fn error_body(error: &ApiError) -> Vec<u8> {
    // The errors that every JSON service shares have their message with a capital letter, those of KMS's own with a small one; clients
    // read both.
    let member = if matches!(error.code.as_ref(), "AccessDeniedException" | "SerializationException") { "Message" } else { "message" };
    let mut body = Map::new();
    body.insert("__type".to_owned(), Value::from(error.code.as_ref()));
    if !error.message.is_empty() {
        body.insert(member.to_owned(), Value::from(error.message.as_str()));
    }
    Value::Object(body).to_string().into_bytes()
}

/// The start of a name that a client sent.
fn shown(name: &str) -> String {
    let start: String = name.chars().filter(|letter| !letter.is_control()).take(64).collect();
    format!("`{start}`")
}
