//! The bundled bank, held to its own rules.

use super::*;
use crate::diag::{Diagnostic, Severity, Sources};
use crate::rulebook::{Rulebook, RulebookKind};
use crate::scenario::Document;
use std::sync::Arc;

fn bundled(sources: &mut Sources) -> (Bank, Vec<Diagnostic>) {
    Bank::read(sources, crate::content::QUESTIONS.iter().map(|file| (file.name, file.text)))
}

#[track_caller]
fn none(diagnostics: &[Diagnostic], sources: &Sources) {
    assert!(diagnostics.is_empty(), "\n{}", crate::render::diagnostics_text(diagnostics, sources, false, 120));
}

#[test]
fn every_bundled_question_proves_under_the_guides_rulebook_too() {
    let mut sources = Sources::new();
    let (bank, mut diagnostics) = bundled(&mut sources);
    for question in &bank.questions {
        diagnostics.extend(check_question(question));
        // Under today's rulebook `kmsprep lint` proves them, in a test of its own.
        diagnostics.extend(prove_question(question, Rulebook::guide()));
    }
    diagnostics.extend(check_bank(&bank.questions));
    none(&diagnostics, &sources);
}

#[test]
fn the_bank_is_large_enough_and_mostly_executed() {
    let (bank, _) = bundled(&mut Sources::new());
    let executed = bank.questions.iter().filter(|question| matches!(question.evidence, Evidence::Executed { .. })).count();
    assert!(
        bank.questions.len() >= 120 && executed * 3 >= bank.questions.len() * 2,
        "{} questions, {executed} executed",
        bank.questions.len()
    );
}

#[test]
fn every_moved_key_is_found() {
    let (bank, _) = bundled(&mut Sources::new());
    let mut mutants = 0;
    // Every third question: a mutant takes as long as a proof.
    for question in bank.questions.iter().step_by(3).filter(|question| matches!(question.evidence, Evidence::Executed { .. })) {
        for wrong in question.options.iter().filter(|option| !question.key.contains(&option.name)) {
            let mut mutant = question.clone();
            mutant.key[0].clone_from(&wrong.name);
            let found = prove_question(&mutant, Rulebook::current());
            assert!(found.iter().any(|diagnostic| diagnostic.code == "question/key"), "{} keyed {}", question.id, wrong.name);
            mutants += 1;
        }
    }
    assert!(mutants >= 120, "{mutants}");
}

#[test]
fn every_neutralised_distractor_is_found() {
    let (bank, _) = bundled(&mut Sources::new());
    let mut mutants = 0;
    for question in bank.questions.iter().skip(1).step_by(3) {
        let Evidence::Executed { document, decision, rest } = &question.evidence else { continue };
        for wrong in question.options.iter().filter(|option| !question.key.contains(&option.name)) {
            // The distractor does what a right option does.
            let mut document = Document::clone(document);
            let right = document.decisions[0].option(&question.key[0]).unwrap().fills.clone();
            document.decisions[0].options.iter_mut().find(|option| option.name == wrong.name).unwrap().fills = right;
            let mutant = Question {
                evidence: Evidence::Executed { document: Arc::new(document), decision: decision.clone(), rest: rest.clone() },
                ..question.clone()
            };
            assert!(!prove_question(&mutant, Rulebook::current()).is_empty(), "{} with {}", question.id, wrong.name);
            mutants += 1;
        }
    }
    assert!(mutants >= 120, "{mutants}");
}

/// A file with one good question; `change` spoils it.
fn spoilt(change: &[(&str, &str)]) -> String {
    let mut text = String::from(
        "questions:
  - question: disabled
    kind: choice
    topics: [key-states]
    domain: secure
    guide: Key States
    facts: [error-disabled-key]
    stem: A key is disabled. What does Encrypt give?
    options:
      a: { text: ok, value: ok, why: no, misconception: m }
      b: { text: DisabledException, value: DisabledException, why: yes }
      c: { text: AccessDenied, value: AccessDeniedException, why: no, misconception: m }
    key: [b]
    why: It is disabled.
    proof:
      world: { accounts: { A: { id: \"111111111111\", roles: { R: { allow: [\"kms:*\"] } } } }, kms: { k: { state: Disabled } } }
      checks:
        - { name: try, as: \"arn:aws:iam::A:role/R\", call: \"kms:Encrypt\", with: { KeyId: k, Plaintext: x }, expect: { answer: option } }
      fails: { a: { at: try, with: DisabledException }, c: { at: try, with: DisabledException } }
",
    );
    for (from, to) in change {
        assert!(text.contains(from), "{from}");
        text = text.replacen(from, to, 1);
    }
    text
}

/// What lint says about the spoilt file.
fn lint(change: &[(&str, &str)]) -> String {
    let mut sources = Sources::new();
    let text = spoilt(change);
    let (bank, mut diagnostics) = Bank::read(&mut sources, [("bank.yaml", text.as_str())]);
    for question in &bank.questions {
        diagnostics.extend(prove_question(question, Rulebook::current()));
    }
    crate::render::diagnostics_text(&diagnostics, &sources, false, 100)
}

#[test]
fn a_good_question_has_nothing_to_report() {
    assert_eq!(lint(&[]), "");
}

#[test]
fn all_errors_of_a_file_are_shown_with_their_places() {
    insta::assert_snapshot!(lint(&[
        ("kind: choice", "kind: choise"),
        ("domain: secure", "domain: security"),
        ("facts: [error-disabled-key]", "facts: [error-disable-key]"),
        ("key: [b]", "key: [d]"),
        ("why: It is disabled.", "wyh: It is disabled."),
        ("What does Encrypt give?", "What gives {fact:nothing}?"),
    ]), @r"
    error[doc/missing-field]: a question has no `why`
     --> bank.yaml:2:5
      |
    2 |   - question: disabled
      |     ^^^^^^^^^^^^^^^^^^ add `why:` here

    error[question/kind]: there is no kind of question `choise`
     --> bank.yaml:3:11
      |
    3 |     kind: choise
      |           ^^^^^^ no such kind
    help: did you mean `choice`?

    error[question/domain]: the exam has no domain `security`
     --> bank.yaml:5:13
      |
    5 |     domain: security
      |             ^^^^^^^^ no such domain
    help: did you mean `secure`?

    error[question/unknown-fact]: the rulebook has no fact `error-disable-key`
     --> bank.yaml:7:13
      |
    7 |     facts: [error-disable-key]
      |             ^^^^^^^^^^^^^^^^^ no such fact
    help: did you mean `error-disabled-key`?

    error[question/unknown-fact]: the rulebook has no fact `nothing`
     --> bank.yaml:8:11
      |
    8 |     stem: A key is disabled. What gives {fact:nothing}?
      |           ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ no such fact

    error[question/unknown-option]: the question has no option `d`
      --> bank.yaml:13:11
       |
    13 |     key: [d]
       |           ^ no such option
    help: expected one of `a`, `b`, `c`

    error[doc/unknown-field]: a question has no field `wyh`
      --> bank.yaml:14:5
       |
    14 |     wyh: It is disabled.
       |     ^^^ unknown field
    ");
}

#[test]
fn a_key_that_the_model_contradicts_is_an_error_at_the_key() {
    insta::assert_snapshot!(lint(&[("key: [b]", "key: [a]")]), @r#"
    error[question/key]: the keyed answer `a` fails at check `try`
      --> bank.yaml:13:10
       |
    13 |     key: [a]
       |          ^^^ `a` does not pass
    ...
    18 |         - { name: try, as: "arn:aws:iam::A:role/R", call: "kms:Encrypt", with: { KeyId: k...
       |                   --- found DisabledException
    help: arn:aws:kms:us-east-1:A:key/k is disabled.

    error[question/key]: `b` passes every check and is not the key
      --> bank.yaml:13:10
       |
    11 |       b: { text: DisabledException, value: DisabledException, why: yes }
       |       - this passes
    12 |       c: { text: AccessDenied, value: AccessDeniedException, why: no, misconception: m }
    13 |     key: [a]
       |          ^^^ `b` is right as well
    help: change the option or the checks, or key it
    "#);
}

#[test]
fn a_distractor_that_fails_otherwise_is_an_error_at_its_rule() {
    insta::assert_snapshot!(lint(&[("a: { at: try, with: DisabledException }", "a: { at: try, with: AccessDeniedException }")]), @r"
    error[question/fails]: `a` fails at check `try` with DisabledException, not as `fails` says
      --> bank.yaml:19:25
       |
    19 |       fails: { a: { at: try, with: AccessDeniedException }, c: { at: try, with: DisabledE...
       |                         ^^^ expected `at: try, with: DisabledException`
    help: arn:aws:kms:us-east-1:A:key/k is disabled.
    ");
}

#[test]
fn errors_in_the_world_of_a_proof_are_those_of_the_scenario_language() {
    insta::assert_snapshot!(lint(&[("KeyId: k,", "KeyId: kk,"), ("{ answer: option }", "{ answer: optoin }")]), @r#"
    error[scenario/unknown-key]: the world has no key `kk`
      --> bank.yaml:18:89
       |
    18 | ...ame: try, as: "arn:aws:iam::A:role/R", call: "kms:Encrypt", with: { KeyId: kk, Plaintext:...
       |                                                                               ^^ no such key
    help: did you mean `k`?

    error[scenario/unknown-decision]: the scenario has no decision `optoin`
      --> bank.yaml:18:117
       |
    18 | .../R", call: "kms:Encrypt", with: { KeyId: kk, Plaintext: x }, expect: { answer: optoin } }
       |                                                                         ^^^^^^^^^^^^^^^^^^ no such decision
    help: did you mean `option`?
    "#);
}

#[test]
fn a_cited_key_needs_its_source_and_an_option_of_a_proof_its_value() {
    insta::assert_snapshot!(lint(&[("text: ok, value: ok,", "text: ok,"), ("topics: [key-states]", "topics: []")]), @r"
    error[question/no-topic]: a question has at least one topic
     --> bank.yaml:2:5
      |
    2 |   - question: disabled
      |     ^^^^^^^^^^^^^^^^^^ add `topics: [ … ]`, the main one first

    error[question/option-value]: option `a` says not what it fills in
      --> bank.yaml:10:7
       |
    10 |       a: { text: ok, why: no, misconception: m }
       |       ^ add `value`, `parts` or `omit: true`
    help: the proof runs every option: it puts this into the holes `{ answer: option }`
    ");
}

#[test]
fn an_id_is_used_once_in_a_bank() {
    let mut sources = Sources::new();
    let text = spoilt(&[]);
    let (bank, diagnostics) = Bank::read(&mut sources, [("one.yaml", text.as_str()), ("two.yaml", text.as_str())]);
    assert_eq!(bank.questions.len(), 1);
    assert_eq!(diagnostics.iter().map(|diagnostic| diagnostic.code).collect::<Vec<_>>(), ["question/duplicate-id"]);
}

#[test]
fn a_broken_file_does_not_hide_the_others() {
    let text = spoilt(&[]);
    let (bank, diagnostics) = Bank::read(&mut Sources::new(), [("broken.yaml", "questions: [\n"), ("good.yaml", text.as_str())]);
    assert_eq!((bank.questions.len(), diagnostics.iter().any(|d| d.severity == Severity::Error)), (1, true));
}

#[test]
fn a_guide_key_counts_under_the_guide_only() {
    let (bank, _) = bundled(&mut Sources::new());
    let question = bank.question("rotate-every-quarter").unwrap();
    assert_eq!(question.key_under(Rulebook::of(RulebookKind::Current)), ["a"]);
    assert!(question.key_under(Rulebook::of(RulebookKind::Guide)).is_empty());
}

#[test]
fn form_findings_name_the_cue() {
    let text = spoilt(&[("text: AccessDenied,", "text: \"All of the above, and whatever else an examiner could have meant by it\",")]);
    let (bank, _) = Bank::read(&mut Sources::new(), [("bank.yaml", text.as_str())]);
    let codes: Vec<&str> = check_question(&bank.questions[0]).iter().map(|diagnostic| diagnostic.code).collect();
    assert_eq!(codes, ["question/meta-option", "question/length"]);
}

#[test]
fn who_always_takes_the_longest_option_must_not_pass() {
    let text = spoilt(&[("text: ok,", "text: o,")]);
    let (bank, _) = Bank::read(&mut Sources::new(), [("bank.yaml", text.as_str())]);
    let many: Vec<Question> = std::iter::repeat_n(bank.questions[0].clone(), 30).collect();
    let codes: Vec<&str> = check_bank(&many).iter().map(|diagnostic| diagnostic.code).collect();
    assert_eq!(codes, ["question/positions", "question/guesser"]);
}

/// Chance is one in four: who goes by length, words or place is right in a quarter of the choices, three points more or less.
#[test]
fn nobody_passes_the_bank_by_form_alone() {
    let (bank, _) = bundled(&mut Sources::new());
    let choices: Vec<&Question> = bank.questions.iter().filter(|question| question.kind == Kind::Choice).collect();
    assert!(choices.len() > 100 && choices.iter().all(|question| question.options.len() == 4));
    for (name, habit) in form::HABITS {
        let score = form::guesser_score(&choices, habit);
        assert!(score.abs_diff(25) <= if name.contains("option") && !name.contains("words") { 3 } else { 5 }, "{name}: {score}");
    }
    for place in 0..4 {
        let right = choices.iter().filter(|question| question.options.get(place).is_some_and(|option| question.key.contains(&option.name)));
        let score = right.count() * 100 / choices.len();
        assert!(score.abs_diff(25) <= 3, "place {place}: {score}");
    }
}
