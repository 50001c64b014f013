//! The `lambda` section: functions with their variables and what their code does.

use super::Builder;
use crate::cloud::{Caller, Principal};
use crate::doc::{Fields, Node, Pair};
use crate::services::lambda::{CodeBehaviour, FunctionCode, NewFunction, Variable, add_function};
use std::collections::BTreeMap;
use std::sync::Arc;

impl Builder<'_> {
    pub(super) fn lambda(&mut self, node: &Node) {
        let Some(mut fields) = Fields::of(node, "the lambda section", self.diagnostics) else { return };
        let functions = fields.entries("functions", self.diagnostics);
        fields.finish(self.diagnostics);
        for pair in functions {
            self.function(pair);
        }
    }

    fn function(&mut self, pair: &Pair) -> Option<()> {
        let mut fields = Fields::of(&pair.value, "a function", self.diagnostics)?;
        fields.optional("account");
        fields.optional("region");
        let role = fields.required_text("role", self.diagnostics);
        let memory = fields.integer("memory", self.diagnostics).and_then(|size| u32::try_from(size).ok()).unwrap_or(128);
        let key = fields.text("key", self.diagnostics).map(Arc::from);
        let variables = fields.entries("variables", self.diagnostics);
        let code = fields.optional("code");
        fields.finish(self.diagnostics);
        let variables: BTreeMap<String, Variable> = variables.iter().filter_map(|pair| self.variable(pair)).collect();
        let code = code.map(|node| self.code(node)).unwrap_or_default();
        let (account, region) = (self.owner(&pair.value)?, self.region(&pair.value)?);
        let new =
            NewFunction { name: pair.key.as_str().into(), account, region, role: role?.into(), memory_size: memory, key, variables, code };
        let setup = Arc::new(Caller::direct(Principal::root(account), region));
        if let Err(error) = add_function(&mut self.world, &setup, new) {
            let why = error.reason.as_ref().map(|reason| reason.headline.clone()).unwrap_or_default();
            self.error("scenario/lambda", self.names.readable(&error.to_string()), pair.key_span, self.names.readable(&why));
        }
        Some(())
    }

    /// A text, or `{ value, helper_key }` for a value that was encrypted before Lambda got it.
    fn variable(&mut self, pair: &Pair) -> Option<(String, Variable)> {
        if let Some(text) = pair.value.as_str() {
            return Some((pair.key.clone(), Variable::Plain(text.to_owned())));
        }
        let mut fields = Fields::of(&pair.value, "a variable", self.diagnostics)?;
        let value = fields.required_text("value", self.diagnostics);
        let key = fields.text("key", self.diagnostics);
        fields.finish(self.diagnostics);
        let plaintext = value?.to_owned();
        let variable = match key {
            Some(key) => Variable::HelperEncrypted { plaintext, key: key.to_owned() },
            None => Variable::Plain(plaintext),
        };
        Some((pair.key.clone(), variable))
    }

    /// `{ does: reads, variable: API_KEY }`.
    fn code(&mut self, node: &Node) -> FunctionCode {
        let Some(mut fields) = Fields::of(node, "a function's code", self.diagnostics) else { return FunctionCode::default() };
        let does = fields.required("does", self.diagnostics);
        let variable = fields.text("variable", self.diagnostics).map(str::to_owned);
        fields.finish(self.diagnostics);
        let behaviour = does.and_then(Node::as_str).and_then(CodeBehaviour::parse);
        if let (Some(node), None) = (does, behaviour) {
            let names: Vec<&str> = CodeBehaviour::ALL.iter().map(|behaviour| behaviour.name()).collect();
            self.diagnostics.push(node.expected("scenario/code", "a behaviour").suggest(node.as_str().unwrap_or_default(), names));
        }
        FunctionCode { behaviour: behaviour.unwrap_or_default(), variable, encryption_context: None }
    }
}
