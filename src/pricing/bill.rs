//! From the lives of keys and the counts of requests to the bill of a month.

use super::{KeyLife, KeyManager, Month, Price, PriceBook};
use crate::cloud::{AccountId, Meter, MeterKey, Region, RequestClass};
use crate::rulebook::{Rulebook, ids};
use rust_decimal::Decimal;
use std::collections::BTreeMap;

/// What a month costs, line by line.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
pub struct Bill {
    /// The month.
    pub month: Month,
    /// Keys in the order given, then requests by payer, class and Region, then what was added with [`Bill::charge`].
    pub lines: Vec<BillLine>,
    /// The exact sum. Hours are summed before they are divided, so a third of a month three times over is a month.
    pub total: Decimal,
}

/// One line of a bill, with the rule that priced it.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
pub struct BillLine {
    /// What is charged.
    pub item: String,
    /// Who pays.
    pub account: AccountId,
    /// Where it was used.
    pub region: Region,
    /// How much of it.
    pub quantity: Decimal,
    /// What is counted.
    pub unit: String,
    /// The price of one.
    pub unit_price: Decimal,
    /// Quantity times unit price, unrounded (28 digits where hours of a month divide into no finite decimal).
    pub amount: Decimal,
    /// Why this quantity and this price, in a sentence.
    pub rule: String,
    /// Title of the AWS page that the price comes from.
    pub source: String,
}

/// Why no bill could be drawn up.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PricingError {
    /// A sum left the range of decimals.
    #[error("the amounts are too large to be added up exactly")]
    Overflow,
    /// The book has no prices for a Region.
    #[error("no prices for Region `{region}`: {why}")]
    UnpricedRegion {
        /// The Region.
        region: Region,
        /// Why not.
        why: String,
    },
    /// The book lacks a price.
    #[error("the price book has no price `{id}`")]
    MissingPrice {
        /// Its id.
        id: String,
    },
}

impl Bill {
    /// The bill of `month` for these keys and the `requests` of that month.
    ///
    /// With `free_tier`, each payer's first requests of the month are free. Source: "AWS Key Management Service Pricing".
    ///
    /// # Errors
    /// If the book has no price for something, or amounts leave the range of decimals.
    pub fn of(
        book: &PriceBook,
        rulebook: Rulebook,
        month: Month,
        keys: &[KeyLife],
        requests: &Meter,
        free_tier: bool,
    ) -> Result<Self, PricingError> {
        let mut draft = Draft { book, rulebook, month, lines: Vec::new(), hours: BTreeMap::new(), sum: Decimal::ZERO };
        for key in keys {
            draft.add_key(key)?;
        }
        draft.add_requests(requests, free_tier)?;
        draft.finish()
    }

    /// Adds a neighbour's line, like the hours of an HSM, from the price with this id.
    ///
    /// # Errors
    /// If the book has no such price, or amounts leave the range of decimals.
    pub fn charge(
        &mut self,
        book: &PriceBook,
        rulebook: Rulebook,
        id: &str,
        (account, region): (AccountId, Region),
        quantity: Decimal,
    ) -> Result<(), PricingError> {
        let price = price(book, id, region)?;
        let unit_price = price.unit_price(rulebook);
        let amount = product(quantity, unit_price)?;
        self.total = self.total.checked_add(amount).ok_or(PricingError::Overflow)?.normalize();
        let rule = format!("{} USD for each of the {}", unit_price, price.unit);
        self.lines.push(BillLine {
            item: price.item.clone(),
            account,
            region,
            quantity,
            unit: price.unit.clone(),
            unit_price,
            amount,
            rule,
            source: price.source.clone(),
        });
        Ok(())
    }
}

/// A bill that is being drawn up.
struct Draft<'b> {
    book: &'b PriceBook,
    rulebook: Rulebook,
    month: Month,
    lines: Vec<BillLine>,
    /// Hours by the price of a month, not divided yet.
    hours: BTreeMap<Decimal, Decimal>,
    /// The sum of everything that is not charged by the hour.
    sum: Decimal,
}

impl Draft<'_> {
    fn add_key(&mut self, key: &KeyLife) -> Result<(), PricingError> {
        let waiting_is_charged = self.rulebook.allowed(ids::DELETION_PENDING_CHARGE);
        let until = key.charged_until(waiting_is_charged).unwrap_or_else(|| self.month.end());
        let exists = key.created < self.month.end() && key.deleted.is_none_or(|deleted| deleted > self.month.start());
        if !exists || key.count == 0 {
            return Ok(());
        }
        let hours = self.month.hours_between(key.created, until);
        let mut rule = match key.manager {
            KeyManager::Customer => format!("{hours} of the month's {} hours", self.month.hours()),
            KeyManager::Aws => "AWS managed keys are stored free of charge".to_owned(),
            KeyManager::Owned => "AWS owned keys are free of charge, and so are their requests".to_owned(),
        };
        if key.manager == KeyManager::Customer {
            if until < self.month.end() && key.deleted != Some(until) {
                rule.push_str("; not charged while it waits for deletion");
            }
            if key
                .waiting
                .iter()
                .any(|waiting| waiting.cancelled.is_some_and(|at| at > self.month.start()) && waiting.from < self.month.end())
            {
                rule.push_str("; a cancelled deletion is charged as if it had never been scheduled");
            }
        }
        self.add_hours(key, "key-month", None, u64::from(hours), rule)?;
        self.add_rotations(key, until)
    }

    /// The first rotations of a key add their price for every hour from then on.
    ///
    /// Source: AWS KMS Developer Guide, "Rotate AWS KMS keys".
    fn add_rotations(&mut self, key: &KeyLife, until: crate::cloud::Instant) -> Result<(), PricingError> {
        let mut rotations: Vec<_> = key.rotations.iter().copied().filter(|at| *at < self.month.end() && *at < until).collect();
        if rotations.is_empty() || key.manager != KeyManager::Customer {
            return Ok(());
        }
        rotations.sort_unstable();
        let capped = self.book.rotation_cap_since.is_none_or(|since| self.month >= since) || self.rulebook == Rulebook::guide();
        let cap = if capped { self.rulebook.number(ids::PRICE_ROTATION_CAP) } else { u64::MAX };
        let charged = rotations.len().min(usize::try_from(cap).unwrap_or(usize::MAX));
        let hours = rotations.iter().take(charged).map(|at| u64::from(self.month.hours_between(*at, until))).sum();
        let done = rotations.len();
        let rule = match (charged, done) {
            (0, _) => "a rotation adds no charge".to_owned(),
            (1, 1) => "one rotation, charged by the hour from then on".to_owned(),
            (charged, done) if charged == done => format!("{done} rotations, each charged by the hour from then on"),
            (charged, done) => format!("{done} rotations: the first {charged} are charged, later ones add nothing"),
        };
        self.add_hours(key, "rotation-month", Some("rotations"), hours, rule)
    }

    /// A line that is charged by the hour of the month.
    fn add_hours(&mut self, key: &KeyLife, id: &str, what: Option<&str>, hours: u64, rule: String) -> Result<(), PricingError> {
        let price = price(self.book, id, key.region)?;
        let monthly = match key.manager {
            KeyManager::Customer => price.unit_price(self.rulebook),
            KeyManager::Aws | KeyManager::Owned => Decimal::ZERO,
        };
        let hours = product(Decimal::from(hours), Decimal::from(key.count))?;
        let whole = Decimal::from(self.month.hours());
        let quantity = hours.checked_div(whole).ok_or(PricingError::Overflow)?.normalize();
        // Multiplied before it is divided, so that the only rounding is the division's.
        let amount = product(hours, monthly)?.checked_div(whole).ok_or(PricingError::Overflow)?.normalize();
        let sum = self.hours.entry(monthly).or_default();
        *sum = sum.checked_add(hours).ok_or(PricingError::Overflow)?;
        let many = if key.count == 1 { String::new() } else { format!("{} × ", key.count) };
        let what = what.map_or(String::new(), |what| format!(", {what}"));
        self.lines.push(BillLine {
            item: format!("{many}KMS key {}{what}", key.label),
            account: key.account,
            region: key.region,
            quantity,
            unit: price.unit.clone(),
            unit_price: monthly,
            amount,
            rule: self.with_region(rule, key.region),
            source: price.source.clone(),
        });
        Ok(())
    }

    /// Requests are charged one by one, beyond an allowance that each payer has once for all Regions.
    fn add_requests(&mut self, requests: &Meter, free_tier: bool) -> Result<(), PricingError> {
        let allowance = if free_tier { self.rulebook.number(ids::FREE_TIER_REQUESTS) } else { 0 };
        let mut left: BTreeMap<AccountId, u64> = BTreeMap::new();
        let mut counts: Vec<(MeterKey, u64)> =
            requests.counts().map(|(key, count)| (*key, count)).filter(|(_, count)| *count > 0).collect();
        // By class before Region: should the allowance cover asymmetric requests, symmetric ones come first.
        counts.sort_by_key(|(key, _)| (key.payer, key.class, key.region));
        for (key, count) in counts {
            let left = left.entry(key.payer).or_insert(allowance);
            let free = if self.in_free_tier(key.class) { count.min(*left) } else { 0 };
            *left -= free;
            if free > 0 {
                self.add_count(key, free, Some(format!("within the first {allowance} of the month, free over all Regions together")))?;
            }
            if count > free {
                self.add_count(key, count - free, None)?;
            }
        }
        Ok(())
    }

    fn in_free_tier(&self, class: RequestClass) -> bool {
        match class {
            RequestClass::Symmetric => true,
            RequestClass::Rsa2048 | RequestClass::AsymmetricOther | RequestClass::DataKeyPairEcc | RequestClass::DataKeyPairRsa => {
                self.rulebook.allowed(ids::FREE_TIER_ASYMMETRIC)
            }
            RequestClass::Unbilled => false,
        }
    }

    fn add_count(&mut self, key: MeterKey, count: u64, free: Option<String>) -> Result<(), PricingError> {
        let id = match key.class {
            RequestClass::Symmetric | RequestClass::Unbilled => "requests-symmetric",
            RequestClass::Rsa2048 => "requests-rsa-2048",
            RequestClass::AsymmetricOther => "requests-asymmetric",
            RequestClass::DataKeyPairEcc => "data-key-pair-ecc",
            RequestClass::DataKeyPairRsa => "data-key-pair-rsa",
        };
        let price = price(self.book, id, key.region)?;
        let quantity = Decimal::from(count);
        let (item, unit_price, rule) = match (key.class, free) {
            (RequestClass::Unbilled, _) => ("unbilled requests", Decimal::ZERO, "made, but charged to nobody".to_owned()),
            (_, Some(rule)) => (price.item.as_str(), Decimal::ZERO, rule),
            (_, None) => {
                let unit_price = price.unit_price(self.rulebook);
                let rule = if self.in_free_tier(key.class) { "charged one by one" } else { "charged one by one, outside the free tier" };
                (price.item.as_str(), unit_price, rule.to_owned())
            }
        };
        let amount = product(quantity, unit_price)?;
        self.sum = self.sum.checked_add(amount).ok_or(PricingError::Overflow)?;
        self.lines.push(BillLine {
            item: item.to_owned(),
            account: key.payer,
            region: key.region,
            quantity,
            unit: price.unit.clone(),
            unit_price,
            amount,
            rule: self.with_region(rule, key.region),
            source: price.source.clone(),
        });
        Ok(())
    }

    /// A rule, with a warning where the Region's price list was not read.
    fn with_region(&self, rule: String, region: Region) -> String {
        if self.book.verified(region) { rule } else { format!("{rule}; standard price, not verified for {region}") }
    }

    fn finish(self) -> Result<Bill, PricingError> {
        let whole = Decimal::from(self.month.hours());
        let mut total = self.sum;
        for (monthly, hours) in self.hours {
            let amount = product(hours, monthly)?.checked_div(whole).ok_or(PricingError::Overflow)?;
            total = total.checked_add(amount).ok_or(PricingError::Overflow)?;
        }
        Ok(Bill { month: self.month, lines: self.lines, total: total.normalize() })
    }
}

fn price<'b>(book: &'b PriceBook, id: &str, region: Region) -> Result<&'b Price, PricingError> {
    if let Some(why) = book.unpriced(region) {
        return Err(PricingError::UnpricedRegion { region, why: why.to_owned() });
    }
    book.price(id).ok_or_else(|| PricingError::MissingPrice { id: id.to_owned() })
}

fn product(a: Decimal, b: Decimal) -> Result<Decimal, PricingError> {
    Ok(a.checked_mul(b).ok_or(PricingError::Overflow)?.normalize())
}

#[cfg(test)]
mod tests;
