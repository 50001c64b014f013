//! A paper that is being sat: answers, marks, and time. A plain value, saved as JSON after every change.

use super::super::question::Question;
use super::paper::{Paper, can_be_asked, version};
use crate::rulebook::{Rulebook, RulebookKind};
use serde::{Deserialize, Serialize};
use std::borrow::Borrow;

/// The version of the JSON that this program writes.
const VERSION: u32 = 1;

/// A paper that is being sat, or was.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sitting {
    /// The version of this form.
    pub v: u32,
    /// Its id: that of the paper, with a number behind it where the same paper is sat again.
    pub id: String,
    /// When it was begun, as RFC 3339.
    pub started: String,
    /// Whether the clock may be stopped.
    pub practice: bool,
    /// The paper.
    pub paper: Paper,
    /// One for each question of the paper.
    pub entries: Vec<Entry>,
    /// The question that is looked at, from 0.
    pub at: usize,
    /// Milliseconds left; nothing without a clock.
    pub left_ms: Option<u64>,
    /// How it ended.
    pub ended: Option<End>,
}

/// What was done with one question.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Entry {
    /// Names of the chosen options, in the order of choosing.
    pub chosen: Vec<String>,
    /// Whether it is marked for another look.
    pub marked: bool,
    /// Milliseconds for which it was looked at.
    pub spent_ms: u64,
}

/// How a sitting ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum End {
    /// It was submitted.
    Submitted,
    /// The time was over.
    TimeOver,
}

/// How far a question is answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    /// Nothing is chosen.
    Unanswered,
    /// Fewer options are chosen than are asked for, which counts as wrong.
    Incomplete,
    /// As many options are chosen as are asked for.
    Answered,
}

/// A question of a sitting in the bank of today.
#[derive(Clone, Copy, Debug)]
pub enum Found<'q> {
    /// As it was.
    Same(&'q Question),
    /// With another text or key, and the same options by name.
    Changed(&'q Question),
    /// It is gone, or its options are others. It is not scored.
    Missing,
}

impl<'q> Found<'q> {
    /// The question, if it is there.
    #[must_use]
    pub fn question(self) -> Option<&'q Question> {
        match self {
            Found::Same(question) | Found::Changed(question) => Some(question),
            Found::Missing => None,
        }
    }
}

/// A saved sitting that cannot be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SittingError {
    /// It is no sitting.
    #[error("it cannot be read: {0}")]
    Unreadable(String),
    /// A later program wrote it.
    #[error("a newer kmsprep wrote it (version {0})")]
    Newer(u32),
    /// Its parts do not fit together.
    #[error("its parts do not fit together")]
    Inconsistent,
}

impl Sitting {
    /// Begins a paper. `earlier` is the number of sittings of the same paper before this one.
    #[must_use]
    pub fn begin(paper: Paper, started: String, practice: bool, earlier: usize) -> Self {
        let id = if earlier == 0 { paper.id.clone() } else { format!("{}.{}", paper.id, earlier + 1) };
        let entries = vec![Entry::default(); paper.items.len()];
        let left_ms = paper.blueprint.seconds.map(|seconds| seconds.saturating_mul(1_000));
        Sitting { v: VERSION, id, started, practice, paper, entries, at: 0, left_ms, ended: None }
    }

    /// As JSON on one line.
    #[must_use]
    pub fn to_json(&self) -> String {
        serde_json::to_string(self).unwrap_or_default()
    }

    /// A sitting from its JSON.
    ///
    /// # Errors
    /// If it is none, is of a later version, or its parts do not fit together.
    pub fn from_json(text: &str) -> Result<Self, SittingError> {
        let unreadable = |error: serde_json::Error| SittingError::Unreadable(error.to_string());
        let value: serde_json::Value = serde_json::from_str(text).map_err(unreadable)?;
        let version = value.get("v").and_then(serde_json::Value::as_u64).and_then(|version| u32::try_from(version).ok());
        if let Some(newer) = version.filter(|version| *version > VERSION) {
            return Err(SittingError::Newer(newer));
        }
        let sitting: Sitting = serde_json::from_value(value).map_err(unreadable)?;
        if sitting.is_consistent() { Ok(sitting) } else { Err(SittingError::Inconsistent) }
    }

    fn is_consistent(&self) -> bool {
        let items = &self.paper.items;
        let chosen = |(item, entry): (&super::PaperItem, &Entry)| entry.chosen.iter().all(|name| item.order.contains(name));
        items.len() == self.entries.len()
            && (self.at < items.len() || items.is_empty())
            && RulebookKind::parse(&self.paper.rulebook).is_some()
            && items.iter().zip(&self.entries).all(chosen)
    }

    /// The rulebook that its paper was drawn under.
    #[must_use]
    pub fn rulebook(&self) -> Rulebook {
        Rulebook::of(RulebookKind::parse(&self.paper.rulebook).unwrap_or_default())
    }

    /// How many questions it has.
    #[must_use]
    pub fn count(&self) -> usize {
        self.entries.len()
    }

    /// How far a question is answered.
    #[must_use]
    pub fn state(&self, at: usize) -> State {
        let chosen = self.entries.get(at).map_or(0, |entry| entry.chosen.len());
        let choose = self.paper.items.get(at).map_or(0, |item| item.choose);
        match chosen {
            0 => State::Unanswered,
            fewer if fewer < choose => State::Incomplete,
            _ => State::Answered,
        }
    }

    /// How many questions are not answered, or not wholly.
    #[must_use]
    pub fn open(&self) -> usize {
        (0..self.count()).filter(|at| self.state(*at) != State::Answered).count()
    }

    /// How many questions are marked.
    #[must_use]
    pub fn marked(&self) -> usize {
        self.entries.iter().filter(|entry| entry.marked).count()
    }

    /// Places of the chosen options of a question among those shown, sorted.
    #[must_use]
    pub fn letters(&self, at: usize) -> Vec<usize> {
        let (Some(entry), Some(item)) = (self.entries.get(at), self.paper.items.get(at)) else { return Vec::new() };
        let mut places: Vec<usize> = entry.chosen.iter().filter_map(|name| item.order.iter().position(|other| other == name)).collect();
        places.sort_unstable();
        places
    }

    /// Seconds left, begun ones counted; nothing without a clock.
    #[must_use]
    pub fn seconds_left(&self) -> Option<u64> {
        self.left_ms.map(|left| left.div_ceil(1_000))
    }

    /// Whether the clock has run down.
    #[must_use]
    pub fn is_over(&self) -> bool {
        self.left_ms == Some(0)
    }

    /// Lets time pass, at most what is left; of the question that is looked at, if `on_question`.
    pub(super) fn pass(&mut self, milliseconds: u64, on_question: bool) {
        let passed = self.left_ms.map_or(milliseconds, |left| left.min(milliseconds));
        self.left_ms = self.left_ms.map(|left| left.saturating_sub(passed));
        if let Some(entry) = self.entries.get_mut(self.at).filter(|_| on_question) {
            entry.spent_ms = entry.spent_ms.saturating_add(passed);
        }
    }

    /// A question of the paper in a bank.
    #[must_use]
    pub fn found<'q>(&self, at: usize, questions: &'q [impl Borrow<Question>]) -> Found<'q> {
        let Some(item) = self.paper.items.get(at) else { return Found::Missing };
        let Some(question) = questions.iter().map(Borrow::borrow).find(|question: &&Question| question.id == item.question) else {
            return Found::Missing;
        };
        let same_options =
            question.options.len() == item.order.len() && question.options.iter().all(|option| item.order.contains(&option.name));
        match version(question, self.rulebook()) == item.version {
            true => Found::Same(question),
            false if same_options && question.kind.count() == item.choose && can_be_asked(question) => Found::Changed(question),
            false => Found::Missing,
        }
    }

    /// Numbers from 1 of the questions that the bank has no longer, and of those that read otherwise now.
    #[must_use]
    pub fn differences(&self, questions: &[impl Borrow<Question>]) -> (Vec<usize>, Vec<usize>) {
        let (mut missing, mut changed) = (Vec::new(), Vec::new());
        for at in 0..self.count() {
            match self.found(at, questions) {
                Found::Same(_) => {}
                Found::Changed(_) => changed.push(at + 1),
                Found::Missing => missing.push(at + 1),
            }
        }
        (missing, changed)
    }
}
