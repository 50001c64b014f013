//! AWS CloudTrail: trails that deliver log files into a bucket, encrypted with a key that `cloudtrail.amazonaws.com`
//! may use.
//!
//! CloudTrail acts for itself: its calls to KMS come from a service principal, with the trail as `aws:SourceArn` and in
//! the encryption context, and without `kms:ViaService`. Who reads a log file does so through S3, as with any object.
//!
//! ```text
//! trail.rs     CreateTrail, UpdateTrail, StartLogging, StopLogging, GetTrailStatus
//! check.rs     what CreateTrail and UpdateTrail try out
//! delivery.rs  log files
//! log_group.rs events sent to CloudWatch Logs
//! ```
//!
//! Source: "Configure AWS KMS key policies for CloudTrail" and "Amazon S3 bucket policy for CloudTrail", AWS CloudTrail
//! User Guide.

mod check;
mod delivery;
mod log_group;
#[cfg(test)]
mod tests;
mod trail;

pub use trail::{LogGroup, Trail};

use super::event::record_management_event;
use super::{State, World};
use crate::cloud::{ApiError, Caller};
use serde::de::DeserializeOwned;
use serde_json::Value;
use std::collections::BTreeMap;
use std::sync::Arc;

/// All trails.
#[derive(Clone, Debug, Default)]
pub struct CloudTrail {
    /// By ARN: names are unique within an account and Region only.
    trails: BTreeMap<Arc<str>, Trail>,
}

/// What CloudTrail does after a call has returned.
#[derive(Clone, Debug)]
pub enum Task {
    /// Deliver a log file, if something happened since the last, and come back in five minutes.
    Deliver {
        /// The ARN of the trail.
        trail: Arc<str>,
        /// The start of logging that this work belongs to: after a stop, it ends.
        start: u64,
    },
}

impl CloudTrail {
    /// A trail by ARN or name; of trails that share a name the first.
    #[must_use]
    pub fn trail(&self, named: &str) -> Option<&Trail> {
        self.trails.get(named).or_else(|| self.trails.values().find(|trail| &*trail.name == named))
    }

    /// What stands at a path: `cloudtrail.trails.NAME` is `logging` or `stopped`.
    #[must_use]
    pub fn state(&self, collection: &str, name: &str, field: Option<&str>) -> Option<State> {
        (collection == "trails").then_some(())?;
        self.trail(name)?.state(field)
    }
}

/// Reads the members of a request.
fn members<T: DeserializeOwned>(members: &Value) -> Result<T, ApiError> {
    T::deserialize(members)
        .map_err(|error| ApiError::new("InvalidParameterCombinationException", error.to_string()).because(error.to_string()))
}

/// Carries out an operation.
///
/// # Errors
/// CloudTrail's error; one that comes from KMS keeps KMS's reason.
pub fn call(world: &mut World, caller: &Arc<Caller>, name: &str, members: Value) -> Result<Value, ApiError> {
    let outcome = match name {
        "CreateTrail" => trail::create(world, caller, &members),
        "UpdateTrail" => trail::update(world, caller, &members),
        "StartLogging" => trail::start(world, caller, &members),
        "StopLogging" => trail::stop(world, caller, &members),
        "GetTrailStatus" => trail::status(world, caller, &members),
        _ => Err(ApiError::new("UnsupportedOperationException", "The operation is not supported.")),
    };
    let operation = format!("cloudtrail:{name}");
    record_management_event(world, caller, "cloudtrail.amazonaws.com", &operation, &members, outcome.as_ref().err());
    outcome
}

/// Does later work.
pub fn run(world: &mut World, task: Task) {
    match task {
        Task::Deliver { trail, start } => delivery::run(world, &trail, start),
    }
}
