//! `authz diff`: two versions of a policy.

use super::policies::{KindChoice, policy};
use crate::authz::{Question, differences, probes, read_question};
use crate::cli::{Edge, Exit, Failure, Format, load};
use crate::diag::{Diagnostic, Sources};
use crate::doc::{self, Limits};
use crate::render;
use clap::Args;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// `kmsprep authz diff`.
#[derive(Debug, Args)]
pub(super) struct DiffArgs {
    /// The old version of the policy
    old: PathBuf,
    /// The new one
    new: PathBuf,
    /// The requests to decide, one a line as for --batch; without it, requests that try out both versions
    #[arg(long, value_name = "FILE.jsonl")]
    requests: Option<PathBuf>,
    /// What the policies are; without it, one that names principals is a key policy and any other identity-based
    #[arg(long, value_name = "KIND")]
    kind: Option<KindChoice>,
    /// Form of the output
    #[arg(long, value_enum, default_value_t)]
    format: Format,
}

/// Tells what two versions decide differently; exits with 1 if there is anything.
///
/// # Errors
/// If a file cannot be read or used.
pub(super) fn run(edge: &mut Edge, args: &DiffArgs) -> Result<Exit, Failure> {
    let mut sources = Sources::new();
    let kind = args.kind.map(KindChoice::kind);
    let old = Arc::new(policy(&mut sources, &args.old, kind, "old version", args.format)?);
    let new = Arc::new(policy(&mut sources, &args.new, kind.or(Some(old.kind)), "new version", args.format)?);
    let questions = match &args.requests {
        Some(path) => requests(&mut sources, path, args.format)?,
        None => probes(&old, &new),
    };
    let found = differences(&old, &new, &questions);
    let is_same = old.normal_form() == new.normal_form();
    match args.format {
        Format::Text if is_same => edge.print("Both versions are the same policy, at most written differently.\n")?,
        Format::Text => edge.print(&render::difference_text(&found, questions.len(), edge.width))?,
        Format::Json => edge.print_json(&render::difference_json(&found, questions.len()))?,
    }
    Ok(if found.is_empty() { Exit::Passed } else { Exit::Failed })
}

fn requests(sources: &mut Sources, path: &Path, format: Format) -> Result<Vec<Question>, Failure> {
    let bytes = load::read_file(path)?;
    let text = String::from_utf8_lossy(&bytes);
    let mut questions = Vec::new();
    let mut refused: Vec<Diagnostic> = Vec::new();
    for (number, line) in text.lines().enumerate().filter(|(_, line)| !line.trim().is_empty()) {
        let name = format!("{}, line {}", path.display(), number + 1);
        let read = doc::read(sources, &name, line, Limits::default());
        match read.and_then(|node| read_question(&node, true).map_err(|refusal| vec![refusal.diagnostic])) {
            Ok(question) => questions.push(question),
            Err(found) => refused.extend(found),
        }
    }
    if refused.is_empty() { Ok(questions) } else { Err(load::input(std::mem::take(sources), refused, format)) }
}
