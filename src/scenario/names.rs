//! Names that an author gives to accounts, keys, an organisation and VPC endpoints, and what they stand for in ARNs,
//! parameters and conditions.

mod organization;

pub(super) use organization::OrganizationNames;

use crate::cloud::{AccountId, Random, Region};
use crate::diag::{Diagnostic, Span};
use crate::doc::{Node, NodeKind};
use crate::kms::{KeyId, Kms};
use std::collections::BTreeMap;
use std::sync::Arc;

/// The labels and names of one world.
#[derive(Clone, Debug, Default)]
pub struct Names {
    accounts: BTreeMap<String, AccountId>,
    keys: BTreeMap<String, NamedKey>,
    organization: Option<OrganizationNames>,
    endpoints: BTreeMap<String, NamedEndpoint>,
    region: Option<Region>,
}

/// A key that has a label.
#[derive(Clone, Debug)]
pub(super) struct NamedKey {
    pub(super) id: KeyId,
    pub(super) arn: String,
    pub(super) account: AccountId,
    pub(super) region: Region,
    /// The service of an AWS managed key.
    pub(super) service: Option<&'static str>,
}

/// A VPC endpoint that has a label.
#[derive(Clone, Debug)]
pub(super) struct NamedEndpoint {
    pub(super) id: Arc<str>,
    pub(super) region: Region,
}

/// Condition keys whose values are ids of organisations; its name may stand there.
const ORGANIZATION_KEYS: [&str; 3] = ["aws:PrincipalOrgID", "aws:ResourceOrgID", "aws:SourceOrgID"];
/// Condition keys whose values are paths from an organisation down to an account.
const PATH_KEYS: [&str; 3] = ["aws:PrincipalOrgPaths", "aws:ResourceOrgPaths", "aws:SourceOrgPaths"];
/// The condition key whose values are ids of VPC endpoints; their labels may stand there.
const ENDPOINT_KEY: &str = "aws:SourceVpce";

/// Parameters and fields that name a key. A key's label may stand there.
const KEY_FIELDS: [&str; 18] = [
    "key",
    "KeyId",
    "SourceKeyId",
    "DestinationKeyId",
    "TargetKeyId",
    "KmsKeyId",
    "kmsKeyId",
    "KMSKeyId",
    "KMSKeyArn",
    "KMSMasterKeyID",
    "KmsMasterKeyId",
    "KMSMasterKeyId",
    "SSEKMSKeyId",
    "ReplicaKmsKeyID",
    "TargetKmsKeyId",
    "SourceKMSKeyArn",
    "key_arn",
    "default_key",
];

/// The services that have an AWS managed key in the model: the alias suffix and the label of `kms:ViaService`.
pub(super) const MANAGED: [(&str, &str); 6] =
    [("ebs", "ec2"), ("lambda", "lambda"), ("rds", "rds"), ("s3", "s3"), ("secretsmanager", "secretsmanager"), ("sqs", "sqs")];

impl Names {
    /// Collects the labels of a world whose holes are filled.
    pub(super) fn collect(world: &Node, seed: u64, diagnostics: &mut Vec<Diagnostic>) -> Self {
        let mut names = Names::default();
        names.region = match world.get("region") {
            None => Some(Region::default_region()),
            Some(node) => names.read_region(node, diagnostics),
        };
        for pair in world.get("accounts").and_then(Node::as_mapping).unwrap_or_default() {
            match pair.value.get("id").and_then(Node::as_str).and_then(AccountId::parse) {
                Some(id) => {
                    names.accounts.insert(pair.key.clone(), id);
                }
                None => {
                    // A stand-in, so that whatever refers to the account is not reported as well.
                    names.accounts.extend(AccountId::parse("000000000000").map(|id| (pair.key.clone(), id)));
                    diagnostics.push(
                        Diagnostic::error("scenario/account-id", format!("account `{}` needs an id of twelve digits", pair.key))
                            .at(pair.value.get("id").map_or(pair.key_span, |node| node.span), "expected twelve digits in quotes"),
                    );
                }
            }
        }
        if names.accounts.is_empty() {
            diagnostics.push(Diagnostic::error("scenario/no-account", "the world has no account").at(world.span, "add `accounts:`"));
            return names;
        }
        let random = Random::new(seed);
        names.organization = world.get("organization").and_then(|node| OrganizationNames::collect(node, &random));
        for pair in world.get("vpc_endpoints").and_then(Node::as_mapping).unwrap_or_default() {
            let Some(region) = names.region_of(&pair.value, diagnostics) else { continue };
            let id = format!("vpce-{}", random.hex(&format!("VPC endpoint {}", pair.key), 17)).into();
            names.endpoints.insert(pair.key.clone(), NamedEndpoint { id, region });
        }
        for pair in world.get("kms").and_then(Node::as_mapping).unwrap_or_default() {
            let Some(account) = names.account_of(&pair.value, diagnostics) else { continue };
            let Some(region) = names.region_of(&pair.value, diagnostics) else { continue };
            let managed = pair.value.get("kind").and_then(Node::as_str) == Some("aws-managed");
            let service = managed.then(|| pair.value.get("service").and_then(Node::as_str)).flatten();
            let service = MANAGED.iter().find(|(suffix, _)| Some(*suffix) == service).map(|(suffix, _)| *suffix);
            let multi_region = pair.value.get("multi_region").and_then(Node::as_bool) == Some(true);
            // A replica has the id of its primary, and its own place by its Region.
            let primary = pair.value.get("replica_of").and_then(Node::as_str);
            let named = |label: &str| KeyId::parse(&random.uuid(&format!("key {label}")));
            let id = match (service, primary) {
                (Some(service), _) => Kms::aws_managed_key_id(&random, account, region, service),
                (None, Some(primary)) => named(primary).map(|id| KeyId::from_bits(id.bits(), true)),
                (None, None) => named(&pair.key).map(|id| KeyId::from_bits(id.bits(), multi_region)),
            };
            let Some(id) = id else { continue };
            let arn = format!("arn:{}:kms:{region}:{account}:key/{id}", region.partition());
            names.keys.insert(pair.key.clone(), NamedKey { id, arn, account, region, service });
        }
        names
    }

    pub(super) fn key(&self, label: &str) -> Option<&NamedKey> {
        self.keys.get(label)
    }

    /// The organisation's names, if there is one.
    pub(super) fn organization(&self) -> Option<&OrganizationNames> {
        self.organization.as_ref()
    }

    pub(super) fn endpoint(&self, label: &str) -> Option<&NamedEndpoint> {
        self.endpoints.get(label)
    }

    /// The VPC endpoints: label, id and Region.
    pub fn vpc_endpoints(&self) -> impl Iterator<Item = (&str, &str, Region)> {
        self.endpoints.iter().map(|(label, endpoint)| (label.as_str(), &*endpoint.id, endpoint.region))
    }

    /// The labels of the VPC endpoints.
    pub(super) fn endpoint_labels(&self) -> impl Iterator<Item = &str> {
        self.endpoints.keys().map(String::as_str)
    }

    /// The id of a labelled account.
    pub(super) fn account_id(&self, label: &str) -> Option<AccountId> {
        self.accounts.get(label).copied()
    }

    /// The ids of all accounts, in the order of their labels.
    pub(super) fn account_ids(&self) -> impl Iterator<Item = AccountId> {
        self.accounts.values().copied()
    }

    /// The label of an account, for people.
    #[must_use]
    pub fn account_label(&self, id: AccountId) -> Option<&str> {
        self.accounts.iter().find(|(_, known)| **known == id).map(|(label, _)| label.as_str())
    }

    /// The label of a key, for people.
    #[must_use]
    pub fn key_label(&self, arn: &str) -> Option<&str> {
        self.keys.iter().find(|(_, key)| key.arn == arn).map(|(label, _)| label.as_str())
    }

    /// A text with labels and names in the place of ids.
    #[must_use]
    pub fn readable(&self, text: &str) -> String {
        let mut text = text.to_owned();
        for (label, key) in &self.keys {
            text = text.replace(&key.id.to_string(), label);
        }
        for (label, id) in &self.accounts {
            text = text.replace(id.as_str(), label);
        }
        for (label, endpoint) in &self.endpoints {
            text = text.replace(&*endpoint.id, label);
        }
        self.organization.as_ref().map_or(text.clone(), |organization| organization.readable(&text))
    }

    /// The world's own Region.
    #[must_use]
    pub fn region(&self) -> Region {
        self.region.unwrap_or_else(Region::default_region)
    }

    fn read_region(&self, node: &Node, diagnostics: &mut Vec<Diagnostic>) -> Option<Region> {
        let region = node.as_str().and_then(Region::parse);
        if region.is_none() {
            diagnostics.push(
                Diagnostic::error("scenario/unknown-region", format!("there is no Region `{}`", node.as_str().unwrap_or_default()))
                    .at(node.span, "no such Region")
                    .suggest(node.as_str().unwrap_or_default(), crate::cloud::REGIONS.iter().map(|row| row.code)),
            );
        }
        region
    }

    /// The Region that a resource's `region` field names, else the world's.
    pub(super) fn region_of(&self, node: &Node, diagnostics: &mut Vec<Diagnostic>) -> Option<Region> {
        match node.get("region") {
            Some(field) => self.read_region(field, diagnostics),
            None => Some(self.region()),
        }
    }

    /// The account that a resource's `account` field names; a world with one account needs no such field.
    pub(super) fn account_of(&self, node: &Node, diagnostics: &mut Vec<Diagnostic>) -> Option<AccountId> {
        match node.get("account") {
            Some(field) => self.read_account(field, diagnostics),
            None if self.accounts.len() == 1 => self.accounts.values().next().copied(),
            None => {
                diagnostics.push(
                    Diagnostic::error("scenario/which-account", "this world has several accounts, so every resource says which owns it")
                        .at(node.span, "add `account:`"),
                );
                None
            }
        }
    }

    /// The account that a label or id names.
    pub(super) fn read_account(&self, node: &Node, diagnostics: &mut Vec<Diagnostic>) -> Option<AccountId> {
        self.account_named(node.as_str().unwrap_or_default(), node.span, diagnostics)
    }

    /// The account that a label or id names, with the place of the text.
    pub(super) fn account_named(&self, text: &str, span: Span, diagnostics: &mut Vec<Diagnostic>) -> Option<AccountId> {
        let known = self.accounts.get(text).copied().or_else(|| AccountId::parse(text).filter(|id| self.account_label(*id).is_some()));
        if known.is_none() {
            diagnostics.push(self.unknown_account(text).diagnostic(span));
        }
        known
    }

    fn unknown_account(&self, text: &str) -> Unknown {
        Unknown::new("scenario/unknown-account", "account", text, self.accounts.keys())
    }

    fn unknown_key(&self, text: &str) -> Unknown {
        Unknown::new("scenario/unknown-key", "key", text, self.keys.keys())
    }

    /// Puts ids and ARNs in the place of labels, everywhere below a node.
    pub(super) fn resolve(&self, node: &mut Node, field: &str, diagnostics: &mut Vec<Diagnostic>) {
        match &mut node.kind {
            NodeKind::Scalar(scalar) => {
                if scalar.is_null() {
                    return;
                }
                let replaced = self.replacement(&scalar.text, field);
                match replaced {
                    Ok(None) => {}
                    Ok(Some(text)) => {
                        scalar.text = text;
                        scalar.quoted = true;
                    }
                    Err(unknown) => diagnostics.push(unknown.diagnostic(node.span)),
                }
            }
            NodeKind::Sequence(items) => items.iter_mut().for_each(|item| self.resolve(item, field, diagnostics)),
            NodeKind::Mapping(pairs) => {
                for pair in pairs {
                    let field = pair.key.clone();
                    self.resolve(&mut pair.value, &field, diagnostics);
                }
            }
        }
    }

    /// A text outside of any field with ids in the place of labels; as it is if it names something that does not exist.
    pub(super) fn resolved(&self, text: &str) -> String {
        self.replacement(text, "").ok().flatten().unwrap_or_else(|| text.to_owned())
    }

    fn replacement(&self, text: &str, field: &str) -> Result<Option<String>, Unknown> {
        if let Some(id) = self.accounts.get(text) {
            return Ok(Some(id.to_string()));
        }
        if text.starts_with("arn:") {
            return self.arn(text);
        }
        if let Some(organization) = &self.organization {
            if ORGANIZATION_KEYS.iter().any(|key| key.eq_ignore_ascii_case(field)) {
                return organization.resolve(text);
            }
            if PATH_KEYS.iter().any(|key| key.eq_ignore_ascii_case(field)) {
                return organization.resolve_path(text);
            }
        }
        if field.eq_ignore_ascii_case(ENDPOINT_KEY) {
            return self.endpoint_id(text);
        }
        if !KEY_FIELDS.contains(&field) {
            return Ok(None);
        }
        if let Some(key) = self.keys.get(text) {
            return Ok(Some(key.arn.clone()));
        }
        let other_form = text.contains(['/', '{', '*']) || KeyId::parse(text).is_some() || matches!(text, "AES256" | "none");
        if other_form || self.keys.is_empty() { Ok(None) } else { Err(self.unknown_key(text)) }
    }

    fn endpoint_id(&self, text: &str) -> Result<Option<String>, Unknown> {
        match self.endpoints.get(text) {
            Some(endpoint) => Ok(Some(endpoint.id.to_string())),
            None if self.endpoints.is_empty() || text.starts_with("vpce-") || text.contains(['*', '?', '$']) => Ok(None),
            None => Err(Unknown::new("scenario/unknown-endpoint", "VPC endpoint", text, self.endpoints.keys())),
        }
    }

    fn arn(&self, text: &str) -> Result<Option<String>, Unknown> {
        let parts: Vec<&str> = text.splitn(6, ':').collect();
        let [arn, partition, service, region, account, resource] = parts.as_slice() else { return Ok(None) };
        let open = |part: &str| part.contains(['*', '?', '$', '{']);
        let owner = match self.accounts.get(*account) {
            Some(id) => id.to_string(),
            None if account.is_empty() || *account == "aws" || open(account) || AccountId::parse(account).is_some() => {
                (*account).to_owned()
            }
            None => return Err(self.unknown_account(account)),
        };
        let label = resource.strip_prefix("key/").filter(|_| *service == "kms");
        let resource = match label.map(|label| (label, self.keys.get(label))) {
            Some((_, Some(key))) => format!("key/{}", key.id),
            Some((label, None)) if !open(label) && KeyId::parse(label).is_none() => return Err(self.unknown_key(label)),
            Some((_, None)) | None => (*resource).to_owned(),
        };
        let replaced = format!("{arn}:{partition}:{service}:{region}:{owner}:{resource}");
        Ok((replaced != text).then_some(replaced))
    }
}

/// A label or name that nothing has.
struct Unknown {
    code: &'static str,
    /// What it should name.
    what: &'static str,
    text: String,
    /// What there is.
    legal: Vec<String>,
}

impl Unknown {
    fn new<'l>(code: &'static str, what: &'static str, text: &str, legal: impl Iterator<Item = &'l String>) -> Self {
        Unknown { code, what, text: text.to_owned(), legal: legal.cloned().collect() }
    }

    fn diagnostic(self, span: Span) -> Diagnostic {
        Diagnostic::error(self.code, format!("the world has no {} `{}`", self.what, self.text))
            .at(span, format!("no such {}", self.what))
            .suggest(&self.text, self.legal.iter().map(String::as_str))
    }
}
