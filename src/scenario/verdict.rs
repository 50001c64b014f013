//! What running a scenario showed.

use crate::cloud::{Event, Reason};
use crate::diag::Span;
use crate::pricing::Bill;
use std::sync::Arc;

/// The result of one run.
#[derive(Clone, Debug)]
pub struct Verdict {
    /// One result per check, in order.
    pub checks: Vec<CheckResult>,
    /// Everything that was called, oldest first.
    pub events: Vec<Event>,
    /// The bill of the last cost check; of a scenario without one, of the requests that the checks made.
    pub bill: Option<Bill>,
    /// How the requests on the bill were derived.
    pub derivations: Vec<String>,
    /// The ids of AWS managed keys with what they are called: `aws/lambda`.
    pub managed: Vec<(String, String)>,
}

/// The result of one check.
#[derive(Clone, Debug, PartialEq)]
pub struct CheckResult {
    /// The check's name.
    pub name: String,
    /// Where it stands.
    pub span: Span,
    /// What it is for.
    pub goal: Option<String>,
    /// What came of it.
    pub outcome: Outcome,
}

/// What came of a check.
#[derive(Clone, Debug, PartialEq)]
pub enum Outcome {
    /// It showed what it must.
    Passed,
    /// It showed something else.
    Failed(Evidence),
    /// It needs what an earlier check should have made.
    Skipped {
        /// What is missing.
        needs: String,
    },
}

/// What a failed check showed.
#[derive(Clone, Debug, PartialEq)]
pub struct Evidence {
    /// What was expected.
    pub expected: String,
    /// What was found, in one word where there is one: an error code, a state, `ok`. The proof names it.
    pub found: String,
    /// AWS's message, or a sentence about what was found.
    pub message: String,
    /// What decided it.
    pub reason: Option<Arc<Reason>>,
}

impl Verdict {
    /// Whether every check passed.
    #[must_use]
    pub fn passed(&self) -> bool {
        self.checks.iter().all(|check| check.outcome == Outcome::Passed)
    }

    /// The first check that did not pass.
    #[must_use]
    pub fn first_failure(&self) -> Option<&CheckResult> {
        self.checks.iter().find(|check| check.outcome != Outcome::Passed)
    }
}

impl CheckResult {
    /// The evidence of a failed check.
    #[must_use]
    pub fn evidence(&self) -> Option<&Evidence> {
        match &self.outcome {
            Outcome::Failed(evidence) => Some(evidence),
            Outcome::Passed | Outcome::Skipped { .. } => None,
        }
    }
}
