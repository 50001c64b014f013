//! The life of a key as far as it costs money.

use crate::cloud::{AccountId, Instant, Region};

/// Who manages a key, which decides whether its storage is charged.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize)]
#[serde(rename_all = "lowercase")]
pub enum KeyManager {
    /// A customer managed key.
    Customer,
    /// An AWS managed key: `aws/s3`.
    Aws,
    /// An AWS owned key, which no account sees.
    Owned,
}

/// When a key was made, rotated, scheduled for deletion and deleted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeyLife {
    /// Its name on the bill: a label, an alias or a key id.
    pub label: String,
    /// How many keys live exactly this life; 1 for a key of a world.
    pub count: u64,
    /// The account that owns and pays for it.
    pub account: AccountId,
    /// Where. A multi-Region replica is a key of its own in its own Region.
    pub region: Region,
    /// Who manages it.
    pub manager: KeyManager,
    /// When it was created.
    pub created: Instant,
    /// When its key material was rotated, automatically or on demand, in any order.
    pub rotations: Vec<Instant>,
    /// The times that its deletion was scheduled.
    pub waiting: Vec<Waiting>,
    /// When it was deleted.
    pub deleted: Option<Instant>,
}

/// One scheduled deletion.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Waiting {
    /// When it was scheduled.
    pub from: Instant,
    /// When it was cancelled, if it was.
    pub cancelled: Option<Instant>,
}

impl KeyLife {
    /// One customer managed key, created then and never rotated or deleted.
    #[must_use]
    pub fn customer_managed(label: impl Into<String>, account: AccountId, region: Region, created: Instant) -> Self {
        KeyLife {
            label: label.into(),
            count: 1,
            account,
            region,
            manager: KeyManager::Customer,
            created,
            rotations: Vec::new(),
            waiting: Vec::new(),
            deleted: None,
        }
    }

    /// When its charge ends, if it does: at its deletion, or when that was scheduled.
    ///
    /// A cancelled deletion is charged as though it had never been scheduled. Source: "AWS Key Management Service Pricing".
    pub(super) fn charged_until(&self, waiting_is_charged: bool) -> Option<Instant> {
        let scheduled =
            self.waiting.iter().filter(|waiting| waiting.cancelled.is_none() && !waiting_is_charged).map(|waiting| waiting.from);
        scheduled.chain(self.deleted).min()
    }
}
