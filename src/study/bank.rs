//! The question bank: the questions of several files, each id once.

use super::question::{Question, read_questions};
use crate::diag::{Diagnostic, Sources};
use crate::doc::{Limits, Node, read};
use std::collections::BTreeMap;

/// Most questions that a bank holds: what is more is no bank but an attack.
const MOST_QUESTIONS: usize = 10_000;

/// Questions in the order of their files.
#[derive(Clone, Debug, Default)]
pub struct Bank {
    /// The questions.
    pub questions: Vec<Question>,
}

impl Bank {
    /// Reads files given by name and text. What is wrong with them comes back beside the questions that are good:
    /// a file with an error gives none, and the other files are read all the same.
    #[must_use]
    pub fn read<'f>(sources: &mut Sources, files: impl IntoIterator<Item = (&'f str, &'f str)>) -> (Self, Vec<Diagnostic>) {
        let mut nodes = Vec::new();
        let mut diagnostics = Vec::new();
        for (name, text) in files {
            match read(sources, name, text, Limits::default()) {
                Ok(node) => nodes.push(node),
                Err(found) => diagnostics.extend(found),
            }
        }
        let (bank, found) = Bank::of(&nodes);
        diagnostics.extend(found);
        (bank, diagnostics)
    }

    /// The bank of files that are trees already.
    #[must_use]
    pub fn of<'n>(files: impl IntoIterator<Item = &'n Node>) -> (Self, Vec<Diagnostic>) {
        let mut bank = Bank::default();
        let mut diagnostics = Vec::new();
        for node in files {
            match read_questions(node) {
                Ok(questions) => bank.questions.extend(questions),
                Err(found) => diagnostics.extend(found),
            }
        }
        bank.keep_first_of_each_id(&mut diagnostics);
        if bank.questions.len() > MOST_QUESTIONS {
            diagnostics.push(Diagnostic::error("question/too-many", format!("a bank holds at most {MOST_QUESTIONS} questions")));
            bank.questions.truncate(MOST_QUESTIONS);
        }
        (bank, diagnostics)
    }

    /// The question with this id.
    #[must_use]
    pub fn question(&self, id: &str) -> Option<&Question> {
        self.questions.iter().find(|question| question.id == id)
    }

    fn keep_first_of_each_id(&mut self, diagnostics: &mut Vec<Diagnostic>) {
        let mut first = BTreeMap::new();
        self.questions.retain(|question| {
            if let Some(span) = first.get(&question.id) {
                diagnostics.push(
                    Diagnostic::error("question/duplicate-id", format!("there are two questions `{}`", question.id))
                        .at(question.id_span, "again here")
                        .at(*span, "first here")
                        .help("progress is kept under the id, so rename one of them"),
                );
                return false;
            }
            first.insert(question.id.clone(), question.id_span);
            true
        });
    }
}
