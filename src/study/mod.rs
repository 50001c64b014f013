//! Study: questions with proofs, what comes next in a drill, and what was answered.
//!
//! ```text
//! files -read-> Bank of Questions -prove-> Diagnostics
//! Items + History -Session-> item -answer-> Grade -> Record -> ProgressLog, History
//! ```
//!
//! Nothing here asks the time or draws chance: the edge passes the instant and the seed in.

mod bank;
mod form;
mod generate;
mod progress;
mod proof;
mod question;
mod read;
mod schedule;
mod session;

pub use bank::Bank;
pub use form::{check_bank, check_question};
pub use generate::{EASIEST, Family, HARDEST, cost_question, families, family};
pub use progress::{Damage, Loaded, ProgressError, ProgressLog, Record};
pub use proof::{prove_question, run_question};
pub use question::{Domain, Evidence, Kind, Question, QuestionOption};
pub use read::read_questions;
pub use schedule::{Day, Grade, History, Memory};
pub use session::{Candidate, ItemKind, Limits, Session, Turn, shuffle};

#[cfg(test)]
mod tests;
