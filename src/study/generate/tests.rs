//! What holds of every family: over ten thousand seeds nothing is worth guessing, and what is written down is proved.

use super::draft::Draft;
use super::{EASIEST, Family, HARDEST, families};
use crate::diag::{Diagnostic, Sources};
use crate::rulebook::{Claim, Rulebook};
use crate::study::{Bank, check_question, prove_question};
use rayon::prelude::*;
use std::collections::{BTreeMap, BTreeSet};

/// Seeds of a family whose drafts are looked at, over all difficulties.
const SEEDS: u64 = 10_000;

/// Seeds of a family and difficulty whose items are written down and proved. `KMSPREP_GENERATED=10000` widens the sample.
const PROVED: u64 = 3;

/// A guesser may be so many points away from chance.
const POINTS: f64 = 3.0;

/// A text that stands less often than this among the options is no habit that a guesser could have.
const OFTEN: u32 = 2_000;

fn difficulty(seed: u64) -> u8 {
    u8::try_from(seed % u64::from(HARDEST)).unwrap() + EASIEST
}

fn draft(family: &Family, seed: u64, difficulty: u8) -> Draft {
    family
        .draft(seed, difficulty, Rulebook::current())
        .unwrap_or_else(|| panic!("{} draws nothing for seed {seed}, difficulty {difficulty}", family.id))
}

/// What the options of an item look like, and which is right.
struct Seen {
    texts: Vec<String>,
    right: usize,
    difficulty: u8,
    load: u32,
}

fn seen(family: &Family) -> Vec<Seen> {
    let one = |seed: u64| {
        let difficulty = difficulty(seed);
        let draft = draft(family, seed, difficulty);
        let texts = draft.choices.into_iter().map(|choice| choice.text).collect();
        Seen { texts, right: draft.right, difficulty, load: draft.load }
    };
    (0..SEEDS).into_par_iter().map(one).collect()
}

/// In how many of a hundred items the right option is among those that a guesser would take, who tosses a coin between them.
fn score(items: &[Seen], guess: impl Fn(&[String]) -> Vec<usize>) -> f64 {
    let one = |item: &Seen| {
        let taken = guess(&item.texts);
        if taken.contains(&item.right) { 1.0 / taken.len() as f64 } else { 0.0 }
    };
    items.iter().map(one).sum::<f64>() * 100.0 / items.len() as f64
}

fn extreme(texts: &[String], best: impl Fn(usize, usize) -> bool) -> Vec<usize> {
    let lengths: Vec<usize> = texts.iter().map(|text| text.chars().count()).collect();
    (0..lengths.len()).filter(|at| lengths.iter().all(|other| !best(*other, lengths[*at]))).collect()
}

fn near_chance(family: &Family, who: &str, score: f64) {
    assert!((score - 25.0).abs() <= POINTS, "{}: who takes {who} is right in {score:.1} of 100 items", family.id);
}

#[test]
fn nothing_is_worth_guessing() {
    for family in families() {
        let items = seen(family);
        for item in &items {
            assert_eq!(item.texts.len(), 4, "{}", family.id);
            assert_eq!(item.texts.iter().collect::<BTreeSet<_>>().len(), 4, "{}: {:?}", family.id, item.texts);
            assert!(item.right < 4);
        }
        for place in 0..4 {
            near_chance(family, &format!("option {place}"), score(&items, |_| vec![place]));
        }
        near_chance(family, "the longest option", score(&items, |texts| extreme(texts, |other, own| other > own)));
        near_chance(family, "the shortest option", score(&items, |texts| extreme(texts, |other, own| other < own)));
        let mut texts: BTreeMap<&str, (u32, u32)> = BTreeMap::new();
        for item in &items {
            for (at, text) in item.texts.iter().enumerate() {
                let (offered, right) = texts.entry(text).or_default();
                *offered += 1;
                *right += u32::from(at == item.right);
            }
        }
        for (text, (offered, right)) in texts.into_iter().filter(|(_, (offered, _))| *offered >= OFTEN) {
            near_chance(family, &format!("`{text}`"), f64::from(right) * 100.0 / f64::from(offered));
        }
        // A harder dial has more to follow.
        let load = |difficulty| {
            let loads: Vec<u32> = items.iter().filter(|item| item.difficulty == difficulty).map(|item| item.load).collect();
            f64::from(loads.iter().sum::<u32>()) / loads.len() as f64
        };
        let loads = [1, 2, 3].map(load);
        assert!(loads[0] < loads[1] && loads[1] < loads[2], "{}: {loads:?}", family.id);
    }
}

#[test]
fn the_same_seed_draws_the_same_item_and_another_seed_another() {
    for family in families() {
        let text = |seed| family.text(seed, 3, Rulebook::current()).unwrap();
        assert_eq!(text(7), text(7), "{}", family.id);
        let stems: BTreeSet<String> = (0..40).map(|seed| draft(family, seed, 2)).map(|draft| format!("{} {:?}", draft.stem, draft.choices)).collect();
        assert!(stems.len() > 30, "{}: {} of 40 items differ", family.id, stems.len());
    }
}

#[test]
fn what_is_written_down_is_proved() {
    let wanted = std::env::var("KMSPREP_GENERATED").ok().and_then(|text| text.parse().ok()).unwrap_or(PROVED);
    let all: Vec<(&Family, u64, u8)> = families()
        .iter()
        .flat_map(|family| (EASIEST..=HARDEST).flat_map(move |difficulty| (0..wanted).map(move |seed| (*family, seed, difficulty))))
        .collect();
    all.into_par_iter().for_each(|(family, seed, difficulty)| {
        let text = family.text(seed, difficulty, Rulebook::current()).unwrap_or_else(|| panic!("{} {seed} {difficulty}", family.id));
        let (bank, diagnostics) = Bank::read(&mut Sources::new(), [("generated", text.as_str())]);
        assert!(diagnostics.is_empty(), "{} {seed} {difficulty}: {}", family.id, told(&diagnostics));
        let question = &bank.questions[0];
        assert_eq!(question.id, format!("{}-{seed}", family.id));
        let mut found = prove_question(question, Rulebook::current());
        found.extend(check_question(question));
        assert!(found.is_empty(), "{} {seed} {difficulty}: {}\n{text}", family.id, told(&found));
        assert!(!question.hints.is_empty() && question.try_next.is_some());
    });
}

#[test]
fn families_exercise_claims_and_facts_that_exist() {
    let mut ids = BTreeSet::new();
    for family in families() {
        assert!(ids.insert(family.id), "{} stands twice", family.id);
        assert!(!family.claims.is_empty() && !family.topics.is_empty(), "{}", family.id);
        for claim in family.claims {
            assert!(Claim::find(claim).is_some(), "{}: no claim {claim}", family.id);
        }
        for fact in family.facts {
            assert!(Rulebook::current().fact(fact).is_some(), "{}: no fact {fact}", family.id);
        }
    }
}

fn told(found: &[Diagnostic]) -> String {
    let one = |found: &Diagnostic| {
        let labels: Vec<&str> = found.labels.iter().map(|label| label.text.as_str()).collect();
        format!("{}: {} ({}) {}\n", found.code, found.message, labels.join("; "), found.help.join("; "))
    };
    found.iter().map(one).collect()
}

/// Items as a reviewer reads them, a file for each family.
#[test]
fn items_read_well() {
    for family in families() {
        let mut text = String::new();
        for difficulty in EASIEST..=HARDEST {
            for seed in [1, 2] {
                let draft = draft(family, seed, difficulty);
                text.push_str(&format!("== difficulty {difficulty}, seed {seed}\n{}\n\n", draft.stem));
                for (at, choice) in draft.choices.iter().enumerate() {
                    let mark = if at == draft.right { '*' } else { ' ' };
                    text.push_str(&format!("{mark} {}\n    {}\n", choice.text, choice.why));
                }
                text.push_str(&format!("\nWhy: {}\n\n", draft.why));
            }
        }
        insta::assert_snapshot!(family.id, text);
    }
}
