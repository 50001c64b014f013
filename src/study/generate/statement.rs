//! A policy statement, in the two forms that an item needs: the document, and a line that people read.

use serde_json::{Map, Value, json};

/// A statement that a family has drawn.
#[derive(Clone, Debug, Default)]
pub(super) struct Statement {
    pub(super) sid: &'static str,
    pub(super) deny: bool,
    pub(super) actions: Vec<&'static str>,
    /// The ARN under `Principal`; nothing in policies that name nobody.
    pub(super) principal: Option<String>,
    /// The ARN under `Resource`, in which a key stands by its label; nothing for `*`.
    pub(super) resource: Option<String>,
    /// Operator, key and values.
    pub(super) conditions: Vec<(&'static str, String, Vec<String>)>,
}

impl Statement {
    pub(super) fn allow(sid: &'static str, actions: &[&'static str]) -> Self {
        Statement { sid, actions: actions.to_vec(), ..Statement::default() }
    }

    pub(super) fn deny(sid: &'static str, actions: &[&'static str]) -> Self {
        Statement { deny: true, ..Statement::allow(sid, actions) }
    }

    pub(super) fn to(self, principal: impl Into<String>) -> Self {
        Statement { principal: Some(principal.into()), ..self }
    }

    pub(super) fn on(self, resource: impl Into<String>) -> Self {
        Statement { resource: Some(resource.into()), ..self }
    }

    pub(super) fn when(mut self, operator: &'static str, key: impl Into<String>, value: impl Into<String>) -> Self {
        self.conditions.push((operator, key.into(), vec![value.into()]));
        self
    }

    fn effect(&self) -> &'static str {
        if self.deny { "Deny" } else { "Allow" }
    }

    /// As it stands in a document.
    pub(super) fn json(&self) -> Value {
        let mut map = Map::new();
        let mut put = |name: &str, value: Value| map.insert(name.to_owned(), value);
        if !self.sid.is_empty() {
            put("Sid", json!(self.sid));
        }
        put("Effect", json!(self.effect()));
        if let Some(principal) = &self.principal {
            put("Principal", if principal == "*" { json!("*") } else { json!({ "AWS": principal }) });
        }
        put("Action", json!(self.actions));
        put("Resource", json!(self.resource.as_deref().unwrap_or("*")));
        if !self.conditions.is_empty() {
            let mut operators = Map::new();
            for (operator, key, values) in &self.conditions {
                let block = operators.entry((*operator).to_owned()).or_insert_with(|| Value::Object(Map::new()));
                if let Value::Object(block) = block {
                    block.insert(key.clone(), one_or_many(values));
                }
            }
            put("Condition", Value::Object(operators));
        }
        Value::Object(map)
    }

    /// As a line: effect, actions, whom, on what, under which conditions.
    pub(super) fn line(&self) -> String {
        let mut text = format!("{} {}", self.effect(), self.actions.join(", "));
        if let Some(principal) = &self.principal {
            text.push_str(&format!("; Principal {principal}"));
        }
        text.push_str(&format!("; Resource {}", self.resource.as_deref().unwrap_or("*")));
        for (operator, key, values) in &self.conditions {
            text.push_str(&format!("; Condition {operator} {key} = {}", values.join(" or ")));
        }
        text
    }

    /// As a shorter line, for items in which all is in one account: of an ARN only what stands behind the account.
    fn short_line(&self) -> String {
        let last = |arn: &str| arn.rsplit(':').next().unwrap_or(arn).to_owned();
        let mut text = format!("- {}: {} {}", self.sid, self.effect(), self.actions.join(", "));
        if let Some(principal) = &self.principal {
            text.push_str(&format!(" to {}", last(principal)));
        }
        if let Some(resource) = &self.resource {
            text.push_str(&format!(" on {}", last(resource)));
        }
        for (operator, key, values) in &self.conditions {
            text.push_str(&format!(" if {operator} {key} = {}", values.join(" or ")));
        }
        text
    }

    /// The same behind its name.
    pub(super) fn named_line(&self) -> String {
        format!("- {}: {}", self.sid, self.line())
    }
}

fn one_or_many(values: &[String]) -> Value {
    match values {
        [one] => json!(one),
        many => json!(many),
    }
}

/// Statements, one a line.
pub(super) fn lines(statements: &[Statement]) -> String {
    statements.iter().map(Statement::named_line).collect::<Vec<_>>().join("\n")
}

/// Statements, one a short line.
pub(super) fn short_lines(statements: &[Statement]) -> String {
    statements.iter().map(Statement::short_line).collect::<Vec<_>>().join("\n")
}

/// Statements as a list of a document.
pub(super) fn list(statements: &[Statement]) -> Value {
    statements.iter().map(Statement::json).collect()
}

/// Statements as a document.
pub(super) fn document(statements: &[Statement]) -> Value {
    json!({"Version": "2012-10-17", "Statement": list(statements)})
}
