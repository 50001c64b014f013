//! Key states, and what each operation does in each: `tables/key_states.csv`.

use super::{Key, Kms, Operation, Origin};
use crate::cloud::{ApiError, Reason};
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
            KeyState::Unavailable => "its custom key store has to be connected",
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

/// The error that a key's state causes for an operation, with AWS's message, footnotes included.
///
/// # Errors
/// `DisabledException`, `KMSInvalidStateException` or `UnsupportedOperationException`, as the table says. Under the guide's
/// rulebook what the guide says of a disabled key.
pub(super) fn check(operation: Operation, key: &Key, kms: &Kms) -> Result<(), ApiError> {
    let state = key.state();
    let cell = cell(operation, state);
    let has = |footnote: u8| cell.footnotes.contains(&footnote);
    let code = match cell.result {
        // Footnote 10: an alias may not be pointed at a key that waits for its deletion; the door asks only for that key.
        CellResult::Ok if has(10) => Some("KMSInvalidStateException"),
        // Footnote 7: not for a key in a custom key store.
        CellResult::Ok if has(7) && key.store.is_some() => return Err(unsupported(key)),
        // Footnote 9: only for a key whose material can be imported.
        CellResult::Ok if has(9) && key.origin != Origin::EXTERNAL => return Err(unsupported(key)),
        CellResult::Ok | CellResult::NotApplicable => None,
        // Footnotes 8 and 9: a key with imported material is refused for its state, any other for its origin. For
        // ImportKeyMaterial the table has footnote 9 alone; an EXTERNAL key that waits for deletion must be refused for its state.
        CellResult::Error(_) if has(9) && key.origin != Origin::EXTERNAL => return Err(unsupported(key)),
        CellResult::Error(_) if has(9) => Some("KMSInvalidStateException"),
        CellResult::Error("UnsupportedOperationException") => return Err(unsupported(key)),
        CellResult::Error(code) => Some(code),
    };
    let Some(code) = code else { return Ok(()) };
    let (code, message) = match (code, has(4)) {
        (_, true) => (code, format!("{} is not pending deletion.", key.arn)),
        // The guide knows no error of its own for a disabled key.
        ("DisabledException", _) => (kms.rules().disabled_error, format!("{} {}.", key.arn, state.message())),
        _ => (code, format!("{} {}.", key.arn, state.message())),
    };
    let headline = format!("the key is {state}, and {} needs another state", operation.name());
    let store = key.store.as_ref().filter(|_| state == KeyState::Unavailable).and_then(|link| kms.key_stores.get(&link.id));
    let reason = Reason::new(headline);
    let reason = match store {
        _ if has(4) => reason.detail("there is a deletion to cancel only while a key waits for it", None),
        None => reason.detail(state.remedy(), None),
        Some(store) => store.explain(reason.detail(format!("its custom key store `{}` is {}", store.name, store.connection.state()), None)),
    };
    Err(ApiError::new(code, message).with_reason(reason.into()))
}

/// What AWS answers where a key's origin does not fit an operation.
pub(super) fn unsupported(key: &Key) -> ApiError {
    ApiError::new("UnsupportedOperationException", format!("{} origin is {} which is not valid for this operation.", key.arn, key.origin))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_is_sorted_by_operation_so_that_it_can_be_searched() {
        assert!(TABLE.windows(2).all(|rows| rows[0].0 < rows[1].0));
        assert_eq!(TABLE.len(), 46);
    }
}
