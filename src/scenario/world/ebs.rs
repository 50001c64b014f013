//! The `ebs` section: volumes, snapshots and instances. Their labels stand for the ids that they get.

use super::Builder;
use crate::cloud::{AccountId, Region};
use crate::doc::{Fields, Node, Pair};
use crate::services::ec2::{NewInstance, NewSnapshot, NewVolume, add_instance, add_snapshot, add_volume};
use std::sync::Arc;

/// What volumes and snapshots have in common.
struct Storage {
    account: AccountId,
    region: Region,
    size_gib: u32,
    key: Option<crate::kms::KeyRef>,
}

impl Builder<'_> {
    pub(super) fn ebs(&mut self, node: &Node) {
        let Some(mut fields) = Fields::of(node, "the ebs section", self.diagnostics) else { return };
        let volumes = fields.entries("volumes", self.diagnostics);
        let snapshots = fields.entries("snapshots", self.diagnostics);
        let instances = fields.entries("instances", self.diagnostics);
        fields.finish(self.diagnostics);
        for pair in volumes {
            self.volume(pair);
        }
        for pair in snapshots {
            self.snapshot(pair);
        }
        for pair in instances {
            self.instance(pair);
        }
    }

    fn volume(&mut self, pair: &Pair) -> Option<()> {
        let mut fields = Fields::of(&pair.value, "a volume", self.diagnostics)?;
        let storage = self.storage(&mut fields, &pair.value);
        fields.finish(self.diagnostics);
        let Storage { account, region, size_gib, key } = storage?;
        let made = add_volume(&mut self.world, &NewVolume { name: &pair.key, account, region, size_gib, key });
        self.made(pair, made);
        Some(())
    }

    fn snapshot(&mut self, pair: &Pair) -> Option<()> {
        let mut fields = Fields::of(&pair.value, "a snapshot", self.diagnostics)?;
        let storage = self.storage(&mut fields, &pair.value);
        let shared = fields.optional("shared_with");
        let public = fields.flag("public", self.diagnostics);
        fields.finish(self.diagnostics);
        let shared: Vec<AccountId> = shared
            .map(Node::one_or_many)
            .unwrap_or_default()
            .iter()
            .filter_map(|node| self.names.read_account(node, self.diagnostics))
            .collect();
        let Storage { account, region, size_gib, key } = storage?;
        let new = NewSnapshot { name: &pair.key, account, region, size_gib, key, shared_with: &shared, public };
        let made = add_snapshot(&mut self.world, &new);
        self.made(pair, made);
        Some(())
    }

    fn storage(&mut self, fields: &mut Fields<'_>, node: &Node) -> Option<Storage> {
        fields.optional("account");
        fields.optional("region");
        let size = fields.integer("size_gib", self.diagnostics).and_then(|size| u32::try_from(size).ok()).unwrap_or(100);
        let key = fields.optional("key");
        let (account, region) = (self.owner(node)?, self.region(node)?);
        let key = match key {
            Some(node) => Some(self.key_of(node, account, region)?),
            None => None,
        };
        Some(Storage { account, region, size_gib: size, key })
    }

    fn instance(&mut self, pair: &Pair) -> Option<()> {
        let mut fields = Fields::of(&pair.value, "an instance", self.diagnostics)?;
        fields.optional("account");
        fields.optional("region");
        let running = fields.flag("running", self.diagnostics);
        let volumes = fields.texts("volumes", self.diagnostics);
        let span = fields.span;
        fields.finish(self.diagnostics);
        let (account, region) = (self.owner(&pair.value)?, self.region(&pair.value)?);
        let mut ids: Vec<Arc<str>> = Vec::new();
        for label in volumes {
            match self.resources.get(label) {
                Some(id) => ids.push(id.as_str().into()),
                None => self.error("scenario/unknown-volume", format!("there is no volume `{label}`"), span, "names an unknown volume"),
            }
        }
        let id = add_instance(&mut self.world, &NewInstance { name: &pair.key, account, region, running, volumes: &ids });
        self.made(pair, Ok(id));
        Some(())
    }
}
