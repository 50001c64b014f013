//! The constraints of request members, from `tables/members.csv`, and AWS's words for a request that breaks them.
//!
//! They are checked on the JSON, before anything else is looked at. What depends on the rulebook or on several members is
//! checked later, by `limits.rs`.

use super::Operation;
use crate::cloud::{ApiError, member_name};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use regex_lite::Regex;
use serde_json::Value;

/// A row of the table.
#[derive(Debug)]
struct MemberRow {
    name: &'static str,
    /// The operations that the row is of; empty for all.
    operations: &'static [Operation],
    kind: Kind,
    min: Option<i64>,
    max: Option<i64>,
    /// AWS's pattern, as its message shows it; empty for none.
    pattern: &'static str,
    /// The values of an enumeration; empty for none.
    values: &'static [&'static str],
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    String,
    Blob,
    Integer,
    Boolean,
    Timestamp,
    Map,
    Structure,
    /// A list of texts.
    Strings,
    /// A list of names from an enumeration.
    Names,
    /// A list of structures.
    Structures,
}

static MEMBERS: &[MemberRow] = include!(concat!(env!("OUT_DIR"), "/kms_members.rs"));

/// Members that AWS's messages do not repeat.
const SENSITIVE: [&str; 3] = ["Plaintext", "KeyStorePassword", "XksProxyAuthenticationCredential"];

/// The constraints of a member of an operation's request.
fn row(operation: Operation, name: &str) -> Option<&'static MemberRow> {
    let first = MEMBERS.partition_point(|row| row.name < name);
    MEMBERS
        .iter()
        .skip(first)
        .take_while(|row| row.name == name)
        .find(|row| row.operations.is_empty() || row.operations.contains(&operation))
}

/// Checks the members of a request against the API model.
///
/// # Errors
/// `SerializationException` for a value of the wrong type; `ValidationException` with all constraints that are broken.
pub(super) fn check(operation: Operation, members: &Value) -> Result<(), ApiError> {
    let Value::Object(given) = members else {
        return Err(wrong_type(members, "a structure"));
    };
    let mut broken = Vec::new();
    for parameter in operation.row().parameters {
        match given.get(parameter.name).filter(|value| !value.is_null()) {
            None if parameter.required => {
                let member = member_name(parameter.name);
                broken.push(format!("Value null at '{member}' failed to satisfy constraint: Member must not be null"));
            }
            None => {}
            Some(value) => {
                if let Some(row) = row(operation, parameter.name) {
                    row.check(value, &mut broken)?;
                }
            }
        }
    }
    match broken.len() {
        0 => Ok(()),
        1 => Err(ApiError::new("ValidationException", format!("1 validation error detected: {}", broken.concat()))),
        count => Err(ApiError::new("ValidationException", format!("{count} validation errors detected: {}", broken.join("; ")))),
    }
}

impl MemberRow {
    fn check(&self, value: &Value, broken: &mut Vec<String>) -> Result<(), ApiError> {
        let unexpected = |what: &str| wrong_type(value, what);
        match (self.kind, value) {
            (Kind::String, Value::String(text)) => self.text(text, broken),
            (Kind::Blob, Value::String(text)) => {
                let bytes = STANDARD.decode(text).map_err(|_| serialization(format!("{} is not valid Base64", self.name)))?;
                self.length(&format!("Value at '{}'", member_name(self.name)), bytes.len(), broken);
            }
            (Kind::Integer, Value::Number(number)) => {
                let number = number.as_i64().ok_or_else(|| unexpected("an Integer"))?;
                let subject = format!("Value '{number}' at '{}'", member_name(self.name));
                if self.min.is_some_and(|min| number < min) {
                    broken.push(violation(&subject, &format!("Member must have value greater than or equal to {}", self.min.unwrap_or(0))));
                }
                if self.max.is_some_and(|max| number > max) {
                    broken.push(violation(&subject, &format!("Member must have value less than or equal to {}", self.max.unwrap_or(0))));
                }
            }
            (Kind::Boolean, Value::Bool(_))
            | (Kind::Timestamp, Value::Number(_) | Value::String(_))
            | (Kind::Structure, Value::Object(_)) => {}
            (Kind::Map, Value::Object(entries)) => {
                // A null is no entry.
                if let Some(other) = entries.values().find(|value| !value.is_string() && !value.is_null()) {
                    return Err(wrong_type(other, "a String"));
                }
            }
            (Kind::Strings | Kind::Names | Kind::Structures, Value::Array(items)) => self.list(items, broken)?,
            (Kind::String | Kind::Blob, _) => return Err(unexpected("a String")),
            (Kind::Integer, _) => return Err(unexpected("an Integer")),
            (Kind::Boolean, _) => return Err(unexpected("a Boolean")),
            (Kind::Timestamp, _) => return Err(unexpected("a Timestamp")),
            (Kind::Map | Kind::Structure, _) => return Err(unexpected("a structure")),
            (Kind::Strings | Kind::Names | Kind::Structures, _) => return Err(unexpected("a list")),
        }
        Ok(())
    }

    fn subject(&self, value: &str) -> String {
        let member = member_name(self.name);
        if SENSITIVE.contains(&self.name) { format!("Value at '{member}'") } else { format!("Value '{value}' at '{member}'") }
    }

    fn text(&self, text: &str, broken: &mut Vec<String>) {
        let subject = self.subject(text);
        if !self.values.is_empty() && !self.values.contains(&text) {
            broken.push(violation(&subject, &format!("Member must satisfy enum value set: [{}]", self.values.join(", "))));
            return;
        }
        self.length(&subject, text.chars().count(), broken);
        // The pattern has to match the whole member, also where it is not anchored.
        let matches = |regex: &Regex| regex.find(text).is_some_and(|found| found.len() == text.len());
        if !self.pattern.is_empty() && !Regex::new(self.pattern).as_ref().is_ok_and(matches) {
            broken.push(violation(&subject, &format!("Member must satisfy regular expression pattern: {}", self.pattern)));
        }
    }

    fn length(&self, subject: &str, length: usize, broken: &mut Vec<String>) {
        let length = i64::try_from(length).unwrap_or(i64::MAX);
        if let Some(min) = self.min.filter(|min| length < *min) {
            broken.push(violation(subject, &format!("Member must have length greater than or equal to {min}")));
        }
        if let Some(max) = self.max.filter(|max| length > *max) {
            broken.push(violation(subject, &format!("Member must have length less than or equal to {max}")));
        }
    }

    fn list(&self, items: &[Value], broken: &mut Vec<String>) -> Result<(), ApiError> {
        let shown = |item: &Value| item.as_str().map_or_else(|| item.to_string(), str::to_owned);
        let all: Vec<String> = items.iter().map(shown).collect();
        let subject = self.subject(&format!("[{}]", all.join(", ")));
        self.length(&subject, items.len(), broken);
        for item in items {
            let fits = if self.kind == Kind::Structures { item.is_object() } else { item.is_string() };
            if !fits {
                return Err(wrong_type(item, if self.kind == Kind::Structures { "a structure" } else { "a String" }));
            }
            if self.kind == Kind::Names && !self.values.iter().any(|known| item.as_str() == Some(known)) {
                let set = format!("Member must satisfy enum value set: [{}]", self.values.join(", "));
                broken.push(violation(&subject, &format!("Member must satisfy constraint: [{set}]")));
                break;
            }
        }
        Ok(())
    }
}

fn serialization(message: impl Into<String>) -> ApiError {
    ApiError::new("SerializationException", message)
}

/// A value where another type was expected: `a String`, `an Integer`, `a Boolean`, `a Timestamp`, `a structure` or `a list`.
///
/// The messages are those of AWS's JSON services.
pub(super) fn wrong_type(found: &Value, expected: &str) -> ApiError {
    let name = match found {
        Value::Object(_) => return serialization("Start of structure or map found where not expected."),
        Value::Array(_) => return serialization("Start of list found where not expected"),
        _ if expected == "a list" => return serialization("Expected list or null"),
        _ if expected == "a structure" => return serialization("Expected null"),
        Value::Number(_) => "NUMBER",
        Value::Bool(true) => "TRUE",
        Value::Bool(false) => "FALSE",
        Value::String(_) => "STRING",
        Value::Null => "NULL",
    };
    serialization(format!("{name}_VALUE can not be converted to {expected}"))
}

fn violation(subject: &str, constraint: &str) -> String {
    format!("{subject} failed to satisfy constraint: {constraint}")
}

/// A value of a member that the API model accepts.
#[cfg(test)]
pub(super) fn example(operation: Operation, name: &str) -> Value {
    let row = row(operation, name).unwrap_or_else(|| panic!("{name} has no row"));
    match row.kind {
        Kind::String if name.ends_with("Region") => Value::from("us-west-2"),
        Kind::String => row.values.first().map_or_else(|| Value::from("x"), |first| Value::from(*first)),
        Kind::Blob => Value::from("aGk="),
        Kind::Integer => Value::from(row.min.unwrap_or(90)),
        Kind::Boolean => Value::Bool(true),
        Kind::Timestamp => Value::from(1_800_000_000),
        Kind::Map | Kind::Structure => serde_json::json!({}),
        Kind::Names => row.values.first().map_or_else(|| serde_json::json!([]), |first| serde_json::json!([first])),
        Kind::Strings | Kind::Structures => serde_json::json!([]),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kms::OPERATIONS;
    use serde_json::json;

    fn refused(operation: Operation, members: Value) -> String {
        check(operation, &members).unwrap_err().to_string()
    }

    #[test]
    fn every_member_of_every_operation_has_a_row_and_every_pattern_compiles() {
        assert!(MEMBERS.windows(2).all(|rows| rows[0].name <= rows[1].name));
        for operation in OPERATIONS {
            for parameter in operation.parameters {
                let row = row(operation.operation, parameter.name);
                assert!(row.is_some(), "{}.{}", operation.name, parameter.name);
                assert!(Regex::new(row.unwrap().pattern).is_ok(), "{}", parameter.name);
            }
        }
    }

    #[test]
    fn messages_are_awss() {
        assert_eq!(
            refused(Operation::ListKeys, json!({"Limit": 1001})),
            "ValidationException: 1 validation error detected: Value '1001' at 'limit' failed to satisfy constraint: Member must have value less than or equal to 1000"
        );
        let both = refused(Operation::CreateAlias, json!({"AliasName": "a b"}));
        assert!(both.contains("2 validation errors detected") && both.contains("^[a-zA-Z0-9:/_-]+$"), "{both}");
        let usage = refused(Operation::CreateKey, json!({"KeyUsage": "FUN"}));
        assert!(usage.contains("Value 'FUN' at 'keyUsage'") && usage.contains("enum value set: [SIGN_VERIFY, "), "{usage}");
        let grant = refused(Operation::CreateGrant, json!({"KeyId": "k", "Operations": ["Decrypt", "Eat"]}));
        assert!(grant.contains("Value '[Decrypt, Eat]' at 'operations'"), "{grant}");
        let empty = refused(Operation::Encrypt, json!({"KeyId": "k", "Plaintext": ""}));
        assert!(empty.contains("Value at 'plaintext'") && empty.contains("greater than or equal to 1"), "{empty}");
    }

    #[test]
    fn a_wrong_type_is_no_constraint() {
        for (name, value, message) in [
            ("KeyId", json!(1), "NUMBER_VALUE can not be converted to a String"),
            ("KeyId", json!(["k"]), "Start of list found where not expected"),
            ("Plaintext", json!("*"), "Plaintext is not valid Base64"),
            ("Plaintext", json!(true), "TRUE_VALUE can not be converted to a String"),
            ("GrantTokens", json!("t"), "Expected list or null"),
            ("GrantTokens", json!([{}]), "Start of structure or map found where not expected."),
            ("EncryptionContext", json!({"a": 1}), "NUMBER_VALUE can not be converted to a String"),
            ("EncryptionContext", json!(0), "Expected null"),
            ("DryRun", json!("yes"), "STRING_VALUE can not be converted to a Boolean"),
        ] {
            let mut members = json!({"KeyId": "k", "Plaintext": "aGk="});
            members[name] = value;
            assert_eq!(refused(Operation::Encrypt, members), format!("SerializationException: {message}"), "{name}");
        }
        assert!(refused(Operation::Encrypt, json!([])).ends_with("Start of list found where not expected"));
    }
}
