//! A question, to be answered.

use super::scenario::{heading, letter, rule};
use super::verdict::quote;
use super::{safe, wrap};
use crate::rulebook::Rulebook;
use crate::study::{Kind, Question, QuestionOption};
use serde_json::{Value, json};

/// Where in a session an item stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Place {
    /// Its number.
    pub number: usize,
    /// How many there are, as it looks now.
    pub of: usize,
    /// How often the learner has seen it before.
    pub seen: u32,
}

impl Place {
    /// `[3/17]`.
    fn mark(self) -> String {
        format!("[{}/{}]", self.number, self.of)
    }

    fn history(self) -> String {
        if self.seen == 0 { "new".to_owned() } else { format!("seen {}x", self.seen) }
    }
}

/// The number as the exam writes it.
pub(super) fn capitals(count: usize) -> String {
    match count {
        1 => "ONE".to_owned(),
        2 => "TWO".to_owned(),
        3 => "THREE".to_owned(),
        more => more.to_string(),
    }
}

/// The options in the order in which they are shown, with their letters.
pub(super) fn lettered<'q>(question: &'q Question, order: &[usize]) -> Vec<(char, &'q QuestionOption)> {
    let shown = order.iter().filter_map(|index| question.options.get(*index));
    shown.enumerate().map(|(at, option)| (letter(at), option)).collect()
}

/// The options that are shown with the question: of a numeric one none.
fn shown<'q>(question: &'q Question, order: &[usize]) -> Vec<(char, &'q QuestionOption)> {
    if matches!(question.kind, Kind::Numeric { .. }) { Vec::new() } else { lettered(question, order) }
}

/// A paragraph and its end.
pub(super) fn paragraph(text: &mut String, words: &str, width: usize, start: &str, hanging: &str) {
    text.push_str(&wrap(&safe(words), width, start, hanging));
    text.push('\n');
}

/// A question with its options, to be answered by letter.
#[must_use]
pub fn question_text(question: &Question, order: &[usize], place: Place, rulebook: Rulebook, width: usize) -> String {
    let topic = question.topics.first().map_or("", String::as_str);
    let right = format!("{} | {topic} | {}", question.domain.name(), place.history());
    let mut text = format!("\n{}", heading(&format!("{}  {}", place.mark(), question.id), &right, width));
    text.push_str(&rule(width));
    paragraph(&mut text, &quote(rulebook, &question.stem), width, "", "");
    let task = match &question.kind {
        Kind::Choice | Kind::Response { .. } => format!("Choose {}.", capitals(question.kind.count())),
        Kind::Order { choose, .. } if *choose == question.options.len() => "Put the steps in order.".to_owned(),
        Kind::Order { choose, .. } => format!("Put {} of the steps in order.", capitals(*choose)),
        Kind::Numeric { unit } => format!("Type the number of {unit}."),
    };
    text.push_str(&format!("\n{task}\n\n"));
    for (letter, option) in shown(question, order) {
        paragraph(&mut text, &quote(rulebook, &option.text), width, &format!("  {letter}  "), "     ");
    }
    text
}

/// The same as JSON.
#[must_use]
pub fn question_json(question: &Question, order: &[usize], place: Place, rulebook: Rulebook) -> Value {
    let options = shown(question, order);
    let options = options
        .iter()
        .map(|(letter, option)| json!({"letter": letter.to_string(), "option": option.name, "text": quote(rulebook, &option.text)}));
    json!({
        "type": "question",
        "question": question.id,
        "kind": question.kind.name(),
        "choose": question.kind.count(),
        "topics": question.topics,
        "domain": question.domain.name(),
        "seen": place.seen,
        "stem": quote(rulebook, &question.stem),
        "options": options.collect::<Vec<_>>(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diag::Sources;
    use crate::study::{Bank, families};

    fn lines(question: &Question) -> usize {
        let order: Vec<usize> = (0..question.options.len()).collect();
        // A blank line, the prompt, and the line where the answer is typed.
        question_text(question, &order, Place { number: 1, of: 9, seen: 0 }, Rulebook::current(), 80).lines().count() + 3
    }

    #[test]
    fn every_question_fits_a_screen_of_80_by_24() {
        let files = crate::content::QUESTIONS.iter().map(|file| (file.name, file.text));
        let (bank, _) = Bank::read(&mut Sources::new(), files);
        let long: Vec<&str> = bank.questions.iter().filter(|question| lines(question) > 24).map(|question| question.id.as_str()).collect();
        assert_eq!(long, Vec::<&str>::new());
    }

    #[test]
    fn generated_questions_of_the_first_two_dials_fit_it_too() {
        for (family, difficulty, seed) in
            families().iter().flat_map(|family| (1..=2).flat_map(move |dial| (0..5).map(move |seed| (family, dial, seed))))
        {
            let text = family.text(seed, difficulty, Rulebook::current()).unwrap();
            let (bank, _) = Bank::read(&mut Sources::new(), [("generated", text.as_str())]);
            let lines = lines(&bank.questions[0]);
            assert!(lines <= 24, "{} has {lines} lines", bank.questions[0].id);
        }
    }
}
