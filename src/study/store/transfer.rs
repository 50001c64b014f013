//! Taking progress out and in: lines of JSON, one answer each, then the exams and the plan.

use super::answers::{insert, relearn};
use super::error::StoreError;
use super::{Notice, Store};
use crate::study::Record;
use crate::study::memory::Scheduler;
use crate::study::record::{Damage, Entry, read_lines};
use rusqlite::{Connection, TransactionBehavior, params};
use std::collections::BTreeSet;
use std::path::Path;

/// What an import did.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Imported {
    /// Answers that were not there before.
    pub added: usize,
    /// Answers that were there already.
    pub known: usize,
    /// Exams that were not there before.
    pub exams: usize,
    /// Lines that were skipped.
    pub damaged: Vec<Damage>,
}

impl Store {
    /// Everything, as lines.
    ///
    /// # Errors
    /// When it cannot be read.
    pub fn export(&self) -> Result<String, StoreError> {
        let mut lines: Vec<String> = vec![Entry::Plan(self.plan).to_line()];
        lines.extend(self.records()?.into_iter().map(|record| record.to_line()));
        lines.extend(self.sittings()?.into_iter().map(|sitting| Entry::Sitting(sitting).to_line()));
        lines.push(String::new());
        Ok(lines.join("\n"))
    }

    /// Takes in lines. What is there already is not taken twice, so an import may be repeated. The plan of the lines is taken if this
    /// store has no answers of its own.
    ///
    /// # Errors
    /// When they cannot be written.
    pub fn import(&mut self, bytes: &[u8]) -> Result<Imported, StoreError> {
        let (entries, damaged) = read_lines(bytes);
        let is_fresh = self.days()?.is_empty();
        let mut records = Vec::new();
        let mut exams = 0;
        for entry in entries {
            match entry {
                Entry::Answer(record) => records.push(record),
                Entry::Sitting(sitting) if self.sitting(&sitting.id)?.is_none() => {
                    self.save_sitting(&sitting.id, &sitting.json, sitting.finished)?;
                    exams += 1;
                }
                Entry::Plan(plan) if is_fresh => self.set_plan(plan)?,
                Entry::Sitting(_) | Entry::Plan(_) => {}
            }
        }
        let added = self.change(|connection, scheduler| add(connection, scheduler, &records))?;
        Ok(Imported { added, known: records.len() - added, exams, damaged })
    }

    /// Takes over the log of an earlier version, if there is one.
    pub(super) fn take_over(&mut self, log: &Path) -> Result<Option<Notice>, StoreError> {
        let bytes = match std::fs::read(log) {
            Ok(bytes) => bytes,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
            Err(source) => return Err(StoreError::Read { path: log.to_owned(), source }),
        };
        let imported = self.import(&bytes)?;
        let (answers, skipped) = (imported.added, imported.damaged.len());
        Ok((answers + skipped > 0).then_some(Notice::TakenOver { answers, skipped }))
    }
}

/// Adds those answers that are not there yet, and learns the items anew. How many were added is returned.
pub(super) fn add(connection: &mut Connection, scheduler: &Scheduler, records: &[Record]) -> Result<usize, StoreError> {
    let sql = |source| StoreError::sql("take in the answers", source);
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate).map_err(sql)?;
    let mut touched = BTreeSet::new();
    let mut added = 0;
    {
        let query = "SELECT 1 FROM answers WHERE item = ?1 AND at = ?2 AND answer = ?3 AND seed = ?4 AND millis IS ?5";
        let mut known = transaction.prepare(query).map_err(sql)?;
        for record in records {
            let answer = serde_json::to_string(&record.answer).unwrap_or_default();
            let key = params![record.item, record.at.timestamp(), answer, record.seed.cast_signed(), record.millis];
            if !known.exists(key).map_err(sql)? {
                insert(&transaction, record).map_err(sql)?;
                touched.insert(record.item.as_str());
                added += 1;
            }
        }
    }
    for item in touched {
        relearn(&transaction, scheduler, item).map_err(sql)?;
    }
    transaction.commit().map_err(sql)?;
    Ok(added)
}
