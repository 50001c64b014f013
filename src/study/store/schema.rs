//! The tables, and how a file of an earlier version gets them.

use super::error::StoreError;
use rusqlite::{Connection, TransactionBehavior};

/// Each step brings a file from one version to the next. A step that has been released is never changed.
const STEPS: [&str; 2] = [
    "CREATE TABLE answers (
        id INTEGER PRIMARY KEY,
        at INTEGER NOT NULL,           -- seconds since 1970
        day INTEGER NOT NULL,          -- days since 1970, by the learner's clock
        item TEXT NOT NULL,
        answer TEXT NOT NULL,          -- a JSON list
        grade TEXT NOT NULL,
        confidence INTEGER,
        hints INTEGER NOT NULL,
        seed INTEGER NOT NULL,         -- the 64 bits as a signed number
        millis INTEGER,
        place TEXT NOT NULL
     );
     CREATE INDEX answers_of_item ON answers (item, at, id);
     CREATE TABLE memory (
        item TEXT PRIMARY KEY,
        stability REAL NOT NULL,
        difficulty REAL NOT NULL,
        first INTEGER NOT NULL,
        last INTEGER NOT NULL,
        due INTEGER NOT NULL,
        seen INTEGER NOT NULL,
        lapses INTEGER NOT NULL,
        known INTEGER NOT NULL,
        sure_error INTEGER
     ) WITHOUT ROWID;
     CREATE TABLE settings (key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;",
    "CREATE TABLE sittings (
        id TEXT PRIMARY KEY,
        number INTEGER NOT NULL,       -- the order in which they were begun
        json TEXT NOT NULL,
        finished INTEGER NOT NULL
     ) WITHOUT ROWID;
     CREATE TABLE tempo (kind TEXT PRIMARY KEY, answers INTEGER NOT NULL, millis INTEGER NOT NULL) WITHOUT ROWID;
     CREATE TABLE days (day INTEGER PRIMARY KEY, answers INTEGER NOT NULL);
     INSERT INTO days SELECT day, count(*) FROM answers GROUP BY day;",
];

/// The version that this program writes.
const VERSION: i64 = STEPS.len() as i64;

const TABLES: [&str; 6] = ["answers", "memory", "settings", "sittings", "tempo", "days"];

/// Gives the file today's tables. Whether it had none is returned.
pub(super) fn migrate(connection: &mut Connection) -> Result<bool, StoreError> {
    let sql = |source| StoreError::sql("prepare the progress file", source);
    let version = |connection: &Connection| connection.pragma_query_value(None, "user_version", |row| row.get::<_, i64>(0)).map_err(sql);
    let found = version(connection)?;
    if found == VERSION {
        return Ok(false);
    }
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate).map_err(sql)?;
    // Another process may have been here in the meantime.
    let found = version(&transaction)?;
    let steps = usize::try_from(found).ok().and_then(|done| STEPS.get(done..));
    let Some(steps) = steps else { return Err(StoreError::Newer { version: found, known: VERSION }) };
    for step in steps {
        transaction.execute_batch(step).map_err(sql)?;
    }
    transaction.pragma_update(None, "user_version", VERSION).map_err(sql)?;
    transaction.commit().map_err(sql)?;
    Ok(found == 0)
}

/// Empties all tables.
pub(super) fn clear(connection: &mut Connection) -> Result<(), StoreError> {
    let sql = |source| StoreError::sql("reset the progress", source);
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate).map_err(sql)?;
    for table in TABLES {
        transaction.execute(&format!("DELETE FROM {table}"), []).map_err(sql)?;
    }
    transaction.commit().map_err(sql)
}

/// A file as the first version left it, for tests.
#[cfg(test)]
pub(super) fn make_first_version(connection: &Connection) {
    connection.execute_batch(STEPS[0]).unwrap();
    connection.pragma_update(None, "user_version", 1).unwrap();
}
