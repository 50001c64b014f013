//! From a workload to its bills.

use super::Workload;
use super::model::Use;
use crate::cloud::{AccountId, Meter, MeterKey, Region, RequestClass};
use crate::pricing::exact::ExactSum;
use crate::pricing::{Bill, Evidence, KeyLife, Month, PriceBook, PricingError};
use crate::rulebook::{Rulebook, RulebookKind};
use rust_decimal::Decimal;
use std::collections::BTreeMap;

/// The lifetimes of a bucket key between which the truth is taken to lie, in seconds: AWS publishes none.
///
/// A day is what the guide says; five minutes is the shortest that services which publish theirs keep a data key.
pub(super) const WINDOWS: (u64, u64) = (86_400, 300);

/// What a workload costs.
#[derive(Clone, Debug, serde::Serialize)]
pub struct Estimate {
    /// The workload's name.
    pub workload: String,
    /// Whose rules it was estimated by.
    pub rulebook: RulebookKind,
    /// The date of the price book.
    pub prices_as_of: String,
    /// Month by month.
    pub months: Vec<MonthEstimate>,
    /// The sum of all months, rounded nowhere.
    pub total: Decimal,
    /// What the unpublished lifetime of bucket keys may make of the total; nothing where no bucket key is used.
    pub band: Option<Band>,
}

/// One month of it.
#[derive(Clone, Debug, serde::Serialize)]
pub struct MonthEstimate {
    /// The bill.
    pub bill: Bill,
    /// How the requests on it were derived, in the order of the uses.
    pub derivations: Vec<Derivation>,
}

/// The requests of one use in a month.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
pub struct Derivation {
    /// The place of the use in the file, from 0.
    #[serde(rename = "use")]
    pub usage: usize,
    /// The service.
    pub service: &'static str,
    /// The operation of a direct use.
    pub operation: Option<&'static str>,
    /// The key, if it has one.
    pub key: Option<String>,
    /// Who pays for the requests.
    pub payer: AccountId,
    /// Where.
    pub region: Region,
    /// As what they are billed.
    pub class: RequestClass,
    /// How many.
    pub requests: u64,
    /// How that came out, with the numbers filled in.
    pub formula: String,
    /// How well the rule is known.
    pub evidence: Evidence,
    /// Title of the AWS page.
    pub source: &'static str,
}

/// The least and the most that a total may be.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize)]
pub struct Band {
    /// With the longest lifetime of a bucket key.
    pub low: Decimal,
    /// With the shortest.
    pub high: Decimal,
    /// The longest lifetime, in seconds.
    pub low_seconds: u64,
    /// The shortest.
    pub high_seconds: u64,
}

/// Draws up the bills of a workload.
///
/// # Errors
/// If the book has no price for something, or amounts leave the range of decimals.
pub fn estimate(workload: &Workload, book: &PriceBook, rulebook: Rulebook) -> Result<Estimate, PricingError> {
    let lives: Vec<KeyLife> = workload.keys.iter().flat_map(|key| key.lives(workload.months)).collect();
    let mut total = ExactSum::default();
    let mut months = Vec::new();
    for month in workload.months.iter() {
        let derivations = derivations(workload, rulebook, month)?;
        let mut bill = Bill::of(book, rulebook, month, &lives, &metered(&derivations)?, workload.free_tier)?;
        for neighbour in &workload.neighbours {
            bill.charge(book, rulebook, &neighbour.price, (neighbour.account, neighbour.region), neighbour.quantity)?;
        }
        total.add_times(&bill.exact, 1)?;
        months.push(MonthEstimate { bill, derivations });
    }
    Ok(Estimate {
        workload: workload.name.clone(),
        rulebook: rulebook.kind,
        prices_as_of: book.as_of.clone(),
        months,
        total: total.total()?,
        band: band(workload, book, rulebook)?,
    })
}

/// The seconds of a month.
pub(super) fn seconds(month: Month) -> u64 {
    u64::from(month.hours()) * 3_600
}

/// The requests of a use; the error is more than can be counted.
pub(super) fn requests(usage: &Use, values: &super::model::Values, seconds: u64) -> Result<u64, PricingError> {
    match usage.rule.demand.count(values, seconds) {
        u64::MAX => Err(PricingError::Overflow),
        count => Ok(count),
    }
}

fn derivations(workload: &Workload, rulebook: Rulebook, month: Month) -> Result<Vec<Derivation>, PricingError> {
    let seconds = seconds(month);
    let each = workload.uses.iter().enumerate().map(|(at, usage)| {
        let values = usage.rule.filled(&usage.values, rulebook);
        let modelled = usage.has_window() || usage.value("cached.messages").or(usage.value("cached.max_age")).is_some();
        Ok(Derivation {
            usage: at,
            service: usage.rule.name,
            operation: usage.operation.map(|operation| operation.row().name),
            key: usage.key.and_then(|key| workload.keys.get(key)).map(|key| key.name.clone()),
            payer: usage.account,
            region: usage.region,
            class: usage.class_under(rulebook, &workload.keys),
            requests: requests(usage, &values, seconds)?,
            formula: usage.rule.demand.formula(&values, seconds),
            evidence: if modelled { Evidence::Model } else { usage.rule.evidence },
            source: usage.rule.source,
        })
    });
    each.collect()
}

fn metered(derivations: &[Derivation]) -> Result<Meter, PricingError> {
    let mut counts: BTreeMap<MeterKey, u64> = BTreeMap::new();
    for derived in derivations {
        let count = counts.entry(MeterKey { payer: derived.payer, region: derived.region, class: derived.class }).or_default();
        *count = count.checked_add(derived.requests).ok_or(PricingError::Overflow)?;
    }
    let mut meter = Meter::default();
    for (key, count) in counts {
        meter.add(key, count);
    }
    Ok(meter)
}

impl Use {
    /// Whether the lifetime of a bucket key matters to it.
    pub(super) fn has_window(&self) -> bool {
        self.rule.window().is_some() && self.value("bucket_key") == Some(1) && self.value("encryption") == Some(0)
    }
}

/// The totals at both ends of the bucket key's lifetime; what the file states is within the band, too.
fn band(workload: &Workload, book: &PriceBook, rulebook: Rulebook) -> Result<Option<Band>, PricingError> {
    let stated: Vec<u64> = workload
        .uses
        .iter()
        .filter(|usage| usage.has_window())
        .filter_map(|usage| usage.rule.window().and_then(|at| usage.rule.filled(&usage.values, rulebook).get(at).copied()))
        .collect();
    let (Some(least), Some(most)) = (stated.iter().min(), stated.iter().max()) else { return Ok(None) };
    let (longest, shortest) = (WINDOWS.0.max(*most), WINDOWS.1.min(*least));
    let plan = super::Plan::compile(workload, book, rulebook)?;
    Ok(Some(Band {
        low: plan.total_with_window(&[], Some(longest))?,
        high: plan.total_with_window(&[], Some(shortest))?,
        low_seconds: longest,
        high_seconds: shortest,
    }))
}
