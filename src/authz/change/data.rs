//! A change as data: what is done to which policy, grant, request or key.

use super::edit::{PolicyEdit, StatementEdit};
use super::names::few;
use crate::authz::{PAIR, PolicyPlace, Values};
use crate::diag::Span;
use crate::kms::EncryptionContext;
use serde_json::{Value, json};

/// One change of what decides a request, or of the request itself.
#[derive(Clone, Debug, PartialEq)]
pub enum Change {
    /// Of a policy.
    Policy(PolicyChange),
    /// A grant on a key.
    CreateGrant {
        /// The ARN of the key.
        key: String,
        /// Whom it allows.
        grantee: String,
        /// What it allows, without the `kms:`.
        operation: &'static str,
        /// The encryption context that it is limited to; empty for no limit.
        context: EncryptionContext,
    },
    /// A grant less.
    RevokeGrant {
        /// The ARN of the key.
        key: String,
        /// Its id.
        id: String,
    },
    /// The request carries a condition key with this value.
    SetKey(String, Values),
    /// The request does not carry a condition key.
    UnsetKey(String),
    /// Switches a key on: its ARN.
    EnableKey(String),
    /// Switches a key off: its ARN.
    DisableKey(String),
    /// Takes the scheduled deletion of a key back, which leaves it disabled: its ARN.
    CancelKeyDeletion(String),
}

/// A change of a policy.
#[derive(Clone, Debug, PartialEq)]
pub struct PolicyChange {
    /// Which policy.
    pub place: PolicyPlace,
    /// The ARN of the key that the request is about: of a request with two keys, the one whose policies are meant.
    pub key: String,
    /// What the policy is called: `key policy of lake`. Of a new policy, whom it is attached to.
    pub policy: String,
    /// What the statement is called, of an edit inside one: `statement "Use"`.
    pub statement: Option<String>,
    /// Where that statement stands in the author's file.
    pub span: Option<Span>,
    /// What is done.
    pub edit: PolicyEdit,
}

impl Change {
    /// Whether it changes the request, and not what decides about it.
    #[must_use]
    pub fn is_of_request(&self) -> bool {
        match self {
            Change::SetKey(..) | Change::UnsetKey(_) => true,
            Change::Policy(_)
            | Change::CreateGrant { .. }
            | Change::RevokeGrant { .. }
            | Change::EnableKey(_)
            | Change::DisableKey(_)
            | Change::CancelKeyDeletion(_) => false,
        }
    }

    /// The change of a policy that it is, if it is one.
    #[must_use]
    pub fn of_policy(&self) -> Option<&PolicyChange> {
        if let Change::Policy(change) = self { Some(change) } else { None }
    }

    /// What to do, in words: a clause that begins with a verb.
    #[must_use]
    pub fn describe(&self) -> String {
        match self {
            Change::Policy(change) => change.describe(),
            Change::CreateGrant { grantee, operation, context, .. } => {
                let limit = match context.len() {
                    0 => String::new(),
                    _ => {
                        let pairs: Vec<String> = context.iter().map(|(name, value)| format!("{name}={value}")).collect();
                        format!(", for the encryption context {}", few(&pairs, 3))
                    }
                };
                format!("create a grant that lets {grantee} use {operation}{limit}")
            }
            Change::RevokeGrant { id, .. } => match id.starts_with('/') {
                true => format!("revoke the grant at {id}"),
                false => format!("revoke grant {}…", id.get(..8).unwrap_or(id)),
            },
            Change::SetKey(key, values) => match (key.strip_prefix(PAIR), values) {
                (Some(name), Values::One(value)) => format!("call with {name}={value} in the encryption context"),
                (None, Values::One(value)) if key.eq_ignore_ascii_case("kms:ViaService") => format!("call through the service, as {value}"),
                (_, Values::One(value)) => format!("call with {key} = {value}"),
                (_, Values::Many(values)) => format!("call with {key} = {}", few(values, 3)),
            },
            Change::UnsetKey(key) => match key.strip_prefix(PAIR) {
                Some(name) => format!("call without {name} in the encryption context"),
                None if key.eq_ignore_ascii_case("kms:ViaService") => "call KMS directly, not through a service".to_owned(),
                None => format!("call without {key}"),
            },
            Change::EnableKey(_) => "enable the key".to_owned(),
            Change::DisableKey(_) => "disable the key".to_owned(),
            Change::CancelKeyDeletion(_) => "cancel the deletion of the key".to_owned(),
        }
    }

    /// For programs: `kind` and what belongs to it.
    #[must_use]
    pub fn to_json(&self) -> Value {
        let mut json = match self {
            Change::Policy(change) => {
                let policy = change.place.to_string();
                match &change.edit {
                    PolicyEdit::Statement(index, _) => json!({"kind": "edit-statement", "policy": policy, "statement": index}),
                    PolicyEdit::Remove(index) => json!({"kind": "remove-statement", "policy": policy, "statement": index}),
                    PolicyEdit::Add(new) => json!({"kind": "add-statement", "policy": policy, "add": new}),
                    PolicyEdit::New(new) => json!({"kind": "add-policy", "policy": policy, "add": new}),
                }
            }
            Change::CreateGrant { key, grantee, operation, context } => {
                json!({"kind": "create-grant", "key": key, "grantee": grantee, "operations": [operation], "encryptionContextEquals": context})
            }
            Change::RevokeGrant { key, id } => json!({"kind": "revoke-grant", "key": key, "grant": id}),
            Change::SetKey(key, Values::One(value)) => json!({"kind": "set-condition-key", "conditionKey": key, "value": value}),
            Change::SetKey(key, Values::Many(values)) => json!({"kind": "set-condition-key", "conditionKey": key, "value": values}),
            Change::UnsetKey(key) => json!({"kind": "unset-condition-key", "conditionKey": key}),
            Change::EnableKey(key) => json!({"kind": "enable-key", "key": key}),
            Change::DisableKey(key) => json!({"kind": "disable-key", "key": key}),
            Change::CancelKeyDeletion(key) => json!({"kind": "cancel-key-deletion", "key": key}),
        };
        if let Some(members) = json.as_object_mut() {
            members.insert("text".to_owned(), json!(self.describe()));
        }
        json
    }
}

impl PolicyChange {
    fn describe(&self) -> String {
        let policy = &self.policy;
        let place = || format!("{} of the {policy}", self.statement.as_deref().unwrap_or("a statement"));
        let edit = match &self.edit {
            PolicyEdit::Add(statement) => return format!("add a statement to the {policy}: {}", summary(statement)),
            PolicyEdit::New(statement) => return format!("attach a policy to {policy}: {}", summary(statement)),
            PolicyEdit::Remove(_) => return format!("remove {}", place()),
            PolicyEdit::Statement(_, edit) => edit,
        };
        match edit {
            StatementEdit::AddTo(element, text) => match element.name().strip_prefix("Not") {
                None => format!("add {text} to {}", place()),
                Some(_) => format!("add {text} to the {} of {}", element.name(), place()),
            },
            StatementEdit::TakeFrom(element, text) => match element.name().strip_prefix("Not") {
                None => format!("take {text} out of {}", place()),
                Some(_) => format!("take {text} out of the {} of {}", element.name(), place()),
            },
            StatementEdit::ExceptResource(resource) => format!("except {resource} from {} (NotResource)", place()),
            StatementEdit::AddPrincipal(_, name) => format!("add {name} to the principals of {}", place()),
            StatementEdit::TakePrincipal(_, name) => format!("take {name} out of the principals of {}", place()),
            StatementEdit::ExceptPrincipals(_, names) => format!("except {} from {} (NotPrincipal)", few(names, 3), place()),
            StatementEdit::AddCondition(operator, key, values) => {
                format!("add {operator} {key} = {} to the conditions of {}", few(values, 3), place())
            }
            StatementEdit::TakeValue(operator, key, value) => format!("take {value} out of the condition {operator} {key} of {}", place()),
            StatementEdit::DropCondition(operator, key) => format!("drop the condition {operator} {key} of {}", place()),
        }
    }
}

/// A statement that was made here, in a few words.
fn summary(statement: &Value) -> String {
    let text = |name: &str| statement.get(name).and_then(Value::as_str).unwrap_or_default();
    let verb = if text("Effect") == "Deny" { "deny" } else { "allow" };
    let principal = statement.get("Principal").and_then(Value::as_object).and_then(|kinds| kinds.values().next()).and_then(Value::as_str);
    let whom = principal.map(|name| format!(" {name}")).unwrap_or_default();
    let resource = text("Resource");
    let on = if resource == "*" { String::new() } else { format!(" on {resource}") };
    let conditions = statement.get("Condition").and_then(Value::as_object);
    let keys: Vec<String> = conditions
        .into_iter()
        .flat_map(|operators| operators.values())
        .filter_map(Value::as_object)
        .flatten()
        .map(|(key, value)| format!("{key} = {}", value.as_str().map_or_else(|| value.to_string(), str::to_owned)))
        .collect();
    let only = if keys.is_empty() { String::new() } else { format!(", if {}", few(&keys, 3)) };
    format!("{verb}{whom} {}{on}{only}", text("Action"))
}
