//! What happens to keys by itself while time passes: rotations, deletions, expiry of imported material, and the end of changes
//! that take a few seconds.

use super::key::{MultiRegionKeyType, Transition};
use super::op::rotate;
use super::{
    AutomaticRotation, Deletion, Door, HeldMaterial, Key, KeyManager, KeyRef, KeySpec, KeyState, Kms, Material, NewKey, Origin, Wait,
};
use crate::cloud::{Additional, Caller, Event, Instant, Parameters, Random, Resource, Stamp, days_after};
use serde_json::{Map, Value, json};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

impl Kms {
    /// Makes a key, outside of any call: what a world starts with, and what `CreateKey` ends in.
    pub fn add_key(&mut self, random: &Random, now: Instant, new: NewKey) -> KeyRef {
        let arn: Arc<str> = new.id.arn(new.account, new.region).into();
        // AWS managed keys rotate by themselves; customer managed keys only when asked to.
        let rotation = matches!(new.manager, KeyManager::Aws { .. }).then(|| {
            let period_days = self.rules().aws_managed_rotation_days;
            AutomaticRotation { period_days, next: days_after(now, period_days) }
        });
        let mut key = Key {
            id: new.id,
            arn,
            account: new.account,
            region: new.region,
            manager: new.manager,
            spec: new.spec,
            usage: new.usage,
            origin: new.origin,
            multi_region: new.id.is_multi_region().then_some(MultiRegionKeyType::Primary),
            store: new.store,
            description: new.description,
            enabled: true,
            transition: None,
            created: now,
            policy: new.policy,
            materials: Vec::new(),
            pending_material: None,
            rotation,
            rotations: Vec::new(),
            deletion: None,
            waits: Vec::new(),
            tags: new.tags,
            aliases: BTreeSet::new(),
            grants: super::GrantSet::default(),
            last_usage: None,
        };
        if key.origin != Origin::EXTERNAL {
            let material = Material::derive(random, key.spec, &key.material_name(), 0, now);
            key.materials.push(HeldMaterial::made(Arc::new(material)));
        }
        self.insert(key)
    }

    /// Imports a customer's material into a key that a world starts with; see [`super::customer_material`].
    ///
    /// Says whether the key takes it.
    pub fn import_beforehand(&mut self, random: &Random, now: Instant, at: KeyRef, name: &str, expires: Option<Instant>) -> bool {
        let Some(key) = self.key_mut(at).filter(|key| key.origin == Origin::EXTERNAL) else { return false };
        let mut material = super::customer_material(random, name, key.spec);
        if let Some(bytes) = material.as_mut().filter(|_| key.spec == KeySpec::SYMMETRIC_DEFAULT && key.region.is_in_china()) {
            bytes.truncate(16);
        }
        let material = material.and_then(|bytes| Material::imported(key.id, key.spec, bytes, now));
        let Some(material) = material else { return false };
        key.materials.push(HeldMaterial { expires, ..HeldMaterial::made(Arc::new(material)) });
        true
    }

    /// Adds the replica of a key in another Region: the same id and material, everything else its own.
    ///
    /// Imported material is not copied; the replica knows its ids and waits for it.
    ///
    /// Source: "Multi-Region keys in AWS KMS", section "Shared properties", AWS KMS Developer Guide.
    pub fn add_replica(&mut self, of: KeyRef, replica: NewReplica) -> Option<KeyRef> {
        let source = self.key(of)?;
        let own = |held: &HeldMaterial| match source.origin {
            Origin::EXTERNAL => HeldMaterial::missing(held.id, held.description.clone()),
            Origin::AWS_KMS | Origin::AWS_CLOUDHSM | Origin::EXTERNAL_KEY_STORE => held.clone(),
        };
        let key = Key {
            arn: source.id.arn(source.account, replica.region).into(),
            region: replica.region,
            multi_region: Some(MultiRegionKeyType::Replica),
            description: replica.description,
            enabled: true,
            transition: replica.created_until.map(|until| Transition::Creating { until }),
            created: replica.created,
            policy: replica.policy,
            materials: source.materials.iter().map(own).collect(),
            pending_material: source.pending_material.as_ref().map(own),
            rotation: None,
            deletion: None,
            waits: Vec::new(),
            tags: replica.tags,
            aliases: BTreeSet::new(),
            grants: super::GrantSet::default(),
            last_usage: None,
            ..source.clone()
        };
        Some(self.insert(key))
    }
}

/// What a replica has of its own.
#[derive(Clone, Debug)]
pub struct NewReplica {
    /// Its Region.
    pub region: crate::cloud::Region,
    /// Its description.
    pub description: String,
    /// Its key policy.
    pub policy: Arc<crate::iam::Policy>,
    /// Its tags.
    pub tags: BTreeMap<String, String>,
    /// When it is made.
    pub created: Instant,
    /// Until when it is being made, if that takes time.
    pub created_until: Option<Instant>,
}

impl Key {
    /// When something happens to the key next by itself.
    fn next_date(&self) -> Option<Instant> {
        let rotation = self.rotation.filter(|_| self.state() == KeyState::Enabled).map(|rotation| rotation.next);
        let deletion = self.deletion.and_then(|deletion| deletion.date);
        let expiry =
            self.materials.iter().chain(&self.pending_material).filter(|held| held.material.is_some()).filter_map(|held| held.expires);
        rotation.into_iter().chain(deletion).chain(self.transition.map(Transition::until)).chain(expiry).min()
    }
}

impl Door<'_> {
    /// Lets everything happen that is due by now, in the order of its dates.
    pub fn tick(&mut self) {
        let now = self.cloud.now();
        let date = |key: &Key| key.next_date().filter(|date| *date <= now).map(|date| (date, KeyRef { id: key.id, region: key.region }));
        let mut due: BTreeSet<(Instant, KeyRef)> = self.kms.keys().filter_map(date).collect();
        while let Some((time, at)) = due.pop_first() {
            self.happen(at, time);
            // What happened to one key may bring something about for its related keys.
            for related in self.kms.related(at.id) {
                due.retain(|(_, other)| *other != related);
                due.extend(self.kms.key(related).and_then(date));
            }
        }
        self.settle_key_stores();
    }

    /// Carries out what is due for a key at a time.
    fn happen(&mut self, at: KeyRef, time: Instant) {
        let Some(key) = self.kms.key_mut(at) else { return };
        if key.transition.is_some_and(|transition| transition.until() <= time) {
            key.transition = None;
        }
        let expired = |held: &&mut HeldMaterial| held.material.is_some() && held.expires.is_some_and(|date| date <= time);
        let mut lost = false;
        for held in key.materials.iter_mut().chain(&mut key.pending_material).filter(expired) {
            held.forget();
            lost = true;
        }
        if lost {
            self.happened(at, "DeleteExpiredKeyMaterial", time);
        }
        self.rotate_when_due(at, time);
        if self.kms.key(at).and_then(|key| key.deletion).and_then(|deletion| deletion.date).is_some_and(|date| date <= time) {
            self.happened(at, "DeleteKey", time);
            self.kms.remove(at);
            self.wait_for_no_replica(at, time);
        }
    }

    /// A primary that waits for its replicas begins its own waiting period when the last of them is gone.
    ///
    /// Source: "Deleting multi-Region keys", AWS KMS Developer Guide.
    fn wait_for_no_replica(&mut self, gone: KeyRef, time: Instant) {
        let related = self.kms.related(gone.id);
        let [last] = related.as_slice() else { return };
        let Some(primary) = self.kms.key_mut(*last).filter(|key| key.is_primary()) else { return };
        if let Some(deletion @ Deletion { date: None, .. }) = primary.deletion {
            primary.deletion = Some(Deletion { date: Some(days_after(time, deletion.window_days)), ..deletion });
            primary.waits.push(Wait { from: time, cancelled: None });
        }
    }

    /// Carries out the automatic rotations of one key that are due.
    pub(super) fn rotate_when_due(&mut self, at: KeyRef, time: Instant) {
        loop {
            let Some(key) = self.kms.key(at).filter(|key| key.state() == KeyState::Enabled) else { return };
            let Some(rotation) = key.rotation.filter(|rotation| rotation.next <= time) else { return };
            rotate(self.kms, &self.cloud.random, at, rotation.next, false);
            if let Some(key) = self.kms.key_mut(at) {
                key.rotation = Some(AutomaticRotation { next: days_after(rotation.next, rotation.period_days), ..rotation });
            }
            self.happened(at, "RotateKey", rotation.next);
        }
    }

    /// Records what KMS did by itself.
    pub(super) fn happened(&mut self, at: KeyRef, name: &'static str, time: Instant) {
        let Some(key) = self.kms.key(at) else { return };
        let event = Event {
            time,
            source: "kms.amazonaws.com",
            name,
            caller: Arc::new(Caller::service("kms.amazonaws.com", key.region, None, None)),
            region: key.region,
            recipient: Some(key.account),
            parameters: Parameters::Empty,
            response: None,
            additional: Additional::ServiceEvent(Arc::new(details(key, name))),
            resources: vec![Resource { arn: Arc::clone(&key.arn), account: Some(key.account), kind: "AWS::KMS::Key" }],
            error: None,
            allowed: None,
            read_only: false,
            stamp: Stamp::default(),
        };
        self.cloud.record(event);
    }
}

/// `serviceEventDetails` of what KMS does by itself.
///
/// Source: "RotateKey" and "DeleteKey" among the examples of log entries, AWS KMS Developer Guide.
fn details(key: &super::Key, name: &str) -> Value {
    let mut details = Map::new();
    if name == "RotateKey" {
        let mut newest = key.materials.iter().rev().map(|material| material.id.to_string());
        details.insert("rotationType".into(), json!("AUTOMATIC"));
        details.insert("keyOrigin".into(), json!(key.origin.name()));
        let current = newest.next();
        details.insert("previousKeyMaterialId".into(), json!(newest.next()));
        details.insert("currentKeyMaterialId".into(), json!(current));
    }
    details.insert("keyId".into(), json!(key.id.to_string()));
    Value::Object(details)
}
