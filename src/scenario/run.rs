//! Running the checks of an instance, one after the other, on a world of their own.

mod ask;
mod load;

pub use ask::{Asked, NotAsked, ask};

use super::check::{Call, Check, Expectation, Expected, StateCheck, references};
use super::cost::{self, CostCheck, Derived};
use super::instance::Instance;
use super::names::Names;
use super::trail_check::TrailCheck;
use super::verdict::{CheckResult, Evidence, Outcome, Verdict};
use crate::cloud::{ApiError, Detail, Random, Reason};
use crate::doc::{Node, NodeKind};
use crate::iam::like;
use crate::kms::{Key, KeyManager, KeySpec, WrappingAlgorithm, customer_material, wrap_key_material};
use crate::pricing::{Bill, BillLine, PricingError, grouped, usd, usd_over};
use crate::services::{World, call, service_operation};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use rust_decimal::Decimal;
use serde_json::{Map, Value};
use std::collections::BTreeMap;
use std::sync::Arc;

/// Parameters whose value a scenario writes as text and AWS takes as Base64.
const TEXT_BLOBS: [&str; 2] = ["Plaintext", "Message"];

/// The largest blob of which a scenario writes the size only: far more than KMS takes.
const MOST_BYTES: u64 = 1_000_000;

/// Runs all checks. One that needs what a failed check should have saved is skipped.
#[must_use]
pub fn run(instance: &Instance) -> Verdict {
    let mut runner = Runner::new(instance);
    let checks = instance
        .checks
        .iter()
        .map(|check| CheckResult { name: check.name.clone(), span: check.span, goal: check.goal.clone(), outcome: runner.check(check) })
        .collect();
    let bill =
        runner.bill.take().or_else(|| cost::bill(&runner.world, runner.world.cloud.started(), &[], |key| label(runner.names, key)).ok());
    let managed = managed_keys(&runner.world, runner.names);
    Verdict { checks, events: runner.world.cloud.trail.take(), bill, derivations: runner.derivations, managed }
}

/// What the present month of a world costs, with all requests since the world began: they are not counted by months.
///
/// # Errors
/// If something has no price.
pub fn bill(world: &World, names: &Names) -> Result<Bill, PricingError> {
    cost::bill(world, world.cloud.now(), &[], |key| label(names, key))
}

/// Whether all checks pass; the first that does not ends the run.
pub(super) fn passes(instance: &Instance) -> bool {
    let mut runner = Runner::new(instance);
    instance.checks.iter().all(|check| runner.parts(check).is_ok())
}

struct Runner<'r> {
    world: World,
    names: &'r Names,
    /// The lowest bill of all answers that pass, where a check asks for it.
    cheapest: Option<Decimal>,
    /// Responses by the name they were saved under, with the member that stands for the whole.
    saved: BTreeMap<String, (Value, &'static str)>,
    /// The records of each event that a check of the trail has looked at: several look at the same.
    records: Vec<Vec<Value>>,
    bill: Option<Bill>,
    derivations: Vec<String>,
}

/// Why a check stops.
enum Stop {
    Failed(Evidence),
    Skipped(String),
}

impl<'r> Runner<'r> {
    fn new(instance: &'r Instance) -> Self {
        Runner {
            world: instance.world.clone(),
            names: &instance.names,
            cheapest: instance.cheapest,
            saved: instance.resources.iter().map(|(label, id)| (label.clone(), (Value::String(id.clone()), ""))).collect(),
            records: Vec::new(),
            bill: None,
            derivations: Vec::new(),
        }
    }

    fn check(&mut self, check: &Check) -> Outcome {
        match self.parts(check) {
            Ok(()) => Outcome::Passed,
            Err(Stop::Failed(evidence)) => Outcome::Failed(self.readable(evidence)),
            Err(Stop::Skipped(needs)) => Outcome::Skipped { needs },
        }
    }

    fn parts(&mut self, check: &Check) -> Result<(), Stop> {
        if let Some(span) = check.advance {
            self.world.advance(span);
        }
        if let Some(call) = &check.call {
            self.call(call)?;
        }
        if let Some(load) = &check.load {
            self.load(load)?;
        }
        for state in &check.states {
            self.state(state)?;
        }
        for (name, path) in &check.keep {
            let path = self.interpolate(path)?;
            // What is not there is not saved, and whoever needs it is skipped.
            if let Some(state) = self.world.state(&path).filter(|state| !state.value.is_null()) {
                self.saved.insert(name.clone(), (state.value, ""));
            }
        }
        for trail in &check.trail {
            self.trail(trail)?;
        }
        check.cost.as_ref().map_or(Ok(()), |cost| self.cost(cost))
    }

    fn call(&mut self, check: &Call) -> Result<(), Stop> {
        let members = self.parameters(check)?;
        // Why a call was allowed is only of interest where it should not have been.
        self.world.cloud.explain_allows = matches!(check.expect, Expectation::Error(_));
        let before = self.world.cloud.trail.len();
        let outcome = call(&mut self.world, &check.caller, &check.operation, members);
        self.world.cloud.explain_allows = false;
        match (&check.expect, outcome) {
            (Expectation::Ok(wanted), Ok(response)) => {
                for (path, expected) in wanted {
                    member(&check.operation, &response, path, expected)?;
                }
                if let Some(name) = &check.save {
                    let main = service_operation(&check.operation).map_or("", |row| row.result);
                    self.saved.insert(name.clone(), (response, main));
                }
                Ok(())
            }
            (Expectation::Ok(_), Err(error)) => Err(Stop::Failed(failed_call("ok", &error))),
            (Expectation::Error(code), Err(error)) if error.code == *code => Ok(()),
            (Expectation::Error(code), Err(error)) => Err(Stop::Failed(failed_call(code, &error))),
            (Expectation::Error(code), Ok(_)) => Err(Stop::Failed(Evidence {
                expected: code.clone(),
                found: "ok".to_owned(),
                message: format!("{} by {} was allowed and must not be", check.operation, check.caller.principal.identity_arn()),
                reason: self.why_allowed(before),
            })),
        }
    }

    /// The parameters of a call as AWS takes them.
    fn parameters(&self, check: &Call) -> Result<Value, Stop> {
        let mut members = match &check.members {
            Some(node) => self.members(node)?,
            None => Value::Object(Map::new()),
        };
        if let Value::Object(map) = &mut members {
            adapt(map, &self.world.cloud.random);
        }
        Ok(members)
    }

    /// What let a call through that should have been refused.
    fn why_allowed(&self, before: usize) -> Option<Arc<Reason>> {
        self.world.cloud.trail.since(before).rev().find_map(|event| event.allowed.clone())
    }

    /// Parameters as JSON, with saved values in the place of their names.
    fn members(&self, node: &Node) -> Result<Value, Stop> {
        Ok(match &node.kind {
            NodeKind::Scalar(scalar) if !references(&scalar.text).is_empty() => Value::String(self.interpolate(&scalar.text)?),
            NodeKind::Scalar(_) => node.to_json(),
            NodeKind::Sequence(items) => Value::Array(items.iter().map(|item| self.members(item)).collect::<Result<_, _>>()?),
            NodeKind::Mapping(pairs) => {
                let mut map = Map::new();
                for pair in pairs {
                    map.insert(pair.key.clone(), self.members(&pair.value)?);
                }
                Value::Object(map)
            }
        })
    }

    fn interpolate(&self, text: &str) -> Result<String, Stop> {
        let mut text = text.to_owned();
        for reference in references(&text.clone()) {
            let (name, path) = reference.split_once('.').unwrap_or((reference, ""));
            let (response, main) = self.saved.get(name).ok_or_else(|| Stop::Skipped(name.to_owned()))?;
            let path = if path.is_empty() { main } else { path };
            let value = at_path(response, path).ok_or_else(|| Stop::Skipped(reference.to_owned()))?;
            text = text.replace(&format!("{{{reference}}}"), &plain(value));
        }
        Ok(text)
    }

    fn state(&self, check: &StateCheck) -> Result<(), Stop> {
        let path = self.interpolate(&check.path)?;
        let state = self.world.state(&path);
        let found = state.as_ref().map(|state| &state.value).filter(|value| !value.is_null());
        if holds(&check.expected, found) {
            return Ok(());
        }
        let found = found.map_or_else(|| "nothing".to_owned(), plain);
        Err(Stop::Failed(Evidence {
            expected: wanted(&check.expected),
            message: format!("{path} is {found}"),
            found,
            reason: state.and_then(|state| state.cause),
        }))
    }

    fn trail(&mut self, check: &TrailCheck) -> Result<(), Stop> {
        let known = self.records.len();
        self.records.extend(self.world.cloud.trail.events().iter().skip(known).map(|event| event.records().collect()));
        // A call across accounts has several records, and is found by any of them.
        let count = self.records.iter().filter(|records| records.iter().any(|record| matches(record, check))).count();
        if count >= check.at_least && check.at_most.is_none_or(|most| count <= most) {
            return Ok(());
        }
        let mut pattern: Vec<String> = check.matching.iter().map(|(path, pattern)| format!("{path} = {pattern}")).collect();
        pattern.extend(check.filter.as_ref().map(|filter| filter.text().to_owned()));
        let expected = match check.at_most {
            Some(0) => "no such event".to_owned(),
            Some(most) => format!("{} to {most} events", check.at_least),
            None => format!("at least {}", check.at_least),
        };
        Err(Stop::Failed(Evidence {
            expected,
            found: count.to_string(),
            message: format!("the trail has {count} events with {}", pattern.join(" and ")),
            reason: None,
        }))
    }

    fn cost(&mut self, check: &CostCheck) -> Result<(), Stop> {
        let windows: Vec<Option<u64>> =
            if check.windows.is_empty() { vec![None] } else { check.windows.iter().copied().map(Some).collect() };
        for (index, window) in windows.into_iter().enumerate() {
            let payer = self.names.account_ids().next();
            let Some(payer) = payer else { return Ok(()) };
            let derived = check.usage.iter().map(|usage| usage.derive(&self.world, payer, self.names.region(), window));
            let derived: Vec<Derived> = derived.collect::<Result<_, String>>().map_err(no_bill)?;
            let bill = cost::bill(&self.world, self.world.cloud.started(), &derived, |key| label(self.names, key))
                .map_err(|error| no_bill(error.to_string()))?;
            let outcome = judge_cost(check, &bill, &derived, self.cheapest.filter(|_| check.cheapest));
            if index == 0 || outcome.is_err() {
                self.derivations = derived.iter().map(|derived| derived.formula.clone()).collect();
                self.bill = Some(bill);
            }
            outcome?;
        }
        Ok(())
    }

    /// Labels in the place of ids of accounts, keys and resources, which nobody can read.
    fn readable(&self, evidence: Evidence) -> Evidence {
        let main = |(name, (response, main)): (&'_ String, &'_ (Value, &'static str))| {
            let id = at_path(response, main)?.as_str().filter(|id| is_generated(id))?.to_owned();
            Some((id, name.clone()))
        };
        let managed = managed_keys(&self.world, self.names);
        let ids: Vec<(String, String)> = self.saved.iter().filter_map(main).chain(managed).collect();
        let text = |text: &str| ids.iter().fold(self.names.readable(text), |text, (id, name)| text.replace(id, name));
        let reason = evidence.reason.map(|reason| {
            let details = reason.details.iter().map(|detail| Detail { text: text(&detail.text), span: detail.span }).collect();
            Arc::new(Reason { headline: text(&reason.headline), details, trace: reason.trace.clone() })
        });
        Evidence { expected: text(&evidence.expected), found: text(&evidence.found), message: text(&evidence.message), reason }
    }
}

/// Whether a text is an id that AWS makes, such as `vol-0a1b2c3d4e5f60718`.
pub(super) fn is_generated(id: &str) -> bool {
    id.split_once('-').is_some_and(|(_, rest)| rest.len() == 17 && rest.bytes().all(|byte| byte.is_ascii_hexdigit()))
}

fn no_bill(message: String) -> Stop {
    Stop::Failed(Evidence { expected: "a bill".to_owned(), found: "none".to_owned(), message, reason: None })
}

/// The ids of AWS managed keys with what they are called.
fn managed_keys(world: &World, names: &Names) -> Vec<(String, String)> {
    world.kms.keys().filter(|key| key.is_aws_managed()).map(|key| (key.id.to_string(), label(names, key))).collect()
}

/// What a key is called: its label, else `aws/SERVICE` for an AWS managed key, else its id.
fn label(names: &Names, key: &Key) -> String {
    match (names.key_label(&key.arn), &key.manager) {
        (Some(label), _) => label.to_owned(),
        (None, KeyManager::Aws { service }) => format!("aws/{service}"),
        (None, KeyManager::Customer) => key.id.to_string(),
    }
}

fn judge_cost(check: &CostCheck, bill: &Bill, derived: &[Derived], cheapest: Option<Decimal>) -> Result<(), Stop> {
    let is_key = |line: &BillLine| line.unit.contains("key");
    // Only what counts towards the limit is told: no requests where keys are too dear, no keys where requests are too many.
    let fail = |expected: String, found: String, what: &str, (uses, lines): (bool, &dyn Fn(&BillLine) -> bool)| {
        let mut reason = Reason::new(format!("{what}: {found}, and {expected} is allowed"));
        for use_ in derived.iter().filter(|_| uses) {
            reason = reason.detail(use_.formula.clone(), None);
        }
        for line in bill.lines.iter().filter(|line| lines(line) && !line.amount.is_zero()) {
            reason = reason.detail(
                format!("{}: {} x {} = {}", line.item, grouped(line.quantity), line.unit_price.normalize(), usd(line.amount)),
                None,
            );
        }
        Err(Stop::Failed(Evidence { expected, message: format!("{what} is {found}"), found, reason: Some(Arc::new(reason)) }))
    };
    if let Some(most) = check.at_most.filter(|most| bill.total > *most) {
        return fail(format!("at most {}", usd(most)), usd_over(bill.total, most), "the month's bill", (true, &|_| true));
    }
    if let Some(least) = check.at_least.filter(|least| bill.total < *least) {
        return fail(format!("at least {}", usd(least)), usd(bill.total), "the month's bill", (true, &|_| true));
    }
    if let Some(least) = cheapest.filter(|least| bill.total > *least) {
        let expected = format!("{}, which other answers that pass cost,", usd(least));
        return fail(expected, usd_over(bill.total, least), "the month's bill", (true, &|_| true));
    }
    let keys: Decimal = bill.lines.iter().filter(|line| is_key(line)).map(|line| line.amount).sum();
    if let Some(most) = check.keys_at_most.filter(|most| keys > *most) {
        return fail(format!("at most {}", usd(most)), usd_over(keys, most), "what the keys cost a month", (false, &is_key));
    }
    let requests: u64 = derived.iter().map(|use_| use_.requests).sum();
    if let Some(most) = check.requests_at_most.filter(|most| requests > *most) {
        return fail(format!("at most {most}"), requests.to_string(), "the number of KMS requests", (true, &|_| false));
    }
    if let Some(least) = check.requests_at_least.filter(|least| requests < *least) {
        return fail(format!("at least {least}"), requests.to_string(), "the number of KMS requests", (true, &|_| false));
    }
    Ok(())
}

fn failed_call(expected: &str, error: &ApiError) -> Evidence {
    Evidence { expected: expected.to_owned(), found: error.code.to_string(), message: error.message.clone(), reason: error.reason.clone() }
}

/// What a scenario may write more plainly than AWS's JSON: texts or sizes for blobs, and documents for policies.
fn adapt(members: &mut Map<String, Value>, random: &Random) {
    for (name, value) in members.iter_mut() {
        match value {
            // What a customer does outside of AWS before an import.
            Value::Object(wrap) if name == "EncryptedKeyMaterial" => {
                if let Some(wrapped) = wrapped(wrap, random) {
                    *value = Value::String(STANDARD.encode(wrapped));
                }
            }
            Value::String(text) if TEXT_BLOBS.contains(&name.as_str()) => *value = Value::String(STANDARD.encode(text.as_bytes())),
            Value::Object(size) if TEXT_BLOBS.contains(&name.as_str()) => {
                if let Some(bytes) = size.get("bytes").and_then(Value::as_u64).filter(|bytes| *bytes <= MOST_BYTES) {
                    *value = Value::String(STANDARD.encode(vec![b'.'; usize::try_from(bytes).unwrap_or(0)]));
                }
            }
            Value::Object(_) if name == "Policy" => *value = Value::String(value.to_string()),
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) | Value::Array(_) | Value::Object(_) => {}
        }
    }
}

/// `{ material: NAME, public_key: "{params.PublicKey}", wrapping: RSAES_OAEP_SHA_256 }`: a customer's key material, wrapped.
fn wrapped(wrap: &Map<String, Value>, random: &Random) -> Option<Vec<u8>> {
    let text = |name: &str| wrap.get(name).and_then(Value::as_str);
    let spec = text("spec").map_or(Some(KeySpec::SYMMETRIC_DEFAULT), KeySpec::parse)?;
    let material = customer_material(random, text("material")?, spec)?;
    let algorithm = WrappingAlgorithm::parse(text("wrapping").unwrap_or("RSAES_OAEP_SHA_256"))?;
    let public_key = STANDARD.decode(text("public_key")?).ok()?;
    wrap_key_material(&public_key, algorithm, &material, random.derive("wrapping by the customer"))
}

/// Looks at one member of a response.
fn member(operation: &str, response: &Value, path: &str, expected: &Expected) -> Result<(), Stop> {
    let mut found = at_path(response, path).cloned();
    // Blobs come back as Base64 from KMS and are written as text in a scenario.
    if operation.starts_with("kms:") && TEXT_BLOBS.contains(&path) {
        // Bytes that are no text, such as a data key, stay as they are.
        let text = |blob: &Value| STANDARD.decode(blob.as_str()?).ok().and_then(|bytes| String::from_utf8(bytes).ok());
        found = found.map(|blob| text(&blob).map_or(blob, Value::String));
    }
    if holds(expected, found.as_ref()) {
        return Ok(());
    }
    let shown = found.as_ref().map_or_else(|| "nothing".to_owned(), plain);
    Err(Stop::Failed(Evidence {
        expected: format!("{path} {}", wanted(expected)),
        message: format!("the call succeeded, and {path} is {shown}"),
        found: shown,
        reason: None,
    }))
}

fn holds(expected: &Expected, found: Option<&Value>) -> bool {
    match (expected, found) {
        (Expected::Absent, found) => found.is_none(),
        (Expected::Is(_), None) => false,
        (Expected::Is(wanted), Some(found)) => plain(wanted) == plain(found),
        (Expected::Not(unwanted), found) => found.is_none_or(|found| plain(unwanted) != plain(found)),
    }
}

fn wanted(expected: &Expected) -> String {
    match expected {
        Expected::Absent => "nothing".to_owned(),
        Expected::Is(value) => plain(value),
        Expected::Not(value) => format!("not {}", plain(value)),
    }
}

/// A value as text without quotes: `true`, `2` and `"2"` compare by what they say.
fn plain(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::Array(_) | Value::Object(_) => value.to_string(),
    }
}

fn at_path<'v>(value: &'v Value, path: &str) -> Option<&'v Value> {
    if path.is_empty() {
        return Some(value);
    }
    path.split('.').try_fold(value, |value, part| match value {
        Value::Array(items) => part.parse::<usize>().ok().and_then(|index| items.get(index)),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) | Value::Object(_) => value.get(part),
    })
}

fn matches(record: &Value, check: &TrailCheck) -> bool {
    let at = |(path, pattern): &(String, String)| at_path(record, path).is_some_and(|value| like(pattern, &plain(value)));
    check.matching.iter().all(at) && check.filter.as_ref().is_none_or(|filter| filter.matches_json(record))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_that_aws_makes_are_told_from_names_that_people_give() {
        for id in ["snap-0a1b2c3d4e5f60718", "vol-ffffffffffffffff0", "i-4c9814858810d7be8"] {
            assert!(is_generated(id), "{id}");
        }
        for name in ["orders-west", "my-bucket", "arn:aws:rds:us-east-1:111111111111:db:orders", "true", ""] {
            assert!(!is_generated(name), "{name}");
        }
    }
}
