//! Users and roles of an account: their policies, groups, boundaries and tags, and the sessions that they begin with.

use super::Builder;
use super::accounts::Home;
use crate::cloud::Principal;
use crate::diag::Diagnostic;
use crate::doc::{Fields, Pair};
use crate::iam::{Identity, Session};
use std::sync::Arc;

impl Builder<'_> {
    pub(super) fn user(&mut self, pair: &Pair, home: &Home<'_>) -> Option<(Arc<str>, Identity)> {
        let name: Arc<str> = pair.key.as_str().into();
        if pair.value.is_null() {
            return Some((name, Identity::default()));
        }
        let mut fields = Fields::of(&pair.value, "a user", self.diagnostics)?;
        let groups = fields.optional("groups");
        let federated = fields.entries("federated", self.diagnostics);
        let identity = self.identity(&mut fields, "user", &name, home);
        fields.finish(self.diagnostics);
        let groups = groups.map(|node| self.groups_of(node.one_or_many(), home)).unwrap_or_default();
        for session in federated {
            let arn = Principal::federated_user(home.id, &session.key).arn;
            let title = format!("federated user {} in {}", session.key, home.label);
            self.session(session, home, arn, &title, Some(Arc::clone(&name)));
        }
        Some((name, Identity { groups, ..identity }))
    }

    pub(super) fn role(&mut self, pair: &Pair, home: &Home<'_>) -> Option<(Arc<str>, Identity)> {
        let name: Arc<str> = pair.key.as_str().into();
        if pair.value.is_null() {
            return Some((name, Identity::default()));
        }
        let mut fields = Fields::of(&pair.value, "a role", self.diagnostics)?;
        let trusted = fields.texts("trust", self.diagnostics).into_iter().map(Arc::from).collect();
        let sessions = fields.entries("sessions", self.diagnostics);
        let identity = self.identity(&mut fields, "role", &name, home);
        fields.finish(self.diagnostics);
        for session in sessions {
            let arn = Principal::role_session(home.id, &name, &session.key).arn;
            let title = format!("session {} of role {name} in {}", session.key, home.label);
            self.session(session, home, arn, &title, None);
        }
        Some((name, Identity { trusted, ..identity }))
    }

    /// What users and roles have in common.
    fn identity(&mut self, fields: &mut Fields<'_>, what: &str, name: &str, home: &Home<'_>) -> Identity {
        let (allow, policies) = (fields.optional("allow"), fields.optional("policies"));
        let boundary = fields.optional("boundary");
        let tags = fields.entries("tags", self.diagnostics);
        let title = format!("{what} {name} in {}", home.label);
        Identity {
            policies: self.identity_policies(allow, policies, home, &format!("identity policy of {title}")),
            boundary: boundary.and_then(|node| self.limiting_policy(node, home, "permissions boundary", &title)),
            tags: self.tags(tags),
            ..Identity::default()
        }
    }

    /// The groups that a user is in, which its account must have.
    fn groups_of(&mut self, nodes: &[crate::doc::Node], home: &Home<'_>) -> Vec<Arc<str>> {
        let mut groups = Vec::new();
        for node in nodes {
            let name = node.as_str().unwrap_or_default();
            if home.groups.contains(&name) {
                groups.push(name.into());
                continue;
            }
            self.diagnostics.push(
                Diagnostic::error("scenario/unknown-group", format!("account `{}` has no group `{name}`", home.label))
                    .at(node.span, "no such group")
                    .suggest(name, home.groups.iter().copied()),
            );
        }
        groups
    }

    /// A session of a role, or of a federated user. It exists even if what it brings is wrong, which is told once.
    fn session(&mut self, pair: &Pair, home: &Home<'_>, arn: Arc<str>, title: &str, user: Option<Arc<str>>) {
        if !is_session_name(&pair.key) {
            let message = format!("`{}` cannot be the name of a session", pair.key);
            self.error("scenario/session-name", message, pair.key_span, "expected 2 to 64 letters, digits and any of `_+=,.@-`");
            return;
        }
        let mut session = Session { user, ..Session::default() };
        if !pair.value.is_null()
            && let Some(mut fields) = Fields::of(&pair.value, "a session", self.diagnostics)
        {
            let policy = fields.optional("policy");
            let tags = fields.entries("tags", self.diagnostics);
            let with_mfa = fields.optional("mfa").is_some();
            let mfa = fields.flag("mfa", self.diagnostics);
            fields.finish(self.diagnostics);
            session.policies.extend(policy.and_then(|node| self.limiting_policy(node, home, "session policy", title)));
            session.tags = self.tags(tags);
            session.multi_factor = with_mfa.then_some(mfa);
        }
        self.world.iam.add_session(arn, session);
    }
}

/// Source: "AssumeRole", parameter RoleSessionName, AWS STS API Reference.
fn is_session_name(name: &str) -> bool {
    (2..=64).contains(&name.len()) && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"_+=,.@-".contains(&byte))
}
