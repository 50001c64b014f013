//! All questions with their answers, before the paper is handed in.

use super::super::question::paragraph;
use super::super::scenario::{letter, rule};
use super::{ExamLook, chosen};
use crate::study::exam::{Sitting, State};
use serde_json::{Value, json};

/// Columns of one question: number, letters, mark.
const CELL: usize = 10;

pub(super) fn text(sitting: &Sitting, look: ExamLook) -> String {
    let mut text = String::from("Review before you submit\n");
    if look.plain {
        for at in 0..sitting.count() {
            text.push_str(&format!("Question {}: {}\n", at + 1, words(sitting, at)));
        }
        return text;
    }
    text.push_str(&rule(look.width));
    let cells: Vec<String> = (0..sitting.count()).map(|at| cell(sitting, at)).collect();
    for row in cells.chunks((look.width / CELL).max(1)) {
        let line = row.concat();
        text.push_str(line.trim_end());
        text.push('\n');
    }
    text.push('\n');
    paragraph(&mut text, "- is open, * is marked, > is the question you come from", look.width, "", "");
    text
}

fn cell(sitting: &Sitting, at: usize) -> String {
    let here = if at == sitting.at { ">" } else { " " };
    let mark = if is_marked(sitting, at) { "*" } else { "" };
    let cell = format!("{here}{:>2} {}{mark}", at + 1, chosen(sitting, at));
    format!("{cell:CELL$}")
}

fn is_marked(sitting: &Sitting, at: usize) -> bool {
    sitting.entries.get(at).is_some_and(|entry| entry.marked)
}

fn words(sitting: &Sitting, at: usize) -> String {
    let letters: Vec<String> = sitting.letters(at).into_iter().map(|place| letter(place).to_string()).collect();
    let answer = match sitting.state(at) {
        State::Unanswered => "open".to_owned(),
        State::Incomplete => format!("{}, not complete", letters.join(" and ")),
        State::Answered => letters.join(" and "),
    };
    format!("{answer}{}", if is_marked(sitting, at) { ", marked" } else { "" })
}

pub(super) fn json(sitting: &Sitting) -> Value {
    let state = |at| match sitting.state(at) {
        State::Unanswered => "open",
        State::Incomplete => "incomplete",
        State::Answered => "answered",
    };
    let entry = |at: usize| {
        let letters: Vec<String> = sitting.letters(at).into_iter().map(|place| letter(place).to_string()).collect();
        json!({"number": at + 1, "state": state(at), "chosen": letters, "marked": is_marked(sitting, at)})
    };
    json!({"type": "review", "open": sitting.open(), "questions": (0..sitting.count()).map(entry).collect::<Vec<_>>()})
}
