//! The normal form of a policy: one of the many ways to write the same document.
//!
//! Lists instead of single values, sorted and without repetitions; the root ARN for an account id; names of actions in
//! lower case; condition keys in lower case. Two policies with the same normal form decide every request alike; that
//! two with different ones do not, nobody says.

use super::policy::Policy;
use serde_json::{Map, Value, json};
use std::collections::{BTreeMap, BTreeSet};

impl Policy {
    /// The document in its normal form. The order of statements is kept: it decides nothing, but people gave it.
    #[must_use]
    pub fn normal_form(&self) -> Value {
        let document = &*self.document;
        let statements: Vec<Value> = one_or_many(document.get("Statement")).into_iter().map(statement).collect();
        let mut normal = Map::new();
        normal.insert("Version".to_owned(), document.get("Version").cloned().unwrap_or_else(|| json!("2008-10-17")));
        normal.extend(document.get("Id").map(|id| ("Id".to_owned(), id.clone())));
        normal.insert("Statement".to_owned(), Value::Array(statements));
        Value::Object(normal)
    }
}

fn one_or_many(value: Option<&Value>) -> Vec<&Value> {
    match value {
        Some(Value::Array(items)) => items.iter().collect(),
        Some(one) => vec![one],
        None => Vec::new(),
    }
}

/// Booleans and numbers mean their text.
fn text(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::Array(_) | Value::Object(_) => value.to_string(),
    }
}

fn sorted(value: &Value, fold: fn(String) -> String) -> Value {
    let texts: BTreeSet<String> = one_or_many(Some(value)).into_iter().map(|value| fold(text(value))).collect();
    json!(texts)
}

fn statement(statement: &Value) -> Value {
    let keep = |text: String| text;
    let mut normal = BTreeMap::new();
    for (name, value) in statement.as_object().into_iter().flatten() {
        let value = match name.as_str() {
            "Action" | "NotAction" => sorted(value, |text| text.to_ascii_lowercase()),
            "Resource" | "NotResource" => sorted(value, keep),
            "Principal" | "NotPrincipal" => principal(value),
            "Condition" => condition(value),
            _ => value.clone(),
        };
        normal.insert(name.clone(), value);
    }
    json!(normal)
}

fn principal(value: &Value) -> Value {
    let root = |text: String| {
        let is_account = text.len() == 12 && text.bytes().all(|byte| byte.is_ascii_digit());
        if is_account { format!("arn:aws:iam::{text}:root") } else { text }
    };
    match value {
        Value::Object(kinds) => json!(kinds.iter().map(|(kind, names)| (kind.clone(), sorted(names, root))).collect::<BTreeMap<_, _>>()),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) | Value::Array(_) => json!({"AWS": sorted(value, root)}),
    }
}

fn condition(value: &Value) -> Value {
    let mut operators: BTreeMap<String, BTreeMap<String, Value>> = BTreeMap::new();
    for (operator, keys) in value.as_object().into_iter().flatten() {
        for (key, values) in keys.as_object().into_iter().flatten() {
            let keys = operators.entry(operator.clone()).or_default();
            // Two spellings of one key in one operator are two conditions: they stay as they are.
            let folded = key.to_lowercase();
            let name = if keys.contains_key(&folded) { key.clone() } else { folded };
            keys.insert(name, sorted(values, |text| text));
        }
    }
    json!(operators)
}
