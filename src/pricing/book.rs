//! The price book, from `prices.yaml`.

use super::Month;
use crate::cloud::Region;
use crate::diag::{Diagnostic, Sources};
use crate::doc::{self, Fields, Node};
use crate::rulebook::{Fact, Rulebook};
use rust_decimal::Decimal;
use std::sync::LazyLock;

/// The version of the file's form.
const SCHEMA: &str = "kmsprep-price-book/1";

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
}

// The file is part of the program and a test reads it; a book without prices, which refuses to price, only spares a panic.
static STANDARD: LazyLock<PriceBook> =
    LazyLock::new(|| PriceBook::read(&mut Sources::new(), "prices.yaml", include_str!("prices.yaml")).unwrap_or_default());

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
        match read_book(&node, &mut diagnostics) {
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

    /// Why there are no prices for a Region, if there are none.
    #[must_use]
    pub fn unpriced(&self, region: Region) -> Option<&str> {
        self.unpriced.iter().find(|(partition, _)| partition == region.partition()).map(|(_, why)| why.as_str())
    }
}

impl Price {
    /// The price of one unit under a rulebook.
    #[must_use]
    pub fn unit_price(&self, rulebook: Rulebook) -> Decimal {
        // Only the guide departs from the book: today's price is the book's own, which may be newer than the fact.
        let guide = self.fact.and_then(|fact| fact.guide).filter(|_| rulebook == Rulebook::guide());
        let price = guide.and_then(|value| value.amount()).unwrap_or(self.price);
        price.checked_div(self.per).unwrap_or(price).normalize()
    }
}

fn read_book(node: &Node, diagnostics: &mut Vec<Diagnostic>) -> Option<PriceBook> {
    let mut fields = Fields::of(node, "a price book", diagnostics)?;
    let schema = fields.required("schema", diagnostics);
    if let Some(schema) = schema.filter(|schema| schema.as_str() != Some(SCHEMA)) {
        diagnostics.push(schema.expected("pricing/unknown-schema", &format!("`{SCHEMA}`")));
    }
    let as_of = fields.required_text("as_of", diagnostics);
    let currency = fields.required_text("currency", diagnostics);
    let since = fields.optional("rotation_cap_since").and_then(|node| {
        let month = node.as_str().and_then(Month::parse);
        if month.is_none() {
            diagnostics.push(node.expected("pricing/wrong-month", "a month like `2024-05`"));
        }
        month
    });
    let regions = fields.items("verified_regions", diagnostics);
    let verified_regions = regions.iter().filter_map(Node::as_str).map(str::to_owned).collect();
    let unpriced = fields.items("unpriced_partitions", diagnostics).iter();
    let unpriced = unpriced.filter_map(|entry| read_unpriced(entry, diagnostics)).collect();
    let prices = fields.items("prices", diagnostics).iter().filter_map(|entry| read_price(entry, diagnostics)).collect();
    fields.finish(diagnostics);
    Some(PriceBook {
        as_of: as_of?.to_owned(),
        currency: currency?.to_owned(),
        rotation_cap_since: since,
        verified_regions,
        unpriced,
        prices,
    })
}

fn read_unpriced(node: &Node, diagnostics: &mut Vec<Diagnostic>) -> Option<(String, String)> {
    let mut fields = Fields::of(node, "a partition without prices", diagnostics)?;
    let partition = fields.required_text("partition", diagnostics);
    let why = fields.required_text("why", diagnostics);
    fields.finish(diagnostics);
    Some((partition?.to_owned(), why?.to_owned()))
}

fn read_price(node: &Node, diagnostics: &mut Vec<Diagnostic>) -> Option<Price> {
    let mut fields = Fields::of(node, "a price", diagnostics)?;
    let id = fields.required_text("id", diagnostics);
    let item = fields.required_text("item", diagnostics);
    let price = fields.required("price", diagnostics).and_then(|node| amount(node, diagnostics));
    let per = fields.required("per", diagnostics).and_then(|node| {
        let per = amount(node, diagnostics)?;
        if per.is_zero() {
            diagnostics.push(node.expected("pricing/wrong-amount", "a number of units above zero"));
        }
        Some(per)
    });
    let unit = fields.required_text("unit", diagnostics);
    let source = fields.required_text("source", diagnostics);
    let fact = fields.optional("fact").and_then(|node| {
        let id = node.as_str().unwrap_or("");
        let fact = Rulebook::current().fact(id);
        if fact.is_none() {
            let ids = Rulebook::current().facts().iter().map(|fact| fact.id);
            diagnostics.push(
                Diagnostic::error("pricing/unknown-fact", format!("unknown fact `{id}`")).at(node.span, "no such fact").suggest(id, ids),
            );
        }
        fact
    });
    let evidence = fields.required("evidence", diagnostics).and_then(|node| {
        let evidence = match node.as_str() {
            Some("published") => Some(Evidence::Published),
            Some("observed") => Some(Evidence::Observed),
            Some("inferred") => Some(Evidence::Inferred),
            Some(_) | None => None,
        };
        if evidence.is_none() {
            diagnostics.push(node.expected("pricing/unknown-evidence", "`published`, `observed` or `inferred`"));
        }
        evidence
    });
    fields.finish(diagnostics);
    Some(Price {
        id: id?.to_owned(),
        item: item?.to_owned(),
        price: price?,
        per: per?,
        unit: unit?.to_owned(),
        fact,
        evidence: evidence?,
        source: source?.to_owned(),
    })
}

/// An exact decimal that is not negative.
fn amount(node: &Node, diagnostics: &mut Vec<Diagnostic>) -> Option<Decimal> {
    let amount = node.as_str().and_then(|text| Decimal::from_str_exact(text).ok()).filter(|amount| !amount.is_sign_negative());
    if amount.is_none() {
        diagnostics.push(node.expected("pricing/wrong-amount", "a decimal like \"0.03\""));
    }
    amount
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

    #[test]
    fn a_broken_book_is_reported_in_full() {
        let text = "schema: other/9\nas_of: today\ncurrency: USD\nrotation_cap_since: May\nprices:\n  - { id: a, item: A, price: \"-1\", per: \"0\", unit: u, fact: price-key-mouth, evidence: rumour, source: S }\n";
        let codes: Vec<&str> =
            PriceBook::read(&mut Sources::new(), "p.yaml", text).unwrap_err().iter().map(|diagnostic| diagnostic.code).collect();
        let expected = [
            "pricing/unknown-schema",
            "pricing/wrong-month",
            "pricing/wrong-amount",
            "pricing/wrong-amount",
            "pricing/unknown-fact",
            "pricing/unknown-evidence",
        ];
        assert_eq!(codes, expected);
    }
}
