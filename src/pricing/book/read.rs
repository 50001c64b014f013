//! Reading a price book: what is wrong with it is told with its place, all at once.

use super::{Evidence, Price, PriceBook, STANDARD_TEXT};
use crate::cloud::{REGIONS, Region};
use crate::diag::{Diagnostic, Span};
use crate::doc::{Fields, Node};
use crate::pricing::Month;
use crate::rulebook::{Fact, Rulebook};
use chrono::NaiveDate;
use rust_decimal::Decimal;

/// The version of the file's form.
const SCHEMA: &str = "kmsprep-price-book/1";

/// What a bill of KMS cannot do without.
const NEEDED: [&str; 7] = [
    "key-month",
    "rotation-month",
    "requests-symmetric",
    "requests-rsa-2048",
    "requests-asymmetric",
    "data-key-pair-ecc",
    "data-key-pair-rsa",
];

/// How the ids of prices begin that only their author knows.
const OWN: &str = "own-";

pub(super) fn book(node: &Node, diagnostics: &mut Vec<Diagnostic>) -> Option<PriceBook> {
    let mut fields = Fields::of(node, "a price book", diagnostics)?;
    let schema = fields.required("schema", diagnostics);
    if let Some(schema) = schema.filter(|schema| schema.as_str() != Some(SCHEMA)) {
        diagnostics.push(schema.expected("pricing/unknown-schema", &format!("`{SCHEMA}`")));
    }
    let as_of = fields.required("as_of", diagnostics).and_then(|node| date(node, diagnostics));
    let currency = fields.required("currency", diagnostics);
    if let Some(currency) = currency.filter(|currency| currency.as_str() != Some("USD")) {
        diagnostics.push(currency.expected("pricing/wrong-currency", "`USD`: nothing is converted"));
    }
    let since = fields.optional("rotation_cap_since").and_then(|node| {
        let month = node.as_str().and_then(Month::parse);
        if month.is_none() {
            diagnostics.push(node.expected("pricing/wrong-month", "a month like `2024-05`"));
        }
        month
    });
    let regions = fields.items("verified_regions", diagnostics);
    let verified_regions = regions.iter().filter_map(|node| region(node, diagnostics)).map(|region| region.code().to_owned()).collect();
    let unpriced = fields.items("unpriced_partitions", diagnostics).iter();
    let unpriced = unpriced.filter_map(|entry| read_unpriced(entry, diagnostics)).collect();
    let entries = fields.items("prices", diagnostics);
    let mut prices: Vec<Price> = Vec::new();
    let mut whole = true;
    for entry in entries {
        let price = read_price(entry, as_of.unwrap_or_default(), diagnostics);
        whole &= price.is_some();
        let Some(price) = price else { continue };
        if prices.iter().any(|before| before.id == price.id) {
            let message = format!("price `{}` stands twice", price.id);
            diagnostics.push(Diagnostic::error("pricing/duplicate-price", message).at(entry.span, "again here").help("remove one of them"));
        }
        prices.push(price);
    }
    // A price that could not be read is not also missing.
    if whole {
        needed(&prices, fields.span, diagnostics);
    }
    fields.finish(diagnostics);
    Some(PriceBook {
        as_of: as_of?.to_owned(),
        currency: currency?.as_str()?.to_owned(),
        rotation_cap_since: since,
        verified_regions,
        unpriced,
        prices,
    })
}

fn needed(prices: &[Price], span: Span, diagnostics: &mut Vec<Diagnostic>) {
    for id in NEEDED.into_iter().filter(|id| prices.iter().all(|price| price.id != *id)) {
        diagnostics
            .push(Diagnostic::error("pricing/missing-price", format!("the book has no price `{id}`")).at(span, "add it to `prices`"));
    }
}

fn date<'n>(node: &'n Node, diagnostics: &mut Vec<Diagnostic>) -> Option<&'n str> {
    let text = node.as_str().filter(|text| NaiveDate::parse_from_str(text, "%Y-%m-%d").is_ok());
    if text.is_none() {
        diagnostics.push(node.expected("pricing/wrong-date", "a date like \"2026-09-30\""));
    }
    text
}

fn region(node: &Node, diagnostics: &mut Vec<Diagnostic>) -> Option<Region> {
    let code = node.as_str().unwrap_or("");
    let region = Region::parse(code);
    if region.is_none() {
        let unknown = Diagnostic::error("pricing/unknown-region", format!("there is no Region `{code}`"));
        diagnostics.push(unknown.at(node.span, "expected a Region").suggest(code, REGIONS.iter().map(|row| row.code)));
    }
    region
}

fn read_unpriced(node: &Node, diagnostics: &mut Vec<Diagnostic>) -> Option<(String, String)> {
    let mut fields = Fields::of(node, "a partition without prices", diagnostics)?;
    let partition = fields.required("partition", diagnostics);
    if let Some(partition) = partition.filter(|node| REGIONS.iter().all(|row| Some(row.partition) != node.as_str())) {
        diagnostics.push(partition.expected("pricing/unknown-partition", "`aws`, `aws-cn` or `aws-us-gov`"));
    }
    let why = fields.required_text("why", diagnostics);
    fields.finish(diagnostics);
    Some((partition?.as_str()?.to_owned(), why?.to_owned()))
}

/// The ids that the embedded book has, without reading it: it is itself read by this module.
fn known_ids() -> impl Iterator<Item = &'static str> {
    STANDARD_TEXT.lines().filter_map(|line| line.trim_start().strip_prefix("- { id: ")?.split_once(',')).map(|(id, _)| id)
}

fn read_price(node: &Node, as_of: &str, diagnostics: &mut Vec<Diagnostic>) -> Option<Price> {
    let mut fields = Fields::of(node, "a price", diagnostics)?;
    let id = fields.required("id", diagnostics);
    if let Some((node, id)) = id.and_then(|node| Some((node, node.as_str()?)))
        && !id.starts_with(OWN)
        && known_ids().all(|known| known != id)
    {
        let unknown = Diagnostic::error("pricing/unknown-price", format!("nothing is priced by `{id}`")).at(node.span, "unknown id");
        diagnostics.push(unknown.suggest(id, known_ids()).help("ids of your own begin with `own-`"));
    }
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
    let fact = fields.optional("fact").and_then(|node| fact(node, diagnostics));
    let only = fields.optional("region").and_then(|node| region(node, diagnostics));
    let dated = fields.optional("dated").map_or(Some(as_of), |node| date(node, diagnostics));
    let evidence = fields.required("evidence", diagnostics).and_then(|node| {
        let evidence = Evidence::ALL.into_iter().find(|evidence| Some(evidence.name()) == node.as_str());
        if evidence.is_none() {
            let words = "`published`, `observed`, `inferred`, `model` or `unverified`";
            diagnostics.push(node.expected("pricing/unknown-evidence", words));
        }
        evidence
    });
    fields.finish(diagnostics);
    Some(Price {
        id: id?.as_str()?.to_owned(),
        item: item?.to_owned(),
        price: price?,
        per: per?,
        unit: unit?.to_owned(),
        fact,
        region: only,
        dated: dated?.to_owned(),
        evidence: evidence?,
        source: source?.to_owned(),
    })
}

fn fact(node: &Node, diagnostics: &mut Vec<Diagnostic>) -> Option<&'static Fact> {
    let id = node.as_str().unwrap_or("");
    let fact = Rulebook::current().fact(id);
    if fact.is_none() {
        let ids = Rulebook::current().facts().iter().map(|fact| fact.id);
        diagnostics
            .push(Diagnostic::error("pricing/unknown-fact", format!("unknown fact `{id}`")).at(node.span, "no such fact").suggest(id, ids));
    }
    fact
}

/// An exact decimal that is not negative.
fn amount(node: &Node, diagnostics: &mut Vec<Diagnostic>) -> Option<Decimal> {
    let amount = node.as_str().and_then(|text| Decimal::from_str_exact(text).ok()).filter(|amount| !amount.is_sign_negative());
    if amount.is_none() {
        diagnostics.push(node.expected("pricing/wrong-amount", "a decimal like \"0.03\", not negative"));
    }
    amount
}
