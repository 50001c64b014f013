//! Where sittings are kept: the learner's store, or nowhere.

use crate::cli::progress::{self, failure};
use crate::cli::{Edge, Failure};
use crate::study::exam::Sitting;
use crate::study::{Record, Store};

/// The learner's exams, or nothing at all.
pub(super) struct Shelf {
    store: Option<Store>,
}

impl Shelf {
    /// A shelf that keeps nothing.
    pub(super) fn none() -> Self {
        Shelf { store: None }
    }

    /// The shelf in the data folder.
    ///
    /// # Errors
    /// If it cannot be used.
    pub(super) fn open(edge: &mut Edge) -> Result<Self, Failure> {
        progress::open(edge).map(|store| Shelf { store: Some(store) })
    }

    /// Whether anything is kept.
    pub(super) fn keeps(&self) -> bool {
        self.store.is_some()
    }

    /// Keeps a sitting as it is now; when this returns, it is on the disk.
    ///
    /// # Errors
    /// When it is not.
    pub(super) fn save(&mut self, sitting: &Sitting) -> Result<(), Failure> {
        let Some(store) = &mut self.store else { return Ok(()) };
        store.save_sitting(&sitting.id, &sitting.to_json(), sitting.ended.is_some()).map_err(failure)
    }

    /// All sittings, in the order in which they were begun. One that cannot be read is told and left alone.
    ///
    /// # Errors
    /// If they cannot be read at all.
    pub(super) fn sittings(&self, edge: &mut Edge) -> Result<Vec<Sitting>, Failure> {
        let Some(store) = &self.store else { return Ok(Vec::new()) };
        let mut sittings = Vec::new();
        for saved in store.sittings().map_err(failure)? {
            match Sitting::from_json(&saved.json) {
                Ok(sitting) => sittings.push(sitting),
                Err(error) => edge.note(&format!("warning: exam {}: {error}", saved.id)),
            }
        }
        Ok(sittings)
    }

    /// Keeps a sitting that has ended, and its answers in the learner's history: all of it or nothing.
    ///
    /// # Errors
    /// When it cannot be saved.
    pub(super) fn hand_in(&mut self, sitting: &Sitting, answers: &[Record]) -> Result<(), Failure> {
        let Some(store) = &mut self.store else { return Ok(()) };
        store.hand_in(&sitting.id, &sitting.to_json(), answers).map_err(failure)
    }
}
