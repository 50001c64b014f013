//! Carrying out calls while an item is drawn: the model itself, without a file in between.

use super::setting::{Labels, Setting, role_arn};
use crate::cloud::{AccountId, ApiError, Caller, Principal, Region, parse_duration};
use crate::kms::{Key, Operation, Response};
use crate::rulebook::Rulebook;
use crate::services::World;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;
use std::sync::Arc;

/// A call of the story, written once for the draw and for the proof.
#[derive(Clone, Debug)]
pub(super) struct Step {
    /// Its name among the checks.
    pub(super) name: String,
    /// How much time passes before it: `3d`.
    pub(super) advance: Option<String>,
    /// The account and name of the role that calls.
    pub(super) who: (&'static str, &'static str),
    pub(super) region: Option<&'static str>,
    /// The address that it comes from.
    pub(super) address: Option<&'static str>,
    /// `kms:Decrypt`.
    pub(super) operation: &'static str,
    /// Its parameters; keys by label, plaintexts as text or `{ bytes }`, `{name.Member}` for what an earlier step gave.
    pub(super) with: Value,
    /// Whether its answer is kept under its name.
    pub(super) save: bool,
}

impl Step {
    pub(super) fn new(name: impl Into<String>, who: (&'static str, &'static str), operation: &'static str, with: Value) -> Self {
        Step { name: name.into(), advance: None, who, region: None, address: None, operation, with, save: false }
    }

    pub(super) fn after(self, span: impl Into<String>) -> Self {
        Step { advance: Some(span.into()), ..self }
    }

    pub(super) fn in_region(self, region: &'static str) -> Self {
        Step { region: Some(region), ..self }
    }

    pub(super) fn saved(self) -> Self {
        Step { save: true, ..self }
    }

    /// As a check, which expects this.
    pub(super) fn check(&self, expect: Value) -> Value {
        let mut map = Map::new();
        let mut put = |name: &str, value: Value| map.insert(name.to_owned(), value);
        put("name", json!(self.name));
        if let Some(span) = &self.advance {
            put("advance", json!(span));
        }
        put("as", json!(role_arn(self.who.0, self.who.1)));
        if let Some(region) = self.region {
            put("in", json!(region));
        }
        if let Some(address) = self.address {
            put("from", json!(address));
        }
        put("call", json!(self.operation));
        put("with", self.with.clone());
        put("expect", expect);
        if self.save {
            put("save", json!(self.name));
        }
        Value::Object(map)
    }

    /// As a check of a call that succeeds, which looks at these members of its response.
    pub(super) fn looking(&self, result: Value) -> Value {
        let mut check = self.check(json!("ok"));
        if let Value::Object(map) = &mut check {
            map.insert("result".to_owned(), result);
        }
        check
    }

    /// As a check that shows something and holds whatever is chosen.
    pub(super) fn shown(&self, expect: &str) -> Value {
        let mut check = self.check(json!(expect));
        if let Value::Object(map) = &mut check {
            map.insert("always".to_owned(), json!(true));
        }
        check
    }
}

/// A built world, with what its calls have answered.
#[derive(Clone, Debug)]
pub(super) struct Stage {
    pub(super) world: World,
    pub(super) labels: Labels,
    saved: BTreeMap<String, Value>,
}

impl Stage {
    pub(super) fn new(setting: &Setting, rulebook: Rulebook) -> Option<Self> {
        let (world, labels) = setting.build(rulebook)?;
        Some(Stage { world, labels, saved: BTreeMap::new() })
    }

    /// The key with a label; nothing once it is deleted.
    pub(super) fn key(&self, label: &str) -> Option<&Key> {
        self.world.kms.key(self.labels.at(label)?)
    }

    /// Lets time pass.
    pub(super) fn advance(&mut self, span: &str) -> Option<()> {
        self.world.advance(parse_duration(span)?);
        Some(())
    }

    /// Carries out a step. Nothing comes back if the step itself is wrong, which is a mistake in this program.
    pub(super) fn step(&mut self, step: &Step) -> Option<Result<Value, ApiError>> {
        let answer = self.answer(step)?.map(|answer| answer.to_json());
        if let (true, Ok(answer)) = (step.save, &answer) {
            self.saved.insert(step.name.clone(), answer.clone());
        }
        Some(answer)
    }

    fn answer(&mut self, step: &Step) -> Option<Result<Response, ApiError>> {
        if let Some(span) = &step.advance {
            self.advance(span)?;
        }
        let region = step.region.map_or_else(|| Some(Region::default_region()), Region::parse)?;
        let mut caller = Caller::direct(Principal::plain_session(AccountId::parse(step.who.0)?, step.who.1), region);
        if let Some(address) = step.address {
            caller.network.address = address.parse().ok();
        }
        let members = self.members(&step.with)?;
        let operation = step.operation.strip_prefix("kms:").and_then(Operation::parse)?;
        Some(self.world.door().call_json(&Arc::new(caller), operation, members))
    }

    /// Carries out a step and says how it ended: `ok`, or the code of the error.
    pub(super) fn code(&mut self, step: &Step) -> Option<String> {
        let error = if step.save { self.step(step)?.err() } else { self.answer(step)?.err() };
        Some(error.map_or_else(|| "ok".to_owned(), |error| error.code.into_owned()))
    }

    fn members(&self, with: &Value) -> Option<Value> {
        let Value::Object(given) = with else { return Some(json!({})) };
        let mut members = Map::new();
        for (name, value) in given {
            members.insert(name.clone(), self.member(name, value)?);
        }
        Some(Value::Object(members))
    }

    fn member(&self, name: &str, value: &Value) -> Option<Value> {
        Some(match value {
            Value::String(text) if name.ends_with("KeyId") => json!(self.labels.arn(text).unwrap_or_else(|| text.clone())),
            Value::String(text) if matches!(name, "Plaintext" | "Message") => json!(STANDARD.encode(text)),
            Value::Object(size) if matches!(name, "Plaintext" | "Message") => {
                let bytes = usize::try_from(size.get("bytes")?.as_u64()?).ok()?;
                json!(STANDARD.encode(vec![b'.'; bytes]))
            }
            Value::String(text) if text.starts_with('{') => {
                let (from, member) = text.trim_matches(['{', '}']).split_once('.')?;
                self.saved.get(from)?.get(member)?.clone()
            }
            Value::Array(items) => items.iter().map(|item| self.member("", item)).collect::<Option<Vec<_>>>()?.into(),
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) | Value::Object(_) => value.clone(),
        })
    }
}
