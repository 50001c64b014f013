//! `kmsprep lint`: proves scenarios and questions.

use super::load::{self, RulebookChoice};
use super::{Edge, Exit, Failure, Format};
use crate::authoring::{Proven, prove};
use crate::content;
use crate::diag::{Diagnostic, Severity, Sources};
use crate::doc::{self, Limits, Node};
use crate::render;
use crate::rulebook::Rulebook;
use crate::scenario::{combinations, lower};
use crate::study::{self, Bank, Evidence};
use clap::Args;
use rayon::prelude::*;
use serde_json::json;
use std::collections::BTreeMap;
use std::path::PathBuf;

/// `kmsprep lint`.
#[derive(Debug, Args)]
pub(super) struct LintArgs {
    /// Files and folders; without any, everything inside the program
    paths: Vec<PathBuf>,
    /// Which rulebook to go by
    #[arg(long, value_enum, default_value_t)]
    rulebook: RulebookChoice,
    /// Form of the output
    #[arg(long, value_enum, default_value_t)]
    format: Format,
}

/// One file that was read.
struct File {
    name: String,
    node: Result<Node, Vec<Diagnostic>>,
}

impl File {
    fn has_questions(&self) -> bool {
        self.node.as_ref().is_ok_and(|node| node.get("questions").is_some())
    }
}

/// Runs the command.
///
/// # Errors
/// If a path cannot be read.
pub(super) fn run(edge: &mut Edge, args: &LintArgs) -> Result<Exit, Failure> {
    let mut sources = Sources::new();
    let files = read(&mut sources, &args.paths)?;
    let rulebook = args.rulebook.rulebook();
    let unusable = files.iter().any(|file| file.node.is_err());
    let mut diagnostics = Vec::new();
    let proven: Vec<Proven> = files.par_iter().map(|file| lint(file, rulebook)).collect();
    diagnostics.extend(duplicate_ids(&files));
    diagnostics.extend(question_bank(&files));
    let (mut combinations, mut passing) = (0, 0);
    for (file, proven) in files.iter().zip(proven) {
        if args.format == Format::Text && proven.diagnostics.is_empty() {
            let what = if file.has_questions() { "answers" } else { "combinations" };
            let name = render::safe_line(&file.name);
            let line = match proven.combinations {
                0 => format!("ok    {name}  keys cited, nothing to run\n"),
                run => format!("ok    {name}  {run} {what}, {} pass\n", proven.passing),
            };
            edge.print(&line)?;
        }
        combinations += proven.combinations;
        passing += proven.passing;
        diagnostics.extend(proven.diagnostics);
    }
    let errors = diagnostics.iter().filter(|found| found.severity == Severity::Error).count();
    let warnings = diagnostics.len() - errors;
    match args.format {
        Format::Text => {
            edge.print(&render::diagnostics_text(&diagnostics, &sources, edge.color, edge.width))?;
            let gap = if diagnostics.is_empty() { "" } else { "\n" };
            edge.print(&format!(
                "{gap}{}, {} in {} ({combinations} combinations run, {passing} pass)\n",
                plural(errors, "error"),
                plural(warnings, "warning"),
                plural(files.len(), "file"),
            ))?;
        }
        Format::Json => edge.print_json(&json!({
            "files": files.len(),
            "combinations": combinations,
            "passing": passing,
            "errors": errors,
            "warnings": warnings,
            "diagnostics": render::diagnostics_json(&diagnostics, &sources),
        }))?,
    }
    Ok(match (errors, unusable) {
        (0, _) => Exit::Passed,
        (_, true) => Exit::Unusable,
        (_, false) => Exit::Failed,
    })
}

fn plural(count: usize, word: &str) -> String {
    if count == 1 { format!("1 {word}") } else { format!("{count} {word}s") }
}

fn read(sources: &mut Sources, paths: &[PathBuf]) -> Result<Vec<File>, Failure> {
    if paths.is_empty() {
        let files = content::SCENARIOS
            .iter()
            .chain(content::QUESTIONS)
            .map(|file| File { name: file.name.to_owned(), node: doc::read(sources, file.name, file.text, Limits::default()) });
        return Ok(files.collect());
    }
    let mut files = Vec::new();
    for path in load::yaml_files(paths)? {
        files.push(File { name: path.display().to_string(), node: load::read_node(sources, &path)? });
    }
    Ok(files)
}

fn lint(file: &File, rulebook: Rulebook) -> Proven {
    match &file.node {
        Err(diagnostics) => Proven { diagnostics: diagnostics.clone(), ..Proven::default() },
        Ok(node) if file.has_questions() => questions(node, rulebook),
        Ok(node) => match lower(node) {
            Err(diagnostics) => Proven { diagnostics, ..Proven::default() },
            Ok(document) => {
                let mut proven = prove(&document, rulebook);
                let stem = PathBuf::from(&file.name).file_stem().map(|stem| stem.to_string_lossy().into_owned());
                if stem.as_deref() != Some(document.id.as_str()) {
                    proven.diagnostics.push(
                        Diagnostic::warning(
                            "scenario/file-name",
                            format!("scenario `{}` stands in another file than `{}.yaml`", document.id, document.id),
                        )
                        .at(document.id_span, "the id"),
                    );
                }
                proven
            }
        },
    }
}

/// The proofs and the form of every question of a file.
fn questions(node: &Node, rulebook: Rulebook) -> Proven {
    let questions = match study::read_questions(node) {
        Ok(questions) => questions,
        Err(diagnostics) => return Proven { diagnostics, ..Proven::default() },
    };
    let mut proven = Proven::default();
    for question in &questions {
        proven.diagnostics.extend(study::prove_question(question, rulebook));
        proven.diagnostics.extend(study::check_question(question));
        if let Evidence::Executed { document, .. } = &question.evidence {
            proven.combinations += combinations(document).len();
            proven.passing += 1;
        }
    }
    proven
}

/// What is wrong with all questions together: ids that occur twice, and keys that somebody who knows nothing could guess.
fn question_bank(files: &[File]) -> Vec<Diagnostic> {
    let nodes: Vec<Node> = files.iter().filter(|file| file.has_questions()).filter_map(|file| file.node.clone().ok()).collect();
    // What is wrong within a file has been reported with it.
    let (bank, diagnostics) = Bank::of(&nodes);
    let mut found: Vec<Diagnostic> = diagnostics.into_iter().filter(|found| found.code == "question/duplicate-id").collect();
    found.extend(study::check_bank(&bank.questions));
    found
}

/// Ids that two files share: progress and answers could not tell them apart.
fn duplicate_ids(files: &[File]) -> Vec<Diagnostic> {
    let mut first: BTreeMap<&str, crate::diag::Span> = BTreeMap::new();
    let mut found = Vec::new();
    for node in files.iter().filter_map(|file| file.node.as_ref().ok()?.get("scenario")) {
        let Some(id) = node.as_str() else { continue };
        match first.get(id) {
            Some(earlier) => found.push(
                Diagnostic::error("scenario/duplicate-id", format!("two scenarios have the id `{id}`"))
                    .at(node.span, "again")
                    .at(*earlier, "first"),
            ),
            None => {
                first.insert(id, node.span);
            }
        }
    }
    found
}
