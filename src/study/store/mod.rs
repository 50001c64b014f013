//! Progress on disk: one SQLite file.
//!
//! An answer is committed, and so on the disk, before the next prompt is shown. Several processes may use the file at once: every change
//! is one transaction that begins by taking the lock, reads what is there now, and writes. A file that cannot be read is set aside under
//! another name; what can still be read from it is taken over.

mod answers;
mod damage;
mod error;
mod schema;
mod settings;
mod sittings;
mod transfer;

pub use error::StoreError;
pub use sittings::SavedSitting;
pub use transfer::Imported;

use super::memory::Scheduler;
use super::plan::Plan;
use damage::is_damage;
use rusqlite::{Connection, OpenFlags};
use std::path::{Path, PathBuf};
use std::time::Duration;

/// Name of the file inside the data folder.
const FILE: &str = "progress.db";

/// Name of the log that earlier versions kept.
const OLD_LOG: &str = "progress.jsonl";

/// So long a process waits for another that is writing.
const PATIENCE: Duration = Duration::from_secs(30);

/// What was found when the file was opened, for the learner to know.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Notice {
    /// The file could not be read and has another name now.
    SetAside {
        /// Its new name.
        to: PathBuf,
        /// How many answers could be read from it and were taken over.
        rescued: usize,
    },
    /// The log of an earlier version was taken over. It stays where it is.
    TakenOver {
        /// How many answers it had.
        answers: usize,
        /// How many of its lines could not be read.
        skipped: usize,
    },
}

/// The answers of a learner, what is remembered, what was planned and the exams that were sat.
#[derive(Debug)]
pub struct Store {
    connection: Connection,
    /// Where it is; nothing for one that keeps nothing.
    path: Option<PathBuf>,
    plan: Plan,
    scheduler: Scheduler,
    notices: Vec<Notice>,
}

impl Store {
    /// Opens the file in a data folder, making both if need be.
    ///
    /// # Errors
    /// When folder or file cannot be used. That the file is damaged is no error: it is set aside, and a notice says so.
    pub fn open(folder: &Path) -> Result<Self, StoreError> {
        std::fs::create_dir_all(folder).map_err(|source| StoreError::Folder { path: folder.to_owned(), source })?;
        let path = Store::path_in(folder);
        let mut notices = Vec::new();
        let (connection, is_new) = match Store::connect(&path) {
            Err(error) if error.is_damage() => {
                let (connection, notice) = Store::begin_anew(&path, &Plan::default())?;
                notices.push(notice);
                (connection, false)
            }
            other => other?,
        };
        let mut store = Store::with(connection, Some(path))?;
        if is_new {
            notices.extend(store.take_over(&folder.join(OLD_LOG))?);
        }
        store.notices = notices;
        Ok(store)
    }

    /// A store that lives as long as the process.
    ///
    /// # Errors
    /// If SQLite cannot be used at all.
    pub fn ephemeral() -> Result<Self, StoreError> {
        let mut connection = Connection::open_in_memory().map_err(|source| StoreError::sql("open a store in memory", source))?;
        schema::migrate(&mut connection)?;
        Store::with(connection, None)
    }

    /// Where the file is in a data folder.
    #[must_use]
    pub fn path_in(folder: &Path) -> PathBuf {
        folder.join(FILE)
    }

    /// What was found when the file was opened.
    #[must_use]
    pub fn notices(&self) -> &[Notice] {
        &self.notices
    }

    /// What the learner has set out to do.
    #[must_use]
    pub fn plan(&self) -> Plan {
        self.plan
    }

    fn with(connection: Connection, path: Option<PathBuf>) -> Result<Self, StoreError> {
        let plan = settings::plan(&connection)?;
        Ok(Store { connection, path, plan, scheduler: Scheduler::new(plan), notices: Vec::new() })
    }

    /// A connection to the file with today's tables, and whether it had none before. All tables have been looked at.
    fn connect(path: &Path) -> Result<(Connection, bool), StoreError> {
        let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_CREATE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let open = |source| StoreError::Open { path: path.to_owned(), source };
        let mut connection = Connection::open_with_flags(path, flags).map_err(open)?;
        connection.busy_timeout(PATIENCE).map_err(open)?;
        // A commit is on the disk when it returns.
        connection.pragma_update(None, "synchronous", "FULL").map_err(open)?;
        let is_new = schema::migrate(&mut connection)?;
        damage::look(&connection).map_err(open)?;
        Ok((connection, is_new))
    }

    /// Sets a damaged file aside and begins a new one with this plan and the answers that could be read.
    fn begin_anew(path: &Path, plan: &Plan) -> Result<(Connection, Notice), StoreError> {
        let to = damage::set_aside(path)?;
        let records = damage::rescue(&to);
        let (mut connection, _) = Store::connect(path)?;
        settings::keep(&connection, plan)?;
        let rescued = transfer::add(&mut connection, &Scheduler::new(*plan), &records)?;
        Ok((connection, Notice::SetAside { to, rescued }))
    }

    /// Runs one change. If the file turns out to be damaged, it is set aside and the change is made in a new one.
    fn change<T>(&mut self, change: impl Fn(&mut Connection, &Scheduler) -> Result<T, StoreError>) -> Result<T, StoreError> {
        match change(&mut self.connection, &self.scheduler) {
            Err(error) if error.is_damage() => {
                let Some(path) = self.path.clone() else { return Err(error) };
                // Nothing may hold the old file open when it gets another name.
                self.connection = Connection::open_in_memory().map_err(|source| StoreError::sql("let go of the file", source))?;
                let (connection, notice) = Store::begin_anew(&path, &self.plan)?;
                self.connection = connection;
                self.notices.push(notice);
                change(&mut self.connection, &self.scheduler)
            }
            outcome => outcome,
        }
    }

    /// Forgets everything.
    ///
    /// # Errors
    /// When the file cannot be written.
    pub fn reset(&mut self) -> Result<(), StoreError> {
        self.change(|connection, _| schema::clear(connection))?;
        self.plan = Plan::default();
        self.scheduler = Scheduler::new(self.plan);
        Ok(())
    }
}

#[cfg(test)]
mod tests;
