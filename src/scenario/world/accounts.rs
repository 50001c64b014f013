//! The `accounts` section: what an account's users, groups and roles share, and its managed policies.

use super::Builder;
use crate::cloud::AccountId;
use crate::diag::{Diagnostic, Span};
use crate::doc::{Fields, Node, NodeKind, Pair, Scalar};
use crate::iam::{Policy, PolicyKind, aws_managed_policy, aws_managed_policy_names};
use std::collections::BTreeMap;
use std::sync::Arc;

/// The account whose users, groups and roles are read.
pub(super) struct Home<'n> {
    pub(super) id: AccountId,
    pub(super) label: &'n str,
    /// Its managed policies by name; nothing for one that is wrong, which has been told.
    managed: BTreeMap<&'n str, Option<Arc<Policy>>>,
    /// The names of its groups.
    pub(super) groups: Vec<&'n str>,
}

impl Builder<'_> {
    pub(super) fn accounts(&mut self, node: &Node) {
        let Some(pairs) = node.as_mapping() else {
            self.diagnostics.push(node.expected("doc/wrong-shape", "a mapping of account labels"));
            return;
        };
        for pair in pairs {
            self.account(pair);
        }
    }

    fn account(&mut self, pair: &Pair) -> Option<()> {
        let mut fields = Fields::of(&pair.value, "an account", self.diagnostics)?;
        fields.optional("id");
        let managed = fields.entries("managed_policies", self.diagnostics);
        let groups = fields.entries("groups", self.diagnostics);
        let users = fields.entries("users", self.diagnostics);
        let roles = fields.entries("roles", self.diagnostics);
        fields.finish(self.diagnostics);
        let label = pair.key.as_str();
        let id = self.names.account_id(label)?;
        let managed = managed
            .iter()
            .map(|policy| {
                let title = format!("managed policy {} of {label}", policy.key);
                (policy.key.as_str(), self.policy(&policy.value, PolicyKind::Identity, &title))
            })
            .collect();
        let home = Home { id, label, managed, groups: groups.iter().map(|group| group.key.as_str()).collect() };
        let groups: Vec<_> = groups.iter().map(|group| (Arc::from(group.key.as_str()), self.group(group, &home))).collect();
        let users: Vec<_> = users.iter().filter_map(|user| self.user(user, &home)).collect();
        let roles: Vec<_> = roles.iter().filter_map(|role| self.role(role, &home)).collect();
        let managed = home.managed.into_iter().filter_map(|(name, policy)| Some((Arc::from(name), policy?)));
        let account = self.world.iam.account_mut(id);
        account.managed_policies.extend(managed);
        account.groups.extend(groups);
        account.users.extend(users);
        account.roles.extend(roles);
        Some(())
    }

    /// The policies of a group.
    fn group(&mut self, pair: &Pair, home: &Home<'_>) -> Vec<Arc<Policy>> {
        if pair.value.is_null() {
            return Vec::new();
        }
        let Some(mut fields) = Fields::of(&pair.value, "a group", self.diagnostics) else { return Vec::new() };
        let (allow, policies) = (fields.optional("allow"), fields.optional("policies"));
        fields.finish(self.diagnostics);
        self.identity_policies(allow, policies, home, &format!("policy of group {} in {}", pair.key, home.label))
    }

    /// What `allow` and `policies` give together. Under `policies` stand names of managed policies, documents, and
    /// statements, which together are one document.
    pub(super) fn identity_policies(
        &mut self,
        allow: Option<&Node>,
        policies: Option<&Node>,
        home: &Home<'_>,
        title: &str,
    ) -> Vec<Arc<Policy>> {
        let mut list = Vec::new();
        if let Some(allow) = allow {
            list.extend(self.policy(&allow_statement(allow), PolicyKind::Identity, title));
        }
        let Some(node) = policies else { return list };
        let (names, written): (Vec<&Node>, Vec<&Node>) = node.one_or_many().iter().partition(|item| item.as_str().is_some());
        let (documents, statements): (Vec<&Node>, Vec<&Node>) = written.into_iter().partition(|item| item.get("Statement").is_some());
        for name in names {
            list.extend(self.managed_policy(name, home));
        }
        for document in documents {
            list.extend(self.policy(document, PolicyKind::Identity, title));
        }
        if !statements.is_empty() {
            let statements = Node { kind: NodeKind::Sequence(statements.into_iter().cloned().collect()), span: node.span };
            list.extend(self.policy(&statements, PolicyKind::Identity, title));
        }
        list
    }

    /// The managed policy that a name or ARN stands for: the account's own, else AWS's.
    fn managed_policy(&mut self, node: &Node, home: &Home<'_>) -> Option<Arc<Policy>> {
        let text = node.as_str()?;
        let name = text.rsplit_once(":policy/").map_or(text, |(_, name)| name);
        if let Some(own) = home.managed.get(name) {
            return own.clone();
        }
        let found = aws_managed_policy(name);
        if found.is_none() {
            self.diagnostics.push(
                Diagnostic::error("scenario/unknown-policy", format!("account `{}` has no managed policy `{name}`", home.label))
                    .at(node.span, "no such policy")
                    .suggest(name, aws_managed_policy_names().map(|name| -> &str { name }).chain(home.managed.keys().copied())),
            );
        }
        found
    }

    /// A policy that limits somebody, called after what it is and whom it limits: a document, statements, or the name of a
    /// managed policy.
    pub(super) fn limiting_policy(&mut self, node: &Node, home: &Home<'_>, what: &str, whom: &str) -> Option<Arc<Policy>> {
        let Some(name) = node.as_str() else { return self.policy(node, PolicyKind::Identity, &format!("{what} of {whom}")) };
        let policy = self.managed_policy(node, home)?;
        Some(Arc::new(policy.renamed(&format!("{what} {name} of {whom}"))))
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
