//! A KMS key and everything that belongs to it.

use super::{GrantSet, KeyId, KeySpec, KeyState, KeyUsage, Material, MaterialId, Operation, Origin};
use crate::cloud::{AccountId, Instant, Region};
use crate::iam::Policy;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// Who manages a key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum KeyManager {
    /// The customer: a customer managed key.
    Customer,
    /// AWS, for one service in one account: an AWS managed key such as `aws/s3`.
    Aws {
        /// `s3`: the alias is `alias/aws/s3`.
        service: &'static str,
    },
}

/// The automatic rotation of a key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AutomaticRotation {
    /// Days between rotations.
    pub period_days: u32,
    /// When the next one is due.
    pub next: Instant,
}

/// A rotation that has happened.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rotation {
    /// When.
    pub at: Instant,
    /// Whether somebody asked for it (`RotateKeyOnDemand`).
    pub on_demand: bool,
}

/// A scheduled deletion.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Deletion {
    /// When it was scheduled.
    pub scheduled: Instant,
    /// When the key will be gone; not known while a primary waits for its replicas.
    pub date: Option<Instant>,
    /// The waiting period in days.
    pub window_days: u32,
}

/// A time for which a key waited for its deletion: it is not charged for, unless the deletion is cancelled.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Wait {
    /// When the waiting period began.
    pub from: Instant,
    /// When it was cancelled.
    pub cancelled: Option<Instant>,
}

/// The part of a multi-Region key in its set of related keys.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MultiRegionKeyType {
    /// The one that can be replicated and on which rotation is set.
    Primary,
    /// A copy in another Region.
    Replica,
}

impl MultiRegionKeyType {
    /// AWS's name for it.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            MultiRegionKeyType::Primary => "PRIMARY",
            MultiRegionKeyType::Replica => "REPLICA",
        }
    }
}

/// A change of a multi-Region key that takes a few seconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Transition {
    /// The replica is being made.
    Creating {
        /// Until when.
        until: Instant,
    },
    /// The primary Region is being changed.
    Updating {
        /// Until when.
        until: Instant,
    },
}

impl Transition {
    /// When it ends.
    #[must_use]
    pub fn until(self) -> Instant {
        match self {
            Transition::Creating { until } | Transition::Updating { until } => until,
        }
    }
}

/// The custom key store that a key lives in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoreLink {
    /// Its id: `cks-…`.
    pub id: Arc<str>,
    /// Whether the store is connected. INVARIANT: `Kms::follow_store` copies it after every change, so that a key's state can be
    /// had from the key alone.
    pub connected: bool,
    /// The key in the external key manager.
    pub xks_key_id: Option<Arc<str>>,
    /// The cluster of a CloudHSM key store.
    pub cluster: Option<Arc<str>>,
}

/// A piece of key material as one key holds it.
#[derive(Clone, Debug)]
pub struct HeldMaterial {
    /// Its id, which the key remembers when the material is gone.
    pub id: MaterialId,
    /// The material; nothing while imported material is missing.
    pub material: Option<Arc<Material>>,
    /// When imported material expires.
    pub expires: Option<Instant>,
    /// What the customer calls imported material.
    pub description: Option<Arc<str>>,
    /// The public half, which stays known when imported material is gone.
    pub public_key: Option<Arc<[u8]>>,
}

impl HeldMaterial {
    /// Material that KMS made.
    #[must_use]
    pub fn made(material: Arc<Material>) -> Self {
        HeldMaterial { id: material.id, material: Some(material), expires: None, description: None, public_key: None }
    }

    /// Deletes imported material. Its id stays, and of an asymmetric key the public half.
    pub(super) fn forget(&mut self) {
        let gone = self.material.take();
        self.public_key = gone.and_then(|material| material.private_key().map(|key| key.public_key().into()));
        self.expires = None;
    }

    /// A place for imported material that is not there yet.
    #[must_use]
    pub fn missing(id: MaterialId, description: Option<Arc<str>>) -> Self {
        HeldMaterial { id, material: None, expires: None, description, public_key: None }
    }
}

/// The last use of a key for cryptography.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LastUsage {
    /// By which operation.
    pub operation: Operation,
    /// When.
    pub time: Instant,
    /// The number of its event in the trail.
    pub event: usize,
}

/// A KMS key.
#[derive(Clone, Debug)]
pub struct Key {
    /// Its id.
    pub id: KeyId,
    /// Its ARN.
    pub arn: Arc<str>,
    /// The account that owns it.
    pub account: AccountId,
    /// Its Region.
    pub region: Region,
    /// Who manages it.
    pub manager: KeyManager,
    /// What kind of material it has.
    pub spec: KeySpec,
    /// What it is for.
    pub usage: KeyUsage,
    /// Where its material comes from.
    pub origin: Origin,
    /// Its part among related multi-Region keys; nothing for a single-Region key.
    pub multi_region: Option<MultiRegionKeyType>,
    /// The custom key store that it lives in.
    pub store: Option<StoreLink>,
    /// Its description.
    pub description: String,
    /// Whether it is switched on. What it can do depends on [`Key::state`].
    pub enabled: bool,
    /// A change that is going on.
    pub transition: Option<Transition>,
    /// When it was made.
    pub created: Instant,
    /// Its key policy.
    pub policy: Arc<Policy>,
    /// Its material, ordered by creation; the last is current. Empty only before the first import.
    pub materials: Vec<HeldMaterial>,
    /// Imported material that waits for a rotation on demand.
    pub pending_material: Option<HeldMaterial>,
    /// Its automatic rotation, if it is on; of related keys the primary has it.
    pub rotation: Option<AutomaticRotation>,
    /// The rotations that have happened, oldest first.
    pub rotations: Vec<Rotation>,
    /// Its scheduled deletion, if it is pending.
    pub deletion: Option<Deletion>,
    /// Every wait for deletion so far, for the bill.
    pub waits: Vec<Wait>,
    /// Its tags.
    pub tags: BTreeMap<String, String>,
    /// The names of its aliases: `alias/name`.
    pub aliases: BTreeSet<Arc<str>>,
    /// Its grants.
    pub grants: GrantSet,
    /// Its last use.
    pub last_usage: Option<LastUsage>,
}

impl Key {
    /// Its state: what stands most in the way of using it.
    ///
    /// A key of a store that is not connected keeps whether it is switched on, and a key that waits for its deletion keeps
    /// waiting whatever its store does (footnotes 12 and 13 of "Key states of AWS KMS keys", AWS KMS Developer Guide).
    #[must_use]
    pub fn state(&self) -> KeyState {
        match (&self.deletion, self.transition) {
            (Some(Deletion { date: None, .. }), _) => KeyState::PendingReplicaDeletion,
            (Some(Deletion { date: Some(_), .. }), _) => KeyState::PendingDeletion,
            (None, Some(Transition::Creating { .. })) => KeyState::Creating,
            (None, Some(Transition::Updating { .. })) => KeyState::Updating,
            (None, None) if self.store.as_ref().is_some_and(|store| !store.connected) => KeyState::Unavailable,
            (None, None) if self.lacks_material() => KeyState::PendingImport,
            (None, None) if self.enabled => KeyState::Enabled,
            (None, None) => KeyState::Disabled,
        }
    }

    /// Whether imported material is missing: one missing piece makes the whole key unusable.
    #[must_use]
    pub fn lacks_material(&self) -> bool {
        self.origin == Origin::EXTERNAL && (self.materials.is_empty() || self.materials.iter().any(|held| held.material.is_none()))
    }

    /// The material that encrypts.
    #[must_use]
    pub fn current_material(&self) -> Option<&Arc<Material>> {
        self.materials.last().and_then(|held| held.material.as_ref())
    }

    /// The piece of material with an id, permanent or pending.
    pub(super) fn held_mut(&mut self, id: MaterialId) -> Option<&mut HeldMaterial> {
        self.materials.iter_mut().chain(&mut self.pending_material).find(|held| held.id == id)
    }

    /// Whether AWS manages it.
    #[must_use]
    pub fn is_aws_managed(&self) -> bool {
        matches!(self.manager, KeyManager::Aws { .. })
    }

    /// Whether it can be replicated.
    #[must_use]
    pub fn is_primary(&self) -> bool {
        self.multi_region == Some(MultiRegionKeyType::Primary)
    }

    /// The name under which the seed knows its material: related keys share theirs.
    pub(super) fn material_name(&self) -> String {
        if self.multi_region.is_some() { self.id.to_string() } else { self.arn.to_string() }
    }
}

/// What a new key is made from; its state, material and dates follow.
#[derive(Clone, Debug)]
pub struct NewKey {
    /// Its id.
    pub id: KeyId,
    /// The account that will own it.
    pub account: AccountId,
    /// Its Region.
    pub region: Region,
    /// Who manages it.
    pub manager: KeyManager,
    /// What kind of material it will have.
    pub spec: KeySpec,
    /// What it will be for.
    pub usage: KeyUsage,
    /// Where its material will come from.
    pub origin: Origin,
    /// The custom key store that it will live in.
    pub store: Option<StoreLink>,
    /// Its description.
    pub description: String,
    /// Its key policy.
    pub policy: Arc<Policy>,
    /// Its tags.
    pub tags: BTreeMap<String, String>,
}

impl NewKey {
    /// A symmetric encryption key of a customer, with material that KMS makes.
    #[must_use]
    pub fn symmetric(id: KeyId, account: AccountId, region: Region, policy: Arc<Policy>) -> Self {
        NewKey {
            id,
            account,
            region,
            manager: KeyManager::Customer,
            spec: KeySpec::SYMMETRIC_DEFAULT,
            usage: KeyUsage::ENCRYPT_DECRYPT,
            origin: Origin::AWS_KMS,
            store: None,
            description: String::new(),
            policy,
            tags: BTreeMap::new(),
        }
    }
}
