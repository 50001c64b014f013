//! Files that cannot be read.

use super::answers;
use super::error::StoreError;
use crate::study::Record;
use rusqlite::{Connection, ErrorCode, OpenFlags};
use std::path::{Path, PathBuf};

/// Whether an error says that the file is damaged, or no database at all.
pub(super) fn is_damage(error: &rusqlite::Error) -> bool {
    matches!(error.sqlite_error_code(), Some(ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase))
}

/// Reads a little of every table, so that damage is noticed at the start rather than between two questions. Reading all of it would
/// make every start of a long history slow.
pub(super) fn look(connection: &Connection) -> rusqlite::Result<()> {
    for query in [
        "SELECT count(*) FROM settings",
        "SELECT max(id) FROM answers",
        "SELECT max(day) FROM days",
        "SELECT count(*) FROM sittings",
        "SELECT count(*) FROM tempo",
        "SELECT max(item) FROM memory",
    ] {
        connection.query_row(query, [], |_| Ok(()))?;
    }
    Ok(())
}

/// Gives a damaged file another name, the first that is free, and its journal with it. The new name is returned.
pub(super) fn set_aside(path: &Path) -> Result<PathBuf, StoreError> {
    let failed = |source| StoreError::SetAside { path: path.to_owned(), source };
    let name = |number: u32| path.with_file_name(format!("progress.damaged-{number}.db"));
    let to = (1..=9_999).map(name).find(|to| !to.exists()).unwrap_or_else(|| name(10_000));
    std::fs::rename(path, &to).map_err(failed)?;
    let beside = |path: &Path| PathBuf::from(format!("{}-journal", path.display()));
    if beside(path).exists() {
        std::fs::rename(beside(path), beside(&to)).map_err(failed)?;
    }
    Ok(to)
}

/// The answers that can still be read from a damaged file; the file is not changed.
pub(super) fn rescue(path: &Path) -> Vec<Record> {
    let connection = Connection::open_with_flags(path, OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX);
    connection.map(|connection| answers::readable(&connection)).unwrap_or_default()
}
