//! The journal of a world: what changed it, one entry after the other, from which the same world comes about again.
//!
//! Worlds are deterministic, so a call that is carried out again at the same time, with the same randomness before it, does again what it did.
//! Calls that change nothing are not in the journal: after a replay the trail has only those that did.

use super::answer::Body;
use super::gate::Target;
use super::{Call, Endpoint};
use crate::cloud::{AccountId, ApiError, Caller, Duration, Instant, MeterKey, Network, Region, RequestClass, hex_digits};
use crate::services::World;
use chrono::DateTime;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use sha2::{Digest, Sha256};
use std::net::IpAddr;
use std::sync::Arc;

/// One change.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Entry {
    /// The world's time, in milliseconds since 1970.
    pub(super) at: i64,
    /// Where the stream of randomness stood before it.
    pub(super) draw: u64,
    #[serde(flatten)]
    pub(super) act: Act,
}

/// What changed the world.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Act {
    /// A call.
    Call(Box<Made>),
    /// Time that passed.
    Time,
    /// The world began again.
    Reset,
    /// How many requests have been counted by now.
    Meter(Vec<Count>),
}

/// A call that changed the world: one that succeeded, or one of those that leave something behind when they fail.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Made {
    action: String,
    key: String,
    region: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    from: Option<IpAddr>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    through: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    agent: Option<String>,
    with: Value,
    /// The start of a digest of its answer, to notice when a replay goes another way.
    answer: String,
}

/// A count of the meter.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Count {
    payer: String,
    region: String,
    class: RequestClass,
    requests: u64,
}

/// Why a journal cannot be followed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Replay {
    /// It names something that this world has not.
    #[error("`{0}` is unknown in this world")]
    Unknown(String),
    /// The same call fails now.
    #[error("{action} now fails, or fails otherwise: {error}")]
    Failed {
        /// The call.
        action: String,
        /// How.
        error: String,
    },
    /// The same call gives another answer now.
    #[error("{0} now has another answer than it had")]
    Diverged(String),
}

impl Made {
    pub(super) fn new(target: Target, key: &str, caller: &Caller, with: Value, answer: Result<&Body, &ApiError>) -> Self {
        Made {
            action: target.action(),
            key: key.to_owned(),
            region: caller.region.code().to_owned(),
            from: caller.network.address,
            through: caller.network.vpc_endpoint.as_deref().map(str::to_owned),
            agent: caller.network.agent.as_deref().map(str::to_owned),
            with,
            answer: digest(answer),
        }
    }
}

impl Act {
    /// The counts of a world's meter.
    pub(super) fn meter(world: &World) -> Self {
        let count = |(key, requests): (&MeterKey, u64)| Count {
            payer: key.payer.to_string(),
            region: key.region.code().to_owned(),
            class: key.class,
            requests,
        };
        Act::Meter(world.cloud.meter.counts().map(count).collect())
    }
}

impl Count {
    fn key(&self) -> Option<MeterKey> {
        Some(MeterKey { payer: AccountId::parse(&self.payer)?, region: Region::parse(&self.region)?, class: self.class })
    }
}

impl Endpoint {
    /// Does again what an entry tells of.
    ///
    /// # Errors
    /// If it cannot be done, or comes out differently.
    pub fn replay(&mut self, entry: &Entry) -> Result<(), Replay> {
        let at: Option<Instant> = DateTime::from_timestamp_millis(entry.at);
        let at = at.ok_or_else(|| Replay::Unknown(format!("the time {}", entry.at)))?;
        if entry.act == Act::Reset {
            self.begin_again();
            return Ok(());
        }
        let passed = at - self.world.cloud.now();
        if passed > Duration::zero() {
            self.world.advance(passed);
        }
        self.world.cloud.random.seek(entry.draw);
        match &entry.act {
            Act::Call(made) => self.make_again(made),
            Act::Meter(counts) => {
                let mut meter = crate::cloud::Meter::default();
                for count in counts {
                    let key = count.key().ok_or_else(|| Replay::Unknown(format!("{} in {}", count.payer, count.region)))?;
                    meter.add(key, count.requests);
                }
                self.world.cloud.meter = meter;
                Ok(())
            }
            Act::Time | Act::Reset => Ok(()),
        }
    }

    fn make_again(&mut self, made: &Made) -> Result<(), Replay> {
        let target = Target::parse(&made.action).ok_or_else(|| Replay::Unknown(made.action.clone()))?;
        let region = Region::parse(&made.region).ok_or_else(|| Replay::Unknown(made.region.clone()))?;
        let shared = |text: &Option<String>| text.as_deref().map(Arc::from);
        let network = Network { address: made.from, vpc_endpoint: shared(&made.through), agent: shared(&made.agent) };
        let caller = self.gate.caller(&made.key, region, network).ok_or_else(|| Replay::Unknown(made.key.clone()))?;
        let call =
            Call { target, members: made.with.clone(), caller: Arc::new(caller), access_key_id: made.key.as_str().into(), expires: None };
        let outcome = self.perform(call).outcome;
        match &outcome {
            _ if digest(outcome.as_ref()) == made.answer => Ok(()),
            Ok(_) => Err(Replay::Diverged(made.action.clone())),
            Err(error) => Err(Replay::Failed { action: made.action.clone(), error: error.to_string() }),
        }
    }
}

/// Sixteen hexadecimal digits are enough to notice a difference.
fn digest(answer: Result<&Body, &ApiError>) -> String {
    let text = answer.map_or_else(ToString::to_string, |body| body.to_json().to_string());
    let mut digits = hex_digits(&Sha256::digest(text.as_bytes()));
    digits.truncate(16);
    digits
}
