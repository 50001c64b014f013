//! Asking how the call of one check is decided, without grading anything.
//!
//! A service may ask KMS after its call has returned. Then a check of a state comes later, and what is told of it is
//! what the service was told.

use super::super::check::Check;
use super::super::instance::Instance;
use super::super::verdict::{Evidence, Outcome};
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
    /// It makes no call and finds what it looks for.
    #[error("the check `{0}` makes no call, and passes")]
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
    /// Why a service did not do what it was asked for earlier.
    fn ask_later(mut self, check: &Check) -> Result<Asked, NotAsked> {
        let before = self.world.clone();
        self.world.cloud.explain_allows = true;
        let outcome = self.check(check);
        let evidence = match outcome {
            Outcome::Failed(evidence) => evidence,
            Outcome::Skipped { needs } => return Err(NotAsked::Needs(check.name.clone(), needs)),
            Outcome::Passed => return Err(NotAsked::NoCall(check.name.clone())),
        };
        // The last call that a service made and that was refused.
        let refused = self.world.cloud.trail.events().iter().rev().find(|event| event.error.is_some());
        let caller = refused.map(|event| Arc::clone(&event.caller));
        let operation = refused.map_or_else(|| check.name.clone(), |event| format!("{}:{}", service_of(event.source), event.name));
        let Some(caller) = caller else { return Err(NotAsked::NoCall(check.name.clone())) };
        let code = refused.and_then(|event| event.error.as_ref()).map_or_else(|| evidence.found.clone(), |error| error.code.to_string());
        let message = refused.and_then(|event| event.error.as_ref()).map(|error| self.names.readable(&error.message)).unwrap_or_default();
        let error = ApiError { code: code.into(), message, http_status: 400, reason: evidence.reason.clone() };
        Ok(Asked { before, caller, operation, members: Value::Null, outcome: Err(error), reason: evidence.reason })
    }

    fn ask(mut self, check: &Check) -> Result<Asked, NotAsked> {
        let Some(made) = &check.call else { return self.ask_later(check) };
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

/// `kms` of `kms.amazonaws.com`.
fn service_of(source: &str) -> &str {
    source.split('.').next().unwrap_or(source)
}
