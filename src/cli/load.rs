//! Finding scenarios: in the bundle by id, or in files and folders by path.

use super::{Failure, Format};
use crate::content;
use crate::diag::{Diagnostic, Sources};
use crate::doc::{self, Limits, Node};
use crate::rulebook::{Rulebook, RulebookKind};
use crate::scenario::{Document, lower};
use std::fs;
use std::io::Read;
use std::path::{Path, PathBuf};

/// Which rulebook to go by.
#[derive(Clone, Copy, Debug, Default, clap::ValueEnum)]
pub(super) enum RulebookChoice {
    /// AWS as it is today
    #[default]
    Current,
    /// AWS as the study guide describes it
    Guide,
}

impl RulebookChoice {
    /// The rulebook.
    #[must_use]
    pub(super) fn rulebook(self) -> Rulebook {
        match self {
            RulebookChoice::Current => Rulebook::of(RulebookKind::Current),
            RulebookChoice::Guide => Rulebook::of(RulebookKind::Guide),
        }
    }
}

/// Reads a file, within the limits of the reader; what is too large is not read to its end.
///
/// # Errors
/// If it cannot be read.
pub(super) fn read_file(path: &Path) -> Result<Vec<u8>, Failure> {
    read_file_within(path, Limits::default())
}

/// The same within other limits.
///
/// # Errors
/// If it cannot be read.
pub(super) fn read_file_within(path: &Path, limits: Limits) -> Result<Vec<u8>, Failure> {
    let failed = |source| Failure::Io { doing: format!("read {}", path.display()), source };
    let metadata = fs::metadata(path).map_err(failed)?;
    if metadata.is_dir() {
        return Err(Failure::Usage {
            message: format!("{} is a folder", path.display()),
            help: Some("name a file in it; `kmsprep lint` takes folders".to_owned()),
        });
    }
    let most = u64::try_from(limits.bytes).unwrap_or(u64::MAX).saturating_add(1);
    let mut bytes = Vec::new();
    fs::File::open(path).and_then(|file| file.take(most).read_to_end(&mut bytes)).map_err(failed)?;
    Ok(bytes)
}

/// Reads a file into a tree.
///
/// # Errors
/// If it cannot be read, or is no YAML.
pub(super) fn read_node(sources: &mut Sources, path: &Path) -> Result<Result<Node, Vec<Diagnostic>>, Failure> {
    let bytes = read_file(path)?;
    Ok(doc::read_bytes(sources, &path.display().to_string(), &bytes, Limits::default()))
}

/// The scenario that a name stands for: a path to a file, else an id of the bundle.
///
/// # Errors
/// If there is none, or it is wrong.
pub(super) fn scenario(sources: &mut Sources, name: &str, format: Format) -> Result<Document, Failure> {
    let node = if is_path(name) {
        read_node(sources, Path::new(name))?
    } else {
        let bundled = bundled(name)?;
        doc::read(sources, bundled.name, bundled.text, Limits::default())
    };
    node.and_then(|node| lower(&node)).map_err(|diagnostics| input(std::mem::take(sources), diagnostics, format))
}

/// The text of the scenario that a name stands for, with what it is called.
///
/// # Errors
/// If there is none, or its file is no text.
pub(super) fn scenario_text(name: &str) -> Result<(String, String), Failure> {
    if is_path(name) {
        text(Path::new(name)).map(|text| (name.to_owned(), text))
    } else {
        bundled(name).map(|found| (found.name.to_owned(), found.text.to_owned()))
    }
}

/// The text in a file.
///
/// # Errors
/// If it cannot be read, or is no text.
pub(super) fn text(path: &Path) -> Result<String, Failure> {
    String::from_utf8(read_file(path)?)
        .map_err(|error| Failure::Usage { message: format!("{} is not UTF-8: {error}", path.display()), help: None })
}

fn is_path(name: &str) -> bool {
    name.ends_with(".yaml") || name.ends_with(".yml") || name.contains(['/', '\\'])
}

fn bundled(name: &str) -> Result<&'static content::Bundled, Failure> {
    content::SCENARIOS.iter().find(|bundled| bundled.id() == name).ok_or_else(|| {
        let suggestion = crate::diag::suggestion(name, content::SCENARIOS.iter().map(content::Bundled::id));
        Failure::Usage {
            message: format!("there is no scenario `{name}`"),
            help: suggestion.or_else(|| Some("`kmsprep scenario list` shows them".to_owned())),
        }
    })
}

/// The failure for files that are wrong.
#[must_use]
pub(super) fn input(sources: Sources, diagnostics: Vec<Diagnostic>, format: Format) -> Failure {
    Failure::Input { sources, diagnostics, format }
}

/// The YAML files that paths stand for: files as they are, folders with all that is in them, sorted.
///
/// # Errors
/// If a path does not exist or a folder cannot be read.
pub(super) fn yaml_files(paths: &[PathBuf]) -> Result<Vec<PathBuf>, Failure> {
    let mut files = Vec::new();
    for path in paths {
        let failed = |source| Failure::Io { doing: format!("read {}", path.display()), source };
        if !fs::metadata(path).map_err(failed)?.is_dir() {
            files.push(path.clone());
            continue;
        }
        let mut inside = Vec::new();
        folder(path, &mut inside, 0).map_err(failed)?;
        inside.sort();
        files.extend(inside);
    }
    Ok(files)
}

/// Symbolic links are not followed: a pack stays inside its folder.
fn folder(path: &Path, files: &mut Vec<PathBuf>, depth: usize) -> std::io::Result<()> {
    for entry in fs::read_dir(path)? {
        let entry = entry?;
        let kind = entry.file_type()?;
        let is_yaml = entry.path().extension().is_some_and(|extension| extension == "yaml" || extension == "yml");
        if kind.is_dir() && depth < 8 {
            folder(&entry.path(), files, depth + 1)?;
        } else if kind.is_file() && is_yaml {
            files.push(entry.path());
        }
    }
    Ok(())
}
