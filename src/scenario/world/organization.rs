//! The `organization` section: one organisation, its policies, and what they are attached to.

use super::Builder;
use crate::cloud::AccountId;
use crate::diag::{Diagnostic, Span};
use crate::doc::{Fields, Node, Pair};
use crate::iam::{Controls, DEEPEST_UNITS, Member, Organization, Policy, PolicyKind, Unit};
use std::collections::BTreeMap;
use std::sync::Arc;

/// Source: "SCP evaluation", section "Strategy for using SCPs", AWS Organizations User Guide.
const FULL_ACCESS: &str = r#"{"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": "*", "Resource": "*"}}"#;

/// The organisation as far as it has been read.
struct Draft<'n> {
    /// Its policies by name; nothing for one that is wrong, which has been told.
    policies: BTreeMap<&'n str, Option<Arc<Policy>>>,
    full_access: Arc<Policy>,
    units: BTreeMap<Arc<str>, Unit>,
    members: BTreeMap<AccountId, Member>,
}

/// What stands below the root or a unit.
#[derive(Clone, Copy, Default)]
struct Below<'n> {
    units: &'n [Pair],
    accounts: Option<&'n Node>,
}

impl Builder<'_> {
    pub(super) fn organization(&mut self, node: &Node) -> Option<()> {
        let mut fields = Fields::of(node, "the organization", self.diagnostics)?;
        fields.required_text("name", self.diagnostics);
        let management = fields.required("management", self.diagnostics);
        let policies = fields.entries("policies", self.diagnostics);
        let root = fields.optional("root");
        fields.finish(self.diagnostics);
        let policies = policies.iter().map(|pair| (pair.key.as_str(), self.control_policy(pair))).collect();
        let full_access = Arc::new(Policy::from_json(FULL_ACCESS, PolicyKind::ServiceControl, "FullAWSAccess").ok()?);
        let mut draft = Draft { policies, full_access, units: BTreeMap::new(), members: BTreeMap::new() };
        let (controls, below) = match root {
            Some(root) => self.place(root, "the root", "the root", &draft),
            None => (draft.controls_of(Vec::new(), true, "the root"), Below::default()),
        };
        self.below(below, None, &mut draft);
        let management = self.names.read_account(management?, self.diagnostics)?;
        let names = self.names.organization()?;
        self.world.iam.organization = Some(Organization {
            id: Arc::clone(&names.id),
            management,
            root: Arc::clone(&names.root),
            controls,
            units: draft.units,
            members: draft.members,
        });
        Some(())
    }

    /// `{ scp: … }` or `{ rcp: … }`.
    fn control_policy(&mut self, pair: &Pair) -> Option<Arc<Policy>> {
        let mut fields = Fields::of(&pair.value, "a policy of the organization", self.diagnostics)?;
        let (service, resource) = (fields.optional("scp"), fields.optional("rcp"));
        let span = fields.span;
        fields.finish(self.diagnostics);
        match (service, resource) {
            (Some(node), None) => self.policy(node, PolicyKind::ServiceControl, &pair.key),
            (None, Some(node)) => self.policy(node, PolicyKind::ResourceControl, &pair.key),
            (Some(_), Some(_)) | (None, None) => {
                let message = format!("the policy `{}` is either a service or a resource control policy", pair.key);
                self.error("scenario/organization", message, span, "expected either `scp` or `rcp`");
                None
            }
        }
    }

    /// What is attached to the root, a unit or an account, called `title` in the names of policies, and what is below.
    fn place<'n>(&mut self, node: &'n Node, what: &'static str, title: &str, draft: &Draft<'_>) -> (Controls, Below<'n>) {
        if node.is_null() {
            return (draft.controls_of(Vec::new(), true, title), Below::default());
        }
        let Some(mut fields) = Fields::of(node, what, self.diagnostics) else { return (Controls::default(), Below::default()) };
        let names = fields.optional("attach").map(Node::one_or_many).unwrap_or_default();
        let full_access = fields.optional("full_access").is_none() || fields.flag("full_access", self.diagnostics);
        let below = match what {
            "an account" => Below::default(),
            _ => Below { units: fields.entries("units", self.diagnostics), accounts: fields.optional("accounts") },
        };
        fields.finish(self.diagnostics);
        let mut attached = Vec::new();
        // A policy that is wrong may have been meant as one that allows.
        let mut may_allow = full_access;
        for name in names {
            let text = name.as_str().unwrap_or_default();
            match draft.policies.get(text) {
                Some(policy) => {
                    may_allow |= policy.as_ref().is_none_or(|policy| policy.kind == PolicyKind::ServiceControl);
                    attached.extend(policy.clone());
                }
                None => {
                    may_allow = true;
                    let unknown = Diagnostic::error("scenario/unknown-policy", format!("the organization has no policy `{text}`"))
                        .at(name.span, "no such policy");
                    self.diagnostics.push(match text {
                        "FullAWSAccess" => unknown.help("it is attached everywhere, unless `full_access: false` takes it away"),
                        "RCPFullAWSAccess" => unknown.help("it is attached everywhere, and cannot be taken away"),
                        _ => unknown.suggest(text, draft.policies.keys().copied()),
                    });
                }
            }
        }
        // Source: "DetachPolicy", AWS Organizations API Reference.
        if !may_allow {
            let message = format!("no service control policy is attached to {title}");
            self.error("scenario/organization", message, node.span, "AWS wants at least one; attach another beside `full_access: false`");
        }
        (draft.controls_of(attached, full_access, title), below)
    }

    /// The units and accounts below the root, or below a unit that has this name with those above, and this id.
    fn below(&mut self, below: Below<'_>, unit: Option<(&str, &Arc<str>)>, draft: &mut Draft<'_>) {
        for pair in below.units {
            let path = unit.map_or_else(|| pair.key.clone(), |(above, _)| format!("{above}/{}", pair.key));
            if path.split('/').count() > DEEPEST_UNITS {
                let message = format!("the unit `{}` has {DEEPEST_UNITS} units above it", pair.key);
                self.error("scenario/organization", message, pair.key_span, format!("AWS nests at most {DEEPEST_UNITS} units"));
                continue;
            }
            let Some(id) = self.names.organization().and_then(|names| names.unit(&path)).cloned() else { continue };
            let (controls, below) = self.place(&pair.value, "an organizational unit", &format!("OU {path}"), draft);
            let parent = unit.map(|(_, id)| Arc::clone(id));
            draft.units.insert(Arc::clone(&id), Unit { name: path.as_str().into(), parent, controls });
            self.below(below, Some((&path, &id)), draft);
        }
        let unit = unit.map(|(_, id)| id);
        // A list names accounts to which nothing more is attached.
        match below.accounts.map(|node| (node, node.as_mapping())) {
            Some((_, Some(pairs))) => {
                for pair in pairs {
                    let (controls, _) = self.place(&pair.value, "an account", &format!("account {}", pair.key), draft);
                    self.member(&pair.key, pair.key_span, controls, unit, draft);
                }
            }
            Some((node, None)) => {
                for item in node.one_or_many() {
                    let text = item.as_str().unwrap_or_default();
                    let controls = draft.controls_of(Vec::new(), true, &format!("account {text}"));
                    self.member(text, item.span, controls, unit, draft);
                }
            }
            None => {}
        }
    }

    fn member(&mut self, text: &str, span: Span, controls: Controls, unit: Option<&Arc<str>>, draft: &mut Draft<'_>) {
        let Some(account) = self.names.account_named(text, span, self.diagnostics) else { return };
        if draft.members.insert(account, Member { unit: unit.cloned(), controls }).is_some() {
            let message = format!("account `{}` stands in the organization twice", self.names.readable(text));
            self.error("scenario/organization", message, span, "again");
        }
    }
}

impl Draft<'_> {
    /// These policies, each under a name that says where it is attached.
    fn controls_of(&self, attached: Vec<Arc<Policy>>, full_access: bool, title: &str) -> Controls {
        let mut controls = Controls::default();
        for policy in full_access.then(|| Arc::clone(&self.full_access)).into_iter().chain(attached) {
            let (list, word) =
                if policy.kind == PolicyKind::ResourceControl { (&mut controls.resource, "RCP") } else { (&mut controls.service, "SCP") };
            list.push(Arc::new(policy.renamed(&format!("{word} \"{}\" of {title}", policy.name))));
        }
        controls
    }
}
