//! Where sittings are kept.

use crate::cli::drill::progress;
use crate::cli::{Edge, Failure, places};
use crate::render;
use crate::study::exam::Sitting;
use crate::study::{ProgressLog, Record};
use std::fs;
use std::io::Write as _;
use std::path::PathBuf;

/// The learner's exams, or nothing at all.
pub(super) struct Shelf {
    folder: Option<PathBuf>,
    log: ProgressLog,
}

impl Shelf {
    /// A shelf that keeps nothing.
    pub(super) fn none() -> Self {
        Shelf { folder: None, log: ProgressLog::ephemeral() }
    }

    /// The shelf in the data folder.
    ///
    /// # Errors
    /// If it cannot be used.
    pub(super) fn open(_edge: &mut Edge) -> Result<Self, Failure> {
        let data = places::data_folder()?;
        let (log, _) = ProgressLog::open(&data).map_err(progress)?;
        let folder = data.join("exams");
        fs::create_dir_all(&folder).map_err(|source| Failure::Io { doing: "make the folder for exams".to_owned(), source })?;
        Ok(Shelf { folder: Some(folder), log })
    }

    /// Whether anything is kept.
    pub(super) fn keeps(&self) -> bool {
        self.folder.is_some()
    }

    /// Keeps a sitting as it is now; when this returns, it is on the disk.
    ///
    /// # Errors
    /// When it is not.
    pub(super) fn save(&mut self, sitting: &Sitting) -> Result<(), Failure> {
        let Some(folder) = &self.folder else { return Ok(()) };
        let written = tempfile::NamedTempFile::new_in(folder).and_then(|mut file| {
            file.write_all(sitting.to_json().as_bytes())?;
            file.as_file().sync_data()?;
            file.persist(folder.join(format!("{}.json", sitting.id))).map(drop).map_err(|error| error.error)
        });
        written.map_err(|source| Failure::Io { doing: "save the exam".to_owned(), source })
    }

    /// All sittings, in the order in which they were begun. One that cannot be read is told and left alone.
    ///
    /// # Errors
    /// If they cannot be read at all.
    pub(super) fn sittings(&self, edge: &mut Edge) -> Result<Vec<Sitting>, Failure> {
        let Some(folder) = &self.folder else { return Ok(Vec::new()) };
        let failed = |source| Failure::Io { doing: "read the exams".to_owned(), source };
        let mut sittings = Vec::new();
        for entry in fs::read_dir(folder).map_err(failed)? {
            let path = entry.map_err(failed)?.path();
            match Sitting::from_json(&fs::read_to_string(&path).map_err(failed)?) {
                Ok(sitting) => sittings.push(sitting),
                Err(error) => edge.note(&render::safe(&format!("warning: exam {}: {error}", path.display()))),
            }
        }
        sittings.sort_by(|a, b| a.started.cmp(&b.started).then(a.id.cmp(&b.id)));
        Ok(sittings)
    }

    /// Puts an answer into the learner's history.
    ///
    /// # Errors
    /// When it cannot be saved.
    pub(super) fn record(&mut self, record: &Record) -> Result<(), Failure> {
        self.log.append(record).map_err(progress)
    }
}
