//! A tree -> a [`Policy`], collecting everything that AWS would refuse.
//!
//! Source: "Grammar of the IAM JSON policy language", IAM User Guide; for key policies "PutKeyPolicy", AWS KMS API
//! Reference.

use super::arn_pattern::ArnPattern;
use super::condition::{Condition, ConditionValue, Operator, bare_name, operator_names};
use super::key::Key;
use super::pattern::{Pattern, Syntax};
use super::policy::{ActionPattern, Effect, PrincipalElement, ResourcePattern, Scope, Statement};
use super::principal::{Form, NamedPrincipal};
use super::{Policy, PolicyKind};
use crate::diag::{Diagnostic, Span, cut};
use crate::doc::{Node, Pair};
use std::collections::BTreeSet;
use std::sync::Arc;

/// Errors past this many help nobody.
const MOST_FINDINGS: usize = 50;

/// Reads a document. Without `places` the spans of the tree are numbers, good for errors but not to be kept.
pub(super) fn policy(node: &Node, kind: PolicyKind, name: &str, places: bool) -> Result<Policy, Vec<Diagnostic>> {
    let mut reader = Reader { kind, places, variables: false, errors: Vec::new() };
    let statements = reader.document(node);
    if !reader.errors.is_empty() {
        return Err(reader.errors);
    }
    Ok(Policy { name: name.into(), kind, statements: statements.into(), document: Arc::new(node.to_json()) })
}

struct Reader {
    kind: PolicyKind,
    places: bool,
    /// Whether `${…}` is a variable in this document.
    variables: bool,
    errors: Vec<Diagnostic>,
}

const DOCUMENT_ELEMENTS: &[&str] = &["Version", "Id", "Statement"];
const STATEMENT_ELEMENTS: &[&str] =
    &["Sid", "Effect", "Principal", "NotPrincipal", "Action", "NotAction", "Resource", "NotResource", "Condition"];

impl Reader {
    fn error(&mut self, diagnostic: Diagnostic) {
        if self.errors.len() < MOST_FINDINGS {
            self.errors.push(diagnostic);
        }
    }

    fn place(&self, span: Span) -> Option<Span> {
        self.places.then_some(span)
    }

    fn mapping<'n>(&mut self, node: &'n Node, what: &str) -> Option<&'n [Pair]> {
        let pairs = node.as_mapping();
        if pairs.is_none() {
            self.error(node.expected("policy/wrong-shape", what));
        }
        pairs
    }

    fn text<'n>(&mut self, node: &'n Node, what: &str) -> Option<&'n str> {
        let text = node.as_str();
        if text.is_none() {
            self.error(node.expected("policy/wrong-shape", what));
        }
        text
    }

    /// The texts of a list, or of the one text that stands for a list.
    fn texts<'n>(&mut self, node: &'n Node, what: &str) -> Vec<(&'n str, Span)> {
        node.one_or_many().iter().filter_map(|item| self.text(item, what).map(|text| (text, item.span))).collect()
    }

    fn unknown_elements(&mut self, pairs: &[Pair], what: &str, known: &[&str]) {
        for pair in pairs.iter().filter(|pair| !known.contains(&pair.key.as_str())).take(MOST_FINDINGS) {
            self.error(
                Diagnostic::error("policy/unknown-element", format!("{what} has no element `{}`", cut(&pair.key)))
                    .at(pair.key_span, "unknown element; the names are case-sensitive")
                    .suggest(&pair.key, known.iter().copied()),
            );
        }
    }

    fn document(&mut self, node: &Node) -> Vec<Statement> {
        let Some(pairs) = self.mapping(node, "a policy document") else { return Vec::new() };
        self.unknown_elements(pairs, "a policy", DOCUMENT_ELEMENTS);
        if let Some(version) = node.get("Version") {
            match version.as_str() {
                Some("2012-10-17") => self.variables = true,
                Some("2008-10-17") => {}
                _ => self.error(
                    Diagnostic::error(
                        "policy/version",
                        format!("there is no version `{}` of the policy language", cut(version.as_str().unwrap_or(""))),
                    )
                    .at(version.span, "unknown version")
                    .help("write `2012-10-17`: the version names the language, not the day of writing"),
                ),
            }
        }
        if let Some(id) = node.get("Id") {
            self.text(id, "a text");
        }
        let Some(list) = node.get("Statement") else {
            self.error(Diagnostic::error("policy/no-statement", "the policy has no `Statement`").at(node.span, "add `Statement` here"));
            return Vec::new();
        };
        let mut sids = BTreeSet::new();
        let mut statements = Vec::new();
        for item in list.one_or_many() {
            // Finding the nearest legal name takes a while, too long for each of a hundred thousand mistakes.
            if self.errors.len() >= MOST_FINDINGS {
                break;
            }
            statements.extend(self.statement(item, &mut sids));
        }
        statements
    }

    fn statement<'n>(&mut self, node: &'n Node, sids: &mut BTreeSet<&'n str>) -> Option<Statement> {
        let pairs = self.mapping(node, "a statement")?;
        self.unknown_elements(pairs, "a statement", STATEMENT_ELEMENTS);
        let sid = node.get("Sid").and_then(|sid| self.sid(sid, sids));
        let effect = self.effect(node);
        let principal = self.principal_element(node);
        let actions = self.scope(node, "Action", "NotAction").map_list(|list| self.actions(list));
        let complete = matches!(self.kind, PolicyKind::Identity | PolicyKind::ServiceControl);
        let resources = self.scope(node, "Resource", "NotResource").map_list(|list| self.resources(list, complete));
        let conditions = node.get("Condition").map(|node| self.conditions(node)).unwrap_or_default();
        Some(Statement { sid, effect: effect?, span: self.place(node.span), principal: principal?, actions, resources, conditions })
    }

    fn sid<'n>(&mut self, node: &'n Node, sids: &mut BTreeSet<&'n str>) -> Option<Arc<str>> {
        let text = self.text(node, "a text as `Sid`")?;
        if self.kind == PolicyKind::Identity && !text.bytes().all(|byte| byte.is_ascii_alphanumeric()) {
            self.error(
                Diagnostic::error("policy/sid", format!("`Sid` holds letters and digits only, found `{}`", cut(text)))
                    .at(node.span, "not allowed in an identity-based policy"),
            );
        }
        if !text.is_empty() && !sids.insert(text) {
            self.error(
                Diagnostic::error("policy/duplicate-sid", format!("two statements have the `Sid` `{}`", cut(text)))
                    .at(node.span, "second use")
                    .help("give each statement a name of its own"),
            );
        }
        (!text.is_empty()).then(|| text.into())
    }

    fn effect(&mut self, statement: &Node) -> Option<Effect> {
        let Some(node) = statement.get("Effect") else {
            self.error(
                Diagnostic::error("policy/no-effect", "the statement has no `Effect`").at(statement.span, "add `Effect: Allow` or `Deny`"),
            );
            return None;
        };
        match self.text(node, "`Allow` or `Deny`")? {
            "Allow" => Some(Effect::Allow),
            "Deny" => Some(Effect::Deny),
            other => {
                self.error(
                    Diagnostic::error("policy/effect", format!("`Effect` is `Allow` or `Deny`, found `{}`", cut(other)))
                        .at(node.span, "expected `Allow` or `Deny`")
                        .suggest(other, ["Allow", "Deny"]),
                );
                None
            }
        }
    }

    /// One of two elements that exclude each other.
    fn scope<'n>(&mut self, statement: &'n Node, only: &'static str, except: &'static str) -> Scope<&'n Node> {
        match (statement.get(only), statement.get(except)) {
            (Some(node), None) => Scope::Only(vec![node]),
            (None, Some(node)) => Scope::Except(vec![node]),
            (None, None) => {
                // KMS saves a statement without Action or Resource, which then has no effect; IAM and the others refuse it.
                if self.kind != PolicyKind::Key {
                    self.error(
                        Diagnostic::error("policy/missing-element", format!("the statement has neither `{only}` nor `{except}`"))
                            .at(statement.span, format!("add `{only}` here")),
                    );
                }
                Scope::Absent
            }
            (Some(_), Some(node)) => {
                self.error(
                    Diagnostic::error("policy/both-elements", format!("a statement has `{only}` or `{except}`, not both"))
                        .at(node.span, "remove one of them"),
                );
                Scope::Absent
            }
        }
    }

    fn actions(&mut self, node: &Node) -> Vec<ActionPattern> {
        let mut actions = Vec::new();
        for (text, span) in self.texts(node, "an action") {
            let service = text.split_once(':').map(|(service, _)| service);
            if text != "*" && service.is_none_or(|service| service.is_empty() || service.contains(['*', '?'])) {
                self.error(
                    Diagnostic::error("policy/action", format!("an action begins with its service, found `{}`", cut(text)))
                        .at(span, "expected something like `kms:Decrypt`")
                        .help("write the whole service name before the colon; wildcards may follow after it"),
                );
            }
            actions.push(ActionPattern { written: text.into(), span: self.place(span), pattern: Pattern::of_action(text) });
        }
        actions
    }

    fn resources(&mut self, node: &Node, complete: bool) -> Vec<ResourcePattern> {
        let syntax = Syntax { wildcards: true, variables: self.variables };
        let mut resources = Vec::new();
        for (text, span) in self.texts(node, "a resource") {
            let pattern = ArnPattern::compile(text, syntax, complete);
            // KMS saves a key policy with such a resource, which then matches nothing.
            if pattern == ArnPattern::Malformed && self.kind != PolicyKind::Key {
                self.error(
                    Diagnostic::error("policy/resource", format!("a resource is an ARN or `*`, found `{}`", cut(text)))
                        .at(span, "matches nothing")
                        .help("an ARN has six parts: `arn:aws:kms:REGION:ACCOUNT:key/ID`"),
                );
            }
            resources.push(ResourcePattern { written: text.into(), span: self.place(span), pattern });
        }
        resources
    }

    fn principal_element(&mut self, statement: &Node) -> Option<PrincipalElement> {
        let (principal, not_principal) = (statement.get("Principal"), statement.get("NotPrincipal"));
        if !self.kind.names_principals() {
            if let Some(node) = principal.or(not_principal) {
                let what = if self.kind == PolicyKind::Identity { "an identity-based policy" } else { "a service control policy" };
                self.error(
                    Diagnostic::error("policy/principal-not-allowed", format!("{what} has no `Principal`"))
                        .at(node.span, "remove it")
                        .help("the policy applies to whom it is attached to"),
                );
            }
            return Some(PrincipalElement::Unstated);
        }
        if self.kind == PolicyKind::ResourceControl {
            self.resource_control(statement);
        }
        match (principal, not_principal) {
            (Some(node), None) => Some(PrincipalElement::Only(self.principals(node))),
            (None, Some(node)) => {
                if statement.get("Effect").and_then(Node::as_str) == Some("Allow") {
                    self.error(
                        Diagnostic::error("policy/not-principal-with-allow", "`NotPrincipal` goes with `Deny` only")
                            .at(node.span, "not allowed with `Allow`")
                            .help("use `Principal` `*` and a condition on `aws:PrincipalArn`"),
                    );
                }
                Some(PrincipalElement::Except(self.principals(node)))
            }
            (None, None) => {
                self.error(
                    Diagnostic::error("policy/no-principal", "the statement has no `Principal`")
                        .at(statement.span, "add `Principal` here")
                        .help("a policy of a resource says whom it lets in"),
                );
                None
            }
            (Some(_), Some(node)) => {
                self.error(
                    Diagnostic::error("policy/both-elements", "a statement has `Principal` or `NotPrincipal`, not both")
                        .at(node.span, "remove one of them"),
                );
                None
            }
        }
    }

    /// What only the statements of resource control policies may not do.
    ///
    /// Source: "RCP syntax", AWS Organizations User Guide.
    fn resource_control(&mut self, statement: &Node) {
        let refused = |text: &str, span: Span| Diagnostic::error("policy/resource-control", text.to_owned()).at(span, "not allowed here");
        let mut found = Vec::new();
        if let Some(effect) = statement.get("Effect").filter(|effect| effect.as_str() == Some("Allow")) {
            found.push(
                refused("a resource control policy only denies", effect.span).help("`RCPFullAWSAccess`, attached everywhere, allows"),
            );
        }
        if let Some(principal) = statement.get("Principal").filter(|principal| principal.as_str() != Some("*")) {
            found.push(
                refused("the `Principal` of a resource control policy is `*`", principal.span)
                    .help("except some with a condition on `aws:PrincipalArn`"),
            );
        }
        for name in ["NotPrincipal", "NotAction"] {
            if let Some(node) = statement.get(name) {
                found.push(refused(&format!("a resource control policy has no `{name}`"), node.span).help("write conditions instead"));
            }
        }
        if let Some(all) =
            statement.get("Action").into_iter().flat_map(|node| node.one_or_many()).find(|action| action.as_str() == Some("*"))
        {
            found.push(refused("a resource control policy names the service of its actions", all.span).help("write for example `kms:*`"));
        }
        for diagnostic in found {
            self.error(diagnostic);
        }
    }

    fn principals(&mut self, node: &Node) -> Vec<NamedPrincipal> {
        if node.as_str() == Some("*") {
            return vec![NamedPrincipal { written: "*".into(), span: self.place(node.span), form: Form::Everyone }];
        }
        let Some(pairs) = node.as_mapping() else {
            self.error(
                node.expected("policy/principal", "`*` or a mapping such as `{ AWS: ARN }`").help("write `{ AWS: \"arn:aws:iam::…\" }`"),
            );
            return Vec::new();
        };
        if pairs.is_empty() {
            self.error(Diagnostic::error("policy/principal", "the `Principal` names nobody").at(node.span, "expected `AWS` or `Service`"));
        }
        let mut list = Vec::new();
        for pair in pairs {
            if pair.value.one_or_many().is_empty() {
                let label = "expected a principal";
                self.error(Diagnostic::error("policy/principal", "the `Principal` names nobody").at(pair.value.span, label));
            }
            for (text, span) in self.texts(&pair.value, "a principal") {
                let form = match pair.key.as_str() {
                    "AWS" => Form::of_aws(text),
                    "Service" => (!text.contains(['*', '?']) && text.contains('.')).then(|| Form::Service(text.into())),
                    "Federated" => Some(Form::Nobody),
                    "CanonicalUser" if self.kind != PolicyKind::Key => Some(Form::Nobody),
                    _ => break,
                };
                // Other services know principals of their own, such as a CloudFront identity in a bucket policy.
                let form = form.or((self.kind == PolicyKind::Resource).then_some(Form::Nobody));
                match form {
                    Some(form) => list.push(NamedPrincipal { written: text.into(), span: self.place(span), form }),
                    None => self.error(invalid_principal(&pair.key, text, span)),
                }
            }
            if self.errors.len() < MOST_FINDINGS
                && !matches!((pair.key.as_str(), self.kind), ("AWS" | "Service" | "Federated", _) | ("CanonicalUser", PolicyKind::Resource))
            {
                self.error(
                    Diagnostic::error("policy/principal", format!("there is no kind of principal `{}` here", cut(&pair.key)))
                        .at(pair.key_span, "unknown kind")
                        .suggest(&pair.key, ["AWS", "Service", "Federated"]),
                );
            }
        }
        list
    }

    fn conditions(&mut self, node: &Node) -> Vec<Condition> {
        let mut conditions = Vec::new();
        for pair in self.mapping(node, "a mapping of operators").unwrap_or(&[]) {
            if self.errors.len() >= MOST_FINDINGS {
                break;
            }
            let Some(operator) = Operator::parse(&pair.key) else {
                self.error(unknown_operator(pair));
                continue;
            };
            for entry in self.mapping(&pair.value, "a mapping of condition keys").unwrap_or(&[]) {
                let values = self.texts(&entry.value, "a value").into_iter();
                let values = values.map(|(text, span)| ConditionValue { written: text.into(), span: self.place(span) }).collect();
                let place = self.place(entry.key_span);
                let condition = Condition::new(&pair.key, operator, Key::parse(&entry.key), values, self.variables, place);
                conditions.push(condition);
            }
        }
        conditions
    }
}

impl<'n> Scope<&'n Node> {
    fn map_list<T>(self, read: impl FnOnce(&'n Node) -> Vec<T>) -> Scope<T> {
        match self {
            Scope::Absent => Scope::Absent,
            Scope::Only(node) => Scope::Only(node.first().map(|node| read(node)).unwrap_or_default()),
            Scope::Except(node) => Scope::Except(node.first().map(|node| read(node)).unwrap_or_default()),
        }
    }
}

fn unknown_operator(pair: &Pair) -> Diagnostic {
    let bare = bare_name(&pair.key);
    let diagnostic = Diagnostic::error("policy/operator", format!("there is no condition operator `{}`", cut(&pair.key)))
        .at(pair.key_span, "unknown operator");
    match bare {
        "Null" => diagnostic.help("`Null` asks whether the key exists: it takes neither `IfExists` nor a set operator"),
        _ => diagnostic.suggest(bare, operator_names()),
    }
}

fn invalid_principal(kind: &str, text: &str, span: Span) -> Diagnostic {
    let diagnostic = Diagnostic::error("policy/principal", format!("`{}` names no principal", cut(text))).at(span, "invalid principal");
    if kind == "Service" {
        diagnostic.help("a service is named by its DNS name, such as `cloudtrail.amazonaws.com`")
    } else if text.contains(['*', '?']) {
        diagnostic.help("there are no wildcards inside a principal; use `*` and a condition on `aws:PrincipalArn`")
    } else if text.contains(":group/") {
        diagnostic.help("a group is no principal; name its users, or the account and attach an identity-based policy to the group")
    } else {
        diagnostic.help("name an account, a user, a role or a session, such as `arn:aws:iam::111122223333:role/App`")
    }
}

#[cfg(test)]
mod tests;
