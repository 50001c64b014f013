//! Key states, and what each operation does in each: `tables/key_states.csv`.

use super::Operation;
use crate::cloud::ApiError;
use std::fmt;

/// The state of a KMS key.
///
/// Source: "Key states of AWS KMS keys", AWS KMS Developer Guide.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, serde::Serialize)]
pub enum KeyState {
    /// Ready for every operation.
    Enabled,
    /// Switched off; it can be managed, not used.
    Disabled,
    /// Waiting for its deletion.
    PendingDeletion,
    /// A multi-Region primary that waits for its replicas to be deleted.
    PendingReplicaDeletion,
    /// Without the imported material that it needs.
    PendingImport,
    /// In a custom key store that is not connected.
    Unavailable,
    /// A replica that is being made.
    Creating,
    /// A multi-Region key whose primary Region is being changed.
    Updating,
}

impl KeyState {
    /// All states, in the order of the table's columns.
    pub const ALL: [KeyState; 8] = [
        KeyState::Enabled,
        KeyState::Disabled,
        KeyState::PendingDeletion,
        KeyState::PendingReplicaDeletion,
        KeyState::PendingImport,
        KeyState::Unavailable,
        KeyState::Creating,
        KeyState::Updating,
    ];

    /// AWS's name for it.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            KeyState::Enabled => "Enabled",
            KeyState::Disabled => "Disabled",
            KeyState::PendingDeletion => "PendingDeletion",
            KeyState::PendingReplicaDeletion => "PendingReplicaDeletion",
            KeyState::PendingImport => "PendingImport",
            KeyState::Unavailable => "Unavailable",
            KeyState::Creating => "Creating",
            KeyState::Updating => "Updating",
        }
    }

    /// The words of AWS's message for an operation that this state refuses.
    fn message(self) -> &'static str {
        match self {
            KeyState::Enabled => "is enabled",
            KeyState::Disabled => "is disabled",
            KeyState::PendingDeletion => "is pending deletion",
            KeyState::PendingReplicaDeletion => "is pending replica deletion",
            KeyState::PendingImport => "is pending import",
            KeyState::Unavailable => "is unavailable",
            KeyState::Creating => "is creating",
            KeyState::Updating => "is updating",
        }
    }

    /// What would make the key usable again, for explanations.
    fn remedy(self) -> &'static str {
        match self {
            KeyState::Enabled | KeyState::Creating | KeyState::Updating => "wait until the key is Enabled",
            KeyState::Disabled => "EnableKey makes it usable again",
            KeyState::PendingDeletion | KeyState::PendingReplicaDeletion => "CancelKeyDeletion, then EnableKey, makes it usable again",
            KeyState::PendingImport => "ImportKeyMaterial makes it usable",
            KeyState::Unavailable => "reconnect its custom key store",
        }
    }
}

impl fmt::Display for KeyState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// One cell of the table: an operation on a key in a state.
#[derive(Clone, Copy, Debug)]
pub struct Cell {
    /// What happens.
    pub result: CellResult,
    /// The documentation's footnotes.
    pub footnotes: &'static [u8],
}

/// What the table says of an operation on a key in a state.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CellResult {
    /// The state does not stand in the way.
    Ok,
    /// The error that the state causes.
    Error(&'static str),
    /// No key that the operation fits can be in that state.
    NotApplicable,
}

static TABLE: &[(Operation, [Cell; 8])] = include!(concat!(env!("OUT_DIR"), "/kms_states.rs"));

/// What the table says; an operation without a row acts on no key and is never refused for a state.
#[must_use]
pub fn cell(operation: Operation, state: KeyState) -> Cell {
    const FREE: Cell = Cell { result: CellResult::Ok, footnotes: &[] };
    TABLE
        .binary_search_by_key(&operation, |(row, _)| *row)
        .ok()
        .and_then(|at| TABLE.get(at))
        .and_then(|(_, cells)| cells.get(state as usize))
        .copied()
        .unwrap_or(FREE)
}

/// The error that a key's state causes for an operation, with AWS's message.
///
/// # Errors
/// `DisabledException`, `KMSInvalidStateException` or `UnsupportedOperationException`, as the table says.
pub(super) fn check(operation: Operation, state: KeyState, key_arn: &str) -> Result<(), ApiError> {
    let cell = cell(operation, state);
    // Footnote 10: an alias may not be pointed at a key that waits for its deletion; the door asks only for that key.
    let result = if cell.footnotes.contains(&10) { CellResult::Error("KMSInvalidStateException") } else { cell.result };
    match result {
        CellResult::Ok | CellResult::NotApplicable => Ok(()),
        CellResult::Error(code) => {
            let message = if cell.footnotes.contains(&4) {
                format!("{key_arn} is not pending deletion.")
            } else if code == "UnsupportedOperationException" {
                format!("{key_arn} origin is EXTERNAL which is not valid for this operation.")
            } else {
                format!("{key_arn} {}.", state.message())
            };
            let headline = format!("the key is {state}, and {} needs another state", operation.name());
            Err(ApiError::new(code, message).with_reason(crate::cloud::Reason::new(headline).detail(state.remedy(), None).into()))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_is_sorted_by_operation_so_that_it_can_be_searched() {
        assert!(TABLE.windows(2).all(|rows| rows[0].0 < rows[1].0));
        assert_eq!(TABLE.len(), 43);
    }

    #[test]
    fn messages_are_those_of_the_documentation() {
        let refused = |operation, state| check(operation, state, "ARN").unwrap_err().to_string();
        assert_eq!(refused(Operation::Encrypt, KeyState::Disabled), "DisabledException: ARN is disabled.");
        assert_eq!(refused(Operation::Decrypt, KeyState::PendingDeletion), "KMSInvalidStateException: ARN is pending deletion.");
        assert_eq!(refused(Operation::CancelKeyDeletion, KeyState::Enabled), "KMSInvalidStateException: ARN is not pending deletion.");
        assert!(check(Operation::DescribeKey, KeyState::PendingDeletion, "ARN").is_ok());
        assert!(check(Operation::ListKeys, KeyState::Disabled, "ARN").is_ok());
    }
}
