//! The `kms` section: keys by label.

use super::Builder;
use super::key_type::KeyType;
use crate::authz::{Subject, review};
use crate::cloud::{Region, days_after, parse_instant};
use crate::diag::Diagnostic;
use crate::doc::{Fields, Node, Pair};
use crate::iam::{Policy, PolicyKind};
use crate::kms::{
    AliasRef, AutomaticRotation, Key, KeyRef, NewKey, NewReplica, default_key_policy, is_policy_character, refused_condition,
};
use crate::scenario::names::MANAGED;
use std::collections::BTreeMap;
use std::sync::Arc;

impl Builder<'_> {
    pub(super) fn keys(&mut self, node: &Node) {
        let Some(pairs) = node.as_mapping() else {
            self.diagnostics.push(node.expected("doc/wrong-shape", "a mapping of key labels"));
            return;
        };
        for pair in pairs {
            self.key(pair);
        }
    }

    fn key(&mut self, pair: &Pair) -> Option<()> {
        let mut fields = Fields::of(&pair.value, "a key", self.diagnostics)?;
        fields.optional("account");
        fields.optional("region");
        let kind = fields.text("kind", self.diagnostics).unwrap_or("customer-managed");
        let service = fields.optional("service");
        let policy = fields.optional("policy");
        let description = fields.text("description", self.diagnostics).unwrap_or_default().to_owned();
        let aliases = fields.texts("aliases", self.diagnostics);
        let tags = fields.entries("tags", self.diagnostics);
        let rotation = fields.optional("rotation");
        let state = fields.optional("state");
        let replica_of = fields.optional("replica_of");
        let key_store = fields.optional("key_store");
        let kind_of_key = KeyType::read(&mut fields, self.diagnostics);
        let span = fields.span;
        fields.finish(self.diagnostics);
        let named = self.names.key(&pair.key).cloned();
        if kind == "aws-managed" {
            // AWS fixes the policy of such a key, so a `policy` here has no effect: a scenario may offer both kinds.
            let via = named.as_ref().and_then(|key| key.service).and_then(|service| MANAGED.iter().find(|(suffix, _)| *suffix == service));
            let (Some(key), Some((service, via))) = (named, via) else {
                let legal = MANAGED.iter().map(|(suffix, _)| *suffix);
                self.diagnostics.push(
                    Diagnostic::error("scenario/managed-service", "an aws-managed key says which service it is of")
                        .at(service.map_or(span, |node| node.span), "expected a service with an AWS managed key")
                        .suggest(service.and_then(Node::as_str).unwrap_or_default(), legal),
                );
                return None;
            };
            self.world.aws_managed_key(key.account, key.region, service, via);
            return Some(());
        }
        if kind != "customer-managed" {
            self.diagnostics.push(
                Diagnostic::error("scenario/key-kind", format!("there is no kind of key `{kind}`"))
                    .at(span, "kind of key")
                    .suggest(kind, ["customer-managed", "aws-managed"]),
            );
            return None;
        }
        let key = named?;
        let title = format!("key policy of {}", pair.key);
        let policy = match policy {
            // A key whose policy is wrong is there all the same, or everything that uses it would be reported, too.
            Some(node) => self.policy(node, PolicyKind::Key, &title),
            None => None,
        };
        let policy = match policy {
            Some(policy) => policy,
            None => Arc::new(default_key_policy(key.account, &title).ok()?),
        };
        self.check_key_policy(&policy, pair);
        let tags = self.tags(tags);
        let (id, account, region) = (key.id, key.account, key.region);
        if let (Some(_), Some(node)) = (replica_of, key_store) {
            self.error("scenario/key-store", "a key store holds no multi-Region keys", node.span, "not for a replica");
        }
        let at = match replica_of {
            Some(primary) => self.replica(primary, region, description, policy, tags)?,
            None => {
                let KeyType { spec, usage, origin, .. } = kind_of_key?;
                let new = NewKey { spec, usage, origin, description, tags, ..NewKey::symmetric(id, account, region, policy) };
                let new = match key_store {
                    Some(node) => self.put_in_key_store(node, new),
                    None => new,
                };
                let at = self.world.kms.add_key(&self.world.cloud.random, self.world.cloud.now(), new);
                self.material(&kind_of_key?, at);
                at
            }
        };
        if let Some(key) = self.world.kms.key(at) {
            self.warnings.extend(review(&key.policy, &Subject::of_key(key)));
        }
        for alias in aliases {
            let now = self.world.cloud.now();
            self.world.kms.set_alias(AliasRef { account, region, name: alias.into() }, at, now);
        }
        if let Some(node) = rotation {
            self.rotation(node, at);
        }
        if let Some(node) = state {
            self.state(node, at);
        }
        Some(())
    }

    /// A replica of a key that stands above it in the file.
    fn replica(
        &mut self,
        primary: &Node,
        region: Region,
        description: String,
        policy: Arc<Policy>,
        tags: BTreeMap<String, String>,
    ) -> Option<KeyRef> {
        let label = primary.as_str().unwrap_or_default();
        let named = self.names.key(label).map(|key| KeyRef { id: key.id, region: key.region });
        let source = named.filter(|at| self.world.kms.key(*at).is_some_and(Key::is_primary));
        let Some(source) = source.filter(|at| at.region != region) else {
            self.diagnostics.push(
                Diagnostic::error("scenario/replica", format!("`{label}` is no primary that this key could be a replica of"))
                    .at(primary.span, "expected a key above with `multi_region: true`, in another Region")
                    .help("a replica says its own `region`"),
            );
            return None;
        };
        let created = self.world.cloud.now();
        let replica = NewReplica { region, description, policy, tags, created, created_until: None };
        self.world.kms.add_replica(source, replica)
    }

    /// The material that a customer has imported before the scenario begins.
    fn material(&mut self, kind: &KeyType<'_>, at: KeyRef) {
        let Some(node) = kind.material else { return };
        let expires = kind.expires.map(|node| (node, node.as_str().and_then(parse_instant)));
        if let Some((node, None)) = expires {
            self.diagnostics.push(node.expected("scenario/date", "a date such as 2026-03-01"));
            return;
        }
        let name = node.as_str().unwrap_or_default();
        let expires = expires.and_then(|(_, date)| date);
        if !self.world.kms.import_beforehand(&self.world.cloud.random, self.world.cloud.now(), at, name, expires) {
            self.error(
                "scenario/material",
                "only a key with `origin: EXTERNAL` takes material".to_owned(),
                node.span,
                "no place for it".to_owned(),
            );
        }
    }

    /// A key policy that is too long, names somebody who does not exist, or has a condition that KMS refuses could not be saved.
    fn check_key_policy(&mut self, policy: &Policy, pair: &Pair) {
        for (arn, span) in policy.principals().filter(|(arn, _)| !self.world.iam.principal_exists(arn)) {
            self.diagnostics.push(super::unknown_principal(&self.world, self.names, arn, span.unwrap_or(pair.key_span)));
        }
        let (text, most) = (policy.to_json().to_string(), self.world.kms.rules().policy_bytes);
        if text.len() > most {
            let message = format!("the key policy has {} bytes, and KMS takes at most {most}", text.len());
            self.error("policy/too-long", message, pair.key_span, "the policy of this key");
        }
        if let Some(odd) = text.chars().find(|character| !is_policy_character(*character)) {
            let message = format!("a key policy may not hold the character `{odd}`");
            self.error("policy/character", message, pair.key_span, "the policy of this key");
        }
        if let Some(refused) = refused_condition(policy) {
            self.diagnostics.push(
                Diagnostic::error("policy/refused-condition", refused.message)
                    .at(refused.span.unwrap_or(pair.key_span), "not in a key policy")
                    .help(refused.help),
            );
        }
    }

    /// `rotation: true`, or the number of days.
    fn rotation(&mut self, node: &Node, at: KeyRef) {
        let default = self.world.kms.rules().rotation_days;
        let days = match (node.as_bool(), node.as_str().and_then(|text| text.parse::<u32>().ok())) {
            (Some(false), _) => return,
            (Some(true), _) => default,
            (None, Some(days)) => days,
            (None, None) => {
                self.diagnostics.push(node.expected("scenario/rotation", "`true`, `false` or a number of days"));
                return;
            }
        };
        let (least, most) = (self.world.kms.rules().rotation_days_min, self.world.kms.rules().rotation_days_max);
        if !(least..=most).contains(&days) {
            let label = format!("AWS takes {least} to {most}");
            self.error("scenario/rotation", format!("a key does not rotate every {days} days"), node.span, label);
            return;
        }
        let next = days_after(self.world.cloud.now(), days);
        if let Some(key) = self.world.kms.configure(at) {
            key.rotation = Some(AutomaticRotation { period_days: days, next });
        }
    }

    fn state(&mut self, node: &Node, at: KeyRef) {
        let enabled = match node.as_str() {
            Some("Enabled") => true,
            Some("Disabled") => false,
            _ => {
                self.diagnostics.push(node.expected("scenario/key-state", "`Enabled` or `Disabled`"));
                return;
            }
        };
        if let Some(key) = self.world.kms.configure(at) {
            key.enabled = enabled;
        }
    }
}
