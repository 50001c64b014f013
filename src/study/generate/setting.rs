//! The small world of an item, written once: the proof reads it in the scenario language, and the draw builds it without a file.

use super::statement::{Statement, document, list};
use crate::cloud::{AccountId, Cloud, Instant, Random, Region, parse_instant};
use crate::iam::{Controls, Identity, Member, Organization, Policy, PolicyKind};
use crate::kms::{AliasRef, KeyId, KeyRef, KeySpec, KeyUsage, NewKey, NewReplica, Origin, default_key_policy};
use crate::rulebook::{Rulebook, RulebookKind};
use crate::services::World;
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;
use std::sync::{Arc, LazyLock};

/// The account that owns the keys.
pub(super) const OWNER: &str = "111111111111";
/// Another account.
pub(super) const OTHER: &str = "222222222222";
/// The account that manages the organisation, where there is one.
const MANAGEMENT: &str = "999999999999";

/// The seed of the scenario language for a world that names none.
const SEED: u64 = 1;

/// Accounts, roles, keys and what restricts them.
#[derive(Clone, Debug, Default)]
pub(super) struct Setting {
    /// When it begins; the start of 2026 if nothing is said.
    pub(super) start: Option<String>,
    pub(super) roles: Vec<Role>,
    pub(super) keys: Vec<Key>,
    /// The statements of a service control policy on the owner's account, besides `FullAWSAccess`. Then there is an organisation.
    pub(super) service_control: Option<Vec<Statement>>,
}

/// A role.
#[derive(Clone, Debug, Default)]
pub(super) struct Role {
    pub(super) account: &'static str,
    pub(super) name: &'static str,
    pub(super) statements: Vec<Statement>,
    pub(super) boundary: Option<Vec<Statement>>,
    pub(super) tags: Vec<(&'static str, &'static str)>,
}

/// A customer managed key.
#[derive(Clone, Debug, Default)]
pub(super) struct Key {
    pub(super) label: &'static str,
    /// A Region; us-east-1 if nothing is said.
    pub(super) region: Option<&'static str>,
    /// Its policy; the default key policy if nothing is said.
    pub(super) policy: Option<Vec<Statement>>,
    pub(super) spec: Option<&'static str>,
    pub(super) usage: Option<&'static str>,
    /// Whether the customer has imported its material, and until when.
    pub(super) imported: Option<Option<String>>,
    pub(super) multi_region: bool,
    pub(super) replica_of: Option<&'static str>,
    pub(super) aliases: Vec<&'static str>,
    pub(super) disabled: bool,
}

impl Role {
    pub(super) fn new(account: &'static str, name: &'static str, statements: Vec<Statement>) -> Self {
        Role { account, name, statements, ..Role::default() }
    }

    /// A role of the owner that may do these things with any key.
    pub(super) fn allowed(name: &'static str, actions: &[&'static str]) -> Self {
        Role::new(OWNER, name, vec![Statement::allow("Allowed", actions)])
    }

    fn json(&self) -> Value {
        let mut map = Map::new();
        map.insert("policies".to_owned(), list(&self.statements));
        if let Some(boundary) = &self.boundary {
            map.insert("boundary".to_owned(), list(boundary));
        }
        if !self.tags.is_empty() {
            let tags: Map<String, Value> = self.tags.iter().map(|(name, value)| ((*name).to_owned(), json!(value))).collect();
            map.insert("tags".to_owned(), Value::Object(tags));
        }
        Value::Object(map)
    }
}

impl Key {
    pub(super) fn new(label: &'static str) -> Self {
        Key { label, ..Key::default() }
    }

    fn json(&self) -> Value {
        let mut map = Map::new();
        let mut put = |name: &str, value: Option<Value>| {
            if let Some(value) = value {
                map.insert(name.to_owned(), value);
            }
        };
        put("account", Some(json!("A")));
        put("region", self.region.map(|region| json!(region)));
        put("policy", self.policy.as_ref().map(|statements| list(statements)));
        put("spec", self.spec.map(|spec| json!(spec)));
        put("usage", self.usage.map(|usage| json!(usage)));
        if let Some(expires) = &self.imported {
            put("origin", Some(json!("EXTERNAL")));
            put("material", Some(json!(self.label)));
            put("material_expires", expires.as_ref().map(|date| json!(date)));
        }
        put("multi_region", self.multi_region.then_some(json!(true)));
        put("replica_of", self.replica_of.map(|label| json!(label)));
        put("aliases", (!self.aliases.is_empty()).then(|| json!(self.aliases)));
        put("state", self.disabled.then_some(json!("Disabled")));
        Value::Object(map)
    }

    fn region(&self) -> Option<Region> {
        self.region.map_or_else(|| Some(Region::default_region()), Region::parse)
    }
}

/// The ARN of a role.
pub(super) fn role_arn(account: &str, name: &str) -> String {
    format!("arn:aws:iam::{account}:role/{name}")
}

/// The ARN under which a key policy names an account.
pub(super) fn root_arn(account: &str) -> String {
    format!("arn:aws:iam::{account}:root")
}

/// The statement of the default key policy.
pub(super) fn owners() -> Statement {
    Statement::allow("Owners", &["kms:*"]).to(root_arn(OWNER))
}

impl Setting {
    pub(super) fn new(roles: Vec<Role>, keys: Vec<Key>) -> Self {
        Setting { roles, keys, ..Setting::default() }
    }

    /// The `world` of a scenario.
    pub(super) fn json(&self) -> Value {
        let mut world = Map::new();
        if let Some(start) = &self.start {
            world.insert("start".to_owned(), json!(start));
        }
        let home = |account: &str| {
            let roles: Map<String, Value> =
                self.roles.iter().filter(|role| role.account == account).map(|role| (role.name.to_owned(), role.json())).collect();
            json!({"id": account, "roles": roles})
        };
        let mut accounts = Map::new();
        accounts.insert("A".to_owned(), home(OWNER));
        if self.roles.iter().any(|role| role.account == OTHER) {
            accounts.insert("B".to_owned(), home(OTHER));
        }
        if let Some(statements) = &self.service_control {
            accounts.insert("Payer".to_owned(), json!({"id": MANAGEMENT}));
            let organization = json!({
                "name": "corp",
                "management": "Payer",
                "policies": {"Limits": {"scp": list(statements)}},
                "root": {"accounts": {"A": {"attach": ["Limits"]}}},
            });
            world.insert("organization".to_owned(), organization);
        }
        world.insert("accounts".to_owned(), Value::Object(accounts));
        let keys: Map<String, Value> = self.keys.iter().map(|key| (key.label.to_owned(), key.json())).collect();
        world.insert("kms".to_owned(), Value::Object(keys));
        Value::Object(world)
    }

    /// The world itself, with the ids of its keys by their labels.
    pub(super) fn build(&self, rulebook: Rulebook) -> Option<(World, Labels)> {
        let start = parse_instant(self.start.as_deref().unwrap_or("2026-01-01"))?;
        let mut world = if rulebook.kind == RulebookKind::Current { EMPTY.clone() } else { World::new(rulebook, start, SEED) };
        world.cloud = Cloud::new(start, SEED);
        let labels = Labels::of(&self.keys)?;
        let owner = AccountId::parse(OWNER)?;
        world.iam.account_mut(owner);
        for role in &self.roles {
            let policy = labels.policy(&role.statements, PolicyKind::Identity, role.name)?;
            let boundary = match &role.boundary {
                Some(statements) => Some(labels.policy(statements, PolicyKind::Identity, "boundary")?),
                None => None,
            };
            let tags = role.tags.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
            let identity = Identity { policies: vec![policy], boundary, tags, ..Identity::default() };
            world.iam.account_mut(AccountId::parse(role.account)?).roles.insert(role.name.into(), identity);
        }
        if let Some(statements) = &self.service_control {
            let full = labels.policy(&[Statement::allow("", &["*"])], PolicyKind::ServiceControl, "FullAWSAccess")?;
            let limits = labels.policy(statements, PolicyKind::ServiceControl, "Limits")?;
            let everywhere = || Controls { service: vec![Arc::clone(&full)], resource: Vec::new() };
            let controls = Controls { service: vec![Arc::clone(&full), limits], resource: Vec::new() };
            world.iam.organization = Some(Organization {
                id: "o-corp000001".into(),
                management: AccountId::parse(MANAGEMENT)?,
                root: "r-corp".into(),
                controls: everywhere(),
                units: BTreeMap::new(),
                members: [(owner, Member { unit: None, controls })].into_iter().collect(),
            });
        }
        for key in &self.keys {
            let policy = match &key.policy {
                Some(statements) => labels.policy(statements, PolicyKind::Key, key.label)?,
                None => DEFAULT_KEY_POLICY.clone()?,
            };
            add(&mut world, &labels, key, policy, owner)?;
        }
        world.cloud.trail.clear();
        Some((world, labels))
    }
}

/// A world in which nothing is, under today's rulebook: reading all facts takes longer than a call.
static EMPTY: LazyLock<World> = LazyLock::new(|| World::new(Rulebook::current(), Instant::default(), SEED));

/// The policy of roles that may do everything with any key. Nearly every draw needs it and the next one, and reading a policy takes as long
/// as some calls.
static EVERYTHING: LazyLock<Option<Arc<Policy>>> = LazyLock::new(|| {
    let text = document(&[Statement::allow("Allowed", &["kms:*"])]).to_string();
    Policy::from_json(&text, PolicyKind::Identity, "policy of an administrator").ok().map(Arc::new)
});

/// The default key policy of the owner.
static DEFAULT_KEY_POLICY: LazyLock<Option<Arc<Policy>>> =
    LazyLock::new(|| default_key_policy(AccountId::parse(OWNER)?, "default key policy").ok().map(Arc::new));

/// Puts a key into the world.
fn add(world: &mut World, labels: &Labels, key: &Key, policy: Arc<Policy>, owner: AccountId) -> Option<()> {
    let now = world.cloud.now();
    let region = key.region()?;
    let id = labels.ids.get(key.label)?.0;
    let at = match key.replica_of {
        Some(primary) => {
            let of = labels.at(primary)?;
            let tags = BTreeMap::new();
            world.kms.add_replica(of, NewReplica { region, description: String::new(), policy, tags, created: now, created_until: None })?
        }
        None => {
            let plain = NewKey::symmetric(id, owner, region, policy);
            let spec = key.spec.map_or(Some(plain.spec), KeySpec::parse)?;
            let first = spec.row().usages.first().copied()?;
            let usage = key.usage.map_or(Some(first), KeyUsage::parse)?;
            let origin = if key.imported.is_some() { Origin::EXTERNAL } else { plain.origin };
            world.kms.add_key(&world.cloud.random, now, NewKey { spec, usage, origin, ..plain })
        }
    };
    if let Some(expires) = &key.imported {
        let expires = expires.as_deref().and_then(parse_instant);
        world.kms.import_beforehand(&world.cloud.random, now, at, key.label, expires);
    }
    for alias in &key.aliases {
        world.kms.set_alias(AliasRef { account: owner, region, name: (*alias).into() }, at, now);
    }
    if key.disabled
        && let Some(made) = world.kms.configure(at)
    {
        made.enabled = false;
    }
    Some(())
}

/// The ids and Regions of keys by their labels, as the scenario language gives them.
#[derive(Clone, Debug)]
pub(super) struct Labels {
    ids: BTreeMap<&'static str, (KeyId, Region)>,
}

impl Labels {
    fn of(keys: &[Key]) -> Option<Self> {
        let random = Random::new(SEED);
        let mut ids = BTreeMap::new();
        for key in keys {
            let multi_region = key.multi_region || key.replica_of.is_some();
            let named = KeyId::parse(&random.uuid(&format!("key {}", key.replica_of.unwrap_or(key.label))))?;
            ids.insert(key.label, (KeyId::from_bits(named.bits(), multi_region), key.region()?));
        }
        Some(Labels { ids })
    }

    /// Where a key is kept.
    pub(super) fn at(&self, label: &str) -> Option<KeyRef> {
        self.ids.get(label).map(|(id, region)| KeyRef { id: *id, region: *region })
    }

    /// The ARN of a key.
    pub(super) fn arn(&self, label: &str) -> Option<String> {
        let (id, region) = self.ids.get(label)?;
        Some(id.arn(AccountId::parse(OWNER)?, *region))
    }

    /// The label of the key with this ARN.
    pub(super) fn label(&self, arn: &str) -> Option<&'static str> {
        self.ids.keys().copied().find(|label| self.arn(label).as_deref() == Some(arn))
    }

    fn policy(&self, statements: &[Statement], kind: PolicyKind, name: &str) -> Option<Arc<Policy>> {
        if let ([one], PolicyKind::Identity) = (statements, kind)
            && one.sid == "Allowed"
            && one.actions == ["kms:*"]
        {
            return EVERYTHING.clone();
        }
        let mut text = document(statements).to_string();
        if statements.iter().any(|statement| statement.resource.is_some()) {
            for (label, (id, _)) in &self.ids {
                text = text.replace(&format!(":key/{label}\""), &format!(":key/{id}\""));
            }
        }
        Policy::from_json(&text, kind, name).ok().map(Arc::new)
    }
}
