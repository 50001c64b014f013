//! Filter patterns of CloudWatch Logs: what metric filters, `FilterLogEvents` and the trail are searched with.
//!
//! ```text
//! "{ $.eventName = \"Decrypt\" && $.errorCode = * }" -parse-> FilterPattern -matches-> yes or no
//! json.rs      patterns of JSON events, in braces
//! selector.rs  $.a.b[0].['c.d']
//! operand.rs   what a value is compared with
//! terms.rs     patterns of plain text: terms, phrases, ?either ?or, -without
//! cursor.rs    reading a pattern from left to right
//! ```
//!
//! Not taken: patterns of space-delimited fields, in square brackets. CloudTrail's events are JSON.
//!
//! Source: "Filter pattern syntax for metric filters, subscription filters, filter log events, and Live Tail", Amazon
//! CloudWatch Logs User Guide.

mod cursor;
mod json;
mod operand;
mod selector;
mod terms;
#[cfg(test)]
mod tests;

pub use selector::Selector;

use cursor::Cursor;
use json::Condition;
use serde_json::Value;
use std::fmt;
use terms::Terms;

/// Most characters of a pattern (`PutMetricFilter`, Amazon CloudWatch Logs API Reference).
const MOST: usize = 1024;

/// A filter pattern, read.
#[derive(Clone, Debug)]
pub struct FilterPattern {
    text: String,
    kind: Kind,
}

#[derive(Clone, Debug)]
enum Kind {
    /// The empty pattern.
    Everything,
    Json(Condition),
    Terms(Terms),
}

/// What is wrong with a pattern, and where.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FilterError {
    /// In a few words.
    pub message: String,
    /// The character at which it shows, counted from 0.
    pub at: usize,
}

impl fmt::Display for FilterError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "column {}: {}", self.at + 1, self.message)
    }
}

impl std::error::Error for FilterError {}

impl FilterPattern {
    /// Reads a pattern.
    ///
    /// # Errors
    /// The first mistake, with its column.
    pub fn parse(text: &str) -> Result<Self, FilterError> {
        if text.chars().count() > MOST {
            return Err(FilterError { message: format!("a pattern has at most {MOST} characters"), at: MOST });
        }
        let mut cursor = Cursor::new(text);
        cursor.skip_space();
        let kind = match cursor.peek() {
            None => Kind::Everything,
            Some('{') => Kind::Json(json::read(&mut cursor)?),
            Some('[') => return Err(cursor.error("patterns of space-delimited fields are not in the model")),
            Some(_) => Kind::Terms(terms::read(&mut cursor)?),
        };
        Ok(FilterPattern { text: text.to_owned(), kind })
    }

    /// The pattern as it was written.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Whether an event of a log matches.
    #[must_use]
    pub fn matches(&self, message: &str) -> bool {
        match &self.kind {
            Kind::Everything => true,
            Kind::Json(condition) => serde_json::from_str(message).is_ok_and(|event: Value| event.is_object() && condition.holds(&event)),
            Kind::Terms(terms) => terms.match_text(message),
        }
    }

    /// The same for an event that is there as JSON.
    #[must_use]
    pub fn matches_json(&self, event: &Value) -> bool {
        match &self.kind {
            Kind::Everything => true,
            Kind::Json(condition) => condition.holds(event),
            Kind::Terms(terms) => terms.match_text(&event.to_string()),
        }
    }
}
