//! A KMS key and everything that belongs to it.

use super::{GrantSet, KeyId, KeyState, Material};
use crate::cloud::{AccountId, Instant, Region};
use crate::iam::Policy;
use std::collections::BTreeMap;
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

/// Where the key material comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Origin {
    /// Made in KMS.
    AwsKms,
}

impl Origin {
    /// AWS's name for it.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Origin::AwsKms => "AWS_KMS",
        }
    }
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
    /// When the key will be gone.
    pub date: Instant,
    /// The waiting period in days.
    pub window_days: u32,
}

/// A time for which a key waited for its deletion: it is not charged for, unless the deletion is cancelled.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Wait {
    /// When the deletion was scheduled.
    pub from: Instant,
    /// When it was cancelled.
    pub cancelled: Option<Instant>,
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
    /// Where its material comes from.
    pub origin: Origin,
    /// Its description.
    pub description: String,
    /// Its state.
    pub state: KeyState,
    /// When it was made.
    pub created: Instant,
    /// Its key policy.
    pub policy: Arc<Policy>,
    /// Its material. INVARIANT: never empty, ordered by creation; the last is current.
    pub materials: Vec<Arc<Material>>,
    /// Its automatic rotation, if it is on.
    pub rotation: Option<AutomaticRotation>,
    /// The rotations that have happened, oldest first.
    pub rotations: Vec<Rotation>,
    /// Its scheduled deletion, if it is pending.
    pub deletion: Option<Deletion>,
    /// Every wait for deletion so far, for the bill.
    pub waits: Vec<Wait>,
    /// Its tags.
    pub tags: BTreeMap<String, String>,
    /// Its grants.
    pub grants: GrantSet,
}

impl Key {
    /// The material that encrypts.
    #[must_use]
    pub fn current_material(&self) -> Option<&Arc<Material>> {
        self.materials.last()
    }

    /// `SYMMETRIC_DEFAULT`.
    #[must_use]
    pub fn key_spec(&self) -> &'static str {
        "SYMMETRIC_DEFAULT"
    }

    /// `ENCRYPT_DECRYPT`.
    #[must_use]
    pub fn key_usage(&self) -> &'static str {
        "ENCRYPT_DECRYPT"
    }

    /// Whether AWS manages it.
    #[must_use]
    pub fn is_aws_managed(&self) -> bool {
        matches!(self.manager, KeyManager::Aws { .. })
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
    /// Its description.
    pub description: String,
    /// Its key policy.
    pub policy: Arc<Policy>,
    /// Its tags.
    pub tags: BTreeMap<String, String>,
}
