//! What happens to keys by itself: rotations and deletions that fall due while time passes.

use super::op::rotate;
use super::{Door, KeyManager, KeyRef, KeyState, Kms, Material, NewKey, Origin};
use crate::cloud::{Additional, Caller, Event, Instant, Parameters, Random, Resource, Stamp, days_after};
use serde_json::{Map, Value, json};
use std::sync::Arc;

impl Kms {
    /// Makes a key, outside of any call: what a world starts with, and what `CreateKey` ends in.
    pub fn add_key(&mut self, random: &Random, now: Instant, new: NewKey) -> KeyRef {
        let arn: Arc<str> = format!("arn:{}:kms:{}:{}:key/{}", new.region.partition(), new.region, new.account, new.id).into();
        let material = Arc::new(Material::derive(random, &arn, 0, now));
        // AWS managed keys rotate by themselves; customer managed keys only when asked to.
        let rotation = matches!(new.manager, KeyManager::Aws { .. }).then(|| {
            let period_days = self.rules().aws_managed_rotation_days;
            super::AutomaticRotation { period_days, next: days_after(now, period_days) }
        });
        self.insert(super::Key {
            id: new.id,
            arn,
            account: new.account,
            region: new.region,
            manager: new.manager,
            origin: Origin::AwsKms,
            description: new.description,
            state: KeyState::Enabled,
            created: now,
            policy: new.policy,
            materials: vec![material],
            rotation,
            rotations: Vec::new(),
            deletion: None,
            waits: Vec::new(),
            tags: new.tags,
            grants: super::GrantSet::default(),
        })
    }
}

impl Door<'_> {
    /// Lets every rotation and deletion happen that is due by now, in the order of their dates.
    pub fn tick(&mut self) {
        let now = self.cloud.now();
        let mut due: Vec<(Instant, KeyRef)> = self
            .kms
            .keys()
            .filter_map(|key| {
                let at = KeyRef { id: key.id, region: key.region };
                let rotation = key.rotation.filter(|_| key.state == KeyState::Enabled).map(|rotation| rotation.next);
                let deletion = key.deletion.map(|deletion| deletion.date);
                rotation.into_iter().chain(deletion).min().filter(|date| *date <= now).map(|date| (date, at))
            })
            .collect();
        due.sort();
        for (_, at) in due {
            self.rotate_when_due(at);
            let deletion = self.kms.key(at).and_then(|key| key.deletion).filter(|deletion| deletion.date <= now);
            if let Some(deletion) = deletion {
                self.happened(at, "DeleteKey", deletion.date);
                self.kms.remove(at);
            }
        }
    }

    /// Carries out the automatic rotations of one key that are due.
    pub(super) fn rotate_when_due(&mut self, at: KeyRef) {
        let now = self.cloud.now();
        loop {
            let Some(key) = self.kms.key_mut(at).filter(|key| key.state == KeyState::Enabled) else { return };
            let Some(rotation) = key.rotation.filter(|rotation| rotation.next <= now) else { return };
            rotate(&self.cloud.random, key, rotation.next, false);
            key.rotation = Some(super::AutomaticRotation { next: days_after(rotation.next, rotation.period_days), ..rotation });
            self.happened(at, "RotateKey", rotation.next);
        }
    }

    /// Records what KMS did by itself.
    fn happened(&mut self, at: KeyRef, name: &'static str, time: Instant) {
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
