//! Who may do what, and why: what `iam` decides and `kms` knows, asked from outside of any scenario.

mod batch;
pub mod change;
mod diff;
mod matrix;
mod question;
mod review;

pub use batch::{LONGEST_LINE, answer_line, answer_lines};
pub use diff::{Difference, differences, probes, with_policy};
pub use matrix::{Cell, Matrix, matrix};
pub use question::{Answer, Context, PolicyPlace, Question, Refusal, RefusalKind, Values, kind_name, read as read_question, read_grants};
pub use review::{Subject, review};
