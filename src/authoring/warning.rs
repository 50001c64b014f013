//! Which warnings about a combination's policies its author should see.

use crate::diag::Diagnostic;

/// What is a slip of the pen wherever it stands. All else may be the very mistake that a distractor is there to show.
const SLIPS: [&str; 4] = ["policy/unknown-action", "policy/condition-key", "policy/condition-value", "policy/variable-in-2008"];

/// Whether a warning is worth telling about a combination that passes, or fails.
#[must_use]
pub fn is_worth_telling(warning: &Diagnostic, passes: bool) -> bool {
    passes || SLIPS.contains(&warning.code)
}
