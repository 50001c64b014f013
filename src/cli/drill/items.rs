//! What there is to ask: the bundle, packs beside it, and the families of generated questions.

use crate::cli::{Failure, Format, load};
use crate::content;
use crate::diag::{Diagnostic, Sources};
use crate::doc::{self, Limits, Node};
use crate::rulebook::Rulebook;
use crate::scenario::{Document, lower};
use crate::study::{
    Bank, Candidate, EASIEST, Exercise, Family, HARDEST, ItemKind, Memory, Question, decision_question, decisions, families, family,
};
use std::collections::BTreeSet;
use std::path::PathBuf;
use std::sync::Arc;

/// Topic of a scenario that names none.
const NO_TOPIC: &str = "scenarios";

/// How hard a question is, among scenarios of 1 to 5.
const QUESTION_DIFFICULTY: u8 = 2;

/// Everything that can be asked.
#[derive(Debug)]
pub(in crate::cli) struct Items {
    pub(in crate::cli) sources: Sources,
    pub(in crate::cli) questions: Vec<Arc<Question>>,
    pub(in crate::cli) scenarios: Vec<Arc<Document>>,
    rulebook: Rulebook,
}

/// One item.
#[derive(Clone, Debug)]
pub(in crate::cli) enum Item {
    /// A question of the bank, a decision of a scenario, or a generated one.
    Question(Arc<Question>),
    /// A whole scenario.
    Scenario(Arc<Document>),
}

impl Item {
    /// What the learner knows it by.
    pub(super) fn name(&self) -> &str {
        match self {
            Item::Question(question) => &question.id,
            Item::Scenario(document) => &document.id,
        }
    }

    pub(super) fn topics(&self) -> &[String] {
        match self {
            Item::Question(question) => &question.topics,
            Item::Scenario(document) => &document.topics,
        }
    }
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
                Ok(document) => scenarios.push(Arc::new(document)),
                Err(found) => diagnostics.extend(found),
            }
        }
        for path in load::yaml_files(packs)? {
            match load::read_node(&mut sources, &path)? {
                Ok(node) if node.get("scenario").is_some() => match lower(&node) {
                    Ok(document) => scenarios.push(Arc::new(document)),
                    Err(found) => diagnostics.extend(found),
                },
                other => keep(other, &mut question_files, &mut diagnostics),
            }
        }
        let (bank, found) = Bank::of(&question_files);
        diagnostics.extend(found);
        diagnostics.extend(duplicates(&scenarios));
        if !diagnostics.is_empty() {
            return Err(load::input(sources, diagnostics, format));
        }
        let mut questions = bank.questions;
        // By the guide some questions have no right answer, or several: they are for today's AWS.
        questions.retain(|question| question.key_under(rulebook).len() == question.kind.count());
        let questions = questions.into_iter().map(Arc::new).collect();
        Ok(Items { sources, questions, scenarios, rulebook })
    }

    /// Everything as what names claims and facts, with the families of generated questions.
    pub(in crate::cli) fn exercises(&self) -> Vec<Exercise> {
        let questions = self.questions.iter().map(|question| Exercise::of_question(question));
        questions.chain(self.scenarios.iter().map(|document| Exercise::of_scenario(document))).chain(Exercise::of_families()).collect()
    }

    /// All topics, sorted.
    pub(super) fn topics(&self) -> BTreeSet<&str> {
        let questions = self.questions.iter().flat_map(|question| &question.topics);
        let topics = questions.chain(self.scenarios.iter().flat_map(|document| &document.topics)).map(String::as_str);
        topics.chain(families().iter().flat_map(|family| family.topics.iter().copied())).collect()
    }

    /// What a session may choose from: items with one of the topics, or all if none is named.
    pub(in crate::cli) fn candidates(&self, topics: &[String], only: Option<ItemKind>) -> Vec<Candidate> {
        let wanted = |of: &[String]| topics.is_empty() || of.iter().any(|topic| topics.contains(topic));
        let main = |topics: &[String]| topics.first().map_or(NO_TOPIC, String::as_str).to_owned();
        let questions = self.questions.iter().filter(|question| wanted(&question.topics)).map(|question| Candidate {
            id: ItemKind::Question.id(&question.id),
            topic: main(&question.topics),
            family: question.id.clone(),
            kind: ItemKind::Question,
            difficulty: QUESTION_DIFFICULTY,
        });
        let scenarios = self.scenarios.iter().filter(|document| wanted(&document.topics)).flat_map(|document| {
            let candidate = |kind: ItemKind, name: &str| Candidate {
                id: kind.id(name),
                topic: main(&document.topics),
                family: format!("scenario {}", document.id),
                kind,
                difficulty: document.difficulty,
            };
            // By the guide other answers may pass, and the proof speaks of today.
            let alone = if self.rulebook == Rulebook::current() { decisions(document) } else { Vec::new() };
            let alone: Vec<Candidate> =
                alone.into_iter().map(|name| candidate(ItemKind::Decision, &format!("{}/{name}", document.id))).collect();
            alone.into_iter().chain([candidate(ItemKind::Scenario, &document.id)])
        });
        let of_family =
            |family: &Family| topics.is_empty() || family.topics.iter().any(|topic| topics.iter().any(|wanted| wanted == topic));
        let generated = families().iter().filter(|family| of_family(family)).map(|family| Candidate {
            id: ItemKind::Generated.id(family.id),
            topic: family.topics.first().copied().unwrap_or(NO_TOPIC).to_owned(),
            family: format!("generated {}", family.id),
            kind: ItemKind::Generated,
            difficulty: QUESTION_DIFFICULTY,
        });
        questions.chain(scenarios).chain(generated).filter(|candidate| only.is_none_or(|kind| candidate.kind == kind)).collect()
    }

    /// The item of this id; a generated one is made from a seed, and harder the better its family is remembered.
    pub(in crate::cli) fn item(&mut self, id: &str, seed: u64, memory: Option<&Memory>) -> Option<Item> {
        let (_, name) = id.split_once(':')?;
        match ItemKind::of(id)? {
            ItemKind::Question => self.questions.iter().find(|question| question.id == name).cloned().map(Item::Question),
            ItemKind::Scenario => self.scenario(name).cloned().map(Item::Scenario),
            ItemKind::Decision => {
                let (scenario, decision) = name.split_once('/')?;
                decision_question(self.scenario(scenario)?, decision).map(|question| Item::Question(Arc::new(question)))
            }
            ItemKind::Generated => {
                let question = family(name)?.item(seed, difficulty(memory), self.rulebook, &mut self.sources)?;
                Some(Item::Question(Arc::new(question)))
            }
        }
    }

    fn scenario(&self, name: &str) -> Option<&Arc<Document>> {
        self.scenarios.iter().find(|document| document.id == name)
    }

    /// One thing to try after a question: its own, or the easiest scenario of its topics, or a drill of the main one.
    pub(in crate::cli) fn try_next(&self, question: &Question) -> String {
        let about = |document: &&Arc<Document>| document.topics.iter().any(|topic| question.topics.contains(topic));
        let scenario = || self.scenarios.iter().filter(about).min_by_key(|document| document.difficulty);
        let solve = || scenario().map(|document| format!("kmsprep scenario solve {}", document.id));
        let drill = || format!("kmsprep drill {}", question.topics.first().map_or("", String::as_str));
        question.try_next.clone().or_else(solve).unwrap_or_else(drill)
    }
}

/// How hard the next question of a family is: three steps, by the days that the family is remembered.
fn difficulty(memory: Option<&Memory>) -> u8 {
    match memory.filter(|memory| memory.known).map_or(0.0, |memory| memory.stability) {
        stability if stability < 2.0 => EASIEST,
        stability if stability < 10.0 => EASIEST + 1,
        _ => HARDEST,
    }
}

fn keep(node: Result<Node, Vec<Diagnostic>>, files: &mut Vec<Node>, diagnostics: &mut Vec<Diagnostic>) {
    match node {
        Ok(node) => files.push(node),
        Err(found) => diagnostics.extend(found),
    }
}

/// Progress is kept under ids, so two scenarios of one id cannot be told apart.
fn duplicates(scenarios: &[Arc<Document>]) -> Vec<Diagnostic> {
    let mut seen = std::collections::BTreeMap::new();
    let mut found = Vec::new();
    for document in scenarios {
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
