//! Why progress cannot be kept.

use super::is_damage;
use std::path::PathBuf;

/// Progress cannot be kept or read.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// The folder cannot be made.
    #[error("cannot make the folder {}", path.display())]
    Folder {
        /// Which.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// The file cannot be opened.
    #[error("cannot open {}", path.display())]
    Open {
        /// Which.
        path: PathBuf,
        /// Why.
        source: rusqlite::Error,
    },
    /// A later program wrote the file.
    #[error("the progress file has version {version}, and this kmsprep knows {known}")]
    Newer {
        /// Its version.
        version: i64,
        /// The latest that this program knows.
        known: i64,
    },
    /// A damaged file cannot get another name.
    #[error("cannot set the damaged file {} aside", path.display())]
    SetAside {
        /// Which.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// A file of an import, or the log of an earlier version, cannot be read.
    #[error("cannot read {}", path.display())]
    Read {
        /// Which.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// Reading or writing failed.
    #[error("cannot {doing}")]
    Sql {
        /// What was being done.
        doing: &'static str,
        /// Why.
        source: rusqlite::Error,
    },
}

impl StoreError {
    pub(super) fn sql(doing: &'static str, source: rusqlite::Error) -> Self {
        StoreError::Sql { doing, source }
    }

    /// Whether the file is damaged.
    #[must_use]
    pub fn is_damage(&self) -> bool {
        match self {
            StoreError::Open { source, .. } | StoreError::Sql { source, .. } => is_damage(source),
            StoreError::Folder { .. } | StoreError::Newer { .. } | StoreError::SetAside { .. } | StoreError::Read { .. } => false,
        }
    }

    /// What to do about it.
    #[must_use]
    pub fn help(&self) -> Option<&'static str> {
        match self {
            StoreError::Newer { .. } => Some("use the newer kmsprep, or name another folder in KMSPREP_DATA_DIR"),
            StoreError::Folder { .. } | StoreError::Open { .. } => {
                Some("name another folder in KMSPREP_DATA_DIR, or keep nothing with --ephemeral")
            }
            StoreError::SetAside { .. } | StoreError::Read { .. } | StoreError::Sql { .. } => None,
        }
    }
}
