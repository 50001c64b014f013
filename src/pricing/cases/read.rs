//! Reading worked cases.

use super::figure::CLASSES;
use super::{Case, CaseKey, Expected, Extra, Variant, Wanted, payer};
use crate::cloud::{Instant, Region, RequestClass, parse_instant};
use crate::diag::Diagnostic;
use crate::doc::{Fields, Node};
use crate::kms::{KeySpec, OPERATIONS, Operation, request_class};
use crate::pricing::{KeyLife, KeyManager, Month};
use crate::services::sqs::SqsWorkload;
use rust_decimal::Decimal;

/// The version of the file's form.
const SCHEMA: &str = "kmsprep-pricing-cases/1";

/// Reads worked cases.
///
/// # Errors
/// Everything that is wrong with them.
pub fn read_cases(node: &Node) -> Result<Vec<Case>, Vec<Diagnostic>> {
    let mut diagnostics = Vec::new();
    let cases = file(node, &mut diagnostics);
    match cases {
        Some(cases) if diagnostics.is_empty() => Ok(cases),
        Some(_) | None => Err(diagnostics),
    }
}

fn file(node: &Node, diagnostics: &mut Vec<Diagnostic>) -> Option<Vec<Case>> {
    let mut fields = Fields::of(node, "a file of worked cases", diagnostics)?;
    let schema = fields.required("schema", diagnostics);
    if let Some(schema) = schema.filter(|schema| schema.as_str() != Some(SCHEMA)) {
        diagnostics.push(schema.expected("pricing/unknown-schema", &format!("`{SCHEMA}`")));
    }
    fields.optional("price_book");
    let cases = fields.items("cases", diagnostics);
    fields.finish(diagnostics);
    Some(cases.iter().filter_map(|node| case(node, diagnostics)).collect())
}

fn case(node: &Node, diagnostics: &mut Vec<Diagnostic>) -> Option<Case> {
    let mut fields = Fields::of(node, "a case", diagnostics)?;
    let id = fields.required_text("id", diagnostics);
    for said in ["title", "confidence", "source", "note"] {
        fields.optional(said);
    }
    let variants = fields.items("variants", diagnostics);
    fields.finish(diagnostics);
    let variants = variants.iter().filter_map(|node| variant(node, diagnostics)).collect();
    Some(Case { id: id?.to_owned(), variants })
}

fn variant(node: &Node, diagnostics: &mut Vec<Diagnostic>) -> Option<Variant> {
    let mut fields = Fields::of(node, "a variant", diagnostics)?;
    let name = fields.required_text("name", diagnostics);
    let input = fields.required("input", diagnostics);
    let expected = fields.required("expected", diagnostics);
    fields.optional("note");
    fields.finish(diagnostics);
    let expected = expected.map(|node| expectations(node, diagnostics))?;
    let mut variant = read_input(input?, diagnostics)?;
    variant.name = name?.to_owned();
    variant.expected = expected;
    Some(variant)
}

fn read_input(node: &Node, diagnostics: &mut Vec<Diagnostic>) -> Option<Variant> {
    let mut fields = Fields::of(node, "an input", diagnostics)?;
    let months = fields.optional("month").or_else(|| fields.optional("months"));
    fields.optional("months");
    let months = months.map(Node::one_or_many).unwrap_or_default();
    if months.is_empty() {
        diagnostics.push(Diagnostic::error("doc/missing-field", "an input has no `month`").at(fields.span, "add `month: \"2026-06\"`"));
    }
    let months = months.iter().map(|node| {
        let month = node.as_str().and_then(Month::parse);
        if month.is_none() {
            diagnostics.push(node.expected("pricing/wrong-month", "a month like \"2026-06\""));
        }
        month
    });
    let months: Vec<Option<Month>> = months.collect();
    let free_tier = fields.optional("free_tier").is_none_or(|node| node.as_bool() != Some(false));
    let keys: Vec<_> = fields.items("keys", diagnostics).iter().map(|node| key(node, diagnostics)).collect();
    let mut requests = Vec::new();
    for pair in fields.entries("requests", diagnostics) {
        let class = CLASSES.iter().find(|(name, _)| *name == pair.key);
        if class.is_none() {
            let unknown = Diagnostic::error("pricing/unknown-class", format!("there is no class of requests `{}`", pair.key));
            diagnostics.push(unknown.at(pair.key_span, "unknown class").suggest(&pair.key, CLASSES.iter().map(|(name, _)| *name)));
        }
        if let Some(((_, class), count)) = class.zip(count(&pair.value, diagnostics)) {
            requests.push((*class, count));
        }
    }
    for call in fields.items("calls", diagnostics) {
        requests.extend(read_call(call, diagnostics));
    }
    let extra = fields.items("extra", diagnostics).iter().filter_map(|node| read_extra(node, diagnostics)).collect();
    let formula = fields.optional("formula").and_then(|node| read_formula(node, diagnostics));
    fields.finish(diagnostics);
    Some(Variant {
        name: String::new(),
        months: months.into_iter().collect::<Option<_>>()?,
        free_tier,
        keys: keys.into_iter().collect::<Option<_>>()?,
        requests,
        extra,
        formula,
        expected: Vec::new(),
    })
}

fn count(node: &Node, diagnostics: &mut Vec<Diagnostic>) -> Option<u64> {
    let count = node.as_str().and_then(|text| text.replace('_', "").parse().ok());
    if count.is_none() {
        diagnostics.push(node.expected("pricing/wrong-count", "a whole number, not negative"));
    }
    count
}

fn amount(node: &Node, diagnostics: &mut Vec<Diagnostic>) -> Option<Decimal> {
    let amount = node.as_str().and_then(|text| Decimal::from_str_exact(&text.replace('_', "")).ok());
    let amount = amount.filter(|amount| !amount.is_sign_negative());
    if amount.is_none() {
        diagnostics.push(node.expected("pricing/wrong-amount", "a decimal like \"0.03\", not negative"));
    }
    amount
}

fn instant(node: &Node, diagnostics: &mut Vec<Diagnostic>) -> Option<Instant> {
    let instant = node.as_str().and_then(parse_instant);
    if instant.is_none() {
        diagnostics.push(node.expected("pricing/wrong-time", "a date, or a date and a time"));
    }
    instant
}

fn key(node: &Node, diagnostics: &mut Vec<Diagnostic>) -> Option<CaseKey> {
    let mut fields = Fields::of(node, "a key", diagnostics)?;
    let many = fields.optional("count").map_or(Some(1), |node| count(node, diagnostics));
    let manager = fields.required("manager", diagnostics).and_then(|node| {
        let manager = match node.as_str() {
            Some("customer") => Some(KeyManager::Customer),
            Some("aws") => Some(KeyManager::Aws),
            Some("owned") => Some(KeyManager::Owned),
            Some(_) | None => None,
        };
        if manager.is_none() {
            diagnostics.push(node.expected("pricing/wrong-manager", "`customer`, `aws` or `owned`"));
        }
        manager
    });
    // Neither moves the price of storage.
    fields.optional("spec");
    fields.optional("origin");
    let before = fields.optional("rotations_before").map_or(Some(0), |node| count(node, diagnostics));
    let within = fields.items("rotations_in", diagnostics).iter().map(|node| instant(node, diagnostics)).collect::<Option<Vec<_>>>();
    let active = match fields.optional("active") {
        Some(node) if node.as_str() != Some("full") => stretches(node, diagnostics),
        Some(_) | None => Some(Vec::new()),
    };
    fields.finish(diagnostics);
    // The month is put in later, so any instant does for the creation.
    let mut life = KeyLife::customer_managed("key", payer(), Region::default_region(), Instant::MIN_UTC);
    (life.count, life.manager, life.rotations) = (many?, manager?, within?);
    Some(CaseKey { life, active: active?, rotations_before: before? })
}

/// `[[from, to], …]`.
fn stretches(node: &Node, diagnostics: &mut Vec<Diagnostic>) -> Option<Vec<(Instant, Instant)>> {
    let Some(items) = node.as_sequence().filter(|items| !items.is_empty()) else {
        diagnostics.push(node.expected("pricing/wrong-time", "`full`, or a list of stretches `[from, to]`"));
        return None;
    };
    items
        .iter()
        .map(|item| match item.as_sequence() {
            Some([from, to]) => instant(from, diagnostics).zip(instant(to, diagnostics)),
            Some(_) | None => {
                diagnostics.push(item.expected("pricing/wrong-time", "a stretch `[from, to]`"));
                None
            }
        })
        .collect()
}

fn read_call(node: &Node, diagnostics: &mut Vec<Diagnostic>) -> Option<(RequestClass, u64)> {
    let mut fields = Fields::of(node, "a call", diagnostics)?;
    let operation = fields.optional("op").or_else(|| fields.optional("operation"));
    fields.optional("operation");
    let mut spec = |key: &'static str| {
        fields.optional(key).and_then(|node| {
            let spec = node.as_str().and_then(KeySpec::parse);
            if spec.is_none() {
                let unknown = Diagnostic::error("pricing/unknown-spec", "no key has this spec").at(node.span, "unknown spec");
                diagnostics.push(unknown.suggest(node.as_str().unwrap_or(""), KeySpec::ALL.iter().map(|spec| spec.name())));
            }
            spec
        })
    };
    let (of_key, other, pair) = (spec("spec").or(spec("key_spec")), spec("destination_spec"), spec("key_pair_spec"));
    let many = fields.required("count", diagnostics).and_then(|node| count(node, diagnostics));
    let span = fields.span;
    fields.finish(diagnostics);
    let name = operation.and_then(Node::as_str).unwrap_or("");
    let Some(operation) = Operation::parse(name) else {
        let unknown = Diagnostic::error("pricing/unknown-operation", format!("KMS has no operation `{name}`"));
        let span = operation.map_or(span, |node| node.span);
        diagnostics.push(unknown.at(span, "no such operation").suggest(name, OPERATIONS.iter().map(|row| row.name)));
        return None;
    };
    Some((request_class(operation, of_key.into_iter().chain(other), pair), many?))
}

fn read_extra(node: &Node, diagnostics: &mut Vec<Diagnostic>) -> Option<Extra> {
    let mut fields = Fields::of(node, "an extra line", diagnostics)?;
    let item = fields.required_text("item", diagnostics);
    let quantity = fields.required("quantity", diagnostics).and_then(|node| amount(node, diagnostics));
    let unit_price = fields.required("unit_price_usd", diagnostics).and_then(|node| amount(node, diagnostics));
    fields.finish(diagnostics);
    Some(Extra { item: item?.to_owned(), quantity: quantity?, unit_price: unit_price? })
}

/// `{ model: sqs, billing_seconds: 2678400, reuse_seconds: 300, producers: 1, consumers: 1 }`, also for `sns`.
fn read_formula(node: &Node, diagnostics: &mut Vec<Diagnostic>) -> Option<u64> {
    let mut fields = Fields::of(node, "a formula", diagnostics)?;
    let model = fields.required("model", diagnostics);
    let mut number = |key: &'static str, without: u64| fields.optional(key).map_or(Some(without), |node| count(node, diagnostics));
    let billing_seconds = number("billing_seconds", 0);
    let reuse_seconds = number("reuse_seconds", 300);
    let (producers, consumers, queues) = (number("producers", 1), number("consumers", 0), number("queues", 1));
    fields.finish(diagnostics);
    let model = model?;
    if !matches!(model.as_str(), Some("sqs" | "sns")) {
        diagnostics.push(model.expected("pricing/unknown-formula", "`sqs` or `sns`"));
        return None;
    }
    let workload = SqsWorkload {
        queues: queues?,
        billing_seconds: billing_seconds?,
        reuse_seconds: reuse_seconds?,
        producers: producers?,
        consumers: consumers?,
    };
    Some(workload.kms_requests())
}

fn expectations(node: &Node, diagnostics: &mut Vec<Diagnostic>) -> Vec<Expected> {
    let Some(pairs) = node.as_mapping() else {
        diagnostics.push(node.expected("doc/wrong-shape", "figures by name"));
        return Vec::new();
    };
    let text = |node: &Node| node.as_str().map(str::to_owned).unwrap_or_default();
    let wanted = |node: &Node| match (node.as_mapping(), node.as_sequence()) {
        (Some(pairs), _) => Wanted::Named(pairs.iter().map(|pair| (pair.key.clone(), text(&pair.value))).collect()),
        (_, Some(items)) => Wanted::Months(items.iter().map(text).collect()),
        (None, None) => Wanted::Text(text(node)),
    };
    pairs.iter().map(|pair| Expected { field: pair.key.clone(), wanted: wanted(&pair.value) }).collect()
}
