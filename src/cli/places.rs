//! Where things are kept.

use super::Failure;
use etcetera::BaseStrategy as _;
use std::path::PathBuf;

/// The variable that names another data folder.
const DATA_DIR: &str = "KMSPREP_DATA_DIR";

/// The folder for what the learner did: `KMSPREP_DATA_DIR`, else `kmsprep` in the XDG data folder.
///
/// # Errors
/// If there is no home folder to put it in.
pub(super) fn data_folder() -> Result<PathBuf, Failure> {
    if let Some(folder) = std::env::var_os(DATA_DIR).filter(|folder| !folder.is_empty()) {
        return Ok(PathBuf::from(folder));
    }
    let base = etcetera::choose_base_strategy().map_err(|_| Failure::Usage {
        message: "there is no home folder to keep progress in".to_owned(),
        help: Some(format!("set {DATA_DIR}, or keep nothing with --ephemeral")),
    })?;
    Ok(base.data_dir().join("kmsprep"))
}
