//! Asking how the call of one check is decided, without grading anything.

use super::super::check::Check;
use super::super::instance::Instance;
use super::super::verdict::Evidence;
use super::{Runner, Stop};
use crate::cloud::{ApiError, Caller, Reason};
use crate::services::World;
use serde_json::Value;
use std::sync::Arc;

/// A call, and how it was decided.
#[derive(Clone, Debug)]
pub struct Asked {
    /// The world right before the call.
    pub before: World,
    /// Who called.
    pub caller: Arc<Caller>,
    /// `kms:Decrypt`.
    pub operation: String,
    /// Its parameters.
    pub members: Value,
    /// What came of it, with labels in the place of ids.
    pub outcome: Result<Value, ApiError>,
    /// Why.
    pub reason: Option<Arc<Reason>>,
}

/// Why a check cannot be asked about.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotAsked {
    /// There is no check of this name.
    #[error("the scenario has no check `{0}`")]
    Unknown(String),
    /// It makes no call.
    #[error("the check `{0}` makes no call")]
    NoCall(String),
    /// It needs what an earlier check should have saved, and that one failed.
    #[error("the check `{0}` needs `{1}` from an earlier check, which failed")]
    Needs(String, String),
}

/// Runs the checks up to `after`, if one is named, else none, and then the call of the check `name`. Without `after`
/// and with `story`, everything that stands before the check is run.
///
/// # Errors
/// If the check does not exist, makes no call, or needs something that is not there.
pub fn ask(instance: &Instance, name: &str, after: Option<&str>, story: bool) -> Result<Asked, NotAsked> {
    let place = |name: &str| instance.checks.iter().position(|check| check.name == name).ok_or_else(|| NotAsked::Unknown(name.to_owned()));
    let at = place(name)?;
    let first = match after {
        Some(after) => place(after)? + 1,
        None if story => at,
        None => 0,
    };
    let mut runner = Runner::new(instance);
    for check in instance.checks.iter().take(first) {
        runner.check(check);
    }
    let check = instance.checks.get(at).ok_or_else(|| NotAsked::Unknown(name.to_owned()))?;
    runner.ask(check)
}

impl Runner<'_> {
    fn ask(mut self, check: &Check) -> Result<Asked, NotAsked> {
        let Some(made) = &check.call else { return Err(NotAsked::NoCall(check.name.clone())) };
        if let Some(span) = check.advance {
            self.world.advance(span);
        }
        let members = self.parameters(made).map_err(|stop| match stop {
            Stop::Skipped(needs) => NotAsked::Needs(check.name.clone(), needs),
            Stop::Failed(evidence) => NotAsked::Needs(check.name.clone(), evidence.message),
        })?;
        let before = self.world.clone();
        self.world.cloud.explain_allows = true;
        let events = self.world.cloud.trail.len();
        let outcome = crate::services::call(&mut self.world, &made.caller, &made.operation, members.clone());
        let reason = match &outcome {
            Ok(_) => self.why_allowed(events),
            Err(error) => error.reason.clone(),
        };
        let readable = |message: String, reason: Option<Arc<Reason>>| {
            self.readable(Evidence { expected: String::new(), found: String::new(), message, reason })
        };
        let told = readable(outcome.as_ref().err().map(|error| error.message.clone()).unwrap_or_default(), reason);
        let outcome = outcome.map_err(|error| ApiError { message: told.message, reason: told.reason.clone(), ..error });
        Ok(Asked { before, caller: Arc::clone(&made.caller), operation: made.operation.clone(), members, outcome, reason: told.reason })
    }
}
