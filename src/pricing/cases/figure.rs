//! The figures of a variant, and how they are compared.

use super::{Difference, Expected, Extra, Wanted};
use crate::cloud::RequestClass;
use crate::pricing::exact::ExactSum;
use crate::pricing::{Bill, Charge, PricingError};
use rust_decimal::{Decimal, RoundingStrategy};

/// The names of the classes of requests in the format.
pub(super) const CLASSES: [(&str, RequestClass); 5] = [
    ("symmetric", RequestClass::Symmetric),
    ("rsa_2048", RequestClass::Rsa2048),
    ("asymmetric_other", RequestClass::AsymmetricOther),
    ("dkp_ecc", RequestClass::DataKeyPairEcc),
    ("dkp_rsa", RequestClass::DataKeyPairRsa),
];

/// How far apart two figures may be that have no finite decimal.
fn tolerance() -> Decimal {
    Decimal::new(1, 12)
}

/// The figures of a variant over all its months.
#[derive(Debug, Default)]
pub(super) struct Figures {
    months: Vec<Sums>,
    all: Sums,
    /// Requests of a month.
    pub(super) requests: u64,
    /// Those of the case's first variant, for any but that.
    first: Option<u64>,
    formula: Option<u64>,
}

#[derive(Clone, Debug, Default)]
struct Sums {
    total: ExactSum,
    storage: ExactSum,
    extra: ExactSum,
    hsm: ExactSum,
    requests: ExactSum,
    by_class: Vec<(RequestClass, Decimal, Decimal, Decimal)>,
}

impl Sums {
    fn add(&mut self, other: &Sums) -> Result<(), PricingError> {
        self.total.add_times(&other.total, 1)?;
        self.storage.add_times(&other.storage, 1)?;
        self.extra.add_times(&other.extra, 1)?;
        self.hsm.add_times(&other.hsm, 1)?;
        self.requests.add_times(&other.requests, 1)?;
        for (class, paid, free, amount) in &other.by_class {
            match self.by_class.iter_mut().find(|(known, ..)| known == class) {
                Some((_, all_paid, all_free, all_amount)) => {
                    *all_paid += *paid;
                    *all_free += *free;
                    *all_amount += *amount;
                }
                None => self.by_class.push((*class, *paid, *free, *amount)),
            }
        }
        Ok(())
    }

    fn of_class(&self, name: &str) -> Option<(Decimal, Decimal, Decimal)> {
        let (_, class) = CLASSES.iter().find(|(known, _)| *known == name)?;
        let found = self.by_class.iter().find(|(known, ..)| known == class);
        Some(found.map_or_else(Default::default, |(_, paid, free, amount)| (*paid, *free, *amount)))
    }

    /// The figure of this name; nothing if there is none.
    fn figure(&self, name: &str) -> Option<Decimal> {
        let total = self.total.total().ok()?;
        let (requests, extra) = (self.requests.total().ok()?, self.extra.total().ok()?);
        match name {
            "total_usd" => Some(total),
            "requests_usd" => Some(requests),
            "extra_usd" => Some(extra),
            "hsm_usd" => self.hsm.total().ok(),
            "storage_usd" => self.storage.total().ok(),
            "twelve_months_usd" => total.checked_mul(Decimal::from(12)),
            _ => {
                let (kind, rest) = name.split_once('_')?;
                let (paid, free, amount) = self.of_class(rest.trim_end_matches("_requests").trim_end_matches("_usd"))?;
                match kind {
                    "paid" => Some(paid),
                    "free" => Some(free),
                    "class" => Some(amount),
                    _ => None,
                }
            }
        }
    }
}

impl Figures {
    /// No months yet: the requests of each, those of the formula, and those of the case's first variant.
    pub(super) fn new(requests: u64, formula: Option<u64>, first: Option<u64>) -> Self {
        Figures { requests, formula, first, ..Figures::default() }
    }

    pub(super) fn add(&mut self, bill: &Bill, extra: &[Extra]) -> Result<(), PricingError> {
        let mut sums = Sums { total: bill.exact, storage: bill.exact, ..Sums::default() };
        for line in &bill.lines {
            if let Charge::Requests { class, free } = &line.charge {
                sums.requests.add(line.amount)?;
                let (paid, within) = if *free { (Decimal::ZERO, line.quantity) } else { (line.quantity, Decimal::ZERO) };
                // What is left of the bill without its requests is storage.
                sums.storage.add(-line.amount)?;
                let one = Sums { by_class: vec![(*class, paid, within, line.amount)], ..Sums::default() };
                sums.add(&one)?;
            }
        }
        for extra in extra {
            let amount = extra.quantity.checked_mul(extra.unit_price).ok_or(PricingError::Overflow)?;
            sums.extra.add(amount)?;
            sums.total.add(amount)?;
            if extra.item.to_lowercase().contains("hsm") {
                sums.hsm.add(amount)?;
            }
        }
        self.all.add(&sums)?;
        self.months.push(sums);
        Ok(())
    }

    /// The share of requests that this variant saves against the first.
    fn reduction(&self) -> Option<Decimal> {
        let first = Decimal::from(self.first?);
        first.checked_sub(Decimal::from(self.requests))?.checked_div(first)
    }

    fn figure(&self, sums: &Sums, name: &str) -> Option<Decimal> {
        match name {
            "formula_requests" => self.formula.map(Decimal::from),
            "request_reduction" => self.reduction(),
            "requests" => Some(Decimal::from(self.requests)),
            _ => sums.figure(name),
        }
    }
}

/// How a figure differs from what is expected, if it does.
pub(super) fn compare(expected: &Expected, figures: &Figures) -> Vec<Difference> {
    match &expected.wanted {
        Wanted::Text(text) => one(&expected.field, text, figures, &figures.all).into_iter().collect(),
        Wanted::Months(texts) if texts.len() == figures.months.len() => {
            let months = texts.iter().zip(&figures.months).enumerate();
            months
                .filter_map(|(at, (text, sums))| {
                    let found = one(&expected.field, text, figures, sums)?;
                    Some(Difference { field: format!("{}.{at}", expected.field), ..found })
                })
                .collect()
        }
        Wanted::Months(texts) => vec![Difference {
            field: expected.field.clone(),
            expected: format!("{} months", texts.len()),
            found: format!("{} months", figures.months.len()),
        }],
        Wanted::Named(named) => named
            .iter()
            .filter_map(|(name, text)| {
                let found = one(&format!("class_{name}"), text, figures, &figures.all)?;
                Some(Difference { field: format!("{}.{name}", expected.field), ..found })
            })
            .collect(),
    }
}

fn one(field: &str, text: &str, figures: &Figures, sums: &Sums) -> Option<Difference> {
    let differs = |found: String| Some(Difference { field: field.to_owned(), expected: text.to_owned(), found });
    let cents = |amount: Decimal| format!("{:.2}", amount.round_dp_with_strategy(2, RoundingStrategy::MidpointAwayFromZero));
    let shown = match field {
        "display" => sums.figure("total_usd").map(cents),
        "request_reduction_percent_display" => figures.reduction().and_then(|share| share.checked_mul(Decimal::ONE_HUNDRED)).map(cents),
        _ => None,
    };
    if let Some(shown) = shown {
        return if shown == text { None } else { differs(shown) };
    }
    let base = field.strip_suffix("_fraction");
    let name = base.unwrap_or(field);
    let found = figures.figure(sums, name).or_else(|| figures.figure(sums, &format!("{name}_usd")));
    let Some(found) = found else { return differs("a figure that is not known".to_owned()) };
    let wanted = match base {
        Some(_) => fraction(text),
        None => Decimal::from_str_exact(text).ok(),
    };
    let Some(wanted) = wanted else { return differs(format!("{} (what is expected is no number)", found.normalize())) };
    // A figure with so many digits has no finite decimal: it comes from the hours of a month.
    let endless = base.is_some() || found.normalize().scale() > 18;
    let near = if endless { (found - wanted).abs() <= tolerance() } else { found == wanted };
    if near { None } else { differs(found.normalize().to_string()) }
}

/// `73/75`, or `353333 + 1/3`.
fn fraction(text: &str) -> Option<Decimal> {
    let (whole, text) = text.split_once('+').map_or(("0", text), |(whole, rest)| (whole.trim(), rest.trim()));
    let (numerator, denominator) = text.split_once('/').unwrap_or((text, "1"));
    let part = |text: &str| Decimal::from_str_exact(text.trim()).ok();
    part(numerator)?.checked_div(part(denominator)?)?.checked_add(part(whole)?)
}
