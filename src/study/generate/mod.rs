//! Items that are made from a seed: the model computes the answer, and the other options are what common mistakes would give.
//!
//! ```text
//! seed, difficulty -Dice-> Want (answer, place) -draw-> case -model-> Draft -Family::text-> a question file with its proof
//! ```
//!
//! What is wanted is drawn first and evenly, then a case that comes out so: neither the place of the right option nor what it says is worth
//! guessing. A draw asks the model itself; the world is written down only when the item is asked for. An item has the form of a file of
//! the question bank, so that everything that reads and proves questions takes it.

mod alias;
mod authz_decision;
mod bucket_key;
mod condition;
mod cost;
mod cross_account;
mod decider;
mod dice;
mod draft;
mod encryption_context;
mod error;
mod family;
mod grant;
mod key_spec;
mod key_state;
mod multi_region;
mod policy;
mod rotation;
mod setting;
mod smallest_policy;
mod stage;
mod statement;
#[cfg(test)]
mod tests;

pub use family::{EASIEST, Family, HARDEST};

/// All families, each id once.
static FAMILIES: &[&Family] = &[
    &key_spec::FAMILY,
    &encryption_context::FAMILY,
    &multi_region::FAMILY,
    &rotation::FAMILY,
    &alias::FAMILY,
    &key_state::FAMILY,
    &bucket_key::FAMILY,
    &cross_account::FAMILY,
    &authz_decision::FAMILY,
    &smallest_policy::FAMILY,
    &condition::FAMILY,
    &grant::FAMILY,
    &error::FAMILY,
    &cost::FAMILY,
];

/// All families of generated items, in the order of the guide.
#[must_use]
pub fn families() -> &'static [&'static Family] {
    FAMILIES
}

/// The family with this id.
#[must_use]
pub fn family(id: &str) -> Option<&'static Family> {
    FAMILIES.iter().copied().find(|family| family.id == id)
}
