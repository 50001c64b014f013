//! What there is to ask: the bundle, and packs beside it.

use crate::cli::{Failure, Format, load};
use crate::content;
use crate::diag::{Diagnostic, Sources};
use crate::doc::{self, Limits, Node};
use crate::rulebook::Rulebook;
use crate::scenario::{Document, lower};
use crate::study::{Bank, Candidate, ItemKind, Question, cost_question};
use std::collections::BTreeSet;
use std::path::PathBuf;

/// Topic of a scenario that names none.
const NO_TOPIC: &str = "scenarios";

/// How hard a question is, among scenarios of 1 to 5.
const QUESTION_DIFFICULTY: u8 = 2;

/// Everything that can be asked.
#[derive(Debug)]
pub(in crate::cli) struct Items {
    pub(in crate::cli) sources: Sources,
    pub(in crate::cli) questions: Vec<Question>,
    pub(in crate::cli) scenarios: Vec<Document>,
}

/// One item.
#[derive(Clone, Copy, Debug)]
pub(in crate::cli) enum Item<'i> {
    Question(&'i Question),
    Scenario(&'i Document),
}

impl Items {
    /// Reads the bundle and the packs: folders with question files and scenarios.
    ///
    /// # Errors
    /// If a pack cannot be read or anything is wrong with its files.
    pub(in crate::cli) fn load(packs: &[PathBuf], rulebook: Rulebook, format: Format) -> Result<Self, Failure> {
        let mut sources = Sources::new();
        let mut diagnostics = Vec::new();
        let mut question_files = Vec::new();
        let mut scenarios = Vec::new();
        for file in content::QUESTIONS {
            keep(doc::read(&mut sources, file.name, file.text, Limits::default()), &mut question_files, &mut diagnostics);
        }
        for file in content::SCENARIOS {
            match doc::read(&mut sources, file.name, file.text, Limits::default()).and_then(|node| lower(&node)) {
                Ok(document) => scenarios.push(document),
                Err(found) => diagnostics.extend(found),
            }
        }
        for path in load::yaml_files(packs)? {
            match load::read_node(&mut sources, &path)? {
                Ok(node) if node.get("scenario").is_some() => match lower(&node) {
                    Ok(document) => scenarios.push(document),
                    Err(found) => diagnostics.extend(found),
                },
                other => keep(other, &mut question_files, &mut diagnostics),
            }
        }
        let (bank, found) = Bank::of(&question_files);
        diagnostics.extend(found);
        diagnostics.extend(duplicates(&mut scenarios));
        if !diagnostics.is_empty() {
            return Err(load::input(sources, diagnostics, format));
        }
        let mut questions = bank.questions;
        // By the guide some questions have no right answer, or several: they are for today's AWS.
        questions.retain(|question| question.key_under(rulebook).len() == question.kind.count());
        Ok(Items { sources, questions, scenarios })
    }

    /// With so many questions that are made from a seed, from easy to hard.
    ///
    /// # Errors
    /// If one cannot be used, which is a mistake in this program.
    pub(super) fn with_generated(mut self, seed: u64, count: u8, rulebook: Rulebook, format: Format) -> Result<Self, Failure> {
        for number in 0..count {
            // Seeds of neighbouring days must not share questions.
            let seed = seed.wrapping_mul(1_000).wrapping_add(u64::from(number));
            let Some(text) = cost_question(seed, number % 3 + 1, rulebook) else { continue };
            let (bank, diagnostics) = Bank::read(&mut self.sources, [("a generated question", text.as_str())]);
            if !diagnostics.is_empty() {
                return Err(load::input(self.sources, diagnostics, format));
            }
            self.questions.extend(bank.questions);
        }
        Ok(self)
    }

    /// All topics, sorted.
    pub(super) fn topics(&self) -> BTreeSet<&str> {
        let questions = self.questions.iter().flat_map(|question| &question.topics);
        questions.chain(self.scenarios.iter().flat_map(|document| &document.topics)).map(String::as_str).collect()
    }

    /// What a session may choose from: items with one of the topics, or all if none is named.
    pub(in crate::cli) fn candidates(&self, topics: &[String], only: Option<ItemKind>) -> Vec<Candidate> {
        let wanted = |of: &[String]| topics.is_empty() || of.iter().any(|topic| topics.contains(topic));
        let questions = self.questions.iter().filter(|question| wanted(&question.topics)).map(|question| Candidate {
            id: question_id(question),
            topic: question.topics.first().cloned().unwrap_or_default(),
            kind: ItemKind::Question,
            difficulty: QUESTION_DIFFICULTY,
        });
        let scenarios = self.scenarios.iter().filter(|document| wanted(&document.topics)).map(|document| Candidate {
            id: scenario_id(document),
            topic: document.topics.first().map_or(NO_TOPIC, String::as_str).to_owned(),
            kind: ItemKind::Scenario,
            difficulty: document.difficulty,
        });
        questions.chain(scenarios).filter(|candidate| only.is_none_or(|kind| candidate.kind == kind)).collect()
    }

    /// The item of this id.
    pub(in crate::cli) fn item(&self, id: &str) -> Option<Item<'_>> {
        let question = self.questions.iter().find(|question| question_id(question) == id).map(Item::Question);
        question.or_else(|| self.scenarios.iter().find(|document| scenario_id(document) == id).map(Item::Scenario))
    }

    /// The easiest scenario about one of these topics.
    pub(super) fn scenario_about(&self, topics: &[String]) -> Option<&Document> {
        let about = |document: &&Document| document.topics.iter().any(|topic| topics.contains(topic));
        self.scenarios.iter().filter(about).min_by_key(|document| document.difficulty)
    }
}

pub(super) fn question_id(question: &Question) -> String {
    format!("question:{}", question.id)
}

pub(super) fn scenario_id(document: &Document) -> String {
    format!("scenario:{}", document.id)
}

fn keep(node: Result<Node, Vec<Diagnostic>>, files: &mut Vec<Node>, diagnostics: &mut Vec<Diagnostic>) {
    match node {
        Ok(node) => files.push(node),
        Err(found) => diagnostics.extend(found),
    }
}

/// Progress is kept under ids, so two scenarios of one id cannot be told apart.
fn duplicates(scenarios: &mut [Document]) -> Vec<Diagnostic> {
    let mut seen = std::collections::BTreeMap::new();
    let mut found = Vec::new();
    for document in scenarios.iter() {
        if let Some(first) = seen.insert(document.id.clone(), document.id_span) {
            found.push(
                Diagnostic::error("scenario/duplicate-id", format!("two scenarios have the id `{}`", document.id))
                    .at(document.id_span, "again")
                    .at(first, "first"),
            );
        }
    }
    found
}
