//! The life of a key as far as it costs money.

use super::{Month, PriceBook};
use crate::cloud::{AccountId, Instant, Region};
use crate::rulebook::{Rulebook, ids};

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

/// How rotations and waiting for deletion are charged in a month.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct RotationRule {
    /// How many rotations of a key are charged.
    cap: u64,
    waiting_is_charged: bool,
}

impl RotationRule {
    /// The rule of a month.
    pub(super) fn of(book: &PriceBook, rulebook: Rulebook, month: Month) -> Self {
        let capped = book.rotation_cap_since.is_none_or(|since| month >= since) || rulebook == Rulebook::guide();
        RotationRule {
            cap: if capped { rulebook.number(ids::PRICE_ROTATION_CAP) } else { u64::MAX },
            waiting_is_charged: rulebook.allowed(ids::DELETION_PENDING_CHARGE),
        }
    }
}

/// What of a month a key is charged for, before prices.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Charged {
    /// Hours of storage.
    pub(super) hours: u64,
    /// When the charge ends: at the month's end at the latest.
    pub(super) until: Instant,
    /// Hours of all charged rotations together.
    pub(super) rotation_hours: u64,
    /// Rotations so far that are charged.
    pub(super) rotations_charged: u64,
    /// Rotations so far.
    pub(super) rotations_done: u64,
}

impl KeyLife {
    /// What of a month one such key is charged for, had it these `rotations`, in any order. Only customer managed keys'
    /// rotations count.
    pub(super) fn charged(&self, month: Month, rule: &RotationRule, rotations: &[Instant]) -> Charged {
        let until = self.charged_until(rule.waiting_is_charged).map_or(month.end(), |until| until.min(month.end()));
        let mut charged = Charged {
            hours: u64::from(month.hours_between(self.created, until)),
            until,
            rotation_hours: 0,
            rotations_charged: 0,
            rotations_done: 0,
        };
        if self.manager != KeyManager::Customer {
            return charged;
        }
        let done = rotations.iter().filter(|at| **at < until);
        charged.rotations_done = u64::try_from(done.clone().count()).unwrap_or(u64::MAX);
        charged.rotations_charged = charged.rotations_done.min(rule.cap);
        // Of more rotations than are charged, the earliest are.
        let hours = |at: &Instant| u64::from(month.hours_between((*at).max(self.created), until));
        charged.rotation_hours = if charged.rotations_charged == charged.rotations_done {
            done.map(hours).sum()
        } else if rotations.is_sorted() {
            done.take(usize::try_from(charged.rotations_charged).unwrap_or(usize::MAX)).map(hours).sum()
        } else {
            let mut sorted: Vec<Instant> = done.copied().collect();
            sorted.sort_unstable();
            sorted.iter().take(usize::try_from(charged.rotations_charged).unwrap_or(usize::MAX)).map(hours).sum()
        };
        charged
    }

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
