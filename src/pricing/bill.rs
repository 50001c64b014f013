//! From the lives of keys and the counts of requests to the bill of a month.

use super::exact::ExactSum;
use super::life::{Charged, RotationRule};
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
    /// The sum, rounded nowhere: see [`ExactSum`].
    pub total: Decimal,
    /// The same before its last division, for adding months up.
    #[serde(skip)]
    pub exact: ExactSum,
}

/// What a line of a bill charges.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Charge {
    /// The storage of a key: its place among the keys of the bill.
    Key(usize),
    /// The rotations of a key.
    Rotations(usize),
    /// Requests of a class.
    Requests {
        /// As what they are billed.
        class: RequestClass,
        /// Whether they are within the free tier.
        free: bool,
    },
    /// A quantity of a neighbour.
    Neighbour,
}

/// One line of a bill, with the rule that priced it.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
pub struct BillLine {
    /// What is charged, for people.
    pub item: String,
    /// What is charged.
    #[serde(skip)]
    pub charge: Charge,
    /// The id of its price in the book.
    #[serde(skip)]
    pub price: String,
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
    /// A number that was to be varied went too far.
    #[error("{value} is not from {least} to {most}")]
    OutOfBounds {
        /// The number.
        value: u64,
        /// The least that it may be.
        least: u64,
        /// The most.
        most: u64,
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
        let mut draft = Draft { book, rulebook, month, lines: Vec::new(), sum: ExactSum::default() };
        for (at, key) in keys.iter().enumerate() {
            draft.add_key(at, key)?;
        }
        draft.add_requests(requests, free_tier)?;
        Ok(Bill { month, lines: draft.lines, total: draft.sum.total()?, exact: draft.sum })
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
        self.exact.add(amount)?;
        self.total = self.exact.total()?;
        let rule = book.remarks(price, region, format!("{} USD for each of the {}", unit_price, price.unit));
        self.lines.push(BillLine {
            item: price.item.clone(),
            charge: Charge::Neighbour,
            price: price.id.clone(),
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
    sum: ExactSum,
}

impl Draft<'_> {
    fn add_key(&mut self, at: usize, key: &KeyLife) -> Result<(), PricingError> {
        let exists = key.created < self.month.end() && key.deleted.is_none_or(|deleted| deleted > self.month.start());
        if !exists || key.count == 0 {
            return Ok(());
        }
        let charged = key.charged(self.month, &RotationRule::of(self.book, self.rulebook, self.month), &key.rotations);
        let (hours, until) = (charged.hours, charged.until);
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
        self.add_hours((Charge::Key(at), key), "key-month", None, hours, rule)?;
        self.add_rotations(at, key, &charged)
    }

    /// The first rotations of a key add their price for every hour from then on.
    ///
    /// Source: AWS KMS Developer Guide, "Rotate AWS KMS keys".
    fn add_rotations(&mut self, at: usize, key: &KeyLife, charged: &Charged) -> Result<(), PricingError> {
        if charged.rotations_done == 0 {
            return Ok(());
        }
        let rule = match (charged.rotations_charged, charged.rotations_done) {
            (0, _) => "a rotation adds no charge".to_owned(),
            (1, 1) => "one rotation, charged by the hour from then on".to_owned(),
            (charged, done) if charged == done => format!("{done} rotations, each charged by the hour from then on"),
            (charged, done) => format!("{done} rotations: the first {charged} are charged, later ones add nothing"),
        };
        self.add_hours((Charge::Rotations(at), key), "rotation-month", Some("rotations"), charged.rotation_hours, rule)
    }

    /// A line that is charged by the hour of the month.
    fn add_hours(
        &mut self,
        (charge, key): (Charge, &KeyLife),
        id: &str,
        what: Option<&str>,
        hours: u64,
        rule: String,
    ) -> Result<(), PricingError> {
        let price = price(self.book, id, key.region)?;
        let monthly = match key.manager {
            KeyManager::Customer => price.unit_price(self.rulebook),
            KeyManager::Aws | KeyManager::Owned => Decimal::ZERO,
        };
        let hours = product(Decimal::from(hours), Decimal::from(key.count))?;
        let whole = Decimal::from(self.month.hours());
        let quantity = hours.checked_div(whole).ok_or(PricingError::Overflow)?.normalize();
        // Multiplied before it is divided, so that the only rounding is the division's.
        let charged = product(hours, monthly)?;
        let amount = charged.checked_div(whole).ok_or(PricingError::Overflow)?.normalize();
        self.sum.add_hours(self.month, charged)?;
        let many = if key.count == 1 { String::new() } else { format!("{} × ", key.count) };
        let what = what.map_or(String::new(), |what| format!(", {what}"));
        self.lines.push(BillLine {
            item: format!("{many}KMS key {}{what}", key.label),
            charge,
            price: price.id.clone(),
            account: key.account,
            region: key.region,
            quantity,
            unit: price.unit.clone(),
            unit_price: monthly,
            amount,
            rule: self.book.remarks(price, key.region, rule),
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
            let free = if in_free_tier(self.rulebook, key.class) { count.min(*left) } else { 0 };
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

    fn add_count(&mut self, key: MeterKey, count: u64, free: Option<String>) -> Result<(), PricingError> {
        let price = price(self.book, price_id(key.class), key.region)?;
        let charge = Charge::Requests { class: key.class, free: free.is_some() };
        let quantity = Decimal::from(count);
        let (item, unit_price, rule) = match (key.class, free) {
            (RequestClass::Unbilled, _) => ("unbilled requests", Decimal::ZERO, "made, but charged to nobody".to_owned()),
            (_, Some(rule)) => (price.item.as_str(), Decimal::ZERO, rule),
            (_, None) => {
                let unit_price = price.unit_price(self.rulebook);
                let rule =
                    if in_free_tier(self.rulebook, key.class) { "charged one by one" } else { "charged one by one, outside the free tier" };
                (price.item.as_str(), unit_price, rule.to_owned())
            }
        };
        let amount = product(quantity, unit_price)?;
        self.sum.add(amount)?;
        self.lines.push(BillLine {
            item: item.to_owned(),
            charge,
            price: price.id.clone(),
            account: key.payer,
            region: key.region,
            quantity,
            unit: price.unit.clone(),
            unit_price,
            amount,
            rule: self.book.remarks(price, key.region, rule),
            source: price.source.clone(),
        });
        Ok(())
    }
}

/// The id of the price of a class of requests.
pub(super) fn price_id(class: RequestClass) -> &'static str {
    match class {
        RequestClass::Symmetric | RequestClass::Unbilled => "requests-symmetric",
        RequestClass::Rsa2048 => "requests-rsa-2048",
        RequestClass::AsymmetricOther => "requests-asymmetric",
        RequestClass::DataKeyPairEcc => "data-key-pair-ecc",
        RequestClass::DataKeyPairRsa => "data-key-pair-rsa",
    }
}

/// Whether requests of a class use up the free tier.
pub(super) fn in_free_tier(rulebook: Rulebook, class: RequestClass) -> bool {
    match class {
        RequestClass::Symmetric => true,
        RequestClass::Rsa2048 | RequestClass::AsymmetricOther | RequestClass::DataKeyPairEcc | RequestClass::DataKeyPairRsa => {
            rulebook.allowed(ids::FREE_TIER_ASYMMETRIC)
        }
        RequestClass::Unbilled => false,
    }
}

/// A price, if there is one for the Region.
pub(super) fn price<'b>(book: &'b PriceBook, id: &str, region: Region) -> Result<&'b Price, PricingError> {
    if let Some(why) = book.unpriced(region) {
        return Err(PricingError::UnpricedRegion { region, why: why.to_owned() });
    }
    book.price(id).ok_or_else(|| PricingError::MissingPrice { id: id.to_owned() })
}

pub(super) fn product(a: Decimal, b: Decimal) -> Result<Decimal, PricingError> {
    Ok(a.checked_mul(b).ok_or(PricingError::Overflow)?.normalize())
}

#[cfg(test)]
mod tests;
