//! What is known of the condition keys of KMS, from `tables/condition_keys.csv`.

use crate::iam::{ConditionKey, ValueType};

/// A row of the table of condition keys.
#[derive(Clone, Copy, Debug)]
pub struct ConditionKeyRow {
    /// `kms:ViaService`; with a colon or slash at the end, a name of the author's own follows.
    pub name: &'static str,
    /// The type of its values.
    pub value_type: ValueType,
    /// Whether a request may carry several values.
    pub multivalued: bool,
    /// The actions whose requests may carry it, in alphabetical order.
    pub actions: &'static [&'static str],
    /// Those of them whose requests always carry it.
    pub always: &'static [&'static str],
    /// What its values look like.
    pub shape: ValueShape,
    /// All values that there are; empty where they are many.
    pub values: &'static [&'static str],
}

/// What the values of a condition key look like.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ValueShape {
    /// Nothing is known of them.
    Any,
    /// Twelve digits.
    Account,
    /// `alias/name`: no ARN.
    AliasName,
    /// The code of a Region.
    Region,
    /// `s3.us-east-1.amazonaws.com`.
    ViaService,
}

/// Every condition key of KMS, and the global keys for tags, which say what KMS sets them on.
pub static CONDITION_KEYS: &[ConditionKeyRow] = include!(concat!(env!("OUT_DIR"), "/kms_condition_keys.rs"));

impl ConditionKeyRow {
    /// The row of a key that a policy names.
    #[must_use]
    pub fn of(key: &ConditionKey) -> Option<&'static ConditionKeyRow> {
        CONDITION_KEYS.iter().find(|row| match row.name.strip_suffix([':', '/']) {
            Some(name) => name.eq_ignore_ascii_case(&key.name) && key.suffix.as_deref().is_some_and(|suffix| !suffix.is_empty()),
            None => row.name.eq_ignore_ascii_case(&key.written),
        })
    }

    /// Whether requests for an action may carry it; the action in AWS's spelling.
    #[must_use]
    pub fn is_set_by(&self, action: &str) -> bool {
        self.actions.binary_search(&action).is_ok()
    }

    /// Whether all requests for an action carry it.
    #[must_use]
    pub fn is_always_set_by(&self, action: &str) -> bool {
        self.always.binary_search(&action).is_ok()
    }
}

#[cfg(test)]
mod tests;
