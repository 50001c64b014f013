//! What a learner's answers tell: what is known by topic and by chapter, how fast it fades, how well confidence fits, and where it sticks.

use super::coverage::Coverage;
use super::exam::{Forecast, precise, wilson};
use super::item::ItemKind;
use super::memory::{Memories, Memory, Outcome, Scheduler};
use super::plan::{Plan, streak};
use super::{Day, Grade, Record};
use std::collections::BTreeMap;

/// Recall from which an item counts as known.
const KNOWN: f32 = 0.9;

/// Below so many answers a share says too little to be shown as one.
pub const FEW: usize = 10;

/// Days since the last answer, as the retention curve has them: from and to.
const GAPS: [(i64, i64); 7] = [(1, 1), (2, 3), (4, 7), (8, 14), (15, 30), (31, 90), (91, i64::MAX)];

/// Days that the list of days shows.
const DAYS: i64 = 14;

/// An item, as statistics see it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StatItem {
    /// Its id.
    pub id: String,
    /// What it is.
    pub kind: ItemKind,
    /// Its topics, the main one first.
    pub topics: Vec<String>,
    /// The chapter of the guide that its main claim stands in.
    pub chapter: Option<&'static str>,
    /// The section of the guide that its main claim stands in.
    pub section: Option<&'static str>,
    /// The facts that it leans on.
    pub facts: Vec<String>,
}

/// A share of answers that were right.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Share {
    /// Right ones.
    pub right: usize,
    /// All of them.
    pub of: usize,
}

impl Share {
    fn add(&mut self, right: bool) {
        self.of += 1;
        self.right += usize::from(right);
    }

    /// In percent; nothing if there are too few.
    #[must_use]
    pub fn percent(self) -> Option<u32> {
        (self.of >= FEW).then(|| percent(self.right, self.of))
    }

    /// The percentages between which the share lies with 95 percent.
    #[must_use]
    pub fn range(self) -> (u32, u32) {
        let (low, high) = wilson(precise(self.right) / precise(self.of.max(1)), precise(self.of));
        (whole(low), whole(high))
    }
}

/// What is known of some items.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Mastery {
    /// What they have in common: a topic, a chapter.
    pub name: String,
    /// How many there are.
    pub items: usize,
    /// How many were answered.
    pub seen: usize,
    /// How many are known: the last answer was right, without a guess, and nine in ten would still know it.
    pub known: usize,
    /// How many are due.
    pub due: usize,
    /// The expected share of all of them that is recalled today, unseen ones counting as not: in percent.
    pub recall: u32,
    /// Wrong answers of one who was sure.
    pub confident_errors: usize,
}

/// One stretch of the retention curve.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Retention {
    /// Days since the answer before, the first and the last of the stretch.
    pub days: (i64, i64),
    /// What was recalled.
    pub share: Share,
    /// What the schedule expected, in percent.
    pub expected: u32,
}

/// All that a learner's answers tell.
#[derive(Clone, Debug, PartialEq)]
pub struct Stats {
    /// The day it is told for.
    pub today: Day,
    /// What the learner has set out to do.
    pub plan: Plan,
    /// All answers, skipped ones not counted.
    pub answers: usize,
    /// Days of study in a row.
    pub streak: usize,
    /// The last days with their numbers of answers, oldest first.
    pub days: Vec<(Day, u32)>,
    /// By topic, the least recalled first.
    pub topics: Vec<Mastery>,
    /// By chapter of the guide, in its order.
    pub chapters: Vec<Mastery>,
    /// By section of the guide, in its order.
    pub sections: Vec<Mastery>,
    /// How recall falls with the days, where there are answers.
    pub retention: Vec<Retention>,
    /// By confidence, from sure to a guess, then without a say: how often it was right.
    pub calibration: [(&'static str, Share); 4],
    /// By kind of item: how many answers were timed, and the median of their seconds.
    pub times: Vec<(ItemKind, usize, u64)>,
    /// Items that keep being forgotten, with how often.
    pub leeches: Vec<(String, u32)>,
    /// Facts of the items that are recalled least: the id, and the recall in percent.
    pub weakest_facts: Vec<(String, u32)>,
    /// The next seven days with what is due on them.
    pub load: Vec<(Day, usize)>,
    /// What an exam would come to.
    pub forecast: Option<Forecast>,
}

impl Stats {
    /// What records and memories tell about items. Items that no longer exist count for calibration and time only.
    #[must_use]
    pub fn of(
        items: &[StatItem],
        memories: &Memories,
        records: &[Record],
        days: &[(Day, u32)],
        plan: Plan,
        today: Day,
        forecast: Option<Forecast>,
    ) -> Self {
        let errors = confident_errors(records);
        let group = |names: &dyn Fn(&StatItem) -> Vec<String>| masteries(items, memories, &errors, today, names);
        let mut topics = group(&|item| item.topics.clone());
        topics.sort_by(|a, b| a.recall.cmp(&b.recall).then_with(|| a.name.cmp(&b.name)));
        let in_order = |order: &[&'static str], mut list: Vec<Mastery>| {
            list.sort_by_key(|mastery| order.iter().position(|name| *name == mastery.name));
            list
        };
        let sections: Vec<&'static str> = Coverage::of(&[]).sections.iter().map(|section| section.name).collect();
        let chapters: Vec<&'static str> = sections.iter().map(|section| section.split(" > ").next().unwrap_or(section)).collect();
        Stats {
            today,
            plan,
            answers: records.iter().filter(|record| record.grade != Grade::Skipped).count(),
            streak: streak(days, today),
            days: (1 - DAYS..=0)
                .map(|back| today.plus(back))
                .map(|day| (day, days.iter().find(|(known, _)| *known == day).map_or(0, |(_, answers)| *answers)))
                .collect(),
            topics,
            chapters: in_order(&chapters, group(&|item| item.chapter.map(str::to_owned).into_iter().collect())),
            sections: in_order(&sections, group(&|item| item.section.map(str::to_owned).into_iter().collect())),
            retention: retention(records, plan),
            calibration: calibration(records),
            times: times(records),
            leeches: leeches(memories),
            weakest_facts: weakest_facts(items, memories, today),
            load: memories.load(items.iter().map(|item| item.id.as_str()), today),
            forecast,
        }
    }
}

/// A share as a whole percentage.
fn whole(share: f64) -> u32 {
    (share.clamp(0.0, 1.0) * 100.0).round() as u32
}

fn percent(part: usize, of: usize) -> u32 {
    whole(precise(part) / precise(of.max(1)))
}

/// Wrong answers of one who was sure, by item.
fn confident_errors(records: &[Record]) -> BTreeMap<&str, usize> {
    let mut errors = BTreeMap::new();
    for record in records.iter().filter(|record| record.grade == Grade::Wrong && record.confidence == Some(3)) {
        *errors.entry(record.item.as_str()).or_default() += 1;
    }
    errors
}

fn masteries(
    items: &[StatItem],
    memories: &Memories,
    errors: &BTreeMap<&str, usize>,
    today: Day,
    names: &dyn Fn(&StatItem) -> Vec<String>,
) -> Vec<Mastery> {
    let mut groups: BTreeMap<String, (Mastery, f64)> = BTreeMap::new();
    for item in items {
        let memory = memories.get(&item.id);
        let recall = memory.map_or(0.0, |memory| f64::from(memory.recall(today)));
        for name in names(item) {
            let (mastery, sum) = groups.entry(name.clone()).or_insert_with(|| (Mastery { name, ..Mastery::default() }, 0.0));
            mastery.items += 1;
            mastery.confident_errors += errors.get(item.id.as_str()).copied().unwrap_or(0);
            *sum += recall;
            if let Some(memory) = memory {
                mastery.seen += 1;
                mastery.known += usize::from(memory.known && memory.recall(today) >= KNOWN);
                mastery.due += usize::from(memory.due <= today);
            }
        }
    }
    let finish = |(mut mastery, sum): (Mastery, f64)| {
        mastery.recall = whole(sum / precise(mastery.items.max(1)));
        mastery
    };
    groups.into_values().map(finish).collect()
}

/// The answers are learnt once more, one after the other, so that each is held against what was expected at its time.
fn retention(records: &[Record], plan: Plan) -> Vec<Retention> {
    let scheduler = Scheduler::new(plan);
    let mut memories: BTreeMap<&str, Memory> = BTreeMap::new();
    let mut stretches = GAPS.map(|days| (days, Share::default(), 0.0_f64));
    for record in records {
        let day = Day::of(record.at);
        let before = memories.get(record.item.as_str()).copied();
        if let Some(memory) = before.filter(|_| record.grade != Grade::Skipped) {
            let gap = memory.last.days_to(day);
            if let Some((_, share, expected)) = stretches.iter_mut().find(|((from, to), ..)| (*from..=*to).contains(&gap)) {
                share.add(record.grade.is_known());
                *expected += f64::from(memory.recall(day));
            }
        }
        let outcome = Outcome { grade: record.grade, confidence: record.confidence, hints: record.hints, day };
        if let Some(memory) = scheduler.learn(&record.item, before, outcome) {
            memories.insert(&record.item, memory);
        }
    }
    let stretches = stretches.into_iter().filter(|(_, share, _)| share.of > 0);
    stretches.map(|(days, share, expected)| Retention { days, share, expected: whole(expected / precise(share.of)) }).collect()
}

fn calibration(records: &[Record]) -> [(&'static str, Share); 4] {
    let mut shares = [("sure", Share::default()), ("fairly", Share::default()), ("guess", Share::default()), ("no say", Share::default())];
    for record in records.iter().filter(|record| record.grade != Grade::Skipped) {
        let place = match record.confidence {
            Some(3) => 0,
            Some(2) => 1,
            Some(_) => 2,
            None => 3,
        };
        if let Some((_, share)) = shares.get_mut(place) {
            share.add(matches!(record.grade, Grade::Right | Grade::Lucky));
        }
    }
    shares
}

fn times(records: &[Record]) -> Vec<(ItemKind, usize, u64)> {
    let mut kinds: BTreeMap<ItemKind, Vec<u32>> = BTreeMap::new();
    for record in records {
        if let (Some(kind), Some(millis)) = (ItemKind::of(&record.item), record.millis) {
            kinds.entry(kind).or_default().push(millis);
        }
    }
    let median = |(kind, mut millis): (ItemKind, Vec<u32>)| {
        millis.sort_unstable();
        let middle = millis.get(millis.len() / 2).copied().unwrap_or(0);
        (kind, millis.len(), u64::from(middle) / 1_000)
    };
    kinds.into_iter().map(median).collect()
}

fn leeches(memories: &Memories) -> Vec<(String, u32)> {
    let mut leeches: Vec<(String, u32)> =
        memories.iter().filter(|(_, memory)| memory.is_leech()).map(|(item, memory)| (item.to_owned(), memory.lapses)).collect();
    leeches.sort_by(|a, b| b.1.cmp(&a.1).then_with(|| a.0.cmp(&b.0)));
    leeches
}

/// Facts that were met, the least recalled first: of the items that lean on one the best counts, since it is known if one is.
fn weakest_facts(items: &[StatItem], memories: &Memories, today: Day) -> Vec<(String, u32)> {
    const SHOWN: usize = 5;
    let mut facts: BTreeMap<&str, u32> = BTreeMap::new();
    for item in items {
        let Some(memory) = memories.get(&item.id) else { continue };
        let recall = if memory.known { whole(f64::from(memory.recall(today))) } else { 0 };
        for fact in &item.facts {
            let best = facts.entry(fact).or_insert(recall);
            *best = recall.max(*best);
        }
    }
    let mut facts: Vec<(String, u32)> = facts.into_iter().map(|(fact, recall)| (fact.to_owned(), recall)).collect();
    facts.sort_by(|a, b| a.1.cmp(&b.1).then_with(|| a.0.cmp(&b.0)));
    facts.retain(|(_, recall)| *recall < 90);
    facts.truncate(SHOWN);
    facts
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cloud::parse_instant;
    use crate::study::Place;

    fn today() -> Day {
        Day::parse("2026-03-10").unwrap()
    }

    fn item(id: &str, topic: &str) -> StatItem {
        StatItem {
            id: id.to_owned(),
            kind: ItemKind::Question,
            topics: vec![topic.to_owned()],
            chapter: Some("Key Management"),
            section: Some("Key Management > Key Rotation"),
            facts: vec![format!("fact-{topic}")],
        }
    }

    fn record(id: &str, day: i64, right: bool, confidence: Option<u8>) -> Record {
        Record {
            at: parse_instant("2026-03-10T12:00:00Z").unwrap() - crate::cloud::Duration::days(day),
            item: id.to_owned(),
            answer: Vec::new(),
            confidence,
            hints: 0,
            seed: 0,
            grade: Grade::of(right, confidence),
            millis: Some(20_000),
            place: Place::Drill,
        }
    }

    fn stats(records: &[Record]) -> Stats {
        let scheduler = Scheduler::new(Plan::default());
        let mut memories = Memories::default();
        for record in records {
            let outcome = Outcome { grade: record.grade, confidence: record.confidence, hints: 0, day: Day::of(record.at) };
            memories.set(&record.item, scheduler.learn(&record.item, memories.get(&record.item).copied(), outcome).unwrap());
        }
        let items = [item("question:a", "grants"), item("question:b", "grants"), item("question:c", "rotation")];
        Stats::of(&items, &memories, records, &[(today().plus(-1), 3), (today(), 2)], Plan::default(), today(), None)
    }

    #[test]
    fn mastery_counts_what_is_recalled_and_unseen_items_as_not() {
        let stats = stats(&[record("question:a", 1, true, None), record("question:c", 9, false, Some(3))]);
        let topic = |name: &str| stats.topics.iter().find(|mastery| mastery.name == name).unwrap().clone();
        let (grants, rotation) = (topic("grants"), topic("rotation"));
        assert_eq!((grants.items, grants.seen, grants.known, grants.due, grants.confident_errors), (2, 1, 1, 0, 0));
        assert!((45..=50).contains(&grants.recall), "{}", grants.recall);
        assert_eq!((rotation.known, rotation.due, rotation.confident_errors), (0, 1, 1));
        assert_eq!(stats.chapters.len(), 1);
        assert_eq!((stats.chapters[0].items, stats.sections[0].name.as_str()), (3, "Key Management > Key Rotation"));
        assert_eq!(stats.weakest_facts, [("fact-rotation".to_owned(), 0)]);
        assert_eq!((stats.streak, stats.days.len(), stats.days[13].1, stats.load[0].1), (2, 14, 2, 1));
    }

    #[test]
    fn calibration_has_a_share_for_each_confidence_and_guesses_that_hit_count_as_right() {
        let records: Vec<Record> =
            (0..12).map(|n| record("question:a", 0, n % 4 != 0, Some(3))).chain([record("question:b", 0, true, Some(1))]).collect();
        let stats = stats(&records);
        assert_eq!(stats.calibration[0], ("sure", Share { right: 9, of: 12 }));
        assert_eq!((stats.calibration[0].1.percent(), stats.calibration[0].1.range()), (Some(75), (47, 91)));
        assert_eq!((stats.calibration[2], stats.calibration[2].1.percent()), (("guess", Share { right: 1, of: 1 }), None));
        assert_eq!(stats.times, [(ItemKind::Question, 13, 20)]);
    }

    #[test]
    fn the_retention_curve_holds_each_answer_against_what_was_expected() {
        let stats = stats(&[
            record("question:a", 9, true, None),
            record("question:b", 9, true, None),
            record("question:a", 7, true, None),
            record("question:b", 7, false, None),
        ]);
        assert_eq!(stats.retention.len(), 1);
        assert_eq!((stats.retention[0].days, stats.retention[0].share), ((2, 3), Share { right: 1, of: 2 }));
        assert!((90..=92).contains(&stats.retention[0].expected), "{}", stats.retention[0].expected);
    }
}
