//! Every type of policy, from the words of a world to the reasons that a learner reads.

use kmsprep::diag::Sources;
use kmsprep::doc::{self, Limits};
use kmsprep::rulebook::Rulebook;
use kmsprep::scenario::{Answers, CheckResult, Instance, Outcome, instantiate, lower, run};

mod boundaries;
mod endpoints;
mod grants;
mod mistakes;
mod organizations;
mod sessions;
mod trust;

fn built(world: &str, checks: &str) -> Result<Instance, Vec<String>> {
    let text = format!("scenario: s\ntitle: t\nbrief: b\nworld:{world}\nchecks:{checks}\nproof: {{}}\n");
    let node = doc::read(&mut Sources::new(), "s.yaml", &text, Limits::default()).unwrap();
    let document = lower(&node).unwrap();
    instantiate(&document, &Answers::new(), Rulebook::current()).map_err(|found| {
        let told = |text: &kmsprep::diag::Diagnostic| format!("{}: {}; {}", text.code, text.message, text.help.join("; "));
        found.iter().map(told).collect()
    })
}

/// What came of each check, with the reason of those that failed. A check that expects a denial shows why a call is allowed.
#[track_caller]
pub(crate) fn told(world: &str, checks: &str) -> String {
    let instance = built(world, checks).unwrap_or_else(|found| panic!("{found:?}"));
    run(&instance).checks.iter().map(one).collect::<Vec<_>>().join("\n")
}

fn one(check: &CheckResult) -> String {
    let evidence = match &check.outcome {
        Outcome::Passed => return format!("{}: as expected", check.name),
        Outcome::Skipped { needs } => return format!("{}: skipped, needs {needs}", check.name),
        Outcome::Failed(evidence) => evidence,
    };
    let mut lines = vec![format!("{}: {}", check.name, evidence.found)];
    if let Some(reason) = &evidence.reason {
        lines.push(format!("  {}", reason.headline));
        lines.extend(reason.details.iter().map(|detail| format!("  - {}", detail.text)));
    }
    lines.join("\n")
}
