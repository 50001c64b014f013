//! The description of a workload.

use super::ServiceRule;
use crate::cloud::{AccountId, Instant, Region, RequestClass, days_after};
use crate::kms::{KeySpec, Operation};
use crate::pricing::{KeyLife, KeyManager, Month, Waiting};
use crate::rulebook::{Rulebook, RulebookKind};
use rust_decimal::Decimal;

/// Most numbers that a use has.
pub(super) const FIELDS: usize = 8;

/// The numbers of a use, in the order of its service's fields. Flags are 0 or 1, choices their place in the list.
pub(super) type Values = [u64; FIELDS];

/// Keys, uses and neighbours over some months.
#[derive(Clone, Debug)]
pub struct Workload {
    /// Its name.
    pub name: String,
    /// The months that are billed.
    pub months: Months,
    /// Whether the first requests of each payer and month are free.
    pub free_tier: bool,
    /// The rulebook that the file asks for.
    pub rulebook: RulebookKind,
    /// The keys, in the order of the file.
    pub keys: Vec<WorkloadKey>,
    /// The uses, in the order of the file.
    pub uses: Vec<Use>,
    /// What else is on the bill.
    pub neighbours: Vec<Neighbour>,
}

/// Consecutive months.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Months {
    /// The first.
    pub first: Month,
    /// The last, not before the first.
    pub last: Month,
}

impl Months {
    /// All of them, in order.
    pub fn iter(self) -> impl Iterator<Item = Month> {
        std::iter::successors(Some(self.first), |month| month.next()).take_while(move |month| *month <= self.last)
    }
}

/// Keys that live one life: `count` of them in each of the Regions.
#[derive(Clone, Debug)]
pub struct WorkloadKey {
    /// Its name in the file.
    pub name: String,
    /// How many.
    pub count: u64,
    /// Key spec.
    pub spec: KeySpec,
    /// Who manages it.
    pub manager: KeyManager,
    /// The account that pays for its storage.
    pub account: AccountId,
    /// The primary's Region, then those of its replicas: each is a key of its own on the bill.
    pub regions: Vec<Region>,
    /// When it was created.
    pub created: Instant,
    /// The period of automatic rotation.
    pub rotation_days: Option<u32>,
    /// Rotations from before the first month that `rotation_days` does not give.
    pub rotations_before: u64,
    /// Rotations on demand.
    pub rotations: Vec<Instant>,
    /// The scheduled deletion.
    pub waiting: Option<Waiting>,
    /// When it was deleted.
    pub deleted: Option<Instant>,
}

impl WorkloadKey {
    /// The rotations of the key until an instant, oldest first, had it this period and so many from before.
    pub(super) fn rotations_until(&self, end: Instant, days: Option<u32>, before: u64) -> Vec<Instant> {
        let before = usize::try_from(before).unwrap_or(usize::MAX);
        let mut all: Vec<Instant> = std::iter::repeat_n(self.created, before).collect();
        if let Some(days) = days.filter(|days| *days > 0) {
            let next = |at: &Instant| Some(days_after(*at, days)).filter(|next| next > at);
            all.extend(std::iter::successors(Some(days_after(self.created, days)), next).take_while(|at| *at < end));
        }
        all.extend(&self.rotations);
        all.sort_unstable();
        all
    }

    /// Its lives, one for each Region, as far as the end of the last month.
    pub(super) fn lives(&self, months: Months) -> impl Iterator<Item = KeyLife> {
        let rotations = self.rotations_until(months.last.end(), self.rotation_days, self.rotations_before);
        self.regions.iter().map(move |region| KeyLife {
            label: self.name.clone(),
            count: self.count,
            account: self.account,
            region: *region,
            manager: self.manager,
            created: self.created,
            rotations: rotations.clone(),
            waiting: self.waiting.into_iter().collect(),
            deleted: self.deleted,
        })
    }
}

/// A use of a service: what it does in a month.
#[derive(Clone, Debug)]
pub struct Use {
    /// The service and its rule.
    pub rule: &'static ServiceRule,
    /// The place of its key in [`Workload::keys`], if it has one.
    pub key: Option<usize>,
    /// Who makes the requests, and pays for them.
    pub account: AccountId,
    /// Where.
    pub region: Region,
    /// As what the requests are billed, should they be charged at all.
    pub class: RequestClass,
    /// The operation of a direct use.
    pub operation: Option<Operation>,
    pub(super) values: Values,
}

impl Use {
    /// The number of a field, by its name in the file; nothing if the service has no such field or nothing is stated.
    #[must_use]
    pub fn value(&self, field: &str) -> Option<u64> {
        let at = self.rule.fields.iter().position(|known| known.name == field)?;
        self.values.get(at).copied().filter(|value| *value != super::service::UNSTATED)
    }

    /// The class under a rulebook: who manages the key may make the requests free.
    pub(super) fn class_under(&self, rulebook: Rulebook, keys: &[WorkloadKey]) -> RequestClass {
        use crate::rulebook::ids::PRICE_AWS_MANAGED_REQUESTS;
        match self.key.and_then(|at| keys.get(at)).map(|key| key.manager) {
            Some(KeyManager::Owned) => RequestClass::Unbilled,
            Some(KeyManager::Aws) if !rulebook.allowed(PRICE_AWS_MANAGED_REQUESTS) => RequestClass::Unbilled,
            Some(KeyManager::Aws | KeyManager::Customer) | None => self.class,
        }
    }
}

/// A quantity of something else that a design moves, each month.
#[derive(Clone, Debug)]
pub struct Neighbour {
    /// The id of its price.
    pub price: String,
    /// How much of it a month.
    pub quantity: Decimal,
    /// Who pays.
    pub account: AccountId,
    /// Where.
    pub region: Region,
}
