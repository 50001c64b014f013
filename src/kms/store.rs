//! All keys and aliases, and how a request's key identifier becomes one of them.

use super::{CustomKeyStores, Key, KeyId, KeyIdentifier, Quotas, Rules};
use crate::cloud::{AccountId, Instant, REGIONS, Region};
use std::collections::BTreeMap;
use std::sync::Arc;

/// The place of a key. A multi-Region key and its replicas share the id and differ by Region.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct KeyRef {
    /// Its id.
    pub id: KeyId,
    /// Its Region.
    pub region: Region,
}

/// The place of an alias.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct AliasRef {
    /// The account.
    pub account: AccountId,
    /// The Region.
    pub region: Region,
    /// `alias/name`.
    pub name: Arc<str>,
}

impl AliasRef {
    /// Its ARN.
    #[must_use]
    pub fn arn(&self) -> String {
        format!("arn:{}:kms:{}:{}:{}", self.region.partition(), self.region, self.account, self.name)
    }
}

/// What an alias points to, and since when.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Alias {
    /// The key.
    pub key: KeyRef,
    /// When the alias was made.
    pub created: Instant,
    /// When it was pointed to this key.
    pub updated: Instant,
}

/// The state of KMS in every account and Region.
#[derive(Clone, Debug)]
pub struct Kms {
    rules: Rules,
    /// Custom key stores, and the clusters and proxies behind them.
    pub key_stores: CustomKeyStores,
    keys: BTreeMap<KeyRef, Key>,
    /// How many customer managed keys an account has in a Region.
    counts: BTreeMap<(AccountId, Region), usize>,
    aliases: BTreeMap<AliasRef, Alias>,
    /// Keys that are gone, so that bills can charge for the time they lived.
    deleted: Vec<Key>,
    /// How many keys were made by calls: the next one's id depends on it.
    created: u64,
    /// Request quotas, where they count: a world asks for them.
    pub quotas: Option<Quotas>,
}

impl Kms {
    /// KMS without keys, under these rules.
    #[must_use]
    pub fn new(rules: Rules) -> Self {
        Kms {
            rules,
            key_stores: CustomKeyStores::default(),
            keys: BTreeMap::new(),
            counts: BTreeMap::new(),
            aliases: BTreeMap::new(),
            deleted: Vec::new(),
            created: 0,
            quotas: None,
        }
    }

    /// The periods and limits in force.
    #[must_use]
    pub fn rules(&self) -> &Rules {
        &self.rules
    }

    /// Puts other limits in force, such as after a quota increase.
    pub fn set_rules(&mut self, rules: Rules) {
        self.rules = rules;
    }

    /// The number of the next key that a call makes.
    pub(super) fn next_number(&self) -> u64 {
        self.created + 1
    }

    /// The next key that a call makes has been made.
    pub(super) fn count_made(&mut self) {
        self.created += 1;
    }

    /// The key at a place.
    #[must_use]
    pub fn key(&self, at: KeyRef) -> Option<&Key> {
        self.keys.get(&at)
    }

    /// The key at a place, to change it.
    pub(super) fn key_mut(&mut self, at: KeyRef) -> Option<&mut Key> {
        self.keys.get_mut(&at)
    }

    /// The key at a place, to give it the properties that a world starts with. Calls go through the door.
    pub fn configure(&mut self, at: KeyRef) -> Option<&mut Key> {
        self.key_mut(at)
    }

    /// All keys, in the order of their ids.
    pub fn keys(&self) -> impl Iterator<Item = &Key> {
        self.keys.values()
    }

    /// The keys that have been deleted.
    #[must_use]
    pub fn deleted_keys(&self) -> &[Key] {
        &self.deleted
    }

    /// All aliases with what they point to.
    pub fn aliases(&self) -> impl Iterator<Item = (&AliasRef, &Alias)> {
        self.aliases.iter()
    }

    /// What an alias points to.
    #[must_use]
    pub fn alias(&self, alias: &AliasRef) -> Option<KeyRef> {
        self.aliases.get(alias).map(|alias| alias.key)
    }

    /// Finds the key that an identifier names for a caller of an account in a Region. A bare id or alias
    /// name means that account; an ARN means its own.
    ///
    /// Source: "Key identifiers (KeyId)", AWS KMS Developer Guide.
    #[must_use]
    pub fn resolve(&self, identifier: &KeyIdentifier, account: Option<AccountId>, region: Region) -> Option<KeyRef> {
        let owned_by = |at: KeyRef, owner: AccountId| self.key(at).is_some_and(|key| key.account == owner).then_some(at);
        match identifier {
            KeyIdentifier::Id(id) => owned_by(KeyRef { id: *id, region }, account?),
            KeyIdentifier::Arn { region, account, id } => owned_by(KeyRef { id: *id, region: *region }, *account),
            KeyIdentifier::Alias(name) => self.alias(&AliasRef { account: account?, region, name: name.as_str().into() }),
            KeyIdentifier::AliasArn { region, account, name } => {
                self.alias(&AliasRef { account: *account, region: *region, name: name.as_str().into() })
            }
        }
    }

    /// The places of the key with this id and of its related multi-Region keys, in the order of their Regions.
    pub(super) fn related(&self, id: KeyId) -> Vec<KeyRef> {
        let Some(first) = REGIONS.first().and_then(|row| Region::parse(row.code)) else { return Vec::new() };
        self.keys.range(KeyRef { id, region: first }..).map(|(at, _)| *at).take_while(|at| at.id == id).collect()
    }

    /// The place of the primary among the keys with this id; a single-Region key has none.
    pub(super) fn primary(&self, id: KeyId) -> Option<KeyRef> {
        self.related(id).into_iter().find(|at| self.key(*at).is_some_and(Key::is_primary))
    }

    /// How many customer managed keys an account has in a Region, in whatever state.
    #[must_use]
    pub fn count(&self, account: AccountId, region: Region) -> usize {
        self.counts.get(&(account, region)).copied().unwrap_or_default()
    }

    /// Adds a key.
    pub(super) fn insert(&mut self, key: Key) -> KeyRef {
        let at = KeyRef { id: key.id, region: key.region };
        if !key.is_aws_managed() {
            *self.counts.entry((key.account, key.region)).or_default() += 1;
        }
        self.key_stores.key_added(&key);
        self.keys.insert(at, key);
        at
    }

    /// Removes a key with its aliases and grants, and remembers that it lived.
    pub(super) fn remove(&mut self, at: KeyRef) {
        let Some(key) = self.keys.remove(&at) else { return };
        self.key_stores.key_removed(&key);
        for name in &key.aliases {
            self.aliases.remove(&AliasRef { account: key.account, region: key.region, name: Arc::clone(name) });
        }
        if let Some(count) = self.counts.get_mut(&(key.account, key.region)).filter(|_| !key.is_aws_managed()) {
            *count = count.saturating_sub(1);
        }
        self.deleted.push(key);
    }

    /// Points an alias at a key. One that is there already keeps the time at which it was made.
    pub fn set_alias(&mut self, alias: AliasRef, at: KeyRef, now: Instant) {
        let created = self.remove_alias(&alias).map_or(now, |present| present.created);
        if let Some(key) = self.keys.get_mut(&at) {
            key.aliases.insert(Arc::clone(&alias.name));
        }
        self.aliases.insert(alias, Alias { key: at, created, updated: now });
    }

    /// Removes an alias.
    pub(super) fn remove_alias(&mut self, alias: &AliasRef) -> Option<Alias> {
        let removed = self.aliases.remove(alias)?;
        if let Some(key) = self.keys.get_mut(&removed.key) {
            key.aliases.remove(&alias.name);
        }
        Some(removed)
    }
}
