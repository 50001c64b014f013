//! The `accounts` section: users and roles with their policies.

use super::Builder;
use crate::diag::Span;
use crate::doc::{Fields, Node, NodeKind, Pair, Scalar};
use crate::iam::{Identity, PolicyKind};
use std::sync::Arc;

impl Builder<'_> {
    pub(super) fn accounts(&mut self, node: &Node) {
        let Some(pairs) = node.as_mapping() else {
            self.diagnostics.push(node.expected("doc/wrong-shape", "a mapping of account labels"));
            return;
        };
        for pair in pairs {
            let Some(mut fields) = Fields::of(&pair.value, "an account", self.diagnostics) else { continue };
            fields.optional("id");
            let users = fields.entries("users", self.diagnostics);
            let roles = fields.entries("roles", self.diagnostics);
            fields.finish(self.diagnostics);
            let label = pair.key.as_str();
            let Some(id) = self.names.account_id(label) else { continue };
            let users: Vec<_> = users.iter().filter_map(|pair| self.identity(pair, "user", label)).collect();
            let roles: Vec<_> = roles.iter().filter_map(|pair| self.identity(pair, "role", label)).collect();
            let account = self.world.iam.account_mut(id);
            account.users.extend(users);
            account.roles.extend(roles);
        }
    }

    fn identity(&mut self, pair: &Pair, what: &'static str, account: &str) -> Option<(Arc<str>, Identity)> {
        let name: Arc<str> = pair.key.as_str().into();
        if pair.value.is_null() {
            return Some((name, Identity::default()));
        }
        let mut fields = Fields::of(&pair.value, if what == "user" { "a user" } else { "a role" }, self.diagnostics)?;
        let allow = fields.optional("allow");
        let policies = fields.optional("policies");
        let trusted = fields.texts("trust", self.diagnostics).into_iter().map(Arc::from).collect();
        fields.finish(self.diagnostics);
        let title = format!("identity policy of {what} {name} in {account}");
        let mut list = Vec::new();
        if let Some(allow) = allow {
            list.extend(self.policy(&allow_statement(allow), PolicyKind::Identity, &title));
        }
        let documents: Vec<&Node> = match policies {
            // A list of documents, or statements right away.
            Some(node) => match node.as_sequence() {
                Some(items) if items.iter().all(|item| item.get("Statement").is_some()) => items.iter().collect(),
                Some([]) => Vec::new(),
                Some(_) | None => vec![node],
            },
            None => Vec::new(),
        };
        for document in documents {
            list.extend(self.policy(document, PolicyKind::Identity, &title));
        }
        Some((name, Identity { policies: list, trusted, ..Identity::default() }))
    }
}

/// `allow: ["s3:*"]` is short for one statement that allows these actions on every resource.
fn allow_statement(actions: &Node) -> Node {
    let span: Span = actions.span;
    let text = |text: &str| Node { kind: NodeKind::Scalar(Scalar { text: text.to_owned(), quoted: true }), span };
    let pair = |key: &str, value: Node| Pair { key: key.to_owned(), key_span: span, value };
    Node {
        kind: NodeKind::Mapping(vec![pair("Effect", text("Allow")), pair("Action", actions.clone()), pair("Resource", text("*"))]),
        span,
    }
}
