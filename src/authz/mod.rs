//! Who may do what, and why: what `iam` decides and `kms` knows, asked from outside of any scenario.

mod assumed;
mod batch;
mod callers;
pub mod change;
mod diff;
mod matrix;
mod question;
mod review;

pub use batch::{LONGEST_LINE, answer_line, answer_lines};
pub use diff::{Difference, differences, probes, with_policy};
pub use matrix::{Cell, Matrix, matrix};
use question::PAIR;
pub use question::{Answer, Context, PolicyPlace, Question, Refusal, RefusalKind, Values, kind_name, read as read_question, read_grants};
pub use question::{Unusable, parse_action, parse_caller, parse_resource, unknown_action};
pub use review::{Subject, review};
