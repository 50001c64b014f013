//! What a metric counts: requests to KMS, from the trail, or what was published.
//!
//! Which metrics KMS has is a matter of the rulebook: the guide names four that do not exist, and the one that exists is
//! younger than the guide.

use super::World;
use crate::cloud::{AccountId, Event, Instant, Region};
use crate::kms::Operation;
use crate::rulebook::ids;
use std::collections::BTreeMap;
use std::sync::Arc;

/// A metric: its place, namespace, name and dimensions together. Another dimension makes another metric.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Metric {
    /// The account.
    pub account: AccountId,
    /// The Region.
    pub region: Region,
    /// `AWS/KMS`.
    pub namespace: Arc<str>,
    /// `SuccessfulRequest`.
    pub name: Arc<str>,
    /// Names and values.
    pub dimensions: BTreeMap<String, String>,
}

/// A value of a metric.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Sample {
    /// When.
    pub time: Instant,
    /// How much.
    pub value: f64,
}

/// What a metric of KMS counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Counted {
    Succeeded,
    Failed,
    Calls,
    Uses,
}

impl Metric {
    /// All samples, oldest first.
    pub(super) fn samples(&self, world: &World) -> Vec<Sample> {
        match &*self.namespace {
            "AWS/KMS" => self.requests(world),
            _ => world.cloudwatch.published.get(self).cloned().unwrap_or_default(),
        }
    }

    fn requests(&self, world: &World) -> Vec<Sample> {
        let Some(counted) = self.counted(world) else { return Vec::new() };
        let Some(scope) = self.scope(world) else { return Vec::new() };
        let events = world.cloud.trail.events().iter().filter(|event| event.source == "kms.amazonaws.com" && event.region == self.region);
        let requests = events.filter(|event| counted.counts(event) && scope.covers(event, self.account));
        requests.map(|event| Sample { time: event.time, value: 1.0 }).collect()
    }

    /// What a metric of this name counts under the rulebook in force.
    fn counted(&self, world: &World) -> Option<Counted> {
        let names = [
            (ids::METRIC_REQUESTS_SUCCEEDED, Counted::Succeeded),
            (ids::METRIC_REQUESTS_FAILED, Counted::Failed),
            (ids::METRIC_API_CALL_COUNT, Counted::Calls),
            (ids::METRIC_KEY_USAGE, Counted::Uses),
        ];
        names.into_iter().find(|(fact, _)| world.rulebook.name(*fact) == Some(&*self.name)).map(|(_, counted)| counted)
    }

    /// Which requests the dimensions leave; nothing for a combination of dimensions that KMS does not publish.
    fn scope(&self, world: &World) -> Option<Scope> {
        let key_dimension = world.rulebook.name(ids::METRIC_KEY_DIMENSION)?;
        let key = self.dimensions.get(key_dimension);
        if world.rulebook.allowed(ids::METRIC_BY_OPERATION) {
            let operation = self.dimensions.get("Operation")?;
            return (self.dimensions.len() == 2).then(|| Scope::KeyAndOperation(key.cloned().unwrap_or_default(), operation.clone()));
        }
        match (key, self.dimensions.len()) {
            (None, 0) => Some(Scope::Everything),
            (Some(named), 1) => {
                let found = world.find_key(named, self.account, self.region).and_then(|at| world.kms.key(at));
                Some(Scope::Key(found.map_or_else(|| named.clone(), |key| key.arn.to_string())))
            }
            _ => None,
        }
    }
}

/// The requests that a metric is about.
enum Scope {
    Everything,
    /// Those with the key of this ARN.
    Key(String),
    /// Cryptographic operations of this name with the key of this ARN.
    KeyAndOperation(String, String),
}

impl Scope {
    fn covers(&self, event: &Event, account: AccountId) -> bool {
        let of_key = |arn: &str| event.resources.iter().any(|resource| *resource.arn == *arn && resource.account == Some(account));
        match self {
            Scope::Everything => event.recipient == Some(account),
            Scope::Key(arn) => of_key(arn),
            Scope::KeyAndOperation(arn, operation) => event.name == operation && uses_key(event.name) && of_key(arn),
        }
    }
}

impl Counted {
    fn counts(self, event: &Event) -> bool {
        match self {
            Counted::Succeeded => event.error.is_none(),
            Counted::Failed => event.error.is_some(),
            Counted::Calls => true,
            Counted::Uses => event.error.is_none() && uses_key(event.name),
        }
    }
}

/// Whether an operation uses a key; reading its public key does not.
fn uses_key(name: &str) -> bool {
    Operation::parse(name).is_some_and(Operation::is_tracked)
}
