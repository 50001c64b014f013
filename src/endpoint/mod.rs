//! The model on the wire: requests of the AWS CLI and SDKs become the calls that scenario steps make.
//!
//! ```text
//! request -gate.rs-> Call -Endpoint::perform-> Answer -answer.rs-> response
//!
//! signature.rs   Signature Version 4, verified
//! json.rs        AWS JSON 1.1: KMS
//! query.rs       the query protocol: STS
//! refusal.rs     what is turned away before it reaches a service
//! journal.rs     what changes a world, as lines of a file, and back
//! ```
//!
//! Nothing here knows sockets, files or the wall clock: `cli::serve` has them.

mod answer;
mod gate;
mod journal;
mod json;
mod query;
mod refusal;
mod signature;
#[cfg(test)]
mod tests;

pub use answer::{Answer, refused};
pub use gate::{Call, Gate, Settings, Target};
pub use journal::{Entry, Replay};
pub use refusal::{Protocol, Refusal, RefusalKind};
pub use signature::Signed;

use crate::cloud::{ApiError, Duration};
use crate::kms::{Operation, Response};
use crate::services::{self, World};
use answer::Body;
use journal::{Act, Made};
use serde_json::Value;
use std::io;
use std::sync::Arc;

/// The part of the stream of randomness that a run has for itself, in words: at a hundred thousand calls a second it lasts a day.
const RUN: u64 = 1 << 37;

/// Where what changes the world is written down before it is acknowledged.
pub trait Log: Send {
    /// Writes an entry down.
    ///
    /// # Errors
    /// If it cannot be written.
    fn append(&mut self, entry: &Entry) -> io::Result<()>;
}

/// A world that serves calls one after the other.
pub struct Endpoint {
    world: World,
    start: World,
    gate: Arc<Gate>,
    log: Option<Box<dyn Log>>,
    /// Why the log can no longer be written; then nothing may change any more.
    broken: Option<String>,
    last_failure: Option<Call>,
}

impl Endpoint {
    /// An endpoint of a world.
    #[must_use]
    pub fn new(world: World, gate: Arc<Gate>) -> Self {
        Endpoint { start: world.clone(), world, gate, log: None, broken: None, last_failure: None }
    }

    /// Writes down what changes the world from now on.
    pub fn keep(&mut self, log: Box<dyn Log>) {
        self.log = Some(log);
    }

    /// The world as it is.
    #[must_use]
    pub fn world(&self) -> &World {
        &self.world
    }

    /// The last call that failed, as it came.
    #[must_use]
    pub fn last_failure(&self) -> Option<&Call> {
        self.last_failure.as_ref()
    }

    /// Carries out a call, through the door that a scenario's steps take.
    pub fn perform(&mut self, call: Call) -> Answer {
        let Call { target, members, caller, access_key_id, expires } = call;
        if expires.is_some_and(|end| end <= self.world.cloud.now()) {
            return self.refuse(target, RefusalKind::ExpiredToken, "The security token included in the request is expired");
        }
        let written = self.log.is_some() && changes(target);
        if written && let Some(refusal) = self.unwritten(target) {
            return refusal;
        }
        let draw = self.world.cloud.random.position();
        let at = self.world.cloud.now();
        // Kept for the log, and to explain a failure.
        let shown = members.clone();
        let outcome = self.carry_out(target, &caller, members);
        if written && (outcome.is_ok() || fails_with_traces(target)) {
            let made = Made::new(target, &access_key_id, &caller, shown.clone(), outcome.as_ref());
            self.write(&Entry { at: at.timestamp_millis(), draw, act: Act::Call(Box::new(made)) });
            // What was done and cannot be kept is not acknowledged.
            if let Some(refusal) = self.unwritten(target) {
                return refusal;
            }
        }
        if outcome.is_err() {
            self.last_failure = Some(Call { target, members: shown, caller, access_key_id, expires });
        }
        Answer { target, outcome, request_id: self.last_request_id(), world_time: self.world.cloud.now() }
    }

    fn carry_out(&mut self, target: Target, caller: &Arc<crate::cloud::Caller>, members: Value) -> Result<Body, ApiError> {
        match target {
            Target::Kms(operation) => self.world.door().call_json(caller, operation, members).map(Body::Kms),
            Target::Sts(_) => {
                let result = services::call(&mut self.world, caller, &target.action(), members)?;
                let made = result.get("Credentials").and_then(|credentials| credentials.get("AccessKeyId")).and_then(Value::as_str);
                if let Some(credential) = made.and_then(|id| self.world.sts.temporary(id)) {
                    self.gate.open(credential.clone());
                }
                Ok(Body::Sts(result))
            }
        }
    }

    /// The refusal of a change that cannot be written down.
    fn unwritten(&self, target: Target) -> Option<Answer> {
        let reason = self.broken.as_ref()?;
        Some(self.refuse(target, RefusalKind::Internal, format!("the state can no longer be written: {reason}")))
    }

    fn refuse(&self, target: Target, kind: RefusalKind, message: impl Into<String>) -> Answer {
        let error = Refusal::new(kind, message).error(target.protocol());
        Answer { target, outcome: Err(error), request_id: self.gate.refused_id(), world_time: self.world.cloud.now() }
    }

    /// The id that the trail has for the call that was carried out last.
    fn last_request_id(&self) -> String {
        self.world.cloud.request_id(self.world.cloud.trail.len().saturating_sub(1))
    }

    /// Lets time pass that need not be written down: the next entry tells its own time.
    pub fn pass(&mut self, by: Duration) {
        if by > Duration::zero() {
            self.world.advance(by);
        }
    }

    /// Lets time pass.
    pub fn advance(&mut self, by: Duration) {
        self.world.advance(by);
        let (at, draw) = (self.world.cloud.now().timestamp_millis(), self.world.cloud.random.position());
        self.write(&Entry { at, draw, act: Act::Time });
    }

    /// Begins again with the world as it was at first.
    pub fn reset(&mut self) {
        let at = self.world.cloud.now().timestamp_millis();
        self.begin_again();
        self.write(&Entry { at, draw: 0, act: Act::Reset });
    }

    fn begin_again(&mut self) {
        self.world = self.start.clone();
        self.gate.close(&self.world);
        self.last_failure = None;
    }

    /// Goes on after a replay. What was drawn for calls that are not in the journal must not be drawn again: the stream of randomness goes
    /// on at a place that no earlier run can have reached.
    pub fn go_on(&mut self) {
        let draw = (self.world.cloud.random.position() / RUN + 1).saturating_mul(RUN);
        self.world.cloud.random.seek(draw);
        self.write(&Entry { at: self.world.cloud.now().timestamp_millis(), draw, act: Act::Time });
    }

    /// Writes down how many requests were made, which only grows with calls that change nothing else.
    pub fn write_meter(&mut self) {
        let entry =
            Entry { at: self.world.cloud.now().timestamp_millis(), draw: self.world.cloud.random.position(), act: Act::meter(&self.world) };
        self.write(&entry);
    }

    fn write(&mut self, entry: &Entry) {
        let Some(log) = self.log.as_mut().filter(|_| self.broken.is_none()) else { return };
        if let Err(error) = log.append(entry) {
            self.broken = Some(error.to_string());
        }
    }
}

/// Whether a call that succeeds leaves something behind that later calls depend on, besides the trail, the meter and a key's last use.
fn changes(target: Target) -> bool {
    match target {
        // What it returns has to be known again when material is imported.
        Target::Kms(Operation::GetParametersForImport) => true,
        Target::Kms(operation) => !operation.read_only(),
        Target::Sts(name) => name != "GetCallerIdentity",
    }
}

/// Whether a call leaves something behind when it fails: wrong passwords of CloudHSM clusters are counted.
fn fails_with_traces(target: Target) -> bool {
    matches!(target, Target::Kms(operation) if operation.row().category == "custom-key-store")
}

impl Body {
    /// As JSON.
    fn to_json(&self) -> Value {
        match self {
            Body::Kms(Response::Empty) => Value::Object(serde_json::Map::new()),
            Body::Kms(response) => response.to_json(),
            Body::Sts(result) => result.clone(),
        }
    }
}
