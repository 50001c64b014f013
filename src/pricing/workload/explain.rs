//! One amount of a bill, step by step.

use super::{Derivation, MonthEstimate};
use crate::pricing::{BillLine, Charge, Price, PriceBook, grouped};
use crate::rulebook::Rulebook;
use rust_decimal::Decimal;

/// How an amount came out.
#[derive(Clone, Debug, serde::Serialize)]
pub struct Explanation {
    /// The line's number on its bill, from 1.
    pub line: usize,
    /// The line.
    pub charge: BillLine,
    /// Where the quantity comes from.
    pub quantity: Vec<String>,
    /// Where the price comes from.
    pub price: Vec<String>,
    /// The multiplication.
    pub amount: String,
}

impl MonthEstimate {
    /// The lines that a number (from 1) or a part of an item's text means.
    #[must_use]
    pub fn lines(&self, wanted: &str) -> Vec<usize> {
        if let Ok(number) = wanted.parse::<usize>() {
            return (1..=self.bill.lines.len()).filter(|line| *line == number).collect();
        }
        let wanted = wanted.to_lowercase();
        let named = |exactly: bool| {
            let fits = |item: &str| if exactly { item.to_lowercase() == wanted } else { item.to_lowercase().contains(&wanted) };
            (1..).zip(&self.bill.lines).filter(|(_, line)| fits(&line.item)).map(|(number, _)| number).collect::<Vec<_>>()
        };
        match named(true) {
            exactly if exactly.is_empty() => named(false),
            exactly => exactly,
        }
    }

    /// Walks through the amount of a line, by its number from 1.
    #[must_use]
    pub fn explain(&self, number: usize, book: &PriceBook, rulebook: Rulebook) -> Option<Explanation> {
        let line = self.bill.lines.get(number.checked_sub(1)?)?;
        let amount = match line.charge {
            Charge::Key(_) | Charge::Rotations(_) => format!(
                "{} hours × {} USD / {} hours of {} = {} USD",
                grouped(self.hours(line)),
                line.unit_price,
                self.bill.month.hours(),
                self.bill.month,
                line.amount
            ),
            Charge::Requests { .. } | Charge::Neighbour => {
                format!("{} × {} USD = {} USD", grouped_exactly(line.quantity), line.unit_price, line.amount)
            }
        };
        Some(Explanation {
            line: number,
            charge: line.clone(),
            quantity: self.quantity(line),
            price: book.price(&line.price).map(|price| priced(price, line, book, rulebook)).unwrap_or_default(),
            amount,
        })
    }

    /// The hours behind a quantity of months, over all keys of the line: they were divided by those of the month.
    fn hours(&self, line: &BillLine) -> Decimal {
        line.quantity.checked_mul(Decimal::from(self.bill.month.hours())).map_or(Decimal::ZERO, |hours| hours.round())
    }

    fn quantity(&self, line: &BillLine) -> Vec<String> {
        match &line.charge {
            Charge::Key(_) | Charge::Rotations(_) => vec![
                line.rule.clone(),
                format!(
                    "{} hours in all / {} = {} {}",
                    grouped(self.hours(line)),
                    self.bill.month.hours(),
                    grouped_exactly(line.quantity),
                    line.unit
                ),
            ],
            Charge::Neighbour => vec![format!("{} {}, as the workload states", grouped_exactly(line.quantity), line.unit)],
            Charge::Requests { class, free } => self.requests(line, *class, *free),
        }
    }

    fn requests(&self, line: &BillLine, class: crate::cloud::RequestClass, free: bool) -> Vec<String> {
        let here = |derived: &&Derivation| derived.payer == line.account && derived.region == line.region && derived.class == class;
        let mut steps: Vec<String> = self.derivations.iter().filter(here).map(Derivation::told).collect();
        let sum: Decimal = self.derivations.iter().filter(here).map(|derived| Decimal::from(derived.requests)).sum();
        steps.push(format!("together {} requests of this class in {}, paid by {}", grouped(sum), line.region, line.account));
        let rest = sum - line.quantity;
        if free {
            steps.push(format!("{} of them are {}", grouped(line.quantity), line.rule));
        } else if !rest.is_zero() {
            steps.push(format!("less {} that are within the free tier: {}", grouped(rest), grouped(line.quantity)));
        }
        steps
    }
}

impl Derivation {
    /// The derivation in a sentence.
    #[must_use]
    pub fn told(&self) -> String {
        let operation = self.operation.map(|operation| format!(" {operation}")).unwrap_or_default();
        let key = self.key.as_ref().map(|key| format!(" under {key}")).unwrap_or_default();
        format!("uses.{} {}{operation}{key}: {} [{}: {}]", self.usage, self.service, self.formula, self.evidence.name(), self.source)
    }
}

fn priced(price: &Price, line: &BillLine, book: &PriceBook, rulebook: Rulebook) -> Vec<String> {
    let (per, quoted) = price.quoted();
    let mut steps = vec![format!(
        "{} USD for {} {} ({}, read {}, {})",
        quoted,
        grouped(per),
        price.unit,
        price.source,
        price.dated,
        price.evidence.name()
    )];
    let unit_price = price.unit_price(rulebook);
    if per != Decimal::ONE {
        steps.push(format!("{quoted} USD / {} = {} USD for one", grouped(per), unit_price));
    }
    if rulebook == Rulebook::guide() {
        steps.push("by the guide's rules".to_owned());
    }
    if line.unit_price != unit_price {
        steps.push(format!("charged at {} USD here: {}", line.unit_price, line.rule));
    }
    let remarks = book.remarks(price, line.region, String::new());
    steps.extend(remarks.split("; ").filter(|remark| !remark.is_empty()).map(str::to_owned));
    steps
}

/// A quantity with all its digits, its thousands apart where it is whole.
fn grouped_exactly(quantity: Decimal) -> String {
    if quantity.normalize().scale() == 0 { grouped(quantity) } else { quantity.normalize().to_string() }
}
