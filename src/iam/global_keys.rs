//! What is known of the condition keys that every service shares, from `tables/global_condition_keys.csv`.

/// The type of a condition key's values.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ValueType {
    /// Text.
    String,
    /// Numbers.
    Numeric,
    /// Points of time.
    Date,
    /// `true` and `false`.
    Bool,
    /// IP addresses.
    IPAddress,
    /// ARNs.
    ARN,
}

/// Which requests carry a key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Presence {
    /// All.
    Always,
    /// Those of service principals alone.
    Service,
    /// Some, and which cannot be told from the policy.
    Sometimes,
}

/// A row of the table.
#[derive(Clone, Copy, Debug)]
pub struct GlobalKeyRow {
    /// `aws:SourceArn`; with a slash at the end, a name of the author's own follows.
    pub name: &'static str,
    /// The type of its values.
    pub value_type: ValueType,
    /// Whether a request may carry several values.
    pub multivalued: bool,
    /// Which requests carry it.
    pub presence: Presence,
}

/// Every global key.
pub static GLOBAL_CONDITION_KEYS: &[GlobalKeyRow] = include!(concat!(env!("OUT_DIR"), "/global_condition_keys.rs"));

#[cfg(test)]
mod tests {
    use super::super::key::GLOBAL_KEYS;
    use super::*;

    #[test]
    fn every_key_that_the_model_sets_is_in_the_table() {
        for (name, _) in GLOBAL_KEYS {
            assert!(GLOBAL_CONDITION_KEYS.iter().any(|row| row.name.trim_end_matches('/').eq_ignore_ascii_case(name)), "{name}");
        }
    }
}
