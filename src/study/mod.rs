//! Study: questions with proofs, what comes next in a drill, and what was answered.
//!
//! ```text
//! files -read-> Bank of Questions -prove-> Diagnostics
//! Items + Memories -Session-> item -answer-> Grade -> Record -Store-> Memory
//! ```
//!
//! Nothing here asks the time or draws chance: the edge passes the instant and the seed in.

mod bank;
mod coverage;
mod day;
mod decision;
pub mod exam;
mod form;
mod generate;
mod grade;
mod item;
mod memory;
mod plan;
mod proof;
mod question;
mod read;
mod record;
mod session;
mod stats;
mod store;
pub mod tree;

pub use bank::Bank;
pub use coverage::{ClaimCoverage, Coverage, Exercise, ExerciseKind, Figures, SectionCoverage, Standing};
pub use day::Day;
pub use decision::{decision_question, decisions};
pub use form::{check_bank, check_question};
pub use generate::{EASIEST, Family, HARDEST, families, family};
pub use grade::{Grade, Rating};
pub use item::{Candidate, ItemKind};
pub use memory::{Memories, Memory, Outcome, Scheduler};
pub use plan::{Pace, Plan, Tempo, streak};
pub use proof::{prove_question, run_question};
pub use question::{Domain, Evidence, Kind, Question, QuestionOption, place_of_letter};
pub use read::read_questions;
pub use record::{Damage, Entry, Place, Record, read_lines};
pub use session::{Limits, Session, Turn, shuffle};
pub use stats::{FEW, Mastery, Retention, Share, StatItem, Stats};
pub use store::{Imported, Notice, SavedSitting, Store, StoreError};

#[cfg(test)]
mod tests;
