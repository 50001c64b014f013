//! Running a changed configuration, within a budget.

use super::standing::manageable;
use crate::rulebook::Rulebook;
use crate::scenario::answers::Answers;
use crate::scenario::document::Document;
use crate::scenario::instance::{Instance, instantiate};
use crate::scenario::run::passes;
use std::sync::Arc;

/// Runs of one scenario.
#[derive(Debug)]
pub(super) struct Trial<'t> {
    document: &'t Document,
    rulebook: Rulebook,
    budget: usize,
    /// The keys that somebody can manage, and that it must stay so for.
    manageable: Vec<Arc<str>>,
    /// How often the scenario was run.
    pub(super) runs: usize,
    /// Whether the budget was too small.
    pub(super) exhausted: bool,
}

impl<'t> Trial<'t> {
    pub(super) fn new(document: &'t Document, rulebook: Rulebook, instance: &Instance, budget: usize) -> Self {
        Trial { document, rulebook, budget, manageable: manageable(instance), runs: 0, exhausted: false }
    }

    /// Whether all checks pass with these answers, and no key is left that nobody can manage any more.
    pub(super) fn accepts(&mut self, answers: &Answers) -> bool {
        if self.runs >= self.budget {
            self.exhausted = true;
            return false;
        }
        self.runs += 1;
        let Ok(instance) = instantiate(self.document, answers, self.rulebook) else { return false };
        if !passes(&instance) {
            return false;
        }
        let still = manageable(&instance);
        self.manageable.iter().all(|key| still.contains(key))
    }
}
