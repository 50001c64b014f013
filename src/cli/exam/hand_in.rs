//! Handing in: marks, the result, and what the drill learns of it.

use super::look;
use super::room::Room;
use crate::cli::{Exit, Failure, Format};
use crate::render;
use crate::study::exam::{End, Entry, Marked, Outcome, PaperItem, Score, Sitting, score};
use crate::study::{Grade, ItemKind, Place, Question, Record};
use std::borrow::Borrow;
use std::collections::BTreeMap;

impl Room<'_> {
    /// Ends the sitting, keeps it and its answers, and tells the result.
    pub(super) fn hand_in(mut self, end: End) -> Result<Exit, Failure> {
        self.sitting.ended = Some(end);
        let score = score(&self.sitting, &self.items.questions);
        let answers = self.answers(&score);
        self.shelf.hand_in(&self.sitting, &answers)?;
        let topics = weak_topics(&self.sitting, &score, &self.items.questions);
        match self.args.format {
            Format::Text => {
                let text = render::exam_result_text(&self.sitting, &score, &topics, look(self.edge));
                self.edge.print(&format!("\n{text}"))?;
            }
            Format::Json => self.edge.print_json_line(&render::exam_result_json(&self.sitting, &score, &topics))?,
        }
        Ok(if score.passed() { Exit::Passed } else { Exit::Failed })
    }

    /// The answers as the learner's history has them. A question without one says nothing about what is known.
    fn answers(&self, score: &Score) -> Vec<Record> {
        let at = self.args.now();
        let marked = self.sitting.paper.items.iter().zip(&self.sitting.entries).zip(&score.marks);
        let record = |((item, entry), mark): ((&PaperItem, &Entry), &Marked)| {
            let grade = match mark.outcome {
                Outcome::Right => Grade::Right,
                Outcome::Wrong => Grade::Wrong,
                Outcome::Unanswered | Outcome::Missing => return None,
            };
            Some(Record {
                at,
                item: ItemKind::Question.id(&item.question),
                answer: entry.chosen.clone(),
                confidence: None,
                hints: 0,
                seed: self.sitting.paper.seed,
                grade,
                millis: u32::try_from(entry.spent_ms).ok(),
                place: Place::Exam,
            })
        };
        marked.filter_map(record).collect()
    }
}

/// Main topics of what was not right, the most frequent first.
pub(super) fn weak_topics(sitting: &Sitting, score: &Score, questions: &[impl Borrow<Question>]) -> Vec<String> {
    let mut topics: BTreeMap<&str, usize> = BTreeMap::new();
    for (at, mark) in score.marks.iter().enumerate() {
        let wrong = matches!(mark.outcome, Outcome::Wrong | Outcome::Unanswered);
        if let Some(topic) = sitting.found(at, questions).question().filter(|_| wrong).and_then(|question| question.topics.first()) {
            *topics.entry(topic).or_default() += 1;
        }
    }
    let mut topics: Vec<(&str, usize)> = topics.into_iter().collect();
    topics.sort_by(|a, b| b.1.cmp(&a.1).then(a.0.cmp(b.0)));
    topics.into_iter().map(|(topic, _)| topic.to_owned()).collect()
}
