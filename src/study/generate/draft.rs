//! An item before it is written down: what is asked, the options, and what proves the key.

use super::dice::{Dice, Want};
use crate::study::form::are_alike;
use serde_json::Value;

/// An item as a family draws it. The model has computed which option is right.
#[derive(Clone, Debug)]
pub(super) struct Draft {
    /// The situation and what is asked.
    pub(super) stem: String,
    /// The options, in the order of their letters.
    pub(super) choices: Vec<Choice>,
    /// The place of the right one.
    pub(super) right: usize,
    /// The rule, as it applies to this case.
    pub(super) why: String,
    /// From a nudge to the first step.
    pub(super) hints: [&'static str; 2],
    /// A command to try.
    pub(super) try_next: &'static str,
    /// What the proof runs.
    pub(super) proof: Proof,
    /// How much there is to follow: statements, calls, parts of a sum. A harder item has more on average.
    #[cfg_attr(not(test), expect(dead_code, reason = "a test holds the dials to it"))]
    pub(super) load: u32,
}

/// World and checks in the scenario language, with holes for `option`.
#[derive(Clone, Debug, Default)]
pub(super) struct Proof {
    pub(super) world: Value,
    pub(super) checks: Vec<Value>,
}

/// An option.
#[derive(Clone, Debug)]
pub(super) struct Choice {
    /// What the learner reads.
    pub(super) text: String,
    /// Why it is right, or what the mistake was.
    pub(super) why: String,
    /// The mistake that leads to it; not used of the right option.
    pub(super) mistake: &'static str,
    /// What it puts into the holes: an object's members are parts, anything else is the value.
    pub(super) fills: Value,
    /// Its number among the family's candidates, where what it fills in is made once it is chosen.
    pub(super) number: usize,
}

impl Choice {
    pub(super) fn new(text: impl Into<String>, why: impl Into<String>, mistake: &'static str, fills: Value) -> Self {
        Choice { text: text.into(), why: why.into(), mistake, fills, number: 0 }
    }

    pub(super) fn numbered(self, number: usize) -> Self {
        Choice { number, ..self }
    }
}

/// The right option at its wanted place among three others in any order; nothing if there are fewer, or if two read alike.
pub(super) fn placed(want: &Want, dice: &mut Dice, right: Choice, wrong: Vec<Choice>) -> Option<(Vec<Choice>, usize)> {
    let mut choices = dice.some(wrong, 3);
    if choices.len() < 3 {
        return None;
    }
    choices.insert(want.place, right);
    distinct(&choices).then_some((choices, want.place))
}

/// Four options in the order of their size, of which `want.place` are smaller than the right one; nothing if there are not enough
/// on a side. So neither the place of the right one nor its being the largest tells anything.
pub(super) fn ranked<K: Ord + Clone>(
    want: &Want,
    dice: &mut Dice,
    (size, right): (K, Choice),
    wrong: Vec<(K, Choice)>,
) -> Option<(Vec<Choice>, usize)> {
    let mut kept: Vec<(K, Choice)> = Vec::new();
    for (other, choice) in dice.shuffled(wrong) {
        let side = kept.iter().filter(|(known, _)| (*known < size) == (other < size)).count();
        let room = if other < size { want.place } else { 3 - want.place };
        if other != size && side < room && kept.iter().all(|(known, _)| *known != other) {
            kept.push((other, choice));
        }
    }
    if kept.len() < 3 {
        return None;
    }
    kept.push((size.clone(), right));
    kept.sort_by(|(one, _), (other, _)| one.cmp(other));
    let choices: Vec<Choice> = kept.into_iter().map(|(_, choice)| choice).collect();
    (distinct(&choices) && equally_long(&choices)).then_some((choices, want.place))
}

/// Whether all are equally long: figures of different lengths would give themselves away.
fn equally_long(choices: &[Choice]) -> bool {
    let mut lengths = choices.iter().map(|choice| choice.text.chars().count());
    let first = lengths.next();
    lengths.all(|length| Some(length) == first)
}

/// Four options in any order, of which `want.place` have shorter texts than the right one, for families whose texts differ in
/// length with what they say. The right one stands at a place of its own draw.
pub(super) fn by_length(want: &Want, dice: &mut Dice, right: Choice, wrong: Vec<Choice>) -> Option<(Vec<Choice>, usize)> {
    let length = |choice: &Choice| choice.text.chars().count();
    let size = length(&right);
    let usable = |choice: &Choice| length(choice) != size && are_alike(length(choice).min(size), length(choice).max(size));
    let (shorter, longer): (Vec<Choice>, Vec<Choice>) = wrong.into_iter().filter(usable).partition(|choice| length(choice) < size);
    let mut choices = dice.some(shorter, want.place);
    choices.extend(dice.some(longer, 3 - want.place));
    if choices.len() < 3 {
        return None;
    }
    let place = dice.index(4);
    choices = dice.shuffled(choices);
    choices.insert(place, right);
    let lengths = choices.iter().map(length);
    let alike = are_alike(lengths.clone().min()?, lengths.max()?);
    (alike && distinct(&choices)).then_some((choices, place))
}

/// Whether no two options read alike.
fn distinct(choices: &[Choice]) -> bool {
    choices.iter().enumerate().all(|(at, choice)| choices.iter().skip(at + 1).all(|other| other.text != choice.text))
}
