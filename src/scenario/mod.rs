//! The scenario language: a small AWS world with holes, decisions that fill them, and checks that run it.
//!
//! ```text
//! Node -lower-> Document -fill(Answers)-> world and checks without holes -build-> World + Check[]
//!      -run-> Verdict
//! ```
//!
//! Each arrow is a function from values to values; what is wrong with a file becomes diagnostics with places.

mod answers;
mod caller;
mod cheapest;
mod check;
mod claims;
mod combination;
mod cost;
mod document;
mod hole;
mod instance;
mod load;
mod names;
mod review;
mod run;
mod trail_check;
mod trim;
mod verdict;
mod world;

pub use answers::{Answer, Answers, read_answers};
pub use cheapest::{Cheapest, cheapest};
pub use check::{Check, Expectation};
pub use claims::read_claims;
pub use combination::{combinations, count as combination_count, describe as describe_answers, options_of};
pub use cost::Usage;
pub use document::{Choice, Decision, Document, FailRule, Fills, PassRule, Proof, Selection, lower, lower_parts};
pub use hole::{Hole, fragment_uses, holes};
pub use instance::{Instance, instantiate};
pub use names::Names;
pub use review::{DecisionReview, review};
pub use run::{Asked, NotAsked, ask, bill, run};
pub use trim::{Excess, Offer, Part, StatementPlace, Trim, Unneeded, trim};
pub use verdict::{CheckResult, Evidence, Outcome, Verdict};
