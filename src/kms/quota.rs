//! Request quotas: how many requests an account may make in a Region, from `tables/request_quotas.csv`.
//!
//! AWS counts by intervals ("in each one-second interval", "throttles all subsequent requests in that second") and
//! publishes no more. So does the model, on the clock's own seconds: a second has its requests, and what one second
//! leaves over is not saved for the next.
//!
//! Source: "Request quotas" and "Throttling AWS KMS requests", AWS KMS Developer Guide.

use super::{KeyFamily, KeySpec, Operation, Rules};
use crate::cloud::{AccountId, ApiError, Instant, Reason, Region};
use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

/// A row of the table.
#[derive(Debug)]
pub struct QuotaRow {
    /// Its name in Service Quotas.
    pub name: &'static str,
    /// The operations that count towards it.
    pub operations: &'static [Operation],
    /// The kinds of key whose use counts; all if empty.
    pub families: &'static [KeyFamily],
    /// The `KeyPairSpec` whose requests count.
    pub pair: Option<KeySpec>,
    /// The rate in Regions that have none of their own.
    pub usual: Rate,
    /// Regions with a rate of their own.
    pub regional: &'static [(&'static str, Rate)],
    /// What a request counts towards in the other Region that it names, and how often.
    pub elsewhere: Option<(Operation, u32)>,
    /// Counted for each custom key store instead of each account.
    pub per_store: bool,
    /// Whether AWS raises it.
    pub adjustable: bool,
}

/// So many requests in so many seconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rate {
    /// Requests.
    pub requests: u32,
    /// Seconds.
    pub seconds: u32,
}

/// The table, in the order of its file.
pub static REQUEST_QUOTAS: &[QuotaRow] = include!(concat!(env!("OUT_DIR"), "/kms_request_quotas.rs"));

/// What quotas look at in a request.
#[derive(Clone, Copy, Debug)]
pub struct Demand<'r> {
    /// What is asked for.
    pub operation: Operation,
    /// The account whose quota it is: the caller's, or, for a service that calls for itself, the key's.
    pub account: Option<AccountId>,
    /// Where.
    pub region: Region,
    /// The key spec of the key, if there is one.
    pub key: Option<KeySpec>,
    /// The `KeyPairSpec` of `GenerateDataKeyPair`.
    pub pair: Option<KeySpec>,
    /// The custom key store that the key is in.
    pub store: Option<&'r str>,
    /// The other Region of `ReplicateKey` and `UpdatePrimaryRegion`.
    pub other_region: Option<Region>,
}

impl QuotaRow {
    /// The row of this name.
    #[must_use]
    pub fn named(name: &str) -> Option<&'static QuotaRow> {
        REQUEST_QUOTAS.iter().find(|row| row.name == name)
    }

    /// The account's quota that a request counts towards. One that names no key, or no key that there is, counts as
    /// the operation's first kind of key does.
    #[must_use]
    pub fn of(operation: Operation, key: Option<KeySpec>, pair: Option<KeySpec>) -> Option<&'static QuotaRow> {
        let family = key.map(|spec| spec.row().family);
        let rows = || REQUEST_QUOTAS.iter().filter(|row| !row.per_store && row.operations.contains(&operation));
        let fits = |row: &&QuotaRow| {
            let of_key = row.families.is_empty() || family.is_some_and(|family| row.families.contains(&family));
            of_key && (row.pair.is_none() || row.pair == pair)
        };
        rows().find(fits).or_else(|| rows().next())
    }

    fn of_store(operation: Operation) -> Option<&'static QuotaRow> {
        REQUEST_QUOTAS.iter().find(|row| row.per_store && row.operations.contains(&operation))
    }

    /// The rate in a Region before any increase. Symmetric keys have rates that the guide gives otherwise.
    #[must_use]
    pub fn rate(&self, rules: &Rules, region: Region) -> Rate {
        let own = self.regional.iter().find(|(code, _)| *code == region.code()).map(|(_, rate)| *rate);
        let largest = self.regional.iter().map(|(_, rate)| rate.requests).max();
        if !self.families.contains(&KeyFamily::Symmetric) {
            return own.unwrap_or(self.usual);
        }
        match own {
            None => Rate { requests: rules.symmetric_requests, seconds: 1 },
            Some(rate) if Some(rate.requests) == largest => Rate { requests: rules.symmetric_requests_large, seconds: 1 },
            Some(rate) => rate,
        }
    }
}

/// Whose requests are counted together.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Holder {
    Account(AccountId),
    Store(Arc<str>),
}

/// What a request takes from one quota.
struct Charge {
    row: &'static QuotaRow,
    holder: Holder,
    region: Region,
    requests: u32,
}

/// What is left of a quota in an interval.
#[derive(Clone, Debug)]
struct Counter {
    rate: Rate,
    interval: i64,
    left: u32,
    /// Why requests beyond it are refused: the same for all.
    reason: Option<Arc<Reason>>,
}

/// The request quotas of every account and Region, with what is used of them.
#[derive(Clone, Debug, Default)]
pub struct Quotas {
    increases: BTreeMap<(AccountId, Region, &'static str), u32>,
    counters: BTreeMap<(Holder, Region, &'static str), Counter>,
}

impl Quotas {
    /// Raises a quota of an account in a Region to so many requests a second.
    pub fn increase(&mut self, account: AccountId, region: Region, row: &'static QuotaRow, requests: u32) {
        self.increases.insert((account, region, row.name), requests);
    }

    /// Takes a request from the quotas that it counts towards; a refused request takes nothing.
    ///
    /// # Errors
    /// `ThrottlingException`.
    pub fn take(&mut self, rules: &Rules, demand: &Demand<'_>, now: Instant) -> Result<(), ApiError> {
        let Some(account) = demand.account else { return Ok(()) };
        let Demand { operation, region, .. } = *demand;
        let of_account = |row, region, requests| Charge { row, holder: Holder::Account(account), region, requests };
        let own = QuotaRow::of(operation, demand.key, demand.pair);
        let store = demand.store.and_then(|store| Some((QuotaRow::of_store(operation)?, store)));
        let elsewhere = own.and_then(|row| row.elsewhere).zip(demand.other_region);
        let charges = [
            own.map(|row| of_account(row, region, 1)),
            store.map(|(row, store)| Charge { row, holder: Holder::Store(store.into()), region, requests: 1 }),
            elsewhere.and_then(|((operation, count), other)| Some(of_account(QuotaRow::of(operation, None, None)?, other, count))),
        ];
        for charge in charges.iter().flatten() {
            let counter = self.counter(rules, charge, now);
            if counter.left < charge.requests {
                let reason = counter.reason.get_or_insert_with(|| Arc::new(charge.reason(counter.rate)));
                return Err(throttled().with_reason(Arc::clone(reason)));
            }
        }
        for charge in charges.iter().flatten() {
            self.counter(rules, charge, now).left -= charge.requests;
        }
        Ok(())
    }

    /// The counter of a charge, as it stands now.
    fn counter(&mut self, rules: &Rules, charge: &Charge, now: Instant) -> &mut Counter {
        let Charge { row, holder, region, .. } = charge;
        let increases = &self.increases;
        let counter = self.counters.entry((holder.clone(), *region, row.name)).or_insert_with(|| {
            let increased = match holder {
                Holder::Account(account) => increases.get(&(*account, *region, row.name)).copied(),
                Holder::Store(_) => None,
            };
            let rate = increased.map_or_else(|| row.rate(rules, *region), |requests| Rate { requests, seconds: 1 });
            Counter { rate, interval: i64::MIN, left: 0, reason: None }
        });
        let interval = now.timestamp().div_euclid(i64::from(counter.rate.seconds));
        if interval != counter.interval {
            counter.interval = interval;
            counter.left = counter.rate.requests;
        }
        counter
    }
}

/// AWS's error, with AWS's message.
fn throttled() -> ApiError {
    ApiError::new("ThrottlingException", "You have exceeded the rate at which you may call KMS. Reduce the frequency of your calls.")
}

impl Charge {
    /// Which quota is used up, who shares it, and what helps.
    fn reason(&self, rate: Rate) -> Reason {
        let QuotaRow { name, operations, .. } = self.row;
        let whose = match &self.holder {
            Holder::Account(account) => format!("account {account}"),
            Holder::Store(store) => format!("custom key store {store}"),
        };
        let time = if rate.seconds == 1 { "this second" } else { "this time" };
        let is_cryptographic = !self.row.families.is_empty() || self.row.per_store;
        let shared = if self.row.per_store {
            "the requests of all accounts that use keys of this store count together"
        } else if is_cryptographic {
            "all principals of the account share it, services that call for them too, over all its keys: another key or another role brings no quota of its own"
        } else {
            "all principals of the account share it, services that call for them too, whichever key they name"
        };
        let names: Vec<&str> = operations.iter().map(|operation| operation.name()).collect();
        let mut reason = Reason::new(format!("\"{name}\" allows {whose} {rate} in {}, and {time} has had them", self.region))
            .detail(format!("it counts {}", names.join(", ")), None)
            .detail(shared, None);
        if is_cryptographic {
            reason = reason.detail("fewer requests help: an S3 Bucket Key, a longer data key reuse period, cached data keys", None);
        }
        reason = reason.detail("later requests help against a short peak: retry with exponential backoff", None);
        let more = if self.row.adjustable { "it can be raised, through Service Quotas" } else { "it cannot be raised" };
        reason.detail(more, None)
    }
}

impl fmt::Display for Rate {
    /// `10,000 requests a second`, `1 request in 10 seconds`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let digits = self.requests.to_string();
        for (index, digit) in digits.chars().enumerate() {
            if index > 0 && (digits.len() - index).is_multiple_of(3) {
                f.write_str(",")?;
            }
            write!(f, "{digit}")?;
        }
        f.write_str(if self.requests == 1 { " request" } else { " requests" })?;
        match self.seconds {
            1 => f.write_str(" a second"),
            seconds => write!(f, " in {seconds} seconds"),
        }
    }
}

#[cfg(test)]
mod tests;
