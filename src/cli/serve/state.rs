//! The state file: a head that tells how the world began, and then one line for each change.
//!
//! A line is written before its call is acknowledged, so that a killed server has lost nothing but a line that nobody knew of: a last line
//! without an end is cut off. The head is written beside the file and renamed, so that there is never half of one.

use super::origin::Origin;
use crate::cli::Failure;
use crate::endpoint::{Endpoint, Entry, Log};
use serde::{Deserialize, Serialize};
use std::fs::{File, OpenOptions, TryLockError};
use std::io::{self, BufRead as _, BufReader, Seek as _, SeekFrom, Write as _};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

/// The version of the form of state files.
const VERSION: u32 = 1;

/// The first line of a state file.
#[derive(Debug, Serialize, Deserialize)]
struct Head {
    kmsprep_state: u32,
    #[serde(flatten)]
    origin: Origin,
}

/// A state file that this process holds.
#[derive(Debug)]
pub(super) struct StateFile {
    path: PathBuf,
    file: File,
    /// The first line after the head, and the lines that have been read.
    entries: Vec<(usize, Entry)>,
    /// Whether a torn last line was cut off.
    pub(super) torn: bool,
    /// Whether nobody has served it yet.
    fresh: bool,
}

/// Writes entries to the file.
struct Writer {
    file: File,
    unsynced: Arc<AtomicBool>,
}

/// Brings written entries from the system's memory to the disk.
#[derive(Debug)]
pub(super) struct Syncer {
    file: File,
    unsynced: Arc<AtomicBool>,
}

impl StateFile {
    /// The origin of the world in a state file, if the file exists and has one.
    ///
    /// # Errors
    /// If it cannot be read, is no state file, or another server has it.
    pub(super) fn open(path: &Path) -> Result<Option<(Origin, Self)>, Failure> {
        let failed = |source: io::Error| Failure::Io { doing: format!("open the state file {}", path.display()), source };
        let file = match OpenOptions::new().read(true).write(true).open(path) {
            Ok(file) => file,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(failed(error)),
        };
        lock(&file, path)?;
        let mut lines = Lines { reader: BufReader::new(file.try_clone().map_err(failed)?), end: 0, number: 0 };
        let Some(first) = lines.next(path)? else {
            // An empty file, such as mktemp makes, is a place for a state.
            return if file.metadata().map_err(failed)?.len() == 0 {
                Ok(None)
            } else {
                Err(wrong(path, 1, "it is no state of kmsprep serve"))
            };
        };
        let head: Head =
            serde_json::from_str(&first).map_err(|error| wrong(path, 1, &format!("it is no state of kmsprep serve: {error}")))?;
        if head.kmsprep_state != VERSION {
            let message = format!("it is a state of version {}, and this program knows version {VERSION}", head.kmsprep_state);
            return Err(wrong(path, 1, &message));
        }
        let mut entries = Vec::new();
        while let Some(line) = lines.next(path)? {
            let entry = serde_json::from_str(&line).map_err(|error| wrong(path, lines.number, &error.to_string()))?;
            entries.push((lines.number, entry));
        }
        let torn = file.metadata().map_err(failed)?.len() > lines.end;
        if torn {
            file.set_len(lines.end).map_err(failed)?;
        }
        Ok(Some((head.origin, StateFile { path: path.to_owned(), file, entries, torn, fresh: false })))
    }

    /// A new state file.
    ///
    /// # Errors
    /// If it cannot be written.
    pub(super) fn create(path: &Path, origin: &Origin) -> Result<Self, Failure> {
        let failed = |source: io::Error| Failure::Io { doing: format!("write the state file {}", path.display()), source };
        let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
        let head = serde_json::to_string(&Head { kmsprep_state: VERSION, origin: origin.clone() }).map_err(|error| failed(error.into()))?;
        let mut beside = tempfile::NamedTempFile::new_in(folder).map_err(failed)?;
        writeln!(beside, "{head}").and_then(|()| beside.as_file().sync_all()).map_err(failed)?;
        let file = beside.persist(path).map_err(|error| failed(error.error))?;
        lock(&file, path)?;
        // The name of the new file has to last as well.
        #[cfg(unix)]
        File::open(folder).and_then(|folder| folder.sync_all()).map_err(failed)?;
        Ok(StateFile { path: path.to_owned(), file, entries: Vec::new(), torn: false, fresh: true })
    }

    /// Brings an endpoint to the state of the file, and from now on the file to the endpoint's.
    ///
    /// # Errors
    /// If an entry cannot be followed. The file stays as it is.
    pub(super) fn follow(mut self, endpoint: &mut Endpoint) -> Result<Syncer, Failure> {
        for (line, entry) in &self.entries {
            endpoint.replay(entry).map_err(|error| {
                let help = "it may have been made by another version of kmsprep, which the file needs, or been edited";
                Failure::Usage { message: format!("{}:{line}: {error}", self.path.display()), help: Some(help.to_owned()) }
            })?;
        }
        let failed = |source: io::Error| Failure::Io { doing: format!("write the state file {}", self.path.display()), source };
        self.file.seek(SeekFrom::End(0)).map_err(failed)?;
        let unsynced = Arc::new(AtomicBool::new(false));
        let syncer = Syncer { file: self.file.try_clone().map_err(failed)?, unsynced: Arc::clone(&unsynced) };
        endpoint.keep(Box::new(Writer { file: self.file, unsynced }));
        if !self.fresh {
            endpoint.go_on();
        }
        Ok(syncer)
    }
}

impl Log for Writer {
    fn append(&mut self, entry: &Entry) -> io::Result<()> {
        let mut line = serde_json::to_string(entry)?;
        line.push('\n');
        self.file.write_all(line.as_bytes())?;
        self.unsynced.store(true, Ordering::Release);
        Ok(())
    }
}

impl Syncer {
    /// Waits until all that was written is on the disk.
    ///
    /// # Errors
    /// If the disk refuses.
    pub(super) fn sync(&self) -> io::Result<()> {
        if self.unsynced.swap(false, Ordering::AcqRel) { self.file.sync_data() } else { Ok(()) }
    }
}

/// The complete lines of a file.
struct Lines {
    reader: BufReader<File>,
    /// Where the last complete line ended.
    end: u64,
    number: usize,
}

impl Lines {
    fn next(&mut self, path: &Path) -> Result<Option<String>, Failure> {
        let mut line = Vec::new();
        let read = self.reader.read_until(b'\n', &mut line);
        read.map_err(|source| Failure::Io { doing: format!("read the state file {}", path.display()), source })?;
        if line.pop() != Some(b'\n') {
            return Ok(None);
        }
        self.end += line.len() as u64 + 1;
        self.number += 1;
        String::from_utf8(line).map(Some).map_err(|error| wrong(path, self.number, &error.to_string()))
    }
}

fn lock(file: &File, path: &Path) -> Result<(), Failure> {
    file.try_lock().map_err(|error| match error {
        TryLockError::WouldBlock => Failure::Usage {
            message: format!("{} is in use by another kmsprep serve", path.display()),
            help: Some("stop that one with `kmsprep endpoint stop`, or name another file".to_owned()),
        },
        TryLockError::Error(source) => Failure::Io { doing: format!("lock the state file {}", path.display()), source },
    })
}

fn wrong(path: &Path, line: usize, message: &str) -> Failure {
    Failure::Usage {
        message: format!("{}:{line}: {message}", path.display()),
        help: Some("the file was left as it is; name another one, or mend the line".to_owned()),
    }
}
