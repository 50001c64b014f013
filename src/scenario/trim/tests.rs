use super::*;
use crate::content;
use crate::diag::Sources;
use crate::doc::{self, Limits};
use crate::render;
use crate::scenario::{Answer, combinations, describe_answers, instantiate, lower, run};

/// A bundled scenario, and its files.
fn bundled(id: &str) -> (Sources, Document) {
    let file = content::SCENARIOS.iter().find(|file| file.id() == id).unwrap();
    let mut sources = Sources::new();
    let node = doc::read(&mut sources, file.name, file.text, Limits::default()).unwrap();
    let document = lower(&node).unwrap();
    (sources, document)
}

/// Trims answers that pass.
fn trimmed(document: &Document, answers: &Answers) -> Option<Trim> {
    let instance = instantiate(document, answers, Rulebook::default()).unwrap();
    let verdict = run(&instance);
    assert!(verdict.passed(), "{}: {:?}", describe_answers(answers), verdict.first_failure());
    trim(document, answers, &instance, &verdict, Rulebook::default())
}

/// The changes to answers that would still pass.
fn left(document: &Document, answers: &Answers) -> Vec<String> {
    let instance = instantiate(document, answers, Rulebook::default()).unwrap();
    let verdict = run(&instance);
    search::left(document, answers, &instance, &verdict, Rulebook::default())
}

#[test]
fn of_every_passing_combination_of_the_bundle_the_trimmed_policies_pass_and_nothing_more_can_go() {
    let mut policies = 0;
    for file in content::SCENARIOS {
        let (_, document) = bundled(file.id());
        for answers in combinations(&document).into_iter().filter(|answers| document.proof.passes.iter().any(|rule| rule.when.matches(answers))) {
            let Some(found) = trimmed(&document, &answers) else { continue };
            let what = format!("{} {}", document.id, describe_answers(&answers));
            policies += 1;
            assert!(found.complete, "{what}");
            let again = trimmed(&document, &found.trimmed);
            eprintln!("{what} runs {} excess {:#?} unneeded {:#?} offered {:#?}", found.runs, found.excess, found.unneeded, found.offered);
            assert_eq!(again.map(|again| again.excess).unwrap_or_default(), Vec::new(), "{what}");
            assert_eq!(left(&document, &found.trimmed), Vec::<String>::new(), "{what}");
        }
    }
    assert!(policies > 20, "{policies}");
}
