//! What holds of every family: over ten thousand seeds nothing is worth guessing, and what is written down is proved.

use super::draft::Draft;
use super::{EASIEST, Family, HARDEST};
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

/// All families, or the one that `KMSPREP_FAMILY` names.
fn families() -> Vec<&'static Family> {
    let wanted = std::env::var("KMSPREP_FAMILY").ok();
    super::families().iter().copied().filter(|family| wanted.as_ref().is_none_or(|wanted| wanted == family.id)).collect()
}

fn difficulty(seed: u64) -> u8 {
    u8::try_from(seed % u64::from(HARDEST)).unwrap() + EASIEST
}

fn draft(family: &Family, seed: u64, difficulty: u8, writes: bool) -> Draft {
    family
        .draft(seed, difficulty, Rulebook::current(), writes)
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
        let draft = draft(family, seed, difficulty, false);
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

/// What a guesser who scores otherwise than chance would is told as.
fn off_chance(who: &str, score: f64) -> Option<String> {
    ((score - 25.0).abs() > POINTS).then(|| format!("who takes {who} is right in {score:.1} of 100 items"))
}

/// What is worth guessing in a family, and what else is wrong with its options.
fn guessable(family: &Family) -> Vec<String> {
    let items = seen(family);
    let mut found: Vec<String> = Vec::new();
    for item in &items {
        let different = item.texts.iter().collect::<BTreeSet<_>>().len();
        if item.texts.len() != 4 || different != 4 || item.right >= 4 {
            found.push(format!("{:?}, right {}", item.texts, item.right));
        }
    }
    found.extend((0..4).filter_map(|place| off_chance(&format!("option {place}"), score(&items, |_| vec![place]))));
    found.extend(off_chance("the longest option", score(&items, |texts| extreme(texts, |other, own| other > own))));
    found.extend(off_chance("the shortest option", score(&items, |texts| extreme(texts, |other, own| other < own))));
    let mut texts: BTreeMap<&str, (u32, u32)> = BTreeMap::new();
    for item in &items {
        for (at, text) in item.texts.iter().enumerate() {
            let (offered, right) = texts.entry(text).or_default();
            *offered += 1;
            *right += u32::from(at == item.right);
        }
    }
    let often = texts.into_iter().filter(|(_, (offered, _))| *offered >= OFTEN);
    found.extend(often.filter_map(|(text, (offered, right))| off_chance(text, f64::from(right) * 100.0 / f64::from(offered))));
    // A harder dial has more to follow.
    let load = |difficulty| {
        let loads: Vec<u32> = items.iter().filter(|item| item.difficulty == difficulty).map(|item| item.load).collect();
        f64::from(loads.iter().sum::<u32>()) / loads.len() as f64
    };
    let loads = [1, 2, 3].map(load);
    if loads[0] >= loads[1] || loads[1] >= loads[2] {
        found.push(format!("the dials have {loads:?} to follow"));
    }
    found
}

#[test]
fn nothing_is_worth_guessing() {
    let found: Vec<String> = families()
        .into_iter()
        .flat_map(|family| guessable(family).into_iter().map(move |found| format!("{}: {found}", family.id)))
        .collect();
    assert!(found.is_empty(), "{}", found.join("\n"));
}

#[test]
fn the_same_seed_draws_the_same_item_and_another_seed_another() {
    for family in families() {
        let text = |seed| family.text(seed, 3, Rulebook::current()).unwrap();
        assert_eq!(text(7), text(7), "{}", family.id);
        let stems: BTreeSet<String> =
            (0..40).map(|seed| draft(family, seed, 2, true)).map(|draft| format!("{} {:?}", draft.stem, draft.choices)).collect();
        assert!(stems.len() > 30, "{}: {} of 40 items differ", family.id, stems.len());
    }
}

#[test]
fn what_is_written_down_is_proved() {
    let wanted = std::env::var("KMSPREP_GENERATED").ok().and_then(|text| text.parse().ok()).unwrap_or(PROVED);
    let all: Vec<(&Family, u64, u8)> = families()
        .into_iter()
        .flat_map(|family| (EASIEST..=HARDEST).flat_map(move |difficulty| (0..wanted).map(move |seed| (family, seed, difficulty))))
        .collect();
    let found: Vec<String> = all.into_par_iter().filter_map(|(family, seed, difficulty)| unproven(family, seed, difficulty)).collect();
    assert!(found.is_empty(), "{}", found.join("\n"));
}

/// What is wrong with an item as it is written down.
fn unproven(family: &Family, seed: u64, difficulty: u8) -> Option<String> {
    let place = format!("{} {seed} {difficulty}", family.id);
    let Some(text) = family.text(seed, difficulty, Rulebook::current()) else { return Some(format!("{place}: nothing is written")) };
    let (bank, mut found) = Bank::read(&mut Sources::new(), [("generated", text.as_str())]);
    if let Some(question) = bank.questions.first() {
        assert_eq!(question.id, format!("{}-{seed}", family.id));
        assert!(!question.hints.is_empty() && question.try_next.is_some());
        found.extend(prove_question(question, Rulebook::current()));
        found.extend(check_question(question));
    }
    (!found.is_empty()).then(|| format!("{place}: {}\n{text}", told(&found)))
}

#[test]
fn families_exercise_claims_facts_and_topics_that_exist() {
    let files = crate::content::QUESTIONS.iter().map(|file| (file.name, file.text));
    let bundled: BTreeSet<String> =
        Bank::read(&mut Sources::new(), files).0.questions.into_iter().flat_map(|question| question.topics).collect();
    let mut ids = BTreeSet::new();
    for family in families() {
        assert!(ids.insert(family.id), "{} stands twice", family.id);
        assert!(!family.claims.is_empty() && !family.topics.is_empty(), "{}", family.id);
        for claim in family.claims {
            assert!(Claim::find(claim).is_some(), "{}: no claim {claim}", family.id);
        }
        // What an item sends a learner to has something to ask.
        let Draft { try_next, .. } = draft(family, 1, 1, true);
        let topic = try_next.strip_prefix("kmsprep drill ").unwrap_or_else(|| panic!("{}: {try_next}", family.id));
        for topic in family.topics.iter().chain([&topic]) {
            assert!(bundled.contains(*topic), "{}: no topic {topic} in the bank", family.id);
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
                let draft = draft(family, seed, difficulty, true);
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
