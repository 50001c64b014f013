//! Progress on disk: an append-only log with one JSON line per answer.
//!
//! A line is written and synced before the next question is asked, so that a crash loses nothing that was answered.
//! Lines are never rewritten. What cannot be read is reported and left alone; items that no longer exist simply
//! match nothing.

use super::schedule::Grade;
use crate::cloud::{Instant, format_instant, parse_instant};
use serde_json::{Value, json};
use std::fs::{File, OpenOptions};
use std::io::{Read as _, Seek as _, SeekFrom, Write as _};
use std::path::{Path, PathBuf};

/// The version of the lines that this program writes. A reader skips lines of a later version.
const VERSION: u64 = 1;

/// Name of the log inside the data folder.
const FILE: &str = "progress.jsonl";

/// One answer.
#[derive(Clone, Debug, PartialEq)]
pub struct Record {
    /// When.
    pub at: Instant,
    /// The item: `question:ID` or `scenario:ID`.
    pub item: String,
    /// The options that were chosen, by their names in the file; of a scenario `DECISION=OPTION`.
    pub answer: Vec<String>,
    /// From 1 (a guess) to 3 (sure), if it was asked.
    pub confidence: Option<u8>,
    /// How many hints were taken.
    pub hints: u32,
    /// The seed of the order in which the options were shown.
    pub seed: u64,
    /// What came of it.
    pub grade: Grade,
}

impl Record {
    fn to_json(&self) -> Value {
        json!({
            "v": VERSION,
            "at": format_instant(self.at),
            "item": self.item,
            "answer": self.answer,
            "confidence": self.confidence,
            "hints": self.hints,
            "seed": self.seed,
            "grade": self.grade,
        })
    }

    /// Fields that a later writer of the same version may add are ignored.
    fn from_json(value: &Value) -> Option<Self> {
        Some(Record {
            at: parse_instant(value.get("at")?.as_str()?)?,
            item: value.get("item")?.as_str()?.to_owned(),
            answer: value.get("answer")?.as_array()?.iter().filter_map(Value::as_str).map(str::to_owned).collect(),
            confidence: value.get("confidence").and_then(Value::as_u64).and_then(|level| u8::try_from(level).ok()),
            hints: value.get("hints").and_then(Value::as_u64).and_then(|count| u32::try_from(count).ok()).unwrap_or(0),
            seed: value.get("seed").and_then(Value::as_u64).unwrap_or(0),
            grade: serde_json::from_value(value.get("grade")?.clone()).ok()?,
        })
    }
}

/// A line of the log that was skipped.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Damage {
    /// It is no record.
    Unreadable {
        /// Its number, from 1.
        line: usize,
    },
    /// A later program wrote it.
    Newer {
        /// Its number, from 1.
        line: usize,
        /// Its version.
        version: u64,
    },
}

impl std::fmt::Display for Damage {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Damage::Unreadable { line } => write!(f, "line {line} cannot be read and is skipped"),
            Damage::Newer { line, version } => write!(f, "line {line} has version {version}, written by a newer kmsprep, and is skipped"),
        }
    }
}

/// What stands in the log.
#[derive(Debug, Default)]
pub struct Loaded {
    /// The answers, oldest first.
    pub records: Vec<Record>,
    /// What was skipped.
    pub damaged: Vec<Damage>,
}

/// The log could not be used.
#[derive(Debug, thiserror::Error)]
pub enum ProgressError {
    /// The folder cannot be made.
    #[error("cannot make the folder {}", path.display())]
    Folder {
        /// Which.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// The log cannot be opened or read.
    #[error("cannot read {}", path.display())]
    Read {
        /// Which.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// The answer cannot be saved.
    #[error("cannot save the answer to {}", path.display())]
    Write {
        /// Which.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
}

/// The log, or the absence of one.
#[derive(Debug)]
pub struct ProgressLog {
    file: Option<(File, PathBuf)>,
}

impl ProgressLog {
    /// A log that keeps nothing.
    #[must_use]
    pub fn ephemeral() -> Self {
        ProgressLog { file: None }
    }

    /// Opens the log in a data folder, making both if need be, and reads what is there.
    ///
    /// # Errors
    /// When folder or file cannot be used. A damaged line is no error.
    pub fn open(folder: &Path) -> Result<(Self, Loaded), ProgressError> {
        std::fs::create_dir_all(folder).map_err(|source| ProgressError::Folder { path: folder.to_owned(), source })?;
        let path = folder.join(FILE);
        let read = |source| ProgressError::Read { path: path.clone(), source };
        let mut file = OpenOptions::new().read(true).append(true).create(true).open(&path).map_err(read)?;
        let mut bytes = Vec::new();
        file.read_to_end(&mut bytes).map_err(read)?;
        Ok((ProgressLog { file: Some((file, path)) }, load(&bytes)))
    }

    /// Appends one answer; when this returns, it is on the disk.
    ///
    /// # Errors
    /// When it is not.
    pub fn append(&mut self, record: &Record) -> Result<(), ProgressError> {
        let Some((file, path)) = &mut self.file else { return Ok(()) };
        write_line(file, record).map_err(|source| ProgressError::Write { path: path.clone(), source })
    }
}

/// One write under a lock, so that two sessions cannot mix their lines.
fn write_line(file: &mut File, record: &Record) -> std::io::Result<()> {
    file.lock()?;
    let written = ends_mid_line(file).and_then(|torn| {
        // A line that was cut off stays as it is, on a line of its own.
        let line = format!("{}{}\n", if torn { "\n" } else { "" }, record.to_json());
        file.write_all(line.as_bytes())?;
        file.sync_data()
    });
    file.unlock()?;
    written
}

fn ends_mid_line(file: &mut File) -> std::io::Result<bool> {
    if file.seek(SeekFrom::End(0))? == 0 {
        return Ok(false);
    }
    file.seek(SeekFrom::End(-1))?;
    let mut last = [0_u8; 1];
    file.read_exact(&mut last)?;
    Ok(last != *b"\n")
}

fn load(bytes: &[u8]) -> Loaded {
    let mut loaded = Loaded::default();
    for (index, bytes) in bytes.split(|byte| *byte == b'\n').enumerate().filter(|(_, bytes)| !bytes.is_empty()) {
        let line = index + 1;
        let value: Option<Value> = serde_json::from_slice(bytes).ok();
        match value.as_ref().and_then(|value| value.get("v")).and_then(Value::as_u64) {
            Some(version) if version > VERSION => loaded.damaged.push(Damage::Newer { line, version }),
            _ => match value.as_ref().and_then(Record::from_json) {
                Some(record) => loaded.records.push(record),
                None => loaded.damaged.push(Damage::Unreadable { line }),
            },
        }
    }
    loaded
}

#[cfg(test)]
mod tests {
    use super::*;

    fn record(item: &str) -> Record {
        Record {
            at: parse_instant("2026-03-01T12:00:00Z").unwrap(),
            item: item.to_owned(),
            answer: vec!["b".to_owned()],
            confidence: Some(3),
            hints: 1,
            seed: 7,
            grade: Grade::Wrong,
        }
    }

    #[test]
    fn what_is_appended_is_read_again() {
        let folder = tempfile::tempdir().unwrap();
        let (mut log, loaded) = ProgressLog::open(folder.path()).unwrap();
        assert!(loaded.records.is_empty());
        log.append(&record("question:a")).unwrap();
        log.append(&record("question:b")).unwrap();
        let (_, loaded) = ProgressLog::open(folder.path()).unwrap();
        assert_eq!(loaded.records, [record("question:a"), record("question:b")]);
        assert!(loaded.damaged.is_empty());
    }

    #[test]
    fn a_torn_last_line_is_reported_kept_and_not_written_into() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join(FILE);
        let (mut log, _) = ProgressLog::open(folder.path()).unwrap();
        log.append(&record("question:a")).unwrap();
        let whole = std::fs::read_to_string(&path).unwrap();
        let torn = format!("{whole}{}", whole.trim_end().get(..30).unwrap());
        std::fs::write(&path, &torn).unwrap();

        let (mut log, loaded) = ProgressLog::open(folder.path()).unwrap();
        assert_eq!((loaded.records.len(), loaded.damaged.as_slice()), (1, [Damage::Unreadable { line: 2 }].as_slice()));
        log.append(&record("question:b")).unwrap();
        let (_, loaded) = ProgressLog::open(folder.path()).unwrap();
        assert_eq!(loaded.records, [record("question:a"), record("question:b")]);
        assert!(std::fs::read_to_string(&path).unwrap().starts_with(&torn));
    }

    #[test]
    fn bytes_that_are_no_text_and_newer_lines_are_skipped() {
        let loaded = load(b"\xff\xfe\n{\"v\":2,\"shape\":\"unknown\"}\n[]\n");
        assert!(loaded.records.is_empty());
        assert_eq!(loaded.damaged, [Damage::Unreadable { line: 1 }, Damage::Newer { line: 2, version: 2 }, Damage::Unreadable { line: 3 }]);
    }

    #[test]
    fn an_ephemeral_log_keeps_nothing() {
        ProgressLog::ephemeral().append(&record("question:a")).unwrap();
    }
}
