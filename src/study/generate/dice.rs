//! Draws from a seed, and what is wanted of an item before a case is drawn for it.

use crate::cloud::Random;

/// Draws that are a function of a family and a seed.
#[derive(Debug)]
pub(super) struct Dice {
    random: Random,
    /// Writes what only an item that is asked for needs.
    pub(super) pen: Pen,
}

/// Writes world, checks and feedback of an item, or leaves them out where only its options are looked at: they take longer than all the rest.
#[derive(Clone, Copy, Debug)]
pub(super) struct Pen {
    writes: bool,
}

impl Pen {
    /// What is to be written, or nothing.
    pub(super) fn write<T: Default>(self, what: impl FnOnce() -> T) -> T {
        if self.writes { what() } else { T::default() }
    }
}

/// What an item must come out as. It is drawn first and evenly, and stays the same while cases are drawn again: a case that is
/// hard to find is no reason for an answer to be rare.
#[derive(Clone, Copy, Debug)]
pub(super) struct Want {
    /// Which answer of the family's list, by remainder.
    answer: u32,
    /// At which place of four the right option stands; of options in an order, how many come before it.
    pub(super) place: usize,
    /// A coin, for a family that makes its options in one of two ways: a way that fails more often must not become rarer.
    pub(super) coin: bool,
}

impl Dice {
    pub(super) fn new(family: &str, seed: u64, writes: bool) -> Self {
        let digest = Random::new(seed).derive(family);
        let random = Random::new(u64::from_be_bytes(digest.first_chunk().copied().unwrap_or_default()));
        Dice { random, pen: Pen { writes } }
    }

    pub(super) fn want(&mut self) -> Want {
        Want { answer: u32::from_be_bytes(self.random.bytes()), place: self.index(4), coin: self.yes(1, 2) }
    }

    /// A number from 0 to `limit` - 1.
    pub(super) fn below(&mut self, limit: u32) -> u32 {
        u32::from_be_bytes(self.random.bytes()) % limit.max(1)
    }

    /// A number from `least` to `most`.
    pub(super) fn between(&mut self, least: u32, most: u32) -> u32 {
        least + self.below(most.saturating_sub(least) + 1)
    }

    /// An index into `length` things.
    pub(super) fn index(&mut self, length: usize) -> usize {
        usize::try_from(self.below(u32::try_from(length).unwrap_or(u32::MAX))).unwrap_or(0)
    }

    /// Yes, in so many of so many cases.
    pub(super) fn yes(&mut self, times: u32, of: u32) -> bool {
        self.below(of) < times
    }

    /// One of these; nothing if there are none.
    pub(super) fn pick<T: Clone>(&mut self, from: &[T]) -> Option<T> {
        let at = self.index(from.len());
        from.get(at).cloned()
    }

    /// The same in another order.
    pub(super) fn shuffled<T>(&mut self, mut list: Vec<T>) -> Vec<T> {
        for last in (1..list.len()).rev() {
            let at = self.index(last + 1);
            list.swap(last, at);
        }
        list
    }

    /// So many of these, in any order.
    pub(super) fn some<T>(&mut self, list: Vec<T>, count: usize) -> Vec<T> {
        let mut list = self.shuffled(list);
        list.truncate(count);
        list
    }
}

impl Want {
    /// The wanted answer among these, each as likely as any other.
    pub(super) fn of<T: Clone>(&self, answers: &[T]) -> Option<T> {
        let count = u32::try_from(answers.len()).ok().filter(|count| *count > 0)?;
        usize::try_from(self.answer % count).ok().and_then(|at| answers.get(at)).cloned()
    }
}
