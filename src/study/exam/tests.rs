//! Papers, sittings, scores and forecasts over a bank made for the purpose.

use super::super::{Bank, Domain, Question};
use super::*;
use crate::diag::Sources;
use crate::rulebook::Rulebook;
use proptest::prelude::{Just, Strategy, any, prop_oneof, proptest};
use std::collections::{BTreeMap, BTreeSet};

/// So many questions of a domain, each about its own topic up to `topics`; every third is a response. The key is always the first options.
fn questions(counts: &[(&str, usize)], topics: usize) -> Vec<Question> {
    let mut text = String::from("version: 1\nquestions:\n");
    for (domain, count) in counts {
        for number in 0..*count {
            let response = number % 3 == 2;
            let kind = if response { "response\n    choose: 2" } else { "choice" };
            let key = if response { "[a, b]" } else { "[a]" };
            text.push_str(&format!(
                "  - question: {domain}-{number}\n    kind: {kind}\n    topics: [{domain}-topic-{}]\n    domain: {domain}\n    guide: Keys\n    \
                 stem: Question {number} of {domain}?\n    options:\n      a: {{ text: one, why: w }}\n      b: {{ text: two, why: w }}\n      \
                 c: {{ text: three, why: w }}\n      d: {{ text: four, why: w }}\n      e: {{ text: five, why: w }}\n    key: {key}\n    \
                 why: It is so.\n    proof: cited\n    source: A page\n",
                number % topics
            ));
        }
    }
    let mut sources = Sources::new();
    let (bank, diagnostics) = Bank::read(&mut sources, [("exam.yaml", text.as_str())]);
    assert!(diagnostics.is_empty(), "{}", crate::render::diagnostics_text(&diagnostics, &sources, false, 100));
    bank.questions
}

fn large() -> Vec<Question> {
    questions(&[("secure", 40), ("resilient", 40), ("performing", 40), ("cost", 40)], 40)
}

fn paper(blueprint: Blueprint, seed: u64) -> Paper {
    Paper::draw(&large(), seed, blueprint, Rulebook::current())
}

fn begun(items: usize) -> Sitting {
    Sitting::begin(paper(Blueprint::of(items), 7), "2026-03-01T09:00:00Z".to_owned(), false, 0)
}

/// Answers so many questions rightly and the others wrongly.
fn answered(sitting: &mut Sitting, right: impl Fn(usize, &PaperItem) -> bool) {
    for (at, (item, entry)) in sitting.paper.items.iter().zip(&mut sitting.entries).enumerate() {
        let names: &[&str] = match (right(at, item), item.choose) {
            (true, 1) => &["a"],
            (true, _) => &["b", "a"],
            (false, 1) => &["c"],
            (false, _) => &["a", "c"],
        };
        entry.chosen = names.iter().map(|name| (*name).to_owned()).collect();
    }
}

#[test]
fn blueprints_have_the_numbers_of_the_exam_guide() {
    let full = Blueprint::full();
    assert_eq!((full.items, full.scored(), full.unscored, full.seconds), (65, 50, 15, Some(130 * 60)));
    let mini = Blueprint::mini();
    assert_eq!((mini.items, mini.scored(), mini.unscored, mini.seconds), (15, 12, 3, Some(30 * 60)));
    assert_eq!(full.with_extra(30).seconds, Some(160 * 60));
    assert_eq!(full.untimed().with_extra(30).seconds, None);
    assert_eq!(Blueprint::of(20), Blueprint { items: 20, unscored: 5, seconds: Some(40 * 60) });
}

#[test]
fn shares_are_those_of_the_guide_and_sum_up() {
    let numbers = |count| super::blueprint::shares(count).map(|(_, share)| share);
    assert_eq!(numbers(50), [15, 13, 12, 10]);
    assert_eq!(numbers(15), [4, 4, 4, 3]);
    assert_eq!(numbers(1), [1, 0, 0, 0]);
    for count in 0..200 {
        assert_eq!(numbers(count).iter().sum::<usize>(), count);
    }
}

#[test]
fn a_full_paper_has_the_shares_no_topic_twice_and_no_caveat() {
    let paper = paper(Blueprint::full(), 7);
    let mut domains: BTreeMap<Domain, (usize, usize)> = BTreeMap::new();
    for item in &paper.items {
        let counts = domains.entry(item.domain).or_default();
        if item.scored { counts.0 += 1 } else { counts.1 += 1 }
    }
    assert_eq!(domains.into_values().collect::<Vec<_>>(), [(15, 4), (13, 4), (12, 4), (10, 3)]);
    assert_eq!(paper.items.iter().map(|item| &item.question).collect::<BTreeSet<_>>().len(), 65);
    assert_eq!(paper.caveats(), Vec::<String>::new());
    // Ids of this bank end with the number of their topic, and each topic of a domain comes once.
    assert!(paper.id.ends_with("-65"), "{}", paper.id);
}

#[test]
fn topics_are_spread_before_one_comes_twice() {
    let bank = questions(&[("secure", 30), ("resilient", 30), ("performing", 30), ("cost", 30)], 3);
    let paper = Paper::draw(&bank, 5, Blueprint::of(20), Rulebook::current());
    let mut taken: BTreeMap<String, usize> = BTreeMap::new();
    for item in &paper.items {
        let question = bank.iter().find(|question| question.id == item.question).unwrap();
        *taken.entry(question.topics[0].clone()).or_default() += 1;
    }
    assert_eq!(taken.len(), 12, "{taken:?}");
    // Six of one domain over three topics is two of each.
    assert!(taken.values().all(|count| *count <= 2), "{taken:?}");
}

#[test]
fn the_same_bank_seed_and_blueprint_give_the_same_paper_whatever_the_order_of_files() {
    let mut reversed = large();
    reversed.reverse();
    let again = Paper::draw(&reversed, 7, Blueprint::mini(), Rulebook::current());
    assert_eq!(paper(Blueprint::mini(), 7), again);
    assert_ne!(paper(Blueprint::mini(), 8).id, again.id);
    assert_ne!(Paper::draw(&large(), 7, Blueprint::mini(), Rulebook::guide()).id, again.id);
    // Time is no part of it: who has more of it sits the same paper.
    assert_eq!(paper(Blueprint::mini().with_extra(30), 7).id, again.id);
}

#[test]
fn another_text_or_key_is_another_paper() {
    let first = paper(Blueprint::mini(), 7);
    for change in [|question: &mut Question| question.stem.push('!'), |question: &mut Question| question.key = vec!["e".to_owned()]] {
        let mut bank = large();
        let id = &first.items[3].question;
        change(bank.iter_mut().find(|question| question.id == *id).unwrap());
        let other = Paper::draw(&bank, 7, Blueprint::mini(), Rulebook::current());
        assert_ne!(other.id, first.id);
        assert_eq!(
            other.items.iter().map(|item| &item.question).collect::<Vec<_>>(),
            first.items.iter().map(|item| &item.question).collect::<Vec<_>>()
        );
    }
}

#[test]
fn what_a_domain_lacks_is_filled_from_others_and_told() {
    let bank = questions(&[("secure", 40), ("resilient", 20), ("performing", 4)], 40);
    let paper = Paper::draw(&bank, 1, Blueprint::of(30), Rulebook::current());
    assert_eq!((paper.items.len(), paper.items.iter().filter(|item| item.scored).count()), (30, 23));
    assert_eq!(paper.caveats(), ["The bank has too few questions in performing (4 of 7), cost (0 of 6): other domains fill their places."]);
}

#[test]
fn a_small_bank_gives_a_smaller_paper_and_says_so() {
    let bank = questions(&[("secure", 20), ("resilient", 10), ("performing", 8), ("cost", 6)], 40);
    let paper = Paper::draw(&bank, 1, Blueprint::full().with_extra(30), Rulebook::current());
    assert_eq!((paper.items.len(), paper.blueprint.unscored, paper.blueprint.seconds), (44, 10, Some((88 + 30) * 60)));
    assert!(paper.caveats()[0].contains("has 44 of 65"), "{:?}", paper.caveats());
    let none = Paper::draw(&[] as &[Question], 1, Blueprint::mini(), Rulebook::current());
    assert!(none.items.is_empty());
}

#[test]
fn wilson_agrees_with_worked_values() {
    let rounded = |(low, high): (f64, f64)| ((low * 1e4).round() / 1e4, (high * 1e4).round() / 1e4);
    // 41 of 50; none and all of 10, whose ends are 1 / (1 + n / z²) by hand.
    assert_eq!(rounded(wilson(0.82, 50.0)), (0.6920, 0.9023));
    assert_eq!(rounded(wilson(0.0, 10.0)), (0.0, 0.2775));
    assert_eq!(rounded(wilson(1.0, 10.0)), (0.7225, 1.0));
    assert_eq!(wilson(0.5, 0.0), (0.0, 1.0));
}

#[test]
fn a_score_counts_scored_questions_alone_and_whole_responses() {
    let bank = large();
    let mut sitting = begun(65);
    answered(&mut sitting, |_, item| !item.scored);
    let none = score(&sitting, &bank);
    assert_eq!((none.right, none.of, none.scaled, none.unscored, none.passed()), (0, 50, 100, (15, 15), false));

    let left = std::cell::Cell::new(41_u32);
    answered(&mut sitting, |_, item| item.scored && left.replace(left.get().saturating_sub(1)) > 0);
    let some = score(&sitting, &bank);
    assert_eq!((some.right, some.scaled, some.range, some.unscored), (41, 838, (723, 912), (0, 15)));
    assert!(some.passed());
    assert_eq!(some.domains.iter().map(|domain| domain.of).collect::<Vec<_>>(), [15, 13, 12, 10]);
    assert_eq!(some.domains.iter().map(|domain| domain.right).sum::<usize>(), 41);
}

#[test]
fn the_pass_line_is_exact() {
    let bank = large();
    let mut sitting = begun(65);
    for (right, passed) in [(34_u32, false), (35, true)] {
        let left = std::cell::Cell::new(right);
        answered(&mut sitting, |_, item| item.scored && left.replace(left.get().saturating_sub(1)) > 0);
        let score = score(&sitting, &bank);
        // 34 of 50 is 712, 35 of 50 is 730.
        assert_eq!((score.scaled, score.passed()), (if passed { 730 } else { 712 }, passed));
    }
}

#[test]
fn nothing_and_too_little_are_wrong() {
    let bank = large();
    let mut sitting = begun(15);
    answered(&mut sitting, |_, _| true);
    let response = sitting.paper.items.iter().position(|item| item.choose == 2 && item.scored).unwrap();
    let choice = sitting.paper.items.iter().position(|item| item.choose == 1 && item.scored).unwrap();
    sitting.entries[response].chosen.pop();
    sitting.entries[choice].chosen.clear();
    assert_eq!((sitting.state(response), sitting.state(choice), sitting.open()), (State::Incomplete, State::Unanswered, 2));
    let score = score(&sitting, &bank);
    assert_eq!(
        (score.marks[response].outcome, score.marks[choice].outcome, score.right, score.of),
        (Outcome::Wrong, Outcome::Unanswered, 10, 12)
    );
}

#[test]
fn a_question_that_is_gone_is_told_and_not_scored_and_a_changed_one_is() {
    let mut bank = large();
    let mut sitting = begun(15);
    answered(&mut sitting, |_, _| true);
    let scored: Vec<usize> = (0..15).filter(|at| sitting.paper.items[*at].scored).collect();
    let id = |at: usize| sitting.paper.items[at].question.clone();
    let (gone, other_options, reworded) = (id(scored[0]), id(scored[1]), id(scored[2]));
    bank.retain(|question| question.id != gone);
    bank.iter_mut().find(|question| question.id == other_options).unwrap().options.pop();
    bank.iter_mut().find(|question| question.id == reworded).unwrap().stem.push_str(" Really?");
    assert_eq!(sitting.differences(&bank), (vec![scored[0] + 1, scored[1] + 1], vec![scored[2] + 1]));
    let score = score(&sitting, &bank);
    assert_eq!((score.right, score.of, score.count(Outcome::Missing)), (10, 10, 2));
}

#[test]
fn a_sitting_comes_back_from_its_json() {
    let mut sitting = begun(15);
    let mut desk = Desk::default();
    for line in ["a", "ab", "m", "g 9", "c"] {
        desk.line(&mut sitting, line);
    }
    desk.pass(&mut sitting, 61_500);
    let back = Sitting::from_json(&sitting.to_json()).unwrap();
    assert_eq!(back, sitting);
    assert_eq!(back.seconds_left(), Some(30 * 60 - 61));
}

#[test]
fn what_is_no_sitting_is_refused_with_a_reason() {
    let sitting = begun(3);
    let told = |text: &str| Sitting::from_json(text).unwrap_err();
    assert!(matches!(told("{\"v\":1"), SittingError::Unreadable(_)));
    assert!(matches!(told("[]"), SittingError::Unreadable(_)));
    assert_eq!(told(&sitting.to_json().replacen("\"v\":1", "\"v\":2", 1)), SittingError::Newer(2));
    assert_eq!(told(&sitting.to_json().replacen("\"at\":0", "\"at\":3", 1)), SittingError::Inconsistent);
    let foreign = Sitting { entries: vec![Entry { chosen: vec!["z".to_owned()], ..Entry::default() }; 3], ..sitting };
    assert_eq!(told(&foreign.to_json()), SittingError::Inconsistent);
}

#[test]
fn the_clock_runs_but_not_in_a_pause_and_ends_at_nothing() {
    let mut sitting = Sitting { practice: true, ..begun(15) };
    let mut desk = Desk::default();
    desk.pass(&mut sitting, 10_000);
    desk.press(&mut sitting, Press::Char('z'));
    desk.pass(&mut sitting, 1_000_000);
    assert_eq!((sitting.left_ms, sitting.entries[0].spent_ms), (Some(1_790_000), 10_000));
    desk.press(&mut sitting, Press::Enter);
    desk.press(&mut sitting, Press::Char('r'));
    desk.pass(&mut sitting, 5_000);
    assert_eq!((sitting.left_ms, sitting.entries[0].spent_ms), (Some(1_785_000), 10_000));
    desk.pass(&mut sitting, 9_999_999);
    assert!(sitting.is_over());
    let mut untimed = Sitting { left_ms: None, ..begun(3) };
    desk.pass(&mut untimed, u64::MAX);
    assert!(!untimed.is_over());
}

#[test]
fn keys_answer_move_mark_and_submit_after_asking() {
    let mut sitting = begun(3);
    sitting.paper.items[1].choose = 2;
    (sitting.paper.items[0].choose, sitting.paper.items[2].choose) = (1, 1);
    let mut desk = Desk::default();
    let mut press = |keys: &str| {
        let mut last = Effect::Shown;
        for key in keys.chars() {
            last = desk.press(&mut sitting, if key == '\n' { Press::Enter } else { Press::Char(key) });
        }
        (last, sitting.letters(0), sitting.letters(1), sitting.at, desk.clone())
    };
    assert_eq!(press("ab").1, [1]);
    let (effect, _, response, at, desk_now) = press("nACd");
    assert_eq!((effect, response, at), (Effect::Shown, vec![0, 2], 1));
    assert!(desk_now.note.unwrap().starts_with("2 are chosen already"));
    assert_eq!(press("ad").2, [2, 3]);
    assert_eq!(press("g3").3, 2);
    assert_eq!(press("nu").3, 2, "the grid behind the last question leads to the one that is open");
    let (effect, .., desk_now) = press("rs");
    assert_eq!((effect, desk_now.over), (Effect::Shown, Some(Over::Confirm)));
    assert_eq!(press("n").0, Effect::Shown);
    assert_eq!(press("sy").0, Effect::Submit);
    press("\ne");
    assert_eq!(press("rs").0, Effect::Submit, "with every answer given nothing is asked");
}

#[test]
fn a_number_of_two_digits_waits_for_its_second() {
    let mut sitting = begun(15);
    let mut desk = Desk::default();
    for key in ['g', '1'] {
        desk.press(&mut sitting, Press::Char(key));
    }
    assert_eq!((sitting.at, desk.over.clone()), (0, Some(Over::GoTo("1".to_owned()))));
    desk.press(&mut sitting, Press::Char('2'));
    assert_eq!((sitting.at, desk.over.clone()), (11, None));
    for key in ['g', '9'] {
        desk.press(&mut sitting, Press::Char(key));
    }
    assert_eq!(sitting.at, 8);
    for key in ['g', '1', '9'] {
        desk.press(&mut sitting, Press::Char(key));
    }
    assert_eq!((sitting.at, desk.note.as_deref()), (8, Some("The questions have the numbers 1 to 15.")));
}

#[test]
fn lines_answer_and_go_on_and_a_wrong_one_changes_nothing() {
    let mut sitting = begun(2);
    (sitting.paper.items[0].choose, sitting.paper.items[1].choose) = (1, 2);
    let mut desk = Desk::default();
    for wrong in ["ab", "f", "", "what?", "a x", "z", "g 9"] {
        desk.line(&mut sitting, wrong);
        assert_eq!((sitting.at, sitting.entries[0].chosen.len()), (0, 0), "{wrong}");
    }
    assert_eq!(desk.line(&mut sitting, " B "), Effect::Changed);
    assert_eq!(desk.line(&mut sitting, "a"), Effect::Shown);
    assert_eq!(desk.line(&mut sitting, "submit"), Effect::Shown);
    assert_eq!(desk.over, Some(Over::Confirm));
    desk.line(&mut sitting, "n");
    assert_eq!(desk.line(&mut sitting, "e, c"), Effect::Changed);
    assert_eq!((sitting.letters(0), sitting.letters(1), desk.view), (vec![1], vec![2, 4], View::Grid));
    desk.line(&mut sitting, "a");
    assert_eq!(sitting.letters(1), [2, 4], "letters in the review answer nothing");
    assert_eq!(desk.line(&mut sitting, "submit"), Effect::Submit);
}

fn presses() -> impl Strategy<Value = Press> {
    let keys = prop_oneof![Just('a'), Just('b'), Just('c'), Just('e'), Just('n'), Just('p'), Just('m'), Just('g'), Just('r')];
    let more = prop_oneof![Just('u'), Just('s'), Just('z'), Just('?'), Just('q'), Just('1'), Just('5'), Just('y'), any::<char>()];
    let others = prop_oneof![Just(Press::Enter), Just(Press::Escape), Just(Press::Left), Just(Press::Right), Just(Press::Backspace)];
    prop_oneof![4 => keys.prop_map(Press::Char), 2 => more.prop_map(Press::Char), 1 => others, 1 => Just(Press::Interrupt)]
}

proptest! {
    #[test]
    fn no_sequence_of_keys_loses_an_answer(keys in proptest::collection::vec(presses(), 0..80), practice in any::<bool>()) {
        let mut sitting = Sitting { practice, ..begun(6) };
        let mut desk = Desk::default();
        for key in keys {
            let before = sitting.clone();
            let (view, over) = (desk.view, desk.over.clone());
            let effect = desk.press(&mut sitting, key);
            for at in 0..sitting.count() {
                let (was, is) = (&before.entries[at].chosen, &sitting.entries[at].chosen);
                if was == is {
                    continue;
                }
                // Only a letter on the open question changes an answer, that one alone, and by one option.
                let letter = matches!(key, Press::Char(letter) if ('a'..='e').contains(&letter.to_ascii_lowercase()));
                assert!(letter && view == View::Question && over.is_none() && at == before.at, "{key:?}");
                if sitting.paper.items[at].choose == 1 {
                    assert_eq!(is.len(), 1);
                } else {
                    assert_eq!(was.len().abs_diff(is.len()), 1);
                }
            }
            assert!(!(effect == Effect::Shown && before != sitting), "what changes is saved");
            assert!(sitting.at < sitting.count());
            assert_eq!(Sitting::from_json(&sitting.to_json()).unwrap(), sitting);
            if effect == Effect::Submit {
                assert!(before.open() == 0 || over == Some(Over::Confirm));
            }
        }
    }
}

fn group(domain: Domain, recalls: &[f64], unseen: usize) -> ForecastGroup {
    ForecastGroup { domain, recalls: recalls.to_vec(), unseen, chance: 0.25 }
}

#[test]
fn a_forecast_starts_at_the_guessing_floor_and_needs_ten_answers() {
    let unseen = [group(Domain::Secure, &[], 20)];
    assert_eq!(forecast(&unseen, 9), None);
    assert_eq!(forecast(&[], 50), None);
    assert_eq!(forecast(&unseen, 10).unwrap().scaled, 325);
    let known = [group(Domain::Secure, &[1.0; 20], 0)];
    assert_eq!(forecast(&known, 40).unwrap().scaled, 1000);
}

#[test]
fn domains_weigh_as_in_the_exam_and_more_answers_narrow_the_range() {
    let groups = |seen: usize| [group(Domain::Secure, &vec![0.9; seen], 0), group(Domain::Cost, &vec![0.2; seen], 0)];
    let few = forecast(&groups(10), 20).unwrap();
    let many = forecast(&groups(200), 400).unwrap();
    // 0.925 with weight 30 and 0.4 with weight 20.
    assert_eq!((few.scaled, many.scaled, few.seen, few.unseen), (744, 744, 20, 0));
    let width = |forecast: &Forecast| forecast.range.1 - forecast.range.0;
    assert!(width(&few) > width(&many) && width(&many) > 150, "{few:?} {many:?}");
    assert!(few.range.0 < few.scaled && few.scaled < few.range.1);
}

#[test]
fn the_chance_of_a_guess_is_one_in_the_combinations() {
    assert_eq!([chance(4, 1), chance(5, 2), chance(3, 3)].map(|chance| (chance * 1e6).round()), [250_000.0, 100_000.0, 1_000_000.0]);
}
