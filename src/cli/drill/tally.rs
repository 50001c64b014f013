//! Counting a session.

use super::items::Item;
use crate::render::Tally;
use crate::study::Grade;
use std::collections::{BTreeMap, BTreeSet};

/// What has been answered so far.
#[derive(Debug, Default)]
pub(super) struct Counter {
    /// The grade of the first answer to each item.
    first: BTreeMap<String, Grade>,
    /// Items that were wrong first and right later.
    repaired: BTreeSet<String>,
    skipped: usize,
    confident_errors: Vec<String>,
    wrong_topics: BTreeMap<String, usize>,
}

impl Counter {
    pub(super) fn count(&mut self, id: &str, item: &Item, grade: Grade, confidence: Option<u8>) {
        if grade == Grade::Skipped {
            self.skipped += 1;
            return;
        }
        match self.first.get(id) {
            Some(Grade::Wrong) if grade == Grade::Right => {
                self.repaired.insert(id.to_owned());
            }
            Some(_) => {}
            None => {
                self.first.insert(id.to_owned(), grade);
                if grade == Grade::Wrong {
                    if let Some(topic) = item.topics().first() {
                        *self.wrong_topics.entry(topic.clone()).or_default() += 1;
                    }
                    if confidence == Some(3) {
                        self.confident_errors.push(item.name().to_owned());
                    }
                }
            }
        }
    }

    pub(super) fn tally(&self, due_today: usize, due_tomorrow: usize, kept: bool) -> Tally {
        let count = |grade: Grade| self.first.values().filter(|first| **first == grade).count();
        let mut weak_topics: Vec<(String, usize)> = self.wrong_topics.clone().into_iter().collect();
        weak_topics.sort_by(|a, b| b.1.cmp(&a.1).then_with(|| a.0.cmp(&b.0)));
        Tally {
            answered: self.first.len(),
            right: count(Grade::Right),
            repaired: self.repaired.len(),
            lucky: count(Grade::Lucky),
            skipped: self.skipped,
            confident_errors: self.confident_errors.clone(),
            weak_topics,
            due_tomorrow,
            due_today,
            kept,
            ..Tally::default()
        }
    }
}
