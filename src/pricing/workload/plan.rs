//! The same total without text: a workload made ready once, for sweeps over its numbers.

use super::estimate::{requests, seconds};
use super::model::{Use, Values, Workload, WorkloadKey};
use crate::cloud::{AccountId, Instant, RequestClass};
use crate::pricing::bill::{in_free_tier, price, price_id};
use crate::pricing::exact::ExactSum;
use crate::pricing::life::RotationRule;
use crate::pricing::{KeyLife, KeyManager, Month, PriceBook, PricingError};
use crate::rulebook::{Rulebook, ids};
use rust_decimal::Decimal;

/// A workload made ready for many evaluations.
#[derive(Debug)]
pub struct Plan {
    keys: Vec<PlannedKey>,
    /// Sorted by payer and class.
    uses: Vec<PlannedUse>,
    neighbours: Vec<PlannedNeighbour>,
    /// The lengths of the months in seconds, and how many months have each.
    lengths: Vec<(u64, u64)>,
    months: Vec<(Month, RotationRule)>,
    /// Free requests of each payer and month.
    allowance: u64,
    /// The periods that a key may be rotated in, in days.
    periods: (u64, u64),
    /// All keys and neighbours as they are.
    fixed: ExactSum,
}

#[derive(Debug)]
struct PlannedKey {
    key: WorkloadKey,
    lives: Vec<KeyLife>,
    rotations: Vec<Instant>,
    monthly: Decimal,
    rotation: Decimal,
    /// One of them over all months and Regions.
    one: ExactSum,
}

#[derive(Debug)]
struct PlannedUse {
    /// Its place in the file.
    at: usize,
    usage: Use,
    values: Values,
    class: RequestClass,
    price: Decimal,
    free: bool,
    /// Requests as they are, for each length of month.
    counts: Vec<u64>,
    has_window: bool,
}

#[derive(Debug)]
struct PlannedNeighbour {
    quantity: Decimal,
    price: Decimal,
}

/// A number of a workload that may be varied.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Slot {
    place: Place,
    /// The least and the most that it may be.
    pub bounds: (u64, u64),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Place {
    Use { at: usize, field: usize },
    Key { at: usize, field: KeyField },
    Neighbour { at: usize },
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum KeyField {
    Count,
    RotationDays,
    RotationsBefore,
}

impl Plan {
    /// Makes a workload ready.
    ///
    /// # Errors
    /// If the book has no price for something, or amounts leave the range of decimals.
    pub fn compile(workload: &Workload, book: &PriceBook, rulebook: Rulebook) -> Result<Self, PricingError> {
        let mut lengths: Vec<(u64, u64)> = Vec::new();
        for month in workload.months.iter() {
            match lengths.iter_mut().find(|(length, _)| *length == seconds(month)) {
                Some((_, months)) => *months += 1,
                None => lengths.push((seconds(month), 1)),
            }
        }
        let months = workload.months.iter().map(|month| (month, RotationRule::of(book, rulebook, month))).collect();
        let mut plan = Plan {
            keys: Vec::new(),
            uses: Vec::new(),
            neighbours: Vec::new(),
            lengths,
            months,
            allowance: if workload.free_tier { rulebook.number(ids::FREE_TIER_REQUESTS) } else { 0 },
            periods: (u64::from(rulebook.days(ids::ROTATION_PERIOD_MIN)), u64::from(rulebook.days(ids::ROTATION_PERIOD_MAX))),
            fixed: ExactSum::default(),
        };
        for key in &workload.keys {
            let planned = plan.key(workload, key, book, rulebook)?;
            plan.keys.push(planned);
        }
        for (at, usage) in workload.uses.iter().enumerate() {
            let planned = plan.usage(at, usage, workload, book, rulebook)?;
            plan.uses.push(planned);
        }
        plan.uses.sort_by_key(|planned| (planned.usage.account, planned.class, planned.at));
        for neighbour in &workload.neighbours {
            let price = price(book, &neighbour.price, neighbour.region)?.unit_price(rulebook);
            plan.neighbours.push(PlannedNeighbour { quantity: neighbour.quantity, price });
        }
        plan.fixed = plan.fixed_sum(&[])?;
        Ok(plan)
    }

    fn key(&self, workload: &Workload, key: &WorkloadKey, book: &PriceBook, rulebook: Rulebook) -> Result<PlannedKey, PricingError> {
        let region = key.regions.first().copied().unwrap_or_else(crate::cloud::Region::default_region);
        let unit = |id: &str| -> Result<Decimal, PricingError> {
            let price = price(book, id, region)?.unit_price(rulebook);
            Ok(if key.manager == KeyManager::Customer { price } else { Decimal::ZERO })
        };
        let mut planned = PlannedKey {
            key: key.clone(),
            lives: key.lives(workload.months).collect(),
            rotations: key.rotations_until(workload.months.last.end(), key.rotation_days, key.rotations_before),
            monthly: unit("key-month")?,
            rotation: unit("rotation-month")?,
            one: ExactSum::default(),
        };
        planned.one = self.one_key(&planned, &planned.rotations)?;
        Ok(planned)
    }

    fn usage(&self, at: usize, usage: &Use, workload: &Workload, book: &PriceBook, rulebook: Rulebook) -> Result<PlannedUse, PricingError> {
        let values = usage.rule.filled(&usage.values, rulebook);
        let counts: Result<Vec<u64>, PricingError> = self.lengths.iter().map(|(seconds, _)| requests(usage, &values, *seconds)).collect();
        let class = usage.class_under(rulebook, &workload.keys);
        let unit_price = price(book, price_id(class), usage.region)?.unit_price(rulebook);
        Ok(PlannedUse {
            at,
            values,
            class,
            price: if class == RequestClass::Unbilled { Decimal::ZERO } else { unit_price },
            free: in_free_tier(rulebook, class),
            counts: counts?,
            has_window: usage.has_window(),
            usage: usage.clone(),
        })
    }

    /// One key over all months and Regions, had it these rotations.
    fn one_key(&self, planned: &PlannedKey, rotations: &[Instant]) -> Result<ExactSum, PricingError> {
        let mut sum = ExactSum::default();
        // Regions differ in nothing that has a price.
        let Some(life) = planned.lives.first() else { return Ok(sum) };
        for (month, rule) in &self.months {
            let charged = life.charged(*month, rule, rotations);
            let exists = life.created < month.end() && life.deleted.is_none_or(|deleted| deleted > month.start());
            if !exists {
                continue;
            }
            let storage = Decimal::from(charged.hours).checked_mul(planned.monthly);
            let rotations = Decimal::from(charged.rotation_hours).checked_mul(planned.rotation);
            let both = storage.zip(rotations).and_then(|(storage, rotations)| storage.checked_add(rotations));
            sum.add_hours(*month, both.ok_or(PricingError::Overflow)?)?;
        }
        let mut all = ExactSum::default();
        all.add_times(&sum, u64::try_from(planned.lives.len()).unwrap_or(u64::MAX))?;
        Ok(all)
    }

    /// The number that a path names: `uses.0.gets`, `uses.0.s3.gets`, `keys.photos.count`, `keys.photos.rotation_days`,
    /// `keys.photos.rotations_before`, `neighbours.0.quantity`.
    #[must_use]
    pub fn slot(&self, path: &str) -> Option<Slot> {
        let mut steps = path.splitn(3, '.');
        match (steps.next()?, steps.next()?, steps.next()?) {
            ("uses", at, name) => {
                let at: usize = at.parse().ok()?;
                let planned = self.uses.iter().find(|planned| planned.at == at)?;
                let name = name.strip_prefix(planned.usage.rule.name).and_then(|rest| rest.strip_prefix('.')).unwrap_or(name);
                let field = planned.usage.rule.fields.iter().position(|field| field.name == name)?;
                let bounds = planned.usage.rule.fields.get(field)?.form.bounds();
                Some(Slot { place: Place::Use { at, field }, bounds })
            }
            ("keys", name, field) => {
                let at = self.keys.iter().position(|planned| planned.key.name == name)?;
                let rotates =
                    self.keys.get(at).is_some_and(|planned| planned.key.manager == KeyManager::Customer && planned.key.spec.row().rotates);
                let (field, bounds) = match field {
                    "count" => (KeyField::Count, (0, 1_000_000_000)),
                    "rotation_days" if rotates => (KeyField::RotationDays, self.periods),
                    "rotations_before" if rotates => (KeyField::RotationsBefore, (0, 10_000)),
                    _ => return None,
                };
                Some(Slot { place: Place::Key { at, field }, bounds })
            }
            ("neighbours", at, "quantity") => {
                let at: usize = at.parse().ok()?;
                self.neighbours.get(at)?;
                Some(Slot { place: Place::Neighbour { at }, bounds: (0, 1_000_000_000_000_000) })
            }
            _ => None,
        }
    }

    /// The total of all months with some numbers replaced; equal to that of [`super::estimate()`] for the same workload.
    ///
    /// # Errors
    /// If a number is out of its bounds, or amounts leave the range of decimals.
    pub fn total(&self, overrides: &[(Slot, u64)]) -> Result<Decimal, PricingError> {
        self.total_with_window(overrides, None)
    }

    /// The same, with every bucket key kept for so many seconds.
    ///
    /// # Errors
    /// As [`Plan::total`].
    pub fn total_with_window(&self, overrides: &[(Slot, u64)], window: Option<u64>) -> Result<Decimal, PricingError> {
        if let Some((slot, value)) = overrides.iter().find(|(slot, value)| *value < slot.bounds.0 || *value > slot.bounds.1) {
            return Err(PricingError::OutOfBounds { value: *value, least: slot.bounds.0, most: slot.bounds.1 });
        }
        let in_uses = |(slot, _): &(Slot, u64)| matches!(slot.place, Place::Use { .. });
        let mut sum = if overrides.iter().all(in_uses) { self.fixed } else { self.fixed_sum(overrides)? };
        for (at, (seconds, months)) in self.lengths.iter().enumerate() {
            let month = self.requests(overrides, window, at, *seconds)?;
            sum.add(month.checked_mul(Decimal::from(*months)).ok_or(PricingError::Overflow)?)?;
        }
        sum.total()
    }

    /// Keys and neighbours of all months.
    fn fixed_sum(&self, overrides: &[(Slot, u64)]) -> Result<ExactSum, PricingError> {
        let mut sum = ExactSum::default();
        for (at, planned) in self.keys.iter().enumerate() {
            let given = |wanted: KeyField| {
                let found = overrides.iter().rev().find(|(slot, _)| slot.place == Place::Key { at, field: wanted });
                found.map(|(_, value)| *value)
            };
            let count = given(KeyField::Count).unwrap_or(planned.key.count);
            match (given(KeyField::RotationDays), given(KeyField::RotationsBefore)) {
                (None, None) => sum.add_times(&planned.one, count)?,
                (days, before) => {
                    let days = days.map_or(planned.key.rotation_days, |days| u32::try_from(days).ok());
                    let end = self.months.last().map_or(planned.key.created, |(month, _)| month.end());
                    let rotations = planned.key.rotations_until(end, days, before.unwrap_or(planned.key.rotations_before));
                    sum.add_times(&self.one_key(planned, &rotations)?, count)?;
                }
            }
        }
        let months = Decimal::from(self.months.len());
        for (at, neighbour) in self.neighbours.iter().enumerate() {
            let given = overrides.iter().rev().find(|(slot, _)| slot.place == Place::Neighbour { at });
            let quantity = given.map_or(neighbour.quantity, |(_, value)| Decimal::from(*value));
            let amount = quantity.checked_mul(neighbour.price).and_then(|amount| amount.checked_mul(months));
            sum.add(amount.ok_or(PricingError::Overflow)?)?;
        }
        Ok(sum)
    }

    /// The charge for the requests of a month of this length.
    fn requests(&self, overrides: &[(Slot, u64)], window: Option<u64>, length: usize, seconds: u64) -> Result<Decimal, PricingError> {
        let mut sum = Decimal::ZERO;
        let mut run: Option<Run> = None;
        for planned in &self.uses {
            let count = planned.count(overrides, window, length, seconds)?;
            let next = match run.take() {
                Some(mut run) if run.payer == planned.usage.account => {
                    if run.class != planned.class {
                        sum = run.close(sum)?;
                        run = Run { left: run.left, ..Run::new(planned, run.left) };
                    }
                    run
                }
                Some(mut run) => {
                    sum = run.close(sum)?;
                    Run::new(planned, self.allowance)
                }
                None => Run::new(planned, self.allowance),
            };
            run = Some(next.add(count)?);
        }
        match run {
            Some(mut run) => run.close(sum),
            None => Ok(sum),
        }
    }
}

/// The requests of one payer and class, as they are added up.
struct Run {
    payer: AccountId,
    class: RequestClass,
    price: Decimal,
    free: bool,
    left: u64,
    count: u64,
}

impl Run {
    fn new(planned: &PlannedUse, left: u64) -> Self {
        Run { payer: planned.usage.account, class: planned.class, price: planned.price, free: planned.free, left, count: 0 }
    }

    fn add(mut self, count: u64) -> Result<Self, PricingError> {
        self.count = self.count.checked_add(count).ok_or(PricingError::Overflow)?;
        Ok(self)
    }

    /// Adds what is charged of them to a sum, and takes what is free from the allowance.
    fn close(&mut self, sum: Decimal) -> Result<Decimal, PricingError> {
        let free = if self.free { self.count.min(self.left) } else { 0 };
        self.left -= free;
        let amount = Decimal::from(self.count - free).checked_mul(self.price);
        amount.and_then(|amount| sum.checked_add(amount)).ok_or(PricingError::Overflow)
    }
}

impl PlannedUse {
    fn count(&self, overrides: &[(Slot, u64)], window: Option<u64>, length: usize, seconds: u64) -> Result<u64, PricingError> {
        let mut values = self.values;
        let mut changed = false;
        for (slot, value) in overrides {
            if let Place::Use { at, field } = slot.place
                && at == self.at
                && let Some(place) = values.get_mut(field)
            {
                *place = *value;
                changed = true;
            }
        }
        // An override may switch the bucket key on: then the window counts as well.
        if let Some(window) = window.filter(|_| self.has_window || changed)
            && let Some(place) = self.usage.rule.window().and_then(|at| values.get_mut(at))
        {
            *place = window;
            changed = true;
        }
        match self.counts.get(length).filter(|_| !changed) {
            Some(count) => Ok(*count),
            None => requests(&self.usage, &values, seconds),
        }
    }
}
