//! Answers, and what is remembered after them.

use super::error::StoreError;
use super::{Store, settings};
use crate::cloud::Instant;
use crate::study::item::ItemKind;
use crate::study::memory::{Memories, Memory, Outcome, Scheduler};
use crate::study::plan::Tempo;
use crate::study::{Day, Grade, Place, Record};
use rusqlite::{Connection, OptionalExtension as _, Row, Transaction, TransactionBehavior, params};

const MEMORY_COLUMNS: &str = "stability, difficulty, first, last, due, seen, lapses, known, sure_error";
const ANSWER_COLUMNS: &str = "at, item, answer, grade, confidence, hints, seed, millis, place";

impl Store {
    /// Keeps an answer. When this returns, it is on the disk, and what is remembered of the item now is returned.
    ///
    /// # Errors
    /// When it is not.
    pub fn record(&mut self, record: &Record) -> Result<Option<Memory>, StoreError> {
        let sql = |source| StoreError::sql("save the answer", source);
        self.change(|connection, scheduler| {
            let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate).map_err(sql)?;
            let after = learn(&transaction, scheduler, record).map_err(sql)?;
            transaction.commit().map_err(sql)?;
            Ok(after)
        })
    }

    /// What is remembered of all items.
    ///
    /// # Errors
    /// When it cannot be read.
    pub fn memories(&self) -> Result<Memories, StoreError> {
        let sql = |source| StoreError::sql("read what is remembered", source);
        let mut statement = self.connection.prepare(&format!("SELECT {MEMORY_COLUMNS}, item FROM memory")).map_err(sql)?;
        let rows = statement.query_map([], |row| Ok((row.get(9)?, memory_of(row)?))).map_err(sql)?;
        rows.collect::<rusqlite::Result<Memories>>().map_err(sql)
    }

    /// All answers, oldest first.
    ///
    /// # Errors
    /// When they cannot be read.
    pub fn records(&self) -> Result<Vec<Record>, StoreError> {
        all(&self.connection).map_err(|source| StoreError::sql("read the answers", source))
    }

    /// Days with their numbers of answers, oldest first.
    ///
    /// # Errors
    /// When they cannot be read.
    pub fn days(&self) -> Result<Vec<(Day, u32)>, StoreError> {
        let sql = |source| StoreError::sql("read the days of study", source);
        let mut statement = self.connection.prepare("SELECT day, answers FROM days ORDER BY day").map_err(sql)?;
        let rows = statement.query_map([], |row| Ok((Day::of_number(row.get(0)?), row.get(1)?))).map_err(sql)?;
        rows.collect::<rusqlite::Result<_>>().map_err(sql)
    }

    /// How long items of each kind take this learner.
    ///
    /// # Errors
    /// When it cannot be read.
    pub fn tempo(&self) -> Result<Tempo, StoreError> {
        let sql = |source| StoreError::sql("read how long answers take", source);
        let mut statement = self.connection.prepare("SELECT kind, answers, millis FROM tempo").map_err(sql)?;
        let mut rows = statement.query([]).map_err(sql)?;
        let mut tempo = Tempo::default();
        while let Some(row) = rows.next().map_err(sql)? {
            let kind: String = row.get(0).map_err(sql)?;
            if let Some(kind) = ItemKind::ALL.into_iter().find(|known| known.name() == kind) {
                let number = |column: usize| row.get::<_, i64>(column).map(i64::unsigned_abs).map_err(sql);
                tempo.add(kind, number(1)?, number(2)?);
            }
        }
        Ok(tempo)
    }

    /// Gives every item the day that it has under the present plan.
    pub(super) fn reschedule(&mut self) -> Result<(), StoreError> {
        let sql = |source| StoreError::sql("plan the reviews anew", source);
        let plan = self.plan;
        self.change(|connection, scheduler| {
            let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate).map_err(sql)?;
            settings::keep(&transaction, &plan)?;
            let items: Vec<(String, Memory)> = {
                let mut statement = transaction.prepare(&format!("SELECT {MEMORY_COLUMNS}, item FROM memory WHERE known")).map_err(sql)?;
                let rows = statement.query_map([], |row| Ok((row.get(9)?, memory_of(row)?))).map_err(sql)?;
                rows.collect::<rusqlite::Result<_>>().map_err(sql)?
            };
            for (item, memory) in items {
                set_memory(&transaction, &item, &scheduler.reschedule(&item, memory)).map_err(sql)?;
            }
            transaction.commit().map_err(sql)
        })
    }
}

/// Adds an answer, and what is remembered of its item then.
pub(super) fn learn(transaction: &Transaction<'_>, scheduler: &Scheduler, record: &Record) -> rusqlite::Result<Option<Memory>> {
    insert(transaction, record)?;
    // What another process learnt in the meantime counts.
    let before = memory(transaction, &record.item)?;
    let after = scheduler.learn(&record.item, before, outcome(record));
    if let Some(memory) = &after {
        set_memory(transaction, &record.item, memory)?;
    }
    Ok(after)
}

/// An answer as the schedule sees it.
fn outcome(record: &Record) -> Outcome {
    Outcome { grade: record.grade, confidence: record.confidence, hints: record.hints, day: Day::of(record.at) }
}

/// Adds an answer and counts it.
pub(super) fn insert(transaction: &Transaction<'_>, record: &Record) -> rusqlite::Result<()> {
    let day = Day::of(record.at).number();
    let answer = serde_json::to_string(&record.answer).unwrap_or_else(|_| "[]".to_owned());
    transaction
        .prepare_cached(&format!("INSERT INTO answers (day, {ANSWER_COLUMNS}) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)"))?
        .execute(params![
        day,
        record.at.timestamp(),
        record.item,
        answer,
        record.grade.name(),
        record.confidence,
        record.hints,
        record.seed.cast_signed(),
        record.millis,
        record.place.name(),
    ])?;
    transaction.prepare_cached("INSERT INTO days VALUES (?1, 1) ON CONFLICT (day) DO UPDATE SET answers = answers + 1")?.execute([day])?;
    if let (Some(millis), Some(kind)) = (record.millis, ItemKind::of(&record.item)) {
        transaction
            .prepare_cached(
                "INSERT INTO tempo VALUES (?1, 1, ?2) ON CONFLICT (kind) DO UPDATE SET answers = answers + 1, millis = millis + ?2",
            )?
            .execute(params![kind.name(), millis])?;
    }
    Ok(())
}

fn memory(connection: &Connection, item: &str) -> rusqlite::Result<Option<Memory>> {
    connection.prepare_cached(&format!("SELECT {MEMORY_COLUMNS} FROM memory WHERE item = ?1"))?.query_row([item], memory_of).optional()
}

fn set_memory(connection: &Connection, item: &str, memory: &Memory) -> rusqlite::Result<()> {
    connection
        .prepare_cached(&format!(
            "INSERT OR REPLACE INTO memory (item, {MEMORY_COLUMNS}) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)"
        ))?
        .execute(params![
            item,
            memory.stability,
            memory.difficulty,
            memory.first.number(),
            memory.last.number(),
            memory.due.number(),
            memory.seen,
            memory.lapses,
            memory.known,
            memory.sure_error.map(Day::number),
        ])
        .map(drop)
}

fn memory_of(row: &Row<'_>) -> rusqlite::Result<Memory> {
    let day = |column: usize| row.get(column).map(Day::of_number);
    Ok(Memory {
        stability: row.get(0)?,
        difficulty: row.get(1)?,
        first: day(2)?,
        last: day(3)?,
        due: day(4)?,
        seen: row.get(5)?,
        lapses: row.get(6)?,
        known: row.get(7)?,
        sure_error: row.get::<_, Option<i64>>(8)?.map(Day::of_number),
    })
}

fn all(connection: &Connection) -> rusqlite::Result<Vec<Record>> {
    let mut statement = connection.prepare(&format!("SELECT {ANSWER_COLUMNS} FROM answers ORDER BY at, id"))?;
    let rows = statement.query_map([], record_of)?;
    rows.filter_map(Result::transpose).collect()
}

/// The answers that can be read, up to the first place that cannot.
pub(super) fn readable(connection: &Connection) -> Vec<Record> {
    let Ok(mut statement) = connection.prepare(&format!("SELECT {ANSWER_COLUMNS} FROM answers ORDER BY id")) else { return Vec::new() };
    let Ok(mut rows) = statement.query([]) else { return Vec::new() };
    let mut records = Vec::new();
    while let Ok(Some(row)) = rows.next() {
        records.extend(record_of(row).ok().flatten());
    }
    records
}

/// A row as a record; nothing if a word in it is unknown, which another program must have written.
fn record_of(row: &Row<'_>) -> rusqlite::Result<Option<Record>> {
    let (answer, grade, place): (String, String, String) = (row.get(2)?, row.get(3)?, row.get(8)?);
    let (Some(at), Some(grade), Some(place)) = (Instant::from_timestamp(row.get(0)?, 0), Grade::parse(&grade), Place::parse(&place)) else {
        return Ok(None);
    };
    Ok(Some(Record {
        at,
        item: row.get(1)?,
        answer: serde_json::from_str(&answer).unwrap_or_default(),
        confidence: row.get(4)?,
        hints: row.get(5)?,
        seed: row.get::<_, i64>(6)?.cast_unsigned(),
        grade,
        millis: row.get(7)?,
        place,
    }))
}

/// What is remembered of an item after all its answers.
pub(super) fn relearn(connection: &Connection, scheduler: &Scheduler, item: &str) -> rusqlite::Result<()> {
    let mut statement = connection.prepare_cached(&format!("SELECT {ANSWER_COLUMNS} FROM answers WHERE item = ?1 ORDER BY at, id"))?;
    let records: Vec<Option<Record>> = statement.query_map([item], record_of)?.collect::<rusqlite::Result<_>>()?;
    let memory = records.iter().flatten().fold(None, |memory, record| scheduler.learn(item, memory, outcome(record)));
    memory.map_or(Ok(()), |memory| set_memory(connection, item, &memory))
}
