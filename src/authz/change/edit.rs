//! Edits of policy documents, as data: what to write where, applied to the JSON that the author has.

use serde_json::{Map, Value, json};

/// An edit of one policy document.
#[derive(Clone, Debug, PartialEq)]
pub enum PolicyEdit {
    /// An edit inside a statement, by its place from 0.
    Statement(usize, StatementEdit),
    /// One more statement.
    Add(Value),
    /// A policy of its own with one statement, beside those that are there.
    New(Value),
    /// A statement less, by its place from 0.
    Remove(usize),
}

/// An element of a statement that is a list of texts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs, reason = "AWS's names")]
pub enum ListElement {
    Action,
    NotAction,
    Resource,
    NotResource,
}

impl ListElement {
    /// AWS's name for it.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            ListElement::Action => "Action",
            ListElement::NotAction => "NotAction",
            ListElement::Resource => "Resource",
            ListElement::NotResource => "NotResource",
        }
    }
}

/// An edit inside a statement.
#[derive(Clone, Debug, PartialEq)]
pub enum StatementEdit {
    /// One more action or resource.
    AddTo(ListElement, String),
    /// An action or resource less; it stands there letter by letter.
    TakeFrom(ListElement, String),
    /// Everything but this resource instead of every resource.
    ExceptResource(String),
    /// One more principal: `AWS` or `Service`, and its name.
    AddPrincipal(&'static str, String),
    /// A principal less.
    TakePrincipal(&'static str, String),
    /// More principals under NotPrincipal; everyone but these instead of everyone.
    ExceptPrincipals(&'static str, Vec<String>),
    /// A condition, or more values for one that is there: operator, key, values.
    AddCondition(String, String, Vec<String>),
    /// A value of a condition less: operator, key, value.
    TakeValue(String, String, String),
    /// A condition less: operator and key.
    DropCondition(String, String),
}

/// The document after an edit; nothing, if the edit does not fit it.
#[must_use]
pub(super) fn edited(document: &Value, edit: &PolicyEdit) -> Option<Value> {
    let mut document = document.clone();
    let statements = document.as_object_mut()?.get_mut("Statement")?;
    if !statements.is_array() {
        *statements = Value::Array(vec![statements.take()]);
    }
    let list = statements.as_array_mut()?;
    match edit {
        PolicyEdit::Statement(index, edit) => edit_statement(list.get_mut(*index)?.as_object_mut()?, edit)?,
        PolicyEdit::Add(statement) => list.push(statement.clone()),
        PolicyEdit::New(_) => return None,
        PolicyEdit::Remove(index) => {
            list.get(*index)?;
            list.remove(*index);
        }
    }
    Some(document)
}

/// A policy with one statement.
#[must_use]
pub(super) fn document(statement: &Value) -> Value {
    json!({"Version": "2012-10-17", "Statement": [statement]})
}

fn edit_statement(statement: &mut Map<String, Value>, edit: &StatementEdit) -> Option<()> {
    match edit {
        StatementEdit::AddTo(element, text) => add(statement.get_mut(element.name())?, text),
        StatementEdit::TakeFrom(element, text) => take(statement.get_mut(element.name())?, text),
        StatementEdit::ExceptResource(resource) => {
            if statement.get("Resource") != Some(&json!("*")) && statement.get("Resource") != Some(&json!(["*"])) {
                return None;
            }
            rename(statement, "Resource", "NotResource", &json!(resource));
            Some(())
        }
        StatementEdit::AddPrincipal(kind, name) => {
            let principal = statement.get_mut("Principal")?.as_object_mut()?;
            add(principal.entry(*kind).or_insert_with(|| json!([])), name)
        }
        StatementEdit::TakePrincipal(kind, name) => {
            let principal = statement.get_mut("Principal")?.as_object_mut()?;
            // Nobody is left under this kind; the statement then needs another.
            if principal.len() > 1 && principal.get(*kind)?.as_str() == Some(name) {
                return principal.shift_remove(*kind).map(|_| ());
            }
            take(principal.get_mut(*kind)?, name)
        }
        StatementEdit::ExceptPrincipals(kind, names) => {
            if statement.get("Principal") == Some(&json!("*")) {
                rename(statement, "Principal", "NotPrincipal", &json!({}));
            }
            let principal = statement.get_mut("NotPrincipal")?.as_object_mut()?;
            let list = principal.entry(*kind).or_insert_with(|| json!([]));
            names.iter().try_for_each(|name| add(list, name))
        }
        StatementEdit::AddCondition(operator, key, values) => {
            let conditions = statement.entry("Condition").or_insert_with(|| json!({})).as_object_mut()?;
            let of_operator = conditions.entry(operator.as_str()).or_insert_with(|| json!({})).as_object_mut()?;
            let list = of_operator.entry(key.as_str()).or_insert_with(|| json!([]));
            values.iter().try_for_each(|value| add(list, value))?;
            if let Value::Array(items) = list
                && let [only] = items.as_slice()
            {
                *list = only.clone();
            }
            Some(())
        }
        StatementEdit::TakeValue(operator, key, value) => {
            take(statement.get_mut("Condition")?.get_mut(operator.as_str())?.get_mut(key.as_str())?, value)
        }
        StatementEdit::DropCondition(operator, key) => {
            let conditions = statement.get_mut("Condition")?.as_object_mut()?;
            let of_operator = conditions.get_mut(operator.as_str())?.as_object_mut()?;
            of_operator.shift_remove(key.as_str())?;
            if of_operator.is_empty() {
                conditions.shift_remove(operator.as_str());
            }
            if conditions.is_empty() {
                statement.shift_remove("Condition");
            }
            Some(())
        }
    }
}

/// Puts another element in the place of one, so that the statement reads as before.
fn rename(statement: &mut Map<String, Value>, old: &str, new: &str, value: &Value) {
    let renamed = std::mem::take(statement).into_iter();
    *statement = renamed.map(|(name, present)| if name == old { (new.to_owned(), value.clone()) } else { (name, present) }).collect();
}

/// Adds a text to a list, or to the one text that stands for a list.
fn add(list: &mut Value, text: &str) -> Option<()> {
    match list {
        Value::Array(items) => items.push(json!(text)),
        Value::String(_) | Value::Bool(_) | Value::Number(_) => *list = json!([list.take(), text]),
        Value::Null | Value::Object(_) => return None,
    }
    Some(())
}

/// Takes a text out of a list that holds others, too: an empty list would say something else.
fn take(list: &mut Value, text: &str) -> Option<()> {
    let items = list.as_array_mut()?;
    let at = items.iter().position(|item| item.as_str() == Some(text))?;
    (items.len() > 1).then(|| items.remove(at)).map(|_| ())
}
