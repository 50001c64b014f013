//! The reasons for which a custom key store does not connect, from `tables/connection_errors.csv`.

use super::CustomKeyStore;
use crate::cloud::{ApiError, Reason};
use crate::kms::spec::{ConnectionErrorCode, CustomKeyStoreType};
use std::sync::Arc;

/// A row of the table.
#[derive(Debug, PartialEq, Eq)]
pub struct ConnectionErrorRow {
    /// AWS's code.
    pub code: ConnectionErrorCode,
    /// The kind of key store that shows it; nothing for both.
    pub store: Option<CustomKeyStoreType>,
    /// Whether a world may state the trouble as such.
    pub given: bool,
    /// What creating and updating a key store answer to the same trouble; empty where they do not look for it.
    pub exception: &'static str,
    /// What is wrong.
    pub cause: &'static str,
    /// What would help.
    pub remedy: &'static str,
}

/// All rows, in the order of the codes.
pub static CONNECTION_ERRORS: &[ConnectionErrorRow] = include!(concat!(env!("OUT_DIR"), "/kms_connection_errors.rs"));

/// What the table says of a code for a kind of key store.
#[must_use]
pub fn connection_error(code: ConnectionErrorCode, store: CustomKeyStoreType) -> Option<&'static ConnectionErrorRow> {
    CONNECTION_ERRORS.iter().find(|row| row.code == code && row.store.is_none_or(|kind| kind == store))
}

impl ConnectionErrorRow {
    /// The cause as AWS's message: a sentence.
    pub(in crate::kms) fn message(&self) -> String {
        let mut letters = self.cause.chars();
        let first: String = letters.next().into_iter().flat_map(char::to_uppercase).collect();
        format!("{first}{}.", letters.as_str())
    }

    /// The cause and what would help, for explanations.
    pub(in crate::kms) fn reason(&self) -> Arc<Reason> {
        Arc::new(Reason::new(self.cause).detail(self.remedy, None))
    }

    /// The trouble as an error of the operation that met it.
    pub(in crate::kms) fn error(&self, code: &'static str) -> ApiError {
        let status = if matches!(code, "KMSInternalException" | "DependencyTimeoutException") { 500 } else { 400 };
        ApiError::new(code, self.message()).status(status).with_reason(self.reason())
    }
}

impl CustomKeyStore {
    /// What the table says of a trouble of this key store.
    pub(in crate::kms) fn trouble(&self, code: ConnectionErrorCode) -> Option<&'static ConnectionErrorRow> {
        connection_error(code, self.kind())
    }
}
