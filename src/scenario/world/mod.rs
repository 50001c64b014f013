//! From the `world` section of a scenario to a [`World`]: one file per section.

mod accounts;
mod cloudwatch;
mod ebs;
mod hsm_clusters;
mod identities;
mod key_stores;
mod key_type;
mod kms;
mod lambda;
mod messaging;
mod organization;
mod principal;
mod quotas;
mod rds;
mod s3;
mod vpc_endpoints;
mod xks_proxies;

pub(super) use principal::{principal, unknown_principal};

use super::names::Names;
use crate::authz::{Subject, review};
use crate::cloud::{AccountId, ApiError, Region, parse_instant};
use crate::diag::{Diagnostic, Span};
use crate::doc::{Fields, Node, Pair};
use crate::iam::{Policy, PolicyKind};
use crate::kms::{KeyRef, XksProxy};
use crate::rulebook::Rulebook;
use crate::services::World;
use std::collections::BTreeMap;
use std::sync::Arc;

/// Builds a world from its section; every section gets this.
pub(super) struct Builder<'b> {
    pub(super) world: World,
    pub(super) names: &'b Names,
    pub(super) diagnostics: &'b mut Vec<Diagnostic>,
    /// What is accepted and was probably not meant.
    pub(super) warnings: Vec<Diagnostic>,
    /// The ids of resources that have labels; checks write `{label}`.
    pub(super) resources: BTreeMap<String, String>,
    /// The ids of CloudHSM clusters by their labels.
    pub(super) clusters: BTreeMap<String, Arc<str>>,
    /// The external key store proxies by their labels; nothing for one whose description is wrong, which has been told.
    pub(super) proxies: BTreeMap<String, Option<XksProxy>>,
    /// The ids of custom key stores by their labels.
    pub(super) stores: BTreeMap<String, Arc<str>>,
}

/// What building a world gives.
pub(super) struct Built {
    pub(super) world: World,
    pub(super) resources: BTreeMap<String, String>,
    pub(super) warnings: Vec<Diagnostic>,
}

/// When a world begins, if it does not say: a new year, so that calendar months are whole.
const START: &str = "2026-01-01";

/// The seed of a world.
pub(super) fn seed(world: &Node) -> u64 {
    world.get("seed").and_then(Node::as_str).and_then(|text| text.parse().ok()).unwrap_or(1)
}

/// Builds a world from a section without holes and with resolved names.
pub(super) fn build(node: &Node, names: &Names, rulebook: Rulebook, diagnostics: &mut Vec<Diagnostic>) -> Built {
    let mut fields = match Fields::of(node, "the world", diagnostics) {
        Some(fields) => fields,
        None => {
            let world = World::new(rulebook, parse_instant(START).unwrap_or_default(), 1);
            return Built { world, resources: BTreeMap::new(), warnings: Vec::new() };
        }
    };
    let start = fields.text("start", diagnostics).unwrap_or(START);
    let start = parse_instant(start).unwrap_or_else(|| {
        diagnostics
            .push(Diagnostic::error("scenario/start", format!("`{start}` is no date")).at(node.span, "expected a date such as 2026-01-01"));
        parse_instant(START).unwrap_or_default()
    });
    // Region and seed have been read with the names.
    fields.optional("region");
    fields.integer("seed", diagnostics);
    let accounts = fields.required("accounts", diagnostics);
    let sections: Vec<(&Section, Option<&Node>)> = SECTIONS.iter().map(|section| (section, fields.optional(section.name))).collect();
    fields.finish(diagnostics);
    let mut builder = Builder {
        world: World::new(rulebook, start, seed(node)),
        names,
        diagnostics,
        warnings: Vec::new(),
        resources: BTreeMap::new(),
        clusters: BTreeMap::new(),
        proxies: BTreeMap::new(),
        stores: BTreeMap::new(),
    };
    if let Some(accounts) = accounts {
        builder.accounts(accounts);
    }
    for (section, node) in sections {
        if let Some(node) = node {
            (section.read)(&mut builder, node);
        }
    }
    Built { world: builder.world, resources: builder.resources, warnings: builder.warnings }
}

/// A section for resources of KMS or of a service.
struct Section {
    name: &'static str,
    read: fn(&mut Builder<'_>, &Node),
}

/// The sections, in the order in which they are built: key stores before the keys in them, keys before what uses them. Quotas come last: building a world uses none.
const SECTIONS: &[Section] = &[
    Section { name: "organization", read: |builder, node| _ = builder.organization(node) },
    Section { name: "vpc_endpoints", read: |builder, node| builder.vpc_endpoints(node) },
    Section { name: "hsm_clusters", read: |builder, node| builder.hsm_clusters(node) },
    Section { name: "xks_proxies", read: |builder, node| builder.xks_proxies(node) },
    Section { name: "key_stores", read: |builder, node| builder.key_stores(node) },
    Section { name: "kms", read: |builder, node| builder.keys(node) },
    Section { name: "s3", read: |builder, node| builder.s3(node) },
    Section { name: "ebs", read: |builder, node| builder.ebs(node) },
    Section { name: "rds", read: |builder, node| builder.rds(node) },
    Section { name: "lambda", read: |builder, node| builder.lambda(node) },
    Section { name: "sqs", read: |builder, node| builder.sqs(node) },
    Section { name: "logs", read: |builder, node| builder.logs(node) },
    Section { name: "quotas", read: |builder, node| builder.quotas(node) },
    Section { name: "cloudwatch", read: |builder, node| builder.cloudwatch(node) },
];

impl Builder<'_> {
    /// Reports an error.
    pub(super) fn error(&mut self, code: &'static str, message: impl Into<String>, span: Span, label: impl Into<String>) {
        self.diagnostics.push(Diagnostic::error(code, message).at(span, label));
    }

    /// The account that owns the resource described by `node`, by its `account` field.
    pub(super) fn owner(&mut self, node: &Node) -> Option<AccountId> {
        self.names.account_of(node, self.diagnostics)
    }

    /// The Region of the resource described by `node`, by its `region` field.
    pub(super) fn region(&mut self, node: &Node) -> Option<Region> {
        self.names.region_of(node, self.diagnostics)
    }

    /// A policy document, a list of statements, or one statement.
    pub(super) fn policy(&mut self, node: &Node, kind: PolicyKind, name: &str) -> Option<Arc<Policy>> {
        match Policy::from_node(&document(node), kind, name) {
            Ok(policy) => {
                // A key policy is reviewed once its key is there.
                if kind != PolicyKind::Key {
                    self.warnings.extend(review(&policy, &Subject::default()));
                }
                Some(Arc::new(policy))
            }
            Err(found) => {
                self.diagnostics.extend(found);
                None
            }
        }
    }

    /// The tags of a `tags` field.
    pub(super) fn tags(&mut self, pairs: &[Pair]) -> BTreeMap<String, String> {
        let mut tags = BTreeMap::new();
        for pair in pairs {
            match pair.value.as_str() {
                Some(value) => _ = tags.insert(pair.key.clone(), value.to_owned()),
                None => self.diagnostics.push(pair.value.expected("doc/wrong-shape", "the value of a tag")),
            }
        }
        tags
    }

    /// The key that a resource is encrypted under: named by its label, an alias or an ARN.
    pub(super) fn key_of(&mut self, node: &Node, account: AccountId, region: Region) -> Option<KeyRef> {
        let text = node.as_str().unwrap_or_default();
        let found = self.world.find_key(text, account, region);
        if found.is_none() {
            self.error(
                "scenario/unknown-key",
                format!("there is no key `{}` in {region}", self.names.readable(text)),
                node.span,
                "no such key",
            );
        }
        found
    }

    /// Keeps the id of a labelled resource, or reports why it could not be made.
    pub(super) fn made(&mut self, pair: &Pair, made: Result<Arc<str>, ApiError>) {
        match made {
            Ok(id) if !self.resources.contains_key(&pair.key) => {
                self.resources.insert(pair.key.clone(), id.to_string());
            }
            Ok(_) => self.error("scenario/duplicate-label", format!("two resources are labelled `{}`", pair.key), pair.key_span, "again"),
            Err(error) => self.error("scenario/resource", error.to_string(), pair.key_span, "cannot be set up"),
        }
    }
}

/// Statements without their document get one.
fn document(node: &Node) -> Node {
    use crate::doc::{NodeKind, Pair, Scalar};
    if node.get("Statement").is_some() {
        return node.clone();
    }
    let is_statements = node.as_sequence().is_some() || node.get("Effect").is_some();
    if !is_statements {
        return node.clone();
    }
    let version = Node { kind: NodeKind::Scalar(Scalar { text: "2012-10-17".into(), quoted: true }), span: node.span };
    let pair = |key: &str, value: Node| Pair { key: key.to_owned(), key_span: node.span, value };
    Node { kind: NodeKind::Mapping(vec![pair("Version", version), pair("Statement", node.clone())]), span: node.span }
}
