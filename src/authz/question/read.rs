//! Reading a question from a mapping: a line of a batch, or a file of its own.

use super::text::{Unusable, parse_action, parse_caller, parse_resource};
use super::{Context, Question, Values};
use crate::cloud::{AccountId, Caller, Instant};
use crate::diag::{Diagnostic, Span, cut};
use crate::doc::{Node, Pair};
use crate::iam::{Policy, PolicyKind};
use crate::kms::{EncryptionContext, Grant, GrantConstraint, OPERATIONS};
use std::collections::BTreeSet;
use std::sync::Arc;

/// Why a question cannot be decided.
#[derive(Clone, Debug, PartialEq)]
pub struct Refusal {
    /// What kind of mistake.
    pub kind: RefusalKind,
    /// What is wrong, and where.
    pub diagnostic: Diagnostic,
}

/// The kinds of mistakes in a line of a batch.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RefusalKind {
    /// It is no JSON object.
    BadJson,
    /// The fields of the line or of its request.
    BadRequest,
    /// A policy.
    MalformedPolicy,
}

impl RefusalKind {
    /// As a batch writes it.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            RefusalKind::BadJson => "BadJson",
            RefusalKind::BadRequest => "BadRequest",
            RefusalKind::MalformedPolicy => "MalformedPolicy",
        }
    }
}

fn bad(message: impl Into<String>, span: Span, label: &str) -> Refusal {
    Refusal { kind: RefusalKind::BadRequest, diagnostic: Diagnostic::error("authz/question", message).at(span, label) }
}

fn malformed(diagnostics: Vec<Diagnostic>, node: &Node) -> Refusal {
    let first = diagnostics.into_iter().next();
    let diagnostic = first.unwrap_or_else(|| Diagnostic::error("policy/wrong-shape", "this is no policy").at(node.span, "here"));
    Refusal { kind: RefusalKind::MalformedPolicy, diagnostic }
}

/// Reads a question. With `places` the policies keep where their statements stand.
///
/// # Errors
/// The first mistake.
pub fn read(node: &Node, places: bool) -> Result<Question, Refusal> {
    if node.as_mapping().is_none() {
        let diagnostic = node.expected("authz/question", "an object with `request` and policies");
        return Err(Refusal { kind: RefusalKind::BadJson, diagnostic });
    }
    let reader = Reader { places };
    let request = node.get("request").ok_or_else(|| bad("the question has no `request`", node.span, "add `request` here"))?;
    let (caller, action, resource, resource_account, context) = reader.request(request)?;
    let grants = field(node, "grants").map(|node| read_grants(node, resource_account)).transpose()?.unwrap_or_default();
    Ok(Question {
        action,
        resource,
        context,
        identity_policies: reader.list(node, "identityPolicies", PolicyKind::Identity, "identity-based policy")?,
        key_policy: reader.one(node, "keyPolicy", PolicyKind::Key, "key policy")?,
        service_controls: reader.levels(node, "scps", PolicyKind::ServiceControl, "service control policy")?,
        resource_controls: reader.levels(node, "rcps", PolicyKind::ResourceControl, "resource control policy")?,
        boundary: reader.one(node, "boundary", PolicyKind::Identity, "permissions boundary")?,
        session_policy: reader.one(node, "sessionPolicy", PolicyKind::Identity, "session policy")?,
        endpoint_policy: reader.one(node, "vpcEndpointPolicy", PolicyKind::Endpoint, "VPC endpoint policy")?,
        grants,
        ..Question::new(caller, resource_account)
    }
    .without_what_cannot_apply())
}

impl Question {
    /// A session policy comes with a session, a boundary with a user or role; on others they mean nothing.
    fn without_what_cannot_apply(mut self) -> Self {
        use crate::cloud::PrincipalKind::{AssumedRole, FederatedUser, Root, Service, User};
        match self.caller.principal.kind {
            AssumedRole { .. } | FederatedUser { .. } => {}
            User { .. } => self.session_policy = None,
            Root | Service { .. } => (self.session_policy, self.boundary) = (None, None),
        }
        self
    }
}

struct Reader {
    places: bool,
}

/// The value of a field that is there and not null.
fn field<'n>(node: &'n Node, name: &str) -> Option<&'n Node> {
    node.get(name).filter(|value| !value.is_null())
}

fn text<'n>(node: &'n Node, what: &str) -> Result<&'n str, Refusal> {
    node.as_str().ok_or_else(|| bad(format!("expected {what}, found {}", node.shape()), node.span, "expected a text"))
}

fn sequence<'n>(node: &'n Node, what: &str) -> Result<&'n [Node], Refusal> {
    node.as_sequence().ok_or_else(|| bad(format!("expected {what}, found {}", node.shape()), node.span, "expected a list"))
}

fn object<'n>(node: &'n Node, what: &str) -> Result<&'n [Pair], Refusal> {
    node.as_mapping().ok_or_else(|| bad(format!("{what} is {}, not an object", node.shape()), node.span, "expected an object"))
}

fn only(pairs: &[Pair], known: &[&str], what: &str) -> Result<(), Refusal> {
    match pairs.iter().find(|pair| !known.contains(&pair.key.as_str())) {
        None => Ok(()),
        Some(pair) => {
            let mut refusal = bad(format!("{what} has no field `{}`", cut(&pair.key)), pair.key_span, "unknown field");
            refusal.diagnostic = refusal.diagnostic.suggest(&pair.key, known.iter().copied());
            Err(refusal)
        }
    }
}

impl Reader {
    fn policy(&self, node: &Node, kind: PolicyKind, name: &str) -> Result<Arc<Policy>, Refusal> {
        let read = if self.places { Policy::from_node } else { Policy::from_json_node };
        read(node, kind, name).map(Arc::new).map_err(|diagnostics| malformed(diagnostics, node))
    }

    fn one(&self, node: &Node, field_name: &str, kind: PolicyKind, name: &str) -> Result<Option<Arc<Policy>>, Refusal> {
        field(node, field_name).map(|node| self.policy(node, kind, name)).transpose()
    }

    fn list(&self, node: &Node, field_name: &str, kind: PolicyKind, name: &str) -> Result<Vec<Arc<Policy>>, Refusal> {
        let Some(node) = field(node, field_name) else { return Ok(Vec::new()) };
        let items = sequence(node, "a list of policies")?;
        let named = |number: usize| if items.len() == 1 { name.to_owned() } else { format!("{name} {}", number + 1) };
        items.iter().enumerate().map(|(number, item)| self.policy(item, kind, &named(number))).collect()
    }

    fn levels(&self, node: &Node, field_name: &str, kind: PolicyKind, name: &str) -> Result<Vec<Vec<Arc<Policy>>>, Refusal> {
        let Some(node) = field(node, field_name) else { return Ok(Vec::new()) };
        let level = |(number, level): (usize, &Node)| {
            let policies = sequence(level, "a level: a list of policies")?;
            let title = |at: usize| format!("{name} {} of level {number}", at + 1);
            policies.iter().enumerate().map(|(at, policy)| self.policy(policy, kind, &title(at))).collect()
        };
        sequence(node, "a list of levels")?.iter().enumerate().map(level).collect()
    }

    fn request(&self, node: &Node) -> Result<(Caller, String, String, AccountId, Context), Refusal> {
        let pairs = object(node, "`request`")?;
        only(pairs, &["principal", "action", "resource", "context"], "`request`")?;
        let required =
            |name: &str| field(node, name).ok_or_else(|| bad(format!("the request has no `{name}`"), node.span, "it is missing here"));
        let principal = parsed(required("principal")?, "the ARN of a principal, or the name of a service", parse_caller)?;
        let action = parsed(required("action")?, "an action", parse_action)?;
        let what = "the ARN of a key";
        let named = required("resource")?;
        let (owner, region) = parsed(named, what, |text| parse_resource(text, &action))?;
        let resource = text(named, what)?.to_owned();
        let context = context(field(node, "context"))?;
        let Some(owner) = owner.or(principal.account) else {
            return Err(bad("a service has no account, so the resource must be a key", node.span, "resource `*` of no account"));
        };
        Ok((Caller::direct(principal, region), action, resource, owner, context))
    }
}

/// Reads a list of grants on a key, made by an account.
///
/// # Errors
/// The first mistake.
pub fn read_grants(node: &Node, issuer: AccountId) -> Result<Vec<Grant>, Refusal> {
    sequence(node, "a list of grants")?.iter().enumerate().map(|(number, grant)| read_grant(number, grant, issuer)).collect()
}

/// A text that is read further, with its place.
fn parsed<'n, T>(node: &'n Node, what: &str, parse: impl FnOnce(&'n str) -> Result<T, Unusable>) -> Result<T, Refusal> {
    parse(text(node, what)?).map_err(|unusable| {
        let mut refusal = bad(unusable.message, node.span, unusable.label);
        refusal.diagnostic = refusal.diagnostic.help(unusable.help);
        refusal
    })
}

fn context(node: Option<&Node>) -> Result<Context, Refusal> {
    let mut context = Context { complete: true, ..Context::default() };
    let Some(node) = node else { return Ok(context) };
    for pair in object(node, "`context`")? {
        let values = match pair.value.as_sequence() {
            Some(items) => Values::Many(items.iter().map(|item| text(item, "a text").map(str::to_owned)).collect::<Result<_, _>>()?),
            None => Values::One(text(&pair.value, "a text or a list of texts")?.to_owned()),
        };
        if !context.insert(&pair.key, values) {
            return Err(bad(
                format!("the condition key `{}` stands here twice: its name has no case", cut(&pair.key)),
                pair.key_span,
                "again",
            ));
        }
    }
    Ok(context)
}

fn read_grant(number: usize, node: &Node, issuer: AccountId) -> Result<Grant, Refusal> {
    let pairs = object(node, "a grant")?;
    only(pairs, &["grantee", "operations", "constraints"], "a grant")?;
    let required = |name: &str| field(node, name).ok_or_else(|| bad(format!("the grant has no `{name}`"), node.span, "it is missing here"));
    let grantee = text(required("grantee")?, "the ARN of a principal")?;
    let mut operations: BTreeSet<&'static str> = BTreeSet::new();
    for item in sequence(required("operations")?, "a list of operations")? {
        let name = text(item, "an operation")?;
        let known = OPERATIONS.iter().flat_map(|row| row.permissions).filter_map(|permission| permission.action.strip_prefix("kms:"));
        let Some(operation) = known.clone().find(|known| known.eq_ignore_ascii_case(name)) else {
            let mut refusal = bad(format!("KMS has no operation `{}`", cut(name)), item.span, "no such operation");
            refusal.diagnostic = refusal.diagnostic.suggest(name, known);
            return Err(refusal);
        };
        operations.insert(operation);
    }
    let (mut constraint, mut source_arn) = (None, None);
    if let Some(constraints) = field(node, "constraints") {
        let pairs = object(constraints, "`constraints`")?;
        only(pairs, &["encryptionContextEquals", "encryptionContextSubset", "sourceArn"], "`constraints`")?;
        constraint = match (field(constraints, "encryptionContextEquals"), field(constraints, "encryptionContextSubset")) {
            (Some(_), Some(subset)) => return Err(bad("a grant has one encryption context constraint", subset.span, "a second one")),
            (Some(equals), None) => Some(GrantConstraint::Equals(encryption_context(equals)?)),
            (None, Some(subset)) => Some(GrantConstraint::Subset(encryption_context(subset)?)),
            (None, None) => None,
        };
        source_arn = field(constraints, "sourceArn").map(|node| text(node, "an ARN").map(Arc::from)).transpose()?;
    }
    Ok(Grant {
        id: format!("/grants/{number}").into(),
        name: String::new(),
        created: Instant::default(),
        effective: Instant::default(),
        grantee: grantee.into(),
        retiring: None,
        issuer,
        operations: operations.into_iter().collect(),
        constraint,
        source_arn,
    })
}

fn encryption_context(node: &Node) -> Result<EncryptionContext, Refusal> {
    let pairs = object(node, "a constraint")?;
    pairs.iter().map(|pair| Ok((pair.key.clone(), text(&pair.value, "a text")?.to_owned()))).collect()
}
