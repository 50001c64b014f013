//! Sittings, finished or not.

use super::super::safe_line;
use super::super::wrap;
use super::{ExamLook, clock};
use crate::study::exam::{End, PASS_LINE, Score, Sitting};
use serde_json::{Value, json};

/// The sittings, latest first, each with its score if it has ended.
#[must_use]
pub fn exam_list_text(sittings: &[(&Sitting, Option<Score>)], look: ExamLook) -> String {
    if sittings.is_empty() {
        return "There is no exam yet. Try: kmsprep exam --mini\n".to_owned();
    }
    let longest = sittings.iter().map(|(sitting, _)| sitting.id.chars().count()).max().unwrap_or(0);
    let mut text = String::new();
    for (sitting, score) in sittings {
        let start = match look.plain {
            true => format!("{}: ", safe_line(&sitting.id)),
            false => format!("{:longest$}  ", safe_line(&sitting.id)),
        };
        let hanging = if look.plain { "  ".to_owned() } else { " ".repeat(longest + 2) };
        text.push_str(&wrap(&format!("{}: {}", safe_line(&sitting.started), state(sitting, score.as_ref())), look.width, &start, &hanging));
        text.push('\n');
    }
    text
}

fn state(sitting: &Sitting, score: Option<&Score>) -> String {
    match score {
        Some(score) => {
            let side = if score.passed() { "above" } else { "below" };
            let clock = if sitting.ended == Some(End::TimeOver) { ", the time was over" } else { "" };
            format!("{} of 1000, {side} {PASS_LINE}, {} of {} right{clock}", score.scaled, score.right, score.of)
        }
        None => {
            let answered = sitting.count() - sitting.open();
            format!("unfinished: {answered} of {} answered, {}", sitting.count(), clock(sitting.seconds_left()))
        }
    }
}

/// The same as JSON.
#[must_use]
pub fn exam_list_json(sittings: &[(&Sitting, Option<Score>)]) -> Value {
    let one = |(sitting, score): &(&Sitting, Option<Score>)| {
        json!({
            "sitting": sitting.id,
            "paper": sitting.paper.id,
            "seed": sitting.paper.seed,
            "started": sitting.started,
            "ended": sitting.ended,
            "questions": sitting.count(),
            "open": sitting.open(),
            "seconds_left": sitting.seconds_left(),
            "scaled": score.as_ref().map(|score| score.scaled),
            "passed": score.as_ref().map(Score::passed),
        })
    };
    json!({"sittings": sittings.iter().map(one).collect::<Vec<_>>()})
}
