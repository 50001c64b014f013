//! The inputs of a workload by name.

use crate::pricing::workload::{Plan, Workload};

/// The paths of all inputs that can be varied, in the order of the file.
#[must_use]
pub fn paths(workload: &Workload, plan: &Plan) -> Vec<String> {
    let keys = workload
        .keys
        .iter()
        .flat_map(|key| ["count", "rotation_days", "rotations_before"].map(|field| format!("keys.{}.{field}", key.name)));
    let uses = workload.uses.iter().enumerate();
    let uses = uses.flat_map(|(at, usage)| usage.rule.fields.iter().map(move |field| format!("uses.{at}.{}", field.name)));
    let neighbours = (0..workload.neighbours.len()).map(|at| format!("neighbours.{at}.quantity"));
    keys.chain(uses).chain(neighbours).filter(|path| plan.slot(path).is_some()).collect()
}
