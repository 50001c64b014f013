//! The query protocol, which STS speaks: parameters as a form, answers in XML.
//!
//! Source: "AWS query protocol", Smithy documentation; "Making Query Requests", AWS STS API Reference.

use super::gate::Target;
use super::refusal::{Refusal, RefusalKind};
use crate::cloud::ApiError;
use crate::services::service_operation;
use bytes::Bytes;
use http::Method;
use http::request::Parts;
use serde_json::{Map, Value};

/// The version of the API, and what its XML is named after.
const VERSION: &str = "2011-06-15";
const NAMESPACE: &str = "https://sts.amazonaws.com/doc/2011-06-15/";

pub(super) const CONTENT_TYPE: &str = "text/xml";

/// How many parameters are read, how many items a list may have, and how deep members may lie: STS needs 50 tags of two parameters, and
/// three levels. Without limits a small body could ask for large lists.
const MOST_PARAMETERS: usize = 500;
const MOST_ITEMS: usize = 50;
const DEEPEST: usize = 4;

/// The parameters of a request: of a `POST` its body, of a `GET` its query.
pub(super) fn parameters(parts: &Parts, body: &Bytes) -> Vec<(String, String)> {
    // Other methods carry no request of the protocol.
    let text = match parts.method {
        Method::GET => parts.uri.query().unwrap_or_default().as_bytes(),
        Method::POST => body.as_ref(),
        _ => &[],
    };
    form_urlencoded::parse(text).into_owned().take(MOST_PARAMETERS).collect()
}

/// The name of an operation of STS.
pub(super) fn operation(name: &str) -> Option<&'static str> {
    service_operation(&format!("sts:{name}"))?.name.strip_prefix("sts:")
}

/// The operation that parameters name.
pub(super) fn target(parameters: &[(String, String)]) -> Result<Target, Refusal> {
    let value = |name: &str| parameters.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str());
    let unknown = |message: String| Refusal::new(RefusalKind::UnknownOperation, message);
    let Some(action) = value("Action") else {
        return Err(unknown("There is neither an X-Amz-Target nor an Action: kmsprep answers for AWS KMS and AWS STS.".to_owned()));
    };
    let version = value("Version").unwrap_or("NO_VERSION_SPECIFIED");
    let shown = |text: &str| text.chars().filter(|letter| !letter.is_control()).take(64).collect::<String>();
    match operation(action).filter(|_| version == VERSION) {
        Some(name) => Ok(Target::Sts(name)),
        None => Err(unknown(format!("Could not find operation {} for version {}", shown(action), shown(version)))),
    }
}

/// Parameters as members: `Tags.member.1.Key=a` is the `Key` of the first item of the list `Tags`.
pub(super) fn members(parameters: &[(String, String)]) -> Value {
    let mut members = Value::Object(Map::new());
    for (name, value) in parameters.iter().filter(|(name, _)| name != "Action" && name != "Version" && !name.starts_with("X-Amz-")) {
        let path: Vec<&str> = name.split('.').filter(|part| *part != "member").collect();
        if path.len() <= DEEPEST {
            put(&mut members, &path, value);
        }
    }
    members
}

fn put(at: &mut Value, path: &[&str], value: &str) {
    let Some((first, rest)) = path.split_first() else {
        *at = Value::from(value);
        return;
    };
    match first.parse::<usize>() {
        Ok(number) if (1..=MOST_ITEMS).contains(&number) => {
            if !at.is_array() {
                *at = Value::Array(Vec::new());
            }
            if let Value::Array(items) = at {
                items.resize(items.len().max(number), Value::Null);
                if let Some(item) = items.get_mut(number - 1) {
                    put(item, rest, value);
                }
            }
        }
        _ => {
            if !at.is_object() {
                *at = Value::Object(Map::new());
            }
            if let Value::Object(map) = at {
                put(map.entry((*first).to_owned()).or_insert(Value::Null), rest, value);
            }
        }
    }
}

/// The body of an answer.
pub(super) fn result_body(operation: &str, result: &Value, request_id: &str) -> Vec<u8> {
    let mut xml = format!("<{operation}Response xmlns=\"{NAMESPACE}\"><{operation}Result>");
    write(&mut xml, result);
    xml.push_str(&format!(
        "</{operation}Result><ResponseMetadata><RequestId>{request_id}</RequestId></ResponseMetadata></{operation}Response>\n"
    ));
    xml.into_bytes()
}

/// The body of an error.
pub(super) fn error_body(error: &ApiError, request_id: &str) -> Vec<u8> {
    let side = if error.http_status < 500 { "Sender" } else { "Receiver" };
    let mut xml = format!("<ErrorResponse xmlns=\"{NAMESPACE}\"><Error><Type>{side}</Type><Code>");
    escape(&mut xml, &error.code);
    xml.push_str("</Code><Message>");
    escape(&mut xml, &error.message);
    xml.push_str(&format!("</Message></Error><RequestId>{request_id}</RequestId></ErrorResponse>\n"));
    xml.into_bytes()
}

fn write(xml: &mut String, value: &Value) {
    match value {
        Value::Null => {}
        Value::Object(map) => {
            for (name, value) in map.iter().filter(|(_, value)| !value.is_null()) {
                xml.push_str(&format!("<{name}>"));
                write(xml, value);
                xml.push_str(&format!("</{name}>"));
            }
        }
        Value::Array(items) => {
            for item in items {
                xml.push_str("<member>");
                write(xml, item);
                xml.push_str("</member>");
            }
        }
        Value::String(text) => escape(xml, text),
        Value::Bool(_) | Value::Number(_) => xml.push_str(&value.to_string()),
    }
}

/// Text in XML. Control characters, which XML 1.0 cannot carry, are left out.
fn escape(xml: &mut String, text: &str) {
    for letter in text.chars() {
        match letter {
            '&' => xml.push_str("&amp;"),
            '<' => xml.push_str("&lt;"),
            '>' => xml.push_str("&gt;"),
            '"' => xml.push_str("&quot;"),
            '\'' => xml.push_str("&apos;"),
            '\n' | '\t' => xml.push(letter),
            other if other.is_control() || matches!(other, '\u{fffe}' | '\u{ffff}') => {}
            other => xml.push(other),
        }
    }
}
