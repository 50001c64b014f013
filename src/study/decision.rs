//! One decision of a scenario, asked alone: the others are made as in an answer that passes.
//!
//! Nothing has to be run to find the right options. The scenario's proof says which combinations pass, and lint runs them all.

use super::question::{Domain, Evidence, Kind, Question, QuestionOption};
use crate::scenario::{Answer, Answers, Decision, Document, options_of};
use std::sync::Arc;

/// What a learner reads of each other decision.
const MADE: &str = "Decided already:";

/// The decisions of a scenario that can be asked alone, by their names: the scenario has others, and with these made there is exactly one
/// right answer.
#[must_use]
pub fn decisions(document: &Document) -> Vec<&str> {
    if document.decisions.len() < 2 {
        return Vec::new();
    }
    let Some(made) = passing(document) else { return Vec::new() };
    document.decisions.iter().filter(|decision| key(document, decision, &made).is_some()).map(|decision| decision.name.as_str()).collect()
}

/// A decision as a question. Its id is the scenario's with the decision's behind a slash.
#[must_use]
pub fn decision_question(document: &Arc<Document>, name: &str) -> Option<Question> {
    let decision = document.decision(name)?;
    let mut rest = passing(document)?;
    let key = key(document, decision, &rest)?;
    rest.remove(name);
    let options = decision.options.iter().map(|option| QuestionOption {
        name: option.name.clone(),
        span: option.span,
        text: option.label.clone(),
        text_span: option.span,
        why: option.why.clone().unwrap_or_else(|| if key.contains(&option.name) { "This works." } else { "This fails." }.to_owned()),
        misconception: None,
    });
    Some(Question {
        id: format!("{}/{name}", document.id),
        id_span: document.id_span,
        kind: if decision.choose == 1 { Kind::Choice } else { Kind::Response { choose: decision.choose } },
        topics: document.topics.clone(),
        domain: if document.topics.iter().any(|topic| topic == "cost") { Domain::Cost } else { Domain::Secure },
        guide: document.guide.clone().unwrap_or_default(),
        facts: Vec::new(),
        claims: document.claims.clone(),
        stem: format!("{}\n\n{}\n\n{}", document.brief, made(document, &rest), decision.ask),
        stem_span: decision.span,
        options: options.collect(),
        key_span: decision.span,
        why: document.debrief.clone().unwrap_or_else(|| document.title.clone()),
        key,
        guide_key: None,
        hints: document.hints.clone(),
        try_next: Some(format!("kmsprep scenario solve {}", document.id)),
        evidence: Evidence::Executed { document: Arc::clone(document), decision: name.to_owned(), rest },
    })
}

/// The first combination that passes, by the proof.
fn passing(document: &Document) -> Option<Answers> {
    let rule = document.proof.passes.first()?;
    // A decision that the rule does not name may be made either way.
    let named = |decision: &Decision| rule.when.options.iter().find(|(name, _, _)| *name == decision.name);
    let answer = |decision: &Decision| match named(decision) {
        Some((_, _, names)) => names.iter().take(decision.choose).map(|(name, _)| name.clone()).collect(),
        None => decision.options.iter().take(decision.choose).map(|option| option.name.clone()).collect(),
    };
    let answers: Answers = document.decisions.iter().map(|decision| (decision.name.clone(), Answer::Options(answer(decision)))).collect();
    document.passes(&answers).then_some(answers)
}

/// The right options of a decision when the others are made so; nothing if there is none, or more than one answer.
fn key(document: &Document, decision: &Decision, made: &Answers) -> Option<Vec<String>> {
    let mut right = options_of(decision).into_iter().filter(|options| {
        let mut answers = made.clone();
        answers.insert(decision.name.clone(), Answer::Options(options.clone()));
        document.passes(&answers)
    });
    let only = right.next()?;
    right.next().is_none().then_some(only)
}

/// The decisions that are made, as the learner reads them.
fn made(document: &Document, rest: &Answers) -> String {
    let lines = rest.iter().filter_map(|(name, answer)| {
        let decision = document.decision(name)?;
        let Answer::Options(names) = answer else { return None };
        let labels: Vec<&str> = names.iter().filter_map(|name| decision.option(name)).map(|option| option.label.trim()).collect();
        Some(format!("- {} {}", decision.ask.trim(), labels.join("; ")))
    });
    std::iter::once(MADE.to_owned()).chain(lines).collect::<Vec<_>>().join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::content;
    use crate::diag::Sources;
    use crate::doc::{self, Limits};
    use crate::rulebook::Rulebook;
    use crate::scenario::lower;
    use crate::study::run_question;

    /// The key that the proof tells is what a run of each answer finds, for every decision of the bundle.
    #[test]
    fn the_right_options_are_those_that_pass_when_run() {
        let mut count = 0;
        for file in content::SCENARIOS {
            let node = doc::read(&mut Sources::new(), file.name, file.text, Limits::default()).unwrap();
            let document = Arc::new(lower(&node).unwrap());
            for name in decisions(&document) {
                let question = decision_question(&document, name).unwrap();
                for options in options_of(document.decision(name).unwrap()) {
                    let passed = run_question(&question, &options, Rulebook::current()).unwrap().unwrap().passed();
                    assert_eq!(passed, question.is_right(&options, Rulebook::current()), "{} {options:?}", question.id);
                }
                count += 1;
            }
        }
        assert!(count >= 12, "{count}");
    }
}
