//! Worked cases: inputs with the figures that they must come to, for trusting a price book.
//!
//! ```text
//! Node -read-> Case[] -verify(book)-> Outcome[]: each variant, and every figure that differs
//! ```

mod figure;
mod read;

use super::{Bill, KeyLife, Month, PriceBook, PricingError};
use crate::cloud::{AccountId, Meter, MeterKey, Region, RequestClass};
use crate::rulebook::Rulebook;
use figure::{Figures, compare};
use rust_decimal::Decimal;

pub use read::read_cases;

/// A case: variants that are compared with each other.
#[derive(Clone, Debug)]
pub struct Case {
    /// Its id.
    pub id: String,
    /// Its variants; the first is what the others are compared with.
    pub variants: Vec<Variant>,
}

/// An input and the figures that it must come to.
#[derive(Clone, Debug)]
pub struct Variant {
    /// Its name.
    pub name: String,
    /// The months, at least one.
    months: Vec<Month>,
    free_tier: bool,
    keys: Vec<CaseKey>,
    /// Requests of each month.
    requests: Vec<(RequestClass, u64)>,
    /// What else is on the bill of each month.
    extra: Vec<Extra>,
    /// What the formula of the case comes to, if it has one.
    formula: Option<u64>,
    /// The figures, in the order of the file.
    expected: Vec<Expected>,
}

/// A key of a case; `rotations_before` count in each month.
#[derive(Clone, Debug)]
struct CaseKey {
    life: KeyLife,
    /// The stretches in which it is active; none: always.
    active: Vec<(crate::cloud::Instant, crate::cloud::Instant)>,
    rotations_before: u64,
}

#[derive(Clone, Debug)]
struct Extra {
    item: String,
    quantity: Decimal,
    unit_price: Decimal,
}

/// A figure that is expected: its name, and what it is to be.
#[derive(Clone, Debug)]
struct Expected {
    field: String,
    wanted: Wanted,
}

#[derive(Clone, Debug)]
enum Wanted {
    Text(String),
    /// One for each month.
    Months(Vec<String>),
    /// By name, like the charges of each class of requests.
    Named(Vec<(String, String)>),
}

/// How a variant came out.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
pub struct Outcome {
    /// The id of its case.
    pub id: String,
    /// Its name.
    pub variant: String,
    /// Whether every figure is as expected.
    pub ok: bool,
    /// The figures that are not.
    pub differences: Vec<Difference>,
}

/// A figure that differs.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
pub struct Difference {
    /// Its name.
    pub field: String,
    /// What the case says.
    pub expected: String,
    /// What the book makes of it.
    pub found: String,
}

/// Works the cases out with a book.
///
/// # Errors
/// If the book has no price for something, or amounts leave the range of decimals.
pub fn verify(cases: &[Case], book: &PriceBook, rulebook: Rulebook) -> Result<Vec<Outcome>, PricingError> {
    let mut outcomes = Vec::new();
    for case in cases {
        let mut first: Option<u64> = None;
        for variant in &case.variants {
            let figures = variant.figures(book, rulebook, first)?;
            first = first.or(Some(figures.requests));
            let differences: Vec<Difference> = variant.expected.iter().flat_map(|expected| compare(expected, &figures)).collect();
            outcomes.push(Outcome { id: case.id.clone(), variant: variant.name.clone(), ok: differences.is_empty(), differences });
        }
    }
    Ok(outcomes)
}

/// Whose bill a case is; the format names no account and no Region.
fn payer() -> AccountId {
    AccountId::parse("111122223333").unwrap_or(AccountId::NOBODYS)
}

impl Variant {
    fn figures(&self, book: &PriceBook, rulebook: Rulebook, first: Option<u64>) -> Result<Figures, PricingError> {
        let mut meter = Meter::default();
        for (class, count) in &self.requests {
            meter.add(MeterKey { payer: payer(), region: Region::default_region(), class: *class }, *count);
        }
        let requests = self.requests.iter().map(|(_, count)| *count).fold(0, u64::saturating_add);
        let mut figures = Figures::new(requests, self.formula, first);
        for month in &self.months {
            let keys: Vec<KeyLife> = self.keys.iter().flat_map(|key| key.lives(*month)).collect();
            let bill = Bill::of(book, rulebook, *month, &keys, &meter, self.free_tier)?;
            figures.add(&bill, &self.extra)?;
        }
        Ok(figures)
    }
}

impl CaseKey {
    /// The lives of a month: one for each stretch in which the key is active.
    fn lives(&self, month: Month) -> Vec<KeyLife> {
        let before = usize::try_from(self.rotations_before).unwrap_or(usize::MAX);
        let mut rotations = vec![month.start(); before];
        rotations.extend(&self.life.rotations);
        let whole = KeyLife { created: month.start(), rotations, ..self.life.clone() };
        if self.active.is_empty() {
            return vec![whole];
        }
        self.active.iter().map(|(from, to)| KeyLife { created: *from, deleted: Some(*to), ..whole.clone() }).collect()
    }
}

#[cfg(test)]
mod tests;
