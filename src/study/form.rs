//! Form: what a person who knows nothing could guess from. Source: Haladyna and Downing on item writing.

use super::question::{Kind, Question};
use crate::diag::{Diagnostic, Span};

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

fn lengths(question: &Question, diagnostics: &mut Vec<Diagnostic>) {
    let by_length = |option: &&super::QuestionOption| length(&option.text);
    let (Some(longest), Some(shortest)) = (question.options.iter().max_by_key(by_length), question.options.iter().min_by_key(by_length))
    else {
        return;
    };
    let (most, least) = (length(&longest.text), length(&shortest.text));
    if most > SHORT && most * 5 > least * LENGTH_FIFTHS {
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
    type Guess = fn(&Question) -> Option<&super::QuestionOption>;
    let guessers: [(&str, Guess); 2] = [
        ("longest", |question| question.options.iter().rev().max_by_key(|option| length(&option.text))),
        ("shortest", |question| question.options.iter().min_by_key(|option| length(&option.text))),
    ];
    // In units of one hundredth of a question, so that nothing is rounded away.
    let chance: usize = choices.iter().map(|question| 100 / question.options.len().max(1)).sum();
    for (name, guess) in guessers {
        let right = choices.iter().filter(|question| guess(question).is_some_and(|option| question.key.contains(&option.name))).count();
        if right * 100 > chance + choices.len() * GUESS_MARGIN {
            diagnostics.push(
                Diagnostic::error(
                    "question/guesser",
                    format!(
                        "who takes the {name} option is right in {right} of {} questions; chance would give {}",
                        choices.len(),
                        chance / 100
                    ),
                )
                .at(place, "the first question of the bank")
                .help(format!("make some right options less {name}, or some distractors more so")),
            );
        }
    }
    diagnostics
}
