//! Reading a workload from a tree: what is wrong is told with its path, its place and what was expected, all at once.

mod key;
mod usage;
mod value;

use super::model::{Months, Neighbour, Workload, WorkloadKey};
use crate::cloud::{AccountId, Region};
use crate::diag::Diagnostic;
use crate::doc::{Fields, Node};
use crate::pricing::{Month, PriceBook};
use crate::rulebook::{Rulebook, RulebookKind};
use rust_decimal::Decimal;

/// Most months: what is further away is no estimate.
const MOST_MONTHS: usize = 1_200;

/// Most decimal places and most of a quantity, so that its product with any price is exact.
const QUANTITY_PLACES: u32 = 6;
const QUANTITY_MOST: u64 = 1_000_000_000_000_000;

/// Reads a workload. The book says which prices and Regions there are; `rulebook`, if given, is taken before the file's.
///
/// # Errors
/// Everything that is wrong with it.
pub fn read(node: &Node, book: &PriceBook, rulebook: Option<RulebookKind>) -> Result<Workload, Vec<Diagnostic>> {
    let mut diagnostics = Vec::new();
    match workload(node, book, rulebook, &mut diagnostics) {
        Some(workload) if diagnostics.is_empty() => Ok(workload),
        Some(_) | None => Err(diagnostics),
    }
}

/// What every part of a workload is read against.
struct Ground<'b> {
    book: &'b PriceBook,
    rulebook: Rulebook,
    months: Months,
    account: AccountId,
    region: Region,
}

impl Ground<'_> {
    fn account(&self, node: Option<&Node>, diagnostics: &mut Vec<Diagnostic>) -> Option<AccountId> {
        node.map_or(Some(self.account), |node| account(node, diagnostics))
    }

    fn region(&self, node: Option<&Node>, diagnostics: &mut Vec<Diagnostic>) -> Option<Region> {
        node.map_or(Some(self.region), |node| region(node, self.book, diagnostics))
    }
}

fn workload(node: &Node, book: &PriceBook, choice: Option<RulebookKind>, diagnostics: &mut Vec<Diagnostic>) -> Option<Workload> {
    let mut fields = Fields::of(node, "a workload", diagnostics)?;
    let name = fields.required_text("workload", diagnostics);
    let months = fields.required("months", diagnostics).and_then(|node| months(node, diagnostics));
    let account = fields.optional("account").map_or_else(|| AccountId::parse("111122223333"), |node| account(node, diagnostics));
    let region = fields.optional("region").map_or(Some(Region::default_region()), |node| region(node, book, diagnostics));
    let free_tier = fields.optional("free_tier").map_or(Some(true), |node| value::flag(node, "free_tier", diagnostics));
    let rulebook = fields.optional("rulebook").map_or(Some(RulebookKind::Current), |node| {
        let kind = node.as_str().and_then(RulebookKind::parse);
        if kind.is_none() {
            diagnostics.push(value::refused(node, "rulebook", "`current` or `guide`"));
        }
        kind
    });
    let key_entries = fields.entries("keys", diagnostics);
    let use_items = fields.items("uses", diagnostics);
    let neighbour_items = fields.items("neighbours", diagnostics);
    fields.finish(diagnostics);
    // What is wrong so far does not keep the rest from being read: all mistakes are told. No date lies before the stand-in for the months.
    let earliest = Month::parse("0001-01").map(|month| Months { first: month, last: month });
    let ground = Ground {
        book,
        rulebook: Rulebook::of(choice.or(rulebook).unwrap_or_default()),
        months: months.or(earliest)?,
        account: account.unwrap_or(AccountId::NOBODYS),
        region: region.unwrap_or_else(Region::default_region),
    };
    let keys: Vec<Option<WorkloadKey>> = key_entries.iter().map(|pair| key::key(pair, &ground, diagnostics)).collect();
    // A use of a key that could not be read is not also a use of an unknown key.
    let names: Vec<&str> = key_entries.iter().map(|pair| pair.key.as_str()).collect();
    let uses: Vec<_> = use_items.iter().enumerate().map(|(at, item)| usage::usage(item, at, &names, &keys, &ground, diagnostics)).collect();
    let neighbours: Vec<_> = neighbour_items.iter().enumerate().map(|(at, item)| neighbour(item, at, &ground, diagnostics)).collect();
    if months.is_none() || account.is_none() || region.is_none() {
        // What does not fit together may only not fit the stand-ins.
        diagnostics.retain(|found| !matches!(found.code, "cost/key" | "cost/use"));
    }
    Some(Workload {
        name: name?.to_owned(),
        months: months?,
        free_tier: free_tier?,
        rulebook: choice.or(rulebook)?,
        keys: keys.into_iter().collect::<Option<_>>()?,
        uses: uses.into_iter().collect::<Option<_>>()?,
        neighbours: neighbours.into_iter().collect::<Option<_>>()?,
    })
}

/// `2026-07`, or `2026-07 .. 2027-06`.
fn months(node: &Node, diagnostics: &mut Vec<Diagnostic>) -> Option<Months> {
    let text = node.as_str().unwrap_or("");
    let (first, last) = text.split_once("..").unwrap_or((text, text));
    let months = Month::parse(first.trim()).zip(Month::parse(last.trim())).filter(|(first, last)| first <= last);
    let months =
        months.map(|(first, last)| Months { first, last }).filter(|months| months.iter().take(MOST_MONTHS + 1).count() <= MOST_MONTHS);
    if months.is_none() {
        let expected = "a month like `2026-07` (01 to 12), or a first and a last one: `2026-07 .. 2027-06`, at most 1,200 of them";
        diagnostics.push(value::refused(node, "months", expected));
    }
    months
}

fn account(node: &Node, diagnostics: &mut Vec<Diagnostic>) -> Option<AccountId> {
    let account = node.as_str().and_then(AccountId::parse);
    if account.is_none() {
        diagnostics.push(value::refused(node, "account", "twelve digits in quotes"));
    }
    account
}

/// A Region that there are prices for.
fn region(node: &Node, book: &PriceBook, diagnostics: &mut Vec<Diagnostic>) -> Option<Region> {
    let code = node.as_str().unwrap_or("");
    let Some(region) = Region::parse(code) else {
        let regions = crate::cloud::REGIONS.iter().map(|row| row.code);
        let unknown = Diagnostic::error("cost/unknown-region", format!("there is no Region `{}`", crate::diag::cut(code)));
        diagnostics.push(unknown.at(node.span, "expected a Region like `us-east-1`").suggest(code, regions));
        return None;
    };
    if let Some(why) = book.unpriced(region) {
        let message = format!("nothing can be priced in `{region}`: {why}");
        diagnostics.push(Diagnostic::error("cost/unpriced-region", message).at(node.span, "no prices for this Region"));
        return None;
    }
    Some(region)
}

/// `{ price: s3-get, quantity: 300_000_000 }`.
fn neighbour(node: &Node, at: usize, ground: &Ground<'_>, diagnostics: &mut Vec<Diagnostic>) -> Option<Neighbour> {
    let mut fields = Fields::of(node, "a neighbour", diagnostics)?;
    let price = fields.required("price", diagnostics);
    let quantity =
        fields.required("quantity", diagnostics).and_then(|node| quantity(node, &format!("neighbours.{at}.quantity"), diagnostics));
    let account = ground.account(fields.optional("account"), diagnostics);
    let region = ground.region(fields.optional("region"), diagnostics);
    fields.finish(diagnostics);
    let node = price?;
    let id = node.as_str().unwrap_or("");
    if ground.book.price(id).is_none() {
        let unknown = Diagnostic::error("cost/unknown-price", format!("the price book has no price `{}`", crate::diag::cut(id)));
        diagnostics.push(unknown.at(node.span, "no such price").suggest(id, ground.book.prices().iter().map(|price| price.id.as_str())));
        return None;
    }
    Some(Neighbour { price: id.to_owned(), quantity: quantity?, account: account?, region: region? })
}

fn quantity(node: &Node, path: &str, diagnostics: &mut Vec<Diagnostic>) -> Option<Decimal> {
    let text = node.as_str().map(|text| text.replace('_', "")).unwrap_or_default();
    let plain = text.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.');
    let quantity = Decimal::from_str_exact(&text).ok().filter(|_| plain);
    let quantity = quantity.filter(|quantity| quantity.scale() <= QUANTITY_PLACES && *quantity <= Decimal::from(QUANTITY_MOST));
    if quantity.is_none() {
        diagnostics.push(value::refused(node, path, "a quantity from 0 to 10^15 with at most six decimals"));
    }
    quantity
}
