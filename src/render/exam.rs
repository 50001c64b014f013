//! An exam on the screen: its beginning, a question, the review before submission, the result, and the review afterwards.
//!
//! Every text has a plain form for screen readers: no rules, no bars, one fact a line. Letters, words and numbers carry all of it; nothing is told by
//! colour.

mod forecast;
mod grid;
mod list;
mod question;
mod result;
mod review;

pub use forecast::{exam_forecast_json, exam_forecast_text};
pub use list::{exam_list_json, exam_list_text};
pub use result::{exam_result_json, exam_result_text};
pub use review::{Reviewed, exam_reviewed_json, exam_reviewed_text};

use super::question::paragraph;
use super::scenario::{heading, letter, rule};
use super::{safe_line, wrap};
use crate::study::Question;
use crate::study::exam::{Desk, Over, Sitting, View};
use serde_json::{Value, json};
use std::borrow::Borrow;

/// How to lay a text out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ExamLook {
    /// Columns.
    pub width: usize,
    /// For a screen reader.
    pub plain: bool,
}

/// Real scores cannot be had from a practice paper.
pub(super) const EQUATED: &str = "Real scores are equated: forms differ in difficulty, and 720 is not 72 percent of the questions. So this \
    number is practice, and not what AWS would report.";

/// A screen in two parts: the upper one may scroll, the lower one stays in sight.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ExamScreen {
    /// Question, review or list of keys.
    pub body: String,
    /// Where one is, the time left, and what the keys do.
    pub foot: String,
}

/// What a desk shows of a sitting. Neither the key of a question nor its id or topic is on it.
#[must_use]
pub fn exam_screen(sitting: &Sitting, questions: &[impl Borrow<Question>], desk: &Desk, look: ExamLook) -> ExamScreen {
    let body = match (&desk.over, desk.view) {
        (Some(Over::Keys), view) => keys(view, sitting.practice, look),
        (Some(Over::Paused), _) => wrap("Paused. The clock stands, and the question is hidden.\n", look.width, "", ""),
        (Some(Over::GoTo(_) | Over::Confirm) | None, View::Question) => question::text(sitting, questions, look),
        (Some(Over::GoTo(_) | Over::Confirm) | None, View::Grid) => grid::text(sitting, look),
    };
    ExamScreen { body, foot: foot(sitting, desk, look) }
}

/// The same as JSON: the question or the review, with what the last input came to.
#[must_use]
pub fn exam_screen_json(sitting: &Sitting, questions: &[impl Borrow<Question>], desk: &Desk) -> Value {
    let mut value = match (&desk.over, desk.view) {
        (Some(Over::Paused), _) => json!({"type": "paused"}),
        (_, View::Question) => question::json(sitting, questions),
        (_, View::Grid) => grid::json(sitting),
    };
    if let Some(object) = value.as_object_mut() {
        object.insert("seconds_left".to_owned(), json!(sitting.seconds_left()));
        let note = desk.note.clone().or_else(|| prompt(sitting, desk));
        if let Some(note) = note {
            object.insert("note".to_owned(), json!(safe_line(&note)));
        }
    }
    value
}

/// What a paper is, before it begins.
#[must_use]
pub fn exam_paper_text(sitting: &Sitting, look: ExamLook) -> String {
    let paper = &sitting.paper;
    let (exam, seed) = (format!("Exam {}", sitting.id), format!("seed {}", paper.seed));
    let mut text = match look.plain {
        true => format!("{exam}:\n{seed}\n"),
        false => format!("{}{}", heading(&exam, &seed, look.width), rule(look.width)),
    };
    let mut line = |words: &str| paragraph(&mut text, words, look.width, "", "");
    let time = match paper.blueprint.seconds {
        Some(seconds) => format!("{} minutes", seconds / 60),
        None => "no clock".to_owned(),
    };
    line(&format!(
        "{} questions, {time}. {} of them count and {} do not; which ones is told at the end, as in the real exam. Unanswered counts as wrong, and guessing costs nothing.",
        paper.items.len(),
        paper.blueprint.scored(),
        paper.blueprint.unscored
    ));
    line("All questions are about AWS KMS: this trains one topic at the exam's rhythm and is no forecast of a whole exam.");
    if sitting.practice {
        line("Practice: z stops the clock and hides the question.");
    }
    for caveat in paper.caveats() {
        line(&format!("Note: {caveat}"));
    }
    text
}

/// The same as JSON.
#[must_use]
pub fn exam_paper_json(sitting: &Sitting) -> Value {
    let paper = &sitting.paper;
    json!({
        "type": "paper",
        "sitting": sitting.id,
        "paper": paper.id,
        "seed": paper.seed,
        "rulebook": paper.rulebook,
        "questions": paper.items.len(),
        "scored": paper.blueprint.scored(),
        "unscored": paper.blueprint.unscored,
        "seconds": paper.blueprint.seconds,
        "practice": sitting.practice,
        "caveats": paper.caveats(),
    })
}

/// What is other than when the sitting was saved, as sentences: questions that the bank has no longer, and questions that read otherwise.
#[must_use]
pub fn exam_differences(sitting: &Sitting, questions: &[impl Borrow<Question>]) -> Vec<String> {
    let (missing, changed) = sitting.differences(questions);
    let numbers = |list: &[usize]| list.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ");
    let mut told = Vec::new();
    if !missing.is_empty() {
        told.push(format!("The bank has no longer what these asked, so they are not scored: {}.", numbers(&missing)));
    }
    if !changed.is_empty() {
        told.push(format!("These read otherwise than when the paper was drawn: {}.", numbers(&changed)));
    }
    told
}

/// `1:05:09`, or `no clock`.
pub(super) fn clock(seconds: Option<u64>) -> String {
    match seconds {
        Some(seconds) => format!("{}:{:02}:{:02} left", seconds / 3_600, seconds / 60 % 60, seconds % 60),
        None => "no clock".to_owned(),
    }
}

/// `1 h 5 min`, `5 min 9 s`, `9 s`.
pub(super) fn duration(seconds: u64) -> String {
    match (seconds / 3_600, seconds / 60 % 60, seconds % 60) {
        (0, 0, seconds) => format!("{seconds} s"),
        (0, minutes, seconds) => format!("{minutes} min {seconds} s"),
        (hours, minutes, _) => format!("{hours} h {minutes} min"),
    }
}

/// The letters of what is chosen, with `-` for each that is missing.
pub(super) fn chosen(sitting: &Sitting, at: usize) -> String {
    let letters: String = sitting.letters(at).into_iter().map(letter).collect();
    let choose = sitting.paper.items.get(at).map_or(1, |item| item.choose);
    let missing = choose.saturating_sub(letters.chars().count());
    format!("{letters}{}", "-".repeat(missing))
}

fn foot(sitting: &Sitting, desk: &Desk, look: ExamLook) -> String {
    let mut text = if look.plain { String::new() } else { rule(look.width) };
    let place = format!("[{}/{}]", sitting.at + 1, sitting.count());
    let marked = sitting.entries.get(sitting.at).is_some_and(|entry| entry.marked);
    let clock = clock(sitting.seconds_left());
    let counts = format!("open {}   marked {}", sitting.open(), sitting.marked());
    match look.plain {
        true => {
            text.push_str(&format!("Time: {clock}\nOpen: {}\nMarked: {}\n", sitting.open(), sitting.marked()));
        }
        false => {
            let answer = format!("{place}  answer {}{}", chosen(sitting, sitting.at), if marked { "  MARKED" } else { "" });
            let left = if desk.view == View::Grid { counts } else { format!("{answer}   {counts}") };
            text.push_str(&match left.chars().count() + clock.chars().count() + 2 > look.width {
                // Too narrow for both: the clock gets a line of its own.
                true => format!("{}{clock}\n", packed(&left.split("   ").collect::<Vec<_>>(), look.width)),
                false => heading(&left, &clock, look.width),
            });
        }
    }
    text.push_str(&packed(short_keys(sitting, desk, look), look.width));
    if let Some(note) = desk.note.clone().or_else(|| prompt(sitting, desk)) {
        paragraph(&mut text, &note, look.width, "", "");
    }
    text
}

/// What is being asked, where something is.
fn prompt(sitting: &Sitting, desk: &Desk) -> Option<String> {
    match desk.over.as_ref()? {
        Over::GoTo(typed) => Some(format!("Go to question: {typed}_   enter goes, any other key stays")),
        Over::Confirm => Some(format!("Submit with {} open? y submits, any other key goes back.", questions_of(sitting.open()))),
        Over::Keys | Over::Paused => None,
    }
}

fn questions_of(count: usize) -> String {
    if count == 1 { "1 question".to_owned() } else { format!("{count} questions") }
}

/// Words side by side, as many on a line as fit, and none broken.
fn packed(words: &[&str], width: usize) -> String {
    let mut text = String::new();
    let mut used = 0;
    for word in words {
        let long = word.chars().count();
        if used > 0 && used + 3 + long > width {
            text.push('\n');
            used = 0;
        }
        if used > 0 {
            text.push_str("   ");
            used += 3;
        }
        text.push_str(word);
        used += long;
    }
    text.push('\n');
    text
}

fn short_keys(sitting: &Sitting, desk: &Desk, look: ExamLook) -> &'static [&'static str] {
    let several = sitting.paper.items.get(sitting.at).is_some_and(|item| item.choose > 1);
    match (&desk.over, desk.view) {
        (Some(Over::Paused), _) => &["any key goes on", "q leaves, all is saved"],
        (Some(Over::Keys), _) => &["any key goes back"],
        (Some(Over::GoTo(_) | Over::Confirm) | None, View::Grid) => {
            &["g go to", "u next open", "m next marked", "r back", "s submit", "? keys"]
        }
        (_, View::Question) if !several => &["letter answers", "m mark", "n next", "p previous", "r review", "? keys"],
        (_, View::Question) if look.plain => &["letters answer, such as AC", "m mark", "n next", "p previous", "r review", "? keys"],
        (_, View::Question) => &["letters choose", "m mark", "n next", "p previous", "r review", "? keys"],
    }
}

fn keys(view: View, practice: bool, look: ExamLook) -> String {
    let question: &[(&str, &str)] = &[
        ("A to F", "answers; of several, chooses or takes back"),
        ("m", "mark for another look, or unmark"),
        ("n space enter right", "next question; space and arrows show the rest of a long one first"),
        ("p left", "previous question"),
        ("g and a number", "go to a question"),
        ("r", "review before you submit"),
    ];
    let grid: &[(&str, &str)] = &[
        ("g and a number", "go to a question"),
        ("u", "next open question"),
        ("m", "next marked question"),
        ("r enter", "back to the question"),
        ("s", "submit; asks once if questions are open"),
    ];
    let pause: &[(&str, &str)] = if practice { &[("z", "stop the clock and hide the question")] } else { &[] };
    let always: &[(&str, &str)] = &[("q Ctrl-C", "leave: all is saved, kmsprep exam resume goes on")];
    let own = if view == View::Question { question } else { grid };
    let mut text = String::from("Keys\n");
    if !look.plain {
        text.push_str(&rule(look.width));
    }
    for (key, does) in own.iter().chain(pause).chain(always) {
        let start = if look.plain { format!("{key}: ") } else { format!("  {key:19}  ") };
        let hanging = if look.plain { "  ".to_owned() } else { " ".repeat(23) };
        paragraph(&mut text, does, look.width, &start, &hanging);
    }
    text
}

#[cfg(test)]
mod tests;
