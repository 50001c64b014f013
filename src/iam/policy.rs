//! Policy documents, parsed and ready to evaluate.

use super::arn_pattern::ArnPattern;
use super::condition::Condition;
use super::pattern::Pattern;
use super::principal::{Form, NamedPrincipal, PrincipalMatch, named_in, not_excepted_by};
use super::{AccessRequest, parse};
use crate::diag::{Diagnostic, Span, cut};
use crate::doc::{Node, json_pointer, read_json, repeated_key};
use std::fmt;
use std::sync::Arc;

/// Which kind of policy a document is; the kinds allow different elements.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum PolicyKind {
    /// Attached to a user or role: no Principal.
    Identity,
    /// A key policy: Principal required.
    Key,
    /// A policy of another resource (bucket, queue).
    Resource,
    /// A service control policy of an organisation: no Principal.
    ServiceControl,
    /// A resource control policy of an organisation: denies, for everyone.
    ResourceControl,
    /// The policy of a VPC endpoint.
    Endpoint,
}

impl PolicyKind {
    /// Whether its statements name principals.
    #[must_use]
    pub fn names_principals(self) -> bool {
        match self {
            PolicyKind::Identity | PolicyKind::ServiceControl => false,
            PolicyKind::Key | PolicyKind::Resource | PolicyKind::ResourceControl | PolicyKind::Endpoint => true,
        }
    }
}

/// A request as statements are asked about it.
pub(super) struct Asked<'r> {
    pub(super) request: &'r AccessRequest<'r>,
    /// The action in lower case.
    pub(super) action: &'r str,
    /// Whether the caller has a permissions boundary.
    pub(super) bounded: bool,
}

/// A policy document, parsed and ready to evaluate.
#[derive(Clone, Debug, PartialEq)]
pub struct Policy {
    /// What messages call it: `key policy of lake`, `inline policy Read of role App`.
    pub name: Arc<str>,
    /// Its kind.
    pub kind: PolicyKind,
    // Shared, because worlds are copied, and many keys have the same policy.
    pub(super) statements: Arc<[Statement]>,
    pub(super) document: Arc<serde_json::Value>,
}

/// What a matching statement does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Effect {
    /// It allows.
    Allow,
    /// It denies, whatever others allow.
    Deny,
}

/// One statement.
#[derive(Clone, Debug, PartialEq)]
pub struct Statement {
    /// Its name, if it has one.
    pub sid: Option<Arc<str>>,
    /// Allow or Deny.
    pub effect: Effect,
    /// Where it stands; nothing for a policy that came as text.
    pub span: Option<Span>,
    pub(super) principal: PrincipalElement,
    pub(super) actions: Scope<ActionPattern>,
    pub(super) resources: Scope<ResourcePattern>,
    pub(super) conditions: Vec<Condition>,
}

/// Principal, NotPrincipal, or neither in an identity-based policy.
#[derive(Clone, Debug, PartialEq)]
pub enum PrincipalElement {
    /// An identity-based policy: whom it is attached to.
    Unstated,
    /// Principal.
    Only(Vec<NamedPrincipal>),
    /// NotPrincipal.
    Except(Vec<NamedPrincipal>),
}

/// Action or NotAction, Resource or NotResource. A key policy may have neither; the statement then has no effect.
#[derive(Clone, Debug, PartialEq)]
pub enum Scope<T> {
    /// Neither: the statement matches nothing.
    Absent,
    /// Action or Resource: what is listed.
    Only(Vec<T>),
    /// NotAction or NotResource: all but what is listed.
    Except(Vec<T>),
}

impl<T> Scope<T> {
    fn covers(&self, matches: impl Fn(&T) -> bool) -> bool {
        match self {
            Scope::Absent => false,
            Scope::Only(list) => list.iter().any(matches),
            Scope::Except(list) => !list.iter().any(matches),
        }
    }

    /// The patterns, whichever way they count.
    #[must_use]
    pub fn listed(&self) -> &[T] {
        match self {
            Scope::Absent => &[],
            Scope::Only(list) | Scope::Except(list) => list,
        }
    }
}

/// An action as written, and compiled.
#[derive(Clone, Debug, PartialEq)]
pub struct ActionPattern {
    /// As written.
    pub written: Arc<str>,
    /// Where it stands.
    pub span: Option<Span>,
    pub(super) pattern: Pattern,
}

/// A resource as written, and compiled.
#[derive(Clone, Debug, PartialEq)]
pub struct ResourcePattern {
    /// As written.
    pub written: Arc<str>,
    /// Where it stands.
    pub span: Option<Span>,
    pub(super) pattern: ArnPattern,
}

/// What is wrong with a document that came as JSON text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MalformedPolicy {
    /// The stable code of the mistake, such as `policy/no-principal`.
    pub code: &'static str,
    /// Where, as a JSON pointer into the document; empty for the document itself.
    pub pointer: String,
    /// What, for people.
    pub message: String,
}

impl fmt::Display for MalformedPolicy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.pointer.as_str() {
            "" => f.write_str(&self.message),
            pointer => write!(f, "{} (at {})", self.message, cut(pointer)),
        }
    }
}

impl Policy {
    /// Reads a document from a tree, reporting all its errors with their places.
    pub fn from_node(node: &Node, kind: PolicyKind, name: &str) -> Result<Policy, Vec<Diagnostic>> {
        parse::policy(node, kind, name, true)
    }

    /// Reads a document from JSON text, as PutKeyPolicy receives it. The error says what is wrong.
    pub fn from_json(text: &str, kind: PolicyKind, name: &str) -> Result<Policy, String> {
        Policy::read_json(text, kind, name).map_err(|malformed| malformed.to_string())
    }

    /// Reads a document from JSON text; the error says what is wrong and where.
    pub fn read_json(text: &str, kind: PolicyKind, name: &str) -> Result<Policy, MalformedPolicy> {
        let malformed = |code, pointer: String, message: String| MalformedPolicy { code, pointer, message };
        let no_json = |pointer, error: String| malformed("policy/json", pointer, format!("the policy is not valid JSON: {error}"));
        let json = read_json(text).map_err(|error| no_json(String::new(), error.to_string()))?;
        if let Some((key, span)) = &json.repeated {
            return Err(no_json(json_pointer(&json.root, *span), repeated_key(key)));
        }
        parse::policy(&json.root, kind, name, false).map_err(|diagnostics| {
            let first = diagnostics.into_iter().next();
            let span = first.as_ref().and_then(|diagnostic| diagnostic.labels.first()).map(|label| label.span);
            malformed(
                first.as_ref().map_or("policy/wrong-shape", |diagnostic| diagnostic.code),
                span.map(|span| json_pointer(&json.root, span)).unwrap_or_default(),
                first.map(|diagnostic| diagnostic.message).unwrap_or_default(),
            )
        })
    }

    /// Reads a document from a tree whose places are numbers (see [`crate::doc::read_json`]), so that its statements have
    /// none to show.
    ///
    /// # Errors
    /// All that is wrong with it.
    pub fn from_json_node(node: &Node, kind: PolicyKind, name: &str) -> Result<Policy, Vec<Diagnostic>> {
        parse::policy(node, kind, name, false)
    }

    /// The same policy under another name: what is attached in several places is told apart by it.
    #[must_use]
    pub fn renamed(&self, name: &str) -> Policy {
        Policy { name: name.into(), ..self.clone() }
    }

    /// The document as AWS shows it.
    #[must_use]
    pub fn to_json(&self) -> serde_json::Value {
        (*self.document).clone()
    }

    /// Its statements, in order.
    #[must_use]
    pub fn statements(&self) -> &[Statement] {
        &self.statements
    }

    /// Everybody under Principal and NotPrincipal.
    fn named(&self) -> impl Iterator<Item = &NamedPrincipal> {
        self.statements.iter().flat_map(|statement| match &statement.principal {
            PrincipalElement::Unstated => &[],
            PrincipalElement::Only(list) | PrincipalElement::Except(list) => list.as_slice(),
        })
    }

    /// Every principal ARN, account id or left-over id under `AWS`, with its place. Services and `*` are left out.
    pub fn principals(&self) -> impl Iterator<Item = (&str, Option<Span>)> {
        let own = self.named().filter(|named| !matches!(named.form, Form::Everyone | Form::Service(_)));
        own.map(|named| (&*named.written, named.span))
    }

    /// Every service that a statement names.
    pub fn services(&self) -> impl Iterator<Item = &str> {
        self.named().filter(|named| matches!(named.form, Form::Service(_))).map(|named| &*named.written)
    }

    /// Every condition key with each value that a condition compares it with.
    pub fn asked_values(&self) -> impl Iterator<Item = (&str, &str)> {
        let all = self.statements.iter().flat_map(|statement| &statement.conditions);
        all.flat_map(|condition| condition.values.iter().map(move |value| (&*condition.key.key.written, &*value.written)))
    }

    /// Every condition's operator and key as written, with the place of the key: KMS refuses some of them in key policies.
    pub fn conditions(&self) -> impl Iterator<Item = (&str, &super::ConditionKey, Option<Span>)> {
        let all = self.statements.iter().flat_map(|statement| &statement.conditions);
        all.map(|condition| (&*condition.written, &condition.key.key, condition.span))
    }
}

impl Statement {
    /// How it reaches the caller, if all of it fits the request.
    pub(super) fn matches(&self, asked: &Asked<'_>) -> Option<PrincipalMatch> {
        // Cheapest first; conditions may have to ask the service for values.
        let how = self.covers_action(asked.action).then(|| self.reaches(asked)).flatten()?;
        let fits = self.covers_resource(asked.request) && self.conditions.iter().all(|condition| condition.holds(asked.request));
        fits.then_some(how)
    }

    /// Whether it is about an action, given in lower case.
    #[must_use]
    pub fn covers_action(&self, lowercase: &str) -> bool {
        self.actions.covers(|action| action.pattern.matches_action(lowercase))
    }

    pub(super) fn covers_resource(&self, request: &AccessRequest<'_>) -> bool {
        self.resources.covers(|resource| resource.pattern.matches(request.resource, request))
    }

    pub(super) fn reaches(&self, asked: &Asked<'_>) -> Option<PrincipalMatch> {
        let caller = &asked.request.caller.principal;
        match &self.principal {
            PrincipalElement::Unstated => Some(PrincipalMatch::Attached),
            PrincipalElement::Only(list) => named_in(list, caller),
            // "Do not use NotPrincipal with Deny for callers that have a boundary: it always denies them", says the page
            // of the element in effect.
            PrincipalElement::Except(_) if asked.bounded => Some(PrincipalMatch::NotExcepted),
            PrincipalElement::Except(list) => not_excepted_by(list, caller),
        }
    }
}
