//! Cost checks: what a month may cost, for a stated use.

use super::load::{Cache, not_cached, read_cache};
use crate::cloud::{AccountId, Duration, Instant, MeterKey, Region, RequestClass};
use crate::diag::Diagnostic;
use crate::doc::{Fields, Node};
use crate::kms::{Key, KeyManager as KmsManager, Operation};
use crate::pricing::{Bill, KeyLife, KeyManager, Month, PriceBook, PricingError, Waiting};
use crate::services::World;
use crate::services::s3::S3Workload;
use rust_decimal::Decimal;

/// What a month may cost or how many requests it may make.
#[derive(Clone, Debug)]
pub struct CostCheck {
    /// Most dollars.
    pub at_most: Option<Decimal>,
    /// Fewest dollars: what a design that is meant to be costly costs at least.
    pub at_least: Option<Decimal>,
    /// Whether no other answers that pass may be cheaper.
    pub cheapest: bool,
    /// Most KMS requests.
    pub requests_at_most: Option<u64>,
    /// Fewest KMS requests: with the most of them a prediction.
    pub requests_at_least: Option<u64>,
    /// Most dollars for keys alone.
    pub keys_at_most: Option<Decimal>,
    /// The use that the month sees.
    pub usage: Vec<Usage>,
    /// Lifetimes of the bucket key to try, in seconds; the first is shown.
    pub windows: Vec<u64>,
}

/// A use of a service for one month; the KMS requests are derived from it by the service's own rules.
#[derive(Clone, Debug)]
pub enum Usage {
    /// Direct requests.
    Kms {
        /// How many; with a cache, how many messages need a data key.
        count: u64,
        /// Which operation.
        operation: Operation,
        /// The cache of data keys, if the caller keeps one.
        cache: Option<Cache>,
    },
    /// Objects written and read.
    S3 {
        /// The bucket, whose default encryption and bucket key count.
        bucket: String,
        /// Objects written.
        puts: u64,
        /// Objects read that were written under the bucket's present settings.
        gets: u64,
        /// Reads of objects that are older than the bucket key.
        old_gets: u64,
        /// Roles among which the work is shared.
        requesters: u64,
    },
    /// A function in use.
    Lambda {
        /// Its name.
        function: String,
        /// Invocations.
        invocations: u64,
        /// Execution environments started.
        environments: u64,
    },
    /// A queue in use.
    Sqs {
        /// Its name.
        queue: String,
        /// Principals that send.
        producers: u64,
        /// Principals that receive.
        consumers: u64,
    },
}

/// Requests derived from a use, with the way they were derived.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Derived {
    pub(super) requests: u64,
    pub(super) region: Region,
    pub(super) payer: AccountId,
    pub(super) formula: String,
}

/// Reads a cost check.
pub(super) fn read_cost(node: &Node, diagnostics: &mut Vec<Diagnostic>) -> Option<CostCheck> {
    let mut fields = Fields::of(node, "a cost check", diagnostics)?;
    let at_most = fields.optional("at_most").and_then(|node| amount(node, diagnostics));
    let at_least = fields.optional("at_least").and_then(|node| amount(node, diagnostics));
    let cheapest = fields.flag("cheapest", diagnostics);
    let keys_at_most = fields.optional("keys_at_most").and_then(|node| amount(node, diagnostics));
    let requests_at_most = fields.optional("requests_at_most").and_then(|node| count(node, diagnostics));
    let requests_at_least = fields.optional("requests_at_least").and_then(|node| count(node, diagnostics));
    let usage = fields.items("usage", diagnostics);
    let windows = fields.items("bucket_key_window", diagnostics);
    let span = fields.span;
    fields.finish(diagnostics);
    let requests = requests_at_most.or(requests_at_least);
    if at_most.is_none() && at_least.is_none() && requests.is_none() && keys_at_most.is_none() && !cheapest {
        diagnostics.push(
            Diagnostic::error("scenario/cost", "a cost check has a limit")
                .at(span, "add `at_most`, `at_least`, `cheapest`, `keys_at_most` or `requests_at_most`"),
        );
    }
    let usage = usage.iter().filter_map(|node| read_usage(node, diagnostics)).collect();
    let windows = windows.iter().filter_map(|node| count(node, diagnostics)).collect();
    Some(CostCheck { at_most, at_least, cheapest, requests_at_most, requests_at_least, keys_at_most, usage, windows })
}

/// Dollars, in quotes or not: the text is kept as written.
fn amount(node: &Node, diagnostics: &mut Vec<Diagnostic>) -> Option<Decimal> {
    let amount = node.as_str().and_then(|text| text.parse::<Decimal>().ok()).filter(|amount| !amount.is_sign_negative());
    if amount.is_none() {
        diagnostics.push(node.expected("scenario/amount", "an amount of dollars such as `2.00`"));
    }
    amount
}

pub(super) fn count(node: &Node, diagnostics: &mut Vec<Diagnostic>) -> Option<u64> {
    let count = node.as_str().and_then(|text| text.replace('_', "").parse().ok());
    if count.is_none() {
        diagnostics.push(node.expected("scenario/count", "a whole number, not negative"));
    }
    count
}

/// The field that names what is used tells the kind of use.
fn read_usage(node: &Node, diagnostics: &mut Vec<Diagnostic>) -> Option<Usage> {
    const KINDS: [&str; 4] = ["kms", "s3", "lambda", "sqs"];
    let kind = KINDS.into_iter().find(|kind| node.get(kind).is_some());
    let Some(kind) = kind else {
        diagnostics.push(node.expected("scenario/usage", "a use with `kms`, `s3`, `lambda` or `sqs`"));
        return None;
    };
    let mut fields = Fields::of(node, "a use", diagnostics)?;
    let name = fields.required_text(kind, diagnostics).map(str::to_owned);
    let mut number = |key: &'static str| fields.optional(key).and_then(|node| count(node, diagnostics));
    let usage = match kind {
        "s3" => Usage::S3 {
            bucket: name?,
            puts: number("puts").unwrap_or(0),
            gets: number("gets").unwrap_or(0),
            old_gets: number("old_gets").unwrap_or(0),
            requesters: number("requesters").unwrap_or(1),
        },
        "lambda" => Usage::Lambda {
            function: name?,
            invocations: number("invocations").unwrap_or(0),
            environments: number("environments").unwrap_or(1),
        },
        "sqs" => Usage::Sqs { queue: name?, producers: number("producers").unwrap_or(1), consumers: number("consumers").unwrap_or(1) },
        _ => {
            let count = number("count").unwrap_or(1);
            let cache = fields.optional("cache").map(|node| read_cache(node, diagnostics));
            let name = name?;
            let Some(operation) = Operation::parse(&name) else {
                diagnostics.push(
                    Diagnostic::error("scenario/unknown-operation", format!("KMS has no operation `{name}`"))
                        .at(node.span, "no such operation")
                        .suggest(&name, crate::kms::OPERATIONS.iter().map(|row| row.name)),
                );
                return None;
            };
            if let Some(node) = node.get("cache").filter(|_| operation != Operation::GenerateDataKey) {
                diagnostics.push(not_cached(node));
            }
            Usage::Kms { count, operation, cache: cache.flatten() }
        }
    };
    fields.finish(diagnostics);
    Some(usage)
}

/// The lives of all keys of a world, for its bill.
pub(super) fn key_lives(world: &World, label: impl Fn(&Key) -> String) -> Vec<KeyLife> {
    world
        .kms
        .keys()
        .map(|key| (key, None))
        .chain(world.kms.deleted_keys().iter().map(|key| (key, key.deletion.and_then(|d| d.date))))
        .map(|(key, deleted)| KeyLife {
            label: label(key),
            count: 1,
            account: key.account,
            region: key.region,
            manager: match key.manager {
                KmsManager::Customer => KeyManager::Customer,
                KmsManager::Aws { .. } => KeyManager::Aws,
            },
            created: key.created,
            rotations: key.rotations.iter().map(|rotation| rotation.at).collect(),
            waiting: key.waits.iter().map(|wait| Waiting { from: wait.from, cancelled: wait.cancelled }).collect(),
            deleted,
        })
        .collect()
}

/// The bill of the month that holds an instant: the world's keys, all its requests so far, and the stated use.
pub(super) fn bill(world: &World, at: Instant, derived: &[Derived], label: impl Fn(&Key) -> String) -> Result<Bill, PricingError> {
    let month = Month::of(at).ok_or(PricingError::Overflow)?;
    let mut meter = world.cloud.meter.clone();
    for use_ in derived {
        meter.add(MeterKey { payer: use_.payer, region: use_.region, class: RequestClass::Symmetric }, use_.requests);
    }
    Bill::of(PriceBook::standard(), world.rulebook, month, &key_lives(world, label), &meter, true)
}

impl Usage {
    /// The KMS requests of this use in the world's first month. `window` is the lifetime of a bucket key in seconds,
    /// where the check says one. The error says what is not there.
    pub(super) fn derive(&self, world: &World, payer: AccountId, region: Region, window: Option<u64>) -> Result<Derived, String> {
        let seconds = Month::of(world.cloud.started()).map_or(0, |month| u64::from(month.hours()) * 3600);
        let (requests, formula) = match self {
            Usage::Kms { count, operation, cache: None } => (*count, format!("{count} direct requests of {}", operation.name())),
            Usage::Kms { count, operation, cache: Some(cache) } => {
                let served = cache.messages_per_key(*count, Duration::seconds(i64::try_from(seconds).unwrap_or(i64::MAX)));
                let requests = count.div_ceil(served.max(1));
                (requests, format!("{} for {count} messages, {served} under one data key: {requests} requests", operation.name()))
            }
            Usage::S3 { bucket, puts, gets, old_gets, requesters } => {
                let workload = S3Workload::in_bucket(world, bucket, *puts, *gets, *requesters, seconds);
                let mut workload = workload.ok_or_else(|| format!("there is no bucket `{bucket}`"))?;
                workload.gets_without_bucket_key = *old_gets;
                workload.window_seconds = window.unwrap_or(workload.window_seconds);
                let derived = workload.kms_requests();
                (derived.quantity, format!("s3 {bucket}: {}", derived.formula))
            }
            Usage::Lambda { function, invocations, environments } => {
                let workload = world.lambda.workload(function, *invocations, *environments);
                let workload = workload.ok_or_else(|| format!("there is no function `{function}`"))?;
                (workload.kms_requests(), format!("lambda {function}: {}", workload.formula()))
            }
            Usage::Sqs { queue, producers, consumers } => {
                let workload = world.sqs.workload(world.rulebook, queue, seconds, *producers, *consumers);
                let workload = workload.ok_or_else(|| format!("there is no queue `{queue}`"))?;
                (workload.kms_requests(), format!("sqs {queue}: {}", workload.formula()))
            }
        };
        Ok(Derived { requests, region, payer, formula })
    }
}
