//! `kmsprep progress`: where progress is kept, taking it out and in, and forgetting it.

use super::{Edge, Exit, Failure, Format, places};
use crate::study::{Notice, Store, StoreError};
use clap::{Args, Subcommand};
use serde_json::json;
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};

/// `kmsprep progress`.
#[derive(Debug, Args)]
pub(super) struct ProgressArgs {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Print the path of the file
    Path,
    /// Print everything as lines of JSON
    Export {
        /// Write to this file instead; it must not exist
        #[arg(long, value_name = "FILE")]
        to: Option<PathBuf>,
    },
    /// Take in what an export printed; what is there already is not taken twice
    Import {
        /// The file, or - for standard input
        file: PathBuf,
        /// Form of the output
        #[arg(long, value_enum, default_value_t)]
        format: Format,
    },
    /// Forget everything: answers, plan and exams
    Reset {
        /// Do it
        #[arg(long)]
        yes: bool,
    },
}

/// Runs the command.
///
/// # Errors
/// If a file cannot be read or written.
pub(super) fn run(edge: &mut Edge, args: &ProgressArgs) -> Result<Exit, Failure> {
    match &args.command {
        Command::Path => edge.print(&format!("{}\n", Store::path_in(&places::data_folder()?).display()))?,
        Command::Export { to } => {
            let text = open(edge)?.export().map_err(failure)?;
            match to {
                None => edge.print(&text)?,
                Some(path) => write_new(path, &text)?,
            }
        }
        Command::Import { file, format } => {
            let bytes = read(file)?;
            let imported = open(edge)?.import(&bytes).map_err(failure)?;
            for damage in &imported.damaged {
                edge.note(&format!("warning: {}: {damage}", file.display()));
            }
            match format {
                Format::Text => {
                    let (added, known, exams) = (imported.added, imported.known, imported.exams);
                    edge.print(&format!("{added} answers and {exams} exams taken in; {known} answers were there already.\n"))?;
                }
                Format::Json => edge.print_json(&json!({
                    "added": imported.added,
                    "known": imported.known,
                    "exams": imported.exams,
                    "skipped": imported.damaged.len(),
                }))?,
            }
            if !imported.damaged.is_empty() && imported.added + imported.known + imported.exams == 0 {
                return Ok(Exit::Unusable);
            }
        }
        Command::Reset { yes } => {
            let path = Store::path_in(&places::data_folder()?);
            if !yes {
                return Err(Failure::Usage {
                    message: format!("this forgets all answers, the plan and the exams in {}", path.display()),
                    help: Some("take a copy with `kmsprep progress export --to FILE`, then say --yes".to_owned()),
                });
            }
            open(edge)?.reset().map_err(failure)?;
            edge.print("Everything is forgotten.\n")?;
        }
    }
    Ok(Exit::Passed)
}

/// Opens the learner's progress, and tells what was found when that is not as usual.
///
/// # Errors
/// If it cannot be used.
pub(super) fn open(edge: &mut Edge) -> Result<Store, Failure> {
    let store = Store::open(&places::data_folder()?).map_err(failure)?;
    for found in store.notices() {
        edge.note(&notice(found));
    }
    Ok(store)
}

/// What was found, as a sentence.
pub(super) fn notice(notice: &Notice) -> String {
    match notice {
        Notice::SetAside { to, rescued } => format!(
            "warning: the progress file was damaged. It is kept as {}, and {rescued} answers could be read from it and go on counting.",
            to.display()
        ),
        Notice::TakenOver { answers, skipped: 0 } => format!("{answers} answers of an earlier version were taken over."),
        Notice::TakenOver { answers, skipped } => {
            format!("{answers} answers of an earlier version were taken over; {skipped} lines of progress.jsonl could not be read.")
        }
    }
}

/// Why progress cannot be used.
pub(super) fn failure(error: StoreError) -> Failure {
    let help = error.help().map(str::to_owned);
    let because = std::error::Error::source(&error).map(|source| format!(": {source}")).unwrap_or_default();
    Failure::Usage { message: format!("{error}{because}"), help }
}

fn read(file: &Path) -> Result<Vec<u8>, Failure> {
    let failed = |source| Failure::Io { doing: format!("read {}", file.display()), source };
    if file == Path::new("-") {
        let mut bytes = Vec::new();
        io::stdin().lock().read_to_end(&mut bytes).map_err(failed)?;
        return Ok(bytes);
    }
    std::fs::read(file).map_err(failed)
}

/// Writes a file that is not there yet: an export must not take the place of an older one.
fn write_new(path: &Path, text: &str) -> Result<(), Failure> {
    let mut options = std::fs::OpenOptions::new();
    let file = options.write(true).create_new(true).open(path);
    file.and_then(|mut file| io::Write::write_all(&mut file, text.as_bytes()).and_then(|()| file.sync_all()))
        .map_err(|source| Failure::Io { doing: format!("write {}", path.display()), source })
}
