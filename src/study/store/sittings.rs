//! Exams that were sat, as the exam writes them down.

use super::Store;
use super::answers::learn;
use super::error::StoreError;
use crate::study::Record;
use rusqlite::{Connection, OptionalExtension as _, Row, TransactionBehavior, params};

/// An exam that was sat, or is being sat.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SavedSitting {
    /// Its id.
    pub id: String,
    /// All of it, as the exam wrote it.
    pub json: String,
    /// Whether it was submitted.
    pub finished: bool,
}

impl Store {
    /// Keeps a sitting as it is now; when this returns, it is on the disk.
    ///
    /// # Errors
    /// When it is not.
    pub fn save_sitting(&mut self, id: &str, json: &str, finished: bool) -> Result<(), StoreError> {
        self.change(|connection, _| save(connection, id, json, finished))
    }

    /// Keeps a sitting that has ended, and learns from its answers: all of it or nothing.
    ///
    /// # Errors
    /// When it is not on the disk.
    pub fn hand_in(&mut self, id: &str, json: &str, answers: &[Record]) -> Result<(), StoreError> {
        let sql = |source| StoreError::sql("save the exam", source);
        self.change(|connection, scheduler| {
            let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate).map_err(sql)?;
            save(&transaction, id, json, true)?;
            for record in answers {
                learn(&transaction, scheduler, record).map_err(sql)?;
            }
            transaction.commit().map_err(sql)
        })
    }

    /// The sitting with this id.
    ///
    /// # Errors
    /// When it cannot be read.
    pub fn sitting(&self, id: &str) -> Result<Option<SavedSitting>, StoreError> {
        let query = "SELECT id, json, finished FROM sittings WHERE id = ?1";
        self.connection.query_row(query, [id], saved).optional().map_err(|source| StoreError::sql("read the exam", source))
    }

    /// All sittings, in the order in which they were begun.
    ///
    /// # Errors
    /// When they cannot be read.
    pub fn sittings(&self) -> Result<Vec<SavedSitting>, StoreError> {
        let sql = |source| StoreError::sql("read the exams", source);
        let mut statement = self.connection.prepare("SELECT id, json, finished FROM sittings ORDER BY number").map_err(sql)?;
        let rows = statement.query_map([], saved).map_err(sql)?;
        rows.collect::<rusqlite::Result<_>>().map_err(sql)
    }
}

fn save(connection: &Connection, id: &str, json: &str, finished: bool) -> Result<(), StoreError> {
    connection
        .execute(
            "INSERT INTO sittings (id, number, json, finished) VALUES (?1, (SELECT ifnull(max(number), 0) + 1 FROM sittings), ?2, ?3)
             ON CONFLICT (id) DO UPDATE SET json = ?2, finished = ?3",
            params![id, json, finished],
        )
        .map(drop)
        .map_err(|source| StoreError::sql("save the exam", source))
}

fn saved(row: &Row<'_>) -> rusqlite::Result<SavedSitting> {
    Ok(SavedSitting { id: row.get(0)?, json: row.get(1)?, finished: row.get(2)? })
}
