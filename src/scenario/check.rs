//! Checks: what is run against the filled world, and what it must show.

use super::caller::CallerFields;
use super::cost::{CostCheck, read_cost};
use super::load::Load;
use super::names::Names;
use super::trail_check::{TrailCheck, read_trail_check};
use crate::cloud::{Caller, Duration, parse_duration};
use crate::diag::{Diagnostic, Span};
use crate::doc::{Fields, Node, NodeKind};
use crate::kms::{OPERATIONS, Operation, Parameter};
use crate::services::{SERVICE_OPERATIONS, World, service_operation};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// One check. Its parts run in this order: time passes, the call is made, the load is run, then state, trail and cost are looked at.
#[derive(Clone, Debug)]
pub struct Check {
    /// Its name, unique in the scenario.
    pub name: String,
    /// Where the name stands.
    pub span: Span,
    /// What it is for, in a learner's words.
    pub goal: Option<String>,
    /// How much time passes first.
    pub advance: Option<Duration>,
    /// The call.
    pub call: Option<Call>,
    /// Many calls at once.
    pub load: Option<Load>,
    /// States to find.
    pub states: Vec<StateCheck>,
    /// Values that later checks need, by name: the paths of states.
    pub keep: Vec<(String, String)>,
    /// Events to find in the trail.
    pub trail: Vec<TrailCheck>,
    /// What the month may cost.
    pub cost: Option<CostCheck>,
    /// It holds whatever is decided; it is there to show something.
    pub always: bool,
}

/// A call, and what it must give.
#[derive(Clone, Debug)]
pub struct Call {
    /// `kms:Decrypt`.
    pub operation: String,
    /// Who calls.
    pub caller: Arc<Caller>,
    /// Its parameters; texts may hold `{name}` for what an earlier check saved.
    pub members: Option<Node>,
    /// What it must give.
    pub expect: Expectation,
    /// The name under which its response is kept.
    pub save: Option<String>,
}

/// What a call must give.
#[derive(Clone, Debug, PartialEq)]
pub enum Expectation {
    /// Success, with these members in the response.
    Ok(Vec<(String, Expected)>),
    /// This error code.
    Error(String),
}

/// What stands at a path.
#[derive(Clone, Debug, PartialEq)]
pub enum Expected {
    /// This value.
    Is(Value),
    /// Anything but this value.
    Not(Value),
    /// Nothing.
    Absent,
}

/// A state to find.
#[derive(Clone, Debug)]
pub struct StateCheck {
    /// The path, see `services::State`.
    pub path: String,
    /// What stands there.
    pub expected: Expected,
}

/// The longest time that a check lets pass: services work all the while, some every five minutes.
const MOST_TIME: Duration = Duration::days(50 * 366);

/// Errors that every KMS operation may return.
const COMMON_ERRORS: [&str; 8] = [
    "AccessDeniedException",
    "ValidationException",
    "SerializationException",
    "NotFoundException",
    "InvalidArnException",
    "ThrottlingException",
    "UnsupportedOperationException",
    "MalformedPolicyDocumentException",
];

/// Reads the checks of a filled scenario.
pub(super) fn read_checks(
    node: &Node,
    world: &World,
    names: &Names,
    resources: &BTreeMap<String, String>,
    diagnostics: &mut Vec<Diagnostic>,
) -> Vec<Check> {
    let Some(items) = node.as_sequence() else {
        diagnostics.push(node.expected("doc/wrong-shape", "a list of checks"));
        return Vec::new();
    };
    let mut reader = Reader { world, names, saved: resources.keys().cloned().collect(), diagnostics };
    let checks: Vec<Check> = items.iter().filter_map(|item| reader.check(item)).collect();
    let mut seen = BTreeSet::new();
    for check in &checks {
        if !seen.insert(check.name.as_str()) {
            diagnostics.push(
                Diagnostic::error("scenario/duplicate-check", format!("there are two checks named `{}`", check.name))
                    .at(check.span, "again"),
            );
        }
    }
    checks
}

pub(super) struct Reader<'r> {
    pub(super) world: &'r World,
    pub(super) names: &'r Names,
    saved: BTreeSet<String>,
    pub(super) diagnostics: &'r mut Vec<Diagnostic>,
}

impl Reader<'_> {
    fn check(&mut self, node: &Node) -> Option<Check> {
        let mut fields = Fields::of(node, "a check", self.diagnostics)?;
        let name = fields.required("name", self.diagnostics);
        let goal = fields.text("goal", self.diagnostics).map(|text| text.trim().to_owned());
        let advance = fields.optional("advance").and_then(|node| self.duration(node));
        let caller = CallerFields::of(&mut fields);
        let call = fields.optional("call");
        let members = fields.optional("with");
        let load = fields.optional("load");
        let expect = fields.optional("expect");
        let result = fields.entries("result", self.diagnostics);
        let save = fields.text("save", self.diagnostics).map(str::to_owned);
        let states = fields.entries("state", self.diagnostics);
        let keep = fields.entries("keep", self.diagnostics);
        let trail = fields.optional("trail");
        let cost = fields.optional("cost");
        let always = fields.flag("always", self.diagnostics);
        let span = fields.span;
        fields.finish(self.diagnostics);
        let call = match call {
            Some(operation) => {
                let expect = self.expectation(operation, expect, result);
                Some(self.call(operation, &caller, members, expect?, save)?)
            }
            None => {
                if let Some(stray) = expect.or(members).or(caller.any()) {
                    self.diagnostics.push(
                        Diagnostic::error("scenario/no-call", "`as`, `from`, `through`, `with` and `expect` belong to a `call`")
                            .at(stray.span, "there is no `call` here"),
                    );
                }
                None
            }
        };
        let load = match load {
            Some(node) => Some(self.load(node)?),
            None => None,
        };
        let states = states.iter().map(|pair| StateCheck { path: pair.key.clone(), expected: expected(&pair.value) }).collect::<Vec<_>>();
        for (state, pair) in states.iter().zip(node.get("state").and_then(Node::as_mapping).unwrap_or_default()) {
            self.known_saves(&state.path, pair.key_span);
        }
        let keep: Vec<(String, String)> =
            keep.iter().filter_map(|pair| Some((pair.key.clone(), pair.value.as_str()?.to_owned()))).collect();
        self.saved.extend(keep.iter().map(|(name, _)| name.clone()));
        let trail = trail.map(|node| self.trail(node)).unwrap_or_default();
        let cost = cost.and_then(|node| read_cost(node, self.diagnostics));
        if call.is_none() && load.is_none() && states.is_empty() && trail.is_empty() && cost.is_none() && advance.is_none() {
            self.diagnostics.push(
                Diagnostic::error(
                    "scenario/empty-check",
                    "a check needs at least one of `call`, `load`, `advance`, `state`, `trail` and `cost`",
                )
                .at(span, "nothing to check"),
            );
        }
        let name = name?;
        Some(Check { name: name.as_str()?.to_owned(), span: name.span, goal, advance, call, load, states, keep, trail, cost, always })
    }

    fn duration(&mut self, node: &Node) -> Option<Duration> {
        let span = node.as_str().and_then(parse_duration).filter(|span| *span <= MOST_TIME);
        if span.is_none() {
            self.diagnostics.push(node.expected("scenario/duration", "a time such as `90s`, `5m`, `12h` or `400d`, at most 50 years"));
        }
        span
    }

    pub(super) fn call(
        &mut self,
        operation: &Node,
        caller: &CallerFields<'_>,
        members: Option<&Node>,
        expect: Expectation,
        save: Option<String>,
    ) -> Option<Call> {
        let name = operation.as_str()?;
        let parameters = self.parameters(name, operation)?;
        let caller = self.caller(operation, caller)?;
        if let Some(members) = members {
            self.members(name, members, parameters);
        }
        if let Some(save) = &save {
            self.saved.insert(save.clone());
        }
        Some(Call { operation: name.to_owned(), caller: Arc::new(caller), members: members.cloned(), expect, save })
    }

    /// The parameters of an operation that exists.
    fn parameters(&mut self, name: &str, node: &Node) -> Option<&'static [Parameter]> {
        if let Some(row) = service_operation(name) {
            return Some(row.parameters);
        }
        if let Some(operation) = name.strip_prefix("kms:").and_then(Operation::parse) {
            return Some(operation.row().parameters);
        }
        let kms: Vec<String> = OPERATIONS.iter().map(|row| format!("kms:{}", row.name)).collect();
        let legal = kms.iter().map(String::as_str).chain(SERVICE_OPERATIONS.iter().map(|row| row.name));
        self.diagnostics.push(
            Diagnostic::error("scenario/unknown-operation", format!("unknown operation `{name}`"))
                .at(node.span, "no such operation")
                .suggest(name, legal),
        );
        None
    }

    fn members(&mut self, operation: &str, node: &Node, parameters: &'static [Parameter]) {
        let Some(pairs) = node.as_mapping() else {
            self.diagnostics.push(node.expected("doc/wrong-shape", "a mapping of parameters"));
            return;
        };
        for pair in pairs {
            if !parameters.iter().any(|parameter| parameter.name == pair.key) {
                self.diagnostics.push(
                    Diagnostic::error("scenario/unknown-parameter", format!("`{operation}` has no parameter `{}`", pair.key))
                        .at(pair.key_span, "no such parameter")
                        .suggest(&pair.key, parameters.iter().map(|parameter| parameter.name)),
                );
            }
        }
        self.known_saves_below(node);
    }

    fn known_saves_below(&mut self, node: &Node) {
        match &node.kind {
            NodeKind::Scalar(scalar) => self.known_saves(&scalar.text, node.span),
            NodeKind::Sequence(items) => items.iter().for_each(|item| self.known_saves_below(item)),
            NodeKind::Mapping(pairs) => pairs.iter().for_each(|pair| self.known_saves_below(&pair.value)),
        }
    }

    /// Every `{name}` must have been saved by an earlier check.
    fn known_saves(&mut self, text: &str, span: Span) {
        for reference in references(text) {
            let name = reference.split('.').next().unwrap_or(reference);
            if !self.saved.contains(name) {
                self.diagnostics.push(
                    Diagnostic::error("scenario/unknown-save", format!("no earlier check saves `{name}`"))
                        .at(span, "nothing is saved under this name")
                        .suggest(name, self.saved.iter().map(String::as_str)),
                );
            }
        }
    }

    pub(super) fn expectation(&mut self, operation: &Node, expect: Option<&Node>, result: &[crate::doc::Pair]) -> Option<Expectation> {
        let result: Vec<(String, Expected)> = result.iter().map(|pair| (pair.key.clone(), expected(&pair.value))).collect();
        let Some(node) = expect else { return Some(Expectation::Ok(result)) };
        let Some(code) = node.as_str() else {
            self.diagnostics.push(node.expected("scenario/expect", "`ok` or an error code"));
            return None;
        };
        if code == "ok" {
            return Some(Expectation::Ok(result));
        }
        let name = operation.as_str().unwrap_or_default();
        let legal: Vec<&str> = match name.strip_prefix("kms:").and_then(Operation::parse) {
            Some(operation) => operation.row().errors.iter().chain(&COMMON_ERRORS).copied().collect(),
            None => service_operation(name).map(|row| row.errors.to_vec()).unwrap_or_default(),
        };
        if !legal.contains(&code) && !legal.is_empty() {
            self.diagnostics.push(
                Diagnostic::error("scenario/unknown-error", format!("`{name}` never returns `{code}`"))
                    .at(node.span, "no such error of this operation")
                    .suggest(code, legal.iter().copied().chain(["ok"])),
            );
            return None;
        }
        Some(Expectation::Error(code.to_owned()))
    }

    /// One mapping, or a list of them.
    fn trail(&mut self, node: &Node) -> Vec<TrailCheck> {
        node.one_or_many().iter().filter_map(|node| read_trail_check(node, self.diagnostics)).collect()
    }
}

/// `value`, `{ not: value }` or `{ absent: true }`.
fn expected(node: &Node) -> Expected {
    if let Some(node) = node.get("not") {
        return Expected::Not(node.to_json());
    }
    match node.get("absent").and_then(Node::as_bool) {
        Some(true) => Expected::Absent,
        Some(false) | None => Expected::Is(node.to_json()),
    }
}

/// The names in braces in a text: `{volume}` and `{grant.GrantId}`. Policy variables (`${…}`) are none.
pub(super) fn references(text: &str) -> Vec<&str> {
    let mut found = Vec::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('{') {
        let Some((name, behind)) = after.split_once('}') else { break };
        let is_name = !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.'));
        if is_name && !before.ends_with('$') {
            found.push(name);
        }
        rest = behind;
    }
    found
}
