//! Cost checks: what a month may cost, for a stated use.

use crate::cloud::{AccountId, MeterKey, Region, RequestClass};
use crate::diag::Diagnostic;
use crate::doc::{Fields, Node};
use crate::kms::{Key, KeyManager as KmsManager, Operation};
use crate::pricing::{Bill, KeyLife, KeyManager, Month, PriceBook, PricingError, Waiting};
use crate::services::World;
use rust_decimal::Decimal;

/// What a month may cost or how many requests it may make.
#[derive(Clone, Debug)]
pub struct CostCheck {
    /// Most dollars.
    pub at_most: Option<Decimal>,
    /// Most KMS requests.
    pub requests_at_most: Option<u64>,
    /// Most dollars for keys alone.
    pub keys_at_most: Option<Decimal>,
    /// The use that the month sees.
    pub usage: Vec<Usage>,
    /// Lifetimes of the bucket key to try, in seconds; the first is shown.
    pub windows: Vec<u64>,
}

/// A use of a service for one month; the KMS requests are derived from it.
#[derive(Clone, Debug)]
pub enum Usage {
    /// Direct requests.
    Kms {
        /// How many.
        count: u64,
        /// Which operation.
        operation: Operation,
    },
}

/// Requests derived from a use, with the way they were derived.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Derived {
    pub(super) requests: u64,
    pub(super) region: Region,
    pub(super) payer: AccountId,
    pub(super) formula: String,
}

/// Reads a cost check.
pub(super) fn read_cost(node: &Node, diagnostics: &mut Vec<Diagnostic>) -> Option<CostCheck> {
    let mut fields = Fields::of(node, "a cost check", diagnostics)?;
    let at_most = fields.optional("at_most").and_then(|node| amount(node, diagnostics));
    let keys_at_most = fields.optional("keys_at_most").and_then(|node| amount(node, diagnostics));
    let requests_at_most = fields.optional("requests_at_most").and_then(|node| count(node, diagnostics));
    let usage = fields.items("usage", diagnostics);
    let windows = fields.items("bucket_key_window", diagnostics);
    let span = fields.span;
    fields.finish(diagnostics);
    if at_most.is_none() && requests_at_most.is_none() && keys_at_most.is_none() {
        diagnostics.push(
            Diagnostic::error("scenario/cost", "a cost check has a limit").at(span, "add `at_most`, `keys_at_most` or `requests_at_most`"),
        );
    }
    let usage = usage.iter().filter_map(|node| read_usage(node, diagnostics)).collect();
    let windows = windows.iter().filter_map(|node| count(node, diagnostics)).collect();
    Some(CostCheck { at_most, requests_at_most, keys_at_most, usage, windows })
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

fn read_usage(node: &Node, diagnostics: &mut Vec<Diagnostic>) -> Option<Usage> {
    let mut fields = Fields::of(node, "a use", diagnostics)?;
    let kms = fields.required("kms", diagnostics);
    let times = fields.required("count", diagnostics);
    fields.finish(diagnostics);
    let operation = kms?.as_str().and_then(Operation::parse);
    if operation.is_none() {
        diagnostics.push(kms?.expected("scenario/unknown-operation", "an operation of KMS such as `Decrypt`"));
    }
    Some(Usage::Kms { count: count(times?, diagnostics)?, operation: operation? })
}

/// The lives of all keys of a world, for its bill.
pub(super) fn key_lives(world: &World, label: impl Fn(&Key) -> String) -> Vec<KeyLife> {
    world
        .kms
        .keys()
        .map(|key| (key, None))
        .chain(world.kms.deleted_keys().iter().map(|key| (key, key.deletion.map(|d| d.date))))
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

/// The bill of the world's first month: its keys, the requests that the checks made, and the stated use.
pub(super) fn bill(world: &World, derived: &[Derived], label: impl Fn(&Key) -> String) -> Result<Bill, PricingError> {
    let month = Month::of(world.cloud.started()).ok_or(PricingError::Overflow)?;
    let mut meter = world.cloud.meter.clone();
    for use_ in derived {
        meter.add(MeterKey { payer: use_.payer, region: use_.region, class: RequestClass::Symmetric }, use_.requests);
    }
    Bill::of(PriceBook::standard(), world.rulebook, month, &key_lives(world, label), &meter, true)
}

impl Usage {
    /// The KMS requests of this use.
    pub(super) fn derive(&self, _world: &World, payer: AccountId, region: Region, _window: Option<u64>) -> Derived {
        match self {
            Usage::Kms { count, operation } => {
                Derived { requests: *count, region, payer, formula: format!("{count} requests of {}", operation.name()) }
            }
        }
    }
}
