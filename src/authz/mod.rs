//! Who may do what, and why: what `iam` decides and `kms` knows, asked from outside of any scenario.

mod batch;
mod question;

pub use batch::{LONGEST_LINE, answer_line, answer_lines};
pub use question::{Answer, Context, PolicyPlace, Question, Refusal, RefusalKind, Values, kind_name, read as read_question};
