//! Form: what a person who knows nothing could guess from. Source: Haladyna and Downing on item writing.

use super::question::{Kind, Question, QuestionOption};
use crate::diag::{Diagnostic, Span};
use std::collections::BTreeSet;

/// The longest option may have so many times the length of the shortest, in fifths.
const LENGTH_FIFTHS: usize = 8;

/// Options shorter than this are terms and figures, whose lengths tell nothing.
const SHORT: usize = 28;

/// From so many questions on, what a guesser scores is more than chance.
const ENOUGH: usize = 30;

/// A guesser may score so many percent more than chance.
const GUESS_MARGIN: usize = 5;

/// Options that end the thinking instead of being a design.
const FORBIDDEN: [&str; 4] = ["all of the above", "none of the above", "both of the above", "all of these"];

/// What is wrong with the form of one question.
#[must_use]
pub fn check_question(question: &Question) -> Vec<Diagnostic> {
    let mut diagnostics = Vec::new();
    for option in &question.options {
        let text = option.text.to_lowercase();
        if let Some(phrase) = FORBIDDEN.iter().find(|phrase| text.contains(**phrase)) {
            diagnostics.push(
                Diagnostic::error("question/meta-option", format!("an option is a design, not `{phrase}`"))
                    .at(option.text_span, "replace it"),
            );
        }
        let keyed = question.key.contains(&option.name);
        match (&option.misconception, keyed) {
            (None, false) => diagnostics.push(
                Diagnostic::error("question/no-misconception", format!("distractor `{}` names no misconception", option.name))
                    .at(option.span, "add `misconception: what-somebody-believes`"),
            ),
            (Some(_), true) => diagnostics.push(
                Diagnostic::error("question/misconception", format!("option `{}` is right and names a misconception", option.name))
                    .at(option.span, "remove it, or change the key"),
            ),
            (Some(_), false) | (None, true) => {}
        }
    }
    lengths(question, &mut diagnostics);
    let stem = question.stem.to_lowercase();
    if [" not ", " except "].iter().any(|word| stem.rsplit('.').next().unwrap_or("").contains(word))
        && !question.stem.contains("NOT")
        && !question.stem.contains("EXCEPT")
    {
        diagnostics.push(
            Diagnostic::warning("question/negative-stem", "the question asks for what is not so")
                .at(question.stem_span, "write NOT in capitals, or turn it round"),
        );
    }
    diagnostics
}

fn length(text: &str) -> usize {
    text.chars().count()
}

/// Whether the lengths of the shortest and the longest option are near enough not to strike the eye.
pub(super) fn are_alike(shortest: usize, longest: usize) -> bool {
    longest <= SHORT || longest * 5 <= shortest * LENGTH_FIFTHS
}

fn lengths(question: &Question, diagnostics: &mut Vec<Diagnostic>) {
    let by_length = |option: &&QuestionOption| length(&option.text);
    let (Some(longest), Some(shortest)) = (question.options.iter().max_by_key(by_length), question.options.iter().min_by_key(by_length))
    else {
        return;
    };
    let (most, least) = (length(&longest.text), length(&shortest.text));
    if !are_alike(least, most) {
        diagnostics.push(
            Diagnostic::warning("question/length", "the options differ much in length")
                .at(longest.text_span, format!("{most} characters"))
                .at(shortest.text_span, format!("{least} characters"))
                .help("make them alike, so that length tells nothing"),
        );
    }
}

/// What somebody could guess from a whole bank: where the right options stand, and how long they are.
#[must_use]
pub fn check_bank(questions: &[Question]) -> Vec<Diagnostic> {
    let choices: Vec<&Question> = questions.iter().filter(|question| question.kind == Kind::Choice).collect();
    if choices.len() < ENOUGH {
        return Vec::new();
    }
    let mut diagnostics = Vec::new();
    let place = choices.first().map_or_else(Span::default, |question| question.id_span);
    // Right positions, by the order of the file.
    let mut positions = [0_usize; 6];
    for question in &choices {
        let at = question.options.iter().position(|option| question.key.contains(&option.name));
        if let Some(count) = at.and_then(|at| positions.get_mut(at)) {
            *count += 1;
        }
    }
    let most = positions.iter().copied().max().unwrap_or(0);
    // A share of 40 percent where 25 is fair.
    if most * 100 > choices.len() * 40 {
        diagnostics.push(
            Diagnostic::warning(
                "question/positions",
                format!("the right option stands at one place in {most} of {} questions", choices.len()),
            )
            .at(place, "the first question of the bank")
            .help("spread the keys over the letters"),
        );
    }
    for (name, habit) in HABITS {
        let score = guesser_score(&choices, habit);
        let chance = choices.iter().map(|question| HUNDREDTHS / question.options.len().max(1)).sum::<usize>() / choices.len().max(1);
        if score > chance + GUESS_MARGIN {
            diagnostics.push(
                Diagnostic::error(
                    "question/guesser",
                    format!("who takes the {name} is right in {score} of 100 questions; chance would give {chance}"),
                )
                .at(place, "the first question of the bank")
                .help("make some right options less so, or some distractors more"),
            );
        }
    }
    diagnostics
}

/// Scores are in hundredths of a question.
const HUNDREDTHS: usize = 100;

/// What somebody who knows nothing may go by: the option of which this is greatest.
type Habit = fn(&Question, &QuestionOption) -> i64;

/// The habits that lint tries.
pub(super) const HABITS: [(&str, Habit); 5] = [
    ("longest option", |_, option| signed(length(&option.text))),
    ("shortest option", |_, option| -signed(length(&option.text))),
    ("option that shares most words with the stem", |question, option| signed(shared(&words(&option.text), &words(&question.stem)))),
    ("option that shares most words with the others", among_others),
    ("odd one out", |question, option| -among_others(question, option)),
];

/// How many words an option has in common with the other options.
fn among_others(question: &Question, option: &QuestionOption) -> i64 {
    let own = words(&option.text);
    let others = question.options.iter().filter(|other| other.name != option.name);
    signed(others.map(|other| shared(&own, &words(&other.text))).sum())
}

fn signed(count: usize) -> i64 {
    i64::try_from(count).unwrap_or(i64::MAX)
}

/// Words that carry meaning.
fn words(text: &str) -> BTreeSet<String> {
    const LITTLE: [&str; 17] =
        ["a", "an", "the", "of", "to", "in", "and", "with", "for", "is", "it", "its", "on", "by", "as", "that", "from"];
    let lower = text.to_lowercase();
    let words = lower.split(|sign: char| !sign.is_alphanumeric() && sign != ':').filter(|word| !word.is_empty() && !LITTLE.contains(word));
    words.map(str::to_owned).collect()
}

fn shared(one: &BTreeSet<String>, other: &BTreeSet<String>) -> usize {
    one.intersection(other).count()
}

/// In how many of a hundred choices a habit is right; between options that are alike a coin decides.
pub(super) fn guesser_score(choices: &[&Question], habit: Habit) -> usize {
    let one = |question: &&Question| {
        let values: Vec<(i64, bool)> =
            question.options.iter().map(|option| (habit(question, option), question.key.contains(&option.name))).collect();
        let most = values.iter().map(|(value, _)| *value).max();
        let taken: Vec<bool> = values.into_iter().filter(|(value, _)| Some(*value) == most).map(|(_, right)| right).collect();
        // In ten-thousandths, so that little is rounded away.
        if taken.contains(&true) { HUNDREDTHS * HUNDREDTHS / taken.len().max(1) } else { 0 }
    };
    choices.iter().map(one).sum::<usize>() / choices.len().max(1) / HUNDREDTHS
}
