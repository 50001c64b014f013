//! What comes next in a drill.
//!
//! Due items come first, longest overdue first, then a few new ones; neighbours have different topics where
//! that can be. What was wrong, or right by luck, comes again after at least three other items, until it has been
//! answered right once. All of it is a function of items, history, day and seed.

use super::schedule::{Day, Grade, History};
use crate::cloud::Random;
use std::collections::VecDeque;

/// So many other items come between a wrong answer and the next try.
const APART: usize = 3;

/// So often a session asks one item again; after that it is for tomorrow.
const MOST_REPEATS: usize = 3;

/// Of new items every fifth is a scenario: it takes as long as several questions.
const QUESTIONS_PER_SCENARIO: usize = 4;

/// Something that can be asked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Candidate {
    /// `question:ID` or `scenario:ID`.
    pub id: String,
    /// Its main topic.
    pub topic: String,
    /// What it is.
    pub kind: ItemKind,
    /// How hard it is, from 1 to 5: of new scenarios the easy ones come first.
    pub difficulty: u8,
}

/// The kinds of items.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum ItemKind {
    /// One question.
    Question,
    /// A whole scenario with all its decisions.
    Scenario,
}

/// How much a session holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Most different items.
    pub items: usize,
    /// Most items that were never seen.
    pub new: usize,
}

/// The rest of a session.
#[derive(Clone, Debug)]
pub struct Session {
    queue: VecDeque<Entry>,
    /// Items that must be asked again, with the number of items that must come before.
    again: Vec<Again>,
    last_topic: Option<String>,
    planned: usize,
    asked: usize,
}

#[derive(Clone, Debug)]
struct Entry {
    candidate: Candidate,
    repeats: usize,
}

#[derive(Clone, Debug)]
struct Again {
    entry: Entry,
    wait: usize,
}

impl Session {
    /// Plans a session. If nothing is due and nothing is new, items are practised ahead of time, soonest due first.
    #[must_use]
    pub fn plan(candidates: &[Candidate], history: &History, today: Day, seed: u64, limits: Limits) -> Self {
        let random = Random::new(seed);
        let mut due = Vec::new();
        let mut new = Vec::new();
        let mut ahead = Vec::new();
        for candidate in candidates {
            // Chance decides only between items that are alike.
            let draw = random.derive(&candidate.id);
            match history.memory(&candidate.id) {
                Some(memory) if memory.due <= today => due.push(((memory.due, 0, draw), candidate)),
                Some(memory) => ahead.push(((memory.due, 0, draw), candidate)),
                None => {
                    let hardness = if candidate.kind == ItemKind::Scenario { candidate.difficulty } else { 0 };
                    new.push(((today, hardness, draw), candidate));
                }
            }
        }
        for list in [&mut due, &mut new, &mut ahead] {
            list.sort_by_key(|(rank, _)| *rank);
        }
        let new = mixed(new.into_iter().map(|(_, candidate)| candidate));
        let room_for_new = limits.new.min(limits.items.saturating_sub(due.len()));
        let chosen: Vec<&Candidate> = if due.is_empty() && new.is_empty() {
            ahead.iter().take(limits.items).map(|(_, candidate)| *candidate).collect()
        } else {
            due.iter().take(limits.items).map(|(_, candidate)| *candidate).chain(new.into_iter().take(room_for_new)).collect()
        };
        let planned = chosen.len();
        let queue = chosen.into_iter().map(|candidate| Entry { candidate: candidate.clone(), repeats: 0 }).collect();
        Session { queue, again: Vec::new(), last_topic: None, planned, asked: 0 }
    }

    /// How many different items were planned.
    #[must_use]
    pub fn planned(&self) -> usize {
        self.planned
    }

    /// How many items were handed out, with repetitions.
    #[must_use]
    pub fn asked(&self) -> usize {
        self.asked
    }

    /// How many items are still to come, as it looks now.
    #[must_use]
    pub fn left(&self) -> usize {
        self.queue.len() + self.again.len()
    }

    /// The next item; give its grade to [`Session::answered`].
    pub fn next_item(&mut self) -> Option<Turn> {
        let entry = self.take()?;
        self.last_topic = Some(entry.candidate.topic.clone());
        self.asked += 1;
        for again in &mut self.again {
            again.wait = again.wait.saturating_sub(1);
        }
        Some(Turn { entry })
    }

    fn take(&mut self) -> Option<Entry> {
        let fits = |entry: &Entry| self.last_topic.as_ref() != Some(&entry.candidate.topic);
        // A repetition that has waited long enough goes first: the error is fresh.
        let ripe = self.again.iter().position(|again| again.wait == 0 && fits(&again.entry));
        if let Some(at) = ripe {
            return Some(self.again.remove(at).entry);
        }
        let at = self.queue.iter().position(fits).unwrap_or(0);
        if let Some(entry) = self.queue.remove(at) {
            return Some(entry);
        }
        // At the end of the session there is nothing left to put in between.
        let at = self.again.iter().enumerate().min_by_key(|(_, again)| again.wait).map(|(at, _)| at)?;
        Some(self.again.remove(at).entry)
    }

    /// Takes in what came of a turn. Whether the item comes again in this session is returned.
    pub fn answered(&mut self, turn: Turn, grade: Grade) -> bool {
        let comes_again = matches!(grade, Grade::Wrong | Grade::Lucky) && turn.entry.repeats < MOST_REPEATS;
        if comes_again {
            let entry = Entry { repeats: turn.entry.repeats + 1, ..turn.entry };
            self.again.push(Again { entry, wait: APART });
        }
        comes_again
    }
}

/// Questions with a scenario after every few of them, each kind in its order.
fn mixed<'c>(candidates: impl Iterator<Item = &'c Candidate>) -> Vec<&'c Candidate> {
    let (questions, scenarios): (Vec<_>, Vec<_>) = candidates.partition(|candidate| candidate.kind == ItemKind::Question);
    let mut scenarios = scenarios.into_iter();
    let mut list = Vec::new();
    for (index, question) in questions.into_iter().enumerate() {
        list.push(question);
        if (index + 1) % QUESTIONS_PER_SCENARIO == 0 {
            list.extend(scenarios.next());
        }
    }
    list.extend(scenarios);
    list
}

/// One item that was handed out.
#[derive(Clone, Debug)]
pub struct Turn {
    entry: Entry,
}

impl Turn {
    /// The item.
    #[must_use]
    pub fn id(&self) -> &str {
        &self.entry.candidate.id
    }

    /// Whether it was asked in this session before.
    #[must_use]
    pub fn is_repetition(&self) -> bool {
        self.entry.repeats > 0
    }
}

/// The order in which to show things: a function of seed and name.
#[must_use]
pub fn shuffle(count: usize, seed: u64, name: &str) -> Vec<usize> {
    let random = Random::new(seed);
    let mut order: Vec<usize> = (0..count).collect();
    order.sort_by_key(|index| random.derive(&format!("{name} {index}")));
    order
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cloud::parse_instant;

    fn today() -> Day {
        Day::of(parse_instant("2026-03-01T12:00:00Z").unwrap())
    }

    fn candidates(items: &[(&str, &str)]) -> Vec<Candidate> {
        items
            .iter()
            .map(|(id, topic)| Candidate { id: (*id).into(), topic: (*topic).into(), kind: ItemKind::Question, difficulty: 1 })
            .collect()
    }

    fn many(count: usize) -> Vec<Candidate> {
        let topics = ["keys", "grants", "cost"];
        (0..count)
            .map(|n| Candidate { id: format!("question:{n}"), topic: topics[n % 3].into(), kind: ItemKind::Question, difficulty: 1 })
            .collect()
    }

    fn run(mut session: Session, grade: impl Fn(&Turn) -> Grade) -> Vec<String> {
        let mut ids = Vec::new();
        while let Some(turn) = session.next_item() {
            ids.push(turn.id().to_owned());
            let grade = grade(&turn);
            session.answered(turn, grade);
        }
        ids
    }

    const LIMITS: Limits = Limits { items: 20, new: 10 };

    #[test]
    fn due_items_come_before_new_ones_and_the_longest_overdue_first() {
        let mut history = History::default();
        history.learn("late", Grade::Right, today().plus(-9));
        history.learn("later", Grade::Right, today().plus(-20));
        history.learn("not-yet", Grade::Right, today());
        let items = candidates(&[("new", "a"), ("late", "b"), ("not-yet", "c"), ("later", "d")]);
        let ids = run(Session::plan(&items, &history, today(), 1, LIMITS), |_| Grade::Right);
        assert_eq!(ids, ["later", "late", "new"]);
    }

    #[test]
    fn new_items_are_limited() {
        let session = Session::plan(&many(30), &History::default(), today(), 1, Limits { items: 20, new: 5 });
        assert_eq!(session.planned(), 5);
    }

    #[test]
    fn no_two_items_of_a_topic_follow_each_other_where_others_are_left() {
        let items = many(12);
        let topic = |id: &String| items.iter().find(|item| item.id == *id).unwrap().topic.clone();
        for seed in 0..50 {
            let ids = run(Session::plan(&items, &History::default(), today(), seed, LIMITS), |_| Grade::Right);
            let first: Vec<String> = ids.iter().take(6).map(topic).collect();
            assert!(first.windows(2).all(|pair| pair[0] != pair[1]), "{first:?}");
        }
    }

    #[test]
    fn every_fifth_new_item_is_a_scenario_the_easy_ones_first() {
        let mut items = many(8);
        for (id, difficulty) in [("hard", 4), ("easy", 1)] {
            items.push(Candidate { id: id.into(), topic: id.into(), kind: ItemKind::Scenario, difficulty });
        }
        let ids = run(Session::plan(&items, &History::default(), today(), 1, LIMITS), |_| Grade::Right);
        assert_eq!((ids[4].as_str(), ids[9].as_str()), ("easy", "hard"));
    }

    #[test]
    fn a_wrong_item_comes_again_after_three_others_and_a_lucky_one_too() {
        for grade in [Grade::Wrong, Grade::Lucky] {
            let ids = run(Session::plan(&many(9), &History::default(), today(), 3, LIMITS), |turn| {
                if turn.is_repetition() { Grade::Right } else { grade }
            });
            assert_eq!(ids.len(), 18);
            for id in &ids {
                let places: Vec<usize> = ids.iter().enumerate().filter(|(_, other)| *other == id).map(|(at, _)| at).collect();
                let others_were_left = places[0] < 6;
                assert!(!others_were_left || places[1] - places[0] > APART, "{ids:?}");
            }
        }
    }

    #[test]
    fn a_session_ends_even_for_who_is_always_wrong() {
        let ids = run(Session::plan(&many(2), &History::default(), today(), 1, LIMITS), |_| Grade::Wrong);
        assert_eq!(ids.len(), 2 * (1 + MOST_REPEATS));
    }

    #[test]
    fn with_nothing_due_and_nothing_new_the_soonest_are_practised_ahead() {
        let mut history = History::default();
        history.learn("a", Grade::Right, today());
        let ids = run(Session::plan(&candidates(&[("a", "t")]), &history, today(), 1, LIMITS), |_| Grade::Right);
        assert_eq!(ids, ["a"]);
    }

    #[test]
    fn the_same_seed_gives_the_same_session_and_another_one_another() {
        let plan = |seed| run(Session::plan(&many(12), &History::default(), today(), seed, LIMITS), |_| Grade::Right);
        assert_eq!(plan(1), plan(1));
        assert_ne!(plan(1), plan(2));
    }

    #[test]
    fn a_shuffle_holds_every_index_once_and_is_the_same_everywhere() {
        // A test vector: attempts keep the seed, and their traces are replayed on other machines.
        assert_eq!(shuffle(5, 7, "a-question"), [2, 4, 3, 1, 0]);
        let mut order = shuffle(6, 1, "x");
        order.sort_unstable();
        assert_eq!(order, [0, 1, 2, 3, 4, 5]);
    }
}
