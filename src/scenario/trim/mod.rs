//! Least privilege: what a passing configuration could do without.
//!
//! The policies that fill holes are taken apart one piece at a time, the scenario is run again, and what no check misses is
//! reported. Nothing is deduced about policies: a piece is excess because the checks pass without it.
//!
//! ```text
//! Answers -written-> trees -statement-> statements -change-> one change -trial-> run again -> kept or put back
//! ```
//!
//! ```text
//! written.rs     answers as trees that can be changed
//! tree.rs        paths in a tree, and changing what stands there
//! statement.rs   finding statements, and their elements
//! seen.rs        who did what in the run: what wildcards may be narrowed to
//! standing.rs    whose policy a statement stands in, and what keeps a key manageable
//! change.rs      everything that could be taken out of a statement or narrowed in it
//! condition.rs   conditions that no check needs, and conditions that could be added
//! trial.rs       running a changed configuration, within a budget
//! search.rs      from the changes that pass to the smallest policies
//! ```

mod change;
mod condition;
mod search;
mod seen;
mod standing;
mod statement;
mod tree;
mod trial;
mod written;

use super::answers::Answers;
use super::document::Document;
use super::instance::Instance;
use super::verdict::Verdict;
use crate::diag::Span;
use crate::rulebook::Rulebook;

/// How often a scenario is run at most to trim its answers: some seconds for the slowest.
const BUDGET: usize = 2_000;

/// What a passing configuration could do without, and what could bind it closer.
#[derive(Clone, Debug)]
pub struct Trim {
    /// Privileges that no check needs, in the order of the decisions and of the text.
    pub excess: Vec<Excess>,
    /// Conditions and denials that no check needs. They give nobody anything, so they are no excess.
    pub unneeded: Vec<Unneeded>,
    /// Conditions that the trimmed policies could have besides, each on its own.
    pub offered: Vec<Offer>,
    /// The answers without the excess.
    pub trimmed: Answers,
    /// How often the scenario was run.
    pub runs: usize,
    /// Whether everything was tried; not so if the budget of runs was used up.
    pub complete: bool,
}

/// A statement in an answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StatementPlace {
    /// Its `Sid`, if it has one.
    pub sid: Option<String>,
    /// Where it stands.
    pub span: Span,
}

/// A privilege that no check needs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Excess {
    /// The decision in whose answer it stands.
    pub decision: String,
    /// The statement that it belongs to.
    pub statement: StatementPlace,
    /// Where it stands.
    pub span: Span,
    /// What it is.
    pub part: Part,
    /// What to write in its place; nothing if it can go.
    pub instead: Vec<String>,
}

/// A part of a statement that gives privileges.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Part {
    /// The whole statement.
    Statement,
    /// An item of Action as written; of NotAction all its items.
    Action(String),
    /// A principal as written.
    Principal(String),
    /// An item of Resource as written.
    Resource(String),
    /// One of several values of a condition.
    Value {
        /// The operator as written.
        operator: String,
        /// The condition key as written.
        key: String,
        /// The value.
        value: String,
    },
}

/// What no check needs and what does no harm.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unneeded {
    /// The decision in whose answer it stands.
    pub decision: String,
    /// The statement that it belongs to.
    pub statement: StatementPlace,
    /// Where it stands.
    pub span: Span,
    /// The operator and key of a condition; nothing for a whole statement that denies.
    pub condition: Option<(String, String)>,
}

/// A condition that a statement could have.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Offer {
    /// The decision in whose answer the statement stands.
    pub decision: String,
    /// The statement.
    pub statement: StatementPlace,
    /// The operator.
    pub operator: &'static str,
    /// The condition key.
    pub key: String,
    /// The value.
    pub value: String,
}

impl Trim {
    /// Whether there is nothing to tell.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.excess.is_empty() && self.unneeded.is_empty() && self.offered.is_empty()
    }
}

/// Trims the policies in the answers of a run that passed; nothing if it did not, or if no policy stands in the answers.
///
/// The instance and its verdict are those of the answers. What the author fixed in the world is left alone.
#[must_use]
pub fn trim(document: &Document, answers: &Answers, instance: &Instance, verdict: &Verdict, rulebook: Rulebook) -> Option<Trim> {
    if !verdict.passed() {
        return None;
    }
    let written = written::Written::of(document, answers)?;
    search::search(document, answers, written, instance, verdict, rulebook, BUDGET)
}

#[cfg(test)]
mod tests;
