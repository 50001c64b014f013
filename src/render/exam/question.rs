//! A question of a paper that is being sat.

use super::super::question::{capitals, paragraph};
use super::super::scenario::{heading, letter, rule};
use super::super::verdict::quote;
use super::ExamLook;
use crate::study::exam::Sitting;
use crate::study::{Question, QuestionOption};
use serde_json::{Value, json};
use std::borrow::Borrow;

/// The options as they are shown: letter, option, whether it is chosen.
fn options<'q>(sitting: &Sitting, question: &'q Question) -> Vec<(char, &'q QuestionOption, bool)> {
    let order = sitting.paper.items.get(sitting.at).map(|item| item.order.as_slice()).unwrap_or_default();
    let chosen = sitting.letters(sitting.at);
    let shown = order.iter().enumerate().filter_map(|(place, name)| Some((place, question.option(name)?)));
    shown.map(|(place, option)| (letter(place), option, chosen.contains(&place))).collect()
}

pub(super) fn text(sitting: &Sitting, questions: &[impl Borrow<Question>], look: ExamLook) -> String {
    let number = format!("Question {} of {}", sitting.at + 1, sitting.count());
    let mut text = match look.plain {
        true => format!("{number}:\n"),
        false => format!("{}{}", heading(&number, &format!("exam {}", sitting.id), look.width), rule(look.width)),
    };
    let found = sitting.found(sitting.at, questions);
    let Some(question) = found.question() else {
        paragraph(&mut text, "The bank has this question no longer. It is not scored.", look.width, "", "");
        return text;
    };
    let rulebook = sitting.rulebook();
    paragraph(&mut text, &quote(rulebook, &question.stem), look.width, "", "");
    let choose = question.kind.count();
    let options = options(sitting, question);
    let so_far = options.iter().filter(|(_, _, chosen)| *chosen).count();
    let task = if choose == 1 { "Choose ONE.".to_owned() } else { format!("Choose {}.   {so_far} of {choose} chosen", capitals(choose)) };
    text.push_str(&format!("\n{task}\n\n"));
    for (letter, option, chosen) in options {
        let start = match (look.plain, chosen) {
            (true, true) => format!("{letter}, chosen: "),
            (true, false) => format!("{letter}: "),
            (false, true) => format!(" [x] {letter}  "),
            (false, false) => format!(" [ ] {letter}  "),
        };
        paragraph(&mut text, &quote(rulebook, &option.text), look.width, &start, if look.plain { "  " } else { "        " });
    }
    if look.plain && sitting.entries.get(sitting.at).is_some_and(|entry| entry.marked) {
        text.push_str("This question is marked.\n");
    }
    text
}

/// Names and ids stay out: they tell too much.
pub(super) fn json(sitting: &Sitting, questions: &[impl Borrow<Question>]) -> Value {
    let found = sitting.found(sitting.at, questions);
    let mut value = json!({
        "type": "question",
        "number": sitting.at + 1,
        "of": sitting.count(),
        "marked": sitting.entries.get(sitting.at).is_some_and(|entry| entry.marked),
        "chosen": sitting.letters(sitting.at).into_iter().map(|place| letter(place).to_string()).collect::<Vec<_>>(),
        "open": sitting.open(),
        "missing": found.question().is_none(),
    });
    if let (Some(object), Some(question)) = (value.as_object_mut(), found.question()) {
        let rulebook = sitting.rulebook();
        let options: Vec<Value> = options(sitting, question)
            .into_iter()
            .map(|(letter, option, _)| json!({"letter": letter.to_string(), "text": quote(rulebook, &option.text)}))
            .collect();
        object.insert("kind".to_owned(), json!(question.kind.name()));
        object.insert("choose".to_owned(), json!(question.kind.count()));
        object.insert("stem".to_owned(), json!(quote(rulebook, &question.stem)));
        object.insert("options".to_owned(), json!(options));
    }
    value
}
