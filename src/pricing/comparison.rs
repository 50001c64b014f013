//! Workloads side by side, line by line.

use super::workload::{Band, Estimate};
use super::{BillLine, Charge, Month, PriceBook};
use crate::cloud::{AccountId, Region, RequestClass};
use rust_decimal::Decimal;
use std::collections::{BTreeMap, BTreeSet};

/// Bills side by side.
#[derive(Clone, Debug, serde::Serialize)]
pub struct Comparison {
    /// The lines, summed over all months: keys, rotations, requests, then the rest.
    pub lines: Vec<ComparedLine>,
    /// The totals, month by month.
    pub months: Vec<ComparedMonth>,
    /// The totals over all months, one for each workload.
    pub totals: Vec<Decimal>,
    /// What the unpublished lifetime of bucket keys may make of each total.
    pub bands: Vec<Option<Band>>,
}

/// What is charged for one thing, to each of the workloads.
#[derive(Clone, Debug, serde::Serialize)]
pub struct ComparedLine {
    /// What is charged. Keys are taken together, whatever their names are.
    pub item: String,
    /// What is counted.
    pub unit: String,
    /// Whether it is within the free tier.
    pub free: bool,
    /// Who pays.
    pub account: AccountId,
    /// Where.
    pub region: Region,
    /// How much, for each workload.
    pub quantities: Vec<Decimal>,
    /// For how much, for each workload.
    pub amounts: Vec<Decimal>,
}

/// The totals of a month.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
pub struct ComparedMonth {
    /// The month.
    pub month: Month,
    /// The total of each workload; nothing where it is not billed in this month.
    pub totals: Vec<Option<Decimal>>,
}

/// What makes lines of different bills the same line, in the order in which they are shown.
type Sort = (u8, String, bool, Region, AccountId);

impl Comparison {
    /// Puts estimates side by side.
    #[must_use]
    pub fn of(estimates: &[Estimate], book: &PriceBook) -> Self {
        let mut lines: BTreeMap<Sort, ComparedLine> = BTreeMap::new();
        let mut months: BTreeSet<Month> = BTreeSet::new();
        for (at, estimate) in estimates.iter().enumerate() {
            for month in &estimate.months {
                months.insert(month.bill.month);
                for line in month.bill.lines.iter().filter(|line| !line.quantity.is_zero()) {
                    add(&mut lines, line, book, (at, estimates.len()));
                }
            }
        }
        let total = |estimate: &Estimate, month| {
            let found = estimate.months.iter().find(|found| found.bill.month == month);
            found.map(|found| found.bill.total)
        };
        let months = months.into_iter();
        Comparison {
            lines: lines.into_values().collect(),
            months: months
                .map(|month| ComparedMonth { month, totals: estimates.iter().map(|estimate| total(estimate, month)).collect() })
                .collect(),
            totals: estimates.iter().map(|estimate| estimate.total).collect(),
            bands: estimates.iter().map(|estimate| estimate.band).collect(),
        }
    }

    /// The places of the cheapest: one, or more that cost the same.
    #[must_use]
    pub fn cheapest(&self) -> Vec<usize> {
        let least = self.totals.iter().min();
        self.totals.iter().enumerate().filter(|(_, total)| Some(*total) == least).map(|(at, _)| at).collect()
    }
}

fn add(lines: &mut BTreeMap<Sort, ComparedLine>, line: &BillLine, book: &PriceBook, (at, count): (usize, usize)) {
    let of_book = || book.price(&line.price).map_or_else(|| line.item.clone(), |price| price.item.clone());
    let (rank, item, free) = match line.charge {
        Charge::Key(_) => (0, of_book(), false),
        Charge::Rotations(_) => (1, of_book(), false),
        Charge::Requests { class, free } => (if class == RequestClass::Unbilled { 3 } else { 2 }, line.item.clone(), free),
        Charge::Neighbour => (4, line.item.clone(), false),
    };
    // Within the free tier first: it is used up first.
    let compared = lines.entry((rank, item.clone(), !free, line.region, line.account)).or_insert_with(|| ComparedLine {
        item,
        unit: line.unit.clone(),
        free,
        account: line.account,
        region: line.region,
        quantities: vec![Decimal::ZERO; count],
        amounts: vec![Decimal::ZERO; count],
    });
    // A bill whose amounts leave the range of decimals was refused before; a sum that does is shown as the greatest number.
    for (sums, more) in [(&mut compared.quantities, line.quantity), (&mut compared.amounts, line.amount)] {
        if let Some(sum) = sums.get_mut(at) {
            *sum = sum.saturating_add(more).normalize();
        }
    }
}
