//! Families of items, and an item in the form of a question file.

use super::dice::{Dice, Want};
use super::draft::Draft;
use crate::diag::Sources;
use crate::rulebook::Rulebook;
use crate::scenario::Outcome;
use crate::study::Bank;
use crate::study::proof::run_question;
use crate::study::question::{Domain, Question};
use serde_json::{Map, Value, json};
use std::collections::BTreeSet;

/// The easiest items are of this difficulty.
pub const EASIEST: u8 = 1;
/// The hardest items are of this difficulty.
pub const HARDEST: u8 = 3;

/// Draws after which a family gives up: a test holds every family to never needing so many.
const MOST_DRAWS: usize = 1_000;

/// The letters of the options.
const LETTERS: [&str; 4] = ["a", "b", "c", "d"];

/// An endless family of items of one kind: the model computes the answer of each, and the other options are what common mistakes
/// would give.
#[derive(Debug)]
pub struct Family {
    /// Its id, under which a schedule keeps it: small letters, digits, hyphens.
    pub id: &'static str,
    /// One line for lists.
    pub title: &'static str,
    /// Topics, the main one first.
    pub topics: &'static [&'static str],
    /// The domain of the exam.
    pub domain: Domain,
    /// The section of the guide.
    pub guide: &'static str,
    /// The ids of the guide's claims that it exercises, the main one first.
    pub claims: &'static [&'static str],
    /// The ids of the facts that its items lean on.
    pub facts: &'static [&'static str],
    pub(super) draw: fn(&Want, &mut Dice, u8, Rulebook) -> Option<Draft>,
}

impl Family {
    /// The item of a seed, from [`EASIEST`] to [`HARDEST`], as the text of a question file with its executed proof. Its id is that of the family and
    /// the seed: `key-state-42`.
    ///
    /// Nothing comes back where the model has no answer, which is a mistake in this program.
    #[must_use]
    pub fn text(&self, seed: u64, difficulty: u8, rulebook: Rulebook) -> Option<String> {
        let draft = self.draft(seed, difficulty, rulebook, true)?;
        let mut question = self.question(&draft, seed)?;
        // How the other options fail is no claim of the family's, nor which checks hold for all of them: the model says it.
        let (read, _) = read(&mut Sources::new(), &file(question.clone()));
        let read = read?;
        let mut fails = Map::new();
        let mut failed: BTreeSet<String> = BTreeSet::new();
        for (at, name) in LETTERS.iter().enumerate() {
            let verdict = run_question(&read, &[(*name).to_owned()], rulebook).ok()??;
            failed.extend(verdict.checks.iter().filter(|check| check.outcome != Outcome::Passed).map(|check| check.name.clone()));
            if let Some(check) = verdict.first_failure().filter(|_| at != draft.right) {
                let found = check.evidence().map_or("skipped", |evidence| evidence.found.as_str());
                fails.insert((*name).to_owned(), json!({"at": check.name, "with": found}));
            }
        }
        if let Some(Value::Object(proof)) = question.get_mut("proof") {
            for check in proof.get_mut("checks").and_then(Value::as_array_mut).into_iter().flatten().filter_map(Value::as_object_mut) {
                match check.get("name").and_then(Value::as_str).map(|name| failed.contains(name)) {
                    Some(true) => _ = check.remove("always"),
                    Some(false) => _ = check.insert("always".to_owned(), json!(true)),
                    None => {}
                }
            }
            proof.insert("fails".to_owned(), Value::Object(fails));
        }
        Some(file(question))
    }

    /// The same, read; its places point into `sources`.
    #[must_use]
    pub fn item(&self, seed: u64, difficulty: u8, rulebook: Rulebook, sources: &mut Sources) -> Option<Question> {
        read(sources, &self.text(seed, difficulty, rulebook)?).0
    }

    /// Draws the case of a seed and has the model compute its answer. What is not to be written down has options without feedback and no proof.
    pub(super) fn draft(&self, seed: u64, difficulty: u8, rulebook: Rulebook, writes: bool) -> Option<Draft> {
        let mut dice = Dice::new(self.id, seed, writes);
        let want = dice.want();
        let difficulty = difficulty.clamp(EASIEST, HARDEST);
        (0..MOST_DRAWS).find_map(|_| (self.draw)(&want, &mut dice, difficulty, rulebook))
    }

    /// The question without what its wrong options show.
    fn question(&self, draft: &Draft, seed: u64) -> Option<Value> {
        let mut options = Map::new();
        for (at, (name, choice)) in LETTERS.iter().zip(&draft.choices).enumerate() {
            let mut option = json!({"text": choice.text, "why": choice.why});
            if let Value::Object(map) = &mut option {
                if at != draft.right {
                    map.insert("misconception".to_owned(), json!(choice.mistake));
                }
                // Parts and a value stand at different places.
                let place = if choice.fills.is_object() { "parts" } else { "value" };
                map.insert(place.to_owned(), choice.fills.clone());
            }
            options.insert((*name).to_owned(), option);
        }
        Some(json!({
            "question": format!("{}-{seed}", self.id),
            "kind": "choice",
            "topics": self.topics,
            "domain": self.domain.name(),
            "guide": self.guide,
            "claims": self.claims,
            "facts": self.facts,
            "stem": draft.stem,
            "options": options,
            "key": [LETTERS.get(draft.right)?],
            "why": draft.why,
            "hints": draft.hints,
            "try": draft.try_next,
            "proof": {"world": draft.proof.world, "checks": draft.proof.checks},
        }))
    }
}

fn file(question: Value) -> String {
    json!({"version": 1, "questions": [question]}).to_string()
}

fn read(sources: &mut Sources, text: &str) -> (Option<Question>, Vec<crate::diag::Diagnostic>) {
    let (bank, diagnostics) = Bank::read(sources, [("generated", text)]);
    (bank.questions.into_iter().next(), diagnostics)
}
