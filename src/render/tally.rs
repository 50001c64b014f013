//! The end of a drill.

use super::question::paragraph;
use super::safe_line;
use super::scenario::rule;
use serde_json::{Value, json};

/// What a session came to.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    /// Items answered, each counted once.
    pub answered: usize,
    /// Of these right at the first try.
    pub right: usize,
    /// Of the wrong ones, right before the end.
    pub repaired: usize,
    /// Right by a guess.
    pub lucky: usize,
    /// Not answered.
    pub skipped: usize,
    /// Wrong though the learner was sure.
    pub confident_errors: Vec<String>,
    /// Topics of wrong answers, with their number, the most frequent first.
    pub weak_topics: Vec<(String, usize)>,
    /// Items that are due tomorrow.
    pub due_tomorrow: usize,
    /// Items that are still due today.
    pub due_today: usize,
    /// Whether answers were kept.
    pub kept: bool,
    /// Days of study in a row.
    pub streak: usize,
    /// Answers of today.
    pub today: u32,
    /// Answers that were meant for a day.
    pub goal: u32,
}

impl Tally {
    /// How many were wrong at the first try.
    #[must_use]
    pub fn wrong(&self) -> usize {
        self.answered.saturating_sub(self.right + self.lucky)
    }
}

/// The end of a session.
#[must_use]
pub fn tally_text(tally: &Tally, width: usize) -> String {
    let answered = if tally.answered == 1 { "1 item".to_owned() } else { format!("{} items", tally.answered) };
    let mut text = format!("\nSession done: {answered} answered\n");
    text.push_str(&rule(width));
    let mut line = |name: &str, words: String| paragraph(&mut text, &words, width, &format!("  {name:16}  "), "                    ");
    line("first try", format!("{} of {} right", tally.right, tally.answered));
    if tally.wrong() > 0 {
        line("repaired", format!("{} of {}, answered right before the end", tally.repaired, tally.wrong()));
    }
    if tally.lucky > 0 {
        line("guessed right", format!("{}, kept as not yet known", tally.lucky));
    }
    if !tally.confident_errors.is_empty() {
        line("confident errors", tally.confident_errors.join(", "));
    }
    if tally.skipped > 0 {
        line("skipped", tally.skipped.to_string());
    }
    if tally.kept && tally.goal > 0 {
        let days = if tally.streak == 1 { "1 day".to_owned() } else { format!("{} days", tally.streak) };
        let reached = if tally.today >= tally.goal { ", reached" } else { "" };
        line("today", format!("{} of {} answers{reached}; {days} in a row", tally.today, tally.goal));
    }
    text.push('\n');
    if let Some((topic, count)) = tally.weak_topics.first() {
        paragraph(&mut text, &format!("Look at {topic} ({count} wrong): kmsprep drill {topic}"), width, "", "  ");
    }
    let due = match (tally.kept, tally.due_today, tally.due_tomorrow) {
        (false, _, _) => "Nothing of this session was kept.".to_owned(),
        (true, 0, tomorrow) => format!("Tomorrow: {tomorrow} due."),
        (true, today, tomorrow) => format!("Still due today: {today}. Tomorrow: {tomorrow} due."),
    };
    paragraph(&mut text, &due, width, "", "");
    text
}

/// The same as JSON.
#[must_use]
pub fn tally_json(tally: &Tally) -> Value {
    json!({
        "type": "summary",
        "answered": tally.answered,
        "right": tally.right,
        "wrong": tally.wrong(),
        "repaired": tally.repaired,
        "lucky": tally.lucky,
        "skipped": tally.skipped,
        "confident_errors": tally.confident_errors,
        "weak_topics": tally.weak_topics.iter().map(|(topic, count)| json!({"topic": safe_line(topic), "wrong": count})).collect::<Vec<_>>(),
        "streak": tally.streak,
        "answers_today": tally.today,
        "goal": tally.goal,
        "due_today": tally.due_today,
        "due_tomorrow": tally.due_tomorrow,
        "kept": tally.kept,
    })
}
