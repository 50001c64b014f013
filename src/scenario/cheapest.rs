//! What passing costs at least: the bills of all combinations of options that pass.

use super::answers::Answers;
use super::combination::combinations;
use super::document::Document;
use super::instance::instantiate_alone;
use super::run::run;
use crate::rulebook::{Rulebook, RulebookKind};
use rust_decimal::Decimal;
use std::sync::OnceLock;

/// More combinations than this are not tried just to tell the cheapest.
const MOST: usize = 20_000;

/// The cheapest way to pass.
#[derive(Clone, Debug, PartialEq)]
pub struct Cheapest {
    /// The first answers, in the order of the file, whose bill is the lowest.
    pub answers: Answers,
    /// Their bill.
    pub total: Decimal,
}

/// The cheapest way to pass of a document, by rulebook, worked out once.
#[derive(Clone, Debug, Default)]
pub(super) struct Known([OnceLock<Option<Cheapest>>; 2]);

/// The cheapest combination of options that passes every check, apart from checks that ask for the cheapest. Nothing for a scenario
/// without a cost check, or of which no combination passes.
///
/// Where no check asks for the cheapest, the combinations that the proof says pass are the ones that are run.
#[must_use]
pub fn cheapest(document: &Document, rulebook: Rulebook) -> Option<&Cheapest> {
    let [guide, current] = &document.cheapest.0;
    let known = match rulebook.kind {
        RulebookKind::Guide => guide,
        RulebookKind::Current => current,
    };
    // One after the other: whoever works in parallel may wait for this.
    known.get_or_init(|| search(document, rulebook)).as_ref()
}

fn search(document: &Document, rulebook: Rulebook) -> Option<Cheapest> {
    if super::combination_count(document).is_none_or(|count| count > MOST) {
        return None;
    }
    let mut best: Option<Cheapest> = None;
    for answers in combinations(document) {
        let Ok(instance) = instantiate_alone(document, &answers, rulebook) else { continue };
        let costs = || instance.checks.iter().filter_map(|check| check.cost.as_ref());
        let asks = costs().any(|cost| cost.cheapest);
        let proven = || document.proof.passes.iter().any(|rule| rule.when.matches(&answers));
        if costs().next().is_none() || !(asks || proven()) {
            continue;
        }
        let verdict = run(&instance);
        let total = verdict.bill.as_ref().filter(|_| verdict.passed()).map(|bill| bill.total);
        if let Some(total) = total.filter(|total| best.as_ref().is_none_or(|best| *total < best.total)) {
            best = Some(Cheapest { answers, total });
        }
    }
    best
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diag::Sources;
    use crate::doc::{self, Limits};
    use crate::scenario::{Answer, Evidence, Outcome, instantiate, lower};

    const SCENARIO: &str = r#"
scenario: keys
title: Keys
brief: As few as will do.
world:
  accounts: { A: { id: "111111111111", roles: { App: { allow: ["kms:Encrypt"] } } } }
  kms: { answer: keys }
decisions:
  keys:
    ask: Which keys?
    options:
      three: { label: three, value: { a: {}, b: {}, c: {} } }
      two: { label: two, value: { a: {}, b: {} } }
      one: { label: one, value: { a: { state: Disabled } } }
checks:
  - { name: use, as: "arn:aws:iam::A:role/App", call: "kms:Encrypt", with: { KeyId: a, Plaintext: x } }
  - { name: bill, cost: COST }
proof:
  passes: [{ keys: [three, two] }]
"#;

    fn evidence(cost: &str, option: &str) -> Option<Evidence> {
        let node = doc::read(&mut Sources::new(), "test", &SCENARIO.replace("COST", cost), Limits::default()).unwrap();
        let document = lower(&node).unwrap();
        let answers = [("keys".to_owned(), Answer::Options(vec![option.to_owned()]))].into();
        let instance = instantiate(&document, &answers, Rulebook::current()).unwrap();
        let verdict = run(&instance);
        verdict.checks.into_iter().find_map(|check| match check.outcome {
            Outcome::Failed(evidence) if check.name == "bill" => Some(evidence),
            Outcome::Failed(_) | Outcome::Passed | Outcome::Skipped { .. } => None,
        })
    }

    #[test]
    fn the_cheapest_answers_that_pass_are_asked_for() {
        assert_eq!(evidence("{ cheapest: true }", "two"), None);
        let three = evidence("{ cheapest: true }", "three").unwrap();
        assert_eq!(three.found, "3.00");
        assert!(three.expected.contains("2.00, which other answers that pass cost"), "{}", three.expected);
        // One key costs less, and what it makes does not work.
        assert_eq!(evidence("{ cheapest: true }", "one"), None);
    }

    #[test]
    fn a_bill_can_be_too_low() {
        assert_eq!(evidence(r#"{ at_least: "2.50" }"#, "three"), None);
        assert_eq!(evidence(r#"{ at_least: "2.50" }"#, "two").unwrap().expected, "at least 2.50");
    }

    #[test]
    fn what_passes_is_told_by_the_proof_where_nobody_asks_for_the_cheapest() {
        let text = SCENARIO.replace("COST", r#"{ at_most: "9.00" }"#);
        let document = lower(&doc::read(&mut Sources::new(), "test", &text, Limits::default()).unwrap()).unwrap();
        let found = cheapest(&document, Rulebook::current()).unwrap();
        assert_eq!((found.total, super::super::describe_answers(&found.answers)), (Decimal::TWO, "keys=two".to_owned()));
        let text = SCENARIO.replace("  - { name: bill, cost: COST }\n", "");
        let document = lower(&doc::read(&mut Sources::new(), "test", &text, Limits::default()).unwrap()).unwrap();
        assert_eq!(cheapest(&document, Rulebook::current()), None);
    }
}
