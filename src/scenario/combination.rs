//! All combinations of a scenario's options.

use super::answers::{Answer, Answers};
use super::document::{Decision, Document, Selection};

/// How many combinations there are; nothing if the number is beyond counting.
#[must_use]
pub fn count(document: &Document) -> Option<usize> {
    document.decisions.iter().try_fold(1_usize, |product, decision| product.checked_mul(options_of(decision).len()))
}

/// Every combination, in the order of the file: the last decision changes fastest.
#[must_use]
pub fn combinations(document: &Document) -> Vec<Answers> {
    let mut all = vec![Answers::new()];
    for decision in &document.decisions {
        let picks = options_of(decision);
        all = all
            .into_iter()
            .flat_map(|answers| {
                picks.iter().map(move |pick| {
                    let mut answers = answers.clone();
                    answers.insert(decision.name.clone(), Answer::Options(pick.clone()));
                    answers
                })
            })
            .collect();
    }
    all
}

/// The ways to answer one decision: each option, or each set of as many options as it asks for.
#[must_use]
pub fn options_of(decision: &Decision) -> Vec<Vec<String>> {
    let mut sets: Vec<Vec<String>> = vec![Vec::new()];
    for option in &decision.options {
        let grown: Vec<Vec<String>> = sets
            .iter()
            .filter(|set| set.len() < decision.choose)
            .map(|set| set.iter().cloned().chain([option.name.clone()]).collect())
            .collect();
        sets.extend(grown);
    }
    sets.retain(|set| set.len() == decision.choose);
    sets
}

impl Document {
    /// Whether these answers pass, by the proof, which lint executes.
    #[must_use]
    pub fn passes(&self, answers: &Answers) -> bool {
        self.proof.passes.iter().any(|rule| rule.when.matches(answers))
    }
}

impl Selection {
    /// Whether it takes these answers in. A free answer is none of the options.
    #[must_use]
    pub fn matches(&self, answers: &Answers) -> bool {
        self.options.iter().all(|(decision, _, names)| match answers.get(decision) {
            Some(Answer::Options(chosen)) => {
                // Of a decision with several choices all named options must be chosen; of one with a single
                // choice any of the named ones.
                if chosen.len() > 1 {
                    names.iter().all(|(name, _)| chosen.contains(name))
                } else {
                    names.iter().any(|(name, _)| chosen.contains(name))
                }
            }
            Some(Answer::Free(_)) | None => false,
        })
    }
}

/// Answers as a person writes them: `key=customer, sharing=for-aws`.
#[must_use]
pub fn describe(answers: &Answers) -> String {
    let pairs: Vec<String> = answers
        .iter()
        .map(|(decision, answer)| match answer {
            Answer::Options(names) => format!("{decision}={}", names.join("+")),
            Answer::Free(_) => format!("{decision}=(your own)"),
        })
        .collect();
    pairs.join(", ")
}
