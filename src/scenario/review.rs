//! After the verdict: what each decision had to do with it.

use super::answers::{Answer, Answers};
use super::document::{Document, Selection};

/// One decision in the light of the verdict.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DecisionReview {
    /// The decision's name.
    pub decision: String,
    /// What was asked.
    pub ask: String,
    /// The labels of what was chosen; empty for the learner's own text.
    pub chosen: Vec<String>,
    /// Whether a passing combination has it; nothing is known of the learner's own text.
    pub works: Option<bool>,
    /// Why what was chosen works or fails, in the author's words.
    pub why: Vec<String>,
    /// The options that work, with the reason, where the chosen one does not.
    pub instead: Vec<(String, Option<String>)>,
}

/// Reviews every decision against the combinations that the proof says pass.
#[must_use]
pub fn review(document: &Document, answers: &Answers) -> Vec<DecisionReview> {
    let passes: Vec<&Selection> = document.proof.passes.iter().map(|rule| &rule.when).collect();
    document
        .decisions
        .iter()
        .map(|decision| {
            let admits = |rule: &Selection, option: &str| {
                rule.options
                    .iter()
                    .filter(|(name, _, _)| *name == decision.name)
                    .all(|(_, _, names)| names.iter().any(|(name, _)| name == option))
            };
            let chosen: Vec<_> = match answers.get(&decision.name) {
                Some(Answer::Options(names)) => names.iter().filter_map(|name| decision.option(name)).collect(),
                Some(Answer::Free(_)) | None => Vec::new(),
            };
            let works = (!chosen.is_empty()).then(|| passes.iter().any(|rule| chosen.iter().all(|option| admits(rule, &option.name))));
            let instead = if works == Some(true) {
                Vec::new()
            } else {
                let right = decision.options.iter().filter(|option| passes.iter().any(|rule| admits(rule, &option.name)));
                right.map(|option| (option.label.clone(), option.why.clone())).collect()
            };
            DecisionReview {
                decision: decision.name.clone(),
                ask: decision.ask.clone(),
                why: chosen.iter().filter_map(|option| option.why.clone()).collect(),
                chosen: chosen.into_iter().map(|option| option.label.clone()).collect(),
                works,
                instead,
            }
        })
        .collect()
}
