//! After the verdict: what each decision had to do with it.

use super::answers::{Answer, Answers};
use super::document::{Decision, Document, Selection};

/// One decision in the light of the verdict.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DecisionReview {
    /// The decision's name.
    pub decision: String,
    /// What was asked.
    pub ask: String,
    /// The labels of what was chosen; empty for the learner's own text.
    pub chosen: Vec<String>,
    /// Whether it stands in the passing combinations nearest to the answers; nothing is known of the learner's own text.
    pub works: Option<bool>,
    /// Why what was chosen works or fails, in the author's words.
    pub why: Vec<String>,
    /// The options that work, with the reason, where the chosen one does not.
    pub instead: Vec<(String, Option<String>)>,
}

/// Reviews every decision against the passing combinations that are nearest to the answers: those that differ from them in
/// the fewest decisions. An option that works elsewhere, beside other answers, does not work here.
#[must_use]
pub fn review(document: &Document, answers: &Answers) -> Vec<DecisionReview> {
    let differing: Vec<(&Selection, usize)> = document
        .proof
        .passes
        .iter()
        .map(|rule| (&rule.when, document.decisions.iter().filter(|d| differs(&rule.when, d, answers)).count()))
        .collect();
    let fewest = differing.iter().map(|(_, count)| *count).min().unwrap_or(0);
    let nearest: Vec<&Selection> = differing.into_iter().filter(|(_, count)| *count == fewest).map(|(rule, _)| rule).collect();
    document.decisions.iter().map(|decision| review_one(decision, answers, &nearest)).collect()
}

/// Whether a passing combination has another option for a decision. Nothing is known of the learner's own text.
fn differs(rule: &Selection, decision: &Decision, answers: &Answers) -> bool {
    match answers.get(&decision.name) {
        Some(Answer::Options(names)) => !names.iter().all(|name| admits(rule, decision, name)),
        Some(Answer::Free(_)) | None => false,
    }
}

fn admits(rule: &Selection, decision: &Decision, option: &str) -> bool {
    rule.options.iter().filter(|(name, _, _)| *name == decision.name).all(|(_, _, names)| names.iter().any(|(name, _)| name == option))
}

fn review_one(decision: &Decision, answers: &Answers, nearest: &[&Selection]) -> DecisionReview {
    let chosen: Vec<_> = match answers.get(&decision.name) {
        Some(Answer::Options(names)) => names.iter().filter_map(|name| decision.option(name)).collect(),
        Some(Answer::Free(_)) | None => Vec::new(),
    };
    let works = (!chosen.is_empty()).then(|| !nearest.iter().any(|rule| differs(rule, decision, answers)));
    let instead = if works == Some(true) {
        Vec::new()
    } else {
        let right = decision.options.iter().filter(|option| {
            let is_chosen = chosen.iter().any(|chosen| chosen.name == option.name);
            !is_chosen
                && nearest
                    .iter()
                    .any(|rule| (chosen.is_empty() || differs(rule, decision, answers)) && admits(rule, decision, &option.name))
        });
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
}
