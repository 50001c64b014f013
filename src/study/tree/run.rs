//! Running a scenario with the answers that a design stands for.

use super::Run;
use crate::content;
use crate::diag::{Diagnostic, Sources};
use crate::doc::{Limits, read};
use crate::rulebook::Rulebook;
use crate::scenario::{Outcome, instantiate, lower, read_answers, run};

/// What a run came to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RunProof {
    /// The checks that show something, in the order of the scenario.
    pub shown: Vec<Shown>,
    /// Checks that passed.
    pub passed: usize,
    /// All checks.
    pub checks: usize,
    /// The first check that did not pass, and what was found there.
    pub failure: Option<(String, String)>,
    /// Whether it ended as the tree says, and every check that it names is there.
    pub as_told: bool,
}

/// A check that shows something.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Shown {
    /// Its name.
    pub check: String,
    /// Whether it passed.
    pub passed: bool,
    /// What it is for, in the words of the scenario.
    pub goal: String,
    /// What it shows here.
    pub shows: String,
}

impl Run {
    /// Carries it out, by today's rules.
    ///
    /// # Errors
    /// If there is no such scenario, or it does not take these answers.
    pub fn execute(&self) -> Result<RunProof, Vec<Diagnostic>> {
        let Some(file) = content::SCENARIOS.iter().find(|file| file.id() == self.scenario) else {
            return Err(vec![Diagnostic::error("tree/scenario", format!("there is no scenario `{}`", self.scenario))]);
        };
        let document = read(&mut Sources::new(), file.name, file.text, Limits::default()).and_then(|node| lower(&node))?;
        let answers = read_answers(&document, &self.with)?;
        let verdict = run(&instantiate(&document, &answers, Rulebook::current())?);
        let shown = verdict.checks.iter().filter_map(|check| {
            let (_, shows) = self.shows.iter().find(|(name, _)| *name == check.name)?;
            let goal = check.goal.clone().unwrap_or_default();
            Some(Shown { check: check.name.clone(), passed: check.outcome == Outcome::Passed, goal, shows: shows.clone() })
        });
        let shown: Vec<Shown> = shown.collect();
        let failure = verdict.first_failure().map(|check| {
            let found = check.evidence().map_or("skipped", |evidence| evidence.found.as_str());
            (check.name.clone(), found.to_owned())
        });
        Ok(RunProof {
            passed: verdict.checks.iter().filter(|check| check.outcome == Outcome::Passed).count(),
            checks: verdict.checks.len(),
            as_told: failure == self.fails && shown.len() == self.shows.len(),
            failure,
            shown,
        })
    }
}
