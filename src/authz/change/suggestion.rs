//! A set of changes that was tried and had its effect, for people and programs.

use super::data::{Change, PolicyChange};
use super::edit::PolicyEdit;
use super::probe::Opened;
use super::search::with_all;
use super::tried::{Tried, Wanted};
use crate::authz::PolicyPlace;
use crate::diag::Span;
use serde_json::{Value, json};

/// What would turn a decision.
#[derive(Clone, Debug, PartialEq)]
pub struct Suggestion {
    /// The changes, all of which it takes. Empty for advice.
    pub changes: Vec<Change>,
    /// What turns with it besides the request that was asked, as far as requests like it tell.
    pub opens: Vec<Opened>,
    /// The policies that it touches, as they are afterwards.
    pub policies: Vec<ChangedPolicy>,
    /// What would help where no change of policies does. It was not tried.
    pub advice: Option<String>,
    wanted: Wanted,
}

/// A policy after a change.
#[derive(Clone, Debug, PartialEq)]
pub struct ChangedPolicy {
    /// Which.
    pub place: PolicyPlace,
    /// The whole document.
    pub document: Value,
    /// The statement that was added or edited; nothing where one was removed.
    pub statement: Option<Value>,
    /// Where the statement that was edited or removed stands in the author's file.
    pub span: Option<Span>,
}

impl Suggestion {
    /// What was tried, with what it opens besides.
    pub(super) fn tried(after: &impl Tried, changes: Vec<Change>, opens: Vec<Opened>, wanted: Wanted) -> Self {
        let policies = changes.iter().filter_map(Change::of_policy).filter_map(|change| changed_policy(after, change, &changes));
        Suggestion { policies: policies.collect(), changes, opens, advice: None, wanted }
    }

    /// What would help where no change does.
    pub(super) fn advice(text: String) -> Self {
        Suggestion { changes: Vec::new(), opens: Vec::new(), policies: Vec::new(), advice: Some(text), wanted: Wanted::Allow }
    }

    /// What was tried with all its changes; nothing, if they do not fit it.
    #[must_use]
    pub fn after<T: Tried>(&self, tried: &T) -> Option<T> {
        with_all(tried, &self.changes)
    }

    /// Whether the request that was asked is all that turns.
    #[must_use]
    pub fn is_exact(&self) -> bool {
        self.advice.is_none() && self.opens.is_empty()
    }

    /// How much more than the asked turns.
    pub(super) fn weight(&self) -> usize {
        self.opens.iter().map(|opened| opened.actions.len().max(1)).sum()
    }

    /// In one line: what to do, and what else it does.
    #[must_use]
    pub fn describe(&self) -> String {
        if let Some(advice) = &self.advice {
            return advice.clone();
        }
        let changes: Vec<String> = self.changes.iter().map(Change::describe).collect();
        let mut text = changes.join(", and ");
        if let Some(besides) = self.besides() {
            text.push_str("; ");
            text.push_str(&besides);
        }
        text
    }

    /// What else it lets through or stops, as a clause.
    #[must_use]
    pub fn besides(&self) -> Option<String> {
        let texts: Vec<String> = self.opens.iter().map(Opened::describe).collect();
        let verb = if self.wanted == Wanted::Allow { "also allows" } else { "also stops" };
        (!texts.is_empty()).then(|| format!("{verb} {}", super::names::few(&texts, 3)))
    }

    /// For programs.
    #[must_use]
    pub fn to_json(&self) -> Value {
        let policies: Vec<Value> = self
            .policies
            .iter()
            .map(|policy| json!({"policy": policy.place.to_string(), "document": policy.document, "statement": policy.statement}))
            .collect();
        json!({
            "text": self.describe(),
            "tried": self.advice.is_none(),
            "exact": self.is_exact(),
            "changes": self.changes.iter().map(Change::to_json).collect::<Vec<_>>(),
            "opens": self.opens.iter().map(Opened::to_json).collect::<Vec<_>>(),
            "policies": policies,
        })
    }
}

/// The policy that a change left behind.
fn changed_policy(after: &impl Tried, change: &PolicyChange, all: &[Change]) -> Option<ChangedPolicy> {
    let span = change.span;
    let (document, statement) = match &change.edit {
        PolicyEdit::New(statement) => (super::edit::document(statement), Some(statement.clone())),
        PolicyEdit::Add(statement) => (after.policy(change.place, &change.key)?.to_json(), Some(statement.clone())),
        PolicyEdit::Remove(_) => (after.policy(change.place, &change.key)?.to_json(), None),
        PolicyEdit::Statement(index, _) => {
            let document = after.policy(change.place, &change.key)?.to_json();
            let here = all.iter().filter_map(Change::of_policy).filter(|other| other.place == change.place && other.key == change.key);
            let gone = here.filter(|other| matches!(other.edit, PolicyEdit::Remove(at) if at < *index)).count();
            let statement = document.get("Statement").and_then(|list| list.get(index.saturating_sub(gone))).cloned();
            (document, statement)
        }
    };
    Some(ChangedPolicy { place: change.place, document, statement, span })
}
