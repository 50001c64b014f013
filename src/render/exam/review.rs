//! The review afterwards, question by question.

use super::super::answered::{Answered, answered_json, answered_text};
use super::super::question::paragraph;
use super::super::scenario::{heading, letter, rule};
use super::super::verdict::quote;
use super::{ExamLook, duration};
use crate::study::exam::{Marked, Outcome};
use serde_json::{Value, json};

/// One question of a sitting that has ended, with what came of it.
#[derive(Debug)]
pub struct Reviewed<'a> {
    /// Its number, from 1.
    pub number: usize,
    /// How many the paper has.
    pub of: usize,
    /// What came of it.
    pub mark: Marked,
    /// The question and its answer; nothing if the bank has it no longer.
    pub answered: Option<Answered<'a>>,
}

impl Reviewed<'_> {
    fn outcome(&self) -> &'static str {
        match self.mark.outcome {
            Outcome::Right => "right",
            Outcome::Wrong => "wrong",
            Outcome::Unanswered => "unanswered",
            Outcome::Missing => "missing",
        }
    }
}

/// The question as it was asked, then all that a drill tells after an answer.
#[must_use]
pub fn exam_reviewed_text(reviewed: &Reviewed<'_>, look: ExamLook) -> String {
    let scored = if reviewed.mark.scored { "scored" } else { "unscored" };
    let left = format!("[{}/{}]  {}", reviewed.number, reviewed.of, reviewed.outcome());
    let right = format!("{scored} | {} | {}", reviewed.mark.domain.name(), duration(reviewed.mark.seconds));
    let mut text = match look.plain {
        true => format!("\nQuestion {} of {}: {}, {scored}\n", reviewed.number, reviewed.of, reviewed.outcome()),
        false if left.chars().count() + right.chars().count() + 2 > look.width => format!("\n{left}\n{right}\n{}", rule(look.width)),
        false => format!("\n{}{}", heading(&left, &right, look.width), rule(look.width)),
    };
    let Some(answered) = &reviewed.answered else {
        paragraph(&mut text, "The bank has this question no longer. It was not scored.", look.width, "", "");
        return text;
    };
    paragraph(&mut text, &quote(answered.rulebook, &answered.question.stem), look.width, "", "");
    text.push('\n');
    for (place, index) in answered.order.iter().enumerate() {
        let Some(option) = answered.question.options.get(*index) else { continue };
        let start = format!("  {}  ", letter(place));
        paragraph(&mut text, &quote(answered.rulebook, &option.text), look.width, &start, "     ");
    }
    let after = answered_text(answered, look.width);
    match look.plain {
        // The rules of the drill's screen are lines of hyphens alone.
        true => text
            .extend(after.lines().filter(|line| line.is_empty() || line.chars().any(|sign| sign != '-')).map(|line| format!("{line}\n"))),
        false => text.push_str(&after),
    }
    text
}

/// The same as JSON.
#[must_use]
pub fn exam_reviewed_json(reviewed: &Reviewed<'_>) -> Value {
    let mut value = reviewed.answered.as_ref().map_or_else(|| json!({"type": "answer"}), answered_json);
    if let Some(object) = value.as_object_mut() {
        object.insert("number".to_owned(), json!(reviewed.number));
        object.insert("outcome".to_owned(), json!(reviewed.outcome()));
        object.insert("scored".to_owned(), json!(reviewed.mark.scored));
        object.insert("domain".to_owned(), json!(reviewed.mark.domain.name()));
        object.insert("seconds".to_owned(), json!(reviewed.mark.seconds));
        if let Some(answered) = &reviewed.answered {
            let letters = |names: &[String]| {
                let named = |index: &usize| answered.question.options.get(*index).is_some_and(|option| names.contains(&option.name));
                answered.order.iter().enumerate().filter(|(_, index)| named(index)).map(|(place, _)| letter(place)).collect::<String>()
            };
            let key = letters(answered.question.key_under(answered.rulebook));
            object.insert("letters".to_owned(), json!({"chosen": letters(answered.chosen), "key": key}));
            object.insert("stem".to_owned(), json!(quote(answered.rulebook, &answered.question.stem)));
        }
    }
    value
}
