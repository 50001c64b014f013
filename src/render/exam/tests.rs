//! Every screen at 80 and at 40 columns, and plain.

use super::*;
use crate::diag::Sources;
use crate::render::{Answered, safe};
use crate::rulebook::Rulebook;
use crate::study::exam::{Blueprint, Effect, End, Marked, Outcome, Paper, Press, forecast, score};
use crate::study::{Bank, Domain, Grade, run_question};
use std::fmt::Write as _;
use unicode_width::UnicodeWidthStr as _;

const WIDE: ExamLook = ExamLook { width: 80, plain: false };
const NARROW: ExamLook = ExamLook { width: 40, plain: false };
const PLAIN: ExamLook = ExamLook { width: 80, plain: true };

const EXECUTED: &str = r#"
  - question: disabled-key-error
    kind: choice
    topics: [key-states]
    domain: resilient
    guide: "Key State Issues"
    facts: [error-disabled-key]
    stem: >
      An operator disables a key by mistake. A nightly job that has every permission on the key calls GenerateDataKey and fails.
      Which error does its log show, so that the operator finds the reason quickly?
    options:
      a: { text: AccessDeniedException, value: AccessDeniedException, misconception: disabled-is-denied, why: "The job is authorised; the key's state stops it." }
      b: { text: DisabledException, value: DisabledException, why: "A disabled key refuses with this error." }
      c: { text: "A data key, since only encryption under the key itself stops", value: ok, misconception: half-disabled, why: "Every cryptographic operation stops." }
    key: [b]
    why: "A disabled key answers {fact:error-disabled-key}."
    proof:
      world:
        accounts: { A: { id: "111111111111", roles: { Job: { allow: ["kms:*"] } } } }
        kms: { files: { state: Disabled } }
      checks:
        - { name: use, as: "arn:aws:iam::A:role/Job", call: "kms:GenerateDataKey", with: { KeyId: files, KeySpec: AES_256 }, expect: { answer: option } }
      fails:
        a: { at: use, with: DisabledException }
        c: { at: use, with: DisabledException }
"#;

fn bank(sources: &mut Sources) -> Vec<Question> {
    let mut text = format!("version: 1\nquestions:\n{EXECUTED}");
    for (domain, count) in [("secure", 30), ("resilient", 24), ("performing", 24), ("cost", 20)] {
        for number in 0..count {
            let response = number % 2 == 1;
            let kind = if response { "response\n    choose: 2" } else { "choice" };
            let key = if response { "[a, b]" } else { "[a]" };
            write!(
                text,
                "  - question: {domain}-{number}\n    kind: {kind}\n    topics: [{domain}-{number}]\n    domain: {domain}\n    guide: Keys\n    \
                 stem: A company shares a snapshot with an account of a partner. Which step number {number} is needed?\n    options:\n      \
                 a: {{ text: \"Encrypt it with a customer managed key, and let the partner's account use that key\", why: w }}\n      \
                 b: {{ text: Copy the snapshot, why: w }}\n      c: {{ text: Share the default key, why: w }}\n      \
                 d: {{ text: Nothing, why: w }}\n    key: {key}\n    why: It is so.\n    proof: cited\n    source: A page\n"
            )
            .unwrap();
        }
    }
    let (bank, diagnostics) = Bank::read(sources, [("bank.yaml", text.as_str())]);
    assert!(diagnostics.is_empty(), "{}", crate::render::diagnostics_text(&diagnostics, sources, false, 100));
    bank.questions
}

/// An exam with its first questions answered or marked, one left out and some incomplete.
fn begun(questions: &[Question], items: usize) -> Sitting {
    let paper = Paper::draw(questions, 12, Blueprint::of(items), Rulebook::current());
    let mut sitting = Sitting::begin(paper, "2026-03-01T09:00:00Z".to_owned(), true, 0);
    let mut desk = Desk::default();
    for at in 0..8 {
        let keys = match at {
            3 => "n",
            even if even % 2 == 0 => "amn",
            _ => "bdn",
        };
        for key in keys.chars() {
            desk.press(&mut sitting, Press::Char(key));
        }
    }
    let response = sitting.paper.items.iter().position(|item| item.choose == 2).unwrap();
    sitting.at = response;
    desk.pass(&mut sitting, 492_300);
    sitting
}

#[track_caller]
fn fits(screen: &ExamScreen, look: ExamLook) -> String {
    let text = format!("{}{}", screen.body, screen.foot);
    assert!(text.lines().all(|line| line.width() <= look.width), "{text}");
    assert_eq!(safe(&text), text);
    text
}

#[test]
fn a_question_at_80_and_40_columns_and_plain() {
    let questions = bank(&mut Sources::new());
    let sitting = begun(&questions, 15);
    let desk = Desk::default();
    for (name, look) in [("question_80", WIDE), ("question_40", NARROW), ("question_plain", PLAIN)] {
        let text = fits(&exam_screen(&sitting, &questions, &desk, look), look);
        insta::assert_snapshot!(name, text);
        for secret in [sitting.paper.items[sitting.at].question.as_str(), "secure |", "right", "correct"] {
            assert!(!text.contains(secret), "{secret} is told before the end");
        }
    }
    let json = exam_screen_json(&sitting, &questions, &desk);
    let keys: Vec<&String> = json.as_object().unwrap().keys().collect();
    assert_eq!(keys, ["type", "number", "of", "marked", "chosen", "open", "missing", "kind", "choose", "stem", "options", "seconds_left"]);
}

#[test]
fn the_review_before_submission() {
    let questions = bank(&mut Sources::new());
    let sitting = begun(&questions, 65);
    let mut desk = Desk { view: View::Grid, ..Desk::default() };
    for (name, look) in [("grid_80", WIDE), ("grid_40", NARROW), ("grid_plain", PLAIN)] {
        let screen = exam_screen(&sitting, &questions, &desk, look);
        let text = fits(&screen, look);
        assert!(look != WIDE || text.lines().count() <= 24, "{text}");
        insta::assert_snapshot!(name, text);
    }
    assert_eq!(desk.press(&mut sitting.clone(), Press::Char('s')), Effect::Shown);
    let screen = exam_screen(&sitting, &questions, &desk, WIDE);
    assert!(screen.foot.ends_with("questions open? y submits, any other key goes back.\n"), "{}", screen.foot);
    insta::assert_json_snapshot!("grid_json", exam_screen_json(&begun(&questions, 8), &questions, &desk));
}

#[test]
fn keys_pause_and_a_number_that_is_typed() {
    let questions = bank(&mut Sources::new());
    let mut sitting = begun(&questions, 15);
    let mut desk = Desk::default();
    let mut text = String::new();
    for key in ['?', ' ', 'z', ' ', 'g', '1'] {
        desk.press(&mut sitting, Press::Char(key));
        if key != ' ' {
            let body = exam_screen(&sitting, &questions, &desk, WIDE);
            text.push_str(&format!("=== {key}\n{}", if key == 'z' || key == '?' { fits(&body, WIDE) } else { body.foot }));
            fits(&exam_screen(&sitting, &questions, &desk, NARROW), NARROW);
        }
    }
    insta::assert_snapshot!("keys_pause_and_number", text);
    let mut paused = Desk { over: Some(Over::Paused), ..Desk::default() };
    assert!(!exam_screen_json(&sitting, &questions, &paused).to_string().contains("snapshot"));
    paused.view = View::Grid;
    let grid_keys = exam_screen(&sitting, &questions, &Desk { over: Some(Over::Keys), ..paused }, NARROW);
    insta::assert_snapshot!("grid_keys_40", fits(&grid_keys, NARROW));
}

#[test]
fn a_paper_before_it_begins() {
    let questions = bank(&mut Sources::new());
    let small: Vec<Question> = questions.iter().filter(|question| question.domain != Domain::Cost).take(20).cloned().collect();
    let paper = Paper::draw(&small, 12, Blueprint::full(), Rulebook::current());
    let sitting = Sitting::begin(paper, "2026-03-01T09:00:00Z".to_owned(), true, 1);
    let text = format!("{}\n{}\n{}", exam_paper_text(&sitting, WIDE), exam_paper_text(&sitting, NARROW), exam_paper_text(&sitting, PLAIN));
    insta::assert_snapshot!("paper", text);
    insta::assert_json_snapshot!("paper_json", exam_paper_json(&sitting));
}

fn ended(questions: &[Question]) -> Sitting {
    let mut sitting = begun(questions, 15);
    for (at, entry) in sitting.entries.iter_mut().enumerate() {
        let question = questions.iter().find(|question| question.id == sitting.paper.items[at].question).unwrap();
        entry.chosen = if at % 5 == 4 { Vec::new() } else { question.key.clone() };
        entry.spent_ms = 30_000 + 1_700 * u64::try_from(at).unwrap();
    }
    sitting.ended = Some(End::TimeOver);
    sitting
}

#[test]
fn a_result_says_how_unsure_it_is() {
    let questions = bank(&mut Sources::new());
    let sitting = ended(&questions);
    let score = score(&sitting, &questions);
    let topics = ["key-states".to_owned()];
    for (name, look) in [("result_80", WIDE), ("result_40", NARROW), ("result_plain", PLAIN)] {
        let text = exam_result_text(&sitting, &score, &topics, look);
        assert!(text.lines().all(|line| line.width() <= look.width), "{text}");
        assert!(text.contains("equated"), "{text}");
        insta::assert_snapshot!(name, text);
    }
    insta::assert_json_snapshot!("result_json", exam_result_json(&sitting, &score, &topics));
}

#[test]
fn the_review_afterwards_tells_what_the_answer_did() {
    let mut sources = Sources::new();
    let questions = bank(&mut sources);
    let question = &questions[0];
    let chosen = ["a".to_owned()];
    let verdict = run_question(question, &chosen, Rulebook::current()).unwrap().unwrap();
    let mark = Marked { outcome: Outcome::Wrong, scored: true, domain: Domain::Resilient, seconds: 72 };
    let answered = |chosen, verdict| Answered {
        question,
        order: &[2, 0, 1],
        chosen,
        grade: Grade::Wrong,
        confidence: None,
        verdict,
        right: None,
        next: "kmsprep drill asks it again",
        try_next: "kmsprep drill key-states",
        sources: &sources,
        rulebook: Rulebook::current(),
    };
    let reviewed = Reviewed { number: 3, of: 15, mark, answered: Some(answered(&chosen, Some(&verdict))) };
    for (name, look) in [("reviewed_80", WIDE), ("reviewed_40", NARROW), ("reviewed_plain", PLAIN)] {
        let text = exam_reviewed_text(&reviewed, look);
        assert!(text.lines().all(|line| line.width() <= look.width), "{text}");
        insta::assert_snapshot!(name, text);
    }
    assert_eq!(exam_reviewed_json(&reviewed)["outcome"], "wrong");
    let open = Reviewed { mark: Marked { outcome: Outcome::Unanswered, ..mark }, answered: Some(answered(&[], None)), ..reviewed };
    assert!(exam_reviewed_text(&open, WIDE).contains("NOT CORRECT   you chose nothing   correct: C"));
    let gone = Reviewed { mark: Marked { outcome: Outcome::Missing, ..mark }, answered: None, ..open };
    assert!(exam_reviewed_text(&gone, WIDE).contains("has this question no longer"));
}

#[test]
fn sittings_and_a_forecast() {
    let questions = bank(&mut Sources::new());
    let (open, done) = (begun(&questions, 15), ended(&questions));
    let sittings = [(&open, None), (&done, Some(score(&done, &questions)))];
    let groups = [crate::study::exam::ForecastGroup { domain: Domain::Secure, recalls: vec![0.9; 12], unseen: 8, chance: 0.25 }];
    let mut text = String::new();
    for look in [WIDE, NARROW, PLAIN] {
        text.push_str(&exam_list_text(&sittings, look));
        text.push_str(&exam_forecast_text(forecast(&groups, 30).as_ref(), 30, look));
        text.push_str(&exam_forecast_text(None, 4, look));
        text.push_str("===\n");
    }
    assert!(text.lines().all(|line| line.width() <= 80));
    insta::assert_snapshot!("list_and_forecast", text);
    insta::assert_json_snapshot!("list_json", exam_list_json(&sittings));
    assert_eq!(exam_forecast_json(None, 4)["too_few"], true);
}
