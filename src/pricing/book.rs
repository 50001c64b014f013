//! The price book: `prices.yaml`, or a file in its form.

use super::Month;
use crate::cloud::Region;
use crate::diag::{Diagnostic, Sources};
use crate::doc;
use crate::rulebook::{Fact, Rulebook};
use rust_decimal::Decimal;
use std::sync::LazyLock;

mod read;

/// Prices and what is known about them.
#[derive(Clone, Debug, Default)]
pub struct PriceBook {
    /// The date of the newest observation behind the prices.
    pub as_of: String,
    /// `USD`.
    pub currency: String,
    /// The first month in which only the first rotations of a key are charged; without it that was always so.
    pub rotation_cap_since: Option<Month>,
    /// Codes of the Regions whose price list was read.
    verified_regions: Vec<String>,
    /// Partitions without prices, and why.
    unpriced: Vec<(String, String)>,
    prices: Vec<Price>,
}

/// One price.
#[derive(Clone, Debug)]
pub struct Price {
    /// Stable slug.
    pub id: String,
    /// What is bought.
    pub item: String,
    /// The price of `per` units.
    price: Decimal,
    /// How many units the price buys.
    per: Decimal,
    /// What is counted, in the plural.
    pub unit: String,
    /// The fact that gives the guide's price.
    fact: Option<&'static Fact>,
    /// The one Region that it was read for; without it, it is that of every Region of the book.
    pub region: Option<Region>,
    /// When it was read, like `2026-09-30`: the book's date where it has none of its own.
    pub dated: String,
    /// How well it is known.
    pub evidence: Evidence,
    /// Title of the AWS page.
    pub source: String,
}

/// How well a price is known.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Evidence {
    /// An AWS page or price list states it.
    Published,
    /// Seen in a bill or in a record of a price list.
    Observed,
    /// Follows from a published rule.
    Inferred,
    /// An assumption of the book's author.
    Model,
    /// No trustworthy figure was found: whatever is priced with it says so.
    Unverified,
}

impl Evidence {
    /// All, the best first.
    pub const ALL: [Evidence; 5] = [Evidence::Published, Evidence::Observed, Evidence::Inferred, Evidence::Model, Evidence::Unverified];

    /// Its word in a price book.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Evidence::Published => "published",
            Evidence::Observed => "observed",
            Evidence::Inferred => "inferred",
            Evidence::Model => "model",
            Evidence::Unverified => "unverified",
        }
    }
}

// The file is part of the program and a test reads it; a book without prices, which refuses to price, only spares a panic.
static STANDARD: LazyLock<PriceBook> =
    LazyLock::new(|| PriceBook::read(&mut Sources::new(), "prices.yaml", STANDARD_TEXT).unwrap_or_default());

const STANDARD_TEXT: &str = include_str!("prices.yaml");

impl PriceBook {
    /// The embedded book.
    #[must_use]
    pub fn standard() -> &'static PriceBook {
        &STANDARD
    }

    /// Reads a book from YAML.
    ///
    /// # Errors
    /// Everything that is wrong with the file.
    pub fn read(sources: &mut Sources, name: &str, text: &str) -> Result<Self, Vec<Diagnostic>> {
        let node = doc::read(sources, name, text, doc::Limits::default())?;
        let mut diagnostics = Vec::new();
        match read::book(&node, &mut diagnostics) {
            Some(book) if diagnostics.is_empty() => Ok(book),
            Some(_) | None => Err(diagnostics),
        }
    }

    /// All prices, in the order of the file.
    #[must_use]
    pub fn prices(&self) -> &[Price] {
        &self.prices
    }

    /// The price with this id.
    #[must_use]
    pub fn price(&self, id: &str) -> Option<&Price> {
        self.prices.iter().find(|price| price.id == id)
    }

    /// Whether the price list of a Region was read.
    #[must_use]
    pub fn verified(&self, region: Region) -> bool {
        self.verified_regions.iter().any(|code| code == region.code())
    }

    /// A rule, with what must be said about the price: whatever is not known well is told on every line that it prices.
    pub(super) fn remarks(&self, price: &Price, region: Region, mut rule: String) -> String {
        match price.region.filter(|of| *of != region) {
            Some(of) => rule.push_str(&format!("; price of {of}, not read for {region}")),
            None if price.region.is_none() && !self.verified(region) => {
                rule.push_str(&format!("; standard price, not verified for {region}"));
            }
            None => {}
        }
        match price.evidence {
            Evidence::Unverified => rule.push_str("; the price is not verified"),
            Evidence::Model => rule.push_str("; the price is an assumption"),
            Evidence::Published | Evidence::Observed | Evidence::Inferred => {}
        }
        rule
    }

    /// Why there are no prices for a Region, if there are none.
    #[must_use]
    pub fn unpriced(&self, region: Region) -> Option<&str> {
        self.unpriced.iter().find(|(partition, _)| partition == region.partition()).map(|(_, why)| why.as_str())
    }
}

impl Price {
    /// The price as the book quotes it: of how many units, and what they cost.
    #[must_use]
    pub fn quoted(&self) -> (Decimal, Decimal) {
        (self.per, self.price)
    }

    /// The price of one unit under a rulebook.
    #[must_use]
    pub fn unit_price(&self, rulebook: Rulebook) -> Decimal {
        // Only the guide departs from the book: today's price is the book's own, which may be newer than the fact.
        let guide = self.fact.and_then(|fact| fact.guide).filter(|_| rulebook == Rulebook::guide());
        let price = guide.and_then(|value| value.amount()).unwrap_or(self.price);
        price.checked_div(self.per).unwrap_or(price).normalize()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_embedded_book_is_read_and_agrees_with_the_facts() {
        let book = PriceBook::read(&mut Sources::new(), "prices.yaml", include_str!("prices.yaml")).unwrap();
        assert_eq!(book.prices().len(), 17);
        assert!(book.verified_regions.iter().all(|code| Region::parse(code).is_some()));
        for price in book.prices() {
            if let Some(fact) = price.fact {
                assert_eq!(fact.current.amount(), Some(price.price), "{}", price.id);
            }
            // A price of one unit must be exact, or a bill is not.
            assert_eq!(price.unit_price(Rulebook::current()) * price.per, price.price, "{}", price.id);
        }
    }

    #[test]
    fn the_guide_has_prices_of_its_own_where_it_names_them() {
        let book = PriceBook::standard();
        let both =
            |id: &str| [Rulebook::guide(), Rulebook::current()].map(|book_of| book.price(id).unwrap().unit_price(book_of).to_string());
        assert_eq!(both("rotation-month"), ["0", "1"]);
        assert_eq!(both("requests-symmetric"), ["0.000003", "0.000003"]);
        assert_eq!(both("requests-asymmetric"), ["0.000015", "0.000015"]);
    }

    fn codes(text: &str) -> Vec<&'static str> {
        PriceBook::read(&mut Sources::new(), "p.yaml", text).unwrap_err().iter().map(|diagnostic| diagnostic.code).collect()
    }

    #[test]
    fn a_broken_book_is_reported_in_full() {
        let text = "schema: other/9\nas_of: today\ncurrency: EUR\nrotation_cap_since: May\nverified_regions: [us-east-9]\nunpriced_partitions:\n  - { partition: moon, why: far }\nprices:\n  - { id: key-mont, item: A, price: \"-1\", per: \"0\", fact: price-key-mouth, evidence: rumour, source: S }\n";
        let expected = [
            "pricing/unknown-schema",
            "pricing/wrong-date",
            "pricing/wrong-currency",
            "pricing/wrong-month",
            "pricing/unknown-region",
            "pricing/unknown-partition",
            "pricing/unknown-price",
            "pricing/wrong-amount",
            "pricing/wrong-amount",
            "doc/missing-field",
            "pricing/unknown-fact",
            "pricing/unknown-evidence",
        ];
        assert_eq!(codes(text), expected);
    }

    #[test]
    fn a_book_has_every_price_of_kms_once() {
        let without = STANDARD_TEXT.lines().filter(|line| !line.contains("id: data-key-pair-rsa")).collect::<Vec<_>>().join("\n");
        assert_eq!(codes(&without), ["pricing/missing-price"]);
        let twice = format!(
            "{STANDARD_TEXT}\n  - {{ id: hsm-hour, item: HSM, price: \"1\", per: \"1\", unit: hours, evidence: model, source: S }}\n"
        );
        assert_eq!(codes(&twice), ["pricing/duplicate-price"]);
        let own = twice.replace("id: hsm-hour, item: HSM,", "id: own-hsm, item: HSM,");
        assert!(PriceBook::read(&mut Sources::new(), "p.yaml", &own).unwrap().price("own-hsm").is_some());
    }

    #[test]
    fn what_is_not_known_well_is_told() {
        let text = STANDARD_TEXT
            .replace("evidence: published, source: AWS CloudHSM Pricing", "evidence: unverified, source: AWS CloudHSM Pricing");
        let book = PriceBook::read(&mut Sources::new(), "p.yaml", &text).unwrap();
        let said = book.remarks(book.price("hsm-hour").unwrap(), Region::parse("eu-west-1").unwrap(), "rule".into());
        assert_eq!(said, "rule; price of us-east-1, not read for eu-west-1; the price is not verified");
    }
}
