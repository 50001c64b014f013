//! A scenario with its holes filled: a world ready to run, and the checks to run against it.

use super::answers::Answers;
use super::cheapest::cheapest;
use super::check::{Check, read_checks};
use super::document::Document;
use super::hole::Filler;
use super::names::Names;
use super::world;
use crate::diag::Diagnostic;
use crate::rulebook::Rulebook;
use crate::services::World;
use rust_decimal::Decimal;
use std::collections::BTreeMap;

/// A world and its checks.
#[derive(Clone, Debug)]
pub struct Instance {
    /// The world as it starts.
    pub world: World,
    /// What to run.
    pub checks: Vec<Check>,
    /// The labels, for texts.
    pub names: Names,
    /// The ids of labelled resources, which checks refer to as `{label}`.
    pub resources: BTreeMap<String, String>,
    /// What AWS accepts and nobody meant, such as a condition key that does not exist.
    pub warnings: Vec<Diagnostic>,
    /// The lowest bill of all answers that pass, where a check asks for it.
    pub cheapest: Option<Decimal>,
}

/// Fills a scenario's holes from answers and builds its world.
///
/// # Errors
/// All that is wrong with world, checks and answers.
pub fn instantiate(document: &Document, answers: &Answers, rulebook: Rulebook) -> Result<Instance, Vec<Diagnostic>> {
    let mut instance = instantiate_alone(document, answers, rulebook)?;
    if instance.checks.iter().filter_map(|check| check.cost.as_ref()).any(|cost| cost.cheapest) {
        instance.cheapest = cheapest(document, rulebook).map(|cheapest| cheapest.total);
    }
    Ok(instance)
}

/// The same, without a look at other answers.
pub(super) fn instantiate_alone(document: &Document, answers: &Answers, rulebook: Rulebook) -> Result<Instance, Vec<Diagnostic>> {
    let mut filler = Filler { document, answers, diagnostics: Vec::new() };
    let mut world_node = filler.fill(&document.world);
    let mut checks_node = filler.fill(&document.checks);
    let mut diagnostics = filler.diagnostics;
    let unfilled = !diagnostics.is_empty();
    let names = Names::collect(&world_node, world::seed(&world_node), &mut diagnostics);
    let found = diagnostics.len();
    names.resolve(&mut world_node, "", &mut diagnostics);
    names.resolve(&mut checks_node, "", &mut diagnostics);
    // A hole that stayed open, and a name that nothing has, would show again wherever they are used.
    if unfilled || diagnostics.len() > found {
        return Err(diagnostics);
    }
    let world::Built { mut world, resources, warnings } = world::build(&world_node, &names, rulebook, &mut diagnostics);
    // What building recorded is no part of the story.
    world.cloud.trail.clear();
    world.cloud.meter = crate::cloud::Meter::default();
    let checks = read_checks(&checks_node, &world, &names, &resources, &mut diagnostics);
    // A fragment or option that is used twice has its mistakes once.
    let mut seen = std::collections::BTreeSet::new();
    diagnostics.retain(|found| seen.insert((found.code, found.labels.first().map(|label| label.span), found.message.clone())));
    if diagnostics.is_empty() { Ok(Instance { world, checks, names, resources, warnings, cheapest: None }) } else { Err(diagnostics) }
}
